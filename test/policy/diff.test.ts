// diff.test.ts: a change's effect is told: what decide permits more is told as open, what it permits no more as closed; each code once.
import fc from 'fast-check'
import t from 'tap'
import type { CivilDate } from '../../src/calendar.ts'
import { decide } from '../../src/policy/decide.ts'
import { diff } from '../../src/policy/diff/diff.ts'
import type { Hours } from '../../src/policy/hours.ts'
import type { Agency, Api, Block, Credential, Delegate, Grant, Mode, Operation, Snapshot, StandingLine } from '../../src/policy/snapshot.ts'
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
