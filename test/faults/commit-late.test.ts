// commit-late.test.ts: what writer and database say to each other comes late, or not at all.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Databases } from './databases.ts'
import { replyBytes, underCalls } from './happening.ts'
import { faultsMade, inflict } from './series.ts'

const databases = await Databases.open(t)

await inflict(t, {
  databases,
  name: 'the request is given up and reaches the server after the next claim',
  ofThousand: 60,
  fault: async (slot) => {
    slot.patience = 100
    const held = slot.wire.next('append', 'request', slot.chance.below(2), 'hold')
    const calls = slot.calls(slot.chance.between(1, 6))
    const late = await held
    await calls
    slot.patience = 5_000
    await slot.settle()
    late.deliver()
    await sleep(20)
    await slot.calls(2)
  },
})

await inflict(t, {
  databases,
  name: 'the reply does not come in time',
  ofThousand: 40,
  fault: async (slot) => {
    slot.patience = 100
    const held = slot.wire.next('append', 'reply', slot.chance.below(replyBytes), 'hold')
    await underCalls(slot, held)
    slot.patience = 5_000
    ;(await held).cut()
  },
})

await inflict(t, {
  databases,
  name: 'every connection ends, and none is had for a while',
  ofThousand: 50,
  fault: async (slot) => {
    const calls = slot.calls(slot.chance.between(1, 20))
    await sleep(slot.chance.below(4))
    slot.wire.down = true
    await slot.calls(2)
    await sleep(slot.chance.below(30))
    slot.wire.down = false
    await calls
  },
})

t.comment(faultsMade())
