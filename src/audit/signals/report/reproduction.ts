// reproduction.ts: the settings by which the statements of docs/signals.sql give the numbers of a report.
import type { CivilDate } from '../../../calendar.ts'
import type { GrantUse, SignalsAsked } from '../counts.ts'
import { multirangeOf } from '../office-hours.ts'
import type { TenureWindow } from '../tenure.ts'
import { thresholdNames } from '../thresholds.ts'

/** What settings are made from. */
export interface Reproduced {
  readonly agency: string
  readonly asked: SignalsAsked
  /** Rest days of the month. */
  readonly rest: ReadonlySet<CivilDate>
  /** In force at the month's end. */
  readonly grants: readonly Omit<GrantUse, 'last'>[]
  /** Of a report with users: ids of the agencies of the same kind, its own among them, and windows, which name accounts. */
  readonly named: { readonly peers: readonly string[]; readonly windows: readonly TenureWindow[] } | undefined
}

/** One `SET` a line, as docs/signals.sql begins. */
export function reproductionOf({ agency, asked, grants, named, rest }: Reproduced): string {
  const settings: readonly (readonly [name: string, value: string])[] = [
    ['month', `${asked.month}-01`],
    ['agency', agency],
    ['sizes', JSON.stringify(Object.fromEntries(asked.sizes))],
    ['office', multirangeOf(asked.office)],
    ['rest', JSON.stringify([...rest].sort())],
    ['grants', JSON.stringify(grants)],
    ...thresholdNames.map((name) => [name, String(asked.thresholds[name])] as const),
    ...(named === undefined ? [] : namedSettings(named)),
  ]
  return settings.map(([name, value]) => `SET signals.${name} = '${value.replaceAll("'", "''")}';`).join('\n')
}

const namedSettings = ({ peers, windows }: NonNullable<Reproduced['named']>) =>
  [
    ['peers', JSON.stringify(peers)],
    ['windows', JSON.stringify(windows.map(({ account, from, kind, until }) => ({ account, from, kind, until })))],
  ] as const
