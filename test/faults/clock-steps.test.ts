// clock-steps.test.ts: months turn under calls, and clocks step over the turn, back and forth: dates never step back.
import t from 'tap'
import { Databases } from './databases.ts'
import { faultsMade, inflict } from './series.ts'
import { type SlotUnderTest, SteppedClock } from './slot.ts'

const databases = await Databases.open(t)
const [second, day] = [1_000, 86_400_000]
const clock = (): SteppedClock => new SteppedClock(1)

/** Calls in hand while the clocks change. */
async function underCalls(slot: SlotUnderTest, change: () => void): Promise<void> {
  const calls = slot.calls(slot.chance.between(1, 5))
  change()
  await calls
  await slot.calls(slot.chance.between(1, 5))
}

await inflict(t, {
  databases,
  name: 'months turn, one or several at once',
  ofThousand: 15,
  clock,
  fault: (slot) => underCalls(slot, () => slot.clock.pass(slot.chance.between(1, 80) * day)),
})

await inflict(t, {
  databases,
  name: 'the clocks of machine and database step back over the turn that was, and forth again',
  ofThousand: 15,
  clock,
  fault: async (slot) => {
    const back = slot.chance.between(1, 60) * day
    slot.clock.pass(slot.chance.between(20, 40) * day)
    await slot.settle()
    for (const by of [-back, back]) {
      await underCalls(slot, () => {
        slot.clock.offset += by
        slot.clock.databaseOffset += by
      })
      await slot.settle()
    }
  },
})

await inflict(t, {
  databases,
  name: "the machine's clock alone steps over months, back and forth: while it does nothing is dated by it",
  ofThousand: 15,
  clock,
  fault: async (slot) => {
    const by = slot.chance.one([-1, 1]) * slot.chance.between(20 * second, 60 * day)
    await slot.settle()
    await underCalls(slot, () => {
      slot.clock.offset += by
    })
    const served = slot.ledger.served
    await slot.calls(3)
    if (slot.ledger.served !== served) throw new Error(`served with a clock that is off by ${by} ms`)
    slot.clock.offset -= by
    const ahead = slot.run.writer.now() - slot.clock.wall()
    if (ahead > 1_000) throw new Error(`an entry is dated ${ahead} ms ahead, by a clock that was off by ${by} ms`)
  },
})

await inflict(t, {
  databases,
  name: 'the process is killed, and its clock stands months earlier when it starts again',
  ofThousand: 10,
  clock,
  fault: async (slot) => {
    const back = slot.chance.between(1, 60) * day
    slot.clock.offset -= back
    slot.clock.databaseOffset -= back
    await slot.restart()
    await slot.settle()
    await slot.calls(3)
    slot.clock.pass(back)
  },
})

t.comment(faultsMade())
