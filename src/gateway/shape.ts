// shape.ts: what a request must look like before anybody asks who sent it. One reading of it exists, or it is refused.
import type { LinkageHeaders } from '../credential/linkage-headers.ts'
import { Refused } from '../problems.ts'
import type { RawHeaders } from './address.ts'
import { readTarget } from './target.ts'

/** A request that has exactly one reading. Methods other than GET and POST get this far and then find no route. */
export interface Shape {
  readonly method: string
  /** As received: with the origin before it, what `htu` of an assertion names. */
  readonly target: string
  /** As received, up to `?`: neither decoded nor normalised, since it is in normal form already (target.ts). */
  readonly path: string
  /** Decoded names and values, in their order; no name comes twice. */
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly authorization: string | undefined
  /** Each at most once, as it came. */
  readonly linkage: LinkageHeaders
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  /** Bytes that Content-Length announces; absent without it, and where the body is chunked. */
  readonly contentLength: number | undefined
  readonly chunked: boolean
}

interface Seen {
  host?: string
  authorization?: string
  contentType?: string
  contentEncoding?: string
  contentLength?: string
  transferEncoding?: string
  dpop?: string
  apiKey?: string
  signature?: string
  signatureInput?: string
  linkage: Collected
}

type Collected = { -readonly [Member in keyof LinkageHeaders]: string }
type Kept = Exclude<keyof Seen, 'linkage'>

/** Headers that are read once, and refused when they come twice (Node keeps the first, or joins them). */
const KEPT: ReadonlyMap<string, Kept> = new Map<string, Kept>([
  ['host', 'host'],
  ['authorization', 'authorization'],
  ['content-type', 'contentType'],
  ['content-encoding', 'contentEncoding'],
  ['content-length', 'contentLength'],
  ['transfer-encoding', 'transferEncoding'],
  // Of schemes that are none here: whoever sends one twice means two readers to believe different ones.
  ['dpop', 'dpop'],
  ['x-api-key', 'apiKey'],
  ['signature', 'signature'],
  ['signature-input', 'signatureInput'],
])
const LINKAGE: ReadonlyMap<string, keyof LinkageHeaders> = new Map<string, keyof LinkageHeaders>([
  ['linkage-user', 'user'],
  ['linkage-purpose', 'purpose'],
  ['linkage-case', 'case'],
  ['linkage-reason', 'reason'],
  ['linkage-fields', 'fields'],
])
/** Headers that would change what is answered or how: none of them means anything here. */
const REFUSED: ReadonlySet<string> = new Set([
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'upgrade',
  'te',
  'trailer',
])
/** SPEC RFC 9110 §9.3: methods that Node, or somebody on the way, would answer in a way of their own. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['HEAD', 'OPTIONS', 'TRACE', 'CONNECT'])
/** SPEC RFC 9110 §7.2: uri-host [ ":" port ]; that it is ours is not asked, since nothing is decided by it. */
const HOST = /^(?:[A-Za-z0-9._~-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/** Reads a request's first line and headers.
 *  @param target the request target, as received
 *  @param httpVersion `1.1`, as Node names it
 *  @throws Refused `request-invalid`, or `expectation-failed`; the detail names what is wrong, never a value */
export function readShape(method: string, target: string, httpVersion: string, rawHeaders: RawHeaders): Shape {
  if (httpVersion !== '1.1') throw new Refused('request-invalid', 'HTTP/1.1 is expected')
  if (REFUSED_METHODS.has(method)) throw new Refused('request-invalid', 'the method is not one of this interface')
  const seen = readHeaders(rawHeaders)
  if (seen.host === undefined || !HOST.test(seen.host)) throw new Refused('request-invalid', 'Host: expected once, as host or host:port')
  const { path, query } = readTarget(target)
  const chunked = seen.transferEncoding !== undefined
  const contentLength = chunked ? undefined : readLength(seen.contentLength)
  if (method === 'GET' && (chunked || (contentLength !== undefined && contentLength > 0))) {
    throw new Refused('request-invalid', 'a GET carries no body')
  }
  return {
    method,
    target,
    path,
    query,
    authorization: seen.authorization,
    linkage: seen.linkage,
    contentType: seen.contentType,
    contentEncoding: seen.contentEncoding,
    contentLength,
    chunked,
  }
}

function readHeaders(rawHeaders: RawHeaders): Seen {
  const seen: Seen = { linkage: {} }
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? ''
    const kept = KEPT.get(name)
    if (kept !== undefined) {
      if (seen[kept] !== undefined) throw new Refused('request-invalid', `${name}: repeated`)
      seen[kept] = rawHeaders[i + 1] ?? ''
    } else if (name.startsWith('linkage')) {
      readLinkageHeader(seen.linkage, name, rawHeaders[i + 1] ?? '')
    } else if (REFUSED.has(name)) {
      throw new Refused('request-invalid', `${name}: not supported here; leave this header out`)
    } else if (name === 'expect') {
      throw new Refused('expectation-failed')
    }
  }
  if (seen.transferEncoding !== undefined) {
    if (seen.transferEncoding !== 'chunked') throw new Refused('request-invalid', 'transfer-encoding: expected `chunked` and nothing else')
    if (seen.contentLength !== undefined) throw new Refused('request-invalid', 'content-length beside transfer-encoding')
  }
  return seen
}

function readLinkageHeader(linkage: Collected, name: string, value: string): void {
  const member = LINKAGE.get(name)
  if (member === undefined) {
    // `Linkage_User` and `Linkage.User` become `Linkage-User` on the way through many a proxy (GHSA-5m6w-wvh7-57vm): never just ignored.
    if (/^linkage[a-z0-9]/.test(name)) return
    throw new Refused('request-invalid', `a Linkage header that is not known: expected ${[...LINKAGE.keys()].join(', ')}`)
  }
  if (linkage[member] !== undefined) throw new Refused('request-invalid', `${name}: repeated`)
  linkage[member] = value
}

function readLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new Refused('request-invalid', 'content-length: expected a number of bytes')
  return Number(text)
}
