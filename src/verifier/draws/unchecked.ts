// unchecked.ts: what of draws and rounds could not be held against anything here: no finding, but not passed over in silence.
import { type Freeze, isFiltered } from './sample.ts'

/** Stable codes. Each with what is not checked and why, in Chinese and in English. */
export const uncheckedCodes = {
  'list-absent': [
    '此處沒有抽樣清單（匯出資料夾不含文件）：只核對每月應抽之件數與摘要及登載之數字，未核對抽出之使用者與保護案件各為何筆',
    'the list of the draw is not kept here (an export of logs holds no documents): months and stated numbers are held, not which records of users and which protection cases were drawn',
  ],
  'roster-absent': [
    '此處沒有封存之清冊：不知何帳號屬於何人，未重算使用者；不定期稽核只抽一人之紀錄者，亦未重算其母體',
    'the roster of the freeze is not kept here: whose an account is is not known, so users are not drawn again, nor what is drawn of one person’s records alone',
  ],
  'entries-absent': [
    '母體之紀錄不全在此處（已移出或缺少）：未重算使用者、保護案件、不定期稽核之母體及檔案傳輸之列數（D-9）',
    'not every record of the population is here (taken out, or missing): users, protection cases, what only some records are drawn from, and rows of transfers (D-9) are not drawn again',
  ],
  'results-absent': [
    '此處沒有稽核結果之文件或抽樣清單：未自各列重算已稽核件數、人數、帳號清查人數及結果',
    'the results row by row, or the list of what they are of, are not kept here: items, users, reviews and outcomes are not counted again from the rows',
  ],
  'results-form': [
    '稽核結果為先前版本之格式：未自各列重算',
    'the results are in the form of an earlier version: they are not counted again from their rows',
  ],
  'results-open': [
    '核定時抽中之列尚有沒有結果者：結果為先前版本所作，當時只要求達到件數與人數',
    'approved while rows that were drawn had no result: an earlier version took the results, which asked for the numbers alone',
  ],
} as const satisfies Record<string, readonly [zh: string, en: string]>

export type UncheckedCode = keyof typeof uncheckedCodes

/** An entry of which something was not checked. */
export interface Unchecked {
  readonly slot: string
  readonly index: number
  readonly code: UncheckedCode
}

/** What of a draw's population is to be had here. */
export interface AtHand {
  readonly list: boolean
  readonly roster: boolean
  /** All records that are counted; undefined where nobody looked, since nothing could be drawn of them without the others. */
  readonly entries: boolean | undefined
}

export function* uncheckedOf({ entries, list, roster }: AtHand): Generator<UncheckedCode> {
  if (!list) yield 'list-absent'
  if (!roster) yield 'roster-absent'
  if (entries === false) yield 'entries-absent'
}

/** Whether something of a draw follows from the records alone, whatever documents are kept. */
export const needsRecords = ({ byRow, protection: { apis, grants }, ...freeze }: Freeze): boolean =>
  byRow || isFiltered(freeze) || apis.length > 0 || grants.length > 0
