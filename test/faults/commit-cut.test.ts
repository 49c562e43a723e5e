// commit-cut.test.ts: the connection between writer and database ends at every byte of a commit, of its request, and of the claim behind it.
import t from 'tap'
import { Databases } from './databases.ts'
import { happened, replyBytes, underCalls } from './happening.ts'
import { faultsMade, inflict } from './series.ts'

const databases = await Databases.open(t)

await inflict(t, {
  databases,
  name: "the connection is cut at each byte of the commit's reply in turn",
  ofThousand: 150,
  fault: (slot, at) => underCalls(slot, slot.wire.next('append', 'reply', at % replyBytes)),
})

await inflict(t, {
  databases,
  name: 'the connection is cut at a byte of the request',
  ofThousand: 150,
  fault: (slot) => underCalls(slot, slot.wire.next('append', 'request', slot.chance.below(slot.wire.appendBytes - 8)), 1),
})

await inflict(t, {
  databases,
  name: 'the connection is cut at a byte of the claim that follows a lost reply, or of its reply',
  ofThousand: 100,
  fault: async (slot) => {
    const { chance, wire } = slot
    await underCalls(slot, wire.next('append', 'reply', chance.below(replyBytes)))
    await happened(wire.next('claim', chance.one(['request', 'reply']), chance.below(150)))
  },
})

t.comment(faultsMade())
