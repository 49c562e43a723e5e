// rounds.ts: rounds of the audit held against their draws: what was audited is of what was drawn, and as much as the law asks.
import type { Fault, Finding } from '../finding.ts'
import type { RoundResults } from '../steps.ts'
import type { SampleList } from './list.ts'
import { quotaOf } from './quota.ts'
import { auditedIn, openFaults, personsIn, readResults, type Unanswered, unansweredIn } from './results.ts'
import type { Draw, Freeze } from './sample.ts'
import type { SeenDraws, SeenRound, Step } from './seen.ts'
import type { Standing } from './standing.ts'
import { told } from './step-faults.ts'
import type { Unchecked, UncheckedCode } from './unchecked.ts'

interface Round {
  readonly selfAudit: boolean
  readonly draws: Step<Draw>[]
  results: RoundResults | undefined
  /** What was drawn and has no row in them, as far as that is known here. */
  unanswered: Unanswered
}

const none: Unanswered = { items: [], reviews: [], cases: [] }

interface Reading {
  /** Undefined where it is not to be had here. */
  listThere(draw: Step<Draw>): Promise<SampleList | undefined>
  document(digest: string): Promise<Uint8Array | undefined>
}

/** Yields what it finds, returns results that could not be counted again.
 *  @throws Error where a place cannot be read */
export async function* checkRounds(
  seen: Pick<SeenDraws, 'rounds'>,
  standing: Standing,
  reading: Reading,
): AsyncGenerator<Finding, readonly Unchecked[]> {
  const rounds = new Map<string, Round>()
  const unchecked: Unchecked[] = []
  let sayOpen = false
  for (const step of seen.rounds) {
    for (const fault of take(step, rounds, standing)) yield findingOf(step, fault)
    const { number, results } = step.round
    const round = rounds.get(number)
    if (round === undefined) continue
    if (round.results !== undefined && (results !== undefined || step.round.step === 'approved'))
      for (const fault of standingFaults(step, round, standing)) yield findingOf(step, fault)
    if (step.round.step === 'approved' && isOpenUnsaid(round)) unchecked.push({ slot: step.slot, index: step.index, code: 'results-open' })
    if (results === undefined) continue
    // Who goes back to the earlier form says nothing of what was left out.
    if (sayOpen && results.open === undefined)
      yield findingOf(step, wrong('results that do not say what has none', 'as results before them do'))
    sayOpen ||= results.open !== undefined
    const held = await holdResults(results, round, number, reading)
    for (const fault of held.faults) yield findingOf(step, fault)
    round.unanswered = held.unanswered
    if (held.unchecked !== undefined) unchecked.push({ slot: step.slot, index: step.index, code: held.unchecked })
  }
  return unchecked
}

const findingOf = ({ index, slot }: SeenRound, fault: Fault): Finding => ({ slot, index, ...fault })
const wrong = (found: string, expected: string): Fault => ({ code: 'round-mismatch', found, expected })

/** What of a step changes its round. */
function* take(seenRound: SeenRound, rounds: Map<string, Round>, standing: Standing): Generator<Fault> {
  const { number, of, results, sample, step } = seenRound.round
  if (of !== undefined && rounds.has(number)) return // a number is given once: it changes nothing
  if (of !== undefined) rounds.set(number, { selfAudit: of.selfAudit, draws: [], results: undefined, unanswered: none })
  const round = rounds.get(number)
  if (round === undefined) return
  if (sample !== undefined) {
    const draw = standing.draw(sample, seenRound)
    if (draw === undefined) yield wrong(`draw ${told(sample)}`, 'a draw before this entry')
    else {
      round.draws.push(draw)
      round.results = undefined // results from before count no more
    }
    const freeze = draw && standing.freeze(draw.sample.freeze, draw)
    if (of !== undefined && freeze !== undefined && wordsOf(of) !== wordsOf(freeze.sample)) yield wrong(wordsOf(of), wordsOf(freeze.sample))
  }
  if (results !== undefined) round.results = results
  if (step !== 'approved') return
  if (round.selfAudit) yield* approvalFaults(round.results)
  if (round.results !== undefined) yield* leftOut(round.results, round.unanswered)
}

/** Of what was drawn nothing is left out: else who draws more, and answers what suits, picks the sample. Results of earlier versions, which
 *  do not say what has none, were held to the protection cases alone. */
function* leftOut({ open }: RoundResults, { cases, items, reviews }: Unanswered): Generator<Fault> {
  const named = open === undefined ? cases : [...items, ...reviews]
  const length = Math.max(named.length, open === undefined ? 0 : open.items + open.reviews)
  const names = named.length === 0 ? '' : `: ${named.slice(0, 3).join(', ')}`
  if (length > 0)
    yield wrong(
      `no result for ${length} ${open === undefined ? 'protection cases' : 'rows'}${names}`,
      'each that was drawn (六(一)3, D-17)',
    )
}

const isOpenUnsaid = ({ results, unanswered: { items, reviews } }: Round): boolean =>
  results !== undefined && results.open === undefined && items.length + reviews.length > 0

const wordsOf = ({ agency, from, selfAudit, until }: Pick<Freeze, 'agency' | 'from' | 'selfAudit' | 'until'>): string =>
  `${agency} ${from}–${until} ${selfAudit ? 'self-audit' : 'unannounced'}`

/** Rule 六(一)3: the law counts what was audited. */
function* approvalFaults(results: RoundResults | undefined): Generator<Fault> {
  if (results === undefined) {
    yield wrong('an approval without results', 'what was audited')
    return
  }
  for (const { audited, month, population, quota } of results.months) {
    const due = Math.max(quota, quotaOf(population))
    if (audited < due) yield wrong(`${month}: ${audited} audited`, `${due}`)
  }
  const { audited, reviewed, total, withRecords } = results.users
  const need = Math.ceil(total / 2)
  if (audited < Math.min(need, withRecords) || audited + reviewed < need)
    yield wrong(`${audited} users audited, ${reviewed} reviewed`, `${need} of ${total}, those with records first`)
}

/** Of each population the newest draw: it holds the others. */
const newestOfEach = (draws: readonly Step<Draw>[]): readonly Step<Draw>[] => [
  ...new Map(draws.map((draw) => [draw.sample.freeze.id, draw])).values(),
]

/** What was drawn of a population that was frozen anew, or under a seed that was thrown again, is audited for nothing. */
function* standingFaults(step: SeenRound, { draws }: Round, standing: Standing): Generator<Fault> {
  for (const draw of newestOfEach(draws)) {
    const freeze = standing.freeze(draw.sample.freeze, draw)
    if (freeze === undefined) continue // told of where it was drawn
    const anew = standing.isReplaced(freeze, step)
    if (anew || standing.seedOf(freeze, step)?.id !== draw.sample.seed.id)
      yield wrong(`results of draw ${told(draw)}, ${anew ? 'frozen anew' : 'whose seed was thrown again'}`, 'of a draw that counts')
  }
}

interface HeldResults {
  readonly faults: readonly Fault[]
  readonly unanswered: Unanswered
  readonly unchecked?: UncheckedCode
}

async function holdResults(results: RoundResults, { draws }: Round, round: string, reading: Reading): Promise<HeldResults> {
  const newest = newestOfEach(draws)
  if (newest.length === 0) return { faults: [], unanswered: none } // told of where it was named
  const lists = (await Promise.all(newest.map((draw) => reading.listThere(draw)))).flatMap((list) => list ?? [])
  const faults = [...statedFaults(results, newest, lists)]
  const bytes = await reading.document(results.document)
  if (bytes === undefined || lists.length < newest.length) return { faults, unanswered: none, unchecked: 'results-absent' }
  const document = readResults(bytes)
  if (document === 'earlier') return { faults, unanswered: none, unchecked: 'results-form' }
  if (document === 'malformed')
    return { faults: [...faults, wrong('no results of a round', 'the form that docs/log-format.md gives them')], unanswered: none }
  const of = { round, draws: draws.map(({ id }) => id), newest: newest.map(({ id }) => id), lists }
  const unanswered = unansweredIn(document, lists)
  const differences = [...auditedIn(document, of, results), ...openFaults(document, results, unanswered)]
  return { faults: [...faults, ...differences.map(({ expected, found }) => wrong(found, expected))], unanswered }
}

/** What results state of their draws and of themselves, which entries tell; lists as far as they are to be had. */
function* statedFaults(results: RoundResults, newest: readonly Step<Draw>[], lists: readonly SampleList[]): Generator<Fault> {
  const names = new Set(newest.flatMap(({ sample }) => sample.months.map(({ month }) => month)))
  for (const name of names) {
    const own = newest.flatMap(({ sample }) => sample.months.filter(({ month }) => month === name))
    const sum = (member: 'population' | 'quota'): number => own.reduce((all, each) => all + each[member], 0)
    const stated = results.months.find(({ month }) => month === name)
    const [population, quota] = [sum('population'), sum('quota')]
    if (stated?.population !== population || stated.quota !== quota)
      yield wrong(`${name}: quota ${stated?.quota} of ${stated?.population}`, `quota ${quota} of ${population}, as drawn`)
  }
  const { outcomes, users } = results
  const total = Math.max(...newest.map(({ sample }) => sample.coverage.users))
  if (users.total !== total) yield wrong(`${users.total} users`, `${total}, as drawn`)
  // Of late records and those before, only how many persons each has is known: no fewer than were drawn have records in all.
  const having = Math.max(personsIn(lists).size, ...newest.map(({ sample }) => sample.coverage.withRecords))
  if (users.withRecords < having || (lists.length === newest.length && users.withRecords > having))
    yield wrong(`${users.withRecords} users with records`, `${having}, as drawn`)
  const reviews = newest.reduce((sum, { sample }) => sum + sample.coverage.reviews, 0)
  if (users.reviewed > reviews) yield wrong(`${users.reviewed} users reviewed`, `${reviews} at most, as drawn`)
  const audited = results.months.reduce((sum, each) => sum + each.audited, 0)
  const [drawn, came] = [
    newest.reduce((sum, { sample }) => sum + sample.sample.count, 0),
    outcomes.normal + outcomes.abnormal + outcomes.toExplain,
  ]
  if (results.open !== undefined && results.open.items !== drawn - audited)
    yield wrong(`${results.open.items} items without a result`, `${drawn - audited} of ${drawn}, as drawn`)
  if (audited > drawn) yield wrong(`${audited} items audited`, `${drawn} at most, as drawn`)
  if (came !== audited) yield wrong(`${came} results of ${audited} items`, 'one of each')
  if (users.audited > audited) yield wrong(`${users.audited} users audited by ${audited} items`, 'one item of each at least')
}
