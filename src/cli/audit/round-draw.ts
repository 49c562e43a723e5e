// round-draw.ts: a round of the audit, and the draws that its forms are of.
import { allCases } from '../../audit/all-cases.ts'
import type { Draw, DrawnRecord } from '../../audit/draw.ts'
import type { DrawnEntry } from '../../audit/form/drawn-form.ts'
import { recordedSteps } from '../../audit/recorded.ts'
import type { Round } from '../../audit/rounds.ts'
import type { SampleList } from '../../audit/sample-document.ts'
import { drawsOf, type Freeze, type RecordedDraw, type Samples, type Seed, wholeDraw } from '../../audit/samples.ts'
import type { LogReaderStore } from '../../querylog/ports.ts'
import type { Store } from '../../store/open.ts'
import { UsageError } from '../log/usage-error.ts'
import { listOf } from './frozen-population.ts'
import { samplesOf } from './sampling.ts'

type Reader = Pick<LogReaderStore, 'document'> & Store['reader']

export interface RoundDraw {
  readonly round: Round
  readonly freeze: Freeze
  readonly seed: Seed
  readonly recorded: RecordedDraw
  readonly draw: Draw
  /** Which draw after the first brought a record in. */
  addedBy(record: DrawnRecord): DrawnEntry['added']
}

/** Lists of draws, each read once for a command: what an entry names by its digest never changes, whoever holds the lock of the log. */
export class DrawnLists {
  readonly #reader: Reader
  readonly #read = new Map<string, Promise<SampleList>>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** @throws as `listOf` */
  of(draw: RecordedDraw): Promise<SampleList> {
    const { id } = draw.ref
    const list = this.#read.get(id) ?? listOf(this.#reader, draw)
    this.#read.set(id, list)
    return list
  }
}

/** @param number of the round
 *  @param sample id of one of its draws; absent: the newest
 *  @throws UsageError that names the rounds, or the draws, that there are */
export async function roundDraw(reader: Reader, number: string, sample: string | undefined): Promise<RoundDraw> {
  const round = await roundNamed(reader, number)
  return drawOf(new DrawnLists(reader), round, await samplesOf(reader), sample ?? round.samples.at(-1)?.id)
}

/** The draws of a round, the newest first: without those that another seed took the place of.
 *  @param samples every one that there is */
export async function roundDraws(lists: DrawnLists, round: Round, samples: Samples): Promise<readonly [RoundDraw, ...RoundDraw[]]> {
  const ids = round.samples.map(({ id }) => id).reverse()
  const newest = await drawOf(lists, round, samples, ids[0])
  const draws: [RoundDraw, ...RoundDraw[]] = [newest]
  for (const id of ids.slice(1)) {
    const draw = await drawOf(lists, round, samples, id)
    const later = draws.find(({ freeze }) => freeze.ref.id === draw.freeze.ref.id)
    if (later === undefined || later.seed.ref.id === draw.seed.ref.id) draws.push(draw)
  }
  return draws
}

/** @throws UsageError that names the rounds that there are */
export async function roundNamed(reader: Reader, number: string): Promise<Round> {
  const { cases } = allCases(await recordedSteps(reader)).rounds
  const round = cases.get(number)
  if (round !== undefined) return round
  throw new UsageError(
    `查無稽核 ${number}${cases.size === 0 ? '' : `，現有：${[...cases.keys()].slice(-20).join('、')}`}。 There is no such round: linkage audit report list; a draw becomes one by linkage audit report round sampled.`,
  )
}

async function drawOf(lists: DrawnLists, round: Round, samples: Samples, id: string | undefined): Promise<RoundDraw> {
  const recorded = samples.draws.find(({ ref }) => ref.id === id && round.samples.some((each) => each.id === id))
  const freeze = samples.freezes.find(({ ref }) => ref.id === recorded?.freeze.id)
  const seed = samples.seeds.find(({ ref }) => ref.id === recorded?.seed.id)
  if (recorded === undefined || freeze === undefined || seed === undefined)
    throw new UsageError(
      `${round.number} 沒有抽樣 ${id ?? ''}，其抽樣為：${round.samples.map((each) => each.id).join('、')}。 The round has no such draw: --sample names one of these.`,
    )
  const first = drawsOf(samples, freeze).find((each) => each.seed.id === seed.ref.id) ?? recorded
  const before = new Set(first === recorded ? [] : (await lists.of(first)).drawn.map(nameOf))
  const supplement = freeze.supplements === undefined ? undefined : 'supplement'
  return {
    round,
    freeze,
    seed,
    recorded,
    draw: wholeDraw(freeze, recorded, await lists.of(recorded)),
    addedBy: (record) => (first === recorded || before.has(nameOf(record)) ? supplement : 'enlargement'),
  }
}

const nameOf = ({ countedSeq, log, row }: DrawnRecord): string => `${log} ${countedSeq} ${row ?? ''}`
