// receipt.ts: the Linkage-Receipt header of an answer: an RFC 9651 dictionary that convicts a log which denies the call.
import { fromBase64 } from './base64.ts'
import { Invalid } from './invalid.ts'
import { isSlot } from './layout.ts'
import { type Checkpoint, openCheckpoint, type VerifierKey } from './note.ts'
import type { Hash } from './tree.ts'

export interface Receipt {
  /** `1`–`64`, or `cli`. */
  readonly slot: string
  readonly index: number
  readonly leaf: Hash
  /** Under which the entry's digests of bodies are keyed. The caller alone has it. */
  readonly salt: Buffer
  /** The note that was signed for the entry's batch. */
  readonly checkpoint: string
}

const malformed = (what: string): Invalid => new Invalid('receipt-invalid', `a receipt: ${what}`)

type Item = number | string | boolean | Buffer

/** The bare items that a dictionary of these logs, or a later one, may hold: integer, decimal, string, token, bytes, boolean.
 *  SPEC RFC 9651 §4.2.3.1. */
const bareItem =
  /(?<integer>-?\d{1,15})(?![.\d])|(?<decimal>-?\d{1,12}\.\d{1,3})(?!\d)|"(?<string>(?:[ !#-[\]-~]|\\["\\])*)"|(?<token>[A-Za-z*][!#$%&'*+.^_`|~\w:/-]*)|:(?<bytes>[A-Za-z0-9+/=]*):|\?(?<boolean>[01])/y
const key = /[a-z*][a-z0-9_.*-]*/y
const comma = /[ \t]*,[ \t]*/y
const parameter = /; *(?=[a-z*])/y

/** A place in a header's text. */
class Cursor {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get ended(): boolean {
    return this.#at === this.#text.length
  }

  take(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#text) ?? undefined
    if (found !== undefined) this.#at = sticky.lastIndex
    return found
  }

  need(sticky: RegExp, what: string): RegExpExecArray {
    const found = this.take(sticky)
    if (found === undefined) throw malformed(`expected ${what} at character ${this.#at}`)
    return found
  }
}

function readItem(cursor: Cursor): Item {
  const { integer, decimal, string, token, bytes, boolean } = cursor.need(bareItem, 'a value').groups ?? {}
  if (integer !== undefined) return Number(integer)
  if (boolean !== undefined) return boolean === '1'
  if (bytes !== undefined) {
    const decoded = fromBase64(bytes)
    if (decoded === undefined) throw malformed('expected base64 with its padding')
    return decoded
  }
  // No member of a receipt is a decimal: one is left as its text, and is no integer.
  return string === undefined ? (token ?? decimal ?? '') : string.replace(/\\(["\\])/g, '$1')
}

/** A dictionary's members: a later one of the same name takes the place of an earlier one. Inner lists are refused. SPEC RFC 9651 §4.2.2. */
function readDictionary(text: string): ReadonlyMap<string, Item> {
  const members = new Map<string, Item>()
  const cursor = new Cursor(text.replace(/^ +| +$/g, ''))
  while (!cursor.ended) {
    if (members.size > 0) cursor.need(comma, 'a comma')
    const [name] = cursor.need(key, 'a name')
    members.delete(name)
    members.set(name, cursor.take(/=/y) === undefined ? true : readItem(cursor))
    while (cursor.take(parameter) !== undefined) {
      cursor.need(key, 'a parameter')
      if (cursor.take(/=/y) !== undefined) readItem(cursor)
    }
  }
  return members
}

/** A receipt's parts; members that a later version added are left aside.
 *  @throws Invalid receipt-invalid */
export function readReceipt(header: string): Receipt {
  const members = readDictionary(header)
  const [slot, index] = [members.get('slot'), members.get('index')]
  const [leaf, salt, checkpoint] = ['leaf', 'salt', 'checkpoint'].map((name) => members.get(name))
  const name = String(slot)
  if (!isSlot(name)) throw malformed('expected a slot from 1 to 64, or cli')
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) throw malformed('expected an index')
  if (!Buffer.isBuffer(leaf) || leaf.length !== 32) throw malformed('expected a leaf of 32 bytes')
  if (!Buffer.isBuffer(salt) || salt.length !== 32) throw malformed('expected a salt of 32 bytes')
  if (!Buffer.isBuffer(checkpoint)) throw malformed('expected a checkpoint')
  return { slot: name, index, leaf, salt, checkpoint: checkpoint.toString('utf8') }
}

/** A receipt and what its checkpoint says, once a trusted key is shown to have signed a tree that reaches the index.
 *  That the leaf stands there, only the log itself or a tlog-proof shows.
 *  @param log its origin
 *  @throws Invalid receipt-invalid, note-invalid */
export function openReceipt(header: string, log: string, trusted: readonly VerifierKey[]): { receipt: Receipt; checkpoint: Checkpoint } {
  const receipt = readReceipt(header)
  if (!log.endsWith(`/log/${receipt.slot}`)) throw malformed(`of slot ${receipt.slot}, expected ${log}`)
  const checkpoint = openCheckpoint(receipt.checkpoint, log, trusted)
  if (checkpoint.size <= receipt.index) throw malformed(`index ${receipt.index} lies beyond its checkpoint of ${checkpoint.size}`)
  return { receipt, checkpoint }
}
