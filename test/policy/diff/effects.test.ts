// effects.test.ts: what each change of a folder is told as, and the other way round; what came and what went.
import t from 'tap'
import { diff } from '../../../src/policy/diff/diff.ts'
import { AGENCY, API, edit, type Files, good, ROSTER, snapshotOf } from '../good-folder.ts'
import { approved, day } from '../rules.ts'

const base = snapshotOf({})

const suspended = { ...approved, effective: day('2026-11-24'), action: 'suspend', document: '暫停', rule: 's' } as const

t.test('a folder against itself has no effect, whatever its comments and order', async (t) => {
  t.same(diff(base, snapshotOf({ [AGENCY]: `# 註解\n${good[AGENCY]}` })), [])
})

const GATEWAY = 'gateway.yaml'
// biome-ignore format: a table
const effects: readonly (readonly [string, Files, readonly string[]])[] = [
  ['a range more', edit(AGENCY, '  - {cidr: 2001:db8:1::/48', '  - {cidr: 203.0.113.64/28, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}\n  - {cidr: 2001:db8:1::/48'), ['open network-added']],
  ['a range that is opened anew above its line that ends', edit(AGENCY, '  - {cidr: 203.0.113.0/28', '  - {cidr: 203.0.113.0/28, from: 2028-01-01, until: 2028-12-31, document: 北市社資字第1150000150號}\n  - {cidr: 203.0.113.0/28'), ['open network-added']],
  ['a range that is opened anew below it', edit(AGENCY, '  - {cidr: 2001:db8:1::/48', '  - {cidr: 203.0.113.0/28, from: 2028-01-01, until: 2028-12-31, document: 北市社資字第1150000150號}\n  - {cidr: 2001:db8:1::/48'), ['open network-added']],
  ['a wider range', edit(AGENCY, '203.0.113.0/28', '203.0.113.0/27'), ['closed network-removed', 'open network-added']],
  ['a field less', edit(AGENCY, '      - members[].name\n', ''), ['closed field-removed']],
  ['a user who joined', edit(ROSTER, 'edu-wu,E2', 'edu-new,E7,新人,學前教育科,科員,,人員,2026-01-05,,,北市社資字第1150000124號\r\nedu-wu,E2'), ['open user-added']],
  ['a user’s last day', edit(ROSTER, '專員,,人員,2026-01-05,,,', '專員,,人員,2026-01-05,2026-11-30,離職,'), ['closed user-shorter']],
  ['a block', { 'blocks.yaml': 'blocks:\n  - {agency: education, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n' }, ['closed block-added']],
  ['a field that nobody may see yet', edit(API, '                  category:', '                  other: {title: 其他, type: string, x-sensitivity: 1}\n                  category:'), ['other field-added']],
  ['rising sensitivity', edit(API, 'category: {title: 類別, type: string, x-sensitivity: 1}', 'category: {title: 類別, type: string, x-sensitivity: 2}'), ['other sensitivity']],
  ['protected persons lifted', edit(AGENCY, '    limits: {per_minute: 60,', '    protected: true\n    protected_document: 北市社資字第1150000199號\n    limits: {per_minute: 60,'), ['open protected-lifted']],
  ['several people in one call', { [API]: good[API]?.replace('        rows: members\n', '        rows: members\n        maxSubjects: 10\n').replace('nationalId: {$ref: "#/components/schemas/NationalId"}\n                asOf', 'nationalId: {type: array, items: {$ref: "#/components/schemas/NationalId"}}\n                asOf') }, ['closed request-bound', 'open max-subjects', 'open request-bound', 'other file-changed', 'other file-changed']],
  ['a proxy whose word is taken', edit(GATEWAY, 'cidrs: [127.0.0.1/32]', 'cidrs: [127.0.0.1/32, 192.0.2.1/32]'), ['open proxy-added']],
  ['the header of proxies', edit(GATEWAY, 'header: x-forwarded-for', 'header: forwarded'), ['closed proxy-header', 'open proxy-header']],
  ['a host of public keys', edit(GATEWAY, 'database:', 'jwks_hosts: [keys.example.gov.tw]\ndatabase:'), ['open jwks-host-added']],
  ['what is committed, and nothing else', edit(GATEWAY, 'database:', 'source: committed\ndatabase:'), ['closed source']],
  ['more failures of an address', edit(GATEWAY, 'recorded_refusals_per_minute: 60', 'failures_per_minute: 1000'), ['open failures']],
  ['more downloads, behind which no proxy hides', { [GATEWAY]: good[GATEWAY]?.replace('/32]', '/32, 192.0.2.1/32]').replace('{recorded_refusals_per_minute: 60}', '{downloads_per_day: 1000}') }, ['open downloads', 'open proxy-added']],
  ['another upstream', edit(GATEWAY, 'http://127.0.0.1:8091', 'http://127.0.0.1:8092'), ['closed upstream', 'open upstream']],
  ['its time limits', edit(GATEWAY, '8091}', '8091, timeouts_ms: {answer: 1000}}'), ['other gateway-member']],
  ['where it listens', edit(GATEWAY, 'port: 8080', 'port: 8081'), ['other gateway-member']],
  ['whoever opens what is sealed, by another key', edit(GATEWAY, 'year: "2026"', 'year: "2027"'), ['closed recipient-removed', 'open recipient-added']],
  ['whoever opens it, by the other key of one half', edit(GATEWAY, 'y: ZM6M', 'kid: k, y: ZM6M'), ['closed recipient-removed', 'open recipient-added']],
  ['the legal basis of a purpose’s duty', edit('purposes.yaml', 'statutory_duty: 辦理減免', 'statutory_duty: 辦理'), ['other purpose-code']],
  ['a name', edit(AGENCY, 'name: 教育局', 'name: 教育處'), ['other agency-name']],
  ['a kind that owes nothing', edit(AGENCY, 'kind: linked-agency', 'kind: using-unit'), ['open agency-kind']],
  ['a note', edit(AGENCY, 'note: 機房出口', 'note: 機房'), ['other file-changed']],
]
for (const [title, changes, expected] of effects) {
  t.test(title, async (t) => {
    const found = diff(base, snapshotOf(changes))
    t.same(found.map(({ code, direction }) => `${direction} ${code}`).sort(), [...expected].sort())
    const back = diff(snapshotOf(changes), base)
    const opposite = { open: 'closed', closed: 'open', other: 'other' }
    t.same(
      new Set(back.map(({ direction }) => direction)),
      new Set(found.map(({ direction }) => opposite[direction])),
      'and the other way round',
    )
    for (const { what } of found) t.ok(what.zh !== '' && what.en !== '')
  })
}

t.test('a day of the calendar is told once, by day; a year that is new opens, one that is gone closes', (t) => {
  const text = String(good['calendar/2026.csv'])
  const told = (changes: Files, from = base) =>
    diff(from, snapshotOf(changes)).map(({ code, direction, what }) => `${direction} ${code} ${what.zh}`)
  const day = '2026 年辦公日曆：改為放假 2026-10-09'
  t.same(told({ 'calendar/2026.csv': text.replace('20261009,五,0', '20261009,五,2') }), [`open calendar ${day}`, `closed calendar ${day}`])
  t.same(told({ 'calendar/2026.csv': undefined }), ['closed calendar-removed 移除 2026 年辦公日曆'])
  t.same(told({}, snapshotOf({ 'calendar/2026.csv': undefined })), ['open calendar-added 新增 2026 年辦公日曆'])
  t.end()
})

t.test('a block names the agency that it keeps from calling: itself, its delegate, a key, a user, a range', (t) => {
  const blocked = (target: string) => {
    const [change] = diff(
      base,
      snapshotOf({ 'blocks.yaml': `blocks:\n  - {${target}, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n` }),
    )
    return [change?.code, change?.agencies]
  }
  for (const target of [
    'agency: education',
    'delegate: edu-vendor',
    'credential: edu-key',
    'agency: education, account: edu-wu',
    'network: 203.0.113.1/32',
    'network: 203.0.113.32/28',
  ])
    t.same(blocked(target), ['block-added', ['education']], target)
  t.same(blocked('network: 192.0.2.0/24'), ['block-added', undefined], 'a range that is nobody’s')
  t.end()
})

t.test('a delegate that came or went: its networks, credentials, grants and users are told by name', (t) => {
  const network = '{cidr: 203.0.113.96/28, from: 2026-02-01, until: 2026-12-31, document: 北市社資字第1150000131號}'
  const key = `{id: new-key, type: api-key, mode: api, sha256: ${'ab'.repeat(32)}, issued: 2026-02-01, expires: 2026-12-31}`
  const line = `  - {id: edu-new, name: 新廠商, under: education, document: 北市教字第1150000079號, contract: {from: 2026-02-01, until: 2026-12-31}, grants: [review], networks: [${network}], credentials: [${key}]}\n`
  const user = 'new-a,N1,方大明,客服中心,工程師,edu-new,人員,2026-02-01,,,北市社資字第1150000125號\r\n'
  const wider = snapshotOf({
    ...edit(AGENCY, 'delegates:\n', `delegates:\n${line}`),
    ...edit(ROSTER, 'edu-batch,', `${user}edu-batch,`),
  })
  const codes = (found: ReturnType<typeof diff>) => found.map(({ code, direction }) => `${direction} ${code}`).sort()
  const gains = diff(base, wider)
  t.same(
    codes(gains),
    ['credential', 'delegate', 'delegate-grant', 'network', 'user'].map((each) => `open ${each}-added`),
  )
  const losses = diff(wider, base)
  t.same(codes(losses), ['credential', 'delegate', 'delegate-grant', 'network', 'user'].map((each) => `closed ${each}-removed`).sort())
  for (const found of [gains, losses])
    for (const named of [
      /edu-new 新廠商/,
      /受託者 edu-new .*203\.0\.113\.96\/28/,
      /受託者 edu-new .*new-key/,
      /edu-new 之核可 review/,
      /new-a 方大明（受託者 edu-new/,
    ])
      t.match(found.map(({ what }) => what.zh).join('\n'), named)
  t.end()
})

t.test('an agency that is gone: all that it had is told as closed, and nothing as open, though it was suspended', (t) => {
  const agency = base.agencies.get('education')
  if (agency === undefined) throw new Error('the good folder has an agency')
  const before = { ...base, agencies: new Map([['education', { ...agency, standing: [...agency.standing, suspended] }]]) }
  const found = diff(before, { ...base, agencies: new Map() })
  t.same(new Set(found.map(({ direction }) => direction)), new Set(['closed']))
  t.same(
    new Set(found.map(({ code }) => code)),
    new Set(['agency', 'network', 'credential', 'delegate', 'delegate-grant', 'grant', 'user'].map((each) => `${each}-removed`)),
  )
  t.end()
})
