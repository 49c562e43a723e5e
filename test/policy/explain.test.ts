// explain.test.ts: an explanation is the decision itself, and each step before the one at which it ended was passed.
import fc from 'fast-check'
import t from 'tap'
import { type Call, decide } from '../../src/policy/decide.ts'
import { explain, type Step, steps } from '../../src/policy/explain.ts'
import { address, approved, at, type Changes, call, day, department, grant, operation, tuesday } from './rules.ts'

const of = department()
type Ask = Parameters<typeof call>[1]

// biome-ignore format: a table
const cases: readonly (readonly [Step, string, Ask, Changes?])[] = [
  ['block', 'blocked', {}, { snapshot: { blocks: [{ target: { kind: 'agency', id: 'a' }, at: '', by: '', reason: '', rule: 'blocks.yaml#/blocks/0' }] } }],
  ['standing', 'agency-not-approved', {}, { agency: { standing: [] } }],
  ['standing', 'agency-suspended', {}, { agency: { standing: [approved, { ...approved, action: 'suspend' }] } }],
  ['standing', 'agency-terminated', {}, { agency: { standing: [approved, { ...approved, action: 'terminate' }] } }],
  ['network', 'network-not-allowed', { address: address(1) }],
  ['contract', 'grant-not-valid', { asDelegate: true, credential: 'dk' }, { delegate: { contract: { from: day('2026-01-01'), until: day('2026-01-31') } } }],
  ['operation', 'operation-not-granted', { operation: undefined }],
  ['operation', 'operation-not-granted', {}, { grants: [] }],
  ['mode', 'operation-not-granted', { credential: 'file' }],
  ['period', 'grant-not-valid', {}, { grants: [{ ...grant, until: day('2026-11-01') }] }],
  ['purpose', 'purpose-missing', { purpose: undefined }],
  ['purpose', 'purpose-not-granted', { purpose: 'other' }],
  ['hours', 'outside-hours', { at: at('2026-11-24T22:00:00') }],
  ['user', 'user-missing', { user: undefined }],
  ['user', 'user-unknown', { user: 'nobody' }],
  ['user', 'user-inactive', { user: 'lin' }],
  ['assertion', 'operation-not-granted', { operation: { ...operation, requires: { ...operation.requires, assertion: true } } }],
  ['case', 'case-missing', { case: undefined }],
  ['case', 'case-malformed', { case: 'x' }],
  ['reason', 'reason-missing', { reason: undefined }],
  ['fields', 'fields-not-granted', { fields: ['c'] }],
  ['availability', 'mode-not-available', { credential: 'online' }, { grants: [{ ...grant, mode: 'online' }] }],
]
const [, ...order] = Object.keys(steps)

for (const [ended, code, ask, changes] of cases) {
  t.test(`${ended}: ${code}`, async (t) => {
    const own = department(changes)
    const asked = call(own, ask)
    const explanation = explain(own.snapshot, asked)
    t.same(explanation.decision, decide(own.snapshot, asked))
    t.match(explanation, { ended, decision: { effect: 'deny', code } })
    const before = order.slice(0, order.indexOf(ended)).filter((step) => step !== 'contract' || asked.holder.delegate !== undefined)
    t.same(
      explanation.passed.map(({ step }) => step),
      before,
    )
  })
}

t.test('every step can be the last', async (t) => {
  t.same(new Set(cases.map(([step]) => step)), new Set(order))
})

t.test('what is permitted passed every step, and each line that let it pass is named', async (t) => {
  const { decision, ended, passed } = explain(of.snapshot, call(of))
  t.equal(decision.effect, 'permit')
  t.equal(ended, undefined)
  t.same(
    passed.map(({ step }) => step),
    order.filter((step) => step !== 'contract'),
  )
  const rules = new Map(passed.map(({ step, rule }) => [step, rule]))
  t.equal(rules.get('standing'), approved.rule)
  t.equal(rules.get('network'), 'agencies/a.yaml#/networks/10.0.0.0/24')
  t.equal(rules.get('user'), 'rosters/a.csv#/chang')
  t.equal(rules.get('purpose'), `${grant.rule}/purposes`)
})

t.test('whatever is asked: the decision is decide’s own, and it ends at most once', async () => {
  const asks: fc.Arbitrary<Partial<Call>> = fc.record({
    at: fc.constantFrom(tuesday, at('2026-11-22T10:00:00'), at('2027-01-02T10:00:00')),
    address: fc.constantFrom(0x0a000005, 0x0a000105, 0x0a000205, 1).map(address),
    user: fc.constantFrom('chang', 'lin', 'wu', 'vendor', 'nobody', undefined),
    purpose: fc.constantFrom('fee-waiver', 'other', undefined),
    case: fc.constantFrom('1234', 'x', undefined),
    reason: fc.constantFrom('審查', undefined),
    fields: fc.constantFrom(undefined, ['a'], ['c'], []),
    supplied: fc.constantFrom([], ['/asOf'], ['/withIncome']),
  })
  const who = fc.constantFrom('k', 'online', 'file', 'manager', 'jwt')
  fc.assert(
    fc.property(asks, who, fc.boolean(), (ask, credential, asDelegate) => {
      const asked = call(of, { ...ask, ...(asDelegate ? { asDelegate, credential: 'dk' } : { credential }) })
      const { decision, ended, passed } = explain(of.snapshot, asked)
      const same = JSON.stringify(decision) === JSON.stringify(decide(of.snapshot, asked))
      return same && (ended === undefined) === (decision.effect === 'permit') && !passed.some(({ step }) => step === ended)
    }),
    { numRuns: 2_000 },
  )
})
