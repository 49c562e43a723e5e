// letters.ts: draft letters: the agency's memo to its head and its report (簽稿, 函稿), the department's answer and reminder (備查函, 稽催函).
import { type CivilDate, daysBetween, showRocDate } from '../../calendar.ts'
import type { FormValues, formKinds } from '../../policy/forms/form-kinds.ts'
import { openByUnit } from '../answers/open-rows.ts'
import type { DueDate } from '../due-dates.ts'
import { filled } from '../odf/fill.ts'
import { odfPackage } from '../odf/package.ts'
import type { AuditForm, Manager, Results } from './audit-form.ts'
import { headValues, monthItems, notCountedValues, open, totalValues, unitItems, userValues } from './form-values.ts'
import type { FormInForce } from './unit-workbook.ts'
import { showCount, showShare } from './wording.ts'

type LetterValues = FormValues<(typeof formKinds)['approval-memo']>

const resultValues = (results: Results | undefined) => ({
  正常件數: results === undefined ? open : showCount(results.normal),
  異常件數: results === undefined ? open : showCount(results.abnormal),
  待說明件數: results === undefined ? open : showCount(results.toExplain),
  未填件數: results === undefined ? open : showCount(results.open),
})

/** D-15: where the nominal day is one of rest, the working days around it are said. */
const dueValues = ({ after, before, nominal }: DueDate) => ({
  報送期限: showRocDate(nominal),
  期限說明:
    after === undefined || before === undefined
      ? ''
      : `（該日為休息日，其前一工作日為${showRocDate(before)}，後一工作日為${showRocDate(after)}）`,
})

const managerValues = (manager: Manager | undefined) => ({
  管理者姓名: manager?.name ?? open,
  管理者職稱: manager?.title ?? open,
  管理者電話: manager?.phone ?? open,
  管理者信箱: manager?.email ?? open,
})

/** What the letter lists of the results, row by row. */
interface ListedRow {
  readonly unit: string
  readonly result: string
  readonly about: string
}

function agencyValues(form: AuditForm, due: DueDate, version: CivilDate, rows: readonly ListedRow[]): LetterValues {
  const { draw, manager, months, notCounted, results, units, users } = form
  return {
    values: {
      ...headValues(form, version),
      ...userValues(users, results),
      ...totalValues(months),
      ...notCountedValues(notCounted),
      ...resultValues(results),
      ...dueValues(due),
      ...managerValues(manager),
      抽樣種子值: draw.seed,
      種子產生方式: draw.thrown.how,
      種子說明: draw.thrown.note,
      擲出紀錄: draw.thrown.throws.map(({ fate, how }, at) => `第 ${at + 1} 次：${how}（${fate}）`).join('；'),
    },
    lists: {
      各月: monthItems(months),
      各單位: unitItems(units),
      異常: rows.map(({ about, result, unit }, at) => ({
        序號: String(at + 1),
        單位: unit,
        結果: result,
        情形: about,
      })),
    },
  }
}

const packed = (tree: Parameters<typeof odfPackage>[0], title: string, issued: CivilDate): Buffer =>
  odfPackage(tree, { title, made: `${issued}T00:00:00` })

const findingsOf = ({ results }: AuditForm): readonly ListedRow[] => results?.findings ?? []

/** By unit, so that its head is asked. */
const openOf = ({ results }: AuditForm): readonly ListedRow[] =>
  openByUnit(results?.openRows ?? [], mostOpen).map(({ names, unit }) => ({ unit, result: '未填', about: names }))
/** A memo with more is no memo to approve. */
const mostOpen = 100

/** 簽稿, as bytes of an .odt: counts, quotas, coverage, findings and what nobody audited, for the head of the agency to approve (Rule 六(一)5). */
export function approvalMemo(form: AuditForm, due: DueDate, { from, template }: FormInForce<'approval-memo'>): Buffer {
  const rows = [...findingsOf(form), ...openOf(form)]
  return packed(filled(template, agencyValues(form, due, from, rows)), `稽核結果簽稿 ${form.agency.name}`, form.issued)
}

/** 函稿, as bytes of an .odt: the same, to the department (Rule 六(一)6). */
export function reportLetter(form: AuditForm, due: DueDate, { from, template }: FormInForce<'report-letter'>): Buffer {
  return packed(filled(template, agencyValues(form, due, from, findingsOf(form))), `稽核紀錄報送函稿 ${form.agency.name}`, form.issued)
}

/** A round as it was reported: the numbers that its results give. */
export interface Reported extends Pick<AuditForm, 'agency' | 'period'> {
  /** Day of the letter. */
  readonly issued: CivilDate
  readonly users: { readonly total: number; readonly needed: number }
  readonly quota: number
  readonly results: Results
}

/** The agency's letter that the department takes on record, or sends back. */
export interface ReportReceived {
  readonly sent: CivilDate
  readonly document: string
  readonly received?: CivilDate
  /** What is to be corrected (補正); empty: it is taken on record. */
  readonly corrections: readonly string[]
}

/** 備查函, as bytes of an .odt. */
export function recordLetter(
  reported: Reported,
  due: DueDate,
  { corrections, document, received, sent }: ReportReceived,
  { from, template }: FormInForce<'record-letter'>,
): Buffer {
  const { agency, issued, quota, results, users } = reported
  const tree = filled(template, {
    values: {
      ...headValues(reported, from),
      總使用人數: showCount(users.total),
      應稽核人數: showCount(users.needed),
      實稽核人數: showCount(results.audited.users),
      稽核比率: showShare(results.audited.users, users.total),
      應抽總數: showCount(quota),
      實稽核件數: showCount(results.audited.records),
      ...resultValues(results),
      ...dueValues(due),
      來文日期: showRocDate(sent),
      來文字號: document,
      收文日期: received === undefined ? open : showRocDate(received),
      報送情形: corrections.length === 0 ? '本局同意備查' : '請依說明補正',
    },
    lists: { 補正事項: corrections.map((about, at) => ({ 序號: String(at + 1), 事項: about })) },
  })
  return packed(tree, `備查函稿 ${agency.name}`, issued)
}

/** What an agency has not done, and by when it was due. */
export interface Overdue {
  readonly agency: { readonly name: string }
  readonly period: AuditForm['period']
  /** Day of the letter. */
  readonly issued: CivilDate
  readonly due: DueDate
  readonly undone: readonly { readonly about: string; readonly due: CivilDate }[]
  /** Whom to ask: unit and telephone. */
  readonly contact: string
}

/** 稽催函, as bytes of an .odt. D-5: being late is said; it cuts nothing. */
export function reminderLetter(overdue: Overdue, { from, template }: FormInForce<'reminder-letter'>): Buffer {
  const { agency, contact, due, issued, undone } = overdue
  const tree = filled(template, {
    values: {
      ...headValues(overdue, from),
      ...dueValues(due),
      逾期日數: String(Math.max(0, daysBetween(due.nominal, issued))),
      聯絡單位: contact,
    },
    lists: { 未辦事項: undone.map(({ about, due: day }, at) => ({ 序號: String(at + 1), 事項: about, 期限: showRocDate(day) })) },
  })
  return packed(tree, `稽催函稿 ${agency.name}`, issued)
}
