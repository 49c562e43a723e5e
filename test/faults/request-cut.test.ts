// request-cut.test.ts: the connection between writer and database ends within a commit's request, or within the claim behind it.
import t from 'tap'
import { Databases } from './databases.ts'
import { claimCut, requestCut } from './kinds.ts'
import { faultsMade, inflict } from './series.ts'

const databases = await Databases.open(t)

await inflict(t, { databases, name: 'the connection is cut at a byte of the request', ofThousand: 150, fault: requestCut })

await inflict(t, {
  databases,
  name: 'the connection is cut at a byte of the claim that follows a lost reply, or of its reply',
  ofThousand: 100,
  fault: claimCut,
})

t.comment(faultsMade())
