// claims.ts: what a caller says about a query: for whom, what for, in which case, and which fields. It enters records as it is.
import { containsNationalId, foldIdentifier } from '../identifier.ts'
import { Refused } from '../problems.ts'

export interface Claims {
  readonly user?: string
  readonly purpose?: string
  readonly case?: string
  readonly reason?: string
  /** Field paths asked for; absent: everything that is granted. */
  readonly fields?: readonly string[]
}

export type TextMember = Exclude<keyof Claims, 'fields'>
export const textMembers: readonly TextMember[] = ['user', 'purpose', 'case', 'reason']

/** Claims that may enter a record, and, where others may not, the first refusal. */
export interface ReadClaims {
  readonly claims: Claims
  readonly refusal?: Refused
}

/** In code points. */
const LENGTHS = { user: 64, purpose: 64, case: 100, reason: 200, 'a field path': 256 } as const
const FIELDS_AT_MOST = 512
/** Unicode 16: general category Cc (C0, DEL, C1), property Bidi_Control, categories Zl and Zp (U+2028, U+2029), all in the BMP. */
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/

/** Printable ASCII that begins with no space: what most claims are, and nothing of which is unfit. */
const PLAIN = /^[!-~][ -~]*$/

/** Holds one claimed text against what may enter a record.
 *  @throws Refused `request-invalid`, naming the member and never the value */
export function checkText(member: keyof typeof LENGTHS, value: string): void {
  const most = LENGTHS[member]
  if (value.length <= most && PLAIN.test(value)) return
  if (!value.isWellFormed()) throw new Refused('request-invalid', `${member}: not well-formed Unicode`)
  if (UNFIT.test(value)) throw new Refused('request-invalid', `${member}: holds a control, bidi or line-separator character`)
  if (value.trim() === '') throw new Refused('request-invalid', `${member}: empty; give a value, or leave it out`)
  if (value.length > most && (value.length > 2 * most || [...value].length > most)) {
    throw new Refused('request-invalid', `${member}: longer than ${most} characters`)
  }
}

/** Holds a list of asked fields against its form; whether they are granted is the decision's.
 *  @throws Refused `request-invalid` */
export function checkFields(fields: readonly string[]): void {
  if (fields.length === 0) throw new Refused('request-invalid', 'fields: names none; name some, or leave it out')
  if (fields.length > FIELDS_AT_MOST) throw new Refused('request-invalid', `fields: more than ${FIELDS_AT_MOST}`)
  for (const field of fields) checkText('a field path', field)
  if (new Set(fields).size !== fields.length) throw new Refused('request-invalid', 'fields: one is named twice')
}

/** Reads each claim from where it stands. One that is not fit for a record is left out and refused; the others stay, so that the
 *  record of the refusal still says whose it was.
 *  @param read gives a member's text as it came, or undefined where it is not there; may throw Refused */
export function gatherClaims(
  read: (member: TextMember) => string | undefined,
  readFields: () => readonly string[] | undefined,
): ReadClaims {
  const claims: { -readonly [Member in keyof Claims]: Claims[Member] } = {}
  let refusal: Refused | undefined
  const attempt = (take: () => void): void => {
    try {
      take()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refusal ??= error
    }
  }
  for (const member of textMembers) {
    attempt(() => {
      const text = read(member)
      if (text === undefined) return
      checkText(member, text)
      claims[member] = text
    })
  }
  attempt(() => {
    const fields = readFields()
    if (fields === undefined) return
    checkFields(fields)
    claims.fields = fields
  })
  const fit = refuseIdentifiers(claims)
  refusal ??= fit.refusal
  return refusal === undefined ? fit : { claims: fit.claims, refusal }
}

/** Takes out of case and reason what identifies a person: a number with the checksum of a national identifier, or a subject of this
 *  call, in whatever width or case it is written. Records hold both in clear.
 *  @param subjects of this call, once its body is read
 *  @returns the claims without the offending member, and the refusal that names it */
export function refuseIdentifiers(claims: Claims, subjects: readonly string[] = []): ReadClaims {
  const sought = subjects.map(bare)
  for (const member of ['case', 'reason'] as const) {
    const text = claims[member]
    if (text === undefined) continue
    if (!containsNationalId(text) && !names(text, sought)) continue
    const { [member]: _, ...others } = claims
    const rest = refuseIdentifiers(others, subjects)
    return {
      claims: rest.claims,
      refusal: new Refused('request-invalid', `${member}: names a person by an identifier; describe the matter instead`),
    }
  }
  return { claims }
}

/** Whether a text holds one of those that are sought, however it is divided. What is bare is no longer than what was written. */
function names(text: string, sought: readonly string[]): boolean {
  const fitting = sought.filter((each) => each !== '' && text.length >= each.length)
  if (fitting.length === 0) return false
  const written = bare(text)
  return fitting.some((each) => written.includes(each))
}

/** As written without any separator between the characters: `AB-12 34`, or with something invisible between them. */
function bare(text: string): string {
  const folded = foldIdentifier(text)
  // The same class, as it is within ASCII: Unicode properties cost five times as much.
  return folded.replace(/[^ -~]/.test(folded) ? /[\s\p{P}\p{Cf}]/gu : /[\s!-#%-*,-/:;?@[-\]_{}]/g, '')
}
