// known.ts: evidence that lies elsewhere: checkpoints, receipts and proofs that somebody kept, heads that other logs state.
import type { Fault, Report } from './finding.ts'
import { Invalid } from './invalid.ts'
import { openCheckpoint, type VerifierKey } from './note.ts'
import { openProof } from './proof.ts'
import { openReceipt } from './receipt.ts'
import { type Hash, type HashText, type Head, hashOf } from './tree.ts'

/** One piece of evidence, and whence it comes, in words. */
export type Known =
  /** A signed note. */
  | { readonly kind: 'checkpoint'; readonly note: string; readonly source: string }
  /** A Linkage-Receipt header. */
  | { readonly kind: 'receipt'; readonly header: string; readonly source: string }
  /** A C2SP tlog-proof. */
  | { readonly kind: 'proof'; readonly text: string; readonly source: string }
  /** What an entry of another log states of this one: as good as that log. */
  | { readonly kind: 'head'; readonly size: number; readonly root: Hash; readonly source: string }

interface KnownHead extends Head {
  readonly source: string
}

interface KnownLeaf {
  readonly index: number
  readonly leaf: Hash
  readonly source: string
}

/** Evidence of one log, in the order in which the log reaches it. */
export class KnownEvidence {
  readonly #heads: KnownHead[] = []
  readonly #leaves: KnownLeaf[] = []
  #headsPassed = 0
  #leavesPassed = 0

  /** @param log the name of the log that all of it is of
   *  @param report told of what does not verify, at index 0 */
  constructor(known: readonly Known[], log: string, trusted: readonly VerifierKey[], report: Report) {
    for (const each of known) {
      try {
        this.#take(each, log, trusted)
      } catch (error) {
        if (!(error instanceof Invalid)) throw error
        report(0, {
          code: error.code === 'key-compromised' ? error.code : 'known-invalid',
          found: `${each.source}: ${error.message}`,
          expected: `evidence of ${log}, signed by a trusted key`,
        })
      }
    }
    this.#heads.sort((a, b) => a.size - b.size)
    this.#leaves.sort((a, b) => a.index - b.index)
  }

  #take(known: Known, log: string, trusted: readonly VerifierKey[]): void {
    const { source } = known
    if (known.kind === 'head') this.#heads.push({ size: known.size, root: known.root, source })
    else if (known.kind === 'checkpoint') this.#heads.push({ ...openCheckpoint(known.note, log, trusted), source })
    else if (known.kind === 'receipt') {
      const { receipt, checkpoint } = openReceipt(known.header, log, trusted)
      this.#heads.push({ ...checkpoint, source })
      this.#leaves.push({ index: receipt.index, leaf: receipt.leaf, source })
    } else {
      const { checkpoint, index, leaf } = openProof(known.text, log, trusted)
      this.#heads.push({ ...checkpoint, source })
      this.#leaves.push({ index, leaf, source })
    }
  }

  /** How many entries the evidence says there are. */
  get reach(): number {
    return this.#heads.at(-1)?.size ?? 0
  }

  /** The entry at an index has this leaf; indexes only grow. */
  leaf(index: number, leaf: HashText, report: Report): void {
    for (let next = this.#leaves[this.#leavesPassed]; next !== undefined && next.index <= index; next = this.#leaves[this.#leavesPassed]) {
      this.#leavesPassed += 1
      // An index that was passed over has no entry, which is found by itself.
      if (next.index === index && next.leaf.toString('latin1') !== leaf)
        report(index, {
          code: 'known-leaf',
          found: hashOf(leaf).toString('hex'),
          expected: `${next.leaf.toString('hex')} (${next.source})`,
        })
    }
  }

  /** The log holds this many entries; sizes only grow.
   *  @param root its root; undefined where entries are missing before it */
  head(size: number, root: () => Hash | undefined, report: Report): void {
    for (let next = this.#heads[this.#headsPassed]; next !== undefined && next.size <= size; next = this.#heads[this.#headsPassed]) {
      this.#headsPassed += 1
      const found = next.size === size ? root() : undefined
      if (found === undefined || !found.equals(next.root)) report(next.size, otherRoot('known-root', found, next.root, next.source))
    }
  }

  /** No entry follows. A leaf came with a head that reaches further. */
  end(size: number, report: Report): void {
    for (const { size: reach, source } of this.#heads.slice(this.#headsPassed))
      report(size, { code: 'known-beyond', found: `${size} entries`, expected: `at least ${reach} (${source})` })
  }
}

/** A signed root that the entries do not give. */
export function otherRoot(code: 'known-root' | 'checkpoint-root', found: Hash | undefined, expected: Hash, source: string): Fault {
  const root = found === undefined ? 'no root: entries are missing before it' : found.toString('base64')
  return { code, found: root, expected: `${expected.toString('base64')} (${source})` }
}
