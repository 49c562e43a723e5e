// verify.ts: a log verified in one pass, in memory that does not grow with it: its bytes, its tree, and what its entries say of each other.
import { AbsentEntries, earlyFault } from './absent.ts'
import { Checkpoints } from './checkpoints.ts'
import { type Entry, readEntry } from './entry.ts'
import { EntryReader } from './entry-reader.ts'
import type { Fault, Finding, Report } from './finding.ts'
import { Findings } from './findings.ts'
import { HeadsAhead, type Known, KnownEvidence, type KnownHead } from './known.ts'
import type { VerifierKey } from './note.ts'
import { RebuiltTree } from './rebuilt-tree.ts'
import type { FarReference } from './references.ts'
import { EntrySequence } from './sequence.ts'
import { Signers } from './signers.ts'
import type { Retirement } from './slot-entries.ts'
import type { Summary } from './summary.ts'
import { type Hash, type HashText, hashOf, type Tile } from './tree.ts'

export interface VerifierOptions {
  readonly slot: string
  /** The log's name, `<host>/log/<slot>`. */
  readonly log: string
  /** When it is verified, ms: what is dated later is not believed. */
  readonly now: number
  /** Keys that are trusted for this log's checkpoints. None: the key of its own opening is believed, and the summary says so. */
  readonly trusted?: readonly VerifierKey[]
  /** What was kept elsewhere. Without it a log is shown to be consistent, not to be complete. */
  readonly known?: readonly Known[]
  /** Told of each entry that is no query, and its leaf hash: what it says of other logs, of documents or of draws is held against them elsewhere. */
  readonly onRare?: (index: number, entry: Entry, leaf: Hash) => void
  /** Told of each tile of the tree that is full: what is stored can be held against it. */
  readonly onTile?: (tile: Tile) => void
  /** Findings of one code beyond this number are counted only; 100 where it is not given. */
  readonly mostOfACode?: number
}

/** Takes a log's entries in order of their indexes, and each stored checkpoint when as many entries as it states have been taken.
 *  Every method returns what it found. Of each entry it is asked, in this order:
 *  - is it the next one, and is its stored leaf hash that of its bytes? Here
 *  - is it in the form of its kind? entry.ts; of a query, entry-reader.ts
 *  - what lies right before it and has no bytes: was that month taken out? absent.ts
 *  - does it name the keys that sign? signers.ts, opening.ts
 *  - which root does the tree have with it, and does what was kept elsewhere say so? rebuilt-tree.ts, known.ts
 *  - does it agree with the entries before it? sequence.ts, and by it batches.ts, months.ts, numbers.ts, references.ts
 *  And of each checkpoint, who signed it, and whether of that root: checkpoints.ts. */
export class LogVerifier {
  readonly #options: VerifierOptions
  readonly #findings: Findings
  readonly #report: Report
  readonly #tree: RebuiltTree
  readonly #signers: Signers
  readonly #checkpoints: Checkpoints
  readonly #absent = new AbsentEntries()
  readonly #reader = new EntryReader()
  readonly #sequence: EntrySequence
  #known: KnownEvidence | undefined
  readonly #stated = new HeadsAhead()
  #next = 0

  constructor(options: VerifierOptions) {
    const { log, mostOfACode = 100, now, onTile, slot, trusted = [] } = options
    this.#options = options
    this.#findings = new Findings(slot, mostOfACode)
    this.#report = this.#findings.report
    this.#tree = new RebuiltTree(onTile)
    this.#signers = new Signers(log, trusted)
    this.#checkpoints = new Checkpoints(log, this.#signers, this.#tree, this.#report)
    this.#sequence = new EntrySequence(now)
  }

  /** How many entries there are, as far as they have been taken. */
  get size(): number {
    return this.#next
  }

  /** The next stored entry.
   *  @param bytes its exact bytes; undefined where only its leaf hash is left
   *  @param stored the leaf hash that is stored beside it */
  entry(index: number, bytes: Uint8Array | undefined, stored?: Hash): readonly Finding[] {
    if (index < this.#next) {
      this.#report(index, { code: 'entry-order', found: `index ${index}`, expected: `index ${this.#next}` })
      return this.#findings.take()
    }
    if (index > this.#next) {
      const expected = `${index - this.#next} more before it`
      this.#report(this.#next, { code: 'entry-missing', found: `index ${index}`, expected })
      this.#tree.miss(this.#next)
    }
    this.#next = index + 1
    if (bytes === undefined) this.#withoutBytes(index, stored)
    else this.#withBytes(index, bytes, stored)
    return this.#findings.take()
  }

  /** What other logs state of this one: to be told before the first entry behind it. */
  stated(heads: readonly KnownHead[]): void {
    this.#stated.add(heads)
  }

  /** What is stated of more entries than have come, or of none: to be told behind the last. */
  statedBeyond(heads: readonly KnownHead[]): readonly Finding[] {
    this.#stated.add(heads)
    this.#endHeads(this.#stated)
    return this.#findings.take()
  }

  /** What retire entries, of this log or another, say of this one: to be told before the first entry whose bytes are gone. */
  retirements(of: readonly Retirement[]): void {
    this.#absent.retirements = of
    this.#signers.retiring(of.flatMap(({ keys = [] }) => keys))
  }

  /** Queries that entries speak of and that lie too far back, or among what could not be read: each is to be looked up and answered before
   *  further entries are taken. */
  takeFar(): readonly FarReference[] {
    return this.#sequence.takeFar()
  }

  /** @param bytes of the entry where the query is said to be */
  farEntry(far: FarReference, bytes: Uint8Array | undefined): readonly Finding[] {
    const { agency, id, index } = far.of
    const entry = bytes && readEntry(bytes, () => undefined)
    const isThere = entry?.content.kind === 'query' && entry.id === id && entry.content.agency === agency
    const isGone = this.#absent.accepted.some(({ from, to }) => index >= from && index < to)
    this.#sequence.farAnswer(far, isThere || isGone, (fault) => this.#report(far.index, fault))
    return this.#findings.take()
  }

  /** Something that whoever reads the stored log found. */
  fault(index: number, fault: Fault): readonly Finding[] {
    this.#report(index, fault)
    return this.#findings.take()
  }

  /** Tiles that are not full; none where the tree cannot be rebuilt. */
  partialTiles(): readonly Tile[] {
    return this.#tree.partialTiles()
  }

  /** A stored checkpoint.
   *  @param size at which it is stored */
  checkpoint(size: number, note: string): readonly Finding[] {
    this.#checkpoints.take(size, note, this.#next)
    return this.#findings.take()
  }

  /** No entry follows. */
  end(): readonly Finding[] {
    this.#absent.close(undefined, this.#report)
    this.#sequence.end((fault) => this.#report(this.#next, fault))
    if (this.#next === 0) this.#report(0, { code: 'opening-missing', found: 'no entry', expected: 'an opening' })
    this.#endHeads(this.#evidence().heads)
    this.#endHeads(this.#stated)
    if (!this.#findings.counts.has('checkpoint-missing')) this.#checkpoints.end(this.#next)
    return this.#findings.take()
  }

  get summary(): Summary {
    const { log, slot } = this.#options
    return {
      slot,
      log,
      size: this.#next,
      root: this.#tree.root(),
      keys: this.#signers.trusted.length === 0 ? 'none' : this.#signers.given ? 'given' : 'own',
      checkpoints: this.#checkpoints.agreeing,
      signedTo: this.#checkpoints.signedTo,
      knownTo: Math.max(this.#evidence().heads.reach, this.#stated.reach),
      firstAt: this.#sequence.firstAt,
      lastAt: this.#sequence.lastAt,
      counts: this.#findings.counts,
      retired: this.#absent.accepted,
    }
  }

  /** Of the entry that is being taken. */
  readonly #tell = (fault: Fault): void => this.#report(this.#next - 1, fault)

  /** Known evidence is opened when the keys are known: with the first entry, where they are the log's own. */
  #evidence(): KnownEvidence {
    this.#known ??= new KnownEvidence(this.#options.known ?? [], this.#options.log, this.#signers.trusted, this.#report)
    return this.#known
  }

  #withoutBytes(index: number, stored: Hash | undefined): void {
    if (stored === undefined) this.#tree.miss(index)
    else this.#grow(index, stored.toString('latin1'))
    if (this.#absent.add(index, stored !== undefined)) this.#signers.skip()
    const expected = this.#absent.rootAt(index + 1)
    const found = expected === undefined ? undefined : this.#tree.root()?.toString('base64') // put together only where it is stated
    if (found !== undefined && found !== expected)
      this.#report(index + 1, { code: 'retire-mismatch', found: `root ${found}`, expected: `root ${expected}, as its retire entry states` })
    this.#sequence.skip(index)
  }

  #withBytes(index: number, bytes: Uint8Array, stored: Hash | undefined): void {
    const leaf = this.#reader.leaf(bytes)
    if (stored !== undefined && stored.toString('latin1') !== leaf)
      this.#report(index, { code: 'leaf-mismatch', found: stored.toString('hex'), expected: hashOf(leaf).toString('hex') })
    const entry = this.#reader.read(bytes, this.#tell)
    const retired = this.#absent.close(entry, this.#report)
    if (retired !== undefined) this.#signers.retired(retired.keys)
    if (index === 0 && entry?.content.kind !== 'opening')
      this.#tell({ code: 'opening-missing', found: entry?.kind ?? 'what cannot be read', expected: 'an opening' })
    if (entry !== undefined && entry.content.kind !== 'query') {
      this.#ofLog(index, entry)
      this.#options.onRare?.(index, entry, hashOf(leaf))
    }
    this.#grow(index, leaf)
    this.#sequence.take(index, entry, this.#tell)
  }

  /** What an entry says of the log itself: who signs it, and what was taken out. */
  #ofLog(index: number, { content, ms }: Entry): void {
    if (content.kind === 'opening') {
      if (index === 0) this.#signers.opening(content, this.#options.slot, this.#tell)
      else this.#tell({ code: 'opening-repeated', found: 'an opening', expected: 'none behind the first entry' })
    } else if (content.kind === 'month') this.#signers.month(index, content.keyChange, this.#tell)
    else if (content.kind === 'retire') {
      const early = earlyFault(content, ms, this.#options.now)
      if (early !== undefined) this.#tell(early)
    }
  }

  #grow(index: number, leaf: HashText): void {
    const evidence = this.#evidence()
    if (index === 0) this.#pass(evidence, 0)
    evidence.leaf(index, leaf, this.#report)
    this.#tree.add(leaf)
    this.#pass(evidence, index + 1)
  }

  #pass({ heads }: KnownEvidence, size: number): void {
    heads.pass(size, this.#tree.root, this.#report)
    this.#stated.pass(size, this.#tree.root, this.#report)
  }

  #endHeads(heads: HeadsAhead): void {
    heads.pass(this.#next, this.#tree.root, this.#report)
    heads.end(this.#next, this.#report)
  }
}
