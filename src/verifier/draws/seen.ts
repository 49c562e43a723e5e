// seen.ts: what entries say of draws, gathered while logs are read: their steps, and the turns of months that they are held against.
import type { Entry } from '../entry.ts'
import type { JsonObject } from '../json-value.ts'
import type { AgencyMonth } from '../slot-entries.ts'
import type { RoundStep } from '../steps.ts'
import type { Draw, Freeze, Sample, Seed } from './sample.ts'

/** A step of a draw, and where it stands. */
export interface Step<S = Freeze | Seed | Draw> {
  readonly slot: string
  readonly log: string
  readonly index: number
  readonly id: string
  /** Milliseconds since 1970 UTC. */
  readonly ms: number
  /** Leaf hash. */
  readonly leaf: Uint8Array
  readonly sample: S & Pick<Sample, 'document'>
}

/** A step of a round of the audit, and where it stands. */
export type SeenRound = Pick<Step, 'index' | 'log' | 'ms' | 'slot'> & { readonly round: RoundStep }

export interface Turn {
  readonly index: number
  readonly ended: string
  readonly begins: string
  readonly agencies: readonly AgencyMonth[]
  /** Settings that it commits for what begins. */
  readonly parameters: JsonObject | undefined
}

/** A log that queries may stand in. */
export interface SeenLog {
  readonly slot: string
  readonly log: string
  /** When it was opened, ms; absent where its opening was not read. */
  opened?: number
  /** Settings that its opening commits. */
  parameters?: JsonObject | undefined
  readonly turns: Turn[]
}

export const isFreeze = (step: Step): step is Step<Freeze> => step.sample.act === 'freeze'
export const isSeed = (step: Step): step is Step<Seed> => step.sample.act === 'seed'
export const isDraw = (step: Step): step is Step<Draw> => step.sample.act === 'draw' || step.sample.act === 'enlarge'

/** Memory grows with months and with draws, not with records. */
export class SeenDraws {
  readonly steps: Step[] = []
  readonly rounds: SeenRound[] = []
  readonly logs = new Map<string, SeenLog>()
  /** Logs that others say are ended. */
  readonly ended = new Set<string>()
  /** Logs of which entries are gone. */
  readonly partial = new Set<string>()

  /** An entry that is no query. */
  take({ log, slot }: { readonly log: string; readonly slot: string }, index: number, entry: Entry, leaf: Buffer): void {
    const { content, ended, id, ms } = entry
    const seen = this.logs.get(log) ?? { slot, log, turns: [] }
    this.logs.set(log, seen)
    if (ended !== undefined) this.ended.add(ended.log)
    if (content.kind === 'opening' && index === 0) Object.assign(seen, { opened: ms, parameters: content.parameters })
    else if (content.kind === 'month') {
      const { agencies, begins, ended, parameters } = content
      seen.turns.push({ index, ended, begins, agencies, parameters })
    } else if (content.kind === 'act' && content.round !== undefined) this.rounds.push({ slot, log, index, ms, round: content.round })
    else if (content.kind === 'act' && content.sample !== undefined)
      this.steps.push({ slot, log, index, id, ms, leaf, sample: content.sample })
  }
}
