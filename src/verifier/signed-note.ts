// signed-note.ts: signed notes, verifier keys and checkpoints as texts (C2SP signed-note, tlog-checkpoint), by what Node and browsers have alike.
import { readDecimal } from './decimal.ts'
import { Invalid } from './invalid.ts'
import { bytesOf, bytesOfBase64, hexOf, joined } from './octets.ts'

/** Type byte of Ed25519 signatures over the text. SPEC C2SP signed-note, "Signature types". */
const ed25519 = 0x01
/** A note holds at least 16 signatures; beyond this bound nobody reads on. */
const mostSignatures = 100

/** A published key by which a log signs: of 32 bytes, or as whoever verifies with it has it. */
export interface PublishedKey<Key = Uint8Array> {
  /** As it was published: `<name>+<key id>+<base64 of type and key>`. */
  readonly text: string
  readonly name: string
  /** 8 lower-case hex digits. */
  readonly id: string
  readonly key: Key
  /** Of a compromised key: how many entries it is believed to have signed as its log's writer. Absent: it is believed whatever it signed. */
  readonly believedTo?: number | undefined
}

/** Whether a key's word counts for a tree of this size. */
export const isBelieved = ({ believedTo = Number.POSITIVE_INFINITY }: Pick<PublishedKey, 'believedTo'>, size: number): boolean =>
  size <= believedTo

/** The points whose order divides eight, canonical or not, without the bit of their sign. For them whoever wants to makes signatures,
 *  so a log that published one could disown whatever it signed. Not every Node 24 refuses them, nor every browser: neither is asked. */
const ofSmallOrder: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ...['ec', 'ed', 'ee'].map((low) => `${low}${'ff'.repeat(30)}7f`),
])

const isOfSmallOrder = (key: Uint8Array): boolean => ofSmallOrder.has(hexOf(key.map((byte, at) => (at === 31 ? byte & 0x7f : byte))))

const isKeyName = (text: string): boolean => text !== '' && !/[\p{White_Space}+]/u.test(text)

/** A verifier key as published.
 *  @throws Invalid note-invalid where any part of it contradicts another, the algorithm is not Ed25519, or the key none that signs */
export function readPublishedKey(text: string, sha256: (bytes: Uint8Array) => Uint8Array): PublishedKey {
  const [, name = '', id = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(text) ?? []
  const typed = bytesOfBase64(base64)
  if (!isKeyName(name) || typed === undefined) throw new Invalid('note-invalid', 'a verifier key: expected name+id+key')
  if (typed.length !== 33 || typed[0] !== ed25519) throw new Invalid('note-invalid', 'a verifier key: expected Ed25519')
  const own = hexOf(sha256(joined([bytesOf(`${name}\n`), typed])).subarray(0, 4))
  if (own !== id) throw new Invalid('note-invalid', `a verifier key: its id is ${own}, it says ${id}`)
  const key = typed.subarray(1)
  if (isOfSmallOrder(key)) throw new Invalid('note-invalid', 'a verifier key: a point of small order, for which anybody makes signatures')
  return { text, name, id, key }
}

export interface Signature {
  readonly name: string
  /** 8 lower-case hex digits. */
  readonly id: string
  readonly bytes: Uint8Array
}

export interface Note {
  /** With its last newline: what is signed. */
  readonly text: string
  readonly signatures: readonly Signature[]
}

function readSignature(line: string): Signature {
  const [, name = '', base64 = ''] = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line) ?? []
  const bytes = bytesOfBase64(base64)
  if (!isKeyName(name) || bytes === undefined || bytes.length < 5)
    throw new Invalid('note-invalid', 'a note: a signature line is malformed')
  return { name, id: hexOf(bytes.subarray(0, 4)), bytes: bytes.subarray(4) }
}

/** What no note may hold. Browsers of 2022 have no String.prototype.isWellFormed. */
const unheld = /[\p{Surrogate}\0-\x09\x0b-\x1f]/u

/** A note, whoever signed it. The last empty line parts the text from the signatures.
 *  @throws Invalid note-invalid */
export function readNote(note: string): Note {
  if (unheld.test(note)) throw new Invalid('note-invalid', 'a note: it holds what no note may hold')
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) throw new Invalid('note-invalid', 'a note: expected a text, an empty line, signatures')
  const lines = note.slice(end + 2).split('\n')
  lines.pop() // behind the last newline
  if (lines.length > mostSignatures) throw new Invalid('note-invalid', `a note: ${lines.length} signatures, at most ${mostSignatures}`)
  return { text: note.slice(0, end + 1), signatures: lines.map(readSignature) }
}

export interface CheckpointText {
  /** The log's name. */
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

/** Origin, size, root. Extension lines, which these logs never write and nobody could check, are refused. SPEC C2SP tlog-checkpoint.
 *  @throws Invalid note-invalid */
export function readCheckpointText(text: string): CheckpointText {
  const [origin = '', decimal = '', base64 = '', end, ...more] = text.split('\n')
  const size = readDecimal(decimal)
  const root = bytesOfBase64(base64)
  if (origin === '' || size === undefined || root?.length !== 32 || end !== '' || more.length > 0)
    throw new Invalid('note-invalid', 'a checkpoint: expected origin, size and root')
  return { origin, size, root }
}
