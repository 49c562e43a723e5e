// search.test.ts: search columns are held against the bytes, by a derivation that is not the database's.
import t from 'tap'
import { columnEnd, SearchRows, searchColumns, searchFault, searchLineOf } from '../../src/verifier/search.ts'
import type { StoredSearchRow } from '../../src/verifier/stored.ts'
import { verifyLog } from '../../src/verifier/stream.ts'
import { muchLater, rowsOf, storedLog, verifyWritten } from './verifying.ts'
import { at, edited, writeLog } from './written-log.ts'

const { written } = await writeLog()
const query = written.entries[at.firstQuery] ?? Buffer.alloc(0)
const lineOf = (bytes: Buffer): string => {
  const line = searchLineOf(bytes)
  if (line === undefined) throw new Error('an entry that cannot be read')
  return line
}
/** By column, as stored; null where it has no value. */
const columnsOf = (bytes: Buffer): Record<string, string | null> => {
  const values = lineOf(bytes).split(columnEnd)
  t.equal(values.length, searchColumns.length)
  return Object.fromEntries(searchColumns.map((column, nth) => [column, values[nth] === '' ? null : (values[nth]?.slice(1) ?? null)]))
}
const lineWith = (bytes: Buffer, changes: Record<string, string | null>): string =>
  searchColumns
    .map((column) => {
      const value = { ...columnsOf(bytes), ...changes }[column] ?? null
      return value === null ? '' : `=${value}`
    })
    .join(columnEnd)

t.test('a row is what the bytes say', async (t) => {
  t.match(columnsOf(query), {
    month: '2026-11-01',
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
  const completion = columnsOf(written.entries[at.completion] ?? query)
  t.match(completion, { kind: 'completion', of_index: String(at.firstQuery), outcome: 'not-released' })
  t.match(columnsOf(written.entries[at.december] ?? query), { month: '2026-12-01', at: /^2026-11-30T16:/ })
  for (const entry of written.entries) t.equal(searchFault(entry, [lineOf(entry)]), undefined)
})

t.test('however its bytes are read, the line is what JSON.parse gives', async (t) => {
  const expected = (text: string): string => {
    const { user, case: caseNo, grant, subject, of, at: date, ...all } = JSON.parse(text)
    const renamed = { ...all, account: user, case_no: caseNo, grant_id: grant, subject: subject?.tag, of_index: of?.index }
    const month = new Date(Date.parse(date) + 8 * 3_600_000).toISOString().slice(0, 7)
    const columns = { ...renamed, month: `${month}-01`, at: new Date(date).toISOString().replace('Z', '000Z') }
    return searchColumns
      .map((column) => columns[column])
      .map((value) => (typeof value === 'string' || typeof value === 'number' ? `=${value}` : ''))
      .join(columnEnd)
  }
  const odd = [
    (it: Record<string, unknown>) => (it.user = 'a "quoted" name'),
    (it: Record<string, unknown>) => (it.case = 'back\\slash and \u0007'),
    (it: Record<string, unknown>) => (it.purpose = '\u{2000b}字'),
    (it: Record<string, unknown>) => (it.rows = -5),
    (it: Record<string, unknown>) => (it.status = null),
    (it: Record<string, unknown>) => (it.mode = true),
    (it: Record<string, unknown>) => (it.api = ['a']),
    (it: Record<string, unknown>) => (it.code = { tag: 'x' }),
    (it: Record<string, unknown>) => (it.subject = 'x'),
    (it: Record<string, unknown>) => delete it.subject,
    (it: Record<string, unknown>) => (it.subject = { tag: 7 }),
    (it: Record<string, unknown>) => (it.of = { index: 7 }),
    (it: Record<string, unknown>) => (it.account = 'no member of ours'),
    (it: Record<string, unknown>) => (it.at = '2026-11-30T16:00:00.000Z'),
    (it: Record<string, unknown>) => (it.at = '2026-11-30T15:59:59.999Z'),
    (it: Record<string, unknown>) => (it.at = '2026-11-30T23:59:59.9+08:00'),
    (it: Record<string, unknown>) => (it.user = 'x'.repeat(60_000)),
  ].map((change) => edited(query, change))
  const spaced = Buffer.from(JSON.stringify(JSON.parse(query.toString()), null, 1))
  for (const entry of [...written.entries, ...odd, spaced, query]) t.equal(searchLineOf(entry), expected(entry.toString()))
})

t.test('any column that says otherwise is told, with what the bytes say', async (t) => {
  const row = columnsOf(query)
  for (const column of searchColumns) {
    for (const other of ['another', '', null].filter((each) => each !== row[column])) {
      t.match(searchFault(query, [lineWith(query, { [column]: other })]), {
        code: 'search-mismatch',
        found: `${column} ${other ?? 'absent'}`,
        expected: `${column} ${row[column] ?? 'absent'}`,
      })
    }
  }
  t.match(searchFault(query, [lineWith(query, { at: '2026-11-24T02:00:01.000001Z' })]), { found: 'at 2026-11-24T02:00:01.000001Z' })
  t.match(searchFault(query, [lineWith(query, { account: 'x', subject: 'y' })]), { found: 'account x, subject y' })
  t.ok(searchFault(query, [lineWith(query, { case_no: `${row.case_no}${columnEnd}=more` })]), 'what looks like the end of a column')
})

t.test('an entry that was changed is told as long as its row was not', async (t) => {
  const changed = edited(query, (members) => {
    members.user = 'edu-chung'
  })
  t.match(searchFault(changed, [lineOf(query)]), { found: 'account edu-chang', expected: 'account edu-chung' })
})

t.test('a missing row is told, and a second one; an entry that cannot be read is another finding', async (t) => {
  t.match(searchFault(query, []), { found: 'no row', expected: 'one row' })
  t.match(searchFault(query, [lineOf(query), lineOf(query)]), { found: '2 rows', expected: 'one row' })
  for (const text of ['no JSON', '[1]', '"query"', 'null', '{"at":1}', '{"at":"tomorrow"}', '']) {
    t.equal(searchLineOf(Buffer.from(text)), undefined, text)
    t.equal(searchFault(Buffer.from(text), []), undefined, text)
  }
})

const all: readonly StoredSearchRow[] = written.entries.map((entry, index) => ({ index, line: lineOf(entry) }))
const searchOf = (rows: readonly StoredSearchRow[], reach: number, stray?: number) => ({
  reach,
  stray,
  rows: async (from: number, to: number) => rows.filter(({ index }) => index >= from && index < to),
})

/** `index code` of what is found of a log that is searched by these rows. */
async function found(rows: readonly StoredSearchRow[], reach: number, stray?: number): Promise<readonly string[]> {
  const log = { ...storedLog(rowsOf(written), written.checkpoints), search: searchOf(rows, reach, stray) }
  const run = verifyLog(log, { now: muchLater, partialTiles: false })
  const codes: string[] = []
  for (let step = await run.next(); ; step = await run.next()) {
    if (step.done === true) {
      t.equal(step.value.searchTo, reach)
      return codes
    }
    codes.push(`${step.value.index} ${step.value.code}`)
  }
}

t.test('rows are held against entries as far as search says that it has read, and no further', async (t) => {
  t.same(await found(all, at.size), [])
  t.same(await found([], 0), [], 'it has not begun')
  const without = all.filter(({ index }) => index !== at.december)
  t.same(await found(without, at.size), [`${at.december} search-mismatch`])
  t.same(await found(without, at.december), [], 'it is not there yet')
  t.same(await found(without, at.december + 1), [`${at.december} search-mismatch`])
  t.same(await found(all, at.size, at.size + 7), [`${at.size + 7} search-mismatch`], 'a row of no entry')
  const twice = [...all, { index: 4, line: 'another' }].sort((a, b) => a.index - b.index)
  t.same(await found(twice, at.size), ['4 search-mismatch'])
  t.same(await found(all.with(6, { index: 6, line: all[5]?.line ?? '' }), at.size), ['6 search-mismatch'])
})

t.test('a place that is not searched has nothing to hold; an entry that is gone is found by itself', async (t) => {
  t.equal((await verifyWritten(written)).summary.searchTo, undefined)
  const chunk = rowsOf(written).map((row) => (row.index === 7 ? { index: 7, bytes: undefined } : row))
  for await (const found of new SearchRows(searchOf(all, at.size)).faults(chunk)) t.fail(JSON.stringify(found))
})

t.test('rows are read in pieces, each once, and ahead of the entries', async (t) => {
  const many = Array.from({ length: 3_000 }, (_, index) => ({ index, bytes: query }))
  const asked: (readonly [from: number, to: number])[] = []
  const search = {
    reach: 2_500,
    stray: undefined,
    rows: async (from: number, to: number) => {
      asked.push([from, to])
      return many.slice(from, to).flatMap(({ index }) => (index === 1_024 ? [] : [{ index, line: lineOf(query) }]))
    },
  }
  const rows = new SearchRows(search)
  const found: number[] = []
  for (let from = 0; from < many.length; from += 128)
    for await (const { index } of rows.faults(many.slice(from, from + 128))) found.push(index)
  t.same(found, [1_024])
  t.same(asked, [
    [0, 1_024],
    [1_024, 2_048],
    [2_048, 2_500],
  ])
})

t.test('what cannot be read is told to whoever verifies', async (t) => {
  const broken = { reach: 5, stray: undefined, rows: () => Promise.reject(new Error('away')) }
  const log = { ...storedLog(rowsOf(written), written.checkpoints), search: broken }
  await t.rejects(verifyLog(log, { now: muchLater, partialTiles: false }).next(), { message: 'away' })
})
