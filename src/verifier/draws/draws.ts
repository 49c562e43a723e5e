// draws.ts: draws held against the logs: the order of their steps, the population, the law's quotas, and what the seed draws.
import { createHash } from 'node:crypto'
import type { Fault, Finding } from '../finding.ts'
import type { StoredLogs } from '../stored.ts'
import { beaconFaults } from './beacon.ts'
import { monthsOf, populationFaults } from './frozen.ts'
import { readList, type SampleList } from './list.ts'
import { listFaults } from './list-faults.ts'
import { quotaOf } from './month-draw.ts'
import { notReleased, type Redrawn, redraw, type Skipped } from './redraw.ts'
import type { Draw, Freeze, Ref, Seed } from './sample.ts'
import { isDraw, isFreeze, isSeed, type SeenDraws, type Step } from './seen.ts'

/** A draw, with the months that it drew and those that come out here. */
export interface CheckedDraw {
  readonly draw: Step<Draw>
  readonly freeze: Step<Freeze>
  readonly months: readonly Redrawn[]
}

/** Holds all draws against the logs: yields what it finds, returns what was drawn again.
 *  @throws Error where a place cannot be read */
export async function* checkDraws(seen: SeenDraws, place: StoredLogs): AsyncGenerator<Finding, readonly CheckedDraw[]> {
  const checking = new Checking(seen, place)
  const checked: CheckedDraw[] = []
  for (const step of seen.steps) {
    const faults = isFreeze(step) ? checking.freeze(step) : isSeed(step) ? checking.seed(step) : []
    for (const fault of faults) yield findingOf(step, fault)
    if (!isDraw(step)) continue
    const { faults: found, checked: again } = await checking.draw(step)
    for (const fault of found) yield findingOf(step, fault)
    if (again !== undefined) checked.push(again)
  }
  return checked
}

const findingOf = ({ index, slot }: Step, fault: Fault): Finding => ({ slot, index, ...fault })

const told = ({ id, index, log }: Ref): string => `${id} at ${index} of ${log}`

class Checking {
  readonly #seen: SeenDraws
  readonly #place: StoredLogs
  /** Of all freezes that were drawn from: read with the first draw. */
  #skipped: ReturnType<typeof notReleased> | undefined

  constructor(seen: SeenDraws, place: StoredLogs) {
    this.#seen = seen
    this.#place = place
  }

  /** A step that stands where it is said to, before another. */
  #before<S extends Step>(ref: Ref, step: Step, is: (each: Step) => each is S): S | undefined {
    return this.#seen.steps
      .filter(is)
      .find((each) => each.id === ref.id && each.index === ref.index && each.log === ref.log && isEarlier(each, step))
  }

  *freeze(step: Step<Freeze>): Generator<Fault> {
    const { agency, replaces, selfAudit, supplements } = step.sample
    const before = supplements && this.#before(supplements, step, isFreeze)
    if (supplements !== undefined && before === undefined) yield unknownStep('freeze', supplements)
    const replaced = replaces && this.#before(replaces, step, isFreeze)
    if (replaces !== undefined && replaced?.sample.agency !== agency) yield unknownStep('freeze', replaces)
    else if (replaced !== undefined && !isOfSame(replaced, step)) yield otherRecords(replaced.sample, step.sample)
    if (replaces !== undefined && !step.sample.document) yield again(`${told(replaces)} again`)
    const others = this.#seen.steps.filter(isFreeze).filter((each) => isEarlier(each, step) && overlaps(each.sample, step.sample))
    const unsaid = others.find((each) => each.id !== replaces?.id && !this.#isReplaced(each, step))
    if (selfAudit && supplements === undefined && unsaid !== undefined) yield again(`months of ${told(unsaid)} again`)
    yield* populationFaults(step, this.#seen, this.#chainBefore(step))
  }

  /** Whether another took the place of a freeze before a step: what came later excuses nothing. */
  #isReplaced(freeze: Step<Freeze>, step: Step<Freeze>): boolean {
    return this.#seen.steps
      .filter(isFreeze)
      .some((each) => each.sample.replaces?.id === freeze.id && isOfSame(freeze, each) && isEarlier(each, step))
  }

  /** The freeze that late records are added to, and what was added before. */
  #chainBefore(step: Step<Freeze>): readonly Step<Freeze>[] {
    const { supplements } = step.sample
    if (supplements === undefined) return []
    return this.#seen.steps
      .filter(isFreeze)
      .filter((each) => isEarlier(each, step) && (each.id === supplements.id || each.sample.supplements?.id === supplements.id))
  }

  *seed(step: Step<Seed>): Generator<Fault> {
    const { document, freezes, replaces, thrown } = step.sample
    const frozen = freezes.map((ref) => [ref, this.#before(ref, step, isFreeze)] as const)
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
    const seeds = this.#seen.steps.filter(isSeed).filter((each) => isEarlier(each, step))
    const known = seeds.find((each) => each.sample.randomness === step.sample.randomness)
    if (known !== undefined) yield again(`the randomness of entry ${known.index} again`)
    for (const { id } of freezes) {
      const last = seeds.findLast((each) => each.sample.freezes.some((ref) => ref.id === id))
      if (last !== undefined && !(document && replaces.some((ref) => ref.id === last.id))) yield again(`a seed for ${id} again`)
    }
    yield* beaconFaults(
      step.sample,
      frozen.flatMap(([, freeze]) => freeze?.ms ?? []),
    )
  }

  async draw(step: Step<Draw>): Promise<{ readonly faults: readonly Fault[]; readonly checked?: CheckedDraw }> {
    const { enlarges, freeze: frozen, seed: thrown } = step.sample
    const [freeze, seed] = [this.#before(frozen, step, isFreeze), this.#before(thrown, step, isSeed)]
    if (freeze === undefined) return { faults: [unknownStep('freeze', frozen)] }
    const faults: Fault[] = []
    const last = this.#seen.steps
      .filter(isSeed)
      .findLast((each) => isEarlier(each, step) && each.sample.freezes.some(({ id }) => id === freeze.id))
    if (seed === undefined || last?.id !== seed.id || !isEarlier(freeze, seed)) return { faults: [unknownStep('seed', thrown)] }
    const smaller = enlarges && this.#before(enlarges, step, isDraw)
    if (enlarges !== undefined && smaller === undefined) faults.push(unknownStep('draw', enlarges))
    if (smaller === undefined && this.#drawnBefore(step, seed)) faults.push(again(`a draw of ${told(frozen)} under one seed again`))
    const list = await this.#list(step, faults)
    const skipped = await this.#notReleased(freeze)
    const months = [...redraw({ draw: step, freeze, seed, skipped, list })]
    if (months.length !== step.sample.months.length) faults.push(otherMonths(step.sample, freeze.sample))
    for (const month of months) faults.push(...monthFaults(step.sample, freeze.sample, month))
    faults.push(...coverageFaults(step.sample, freeze.sample))
    if (list !== undefined)
      faults.push(
        ...(await listFaults(list, step, { freeze, place: this.#place, skipped, smaller: smaller && (await this.#list(smaller, [])) })),
      )
    return { faults, checked: { draw: step, freeze, months } }
  }

  #drawnBefore(step: Step<Draw>, seed: Step<Seed>): boolean {
    return this.#seen.steps
      .filter(isDraw)
      .some((each) => isEarlier(each, step) && each.sample.seed.id === seed.id && each.sample.freeze.id === step.sample.freeze.id)
  }

  /** Undefined where the place keeps no documents; that one is missing is told elsewhere. */
  async #list({ sample: { sample } }: Step<Draw>, faults: Fault[]): Promise<SampleList | undefined> {
    const bytes = await this.#place.document?.(sample.digest)
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sample.digest) return undefined
    const list = readList(bytes)
    if (list === undefined)
      faults.push({ code: 'sample-list', found: 'no list of a draw', expected: 'the form that docs/log-format.md gives it' })
    return list
  }

  async #notReleased(freeze: Step<Freeze>): Promise<ReadonlyMap<string, readonly Skipped[]>> {
    const drawn = new Set(this.#seen.steps.filter(isDraw).map((each) => each.sample.freeze.id))
    this.#skipped ??= notReleased(
      this.#place,
      this.#seen.steps.filter(isFreeze).filter(({ id }) => drawn.has(id)),
    )
    return (await this.#skipped).get(freeze) ?? new Map()
  }
}

/** Steps of one log stand in order; those of logs that followed one another, by their dates. */
const isEarlier = (one: Step, other: Step): boolean => (one.log === other.log ? one.index < other.index : one.ms < other.ms)

const overlaps = (one: Freeze, other: Freeze): boolean =>
  one.agency === other.agency &&
  one.selfAudit &&
  other.selfAudit &&
  one.supplements === undefined &&
  one.from <= other.until &&
  one.until >= other.from

/** Whether two freezes are of the same records. */
const isOfSame = ({ sample: one }: Step<Freeze>, { sample: other }: Step<Freeze>): boolean => recordsOf(one) === recordsOf(other)

const recordsOf = ({ agency, from, selfAudit, subject, supplements, until, user }: Freeze): string => {
  const only = Object.entries({ user, subject, supplements: supplements?.id }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  )
  return [agency, selfAudit ? 'self-audit' : 'unannounced', `${from}–${until}`, ...only].join(' ')
}

const otherRecords = (replaced: Freeze, own: Freeze): Fault => ({
  code: 'sample-again',
  found: `in place of ${recordsOf(replaced)}`,
  expected: `in place of ${recordsOf(own)}: the same agency, months and kind`,
})

const unknownStep = (what: string, ref: Ref): Fault => ({
  code: 'sample-order',
  found: `${what} ${told(ref)}`,
  expected: what === 'seed' ? 'the last seed of this freeze, before this entry and behind the freeze' : `a ${what} before this entry`,
})

const again = (found: string): Fault => ({ code: 'sample-again', found, expected: 'once; or in its place, named, with a document' })

const otherMonths = ({ months }: Draw, freeze: Freeze): Fault => ({
  code: 'sample-quota',
  found: months.map(({ month }) => month).join(', '),
  expected: monthsOf(freeze).join(', '),
})

function* monthFaults({ more }: Draw, { logs, supplements }: Freeze, redrawn: Redrawn): Generator<Fault> {
  const { digest, month, population, stated, unable } = redrawn
  if (stated === undefined) {
    yield { code: 'sample-quota', found: `nothing of ${month}`, expected: 'every month of the period' }
    return
  }
  const frozen = logs.flatMap(({ months }) => months.filter((each) => each.month === month))
  const counted = frozen.reduce((sum, each) => sum + each.counted, 0)
  const records = frozen.reduce((sum, each) => sum + each.records, 0)
  if (stated.counted !== counted || stated.records !== records)
    yield {
      code: 'sample-population',
      found: `${month}: ${stated.counted} counted of ${stated.records}`,
      expected: `${counted} of ${records}, as frozen`,
    }
  if (unable !== undefined) return
  if (stated.population !== population)
    yield { code: 'sample-population', found: `${month}: ${stated.population} items`, expected: String(population) }
  const quota = supplements === undefined ? quotaOf(population) : stated.quota
  const drawn = Math.min(population, quota + more.items)
  if (stated.quota !== quota || stated.drawn !== drawn)
    yield { code: 'sample-quota', found: `${month}: quota ${stated.quota}, drawn ${stated.drawn}`, expected: `${quota}, drawn ${drawn}` }
  if (stated.digest !== digest) yield { code: 'sample-draw', found: `${month}: ${stated.digest}`, expected: digest }
}

/** Rule 六(一)3: half of the users, rounded up; those with records first. */
function* coverageFaults({ coverage, more }: Draw, { supplements }: Freeze): Generator<Fault> {
  const { drawn, need, reviews, users, withRecords } = coverage
  if (supplements !== undefined) return
  const due = Math.ceil(users / 2)
  const wanted = Math.min(users, due + more.persons)
  const [expected, others] = [Math.min(withRecords, wanted), wanted - Math.min(withRecords, wanted)]
  if (need !== due || drawn !== expected || reviews !== others)
    yield {
      code: 'sample-quota',
      found: `need ${need}, drawn ${drawn}, reviews ${reviews} of ${users} users`,
      expected: `${due}, ${expected}, ${others}`,
    }
}
