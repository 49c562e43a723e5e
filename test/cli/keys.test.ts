// keys.test.ts: `linkage keys init|show|change`: keys are made once, where only this user reads them, and never beside an orphaned log.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { keysCommand } from '../../src/cli/keys.ts'
import { markFile } from '../../src/querylog/key-directory.ts'
import { MarkFile } from '../../src/querylog/mark.ts'
import { noteVerifier } from '../../src/querylog/note.ts'
import { SlotKeys } from '../../src/querylog/slot-keys.ts'
import { emptyRoot } from '../../src/querylog/tree.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { startTestDatabase } from '../store/server.ts'

const log = 'linkage.example.gov.tw/log/1'

function department(t: Test): { config: string; data: string } {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-keys-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  cpSync('config', join(folder, 'config'), { recursive: true })
  return { config: join(folder, 'config'), data: join(folder, 'data') }
}

async function run(args: readonly string[], url?: string): Promise<string> {
  let out = ''
  const environment = url === undefined ? {} : { DATABASE_URL: url }
  await keysCommand({ write: (text) => (out += text) }, environment).parseAsync([...args], { from: 'user' })
  return out
}

t.test('made once, for this user alone; show prints what is published', async (t) => {
  const { config, data } = department(t)
  const made = await run(['init', config, '--slot', '1', '--year', '2026'])
  const keys = join(data, 'keys')
  t.same(readdirSync(keys).sort(), ['mark', 'signing-key.pem', 'tag-2026.key'])
  t.equal(statSync(keys).mode & 0o777, 0o700)
  for (const name of readdirSync(keys)) t.equal(statSync(join(keys, name)).mode & 0o777, 0o600, name)
  const shown = await run(['show', config])
  t.equal(noteVerifier(shown.trim()).name, log)
  t.ok(made.startsWith(shown))
  t.notMatch(made + shown, readFileSync(join(keys, 'tag-2026.key'), 'utf8').trim())
  const before = readFileSync(join(keys, 'signing-key.pem'))
  await t.rejects(run(['init', config, '--slot', '1']), { code: 'usage', message: /絕不覆寫/ })
  t.same(readFileSync(join(keys, 'signing-key.pem')), before)
  await run(['init', config, '--tag-only', '--year', '2027'])
  t.ok(statSync(join(keys, 'tag-2027.key')))
  await t.rejects(run(['init', config, '--tag-only', '--year', '2027']), { code: 'EEXIST' })
})

t.test('another slot has a directory of its own, and shares the tag keys', async (t) => {
  const { config, data } = department(t)
  await run(['init', config, '--slot', '1', '--year', '2026'])
  await t.rejects(run(['init', config, '--slot', '2']), { code: 'usage', message: /--directory/ })
  const [second, tags] = [join(data, 'keys-2'), join(data, 'keys')]
  const shared = readFileSync(join(tags, 'tag-2026.key'))
  await run(['init', config, '--slot', '2', '--directory', second, '--tags', tags, '--year', '2026'])
  t.same(readdirSync(second).sort(), ['mark', 'signing-key.pem'])
  t.same(readFileSync(join(tags, 'tag-2026.key')), shared)
  t.match(await run(['show', config, '--slot', '2', '--directory', second]), /^linkage\.example\.gov\.tw\/log\/2\+/)
  for (const slot of ['0', '65', '01', 'CLI', ''])
    await t.rejects(run(['init', config, '--slot', slot, '--directory', second]), { code: 'usage' })
})

t.test('the slot of the commands needs no tag key', async (t) => {
  const { config, data } = department(t)
  await run(['init', config, '--slot', 'cli', '--directory', join(data, 'keys-cli')])
  t.same(readdirSync(join(data, 'keys-cli')).sort(), ['mark', 'signing-key.pem'])
})

t.test('not in the data folder, and not where others read', async (t) => {
  const { config, data } = department(t)
  for (const inside of ['postgres', 'postgres/keys'])
    await t.rejects(run(['init', config, '--slot', '1', '--directory', join(data, inside)]), { code: 'usage', message: /資料庫資料夾/ })
  mkdirSync(join(data, 'open'), { recursive: true })
  chmodSync(join(data, 'open'), 0o755)
  await t.rejects(run(['init', config, '--slot', '1', '--directory', join(data, 'open')]), { code: 'usage', message: /chmod 700/ })
  t.same(readdirSync(data), ['open'])
  t.same(readdirSync(join(data, 'open')), [])
})

t.test('where the log exists and its mark is gone no key is made; nor where the database cannot be asked', async (t) => {
  const { config, data } = department(t)
  const database = await startTestDatabase(t)
  const writer = new PostgresLogWriter(database.gatewayUrl)
  await writer.claim('1', log, 'key', 5_000)
  await writer.close()
  await t.rejects(run(['init', config, '--slot', '1'], database.gatewayUrl), { code: 'no-mark', message: /linkage keys init --slot N/ })
  await t.rejects(run(['init', config, '--slot', '3', '--directory', join(data, 'k')], 'postgresql://x:y@127.0.0.1:1/none'), {
    code: 'unavailable',
    message: /未產生金鑰/,
  })
  t.throws(() => readdirSync(data), { code: 'ENOENT' })
  await run(['init', config, '--slot', '2', '--directory', join(data, 'keys-2')], database.gatewayUrl)
})

t.test('a change is prepared once, and the next one after it is done', async (t) => {
  const { config, data } = department(t)
  await run(['init', config, '--slot', '1'])
  const directory = join(data, 'keys')
  await t.rejects(run(['change', config]), { code: 'usage', message: /尚無紀錄/ })
  const mark = await MarkFile.open(join(directory, markFile))
  t.teardown(() => mark.close())
  const sign = async (size: number, keys: readonly string[]): Promise<void> => {
    const checkpoint = (await SlotKeys.read(directory, log)).sign(`${log}\n${size}\n${emptyRoot.toString('base64')}\n`, keys)
    await mark.write({ epoch: 1, head: { size, root: emptyRoot }, checkpoint })
  }
  const [first = ''] = (await SlotKeys.read(directory, log)).verifierKeys
  await sign(1, [first])
  const out = await run(['change', config])
  const [, second = ''] = (await SlotKeys.read(directory, log)).verifierKeys
  t.ok(out.startsWith(`${second}\n`))
  t.equal(statSync(join(directory, 'signing-key-2.pem')).mode & 0o777, 0o600)
  t.equal(await run(['show', config]), `${first}\n${second}\n`)
  await t.rejects(run(['change', config]), { code: 'usage', message: /已備妥/ })
  await sign(2, [first, second])
  await t.rejects(run(['change', config]), { code: 'usage', message: /前次更換/ })
  await sign(3, [second])
  await run(['change', config])
  t.equal((await SlotKeys.read(directory, log)).verifierKeys.length, 3)
})

t.test('a folder without gateway.yaml is said to have none', async (t) => {
  const { config } = department(t)
  rmSync(join(config, 'gateway.yaml'))
  await t.rejects(run(['show', config]), { code: 'usage', message: /gateway\.yaml/ })
  writeFileSync(join(config, 'gateway.yaml'), 'environment: demo\n')
  await t.rejects(run(['show', config]), { code: 'usage' })
})
