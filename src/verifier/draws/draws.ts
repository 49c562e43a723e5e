// draws.ts: draws held against the logs: the order of their steps, the population, the law's quotas, and what the seed draws.
import { createHash } from 'node:crypto'
import type { Fault, Finding } from '../finding.ts'
import type { StoredLogs } from '../stored.ts'
import { isWhole, type Peopled, readAccounts } from './accounts.ts'
import { beaconFaults, fixedFaults, otherwiseFaults } from './beacon.ts'
import { coverageFaults, type Earlier, statedFaults } from './coverage.ts'
import { populationFaults } from './frozen.ts'
import { readList, type SampleList } from './list.ts'
import { listFaults } from './list-faults.ts'
import { seedOf } from './month-draw.ts'
import { monthFaults, otherMonths } from './month-faults.ts'
import { Roster, readRoster } from './persons.ts'
import { notReleased, type Redrawn, redraw, type Skipped } from './redraw.ts'
import { checkRounds } from './rounds.ts'
import { type Draw, type Freeze, isFiltered, type Ref, type Seed } from './sample.ts'
import { isDraw, isFreeze, isSeed, type SeenDraws, type Step } from './seen.ts'
import { again, isEarlier, isOfSame, lateOfLate, otherRecords, overlaps, told, unknownStep } from './step-faults.ts'

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
  yield* checkRounds(seen, checking)
  return checked
}

const findingOf = ({ index, slot }: Step, fault: Fault): Finding => ({ slot, index, ...fault })

class Checking {
  readonly #seen: SeenDraws
  readonly #place: StoredLogs
  /** Of all freezes that were drawn from: read with the first draw. */
  #skipped: ReturnType<typeof notReleased> | undefined
  #accounts: Promise<ReadonlyMap<string, Peopled>> | undefined

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
    if (supplements !== undefined && before?.sample.supplements !== undefined) yield lateOfLate(supplements, before.sample.supplements)
    const replaced = replaces && this.#before(replaces, step, isFreeze)
    if (replaces !== undefined && replaced?.sample.agency !== agency) yield unknownStep('freeze', replaces)
    else if (replaced !== undefined && !isOfSame(replaced, step)) yield otherRecords(replaced.sample, step.sample)
    if (replaces !== undefined && !step.sample.document) yield again(`${told(replaces)} again`)
    const others = this.#seen.steps.filter(isFreeze).filter((each) => isEarlier(each, step) && overlaps(each.sample, step.sample))
    const unsaid = others.find((each) => each.id !== replaces?.id && !this.#isReplaced(each, step))
    if (selfAudit && supplements === undefined && unsaid !== undefined) yield again(`months of ${told(unsaid)} again`)
    yield* fixedFaults(step.sample, step.ms)
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
    const earlier = freeze.sample.supplements && (await this.#earlier(step, freeze))
    if (freeze.sample.supplements !== undefined && earlier === undefined) faults.push(unknownStep('draw', freeze.sample.supplements))
    for (const month of months) faults.push(...monthFaults(step.sample, freeze.sample, month, earlier))
    faults.push(...(await this.#coverage(step, { freeze, seed, list, earlier })))
    if (list !== undefined)
      faults.push(
        ...(await listFaults(list, step, { freeze, place: this.#place, skipped, smaller: smaller && (await this.#list(smaller, [])) })),
      )
    return { faults, checked: { draw: step, freeze, months } }
  }

  /** The draw of users once more, where list, roster and entries are to be had. */
  async #coverage(
    { sample: draw }: Step<Draw>,
    { earlier, freeze, list, seed }: { freeze: Step<Freeze>; seed: Step<Seed>; list: SampleList | undefined; earlier: Earlier | undefined },
  ): Promise<readonly Fault[]> {
    const rows = list && (await this.#document(freeze.sample.roster, readRoster))
    const accounts = earlier?.accounts
    const unable = list === undefined || rows === undefined || (freeze.sample.supplements !== undefined && accounts === undefined)
    const peopled = unable ? undefined : (await this.#peopled()).get(nameOf(freeze, seed))
    if (unable || peopled === undefined || !isWhole(peopled)) return [...statedFaults(draw, freeze.sample)]
    const before = earlier && accounts && { users: earlier.users, accounts }
    const filtered = isFiltered(freeze.sample)
    const roster = new Roster(rows, freeze.sample)
    return [
      ...coverageFaults({
        draw,
        freeze: freeze.sample,
        list,
        seed: peopled.seed,
        roster,
        accounts: peopled.found,
        earlier: before,
        filtered,
      }),
    ]
  }

  /** Of late records what was drawn before them, as it stood before a draw; undefined where something of it was not drawn. */
  async #earlier(step: Step<Draw>, freeze: Step<Freeze>): Promise<Earlier | undefined> {
    const populations = new Map<string, number>()
    let [users, accounts]: [number, readonly string[] | undefined] = [0, []]
    for (const each of this.#chainBefore(freeze)) {
      const drawn = this.#current(each, step)
      if (drawn === undefined) return undefined
      const list = await this.#list(drawn, [])
      for (const { month, population } of drawn.sample.months) populations.set(month, (populations.get(month) ?? 0) + population)
      users = Math.max(users, drawn.sample.coverage.users)
      accounts = accounts && list && [...accounts, ...audited(list)]
    }
    return { populations, users, accounts }
  }

  /** The draw of a freeze that counted before a step. */
  #current(freeze: Step<Freeze>, step: Step): Step<Draw> | undefined {
    const before = this.#seen.steps.filter((each) => isEarlier(each, step))
    const seed = before.filter(isSeed).findLast(({ sample }) => sample.freezes.some(({ id }) => id === freeze.id))
    return before.filter(isDraw).findLast(({ sample }) => sample.freeze.id === freeze.id && sample.seed.id === seed?.id)
  }

  /** Whose the records of all populations are that were drawn from: read with the first draw that asks. */
  #peopled(): Promise<ReadonlyMap<string, Peopled>> {
    this.#accounts ??= this.#readPeopled()
    return this.#accounts
  }

  async #readPeopled(): Promise<ReadonlyMap<string, Peopled>> {
    const populations = new Map<string, Peopled>()
    for (const draw of this.#seen.steps.filter(isDraw)) {
      const freeze = this.#before(draw.sample.freeze, draw, isFreeze)
      const seed = this.#before(draw.sample.seed, draw, isSeed)
      if (freeze === undefined || seed === undefined || populations.has(nameOf(freeze, seed))) continue
      const list = isFiltered(freeze.sample) ? await this.#list(draw, []) : undefined
      const { agency, logs } = freeze.sample
      populations.set(nameOf(freeze, seed), {
        agency,
        logs,
        before: this.#chainBefore(freeze).flatMap(({ sample }) => sample.logs),
        seed: seedOf(freeze.leaf, seed.sample.randomness),
        only: isFiltered(freeze.sample) ? new Map([...(list?.only ?? [])].map(([log, own]) => [log, new Set(own)])) : undefined,
        skipped: new Map(
          [...(await this.#notReleased(freeze))].map(([log, own]) => [log, new Set(own.map(({ countedSeq }) => countedSeq))]),
        ),
        found: new Map(),
        read: 0,
      })
    }
    await readAccounts(this.#place, [...populations.values()])
    return populations
  }

  /** What is kept under a digest, and is that. */
  async #document<T>(digest: string, read: (bytes: Buffer) => T): Promise<T | undefined> {
    const bytes = await this.#place.document?.(digest)
    return bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== digest ? undefined : read(bytes)
  }

  list(draw: Step<Draw>): Promise<SampleList | undefined> {
    return this.#list(draw, [])
  }

  document(digest: string): Promise<Buffer | undefined> {
    return this.#document(digest, (bytes) => bytes)
  }

  #drawnBefore(step: Step<Draw>, seed: Step<Seed>): boolean {
    return this.#seen.steps
      .filter(isDraw)
      .some((each) => isEarlier(each, step) && each.sample.seed.id === seed.id && each.sample.freeze.id === step.sample.freeze.id)
  }

  /** Undefined where the place keeps no documents; that one is missing is told elsewhere. */
  async #list({ sample: { sample } }: Step<Draw>, faults: Fault[]): Promise<SampleList | undefined> {
    return this.#document(sample.digest, (bytes) => {
      const list = readList(bytes)
      if (list === undefined)
        faults.push({ code: 'sample-list', found: 'no list of a draw', expected: 'the form that docs/log-format.md gives it' })
      return list
    })
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

/** A population as a seed draws from it. */
const nameOf = (freeze: Step<Freeze>, seed: Step<Seed>): string => `${freeze.id} ${seed.id}`

/** One account of each who is audited by a draw. */
const audited = ({ drawn, reviews }: SampleList): readonly string[] => [
  ...drawn.map(({ user }) => user),
  ...reviews.flatMap(({ accounts }) => accounts.slice(0, 1)),
]
