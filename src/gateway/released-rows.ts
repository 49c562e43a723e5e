// released-rows.ts: the rows that stand whole in what was released of lines or of CSV, whatever else the upstream had sent by then.

const lineFeed = 0x0a
const quote = 0x22

/** Counts the ends of rows in blocks of released bytes. */
export class ReleasedRows {
  readonly #csv: boolean
  #ends = 0
  #quoted = false

  constructor(mediaType: 'application/x-ndjson' | 'text/csv') {
    this.#csv = mediaType === 'text/csv'
  }

  /** Of CSV without its header. */
  get rows(): number {
    return this.#csv ? Math.max(0, this.#ends - 1) : this.#ends
  }

  add(block: Buffer): void {
    if (this.#csv) this.#addCsv(block)
    else for (let at = block.indexOf(lineFeed); at >= 0; at = block.indexOf(lineFeed, at + 1)) this.#ends += 1
  }

  /** A line feed inside quotes ends no row; a quote inside quotes is written twice, and so changes nothing (RFC 4180 §2). */
  #addCsv(block: Buffer): void {
    let quoted = this.#quoted
    for (const byte of block) {
      if (byte === quote) quoted = !quoted
      else if (byte === lineFeed && !quoted) this.#ends += 1
    }
    this.#quoted = quoted
  }
}
