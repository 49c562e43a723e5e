// comparison.ts: an agency's month beside that of similar agencies: none is named, and too few say nothing.
import type { AgencyTotals } from './counts.ts'
import type { Thresholds } from './thresholds.ts'

/** Shares in thousandths; `per-account` in tenths of a record. */
export type Figure = 'off-hours' | 'refused' | 'not-found' | 'per-account'

export interface ComparedFigure {
  readonly figure: Figure
  readonly own: number
  /** Of the others; of an even number of them the lower of the two in the middle. */
  readonly median: number
  /** How many of the others have more. */
  readonly higher: number
  /** How many others there are. */
  readonly of: number
}

export type Comparison =
  /** The agency has so few records that a share of them says nothing. */
  | { readonly state: 'too-few-records'; readonly records: number }
  /** There are so few similar agencies that a median would tell of each of them. */
  | { readonly state: 'too-few-agencies'; readonly similar: number }
  | { readonly state: 'compared'; readonly similar: number; readonly figures: readonly ComparedFigure[] }

/** What makes agencies similar, besides the mode of most of their records. */
export type KindOf = (agency: string) => string | undefined

const figures: readonly Figure[] = ['off-hours', 'refused', 'not-found', 'per-account']

/** One figure of an agency; undefined where there is nothing to divide by. */
export function figureOf(figure: Figure, { accounts, answered, notFound, offHours, records, refused }: AgencyTotals): number | undefined {
  if (figure === 'off-hours') return ratio(1000 * offHours, records)
  if (figure === 'refused') return ratio(1000 * refused, records)
  if (figure === 'not-found') return ratio(1000 * notFound, answered)
  return ratio(10 * records, accounts)
}

const ratio = (of: number, by: number): number | undefined => (by === 0 ? undefined : Math.round(of / by))

/** @param all totals of every agency, in any order */
export function compare(agency: string, all: readonly AgencyTotals[], kindOf: KindOf, thresholds: Thresholds): Comparison {
  const own = all.find((each) => each.agency === agency)
  if (own === undefined || own.records < thresholds.comparison_records) return { state: 'too-few-records', records: own?.records ?? 0 }
  const kind = kindOf(agency)
  // Of an agency that is in no file any more nobody knows what it is like.
  const similar = all.filter(
    (each) =>
      kind !== undefined &&
      each.agency !== agency &&
      each.records >= thresholds.comparison_records &&
      each.mode === own.mode &&
      kindOf(each.agency) === kind,
  )
  if (similar.length < thresholds.similar_agencies) return { state: 'too-few-agencies', similar: similar.length }
  return { state: 'compared', similar: similar.length, figures: figures.flatMap((figure) => compared(figure, own, similar, thresholds)) }
}

function compared(
  figure: Figure,
  ours: AgencyTotals,
  similar: readonly AgencyTotals[],
  { similar_agencies }: Thresholds,
): readonly ComparedFigure[] {
  const own = figureOf(figure, ours)
  const others = similar.flatMap((each) => figureOf(figure, each) ?? []).sort((one, other) => one - other)
  const median = others[Math.ceil(others.length / 2) - 1]
  if (own === undefined || median === undefined || others.length < similar_agencies) return []
  return [{ figure, own, median, higher: others.filter((each) => each > own).length, of: others.length }]
}
