// killed-writer.test.ts: the writer is killed at each of the steps that it takes outside itself, also while it recovers.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Databases } from './databases.ts'
import type { End } from './life.ts'
import { faultsMade, inflict } from './series.ts'
import type { SlotUnderTest } from './slot.ts'

const databases = await Databases.open(t)
const ends: readonly End[] = ['before', 'after', 'torn']

/** Calls until the process is dead. */
async function untilKilled(slot: SlotUnderTest): Promise<void> {
  const { run } = slot
  while (!run.life.over) {
    if (run.refusal !== undefined) throw run.refusal
    await slot.calls(slot.chance.between(1, 6), run)
    await sleep(1)
  }
}

await inflict(t, {
  databases,
  name: 'the process is killed before, in or after an append or the mark that follows it',
  ofThousand: 150,
  fault: async (slot) => {
    slot.run.life.killAt(slot.chance.below(4), slot.chance.one(ends))
    await untilKilled(slot)
  },
})

await inflict(t, {
  databases,
  name: 'the process is killed, and its successors at a step of their recovery',
  ofThousand: 80,
  fault: async (slot) => {
    slot.run.life.killAt(slot.chance.below(4), slot.chance.one(ends))
    await untilKilled(slot)
    for (let more = slot.chance.between(1, 2); more > 0; more -= 1) {
      slot.doom = { steps: slot.chance.below(10), end: slot.chance.one(ends) }
      await slot.restart()
    }
  },
})

await inflict(t, {
  databases,
  name: 'the reply is lost, and the process is killed while it claims the slot again',
  ofThousand: 50,
  fault: async (slot) => {
    const cut = slot.wire.next('append', 'reply', slot.chance.below(49))
    const { life } = slot.run
    const calls = slot.calls(slot.chance.between(1, 6))
    await cut
    life.killAt(slot.chance.below(6), slot.chance.one(ends))
    await calls
    await untilKilled(slot)
  },
})

t.comment(faultsMade())
