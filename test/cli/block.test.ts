// block.test.ts: a leak closed at night by a command: what it writes, what it refuses, and that nothing else of the file changes.
import { spawnSync } from 'node:child_process'
import fs, { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { blockCommand } from '../../src/cli/block.ts'
import { EditedFile } from '../../src/cli/edited-file.ts'
import { loadFolder } from '../../src/policy/load.ts'
import { AGENCY, edit, type Files, writeFolder } from '../policy/good-folder.ts'

const now = Date.parse('2026-11-24T14:15:00.000Z')
const commented = '# 緊急封鎖：只能拒絕\nblocks: [] # 目前沒有\n# 檔尾之說明\n'
const who = ['--by', '值班人員', '--reason', '疑似金鑰外洩']

function folderOf(t: Test, changes: Files = {}): string {
  const folder = t.testdir({})
  writeFolder(folder, { 'blocks.yaml': commented, ...changes })
  return folder
}

async function run(folder: string, ...args: readonly string[]): Promise<string> {
  let out = ''
  const [command = '', ...rest] = args
  await blockCommand({ write: (text) => (out += text) }, () => now).parseAsync([command, '--config', folder, ...rest], { from: 'user' })
  return out
}
const text = (folder: string): string => readFileSync(join(folder, 'blocks.yaml'), 'utf8')

t.test('add, list, lift: comments stay, and what it does is said', async (t) => {
  const folder = folderOf(t)
  t.match(
    await run(folder, 'add', '--credential', 'edu-key', ...who),
    /－ 封鎖憑證 edu-key：疑似金鑰外洩\n.*\n0 項開放、1 項關閉.*\n已寫入 saved\n$/s,
  )
  t.match(
    text(folder),
    /^# 緊急封鎖：只能拒絕\nblocks:\n {2}- credential: edu-key\n {4}at: 2026-11-24T22:15:00\+08:00\n {4}by: 值班人員\n {4}reason: 疑似金鑰外洩\n.*# 目前沒有\n+# 檔尾之說明\n$/s,
  )
  t.equal(loadFolder(folder).snapshot?.blocks.length, 1)
  await run(folder, 'add', '--agency', 'education', '--account', 'edu-wu', ...who, '--document', '北市社資字第1150001300號')
  t.match(
    await run(folder, 'list'),
    /credential edu-key .* 文號待補 document to follow\n.*account edu-wu.*北市社資字第1150001300號\n2 項封鎖，1 項文號待補/,
  )
  t.equal(JSON.parse(await run(folder, 'list', '--json')).blocks.length, 2)
  t.match(await run(folder, 'lift', '--agency', 'education', '--account', 'edu-wu', '--yes'), /＋ 解除封鎖帳號 education edu-wu/)
  t.match(await run(folder, 'lift', '--credential', 'edu-key', '--yes'), /已寫入/)
  t.match(text(folder), /blocks: \[\]/)
})

t.test('every kind of target acts, and none twice', async (t) => {
  const folder = folderOf(t)
  for (const target of [
    ['--agency', 'education'],
    ['--delegate', 'edu-vendor'],
    ['--credential', 'edu-key'],
    ['--network', '203.0.113.0/28'],
  ]) {
    await run(folder, 'add', ...target, ...who)
    t.match(await run(folder, 'add', ...target, ...who), /已封鎖，未變更/)
  }
  t.equal(loadFolder(folder).snapshot?.blocks.length, 4)
})

t.test('the rest of the folder is broken: the block is written all the same', async (t) => {
  const folder = folderOf(t, edit(AGENCY, 'kind: linked-agency', 'kind: linked'))
  t.match(await run(folder, 'add', '--network', '203.0.113.0/28', ...who), /其餘設定有 \d+ 項錯誤，尚未生效；封鎖仍立即生效.*已寫入/s)
  t.match(text(folder), /network: 203\.0\.113\.0\/28/)
})

const sound = '  - {credential: edu-jwt, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n'
// biome-ignore format: a table
const mistaken: readonly (readonly [string, string, RegExp])[] = [
  ['a time that is none', '  - {agency: education, at: 2026-11-24 22:15, by: 值班, reason: 外洩}\n', /blocks\.yaml:4:\d+: 錯誤 .*找到 2026-11-24 22:15/],
  ['nobody who decided it', '  - {agency: education, at: "2026-11-24T22:15:00+08:00", reason: 外洩}\n', /blocks\.yaml:4:\d+: 錯誤 .*by.*\[missing-key\]/],
  ['two targets', '  - {agency: education, delegate: edu-vendor, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n', /blocks\.yaml:4:\d+: .*\[block-target\]/],
]
for (const [title, entry, place] of mistaken) {
  t.test(`blocks.yaml holds ${title}: no block of it acts, and none is said to`, async (t) => {
    const written = `# 緊急封鎖\n\nblocks:\n${entry}${sound}`
    const folder = folderOf(t, { 'blocks.yaml': written })
    for (const id of ['edu-key', 'edu-jwt']) {
      const said: unknown = await run(folder, 'add', '--credential', id, ...who).catch((error: unknown) => error)
      t.match(said, { code: 'folder-invalid', message: place }, id)
      t.match(said, { message: /未寫入 not written.*閘道不採用.*請先更正上列各處，再執行一次.*mend these/s }, id)
      t.notMatch(String(said), /立即生效|act all the same/, id)
      t.equal(text(folder), written, id)
    }
    await t.rejects(run(folder, 'lift', '--credential', 'edu-jwt', '--yes'), { code: 'folder-invalid', message: place })
    t.equal(text(folder), written)
  })
}

t.test('a block that is itself the mistake can be lifted: the others act again', async (t) => {
  const folder = folderOf(t, { 'blocks.yaml': `blocks:\n${mistaken[0]?.[1]}${sound}` })
  t.match(await run(folder, 'lift', '--agency', 'education', '--yes'), /已寫入 saved/)
  t.equal(loadFolder(folder).snapshot?.blocks.length, 1)
})

// biome-ignore format: a table
const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['nobody', ['add', ...who], /恰好指明一個對象/],
  ['two at once', ['add', '--agency', 'education', '--credential', 'edu-key', ...who], /恰好指明一個對象/],
  ['an account of no agency', ['add', '--account', 'edu-wu', ...who], /恰好指明一個對象/],
  ['an agency that does not exist', ['add', '--agency', 'eduction', ...who], /未寫入.*找到 eduction.*是否為 education/s],
  ['a range with host bits', ['add', '--network', '203.0.113.1/28', ...who], /未寫入.*203\.0\.113\.1\/28/s],
  ['a block that is not there', ['lift', '--credential', 'edu-key', '--yes'], /沒有這項封鎖，未變更/],
]
for (const [title, args, message] of refused) {
  t.test(`nothing is written for ${title}`, async (t) => {
    const folder = folderOf(t)
    await t.rejects(run(folder, ...args), { code: 'folder-invalid', message })
    t.equal(text(folder), commented)
  })
}

t.test('what was blocked twice by hand is blocked still when one block is lifted, and that is said', async (t) => {
  const block = '  - {credential: edu-key, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n'
  const folder = folderOf(t, { 'blocks.yaml': `blocks:\n${block}${block}` })
  t.match(await run(folder, 'lift', '--credential', 'edu-key'), /0 項開放.*已寫入 saved\n同一對象另有封鎖，仍在封鎖中/s)
  t.equal(loadFolder(folder).snapshot?.blocks.length, 1)
  t.notMatch(await run(folder, 'lift', '--credential', 'edu-key', '--yes'), /仍在封鎖中/)
  t.equal(loadFolder(folder).snapshot?.blocks.length, 0)
})

t.test('lifting opens: a script must say --yes', async (t) => {
  const folder = folderOf(t)
  await run(folder, 'add', '--credential', 'edu-key', ...who)
  const before = text(folder)
  await t.rejects(run(folder, 'lift', '--credential', 'edu-key'), { code: 'folder-invalid', message: /--yes/ })
  t.equal(text(folder), before)
})

t.test('a file that is no YAML, or no list, is not touched', async (t) => {
  for (const broken of ['blocks: [\n', 'blocks: none\n', 'block: []\n']) {
    const folder = folderOf(t, { 'blocks.yaml': broken })
    await t.rejects(run(folder, 'add', '--credential', 'edu-key', ...who), { code: 'folder-invalid' })
    t.equal(text(folder), broken)
  }
})

t.test('two people at once: the second is not written over the first; its mode stays', async (t) => {
  const folder = folderOf(t)
  chmodSync(join(folder, 'blocks.yaml'), 0o640)
  const mine = new EditedFile(folder, 'blocks.yaml')
  writeFileSync(join(folder, 'blocks.yaml'), `${commented}# 另一人之修改\n`)
  mine.document.set('x', 'y')
  t.throws(() => mine.save(), { code: 'folder-invalid', message: /已被他人修改，未寫入/ })
  t.equal(text(folder), `${commented}# 另一人之修改\n`)
  const again = new EditedFile(folder, 'blocks.yaml')
  again.save()
  t.equal(statSync(join(folder, 'blocks.yaml')).mode & 0o777, 0o640)
})

t.test('two commands that both looked last before either renamed: one saves, the other is told', async (t) => {
  const folder = folderOf(t)
  const [mine, yours] = [new EditedFile(folder, 'blocks.yaml'), new EditedFile(folder, 'blocks.yaml')]
  mine.document.set('mine', 'x')
  yours.document.set('yours', 'x')
  const { renameSync } = fs
  let told: unknown
  const renaming = (act: typeof renameSync): void => {
    Object.assign(fs, { renameSync: act })
    syncBuiltinESMExports()
  }
  renaming((from, to) => {
    renaming(renameSync)
    try {
      yours.save()
    } catch (error) {
      told = error
    }
    renameSync(from, to)
  })
  mine.save()
  t.match(told, { code: 'folder-invalid', message: /另一指令正在修改，未寫入/ })
  t.match(text(folder), /mine: x/)
  t.throws(() => yours.save(), { code: 'folder-invalid', message: /已被他人修改，未寫入/ })
  t.same(
    readdirSync(folder).filter((name) => name.endsWith('~')),
    [],
  )
})

t.test('a disk that takes a part of the file: the file stays as it was', async (t) => {
  const folder = folderOf(t)
  for (let at = 0; at < 12; at += 1) await run(folder, 'add', '--network', `198.51.100.${at}/32`, ...who)
  const before = text(folder)
  t.ok(before.length > 1_100)
  // The kernel takes bytes up to the limit, and only the next write fails: as on a full disk. A kibibyte, or half of one, by the shell.
  const args = ['--disable-warning=ExperimentalWarning', 'src/main.ts', 'block', 'add', '--config', folder, '--network', '198.51.100.99/32']
  const shell = ['-c', 'ulimit -f 1 && exec "$0" "$@"', process.execPath, ...args, ...who]
  const { status, stderr } = spawnSync('sh', shell, { env: { PATH: process.env.PATH }, encoding: 'utf8' })
  t.not(status, 0)
  t.match(stderr, /EFBIG/)
  t.equal(text(folder), before)
  t.same(
    readdirSync(folder).filter((name) => name.endsWith('~')),
    [],
  )
})

t.test('what a command leaves alone is byte for byte what it was', async (t) => {
  const folder = folderOf(t)
  writeFolder(folder, {})
  for (const name of [AGENCY, 'blocks.yaml', 'purposes.yaml'])
    t.equal(new EditedFile(folder, name).text, readFileSync(join(folder, name), 'utf8'), name)
})
