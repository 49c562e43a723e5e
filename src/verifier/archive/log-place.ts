// log-place.ts: one log of an archive while it is verified: where its files are, which tree is signed, whom to tell.
import { areEqual } from '../octets.ts'
import type { Description } from './description.ts'
import { type Tell, Unusable } from './finding.ts'
import type { ArchiveFile, Cryptography } from './place.ts'
import { hashOfLeaf, type SignedTree } from './tiles.ts'

export interface LogPlace {
  readonly slot: string
  readonly log: string
  /** Whose archive it is. */
  readonly agency: string
  readonly period: Description['period']
  /** Entries under the checkpoint. */
  readonly size: number
  readonly tree: SignedTree
  readonly crypto: Cryptography
  readonly tell: Tell
  /** A file of the log by its name within the log's folder; undefined where there is none. */
  file(name: string): ArchiveFile | undefined
  /** Its path in the archive. */
  path(name: string): string
}

/** Whether an entry is the one that stands at its index in the signed tree. Where it is not, or the tree cannot say, that is told. */
export async function stands({ crypto, path, tell, tree }: LogPlace, name: string, index: number, bytes: Uint8Array): Promise<boolean> {
  try {
    if (areEqual(hashOfLeaf(bytes, crypto.sha256), await tree.leaf(index))) return true
    const expected = 'the one whose hash stands in the signed tree'
    tell({ code: 'leaf-mismatch', file: path(name), at: index, found: 'another entry', expected })
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
    tell(error.finding)
  }
  return false
}
