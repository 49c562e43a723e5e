// draws.ts: draws held against the logs: the order of their steps, the population, the law's quotas, and what the seed draws.
import type { Fault, Finding } from '../finding.ts'
import type { StoredLogs } from '../stored.ts'
import { isWhole, type Peopled } from './accounts.ts'
import { beaconFaults, fixedFaults, otherwiseFaults } from './beacon.ts'
import { coverageFaults, type Earlier, statedFaults } from './coverage.ts'
import { DrawnFrom } from './drawn-from.ts'
import { populationFaults } from './frozen.ts'
import type { SampleList } from './list.ts'
import { listFaults } from './list-faults.ts'
import { mostItems } from './month-draw.ts'
import { monthFaults, otherMonths } from './month-faults.ts'
import type { Roster } from './persons.ts'
import { type Redrawn, redraw } from './redraw.ts'
import { checkRounds } from './rounds.ts'
import { type Draw, type Freeze, isFiltered, type Seed } from './sample.ts'
import { isDraw, isFreeze, isSeed, type SeenDraws, type Step } from './seen.ts'
import { settingsFaults } from './settings.ts'
import { Standing } from './standing.ts'
import { again, isEarlier, isOfSame, lateOfLate, lateOfReplaced, otherRecords, overlaps, told, unknownStep } from './step-faults.ts'
import { needsRecords, type Unchecked, type UncheckedCode, uncheckedOf } from './unchecked.ts'

/** A draw, with the months that it drew and those that come out here. */
export interface CheckedDraw {
  readonly draw: Step<Draw>
  readonly freeze: Step<Freeze>
  readonly months: readonly Redrawn[]
  readonly unchecked: readonly UncheckedCode[]
}

/** All draws, and what of them and of rounds was not checked. */
export interface CheckedDraws {
  readonly draws: readonly CheckedDraw[]
  readonly unchecked: readonly Unchecked[]
}

/** Holds all draws against the logs: yields what it finds, returns what was drawn again.
 *  @throws Error where a place cannot be read */
export async function* checkDraws(seen: SeenDraws, place: StoredLogs): AsyncGenerator<Finding, CheckedDraws> {
  const standing = new Standing(seen)
  const from = new DrawnFrom(place, standing)
  const checking = new Checking(seen, standing, from)
  const checked: CheckedDraw[] = []
  for (const step of seen.steps) {
    const faults = isFreeze(step) ? checking.freeze(step) : isSeed(step) ? checking.seed(step) : []
    for (const fault of faults) yield findingOf(step, fault)
    if (!isDraw(step)) continue
    const { faults: found, checked: again } = await checking.draw(step)
    for (const fault of found) yield findingOf(step, fault)
    if (again !== undefined) checked.push(again)
  }
  const ofDraws = checked.flatMap(({ draw: { index, slot }, unchecked }) => unchecked.map((code): Unchecked => ({ slot, index, code })))
  return { draws: checked, unchecked: [...ofDraws, ...(yield* checkRounds(seen, standing, from))] }
}

const findingOf = ({ index, slot }: Step, fault: Fault): Finding => ({ slot, index, ...fault })

class Checking {
  readonly #seen: SeenDraws
  readonly #standing: Standing
  readonly #from: DrawnFrom

  constructor(seen: SeenDraws, standing: Standing, from: DrawnFrom) {
    this.#seen = seen
    this.#standing = standing
    this.#from = from
  }

  *freeze(step: Step<Freeze>): Generator<Fault> {
    const { agency, replaces, selfAudit, supplements } = step.sample
    const before = supplements && this.#standing.freeze(supplements, step)
    if (supplements !== undefined && before === undefined) yield unknownStep('freeze', supplements)
    if (supplements !== undefined && before?.sample.supplements !== undefined) yield lateOfLate(supplements, before.sample.supplements)
    if (supplements !== undefined && before !== undefined && this.#standing.isReplaced(before, step)) yield lateOfReplaced(supplements)
    const replaced = replaces && this.#standing.freeze(replaces, step)
    if (replaces !== undefined && replaced?.sample.agency !== agency) yield unknownStep('freeze', replaces)
    else if (replaced !== undefined && !isOfSame(replaced, step)) yield otherRecords(replaced.sample, step.sample)
    if (replaces !== undefined && !step.sample.document) yield again(`${told(replaces)} again`)
    const others = this.#standing.freezesBefore(step).filter((each) => overlaps(each.sample, step.sample))
    const unsaid = others.find((each) => each.id !== replaces?.id && !this.#standing.isReplaced(each, step))
    if (selfAudit && supplements === undefined && unsaid !== undefined) yield again(`months of ${told(unsaid)} again`)
    yield* fixedFaults(step.sample, step.ms)
    yield* settingsFaults(step, this.#seen)
    yield* populationFaults(step, this.#seen, this.#standing.chainBefore(step))
  }

  *seed(step: Step<Seed>): Generator<Fault> {
    const { document, freezes, replaces, thrown } = step.sample
    const frozen = freezes.map((ref) => [ref, this.#standing.freeze(ref, step)] as const)
    for (const [ref, freeze] of frozen) {
      if (freeze === undefined) yield unknownStep('freeze', ref)
      else if (thrown < freeze.ms)
        yield {
          code: 'sample-order',
          found: `thrown at ${new Date(thrown).toISOString()}`,
          expected: `behind the freeze at ${new Date(freeze.ms).toISOString()}`,
        }
    }
    if (thrown > step.ms)
      yield { code: 'sample-order', found: `thrown at ${new Date(thrown).toISOString()}`, expected: 'before it is recorded' }
    const seeds = this.#standing.seedsBefore(step)
    const known = seeds.find((each) => each.sample.randomness === step.sample.randomness)
    if (known !== undefined) yield again(`the randomness of entry ${known.index} again`)
    for (const { id } of freezes) {
      const last = this.#standing.seedOf({ id }, step)
      if (last !== undefined && !(document && replaces.some((ref) => ref.id === last.id))) yield again(`a seed for ${id} again`)
    }
    const there = frozen.flatMap(([, freeze]) => freeze ?? [])
    yield* otherwiseFaults(
      step.sample,
      there.map(({ sample }) => sample),
    )
    yield* beaconFaults(
      step.sample,
      there.flatMap(({ ms, sample }) => (sample.seed?.round === undefined ? [ms] : [])),
    )
  }

  async draw(step: Step<Draw>): Promise<{ readonly faults: readonly Fault[]; readonly checked?: CheckedDraw }> {
    const { enlarges, freeze: frozen, seed: thrown } = step.sample
    const [freeze, seed] = [this.#standing.freeze(frozen, step), this.#standing.seed(thrown, step)]
    if (freeze === undefined) return { faults: [unknownStep('freeze', frozen)] }
    const faults: Fault[] = []
    const last = this.#standing.seedOf(freeze, step)
    if (seed === undefined || last?.id !== seed.id || !isEarlier(freeze, seed)) return { faults: [unknownStep('seed', thrown)] }
    const smaller = enlarges && this.#standing.draw(enlarges, step)
    if (enlarges !== undefined && smaller === undefined) faults.push(unknownStep('draw', enlarges))
    if (smaller === undefined && this.#standing.firstOf(step) !== step) faults.push(again(`a draw of ${told(frozen)} under one seed again`))
    const read = await this.#from.list(step)
    if (read === 'malformed') faults.push(noList)
    const list = read === 'malformed' ? undefined : read
    const skipped = await this.#from.notReleased(freeze)
    const roster = await this.#from.roster(freeze)
    const whole = await this.#population(freeze, seed, list)
    const items = itemsOf(freeze.sample) + (whole?.transfers?.rows ?? 0)
    if (items > mostItems) return { faults: [...faults, tooMany(items)] }
    const population = whole?.named?.isKnown === false ? undefined : whole
    const months = [...redraw({ draw: step, freeze, seed, skipped, named: population?.named, transfers: population?.transfers })]
    if (months.length !== step.sample.months.length) faults.push(otherMonths(step.sample, freeze.sample))
    const earlier = freeze.sample.supplements && (await this.#earlier(step, freeze))
    if (freeze.sample.supplements !== undefined && earlier === undefined) faults.push(unknownStep('draw', freeze.sample.supplements))
    for (const month of months) faults.push(...monthFaults(step.sample, freeze.sample, month, earlier))
    faults.push(...coverage(step, { freeze, list, earlier, roster, population }))
    if (population !== undefined) faults.push(...recordFaults(step, freeze.sample, population))
    if (list !== undefined)
      faults.push(
        ...(await listFaults(list, step, {
          freeze,
          place: this.#from.place,
          skipped,
          smaller: smaller && (await this.#from.listThere(smaller)),
        })),
      )
    const asked = list !== undefined || needsRecords(freeze.sample)
    const atHand = { list: list !== undefined, roster: roster !== undefined, entries: asked ? whole !== undefined : undefined }
    return { faults, checked: { draw: step, freeze, months, unchecked: [...uncheckedOf(atHand)] } }
  }

  /** A population as its entries give it; undefined where nothing is asked of them, or not all of them are here. */
  async #population(freeze: Step<Freeze>, seed: Step<Seed>, list: SampleList | undefined): Promise<Peopled | undefined> {
    const peopled = list === undefined && !needsRecords(freeze.sample) ? undefined : await this.#from.peopled(freeze, seed)
    return peopled !== undefined && isWhole(peopled) ? peopled : undefined
  }

  /** Of late records what was drawn before their first draw; undefined where something of it was not drawn. */
  async #earlier(step: Step<Draw>, freeze: Step<Freeze>): Promise<Earlier | undefined> {
    const populations = new Map<string, number>()
    let [users, accounts]: [number, readonly string[] | undefined] = [0, []]
    const first = this.#standing.firstOf(step)
    for (const each of this.#standing.chainBefore(freeze)) {
      const drawn = this.#standing.drawOf(each, first)
      if (drawn === undefined) return undefined
      const list = await this.#from.listThere(drawn)
      for (const { month, population } of drawn.sample.months) populations.set(month, (populations.get(month) ?? 0) + population)
      users = Math.max(users, drawn.sample.coverage.users)
      accounts = accounts && list && [...accounts, ...audited(list)]
    }
    return { populations, users, accounts }
  }
}

/** What a draw and its list say of the records themselves. */
function* recordFaults(draw: Step<Draw>, freeze: Freeze, { cases, named, transfers }: Peopled): Generator<Fault> {
  if (named !== undefined) yield* named.faults(draw, freeze)
  if (transfers !== undefined) yield* transfers.faults(draw)
  yield* cases.faults(draw)
}

interface Users {
  readonly freeze: Step<Freeze>
  readonly list: SampleList | undefined
  readonly earlier: Earlier | undefined
  readonly roster: Roster | undefined
  readonly population: Peopled | undefined
}

/** The draw of users once more, where list, roster and entries are to be had. */
function coverage({ sample: draw }: Step<Draw>, { earlier, freeze, list, population, roster }: Users): Iterable<Fault> {
  const accounts = earlier?.accounts
  const unable = list === undefined || roster === undefined || (freeze.sample.supplements !== undefined && accounts === undefined)
  if (unable || population === undefined) return statedFaults(draw, freeze.sample)
  const before = earlier && accounts && { users: earlier.users, accounts }
  const { found, seed, transfers } = population
  const filtered = isFiltered(freeze.sample)
  return coverageFaults({ draw, freeze: freeze.sample, list, seed, roster, accounts: found, transfers, earlier: before, filtered })
}

const itemsOf = ({ logs }: Freeze): number => logs.reduce((sum, { months }) => months.reduce((all, { counted }) => all + counted, sum), 0)

const tooMany = (items: number): Fault => ({
  code: 'sample-population',
  found: `${items} items`,
  expected: `at most ${mostItems}, of which a draw is drawn again here`,
})

const noList: Fault = { code: 'sample-list', found: 'no list of a draw', expected: 'the form that docs/log-format.md gives it' }

/** One account of each who is audited by a draw. */
const audited = ({ drawn, reviews }: SampleList): readonly string[] => [
  ...drawn.map(({ user }) => user),
  ...reviews.flatMap(({ accounts }) => accounts.slice(0, 1)),
]
