// result-rows.ts: a row of a round's results: what it is of, what came of it, and which cells it lacks to be a result.
import type { JsonObject } from '../json-value.ts'
import { own, text } from '../members.ts'

export interface ResultRow {
  /** Of a record where it stands; of a review the account. */
  readonly name: string
  readonly result: string
  /** Cells that must be filled, and are not, or with another word than their list has. */
  readonly missing: readonly string[]
}

/** By cell: the words of its list, the first of which finds nothing; undefined for a text. */
type Cells = Readonly<Record<string, readonly string[] | undefined>>

const results = ['正常', '異常', '待說明']
const ofItem: Cells = {
  match: ['相符', '不符', '無法查證'],
  beyond_need: ['否', '是'],
  result: results,
  day: undefined,
  auditor: undefined,
}
const ofReview: Cells = { needed: ['是', '否'], shared: ['否', '是'], result: results, day: undefined, auditor: undefined }
/** Whether an account is still needed finds nothing, either way. */
const neutral = new Set(['needed'])

function row(name: string, from: JsonObject, cells: Cells): ResultRow {
  const cell = (of: string): string => text(own(from, of)) ?? ''
  const missing = Object.entries(cells).flatMap(([of, words]) => ((words?.includes(cell(of)) ?? cell(of) !== '') ? [] : [of]))
  const finds = Object.entries(cells).some(([of, words]) => !neutral.has(of) && words?.slice(1).includes(cell(of)) === true)
  return { name, result: cell('result'), missing: finds && cell('about') === '' ? [...missing, 'about'] : missing }
}

export const itemRow = (name: string, from: JsonObject): ResultRow => row(name, from, ofItem)
export const reviewRow = (account: string, from: JsonObject): ResultRow => row(account, from, ofReview)
