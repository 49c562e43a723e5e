// people.ts: whom an answer is about, each once, as their tags need them: folded identifiers in UTF-8, one behind the other.
import { foldIdentifier } from '../identifier.ts'

/** Bytes that most answers need. */
const usual = 512

export class People {
  #bytes = Buffer.allocUnsafe(usual)
  readonly #ends: number[] = []

  get count(): number {
    return this.#ends.length
  }

  /** Bytes of the longest. */
  get longest(): number {
    let longest = 0
    for (let at = 0; at < this.count; at += 1) longest = Math.max(longest, this.endOf(at) - this.startOf(at))
    return longest
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Where one begins in `bytes`, which is where the one before ends. */
  startOf(at: number): number {
    return at === 0 ? 0 : this.endOf(at - 1)
  }

  endOf(at: number): number {
    return this.#ends[at] ?? 0
  }

  /** Takes in whom these bytes spell (UTF-8).
   *  @returns whether somebody is new: who is in already is nobody else */
  add(spelled: Uint8Array, from: number, to: number): boolean {
    const start = this.endOf(this.count - 1)
    this.#makeRoom(start + to - from)
    const bytes = this.#bytes
    let end = start
    for (let at = from; at < to; at += 1) {
      const byte = spelled[at] ?? 0
      if (byte >= 0x80) return this.#addText(Buffer.from(spelled.subarray(from, to)).toString())
      bytes[end++] = byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte
    }
    return this.#take(start, end)
  }

  /** Lets go of whoever came last. */
  dropLast(): void {
    this.#ends.pop()
  }

  /** What is not ASCII is folded as a text. */
  #addText(spelled: string): boolean {
    const identifier = foldIdentifier(spelled)
    const start = this.endOf(this.count - 1)
    this.#makeRoom(start + identifier.length * 3)
    return this.#take(start, start + this.#bytes.write(identifier, start))
  }

  #take(start: number, end: number): boolean {
    const ends = this.#ends
    const bytes = this.#bytes
    for (let [at, from] = [0, 0]; at < ends.length; at += 1) {
      const to = ends[at] ?? 0
      if (to - from === end - start && areSame(bytes, from, start, end - start)) return false
      from = to
    }
    ends.push(end)
    return true
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(bytes * 2)
    this.#bytes.copy(larger)
    this.#bytes = larger
  }
}

/** Compared from behind: identifiers of one kind differ there soonest. */
function areSame(bytes: Uint8Array, one: number, other: number, length: number): boolean {
  let rest = length - 1
  while (rest >= 0 && bytes[one + rest] === bytes[other + rest]) rest -= 1
  return rest < 0
}
