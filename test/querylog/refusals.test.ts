// refusals.test.ts: refusals without an entry of their own are counted, bounded, and never lost.
import fc from 'fast-check'
import t from 'tap'
import type { Draft } from '../../src/querylog/batch.ts'
import { RefusalCounts } from '../../src/querylog/refusals.ts'
import { leafHash } from '../../src/querylog/tree.ts'

/** A log that fails as often as it is told to. */
function log() {
  const entries: { minute: string; counts: { address?: string; credential?: string; code: string; count: number }[]; other: number }[] = []
  const state = { failures: 0 }
  const append = async (draft: Draft) => {
    if (state.failures > 0) {
      state.failures -= 1
      throw new Error('away')
    }
    const entry = draft.write({ at: '2026-11-24T02:00:00.000Z', clock: undefined }, { agencySeq: 0, countedSeq: undefined })
    t.ok(Buffer.byteLength(entry) <= 65_535)
    entries.push(JSON.parse(entry))
    return { index: entries.length - 1, leaf: leafHash(entry), checkpoint: '' }
  }
  return { entries, state, append }
}
const now = Date.parse('2026-11-24T02:03:04.000Z')
const total = (entries: ReturnType<typeof log>['entries']): number =>
  entries.flatMap((each) => each.counts).reduce((sum, each) => sum + each.count, 0) + entries.reduce((sum, each) => sum + each.other, 0)

t.test('by address and reason, by credential and reason, under the minute in which they began', async (t) => {
  const of = log()
  const counts = new RefusalCounts(of, () => 'id')
  counts.countAddress(now, '192.0.2.1', 'network-not-allowed')
  counts.countAddress(now, '192.0.2.1', 'network-not-allowed')
  counts.countAddress(now, '192.0.2.1', 'credentials-invalid')
  counts.countCredential(now, 'taipei-education', 'edu-2026a', 'user-unknown')
  await counts.flush()
  t.same(of.entries, [
    {
      at: '2026-11-24T02:00:00.000Z',
      counts: [
        { address: '192.0.2.1', code: 'network-not-allowed', count: 2 },
        { address: '192.0.2.1', code: 'credentials-invalid', count: 1 },
        { agency: 'taipei-education', code: 'user-unknown', count: 1, credential: 'edu-2026a' },
      ],
      id: 'id',
      kind: 'refusals',
      minute: '2026-11-24T02:03:00.000Z',
      other: 0,
      v: 1,
    },
  ])
  await counts.flush()
  t.equal(of.entries.length, 1, 'nothing counted, nothing written')
})

t.test('a flood from a million addresses is a thousand keys and the rest as other', async (t) => {
  const of = log()
  const counts = new RefusalCounts(of, () => 'id')
  for (let n = 0; n < 100_000; n += 1) counts.countAddress(now, `2001:db8:${n.toString(16)}::/64`, 'network-not-allowed')
  await counts.flush()
  t.equal(of.entries.flatMap((each) => each.counts).length, 1000)
  t.equal(total(of.entries), 100_000)
})

t.test('whatever fails, every refusal is written once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat({ max: 1500 }), fc.nat({ max: 2 })), { maxLength: 8 }), async (steps) => {
      const of = log()
      const counts = new RefusalCounts(of, () => 'id')
      let said = 0
      for (const [refusals, failures] of steps) {
        for (let n = 0; n < refusals; n += 1) counts.countAddress(now, `10.0.${n >> 8}.${n & 255}`, 'network-not-allowed')
        said += refusals
        of.state.failures = failures
        await counts.flush().catch(() => undefined)
      }
      of.state.failures = 0
      await counts.flush()
      return total(of.entries) === said
    }),
    { numRuns: 50 },
  )
})
