// identifiers.ts: who stands in what was released: the values of the places that identify people, read from the released bytes themselves.
import { AnswerMalformed } from './malformed.ts'
import type { StreamMediaType, StreamPlan } from './stream.ts'
import type { StreamProjector } from './stream-projector.ts'

/** Longest identifier, bytes. */
const longest = 1024

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const comma = 0x2c
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Told whom it finds: his identifier as it is spelled, in UTF-8. The bytes hold it only as long as this is told. */
export type Found = (bytes: Uint8Array, from: number, to: number) => void

/** Reads released bytes in pieces. They are an answer of the same shape as the upstream's, so the same filter finds in them what
 *  identifies people, and what it gives is a function of released data alone. */
export class Identifiers {
  readonly #filter: StreamProjector
  readonly #reader: CsvFields | JsonTexts

  /** @param plan of nothing but places that identify people
   *  @param among some of them; absent: all */
  constructor(mediaType: StreamMediaType, plan: StreamPlan, among?: readonly string[]) {
    this.#filter = plan.begin(among)
    this.#reader = mediaType === 'text/csv' ? new CsvFields() : new JsonTexts()
  }

  /** @param released the next of the released bytes
   *  @param found told who stands in them, in their order; who stands in them twice, twice
   *  @throws AnswerMalformed where an identifier is longer than one can be */
  push(released: Uint8Array, found: Found): void {
    this.#reader.read(this.#filter.push(released), found)
  }

  /** Who stands in what was held back; after the end of a whole answer. */
  end(found: Found): void {
    this.#reader.read(this.#filter.end(), found)
  }

  /** Nothing more is read. */
  forget(): void {
    this.#filter.forget?.()
  }

  /** Who stands in what was held back, where nothing more comes. Of a text that is cut nobody can tell whether it is whole: it is given as
   *  far as it goes, since one too many misleads less than one too few. */
  cut(found: Found): void {
    if (this.#filter.cut !== undefined) this.#reader.read(this.#filter.cut(), found)
    this.#reader.cut(found)
  }
}

/** Nobody is called nothing. */
function giveText(text: string, found: Found): void {
  const bytes = Buffer.from(text)
  if (bytes.length > 0) found(bytes, 0, bytes.length)
}

/** @throws AnswerMalformed where a value is longer than an identifier can be */
function checkLength(length: number): void {
  if (length > longest) throw new AnswerMalformed('identifier-too-long', 0)
}

/** Bytes of one value that comes in pieces. */
class Value {
  #bytes: Buffer | undefined
  #length = 0

  add(piece: Uint8Array, from: number, to: number): void {
    checkLength(this.#length + to - from)
    this.#bytes ??= Buffer.allocUnsafe(longest)
    for (let at = from; at < to; at += 1) this.#bytes[this.#length++] = piece[at] ?? 0
  }

  take(): string {
    const text = this.#bytes?.toString('utf8', 0, this.#length) ?? ''
    this.#length = 0
    return text
  }
}

/** Texts of compact JSON that are no member names. What is no text identifies nobody. */
class JsonTexts {
  /** The beginning of a text that goes on in the next piece. */
  readonly #begun = new Value()
  #inside = false
  /** Whether the byte before was a backslash that escapes the next one. */
  #escaped = false
  /** Whether a backslash stands in the text. */
  #spelled = false

  /** @param bytes as the filter gives them at once: never a name without its colon */
  read(bytes: Buffer, found: Found): void {
    for (let at = this.#inside ? this.#goOn(bytes, found) : 0; at < bytes.length; at += 1) {
      if (bytes[at] !== quote) continue
      const from = at + 1
      this.#spelled = false
      at = this.#endOf(bytes, from)
      if (at === bytes.length) {
        this.#inside = true
        this.#begun.add(bytes, from, at)
      } else if (bytes[at + 1] !== colon) {
        checkLength(at - from)
        if (this.#spelled) giveText(written(bytes.toString('utf8', from, at)), found)
        else if (at > from) found(bytes, from, at)
      }
    }
  }

  /** The text that has not ended. */
  cut(found: Found): void {
    if (!this.#inside) return
    giveText(writtenSoFar(this.#begun.take()), found)
  }

  /** The rest of a text that began in an earlier piece.
   *  @returns where the reading goes on */
  #goOn(bytes: Buffer, found: Found): number {
    const end = this.#endOf(bytes, 0)
    this.#begun.add(bytes, 0, end)
    this.#inside = end === bytes.length
    if (!this.#inside) giveText(written(this.#begun.take()), found)
    return end + 1
  }

  /** Where the quote stands that ends the text, or the piece ends. */
  #endOf(bytes: Buffer, from: number): number {
    let at = from
    let escaped = this.#escaped
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at]
      if (escaped) escaped = false
      else if (byte === quote) break
      else if (byte === backslash) escaped = this.#spelled = true
    }
    this.#escaped = escaped
    return at
  }
}

/** What ends within an escape names nobody. */
function writtenSoFar(text: string): string {
  try {
    return written(text)
  } catch {
    return ''
  }
}

/** A JSON text between its quotes, whatever escapes stand in it. */
const written = (text: string): string => JSON.parse(`"${text}"`)

/** Fields of CSV behind its first row, as the filter of CSV writes it. */
class CsvFields {
  readonly #value = new Value()
  #header = true
  #quoted = false
  #closing = false

  read(bytes: Buffer, found: Found): void {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at]
      if (this.#quoted) {
        if (byte === quote) {
          this.#quoted = false
          this.#closing = true
        } else this.#value.add(bytes, at, at + 1)
        continue
      }
      if (byte === quote) {
        // Behind a quote that closed it is one that is written twice (RFC 4180 §2).
        if (this.#closing) this.#value.add(bytes, at, at + 1)
        this.#quoted = true
        this.#closing = false
        continue
      }
      this.#closing = false
      if (byte === comma || byte === lineFeed) {
        const field = this.#value.take()
        if (!this.#header) giveText(field, found)
        if (byte === lineFeed) this.#header = false
      } else if (byte !== carriageReturn) this.#value.add(bytes, at, at + 1)
    }
  }

  /** The field that has not ended. */
  cut(found: Found): void {
    const field = this.#value.take()
    if (!this.#header) giveText(field, found)
  }
}
