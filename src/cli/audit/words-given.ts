// words-given.ts: texts that a person gives for a record: they stay for years, in clear.
import { containsNationalId } from '../../identifier.ts'
import { UsageError } from '../log/usage-error.ts'

/** Characters for private use and of later versions of Unicode are kept: names hold them. */
const unfit = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u

/** A text on one line, at most so many characters.
 *  @param option names it in what is said
 *  @throws UsageError */
export function wordsGiven(option: string, text: string, most: number): string {
  const words = text.trim()
  const refuse = (zh: string, en: string): never => {
    throw new UsageError(`${option}：${zh} ${en}`)
  }
  if (words === '') return refuse('請填寫。', 'Expected a text.')
  if (!words.isWellFormed() || unfit.test(words)) return refuse('應為一行文字。', 'Expected text on one line, without control characters.')
  if ([...words].length > most) return refuse(`至多 ${most} 字。`, `Expected at most ${most} characters.`)
  if (containsNationalId(words))
    return refuse('不得載有身分證統一編號，請改述事由。', 'It holds a national identifier: describe the matter instead.')
  return words
}
