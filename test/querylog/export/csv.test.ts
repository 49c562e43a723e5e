// csv.test.ts: values of tables are written as csv-stringify writes them, and no spreadsheet computes with them.
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import t from 'tap'
import { csvValue } from '../../../src/querylog/export/csv.ts'

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
