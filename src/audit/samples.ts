// samples.ts: draws as the log of the commands tells them: what is frozen, with which seed, and what was drawn of it.
import { type Hash, sha256 } from '../canonical.ts'
import { printable } from '../policy/finding.ts'
import type { EntryId } from '../querylog/entry.ts'
import type { StoredEntry } from '../querylog/ports.ts'
import type {
  DrawAsked,
  DrawnCoverage,
  DrawnMonth,
  DrawParameters,
  EntryRef,
  FreezeAsked,
  FrozenLog,
  Held,
  SeedAsked,
} from '../querylog/sample-entry.ts'
import type { Draw } from './draw.ts'
import type { SampleList } from './sample-document.ts'

interface Act {
  readonly ref: EntryRef
  /** When it was recorded, ISO 8601 UTC. */
  readonly at: string
  /** By whom, and why. */
  readonly agency: string
  readonly user: string
  readonly reason: string
  readonly document: string | undefined
}

export interface Freeze extends Act {
  readonly asked: FreezeAsked
  /** Leaf hash of the entry: part of the seed. */
  readonly leaf: Hash
  readonly deviates: readonly string[]
  readonly logs: readonly FrozenLog[]
  readonly parameters: DrawParameters
  readonly replaces: EntryRef | undefined
  readonly roster: Held
  readonly supplements: EntryRef | undefined
}

export interface Seed extends Act {
  readonly asked: SeedAsked
  readonly freezes: readonly EntryRef[]
  readonly replaces: readonly EntryRef[]
}

export interface RecordedDraw extends Act {
  readonly asked: DrawAsked
  readonly coverage: DrawnCoverage
  readonly enlarges: EntryRef | undefined
  readonly freeze: EntryRef
  readonly months: readonly DrawnMonth[]
  readonly protection: { readonly drawn: number; readonly records: number }
  readonly sample: Held
  readonly seed: EntryRef
}

/** Sample entries of one log, in order. */
export interface Samples {
  readonly freezes: readonly Freeze[]
  readonly seeds: readonly Seed[]
  readonly draws: readonly RecordedDraw[]
}

/** As entries spell it; what is not there is absent. */
interface StoredAct {
  readonly agency: string
  readonly at: string
  readonly document?: string
  readonly id: string
  readonly reason: string
  readonly user: string
}

type FrozenMonth = FrozenLog['months'][number]
type StoredMonth = Omit<FrozenMonth, 'countedTo'> & { readonly counted_to: FrozenMonth['countedTo'] }

interface StoredFreeze extends StoredAct {
  readonly act: 'freeze'
  readonly asked: FreezeAsked
  readonly deviates?: readonly string[]
  readonly logs: readonly (Omit<FrozenLog, 'months'> & { readonly months: readonly StoredMonth[] })[]
  readonly parameters: DrawParameters
  readonly replaces?: EntryRef
  readonly roster: Held
  readonly supplements?: EntryRef
}

interface StoredSeed extends StoredAct {
  readonly act: 'seed'
  readonly asked: SeedAsked
  readonly freezes: readonly EntryRef[]
  readonly replaces?: readonly EntryRef[]
}

interface StoredDraw extends StoredAct, Pick<RecordedDraw, 'asked' | 'freeze' | 'months' | 'protection' | 'sample' | 'seed'> {
  readonly act: DrawAsked['act']
  readonly coverage: Omit<DrawnCoverage, 'withRecords'> & { readonly with_records: DrawnCoverage['withRecords'] }
  readonly enlarges?: EntryRef
}

type StoredSample = StoredFreeze | StoredSeed | StoredDraw

/** A step of a draw that this version does not know: what it does to the others is not known either, so that none is believed. */
export class SampleUnknown extends Error {
  readonly code = 'sample-unknown'
  constructor({ act }: { readonly act: unknown }, { index, log }: EntryRef) {
    const found = printable(String(act))
    super(
      `${log} 第 ${index} 筆為不認識之抽樣步驟 ${found}，應為 freeze、seed、draw、enlarge：請用登載該筆之版本。 Entry ${index} of ${log} is a step of a draw that this version does not know, ${found}: expected freeze, seed, draw or enlarge; use the version that recorded it.`,
    )
  }
}

/** @param log whose entries they are
 *  @param entries of kind `sample`, as its writer built them
 *  @throws SampleUnknown */
export async function readSamples(log: string, entries: AsyncIterable<StoredEntry>): Promise<Samples> {
  const [freezes, seeds, draws]: [Freeze[], Seed[], RecordedDraw[]] = [[], [], []]
  for await (const { entry, index } of entries) {
    const stored: StoredSample = JSON.parse(entry) // as this log's writer built it (sample-entry.ts)
    const { agency, at, document, id, reason, user } = stored
    const own: Act = { ref: { id, index, log }, at, agency, user, reason, document }
    if (stored.act === 'freeze') freezes.push({ ...own, leaf: leafOf(entry), ...freezeOf(stored) })
    else if (stored.act === 'seed') seeds.push({ ...own, asked: stored.asked, freezes: stored.freezes, replaces: stored.replaces ?? [] })
    else if (stored.act === 'draw' || stored.act === 'enlarge') draws.push({ ...own, ...drawOf(stored) })
    else throw new SampleUnknown(stored, own.ref)
  }
  return { freezes, seeds, draws }
}

/** SPEC RFC 6962 §2.1 */
const leafOf = (entry: string): Hash => sha256(Buffer.concat([Buffer.of(0), Buffer.from(entry)]))

const freezeOf = ({
  asked,
  deviates = [],
  logs,
  parameters,
  replaces,
  roster,
  supplements,
}: StoredFreeze): Omit<Freeze, keyof Act | 'leaf'> => ({
  asked,
  deviates,
  logs: logs.map(({ log, months, root, size, slot }) => ({ log, months: months.map(monthIn), root, size, slot })),
  parameters,
  replaces,
  roster,
  supplements,
})

const monthIn = ({ counted_to: countedTo, ...month }: StoredMonth): FrozenMonth => ({ ...month, countedTo })

const drawOf = ({ asked, coverage, enlarges, freeze, months, protection, sample, seed }: StoredDraw): Omit<RecordedDraw, keyof Act> => {
  const { with_records: withRecords, ...others } = coverage
  return { asked, coverage: { ...others, withRecords }, enlarges, freeze, months, protection, sample, seed }
}

/** The seed that counts for a freeze: the last one. Where there is more than one, each but the first names those that it replaces. */
export const seedOf = ({ seeds }: Samples, { ref }: Pick<Freeze, 'ref'>): Seed | undefined =>
  seeds.findLast(({ freezes }) => freezes.some(({ id }) => id === ref.id))

/** What is of the same records: whose place a population may take. */
const sameRecords = ['agency', 'from', 'until', 'round', 'user', 'subject', 'supplements'] as const satisfies readonly (keyof FreezeAsked)[]

/** Where two populations are not of the same records. */
export const otherRecords = (one: FreezeAsked, other: FreezeAsked): readonly (typeof sameRecords)[number][] =>
  sameRecords.filter((member) => one[member] !== other[member])

/** The freeze that took the place of a population, by order. One of other records takes no place, whatever it says: a log may hold such. */
export const replacedBy = ({ freezes }: Pick<Samples, 'freezes'>, { asked, ref }: Pick<Freeze, 'asked' | 'ref'>): Freeze | undefined =>
  freezes.find((each) => each.replaces?.id === ref.id && otherRecords(asked, each.asked).length === 0)

/** Whether a population was frozen anew, or what it was added to: what was drawn of it counts no more. */
export const isReplaced = (samples: Pick<Samples, 'freezes'>, freeze: Pick<Freeze, 'asked' | 'ref'>): boolean =>
  [freeze, ...samples.freezes.filter(({ ref }) => ref.id === freeze.asked.supplements)].some(
    (each) => replacedBy(samples, each) !== undefined,
  )

/** Acts in the order in which they came to stand: those of one log by their place in it, those of logs that followed one another by their dates. */
export function inOrder({ at, ref }: Act, other: Act): number {
  if (ref.log === other.ref.log) return ref.index - other.ref.index
  if (at !== other.at) return at < other.at ? -1 : 1
  return ref.log < other.ref.log ? -1 : 1
}

/** What a supplement adds to: the freeze that it names and what was added to that before, without what was frozen anew.
 *  @param replaces id of a freeze whose place the supplement takes itself */
export const chainOf = (freezes: readonly Freeze[], supplements: EntryId | undefined, replaces?: EntryId): readonly Freeze[] =>
  freezes.filter(
    (each) =>
      supplements !== undefined &&
      (each.ref.id === supplements || each.supplements?.id === supplements) &&
      each.ref.id !== replaces &&
      !isReplaced({ freezes }, each),
  )

/** What a supplement was frozen beside: what came behind it changes nothing of its draw. */
const chainBefore = ({ freezes }: Pick<Samples, 'freezes'>, freeze: Freeze): readonly Freeze[] =>
  chainOf(
    freezes.filter((each) => inOrder(each, freeze) <= 0),
    freeze.supplements?.id,
  ).filter(({ ref }) => ref.id !== freeze.ref.id)

/** What was drawn of a freeze, in order: under its seed that counts the last one holds the others. */
export const drawsOf = ({ draws }: Samples, { ref }: Pick<Freeze, 'ref'>): readonly RecordedDraw[] =>
  draws.filter(({ freeze }) => freeze.id === ref.id)

/** The sample that counts: the last draw under the seed that counts. */
export function currentDraw(samples: Samples, freeze: Freeze): RecordedDraw | undefined {
  const seed = seedOf(samples, freeze)
  return drawsOf(samples, freeze).findLast((each) => each.seed.id === seed?.ref.id)
}

/** Of late records what they were frozen beside, each with what was drawn of it before the first draw of them under their seed: what is
 *  enlarged meanwhile changes nothing of their own enlargements. */
export function drawnBefore(
  samples: Samples,
  freeze: Freeze,
): readonly { readonly freeze: Freeze; readonly drawn: RecordedDraw | undefined }[] {
  const seed = seedOf(samples, freeze)
  const first = drawsOf(samples, freeze).find((each) => each.seed.id === seed?.ref.id)
  const until = (act: Act): boolean => first === undefined || inOrder(act, first) < 0
  const then = { ...samples, seeds: samples.seeds.filter(until), draws: samples.draws.filter(until) }
  return chainBefore(samples, freeze).map((each) => ({ freeze: each, drawn: currentDraw(then, each) }))
}

/** A draw as a whole.
 *  @param list whose bytes the entry names */
export function wholeDraw(
  { asked, parameters }: Freeze,
  { coverage, freeze, months, protection, seed }: Pick<RecordedDraw, 'coverage' | 'freeze' | 'months' | 'protection' | 'seed'>,
  list: SampleList,
): Draw {
  const { agency, from, round, until } = asked
  const { drawn, modes, only, reviews, skipped, transfers } = list
  const lists = { drawn, modes, reviews, skipped, transfers, ...(only !== undefined && { only }) }
  return { agency, round, from, until, parameters, freeze, seed, months, coverage, protection, ...lists }
}
