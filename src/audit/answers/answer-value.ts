// answer-value.ts: what the text of one answer has to be: a word of its list, a day on which it can have been audited, or words that can be kept.
import { type CivilDate, readCivilDate, showRocDateShort } from '../../calendar.ts'
import { containsNationalId } from '../../identifier.ts'
import { printable } from '../../policy/finding.ts'
import { type AnswerField, type AuditItem, answerKinds } from './answer.ts'
import type { AnswerFinding } from './finding.ts'

/** Days on which an item can have been audited: from the draw to the day on which its answers are read. */
export interface AnswerDays {
  readonly from: CivilDate
  readonly until: CivilDate
}

/** The same for one item: of a later draw not from before it. */
export const daysOfItem = ({ drawnOn }: Pick<AuditItem, 'drawnOn'>, { from, until }: AnswerDays): AnswerDays => ({
  from: drawnOn === undefined || drawnOn < from ? from : drawnOn,
  until,
})

export type AnswerValue = { readonly value: string } | Omit<AnswerFinding, 'places'>

/** @param text not empty; a day in ISO 8601 */
export function answerValue(field: AnswerField, text: string, days: AnswerDays): AnswerValue {
  const kind = answerKinds[field]
  if (kind.kind === 'day') return dayIn(text, days)
  if (kind.kind === 'text') return textOf(text, kind.most)
  const word = text.normalize('NFKC')
  if (kind.words.includes(word)) return { value: word }
  return { code: 'word-unknown', found: printable(text), expected: kind.words.join('、') }
}

function dayIn(text: string, { from, until }: AnswerDays): AnswerValue {
  const day = readCivilDate(text)
  if (day !== undefined && day >= from && day <= until) return { value: day }
  const [first, last] = [showRocDateShort(from), showRocDateShort(until)]
  return {
    code: 'day-invalid',
    found: printable(text),
    expected: `抽樣之日 ${first} 至今日 ${last} 之間 between the day of the draw, ${from}, and today, ${until}`,
  }
}

/** Line ends and tabs are kept: people write paragraphs. Characters for private use and of later versions of Unicode too: names hold them. */
const unfit = /[\p{Bidi_Control}\p{Zl}\p{Zp}]|[^\P{Cc}\n\r\t]/u

function textOf(text: string, most: number): AnswerValue {
  if (containsNationalId(text))
    return { code: 'identifier-named', found: printable(text), expected: '不含身分證統一編號之說明 words without it' }
  if (!text.isWellFormed() || unfit.test(text))
    return { code: 'text-unfit', found: printable(text), expected: '沒有控制字元之文字 text without control characters' }
  const value = text.replaceAll(/\r\n?/g, '\n')
  if ([...value].length <= most) return { value }
  return { code: 'text-unfit', found: `${[...value].length} 字 characters`, expected: `至多 ${most} 字 at most ${most}` }
}
