// proof.ts: the receipt that an agency keeps (C2SP tlog-proof): an entry, its way up the tree, the checkpoint that was signed.
import { fromBase64 } from './base64.ts'
import { readDecimal } from './decimal.ts'
import { Invalid } from './invalid.ts'
import { type Checkpoint, openCheckpoint, type VerifierKey } from './note.ts'
import { type Hash, hashOfLeaf, isIncluded } from './tree.ts'

export interface Proof {
  /** The entry's exact bytes, in the logs of this gateway. The format calls them unauthenticated: `openProof` authenticates them. */
  readonly extra: Buffer | undefined
  readonly index: number
  /** Leaf's sibling first. */
  readonly path: readonly Hash[]
  /** A signed note. */
  readonly checkpoint: string
}

/** No tree of 2^53 leaves has a longer path. */
const longestPath = 53

const malformed = (what: string): Invalid => new Invalid('proof-invalid', `a proof: ${what}`)

function readHash(line: string): Hash {
  const bytes = fromBase64(line)
  if (bytes?.length !== 32) throw malformed('expected a hash of 32 bytes in base64')
  return bytes
}

/** A tlog-proof's parts. SPEC C2SP tlog-proof, "Format".
 *  @throws Invalid proof-invalid */
export function readProof(text: string): Proof {
  const end = text.indexOf('\n\n')
  if (end < 0) throw malformed('expected an empty line before its checkpoint')
  const [header, ...lines] = text.slice(0, end).split('\n')
  if (header !== 'c2sp.org/tlog-proof@v1') throw malformed('expected c2sp.org/tlog-proof@v1 in its first line')
  let extra: Buffer | undefined
  if (lines[0]?.startsWith('extra ')) {
    extra = fromBase64(lines[0].slice('extra '.length))
    if (extra === undefined) throw malformed('expected base64 behind extra')
    lines.shift()
  }
  const [first = '', ...path] = lines
  const index = first.startsWith('index ') ? readDecimal(first.slice('index '.length)) : undefined
  if (index === undefined) throw malformed('expected an index')
  if (path.length > longestPath) throw malformed(`at most ${longestPath} hashes, found ${path.length}`)
  return { extra, index, path: path.map(readHash), checkpoint: text.slice(end + 2) }
}

export interface Proven {
  /** The exact bytes that stand in the log. */
  readonly entry: Buffer
  readonly index: number
  readonly leaf: Hash
  readonly checkpoint: Checkpoint
}

/** What a proof shows once it verifies: that a trusted key signed a tree which holds this very entry at this index.
 *  SPEC C2SP tlog-proof; the order of checks is leaf hash, origin and signature, inclusion.
 *  @param log its origin
 *  @throws Invalid proof-invalid, note-invalid */
export function openProof(text: string, log: string, trusted: readonly VerifierKey[]): Proven {
  const { extra, index, path, checkpoint: note } = readProof(text)
  if (extra === undefined) throw malformed('its entry is missing (line extra)')
  const leaf = hashOfLeaf(extra)
  const checkpoint = openCheckpoint(note, log, trusted)
  if (!isIncluded(leaf, index, checkpoint.size, path, checkpoint.root))
    throw malformed(`the entry does not stand at index ${index} of the signed tree of ${checkpoint.size}`)
  return { entry: extra, index, leaf, checkpoint }
}
