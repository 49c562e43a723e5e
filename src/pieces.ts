// pieces.ts: bytes that come in pieces and wait to be taken: in few buffers, however small the pieces are.

/** A buffer takes a hundred bytes itself. Where more than a few wait, what is shorter than this is copied behind what came before. */
const short = 1024
const few = 16
/** Where short ones are copied to. */
const roomBytes = 16 * 1024
const none = Buffer.alloc(0)

/** What was pushed is kept as it is, and not copied, as long as it is neither short nor one of many. */
export class Pieces {
  #pieces: Buffer[] = []
  #length = 0
  /** The bytes of short pieces that came last stand in it from `from` to `end`. */
  #room = none
  #from = 0
  #end = 0

  /** Bytes that wait. */
  get length(): number {
    return this.#length
  }

  push(piece: Buffer): void {
    const { length } = piece
    if (length === 0) return
    this.#length += length
    if (length < short && this.#pieces.length >= few) this.#copy(piece)
    else {
      this.#close()
      this.#pieces.push(piece)
    }
  }

  /** The first so many bytes, or all where there are fewer, which may be a piece as it came. They wait no longer. */
  take(bytes = this.#length): Buffer {
    this.#close()
    const [first = none] = this.#pieces
    const length = Math.min(bytes, this.#length)
    this.#length -= length
    if (first.length === length) {
      this.#pieces.shift()
      return first
    }
    const taken = Buffer.allocUnsafe(length)
    let [at, whole] = [0, 0]
    for (const piece of this.#pieces) {
      if (at + piece.length > length) break
      taken.set(piece, at)
      at += piece.length
      whole += 1
    }
    this.#pieces.splice(0, whole)
    const [rest] = this.#pieces
    if (at < length && rest !== undefined) {
      rest.copy(taken, at, 0, length - at)
      this.#pieces[0] = rest.subarray(length - at)
    }
    return taken
  }

  #copy(piece: Buffer): void {
    if (this.#end + piece.length > this.#room.length) {
      this.#close()
      this.#room = Buffer.allocUnsafeSlow(roomBytes)
      this.#from = this.#end = 0
    }
    this.#room.set(piece, this.#end)
    this.#end += piece.length
  }

  /** What was copied is a piece like the others. */
  #close(): void {
    if (this.#from < this.#end) this.#pieces.push(this.#room.subarray(this.#from, this.#end))
    this.#from = this.#end
  }
}
