// standing.test.ts: which steps of draws stand, however many there are.
import t from 'tap'
import type { Freeze } from '../../src/verifier/draws/sample.ts'
import type { Step } from '../../src/verifier/draws/seen.ts'
import { Standing } from '../../src/verifier/draws/standing.ts'

const log = 'linkage.example/log/cli'

/** The same records frozen again and again, each time in the place of the last. */
function frozenAnew(times: number): readonly Step<Freeze>[] {
  return Array.from({ length: times }, (_, index) => ({
    slot: 'cli',
    log,
    index,
    id: `${index}`,
    ms: index,
    leaf: Buffer.alloc(32),
    sample: {
      act: 'freeze',
      agency: 'taipei-education',
      from: '2026-07',
      until: '2026-12',
      selfAudit: true,
      user: undefined,
      subject: undefined,
      byRow: false,
      settings: new Map(),
      deviates: [],
      protection: { apis: [], grants: [], percent: 100 },
      logs: [],
      roster: '',
      replaces: index === 0 ? undefined : { id: `${index - 1}`, index: index - 1, log },
      supplements: undefined,
      seed: undefined,
      document: true,
    },
  }))
}

t.test('whether a freeze was replaced is asked of those that replace it alone', { timeout: 10_000 }, async (t) => {
  const steps = frozenAnew(3000)
  const standing = new Standing({ steps: [...steps] })
  let replaced = 0
  for (const step of steps) for (const each of standing.freezesBefore(step)) if (standing.isReplaced(each, step)) replaced += 1
  t.equal(replaced, (3000 * 2999) / 2)
  const [first, second] = steps
  if (first === undefined || second === undefined) throw new Error('two freezes')
  t.notOk(standing.isReplaced(first, first), 'what comes later replaces nothing yet')
  t.ok(standing.isReplaced(first, second), 'by the step itself')
})
