// identifier.ts: national identifiers and accounts: check digits, folding, and identifiers hidden in free text.

/** Numbers of the letters A–Z (內政部): not in the alphabet's order for I, O, W, X, Y, Z. */
const LETTERS = [10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33]

/** National (A1…, A2…), new foreign (A8…, A9…) and old foreign (AA…–AD…) numbers: form only. */
const FORM = /^[A-Z](?:[1289]\d{8}|[A-D]\d{8})$/

/** What a character counts: a digit itself, a letter its number. */
const countOf = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  return code < 0x41 ? code - 0x30 : (LETTERS[code - 0x41] ?? 0)
}

/** Whether a text is a 身分證統一編號 or 外來人口統一證號 with its right check digit; half-width upper case, ten characters. */
export function isNationalId(text: string): boolean {
  if (!FORM.test(text)) return false
  const first = countOf(text, 0)
  // Weighted 1, 9, 8 … 1, 1. The second letter of old foreign numbers counts with the last digit of its number.
  let sum = Math.floor(first / 10) + (first % 10) * 9 + (countOf(text, 1) % 10) * 8
  for (let at = 2; at < 9; at++) sum += countOf(text, at) * (9 - at)
  return (sum + countOf(text, 9)) % 10 === 0
}

/** Full-width forms of ASCII (U+FF01–FF5E) and the ideographic space, as half-width; everything else as it is. */
function narrow(text: string): string {
  return text.replace(/[\uff01-\uff5e\u3000]/g, (wide) => (wide === '\u3000' ? ' ' : String.fromCharCode(wide.charCodeAt(0) - 0xfee0)))
}

/** An identifier in the one spelling under which it is tagged and compared: half-width, upper case.
 *  Only A–Z are raised: other scripts would change their length. */
export function foldIdentifier(text: string): string {
  if (!/[a-z\uff01-\uff5e\u3000]/.test(text)) return text
  return narrow(text).replace(/[a-z]+/g, (letters) => letters.toUpperCase())
}

/** An account in the one spelling under which rosters are searched. Entries hold the roster's own spelling. */
export function foldAccount(text: string): string {
  return /^[ -@[-~]*$/.test(text) ? text : narrow(text).toLowerCase()
}

/** One of the forms, its characters apart by at most one space, hyphen or dot, and not part of a longer number or word. */
const HIDDEN = /(?<![0-9A-Z])[A-Z][ .-]?[1289A-D](?:[ .-]?\d){8}(?![0-9A-Z])/g

/** Whether eight digits of either width stand in a text: every form has them, most texts have not. */
const hasEightDigits = (text: string): boolean => /(?:[0-9\uff10-\uff19][^0-9\uff10-\uff19]*){8}/.test(text)

/** Whether a number with the checksum of a national identifier stands in a free text, in any width or case, with separators or with
 *  invisible characters in between. */
export function containsNationalId(text: string): boolean {
  if (!hasEightDigits(text)) return false
  const visible = /[^ -~]/.test(text) ? text.replace(/\p{Cf}/gu, '').replace(/[\u2010-\u2015\u2212]/g, '-') : text
  return [...foldIdentifier(visible).matchAll(HIDDEN)].some(([found]) => isNationalId(found.replace(/[ .-]/g, '')))
}
