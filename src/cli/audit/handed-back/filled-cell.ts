// filled-cell.ts: one answer cell, as a person or a spreadsheet wrote it: a word of its list, a day, or a text that can be kept for years.
import { type AnswerField, answerKinds } from '../../../audit/answers/answer.ts'
import type { AnswerFinding } from '../../../audit/answers/finding.ts'
import { type CivilDate, showRocDateShort } from '../../../calendar.ts'
import { containsNationalId } from '../../../identifier.ts'
import { printable } from '../../../policy/finding.ts'
import { readDay } from '../../roster/days.ts'
import type { Cell } from '../../spreadsheet/sheet.ts'

/** Days on which an item can have been audited: from the draw to the day on which its answers are read. */
export interface AnswerDays {
  readonly from: CivilDate
  readonly until: CivilDate
}

export type AnswerRead = { readonly value: string } | Omit<AnswerFinding, 'places'> | undefined

/** @returns undefined for a cell that is empty */
export function readAnswer(field: AnswerField, cell: Cell, days: AnswerDays): AnswerRead {
  const text = cell.text.trim()
  if (cell.wrong !== undefined) return { code: 'cell-unreadable', found: printable(text), expected: `${cell.wrong.zh} ${cell.wrong.en}` }
  if (text === '') return undefined
  const kind = answerKinds[field]
  if (kind.kind === 'day') return dayOf(cell, days)
  if (kind.kind === 'text') return textOf(text, kind.most)
  const word = text.normalize('NFKC')
  if (kind.words.includes(word)) return { value: word }
  return { code: 'word-unknown', found: printable(text), expected: kind.words.join('、') }
}

function dayOf(cell: Cell, { from, until }: AnswerDays): AnswerRead {
  const read = readDay(cell)
  if (!('day' in read)) return { code: 'day-invalid', found: printable(cell.text), expected: `${read.zh} ${read.en}` }
  if (read.day >= from && read.day <= until) return { value: read.day }
  const [first, last] = [showRocDateShort(from), showRocDateShort(until)]
  return {
    code: 'day-invalid',
    found: printable(cell.text),
    expected: `抽樣之日 ${first} 至今日 ${last} 之間 between the day of the draw, ${from}, and today, ${until}`,
  }
}

/** Line ends and tabs are kept: people write paragraphs. Characters for private use and of later versions of Unicode too: names hold them. */
const unfit = /[\p{Bidi_Control}\p{Zl}\p{Zp}]|[^\P{Cc}\n\r\t]/u

function textOf(text: string, most: number): AnswerRead {
  if (containsNationalId(text))
    return { code: 'identifier-named', found: printable(text), expected: '不含身分證統一編號之說明 words without it' }
  if (!text.isWellFormed() || unfit.test(text))
    return { code: 'text-unfit', found: printable(text), expected: '沒有控制字元之文字 text without control characters' }
  const value = text.replaceAll(/\r\n?/g, '\n')
  if ([...value].length <= most) return { value }
  return { code: 'text-unfit', found: `${[...value].length} 字 characters`, expected: `至多 ${most} 字 at most ${most}` }
}
