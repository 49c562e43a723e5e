// row-buffer.ts: what is released of a stream of rows: the row at hand, which is held until it is whole, and the whole ones before it.

/** Longest row that is held, bytes of what is to be released of it. */
export const longestRow = 1_048_576

/** Bytes that are written row by row. */
export class RowBuffer {
  #bytes = Buffer.allocUnsafeSlow(65_536)
  /** Where the row at hand begins, and where it ends so far. */
  #row = 0
  #end = 0

  /** Bytes of the row at hand. */
  get rowLength(): number {
    return this.#end - this.#row
  }

  /** Adds bytes of a piece to the row at hand.
   *  @returns false where it would be longer than a row may be; it is then as it was */
  append(piece: Uint8Array, from: number, to: number): boolean {
    const length = to - from
    if (this.rowLength + length > longestRow) return false
    this.#room(length)
    const bytes = this.#bytes
    let end = this.#end
    if (length > 48) bytes.set(piece.subarray(from, to), end)
    else for (let at = from, to = end; to < end + length; ) bytes[to++] = piece[at++] ?? 0
    end += length
    this.#end = end
    return true
  }

  byte(byte: number): void {
    this.#room(1)
    this.#bytes[this.#end++] = byte
  }

  text(text: string): void {
    this.#room(text.length * 3)
    this.#end += this.#bytes.write(text, this.#end)
  }

  /** The row at hand is whole: it goes out with the next `take`. */
  release(): void {
    this.#row = this.#end
  }

  /** The row at hand never was. */
  drop(): void {
    this.#end = this.#row
  }

  /** The rows released since the last time, in a buffer of their own. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#row))
    this.#bytes.copyWithin(0, this.#row, this.#end)
    this.#end -= this.#row
    this.#row = 0
    return taken
  }

  #room(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#end + length))
    larger.set(this.#bytes.subarray(0, this.#end))
    this.#bytes = larger
  }
}
