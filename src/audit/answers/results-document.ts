// results-document.ts: the results of a round, item by item: the bytes that the step 已稽核 names by SHA-256.
import { type Canonical, canonicalJson } from '../../canonical.ts'
import { recordName } from '../form/audit-form.ts'
import { type AnswerField, type AuditItem, answerFields, type ListName } from './answer.ts'
import type { OpenRow } from './open-rows.ts'
import type { Answered, RoundAnswers } from './round-answers.ts'

/** What came of an item that is not 正常: as the letters list it. */
export interface NotNormal {
  readonly unit: string
  readonly result: string
  readonly about: string
}

/** By list: what the cells are called in the document. */
export const cellNames: Readonly<Record<ListName, Readonly<Partial<Record<AnswerField, string>>>>> = {
  各筆: {
    調閱案卷: 'file',
    案卷比對: 'match',
    逾必要範圍: 'beyond_need',
    稽核結果: 'result',
    異常說明及處置: 'about',
    稽核日期: 'day',
    稽核人員: 'auditor',
  },
  清查: { 仍需使用: 'needed', 是否共用: 'shared', 清查結果: 'result', 清查說明: 'about', 清查日期: 'day', 清查人員: 'auditor' },
}

/** RFC 8785. The same answers give the same bytes, whichever files they came in: no file, no time stands in it. Words are those of the form.
 *  @param samples ids of the draws that were audited */
export function resultsDocument(
  round: string,
  samples: readonly string[],
  { open, records, results, reviews }: Pick<RoundAnswers, 'open' | 'records' | 'results' | 'reviews'>,
): Canonical {
  const { months, outcomes, users } = results
  return canonicalJson({
    v: 1,
    round,
    samples: [...samples].sort(),
    months,
    outcomes,
    users,
    items: sorted(records).map(({ item, values }) => ({ ...item.id, unit: item.unit, ...answersOf('各筆', values) })),
    reviews: sorted(reviews).map(({ item, values }) => ({ account: item.account, unit: item.unit, ...answersOf('清查', values) })),
    open: openOf(open),
  })
}

const sorted = <I extends AuditItem>(answered: readonly Answered<I>[]): readonly Answered<I>[] =>
  answered.toSorted(({ item: one }, { item: other }) => inOrder(one, other))

function inOrder(one: AuditItem, other: AuditItem): number {
  if (one.list === '各筆' && other.list === '各筆' && one.id.log === other.id.log)
    return one.id.index - other.id.index || (one.id.row ?? 0) - (other.id.row ?? 0)
  return one.key < other.key ? -1 : 1
}

/** What has no result, in the order of what has: named, so that nothing can be left out unsaid. */
export function openOf(open: readonly AuditItem[]) {
  const all = open.toSorted(inOrder)
  return {
    items: all.flatMap((item) => (item.list === '各筆' ? [{ ...item.id, unit: item.unit }] : [])),
    reviews: all.flatMap(({ account, list, unit }) => (list === '清查' ? [{ account, unit }] : [])),
  }
}

const answersOf = (list: ListName, values: ReadonlyMap<AnswerField, string>) =>
  Object.fromEntries(
    answerFields[list].flatMap((field: AnswerField) => {
      const [name, value] = [cellNames[list][field], values.get(field)]
      return name === undefined || value === undefined ? [] : [[name, value]]
    }),
  )

/** Rows of recorded results that are not 正常, and what was drawn and has none. Results that were not made by this program, or by an earlier
 *  one, may list none.
 *  @param bytes whose digest the step names */
export function notable(bytes: Uint8Array): { readonly notNormal: readonly NotNormal[]; readonly open: readonly OpenRow[] } {
  const read = membersOf(JSON.parse(new TextDecoder().decode(bytes)))
  if (read.v !== 1) return { notNormal: [], open: [] }
  const { items, reviews } = membersOf(read.open)
  return {
    notNormal: [read.items, read.reviews].flatMap(listIn).flatMap(notNormalRow),
    open: [items, reviews].flatMap(listIn).flatMap(openRow),
  }
}

/** Any value's, each still to be looked at. */
const membersOf = (value: unknown): Readonly<Record<string, unknown>> => Object(value)
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

function notNormalRow(row: unknown): readonly NotNormal[] {
  const { about = '', result, unit } = membersOf(row)
  if (typeof about !== 'string' || typeof result !== 'string' || typeof unit !== 'string' || result === '正常') return []
  return [{ unit, result, about }]
}

function openRow(row: unknown): readonly OpenRow[] {
  const { account, index, log, row: at, unit } = membersOf(row)
  if (typeof unit !== 'string') return []
  if (typeof account === 'string') return [{ unit, name: account }]
  if (typeof log !== 'string' || typeof index !== 'number') return []
  return [{ unit, name: recordName({ log, index, ...(typeof at === 'number' && { row: at }) }) }]
}
