// scan.ts: an entry's bytes looked at once: whether they are surely canonical, and where the members of its objects stand.

/** SPEC RFC 8785: what this scan accepts is canonical. What it does not accept may be canonical all the same (a key that is not ASCII,
 *  a number with a fraction): whoever reads decides that by parsing. So the scan can save work, and hide nothing. */
const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]
const [zero, nine, minus] = [0x30, 0x39, 0x2d]

/** Entries nest four levels deep. */
const deepest = 16
const mostMembers = 256
/** The entry stands at a multiple of four, behind the 0x00 of its leaf. */
const start = 4
const longest = 65_535

/** Where the members of one object stand, in order. */
export class Members {
  count = 0
  readonly keyFrom = new Int32Array(mostMembers)
  readonly keyTo = new Int32Array(mostMembers)
  /** Of the value, its first byte and the one behind its last. */
  readonly from = new Int32Array(mostMembers)
  readonly to = new Int32Array(mostMembers)
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

/** Scans one entry after another in the same place. */
export class EntryScan {
  /** 0x00 ‖ entry, from `leafFrom` on. */
  readonly bytes = Buffer.alloc(start + longest + 4)
  readonly leafFrom = start - 1
  readonly #words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length >> 2)
  #end = start
  /** Of the entry itself. */
  readonly members = new Members()
  /** Of its member that `inner` names. */
  readonly innerMembers = new Members()
  readonly #inner: Buffer

  /** @param inner the name of a member that is an object whose members are wanted too */
  constructor(inner: string) {
    this.#inner = Buffer.from(inner)
  }

  /** Where the entry ends. */
  get end(): number {
    return this.#end
  }

  /** @returns false where it is longer than an entry can be */
  load(entry: Uint8Array): boolean {
    if (entry.length > longest) return false
    this.bytes.set(entry, start)
    this.#end = start + entry.length
    this.bytes.fill(0, this.#end, this.#end + 4) // no string goes on there
    return true
  }

  /** Whether what was loaded is one object, surely canonical; it must be UTF-8. */
  scan(): boolean {
    this.members.count = 0
    this.innerMembers.count = 0
    return this.bytes[start] === openBrace && this.#object(start, 0, this.members) === this.#end
  }

  /** The place of a member, from a place on: names must be asked for in their order; -1 where there is none. */
  find(name: Buffer, members: Members, from: number): number {
    for (let at = from; at < members.count; at += 1) {
      const order = this.#compare(members.keyFrom[at] ?? 0, members.keyTo[at] ?? 0, name)
      if (order === 0) return at
      if (order > 0) return -1
    }
    return -1
  }

  /** Each returns the place behind what it accepts, or -1. */
  #value(at: number, depth: number, members: Members | undefined): number {
    const byte = this.bytes[at] ?? 0
    if (byte === quote) return this.#string(at)
    if ((byte >= zero && byte <= nine) || byte === minus) return this.#integer(at)
    if (byte === openBrace) return depth < deepest ? this.#object(at, depth, members) : -1
    if (byte === openBracket) return depth < deepest ? this.#array(at, depth) : -1
    const literal = literals.find((each) => each[0] === byte)
    return literal !== undefined && this.#compare(at, at + literal.length, literal) === 0 ? at + literal.length : -1
  }

  #object(open: number, depth: number, members: Members | undefined): number {
    const { bytes } = this
    let at = open + 1
    if (bytes[at] === closeBrace) return at + 1
    let [lastFrom, lastTo] = [0, 0]
    for (;;) {
      const keyFrom = at + 1
      const keyTo = this.#key(at)
      if (keyTo < 0 || bytes[keyTo + 1] !== colon || (lastTo > 0 && !this.#isBefore(lastFrom, lastTo, keyFrom, keyTo))) return -1
      const from = keyTo + 2
      const isInner = depth === 0 && keyTo - keyFrom === this.#inner.length && this.#compare(keyFrom, keyTo, this.#inner) === 0
      const to = this.#value(from, depth + 1, isInner ? this.innerMembers : undefined)
      if (to < 0) return -1
      if (members !== undefined) {
        if (members.count === mostMembers) return -1
        members.keyFrom[members.count] = keyFrom
        members.keyTo[members.count] = keyTo
        members.from[members.count] = from
        members.to[members.count] = to
        members.count += 1
      }
      lastFrom = keyFrom
      lastTo = keyTo
      if (bytes[to] === closeBrace) return to + 1
      if (bytes[to] !== comma) return -1
      at = to + 1
    }
  }

  #array(open: number, depth: number): number {
    let at = open + 1
    if (this.bytes[at] === closeBracket) return at + 1
    for (;;) {
      at = this.#value(at, depth + 1, undefined)
      if (at < 0) return -1
      if (this.bytes[at] === closeBracket) return at + 1
      if (this.bytes[at] !== comma) return -1
      at += 1
    }
  }

  /** A name of plain ASCII: its bytes are in the order of its UTF-16 code units.
   *  @returns the place of its closing quote, or -1 */
  #key(open: number): number {
    const { bytes } = this
    if (bytes[open] !== quote) return -1
    for (let at = open + 1; ; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === quote) return at
      if (byte < 0x20 || byte >= 0x80 || byte === backslash) return -1
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

  /** The first byte from here on that is a control character, a quote or a backslash: four at a time where they are long. */
  #plain(from: number): number {
    const { bytes } = this
    let at = from
    for (; (at & 3) !== 0; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte < 0x20 || byte === quote || byte === backslash) return at
    }
    const words = this.#words
    for (let word = at >> 2; ; word += 1) {
      const four = words[word] ?? 0
      const quotes = four ^ 0x22222222
      const slashes = four ^ 0x5c5c5c5c
      // The high bit of a byte that is below 0x20, or nothing but zeros. No such byte is missed; one above it may be taken for such.
      const low = ((four - 0x20202020) | 0) & ~four
      const found = low | (((quotes - 0x01010101) | 0) & ~quotes) | (((slashes - 0x01010101) | 0) & ~slashes)
      if ((found & 0x80808080) !== 0) {
        at = word << 2
        break
      }
    }
    for (; ; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte < 0x20 || byte === quote || byte === backslash) return at
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

  #isBefore(aFrom: number, aTo: number, bFrom: number, bTo: number): boolean {
    const { bytes } = this
    let [a, b] = [aFrom, bFrom]
    while (a < aTo && b < bTo) {
      const order = (bytes[a] ?? 0) - (bytes[b] ?? 0)
      if (order !== 0) return order < 0
      a += 1
      b += 1
    }
    return aTo - aFrom < bTo - bFrom
  }

  #compare(from: number, to: number, name: Buffer): number {
    const { bytes } = this
    const length = Math.min(to - from, name.length)
    for (let at = 0; at < length; at += 1) {
      const order = (bytes[from + at] ?? 0) - (name[at] ?? 0)
      if (order !== 0) return order
    }
    return to - from - name.length
  }
}
