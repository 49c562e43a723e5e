// diff.test.ts: a change's effect is told: what decide permits more is told as open, what it permits no more as closed; each code once.
import fc from 'fast-check'
import t from 'tap'
import { parseDocument, visit } from 'yaml'
import { addDays, type CivilDate } from '../../src/calendar.ts'
import { decide } from '../../src/policy/decide.ts'
import { diff } from '../../src/policy/diff/diff.ts'
import type {
  Agency,
  Api,
  Block,
  Credential,
  Delegate,
  Grant,
  Hours,
  Mode,
  Operation,
  Snapshot,
  StandingLine,
} from '../../src/policy/snapshot.ts'
import { AGENCY, API, edit, type Files, good, load, ROSTER } from './good-folder.ts'
import { address, approved, assertion, at, call, day, department, grant, operation, row } from './rules.ts'

const subset = <T>(...from: readonly T[]) => fc.subarray([...from])
const some = <T>(...from: readonly T[]) => fc.constantFrom(...from)
const days = some('2026-11-01', '2026-11-24', '2026-12-31').map(day)

/** Mostly what lets calls pass: of states drawn evenly hardly any permits one. */
const mostly = <T>(good: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: other })

const suspended = { ...approved, effective: day('2026-11-24'), action: 'suspend', document: '暫停', rule: 's' } as const
const [reapproved, terminated] = [{ ...suspended, action: 'reapprove' } as const, { ...suspended, action: 'terminate' } as const]
/** Of one day several lines, some of them twice: the last of them decides. */
const histories: readonly (readonly StandingLine[])[] = [
  [],
  [approved],
  [approved, suspended],
  [approved, suspended, reapproved],
  [approved, suspended, reapproved, suspended],
  [approved, suspended, reapproved, terminated],
  [approved, suspended, terminated, reapproved],
]
interface Line {
  readonly range: 0 | 1
  readonly from: CivilDate
  readonly until: CivilDate
}
/** A range that was renewed stands on two lines, in either order. */
const networkLines = fc.array(fc.record({ range: some<0 | 1>(0, 1), from: some(day('2026-01-01'), day('2026-11-24')), until: days }), {
  maxLength: 4,
})
const everyRange = ([0, 1] as const).map((range): Line => ({ range, from: day('2026-01-01'), until: day('2026-12-31') }))
/** Rows of one account: it may leave, and come back. */
const services: readonly (readonly { readonly from: CivilDate; readonly until?: CivilDate }[])[] = [
  [{ from: day('2026-01-01') }],
  [{ from: day('2026-01-01'), until: day('2026-11-01') }],
  [{ from: day('2026-01-01'), until: day('2026-11-01') }, { from: day('2026-11-24') }],
  [{ from: day('2026-11-24') }],
]
const allDay = { days: 'all', from: 0, until: 1440 } as const
const hours = [allDay, { days: 'workdays', from: 480, until: 1080 }, { days: 'restdays', from: 540, until: 1020 }] as const
const targets: readonly Block['target'][] = [
  { kind: 'agency', id: 'a' },
  { kind: 'account', agency: 'a', account: 'chang' },
  { kind: 'credential', id: 'jwt' },
  { kind: 'delegate', id: 'd' },
]

/** An operation, an agency, a delegate and blocks, each in one of many states. */
const world = fc.record({
  hours: mostly<readonly Hours[]>([allDay], subset<Hours>(...hours)),
  grants: mostly(['g', 'h'], subset('g', 'h')),
  fields: mostly(['a', 'b'], subset('a', 'b', 'c')),
  purposes: mostly(['fee-waiver'], subset('fee-waiver', 'review')),
  until: mostly(day('2026-12-31'), days),
  standing: mostly<readonly StandingLine[]>([approved], some(...histories)),
  networks: mostly<readonly Line[]>(everyRange, networkLines),
  users: mostly(['chang', 'vendor'], subset('chang', 'vendor')),
  service: mostly(services[0] ?? [], some(...services)),
  delegates: mostly(['d'], subset('d')),
  delegateGrants: mostly(['g', 'h'], subset('g', 'h')),
  contractUntil: mostly(day('2026-12-31'), days),
  certificates: mostly<readonly string[] | undefined>(undefined, some(['x'.repeat(43)])),
  assertionNeeded: mostly(false, fc.boolean()),
  caseNeeded: mostly(false, fc.boolean()),
  modes: mostly<readonly Mode[]>(['api'], some<readonly Mode[]>(['online'], ['api', 'online'])),
  reveals: mostly(['a'], subset('a', 'c')),
  declared: mostly(['a', 'b', 'c'], some(['a', 'b'], ['b', 'c'])),
  blocked: mostly<readonly Block['target'][]>([], fc.array(some(...targets), { maxLength: 2 })),
  calendar: mostly(true, fc.boolean()),
  key: mostly<'good' | 'revoked' | 'online' | 'gone'>('good', some('revoked', 'online', 'gone')),
  delegateNetworks: mostly(true, fc.boolean()),
  delegateKey: mostly(true, fc.boolean()),
  trial: mostly<'network' | 'grant' | undefined>(undefined, some('network', 'grant')),
  reasonNeeded: mostly(false, fc.boolean()),
  casePattern: mostly<string | undefined>(undefined, some('^[0-9]{4}$', '^[0-9]{3,5}$')),
  perDay: mostly(600, some(1, 1000)),
  yearNeeded: mostly(false, fc.boolean()),
  latestYear: mostly(200, some(100, 300)),
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

/** Of which most calls are permitted. */
const plain: World = {
  hours: [allDay],
  grants: ['g', 'h'],
  fields: ['a', 'b'],
  purposes: ['fee-waiver'],
  until: day('2026-12-31'),
  standing: [approved],
  networks: everyRange,
  users: ['chang', 'vendor'],
  service: services[0] ?? [],
  delegates: ['d'],
  delegateGrants: ['g', 'h'],
  contractUntil: day('2026-12-31'),
  certificates: undefined,
  assertionNeeded: false,
  caseNeeded: false,
  modes: ['api'],
  reveals: ['a'],
  declared: ['a', 'b', 'c'],
  blocked: [],
  calendar: true,
  key: 'good',
  delegateNetworks: true,
  delegateKey: true,
  trial: undefined,
  reasonNeeded: false,
  casePattern: undefined,
  perDay: 600,
  yearNeeded: false,
  latestYear: 200,
}

function build(of: World): { snapshot: Snapshot; agency: Agency; operation: Operation } {
  const base = department()
  const [first] = base.agency.networks
  if (first === undefined) throw new Error('the department has a network')
  const second = { ...first, cidr: '10.0.3.0/24', first: 0x0a000300n, last: 0x0a0003ffn }
  const grants: Grant[] = of.grants.map((id, index) => ({
    ...grant,
    id,
    hours: of.hours,
    fields: of.fields,
    purposes: index === 0 ? of.purposes : ['third'],
    until: of.until,
    limits: { ...grant.limits, perDay: of.perDay },
  }))
  const delegates = of.delegates.map(() => {
    const one: Delegate = {
      ...base.delegate,
      grants: of.delegateGrants,
      contract: { from: day('2026-01-01'), until: of.contractUntil },
      networks: of.delegateNetworks ? base.delegate.networks : [],
      credentials: of.delegateKey ? base.delegate.credentials : [],
    }
    return { ...one, chain: [one] }
  })
  const roster = new Map(
    of.users.map((account) => [
      account,
      of.service.map((days) => row(account, { ...(account === 'vendor' && { delegate: 'd' }), ...days })),
    ]),
  )
  const whole: Agency = {
    ...base.agency,
    standing: of.standing,
    networks: of.networks.map(({ range, ...days }) => ({ ...(range === 0 ? first : second), ...days })),
    credentials: base.agency.credentials.flatMap((each) => credentialOf(of, each)),
    delegates,
    grants,
    roster,
  }
  const agency: Agency =
    of.trial === undefined ? whole : { ...whole, ...(of.trial === 'network' ? { networks: [] } : { grants: [] }), onTrial: whole }
  const { casePattern: _, ...unpatterned } = operation
  const schema = { type: 'integer', maximum: of.latestYear } as const
  const asked: Operation = {
    ...unpatterned,
    ...(of.casePattern !== undefined && { casePattern: new RegExp(of.casePattern) }),
    modes: of.modes,
    requires: { assertion: of.assertionNeeded, case: of.caseNeeded, reason: of.reasonNeeded },
    parameters: [{ in: 'query', name: 'year', required: of.yearNeeded, schema, accepts: (text) => Number(text) <= of.latestYear }],
    reveals: new Map([['/asOf', of.reveals]]),
    answer: { ...operation.answer, sensitivity: new Map([...operation.answer.sensitivity].filter(([name]) => of.declared.includes(name))) },
  }
  const api: Api = {
    id: asked.api,
    title: '低收入戶',
    upstream: 'welfare',
    dataOwner: '社會救助科',
    officer: '某',
    version: '1',
    operations: new Map([[asked.id, asked]]),
  }
  const snapshot: Snapshot = {
    ...base.snapshot,
    agencies: new Map([['a', agency]]),
    apis: new Map([[api.id, api]]),
    blocks: of.blocked.map((target, index) => ({
      target,
      at: '',
      by: '',
      reason: '',
      rule: `blocks.yaml#/blocks/${index}`,
    })),
    restDays: of.calendar ? base.snapshot.restDays : new Map(),
  }
  return { snapshot, agency, operation: asked }
}

function credentialOf(of: World, credential: Credential): readonly Credential[] {
  const bound = of.certificates === undefined ? credential : { ...credential, certificates: of.certificates }
  if (credential.id !== 'k' || of.key === 'good') return [bound]
  if (of.key === 'gone') return []
  return [of.key === 'online' ? { ...bound, mode: 'online' } : { ...bound, revoked: { at: '', by: '', reason: '外洩' } }]
}

const anybody = fc.record({
  at: mostly(at('2026-11-24T10:00:00'), some(at('2026-11-22T10:00:00'), at('2026-11-23T22:00:00'), at('2026-12-01T10:00:00'))),
  address: mostly(0x0a000005, some(0x0a000305, 0x0a000105)).map(address),
  who: mostly<keyof typeof credentials>('agency', some<keyof typeof credentials>('assertion', 'delegate')),
  user: mostly('chang', some('vendor')),
  purpose: mostly('fee-waiver', some('review', 'third')),
  case: mostly<string | undefined>('1234', some(undefined, '123')),
  reason: mostly<string | undefined>('審查', some(undefined)),
  /** Which of its grant’s day this is. */
  nth: mostly(1, some(500, 800)),
  year: mostly<number | undefined>(undefined, some(150, 250)),
  fields: mostly<readonly string[] | undefined>(undefined, some(['a'], ['c'], ['b'])),
  supplied: mostly<readonly string[]>([], some(['/asOf'])),
})
type Asked = typeof anybody extends fc.Arbitrary<infer T> ? T : never
/** Of callers drawn one by one hardly any is a delegate’s, from its own network. */
const calls = fc.oneof(
  { weight: 4, arbitrary: anybody },
  { weight: 1, arbitrary: anybody.map((each): Asked => ({ ...each, who: 'delegate', user: 'vendor', address: address(0x0a000105) })) },
)

const credentials = { agency: 'k', assertion: assertion.id, delegate: 'dk' } as const

/** The fields that a call gets; undefined where it is refused, or cannot be made: its credential or delegate is not there. */
function passes(of: ReturnType<typeof build>, asked: Asked): readonly string[] | undefined {
  const [delegate] = of.agency.delegates
  const { who, nth, year, ...more } = asked
  const credential = credentials[who]
  const holds = who === 'delegate' ? delegate : of.agency
  if (holds?.credentials.some(({ id }) => id === credential) !== true) return undefined
  const made = call(
    { agency: of.agency, delegate: delegate ?? department().delegate },
    { ...more, operation: of.operation, credential, asDelegate: who === 'delegate' },
  )
  // What is bound to a certificate is not opened without it, nor by what was revoked: authentication, before the decision.
  const { certificates, revoked } = made.holder.credential
  if (certificates !== undefined || revoked !== undefined) return undefined
  // Nor does it come to a decision where a parameter is missing, or takes no such value.
  for (const { accepts, required } of of.operation.parameters) if (year === undefined ? required : !accepts(String(year))) return undefined
  const decision = decide(of.snapshot, { ...made, address: asked.address, user: asked.user })
  return decision.effect === 'permit' && nth <= decision.grant.limits.perDay ? decision.fields : undefined
}

/** How many of these calls a change permits more, and how many less; undefined where that is not told. */
function told(one: World, other: World, asked: readonly Asked[]): { readonly more: number; readonly less: number } | undefined {
  const [before, after] = [build(one), build(other)]
  const directions = new Set(diff(before.snapshot, after.snapshot).map(({ direction }) => direction))
  const pairs = asked.map((each) => [passes(before, each), passes(after, each)] as const)
  const beyond = (gets: readonly string[] | undefined, than: readonly string[] | undefined): boolean =>
    gets !== undefined && (than === undefined || gets.some((field) => !than.includes(field)))
  const more = pairs.filter(([old, now]) => beyond(now, old)).length
  const less = pairs.filter(([old, now]) => beyond(old, now)).length
  return (more > 0 && !directions.has('open')) || (less > 0 && !directions.has('closed')) ? undefined : { more, less }
}
const twelve = fc.array(calls, { minLength: 12, maxLength: 12 })

t.test('nothing is permitted more without being told as open, nor less without being told as closed', async (t) => {
  let [more, less] = [0, 0]
  fc.assert(
    fc.property(world, world, twelve, (one, other, asked) => {
      const effect = told(one, other, asked)
      more += effect?.more ?? 0
      less += effect?.less ?? 0
      return effect !== undefined
    }),
    { numRuns: 700 },
  )
  t.ok(more > 50 && less > 50, `${more} calls permitted more, ${less} less: the property was tried`)
})

t.test('one member at a time: what it opens is told by itself', async (t) => {
  const gained = new Map<string, number>()
  fc.assert(
    fc.property(world, world, fc.nat(), twelve, (one, other, pick, asked) => {
      const names = Object.keys(one) as (keyof World)[]
      const name = names[pick % names.length] as keyof World
      const effect = told(one, { ...one, [name]: other[name] }, asked)
      gained.set(name, (gained.get(name) ?? 0) + (effect?.more ?? 0))
      return effect !== undefined
    }),
    { numRuns: 2_000 },
  )
  const tried = [...gained.values()].filter((calls) => calls > 0)
  t.ok(tried.length > 15, JSON.stringify([...gained]))
})

t.test('each way in which calls are let through: what was shut and opens is told as open by itself', (t) => {
  // biome-ignore format: a table
  const ways: readonly (readonly [string, Partial<World>, Partial<World>])[] = [
    ['a delegate', { delegates: [] }, {}],
    ['its networks', { delegateNetworks: false }, {}],
    ['its key', { delegateKey: false }, {}],
    ['its grants', { delegateGrants: [] }, {}],
    ['its contract', { contractUntil: day('2026-11-01') }, {}],
    ['a network no longer on trial', { trial: 'network' }, {}],
    ['a grant no longer on trial', { trial: 'grant' }, {}],
    ['a block that is lifted', { blocked: [{ kind: 'agency', id: 'a' }] }, {}],
    ['a purpose', { purposes: ['review'] }, {}],
    ['no assertion required', { assertionNeeded: true }, {}],
    ['no case required', { caseNeeded: true }, {}],
    ['no reason required', { reasonNeeded: true }, {}],
    ['any case', { casePattern: '^[0-9]{4}$' }, {}],
    ['a limit that is raised', { perDay: 1 }, {}],
    ['a parameter not required', { yearNeeded: true }, {}],
    ['a later year', { latestYear: 100 }, {}],
    ['a revoked key', { key: 'revoked' }, {}],
    ['a key that is new', { key: 'gone' }, {}],
  ]
  for (const [title, before, after] of ways) {
    let more = 0
    fc.assert(
      fc.property(twelve, (asked) => {
        const effect = told({ ...plain, ...before }, { ...plain, ...after }, asked)
        more += effect?.more ?? 0
        return effect !== undefined
      }),
      { numRuns: 20 },
    )
    t.ok(more > 0, `${title}: ${more} calls permitted more`)
  }
  t.end()
})

t.test('what stands several times, and nothing else: ranges, lines of standing, rows of an account, blocks', async (t) => {
  const repeated = {
    networks: networkLines,
    standing: some(...histories),
    service: some(...services),
    blocked: fc.array(some(...targets), { maxLength: 3 }),
  }
  for (const [name, states] of Object.entries(repeated)) {
    let [more, less] = [0, 0]
    fc.assert(
      fc.property(fc.tuple<[unknown, unknown]>(states, states), twelve, ([before, after], asked) => {
        const effect = told({ ...plain, [name]: before }, { ...plain, [name]: after }, asked)
        more += effect?.more ?? 0
        less += effect?.less ?? 0
        return effect !== undefined
      }),
      { numRuns: 100 },
    )
    t.ok(more > 5 && less > 5, `${name}: ${more} calls permitted more, ${less} less`)
  }
})

const snapshotOf = (changes: Files): Snapshot => {
  const { snapshot, findings } = load(changes)
  if (snapshot === undefined) throw new Error(JSON.stringify(findings))
  return snapshot
}
const base = snapshotOf({})

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

const NOTE = edit(AGENCY, 'note: 機房出口', 'note: 機房')
t.test('what no effect is told of is named by file and place, whatever else of the file, or of a namesake, is told', (t) => {
  const twice = (one: Files, ...others: readonly (readonly [string, string, string])[]): Files => {
    const texts = { ...one }
    for (const [file, from, to] of others) texts[file] = String(texts[file] ?? good[file]).replace(from, () => to)
    return texts
  }
  const places = (changes: Files) =>
    diff(base, snapshotOf(changes))
      .filter(({ code }) => code === 'file-changed')
      .map(({ of, what }) => `${of.kind} ${what.en.split(' ').at(-1)}`)
      .sort()
  const note = `agency ${AGENCY}#/networks/0/note`
  t.same(places(NOTE), [note])
  t.same(places(twice(NOTE, [AGENCY, '      - members[].name\n', ''])), [note], 'beside a field less')
  t.same(places(twice(NOTE, [AGENCY, 'phone: 02-0000-0000', 'phone: 02-0000-0001'])), [`agency ${AGENCY}#/manager/phone`, note])
  t.same(places(twice(NOTE, ['audit.yaml', '\n', '\n'], ['purposes.yaml', 'title: 審核,', 'title: 複核,'])), [note])
  const shifted = twice(NOTE, [
    AGENCY,
    'networks:\n',
    'networks:\n  - {cidr: 203.0.113.64/28, from: 2026-01-05, until: 2027-12-31, document: 文1}\n',
  ])
  t.same(places(shifted), [`agency ${AGENCY}#/networks/1/note`], 'a line above it moves its place, and is told by itself')
  t.same(places(twice({}, [API, 'summary: 查詢資格', 'summary: 資格'], [API, 'title: 類別', 'title: 種類'])), [
    `api ${API}#/paths/~1status/post/responses/200/content/application~1json/schema/properties/category/title`,
    `api ${API}#/paths/~1status/post/summary`,
  ])
  const [change] = diff(base, snapshotOf(NOTE))
  t.equal(change?.what.zh, `其他內容變更 ${AGENCY}#/networks/0/note：機房出口 → 機房`)
  t.end()
})

t.test('every leaf of an agency and of a catalogue: another value is told beside any other change', (t) => {
  const changedLeaves = (name: string) => {
    const text = String(good[name])
    const leaves: Files[] = []
    visit(parseDocument(text), {
      Scalar: (key, node) => {
        if (key === 'key') return
        const [from, to] = node.range ?? [0, 0]
        for (const value of othersThan(String(node.value))) leaves.push({ [name]: text.slice(0, from) + value + text.slice(to) })
      },
    })
    return leaves
  }
  let tried = 0
  for (const name of [AGENCY, API]) {
    const other = name === AGENCY ? [AGENCY, 'note: 機房出口', 'note: 機房'] : [API, 'summary: 名冊', 'summary: 全名冊']
    const [, from = '', to = ''] = other
    const moved = snapshotOf({ [name]: String(good[name]).replace(from, to) })
    const alone = diff(base, moved).length
    for (const changes of changedLeaves(name)) {
      const text = String(changes[name])
      if (!text.includes(from)) continue
      const { snapshot } = load({ [name]: text.replace(from, to) })
      if (snapshot === undefined || snapshot.digest === moved.digest) continue
      tried += 1
      t.ok(diff(base, snapshot).length > alone, firstDifference(String(good[name]), text))
    }
  }
  t.ok(tried > 60, `${tried} leaves`)
  t.end()
})

/** Values that may be allowed where this one is. */
function othersThan(value: string): string[] {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return [addDays(value as CivilDate, -1), addDays(value as CivilDate, 1)]
  if (/^\d+$/.test(value)) return [String(Number(value) + 1), String(Number(value) - 1)]
  const swaps = [...closeValues].filter((each) => each.includes(value)).flatMap((each) => each.filter((other) => other !== value))
  return [...swaps, JSON.stringify(`${value}1`), JSON.stringify(value.replace(/^.*$/, '文')), JSON.stringify(`${value.slice(0, -1)}x`)]
}
const closeValues: readonly (readonly string[])[] = [
  ['api', 'file', 'online'],
  ['string', 'number', 'integer', 'boolean'],
  ['date', 'date-time'],
  ['true', 'false'],
  ['assertion', 'case', 'reason'],
  ['category', 'members[].name'],
  ['linked-agency', 'using-unit'],
  ['getStatus', 'getIncome'],
]
function firstDifference(one: string, other: string): string {
  const at = [...one].findIndex((each, index) => each !== other[index])
  return `${one.slice(at - 30, at + 20)} → ${other.slice(at - 30, at + 20)}`.replaceAll('\n', '⏎')
}

t.test('what a line on trial would let through is told by its place: it opens nothing', (t) => {
  const tried = (text: string) =>
    text.replace('    api: benefits\n    operations: [getIncome]', '    trial: true\n    api: benefits\n    operations: [getIncome]')
  const before = tried(String(good[AGENCY]))
  t.not(before, good[AGENCY])
  const found = diff(snapshotOf({ [AGENCY]: before }), snapshotOf({ [AGENCY]: before.replace('per_day: 200,', 'per_day: 300,') }))
  t.match(found, [{ direction: 'other', code: 'file-changed', what: { zh: `其他內容變更 ${AGENCY}#/grants/1/limits/per_day：200 → 300` } }])
  t.equal(found.length, 1)
  t.end()
})

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

/** Settings of gateway.yaml that decide no call, with both values. */
// biome-ignore format: a table
const settings: readonly (readonly [string, Files, readonly string[], RegExp, Files?])[] = [
  ['a port', edit(GATEWAY, 'port: 8080', 'port: 8081'), ['other gateway-member'], /連接埠 listeners\.public\.port 8080 → 8081（重新啟動後生效）/],
  ['an address off loopback', off({}), ['closed gateway-member', 'open gateway-member'], /監聽位址 listeners\.public\.host 127\.0\.0\.1 → 203\.0\.113\.1/],
  ['TLS', off({ 'tls: terminated': 'tls: {certificate: a.pem, key: b.pem, client_certificates: true}' }), ['closed gateway-member', 'open gateway-member', 'open gateway-member'], /TLS listeners\.public\.tls terminated → 閘道自備憑證/, off({})],
  ['another certificate', off({ 'tls: terminated': 'tls: {certificate: a.pem, key: c.pem}' }), ['other gateway-member'], /tls\.key b\.pem → c\.pem/, off({ 'tls: terminated': 'tls: {certificate: a.pem, key: b.pem}' })],
  ['more connections', { [GATEWAY]: good[GATEWAY]?.replace('port: 8080', 'port: 8080, connections: 20') }, ['closed gateway-member', 'open gateway-member'], /同時連線總數 listeners\.public\.connections （無） → 20/],
  ['copies', edit(GATEWAY, 'keys:', 'copies: {places: [{type: syslog, host: logs.example.gov.tw}], required: true}\nkeys:'), ['other copy-added', 'other gateway-member'], /檢查點副本另送 syslog logs\.example\.gov\.tw/],
  ['signers', edit(GATEWAY, 'keys:', 'signers: allowed\nkeys:'), ['closed gateway-member'], /核可簽署者之檔案 signers （無） → allowed/],
  ['its own credential at the upstream', edit(GATEWAY, '8091}', '8091, credential_file: data/key}'), ['closed gateway-member', 'open gateway-member'], /閘道對上游之憑證檔 upstreams\.welfare\.credential_file （無） → data\/key/],
  ['a time limit', edit(GATEWAY, '8091}', '8091, timeouts_ms: {answer: 1000}}'), ['other gateway-member'], /時限（毫秒） upstreams\.welfare\.timeouts_ms\.answer （無） → 1000/],
  ['an upstream more, above', edit(GATEWAY, 'upstreams:\n', 'upstreams:\n  other: {url: http://127.0.0.1:8093}\n'), ['closed upstream', 'open upstream'], /上游系統 other — → http/],
]
/** Off loopback; whether the rest of the folder would stand there is another matter. */
function off(more: Readonly<Record<string, string>>): Files {
  const exposed = String(good[GATEWAY]).replace('{host: 127.0.0.1, port: 8080}', '{host: 203.0.113.1, port: 8080, tls: terminated}')
  return { [GATEWAY]: Object.entries(more).reduce((text, [old, now]) => text.replace(old, () => now), exposed) }
}
const asRead = (changes: Files): Snapshot => ({ ...base, asRead: new Map([[GATEWAY, Buffer.from(String(changes[GATEWAY]))]]) })

/** Of operations: what is asked of a call, and what an answer says; each direction where it is known. */
// biome-ignore format: a table
const operations: readonly (readonly [string, string, string, readonly string[], RegExp])[] = [
  ['an assertion no longer required', 'requires: [assertion, case, reason]\n        subject', 'requires: [case, reason]\n        assertion_exception: {document: 文1, reason: 試辦}\n        subject', ['open requires-assertion', 'other file-changed'], /不再須附簽章憑證（education\/review）/],
  ['a reason more', 'requires: [case]\n        case_pattern', 'requires: [case, reason]\n        case_pattern', ['closed requires-reason'], /須附事由（education\/fee-waiver）/],
  ['a case no longer required', 'requires: [case]\n        case_pattern', 'requires: []\n        case_pattern', ['open requires-case'], /不再須附案號/],
  ['another pattern of cases', '{4,20}', '{4,21}', ['closed case-pattern', 'open case-pattern'], /案號格式 \^\[0-9A-Z-\]\{4,20\}\$ → \^\[0-9A-Z-\]\{4,21\}\$/],
  ['no pattern of cases', '        case_pattern: "^[0-9A-Z-]{4,20}$"\n', '', ['open case-pattern'], /→ 不限/],
  ['a mode less', 'modes: [api, online]', 'modes: [api]', ['closed mode-removed'], /online/],
  ['another place of the subject', 'subject: $request.body#/nationalId\n        answer', 'subject: $request.body#/other\n        answer', ['closed request-bound', 'closed subject', 'open parameter-added', 'open request-bound', 'open request-bound', 'open subject', 'other file-changed'], /查詢對象之位置 \/nationalId \(tw-national-id\) → \/other/],
  ['people that the answer names', '        answerSubjects: ["members[].nationalId"]\n', '', ['other answer-subjects'], /members\[\]\.nationalId .*→ 無/],
  ['what counts as rows', '        rows: members\n', '', ['other rows'], /members → —/],
  ['a marker of protected persons', '        protected: protectedPerson\n', '', ['open protected-marker'], /./],
  ['a longer text', 'items: {type: string, maxLength: 10}', 'items: {type: string, maxLength: 12}', ['open request-bound'], /\/filter\/kinds\/\* 字數上限 10 → 12（education\/fee-waiver）/],
  ['fewer elements', 'maxItems: 4', 'maxItems: 3', ['closed request-bound'], /筆數上限 4 → 3/],
  ['no bound any more', '                      maxItems: 4\n', '', ['open request-bound'], /筆數上限 4 → 不限/],
  ['an enum', 'items: {type: string, maxLength: 10}', 'items: {type: string, maxLength: 10, enum: [a, b]}', ['closed request-bound'], /可用之值 不限 → a、b/],
  ['a format that is gone', 'asOf: {type: string, format: date,', 'asOf: {type: string,', ['open request-bound'], /格式 date → 不限/],
  ['null besides', 'asOf: {type: string, format', 'asOf: {type: [string, "null"], format', ['open request-bound'], /型別 string → string、null/],
  ['a parameter’s pattern', '"^[a-z]+$"', '"^[a-z0-9]+$"', ['closed request-bound', 'open request-bound'], /path:region 樣式/],
  ['a parameter’s least', 'minimum: 100', 'minimum: 90', ['open request-bound'], /query:year 最小值 100 → 90（education\/review）/],
  ['a parameter that every call gives', 'in: query, schema', 'in: query, required: true, schema', ['closed request-bound'], /query:year 改為必要/],
  ['a property that every call gives', 'required: [nationalId]\n              properties:\n                nationalId: {$ref: "#/components/schemas/NationalId"}\n                asOf', 'required: [nationalId, asOf]\n              properties:\n                nationalId: {$ref: "#/components/schemas/NationalId"}\n                asOf', ['closed request-bound'], /\/asOf 改為必要/],
  ['a bound that calls share', 'minLength: 10, maxLength: 10', 'minLength: 9, maxLength: 10', ['open request-bound', 'open request-bound'], /\/nationalId 字數下限 10 → 9/],
  ['nobody found', '        "404":\n          description: 查無資料\n', '', ['closed not-found'], /不再回覆查無資料/],
  ['a field of another type', 'income: {type: number', 'income: {type: integer', ['closed field-type', 'open field-type', 'other file-changed'], /income number → integer；持有者：education\/review/],
]
t.test('settings of gateway.yaml are told with both values, as opening or closing where that is known; their order says nothing', (t) => {
  for (const [title, changes, expected, text, from] of settings) {
    const off = /203\.0\.113\.1,/.test(String(changes[GATEWAY]))
    const found = diff(from === undefined ? base : asRead(from), off ? asRead(changes) : snapshotOf(changes))
    t.same(found.map(({ code, direction }) => `${direction} ${code}`).sort(), expected, title)
    t.match(found.map(({ what }) => what.zh).join('\n'), text, title)
  }
  const two = (first: string, second: string): Files => edit(GATEWAY, '  welfare: {url: http://127.0.0.1:8091}', `  ${first}\n  ${second}`)
  const [welfare, other] = ['welfare: {url: http://127.0.0.1:8091, in_flight: 8}', 'other: {url: http://127.0.0.1:8092}']
  t.same(diff(snapshotOf(two(welfare, other)), snapshotOf(two(other, welfare))), [])
  const gone = diff(snapshotOf(edit(GATEWAY, 'keys:', 'copies: {places: [{type: file, path: /mnt/x}]}\nkeys:')), base)
  t.match(gone, [{ code: 'copy-removed', removed: true }])
  t.end()
})

for (const [title, from, to, expected, text] of operations) {
  t.test(`of an operation: ${title}`, (t) => {
    const spelled = title.startsWith('another place of the subject')
      ? {
          [API]: String(good[API])
            .replace(from, () => to)
            .replace('required: [nationalId]', 'required: [nationalId, other]')
            .replace(
              'nationalId: {$ref: "#/components/schemas/NationalId"}',
              'nationalId: {type: string, maxLength: 10, x-reveals: []}\n                other: {type: string, format: tw-national-id}',
            ),
        }
      : { [API]: String(good[API]).replace(from, () => to) }
    t.not(spelled[API], good[API])
    const found = diff(base, snapshotOf(spelled))
    t.same(found.map(({ code, direction }) => `${direction} ${code}`).sort(), expected)
    t.match(found.map(({ what }) => what.zh).join('\n'), text)
    const back = new Set(diff(snapshotOf(spelled), base).map(({ direction }) => direction))
    const opposite = { open: 'closed', closed: 'open', other: 'other' }
    t.same(back, new Set(found.map(({ direction }) => opposite[direction])), 'and the other way round')
    t.end()
  })
}

t.test('a removed field names the grants that it breaks; rising sensitivity who holds it; a removal is loud', async (t) => {
  const wider = snapshotOf({})
  const api = wider.apis.get('benefits')
  const [first] = api?.operations.values() ?? []
  if (api === undefined || first === undefined) throw new Error('the good folder has an operation')
  const sensitivity = new Map(first.answer.sensitivity)
  sensitivity.delete('category')
  const without = { ...first, answer: { ...first.answer, sensitivity } }
  const after: Snapshot = {
    ...wider,
    apis: new Map([['benefits', { ...api, operations: new Map([...api.operations, [first.id, without]]) }]]),
  }
  const [change] = diff(wider, after)
  t.match(change, { code: 'field-removed', direction: 'closed', removed: true, agencies: ['education'] })
  t.match(change?.what.zh, /education\/fee-waiver/)
  const risen = diff(
    base,
    snapshotOf(
      edit(API, 'category: {title: 類別, type: string, x-sensitivity: 1}', 'category: {title: 類別, type: string, x-sensitivity: 2}'),
    ),
  )
  t.match(risen[0]?.what.en, /held by education\//)
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

t.test('an API that came or went names its operations, and who holds them', (t) => {
  const without = { ...base, apis: new Map(), agencies: new Map() }
  const unheld = { ...base, agencies: new Map() }
  t.same(
    diff(without, unheld).map(({ code, direction }) => `${direction} ${code}`),
    ['other api-added', ...Array(3).fill('other operation-added')],
  )
  t.match(
    diff(without, unheld).map(({ what }) => what.zh),
    [/福利資格/, /getStatus 查詢資格.*尚未核可任何機關/, /getIncome/, /listAll/],
  )
  const gained = diff({ ...base, apis: new Map() }, base)
  t.match(
    gained.find(({ what }) => what.zh.includes('getStatus')),
    { direction: 'open', agencies: ['education'], what: { zh: /education\/fee-waiver/ } },
  )
  const lost = diff(base, { ...base, apis: new Map() })
  t.match(
    lost.find(({ code, what }) => code === 'operation-removed' && what.zh.includes('getIncome')),
    { direction: 'closed', what: { zh: /影響核可：education\/review/ } },
  )
  t.end()
})
