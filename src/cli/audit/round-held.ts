// round-held.ts: steps of a round held against its draws: which draw may be audited, and whether results are of what was drawn.
import { allCases } from '../../audit/all-cases.ts'
import { type ResultsAsked, requireAnswered, requireHeld } from '../../audit/answers/results-held.ts'
import { type DrawOfRound, newestOfEach, roundAsked } from '../../audit/answers/round-items.ts'
import { frozenRoster } from '../../audit/frozen-roster.ts'
import { type RecordedSteps, readRoundStep } from '../../audit/recorded.ts'
import type { Round } from '../../audit/rounds.ts'
import type { Samples } from '../../audit/samples.ts'
import { type DaysOfStep, requireDays } from '../../audit/step-days.ts'
import { type CivilDate, civilDateOf } from '../../calendar.ts'
import type { Results, RoundStep } from '../../querylog/report-entry.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import { requireFirst, requireOfRound, requireStanding } from './draw-of-round.ts'
import { type PlaceOfRecord, placeName } from './form-evidence.ts'
import { documentOf } from './frozen-population.ts'
import { DrawnLists, type RoundDraw, roundDraws } from './round-draw.ts'
import { samplesOf } from './sampling.ts'

const dayOfDraw = ({ draws }: Samples, id: string): CivilDate | undefined => {
  const at = draws.find(({ ref }) => ref.id === id)?.at
  return at === undefined ? undefined : civilDateOf(Date.parse(at))
}

/** Holds steps against the draws of their round. What a draw holds never changes, so that it is read once, however often it is asked. */
export class HeldToDraws {
  readonly #place: Pick<CommandPlace, 'audit' | 'store'>
  readonly #lists: DrawnLists
  readonly #drawn = new Map<string, Promise<DrawOfRound>>()

  /** @param lists that the command has read already */
  constructor(place: Pick<CommandPlace, 'audit' | 'store'>, lists = new DrawnLists(place.store.reader)) {
    this.#place = place
    this.#lists = lists
  }

  /** @param before what the log holds
   *  @param asked a step of a round that its own rules allow
   *  @param held the bytes that it names
   *  @throws UsageError, StepRefused */
  async require(before: RecordedSteps, asked: object, held: Uint8Array | undefined, now: number): Promise<void> {
    const step = readRoundStep(asked)
    if (step === undefined) return
    const about = await this.#requireDraws(step, allCases(before).rounds.cases, held, now)
    requireDays(step, { ...about, on: civilDateOf(now) })
  }

  /** @returns days of the draw, or of the answers, that the step is about */
  async #requireDraws(
    step: RoundStep,
    rounds: ReadonlyMap<string, Round>,
    held: Uint8Array | undefined,
    now: number,
  ): Promise<Omit<DaysOfStep, 'on'>> {
    const round = rounds.get(step.number)
    if (step.step === 'sampled') {
      const samples = await this.#samples()
      requireFirst(samples, step.sample.id, rounds.values())
      return { drawn: dayOfDraw(samples, step.sample.id) }
    }
    if (round === undefined) return {}
    if (step.step === 'enlarged') {
      const samples = await this.#samples()
      requireOfRound(samples, step.sample.id, round)
      return { drawn: dayOfDraw(samples, step.sample.id) }
    }
    if (step.step === 'audited') return { answered: (await this.#requireResults(round, step.results, held, now)).lastDay }
    if (step.step !== 'approved' || round.results === undefined) return {}
    const { lastDay, open } = await this.#requireResults(round, round.results, undefined, now)
    requireAnswered(round.number, open)
    return { answered: lastDay }
  }

  #samples() {
    return samplesOf(this.#place.store.reader)
  }

  /** Rule 六(一)3: the law counts what *was audited*: what results say of it is counted again, from their rows and from the draws. */
  async #requireResults(round: Round, results: Results, held: Uint8Array | undefined, now: number) {
    const { audit, store } = this.#place
    const samples = await this.#samples()
    const draws = await roundDraws(this.#lists, round, samples)
    for (const { recorded } of newestOfEach(draws)) requireStanding(samples, recorded, round.number)
    const drawn: DrawOfRound[] = []
    for (const each of draws) drawn.push(await this.#drawnOnce(each))
    const first = draws.at(-1) ?? draws[0]
    const of: ResultsAsked = {
      asked: roundAsked(round, drawn, audit['D-20']),
      samples: draws.map(({ recorded }) => recorded.ref.id),
      days: { from: civilDateOf(Date.parse(first.recorded.at)), until: civilDateOf(now) },
    }
    const bytes = held ?? (await documentOf(store.reader, { digest: results.document }))
    return requireHeld(of, results, bytes)
  }

  #drawnOnce(of: RoundDraw): Promise<DrawOfRound> {
    const { id } = of.recorded.ref
    const drawn = this.#drawn.get(id) ?? this.#drawnOf(of)
    this.#drawn.set(id, drawn)
    return drawn
  }

  async #drawnOf({ draw, freeze, recorded }: RoundDraw): Promise<DrawOfRound> {
    const { reader } = this.#place.store
    const days = new Map<string, CivilDate>()
    for (const { index, log } of draw.drawn) {
      const slot = freeze.logs.find((each) => each.log === log)?.slot ?? ''
      for await (const { entry } of reader.entries(slot, index, index + 1))
        days.set(placeName({ index, log }), civilDateOf(Date.parse(JSON.parse(entry).at)))
    }
    const dayOf = (record: PlaceOfRecord): CivilDate => {
      const day = days.get(placeName(record))
      if (day !== undefined) return day
      throw new UsageError(
        `${record.log} 第 ${record.index} 筆不在資料庫。 Entry ${record.index} of ${record.log} is not in the database: linkage log verify.`,
      )
    }
    return { draw, roster: frozenRoster(await documentOf(reader, freeze.roster)), on: civilDateOf(Date.parse(recorded.at)), dayOf }
  }
}
