// retired-runs.test.ts: entries that were taken out cost no more each than a hash, however many agencies and retire entries there are.
import t from 'tap'
import { leafHash } from '../../src/querylog/tree.ts'
import { AbsentEntries } from '../../src/verifier/absent.ts'
import { AgencyNumbers } from '../../src/verifier/numbers.ts'
import type { Retirement } from '../../src/verifier/slot-entries.ts'
import { verifyRows } from './verifying.ts'

const many = 200_000

t.test('numbers are unsure once for a run of entries that cannot be read', { timeout: 10_000 }, async (t) => {
  const numbers = new AgencyNumbers()
  const faults: unknown[] = []
  const tell = (fault: unknown): unknown => faults.push(fault)
  for (let agency = 0; agency < 20_000; agency += 1) numbers.query(`agency-${agency}`, 1, 1, tell)
  for (let entry = 0; entry < many; entry += 1) numbers.skip()
  numbers.query('agency-7', 40, 30, tell)
  t.same(faults, [], 'each is taken over from what comes next')
  numbers.query('agency-7', 42, 31, tell)
  t.match(faults, [{ code: 'agency-seq', expected: '41' }])
  numbers.skip()
  numbers.query('agency-7', 50, 50, tell)
  t.equal(faults.length, 1, 'and again behind the next')
})

t.test('a retire entry is found by where it begins and ends', { timeout: 10_000 }, async (t) => {
  const retirements: Retirement[] = Array.from({ length: many }, (_, at) => {
    const month = `${2000 + Math.floor(at / 12)}-01`
    return { log: 'a', month, from: 2 * at, to: 2 * at + 1, root: `${at}`, document: '', keys: undefined }
  })
  const absent = new AbsentEntries()
  absent.retirements = retirements
  const faults: unknown[] = []
  for (let at = many - 1; at >= 0; at -= 4) {
    absent.add(2 * at, true)
    if (absent.rootAt(2 * at + 1) !== `${at}`) t.fail(`no root at ${2 * at + 1}`)
    absent.close(undefined, (_, fault) => faults.push(fault))
  }
  t.equal(absent.accepted.length, many / 4)
  t.same(faults, [])
})

t.test('retire entries are asked for once', async (t) => {
  const rows = Array.from({ length: 20 }, (_, index) => ({ index, bytes: undefined, leaf: leafHash(`${index}`) }))
  let asked = 0
  await verifyRows(rows, [], {
    retirements: async () => {
      asked += 1
      return []
    },
  })
  t.equal(asked, 1)
})
