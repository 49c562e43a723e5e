// handed-out.test.ts: where a form's tables stand is read from its template, so that the department's own template is read back, too.
import t from 'tap'
import { type AuditItem, recordKey, reviewKey } from '../../../src/audit/answers/answer.ts'
import { type AuditForm, unitOf } from '../../../src/audit/form/audit-form.ts'
import { unitWorkbook } from '../../../src/audit/form/unit-workbook.ts'
import { civilDate } from '../../../src/calendar.ts'
import { filledFile } from '../../../src/cli/audit/handed-back/filled-table.ts'
import { handedOutTables } from '../../../src/cli/audit/handed-back/handed-out.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { odsParts, readOds } from '../../../src/cli/spreadsheet/ods.ts'
import { Report } from '../../../src/policy/finding.ts'
import { readTemplate } from '../../../src/policy/forms/template.ts'
import { madeForm, madeRows, templateFile, templateText, version } from '../../audit/form/made.ts'
import { edited } from './filled.ts'

const form = madeForm()
const items = ({ reviews, rows }: AuditForm): ReadonlyMap<string, AuditItem> =>
  new Map<string, AuditItem>([
    ...rows.map((row): [string, AuditItem] => {
      const key = recordKey(row.id)
      return [key, { list: '各筆', key, id: row.id, month: row.at.slice(0, 7), account: row.account, person: undefined, unit: unitOf(row) }]
    }),
    ...reviews.map(({ account, unit }): [string, AuditItem] => {
      const key = reviewKey(account)
      return [key, { list: '清查', key, account, accounts: [account], person: undefined, unit }]
    }),
  ])
const sealed = { subjects: new Map(), retitled: false }
const days = { from: civilDate('2026-07-06'), until: civilDate('2026-07-31') }

function template(change: (text: string) => string) {
  const report = new Report()
  const read = readTemplate(templateFile('audit-form'), change(templateText('audit-form')), 'audit-form', report)
  if (read === undefined) throw new Error(JSON.stringify(report.findings))
  return { template: read, from: version }
}

const back = async (
  bytes: Buffer,
  forms: readonly AuditForm[],
  items: ReadonlyMap<string, AuditItem>,
  inForce: ReturnType<typeof template>,
) => filledFile('a.ods', readOds(await readParts(bytes, odsParts)), handedOutTables({ forms, items, ...sealed }, inForce), days)

t.test('every cell of a form that nobody touched is as it was handed out: names beyond the BMP, formulas, files', async (t) => {
  for (const unit of ['國小教育科', '國中教育科']) {
    const inForce = template((text) => text)
    const { answers, findings, recognised } = await back(unitWorkbook(form, unit, inForce), [form], items(form), inForce)
    t.same({ answers, findings, recognised }, { answers: [], findings: [], recognised: true }, unit)
  }
})

t.test('R24: another template: other headings, another sheet’s name, another order of columns', async (t) => {
  const result = '{{各筆.稽核結果}}'
  const match = '{{各筆.案卷比對}}'
  const other = template((text) =>
    text
      .replace('table:name="稽核紀錄表"', 'table:name="表一"')
      .replaceAll('$稽核紀錄表', '$表一')
      .replace('<text:p>調閱</text:p><text:p>案卷</text:p>', '<text:p>{{機關名稱}}</text:p>')
      .replace(result, '{{SWAP}}')
      .replace(match, result)
      .replace('{{SWAP}}', match),
  )
  const filled = edited(unitWorkbook(form, '國小教育科', other), (cells, sheet) =>
    sheet === '表一' && cells[11] === '1#100000' ? { 13: '異常', 15: '不符' } : undefined,
  )
  const { answers, findings } = await back(filled, [form], items(form), other)
  t.same(findings, [])
  t.same(
    answers.map(({ field, item, value }) => [field, item, value]),
    [
      ['案卷比對', 'linkage.example.gov.tw/log/1#100000', '不符'],
      ['稽核結果', 'linkage.example.gov.tw/log/1#100000', '異常'],
    ].sort(),
  )
})

t.test('a form of an earlier draw of the round is one: an enlargement numbers its rows anew', async (t) => {
  const inForce = template((text) => text)
  const first = madeForm({ rows: madeRows(20) })
  const whole = madeForm({ rows: madeRows(60).map((row, at) => (at < 20 ? row : { ...row, drawnBy: ['enlargement'] })) })
  const bytes = unitWorkbook(first, '國小教育科', inForce)
  t.same((await back(bytes, [whole, first], items(whole), inForce)).findings, [])
  const alone = await back(bytes, [whole], items(whole), inForce)
  t.ok(alone.findings.length > 0 && alone.findings.every(({ code }) => code === 'locked-changed'), 'and of no draw it is none')
})

t.test('a row that a later draw added cannot have been audited before', async (t) => {
  const inForce = template((text) => text)
  const filled = edited(unitWorkbook(form, '國小教育科', inForce), (cells, sheet) =>
    sheet === '稽核紀錄表' && cells[11] === '1#100000' ? { 17: '115/07/10' } : undefined,
  )
  const drawnOn = (day: string) => new Map([...items(form)].map(([key, item]) => [key, { ...item, drawnOn: civilDate(day) }]))
  t.same((await back(filled, [form], drawnOn('2026-07-10'), inForce)).findings, [])
  t.match((await back(filled, [form], drawnOn('2026-07-11'), inForce)).findings, [{ code: 'day-invalid', expected: /2026-07-11/ }])
})

t.test('a template whose answers could not be told apart is refused', async (t) => {
  const tables = (change: (text: string) => string) => () =>
    handedOutTables({ forms: [form], items: items(form), ...sealed }, template(change))
  t.throws(
    tables((text) =>
      text
        .replace('{{各筆.稽核結果}}', '{{各筆.稽核結果}}／{{各筆.稽核日期}}')
        .replace('<text:p>{{各筆.稽核日期}}</text:p>', '<text:p>-</text:p>'),
    ),
    { code: 'usage', message: /稽核紀錄表：\{\{各筆\.稽核結果\}\}、\{\{各筆\.稽核日期\}\} 應各自成一格/ },
  )
  const row =
    /<table:table-header-rows>(?:(?!<\/table:table-header-rows>)[\s\S])*<\/table:table-header-rows>(?=\s*<table:table-row [^>]*>\s*<table:table-cell [^>]*><text:p>\{\{清查\.序號\}\})/
  t.throws(
    tables((text) =>
      text.replace(
        row,
        '<table:table-row><table:table-cell office:value-type="string"><text:p>{{單位}}</text:p></table:table-cell></table:table-row>',
      ),
    ),
    { code: 'usage', message: /帳號清查：\{\{清查\.帳號\}\} 之上一列應為欄位標題/ },
  )
})
