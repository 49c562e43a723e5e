// simulate.test.ts: recorded calls put to other rules: the same rules change nothing, each change shows as what it is.
import fc from 'fast-check'
import t from 'tap'
import { decide } from '../../src/policy/decide.ts'
import { isDecided } from '../../src/policy/explain.ts'
import type { LoggedCall } from '../../src/policy/logged-call.ts'
import { outcomeUnder, Simulated } from '../../src/policy/simulate.ts'
import type { Api, Snapshot } from '../../src/policy/snapshot.ts'
import { address, approved, at, type Changes, call, day, department, grant, operation, row } from './rules.ts'

const apis = new Map([[operation.api, { id: operation.api, operations: new Map([[operation.id, operation]]) } as unknown as Api]]) // what is looked up of one
const rules = (changes: Changes = {}) => {
  const of = department(changes)
  return { ...of, snapshot: { ...of.snapshot, apis } satisfies Snapshot }
}
const good = (): boolean => true

/** What the log would hold of a call that some rules decided. */
function logged(of: ReturnType<typeof rules>, changes: Parameters<typeof call>[1] = {}): LoggedCall {
  const asked = call(of, changes)
  const decision = decide(of.snapshot, asked)
  return {
    id: '0199-x',
    at: asked.at,
    address: asked.address.text,
    agency: asked.holder.agency.id,
    delegate: asked.holder.delegate?.id,
    credential: asked.holder.credential.id,
    api: asked.operation?.api,
    operation: asked.operation?.id,
    user: asked.user,
    purpose: asked.purpose,
    case: asked.case,
    reason: asked.reason,
    fieldsAsked: asked.fields,
    decision: decision.effect,
    code: decision.effect === 'permit' ? 'released' : decision.code,
    rule: decision.rule,
    policy: of.snapshot.digest,
    ...(decision.effect === 'permit' && { fieldsReleased: decision.fields }),
  }
}

const outcome = (changes: Changes, of = logged(rules())) => outcomeUnder(rules(changes).snapshot, of, good)

t.test('under the rules that decided it, every call is decided as it was', async () => {
  const anyCall = fc.record(
    {
      at: fc.constantFrom(at('2026-11-24T10:00:00'), at('2026-11-24T20:00:00'), at('2027-06-01T10:00:00')),
      address: fc.constantFrom(address(0x0a000005), address(0x0a000105), address(0x0b000005)),
      credential: fc.constantFrom('k', 'online', 'file', 'manager', 'jwt'),
      user: fc.constantFrom('chang', 'lin', 'nobody', undefined),
      purpose: fc.constantFrom('fee-waiver', 'other', undefined),
      case: fc.constantFrom('1234', 'x', undefined),
      reason: fc.constantFrom('r', undefined),
      fields: fc.option(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { nil: undefined }),
    },
    { requiredKeys: [] },
  )
  const of = rules()
  fc.assert(
    fc.property(anyCall, (changes) => outcomeUnder(of.snapshot, logged(of, changes), good).kind === 'same'),
    { numRuns: 1000 },
  )
})

t.test('a call is decided when it comes, not when its record is written: midnight and the end of the hours may lie between', async (t) => {
  const idOf = (ms: number) => ms.toString(16).padStart(12, '0').replace(/^.{8}/, '$&-').concat('-7000-8000-000000000000')
  const of = rules({ grants: [{ ...grant, until: day('2026-11-24') }] })
  // Hours end at 18:00: what came before that was answered, and recorded, four seconds after it.
  for (const [came, changes] of [
    [at('2026-11-24T17:59:58'), {}],
    [at('2026-11-24T17:59:58'), { batch: { at: 2, of: 2, first: idOf(at('2026-11-24T17:59:58')) }, id: idOf(at('2026-11-24T18:00:02')) }],
  ] as const) {
    const record = { ...logged(of, { at: came }), id: idOf(came), at: came + 4_000, ...changes }
    t.match(record, { decision: 'permit' })
    t.same(outcomeUnder(of.snapshot, record, good), { kind: 'same' })
    const lastDay = (_: unknown, on: string) => on === '2026-11-24'
    t.same(outcomeUnder(of.snapshot, record, lastDay), { kind: 'same' })
  }
  const late = { ...logged(of, { at: at('2026-11-24T17:59:58') }), id: idOf(at('2026-11-24T09:00:00')), at: at('2026-11-24T18:00:02') }
  t.match(outcomeUnder(of.snapshot, late, good), { kind: 'refused', code: 'outside-hours' }, 'an id of another time says nothing')
})

t.test('a call that passed and would be refused: by which rule', async (t) => {
  const until = day('2026-11-23')
  t.match(outcome({ grants: [{ ...grant, until }] }), { kind: 'refused', code: 'grant-not-valid', rule: `${grant.rule}/until` })
  t.match(outcome({ rows: [row('chang', { until })] }), { kind: 'refused', code: 'user-inactive' })
  const suspend = { ...approved, action: 'suspend' as const, effective: day('2026-11-01'), rule: 'agencies/a.yaml#/standing/1' }
  t.match(outcome({ agency: { standing: [approved, suspend] } }), { kind: 'refused', code: 'agency-suspended', rule: suspend.rule })
  t.match(outcome({ agency: { credentials: [] } }), { kind: 'refused', code: 'credentials-invalid', rule: undefined })
  t.match(
    outcomeUnder(rules().snapshot, logged(rules()), () => false),
    { kind: 'refused', code: 'credentials-expired' },
  )
  t.match(outcomeUnder({ ...rules().snapshot, apis: new Map() }, logged(rules()), good), { kind: 'refused', code: 'operation-not-granted' })
  t.match(outcomeUnder({ ...rules().snapshot, agencies: new Map() }, logged(rules()), good), {
    kind: 'refused',
    code: 'credentials-invalid',
  })
})

t.test('a call that was refused and would pass; and one that is refused for another reason', async (t) => {
  const refused = logged(rules(), { user: 'nobody' })
  t.match(outcome({ rows: [row('nobody')] }, refused), { kind: 'permitted', code: 'released', rule: grant.rule })
  t.match(outcome({ grants: [] }, refused), { kind: 'reason', code: 'operation-not-granted' })
})

t.test('fields that would come or go', async (t) => {
  t.same(outcome({ grants: [{ ...grant, fields: ['a', 'c'] }] }), { kind: 'fields', more: ['c'], fewer: ['b'], rule: grant.rule })
  const asked = logged(rules(), { fields: ['a'] })
  t.same(outcome({ grants: [{ ...grant, fields: ['a', 'b', 'c'] }] }, asked), { kind: 'same' }, 'what was not asked for would not come')
})

t.test('what rules do not decide is not guessed', async (t) => {
  for (const code of ['rate-limited', 'request-invalid', 'assertion-replayed'] as const) {
    t.notOk(isDecided(code))
    t.same(outcome({ grants: [] }, { ...logged(rules()), decision: 'deny', code }), { kind: 'undecided' })
  }
  t.match(
    outcome({ grants: [] }, { ...logged(rules()), code: 'upstream-timeout' }),
    { kind: 'refused' },
    'a call that was allowed, and then failed, was decided',
  )
})

t.test('gathered by agency, outcome and reason, most calls first', async (t) => {
  const simulated = new Simulated(rules({ rows: [row('lin')] }).snapshot, good)
  for (let count = 0; count < 3; count += 1) simulated.add(logged(rules()))
  simulated.add(logged(rules(), { user: 'lin', at: at('2026-10-01T10:00:00') }))
  simulated.add({ ...logged(rules()), decision: 'deny', code: 'rate-limited' })
  const { calls, differences, same, undecided } = simulated.result()
  t.same({ calls, same, undecided }, { calls: 5, same: 0, undecided: 1 })
  t.same(
    differences.map(({ agency, before, count, outcome: { kind } }) => [agency, before, kind, count]),
    [
      ['a', 'released', 'refused', 3],
      ['a', 'user-inactive', 'permitted', 1],
    ],
  )
})

t.test('a call about several people was decided once, and counts once', async (t) => {
  const simulated = new Simulated(rules({ rows: [row('lin')] }).snapshot, good)
  for (const at of [1, 2, 3]) simulated.add({ ...logged(rules()), batch: { at } })
  const { calls, differences } = simulated.result()
  t.same([calls, differences.map(({ count }) => count)], [1, [1]])
})
