// macs-of-many.ts: HMAC-SHA-256 of many texts that begin alike, by the kernel: four at a time, and no string or buffer for each.
import { keyed, macs, memory } from './kernel.ts'
import { blockBytes, INNER, MESSAGES, mostBlocks, mostMessages, statesLength, TAGS, tagBytes } from './layout.ts'

/** Texts in UTF-8, one behind the other. */
export interface Texts {
  readonly count: number
  readonly bytes: Uint8Array
  startOf(at: number): number
  endOf(at: number): number
}

const lengthBytes = 4
/** SPEC FIPS 180-4 §5.1.1: a bit, and the length in bits. */
const paddingBytes = 9

export class MacsOfMany {
  readonly #states: Uint8Array
  readonly #beginning: Uint8Array
  /** A padded message of texts of so many bytes: most are of one length. */
  #message = new Uint8Array(0)
  #textBytes = -1

  /** @param inner the key's block of the inner hash (RFC 2104), 64 bytes, and `outer` that of the outer one
   *  @param beginning of each message, before the text's length and the text */
  constructor(inner: Uint8Array, outer: Uint8Array, beginning: Uint8Array) {
    memory.set(inner, MESSAGES)
    memory.set(outer, MESSAGES + blockBytes)
    keyed()
    this.#states = memory.slice(INNER, INNER + statesLength)
    this.#beginning = beginning
  }

  /** Longest text that the kernel takes, bytes. */
  get longest(): number {
    return mostBlocks * blockBytes - this.#beginning.length - lengthBytes - paddingBytes
  }

  /** The first 16 bytes of each HMAC, in the order of the texts, none of which is longer than `longest`. */
  tags(texts: Texts): Buffer {
    const tags = Buffer.allocUnsafe(texts.count * tagBytes)
    memory.set(this.#states, INNER)
    for (let done = 0; done < texts.count; ) {
      // As many of one length, in blocks, as stand one behind the other.
      const blocks = this.#blocksOf(texts, done)
      let count = 0
      for (let at = done; at < texts.count && count < mostMessages && this.#blocksOf(texts, at) === blocks; at += 1, count += 1)
        this.#place(texts, at, MESSAGES + count * blocks * blockBytes)
      macs(count, blocks)
      tags.set(memory.subarray(TAGS, TAGS + count * tagBytes), done * tagBytes)
      done += count
    }
    return tags
  }

  #blocksOf(texts: Texts, at: number): number {
    const bytes = this.#beginning.length + lengthBytes + texts.endOf(at) - texts.startOf(at) + paddingBytes
    return Math.ceil(bytes / blockBytes)
  }

  #place(texts: Texts, at: number, to: number): void {
    const [start, end] = [texts.startOf(at), texts.endOf(at)]
    if (end - start !== this.#textBytes) this.#layOut(end - start)
    memory.set(this.#message, to)
    const text = to + this.#beginning.length + lengthBytes
    for (let k = start; k < end; k += 1) memory[text + k - start] = texts.bytes[k] ?? 0
  }

  #layOut(textBytes: number): void {
    const length = this.#beginning.length + lengthBytes + textBytes
    const message = Buffer.alloc(Math.ceil((length + paddingBytes) / blockBytes) * blockBytes)
    message.set(this.#beginning)
    message.writeUInt32BE(textBytes, this.#beginning.length)
    message[length] = 0x80
    // The key's block counts.
    message.writeUInt32BE((blockBytes + length) * 8, message.length - 4)
    this.#message = message
    this.#textBytes = textBytes
  }
}
