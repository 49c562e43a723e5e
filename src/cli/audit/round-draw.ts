// round-draw.ts: a round of the audit, and the draw that its forms are of.
import { allCases } from '../../audit/all-cases.ts'
import type { Draw, DrawnRecord } from '../../audit/draw.ts'
import type { DrawnEntry } from '../../audit/form/drawn-form.ts'
import { recordedSteps } from '../../audit/recorded.ts'
import type { Round } from '../../audit/rounds.ts'
import { drawsOf, type Freeze, type RecordedDraw, type Seed, wholeDraw } from '../../audit/samples.ts'
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

/** @param number of the round
 *  @param sample id of one of its draws; absent: the newest
 *  @throws UsageError that names the rounds, or the draws, that there are */
export async function roundDraw(reader: Reader, number: string, sample: string | undefined): Promise<RoundDraw> {
  const { cases } = allCases(await recordedSteps(reader)).rounds
  const round = cases.get(number)
  if (round === undefined)
    throw new UsageError(
      `查無稽核 ${number}${cases.size === 0 ? '' : `，現有：${[...cases.keys()].slice(-20).join('、')}`}。 There is no such round: linkage audit report list; a draw becomes one by linkage audit report round sampled.`,
    )
  const samples = await samplesOf(reader)
  const of = sample ?? round.samples.at(-1)?.id
  const recorded = samples.draws.find(({ ref }) => ref.id === of && round.samples.some(({ id }) => id === of))
  const freeze = samples.freezes.find(({ ref }) => ref.id === recorded?.freeze.id)
  const seed = samples.seeds.find(({ ref }) => ref.id === recorded?.seed.id)
  if (recorded === undefined || freeze === undefined || seed === undefined)
    throw new UsageError(
      `${number} 沒有抽樣 ${of ?? ''}，其抽樣為：${round.samples.map(({ id }) => id).join('、')}。 The round has no such draw: --sample names one of these.`,
    )
  const first = drawsOf(samples, freeze).find((each) => each.seed.id === seed.ref.id) ?? recorded
  const before = new Set(first === recorded ? [] : (await listOf(reader, first)).drawn.map(nameOf))
  const supplement = freeze.supplements === undefined ? undefined : 'supplement'
  return {
    round,
    freeze,
    seed,
    recorded,
    draw: wholeDraw(freeze, recorded, await listOf(reader, recorded)),
    addedBy: (record) => (first === recorded || before.has(nameOf(record)) ? supplement : 'enlargement'),
  }
}

const nameOf = ({ countedSeq, log, row }: DrawnRecord): string => `${log} ${countedSeq} ${row ?? ''}`
