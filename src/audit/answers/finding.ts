// finding.ts: why filled forms are not taken: stable codes, each with what it means, and where it was found.
import type { CellPlace } from './answer.ts'

/** Stable: scripts read them. Each with what it means and what to do, in Chinese and in English. */
export const answerFindingCodes = {
  'file-unreadable': ['檔案無法讀取', 'a file cannot be read'],
  'table-missing': [
    '檔案中沒有本期表單之欄位標題，請用原發之表單填寫',
    'no table with the headings of the form: fill in the form that was handed out',
  ],
  'other-round': ['不是本次稽核之表單', 'the form is of another round'],
  'row-changed': ['列號被更動，請依原表單更正', 'the id of a row was changed: put back what the form said'],
  'not-drawn': ['此列未被抽中，不能有稽核結果', 'the row was not drawn: there is no result for it'],
  'locked-changed': ['鎖定欄位被更動，請依原表單更正', 'a locked cell was changed: put back what the form said'],
  'cell-unreadable': ['儲存格內容無法讀取', 'a cell cannot be read'],
  'word-unknown': ['不是下拉選單之選項', 'the answer is no word of the drop-down list'],
  'day-invalid': ['日期不符', 'the day cannot be'],
  'text-unfit': ['文字不符', 'the text cannot be kept'],
  'identifier-named': [
    '不得載有身分證統一編號：結果須保存五年，請改述事由',
    'the text holds a national identifier; results are kept for years: describe the matter instead',
  ],
  'own-audit': ['查詢的人不得稽核自己的紀錄', 'who queried does not audit'],
  'not-named': [
    '不是本輪指定之稽核人員，請依指定之姓名填寫，或先登載（round started --auditor）',
    'nobody whom the round names as an auditor: write the name as it was recorded, or record who audits first',
  ],
  'same-unit': [
    '使用者人數少之機關，稽核人員應由其他單位擔任（D-20），並列於本輪指定之稽核人員',
    'in an agency of few users the auditor comes from another unit (D-20), and is one whom the round names',
  ],
  conflict: ['兩處填寫不同，請確認後只留一個', 'one cell was answered in two ways: keep one of them'],
} as const satisfies Readonly<Record<string, readonly [zh: string, en: string]>>

export type AnswerFindingCode = keyof typeof answerFindingCodes

/** One thing that keeps the answers from being taken. */
export interface AnswerFinding {
  readonly code: AnswerFindingCode
  /** Where: every place, of a conflict, and of what has one cause. A file as a whole has neither sheet nor cell. */
  readonly places: readonly CellPlace[]
  /** As it may be printed: no identifier of a person. */
  readonly found: string
  readonly expected: string
}

/** `115H1_稽核紀錄表_國小教育科.ods 稽核紀錄表!P12` */
export const placeText = ({ cell, file, sheet }: CellPlace): string =>
  [file, sheet === '' ? cell : `${sheet}!${cell}`].filter((part) => part !== '' && part !== '!').join(' ')

export const wholeFile = (file: string, sheet = ''): CellPlace => ({ file, sheet, cell: '' })
