// filled-cell.ts: one answer cell, as a person or a spreadsheet wrote it.
import { type AnswerField, answerKinds } from '../../../audit/answers/answer.ts'
import { type AnswerDays, type AnswerValue, answerValue } from '../../../audit/answers/answer-value.ts'
import { printable } from '../../../policy/finding.ts'
import { readDay } from '../../roster/days.ts'
import type { Cell } from '../../spreadsheet/sheet.ts'

/** @returns undefined for a cell that is empty */
export function readAnswer(field: AnswerField, cell: Cell, days: AnswerDays): AnswerValue | undefined {
  const text = cell.text.trim()
  if (cell.wrong !== undefined) return { code: 'cell-unreadable', found: printable(text), expected: `${cell.wrong.zh} ${cell.wrong.en}` }
  if (text === '') return undefined
  return answerKinds[field].kind === 'day' ? dayOf(field, cell, days) : answerValue(field, text, days)
}

function dayOf(field: AnswerField, cell: Cell, days: AnswerDays): AnswerValue {
  const read = readDay(cell)
  if (!('day' in read)) return { code: 'day-invalid', found: printable(cell.text), expected: `${read.zh} ${read.en}` }
  const value = answerValue(field, read.day, days)
  return 'value' in value ? value : { ...value, found: printable(cell.text) }
}
