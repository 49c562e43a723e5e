// report.test.ts: rounds, findings and incidents recorded step by step on a real database: what is unlawful leaves no entry.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { reportCommand } from '../../../src/cli/audit/report.ts'
import { startDepartment } from '../../end-to-end/department.ts'
import { acts, place, runCommand, runHere, signing, who } from '../log/auditing.ts'
import { drawn } from './drawn.ts'

const department = await startDepartment(t)
const { folder } = department
await department.call(department.education)
const mine = signing(department)
const signer = mine.slice(0, -2)
const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06']
const of = { agency: 'taipei-education', from: '2026-01', until: '2026-06', round: 'self-audit' } as const
const [draw, police] = [await drawn(department, of), await drawn(department, { ...of, agency: 'social-assistance' })]

/** Results of the first half-year with so many items and users audited. */
function resultsWith(name: string, audited: number, users = 30): string {
  const file = join(folder, `${name}.json`)
  const results = {
    months: months.map((month) => ({ audited, month, population: 1_700, quota: 17 })),
    outcomes: { abnormal: 1, normal: audited * 6 - 1, to_explain: 0 },
    rows: [{ index: 7, result: '異常' }],
    users: { audited: users, reviewed: 0, total: 60, with_records: 60 },
  }
  writeFileSync(file, JSON.stringify(results))
  return file
}

const report = (...args: string[]) => runCommand(auditCommand, 'report', ...args)
// biome-ignore lint/suspicious/noExplicitAny: a report that is read member by member
async function taken(t: Test, ...args: string[]): Promise<any> {
  const run = await report(...args, ...mine, '--json')
  t.equal(run.error, '', args.join(' '))
  return run.error === '' ? JSON.parse(run.out) : {}
}
const steps = async () => (await acts(department)).filter(({ entry }) => entry.kind === 'report' || entry.kind === 'incident')

async function refused(t: Test, expected: RegExp, ...args: string[]): Promise<void> {
  const before = (await acts(department)).length
  const run = await report(...args)
  t.match(run.error, expected, args.slice(0, 4).join(' '))
  t.equal((await acts(department)).length, before, 'a refused step leaves no entry')
}

const round = 'taipei-education-115H1'
const day = (text: string) => ['--day', text]

t.test('R15: a round from its draw to the archive; approval waits for quota and coverage', async (t) => {
  t.match(await taken(t, 'round', 'sampled', '--sample', draw, ...day('115/07/03')), {
    asked: {
      number: round,
      agency: 'taipei-education',
      audit: 'self-audit',
      from: '2026-01',
      until: '2026-06',
      day: '2026-07-03',
      sample: { id: draw },
    },
    state: 'sampled',
  })
  t.match(await taken(t, 'round', 'started', round, '--auditor', '陳大文/政風室/edu-chen', '李小美/人事室', ...day('2026-07-06')), {
    asked: {
      auditors: [
        { name: '陳大文', unit: '政風室', account: 'edu-chen' },
        { name: '李小美', unit: '人事室' },
      ],
    },
    next: ['enlarged', 'started', 'audited', 'withdrawn'],
  })
  await taken(t, 'round', 'audited', round, '--results', resultsWith('few', 16), ...day('2026-07-15'))
  const head = ['--by', '李局長', '--title', '局長', ...day('2026-07-20')]
  await refused(t, /2026-01 已稽核 16／應 17 件.*quota-unmet/, 'round', 'approved', round, ...head, ...mine)
  await taken(t, 'round', 'audited', round, '--results', resultsWith('half', 17, 29), ...day('2026-07-16'))
  await refused(t, /總使用人數 60，應稽核 30 人.*coverage-unmet/, 'round', 'approved', round, ...head, ...mine)
  const file = resultsWith('enough', 17)
  const { asked } = await taken(t, 'round', 'audited', round, '--results', file, ...day('2026-07-17'))
  const kept = await department.serving.store.reader.document(asked.results.document)
  t.match(kept?.toString(), /"result":"異常"/, 'the bytes of the results are kept')
  t.equal((await taken(t, 'round', 'approved', round, ...head)).state, 'approved')
  await refused(t, /archived.*只能|out-of-order/, 'round', 'archived', round, '--file-number', '115/1', '--discs', '1', ...mine)
  await taken(t, 'round', 'sent', round, ...day('2026-07-28'), '--received', '2026-07-30')
  await taken(t, 'round', 'on-record', round, ...day('2026-08-10'))
  const archived = await taken(t, 'round', 'archived', round, '--file-number', '115/090101/1', '--discs', '2', ...day('2026-08-20'))
  t.match(archived, { asked: { by: 'agency', discs: 2, file_number: '115/090101/1' }, state: 'archived', next: ['archived'] })
})

t.test('who, what and why: the auditor signs the step, and the entry holds the document', async (t) => {
  const entry = (await steps()).find(({ entry: { asked } }) => (asked as { step: string }).step === 'sent')?.entry // as its builder wrote it
  t.match(entry, { kind: 'report', agency: 'ethics-office', user: who.account, reason: who.reason, document: who.document })
  t.same(entry?.asked, { about: 'round', day: '2026-07-28', number: round, received: '2026-07-30', step: 'sent' })
})

t.test('R18, R17: a finding with its deadline, an incident with its hold', async (t) => {
  const finding = [
    '--agency',
    'taipei-education',
    '--deadline',
    '2026-08-31',
    '--matter',
    '下班時間大量查詢',
    '--record',
    '1/0',
    ...day('2026-08-03'),
  ]
  t.match(await taken(t, 'finding', 'opened', ...finding), {
    asked: { number: '115-F1', records: [{ index: 0, log: 'linkage.test/log/1' }] },
    state: 'to-explain',
  })
  t.equal((await taken(t, 'finding', 'opened', ...finding)).asked.number, '115-F2')
  t.equal((await taken(t, 'finding', 'explained', '115-F2', '--nothing-to-improve', ...day('2026-08-10'))).state, 'to-confirm')
  await refused(t, /deadline-early/, 'finding', 'extended', '115-F1', '--deadline', '2026-08-31', ...day('2026-08-10'), ...mine)
  const found = ['--agency', 'taipei-education', '--found-by', '科長', '--matter', '疑似共用帳號', ...day('2026-09-01')]
  t.match(await taken(t, 'incident', 'found', ...found), { asked: { number: '115-I1' }, state: 'found', next: ['notified', 'widened'] })
  await refused(t, /notice-incomplete/, 'incident', 'notified', '115-I1', '--to', 'ethics-office', ...mine)
  t.equal((await taken(t, 'incident', 'notified', '115-I1', '--to', 'ethics-office', 'it-office', ...day('2026-09-02'))).state, 'notified')
})

t.test('what is missing, or is not there, is named; nobody and nothing is recorded', async (t) => {
  await refused(
    t,
    /這些|These are missing:\n {2}--deadline <day> .*\n {2}--matter <text>/,
    'finding',
    'opened',
    '--agency',
    'taipei-education',
    ...mine,
  )
  await refused(t, /--document <number>/, 'round', 'withdrawn', round, ...signer)
  await refused(
    t,
    /是否為 taipei-education/,
    'finding',
    'opened',
    '--agency',
    'taipei-educatoin',
    '--deadline',
    '2026-12-31',
    '--matter',
    'x',
    ...mine,
  )
  await refused(
    t,
    /--record：查無紀錄 1\/99999/,
    'finding',
    'opened',
    '--agency',
    'taipei-education',
    '--deadline',
    '2026-12-31',
    '--matter',
    'x',
    '--record',
    '1/99999',
    ...mine,
  )
  await refused(
    t,
    /national identifier/,
    'incident',
    'found',
    '--agency',
    'taipei-education',
    '--found-by',
    'x',
    '--matter',
    '查詢Ａ100000001',
    ...mine,
  )
  await refused(
    t,
    /There is no draw nothing; there are:\n {2}[0-9a-f-]{36} {2}taipei-education/,
    'round',
    'sampled',
    '--sample',
    'nothing',
    ...mine,
  )
  await refused(t, /is a using unit/, 'round', 'sampled', '--sample', police, ...mine)
  await refused(t, /period-taken/, 'round', 'sampled', '--sample', draw, '--number', 'another', ...mine)
  await refused(t, /--results .*Expected results/, 'round', 'audited', round, '--results', join(folder, 'config', 'audit.yaml'), ...mine)
  await refused(t, /Prove that an auditor asks/, 'finding', 'visited', '115-F1', ...place(folder))
  const dry = await report('finding', 'visited', '115-F1', '--dry-run', ...mine, '--json')
  t.match(JSON.parse(dry.out), { asked: { step: 'visited' }, state: 'to-explain', recorded: null })
})

t.test('at a terminal a person is asked for what is missing', async (t) => {
  const asked: string[] = []
  const answers: Readonly<Record<string, string>> = { 期限: '115/12/31', 文號: '北市社政字第1150000999號' }
  const ask = async (question: string) => {
    asked.push(question)
    return Object.entries(answers).find(([word]) => question.includes(word))?.[1] ?? ''
  }
  const make = (output: { write(text: string): boolean }) => reportCommand(output, Date.now, ask)
  const run = await runCommand(make, 'finding', 'opened', '--agency', 'taipei-education', '--matter', '帳號未停用', ...signer)
  t.equal(run.error, '')
  t.equal(asked.length, 2)
  t.match(run.out, /^115-F3：待說明 to-explain\n {4}已記入 recorded: linkage\.test\/log\/cli 第 \d+ 筆\n {4}下一步 next: 說明 explained/)
})

t.test('how every case stands, for people and for programs', async (t) => {
  const list = await report('list', '--config', join(folder, 'config'))
  t.equal(list.code, 0)
  t.match(list.out, /稽核 +taipei-education-115H1 +taipei-education +已歸檔 +2026-01–2026-06/)
  t.match(list.out, /缺失 +115-F1 +taipei-education +待說明 +115\/08\/31 逾期 overdue/)
  t.match(list.out, /違規 +115-I1 +taipei-education +已通報政風及資訊單位 +保全中 held/)
  const { cases, refused: wrong } = JSON.parse((await report('list', '--json', '--config', join(folder, 'config'))).out)
  t.same([cases.length, wrong], [5, []])
  const shown = await report('show', round, '--config', join(folder, 'config'))
  t.match(shown.out, /115\/07\/28 {2}已報送 sent {2}北市社政字第1150000310號\n {6}received: 2026-07-30/)
  t.match((await report('show', 'nothing', '--config', join(folder, 'config'))).error, /查無 nothing/)
})

t.test('R17, R11b: what is exported of an agency holds no step of a round, a finding or an incident', async (t) => {
  const out = join(folder, 'of-the-agency')
  t.equal((await runHere('export', '--form', 'ndjson', '--agency', 'taipei-education', '--out', out, ...mine)).error, '')
  const lines = readdirSync(out)
    .filter((name) => name.endsWith('.ndjson'))
    .flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n'))
  const kinds = lines.filter((line) => line !== '').map((line) => JSON.parse(line).kind)
  t.same([...new Set(kinds)], ['query'])
})

t.test('the verifier is content with all of it', async (t) => {
  const out = join(folder, 'exported')
  t.equal((await runHere('export', '--form', 'tiles', '--out', out, ...mine)).error, '')
  const verified = await runHere('verify', out, '--trust', join(out, 'trust-policy.txt'), '--json')
  // The draw is a stand-in (drawn.ts): nobody threw its seed, and the verifier says so.
  const { findings } = JSON.parse(verified.out)
  t.same(
    findings.filter(({ code }: { code: string }) => !code.startsWith('sample-')),
    [],
  )
})
