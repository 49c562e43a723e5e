// reminders.ts: ready messages to agency managers before and after a due date: plain text, Chinese first.
import { type CivilDate, showRocDate } from '../calendar.ts'
import type { AgencyStatus } from './agency-status.ts'
import { type DueItem, dueWords, reminderOf } from './due-items.ts'

/** The person whom the agency names, as far as its file says. */
export interface Addressee {
  readonly name: string
  readonly title?: string
  readonly email?: string
}

export interface Reminder {
  /** The same item and stage give the same name: what was written once is not written again. */
  readonly file: string
  readonly text: string
}

/** One message for an agency and a due date, at each stage that has come; what is due on one day stands in one message. Using units have
 *  no self-audit: only what findings ask of them is reminded of.
 *  @param items of this agency */
export function remindersOf(
  status: AgencyStatus,
  items: readonly DueItem[],
  addressee: Addressee | undefined,
  day: CivilDate,
): readonly Reminder[] {
  const messages = new Map<string, DueItem[]>()
  for (const item of items) {
    const stage = reminderOf(item, day)
    if (stage === undefined) continue
    const file = `${status.agency}-${item.due.nominal}-${stage.when}-${String(stage.days).padStart(2, '0')}.txt`
    messages.set(file, [...(messages.get(file) ?? []), item])
  }
  return [...messages].map(([file, of]) => ({ file, text: textOf(status, of, addressee, day) }))
}

function textOf({ name }: AgencyStatus, items: readonly DueItem[], addressee: Addressee | undefined, day: CivilDate): string {
  const [first] = items
  if (first === undefined) return ''
  // Reports have rest days, downloads of the same day have none.
  const { after, before, nominal } = (items.find(({ due }) => due.before !== undefined) ?? first).due
  const passed = day > nominal
  const restDay = before === undefined ? '' : `（遇休息日：前一工作日 ${showRocDate(before)}，後一工作日 ${showRocDate(after ?? nominal)}）`
  const restDayEn = before === undefined ? '' : ` (a rest day: working days before and after are ${before} and ${after})`
  const to =
    addressee === undefined
      ? ''
      : `${addressee.name}${addressee.title === undefined ? '' : ` ${addressee.title}`}${addressee.email === undefined ? '' : ` <${addressee.email}>`}`
  return [
    `受文者：${name}連結機關管理者 ${to}`.trimEnd(),
    `日期：${showRocDate(day)}`,
    passed
      ? `主旨：貴機關下列事項期限 ${showRocDate(nominal)} 已過，請儘速辦理。`
      : `主旨：貴機關下列事項將於 ${showRocDate(nominal)} 到期，請如期辦理。`,
    '',
    `期限：${showRocDate(nominal)}${restDay}`,
    ...items.map(({ kind, of, zh }) => `・${of} ${dueWords[kind][0]}：${zh}`),
    '',
    ...items.flatMap(({ kind }) => howTo[kind]),
    '',
    '---',
    passed ? `The following was due on ${nominal}${restDayEn} and is still open:` : `The following is due on ${nominal}${restDayEn}:`,
    ...items.map(({ en, kind, of }) => `- ${of} ${dueWords[kind][1]}: ${en}`),
    '',
  ].join('\n')
}

const howTo: Readonly<Record<DueItem['kind'], readonly string[]>> = {
  download: ['說明：請下載該季全部查詢紀錄（無紀錄者亦請下載空白檔），並留存下載回條。'],
  report: ['說明：稽核結果請簽報機關首長核定後函報社會局備查；無紀錄者亦請報送「本期無使用紀錄」。'],
  correction: ['說明：請依社會局來函補正後重行報送。'],
  finding: ['說明：請依通知說明原因並完成改善；不及辦理者請於期限前函請展期。'],
}
