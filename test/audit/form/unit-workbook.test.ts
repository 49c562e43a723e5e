// unit-workbook.test.ts: what stands in a unit's workbook, its table and its letters: sorted, counted, in words of the regulation.
import t from 'tap'
import { type AuditForm, recordName, sortedRows, unitsOf } from '../../../src/audit/form/audit-form.ts'
import { formCsv } from '../../../src/audit/form/form-csv.ts'
import { unitWorkbook, workbookValues } from '../../../src/audit/form/unit-workbook.ts'
import { dayAndTime, showCount, showShare } from '../../../src/audit/form/wording.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { odsParts, readOds } from '../../../src/cli/spreadsheet/ods.ts'
import { inForce, madeForm, madeRows, version } from './made.ts'

const reversed = (form: AuditForm): AuditForm => ({ ...form, rows: form.rows.toReversed() })

t.test('R13: rows are sorted by unit, user and case, whatever order they come in', async (t) => {
  const rows = sortedRows(madeRows(60))
  const keys = rows.map(({ account, case: number, user }) => [user?.unit, user?.name, account, number].join('\t'))
  t.same(keys, keys.toSorted())
  t.same(sortedRows(madeRows(60).toReversed()), rows)
})

t.test('the same form gives the same bytes, and each sheet opens', async (t) => {
  const bytes = unitWorkbook(madeForm(), '國小教育科', inForce('audit-form'))
  t.same(unitWorkbook(reversed(madeForm()), '國小教育科', inForce('audit-form')), bytes)
  const sheets = readOds(await readParts(bytes, odsParts))
  t.same(
    sheets.map(({ name }) => name),
    ['稽核紀錄表', '調卷單', '帳號清查', '抽樣說明'],
  )
  const [records] = sheets
  const ids = records?.rows.map(({ cells }) => cells[11]?.text ?? '').filter((text) => /^1#\d+$/.test(text))
  t.same(
    ids,
    sortedRows(madeForm().rows).map(({ id }) => recordName(id)),
    'every drawn record of the unit, once',
  )
})

t.test('a unit head gets the records and reviews of that unit, and the counts of the agency', async (t) => {
  const unknown = madeRows(1).map(({ user: _, ...row }) => ({ ...row, account: 'nobody' }))
  const form = madeForm({ rows: [...madeRows(8), ...unknown] })
  t.same(unitsOf(form), ['國中教育科', '國小教育科', '（不在清冊）'].sort())
  const outside = workbookValues(form, '（不在清冊）', version)
  t.match(outside.lists.各筆, [{ 姓名: '', 帳號: 'nobody', 在職狀態: '查詢日不在清冊', 帳號註記: '※' }])
  const inside = workbookValues(form, '國小教育科', version)
  t.equal(inside.lists.各筆.length, 8)
  t.equal(inside.values.紀錄總數, '13,441')
  t.match(inside.lists.各月[5], { 月份: '115年6月', 紀錄數: '9,999', 應抽: '100', 含拒絕紀錄數: '10,011' })
  t.match(inside.lists.清查, [{ 帳號: 'edu-hsu', 最後在職日: '115/06/30', 最後使用日: '本期無使用紀錄', 清查結果: '' }])
  t.match(inside.lists.設定[0], { 代號: 'D-7', 採用: '進位' })
})

t.test('R13: who is to be audited is known from the draw, who was audited once results are in', async (t) => {
  const value = (form: AuditForm) => workbookValues(form, '國小教育科', version).values
  t.match(value(madeForm()), { 應稽核人數: '31', 列入稽核人數: '31', 列入比率: '50.8%', 實稽核人數: '＿＿', 稽核比率: '＿＿' })
  const results = { audited: { users: 30, records: 60 }, normal: 60, abnormal: 0, toExplain: 0, open: 0, findings: [], openRows: [] }
  t.match(value(madeForm({ results })), { 實稽核人數: '30', 稽核比率: '49.1%' })
})

t.test('subjects that nobody opened are printed as sealed, and the form says so', async (t) => {
  const values = (rows: AuditForm['rows']) => workbookValues(madeForm({ rows }), '國小教育科', version)
  const sealed = values(madeRows(1))
  t.equal(sealed.lists.各筆[0]?.查詢對象, '未解除遮蔽')
  t.match(sealed.values.查詢對象說明, '密封')
  const opened = values(madeRows(2).slice(1))
  t.equal(opened.lists.各筆[0]?.查詢對象, 'A123456789')
  t.equal(opened.values.查詢對象說明, '')
})

t.test('a slip a paper file: the records of one user under one case number', async (t) => {
  const { 各案, 各筆 } = workbookValues(madeForm(), '國小教育科', version).lists
  t.equal(
    各案.reduce((sum, { 件數 }) => sum + Number(件數), 0),
    各筆.length,
  )
  const numbers = 各案.flatMap(({ 表內序號 }) => 表內序號.split('、').map(Number))
  t.same(
    numbers,
    各筆.map((_, at) => at + 1),
    'slips lie in the order of the rows',
  )
})

t.test('words: days of the ROC in Taipei, counts, shares that are never rounded up, masks', async (t) => {
  t.same(dayAndTime('2026-06-30T15:59:59.999Z'), ['115/06/30', '23:59:59'])
  t.same(dayAndTime('2026-06-30T16:00:00.000Z'), ['115/07/01', '00:00:00'])
  for (const [count, shown] of [
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1_234_567, '1,234,567'],
  ] as const)
    t.equal(showCount(count), shown)
  for (const [part, whole, shown] of [
    [0, 0, '－'],
    [1, 2, '50.0%'],
    [499, 999, '49.9%'],
    [9999, 20_000, '49.9%'],
    [101, 101, '100.0%'],
  ] as const)
    t.equal(showShare(part, whole), shown)
  t.equal(recordName({ log: 'linkage.example.gov.tw/log/12', index: 0, row: 3 }), '12#0:3')
})

t.test('CSV: a mark of UTF-8, CRLF, formulas behind an apostrophe, one line a record', async (t) => {
  const text = formCsv(madeForm())
  t.ok(text.startsWith('\ufeff紀錄識別碼,'))
  t.equal(text.split('\r\n').length, 62)
  t.notMatch(text.replaceAll('\r\n', ''), /[\r\n]/)
  t.match(text, `"'=HYPERLINK(""http://x"",""查詢"")"`)
  t.equal(formCsv(reversed(madeForm())), text)
})
