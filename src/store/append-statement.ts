// append-statement.ts: a batch as one message of PostgreSQL's protocol: the hot path, written without a copy on the way.
import type pg from 'pg'
import type { AgencyNumbers, Batch } from '../querylog/ports.ts'
import type { CompleteTile } from '../querylog/tile.ts'

/** Run once per connection; `AppendStatement` binds to it by name. */
export const prepareAppend = `PREPARE append_batch
  (text, bigint, bigint, bytea, bigint, bytea, bytea, date, bytea, int[], int[], bytea, jsonb, text, bytea)
  AS SELECT linkage.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`

const [text, binary] = [0, 1]
const formats = [text, binary, binary, binary, binary, binary, binary, text, binary, binary, binary, binary, text, text, binary]
const int4 = 23

/** Bytes that messages are written into, kept from one batch to the next while the connection lives. */
export interface Scratch {
  bytes: Buffer
}

/** One append in flight. pg's own queries would write each parameter on its own, then copy all of them twice: measured
 *  as most of the client's time per batch. */
export class AppendStatement implements pg.Submittable {
  /** The database's clock in ms, once the server is ready for the next statement: only then is the batch committed. */
  readonly outcome: Promise<number>
  readonly #message: Buffer
  readonly #resolve: (databaseTime: number) => void
  readonly #reject: (error: unknown) => void
  #value: string | null | undefined
  #tag: string | undefined

  constructor(batch: Batch, scratch: Scratch) {
    this.#message = encode(batch, scratch)
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.outcome = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: pg.Connection): Error | null {
    if (!connection.stream.writable) return new Error('the connection was lost')
    connection.stream.write(this.#message)
    return null
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    this.#value = message.fields[0]
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#tag = message.text
  }

  /** The commit itself happens between the command's tag and this. */
  handleReadyForQuery(): void {
    const databaseTime = Number(this.#value ?? Number.NaN)
    if (this.#tag === 'SELECT 1' && Number.isSafeInteger(databaseTime)) this.#resolve(databaseTime)
    else this.#reject(new Error(`append: expected the answer SELECT 1, found ${this.#tag ?? 'none'}`))
  }

  handleError(error: unknown): void {
    this.#reject(error)
  }

  handleRowDescription(): void {}
  handleParseComplete(): void {}
  handlePortalSuspended(): void {
    this.#reject(new Error('append: the server suspended the statement'))
  }
  handleEmptyQuery(): void {
    this.#reject(new Error('append: the server saw an empty statement'))
  }
  handleCopyInResponse(): void {
    this.#reject(new Error('append: the server asked for a copy'))
  }
  handleCopyData(): void {}
}

/** Bind, Execute and Sync (SPEC PostgreSQL 18, "Message Formats") in one piece. */
function encode(batch: Batch, scratch: Scratch): Buffer {
  const message = new Message(scratch)
  const { from, to, entries } = batch
  const bind = message.begin('B')
  message.terminated('').terminated('append_batch')
  message.int16(formats.length)
  for (const format of formats) message.int16(format)
  message.int16(formats.length)
  message
    .text(batch.slot)
    .bigint(batch.epoch)
    .bigint(from.size)
    .bytes(from.root)
    .bigint(to.size)
    .bytes(to.root)
    .bytes(batch.frontier)
    .text(batch.month)
  message.concatenated(entries)
  const lengths = entries.map((each) => each.length)
  const starts = new Array<number>(lengths.length)
  let start = 1 // substr counts from one
  for (const [i, length] of lengths.entries()) {
    starts[i] = start
    start += length
  }
  message.integers(starts).integers(lengths).pieces(batch.leafHashes, 32)
  message.text(batch.agencies.size === 0 ? undefined : agencyNumbers(batch.agencies)).text(batch.checkpoint)
  message.tiles(batch.tiles)
  message.int16(0) // results as text
  message.end(bind)
  const execute = message.begin('E')
  message.terminated('').int32(0)
  message.end(execute)
  message.end(message.begin('S'))
  return message.written
}

function agencyNumbers(agencies: ReadonlyMap<string, AgencyNumbers>): string {
  const members = [...agencies].map(([agency, n]) => [agency, [n.records, n.counted, n.recordsBefore, n.countedBefore]] as const)
  return JSON.stringify(Object.fromEntries(members))
}

class Message {
  readonly #scratch: Scratch
  #at = 0

  constructor(scratch: Scratch) {
    this.#scratch = scratch
  }

  get written(): Buffer {
    return this.#scratch.bytes.subarray(0, this.#at)
  }

  /** Room for so many more bytes. */
  #room(bytes: number): Buffer {
    const needed = this.#at + bytes
    if (needed > this.#scratch.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed)))
      this.#scratch.bytes.copy(larger, 0, 0, this.#at)
      this.#scratch.bytes = larger
    }
    return this.#scratch.bytes
  }

  /** @returns where the length stands, for `end` */
  begin(type: string): number {
    this.#at = this.#room(5).write(type, this.#at, 'latin1') + this.#at + 4
    return this.#at - 4
  }

  end(length: number): void {
    this.#scratch.bytes.writeInt32BE(this.#at - length, length)
  }

  int16(value: number): this {
    this.#at = this.#room(2).writeInt16BE(value, this.#at)
    return this
  }

  int32(value: number): this {
    this.#at = this.#room(4).writeInt32BE(value, this.#at)
    return this
  }

  terminated(value: string): this {
    const buffer = this.#room(value.length * 3 + 1)
    this.#at += buffer.write(value, this.#at, 'utf8')
    this.#at = buffer.writeInt8(0, this.#at)
    return this
  }

  bigint(value: number): this {
    this.int32(8)
    this.#at = this.#room(8).writeBigInt64BE(BigInt(value), this.#at)
    return this
  }

  bytes(value: Buffer): this {
    this.int32(value.length)
    this.#at += value.copy(this.#room(value.length), this.#at)
    return this
  }

  /** A text, or NULL. */
  text(value: string | undefined): this {
    if (value === undefined) return this.int32(-1)
    const length = this.#at
    this.int32(0)
    this.#at += this.#room(value.length * 3).write(value, this.#at, 'utf8')
    this.#scratch.bytes.writeInt32BE(this.#at - length - 4, length)
    return this
  }

  /** Bytes of any length as one value. */
  concatenated(values: readonly Buffer[]): this {
    const length = this.#at
    this.int32(0)
    for (const value of values) this.#at += value.copy(this.#room(value.length), this.#at)
    this.#scratch.bytes.writeInt32BE(this.#at - length - 4, length)
    return this
  }

  /** Pieces of one size as one value. */
  pieces(values: readonly Buffer[], size: number): this {
    this.int32(values.length * size)
    const buffer = this.#room(values.length * size)
    for (const value of values) this.#at += value.copy(buffer, this.#at, 0, size)
    return this
  }

  /** Tiles, each its hashes and then their root, as one value; NULL where there is none. */
  tiles(tiles: readonly CompleteTile[]): this {
    if (tiles.length === 0) return this.int32(-1)
    return this.pieces(
      tiles.flatMap(({ hashes, root }) => [...hashes, root]),
      32,
    )
  }

  /** An int4[] of one dimension. */
  integers(values: readonly number[]): this {
    this.int32(20 + 8 * values.length)
    this.int32(1).int32(0).int32(int4).int32(values.length).int32(1)
    const buffer = this.#room(8 * values.length)
    for (const value of values) {
      this.#at = buffer.writeInt32BE(4, this.#at)
      this.#at = buffer.writeInt32BE(value, this.#at)
    }
    return this
  }
}
