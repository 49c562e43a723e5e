// rounds.ts: rounds of the audit held against their draws: what was audited is of what was drawn, and as much as the law asks.
import type { Fault, Finding } from '../finding.ts'
import type { RoundResults } from '../steps.ts'
import type { DrawnFrom } from './drawn-from.ts'
import { quotaOf } from './month-draw.ts'
import { auditedIn } from './results.ts'
import type { Draw, Freeze } from './sample.ts'
import type { SeenDraws, SeenRound, Step } from './seen.ts'
import type { Standing } from './standing.ts'
import { told } from './step-faults.ts'

interface Round {
  readonly selfAudit: boolean
  readonly draws: Step<Draw>[]
  results: RoundResults | undefined
}

/** @throws Error where a place cannot be read */
export async function* checkRounds(seen: SeenDraws, standing: Standing, from: DrawnFrom): AsyncGenerator<Finding> {
  const rounds = new Map<string, Round>()
  for (const step of seen.rounds) {
    for (const fault of take(step, rounds, standing)) yield findingOf(step, fault)
    const { number, results } = step.round
    const round = rounds.get(number)
    if (round === undefined) continue
    if (round.results !== undefined && (results !== undefined || step.round.step === 'approved'))
      for (const fault of standingFaults(step, round, standing)) yield findingOf(step, fault)
    if (results !== undefined) for (const fault of await resultsFaults(results, round, from)) yield findingOf(step, fault)
  }
}

const findingOf = ({ index, slot }: SeenRound, fault: Fault): Finding => ({ slot, index, ...fault })
const wrong = (found: string, expected: string): Fault => ({ code: 'round-mismatch', found, expected })

/** What of a step changes its round. */
function* take(seenRound: SeenRound, rounds: Map<string, Round>, standing: Standing): Generator<Fault> {
  const { number, of, results, sample, step } = seenRound.round
  if (of !== undefined && rounds.has(number)) return // a number is given once: it changes nothing
  if (of !== undefined) rounds.set(number, { selfAudit: of.selfAudit, draws: [], results: undefined })
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
  if (step === 'approved' && round.selfAudit) yield* approvalFaults(round.results)
}

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

async function resultsFaults(results: RoundResults, { draws }: Round, from: DrawnFrom): Promise<readonly Fault[]> {
  const newest = newestOfEach(draws)
  if (newest.length === 0) return [] // told of where it was named
  const faults: Fault[] = []
  const names = new Set(newest.flatMap(({ sample }) => sample.months.map(({ month }) => month)))
  for (const name of names) {
    const own = newest.flatMap(({ sample }) => sample.months.filter(({ month }) => month === name))
    const sum = (member: 'population' | 'quota'): number => own.reduce((all, each) => all + each[member], 0)
    const stated = results.months.find(({ month }) => month === name)
    const [population, quota] = [sum('population'), sum('quota')]
    if (stated?.population !== population || stated.quota !== quota)
      faults.push(wrong(`${name}: quota ${stated?.quota} of ${stated?.population}`, `quota ${quota} of ${population}, as drawn`))
  }
  const users = Math.max(...newest.map(({ sample }) => sample.coverage.users))
  if (results.users.total !== users) faults.push(wrong(`${results.users.total} users`, `${users}, as drawn`))
  const lists = await Promise.all(newest.map((draw) => from.listThere(draw)))
  const bytes = await from.document(results.document)
  const whole = lists.flatMap((list) => list ?? [])
  if (bytes !== undefined && whole.length === lists.length)
    for (const { expected, found } of auditedIn(bytes, whole, results)) faults.push(wrong(found, expected))
  return faults
}
