// life-cycle.test.ts: agency, network and credential commands: what they write, what they say, what they refuse; nothing else of a file changes.
import { createHash } from 'node:crypto'
import t from 'tap'
import { civilDate } from '../../src/calendar.ts'
import { standingOn } from '../../src/policy/standing.ts'
import { AGENCY, edit, type Files } from '../policy/good-folder.ts'
import { added, agencyOf, folderOf, refuses, run, text } from './typed-commands.ts'

t.test('a range: opened by a document, closed by its last day; its line stays', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  const out = await run(
    folder,
    'network add education --cidr 198.51.100.64/28 --from 2026-11-02 --until 2027-06-30 --document 北市社資字第1150002000號 --yes',
    '--note',
    '新機房',
  )
  t.match(out, /＋ 開放網段 198\.51\.100\.64\/28 2026-11-02–2027-06-30\n.*\n1 項開放.*\n已寫入 saved\n$/s)
  t.same(added(t, before, text(folder)), [
    '  - {cidr: 198.51.100.64/28, note: 新機房, from: 2026-11-02, until: 2027-06-30, document: 北市社資字第1150002000號}',
  ])
  t.match(await run(folder, 'network end education --cidr 198.51.100.64/28'), /－ 網段 198\.51\.100\.64\/28 期間縮短/)
  const [range] = agencyOf(folder).networks.filter(({ cidr }) => cidr === '198.51.100.64/28')
  t.equal(range?.until, '2026-11-23', 'closed at once')
  await run(folder, 'network add education --cidr 198.51.100.96/28 --until 2027-06-30 --document 北市社資字第1150002000號 --yes')
  await t.rejects(run(folder, 'network end education --cidr 198.51.100.96/28'), { message: /須立即關閉請用 block add --network/ })
})

const renewed = (lines: readonly string[]): Files =>
  edit(
    AGENCY,
    '  - {cidr: 2001:db8:1::/48',
    `${lines.map((line) => `  - {cidr: 198.51.100.64/28, ${line}, document: 北市社資字第1150000199號}\n`).join('')}  - {cidr: 2001:db8:1::/48`,
  )
const [ended, runs, comes] = [
  'from: 2026-01-05, until: 2026-06-30',
  'from: 2026-07-01, until: 2026-12-31',
  'from: 2027-01-01, until: 2027-06-30',
]
const end = 'network end education --cidr 198.51.100.64/28'
const linesOf = (folder: string) => agencyOf(folder).networks.filter(({ cidr }) => cidr === '198.51.100.64/28')

t.test('a range that was renewed: the line that runs is ended, whichever stands first', async (t) => {
  for (const lines of [
    [ended, runs],
    [runs, ended],
  ]) {
    const folder = folderOf(t, renewed(lines))
    t.match(
      await run(folder, end),
      /－ 網段 198\.51\.100\.64\/28 期間縮短 2026-07-01–2026-12-31 → 2026-07-01–2026-11-23\n.*已寫入 saved\n$/s,
    )
    t.same(
      new Set(linesOf(folder).map(({ from, until }) => `${from} ${until}`)),
      new Set(['2026-01-05 2026-06-30', '2026-07-01 2026-11-23']),
    )
    await t.rejects(run(folder, end), { code: 'folder-invalid', message: /均已於 2026-11-23 以前結束/ })
  }
})

t.test('of several lines that are not ended none is chosen: one is named, and what stays open is said', async (t) => {
  const several = [ended, runs, comes, `for: self-service, ${runs}`]
  const folder = folderOf(t, renewed(several))
  const before = text(folder)
  const choices = /name one of these.*--from 2026-07-01 --for calls.*--from 2027-01-01 --for calls.*--from 2026-07-01 --for self-service/s
  for (const unclear of ['', ' --from 2026-07-01', ' --for calls', ' --from 2026-01-05', ' --from 2026-07-02 --for calls'])
    await t.rejects(run(folder, `${end}${unclear}`), { code: 'folder-invalid', message: choices }, unclear)
  t.equal(text(folder), before)
  t.match(
    await run(folder, `${end} --from 1150701 --for calls`),
    /已寫入 saved\n198\.51\.100\.64\/28 另有未結束者 .*--from 2027-01-01 --for calls.*--from 2026-07-01 --for self-service/s,
  )
  t.same(
    linesOf(folder).map(({ until }) => until),
    ['2026-06-30', '2026-11-23', '2027-06-30', '2026-12-31'],
  )
  await run(folder, `${end} --for self-service`)
  await t.rejects(run(folder, end), { message: /才開放/ }, 'what is to come ends with its first day at the earliest')
  t.notMatch(await run(folder, `${end} --on 2027-01-01`), /另有未結束者/)
})

t.test('a name that stands twice is nobody’s: a key is not revoked at random', async (t) => {
  const folder = folderOf(t, edit(AGENCY, 'id: edu-chen', 'id: edu-key'))
  const before = text(folder)
  await t.rejects(run(folder, 'credential revoke education --id edu-key --by 值班人員 --reason 外洩'), { message: /edu-key 不只一項/ })
  t.equal(text(folder), before)
})

t.test('a delegate’s range and key', async (t) => {
  const folder = folderOf(t)
  await run(
    folder,
    'network add education --delegate edu-vendor --cidr 198.51.100.80/29 --until 2026-12-31 --document 北市社資字第1150002000號 --yes',
  )
  await run(folder, 'credential issue education --delegate edu-vendor --id vendor-2 --expires 2026-12-31 --yes')
  const [delegate] = agencyOf(folder).delegates
  t.ok(delegate?.networks.some(({ cidr }) => cidr === '198.51.100.80/29'))
  t.ok(delegate?.credentials.some(({ id }) => id === 'vendor-2'))
})

t.test('a key is shown once, and only its digest is kept', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  const out = await run(folder, 'credential issue education --id edu-2 --yes')
  const key = /^lk_\S{43}$/m.exec(out)?.[0] ?? ''
  const lines = added(t, before, text(folder))
  t.equal(lines.length, 1)
  t.match(lines[0], `sha256: ${createHash('sha256').update(key).digest('hex')}, issued: 2026-11-24, expires: 2027-11-23`)
  t.notMatch(text(folder), key)
  t.match(await run(folder, 'credential revoke education --id edu-2 --by 值班人員 --reason 疑似外洩'), /－ 憑證 edu-2 已註銷：疑似外洩/)
  const revoked = agencyOf(folder).credentials.find(({ id }) => id === 'edu-2')?.revoked
  t.same(revoked, { at: '2026-11-24T10:00:00+08:00', by: '值班人員', reason: '疑似外洩' })
  await t.rejects(run(folder, 'credential revoke education --id edu-2 --by 值班人員 --reason 再次'), { message: /早已註銷，未變更/ })
})

const suspend =
  'agency suspend education --document 北市社資字第1150002001號 --notice-document 北市社資字第1150001001號 --notice-date 1151001 --deadline 115/10/31 --decision-date 2026-11-20'
const restore = (completed: string, day: string) =>
  `agency restore education --document 北市社資字第1160000100號 --completed ${completed} --applied-document 北市教字第1160000001號 --applied-date ${day} --consent-date ${day} --effective ${day} --yes`

t.test('R20: suspended, and by when an improvement restores', async (t) => {
  const folder = folderOf(t)
  t.match(await run(folder, suspend), /－ 停復權 2026-11-24 suspend .*至 2027-02-24 止完成改善者可回復，之後須重新核可/s)
  t.match(agencyOf(folder).standing.at(-1), { action: 'suspend', effective: '2026-11-24' })
  const suspended = text(folder)
  await t.rejects(run(folder, restore('2027-02-25', '2027-02-26')), { message: /未寫入.*\[restored-too-late\]/s })
  t.equal(text(folder), suspended, 'nothing was written')
  t.match(await run(folder, restore('2027-02-24', '2027-02-26')), /＋ 停復權 2027-02-26 restore/)
  t.equal(standingOn(agencyOf(folder), civilDate('2027-02-26')).standing, 'approved')
})

const longApproved = edit(AGENCY, '{effective: 2026-01-05, action: approve', '{effective: 2023-01-02, action: approve')
const suspendedOn = (day: string): string =>
  `agency suspend education --document 北市社資字第1150002001號 --notice-document 北市社資字第1150001001號 --notice-date 2023-10-01 --deadline 2023-10-31 --decision-date ${day} --effective ${day}`

t.test('R20: the calendar’s edges: the last day restores, the day after does not', async (t) => {
  for (const [day, last, after] of [
    ['2023-11-30', '2024-02-29', '2024-03-01'],
    ['2025-11-28', '2026-02-28', '2026-03-01'],
    ['2025-11-29', '2026-02-28', '2026-03-01'],
    ['2025-11-30', '2026-02-28', '2026-03-01'],
    ['2026-01-29', '2026-04-29', '2026-04-30'],
    ['2026-01-30', '2026-04-30', '2026-05-01'],
    ['2026-01-31', '2026-04-30', '2026-05-01'],
    ['2026-02-28', '2026-05-31', '2026-06-01'],
    ['2026-03-15', '2026-06-15', '2026-06-16'],
    ['2026-04-30', '2026-07-31', '2026-08-01'],
    ['2026-10-31', '2027-01-31', '2027-02-01'],
  ] as const) {
    const folder = folderOf(t, longApproved)
    const out = await run(folder, suspendedOn(day))
    t.match(out, `improved by ${last} it can be restored; from ${after} on`, day)
    await t.rejects(run(folder, restore(after, after)), { message: /\[restored-too-late\]/ }, `${day}: ${after}`)
    t.match(await run(folder, restore(last, last)), `停復權 ${last} restore`, day)
  }
})

t.test('D-13: where the three months end on a rest day both days are said, and a person decides', async (t) => {
  const folder = folderOf(t, longApproved)
  t.match(
    await run(folder, suspendedOn('2025-11-30')),
    /2026-02-28 為休息日，次一工作日為 2026-03-02.*2026-02-28 is a rest day, the next working day is 2026-03-02: .*a person decides/,
  )
  const monday = restore('2026-03-02', '2026-03-02')
  await t.rejects(run(folder, monday), { message: /found 2026-03-02; expected 2026-02-28 at the latest \(a rest day; .* 2026-03-02/ })
  await t.rejects(run(folder, `${restore('2026-03-03', '2026-03-03')} --next-working-day`), { message: /\[restored-too-late\]/ })
  await run(folder, `${monday} --next-working-day`)
  t.match(text(folder), /action: restore\n.*completed: 2026-03-02\n +last_day: next-working-day\n/s)
  t.equal(standingOn(agencyOf(folder), civilDate('2026-03-02')).standing, 'approved')
  const friday = folderOf(t, longApproved)
  t.notMatch(await run(friday, suspendedOn('2026-04-30')), /rest day/, '2026-07-31 is a Friday')
  await t.rejects(run(friday, `${restore('2026-08-01', '2026-08-01')} --next-working-day`), { code: 'usage', message: /is no rest day/ })
})

t.test('D-13: a year without its calendar fails the decision alone', async (t) => {
  const folder = folderOf(t, longApproved)
  const dated = await run(folder, suspendedOn('2026-10-31'))
  t.match(dated, /已寫入.*whether 2027-01-31 is a rest day is unknown/s)
  t.match(dated, / {2}linkage log find --agency education --from 2026-10-31 --to 2026-11-24\n/, 'what was served since is looked into')
  const next = restore('2027-02-01', '2027-02-01')
  await t.rejects(run(folder, `${next} --next-working-day`), { code: 'usage', message: /calendar\/2027\.csv/ })
  const decided = {
    [AGENCY]: text(folder).replace(
      'networks:',
      `  - {effective: 2027-02-01, action: restore, document: 文號, completed: 2027-02-01, last_day: next-working-day, applied: {document: 文號, date: 2027-02-01}, consent: {document: 文號, date: 2027-02-01}}\nnetworks:`,
    ),
  }
  t.equal(agencyOf(folderOf(t, decided)).standing.length, 3, 'what was decided is no mistake once the calendar is gone')
})

t.test('R10: a using unit is restored whenever it has improved, and no last day for it is said', async (t) => {
  const folder = folderOf(t, edit(AGENCY, 'kind: linked-agency', 'kind: using-unit'))
  t.notMatch(await run(folder, suspend), /可回復|it can be restored/)
  t.match(await run(folder, restore('2027-02-25', '2027-02-26')), /＋ 停復權 2027-02-26 restore/)
  t.ok(agencyOf(folder).grants.length > 0)
  t.match(await run(folder, 'agency terminate education --document 北市教字第1號 --by agency --effective 2027-03-01'), /已寫入 saved/)
})

t.test('R21: terminated, by whom; approved anew', async (t) => {
  const folder = folderOf(t)
  await t.rejects(run(folder, 'agency terminate education --document 北市教字第1號 --by agency'), { message: /\[notice-missing\]/ })
  t.match(await run(folder, 'agency terminate education --document 北市教字第1號 --by abolished'), /－ 停復權 2026-11-24 terminate/)
  t.match(
    await run(folder, 'agency reapprove education --document 北市社資字第1160000300號 --effective 2027-01-04 --yes'),
    /＋ 停復權 2027-01-04 reapprove/,
  )
})

t.test('R21, D-14: a short notice is said before the end is written, and keeps nobody from it', async (t) => {
  const notice = (effective: string) =>
    `agency terminate education --document 北市教字第1號 --by agency --notice-document 北市教字第9號 --received 2026-11-10 --effective ${effective}`
  const short = folderOf(t)
  t.match(
    await run(short, notice('2026-12-10')),
    /agencies\/education\.yaml:\d+:\d+: 提醒 終止通知不足一個月；找到 2026-12-10；.*2026-12-11.*\[notice-short\]\n已寫入 saved\n/,
  )
  const again = await run(short, 'network end education --cidr 203.0.113.0/28')
  t.notMatch(again, /notice-short/, 'what another command caused is not said again')
  t.notMatch(await run(folderOf(t), notice('2026-12-11')), /notice-short/)
})

t.test('R21: the calendar’s edges: the earliest end, and the day before it', async (t) => {
  for (const [received, early, earliest] of [
    ['2023-11-30', '2023-12-31', '2024-01-01'],
    ['2024-01-29', '2024-02-29', '2024-03-01'],
    ['2024-02-29', '2024-03-31', '2024-04-01'],
    ['2026-01-28', '2026-02-28', '2026-03-01'],
    ['2026-01-31', '2026-02-28', '2026-03-01'],
    ['2026-02-28', '2026-03-31', '2026-04-01'],
    ['2026-03-15', '2026-04-15', '2026-04-16'],
    ['2026-04-30', '2026-05-31', '2026-06-01'],
    ['2026-10-31', '2026-11-30', '2026-12-01'],
  ] as const) {
    const end = `agency terminate education --document 北市教字第1號 --by agency --notice-document 北市教字第9號 --received ${received} --effective`
    t.match(await run(folderOf(t, longApproved), `${end} ${early}`), `expected ${earliest} or later [notice-short]`, received)
    t.notMatch(await run(folderOf(t, longApproved), `${end} ${earliest}`), /notice-short/, received)
  }
})

t.test('R21: half a notice is a usage error that names the other half', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  const terminate = 'agency terminate education --document 北市教字第1號 --effective 2027-03-01 --by'
  for (const by of ['agency', 'department', 'abolished']) {
    const typed = `${terminate} ${by}`
    await t.rejects(run(folder, `${typed} --notice-document 北市教字第9號`), { code: 'usage', message: /--received is missing/ }, by)
    await t.rejects(run(folder, `${typed} --received 2026-11-10`), { code: 'usage', message: /--notice-document is missing/ }, by)
  }
  t.equal(text(folder), before)
})

// biome-ignore format: a table
const refused: readonly (readonly [string, string, RegExp])[] = [
  ['an agency that does not exist', 'network end eduction --cidr 203.0.113.0/28', /沒有 eduction，是否為 education？/],
  ['a path in the place of an agency', 'network end ../agencies/education --cidr 203.0.113.0/28', /沒有/],
  ['a range that is not there', 'network end education --cidr 203.0.113.0/27', /沒有 203\.0\.113\.0\/27，是否為 203\.0\.113\.0\/28？/],
  ['a range with host bits', 'network add education --cidr 203.0.113.65/28 --until 2027-12-31 --document 文號 --yes', /\[wrong-network\]/],
  ['a range that ends before it begins', 'network add education --cidr 198.51.100.64/28 --until 2026-11-01 --document 北市社資字第1號 --yes', /\[dates-reversed\]/],
  ['a delegate that does not exist', 'network add education --delegate edu-vendro --cidr 198.51.100.64/28 --until 2026-12-31 --document 文號 --yes', /是否為 edu-vendor？/],
  ['a key for more than a year', 'credential issue education --id edu-2 --expires 2027-11-25 --yes', /\[credential-too-long\]/],
  ['a key whose name is taken', 'credential issue education --id edu-key --yes', /\[duplicate-id\]/],
  ['a restoration of what is not suspended', restore('2026-11-01', '2026-11-24'), /\[standing-order\]/],
  ['a decision before the deadline', suspend.replace('2026-11-20', '2026-10-30'), /\[dates-reversed\]/],
  ['an opening that nobody agreed to', 'network add education --cidr 198.51.100.64/28 --until 2027-12-31 --document 北市社資字第1號', /--yes/],
]
refuses(t, refused)

t.test('a mistake elsewhere, or that stood before, keeps nobody from closing', async (t) => {
  const folder = folderOf(t, edit(AGENCY, 'kind: linked-agency', 'kind: linked'))
  t.match(
    await run(folder, 'credential revoke education --id edu-key --by 值班人員 --reason 疑似外洩'),
    /設定另有 \d+ 項錯誤，更正前此變更不會生效.*已寫入/s,
  )
  t.match(text(folder), /id: edu-key\n[\s\S]*revoked: \{at: 2026-11-24T10:00:00\+08:00/)
})

t.test('a mistake elsewhere keeps no script from ending, suspending or terminating: nobody is asked whether it opens', async (t) => {
  for (const [command, written] of [
    ['network end education --cidr 203.0.113.0/28', /cidr: 203\.0\.113\.0\/28, .*until: 2026-11-23/],
    [suspend, /action: suspend/],
    ['agency terminate education --document 北市教字第1號 --by abolished', /action: terminate/],
  ] as const) {
    const folder = folderOf(t, edit('purposes.yaml', 'title: 審核', 'titel: 審核'))
    t.match(await run(folder, command), /設定另有 \d+ 項錯誤，更正前此變更不會生效.*已寫入/s, command)
    t.match(text(folder), written, command)
  }
  const suspended = await run(folderOf(t, edit('purposes.yaml', 'title: 審核', 'titel: 審核')), suspend)
  t.match(suspended, /improved by 2027-02-24 it can be restored.*\n.*there are errors in the configuration\n$/)
  const folder = folderOf(t, edit('purposes.yaml', 'title: 審核', 'titel: 審核'))
  const reapprove = 'agency reapprove education --document 北市社資字第1160000300號'
  await run(folder, 'agency terminate education --document 北市教字第1號 --by abolished')
  await t.rejects(run(folder, reapprove), { message: /--yes/ }, 'what opens is asked for still')
})

t.test('a day that is none is a usage error', async (t) => {
  await t.rejects(run(folderOf(t), 'network end education --cidr 203.0.113.0/28 --on 2026-02-30'), { code: 'commander.invalidArgument' })
})

t.test('a range on trial opens nothing: nobody is asked', async (t) => {
  const folder = folderOf(t)
  const out = await run(
    folder,
    'network add education --cidr 198.51.100.64/28 --until 2027-06-30 --document 北市社資字第1150002000號 --trial',
  )
  t.match(out, /0 項開放.*已寫入/s)
  t.match(
    text(folder),
    /\{cidr: 198\.51\.100\.64\/28, from: 2026-11-24, until: 2027-06-30, document: 北市社資字第1150002000號, trial: true\}/,
  )
  t.notOk(agencyOf(folder).networks.some(({ cidr }) => cidr === '198.51.100.64/28'))
})
