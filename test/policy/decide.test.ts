// decide.test.ts: the reason of each refusal, first rule first; and what holds for any call.
import fc from 'fast-check'
import t from 'tap'
import { type Deny, decide, isAuditors } from '../../src/policy/decide.ts'
import type { Block, Grant, StandingLine } from '../../src/policy/snapshot.ts'
import { address, approved, at, type Changes, call, day, department, grant, operation } from './rules.ts'

type CallChanges = NonNullable<Parameters<typeof call>[1]>
const decideWith = (changes: Changes, callChanges: CallChanges = {}) => {
  const of = department(changes)
  return decide(of.snapshot, call(of, callChanges))
}
const standing = (...lines: readonly [StandingLine['action'], string][]): Changes => ({
  agency: {
    standing: [
      approved,
      ...lines.map(
        ([action, effective], index): StandingLine => ({
          action,
          effective: day(effective),
          document: '文',
          rule: `agencies/a.yaml#/standing/${index + 1}`,
        }),
      ),
    ],
  },
})
const block = (target: Block['target']): Changes => ({
  snapshot: { blocks: [{ target, at: '2026-11-24', by: '資訊室', reason: '金鑰外洩', rule: 'blocks.yaml#/0' }] },
})
const grants = (...changes: readonly Partial<Grant>[]): Changes => ({
  grants: changes.map((each, index) => ({ ...grant, id: `g${index}`, rule: `agencies/a.yaml#/grants/${index}`, ...each })),
})

t.test('R5: a call is permitted when every rule lets it pass, and gets the granted fields in the catalogue’s order', async (t) => {
  t.match(decideWith({}), { effect: 'permit', fields: ['a', 'b'], rule: 'agencies/a.yaml#/grants/0', user: { account: 'chang' } })
  t.same(decideWith({}, { fields: ['b'] }), { ...decideWith({}), fields: ['b'] })
  t.match(
    decideWith({}, { asDelegate: true, credential: 'dk' }),
    { effect: 'permit' },
    'R19: a delegate, from its own network, for its own user',
  )
  t.match(decideWith({}, { credential: 'jwt' }), { effect: 'permit' })
})

t.test('R22: an auditor’s credential is one of the department itself, never of who works for it', async (t) => {
  const { agency, delegate } = department()
  const [credential] = agency.credentials
  if (credential === undefined) throw new Error('the department has a credential')
  for (const role of ['system', 'manager', 'auditor'] as const) {
    const holder = { agency, credential: { ...credential, role } }
    t.equal(isAuditors(holder), role === 'auditor', role)
    t.equal(isAuditors({ ...holder, delegate }), false, `${role} of a delegate`)
  }
})

const cases: readonly (readonly [title: string, code: Deny['code'], rule: RegExp, changes: Changes, call?: CallChanges])[] = [
  ['an agency that is blocked', 'blocked', /^blocks\.yaml#\/0$/, block({ kind: 'agency', id: 'a' })],
  ['a credential that is blocked', 'blocked', /^blocks/, block({ kind: 'credential', id: 'k' })],
  [
    'an account that is blocked, in any case and width',
    'blocked',
    /^blocks/,
    block({ kind: 'account', agency: 'a', account: 'ＣＨＡＮＧ' }),
  ],
  [
    'a network that is blocked',
    'blocked',
    /^blocks/,
    block({ kind: 'network', family: 4, cidr: '10.0.0.4/30', first: 0x0a000004n, last: 0x0a000007n }),
  ],
  ['a delegate that is blocked', 'blocked', /^blocks/, block({ kind: 'delegate', id: 'd' }), { asDelegate: true, credential: 'dk' }],
  ['an agency before its approval', 'agency-not-approved', /standing/, {}, { at: at('2025-12-31T23:59:59.999') }],
  ['an agency without any standing', 'agency-not-approved', /./, { agency: { standing: [] } }],
  ['R20: an agency that is suspended', 'agency-suspended', /#\/standing\/1$/, standing(['suspend', '2026-11-24'])],
  ['R21: an agency whose linkage has ended', 'agency-terminated', /#\/standing\/1$/, standing(['terminate', '2026-11-24'])],
  ['R2: an address outside the networks', 'network-not-allowed', /networks/, {}, { address: address(0x0a000305) }],
  ['R2: an address of the network of self-service', 'network-not-allowed', /networks/, {}, { address: address(0x0a000205) }],
  ['R2: a network past its last day', 'network-not-allowed', /networks/, {}, { at: at('2027-01-01T09:00:00') }],
  ['R2: an agency without networks: an empty list means nothing', 'network-not-allowed', /networks/, { agency: { networks: [] } }],
  [
    'R19: a delegate from its agency’s network',
    'network-not-allowed',
    /delegates\/0\/networks/,
    {},
    { asDelegate: true, credential: 'dk', address: address(0x0a000005) },
  ],
  ['R19: an agency from its delegate’s network', 'network-not-allowed', /networks/, {}, { address: address(0x0a000105) }],
  [
    'R19: a delegate whose contract has ended',
    'grant-not-valid',
    /contract$/,
    {},
    { asDelegate: true, credential: 'dk', at: at('2026-12-01T09:00:00') },
  ],
  [
    'R19: a delegate that may use no grant',
    'operation-not-granted',
    /./,
    { delegate: { grants: [] } },
    { asDelegate: true, credential: 'dk' },
  ],
  ['R5: an agency without grants', 'operation-not-granted', /grants/, { grants: [] }],
  ['an unknown route', 'operation-not-granted', /grants/, {}, { operation: undefined }],
  [
    'an operation that is not granted',
    'operation-not-granted',
    /grants/,
    {},
    { operation: { ...operation, id: 'getHouseholdAssessment' } },
  ],
  ['a manager’s credential at a data API', 'operation-not-granted', /./, {}, { credential: 'manager', address: address(0x0a000205) }],
  ['R3: a grant for another mode', 'operation-not-granted', /credentials\/file\/mode$/, {}, { credential: 'file' }],
  ['R3: a mode that the operation does not have', 'operation-not-granted', /./, grants({ mode: 'file' }), { credential: 'file' }],
  ['R5: a grant before its first day', 'grant-not-valid', /grants\/0/, grants({ from: day('2026-11-25') })],
  ['R5: a grant past its last day', 'grant-not-valid', /grants\/0/, grants({ until: day('2026-11-23') })],
  ['R4: no purpose', 'purpose-missing', /purposes$/, {}, { purpose: undefined }],
  ['R4: a purpose that is not granted', 'purpose-not-granted', /purposes$/, {}, { purpose: 'other' }],
  ['before the hours', 'outside-hours', /hours$/, {}, { at: at('2026-11-24T07:59:59.999') }],
  ['at the end of the hours, which is exclusive', 'outside-hours', /hours$/, {}, { at: at('2026-11-24T18:00:00.000') }],
  ['no hours at all', 'outside-hours', /hours$/, grants({ hours: [] })],
  [
    'workdays on a Saturday',
    'outside-hours',
    /hours$/,
    grants({ hours: [{ days: 'workdays', from: 0, until: 1440 }] }),
    { at: at('2026-11-21T10:00:00') },
  ],
  ['rest days on a Tuesday', 'outside-hours', /hours$/, grants({ hours: [{ days: 'restdays', from: 0, until: 1440 }] })],
  [
    'workdays of a year without a calendar',
    'outside-hours',
    /hours$/,
    { ...grants({ hours: [{ days: 'workdays', from: 0, until: 1440 }] }), snapshot: { restDays: new Map() } },
  ],
  [
    'rest days of a year without a calendar',
    'outside-hours',
    /hours$/,
    { ...grants({ hours: [{ days: 'restdays', from: 0, until: 1440 }] }), snapshot: { restDays: new Map() } },
  ],
  ['R8: no user', 'user-missing', /roster$/, {}, { user: undefined }],
  ['R6: a user who is on no roster', 'user-unknown', /roster$/, {}, { user: 'nobody' }],
  ['R19: a delegate’s user with the agency’s credential', 'user-unknown', /roster$/, {}, { user: 'vendor' }],
  [
    'R19: an agency’s user with the delegate’s credential',
    'user-unknown',
    /roster$/,
    {},
    { asDelegate: true, credential: 'dk', user: 'chang' },
  ],
  ['R6: a user who has left', 'user-inactive', /rosters\/a\.csv/, {}, { user: 'lin' }],
  ['R6: a user on the day after the last day of service', 'user-inactive', /./, {}, { user: 'lin', at: at('2026-09-01T08:00:00') }],
  ['R6: a user before the first day', 'user-inactive', /./, {}, { user: 'wu' }],
  [
    'sensitivity 3 and an API key',
    'operation-not-granted',
    /requires$/,
    {},
    { operation: { ...operation, requires: { assertion: true, case: true, reason: true } } },
  ],
  ['no case number', 'case-missing', /requires$/, {}, { case: undefined }],
  ['a case number of another form', 'case-malformed', /case_pattern$/, {}, { case: '12345' }],
  ['no reason', 'reason-missing', /requires$/, {}, { reason: undefined }],
  ['R4: a field that is not granted', 'fields-not-granted', /fields$/, {}, { fields: ['a', 'c'] }],
  ['R4: a field that nobody declares', 'fields-not-granted', /fields$/, {}, { fields: ['a.b'] }],
  ['a parameter that reveals a field that is not granted', 'fields-not-granted', /fields$/, {}, { supplied: ['/asOf', '/withIncome'] }],
  ['a parameter of which nobody said what it reveals', 'fields-not-granted', /fields$/, {}, { supplied: ['/unknown'] }],
  ['mode online, which is not available yet', 'mode-not-available', /mode$/, grants({ mode: 'online' }), { credential: 'online' }],
]

for (const [title, code, rule, changes, callChanges = {}] of cases) {
  t.test(`${code}: ${title}`, async (t) => {
    const decision = decideWith(changes, callChanges)
    t.match(decision, { effect: 'deny', code })
    t.match(decision.rule, rule)
  })
}

t.test('last days count to 24:00 in Taipei', async (t) => {
  t.match(
    decideWith(grants({ until: day('2026-11-24'), hours: [{ days: 'all', from: 0, until: 1440 }] }), { at: at('2026-11-24T23:59:59.999') }),
    { effect: 'permit' },
  )
  t.match(decideWith({}, { user: 'lin', at: at('2026-08-31T17:59:59') }), { effect: 'permit' })
})

t.test('R20, R21: standing is that of the last line that is due', async (t) => {
  t.match(decideWith(standing(['suspend', '2026-11-25'])), { effect: 'permit' }, 'not before its day')
  t.match(decideWith(standing(['suspend', '2026-10-01'], ['restore', '2026-11-24'])), { effect: 'permit' })
  t.match(decideWith(standing(['suspend', '2026-10-01'], ['restore', '2026-11-25'])), { code: 'agency-suspended' })
  t.match(decideWith(standing(['terminate', '2026-10-01'], ['reapprove', '2026-11-01'])), { effect: 'permit' })
})

t.test('where no grant matches, the reason is that of the one that got furthest', async (t) => {
  const two = grants({ until: day('2026-01-31') }, { purposes: ['other'] })
  t.match(decideWith(two), { code: 'purpose-not-granted', rule: 'agencies/a.yaml#/grants/1/purposes' })
  t.match(decideWith(grants({ until: day('2026-01-31') }, { mode: 'file' })), {
    code: 'grant-not-valid',
    rule: 'agencies/a.yaml#/grants/0/until',
  })
})

t.test('fields of two grants are never united', async (t) => {
  const both = grants({ fields: ['a'] }, { fields: ['b'], purposes: ['other'] })
  t.match(decideWith(both), { effect: 'permit', fields: ['a'] })
  t.match(decideWith(both, { fields: ['a', 'b'] }), { code: 'fields-not-granted', detail: 'b' })
})

const changed = fc.record(
  {
    at: fc.constantFrom(
      at('2025-12-31T10:00:00'),
      at('2026-11-24T10:00:00'),
      at('2026-11-21T10:00:00'),
      at('2026-11-24T20:00:00'),
      at('2027-06-01T10:00:00'),
    ),
    address: fc.constantFrom(address(0x0a000005), address(0x0a000105), address(0x0a000205), address(0x0b000005)),
    credential: fc.constantFrom('k', 'online', 'file', 'manager', 'jwt'),
    user: fc.constantFrom('chang', 'CHANG', 'lin', 'wu', 'vendor', 'nobody', undefined),
    purpose: fc.constantFrom('fee-waiver', 'other', undefined),
    case: fc.constantFrom('1234', 'x', undefined),
    reason: fc.constantFrom('r', undefined),
    fields: fc.option(fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }), { nil: undefined }),
    supplied: fc.subarray(['/asOf', '/withIncome', '/format', '/unknown']),
    operation: fc.constantFrom(operation, { ...operation, id: 'other' }, undefined),
  },
  { requiredKeys: [] },
)
/** Most calls differ from a permitted one in a few members only: or no call would ever be permitted. */
const anyCall: fc.Arbitrary<CallChanges> = fc
  .tuple(changed, fc.integer({ min: 0, max: 3 }))
  .map(([all, few]) => Object.fromEntries(Object.entries(all).slice(0, few)) as CallChanges) // members of `changed`, fewer of them
const anyGrants = fc.array(
  fc.record({
    operations: fc.subarray(['getHouseholdStatus', 'other'], { minLength: 1 }),
    mode: fc.constantFrom('api' as const, 'file' as const, 'online' as const),
    purposes: fc.subarray(['fee-waiver', 'other'], { minLength: 1 }),
    fields: fc.subarray(['a', 'b', 'c']),
    until: fc.constantFrom(day('2026-11-23'), day('2027-12-31')),
  }),
  { maxLength: 3 },
)
const decided = (list: readonly Partial<Grant>[], changes: CallChanges) => decideWith(grants(...list), changes)

t.test('R5: nothing granted, nothing permitted, whatever the call', async () => {
  fc.assert(fc.property(anyCall, (changes) => decided([], changes).effect === 'deny'))
})

t.test('removing a grant, a field, a network, a user or a day never permits more', async () => {
  fc.assert(
    fc.property(anyCall, anyGrants, fc.nat(), fc.boolean(), (changes, list, pick, fieldOnly) => {
      const index = list.length === 0 ? 0 : pick % list.length
      const fewer = fieldOnly
        ? list.map((each, at) => (at === index ? { ...each, fields: each.fields.slice(1) } : each))
        : list.filter((_, at) => at !== index)
      const [before, after] = [decided(list, changes), decided(fewer, changes)]
      if (after.effect === 'deny') return true
      // Where several grants match, the configuration is refused; the first decides here, so what is left may be another one's.
      return before.effect === 'permit' && (list.length > 1 || after.fields.every((each) => before.fields.includes(each)))
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(anyCall, anyGrants, (changes, list) => {
      const none = { ...grants(...list), agency: { networks: [] } }
      const nobody = { ...grants(...list), rows: [] }
      return decideWith(none, changes).effect === 'deny' && decideWith(nobody, changes).effect === 'deny'
    }),
  )
})

t.test('a block never permits, and an unblocked permit needs every claim', async () => {
  const targets = fc.constantFrom<Block['target']>(
    { kind: 'agency', id: 'a' },
    { kind: 'agency', id: 'z' },
    { kind: 'credential', id: 'jwt' },
    { kind: 'account', agency: 'a', account: 'chang' },
  )
  fc.assert(
    fc.property(anyCall, anyGrants, targets, (changes, list, target) => {
      const blocked = decideWith({ ...grants(...list), ...block(target) }, changes)
      return blocked.effect === 'deny' || decided(list, changes).effect === 'permit'
    }),
  )
})

t.test('released fields are granted, declared and asked for, whatever the call', async (t) => {
  let permits = 0
  fc.assert(
    fc.property(anyCall, anyGrants, (changes, list) => {
      const decision = decided(list, changes)
      if (decision.effect === 'deny') return true
      permits += 1
      const asked = changes.fields
      return decision.fields.every(
        (each) =>
          decision.grant.fields.includes(each) && operation.answer.sensitivity.has(each) && (asked === undefined || asked.includes(each)),
      )
    }),
    { numRuns: 5000 },
  )
  t.ok(permits > 100, 'a good share of the calls was permitted')
})
