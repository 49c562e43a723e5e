// config-diff.test.ts: what `linkage config diff` prints, against a folder and against revisions, and its exit codes.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { configCommand } from '../../src/cli/config.ts'
import { diffText } from '../../src/cli/diff-text.ts'
import { AGENCY, API, edit, type Files, good, writeFolder } from '../policy/good-folder.ts'

async function run(args: readonly string[], isTTY = false): Promise<{ readonly out: string; readonly code: number }> {
  let out = ''
  const before = process.exitCode
  process.exitCode = 0
  try {
    await configCommand({ isTTY, write: (text) => (out += text) }).parseAsync(['diff', ...args], { from: 'user' })
    return { out, code: Number(process.exitCode) }
  } finally {
    process.exitCode = before
  }
}

const wider = edit(AGENCY, '203.0.113.0/28', '203.0.113.0/27')
/** Above the line of the range, which decides no less for standing below another. */
const anew = edit(
  AGENCY,
  '  - {cidr: 203.0.113.0/28',
  '  - {cidr: 203.0.113.0/28, from: 2028-01-01, until: 2028-12-31, document: 北市社資字第1150000150號}\n  - {cidr: 203.0.113.0/28',
)
const narrower = edit(AGENCY, '      - members[].name\n', '')

function folderOf(t: Test, name: string, changes: Files): string {
  const folder = join(t.testdirName, name)
  t.testdir({})
  writeFolder(folder, changes)
  return folder
}

t.test('against another folder: both languages, openings told apart, counts at the end', async (t) => {
  const at = t.testdir({})
  for (const [name, changes] of Object.entries({ before: {}, after: { [AGENCY]: wider[AGENCY] } })) writeFolder(join(at, name), changes)
  const { out, code } = await run([join(at, 'before'), join(at, 'after')])
  t.equal(code, 0)
  t.match(
    out,
    /^機關 agency 教育局 education\n {2}＋ 開放網段 203\.0\.113\.0\/27 .*\n {5}network opened: .*\n {2}－ 移除網段 203\.0\.113\.0\/28/,
  )
  t.match(out, /\n1 項開放、1 項關閉、0 項其他 \/ 1 open, 1 closed, 0 other\n$/)
  const json = JSON.parse((await run([join(at, 'before'), join(at, 'after'), '--json'])).out)
  t.same(json.counts, { open: 1, closed: 1, other: 0 })
  t.match(json.changes[0], { code: 'network-removed', direction: 'closed', removed: true, of: { kind: 'agency', id: 'education' } })
  t.match(diffText(json.changes, true), /\u001b\[/, 'colour on a terminal')
  t.notMatch(diffText(json.changes, false), /\u001b\[/)
  t.match((await run([join(at, 'before'), join(at, 'before')])).out, /^\n?沒有差異 no difference\n0 項開放/)
})

t.test('a gate for reviews: --fail-on', async (t) => {
  const at = t.testdir({})
  for (const [name, changes] of Object.entries({ before: {}, wider, anew, narrower })) writeFolder(join(at, name), changes)
  const code = async (after: string, direction: string): Promise<number> =>
    (await run([join(at, 'before'), join(at, after), '--fail-on', direction])).code
  t.equal(await code('wider', 'open'), 1)
  t.equal(await code('anew', 'open'), 1)
  t.equal(await code('narrower', 'open'), 0)
  t.equal(await code('narrower', 'closed'), 1)
})

/** What opens something, and the folder that it opens. */
// biome-ignore format: a table
const openings: readonly (readonly [string, Files, Files])[] = [
  ['a delegate’s network', edit(AGENCY, '    networks: []', '    networks: [{cidr: 203.0.113.96/28, from: 2026-02-01, until: 2026-12-31, document: 文1}]'), {}],
  ['a line no longer on trial', {}, edit(AGENCY, '2001:db8:1::/48,', '2001:db8:1::/48, trial: true,')],
  ['a block that is lifted', {}, { 'blocks.yaml': 'blocks:\n  - {agency: education, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n' }],
  ['a purpose', edit(AGENCY, 'purposes: [fee-waiver]', 'purposes: [fee-waiver, review]'), {}],
  ['no case required', edit(API, 'requires: [case]\n        case_pattern', 'requires: []\n        case_pattern'), {}],
  ['a limit that is raised', edit(AGENCY, 'per_day: 200,', 'per_day: 300,'), {}],
  ['a bound of requests', edit(API, 'maxItems: 4', 'maxItems: 5'), {}],
  ['more downloads', edit('gateway.yaml', 'recorded_refusals_per_minute: 60', 'downloads_per_day: 60'), {}],
]
t.test('a gate for reviews holds up whatever opens, each by itself, and lets through what closes it', async (t) => {
  for (const [title, after, before] of openings) {
    const at = t.testdir({})
    for (const [name, changes] of Object.entries({ before, after })) writeFolder(join(at, name), changes)
    const code = async (...folders: readonly string[]) => (await run([...folders.map((each) => join(at, each)), '--fail-on', 'open'])).code
    t.equal(await code('before', 'after'), 1, title)
    t.equal(await code('after', 'before'), 0, `${title}, the other way round`)
  }
})

t.test('against a revision of its repository, from a folder within it', async (t) => {
  const folder = folderOf(t, 'a repository/config', {})
  const git = (...args: readonly string[]): void => {
    const own = ['-c', 'user.name=王小明', '-c', 'user.email=x@example.gov.tw', '-c', 'commit.gpgsign=false']
    const { status, stderr } = spawnSync('git', ['-C', join(folder, '..'), ...own, ...args])
    t.equal(status, 0, `git ${args[0]} ${stderr}`)
  }
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', '初版')
  t.match((await run(['HEAD', folder])).out, /no difference/)
  writeFileSync(join(folder, AGENCY), wider[AGENCY] ?? '')
  t.match((await run(['HEAD', folder])).out, /1 open, 1 closed/)
  git('commit', '--quiet', '--all', '--message', '網段')
  t.match((await run(['HEAD~1', folder])).out, /1 open, 1 closed/)
  t.match((await run(['HEAD', folder])).out, /no difference/)
  // What a revision says of itself leaves nothing of it out.
  writeFileSync(join(folder, '.gitattributes'), '*.yaml export-ignore\n* export-subst\n')
  git('add', '.')
  git('commit', '--quiet', '--message', '屬性')
  t.match((await run(['HEAD', folder])).out, /no difference/)
  t.match((await run(['HEAD~2', folder])).out, /1 open, 1 closed/)
  for (const wrong of ['nosuch', '--output=x', 'HEAD:config', ''])
    await t.rejects(run(['--', wrong, folder]), { code: 'folder-invalid' }, wrong)
})

t.test('what is not valid is not compared, and says why', async (t) => {
  const at = t.testdir({})
  writeFolder(join(at, 'before'), {})
  writeFolder(join(at, 'after'), { ...good, ...edit(AGENCY, 'kind: linked-agency', 'kind: linked') })
  await t.rejects(
    run([join(at, 'before'), join(at, 'after')]),
    /未通過檢查，無從比較 not valid, not compared\nagencies\/education\.yaml:4:7/,
  )
})

t.test(
  'a field that is renamed under its grants lists each that it breaks; one that is new, nobody; one that is more sensitive, who holds it',
  async (t) => {
    const category = 'category: {title: 類別, type: string, x-sensitivity: 1}'
    const third = String(good[AGENCY]).replace('      - income\n', '      - income\n      - address\n')
    const folders: Readonly<Record<string, Files>> = {
      before: { [AGENCY]: third },
      renamed: {
        [AGENCY]: third,
        [API]: String(good[API])
          .replace(category, category.replace('category', 'kind'))
          .replaceAll('x-reveals: [category]', 'x-reveals: [kind]')
          .replace('address: {type', 'residence: {type'),
      },
      amended: { [AGENCY]: String(good[AGENCY]), [API]: String(good[API]).replace(/ +address: .*\n/, '') },
      newer: {
        [AGENCY]: third,
        [API]: String(good[API]).replace(category, `${category}\n                  other: {title: 其他, type: string, x-sensitivity: 2}`),
      },
      risen: { [AGENCY]: third, [API]: String(good[API]).replace(category, category.replace(': 1', ': 2')) },
    }
    const at = t.testdir({})
    for (const [name, changes] of Object.entries(folders)) writeFolder(join(at, name), changes)
    const printed = async (after: string) => (await run([join(at, 'before'), join(at, after)])).out
    const refused = await printed('renamed').then(
      () => '',
      (error: unknown) => String(error),
    )
    t.match(refused, '資料項目消失或改名 benefits category；影響核可：education/fee-waiver\n')
    t.match(refused, 'field removed or renamed: benefits address; grants that it breaks: education/review\n')
    t.match(refused, /agencies\/education\.yaml:\d+:\d+: .*category.*agencies\/education\.yaml:\d+:\d+: .*address/s)
    t.match(await printed('amended'), /－ 資料項目消失 getIncome address；影響核可：education\/review\n/)
    t.match(await printed('newer'), /・ 新資料項目 getStatus other：尚未核可任何機關\n +new field getStatus other: nobody may see it yet\n/)
    // Above 2 what holds it lacks something at once, and nothing is compared: who holds it is told all the same.
    writeFolder(join(at, 'secret'), { [AGENCY]: third, [API]: String(good[API]).replace(category, category.replace(': 1', ': 3')) })
    const secret = await printed('secret').then(
      () => '',
      (error: unknown) => String(error),
    )
    t.match(secret, '敏感程度升高 benefits category；持有之核可：education/fee-waiver\n')
    t.match(secret, 'field more sensitive: benefits category; grants that hold it: education/fee-waiver\n')
    t.match(await printed('risen'), /・ 敏感程度 getStatus category 1 → 2；持有者：education\/fee-waiver\n/)
  },
)

t.test('an officer reads it in Chinese: states, days, values and places by their names, and once what may go either way', async (t) => {
  const at = t.testdir({})
  const agency = [
    ['203.0.113.0/28', '203.0.113.0/27'],
    ['["08:00-18:00 workdays"]', '["08:00-20:00 workdays", "09:00-12:00 restdays"]'],
    ['per_day: 20000', 'per_day: 10000'],
    ['document: 北市社資字第1150000124號', 'document: 北市社資字第1150000125號'],
  ].reduce((text, [from = '', to = '']) => text.replace(from, () => to), String(good[AGENCY]))
  writeFolder(join(at, 'before'), {})
  writeFolder(join(at, 'after'), {
    [AGENCY]: agency,
    [API]: String(good[API]).replace('officer: 周宜蓁', 'officer: 王小明'),
    ...edit('gateway.yaml', 'http://127.0.0.1:8091', 'http://127.0.0.1:8092'),
    'blocks.yaml': 'blocks:\n  - {delegate: edu-vendor, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n',
    'purposes.yaml': String(good['purposes.yaml']).replace('title: 審核,', 'title: 複核,'),
  })
  const { out } = await run([join(at, 'before'), join(at, 'after')])
  for (const line of [
    '－ 移除網段 203.0.113.0/28 2026-01-05–2027-12-31（203.0.113.0/27 涵蓋其位址）',
    '＋ 核可 fee-waiver 時段放寬 上班日 08:00-18:00 → 上班日 08:00-20:00、放假日 09:00-12:00',
    '－ 核可 fee-waiver 每日上限 20000 → 10000',
    '・ 核可 review 核可文號 北市社資字第1150000124號 → 北市社資字第1150000125號',
    '・ 承辦人 周宜蓁 → 王小明',
    '－ 封鎖受託者 edu-vendor：外洩',
    '・ 目的 review 之名稱 審核 → 複核',
    '± 上游系統 welfare http://127.0.0.1:8091 → http://127.0.0.1:8092（可能放寬，也可能限縮）',
  ])
    t.ok(out.includes(`\n  ${line}\n`), line)
  t.equal(out.split('\n').filter((line) => line.includes('上游系統')).length, 1)
  t.match(out, /\n3 項開放、4 項關閉、3 項其他/, 'what may go either way counts as both')
})
