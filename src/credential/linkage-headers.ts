// linkage-headers.ts: what an agency's system claims beside its credential, in the headers Linkage-*.
import { Refused } from '../problems.ts'
import { type Claims, gatherClaims, type ReadClaims } from './claims.ts'

/** The headers as they came, each once (gateway/shape.ts); Node gives their bytes as Latin-1. */
export type LinkageHeaders = { readonly [Member in keyof Claims]: string }

const names = {
  user: 'Linkage-User',
  purpose: 'Linkage-Purpose',
  case: 'Linkage-Case',
  reason: 'Linkage-Reason',
  fields: 'Linkage-Fields',
} as const

/** Reads the claims of a call with an API key. */
export function readClaims(headers: LinkageHeaders): ReadClaims {
  return gatherClaims(
    (member) => readText(names[member], headers[member]),
    () => readFields(headers.fields),
  )
}

/** `Linkage-Fields`: field paths, comma-separated, white space around them ignored.
 *  @throws Refused `request-invalid` */
export function readFields(header: string | undefined): readonly string[] | undefined {
  return readText(names.fields, header)
    ?.split(',')
    .map((field) => field.trim())
}

/** ASCII as it is, anything else as a Display String, `%"%e7%8e%8b"` (SPEC RFC 9651 §4.2.10), without parameters. */
function readText(name: string, header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  if (/[^ -~]/.test(header)) {
    throw new Refused(
      'request-invalid',
      `${name}: printable ASCII is expected; write anything else as a Display String of RFC 9651, like %"%e7%8e%8b"`,
    )
  }
  return header.startsWith('%"') ? readDisplayString(name, header) : header
}

/** Between %" and ": printable ASCII but " and %, or percent-encoded octets in lower-case hex. SPEC RFC 9651 §4.2.10 */
const displayString = /^%"((?:[ !#$&-~]|%[0-9a-f]{2})*)"$/

/** No parameters. The octets are UTF-8, or it is refused: decodeURIComponent accepts nothing else. */
function readDisplayString(name: string, header: string): string {
  const encoded = displayString.exec(header)?.[1]
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
  }
  throw new Refused(
    'request-invalid',
    `${name}: a Display String of RFC 9651 is expected: lower-case percent-encoded UTF-8 between %" and "`,
  )
}
