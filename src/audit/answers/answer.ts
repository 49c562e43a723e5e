// answer.ts: what auditors write into the forms of a round: which cells there are to fill, the words of their drop-down lists, and items.
import type { CivilDate } from '../../calendar.ts'
import type { RecordId } from '../form/audit-form.ts'

/** 各筆: the drawn records; 清查: accounts reviewed where there is no record (帳號清查). */
export type ListName = '各筆' | '清查'

/** By list: the cells of a row that are filled in by hand, named as templates name them. */
export const answerFields = {
  各筆: ['調閱案卷', '案卷比對', '逾必要範圍', '稽核結果', '異常說明及處置', '稽核日期', '稽核人員'],
  清查: ['仍需使用', '是否共用', '清查結果', '清查說明', '清查日期', '清查人員'],
} as const satisfies Readonly<Record<ListName, readonly string[]>>

export type AnswerField = (typeof answerFields)[ListName][number]

/** What came of an item (Rule 六(一)4, the form). */
export const resultWords = ['正常', '異常', '待說明'] as const
const yesOrNo = ['是', '否'] as const

/** How a cell is filled: by one of the words of its drop-down list, with a day, or with a text of at most so many characters. */
export type AnswerKind =
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'day' }
  | { readonly kind: 'text'; readonly most: number }

export const answerKinds: Readonly<Record<AnswerField, AnswerKind>> = {
  調閱案卷: { kind: 'text', most: 100 },
  案卷比對: { kind: 'word', words: ['相符', '不符', '無法查證'] },
  逾必要範圍: { kind: 'word', words: yesOrNo },
  稽核結果: { kind: 'word', words: resultWords },
  異常說明及處置: { kind: 'text', most: 500 },
  稽核日期: { kind: 'day' },
  稽核人員: { kind: 'text', most: 64 },
  仍需使用: { kind: 'word', words: yesOrNo },
  是否共用: { kind: 'word', words: yesOrNo },
  清查結果: { kind: 'word', words: resultWords },
  清查說明: { kind: 'text', most: 500 },
  清查日期: { kind: 'day' },
  清查人員: { kind: 'text', most: 64 },
}

/** By list: the cell that says who audited. */
export const auditorFields = { 各筆: '稽核人員', 清查: '清查人員' } as const satisfies Readonly<Record<ListName, AnswerField>>

/** A cell of a file that came back. */
export interface CellPlace {
  readonly file: string
  /** Empty in a CSV. */
  readonly sheet: string
  /** `P12` */
  readonly cell: string
}

/** One cell, filled: a word of its list, a day in ISO 8601, or a text. */
export interface Answer {
  /** `key` of the item. */
  readonly item: string
  readonly field: AnswerField
  readonly value: string
  readonly place: CellPlace
}

interface Item {
  /** Names the item among all of the round's, of either list. */
  readonly key: string
  /** The unit under whose head it is audited. */
  readonly unit: string
  /** Whose item it is. */
  readonly account: string
  /** 人員代號; absent where the roster has no row of the account. */
  readonly person: string | undefined
  /** On which the draw that added it was recorded; absent: that of the round's first. Nobody audited it before. */
  readonly drawnOn?: CivilDate
}

export interface RecordItem extends Item {
  readonly list: '各筆'
  readonly id: RecordId
  /** `2026-03` */
  readonly month: string
}

export interface ReviewItem extends Item {
  readonly list: '清查'
  /** Every account of the person: they are reviewed one by one. */
  readonly accounts: readonly string[]
}

/** What a round has to be answered: a drawn record, or an account. */
export type AuditItem = RecordItem | ReviewItem

export const recordKey = ({ index, log, row }: RecordId): string => `${log}#${index}${row === undefined ? '' : `:${row}`}`
export const reviewKey = (account: string): string => `account ${account}`
