// sample-document.ts: the list of a draw, whose digest stands in its entry and whose bytes stand in `document`.
import { type Canonical, canonicalJson } from '../canonical.ts'
import type { Draw, DrawnRecord, ModeOfMonth, OnlyNumbers, Review, Skipped, Transfer, Why } from './draw.ts'

/** What of a draw its entry has no room for. */
export type SampleList = Pick<Draw, 'agency' | 'drawn' | 'modes' | 'only' | 'reviews' | 'skipped' | 'transfers'>

const skippedOut = ({ completion, countedSeq, index, log, month }: Skipped) => ({
  completion,
  counted_seq: countedSeq,
  index,
  log,
  month,
})
const transferOut = ({ countedSeq, index, log, month, rows }: Transfer) => ({ counted_seq: countedSeq, index, log, month, rows })

/** RFC 8785. */
export function sampleDocument({ agency, drawn, modes, only, reviews, skipped, transfers }: SampleList): Canonical {
  return canonicalJson({
    agency,
    drawn: drawn.map(({ countedSeq, ...each }) => ({ ...each, counted_seq: countedSeq })),
    modes,
    ...(only !== undefined && { only }),
    reviews,
    skipped: skipped.map(skippedOut),
    transfers: transfers.map(transferOut),
  })
}

interface RecordOut extends Omit<DrawnRecord, 'countedSeq'> {
  readonly counted_seq: number
}
interface ListOut {
  readonly agency: string
  readonly drawn: readonly RecordOut[]
  readonly modes: readonly ModeOfMonth[]
  readonly only?: readonly OnlyNumbers[]
  readonly reviews: readonly Review[]
  readonly skipped: readonly (Omit<Skipped, 'countedSeq'> & { readonly counted_seq: number })[]
  readonly transfers: readonly (Omit<Transfer, 'countedSeq'> & { readonly counted_seq: number })[]
}

const whys: readonly Why[] = ['coverage', 'month', 'protection']

/** @param bytes whose digest the entry of a draw names: so this program wrote them
 *  @throws SyntaxError, TypeError for other bytes */
export function readSampleDocument(bytes: Uint8Array): SampleList {
  const { agency, drawn, modes, only, reviews, skipped, transfers }: ListOut = JSON.parse(new TextDecoder().decode(bytes))
  if (drawn.some(({ why }) => why.some((each) => !whys.includes(each)))) throw new TypeError('a record of a draw: an unknown reason')
  const back = <T extends { readonly counted_seq: number }>({ counted_seq: countedSeq, ...each }: T) => ({ ...each, countedSeq })
  return {
    agency,
    drawn: drawn.map(back),
    modes,
    ...(only !== undefined && { only }),
    reviews,
    skipped: skipped.map(back),
    transfers: transfers.map(back),
  }
}
