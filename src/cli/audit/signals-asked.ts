// signals-asked.ts: which month's signals are asked for, whether there is such a month in the logs, and how far they can be read.
import { daysOf, type MonthName, monthAfter, readMonth } from '../../audit/period.ts'
import type { SignalsAsked } from '../../audit/signals/counts.ts'
import { officeSpans, restDaysOf } from '../../audit/signals/office-hours.ts'
import type { ReadTo } from '../../audit/signals/report/report.ts'
import type { SignalRules } from '../../audit/signals/signals.ts'
import { type SignalSettings, signalSettings } from '../../audit/signals/thresholds.ts'
import { addDays, type CivilDate, civilDateOf, startOfDay } from '../../calendar.ts'
import type { ReadLog } from '../../querylog/act-entries.ts'
import { retiredAlready } from '../../querylog/retire.ts'
import type { CommandPlace } from '../command-place.ts'
import { signedLogs } from '../log/exported-logs.ts'
import { UsageError } from '../log/usage-error.ts'

/** @param text of `--month`
 *  @throws UsageError for what is no month, and for one that has not begun */
export function monthAsked(text: string, now: number): MonthName {
  const month = readMonth(text)
  if (month === undefined)
    throw new UsageError(`--month：應為月份，如 2026-10 或 115-10。 Expected a month, like 2026-10 or 115-10, found ${text}.`)
  const present = civilDateOf(now).slice(0, 7)
  if (month > present)
    throw new UsageError(`--month：${month} 尚未開始，本月為 ${present}。 The month has not begun: this one is ${present}.`)
  return month
}

/** A month that can be read, and what of it. */
export interface ReadableMonth {
  readonly asked: SignalsAsked
  readonly rules: SignalRules
  readonly settings: SignalSettings
  readonly provisional: boolean
  /** First day of the logs. */
  readonly begun: CivilDate
  /** What the act of reading records. */
  readonly logs: readonly ReadLog[]
  readonly reads: readonly ReadTo[]
  /** Entries of the month that are not signed or not searched yet. */
  readonly unread: number
}

/** @throws UsageError where the logs do not hold the month; CalendarUnknown; what the store throws */
export async function readableMonth({ audit, snapshot, store }: CommandPlace, month: MonthName, now: number): Promise<ReadableMonth> {
  const settings = signalSettings(audit)
  const rest = restDaysOf(month, snapshot.restDays)
  const begun = await beginning(store, month)
  const { first, last } = daysOf({ from: month, until: month })
  const span = { since: startOfDay(first), before: startOfDay(addDays(last, 1)) }
  const rows = store.openExport()
  try {
    const { logs } = await signedLogs(store, rows, span.since, span.before)
    const progress = await store.search.progress()
    const reads: ReadTo[] = []
    let unread = 0
    for (const { next: searched, size, slot } of progress) {
      const signed = logs.find((each) => each.slot === slot)
      const read = Math.min(signed?.size ?? 0, searched)
      const ends = await rows.firstSince(slot, span.before, size)
      const begins = await rows.firstSince(slot, span.since, size)
      unread += Math.max(0, ends - Math.max(read, begins))
      reads.push({ log: signed?.log ?? slot, slot, size, signed: signed?.size ?? 0, searched, read })
    }
    return {
      asked: {
        month,
        office: officeSpans(month, settings.hours, rest),
        sizes: new Map(reads.map(({ read, slot }) => [slot, read])),
        thresholds: settings.thresholds,
      },
      rules: { month, rest, thresholds: settings.thresholds },
      settings,
      begun,
      provisional: civilDateOf(now) <= last,
      logs,
      reads,
      unread,
    }
  } finally {
    await rows.close()
  }
}

/** The first day of the logs. Without its entries a month would look quiet.
 *  @throws UsageError where it was taken out, or they begin behind it */
async function beginning(store: CommandPlace['store'], month: MonthName): Promise<CivilDate> {
  const retired = await retiredAlready(store.reader, month)
  if (retired.length > 0)
    throw new UsageError(
      `${month} 已移出資料庫（linkage log retire），請查歸檔光碟。 The month was taken out of the database: its records stand in the archives.`,
    )
  const own = store.openOwnRecords()
  try {
    const oldest = await own.oldest()
    const begun = oldest === undefined ? undefined : civilDateOf(oldest)
    if (begun === undefined || begun >= `${monthAfter(month)}-01`)
      throw new UsageError(
        `${month} 沒有紀錄：查詢紀錄自 ${begun ?? '–'} 起。 Nothing is recorded of the month: the logs begin ${begun === undefined ? 'with their first entry' : `on ${begun}`}.`,
      )
    return begun
  } finally {
    await own.close()
  }
}
