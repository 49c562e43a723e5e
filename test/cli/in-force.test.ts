// in-force.test.ts: which rules commands go by: of slots that are still written, the last.
import t from 'tap'
import type { Activation } from '../../src/cli/activations.ts'
import { endedSlots, lastInForce } from '../../src/cli/in-force.ts'

t.test('a slot that was abandoned, or superseded, has nothing in force', async (t) => {
  const entries: Readonly<Record<string, readonly object[]>> = {
    'cli abandon': [{ head: { slot: '2', size: 3 } }],
    '3 opening': [{ supersedes: { document: 'x', head: { slot: '1', size: 9 } } }],
    '1 opening': [{}],
  }
  const ended = await endedSlots({
    heads: async () => (['1', '2', '3', 'cli'] as const).map((slot) => ({ slot })),
    ofKind: async function* (slot, kind) {
      for (const [index, entry] of (entries[`${slot} ${kind}`] ?? []).entries()) yield { index, entry: JSON.stringify(entry) }
    },
  })
  t.same([...ended].sort(), ['1', '2'])
})

t.test('what an ended slot took up last, even after its end, is not gone by; where all ended, the last is', async (t) => {
  const taken = (slot: Activation['slot'], day: string): Activation => ({
    at: `2026-11-${day}T02:00:00.000Z`,
    slot,
    index: 1,
    digest: `${day}${slot}`,
    observed: { host: 'gateway', owners: [0], uid: 0 },
  })
  const all = [taken('1', '20'), taken('3', '21'), taken('1', '22')]
  t.equal(lastInForce(all, new Set())?.digest, '221')
  t.equal(lastInForce(all, new Set(['1']))?.digest, '213')
  t.equal(lastInForce(all, new Set(['1', '3']))?.digest, '221')
  t.equal(lastInForce([], new Set()), undefined)
})
