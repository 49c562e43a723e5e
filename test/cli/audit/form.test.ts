// form.test.ts: `linkage audit form` on a real database: recorded before it is written; subjects only by a disclosure, for auditors of the round.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { civilDateOf } from '../../../src/calendar.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { openPlace } from '../../../src/cli/command-place.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { odsParts, readOds } from '../../../src/cli/spreadsheet/ods.ts'
import { startDepartment, subject } from '../../end-to-end/department.ts'
import { acts, runCommand, signing, who } from '../log/auditing.ts'
import { drawnOf } from './drawn-of.ts'
import { resultsOf } from './results-of.ts'

const department = await startDepartment(t, (configuration) => {
  configuration.edit('audit.yaml', (file) => file.setIn(['openings', 'per_auditor_per_day'], '3'))
})
const { folder } = department
const users = ['edu-chang', 'edu-kulas', 'edu-huang']
for (const user of users) await department.call(department.education, { headers: { 'linkage-user': user } })
const queries = (await department.records()).filter(({ entry }) => entry.kind === 'query')
while ((await department.serving.store.search.fill(1_000)) > 0); // when an account was used is found
const { log, slot } = department.serving.process.gateway.log
const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06']
const place = await openPlace(join(folder, 'config'))
const roster = place.snapshot.texts.get('rosters/taipei-education.csv') ?? ''
await place.close()
const of = { agency: 'taipei-education', from: '2026-01', until: '2026-06', round: 'self-audit' } as const
const sample = await drawnOf(department, of, {
  roster,
  coverage: { drawn: 3, need: 5, reviews: 1, users: 9, withRecords: 3 },
  logs: [
    {
      log,
      slot,
      size: department.size,
      root: Buffer.alloc(32).toString('base64'),
      months: [{ counted: 3, countedTo: 3, index: 9, month: '2026-01', records: 5 }],
    },
  ],
  months: months.map((month, at) => ({
    counted: at === 0 ? 3 : 0,
    records: at === 0 ? 5 : 0,
    digest: queries[0]?.entry.policy as never,
    drawn: at === 0 ? 3 : 0,
    month,
    population: at === 0 ? 3 : 0,
    quota: at === 0 ? 3 : 0,
  })), // the digest of anything
  list: {
    drawn: queries.map(({ entry, index }) => ({
      countedSeq: Number(entry.counted_seq),
      index,
      log,
      month: '2026-01',
      user: String(entry.user),
      why: ['month'] as const,
    })),
    modes: [{ counted: 3, mode: 'api', month: '2026-01' }],
    reviews: [{ accounts: ['edu-yoshida'], person: 'EDU0005' }],
    skipped: [],
    transfers: [],
  },
})
const mine = signing(department)
const round = 'taipei-education-115H1'
const year = new Date(Date.now() + 8 * 3_600_000).getUTCFullYear()
const recipient = ['--recipient-key', join(folder, 'recipients', `ethics-office-${year}.pem`), '--recipient', `ethics-office-${year}`]
const audit = (...args: string[]) => runCommand(auditCommand, ...args)
const form = (out: string, ...args: string[]) => audit('form', round, '--out', join(folder, out), ...args)

/** How many acts were recorded; the log's own keys are none. */
const recorded = async (): Promise<number> => (await acts(department)).filter(({ entry }) => entry.kind !== 'key').length

/** Nothing was recorded, nothing written. */
async function refused(t: Test, title: string, expected: RegExp, out: string, ...args: string[]): Promise<void> {
  const before = await recorded()
  const run = await form(out, ...args)
  t.match(run.error, expected, title)
  t.notMatch(`${run.error}${run.out}`, subject, `${title}: nobody is named`)
  t.notOk(existsSync(join(folder, out)) || existsSync(join(folder, `${out}.partial`)), `${title}: nothing is written`)
  t.equal(await recorded(), before, `${title}: nothing is recorded`)
}

async function sheet(out: string, unit: string): Promise<string> {
  const bytes = readFileSync(join(folder, out, `115H1_379110000E_稽核紀錄表_${unit}.ods`))
  return readOds(await readParts(bytes, odsParts))
    .flatMap(({ rows }) => rows.flatMap(({ cells }) => cells.map((cell) => cell?.text ?? '')))
    .join('\n')
}

t.test('a round that is not there is refused with how it comes to be', async (t) => {
  await refused(t, 'no round', /round sampled/, 'none', ...mine)
  const run = await audit('report', 'round', 'sampled', '--sample', sample, ...mine)
  t.equal(run.error, '')
})

t.test('R13: the forms of a round, recorded before they are written; subjects stay sealed', async (t) => {
  const run = await form('forms', ...mine)
  t.equal(run.error, '')
  t.equal(run.code, 0)
  t.match(run.out, /3 件之查詢對象印為「未解除遮蔽」/)
  const begin = '115H1_379110000E'
  const units = ['原住民族教育科', '國中教育科', '國小教育科']
  t.same(
    readdirSync(join(folder, 'forms')).sort(),
    [
      `${begin}_報送函稿.odt`,
      `${begin}_抽查紀錄.csv`,
      ...units.map((unit) => `${begin}_稽核紀錄表_${unit}.ods`),
      `${begin}_簽稿.odt`,
      `${begin}_未計入紀錄.csv`,
    ].sort(),
  )
  const text = await sheet('forms', '國小教育科')
  for (const said of [
    '臺北市政府教育局',
    '張雅婷',
    '未解除遮蔽',
    '列冊類別、核定迄日、成員姓名、就學狀況',
    '※',
    '𠮷田美咲',
    'linkage.test/log/1',
    '本期未設定保護案件',
  ])
    t.ok(text.includes(said), said)
  const act = (await acts(department)).at(-1)?.entry
  t.match(act, {
    kind: 'export',
    user: who.account,
    asked: { form: 'audit-form', open: false, round, sample },
    logs: [{ log, from: queries[0]?.index, size: department.size }],
  })
  const again = await form('forms-again', ...mine)
  t.equal(again.error, '')
  for (const name of readdirSync(join(folder, 'forms')))
    t.ok(readFileSync(join(folder, 'forms', name)).equals(readFileSync(join(folder, 'forms-again', name))), `${name}: the same bytes`)
})

t.test('subjects are opened for auditors whom the round names, each by a disclosure, at most so many a day', async (t) => {
  await refused(t, 'nobody is named', /尚未指定稽核人員.*round started/s, 'open', ...recipient, ...mine)
  const started = await audit('report', 'round', 'started', round, '--auditor', '陳大文/政風室', ...mine)
  t.equal(started.error, '')
  await refused(t, 'another recipient', /不是密封給 somebody/, 'open', ...recipient.slice(0, 2), '--recipient', 'somebody', ...mine)
  const without = mine.filter((_, at) => mine[at] !== '--document' && mine[at - 1] !== '--document')
  await refused(t, 'without a document', /case-missing/, 'open', ...recipient, ...without)
  const one = await form('one', '--unit', '國小教育科', ...recipient, ...mine, '--json')
  t.equal(one.error, '')
  t.match(JSON.parse(one.out), { sealed: 0, faults: [], files: ['115H1_379110000E_稽核紀錄表_國小教育科.ods'] })
  const text = await sheet('one', '國小教育科')
  t.ok(text.includes(subject) && text.includes('指定稽核人員：陳大文（政風室）') && !text.includes('未解除遮蔽'))
  const act = (await acts(department)).at(-1)?.entry
  t.match(act, {
    kind: 'disclosure',
    document: who.document,
    recipient: `ethics-office/${year}`,
    asked: { auditors: [{ name: '陳大文', unit: '政風室' }], open: true, round, units: ['國小教育科'] },
  })
  t.match(act, { entries: [{ index: queries[0]?.index, log }] })
  t.equal((act as { entries?: readonly unknown[] }).entries?.length, 1) // as its builder wrote it
  const back = await audit('import', round, join(folder, 'one'), '--json', ...mine)
  t.same(JSON.parse(back.out).findings, [], 'the file comes back with the subject that was opened')
  await refused(t, 'beyond the day’s', /daily-limit-reached/, 'all', ...recipient, ...mine)
})

t.test('once results are recorded, the letters say them', async (t) => {
  const file = join(folder, 'results.json')
  const units = ['國小教育科', '原住民族教育科', '國中教育科']
  const results = resultsOf({
    round,
    samples: [sample],
    drawn: 3,
    records: queries.map(({ entry, index }, at) => ({
      log,
      index,
      user: String(entry.user),
      unit: units[at] ?? '',
      ...(at === 0 && { result: '異常', about: '無此案號' }),
    })),
    reviews: [{ account: 'edu-yoshida', unit: '國小教育科' }],
    open: { items: [], reviews: [] },
    users: { total: 9, with_records: 3 },
    day: civilDateOf(Date.now()),
  })
  writeFileSync(file, results)
  const audited = await audit('report', 'round', 'audited', round, '--results', file, ...mine)
  t.equal(audited.error, '')
  t.equal((await form('done', ...mine)).error, '')
  const parts = await readParts(readFileSync(join(folder, 'done', '115H1_379110000E_簽稿.odt')), (name) => name === 'content.xml')
  const letter = parts.get('content.xml')?.toString() ?? ''
  for (const said of ['正常 2 件、異常 1 件、待說明 0 件、未填 0 件', '實稽核 4 人，比率 44.4%', '報送期限（民國115年7月31日）'])
    t.ok(letter.includes(said), said)
})

t.test('what cannot be written, filled or found is refused', async (t) => {
  mkdirSync(join(folder, 'there'))
  const there = await form('there', ...mine)
  t.match(there.error, /已存在/)
  await refused(t, 'a unit that has nothing', /國小教育科/, 'unit', '--unit', '秘書室', ...mine)
  await refused(t, 'a draw of another round', /沒有抽樣/, 'sample', '--sample', '01990000-0000-7000-8000-000000000000', ...mine)
  const [templates, away] = [join(folder, 'config', 'forms'), join(folder, 'forms-away')]
  const name = join(templates, 'audit-form-2026-01-01.fods')
  const before = readFileSync(name, 'utf8')
  writeFileSync(name, before.replace('{{種子產生方式}}', '{{種子產生方法}}'))
  await refused(t, 'a template with an unknown placeholder', /種子產生方法.*種子產生方式/, 'template', ...mine)
  writeFileSync(name, before)
  renameSync(templates, away)
  await refused(t, 'no templates', /forms\/audit-form-<2026-06-30.*forms\/report-letter/s, 'templates', ...mine)
  renameSync(away, templates)
})

t.test('of a round that is withdrawn no subject is opened any more', async (t) => {
  const withdrawn = await audit('report', 'round', 'withdrawn', round, ...mine)
  t.equal(withdrawn.error, '')
  await refused(t, 'withdrawn', /已作廢.*linkage log open/s, 'void', ...recipient, ...mine)
})
