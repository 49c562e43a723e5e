// model.test.ts: the model of how the query log is written: what has to hold does, and each rule is missed where it is taken away.
import t from 'tap'
import { explore } from './explore.ts'
import { protocol } from './protocol.ts'
import { copies, one, scenarios, two } from './scenarios.ts'
import { type Rules, rules, type Scenario } from './state.ts'

const bounds = { states: 100_000, seconds: 100, violations: 1 }

t.test('batches are built ahead, replies are lost, a mark fails, a month turns: nothing fails that has to hold', async (t) => {
  for (const scenario of [scenarios.quick, scenarios.marked, scenarios.dba]) {
    const { complete, violations } = explore(protocol(scenario), bounds)
    t.same(violations, [])
    t.ok(complete, 'every state was looked at')
  }
})

type Tried = Partial<Scenario> & Pick<Scenario, 'budget'>
const ab: Scenario['calls'] = [['a'], ['b']]
const aab: Scenario['calls'] = [['a'], ['a'], ['b']]
const streamed: Scenario['calls'] = [['a', 'stream']]

/** What befalls whom where a rule is missed, and what fails. */
const missed: Partial<Record<keyof Rules, readonly [Tried, string]>> = {
  markFirst: [{ budget: { disk: 1 } }, 'P3 released, and recorded as not released'],
  marksInTurn: [{ calls: ab, budget: { disk: 1 } }, 'P3 released, and recorded as not released'],
  checkpointBehindMark: [{ budget: { crash: 1, cutOff: 1 } }, 'P2 two checkpoints of one log contradict each other'],
  nothingAfterRefusal: [{ calls: ab, budget: { disk: 1 } }, 'P3 never released, and nothing says so'],
  idleBeforeClaim: [{ calls: ab, budget: { cut: 1 } }, 'P3 released, and recorded as not released'],
  bounded: [{ calls: aab, budget: { disk: 1 } }, 'P6 more stands beyond the mark than one batch repairs'],
  noTurnAhead: [{ calls: ab, months: 1, budget: {} }, 'P4 an entry stands in a month that was not entered'],
  aheadOfSent: [{ calls: ab, budget: {} }, 'P6 a batch is sent that cannot stand'],
  putBack: [{ calls: ab, budget: { reject: 1 } }, 'P6 a batch is sent that cannot stand'],
  putBackWhole: [{ calls: ab, budget: { reject: 1 } }, 'P6 a call waits for ever'],
  fence: [{ budget: { cut: 1 } }, 'P6 a batch is sent that cannot stand'],
  needMark: [{ processes: copies, budget: {} }, 'P3 released, and recorded as not released'],
  keyLock: [{ budget: {} }, 'P3 released, and recorded as not released'],
  notReleased: [{ budget: { crash: 1 } }, 'P3 never released, and nothing says so'],
  repairsFirst: [{ calls: ab, budget: { crash: 1, cut: 1 } }, 'P3 never released, and nothing says so'],
  streamsEnded: [{ calls: streamed, budget: { crash: 1 } }, 'P3 a stream ended, and nothing says so'],
  standing: [{ calls: streamed, budget: { cut: 1 } }, 'P4 two completions of one call'],
  heads: [{ processes: two, budget: {} }, 'P5 a signed head is not among those that are stated'],
  monthForward: [{ budget: { step: 1 } }, 'P4 time steps back'],
  synchronous: [{ budget: { backup: 1, promote: 1 } }, 'P1 released, and not in the history that survives'],
}

for (const [rule, [tried, property]] of Object.entries(missed)) {
  t.test(`the rule ${rule} is missed`, async (t) => {
    const scenario = { processes: one, calls: [['a'] as const], months: 0, ...tried }
    t.same(explore(protocol(scenario), { ...bounds, states: 20_000 }).violations, [], 'with it nothing fails')
    const { violations } = explore(protocol(scenario, { [rule]: false }), bounds)
    t.same(
      violations.map(({ why }) => why),
      [property],
      violations[0]?.trace.join('\n') ?? '',
    )
  })
}

t.test('one rule is a belt beside braces: within these bounds nothing fails without it', async (t) => {
  t.same(
    Object.keys(rules).filter((rule) => !(rule in missed)),
    ['epochInMark'],
  )
})
