// signals.test.ts: R17: a month's signs on a real database: what they are, and who may read names.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connect } from '../../store/server.ts'
import { education } from '../../verifier/written-log.ts'
import { who } from '../log/auditing.ts'
import { documentOf, hostile, identities, month, namedIn, signalsIn, signalsOn, signerOf, startSignalsMonth } from './signals-month.ts'

const of = await startSignalsMonth(t)
const { config, database, folder } = of
const signals = (...args: string[]) => signalsIn(of, ...args)
const named = (...args: string[]) => namedIn(of, ...args)
const signer = signerOf(of)
const admin = await connect(t, database.adminUrl)
const acts = async (): Promise<readonly string[]> =>
  (
    await admin.query(`SELECT entry FROM linkage.log_entry WHERE slot = 'cli' AND strpos(entry, '"kind":"export"') > 0 ORDER BY index`)
  ).rows.map(({ entry }) => entry)

t.test('R17: without identities: what a month shows of an agency', async (t) => {
  const { agencies, entries, provisional, unread } = await documentOf(signals('--month', '115-10', '--agency', education, '--json'))
  t.same([provisional, unread, entries, agencies.length], [false, 0, [], 1])
  const [{ byHour, days, refusals, signs, totals, unusedGrants }] = agencies
  t.same(totals, { records: 61, answered: 54, notFound: 3, refused: 7, offHours: 7, accounts: 9, countedRefusals: 13 })
  t.equal(days.length, 31)
  t.match(days[8], { day: '2026-10-09', rest: true })
  t.match(days[9], { day: '2026-10-10', rest: true, records: 5, offHours: 5 })
  t.match(days[7], { records: 9, offHours: 2 }, 'office hours begin at 08:00, and end before 18:00')
  t.match(byHour[22], { hour: 22, workdays: 0, restDays: 5 })
  t.same(refusals, [
    { code: 'rate-limited', recorded: 0, counted: 13 },
    { code: 'purpose-not-granted', recorded: 3, counted: 0 },
    { code: 'user-unknown', recorded: 2, counted: 0 },
    { code: 'user-inactive', recorded: 1, counted: 0 },
    { code: 'user-missing', recorded: 1, counted: 0 },
  ])
  t.same(unusedGrants, [{ grant: 'fee-waiver', since: '2026-03-01', last: '2026-10-22', days: 9 }])
  t.same(Object.fromEntries(signs.map(({ found, most, sign }: Record<string, unknown>) => [sign, [found, most]])), {
    'off-hours': [1, 5],
    bursts: [1, 8],
    subjects: [1, 13],
    'shared-subjects': [1, 3],
    'wide-cases': [1, 6],
    refusals: [2, 9],
    'not-found': [1, 75],
    addresses: [1, 2],
    'at-once': [1, 1],
    joined: [1, 2],
    leaving: [1, 3],
    left: [2, 1],
    idle: [1, 224],
    'unused-grants': [1, 9],
  })
})

t.test('R17: of similar agencies only the median is told, and too few say nothing', async (t) => {
  const { agencies } = await documentOf(signals('--month', month, '--json'))
  const of = (id: string) => agencies.find(({ agency }: { agency: string }) => agency === id)?.comparison
  t.same(of('taipei-revenue'), {
    state: 'compared',
    similar: 3,
    figures: [
      { figure: 'off-hours', own: 500, median: 0, higher: 0, of: 3 },
      { figure: 'refused', own: 0, median: 0, higher: 1, of: 3 },
      { figure: 'not-found', own: 0, median: 0, higher: 1, of: 3 },
      { figure: 'per-account', own: 120, median: 120, higher: 0, of: 3 },
    ],
  })
  t.same(of('nhi-administration'), { state: 'too-few-agencies', similar: 0 }, 'of another mode')
  t.same(of('wanhua-district'), { state: 'too-few-records', records: 3 })
})

t.test('R17: without identities no account, name, unit, credential, case, tag or address stands in any page or line', async (t) => {
  const to = join(folder, 'without')
  const text = await signals('--month', month, '--to', to)
  t.equal(text.error, '')
  const json = await signals('--month', month, '--json')
  const pages = readdirSync(to)
  t.ok(pages.includes(`${month}-${education}.html`))
  for (const [name, shown] of [
    ['text', text.out],
    ['json', json.out],
    ...pages.map((page) => [page, readFileSync(join(to, page), 'utf8')] as const),
  ] as const)
    for (const identity of identities) t.notOk(shown.includes(identity), `${identity} in ${name}`)
  for (const shown of [json.out, readFileSync(join(to, `${month}-${education}.html`), 'utf8')]) {
    t.notMatch(shown, /openings|[^未]解除遮蔽/, 'what auditors opened would tell of an audit that is not known yet')
    t.notMatch(
      shown.slice(shown.indexOf('SET signals.'), shown.indexOf('SET signals.off_hours')),
      /taipei-(police|revenue)/,
      'nor other agencies',
    )
  }
  t.same(await acts(), [], 'and nobody had to say who they are')
  t.equal(statSync(to).mode & 0o777, 0o700)
})

t.test('R22: with users: who reads what and why is committed first, and the page is theirs', async (t) => {
  const to = join(folder, 'named')
  const { agencies, entries } = await documentOf(
    named('--month', month, '--agency', education, '--to', to, '--json', '--document', who.document),
  )
  const act = JSON.parse((await acts()).at(-1) ?? '{}')
  t.match(act, {
    kind: 'export',
    agency: 'ethics-office',
    user: who.account,
    reason: who.reason,
    document: who.document,
    asked: { agency: education, form: 'signals', month },
    logs: [{ slot: '1', size: Number }],
  })
  t.match(entries, [{ log: 'linkage.example/log/cli' }])
  t.same(readdirSync(to), [`${month}-${education}-users.html`])
  const page = readFileSync(join(to, `${month}-${education}-users.html`), 'utf8')
  for (const identity of ['edu-chang', '張雅婷', 'C-WIDE', 'abababab'.repeat(4), who.reason, '林']) t.ok(page.includes(identity), identity)
  const [{ users }] = agencies
  t.match(users.users.rows[0], { account: 'edu-chang', subjects: 29, signs: ['bursts', 'subjects'] })
  t.same(users.subjects.rows, [{ subject: 'abababab'.repeat(4), users: 3, records: 4, accounts: ['edu-chang', 'edu-huang', 'edu-wu'] }])
  t.same(users.openings, [{ unit: 'ethics-office', auditor: who.account, acts: 2, opened: 3 }])
  t.match(users.tenure, [
    { account: 'edu-gone', kind: 'left', day: '2026-09-15', records: 1, answered: 1 },
    { account: 'edu-wu', kind: 'left', day: '2026-10-20', records: 1, answered: 0 },
    { account: 'edu-wu', kind: 'leaving', records: 3 },
    { account: 'edu-nguyen', kind: 'joined', day: '2026-10-05', records: 2 },
  ])
})

t.test('what a caller claimed is text on the page, which runs and fetches nothing', async (t) => {
  const to = join(folder, 'hostile')
  const { agencies } = await documentOf(named('--month', month, '--agency', education, '--json', '--to', to))
  const page = readFileSync(join(to, `${month}-${education}-users.html`), 'utf8')
  t.notOk(page.includes(hostile))
  t.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
  t.notMatch(page, /<(script|img|iframe|link|object|form|a)[\s>]|\son[a-z]+=|javascript:|\u2067/i)
  t.match(
    page,
    /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'">/,
  )
  const [, settings = ''] = /<pre>([\s\S]*?)<\/pre>/.exec(page) ?? []
  const read = settings.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  t.equal(read, agencies[0].reproduction, 'what is to be copied from the page is what docs/signals.sql takes')
  t.match(page, /風險清單[\s\S]*不取代抽樣[\s\S]*never instead of it/)
})

async function refused(t: Test, expected: RegExp, ...args: string[]): Promise<void> {
  const before = (await acts()).length
  const to = join(folder, 'refused')
  const run = await signals(...args, ...(args.includes('--to') ? [] : ['--to', to]))
  t.match(run.error, expected, args.join(' '))
  t.equal(run.out, '')
  t.notOk(existsSync(to), 'nothing is written')
  t.equal((await acts()).length, before, 'nothing is recorded')
}

t.test('asked wrongly, or by nobody, nothing is read, written or recorded', async (t) => {
  await refused(t, /--month.*found October/, '--month', 'October')
  await refused(t, /尚未開始.*has not begun/, '--month', '2026-12')
  await refused(t, /自 2026-03-01 起.*the logs begin on 2026-03-01/, '--month', '2026-02')
  await refused(t, /沒有機關 nobody/, '--month', month, '--agency', 'nobody')
  await refused(t, /--users/, '--month', month, '--reason', who.reason)
  await refused(t, /已存在/, '--month', month, '--to', join(folder, 'named'))
  await refused(t, /Prove that an auditor asks/, '--month', month, '--users', '--keys', join(folder, 'cli-keys'))
  const elsewhere = [...signer.slice(0, 2), '--keys', join(folder, 'no-keys'), ...signer.slice(4)]
  await refused(t, /no-keys/, '--month', month, '--users', ...elsewhere)
  await refused(t, /--to or --json/, '--month', month, '--users', '--to', '')
  await refused(
    t,
    /不是|role: auditor|--kid/,
    '--month',
    month,
    '--users',
    ...signer.slice(2, 4),
    '--key',
    join(folder, 'auditors', 'ethics-lin.jwk'),
    '--kid',
    'edu-1',
    '--as',
    'edu-chang',
    '--reason',
    'x',
  )
})

t.test('a month that has not ended is called provisional, in text, JSON and on the page', async (t) => {
  const middle = (...args: string[]) => signalsOn('2026-10-31T15:59:59.999Z', '--config', config, '--month', month, ...args)
  const to = join(folder, 'provisional')
  t.equal((await documentOf(middle('--json', '--to', to))).provisional, true)
  t.match((await middle()).out, /〔暫定：本月尚未結束 provisional/)
  t.match(readFileSync(join(to, `${month}-${education}.html`), 'utf8'), /<h1>[^<]*〔暫定〕[\s\S]*本月尚未結束，以下數字暫定/)
  t.notMatch((await signals('--month', month)).out, /暫定/)
})

t.test('R16: a month that was taken out is refused: without its entries it would look quiet', async (t) => {
  const entry = JSON.stringify({ from: 0, kind: 'retire', log: 'linkage.example/log/1', month: '2026-04', to: 1, v: 1 })
  await admin.query(
    `INSERT INTO linkage.log_entry (index, month, slot, leaf_hash, entry) VALUES (5000, '2026-10-01', '1', sha256('\\x00'::bytea || convert_to($1, 'UTF8')), $1)`,
    [entry],
  )
  await refused(t, /已移出資料庫.*stand in the archives/, '--month', '2026-04')
})

t.test('a year whose calendar is not there is refused: nobody knows what is off hours', async (t) => {
  rmSync(join(config, 'calendar', '2026.csv'))
  await refused(t, /calendar\/2026\.csv/, '--month', month)
})
