// identifier.ts: checksums and folding of national identifiers and accounts.

/** A=10 … Z=33, in the order in which the registry numbered the places. */
const letters = new Map([...'ABCDEFGHJKLMNPQRSTUVXYWZIO'].map((letter, index) => [letter, index + 10]))
const weights = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]
/** National: 1 or 2; new foreign: 8 or 9; old foreign: a second letter A–D. */
const form = /^[A-Z][1289A-D]\d{8}$/

/** Full-width letters and digits become half-width, everything upper case, ends trimmed: what tags and comparisons see. */
export function foldIdentifier(text: string): string {
  return text
    .replaceAll(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replaceAll('\u3000', ' ')
    .trim()
    .toUpperCase()
}

/** Accounts that differ only in case or width are one account. */
export function foldAccount(text: string): string {
  return foldIdentifier(text).toLowerCase()
}

/** Whether a folded text is a national, new foreign or old foreign identifier with a right check digit. */
export function isNationalId(text: string): boolean {
  if (!form.test(text)) return false
  const first = letters.get(text.charAt(0)) ?? 0
  // Of an old foreign number's second letter only the last digit of its value counts.
  const second = (letters.get(text.charAt(1)) ?? Number(text.charAt(1))) % 10
  const digits = [Math.floor(first / 10), first % 10, second, ...[...text.slice(2)].map(Number)]
  return digits.reduce((sum, digit, index) => sum + digit * (weights[index] ?? 0), 0) % 10 === 0
}

/** Whether a free text holds such an identifier anywhere, in any width or case, also with spaces or hyphens inside. */
export function containsNationalId(text: string): boolean {
  const folded = foldIdentifier(text).replaceAll(/[\s\u002d\u2010-\u2015\u00b7.]/g, '')
  for (let at = 0; at + 10 <= folded.length; at += 1) if (isNationalId(folded.slice(at, at + 10))) return true
  return false
}
