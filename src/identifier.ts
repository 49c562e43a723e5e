// identifier.ts: national identifiers and accounts: check digits, folding, and identifiers hidden in free text.

/** Numbers of the letters A–Z (內政部): not in the alphabet's order for I, O, W, X, Y, Z. */
const LETTERS: ReadonlyMap<string, number> = new Map(
  [...'ABCDEFGHJKLMNPQRSTUVXYWZIO'].map((letter, at) => [letter, at + 10]), //
)
const WEIGHTS = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]

/** National (A1…, A2…), new foreign (A8…, A9…) and old foreign (AA…–AD…) numbers: form only. */
const FORM = /^[A-Z](?:[1289]\d{8}|[A-D]\d{8})$/

/** Whether a text is a 身分證統一編號 or 外來人口統一證號 with its right check digit; half-width upper case, ten characters. */
export function isNationalId(text: string): boolean {
  if (!FORM.test(text)) return false
  const first = LETTERS.get(text.charAt(0)) ?? 0
  const second = text.charAt(1)
  // The second letter of old foreign numbers counts with the last digit of its number.
  const digits = [Math.floor(first / 10), first % 10, (LETTERS.get(second) ?? Number(second)) % 10, ...[...text.slice(2)].map(Number)]
  return digits.reduce((sum, digit, at) => sum + digit * (WEIGHTS[at] ?? 0), 0) % 10 === 0
}

/** Full-width forms of ASCII (U+FF01–FF5E) and the ideographic space, as half-width; everything else as it is. */
function narrow(text: string): string {
  return text.replace(/[\uff01-\uff5e\u3000]/g, (wide) => (wide === '\u3000' ? ' ' : String.fromCharCode(wide.charCodeAt(0) - 0xfee0)))
}

/** An identifier in the one spelling under which it is tagged and compared: half-width, upper case.
 *  Only A–Z are raised: other scripts would change their length. */
export function foldIdentifier(text: string): string {
  return narrow(text).replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}

/** An account in the one spelling under which rosters are searched. Entries hold the roster's own spelling. */
export function foldAccount(text: string): string {
  return narrow(text).toLowerCase()
}

/** One of the forms, its characters apart by at most one space, hyphen or dot, and not part of a longer number or word. */
const HIDDEN = /(?<![0-9A-Z])[A-Z][ .-]?[1289A-D](?:[ .-]?\d){8}(?![0-9A-Z])/g

/** Whether a number with the checksum of a national identifier stands in a free text, in any width or case, with separators or with
 *  invisible characters in between. */
export function containsNationalId(text: string): boolean {
  const folded = foldIdentifier(text.replace(/\p{Cf}/gu, '')).replace(/[\u2010-\u2015\u2212]/g, '-')
  return [...folded.matchAll(HIDDEN)].some(([found]) => isNationalId(found.replace(/[ .-]/g, '')))
}
