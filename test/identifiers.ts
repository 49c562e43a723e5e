// identifiers.ts: national identifiers in a text, and their check digits: computed here once more, apart from the code under test.

const letters = 'ABCDEFGHJKLMNPQRSTUVXYWZIO' // in the order of their numbers, A = 10
const numberOf = (letter: string): number => letters.indexOf(letter) + 10

/** All that looks like a national identifier or the old or new number of a foreign resident. */
export const identifiersIn = (text: string): string[] =>
  [...text.matchAll(/(?<![A-Za-z0-9_-])[A-Z][1289A-D]\d{8}(?![A-Za-z0-9_-])/g)].map(([found]) => found)

/** Weighted 1 9 8 7 6 5 4 3 2 1 1 over the letter's two digits and the nine that follow, a sum of a multiple of ten. */
export function isValidIdentifier(text: string): boolean {
  const first = numberOf(text.charAt(0))
  const second = text.charAt(1)
  const digits = [
    Math.floor(first / 10),
    first % 10,
    /\d/.test(second) ? Number(second) : numberOf(second) % 10,
    ...[...text.slice(2)].map(Number),
  ]
  const weights = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]
  return digits.length === 11 && digits.reduce((sum, digit, at) => sum + digit * (weights[at] ?? 0), 0) % 10 === 0
}
