// round-answers.ts: what the answers of a round come to: which items are answered, what is missing where, by unit; and the round's results.
import type { Results } from '../../querylog/report-entry.ts'
import type { Draw } from '../draw.ts'
import { recordName } from '../form/audit-form.ts'
import { type Answer, type AnswerField, type AuditItem, auditorFields, type ListName, type RecordItem, type ReviewItem } from './answer.ts'
import type { AnswerFinding } from './finding.ts'
import { type Merged, type MergedAnswers, mergeAnswers } from './merging.ts'
import type { OpenRow } from './open-rows.ts'
import type { Auditing } from './who-audits.ts'

/** What a round's answers are judged by. */
export interface RoundAsked {
  readonly number: string
  /** Every month of the round, in order. */
  readonly months: readonly string[]
  /** Of each population of the round the draw that counts; the late records' are draws of their own. */
  readonly draws: readonly Pick<Draw, 'coverage' | 'months'>[]
  /** Every item that was drawn, of all draws; each once. */
  readonly items: readonly AuditItem[]
  readonly auditing: Auditing
  /** D-20: users up to which the auditor comes from another unit. */
  readonly fewUsers: number
}

/** An item with everything that is filled in for it. */
export interface Answered<I extends AuditItem = AuditItem> {
  readonly item: I
  readonly values: ReadonlyMap<AnswerField, string>
}

export interface PartlyAnswered {
  readonly item: AuditItem
  /** Cells that are still empty. */
  readonly missing: readonly AnswerField[]
  /** A cell of it that is filled. */
  readonly near: Merged['places'][number]
}

export interface UnitProgress {
  readonly unit: string
  readonly records: { readonly answered: number; readonly all: number }
  readonly reviews: { readonly answered: number; readonly all: number }
}

export interface RoundAnswers {
  readonly findings: readonly AnswerFinding[]
  /** In the order of the items. */
  readonly records: readonly Answered<RecordItem>[]
  readonly reviews: readonly Answered<ReviewItem>[]
  readonly partial: readonly PartlyAnswered[]
  /** Those without a result: nobody began them, or not every cell is filled. */
  readonly open: readonly AuditItem[]
  /** By unit, in order. */
  readonly units: readonly UnitProgress[]
  readonly results: Omit<Results, 'document'> & Required<Pick<Results, 'open'>>
}

/** What answers come to. It is the same for the same answers in any order. */
export function roundAnswers(asked: RoundAsked, answers: Iterable<Answer>): RoundAnswers {
  const merged = mergeAnswers(answers)
  const states = asked.items.map((item) => stateOf(item, merged.items.get(item.key) ?? new Map()))
  const whole = states.flatMap(({ answered }) => answered ?? [])
  const records = whole.filter(isRecord)
  const reviews = whole.filter(isReview)
  const answered = new Set(whole.map(({ item }) => item.key))
  return {
    findings: [...conflictsOf(asked, merged), ...ofOneCause(asked.items.flatMap((item) => auditorFindings(asked, item, merged)))],
    records,
    reviews,
    partial: states.flatMap(({ partial }) => partial ?? []),
    open: asked.items.filter(({ key }) => !answered.has(key)),
    units: progressOf(asked.items, answered),
    results: resultsOf(asked, records, reviews),
  }
}

const isRecord = (each: Answered): each is Answered<RecordItem> => each.item.list === '各筆'
const isReview = (each: Answered): each is Answered<ReviewItem> => each.item.list === '清查'

/** What must be filled for an item to have a result. */
const always = {
  各筆: ['案卷比對', '逾必要範圍', '稽核結果', '稽核日期', '稽核人員'],
  清查: ['仍需使用', '是否共用', '清查結果', '清查日期', '清查人員'],
} as const satisfies Readonly<Record<ListName, readonly AnswerField[]>>
/** Answers that find nothing. Who finds something says what it is. */
const plain: Readonly<Partial<Record<AnswerField, string>>> = {
  案卷比對: '相符',
  逾必要範圍: '否',
  稽核結果: '正常',
  是否共用: '否',
  清查結果: '正常',
}
const words = { 各筆: '異常說明及處置', 清查: '清查說明' } as const satisfies Readonly<Record<ListName, AnswerField>>

function neededOf({ list }: AuditItem, cells: ReadonlyMap<AnswerField, Merged>): readonly AnswerField[] {
  const finds = [...cells].some(([field, { value }]) => plain[field] !== undefined && plain[field] !== value)
  return finds ? [...always[list], words[list]] : always[list]
}

function stateOf(
  item: AuditItem,
  cells: ReadonlyMap<AnswerField, Merged>,
): { readonly answered?: Answered; readonly partial?: PartlyAnswered } {
  const [first] = cells.values()
  const near = first?.places[0]
  if (near === undefined) return {}
  const missing = neededOf(item, cells).filter((field) => !cells.has(field))
  if (missing.length > 0) return { partial: { item, missing, near } }
  return { answered: { item, values: new Map([...cells].map(([field, { value }]) => [field, value])) } }
}

function conflictsOf({ items }: RoundAsked, { conflicts }: MergedAnswers): readonly AnswerFinding[] {
  const names = new Map(items.map((item) => [item.key, itemName(item)]))
  const nameOf = (key: string): string => names.get(key) ?? ''
  return conflicts.map(({ answers, field, item }) => ({
    code: 'conflict',
    places: answers.flatMap(({ places }) => places),
    found: `${nameOf(item)} ${field}：${answers.map(({ places, value }) => `「${value}」（${places.map(({ cell, file }) => `${file} ${cell}`).join('、')}）`).join('、')}`,
    expected: '一個答案 one answer',
  }))
}

export const openRowOf = (item: AuditItem): OpenRow => ({ unit: item.unit, name: itemName(item) })

const itemName = (item: AuditItem): string => (item.list === '清查' ? item.account : recordName(item.id))

/** The person who queried is never the one who audits; where users are few the auditor comes from another unit. Every name that a cell says
 *  is looked at, of those in conflict too. */
function auditorFindings(asked: RoundAsked, item: AuditItem, { conflicts, items }: MergedAnswers): readonly AnswerFinding[] {
  const field = auditorFields[item.list]
  const said = items.get(item.key)?.get(field)
  const differing = conflicts.find((each) => each.item === item.key && each.field === field)
  return [...(said === undefined ? [] : [said]), ...(differing?.answers ?? [])].flatMap((each) => auditorFinding(asked, item, each))
}

function auditorFinding(
  { auditing, draws, fewUsers }: RoundAsked,
  { account, unit }: AuditItem,
  { places, value }: Merged,
): readonly AnswerFinding[] {
  if (auditing.isOwn(value, account)) return [{ code: 'own-audit', places, found: `${value}（帳號 ${account}）`, expected: somebodyElse }]
  if (!auditing.areNamed(value)) return [{ code: 'not-named', places, found: value, expected: auditing.names.join('、') }]
  const users = Math.max(0, ...draws.map(({ coverage }) => coverage.users))
  if (users > fewUsers || auditing.isFromOutside(value, unit)) return []
  return [{ code: 'same-unit', places, found: value, expected: `${unit} 以外之指定稽核人員 an auditor of the round, not of ${unit}` }]
}

/** Who audits a unit stands in each of its rows: what is wrong with them is told once, with every place. */
const ofOneCause = (findings: readonly AnswerFinding[]): readonly AnswerFinding[] =>
  [...Map.groupBy(findings, ({ code, expected, found }) => JSON.stringify([code, found, expected])).values()].flatMap((same) =>
    same.slice(0, 1).map((first) => ({ ...first, places: same.flatMap(({ places }) => places) })),
  )

const somebodyElse =
  '其他人；同名同姓者，請以 round started --auditor 姓名/單位/帳號 指明 somebody else; of a namesake name the account, or the other unit'

function progressOf(items: readonly AuditItem[], answered: ReadonlySet<string>): readonly UnitProgress[] {
  const count = (own: readonly AuditItem[]) => ({ answered: own.filter(({ key }) => answered.has(key)).length, all: own.length })
  return [...Map.groupBy(items, ({ unit }) => unit)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([unit, own]) => ({
      unit,
      records: count(own.filter(({ list }) => list === '各筆')),
      reviews: count(own.filter(({ list }) => list === '清查')),
    }))
}

/** Persons are told apart by 人員代號 (D-1); an account that no roster knows is its own. */
const personOf = ({ account, person }: AuditItem): string => (person === undefined ? `account ${account}` : `person ${person}`)

/** Rule 六(一)3: the law counts what was audited. A person is audited by a record of their own, or reviewed by every account of theirs. */
function resultsOf(
  { draws, items, months }: RoundAsked,
  records: readonly Answered<RecordItem>[],
  reviews: readonly Answered<ReviewItem>[],
): RoundAnswers['results'] {
  const outcome = (word: string): number => records.filter(({ values }) => values.get('稽核結果') === word).length
  const audited = new Set(records.map(({ item }) => personOf(item)))
  const reviewed = new Set(reviews.map(({ item }) => item.account))
  const ofReviews = items.filter((item) => item.list === '清查')
  const persons = [...Map.groupBy(ofReviews, personOf)].filter(
    ([person, own]) => !audited.has(person) && own.every(({ accounts }) => accounts.every((account) => reviewed.has(account))),
  )
  const drawn = new Set(items.flatMap((item) => (item.list === '各筆' ? [personOf(item)] : [])))
  return {
    months: months.map((month) => {
      const own = draws.flatMap((draw) => draw.months.filter((each) => each.month === month))
      return {
        audited: records.filter(({ item }) => item.month === month).length,
        month,
        population: own.reduce((sum, each) => sum + each.population, 0),
        quota: own.reduce((sum, each) => sum + each.quota, 0),
      }
    }),
    outcomes: { abnormal: outcome('異常'), normal: outcome('正常'), to_explain: outcome('待說明') },
    open: { items: items.filter(({ list }) => list === '各筆').length - records.length, reviews: ofReviews.length - reviews.length },
    users: {
      audited: audited.size,
      reviewed: persons.length,
      total: Math.max(0, ...draws.map(({ coverage }) => coverage.users)),
      // Of late records and those before, only how many persons each has is known: no fewer have records in all.
      with_records: Math.max(drawn.size, ...draws.map(({ coverage }) => coverage.withRecords)),
    },
  }
}
