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
  /** What an entry of another log states of this one: as good as that log. `isOwn`: what the place itself says beside its entries, which is no
   *  evidence that the tail is there: whoever cut it would have changed that too. */
  | { readonly kind: 'head'; readonly size: number; readonly root: Hash; readonly source: string; readonly isOwn?: true }

/** A head, and whence it comes, in words. */
export interface KnownHead extends Head {
  readonly source: string
  readonly isOwn?: true
}

/** Heads of one log, held against it as it reaches them. */
export class HeadsAhead {
  /** Those that it has not reached, in order of their sizes. */
  #heads: KnownHead[] = []
  #passed = 0
  #reach = 0

  /** The largest size of all that were ever added, but for what is no evidence. */
  get reach(): number {
    return this.#reach
  }

  add(heads: readonly KnownHead[]): void {
    if (heads.length === 0) return
    this.#heads = [...this.#heads.slice(this.#passed), ...heads].sort((a, b) => a.size - b.size)
    this.#passed = 0
    for (const { isOwn, size } of heads) if (isOwn !== true) this.#reach = Math.max(this.#reach, size)
  }

  /** The log holds this many entries; sizes only grow.
   *  @param root its root; undefined where entries are missing before it */
  pass(size: number, root: () => Hash | undefined, report: Report): void {
    for (let next = this.#heads[this.#passed]; next !== undefined && next.size <= size; next = this.#heads[this.#passed]) {
      this.#passed += 1
      const found = next.size === size ? root() : undefined
      if (found === undefined || !found.equals(next.root)) report(next.size, otherRoot('known-root', found, next.root, next.source))
    }
  }

  /** No entry follows. */
  end(size: number, report: Report): void {
    for (const { size: reach, source } of this.#heads.splice(0).slice(this.#passed))
      report(size, { code: 'known-beyond', found: `${size} entries`, expected: `at least ${reach} (${source})` })
    this.#passed = 0
  }
}

interface KnownLeaf {
  readonly index: number
  readonly leaf: Hash
  readonly source: string
}

/** Evidence of one log, in the order in which the log reaches it. */
export class KnownEvidence {
  /** With each leaf came a head that reaches further. */
  readonly heads = new HeadsAhead()
  readonly #leaves: KnownLeaf[] = []
  #leavesPassed = 0

  /** @param log the name of the log that all of it is of
   *  @param report told of what does not verify, at index 0 */
  constructor(known: readonly Known[], log: string, trusted: readonly VerifierKey[], report: Report) {
    const heads: KnownHead[] = []
    for (const each of known) {
      try {
        heads.push(this.#take(each, log, trusted))
      } catch (error) {
        if (!(error instanceof Invalid)) throw error
        report(0, {
          code: error.code === 'key-compromised' ? error.code : 'known-invalid',
          found: `${each.source}: ${error.message}`,
          expected: `evidence of ${log}, signed by a trusted key`,
        })
      }
    }
    this.heads.add(heads)
    this.#leaves.sort((a, b) => a.index - b.index)
  }

  #take(known: Known, log: string, trusted: readonly VerifierKey[]): KnownHead {
    if (known.kind === 'head') return known
    const { source } = known
    if (known.kind === 'checkpoint') return { ...openCheckpoint(known.note, log, trusted), source }
    if (known.kind === 'receipt') {
      const { receipt, checkpoint } = openReceipt(known.header, log, trusted)
      this.#leaves.push({ index: receipt.index, leaf: receipt.leaf, source })
      return { ...checkpoint, source }
    }
    const { checkpoint, index, leaf } = openProof(known.text, log, trusted)
    this.#leaves.push({ index, leaf, source })
    return { ...checkpoint, source }
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
}

/** A signed root that the entries do not give. */
export function otherRoot(code: 'known-root' | 'checkpoint-root', found: Hash | undefined, expected: Hash, source: string): Fault {
  const root = found === undefined ? 'no root: entries are missing before it' : found.toString('base64')
  return { code, found: root, expected: `${expected.toString('base64')} (${source})` }
}
