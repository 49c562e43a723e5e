// csv.test.ts: values of tables are written as csv-stringify writes them, and no spreadsheet computes with them.
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import t from 'tap'
import { csvValue, tableCells, tableHeadings } from '../../../src/querylog/export/csv.ts'

t.test('RFC 4180: a value is what csv-stringify makes of it, formulas escaped', async () => {
  const piece = fc.constantFrom('=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '"', ',', '字', '𠮷', 'a', ' ', "'", '\r\n')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const value = pieces.join('')
      return csvValue(value) === stringify([[value, 'x']], { eof: false, escape_formulas: true, record_delimiter: '\r\n' }).slice(0, -2)
    }),
    { numRuns: 5000 },
  )
})

t.test('a line feed alone is quoted, too', async (t) => {
  t.equal(csvValue('a\nb'), '"a\nb"')
  t.equal(csvValue('\r=1'), '"\'\r=1"')
})

t.test('who adds up rows or bytes of a table counts the answer to a call about several people once', async (t) => {
  const entries = [1, 2, 3].map((at) => JSON.stringify({ at: '2026-11-24T02:00:00.000Z', batch: { at, of: 3 }, bytes: 1024, rows: 2 }))
  const alone = JSON.stringify({ at: '2026-11-24T02:00:00.000Z', bytes: 2048, rows: 5 })
  const rows = [...entries, alone].map((entry, index) =>
    tableCells(entry, { slot: '1', index, leaf: 'a', outcome: undefined }, { roc: false }),
  )
  const column = (heading: string): (string | undefined)[] => rows.map((row) => row[tableHeadings.indexOf(heading)])
  const others = ['同第 1 人', '同第 1 人']
  t.same(column('回傳筆數'), ['2', ...others, '5'])
  t.same(column('回傳位元組（1 KiB 進位）'), ['1024', ...others, '2048'])
})
