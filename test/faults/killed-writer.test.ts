// killed-writer.test.ts: the writer is killed at each of the steps that it takes outside itself, also while it recovers.
import t from 'tap'
import { Databases } from './databases.ts'
import { killed, killedAgain, killedInClaim } from './kinds.ts'
import { faultsMade, inflict } from './series.ts'

const databases = await Databases.open(t)

await inflict(t, {
  databases,
  name: 'the process is killed before, in or after an append or the mark that follows it',
  ofThousand: 110,
  fault: killed,
})

await inflict(t, {
  databases,
  name: 'the process is killed, and its successors at a step of their recovery',
  ofThousand: 50,
  fault: killedAgain,
})

await inflict(t, {
  databases,
  name: 'the reply is lost, and the process is killed while it claims the slot again',
  ofThousand: 40,
  fault: killedInClaim,
})

t.comment(faultsMade())
