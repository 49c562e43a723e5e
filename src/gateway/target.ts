// target.ts: the request target, read in the one way in which every reader of it would.
import { Refused } from '../problems.ts'

export interface Target {
  readonly path: string
  readonly query: readonly (readonly [name: string, value: string])[]
}

const LENGTH_AT_MOST = 2048
/** SPEC RFC 3986 §3.3: pchar without `;`, whose meaning differs between readers. */
const SEGMENT = "[A-Za-z0-9._~!$&'()*+,=:@%-]+"
/** `/log/` and `/records/` are the paths that end in a slash: what follows them are the logs, and an agency's records by quarter. */
const PATH = new RegExp(`^(?:/|/log/|/records/|(?:/(?!\\.{1,2}(?:/|$))${SEGMENT})+)$`)
/** SPEC RFC 3986 §3.4, without `;`, without a second `?`, and without `+`, which is a plus sign to some and a space to others. */
const QUERY = /^[A-Za-z0-9._~!$&'()*,=:@%/-]+$/
const ESCAPE = /%[0-9A-Fa-f]{2}/

/** Splits and checks an origin-form target; only the query is decoded.
 *  @throws Refused `request-invalid` for every target that two readers could understand differently */
export function readTarget(target: string): Target {
  if (target.length > LENGTH_AT_MOST) throw new Refused('request-invalid', `the target is longer than ${LENGTH_AT_MOST} characters`)
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  if (!PATH.test(path)) throw new Refused('request-invalid', pathFault(path))
  if (path.includes('%')) for (const segment of path.split('/')) checkSegment(segment)
  return { path, query: mark < 0 ? [] : readQuery(target.slice(mark + 1)) }
}

/** What a person must correct; the first fault found. */
function pathFault(path: string): string {
  if (!path.startsWith('/')) return 'the target is not in origin form: expected a path that begins with /'
  if (path.includes('//')) return 'the path has an empty segment (//)'
  if (path.endsWith('/')) return 'the path ends in /'
  if (/\/\.{1,2}(?:\/|$)/.test(path)) return 'the path has a dot segment'
  return 'the path has a character that must not stand there unencoded, or at all (; # \\ | " < > ^ ` { } or beyond ASCII)'
}

/** ASCII that may stand encoded in a path. What needs no encoding is refused encoded (a rule that is matched on one spelling
 *  must not be passed by another, CVE-2026-27587), and what separates or hides something is refused in every spelling. */
const ENCODABLE = ' "<>[]^`{|}!$&\'()*+,=:@'

function checkSegment(segment: string): void {
  if (!segment.includes('%')) return
  const decoded = decode(segment, 'the path')
  for (const [, hex = ''] of segment.matchAll(/%([0-7][0-9A-Fa-f])/g)) {
    if (ENCODABLE.includes(String.fromCharCode(Number.parseInt(hex, 16)))) continue
    throw new Refused(
      'request-invalid',
      'the path encodes what must not stand encoded: a slash, dot, percent sign, backslash, delimiter, control character, letter or digit',
    )
  }
  if (/\p{Cc}/u.test(decoded)) throw new Refused('request-invalid', 'the path has an encoded control character')
}

function readQuery(query: string): readonly (readonly [string, string])[] {
  if (!QUERY.test(query)) {
    throw new Refused(
      'request-invalid',
      query === ''
        ? 'the query is empty: leave the ? out'
        : 'the query has a character that must stand percent-encoded (+ as %2B, a space as %20), or must not stand there (; # ? \\)',
    )
  }
  const pairs: (readonly [string, string])[] = []
  const names = new Set<string>()
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    if (equals < 1) throw new Refused('request-invalid', 'the query: expected name=value pairs, one & between two')
    const name = decodeParameter(part.slice(0, equals))
    if (names.has(name)) throw new Refused('request-invalid', 'the query has a parameter that comes twice')
    names.add(name)
    pairs.push([name, decodeParameter(part.slice(equals + 1))])
  }
  return pairs
}

/** Slash and dot mean nothing in a query, and every form library encodes the slash: their encoded forms pass here. */
function decodeParameter(text: string): string {
  if (!text.includes('%')) return text
  const decoded = decode(text, 'the query')
  if (/[\\\p{Cc}]/u.test(decoded)) throw new Refused('request-invalid', 'the query has an encoded backslash or control character')
  if (ESCAPE.test(decoded)) throw new Refused('request-invalid', 'the query is encoded twice')
  return decoded
}

/** Percent-decoding as RFC 3986 and UTF-8 have it: `%c0%ae`, a lone `%` or a lone surrogate decodes to nothing. */
function decode(text: string, where: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) throw new Refused('request-invalid', `${where} is not percent-encoded UTF-8`)
    throw error
  }
}
