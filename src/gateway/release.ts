// release.ts: the answer to the caller: its exact headers, and problems from the one table. Nothing else writes to a socket.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Answer } from '../policy/snapshot.ts'
import { problemDocument, problems, type Refusal } from '../problems.ts'
import type { Allowance, Counted } from './limits.ts'

export interface Release {
  /** The record's id; of a call without an entry of its own, the call's. Absent where answers must not differ. */
  readonly id: string | undefined
  readonly receipt: string | undefined
  readonly allowance: Allowance | undefined
}

const typeOf = (mediaType: Answer['mediaType']): string => `${mediaType}; charset=utf-8`
const problemJson = 'application/problem+json; charset=utf-8'
const retryAfter = 1
/** Bytes of a body up to which head and body are written as one text; Node copies up to 16 KiB of text on its stack. */
const oneWrite = 12 * 1024
/** Milliseconds in which a caller must take what it was given: a whole answer, or a block of one that comes in blocks. */
export const stalled = 120_000

/** Status and body of a refusal, and whether the connection goes on. */
export interface Refusing {
  readonly code: Refusal
  readonly detail: string | undefined
  /** Seconds; where the caller can know better than the default. */
  readonly retryAfter?: number
  /** After a 400 of shape the connection closes: what follows on it cannot be trusted. */
  readonly close?: boolean
}

const policyOf = (name: string, { max }: Counted, window: number): string => `"${name}";q=${max};w=${window}`
const leftOf = (name: string, { remaining, resets }: Counted): string => `"${name}";r=${remaining};t=${resets}`

/** The header fields that every answer has, and no others; Date is Node's, the rest is ours. */
function headersOf(release: Release, type: string, length: number | 'chunked', close: boolean, cache = 'no-store'): string[] {
  const headers = [
    'Content-Type',
    type,
    length === 'chunked' ? 'Transfer-Encoding' : 'Content-Length',
    String(length),
    // Named by us, or Node would add Keep-Alive to it. SPEC RFC 9112 §9.6: a caller who says close (`shouldKeepAlive`) gets it.
    'Connection',
    close ? 'close' : 'keep-alive',
    'Cache-Control',
    cache,
    'X-Content-Type-Options',
    'nosniff',
  ]
  const { allowance, id, receipt } = release
  if (id !== undefined) headers.push('Request-Id', id)
  if (receipt !== undefined) headers.push('Linkage-Receipt', receipt)
  if (allowance !== undefined) {
    headers.push('RateLimit', `${leftOf('minute', allowance.minute)}, ${leftOf('day', allowance.day)}`)
    headers.push('RateLimit-Policy', `${policyOf('minute', allowance.minute, 60)}, ${policyOf('day', allowance.day, 86_400)}`)
  }
  return headers
}

/** Lets approved fields out. @returns whether the answer was handed to a connection that still stood */
export function releaseBody(response: ServerResponse, release: Release, body: Buffer, closing: boolean): boolean {
  return write(response, 200, headersOf(release, typeOf('application/json'), body.length, closing || !response.shouldKeepAlive), body)
}

/** Begins an answer that is let out while it comes. @returns whether its connection still stood */
export function releaseHead(response: ServerResponse, release: Release, mediaType: Answer['mediaType'], closing: boolean): boolean {
  return begin(response, release, typeOf(mediaType), closing)
}

/** Begins a file that is let out while it comes, to be kept under a name: its head leaves at once, since its first byte may take long.
 *  @returns whether its connection still stood */
export function releaseFileHead(response: ServerResponse, release: Release, type: string, name: string, closing: boolean): boolean {
  const begun = begin(response, release, type, closing, ['Content-Disposition', `attachment; filename="${name}"`])
  if (begun) response.flushHeaders()
  return begun
}

function begin(response: ServerResponse, release: Release, type: string, closing: boolean, further: readonly string[] = []): boolean {
  if (isGone(response)) return false
  const headers = headersOf(release, type, 'chunked', closing || !response.shouldKeepAlive)
  response.writeHead(200, [...headers, ...further])
  return true
}

/** Ends an answer before its end, so that nobody takes it for whole: the connection is reset, and the last chunk never sent.
 *  Over TLS the missing close_notify says the same (RFC 8446 §6.1). One whose turn has not come has no socket, and no byte of it is out:
 *  the connection ends in its place, behind the answers before it. Node, told to destroy it, would leave the connection as it is. */
export function cutOff(response: ServerResponse): void {
  const { socket } = response
  if (socket === null) response.once('socket', (turn: Socket) => turn.destroySoon())
  else if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

/** What of the logs is given to whoever may have it. */
export interface Page {
  readonly type: string
  readonly cache: 'private' | 'no-store'
  readonly body: Buffer
}

const unrecorded: Release = { id: undefined, receipt: undefined, allowance: undefined }

/** Gives a page of the logs; there is no record of it that an id could name. */
export function releasePage(response: ServerResponse, page: Page, closing: boolean): boolean {
  const { body, cache, type } = page
  return write(response, 200, headersOf(unrecorded, type, body.length, closing || !response.shouldKeepAlive, cache), body)
}

/** Nothing there, or nothing for this caller: the same bytes and headers, but for the date, whatever was asked. */
export function releaseNothing(response: ServerResponse, closing: boolean): boolean {
  const body = Buffer.from(problemDocument('not-found'))
  return write(response, 404, headersOf(unrecorded, problemJson, body.length, closing || !response.shouldKeepAlive), body)
}

/** Answers a refusal (RFC 9457). */
export function releaseProblem(response: ServerResponse, release: Release, refusing: Refusing, closing: boolean): boolean {
  const { code, detail } = refusing
  const { status } = problems[code]
  const body = Buffer.from(problemDocument(code, release.id, detail))
  const headers = headersOf(release, problemJson, body.length, closing || refusing.close === true || !response.shouldKeepAlive)
  if (status === 429 || status === 503) headers.push('Retry-After', String(refusing.retryAfter ?? retryAfter))
  return write(response, status, headers, body)
}

/** The request's socket: an answer has none of its own while the ones before it on the connection are not out. */
const isGone = (response: ServerResponse): boolean => response.destroyed || response.req.socket.destroyed

function write(response: ServerResponse, status: number, headers: string[], body: Buffer): boolean {
  if (isGone(response)) return false
  response.writeHead(status, headers)
  // As Latin-1 text a small body goes out with its head in one piece, without a buffer in between: each byte is one character.
  if (body.length <= oneWrite) response.end(body.toString('latin1'), 'latin1')
  else response.end(body)
  // Mostly the kernel has taken it by now.
  if (response.writableLength > 0) limitTaking(response)
  return true
}

/** Whoever never reads an answer would have it held for ever, and all that wait behind it on the connection. Time counts from its turn. */
function limitTaking(response: ServerResponse): void {
  if (response.socket === null) {
    response.once('socket', () => limitTaking(response))
    return
  }
  const timer = setTimeout(() => cutOff(response), stalled)
  response.once('close', () => clearTimeout(timer))
}
