// documents.ts: documents that entries name by their digests, held against those that are kept.
import { createHash } from 'node:crypto'
import type { Content } from './entry.ts'
import type { Fault } from './finding.ts'
import type { StoredLogs } from './stored.ts'

/** Rules and what changed in them, the roster of a freeze, the list of a draw. */
function namedBy(content: Content): readonly string[] {
  if (content.kind === 'policy') return [content.digest, content.changed]
  if (content.kind !== 'act') return []
  const { policy, sample } = content
  if (sample === undefined || sample.act === 'seed') return [policy]
  return [policy, sample.act === 'freeze' ? sample.roster : sample.sample.digest]
}

export class NamedDocuments {
  readonly #kept: StoredLogs['document']
  #named: { readonly index: number; readonly digest: string }[] = []
  /** Digests whose documents were looked up: a policy is entered at each start. */
  readonly #looked = new Set<string>()

  /** @param kept absent where a place keeps no documents: then nothing is looked up */
  constructor(kept: StoredLogs['document']) {
    this.#kept = kept
  }

  take(index: number, content: Content): void {
    if (this.#kept === undefined) return
    for (const digest of namedBy(content)) {
      if (this.#looked.has(digest)) continue
      this.#looked.add(digest)
      this.#named.push({ index, digest })
    }
  }

  /** Of those that were named since. */
  async *faults(): AsyncGenerator<{ readonly index: number; readonly fault: Fault }> {
    for (const { digest, index } of this.#named.splice(0)) {
      const bytes = await this.#kept?.(digest)
      const found = bytes === undefined ? 'nothing' : createHash('sha256').update(bytes).digest('hex')
      if (found !== digest) yield { index, fault: { code: 'document-missing', found, expected: digest } }
    }
  }
}
