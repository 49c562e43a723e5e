// body.ts: the request body: read to its end, at most 64 KiB, strict JSON, never changed.
import type { IncomingMessage } from 'node:http'
import { JsonError, type JsonValue, parseJson } from '../json.ts'
import { Refused } from '../problems.ts'
import type { Shape } from './shape.ts'

export interface RequestBody {
  /** As received: this is what is forwarded. */
  readonly bytes: Buffer
  /** The same, parsed; absent where there is no body. */
  readonly value?: JsonValue
}

/** A body that may never come to its end, and why: `tell` is then called. */
export interface Breach {
  why: string | undefined
  tell: (() => void) | undefined
}

/** Whoever reads a body, now or later, is told that it comes to no end. */
export function breakOff(breach: Breach, why: string): void {
  breach.why ??= why
  breach.tell?.()
}

const maxBody = 64 * 1024
const nothing = Buffer.alloc(0)
/** SPEC RFC 8259 §11 defines no charset; `utf-8` is what callers mean by one. */
const json = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i

/** @throws Refused body-too-large, request-invalid, client-left */
export function readBytes(request: IncomingMessage, shape: Shape, breach: Breach): Promise<Buffer> {
  if (!shape.chunked && (shape.contentLength ?? 0) === 0) return Promise.resolve(nothing)
  if ((shape.contentLength ?? 0) > maxBody) return Promise.reject(new Refused('body-too-large'))
  return new Promise((resolve, reject) => {
    // Its end, or that it never comes, was told while nobody listened: while it was found out who calls.
    if (request.destroyed) return reject(new Refused('client-left'))
    breach.tell = () => reject(new Refused('request-invalid', breach.why))
    if (breach.why !== undefined) breach.tell()
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBody) chunks.push(chunk)
      else reject(new Refused('body-too-large'))
    })
    request.once('end', () => {
      const [first = nothing] = chunks
      // SPEC RFC 9110 §6.5: trailers come without being announced, too; none means anything here.
      if (request.rawTrailers.length > 0) reject(new Refused('request-invalid', 'trailers'))
      else resolve(chunks.length === 1 ? first : Buffer.concat(chunks, size))
    })
    // A request closes after each call: behind its end that is nobody's leaving, and no refusal is made for it.
    request.once('close', () => {
      if (!request.readableEnded) reject(new Refused('client-left'))
    })
  })
}

/** Reads a body as strict JSON: a repeated member in any spelling, a lone surrogate, trailing bytes are refused.
 *  @throws Refused media-type, request-invalid */
export function readBody(bytes: Buffer, shape: Shape): RequestBody {
  if (bytes.length === 0) return { bytes }
  if (shape.contentEncoding !== undefined || shape.contentType === undefined || !json.test(shape.contentType))
    throw new Refused('media-type')
  try {
    return { bytes, value: parseJson(bytes) }
  } catch (error) {
    if (error instanceof JsonError) throw new Refused('request-invalid', `body: ${error.problem} at byte ${error.offset}`)
    throw error
  }
}
