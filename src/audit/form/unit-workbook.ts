// unit-workbook.ts: the workbook of one unit head (單位主管): 稽核紀錄表, 調卷單, 帳號清查, 抽樣說明.
import type { CivilDate } from '../../calendar.ts'
import { showRocDateShort } from '../../calendar.ts'
import type { FormValues, formKinds } from '../../policy/forms/form-kinds.ts'
import type { Template } from '../../policy/forms/template.ts'
import { filled } from '../odf/fill.ts'
import { odfPackage } from '../odf/package.ts'
import { type AccountReview, type AuditForm, type FormRow, recordName, sortedRows, unitOf } from './audit-form.ts'
import { headValues, monthItems, notCountedValues, totalValues, unitItems, userValues } from './form-values.ts'
import { claimedNote, dayAndTime, drawnBy, modeWords, sealedWord, serviceOf, showCount, subjectText } from './wording.ts'

type AuditFormKind = (typeof formKinds)['audit-form']
type Values = FormValues<AuditFormKind>

/** A template of the version that was in force on the last day of the period. */
export interface FormInForce<N extends 'audit-form' | 'approval-memo' | 'report-letter' | 'record-letter' | 'reminder-letter'> {
  readonly template: Template<N>
  /** The version's first day. */
  readonly from: CivilDate
}

/** The workbook of a unit, as bytes of an .ods: the same form gives the same bytes.
 *  @param unit one of `unitsOf(form)` */
export function unitWorkbook(form: AuditForm, unit: string, { from, template }: FormInForce<'audit-form'>): Buffer {
  const tree = filled(template, workbookValues(form, unit, from))
  const title = `連結機關查詢應用社會福利資料稽核紀錄表 ${form.agency.name} ${unit}`
  const properties = { 'linkage-form': `audit-form ${from}`, 'linkage-seed': form.draw.seed }
  return odfPackage(tree, { title, made: `${form.issued}T00:00:00`, properties })
}

/** What fills the workbook. */
export function workbookValues(form: AuditForm, unit: string, version: CivilDate): Values {
  const rows = sortedRows(form.rows.filter((row) => unitOf(row) === unit))
  const reviews = form.reviews.filter((review) => review.unit === unit)
  return {
    values: {
      ...headValues(form, version),
      機關代碼: form.agency.code,
      單位: unit,
      提供方式: form.modes.map((mode) => modeWords[mode]).join('、'),
      ...userValues(form.users, form.results),
      ...totalValues(form.months),
      ...notCountedValues(form.notCounted),
      本單位件數: showCount(rows.length),
      本單位清查人數: showCount(reviews.length),
      抽樣種子值: form.draw.seed,
      種子產生方式: form.draw.thrown.how,
      種子說明: form.draw.thrown.note,
      母體封存紀錄: `${form.draw.freeze.log} #${form.draw.freeze.index}`,
      指定稽核人員: form.auditors.length === 0 ? '' : `指定稽核人員：${form.auditors.join('、')}`,
      查詢對象說明: subjectsNote(rows),
      使用者說明: rows.some(({ claimed }) => claimed) ? `※ ${claimedNote}` : '',
    },
    lists: {
      各月: monthItems(form.months),
      各單位: unitItems(form.units),
      封存點: form.draw.checkpoints.map(({ log, root, size }) => ({ 紀錄簿: log, 筆數: showCount(size), 雜湊值: root })),
      擲出: form.draw.thrown.throws.map(({ fate, how }, at) => ({ 次序: String(at + 1), 情形: how, 處置: fate })),
      設定: form.settings.map(({ about, chosen, id }) => ({ 代號: id, 事項: about, 採用: chosen })),
      各筆: rows.map(rowItem),
      各案: slipItems(rows),
      清查: reviews.map(reviewItem),
    },
  }
}

function subjectsNote(rows: readonly FormRow[]): string {
  return rows.some(({ subject }) => subject.kind === 'sealed')
    ? `查詢對象於紀錄中密封，本表未解除遮蔽者印為「${sealedWord}」，須由政風室以解除遮蔽之金鑰辦理。`
    : ''
}

function rowItem(row: FormRow, at: number): Values['lists']['各筆'][number] {
  const [day, time] = dayAndTime(row.at)
  return {
    序號: String(at + 1),
    日期: day,
    時間: time,
    姓名: row.user?.name ?? '',
    單位: unitOf(row),
    職稱: row.user?.title ?? '',
    帳號: row.account,
    帳號註記: `${row.claimed ? '※' : ''}${row.user?.system === true ? '（系統帳號）' : ''}`,
    在職狀態: serviceOf(row),
    提供方式: modeWords[row.mode],
    資料: row.operation,
    資料項目: row.fields.length === 0 ? '查無資料' : row.fields.join('、'),
    查詢目的: row.purpose,
    查詢事由: row.reason ?? '',
    案號: row.case ?? '',
    查詢對象: subjectText(row.subject),
    來源IP: row.address,
    回傳筆數: row.rows === undefined ? '0' : showCount(row.rows),
    紀錄識別碼: recordName(row.id),
    抽樣原因: drawnBy(row.drawnBy),
    ...unanswered,
  }
}

/** To be filled by hand. */
const unanswered = { 調閱案卷: '', 案卷比對: '', 逾必要範圍: '', 稽核結果: '', 異常說明及處置: '', 稽核日期: '', 稽核人員: '' }

/** One slip a paper file: the records of one user under one case number. */
function slipItems(rows: readonly FormRow[]): Values['lists']['各案'] {
  const slips = new Map<string, { readonly at: number; readonly row: FormRow }[]>()
  for (const [at, row] of rows.entries()) {
    const key = JSON.stringify([row.user?.name, row.account, row.case])
    slips.set(key, [...(slips.get(key) ?? []), { at: at + 1, row }])
  }
  return [...slips.values()].flatMap((of, at) => {
    const [first] = of
    if (first === undefined) return []
    const days = of.map(({ row }) => dayAndTime(row.at)[0]).sort()
    const [earliest, latest] = [days[0] ?? '', days.at(-1) ?? '']
    return [
      {
        序號: String(at + 1),
        姓名: first.row.user?.name ?? first.row.account,
        職稱: first.row.user?.title ?? '',
        案號: first.row.case ?? '（未填案號）',
        查詢對象: [...new Set(of.map(({ row }) => subjectText(row.subject)))].join('、'),
        查詢期間: earliest === latest ? earliest : `${earliest}～${latest}`,
        件數: String(of.length),
        表內序號: of.map((each) => each.at).join('、'),
      },
    ]
  })
}

function reviewItem(review: AccountReview, at: number): Values['lists']['清查'][number] {
  const day = (date: CivilDate | undefined, none: string): string => (date === undefined ? none : showRocDateShort(date))
  return {
    序號: String(at + 1),
    帳號: review.account,
    姓名: review.name,
    單位: review.unit,
    職稱: review.title,
    類別: review.system ? '系統' : '人員',
    啟用日: day(review.from, ''),
    最後在職日: day(review.until, '在職'),
    最後使用日: day(review.lastUse, '本期無使用紀錄'),
    仍需使用: '',
    是否共用: '',
    清查結果: '',
    清查說明: '',
    清查日期: '',
    清查人員: '',
  }
}
