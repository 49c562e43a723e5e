// csv.ts: the filter of one CSV answer: granted columns of every row, and no row of a protected person.

import { fits, type LeafType, quoted, unquoted } from './csv-field.ts'
import { longestName } from './kernel/layout.ts'
import { AnswerMalformed, type AnswerProblem } from './malformed.ts'
import { RowBuffer } from './row-buffer.ts'
import { type Beyond, nowhereUndeclared, type StreamProjector, type UndeclaredAt } from './stream-projector.ts'
import { Utf8Check } from './utf8.ts'

/** Longest field, bytes with its quotes. */
export const longestField = 65_536

/** A declared column. */
export interface CsvColumn {
  readonly type: LeafType
  readonly released: boolean
  /** Whether it is the marker of protected persons. */
  readonly marks: boolean
}

// What is expected next: the first byte of a field, or the rest of one that is plain, in quotes, or behind a quote inside quotes; LF.
const BEGIN = 0
const PLAIN = 1
const QUOTED = 2
const CLOSED = 3
const LF = 4

// What becomes of the field at hand: nothing, it is copied, it is held until it is whole.
const SKIP = 0
const COPY = 1
const HOLD = 2

const byteOrderMark = [0xef, 0xbb, 0xbf]
/** Bytes that simply go on in a plain field, and in one in quotes. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 0x09 || (byte >= 0x20 && byte !== 0x22 && byte !== 0x2c) ? 1 : 0))
const inQuotes = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0x09 || byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte !== 0x22) ? 1 : 0,
)

/** One answer in CSV (RFC 4180; UTF-8; CRLF or LF; a byte order mark, which is dropped; no control characters but tabs, and line
 *  breaks in quotes). Released are the header and the rows, with CRLF; fields as they were spelled, whatever a spreadsheet makes of them.
 *  A field of a column of numbers or of true and false is spelled as in JSON, or it is withheld: nothing stands in its place. */
export class CsvFilter implements StreamProjector {
  rows = 0
  readonly #declared: ReadonlyMap<string, CsvColumn>
  readonly #marked: boolean
  readonly #mayLackAll: boolean
  readonly #utf8 = new Utf8Check()
  readonly #out = new RowBuffer()
  readonly #held = Buffer.alloc(2 * longestName + 2)
  #sound = true
  #base = 0
  /** Bytes of a byte order mark that came; 3 where there is none, or no more to come. */
  #mark = 0
  #step = BEGIN
  #header: readonly CsvColumn[] | undefined
  #names: string[] = []
  #column = 0
  #role = HOLD
  #fieldLength = 0
  #heldLength = 0
  #releasedColumns = 0
  #releasedHere = 0
  #misshapenHere = 0
  #protected = false
  #withheld = 0
  #misshapen = 0
  #suppressed = 0

  /** @param declared by name, every column that the catalogue declares; at least one is released
   *  @param mayLackAll whether none of these need be there */
  constructor(declared: ReadonlyMap<string, CsvColumn>, mayLackAll: boolean) {
    this.#declared = declared
    this.#mayLackAll = mayLackAll
    this.#marked = [...declared.values()].some(({ marks }) => marks)
  }

  get beyond(): Beyond {
    return { undeclared: 0, withheld: this.#withheld, misshapen: this.#misshapen, suppressed: this.#suppressed }
  }

  undeclaredAt(): UndeclaredAt {
    return nowhereUndeclared
  }

  push(piece: Uint8Array): Buffer {
    this.#enter()
    this.#utf8.push(piece)
    this.#filter(piece)
    this.#base += piece.length
    this.#sound = true
    return this.#out.take()
  }

  end(): Buffer {
    this.#enter()
    this.#utf8.end()
    if (this.#step === QUOTED || this.#step === LF) throw this.#malformed('unexpected-end', 0)
    if (this.#step !== BEGIN || this.#column > 0) {
      this.#endField(0)
      this.#endRow(0)
    }
    if (this.#header === undefined) throw this.#malformed('unexpected-end', 0)
    return this.#out.take()
  }

  cut(): Buffer {
    this.#out.release()
    return this.#out.take()
  }

  #enter(): void {
    if (!this.#sound) throw new Error('this answer is over: nothing of it may follow')
    this.#sound = false
  }

  #malformed(problem: AnswerProblem, at: number): AnswerMalformed {
    return new AnswerMalformed(problem, this.#base + at)
  }

  #filter(piece: Uint8Array): void {
    const end = piece.length
    let at = this.#mark < 3 ? this.#skipMark(piece) : 0
    let from = at
    while (at < end) {
      let byte = piece[at] ?? 0
      if (this.#step === BEGIN) {
        this.#step = byte === 0x22 ? QUOTED : PLAIN
        if (byte === 0x22) at++
      } else if (this.#step === QUOTED) {
        while (at < end && inQuotes[byte] === 1) byte = piece[++at] ?? 0
        if (at === end) break
        if (byte !== 0x22) throw this.#malformed('control-character', at)
        this.#step = CLOSED
        at++
      } else if (this.#step === CLOSED && byte === 0x22) {
        this.#step = QUOTED
        at++
      } else if (this.#step === LF) {
        if (byte !== 0x0a) throw this.#malformed('unexpected-byte', at)
        this.#endRow(at)
        from = ++at
      } else {
        if (this.#step === PLAIN) while (at < end && plain[byte] === 1) byte = piece[++at] ?? 0
        if (at === end) break
        this.#keep(piece, from, at)
        this.#endField(at)
        if (byte === 0x2c) this.#nextField(at)
        else if (byte === 0x0a) this.#endRow(at)
        else if (byte === 0x0d) this.#step = LF
        else throw this.#malformed(byte < 0x20 ? 'control-character' : 'unexpected-byte', at)
        from = ++at
      }
    }
    if (this.#step !== LF) this.#keep(piece, from, end)
  }

  /** @returns where the header begins */
  #skipMark(piece: Uint8Array): number {
    let at = 0
    while (at < piece.length && this.#mark < 3 && piece[at] === byteOrderMark[this.#mark]) {
      this.#mark++
      at++
    }
    if (at === piece.length || this.#mark === 3) return at
    if (this.#mark > at)
      this.#keep(Uint8Array.from(byteOrderMark), 0, this.#mark) // what an earlier piece ended with is of a name
    else at = 0
    if (this.#mark > 0) this.#step = PLAIN
    this.#mark = 3
    return at
  }

  /** Bytes of the field at hand. */
  #keep(piece: Uint8Array, from: number, to: number): void {
    const length = to - from
    this.#fieldLength += length
    if (this.#fieldLength > longestField) throw this.#malformed('field-too-long', from)
    if (this.#role === COPY) {
      if (!this.#out.append(piece, from, to)) throw this.#malformed('row-too-long', from)
    } else if (this.#role === HOLD) {
      const held = this.#held
      if (this.#heldLength + length > held.length) this.#heldLength = held.length + 1
      else for (let at = from; at < to; at++) held[this.#heldLength++] = piece[at] ?? 0
    }
  }

  #nextField(at: number): void {
    this.#column++
    this.#step = BEGIN
    this.#fieldLength = 0
    this.#heldLength = 0
    if (this.#header === undefined) return
    const column = this.#header[this.#column]
    if (column === undefined) throw this.#malformed('field-count', at)
    this.#beginField(column)
  }

  #beginField({ released, type, marks }: CsvColumn): void {
    if (released && this.#releasedHere++ > 0) this.#out.byte(0x2c)
    this.#role = marks || (released && type !== 'string') ? HOLD : released ? COPY : SKIP
  }

  #endField(at: number): void {
    const column = this.#header?.[this.#column]
    if (this.#header === undefined) this.#name(at)
    else if (column === undefined) throw this.#malformed('field-count', at)
    else {
      if (this.#role === HOLD) this.#judge(column, at)
      if (column.released && this.#releasedColumns === 1 && this.#out.rowLength === 0) this.#out.text('""')
    }
  }

  /** A field that had to be whole. */
  #judge({ type, marks, released }: CsvColumn, at: number): void {
    const whole = this.#heldLength <= this.#held.length
    const value = whole ? unquoted(this.#held.subarray(0, this.#heldLength)) : this.#held
    const right = whole && fits(type, value)
    if (marks) {
      if (!right) throw this.#malformed('marker-missing', at)
      if (value.length === 4) this.#protected = true
    }
    if (!released) return
    if (right) this.#out.append(this.#held, 0, this.#heldLength)
    else if (!whole || value.length > 0) this.#misshapenHere++
  }

  /** A name of the header. */
  #name(at: number): void {
    if (this.#heldLength > this.#held.length) throw this.#malformed('header', at)
    const name = unquoted(this.#held.subarray(0, this.#heldLength)).toString()
    if (!this.#declared.has(name) || this.#names.includes(name)) throw this.#malformed('header', at)
    this.#names.push(name)
  }

  #endRow(at: number): void {
    if (this.#header === undefined) this.#endHeader(at)
    else {
      if (this.#column !== this.#header.length - 1) throw this.#malformed('field-count', at)
      if (this.#protected) {
        this.#out.drop()
        this.#suppressed++
      } else {
        this.#out.text('\r\n')
        this.#out.release()
        this.rows++
        this.#withheld += this.#header.length - this.#releasedColumns
        this.#misshapen += this.#misshapenHere
      }
    }
    this.#column = -1
    this.#releasedHere = 0
    this.#misshapenHere = 0
    this.#protected = false
    this.#nextField(at)
  }

  #endHeader(at: number): void {
    const header = this.#names.flatMap((name) => this.#declared.get(name) ?? [])
    const released = this.#names.filter((name) => this.#declared.get(name)?.released === true)
    if (released.length === 0 && !this.#mayLackAll) throw this.#malformed('header', at)
    if (this.#marked && !header.some(({ marks }) => marks)) throw this.#malformed('marker-missing', at)
    this.#releasedColumns = released.length
    this.#header = header
    this.#out.text(`${released.map(quoted).join(',')}\r\n`)
    this.#out.release()
  }
}
