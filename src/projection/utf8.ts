// utf8.ts: UTF-8 validation of bytes that come in pieces.
import { isUtf8 } from 'node:buffer'
import { invalidUtf8At } from '../json.ts'
import { AnswerMalformed } from './malformed.ts'

/** Validates UTF-8 (RFC 3629) across pieces that may end inside a character. */
export class Utf8Check {
  /** Bytes of a character that the last piece began and did not end: at most three. */
  #open: Uint8Array = none
  #before = 0

  begin(): void {
    this.#open = none
    this.#before = 0
  }

  /** @throws AnswerMalformed `invalid-utf8` */
  push(piece: Uint8Array): void {
    const bytes = this.#open.length === 0 ? piece : Buffer.concat([this.#open, piece])
    const start = this.#before - this.#open.length
    const whole = bytes.length - unfinished(bytes)
    if (!isUtf8(whole === bytes.length ? bytes : bytes.subarray(0, whole)))
      throw new AnswerMalformed('invalid-utf8', start + invalidUtf8At(bytes))
    this.#open = whole === bytes.length ? none : Uint8Array.from(bytes.subarray(whole))
    this.#before += piece.length
  }

  /** @throws AnswerMalformed where the last character is not whole */
  end(): void {
    if (this.#open.length > 0) throw new AnswerMalformed('invalid-utf8', this.#before)
  }
}

const none = new Uint8Array(0)

/** Bytes at the end that may begin a character whose rest is to come: 0 to 3. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0
  }
  return 0
}
