// form-files.ts: the files of a form: a workbook for each unit head, the drafts of letters, the table.

import { type DueDate, dueDate, reportDue } from '../../audit/due-dates.ts'
import { type AuditForm, unitsOf } from '../../audit/form/audit-form.ts'
import { formCsv } from '../../audit/form/form-csv.ts'
import { approvalMemo, reportLetter } from '../../audit/form/letters.ts'
import { type FormInForce, unitWorkbook } from '../../audit/form/unit-workbook.ts'
import type { Round } from '../../audit/rounds.ts'
import { type CivilDate, halfYearOf } from '../../calendar.ts'
import { findingLine, Report } from '../../policy/finding.ts'
import { formTemplate, formVersions, versionInForce } from '../../policy/forms/form-folder.ts'
import type { FormName } from '../../policy/forms/form-kinds.ts'
import { UsageError } from '../log/usage-error.ts'
import { fileName } from './whole-folder.ts'

/** The templates of a round's forms. */
export interface FormTemplates {
  readonly workbook: FormInForce<'audit-form'>
  readonly memo: FormInForce<'approval-memo'>
  readonly letter: FormInForce<'report-letter'>
}

/** R24: one form, in the version that was in force on a day.
 *  @throws UsageError that lists everything that is wrong */
export function templateInForce<N extends FormName>(folder: string, form: N, day: CivilDate): FormInForce<N> {
  const report = new Report()
  const found = reading(folder, report, day)(form)
  if (found === undefined || report.errors > 0) throw new UsageError(report.sorted().map(findingLine).join('\n'))
  return found
}

/** R24: the versions that were in force on the last day of the period.
 *  @throws UsageError that lists everything that is wrong with them */
export function templatesInForce(folder: string, last: CivilDate): FormTemplates {
  const report = new Report()
  const read = reading(folder, report, last)
  const [workbook, memo, letter] = [read('audit-form'), read('approval-memo'), read('report-letter')]
  if (report.errors > 0 || workbook === undefined || memo === undefined || letter === undefined)
    throw new UsageError(report.sorted().map(findingLine).join('\n'))
  return { workbook, memo, letter }
}

function reading(folder: string, report: Report, day: CivilDate) {
  const versions = formVersions(folder, report)
  return <N extends FormName>(form: N): FormInForce<N> | undefined => {
    const version = versionInForce(versions, form, day)
    if (version === undefined) {
      const said = { zh: `forms/${form}-<${day} 或以前之日期>`, en: `forms/${form}-<a day not after ${day}>` }
      report.addAt(`forms/${form}`, '', { line: 1, column: 1, length: 1 }, 'file-missing', { expected: said })
      return undefined
    }
    const template = formTemplate(folder, { ...version, form }, report)
    return template && { template, from: version.from }
  }
}

/** R10, R15: when the round is reported; an unannounced audit of the department is sent to nobody, nor is any of a using unit.
 *  @throws CalendarUnknown */
export const reportDueOf = (
  { audit }: Pick<Round, 'audit'>,
  last: CivilDate,
  restDays: Parameters<typeof dueDate>[1],
): DueDate | undefined => (audit === 'unannounced' ? undefined : dueDate(reportDue(halfYearOf(last)), restDays))

/** @param due absent: nothing is reported, and there are no letters
 *  @param begin of every name: `115H1_379110000E`
 *  @param units whose workbooks are wanted; absent: those of all, and the letters */
export function formFiles(
  form: AuditForm,
  due: DueDate | undefined,
  { letter, memo, workbook }: FormTemplates,
  begin: string,
  units: readonly string[] | undefined,
): ReadonlyMap<string, Uint8Array | string> {
  const files = new Map<string, Uint8Array | string>()
  for (const unit of units ?? unitsOf(form))
    files.set(nameFor(files, `${begin}_稽核紀錄表_${unit}`, 'ods'), unitWorkbook(form, unit, workbook))
  if (units !== undefined) return files
  files.set(`${begin}_抽查紀錄.csv`, formCsv(form))
  if (due === undefined) return files
  files.set(`${begin}_簽稿.odt`, approvalMemo(form, due, memo))
  files.set(`${begin}_報送函稿.odt`, reportLetter(form, due, letter))
  return files
}

/** Two units whose names differ only in what no file system takes get two files. */
function nameFor(files: ReadonlyMap<string, unknown>, begin: string, extension: string): string {
  for (let nth = 1; ; nth += 1) {
    const name = `${fileName(nth === 1 ? begin : `${begin}_${nth}`)}.${extension}`
    if (!files.has(name)) return name
  }
}
