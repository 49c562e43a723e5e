// encoding.ts: content encodings of upstreams (RFC 9110 §8.4.1): undone piece by piece, and never into more than they may become.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { Refused } from '../problems.ts'

export type Encoding = 'gzip' | 'br'

/** Records that repeat their member names expand to ten or thirty times their size; gzip can reach 1,000, Brotli more. */
const mostTimes = 100
/** Expanded bytes for which the ratio is not asked: a small answer may be one long run. */
const free = 1024 * 1024
/** Expanded bytes of one answer: more than a department's data. */
const most = 64 * 2 ** 30

const bomb = new Refused('upstream-malformed', 'an expansion beyond its bound')
const broken = new Refused('upstream-malformed', 'not in the encoding that it names')

/** Undoes an encoding. As much memory as two pieces and the window of the encoding.
 *  @throws Refused upstream-malformed, and whatever the pieces throw */
export async function* decoded(pieces: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer, void> {
  const decoder = encoding === 'gzip' ? createGunzip() : createBrotliDecompress()
  let received = 0
  async function* counted(): AsyncGenerator<Buffer, void> {
    for await (const piece of pieces) {
      received += piece.length
      yield piece
    }
  }
  const piped = pipeline(Readable.from(counted(), { highWaterMark: 1 }), decoder)
  piped.catch(() => undefined) // whoever reads the decoder is thrown it
  let expanded = 0
  try {
    for await (const piece of decoder) {
      const bytes: Buffer = piece // a decoder without an encoding of text gives buffers
      expanded += bytes.length
      if (expanded > most || (expanded > free && expanded > mostTimes * received)) throw bomb
      yield bytes
    }
  } catch (error) {
    throw error instanceof Refused ? error : broken
  }
  // zlib takes no offence at bytes behind the end.
  if (decoder.bytesWritten !== received) throw broken
}
