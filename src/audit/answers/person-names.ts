// person-names.ts: names of persons as they are compared: however a keyboard wrote the dots, the case, the accents and the variants of one name.

/** Letters that are no letter with an accent in Unicode, and variants of characters in names. */
const others: Readonly<Record<string, string>> = {
  ...{ đ: 'd', ð: 'd', ø: 'o', ł: 'l', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe' },
  ...{ 台: '臺', 温: '溫', 黄: '黃', 吴: '吳', 吕: '呂', 峯: '峰', 羣: '群', 啓: '啟', 衞: '衛', 髙: '高', 𠮷: '吉' },
}
const otherwise = new RegExp(`[${Object.keys(others).join('')}]`, 'gu')

/** Accents, glottal stops, middle dots of every kind (U+00B7, U+2027, U+30FB …), hyphens, brackets, blanks. Characters for private use and
 *  of later versions of Unicode stay: names hold them. */
const unsaid = /[\p{M}\p{P}\p{S}\p{Z}\p{Cc}\p{Cf}\u02b0-\u02ff]/gu

/** One spelling for all of a name's: two that differ by it alone are one person's. */
export const foldName = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(unsaid, '')
    .replaceAll(otherwise, (each) => others[each] ?? each)

/** A name as a whole, and, where it is written in two scripts (阮氏花 Nguyễn Thị Hoa), each of its halves; folded. */
export function halvesOf(name: string): readonly string[] {
  const whole = foldName(name)
  const han = whole.replaceAll(/[^\p{Script=Han}\p{Co}]/gu, '')
  const letters = whole.replaceAll(/[\p{Script=Han}\p{Co}]/gu, '')
  return [...new Set([whole, han, letters])].filter((each) => each !== '')
}

/** Whom a cell names: two who audited together stand behind one another. */
export const personsIn = (text: string): readonly string[] => {
  const persons = text
    .normalize('NFKC')
    .split(/[、,;&+\n]/)
    .filter((each) => foldName(each) !== '')
  return persons.length === 0 ? [text] : persons
}
