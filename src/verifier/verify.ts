// verify.ts: a log verified in one pass, in memory that does not grow with it: its bytes, its tree, and what its entries say of each other.
import { AbsentEntries, retirableSince } from './absent.ts'
import type { Unchecked } from './draws/unchecked.ts'
import { type Entry, readEntry } from './entry.ts'
import { EntryReader } from './entry-reader.ts'
import { type Fault, type Finding, type FindingCode, shown } from './finding.ts'
import { Invalid } from './invalid.ts'
import { HeadsAhead, type Known, KnownEvidence, type KnownHead, otherRoot } from './known.ts'
import type { VerifierKey } from './note.ts'
import type { OtherHead } from './other-heads.ts'
import type { FarReference } from './references.ts'
import { EntrySequence } from './sequence.ts'
import { Signers } from './signers.ts'
import type { Retirement } from './slot-entries.ts'
import { GrowingTree, type Hash, type HashText, hashOf, type Tile } from './tree.ts'

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
  /** Told of each head that an entry states of another log, and whether that log ended there: it is `known` evidence of that one. */
  readonly onHead?: (index: number, head: OtherHead, ended: boolean) => void
  /** Told of each retire entry, of whichever log it speaks. */
  readonly onRetire?: (index: number, retirement: Retirement) => void
  /** Told of each act of an auditor: under which rules, and what was read. */
  readonly onAct?: (index: number, policy: string, read: readonly OtherHead[]) => void
  /** Told of each entry that is no query, and its leaf hash. */
  readonly onRare?: (index: number, entry: Entry, leaf: Hash) => void
  /** Told of each document that an entry names. */
  readonly onDocument?: (index: number, digest: string) => void
  /** Told of each tile of the tree that is full: what is stored can be held against it. */
  readonly onTile?: (tile: Tile) => void
  /** Findings of one code beyond this number are counted only. */
  readonly mostOfACode?: number
}

/** What was verified. */
export interface Summary {
  readonly slot: string
  readonly log: string
  readonly size: number
  /** Absent where entries are missing. */
  readonly root: Hash | undefined
  /** Whether the keys were given, or only claimed by the log itself. */
  readonly keys: 'given' | 'own' | 'none'
  /** Stored checkpoints that a trusted key signed and whose root the entries give. */
  readonly checkpoints: number
  /** The largest size that such a checkpoint states: what lies beyond it nobody has signed here. */
  readonly signedTo: number
  /** How many entries known evidence says there are; 0 where there is none, and so nothing says whether the tail is there. */
  readonly knownTo: number
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
  readonly counts: ReadonlyMap<FindingCode, number>
  /** Months that were taken out, and accepted as such. */
  readonly retired: readonly Retirement[]
  /** How many entries' search columns were held against them; absent where the place has none. */
  readonly searchTo?: number | undefined
  /** What of the draws and rounds that its entries record could not be checked here; absent where nobody looked. */
  readonly unchecked?: readonly Unchecked[]
}

/** A batch holds at most 1,000 entries, and brings the checkpoint of the head that it extends. Two lack theirs at most: one whose writer was
 *  killed before it signed, and the one that the next start puts behind it, which brings what was signed before both. */
const mostUnsigned = 2 * 1000

/** Takes a log's entries in order of their indexes, and each stored checkpoint when as many entries as it states have been taken.
 *  Every method returns what it found. */
export class LogVerifier {
  readonly #options: VerifierOptions
  readonly #signers: Signers
  readonly #absent: AbsentEntries
  #known: KnownEvidence | undefined
  readonly #stated = new HeadsAhead()
  readonly #tree: GrowingTree
  readonly #reader = new EntryReader()
  readonly #sequence: EntrySequence
  /** Index of the first entry of which not even a hash is left: behind it no root can be rebuilt. */
  #gap: number | undefined
  #next = 0
  #checkpoints = 0
  /** The largest size of a stored checkpoint, valid or not: of one that is not, that is told. */
  #statedTo = 0
  #signedTo = 0
  #rootDiffers = false
  readonly #counts = new Map<FindingCode, number>()
  #findings: Finding[] = []

  constructor(options: VerifierOptions) {
    this.#options = options
    this.#signers = new Signers(options.log, options.trusted ?? [])
    this.#absent = new AbsentEntries()
    this.#tree = new GrowingTree(options.onTile)
    this.#sequence = new EntrySequence(options.now, options.onHead ?? (() => undefined))
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
      return this.#drain()
    }
    if (index > this.#next) {
      const expected = `${index - this.#next} more before it`
      this.#report(this.#next, { code: 'entry-missing', found: `index ${index}`, expected })
      this.#gap ??= this.#next
    }
    this.#next = index + 1
    if (bytes === undefined) this.#withoutBytes(index, stored)
    else this.#withBytes(index, bytes, stored)
    return this.#drain()
  }

  /** What other logs state of this one: to be told before the first entry behind it. */
  stated(heads: readonly KnownHead[]): void {
    this.#stated.add(heads)
  }

  /** What is stated of more entries than have come, or of none: to be told behind the last. */
  statedBeyond(heads: readonly KnownHead[]): readonly Finding[] {
    this.#stated.add(heads)
    this.#stated.pass(this.#next, this.#root, this.#report)
    this.#stated.end(this.#next, this.#report)
    return this.#drain()
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
    return this.#drain()
  }

  /** Something that whoever reads the stored log found. */
  fault(index: number, fault: Fault): readonly Finding[] {
    this.#report(index, fault)
    return this.#drain()
  }

  /** Tiles that are not full; none where the tree cannot be rebuilt. */
  partialTiles(): readonly Tile[] {
    return this.#gap === undefined ? this.#tree.partialTiles() : []
  }

  /** A stored checkpoint.
   *  @param size at which it is stored */
  checkpoint(size: number, note: string): readonly Finding[] {
    this.#statedTo = Math.max(this.#statedTo, size)
    try {
      const checkpoint = this.#signers.open(note)
      if (checkpoint.size !== size) throw new Invalid('note-invalid', `a checkpoint: of size ${checkpoint.size}`)
      this.#holdAgainst(size, checkpoint.root)
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      const expected = `one of ${this.#options.log} at size ${size}, signed by every key that has to`
      const code = error.code === 'key-compromised' ? error.code : 'checkpoint-invalid'
      this.#report(size, { code, found: error.message, expected })
    }
    return this.#drain()
  }

  /** No entry follows. */
  end(): readonly Finding[] {
    this.#absent.close(undefined, this.#report)
    this.#sequence.end((fault) => this.#report(this.#next, fault))
    if (this.#next === 0) this.#report(0, { code: 'opening-missing', found: 'no entry', expected: 'an opening' })
    for (const heads of [this.#evidence().heads, this.#stated]) {
      heads.pass(this.#next, this.#root, this.#report)
      heads.end(this.#next, this.#report)
    }
    this.#signing()
    return this.#drain()
  }

  get summary(): Summary {
    const { log, slot } = this.#options
    return {
      slot,
      log,
      size: this.#next,
      root: this.#root(),
      keys: this.#signers.trusted.length === 0 ? 'none' : this.#signers.given ? 'given' : 'own',
      checkpoints: this.#checkpoints,
      signedTo: this.#signedTo,
      knownTo: Math.max(this.#evidence().heads.reach, this.#stated.reach),
      firstAt: this.#sequence.firstAt,
      lastAt: this.#sequence.lastAt,
      counts: this.#counts,
      retired: this.#absent.accepted,
    }
  }

  readonly #report = (index: number, fault: Fault): void => {
    const before = this.#counts.get(fault.code) ?? 0
    this.#counts.set(fault.code, before + 1)
    if (before >= (this.#options.mostOfACode ?? 100)) return
    const [found, expected] = [shown(fault.found), shown(fault.expected)]
    this.#findings.push({ slot: this.#options.slot, index, code: fault.code, found, expected })
  }

  #drain(): readonly Finding[] {
    if (this.#findings.length === 0) return this.#findings
    const found = this.#findings
    this.#findings = []
    return found
  }

  /** Known evidence is opened when the keys are known: with the first entry, where they are the log's own. */
  #evidence(): KnownEvidence {
    this.#known ??= new KnownEvidence(this.#options.known ?? [], this.#options.log, this.#signers.trusted, this.#report)
    return this.#known
  }

  /** Of the entry that is being taken. */
  readonly #tell = (fault: Fault): void => this.#report(this.#next - 1, fault)

  readonly #root = (): Hash | undefined => (this.#gap === undefined ? this.#tree.root() : undefined)

  #withoutBytes(index: number, stored: Hash | undefined): void {
    if (stored === undefined) this.#gap ??= index
    else this.#grow(index, stored.toString('latin1'))
    if (this.#absent.add(index, stored !== undefined)) this.#signers.skip()
    const [found, expected] = [this.#root()?.toString('base64'), this.#absent.rootAt(index + 1)]
    if (found !== undefined && expected !== undefined && found !== expected)
      this.#report(index + 1, { code: 'retire-mismatch', found: `root ${found}`, expected: `root ${expected}, as its retire entry states` })
    this.#sequence.skip(index)
  }

  #withBytes(index: number, bytes: Uint8Array, stored: Hash | undefined): void {
    const leaf = this.#reader.leaf(bytes)
    if (stored !== undefined && stored.toString('latin1') !== leaf)
      this.#report(index, { code: 'leaf-mismatch', found: stored.toString('hex'), expected: hashOf(leaf).toString('hex') })
    const tell = this.#tell
    const entry = this.#reader.read(bytes, tell)
    const retired = this.#absent.close(entry, this.#report)
    if (retired !== undefined) this.#signers.retired(retired.keys)
    if (index === 0 && entry?.content.kind !== 'opening')
      tell({ code: 'opening-missing', found: entry?.kind ?? 'what cannot be read', expected: 'an opening' })
    if (entry !== undefined && entry.content.kind !== 'query') {
      this.#rare(index, entry, tell)
      this.#options.onRare?.(index, entry, hashOf(leaf))
    }
    this.#grow(index, leaf)
    this.#sequence.take(index, entry, tell)
  }

  #rare(index: number, { at, content, ms, read }: Entry, tell: (fault: Fault) => void): void {
    if (content.kind === 'opening') {
      if (index === 0) this.#signers.opening(content, this.#options.slot, tell)
      else tell({ code: 'opening-repeated', found: 'an opening', expected: 'none behind the first entry' })
    } else if (content.kind === 'month') this.#signers.month(index, content.keyChange, tell)
    else if (content.kind === 'retire') {
      const [due, { now }] = [retirableSince(content.month), this.#options]
      const found = now < ms ? `${content.month} at ${new Date(now).toISOString()}, when it was verified` : `${content.month} at ${at}`
      if (Math.min(ms, now) < due) tell({ code: 'retire-early', found, expected: `${new Date(due).toISOString()} or later` })
      this.#options.onRetire?.(index, content)
    } else if (content.kind === 'act') {
      this.#options.onAct?.(index, content.policy, read)
      this.#options.onDocument?.(index, content.policy)
      if (content.sample?.act === 'freeze') this.#options.onDocument?.(index, content.sample.roster)
      else if (content.sample?.act !== undefined && content.sample.act !== 'seed')
        this.#options.onDocument?.(index, content.sample.sample.digest)
    } else if (content.kind === 'policy') {
      this.#options.onDocument?.(index, content.digest)
      this.#options.onDocument?.(index, content.changed)
    }
  }

  #grow(index: number, leaf: HashText): void {
    const evidence = this.#evidence()
    if (index === 0) this.#pass(evidence, 0)
    evidence.leaf(index, leaf, this.#report)
    if (this.#gap === undefined) this.#tree.addText(leaf)
    this.#pass(evidence, index + 1)
  }

  #pass(evidence: KnownEvidence, size: number): void {
    evidence.heads.pass(size, this.#root, this.#report)
    this.#stated.pass(size, this.#root, this.#report)
  }

  /** Who takes the checkpoints away, too, can write anew what they covered. */
  #signing(): void {
    const [size, stated] = [this.#next, this.#statedTo]
    if (size === 0 || this.#counts.has('checkpoint-missing') || (stated > 0 && size - stated <= mostUnsigned)) return
    const found = stated === 0 ? 'none' : `the last one at ${stated} entries`
    this.#report(size, { code: 'checkpoint-missing', found, expected: `one of at least ${Math.max(1, size - mostUnsigned)} entries` })
  }

  #holdAgainst(size: number, signed: Hash): void {
    const inGap = this.#gap !== undefined && size > this.#gap && size <= this.#next
    if (size > this.#next) {
      this.#report(size, { code: 'checkpoint-beyond', found: `${this.#next} entries`, expected: `at least ${size}` })
      return
    }
    if (size < this.#next && !inGap) {
      this.#report(size, { code: 'checkpoint-order', found: `after ${this.#next} entries`, expected: `after ${size}` })
      return
    }
    const root = inGap ? undefined : this.#root()
    const agrees = root?.equals(signed) === true
    if (agrees) {
      this.#checkpoints += 1
      this.#signedTo = size
      this.#signers.vouched(size)
    } else if (!this.#rootDiffers) {
      // Once a root differs every later one does: only where they begin to is told.
      this.#report(size, otherRoot('checkpoint-root', root, signed, `the roots agreed up to ${this.#signedTo}`))
    }
    this.#rootDiffers = !agrees
  }
}
