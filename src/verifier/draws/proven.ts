// proven.ts: what draws are believed of, held against the signed trees: openings, turns of months, steps of draws and rounds, ends of logs.
import { Unusable } from '../archive/finding.ts'
import { type Content, type Entry, readEntry } from '../entry.ts'
import { type Finding, shown } from '../finding.ts'
import { Invalid } from '../invalid.ts'
import type { Checkpoint } from '../note.ts'
import type { OtherHead } from '../other-heads.ts'
import { Signers } from '../signers.ts'
import type { Retirement } from '../slot-entries.ts'
import type { StoredLog, StoredLogs } from '../stored.ts'
import { monthAt } from '../taipei.ts'
import { GrowingTree, type Hash, type Head, hashOfLeaf } from '../tree.ts'
import type { Freeze } from './sample.ts'
import { signedTree } from './signed-tree.ts'

/** An entry that draws are believed of. */
interface Statement {
  readonly index: number
  readonly leaf: Hash
  readonly entry: Entry
}

/** What the logs of a place say, before any of it is believed. */
interface Stated {
  readonly statements: ReadonlyMap<StoredLog, readonly Statement[]>
  /** Of a log that ended, its last head, and in which month that was said. */
  readonly ends: ReadonlyMap<string, Head & { readonly said: string }>
  readonly retirements: readonly Retirement[]
  /** By log, how far it was ever frozen. */
  readonly frozenTo: ReadonlyMap<string, number>
  /** Whether something is to be frozen or drawn, and not only recomputed. */
  readonly isAhead: boolean
  /** What is drawn from: of a log that ended within it every entry counts, since no month entry says its numbers. */
  readonly periods: readonly Period[]
  /** Every log that another one speaks of, and where first. */
  readonly named: ReadonlyMap<string, { readonly slot: string; readonly index: number }>
}

type Period = Pick<Freeze, 'from' | 'until'>
type Tell = (finding: Finding) => void

/** By slot, the farthest head that the key of its log signed, or that a signed entry ends it with. */
export type ProvenHeads = ReadonlyMap<string, Head>

/** Holds against the signed tree of each log what draws are believed of: a path of hashes for each entry, whatever the log's length. Of no
 *  other entry anything is said.
 *  @param drawn from which months; absent: from those of every freeze
 *  @returns what other entries can be held to, whatever the place says of its heads meanwhile
 *  @throws Error where a place cannot be read */
export async function* unproven(place: StoredLogs, drawn?: readonly Period[]): AsyncGenerator<Finding, ProvenHeads> {
  const stated = await readStated(place, drawn)
  const heads = new Map<string, Head>()
  for (const [log, { index, slot }] of stated.named)
    if (place.logs.every((each) => each.log !== log))
      yield { slot, index, code: 'log-missing', found: `no log ${shown(log)}`, expected: 'a log that an entry speaks of' }
  const first = (drawn ?? []).map(({ from }) => from).sort()[0] ?? ''
  for (const [stored, statements] of stated.statements) {
    // What ended before holds nothing of these months, however damaged it is.
    if ((stated.ends.get(stored.log)?.said ?? first) < first) continue
    const findings: Finding[] = []
    const proving = new Proving(stored, statements, baseOf(first, statements), stated, (finding) => findings.push(finding))
    const head = await proving.run()
    if (head !== undefined) heads.set(stored.slot, head)
    yield* findings
  }
  return heads
}

/** Kinds that numbers, keys and steps come from. */
function isBelieved({ content, ended }: Entry): boolean {
  if (ended !== undefined || content.kind === 'opening' || content.kind === 'month' || content.kind === 'retire') return true
  return content.kind === 'act' && (content.sample !== undefined || content.round !== undefined)
}

/** The month entry behind which a month stands; 0 where none is before it. */
function baseOf(month: string, statements: readonly Statement[]): number {
  return statements.findLast(({ entry: { content } }) => content.kind === 'month' && content.begins <= month)?.index ?? 0
}

async function readStated({ logs }: StoredLogs, drawn: readonly Period[] | undefined): Promise<Stated> {
  const statements = new Map<StoredLog, Statement[]>()
  const ends = new Map<string, Head & { readonly said: string }>()
  const retirements: Retirement[] = []
  const named = new Map<string, { slot: string; index: number }>()
  const frozenTo = new Map<string, number>()
  const periods: Period[] = [...(drawn ?? [])]
  for (const stored of logs) {
    const own: Statement[] = []
    statements.set(stored, own)
    for await (const { bytes, index } of stored.statements()) {
      const entry = bytes && readEntry(bytes, () => undefined)
      if (bytes === undefined || entry === undefined) continue
      for (const { log } of entry.heads) if (!named.has(log)) named.set(log, { slot: stored.slot, index })
      if (!isBelieved(entry)) continue
      own.push({ index, entry, leaf: hashOfLeaf(bytes) })
      if (entry.ended !== undefined) ends.set(entry.ended.log, { ...headOf(entry.ended), said: monthAt(entry.ms) })
      const { content } = entry
      if (content.kind === 'retire') retirements.push(content)
      if (content.kind !== 'act' || content.sample?.act !== 'freeze') continue
      if (drawn === undefined) periods.push(content.sample)
      for (const { log, size } of content.sample.logs) frozenTo.set(log, Math.max(size, frozenTo.get(log) ?? 0))
    }
  }
  return { statements, ends, retirements, frozenTo, isAhead: drawn !== undefined, periods, named }
}

const headOf = ({ root, size }: OtherHead): Head => ({ size, root: Buffer.from(root, 'base64') })

/** One log, held against what was signed of it. */
class Proving {
  readonly #stored: StoredLog
  readonly #base: number
  readonly #statements: readonly Statement[]
  readonly #end: Head | undefined
  readonly #retirements: readonly Retirement[]
  readonly #periods: readonly Period[]
  readonly #frozenTo: number
  readonly #isAhead: boolean
  readonly #tell: Tell

  /** @param base what stands before that entry is not drawn from: of months there only those count that change the key */
  constructor(stored: StoredLog, statements: readonly Statement[], base: number, stated: Stated, tell: Tell) {
    const { ends, frozenTo, isAhead, periods, retirements } = stated
    this.#stored = stored
    this.#base = base
    this.#statements = statements.filter(
      ({ entry: { content }, index }) => content.kind !== 'month' || index >= base || content.keyChange !== undefined,
    )
    this.#end = ends.get(stored.log)
    this.#retirements = retirements.filter(({ log }) => log === stored.log)
    this.#periods = periods
    this.#frozenTo = frozenTo.get(stored.log) ?? 0
    this.#isAhead = isAhead
    this.#tell = tell
  }

  /** @returns the farthest head that the log was held to */
  async run(): Promise<Head | undefined> {
    const month = await this.#holdTurns()
    const checkpoint = this.#signed()
    const heads = [checkpoint, this.#end].flatMap((head) => (head !== undefined && head.size <= this.#stored.size ? [head] : []))
    for (const head of heads) await this.#holdStatements(head)
    const reach = Math.max(checkpoint?.size ?? 0, this.#end?.size ?? 0)
    // A log that ended may have lost what was signed of it: the entry that ends it says so.
    if (this.#end === undefined && reach > this.#stored.size)
      this.#report(reach, 'checkpoint-beyond', `${this.#stored.size} entries`, `at least ${reach}`)
    if (this.#end === undefined && reach < this.#frozenTo)
      this.#report(reach, 'known-beyond', `signed to ${reach}`, `at least ${this.#frozenTo}, as it was frozen`)
    for (const { entry, index } of this.#statements) if (index >= reach) this.#holdUnsigned(index, entry.content)
    const isDrawnFrom = this.#periods.some(({ from, until }) => month !== undefined && month >= from && month <= until)
    if (isDrawnFrom && this.#end !== undefined) await this.#holdWhole(this.#end)
    return heads.sort((one, other) => other.size - one.size)[0]
  }

  #report(index: number, code: Finding['code'], found: string, expected: string): void {
    this.#tell({ slot: this.#stored.slot, index, code, found: shown(found), expected: shown(expected) })
  }

  /** Each month entry begins where the one before it ended: one that was made another entry, so that it is not found, leaves a gap. Where
   *  a month was taken out there is one, too: then its entries are gone, and nothing is drawn from it any more.
   *  @returns the month that the log stands in */
  async #holdTurns(): Promise<string | undefined> {
    let before: { readonly index: number; readonly month: string } | undefined
    for (const { entry, index } of this.#statements) {
      const { content, ms } = entry
      if (content.kind === 'opening' && index === 0) before = { index, month: monthAt(ms) }
      if (content.kind !== 'month') continue
      const { index: from, month } = before ?? { index: -1, month: '' }
      if (index > this.#base && content.ended !== month && !(await this.#isRetired(from, index, { from: month, until: content.ended })))
        this.#report(index, 'month-missing', `a month entry that ends ${content.ended}`, `one that ends ${month || 'the first'} before it`)
      before = { index, month: content.begins }
    }
    const { size } = this.#stored
    const until = this.#retirements.reduce((last, { month }) => (month > last ? month : last), '')
    if (before === undefined && size > 0 && !(await this.#isRetired(-1, size, { from: '', until: `${until}-end` })))
      this.#report(0, 'opening-missing', `${size} entries without one`, 'an opening, or month entries behind what was taken out')
    return before?.month
  }

  /** Whether what lacks between two entries was taken out: a retire entry says so, and its first entry is gone. */
  async #isRetired(after: number, before: number, months: Period): Promise<boolean> {
    const span = this.#retirements.find(({ from, to }) => from < before && to > after + 1)
    if (span === undefined || (await this.#stored.entry(span.from)) !== undefined) return false
    return !this.#isAhead || this.#periods.every(({ from, until }) => until < months.from || from >= months.until)
  }

  /** The newest checkpoint, as the key signed it that the log names last. */
  #signed(): Checkpoint | undefined {
    const { log, newest, slot } = this.#stored
    if (newest === undefined) return undefined
    const signers = new Signers(log, [])
    signers.retiring(this.#retirements.flatMap(({ keys = [] }) => keys))
    const first = this.#statements.find(({ entry }) => entry.content.kind === 'opening' || entry.content.kind === 'month')
    if (first?.entry.content.kind !== 'opening') signers.retired(this.#retirements.at(-1)?.keys)
    for (const { entry, index } of this.#statements) {
      const tell: Parameters<Signers['month']>[2] = ({ code, expected, found }) => this.#report(index, code, found, expected)
      if (entry.content.kind === 'opening' && index === 0) signers.opening(entry.content, slot, tell)
      else if (entry.content.kind === 'month' && index < sizeIn(newest)) signers.month(index, entry.content.keyChange, tell)
    }
    try {
      return signers.open(newest)
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      this.#report(sizeIn(newest), 'checkpoint-invalid', error.message, `one of ${log}, signed by every key that has to`)
      return undefined
    }
  }

  async #holdStatements(head: Head): Promise<void> {
    const covered = this.#statements.filter(({ index }) => index < head.size)
    if (covered.length === 0) return
    try {
      const tree = await signedTree(head, this.#stored)
      for (const { index, leaf } of covered) {
        const signed = Buffer.from(await tree.leaf(index))
        if (!signed.equals(leaf)) this.#report(index, 'leaf-mismatch', leaf.toString('hex'), `${signed.toString('hex')}, as it was signed`)
      }
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      const { expected, file, found } = error.finding
      const code = error.finding.code === 'tile-missing' ? 'tile-missing' : 'tile-mismatch'
      this.#report(head.size, code, `${file.slice(1)}: ${found}`, expected)
    }
  }

  /** Behind the newest checkpoint nobody signed anything yet. Of a month that turned a moment ago that may be; a step of a draw is signed
   *  before it is told, but may be of a command that runs at this moment. */
  #holdUnsigned(index: number, content: Content): void {
    const young = this.#stored.newest === undefined && content.kind === 'opening'
    const isStep = content.kind === 'act' && this.#isAhead
    if (young || isStep || (content.kind === 'month' && this.#stored.newest !== undefined)) return
    this.#report(index, 'checkpoint-missing', `nothing signed of entry ${index}`, 'a checkpoint that covers it')
  }

  async #holdWhole({ root, size }: Head): Promise<void> {
    const tree = new GrowingTree()
    for await (const chunk of this.#stored.entries(() => undefined))
      for (const { bytes, leaf } of chunk) {
        const hash = bytes === undefined ? leaf : hashOfLeaf(bytes)
        if (hash !== undefined && tree.size < size) tree.add(hash)
      }
    if (tree.size === size && tree.root().equals(root)) return
    this.#report(size, 'known-root', `${tree.size} entries, ${tree.root().toString('base64')}`, `${size}, ${root.toString('base64')}`)
  }
}

/** The second line of a checkpoint; 0 where it has none. */
const sizeIn = (note: string): number => Number(/^[^\n]*\n(0|[1-9]\d{0,15})\n/.exec(note)?.[1] ?? 0)
