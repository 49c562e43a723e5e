// report.test.ts: rounds, findings and incidents recorded step by step on a real database: what is unlawful leaves no entry.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { addDays, civilDateOf, showRocDateShort } from '../../../src/calendar.ts'
import { sha256Hex } from '../../../src/canonical.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { reportCommand } from '../../../src/cli/audit/report.ts'
import { acts, place, runCommand, runHere, signing, who } from '../log/auditing.ts'
import { drawn } from './drawn.ts'
import { drawRound, round, wholeResults, writeResults } from './drawn-round.ts'
import { recordStepAsIs } from './recorded-as-is.ts'
import type { ResultsOf } from './results-of.ts'

const round115 = await drawRound(t)
const { department, sample: draw } = round115
const { folder } = department
const mine = signing(department)
const signer = mine.slice(0, -2)
const police = await drawn(department, { agency: 'social-assistance', from: '2026-01', until: '2026-06', round: 'self-audit' })
const results = (name: string, own?: Partial<ResultsOf>, said?: object) => writeResults(round115, `${name}.json`, own, said)
const { records } = wholeResults(round115)

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

const day = (text: string) => ['--day', text]
/** Draws are recorded today, and no step of their round is of a day before. */
const today = civilDateOf(Date.now())
const yesterday = day(addDays(today, -1))

const head = ['--by', '李局長', '--title', '局長']

/** Results of a round that is 稽核中 that are not of its draw, or say of themselves what is not so. */
async function inventedAreRefused(t: Test): Promise<void> {
  const [one] = records
  const other = [{ account: 'edu-lin', unit: '國中教育科' }]
  const months = JSON.parse(readFileSync(results('right'), 'utf8')).months
  const wrong: Readonly<Record<string, readonly [own: Partial<ResultsOf>, said: object, expected: RegExp]>> = {
    'totals without rows': [
      { records: [] },
      { months, outcomes: { abnormal: 0, normal: 4, to_explain: 0 } },
      /months\[0\]\.audited：4，應為 expected 0/,
    ],
    'totals alone': [{}, { items: undefined, reviews: undefined }, /items、reviews：沒有 absent/],
    'no months’ worth of records': [
      {},
      { months: months.map((each: object) => ({ ...each, population: 0, quota: 0 })) },
      /months\[0\]\.population：0，應為 expected 4/,
    ],
    'fewer users': [{ users: { total: 2, with_records: 1 }, reviews: [] }, {}, /users\.total：2，應為 expected 8/],
    'a record that was not drawn': [
      { records: [...records, { log: one?.log ?? '', index: 0, user: 'x', unit: '' }] },
      {},
      /items\[4\]：1#0，應為 expected 抽中者/,
    ],
    'a record twice': [{ records: [...records.slice(1), ...records.slice(1, 2)] }, {}, /items\[3\]：1#\d+，應為 expected 抽中者/],
    'an account that was not drawn': [{ reviews: other }, {}, /reviews\[0\]：edu-lin，應為/],
    'another round': [{ round: 'taipei-education-114H2' }, {}, /round：taipei-education-114H2/],
    'another draw': [{ samples: [police] }, {}, /samples\[0\]：/],
    'a day to come': [{ day: '2099-01-01' }, {}, /items\[0\]\.day：2099-01-01/],
    'fewer rows than they count': [{ records: records.slice(1) }, { months }, /months\[0\]\.audited：4，應為 expected 3/],
  }
  for (const [title, [own, said, expected]] of Object.entries(wrong)) {
    const file = results('wrong', own, said)
    const asked = ['round', 'audited', round, '--results', file]
    await refused(t, /results-mismatch/, ...asked, ...mine)
    t.match((await report(...asked, ...mine)).error, expected, title)
    t.match((await report(...asked, '--dry-run', ...mine)).error, /之稽核結果與其抽樣不符，請重新執行 linkage audit import/, title)
  }
  // An entry that an earlier version wrote.
  const bytes = readFileSync(
    results(
      'old',
      { records: [] },
      {
        months,
        outcomes: { abnormal: 0, normal: 4, to_explain: 0 },
        users: { audited: 4, reviewed: 0, total: 8, with_records: 3 },
        v: undefined,
      },
    ),
  )
  const { outcomes, users } = JSON.parse(bytes.toString())
  const audited = { document: sha256Hex(bytes), months, outcomes, users }
  await recordStepAsIs(department, { about: 'round', day: today, number: round, results: audited, step: 'audited' }, bytes)
  await refused(t, /results-mismatch/, 'round', 'approved', round, ...head, ...mine)
}

t.test('R15: a round from its draw to the archive; approval waits for quota and coverage', async (t) => {
  await refused(t, /早於抽樣登載之日.*day-early/, 'round', 'sampled', '--sample', draw, ...yesterday, ...mine)
  t.match(await taken(t, 'round', 'sampled', '--sample', draw, ...day(showRocDateShort(today))), {
    asked: {
      number: round,
      agency: 'taipei-education',
      audit: 'self-audit',
      from: '2026-01',
      until: '2026-06',
      day: today,
      sample: { id: draw },
    },
    state: 'sampled',
  })
  t.match(await taken(t, 'round', 'started', round, '--auditor', '陳大文/政風室/edu-chen', '李小美/人事室'), {
    asked: {
      auditors: [
        { name: '陳大文', unit: '政風室', account: 'edu-chen' },
        { name: '李小美', unit: '人事室' },
      ],
    },
    next: ['enlarged', 'started', 'audited', 'withdrawn'],
  })
  await inventedAreRefused(t)
  await taken(t, 'round', 'audited', round, '--results', results('few', { records: records.slice(1) }))
  await refused(t, /2026-01 已稽核 3／應 4 件.*quota-unmet/, 'round', 'approved', round, ...head, ...mine)
  await taken(t, 'round', 'audited', round, '--results', results('half', { reviews: [] }))
  await refused(t, /總使用人數 8，應稽核 4 人.*coverage-unmet/, 'round', 'approved', round, ...head, ...mine)
  const file = results('enough', { records: records.map((each, at) => (at > 0 ? each : { ...each, result: '異常', about: '無此案號' })) })
  const { asked } = await taken(t, 'round', 'audited', round, '--results', file)
  const kept = await department.serving.store.reader.document(asked.results.document)
  t.match(kept?.toString(), /"result":"異常"/, 'the bytes of the results are kept')
  t.equal((await taken(t, 'round', 'approved', round, ...head)).state, 'approved')
  await refused(t, /archived.*只能|out-of-order/, 'round', 'archived', round, '--file-number', '115/1', '--discs', '1', ...mine)
  await refused(t, /收文日.*早於發文日.*day-early/, 'round', 'sent', round, '--received', addDays(today, -1), ...mine)
  await taken(t, 'round', 'sent', round, '--received', today)
  await taken(t, 'round', 'on-record', round)
  const archived = await taken(t, 'round', 'archived', round, '--file-number', '115/090101/1', '--discs', '2')
  t.match(archived, { asked: { by: 'agency', discs: 2, file_number: '115/090101/1' }, state: 'archived', next: ['archived'] })
})

t.test('who, what and why: the auditor signs the step, and the entry holds the document', async (t) => {
  const entry = (await steps()).find(({ entry: { asked } }) => (asked as { step: string }).step === 'sent')?.entry // as its builder wrote it
  t.match(entry, { kind: 'report', agency: 'ethics-office', user: who.account, reason: who.reason, document: who.document })
  t.same(entry?.asked, { about: 'round', day: today, number: round, received: today, step: 'sent' })
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

t.test('a draw is audited once: by one round, in which it stands once, whoever records it at the same time', async (t) => {
  const sample = await drawn(department, { agency: 'taipei-education', from: '2026-01', until: '2026-01', round: 'unannounced' })
  const begin = (number: string) => report('round', 'sampled', '--sample', sample, '--number', number, ...mine)
  const begun = await Promise.all([begin('unannounced-1'), begin('unannounced-2')])
  const [number, ...others] = ['unannounced-1', 'unannounced-2'].filter((_, at) => begun[at]?.error === '')
  t.same([typeof number, others], ['string', []], 'one of two')
  t.match(begun.find(({ error }) => error !== '')?.error, /已在 unannounced-\d 中/)
  await refused(t, /已在 unannounced-\d 中/, 'round', 'enlarged', number ?? '', '--sample', sample, ...mine)
  await taken(t, 'round', 'withdrawn', number ?? '')
})

t.test('how every case stands, for people and for programs', async (t) => {
  const list = await report('list', '--config', join(folder, 'config'))
  t.equal(list.code, 0)
  t.match(list.out, /稽核 +taipei-education-115H1 +taipei-education +已歸檔 +2026-01–2026-06/)
  t.match(list.out, /缺失 +115-F1 +taipei-education +待說明 +115\/08\/31 逾期 overdue/)
  t.match(list.out, /違規 +115-I1 +taipei-education +已通報政風及資訊單位 +保全中 held/)
  const { cases, refused: wrong } = JSON.parse((await report('list', '--json', '--config', join(folder, 'config'))).out)
  t.same([cases.length, wrong], [6, []])
  const shown = await report('show', round, '--config', join(folder, 'config'))
  t.match(shown.out, `${showRocDateShort(today)}  已報送 sent  ${who.document}\n      received: ${today}`)
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
