// made.ts: an audit form with everything that is hard to print: names beyond the BMP, U+2027, fifty romanised characters, IPv6, many fields.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditForm, FormRow } from '../../../src/audit/form/audit-form.ts'
import type { FormInForce } from '../../../src/audit/form/unit-workbook.ts'
import { civilDate } from '../../../src/calendar.ts'
import { Report } from '../../../src/policy/finding.ts'
import { type FormName, formKinds } from '../../../src/policy/forms/form-kinds.ts'
import { readTemplate, type Template } from '../../../src/policy/forms/template.ts'

export const configFolder = join(import.meta.dirname, '../../../config')
export const version = civilDate('2026-01-01')

export const templateFile = (form: FormName): string => `forms/${form}-${version}.${formKinds[form].extension}`
export const templateText = (form: FormName): string => readFileSync(join(configFolder, templateFile(form)), 'utf8')

/** The example's own template. */
export function inForce<N extends FormName>(form: N): FormInForce<N> {
  const report = new Report()
  const template: Template<N> | undefined = readTemplate(templateFile(form), templateText(form), form, report)
  if (template === undefined) throw new Error(JSON.stringify(report.findings, null, 2))
  return { template, from: version }
}

export const romanised = 'Kolas Yotaka Pangcah Safolo Kacaw Lekal Mayaw Panay'.slice(0, 50)

/** Persons as rosters have them. */
export const persons = [
  { account: 'edu-chang', name: '張雅婷', title: '科員', unit: '國小教育科' },
  { account: 'edu-yoshida', name: '𠮷田美咲', title: '約聘人員', unit: '國小教育科' },
  { account: 'edu-kulas', name: '谷辣斯‧尤達卡', title: '科員', unit: '國小教育科' },
  { account: 'edu-kolas', name: romanised, title: '約僱人員', unit: '國小教育科' },
  { account: 'edu-huang', name: '黃𡘙', title: '系統帳號責任承辦人（科員）', unit: '國中教育科' },
] as const

const reasons = ['115學年度雜費減免審查', '申請學雜費減免，複查列冊資格及迄日', '=HYPERLINK("http://x","查詢")', '業務需要']
const addresses = ['203.0.113.5', '2001:db8:0:100:abcd:ef01:2345:6789']
const fields = ['列冊資格：類別', '列冊資格：迄日', '列冊成員：成員姓名', '列冊成員：就學狀況']

/** So many rows of the first four persons, in no order. */
export function madeRows(count: number): readonly FormRow[] {
  return Array.from({ length: count }, (_, at): FormRow => {
    const person = persons[(at * 7) % 4] ?? persons[0]
    const { account, ...user } = person
    const day = String(1 + ((at * 11) % 28)).padStart(2, '0')
    return {
      id: { log: 'linkage.example.gov.tw/log/1', index: 100_000 + at * 37 },
      at: `2026-0${1 + (at % 6)}-${day}T02:15:30.123Z`,
      user: { ...user, system: false },
      account,
      service: at % 9 === 0 ? { left: civilDate('2026-05-31'), reason: '離職' } : {},
      claimed: at % 3 === 0,
      mode: 'api',
      operation: '低收入戶及中低收入戶資格：查詢列冊資格',
      fields: fields.slice(0, 1 + (at % 4)),
      purpose: '學雜費減免',
      reason: reasons[at % reasons.length] ?? '',
      case: `教中字第1150${String(1000 + Math.floor(at / 2))}號`,
      subject: at % 5 === 0 ? { kind: 'sealed' } : { kind: 'full', text: 'A123456789' },
      address: addresses[at % addresses.length] ?? '',
      rows: at % 4 === 3 ? 0 : 1 + (at % 3),
      drawnBy: at % 6 === 0 ? ['month', 'coverage'] : [at % 2 === 0 ? 'month' : 'coverage'],
    }
  })
}

const counts = [1700, 1733, 4, 5, 0, 9999] // each odd one holds a file
const quotas = [17, 18, 4, 1, 0, 100]

/** The form of a half-year. */
export function madeForm(changes: Partial<AuditForm> = {}): AuditForm {
  return {
    agency: { code: '379110000E', name: '臺北市政府教育局' },
    auditors: ['陳大文（政風室）', '李小美（人事室）'],
    period: { from: civilDate('2026-01-01'), until: civilDate('2026-06-30') },
    issued: civilDate('2026-07-06'),
    modes: ['api', 'file'],
    months: counts.map((counted, at) => ({
      month: `2026-0${at + 1}`,
      counted,
      quota: quotas[at] ?? 0,
      all: counted + 12,
      quotaOfAll: (quotas[at] ?? 0) + 1,
      drawn: (quotas[at] ?? 0) + (at % 2),
      byMode: [
        { mode: 'api', counted: counted - (at % 2) },
        { mode: 'file', counted: at % 2 },
      ],
    })),
    users: { total: 61, left: 5, needed: 31, drawn: 29, reviewed: 2 },
    units: [
      { unit: '國小教育科', users: 40, drawn: 20, reviewed: 1, records: 46 },
      { unit: '國中教育科', users: 21, drawn: 9, reviewed: 1, records: 94 },
    ],
    draw: {
      seed: '9f49a4bc2c3928129779facf32cdabc9eae331cb929c141ac6d50337804da300',
      thrown: {
        how: '第 1 次擲出：115年7月3日擲骰，由臺北市政府社會局政風室林淑慧登載',
        note: '封存之後於在場見證之下產生，僅此一次，是否公正以在場見證為憑。',
        throws: [
          {
            how: '115年7月3日擲骰，點數 35142661534216425361，由臺北市政府社會局政風室林淑慧登載，在場見證 資訊室 王大同、會計室 李小華',
            fate: '採用',
          },
        ],
      },
      freeze: { log: 'linkage.example.gov.tw/log/cli', index: 4711 },
      checkpoints: [
        { log: 'linkage.example.gov.tw/log/1', size: 1_234_567, root: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=' },
        { log: 'linkage.example.gov.tw/log/2', size: 765_432, root: '7sUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=' },
      ],
    },
    settings: [
      { id: 'D-7', about: '百分之一之小數', chosen: '進位' },
      { id: 'D-8', about: '每月筆數之計算單位', chosen: '機關（各提供方式、資料項目、受託單位併計）' },
      { id: 'D-9', about: '檔案傳輸之筆數', chosen: '一次算一筆' },
      { id: 'D-10', about: '計入之紀錄', chosen: '已提供及查無資料' },
      { id: 'D-11', about: '總使用人數', chosen: '清冊（含離調職）加上紀錄中出現者' },
      { id: 'D-12', about: '半數使用者之計算單位', chosen: '機關，各單位比率另印' },
      { id: 'D-17', about: '保護案件稽核百分比', chosen: '100' },
      { id: 'D-20', about: '使用者在此人數以下，稽核人員由其他單位擔任', chosen: '3' },
    ],
    notCounted: { count: 72, file: '115H1_379110000E_未計入紀錄.csv' },
    rows: madeRows(60),
    reviews: [
      {
        account: 'edu-hsu',
        name: '許家瑜',
        unit: '國小教育科',
        title: '股長',
        system: false,
        from: civilDate('2026-01-05'),
        until: civilDate('2026-06-30'),
      },
      {
        account: 'edu-huang',
        name: '黃𡘙',
        unit: '國中教育科',
        title: '科員',
        system: false,
        from: civilDate('2026-01-05'),
        lastUse: civilDate('2026-02-03'),
      },
    ],
    manager: { name: '陳怡君', title: '股長', phone: '02-0000-0101', email: 'manager@education.example.gov.tw' },
    ...changes,
  }
}

export const due = { nominal: civilDate('2026-07-31') }
/** On a day of rest (D-15). */
export const dueOnRestDay = { nominal: civilDate('2027-01-31'), before: civilDate('2027-01-29'), after: civilDate('2027-02-01') }
