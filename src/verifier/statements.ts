// statements.ts: what the logs of a place state of each other, before they have been verified: read along with the log that it is of, so that
// memory grows with neither.
import { type Entry, readEntry } from './entry.ts'
import type { Finding } from './finding.ts'
import type { Known, KnownHead } from './known.ts'
import type { OtherHead } from './other-heads.ts'
import type { Retirement } from './slot-entries.ts'
import type { StoredEntry, StoredLog, StoredLogs } from './stored.ts'

/** By how many entries a statement may come behind one before it: an export or a freeze states a log only as far as it was signed. */
const lag = 4096
/** Of one log this many statements that come further behind are held against it. Only a log that went back has them. */
const mostOutOfStep = 10_000
const headsAtOnce = 256

/** Of what entries state the part that is small. */
export interface Statements {
  /** With the log that says so. */
  readonly retirements: readonly { readonly by: string; readonly said: Retirement }[]
  /** Digests of rules that entries entered. */
  readonly policies: ReadonlySet<string>
  /** How many heads each slot states. */
  readonly counts: ReadonlyMap<string, number>
  /** By the log that they are of: heads that come too late to be read along with it. */
  readonly outOfStep: ReadonlyMap<string, readonly Known[]>
  /** Of heads that are too many for that. */
  readonly findings: readonly Finding[]
}

/** Heads of other logs that an entry states as they stood. What an export of a log says of that very log is no evidence from elsewhere. */
const headsIn = ({ ended, heads, read }: Entry, by: string): readonly OtherHead[] => [
  ...heads,
  ...(ended === undefined ? [] : [ended]),
  ...read.filter(({ log }) => log !== by),
]

/** Whether the heads of one log, as another states them, come in the order of their sizes, but for the lag. */
class Steps {
  furthest = 0

  isInStep(size: number): boolean {
    const is = size >= this.furthest - lag
    this.furthest = Math.max(this.furthest, size)
    return is
  }
}

const nameOf = ({ root, size }: OtherHead): string => `${size} ${root}`
const sourceOf = (index: number, { slot }: StoredLog): string => `entry ${index} of slot ${slot}`
const hashOf = (root: string): Buffer => Buffer.from(root, 'base64')

/** Reads all statements of a place once. */
export async function readStatements({ logs }: StoredLogs): Promise<Statements> {
  const reading = new ReadingStatements()
  for (const stored of logs) await reading.read(stored)
  return reading
}

class ReadingStatements implements Statements {
  readonly retirements: { readonly by: string; readonly said: Retirement }[] = []
  readonly policies = new Set<string>()
  readonly counts = new Map<string, number>()
  readonly #late = new Map<string, Map<string, Known>>()
  readonly findings: Finding[] = []

  get outOfStep(): ReadonlyMap<string, readonly Known[]> {
    return new Map([...this.#late].map(([log, heads]) => [log, [...heads.values()]]))
  }

  async read(stored: StoredLog): Promise<void> {
    const steps = new Map<string, Steps>()
    for await (const { index, bytes } of stored.statements()) {
      const entry = bytes && readEntry(bytes, () => undefined)
      if (entry === undefined) continue
      const { content } = entry
      if (content.kind === 'retire') this.retirements.push({ by: stored.log, said: content })
      if (content.kind === 'policy') this.policies.add(content.digest)
      const heads = entry.heads.length + (entry.ended === undefined ? 0 : 1)
      this.counts.set(stored.slot, (this.counts.get(stored.slot) ?? 0) + heads)
      for (const head of headsIn(entry, stored.log)) {
        const own = steps.get(head.log) ?? new Steps()
        steps.set(head.log, own)
        if (!own.isInStep(head.size)) this.#keep(stored, index, head, own)
      }
    }
  }

  #keep(by: StoredLog, index: number, head: OtherHead, { furthest }: Steps): void {
    const late = this.#late.get(head.log) ?? new Map<string, Known>()
    this.#late.set(head.log, late)
    const [name, source] = [nameOf(head), sourceOf(index, by)]
    if (late.has(name)) return
    if (late.size < mostOutOfStep) late.set(name, { kind: 'head', size: head.size, root: hashOf(head.root), source })
    else if (this.findings.length === 0)
      this.findings.push({ slot: by.slot, index, code: 'head-step-back', found: `${head.log}: ${name}`, expected: `at least ${furthest}` })
  }
}

/** What one log states of another, in the order of its entries. */
class Stating {
  readonly #by: StoredLog
  readonly #of: string
  readonly #entries: AsyncIterator<StoredEntry>
  readonly #steps = new Steps()
  /** Not reached yet, each once. Of one size two are enough: one of them is wrong. */
  readonly #held = new Map<string, KnownHead>()
  #hasEnded = false

  constructor(by: StoredLog, of: string) {
    this.#by = by
    this.#of = of
    this.#entries = by.statements()[Symbol.asyncIterator]()
  }

  /** @returns heads up to this size that were not returned before */
  async upTo(size: number): Promise<readonly KnownHead[]> {
    while (!this.#hasEnded && this.#steps.furthest - lag <= size) await this.#read()
    return this.#take((head) => head.size <= size)
  }

  /** @returns some of those that are left; none where there are none */
  async more(): Promise<readonly KnownHead[]> {
    while (!this.#hasEnded && this.#held.size < headsAtOnce) await this.#read()
    return this.#take(() => true)
  }

  #take(which: (head: KnownHead) => boolean): readonly KnownHead[] {
    const taken: KnownHead[] = []
    for (const [name, head] of this.#held) {
      if (!which(head)) continue
      taken.push(head)
      this.#held.delete(name)
    }
    return taken
  }

  async #read(): Promise<void> {
    const next = await this.#entries.next()
    if (next.done === true) {
      this.#hasEnded = true
      return
    }
    const { bytes, index } = next.value
    const entry = bytes && readEntry(bytes, () => undefined)
    if (entry === undefined) return
    for (const head of headsIn(entry, this.#by.log)) {
      if (head.log !== this.#of || !this.#steps.isInStep(head.size)) continue
      const [first, second] = [`${head.size}`, `${head.size} again`]
      const root = hashOf(head.root)
      const before = this.#held.get(first)
      if (before?.root.equals(root) === true) continue
      this.#held.set(before === undefined ? first : second, { size: head.size, root, source: sourceOf(index, this.#by) })
    }
  }

  async close(): Promise<void> {
    await this.#entries.return?.()
  }
}

/** What all other logs of a place state of one, in the order of its sizes. */
export class StatedHeads {
  readonly #stating: readonly Stating[]

  constructor({ logs }: StoredLogs, log: string) {
    this.#stating = logs.filter((each) => each.log !== log).map((each) => new Stating(each, log))
  }

  /** @returns all heads up to this size that were not returned before */
  async upTo(size: number): Promise<readonly KnownHead[]> {
    const all: (readonly KnownHead[])[] = []
    for (const each of this.#stating) all.push(await each.upTo(size))
    return all.flat()
  }

  /** Those that are left, some at once. */
  async *rest(): AsyncGenerator<readonly KnownHead[]> {
    for (const each of this.#stating) for (let more = await each.more(); more.length > 0; more = await each.more()) yield more
  }

  async close(): Promise<void> {
    for (const each of this.#stating) await each.close()
  }
}
