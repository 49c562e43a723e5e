// export-asked.ts: what `linkage log export` was asked for, from its options.
import { addDays, type CivilDate, readCivilDate, readRocDate } from '../../calendar.ts'
import { foldAccount } from '../../identifier.ts'
import type { Snapshot } from '../../policy/snapshot.ts'
import type { ExportAsked, ExportForm } from '../../querylog/export/asked.ts'
import { UsageError } from './usage-error.ts'

export interface AskedOptions {
  readonly agency?: string
  readonly api?: string
  readonly form: string
  readonly from?: string
  readonly month?: string
  readonly slot?: readonly string[]
  readonly until?: string
  readonly user?: string
}

const formNames: readonly ExportForm[] = ['ndjson', 'csv', 'tiles']
const isForm = (text: string): text is ExportForm => formNames.some((each) => each === text)
export const slotName = /^(?:[1-9]|[1-5]\d|6[0-4]|cli)$/

/** @throws UsageError that says what was expected */
export function askedOf(options: AskedOptions, snapshot: Snapshot): ExportAsked {
  const { agency, api, form, slot, user } = options
  if (!isForm(form)) throw new UsageError(`--form: 應為 ${formNames.join('、')}。 Expected ${formNames.join(', ')}, found ${form}.`)
  const period = periodOf(options)
  const filtered = [agency, api, user, period.from, period.until].some((each) => each !== undefined)
  if (form === 'tiles' && filtered)
    throw new UsageError(
      '--form tiles 為整份紀錄，僅可以 --slot 限定。 Tiles hold whole logs: of the options that limit, only --slot goes with them.',
    )
  if (user !== undefined && agency === undefined)
    throw new UsageError('--user 需要 --agency：帳號屬於機關。 Accounts are an agency’s: give --agency too.')
  const unknown = slot?.find((each) => !slotName.test(each))
  if (unknown !== undefined) throw new UsageError(`--slot: 應為 1 至 64 或 cli。 Expected 1 to 64, or cli, found ${unknown}.`)
  return {
    ...(agency !== undefined && { agency }),
    ...(api !== undefined && { api }),
    form,
    ...period,
    ...(slot !== undefined && { slots: [...new Set(slot)].sort() }),
    ...(user !== undefined && { user: spelt(user, agency ?? '', snapshot) }),
  }
}

/** Entries hold the roster's spelling; who is not on the roster stands as the agency claimed. */
const spelt = (user: string, agency: string, { agencies }: Snapshot): string =>
  agencies.get(agency)?.roster.get(foldAccount(user))?.[0]?.account ?? user

/** What is asked for and never was in these rules: a record of an agency that is gone is still there. */
export function unknownNames({ agency, api }: ExportAsked, { agencies, apis }: Snapshot): readonly string[] {
  return [
    ...(agency !== undefined && !agencies.has(agency) ? [`--agency ${agency}：設定中沒有此機關。 No agency of the configuration.`] : []),
    ...(api !== undefined && !apis.has(api) ? [`--api ${api}：設定中沒有此 API。 No API of the configuration.`] : []),
  ]
}

function periodOf({ from, month, until }: AskedOptions): { readonly from?: CivilDate; readonly until?: CivilDate } {
  if (month !== undefined && (from !== undefined || until !== undefined))
    throw new UsageError('--month 與 --from、--until 擇一。 Give --month, or --from and --until.')
  if (month !== undefined) return monthDays(month)
  const days = {
    ...(from !== undefined && { from: dayOf('--from', from) }),
    ...(until !== undefined && { until: dayOf('--until', until) }),
  }
  if (days.from !== undefined && days.until !== undefined && days.from > days.until)
    throw new UsageError(`--until ${days.until} 早於 --from ${days.from}。 The last day comes before the first.`)
  return days
}

function dayOf(option: string, text: string): CivilDate {
  const day = readCivilDate(text) ?? readRocDate(text)
  if (day === undefined)
    throw new UsageError(`${option}: 應為日期，如 2026-11-24 或 115/11/24。 Expected a day, like 2026-11-24 or 115/11/24, found ${text}.`)
  return day
}

function monthDays(text: string): { readonly from: CivilDate; readonly until: CivilDate } {
  const [, year = '', month = ''] = /^(\d{2,4})-(\d{2})$/.exec(text) ?? []
  const first = readCivilDate(`${year.length === 4 ? year : String(Number(year) + 1911)}-${month}-01`)
  if (first === undefined)
    throw new UsageError(`--month: 應為月份，如 2026-11 或 115-11。 Expected a month, like 2026-11 or 115-11, found ${text}.`)
  // The first day of the next month lies 28 to 31 days on.
  const next = addDays(first, 31)
  return { from: first, until: addDays(next, -Number(next.slice(8))) }
}
