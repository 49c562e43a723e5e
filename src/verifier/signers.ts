// signers.ts: the keys that sign a log, as the log itself says: its opening names the first, `month` entries say when it changes.
import type { Content } from './entry.ts'
import type { Fault } from './finding.ts'
import { ifValid } from './invalid.ts'
import { type Checkpoint, openCheckpoint, readVerifierKey, type VerifierKey } from './note.ts'
import { keyOfOpening } from './opening.ts'
import { isBelieved } from './signed-note.ts'
import type { KeyChange } from './slot-entries.ts'

type Tell = (fault: Fault) => void

/** A key that a `month` entry brings in. */
interface ComingKey {
  readonly key: VerifierKey
  /** Of that entry. */
  readonly index: number
}

/** Follows the keys of one log. Where keys were given, its first must be among them, and one that it changes to is trusted once a trusted
 *  key is shown to have signed a tree that holds the change: whoever has the database alone could write the entry. Where none was given, the
 *  log's word is taken for this, too. */
export class Signers {
  readonly #log: string
  readonly given: boolean
  #trusted: readonly VerifierKey[]
  /** Those that have to sign now; none where the entry that named them cannot be read. */
  #due: readonly VerifierKey[] = []
  /** Not trusted yet. */
  #coming: ComingKey | undefined

  constructor(log: string, given: readonly VerifierKey[]) {
    this.#log = log
    this.given = given.length > 0
    this.#trusted = given
  }

  get trusted(): readonly VerifierKey[] {
    return this.#trusted
  }

  opening(opening: Extract<Content, { kind: 'opening' }>, slot: string, tell: Tell): void {
    const key = keyOfOpening(opening, this.#log, slot, tell)
    if (key === undefined) return
    if (!this.given) this.#trusted = [key]
    const trusted = this.#trustedAs(key)
    if (trusted !== undefined) this.#due = [trusted]
    else tell({ code: 'opening-mismatch', found: key.text, expected: this.#trusted.map((each) => each.text).join(', ') })
  }

  /** A `month` entry: a change that began at the one before it is done, another may begin. What a compromised key begins behind the last
   *  size that is believed of it, whoever has that key may have begun: the next one is trusted only where it was given.
   *  @param index of the entry */
  month(index: number, change: KeyChange | undefined, tell: Tell): void {
    const now = this.#due.at(-1)
    this.#due = now === undefined ? [] : [now]
    this.#endComing(tell)
    if (change === undefined) return
    const next = this.#keyOf(change.to)
    if (next === undefined || next.text === change.from || (now !== undefined && change.from !== now.text)) {
      const expected = `from ${now?.text ?? 'the key that signs'} to another key of ${this.#log}`
      tell({ code: 'key-change', found: `from ${change.from} to ${change.to}`, expected })
      return
    }
    const trusted = this.#trustedAs(next)
    if (trusted === undefined && now !== undefined && !isBelieved(now, index + 1)) {
      const expected = `none behind ${now.believedTo} entries, or a key that is trusted by itself`
      tell({ code: 'key-compromised', found: `a change to ${next.text}`, expected })
      return
    }
    this.#due = [...this.#due, trusted ?? next]
    if (trusted !== undefined) return
    this.#coming = { key: next, index }
    if (!this.given) this.vouched(index + 1)
  }

  /** The key before it signs no more: it can vouch for the change no longer. */
  #endComing(tell: Tell): void {
    if (this.#coming === undefined) return
    const { index, key } = this.#coming
    this.#coming = undefined
    const found = `a change to ${key.text} at entry ${index}, under no valid checkpoint of the key before it`
    tell({ code: 'key-change', found, expected: 'one that both signed, or a key that is trusted by itself' })
  }

  /** The entries give the root of a checkpoint that a trusted key signed.
   *  @param size of that checkpoint */
  vouched(size: number): void {
    if (this.#coming === undefined || size <= this.#coming.index) return
    this.#trusted = [...this.#trusted, this.#coming.key]
    this.#coming = undefined
  }

  #trustedAs({ text }: VerifierKey): VerifierKey | undefined {
    return this.#trusted.find((each) => each.text === text)
  }

  /** Months were taken out. Where the opening went with them, whoever says so says who signs.
   *  @param keys that the retire entries of this log name */
  retiring(keys: readonly string[]): void {
    if (!this.given && this.#trusted.length === 0) this.#trusted = this.#keysOf(keys)
  }

  /** A month that was taken out ends here.
   *  @param keys that have to sign at its end; undefined where they are not named */
  retired(keys: readonly string[] | undefined): void {
    this.#due = this.#keysOf(keys ?? []).flatMap((each) => this.#trustedAs(each) ?? [])
  }

  #keysOf(texts: readonly string[]): readonly VerifierKey[] {
    return [...new Set(texts)].flatMap((text) => this.#keyOf(text) ?? [])
  }

  /** Entries stand here that cannot be read: the key may have changed. */
  skip(): void {
    this.#due = []
  }

  #keyOf(text: string): VerifierKey | undefined {
    const key = ifValid(() => readVerifierKey(text))
    return key?.name === this.#log ? key : undefined
  }

  /** A checkpoint of the log's newest entries: signed by every key that has to sign them.
   *  @throws Invalid note-invalid, key-compromised */
  open(note: string): Checkpoint {
    const checkpoint = openCheckpoint(note, this.#log, this.#trusted)
    for (const each of this.#due.filter((key) => isBelieved(key, checkpoint.size))) openCheckpoint(note, this.#log, [each])
    return checkpoint
  }
}
