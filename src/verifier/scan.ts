// scan.ts: an entry's bytes looked at once: whether they are surely canonical, and where the members of its objects stand.
import { mostBytesOfNames, mostNames, NamesSeen } from './names-seen.ts'

/** SPEC RFC 8785: what this scan accepts is canonical. What it does not accept may be canonical all the same (a key that is not ASCII,
 *  a number with a fraction): whoever reads decides that by parsing. So the scan can save work, and hide nothing. */
const [quote, comma, backslash] = [0x22, 0x2c, 0x5c]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]
const [zero, nine, minus] = [0x30, 0x39, 0x2d]

/** Entries nest four levels deep. */
const deepest = 16
/** The entry stands behind the 0x00 of its leaf. */
const start = 1
const longest = 65_535

/** Where the members of one object stand, by the numbers of their names. */
export class Members {
  /** By name: the round in which the place was taken. */
  readonly #rounds = new Float64Array(mostNames)
  readonly #from = new Int32Array(mostNames)
  readonly #to = new Int32Array(mostNames)
  #round = 0

  begin(): void {
    this.#round += 1
  }

  put(name: number, from: number, to: number): void {
    this.#rounds[name] = this.#round
    this.#from[name] = from
    this.#to[name] = to
  }

  has(name: number): boolean {
    return this.#rounds[name] === this.#round
  }

  /** Of a member that is there, its value's first byte. */
  from(name: number): number {
    return this.#from[name] ?? 0
  }

  /** The byte behind its value's last. */
  to(name: number): number {
    return this.#to[name] ?? 0
  }
}

const literals = ['true', 'false', 'null'].map((text) => Buffer.from(text))
/** Escapes that RFC 8785 §3.2.2.2 writes: others are written as they are, or as \u00 and two digits. */
const shortEscapes = new Uint8Array(256)
for (const each of '"\\bfnrt') shortEscapes[each.charCodeAt(0)] = 1
/** Control characters without a short form, by the two digits. */
const longEscapes = new Set(
  Array.from({ length: 32 }, (_, code) => code)
    .filter((code) => !'\b\t\n\f\r'.includes(String.fromCharCode(code)))
    .map((code) => `00${code.toString(16).padStart(2, '0')}`),
)

/** Of four bytes the high bit of each below 0x23, or that is a backslash. None is missed; one above such a byte may be taken for it. */
function endsIn(four: number): number {
  const slashes = four ^ 0x5c5c5c5c
  return ((((four - 0x23232323) | 0) & ~four) | (((slashes - 0x01010101) | 0) & ~slashes)) & 0x80808080
}

/** Scans one entry after another in the same place. */
export class EntryScan {
  readonly bytes = Buffer.alloc(start + longest + 1 + mostBytesOfNames)
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
  #end = start
  /** What `leafInput` gives, by length: a view that is new for each entry would cost a fifth of its hash. */
  readonly #inputs = new Map<number, Buffer>()
  /** Of the entry itself. */
  readonly members = new Members()
  /** Of its member that `inner` names. */
  readonly innerMembers = new Members()
  readonly #names = new NamesSeen()
  readonly #inner: number

  /** @param inner the name of a member that is an object whose members are wanted too */
  constructor(inner: string) {
    this.#inner = this.#names.ask(inner)
  }

  /** The number of a name whose member is wanted; asked for before the first entry. */
  ask(name: string): number {
    return this.#names.ask(name)
  }

  /** What is hashed of what was loaded: 0x00 ‖ entry. SPEC RFC 6962 §2.1. */
  get leafInput(): Buffer {
    const known = this.#inputs.get(this.#end)
    if (known !== undefined) return known
    const input = this.bytes.subarray(start - 1, this.#end)
    this.#inputs.set(this.#end, input)
    return input
  }

  /** @returns false where it is longer than an entry can be */
  load(entry: Uint8Array): boolean {
    if (entry.length > longest) return false
    this.bytes.set(entry, start)
    this.#end = start + entry.length
    this.bytes[this.#end] = 0 // no string, name or number goes on there
    return true
  }

  /** Whether what was loaded is one object, surely canonical; it must be UTF-8. */
  scan(): boolean {
    this.#names.begin()
    this.members.begin()
    this.innerMembers.begin()
    return this.bytes[start] === openBrace && this.#object(start, 0, 0) === this.#end
  }

  /** Each returns the place behind what it accepts, or -1.
   *  @param name of the member that it is, or is an element of */
  #value(at: number, depth: number, name: number): number {
    const byte = this.bytes[at] ?? 0
    if (byte === quote) return this.#string(at)
    if ((byte >= zero && byte <= nine) || byte === minus) return this.#integer(at)
    if (byte === openBrace) return depth < deepest ? this.#object(at, depth, name) : -1
    if (byte === openBracket) return depth < deepest ? this.#array(at, depth, name) : -1
    const literal = literals.find((each) => each[0] === byte)
    return literal?.every((each, nth) => each === this.bytes[at + nth]) === true ? at + literal.length : -1
  }

  #object(open: number, depth: number, of: number): number {
    const { bytes } = this
    const members = depth === 0 ? this.members : depth === 1 && of === this.#inner ? this.innerMembers : undefined
    let at = open + 1
    if (bytes[at] === closeBrace) return at + 1
    for (let before = 0; ; at += 1) {
      const name = this.#names.at(this.view, at, before, of)
      if (name === 0) return -1
      const from = at + this.#names.lengthOf(name)
      at = this.#value(from, depth + 1, name)
      if (at < 0) return -1
      if (members !== undefined && this.#names.isAsked(name)) members.put(name, from, at)
      before = name
      if (bytes[at] === closeBrace) return at + 1
      if (bytes[at] !== comma) return -1
    }
  }

  #array(open: number, depth: number, name: number): number {
    let at = open + 1
    if (this.bytes[at] === closeBracket) return at + 1
    for (;;) {
      at = this.#value(at, depth + 1, name)
      if (at < 0) return -1
      if (this.bytes[at] === closeBracket) return at + 1
      if (this.bytes[at] !== comma) return -1
      at += 1
    }
  }

  #string(open: number): number {
    const { bytes } = this
    for (let at = open + 1; ; ) {
      at = this.#plain(at)
      const byte = bytes[at]
      if (byte === quote) return at + 1
      if (byte !== backslash) return -1 // a control character, or the end
      if (shortEscapes[bytes[at + 1] ?? 0] === 1) at += 2
      else if (bytes[at + 1] === 0x75 && longEscapes.has(bytes.toString('latin1', at + 2, at + 6))) at += 6
      else return -1
    }
  }

  /** The first byte from here on that is a control character, a quote or a backslash. */
  #plain(from: number): number {
    const { view } = this
    for (let at = from; ; at += 8) {
      let found = endsIn(view.getInt32(at, true))
      if (found === 0) {
        found = endsIn(view.getInt32(at + 4, true))
        if (found === 0) continue
        at += 4
      }
      at += (31 - Math.clz32(found & -found)) >> 3
      const byte = this.bytes[at] ?? 0
      if (byte !== 0x20 && byte !== 0x21) return at
      at -= 7
    }
  }

  /** A whole number below 2^53 in the one form that it has. */
  #integer(from: number): number {
    const { bytes } = this
    const first = bytes[from] === minus ? from + 1 : from
    let at = first
    for (let byte = bytes[at] ?? 0; byte >= zero && byte <= nine; byte = bytes[at] ?? 0) at += 1
    const digits = at - first
    const leads = bytes[first] === zero
    if (digits === 0 || (leads && (digits > 1 || first > from)) || digits > 15) return -1
    const next = bytes[at] ?? 0
    return next === comma || next === closeBrace || next === closeBracket ? at : -1
  }
}
