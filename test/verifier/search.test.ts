// search.test.ts: search columns are held against the bytes, by a derivation that is not the database's.
import t from 'tap'
import { type SearchRow, searchColumns, searchFault, searchRowOf } from '../../src/verifier/search.ts'
import { at, edited, writeLog } from './written-log.ts'

const { written } = await writeLog()
const query = written.entries[at.firstQuery] ?? Buffer.alloc(0)
const rowOf = (bytes: Buffer): SearchRow => {
  const row = searchRowOf(bytes)
  if (row === undefined) throw new Error('an entry that cannot be read')
  return row
}

t.test('a row is what the bytes say', async (t) => {
  t.match(rowOf(query), {
    month: '2026-11',
    at: '2026-11-24T02:00:01.000000Z',
    kind: 'query',
    agency: 'taipei-education',
    agency_seq: '1',
    counted_seq: '1',
    delegate: null,
    account: 'edu-chang',
    case_no: '北市教字第1150000045號',
    grant_id: 'fee-waiver',
    subject: 'ab'.repeat(16),
    status: '200',
    of_index: null,
  })
  t.match(rowOf(written.entries[at.completion] ?? query), { kind: 'completion', of_index: String(at.firstQuery), outcome: 'not-released' })
  t.match(rowOf(written.entries[at.december] ?? query), { month: '2026-12', at: /^2026-11-30T16:/ })
  for (const entry of written.entries) t.equal(searchFault(entry, rowOf(entry)), undefined)
})

t.test('any column that says otherwise is told, with what the bytes say', async (t) => {
  const row = rowOf(query)
  for (const column of searchColumns) {
    for (const other of ['another', null].filter((each) => each !== row[column])) {
      t.same(searchFault(query, { ...row, [column]: other }), {
        found: `${column} ${other ?? 'absent'}`,
        expected: `${column} ${row[column] ?? 'absent'}`,
      })
    }
  }
  t.match(searchFault(query, { ...row, at: '2026-11-24T02:00:01.000001Z' }), { found: 'at 2026-11-24T02:00:01.000001Z' })
  t.match(searchFault(query, { ...row, account: 'x', subject: 'y' }), { found: 'account x, subject y' })
})

t.test('an entry that was changed is told as long as its row was not', async (t) => {
  const changed = edited(query, (members) => {
    members.user = 'edu-chung'
  })
  t.same(searchFault(changed, rowOf(query)), { found: 'account edu-chang', expected: 'account edu-chung' })
})

t.test('a missing row is told; an entry that cannot be read is another finding', async (t) => {
  t.same(searchFault(query, undefined), { found: 'no row', expected: 'one row' })
  for (const text of ['no JSON', '[1]', '"query"', '{"at":1}', '{"at":"tomorrow"}', '']) {
    t.equal(searchRowOf(Buffer.from(text)), undefined, text)
    t.equal(searchFault(Buffer.from(text), undefined), undefined, text)
  }
})
