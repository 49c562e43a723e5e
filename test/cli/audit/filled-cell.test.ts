// filled-cell.test.ts: one answer cell, as people and spreadsheets write it.
import t from 'tap'
import type { AnswerField } from '../../../src/audit/answers/answer.ts'
import { civilDate } from '../../../src/calendar.ts'
import { readAnswer } from '../../../src/cli/audit/handed-back/filled-cell.ts'
import type { Cell } from '../../../src/cli/spreadsheet/sheet.ts'

const days = { from: civilDate('2026-07-06'), until: civilDate('2026-07-31') }
const read = (field: AnswerField, cell: Cell | string) => readAnswer(field, typeof cell === 'string' ? { text: cell } : cell, days)

t.test('what is meant is taken, however it is written', async (t) => {
  for (const [field, cell, value] of [
    ['稽核結果', ' 正常 ', '正常'],
    ['稽核日期', '115/07/20', '2026-07-20'],
    ['稽核日期', '1150720', '2026-07-20'],
    ['稽核日期', '民國115年7月20日', '2026-07-20'],
    ['稽核日期', { text: '2026-07-06', day: true }, '2026-07-06'],
    ['清查日期', '2026/7/31', '2026-07-31'],
    ['異常說明及處置', '一、𠮷田\r\n二、\u{f0000}', '一、𠮷田\n二、\u{f0000}'],
    ['稽核人員', '谷辣斯‧尤達卡', '谷辣斯‧尤達卡'],
  ] as const)
    t.same(read(field, cell), { value }, JSON.stringify(cell))
  t.equal(read('稽核結果', '　 '), undefined, 'empty')
})

t.test('what cannot be is refused, with what was expected', async (t) => {
  for (const [field, cell, code] of [
    ['稽核結果', '正 常', 'word-unknown'],
    ['稽核結果', '是', 'word-unknown'],
    ['稽核日期', '7月20日', 'day-invalid'],
    ['稽核日期', '115/07/05', 'day-invalid'],
    ['稽核日期', '115/08/01', 'day-invalid'],
    ['稽核日期', { text: '0115-07-20', day: true }, 'day-invalid'],
    ['異常說明及處置', { text: '#REF!', wrong: { zh: '錯誤', en: 'an error' } }, 'cell-unreadable'],
    ['異常說明及處置', 'a\u0007b', 'text-unfit'],
    ['異常說明及處置', `a${'\ud800'}b`, 'text-unfit'],
    ['異常說明及處置', '字'.repeat(501), 'text-unfit'],
    ['稽核人員', 'Ａ１０００００００１', 'identifier-named'],
  ] as const) {
    const found = read(field, cell)
    t.match(found, { code }, JSON.stringify(cell))
    t.ok(found !== undefined && 'expected' in found && found.expected !== '')
  }
  t.match(read('稽核日期', { text: '0115-07-20', day: true }), { expected: /應為 2026-07-20/ })
})
