// checkpoints.ts: stored checkpoints of one log: each signed by every key that has to, and of the root that the entries give.
import type { Report } from './finding.ts'
import { Invalid } from './invalid.ts'
import { otherRoot } from './known.ts'
import type { RebuiltTree } from './rebuilt-tree.ts'
import type { Signers } from './signers.ts'
import type { Hash } from './tree.ts'

/** A batch holds at most 1,000 entries, and brings the checkpoint of the head that it extends. Two lack theirs at most: one whose writer was
 *  killed before it signed, and the one that the next start puts behind it, which brings what was signed before both. */
const mostUnsigned = 2 * 1000

export class Checkpoints {
  readonly #log: string
  readonly #signers: Signers
  readonly #tree: RebuiltTree
  readonly #report: Report
  #agreeing = 0
  #signedTo = 0
  /** The largest size of a stored checkpoint, valid or not: of one that is not, that is told. */
  #statedTo = 0
  #rootDiffers = false

  constructor(log: string, signers: Signers, tree: RebuiltTree, report: Report) {
    this.#log = log
    this.#signers = signers
    this.#tree = tree
    this.#report = report
  }

  /** How many a trusted key signed whose root the entries give. */
  get agreeing(): number {
    return this.#agreeing
  }

  /** The largest size that such a one states. */
  get signedTo(): number {
    return this.#signedTo
  }

  /** @param size at which it is stored
   *  @param entries how many there are so far */
  take(size: number, note: string, entries: number): void {
    this.#statedTo = Math.max(this.#statedTo, size)
    try {
      const checkpoint = this.#signers.open(note)
      if (checkpoint.size !== size) throw new Invalid('note-invalid', `a checkpoint: of size ${checkpoint.size}`)
      this.#hold(size, checkpoint.root, entries)
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      const expected = `one of ${this.#log} at size ${size}, signed by every key that has to`
      const code = error.code === 'key-compromised' ? error.code : 'checkpoint-invalid'
      this.#report(size, { code, found: error.message, expected })
    }
  }

  #hold(size: number, signed: Hash, entries: number): void {
    if (size > entries) {
      this.#report(size, { code: 'checkpoint-beyond', found: `${entries} entries`, expected: `at least ${size}` })
      return
    }
    const isLacking = this.#tree.lacks(size)
    if (size < entries && !isLacking) {
      this.#report(size, { code: 'checkpoint-order', found: `after ${entries} entries`, expected: `after ${size}` })
      return
    }
    const root = isLacking ? undefined : this.#tree.root()
    const agrees = root?.equals(signed) === true
    if (agrees) {
      this.#agreeing += 1
      this.#signedTo = size
      this.#signers.vouched(size)
    } else if (!this.#rootDiffers) {
      // Once a root differs every later one does: only where they begin to is told.
      this.#report(size, otherRoot('checkpoint-root', root, signed, `the roots agreed up to ${this.#signedTo}`))
    }
    this.#rootDiffers = !agrees
  }

  /** No entry follows. Who takes the checkpoints away, too, can write anew what they covered. */
  end(entries: number): void {
    const stated = this.#statedTo
    if (entries === 0 || (stated > 0 && entries - stated <= mostUnsigned)) return
    const found = stated === 0 ? 'none' : `the last one at ${stated} entries`
    this.#report(entries, { code: 'checkpoint-missing', found, expected: `one of at least ${Math.max(1, entries - mostUnsigned)} entries` })
  }
}
