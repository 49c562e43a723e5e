// names-seen.ts: names of members that came before, and which of them follow each other: nearly every entry brings the same ones.

/** SPEC RFC 8785 §3.2.3: members stand in the order of their names' UTF-16 code units; of plain ASCII that is the order of the bytes. */
const [quote, colon, backslash] = [0x22, 0x3a, 0x5c]

export const mostNames = 256
/** All of them together. */
export const mostBytesOfNames = 4096

/** Names by number, from 1 on. What was seen saves work and decides nothing: a name is taken for another's follower only once their order
 *  was compared, and told by all of its bytes. */
export class NamesSeen {
  /** `"name":` of each, one behind the other. */
  readonly #text = new Uint8Array(mostBytesOfNames)
  readonly #words = new DataView(this.#text.buffer)
  readonly #starts = new Int32Array(mostNames)
  readonly #lengths = new Int32Array(mostNames)
  #count = 1
  /** By the name of an object, 0 for the entry itself, and a name in it, 0 for its beginning: the name that stood behind it last. */
  readonly #behind = new Uint8Array(mostNames * mostNames)
  /** How many are asked for by number, and one: they stay. */
  #asked = 1
  #isFull = false

  /** A name's number, for whoever asks for its members; before anything is seen. */
  ask(name: string): number {
    const text = Buffer.from(`"${name}":`)
    const bytes = new DataView(text.buffer, text.byteOffset, text.length)
    const number = this.#find(bytes, 0, text.length) || this.#enter(bytes, 0, text.length)
    this.#asked = this.#count
    return number
  }

  /** Another entry begins: numbers that were given out hold no longer than one. */
  begin(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#count = this.#asked
    this.#behind.fill(0)
  }

  /** The name that stands at a place, with its quotes and its colon.
   *  @param bytes the entry's; behind them a 0, and room for as many as names take
   *  @param before the name before it in the same object; 0 for the first
   *  @param of the name of that object
   *  @returns 0 for what is no plain name, stands out of order, or is one too many */
  at(bytes: DataView, at: number, before: number, of: number): number {
    const guess = this.#behind[of * mostNames + before] ?? 0
    return guess !== 0 && this.#stands(guess, bytes, at) ? guess : this.#look(bytes, at, before, of)
  }

  /** Whether somebody asks for its members. */
  isAsked(name: number): boolean {
    return name < this.#asked
  }

  /** How many bytes it takes, with its quotes and its colon. */
  lengthOf(name: number): number {
    return this.#lengths[name] ?? 0
  }

  /** Four bytes at a time, the last four once more where they are no multiple of it. */
  #stands(name: number, bytes: DataView, at: number): boolean {
    const words = this.#words
    const start = this.#starts[name] ?? 0
    const last = (this.#lengths[name] ?? 0) - 4
    if (last < 0) return this.#text.subarray(start, start + 4 + last).every((byte, nth) => byte === bytes.getUint8(at + nth))
    for (let of = 0; of < last; of += 4) if (words.getInt32(start + of, true) !== bytes.getInt32(at + of, true)) return false
    return words.getInt32(start + last, true) === bytes.getInt32(at + last, true)
  }

  #look(bytes: DataView, at: number, before: number, of: number): number {
    if (bytes.getUint8(at) !== quote) return 0
    let end = at + 1
    for (let byte = bytes.getUint8(end); byte !== quote; byte = bytes.getUint8(end)) {
      if (byte < 0x20 || byte >= 0x80 || byte === backslash) return 0
      end += 1
    }
    if (bytes.getUint8(end + 1) !== colon || (before !== 0 && !this.#isBefore(before, bytes, at + 1, end))) return 0
    const name = this.#find(bytes, at, end + 2) || this.#enter(bytes, at, end + 2)
    this.#behind[of * mostNames + before] = name
    return name
  }

  #isBefore(name: number, bytes: DataView, from: number, to: number): boolean {
    const start = (this.#starts[name] ?? 0) + 1
    const length = this.lengthOf(name) - 3
    for (let at = 0; at < length && from + at < to; at += 1) {
      const order = (this.#text[start + at] ?? 0) - bytes.getUint8(from + at)
      if (order !== 0) return order < 0
    }
    return length < to - from
  }

  #find(bytes: DataView, from: number, to: number): number {
    for (let name = 1; name < this.#count; name += 1) if (this.lengthOf(name) === to - from && this.#stands(name, bytes, from)) return name
    return 0
  }

  #enter(bytes: DataView, from: number, to: number): number {
    const start = (this.#starts[this.#count - 1] ?? 0) + this.lengthOf(this.#count - 1)
    if (this.#count === mostNames || start + to - from > mostBytesOfNames) {
      this.#isFull = true
      return 0
    }
    for (let at = from; at < to; at += 1) this.#text[start + at - from] = bytes.getUint8(at)
    this.#starts[this.#count] = start
    this.#lengths[this.#count] = to - from
    this.#count += 1
    return this.#count - 1
  }
}
