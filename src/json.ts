// json.ts: a strict RFC 8259 parser for small documents from outside: request bodies, headers and payloads of tokens.
import { isUtf8 } from 'node:buffer'

/** A parsed document. Objects have no prototype: `__proto__` is a member like any other. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [member: string]: JsonValue }

/** What is wrong with a document: fixed words, never a value or a name from it. */
export type JsonProblem =
  | 'invalid-utf8'
  | 'byte-order-mark'
  | 'unexpected-byte'
  | 'unexpected-end'
  | 'trailing-bytes'
  | 'nesting-too-deep'
  | 'repeated-member'
  | 'invalid-number'
  | 'number-not-finite'
  | 'invalid-escape'
  | 'lone-surrogate'
  | 'control-character'

/** A document that is not what RFC 8259 allows, or that two parsers could read differently. */
export class JsonError extends Error {
  readonly problem: JsonProblem
  /** Byte offset at which it was noticed, from 0. */
  readonly offset: number
  constructor(problem: JsonProblem, offset: number) {
    super(`not strict JSON: ${problem} at byte ${offset}`)
    this.name = 'JsonError'
    this.problem = problem
    this.offset = offset
  }
}

/** Reads one JSON text. Stricter than JSON.parse, which keeps the last of repeated members, reads lone surrogates, turns
 *  1e400 into Infinity, and misreads some escaped names.
 *  @param maxDepth how many arrays and objects may stand inside one another
 *  @throws JsonError for everything that RFC 8259 does not allow, and for invalid UTF-8, a byte order mark, a member that
 *  comes twice in one object (in any spelling), a lone surrogate, a number beyond the range of a double, deeper nesting
 *  BUG nodejs/node#63785: JSON.parse of Node 24 can take an escaped name for another; never use it for what comes from outside. */
export function parseJson(bytes: Uint8Array, maxDepth = 64): JsonValue {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw new JsonError('byte-order-mark', 0)
  if (!isUtf8(bytes)) throw new JsonError('invalid-utf8', invalidUtf8At(bytes))
  const reader = new Reader(bytes, maxDepth)
  const value = reader.value()
  reader.finish()
  return value
}

/** Offset of the first byte that no well-formed UTF-8 text has at its place (RFC 3629), the length where a sequence is cut
 *  short at the end; -1 where all is well-formed. For error messages: Node's isUtf8 decides 20 times faster. */
export function invalidUtf8At(bytes: Uint8Array): number {
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (length === 0) return at
    for (let k = 1; k < length; k++) {
      const byte = bytes[at + k]
      // Overlong forms, surrogates and code points beyond U+10FFFF show in the second byte.
      const least = k > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
      const most = k > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
      if (byte === undefined || byte < least || byte > most) return at + k
    }
    at += length
  }
  return -1
}

const numberText = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/
const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

class Reader {
  readonly #bytes: Buffer
  readonly #maxDepth: number
  #at = 0
  #depth = 0

  constructor(bytes: Uint8Array, maxDepth: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#maxDepth = maxDepth
  }

  finish(): void {
    this.#space()
    if (this.#at < this.#bytes.length) throw new JsonError('trailing-bytes', this.#at)
  }

  value(): JsonValue {
    this.#space()
    switch (this.#peek()) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  #object(): JsonValue {
    this.#enter()
    const object: Record<string, JsonValue> = Object.create(null)
    const names = new Set<string>()
    if (this.#next('}')) return this.#leave(object)
    do {
      this.#space()
      const start = this.#at
      if (this.#peek() !== '"') throw this.#unexpected()
      const name = this.#string()
      if (names.has(name)) throw new JsonError('repeated-member', start)
      names.add(name)
      if (!this.#next(':')) throw this.#unexpected()
      object[name] = this.value()
    } while (this.#next(','))
    if (!this.#next('}')) throw this.#unexpected()
    return this.#leave(object)
  }

  #array(): JsonValue {
    this.#enter()
    const array: JsonValue[] = []
    if (this.#next(']')) return this.#leave(array)
    do array.push(this.value())
    while (this.#next(','))
    if (!this.#next(']')) throw this.#unexpected()
    return this.#leave(array)
  }

  #enter(): void {
    if (this.#depth === this.#maxDepth) throw new JsonError('nesting-too-deep', this.#at)
    this.#depth++
    this.#at++
  }

  #leave(container: JsonValue): JsonValue {
    this.#depth--
    return container
  }

  #string(): string {
    let text = ''
    let from = ++this.#at
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new JsonError('unexpected-end', this.#at)
      if (byte < 0x20) throw new JsonError('control-character', this.#at)
      if (byte === 0x22 || byte === 0x5c) {
        text += this.#bytes.toString('utf8', from, this.#at++)
        if (byte === 0x22) return text
        text += this.#escape()
        from = this.#at
      } else this.#at++
    }
  }

  /** The character that an escape stands for; the backslash is behind us. */
  #escape(): string {
    const letter = this.#peek()
    if (letter === undefined) throw new JsonError('unexpected-end', this.#at)
    if (letter !== 'u') {
      const character = simpleEscapes.get(letter)
      if (character === undefined) throw new JsonError('invalid-escape', this.#at)
      this.#at++
      return character
    }
    const start = this.#at - 1
    const unit = this.#hex()
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit)
    if (unit > 0xdbff || this.#bytes[this.#at] !== 0x5c || this.#bytes[this.#at + 1] !== 0x75) throw new JsonError('lone-surrogate', start)
    this.#at++
    const low = this.#hex()
    if (low < 0xdc00 || low > 0xdfff) throw new JsonError('lone-surrogate', start)
    return String.fromCharCode(unit, low)
  }

  /** The code unit of `uXXXX`. */
  #hex(): number {
    const digits = this.#bytes.toString('latin1', this.#at + 1, this.#at + 5)
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) {
      const short = this.#at + 5 > this.#bytes.length && /^[0-9A-Fa-f]*$/.test(digits)
      throw new JsonError(short ? 'unexpected-end' : 'invalid-escape', this.#at)
    }
    this.#at += 5
    return Number.parseInt(digits, 16)
  }

  #number(): number {
    const start = this.#at
    const first = this.#bytes[start]
    if (first === undefined || !(first === 0x2d || (first >= 0x30 && first <= 0x39))) throw this.#unexpected()
    while (/[-+.0-9eE]/.test(this.#peek() ?? ' ')) this.#at++
    const text = this.#bytes.toString('latin1', start, this.#at)
    if (!numberText.test(text)) throw new JsonError('invalid-number', start)
    const value = Number(text)
    if (!Number.isFinite(value)) throw new JsonError('number-not-finite', start)
    return value
  }

  #literal<T extends JsonValue>(word: string, value: T): T {
    for (const letter of word) {
      if (this.#peek() !== letter) throw this.#unexpected()
      this.#at++
    }
    return value
  }

  /** Whether this character comes next, after white space; it is then behind us. */
  #next(character: string): boolean {
    this.#space()
    if (this.#peek() !== character) return false
    this.#at++
    return true
  }

  #space(): void {
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      this.#at++
    }
  }

  #peek(): string | undefined {
    const byte = this.#bytes[this.#at]
    return byte === undefined ? undefined : String.fromCharCode(byte)
  }

  #unexpected(): JsonError {
    return new JsonError(this.#at < this.#bytes.length ? 'unexpected-byte' : 'unexpected-end', this.#at)
  }
}
