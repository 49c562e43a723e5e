// hours.ts: the hours of a grant, as they are written: `08:00-18:00 workdays`.

/** A span of one day in Asia/Taipei, minutes from midnight, end exclusive (1440 = 24:00). */
export interface Hours {
  readonly days: 'workdays' | 'restdays' | 'all'
  readonly from: number
  readonly until: number
}

const FORM = /^(\d{2}):(\d{2})-(\d{2}):(\d{2}) (workdays|restdays|all)$/

/** All hours of all days: what a grant without `hours` means. */
export const allHours: readonly Hours[] = [{ days: 'all', from: 0, until: 1440 }]

/** Reads `HH:MM-HH:MM days`; the end is exclusive and may be 24:00. What runs past midnight is written as two.
 *  @returns undefined for any other text, and where the end is not after the beginning */
export function parseHours(text: string): Hours | undefined {
  const [, fromHour, fromMinute, untilHour, untilMinute, days] = FORM.exec(text) ?? []
  const from = minutes(fromHour, fromMinute)
  const until = minutes(untilHour, untilMinute)
  if (days !== 'workdays' && days !== 'restdays' && days !== 'all') return undefined
  return from === undefined || until === undefined || from >= until ? undefined : { days, from, until }
}

function minutes(hour: string | undefined, minute: string | undefined): number | undefined {
  const total = Number(hour) * 60 + Number(minute)
  return Number(minute) < 60 && total <= 1440 ? total : undefined
}
