// results-document.ts: the results of a round, item by item: the bytes that the step 已稽核 names by SHA-256.
import { type Canonical, canonicalJson } from '../../canonical.ts'
import { type AnswerField, type AuditItem, answerFields, type ListName } from './answer.ts'
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
  { records, results, reviews }: Pick<RoundAnswers, 'records' | 'results' | 'reviews'>,
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
  })
}

const sorted = <I extends AuditItem>(answered: readonly Answered<I>[]): readonly Answered<I>[] =>
  answered.toSorted(({ item: one }, { item: other }) => {
    if (one.list === '各筆' && other.list === '各筆' && one.id.log === other.id.log)
      return one.id.index - other.id.index || (one.id.row ?? 0) - (other.id.row ?? 0)
    return one.key < other.key ? -1 : 1
  })

const answersOf = (list: ListName, values: ReadonlyMap<AnswerField, string>) =>
  Object.fromEntries(
    answerFields[list].flatMap((field: AnswerField) => {
      const [name, value] = [cellNames[list][field], values.get(field)]
      return name === undefined || value === undefined ? [] : [[name, value]]
    }),
  )

/** Items of recorded results that are not 正常. Results that were not made by this program, or by an earlier one, may list none.
 *  @param bytes whose digest the step names */
export function notNormal(bytes: Uint8Array): readonly NotNormal[] {
  const read: unknown = JSON.parse(new TextDecoder().decode(bytes))
  const { items, reviews, v } = Object(read) as { items?: unknown; reviews?: unknown; v?: unknown } // looked at below
  if (v !== 1) return []
  return [items, reviews].flatMap((list) => (Array.isArray(list) ? list : [])).flatMap(rowOf)
}

function rowOf(item: unknown): readonly NotNormal[] {
  const { about = '', result, unit } = Object(item) as { about?: unknown; result?: unknown; unit?: unknown } // looked at here
  if (typeof about !== 'string' || typeof result !== 'string' || typeof unit !== 'string' || result === '正常') return []
  return [{ unit, result, about }]
}
