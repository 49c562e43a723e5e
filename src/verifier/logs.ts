// logs.ts: all logs of a place, each verified, and held against what the others say of it.
import { ActsByPolicy } from './acts.ts'
import { checkDraws } from './draws/draws.ts'
import { SeenDraws } from './draws/seen.ts'
import type { Unchecked } from './draws/unchecked.ts'
import type { Entry } from './entry.ts'
import { type Finding, shown } from './finding.ts'
import type { Kept } from './kept.ts'
import type { Known } from './known.ts'
import type { VerifierKey } from './note.ts'
import type { OtherHead } from './other-heads.ts'
import type { Retirement } from './slot-entries.ts'
import { readStatements, StatedHeads, type Statements } from './statements.ts'
import type { StoredLog, StoredLogs } from './stored.ts'
import { type StreamOptions, strayEntry, verifyLog } from './stream.ts'
import type { Summary } from './summary.ts'

export interface LogsOptions {
  /** Which logs; absent: all. The others still bear witness. */
  readonly slots?: ReadonlySet<string>
  /** When it is verified, ms. */
  readonly now: number
  /** Of each log those by whose name they go. */
  readonly trusted: readonly VerifierKey[]
  readonly kept: readonly Kept[]
  readonly onProgress?: (log: StoredLog, entries: number) => void
}

const slotOf = (log: string): string => log.slice(log.lastIndexOf('/') + 1)

/** Verifies the logs of a place one after another: yields what it finds, returns what it verified.
 *  @throws Error where a place cannot be read, or gives other entries than a moment before */
export async function* verifyLogs(place: StoredLogs, options: LogsOptions): AsyncGenerator<Finding, readonly Summary[]> {
  const chosen = place.logs.filter(({ slot }) => options.slots?.has(slot) ?? true)
  const verifying = new Verifying(place, options)
  const summaries: Summary[] = []
  for (const log of chosen) summaries.push(yield* verifying.verify(log))
  yield* verifying.end(summaries)
  yield* verifying.acts(summaries)
  const unchecked = yield* verifying.draws(summaries)
  return summaries.map((each) => ({ ...each, unchecked: unchecked.filter(({ slot }) => slot === each.slot) }))
}

class Verifying {
  readonly #place: StoredLogs
  readonly #options: LogsOptions
  #stated: Promise<Statements> | undefined
  /** Retire entries that stand in logs as they were verified, and where. */
  readonly #retirements: { readonly by: string; readonly index: number; readonly said: Retirement }[] = []
  /** Where logs ended that others abandoned or took the place of. */
  readonly #ended = new Map<string, { readonly size: number; readonly source: string }>()
  readonly #acts = new ActsByPolicy()
  readonly #draws = new SeenDraws()
  /** Logs that are spoken of and are not here: where first. */
  readonly #missing = new Map<string, Finding>()

  constructor(place: StoredLogs, options: LogsOptions) {
    this.#place = place
    this.#options = options
  }

  /** What all logs of the place state: read once, where there is somebody to speak of. */
  #statements(): Promise<Statements> {
    this.#stated ??= readStatements(this.#place)
    return this.#stated
  }

  async *verify(stored: StoredLog): AsyncGenerator<Finding, Summary> {
    const { log, slot } = stored
    const statements = this.#place.logs.length > 1 ? await this.#statements() : undefined
    let heads = 0
    const known: Known[] = this.#options.kept.filter((each) => each.log === log).map(({ known }) => known)
    known.push(...(statements?.outOfStep.get(log) ?? []))
    if (stored.stated !== undefined) known.push({ kind: 'head', size: stored.size, ...stored.stated, isOwn: true })
    const { document } = this.#place
    const { onProgress } = this.#options
    const options: StreamOptions = {
      partialTiles: this.#place.partialTiles,
      now: this.#options.now,
      trusted: this.#options.trusted.filter(({ name }) => name === log),
      known,
      ...(statements !== undefined && { stated: new StatedHeads(this.#place, log) }),
      retirements: async () =>
        (await this.#statements()).retirements.flatMap(({ by, said }) => (said.log === log && this.#isVouched(by) ? said : [])),
      onRare: (index, entry, leaf) => {
        heads += this.#heads(slot, index, entry)
        this.#draws.take(stored, index, entry, leaf)
        const { content, read } = entry
        if (content.kind === 'act') this.#acts.take(slot, index, content.policy, read)
        else if (content.kind === 'retire') this.#retirements.push({ by: log, index, said: content })
      },
      ...(document !== undefined && { document }),
      ...(onProgress !== undefined && { onProgress: (entries: number) => onProgress(stored, entries) }),
    }
    const summary = yield* verifyLog(stored, options)
    if (statements !== undefined && heads > (statements.counts.get(slot) ?? 0))
      throw new Error(`The log of slot ${slot} states ${heads} heads of other logs, and a moment ago ${statements.counts.get(slot) ?? 0}.`)
    return summary
  }

  /** Whether a log's word counts for others: where keys were given, whoever could store a log could write and sign it with a key of their own. */
  #isVouched(log: string): boolean {
    const { trusted } = this.#options
    return trusted.length === 0 || trusted.some(({ name }) => name === log)
  }

  /** What an entry states of other logs. @returns how many heads */
  #heads(slot: string, index: number, { ended, heads }: Entry): number {
    for (const head of heads) this.#seen(slot, index, head)
    if (ended === undefined) return heads.length
    this.#seen(slot, index, ended)
    this.#ended.set(ended.log, { size: ended.size, source: `entry ${index} of slot ${slot}` })
    return heads.length + 1
  }

  #seen(slot: string, index: number, head: OtherHead): void {
    if (this.#isHere(head.log) || this.#missing.has(head.log)) return
    const expected = `a log of ${head.size} entries`
    this.#missing.set(head.log, { slot, index, code: 'log-missing', found: `no log ${shown(head.log)}`, expected })
  }

  async *end(summaries: readonly Summary[]): AsyncGenerator<Finding> {
    yield* this.#missing.values()
    yield* (await this.#stated)?.findings ?? []
    for (const { slot, index } of this.#place.strays ?? [])
      if (this.#options.slots?.has(slot) !== false) yield { slot, index, ...strayEntry('a log of its slot') }
    yield* this.#given(summaries)
    yield* this.#evidence(summaries)
    for (const { slot, log, size } of summaries) {
      const ended = this.#ended.get(log)
      if (ended !== undefined && size > ended.size)
        yield { slot, index: ended.size, code: 'log-ended', found: `${size} entries`, expected: `${ended.size} (${ended.source})` }
    }
    yield* this.#retired(summaries)
  }

  /** Keys that were given say which logs there are, too. */
  *#given(summaries: readonly Summary[]): Generator<Finding> {
    const { slots, trusted } = this.#options
    for (const log of new Set(trusted.map(({ name }) => name))) {
      const slot = slotOf(log)
      if (this.#isHere(log) || slots?.has(slot) === false) continue
      yield { slot, index: 0, code: 'log-missing', found: `no log ${shown(log)}`, expected: 'a log for each key that was given' }
    }
    for (const { log, slot } of summaries)
      if (!this.#isVouched(log))
        yield { slot, index: 0, code: 'key-not-given', found: 'the key that it names itself', expected: `a key of ${shown(log)}` }
  }

  /** Evidence that no log could be held against. */
  *#evidence(summaries: readonly Summary[]): Generator<Finding> {
    const unread = new Map<string, number>()
    for (const { log, known } of this.#options.kept) {
      if (log === undefined) {
        yield { slot: '', index: 0, code: 'known-invalid', found: known.source, expected: 'a checkpoint, a receipt or a tlog-proof' }
      } else if (!this.#isHere(log)) {
        yield { slot: slotOf(log), index: 0, code: 'log-missing', found: `no log ${shown(log)}`, expected: `the log of ${known.source}` }
      } else if (!summaries.some((each) => each.log === log)) unread.set(log, (unread.get(log) ?? 0) + 1)
    }
    for (const [log, count] of unread)
      yield {
        slot: slotOf(log),
        index: 0,
        code: 'known-unread',
        found: `${count} of ${shown(log)}`,
        expected: 'evidence of the slots that are verified',
      }
  }

  #isHere(name: string): boolean {
    return this.#place.logs.some(({ log }) => log === name)
  }

  /** What was taken out against the entries that say so, as far as somebody signed those. */
  *#retired(summaries: readonly Summary[]): Generator<Finding> {
    const signedTo = new Map(summaries.map((each) => [each.log, each.signedTo]))
    const signed = this.#retirements.filter(({ by, index }) => this.#isVouched(by) && index < (signedTo.get(by) ?? 0))
    const said = new Map(signed.map((each) => [JSON.stringify(each.said), each.said]))
    for (const { counts, log, retired, slot } of summaries) {
      for (const each of retired.filter((it) => !said.has(JSON.stringify(it))))
        yield {
          slot,
          index: each.from,
          code: 'retire-mismatch',
          found: `${each.month}, by no entry that was verified`,
          expected: 'a retire entry under a checkpoint of a trusted key',
        }
      // What is missing beside it is told already.
      const accepted = new Set(retired.map((each) => JSON.stringify(each)))
      for (const [name, { from, log: of, month }] of said)
        if (of === log && !accepted.has(name) && !counts.has('entry-missing'))
          yield { slot, index: from, code: 'retire-unfinished', found: `entries of ${month}`, expected: 'none' }
    }
  }

  /** Where a log or a part of one is not here, rules may have been entered there. */
  async *acts(summaries: readonly Summary[]): AsyncGenerator<Finding> {
    if (!this.#acts.any || this.#missing.size > 0 || ![...this.#acts.read].every((log) => this.#isHere(log))) return
    if (summaries.every(({ counts, retired }) => retired.length === 0 && !counts.has('entry-missing')))
      yield* this.#acts.faults((await this.#statements()).policies)
  }

  /** Draws are held against the logs that were verified with them: where one that they were drawn from was not, of that nothing is said. */
  async *draws(summaries: readonly Summary[]): AsyncGenerator<Finding, readonly Unchecked[]> {
    for (const { counts, log, retired } of summaries) if (retired.length > 0 || counts.has('entry-missing')) this.#draws.partial.add(log)
    return (yield* checkDraws(this.#draws, this.#place)).unchecked
  }
}
