// list.ts: the list of a draw, from the bytes whose digest its entry has.
import { isObject, type JsonObject, jsonIn } from '../json-value.ts'
import { count, list, Misshapen, may, need, objects, ordinal, text, texts } from '../members.ts'
import type { Item, Skipped } from './month-draw.ts'

export interface ListedRecord {
  readonly log: string
  readonly countedSeq: number
  readonly row: number | undefined
  readonly index: number
  readonly month: string
  readonly user: string
  readonly person: string | undefined
  readonly why: readonly string[]
}

export interface SampleList {
  readonly agency: string
  readonly drawn: readonly ListedRecord[]
  /** By their accounts, in the order of the seed. */
  readonly reviews: readonly { readonly accounts: readonly string[]; readonly person: string | undefined }[]
  readonly skipped: readonly (Skipped & { readonly log: string })[]
  readonly transfers: readonly { readonly log: string; readonly countedSeq: number; readonly rows: number }[]
  /** Counted numbers by log, where only some records are drawn from. */
  readonly only: ReadonlyMap<string, readonly number[]>
}

const reasons = new Set(['coverage', 'month', 'protection'])

function record(from: JsonObject): ListedRecord {
  const why = need(from, 'why', list).map(String)
  if (why.length === 0 || why.some((each) => !reasons.has(each))) throw new Misshapen('why')
  return {
    log: need(from, 'log', text),
    countedSeq: need(from, 'counted_seq', ordinal),
    row: may(from, 'row', ordinal),
    index: need(from, 'index', count),
    month: need(from, 'month', text),
    user: need(from, 'user', text),
    person: may(from, 'person', text),
    why,
  }
}

function numbers(from: JsonObject): readonly [string, readonly number[]] {
  const own = need(from, 'numbers', list)
  return [
    need(from, 'log', text),
    own.map((each) => {
      if (typeof each !== 'number') throw new Misshapen('numbers')
      return each
    }),
  ]
}

/** @returns undefined for what is no list of a draw */
export function readList(bytes: Uint8Array): SampleList | undefined {
  try {
    const value = jsonIn(bytes)
    if (!isObject(value)) return undefined
    return {
      agency: need(value, 'agency', text),
      drawn: objects(value, 'drawn').map(record),
      reviews: objects(value, 'reviews').map((each) => ({
        accounts: need(each, 'accounts', texts),
        person: may(each, 'person', text),
      })),
      skipped: objects(value, 'skipped').map((each) => ({
        log: need(each, 'log', text),
        countedSeq: need(each, 'counted_seq', ordinal),
        index: need(each, 'index', count),
        completion: need(each, 'completion', count),
      })),
      transfers: objects(value, 'transfers').map((each) => ({
        log: need(each, 'log', text),
        countedSeq: need(each, 'counted_seq', ordinal),
        rows: need(each, 'rows', ordinal),
      })),
      only: new Map(Object.hasOwn(value, 'only') ? objects(value, 'only').map(numbers) : []),
    }
  } catch (error) {
    if (error instanceof Misshapen) return undefined
    throw error
  }
}

/** The items of a month, as the monthly draw took them. */
export const itemsOf = ({ drawn }: SampleList, month: string): readonly Item[] =>
  drawn
    .filter((each) => each.month === month && each.why.includes('month'))
    .map(({ countedSeq, log, row }) => (row === undefined ? [log, countedSeq] : [log, countedSeq, row]))
