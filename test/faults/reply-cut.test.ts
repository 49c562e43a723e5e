// reply-cut.test.ts: the connection between writer and database ends at every byte of a commit's reply.
import t from 'tap'
import { Databases } from './databases.ts'
import { replyCut } from './kinds.ts'
import { faultsMade, inflict } from './series.ts'

const databases = await Databases.open(t)

await inflict(t, {
  databases,
  name: "the connection is cut at each byte of the commit's reply in turn",
  ofThousand: 150,
  fault: (slot, at) => replyCut(slot, at),
})

t.comment(faultsMade())
