// sampled.ts: which agency and months a draw is of: what the log says of the `sample` entry that a round names.
import { daysOf } from '../../audit/period.ts'
import type { EntryRef } from '../../querylog/sample-entry.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import { samplesOf } from './sampling.ts'

/** What a round is told by its draw. */
export interface OfSample {
  readonly agency: string
  readonly audit: 'self-audit' | 'unannounced'
  readonly from: string
  readonly until: string
  readonly sample: EntryRef
}

/** @param id of a `sample` entry that says what was drawn
 *  @throws UsageError that names the draws that there are */
export async function ofSample({ snapshot, store: { reader } }: Pick<CommandPlace, 'snapshot' | 'store'>, id: string): Promise<OfSample> {
  const { draws: drawn, freezes } = await samplesOf(reader)
  const draws = drawn.flatMap(({ freeze, ref: sample }): OfSample[] => {
    const asked = freezes.find(({ ref }) => ref.id === freeze.id)?.asked
    return asked === undefined ? [] : [{ agency: asked.agency, audit: asked.round, from: asked.from, until: asked.until, sample }]
  })
  const found = draws.find(({ sample }) => sample.id === id)
  if (found === undefined) {
    const known = draws.slice(-10).map(({ agency, from, sample, until }) => `  ${sample.id}  ${agency} ${from}–${until}`)
    throw new UsageError(
      [
        `--sample：查無抽樣 ${id}。 There is no draw ${id}${known.length === 0 ? '; draw first: linkage audit sample.' : '; there are:'}`,
        ...known,
      ].join('\n'),
    )
  }
  if (found.audit === 'self-audit' && snapshot.agencies.get(found.agency)?.kind === 'using-unit')
    throw new UsageError(`${found.agency} 為使用單位，無須自行稽核。 ${found.agency} is a using unit: it has no self-audit.`)
  return found
}

/** `115H1`, `11503`, `11501-11503`: months as numbers of rounds name them. */
export function periodName({ from, until }: Pick<OfSample, 'from' | 'until'>): string {
  const roc = (month: string): string => `${Number(month.slice(0, 4)) - 1911}${month.slice(5)}`
  const { first, last } = daysOf({ from, until })
  const year = Number(from.slice(0, 4)) - 1911
  if (first.slice(0, 4) === last.slice(0, 4) && first.endsWith('-01-01') && last.endsWith('-06-30')) return `${year}H1`
  if (first.slice(0, 4) === last.slice(0, 4) && first.endsWith('-07-01') && last.endsWith('-12-31')) return `${year}H2`
  return from === until ? roc(from) : `${roc(from)}-${roc(until)}`
}
