// finding.ts: what verification can find, each code with what it means.

/** Stable codes: scripts and letters name them. */
export const findingCodes = {
  'entry-missing': 'an index of the log holds no entry',
  'entry-order': 'an entry comes again, or after entries of higher index',
  'leaf-mismatch': 'the stored leaf hash is not that of the stored bytes',
  'entry-malformed': 'an entry is no JSON object with the members of its kind, or longer than 65,535 bytes',
  'entry-not-canonical': 'an entry is not its own RFC 8785 form: repeated or unsorted members, other spellings',
  'version-unknown': 'an entry is of a format version that this verifier does not know',
  'kind-unknown': 'an entry is of a kind that this verifier does not know',
  'opening-missing': 'the first entry is no opening',
  'opening-repeated': 'an opening stands behind the first entry',
  'opening-mismatch': 'the opening names another log, slot or key than this one',
  'time-step-back': 'an entry is dated before the entry before it',
  'clock-mismatch': 'an entry says that its clock read other than its date, where the format has no reason for it',
  'agency-seq': 'an agency’s running numbers have a gap or a repetition',
  'counted-seq': 'an agency’s numbers of counted records have a gap or a repetition',
  'month-missing': 'a month begins without its month entry',
  'month-unexpected': 'a month entry stands where no month turns',
  'month-mismatch': 'a month entry names other months than those that it parts',
  'month-numbers': 'a month entry’s numbers of an agency are not those of its entries',
  'policy-unknown': 'a query was decided under a policy that no entry before it enters',
  'key-unknown': 'a sealed part names no data key that was in use',
  'key-repeated': 'two key entries have one id',
  'nonce-repeated': 'a sealed part’s counter is not above the last one under its key, so a nonce may come twice',
  'completion-unknown': 'a completion names no query before it',
  'head-step-back': 'another log’s head is smaller than an earlier entry states it, or differs at one size',
  'checkpoint-invalid': 'a stored checkpoint is malformed, of another log or size, or signed by no trusted key',
  'checkpoint-root': 'a signed checkpoint states another root than the entries give',
  'checkpoint-beyond': 'a stored checkpoint reaches beyond the entries',
  'checkpoint-order': 'a stored checkpoint came too late to be held against its entries',
  'known-invalid': 'known evidence is malformed, of another log, or signed by no trusted key',
  'known-root': 'a known checkpoint states another root than the entries give',
  'known-leaf': 'a known receipt states another entry at its index',
  'known-beyond': 'known evidence reaches beyond the entries: the tail is missing',
} as const

export type FindingCode = keyof typeof findingCodes

/** One thing that is not as it must be. */
export interface Finding {
  readonly slot: string
  /** The entry's; of a checkpoint its size; of the whole log its number of entries. */
  readonly index: number
  readonly code: FindingCode
  readonly found: string
  readonly expected: string
}

/** A finding whose place is known to whoever reports it. */
export interface Fault {
  readonly code: FindingCode
  readonly found: string
  readonly expected: string
}

/** Told of each fault, and where it is. */
export type Report = (index: number, fault: Fault) => void

/** Text of a log, which may hold anything, as it can be shown: control and format characters escaped, not too long. */
export function shown(text: string): string {
  const escaped = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (each) => `\\u{${each.codePointAt(0)?.toString(16)}}`)
  return escaped.length > 1000 ? `${escaped.slice(0, 1000)} …` : escaped
}
