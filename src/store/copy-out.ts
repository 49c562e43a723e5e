// copy-out.ts: rows as PostgreSQL's COPY sends them: their bytes as they are, without an object or a text for each of them.
import pg from 'pg'

/** Where copied bytes are put, kept from one COPY to the next. */
export interface Room {
  bytes: Buffer
}

/** Runs `COPY … TO STDOUT`, which takes no parameters.
 *  @returns what it sent, in the room: until that is used again
 *  @throws what pg throws; the client is then not to be used again */
export function copyOut(client: pg.ClientBase, statement: string, room: Room): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const copy = new CopyOut(statement, room, (error) => (error ? reject(error) : resolve(copy.received)))
  client.on('error', reject) // a connection that is lost is told here too; unheard, it would end the process
  client.query(copy)
  return promise.finally(() => client.off('error', reject))
}

/** A query of pg's, which minds errors and time limits; of what it would let pass it keeps the bytes. BUG pg 8.23: columns of a row it
 *  decodes as UTF-8 text before anybody sees them, asked for binary or not; bytes of a COPY it does not touch. */
class CopyOut extends pg.Query {
  readonly #room: Room
  #length = 0

  constructor(statement: string, room: Room, done: (error: Error | undefined) => void) {
    super(statement, done)
    this.#room = room
  }

  get received(): Buffer {
    return this.#room.bytes.subarray(0, this.#length)
  }

  /** Called by pg; the chunk is overwritten by what it reads next. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const room = this.#room
    const needed = this.#length + chunk.length
    if (needed > room.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed)))
      room.bytes.copy(larger, 0, 0, this.#length)
      room.bytes = larger
    }
    room.bytes.set(chunk, this.#length)
    this.#length = needed
  }
}

/** Signature, flags and an empty extension. SPEC PostgreSQL 18, "COPY", binary format. */
const headerLength = 19

/** Rows of a binary COPY.
 *  @param width how many columns each has
 *  @param row told of each row's columns: places in `bytes`; -1 for the end of one that is NULL
 *  @throws RangeError where this is no binary COPY of such rows, whole */
export function eachRow(bytes: Buffer, width: number, row: (from: readonly number[], to: readonly number[]) => void): void {
  const [from, to] = [new Array<number>(width).fill(0), new Array<number>(width).fill(0)]
  for (let at = headerLength; ; ) {
    const columns = bytes.readInt16BE(at)
    at += 2
    if (columns === -1) return
    if (columns !== width) throw new RangeError(`a row of ${columns} columns; expected ${width}`)
    for (let column = 0; column < width; column += 1) {
      const length = bytes.readInt32BE(at)
      from[column] = at + 4
      at += 4 + Math.max(0, length)
      to[column] = length < 0 ? -1 : at
    }
    row(from, to)
  }
}
