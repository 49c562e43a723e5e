// strata.ts: a frozen population, month by month and log by log, with what of it does not count.
import type { DrawParameters, FrozenLog } from '../querylog/sample-entry.ts'
import type { OnlyNumbers, Skipped, Transfer } from './draw.ts'
import type { Stratum } from './monthly.ts'
import type { CountedSpan, CountedStore, Only } from './ports.ts'

/** What is drawn from. */
export interface Population {
  readonly agency: string
  /** As they are frozen. */
  readonly logs: readonly FrozenLog[]
  readonly parameters: DrawParameters
  /** Which records alone; empty: all. */
  readonly only: Only
}

/** Strata by month, and what was read to know them. */
export interface Strata {
  readonly byMonth: ReadonlyMap<string, readonly Stratum[]>
  /** With the account whose record it is. */
  readonly skipped: readonly (Skipped & { readonly account: string })[]
  readonly transfers: readonly Transfer[]
  /** Of a filtered population. */
  readonly only?: readonly OnlyNumbers[]
}

export const isFiltered = ({ only }: Population): boolean => only.accounts !== undefined || only.subject !== undefined

/** The counted numbers of a log in the whole period: months follow one another, and so do their numbers. Undefined where it has none. */
export function spanOf({ agency }: Population, { months, size, slot }: FrozenLog): CountedSpan | undefined {
  const counted = months.filter((each) => each.counted > 0)
  const [first, last] = [counted[0], counted.at(-1)]
  if (first === undefined || last === undefined) return undefined
  return { slot, agency, from: first.countedTo - first.counted + 1, to: last.countedTo, below: size }
}

/** The counted numbers of each month of a log that has some. */
export function monthSpans(
  { agency }: Population,
  { months, size, slot }: FrozenLog,
): readonly (CountedSpan & { readonly month: string })[] {
  return months
    .filter(({ counted }) => counted > 0)
    .map(({ counted, countedTo, month }) => ({ slot, agency, from: countedTo - counted + 1, to: countedTo, below: size, month }))
}

/** In which month a counted number of a log lies. */
export function monthOfNumber({ months }: FrozenLog, countedSeq: number): string {
  return months.find(({ countedTo }) => countedSeq <= countedTo)?.month ?? ''
}

/** @throws what the store throws */
export async function readStrata(population: Population, store: CountedStore, months: readonly string[]): Promise<Strata> {
  const byMonth = new Map<string, Stratum[]>(months.map((month) => [month, []]))
  const [skipped, transfers, filtered]: [Strata['skipped'][number][], Transfer[], OnlyNumbers[]] = [[], [], []]
  for (const log of population.logs) {
    const span = spanOf(population, log)
    if (span === undefined) continue
    const only = isFiltered(population) ? await numbersOf(store, span, population.only) : undefined
    const among = only && new Set(only)
    const isIn = ({ countedSeq }: { readonly countedSeq: number }): boolean => among?.has(countedSeq) ?? true
    const own = (await skippedOf(store, span, log)).filter(isIn)
    const files = population.parameters['D-9'] === 'row' ? (await transfersOf(store, span, log)).filter(isIn) : []
    if (only !== undefined) filtered.push({ log: log.log, numbers: only })
    skipped.push(...own)
    transfers.push(...files)
    for (const { from, month, to } of monthSpans(population, log))
      byMonth.get(month)?.push({
        log: log.log,
        from,
        to,
        only: only?.filter((each) => each >= from && each <= to),
        skipped: new Set(own.filter((each) => each.month === month).map(({ countedSeq }) => countedSeq)),
        rows: new Map(files.filter((each) => each.month === month).map(({ countedSeq, rows }) => [countedSeq, rows])),
      })
  }
  return { byMonth, skipped, transfers, ...(isFiltered(population) && { only: filtered }) }
}

async function skippedOf(store: CountedStore, span: CountedSpan, log: FrozenLog): Promise<Strata['skipped'][number][]> {
  const found: Strata['skipped'][number][] = []
  for await (const { account, completion, countedSeq, index } of store.notReleased(span))
    found.push({ account, completion, countedSeq, index, log: log.log, month: monthOfNumber(log, countedSeq) })
  return found
}

/** D-9 `row`: an empty file was transferred all the same. */
async function transfersOf(store: CountedStore, span: CountedSpan, log: FrozenLog): Promise<Transfer[]> {
  const found: Transfer[] = []
  for await (const { countedSeq, index, rows } of store.transfers(span))
    found.push({ countedSeq, index, log: log.log, month: monthOfNumber(log, countedSeq), rows: Math.max(1, rows) })
  return found
}

async function numbersOf(store: CountedStore, span: CountedSpan, only: Only): Promise<number[]> {
  const found: number[] = []
  for await (const chunk of store.records(span, only)) for (const { countedSeq } of chunk) found.push(countedSeq)
  return found
}
