// summary.ts: what of a log was verified, and by what.
import type { Unchecked } from './draws/unchecked.ts'
import type { FindingCode } from './finding.ts'
import type { Retirement } from './slot-entries.ts'
import type { Hash } from './tree.ts'

export interface Summary {
  readonly slot: string
  readonly log: string
  readonly size: number
  /** Absent where entries are missing. */
  readonly root: Hash | undefined
  /** Whether the keys were given, or only claimed by the log itself. */
  readonly keys: 'given' | 'own' | 'none'
  /** Stored checkpoints that a trusted key signed and whose root the entries give. */
  readonly checkpoints: number
  /** The largest size that such a checkpoint states: what lies beyond it nobody has signed here. */
  readonly signedTo: number
  /** How many entries known evidence says there are; 0 where there is none, and so nothing says whether the tail is there. */
  readonly knownTo: number
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
  readonly counts: ReadonlyMap<FindingCode, number>
  /** Months that were taken out, and accepted as such. */
  readonly retired: readonly Retirement[]
  /** How many entries' search columns were held against them; absent where the place has none. */
  readonly searchTo?: number | undefined
  /** What of the draws and rounds that its entries record could not be checked here; absent where nobody looked. */
  readonly unchecked?: readonly Unchecked[]
}
