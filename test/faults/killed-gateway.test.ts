// killed-gateway.test.ts: `linkage serve` is killed (kill -9) in every state of a recorded call, under HTTP calls.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { GatewayUnderTest } from './gateway.ts'
import type { Order, Share } from './kill-at.ts'
import { Chance, inTurn, share } from './random.ts'
import { faultsMade, judge } from './series.ts'

const gateway = await GatewayUnderTest.open(t)
const chance = new Chance('killed gateways')
const shares: readonly Share[] = ['nothing', 'half', 'all']

/** Where a gateway that serves can be killed, and how much of what it says is let out first. */
const whileServing: readonly Omit<Order, 'before'>[] = [
  ...(['append', 'mark', 'answer'] as const).flatMap((state) => shares.map((each) => ({ state, share: each }))),
  { state: 'commit acknowledged', share: 'all' },
]
await gateway.settle()

await judge(t, gateway, {
  name: 'the gateway is killed in each state of a call',
  count: share(whileServing.length),
  fault: (at) => gateway.killedIn(inTurn(whileServing, at), chance),
})

await judge(t, gateway, {
  name: 'the gateway is killed at any instant',
  count: share(2),
  fault: () =>
    gateway.underLoad(async () => {
      await sleep(chance.below(150))
      gateway.run.child.kill('SIGKILL')
      await gateway.run.ended
    }),
})

t.comment(faultsMade())
