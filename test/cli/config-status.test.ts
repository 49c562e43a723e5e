// config-status.test.ts: which slots the first screen leaves out: those that are never written again.
import t from 'tap'
import { endedSlots } from '../../src/cli/config-status.ts'

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
