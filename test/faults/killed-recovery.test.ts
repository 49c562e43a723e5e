// killed-recovery.test.ts: `linkage serve` is killed behind a commit, and the one that takes its place in every state of its recovery.
import t from 'tap'
import { GatewayUnderTest } from './gateway.ts'
import type { Order } from './kill-at.ts'
import { Chance, inTurn, share } from './random.ts'
import { faultsMade, judge } from './series.ts'

const gateway = await GatewayUnderTest.open(t)
const chance = new Chance('killed recoveries')

/** Where a gateway can be killed that finds entries beyond the mark, which nobody was served. */
const whileRecovering: readonly Order[] = [
  { state: 'claim', share: 'nothing', before: 0 },
  { state: 'claim', share: 'all', before: 0 },
  { state: 'reading of hashes', share: 'all', before: 0 },
  { state: 'append', share: 'all', before: 0 },
  { state: 'commit acknowledged', share: 'all', before: 0 },
  { state: 'mark', share: 'half', before: 0 },
  { state: 'append', share: 'all', before: 1 },
]

await gateway.settle()

await judge(t, gateway, {
  name: 'the gateway is killed behind a commit, and its successor in each state of its recovery',
  count: share(whileRecovering.length),
  fault: async (at) => {
    await gateway.killedIn({ state: 'commit acknowledged', share: 'all' }, chance)
    const order = inTurn(whileRecovering, at)
    if (await gateway.start(order)) throw new Error(`it served: it never came to ${order.state}`)
  },
})

t.comment(faultsMade())
