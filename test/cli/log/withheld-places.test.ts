// withheld-places.test.ts: of rules that nobody can read any more it is not concluded that an answer named everybody whom it is about.
import t from 'tap'
import { WithheldPlaces } from '../../../src/cli/log/withheld-places.ts'

const call = { api: 'low-income', operation: 'getHouseholdStatus', fields_released: ['applicant.nationalId'], policy: 'a'.repeat(64) }

t.test('rules that the database does not hold, or holds otherwise, are read once, and leave it open', async (t) => {
  for (const bytes of [undefined, Buffer.from('of another digest')]) {
    let read = 0
    const places = new WithheldPlaces({
      document: async () => {
        read += 1
        return bytes
      },
    })
    t.equal(await places.mayIdentify(call), true)
    t.equal(await places.mayIdentify(call), true)
    t.equal(read, 1)
  }
})

t.test('a database that is away is no answer', async (t) => {
  const places = new WithheldPlaces({ document: () => Promise.reject(new Error('away')) })
  await t.rejects(places.mayIdentify(call), { message: 'away' })
})
