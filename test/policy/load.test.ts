// load.test.ts: a good folder loads as it is written, and a digest stands for what decides.
import { join } from 'node:path'
import t from 'tap'
import { canonicalJson } from '../../src/canonical.ts'
import { findingLine } from '../../src/policy/finding.ts'
import { loadFolder } from '../../src/policy/load.ts'
import { AGENCY, API, edit, type Files, good, load, ROSTER, withFolder } from './good-folder.ts'

const { findings, gateway, place, snapshot } = load()

t.test('the good folder has no finding', async (t) => {
  t.same(findings.map(findingLine), [])
  t.ok(snapshot)
  t.equal(gateway?.environment, 'demo')
})

t.test('an agency is what its file says', async (t) => {
  const agency = snapshot?.agencies.get('education')
  t.match(agency?.networks[0], { cidr: '203.0.113.0/28', family: 4, first: 0xcb007100n, last: 0xcb00710fn, purpose: 'calls' })
  t.equal(agency?.networks[1]?.family, 6)
  t.equal(agency?.networks[2]?.purpose, 'self-service')
  t.same(agency?.grants[0]?.hours, [{ days: 'workdays', from: 480, until: 1080 }])
  t.same(agency?.grants[1]?.hours, [{ days: 'all', from: 0, until: 1440 }], 'a grant without hours is open at all hours')
  const limits = { perMinute: 600, perDay: 20000, perUserPerDay: 300, concurrent: 64 }
  t.same(agency?.grants[0]?.limits, { ...limits, notFoundPerUserPerHour: 30, subjectsPerCasePerDay: 20 })
  t.equal(agency?.grants[0]?.rule, 'agencies/education.yaml#/grants/0')
  t.equal(agency?.credentials[0]?.role, 'system')
  t.notOk(agency !== undefined && 'mode' in (agency.credentials[2] ?? {}), 'a manager’s credential opens no mode')
})

t.test('R19: delegates are a flat list, each with those above it', async (t) => {
  const [vendor, sub] = snapshot?.agencies.get('education')?.delegates ?? []
  t.same(
    vendor?.chain.map(({ id }) => id),
    ['edu-vendor'],
  )
  t.same(
    sub?.chain.map(({ id }) => id),
    ['edu-sub', 'edu-vendor'],
  )
})

t.test('R6: a roster holds several rows of one account, in the order of their days', async (t) => {
  const rows = snapshot?.agencies.get('education')?.roster.get('edu-lin')
  t.same(rows?.map(({ from, until }) => [from, until]), [['2026-01-05', '2026-06-30'], ['2026-09-01', undefined]]) // biome-ignore format: a table
  t.equal(rows?.[0]?.rule, 'rosters/education.csv#/0')
  t.equal(snapshot?.agencies.get('education')?.roster.get('vendor-a')?.[0]?.delegate, 'edu-vendor')
  t.equal(snapshot?.agencies.get('education')?.roster.get('edu-batch')?.[0]?.kind, 'system')
})

t.test('an operation is what its OpenAPI document says', async (t) => {
  const operation = snapshot?.apis.get('benefits')?.operations.get('getStatus')
  t.same([...(operation?.answer.sensitivity ?? [])], [['category', 1], ['members[].name', 2], ['members[].nationalId', 2]]) // biome-ignore format: a table
  t.same(operation?.request?.subject, { pointer: '/nationalId', kind: 'tw-national-id' })
  t.same([...(operation?.reveals ?? [])], [['/asOf', ['category']], ['/filter', []], ['/filter/kinds', ['category']]]) // biome-ignore format: a table
  t.match(operation?.answer, {
    notFound: true,
    rows: 'members',
    subjects: [{ path: 'members[].nationalId' }],
    mediaType: 'application/json',
  })
  t.ok(operation?.casePattern?.test('115-0001'))
  const income = snapshot?.apis.get('benefits')?.operations.get('getIncome')
  t.match(income, { method: 'POST', path: '/incomes/{region}', requires: { assertion: true, case: true, reason: true } })
  t.same([...(income?.answer.locates ?? [])], ['address'])
  t.equal(income?.answer.protectedMarker, 'protectedPerson')
})

t.test('a body is held against its closed schema, identifiers by their checksum in any width', async (t) => {
  const validate = snapshot?.apis.get('benefits')?.operations.get('getStatus')?.request?.validate
  for (const body of [{ nationalId: 'A123456789' }, { nationalId: 'ａ１２３４５６７８９', asOf: '2026-02-28', filter: { kinds: ['x'] } }])
    t.ok(validate?.(body))
  for (const body of [
    {},
    [],
    null,
    { nationalId: 'A123456788' },
    { nationalId: 123456789 },
    { nationalId: 'A123456789', more: 1 },
    { nationalId: 'A123456789', asOf: '2026-02-29' },
    { nationalId: 'A123456789', filter: { other: true } },
    { nationalId: 'A123456789', filter: { kinds: ['a', 'b', 'c', 'd', 'e'] } },
  ]) {
    t.notOk(validate?.(body), JSON.stringify(body))
  }
})

t.test('parameters arrive as text, and are accepted as what they are', async (t) => {
  const [region, year] = snapshot?.apis.get('benefits')?.operations.get('getIncome')?.parameters ?? []
  t.match(
    [region, year],
    [
      { in: 'path', name: 'region', required: true },
      { in: 'query', name: 'year', required: false },
    ],
  )
  t.ok(region?.accepts('wanhua'))
  for (const text of ['', 'Wanhua', 'wan/hua', 'x'.repeat(21)]) t.notOk(region?.accepts(text), text)
  t.ok(year?.accepts('115'))
  for (const text of ['', '99', '201', '0115', '1e2', '115.5', ' 115', '+115', '１１５']) t.notOk(year?.accepts(text), text)
})

t.test('credentials are found by digest and by issuer', async (t) => {
  t.equal(snapshot?.apiKeys.get('91eb3e941e0d8d1359feebff5f7eac3a18a3ae0e0e921ae2a4123d5f1ddc326c')?.credential.id, 'edu-key')
  t.same(snapshot?.assertionKeys.get('education')?.map(({ credential }) => credential.id), ['edu-jwt', 'edu-chen']) // biome-ignore format: short
})

t.test('a rule leads back to its line', async (t) => {
  const line = (rule: string) => place(rule)?.line
  const lines = good[AGENCY]?.split('\n') ?? []
  t.match(lines[(line('agencies/education.yaml#/grants/1/fields') ?? 0) - 1], /- income/)
  t.equal(line('rosters/education.csv#/1'), 3)
  t.equal(place('nowhere.yaml#/x'), undefined)
})

const digestOf = (changes: Files): string | undefined => load(changes).snapshot?.digest

t.test('comments, order, quotes and spacing do not change the digest', async (t) => {
  const same: Record<string, Files> = {
    'a comment': edit(AGENCY, 'id: education\n', '# 註解\nid: education\n'),
    'the order of members': edit(AGENCY, 'id: education\ncode: 379110000E\n', 'code: 379110000E\nid: education\n'),
    quotes: edit(AGENCY, 'name: 教育局', 'name: "教育局"'),
    'block style': edit(
      AGENCY,
      'contract: {from: 2026-02-01, until: 2026-12-31}\n    grants: [fee-waiver]',
      'contract:\n      from: 2026-02-01\n      until: 2026-12-31\n    grants:\n      - fee-waiver',
    ),
    'line ends': { [AGENCY]: good[AGENCY]?.replaceAll('\n', '\r\n') },
    'line ends of a roster': { [ROSTER]: good[ROSTER]?.replaceAll('\r', '') },
    'where it listens': edit('gateway.yaml', 'port: 8080', 'port: 8081'),
    'where keys lie': edit('gateway.yaml', 'data/keys', 'elsewhere/keys'),
  }
  for (const [what, changes] of Object.entries(same)) t.equal(digestOf(changes), snapshot?.digest, what)
})

t.test('every member that decides changes the digest, each to another', async (t) => {
  const changed: Record<string, Files> = {
    origin: edit('gateway.yaml', 'https://linkage.example', 'https://linkage2.example'),
    proxies: edit('gateway.yaml', 'cidrs: [127.0.0.1/32]', 'cidrs: [127.0.0.2/32]'),
    header: edit('gateway.yaml', 'header: x-forwarded-for', 'header: forwarded'),
    limits: edit('gateway.yaml', 'recorded_refusals_per_minute: 60', 'recorded_refusals_per_minute: 61'),
    upstream: edit('gateway.yaml', '127.0.0.1:8091', '127.0.0.1:8092'),
    audit: { 'audit.yaml': good['audit.yaml']?.replace('D-17: 100', 'D-17: 99') },
    purposes: edit('purposes.yaml', 'title: 審核', 'title: 審查'),
    blocks: { 'blocks.yaml': 'blocks:\n  - {agency: education, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n' },
    sensitivity: edit(
      API,
      'category: {title: 類別, type: string, x-sensitivity: 1}',
      'category: {title: 類別, type: string, x-sensitivity: 2}',
    ),
    network: edit(AGENCY, '203.0.113.0/28', '203.0.113.0/29'),
    grant: edit(AGENCY, '      - members[].name\n', ''),
    user: edit(ROSTER, 'edu-wu,E2', 'edu-wu2,E2'),
    calendar: { 'calendar/2026.csv': good['calendar/2026.csv']?.replace('20260102,五,0', '20260102,五,2') },
    'a file less': { 'calendar/2026.csv': undefined },
  }
  const digests = Object.entries(changed).map(([what, changes]) => {
    const digest = digestOf(changes)
    t.ok(digest, what)
    return digest
  })
  t.equal(new Set([...digests, snapshot?.digest]).size, digests.length + 1)
})

t.test('the digest is that of the bytes, and the bytes hold the files', async (t) => {
  const bytes = JSON.parse(snapshot?.bytes ?? '')
  t.equal(snapshot?.bytes, canonicalJson(bytes), 'RFC 8785, whole')
  for (const [name, text] of snapshot?.texts ?? []) t.equal(text, canonicalJson(bytes.files[name]), name)
  t.same(Object.keys(bytes.files), [AGENCY, API, 'audit.yaml', 'blocks.yaml', 'calendar/2026.csv', 'gateway.yaml', 'purposes.yaml', ROSTER]) // biome-ignore format: a list
  t.same([...(snapshot?.files.keys() ?? [])], Object.keys(bytes.files))
  t.same(bytes.files['gateway.yaml'], {
    environment: 'demo',
    limits: { recorded_refusals_per_minute: 60 },
    origin: 'https://linkage.example.gov.tw',
    trusted_proxies: { cidrs: ['127.0.0.1/32'], header: 'x-forwarded-for' },
    upstreams: { welfare: { url: 'http://127.0.0.1:8091' } },
  })
})

t.test('the same bytes give the same findings and digest', async (t) => {
  withFolder({}, (folder) => {
    t.equal(loadFolder(folder).snapshot?.bytes, loadFolder(folder).snapshot?.bytes)
    t.equal(loadFolder(join(folder, '.')).snapshot?.digest, snapshot?.digest)
  })
})
