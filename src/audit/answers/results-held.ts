// results-held.ts: results of a round held against its draws: each row is one that was drawn, and what the rows come to is counted anew.
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import { type CivilDate, readCivilDate } from '../../calendar.ts'
import { sha256Hex } from '../../canonical.ts'
import { printable } from '../../policy/finding.ts'
import { type Results, results } from '../../querylog/report-entry.ts'
import { recordName } from '../form/audit-form.ts'
import { StepRefused } from '../step-refusal.ts'
import { type Answer, type AnswerField, type AuditItem, answerFields, answerKinds, type ListName, recordKey, reviewKey } from './answer.ts'
import { type AnswerDays, answerValue, daysOfItem } from './answer-value.ts'
import { openByUnit } from './open-rows.ts'
import { cellNames, openOf } from './results-document.ts'
import { openRowOf, type RoundAsked, roundAnswers } from './round-answers.ts'

/** What results are held against. */
export interface ResultsAsked {
  readonly asked: RoundAsked
  /** Ids of the draws that were audited. */
  readonly samples: readonly string[]
  readonly days: AnswerDays
}

/** A member of the results that is not what the draws and its own rows give. */
export interface ResultsFault {
  /** `items[3]`, `months[0].quota` */
  readonly member: string
  readonly found: string
  readonly expected: string
}

const { months, outcomes, users } = results.properties
const place = Type.Object({
  log: Type.String(),
  index: Type.Integer({ minimum: 0 }),
  row: Type.Optional(Type.Integer({ minimum: 1 })),
  unit: Type.String(),
})
const account = Type.Object({ account: Type.String(), unit: Type.String() })
const document = Type.Object({
  v: Type.Literal(1),
  round: Type.String(),
  samples: Type.Array(Type.String()),
  months,
  outcomes,
  users,
  items: Type.Array(place),
  reviews: Type.Array(account),
  open: Type.Object({ items: Type.Array(place), reviews: Type.Array(account) }),
})
type ResultsDocument = Static<typeof document>

/** What is wrong with results.
 *  @param stated what the step says of them
 *  @param bytes the document that it names */
export const resultsFaults = (of: ResultsAsked, stated: Results, bytes: Uint8Array): readonly ResultsFault[] =>
  holding(of, stated, bytes).faults

interface Holding {
  readonly faults: readonly ResultsFault[]
  /** What was drawn and has no result. */
  readonly open: readonly AuditItem[]
  /** The last on which an item was audited. */
  readonly lastDay: CivilDate | undefined
}

const nothing = { open: [], lastDay: undefined }

function holding(of: ResultsAsked, stated: Results, bytes: Uint8Array): Holding {
  const digest = sha256Hex(bytes)
  if (digest !== stated.document) return { faults: [{ member: 'document', found: digest, expected: stated.document }], ...nothing }
  const read = readDocument(bytes)
  return 'expected' in read ? { faults: [read], ...nothing } : documentHeld(of, stated, read)
}

function documentHeld(of: ResultsAsked, stated: Results, read: ResultsDocument): Holding {
  const { asked, samples } = of
  const rows = rowsOf(of, read)
  const answers = rows.flatMap((row) => row.answers)
  const { findings, open, partial, results } = roundAnswers(asked, answers)
  const { months, outcomes, users } = read
  const faults = [
    ...differences('round', read.round, asked.number),
    ...differences('samples', [...read.samples].sort(), [...samples].sort()),
    ...rows.flatMap(({ faults }) => faults),
    ...findings.flatMap(({ code, expected, places }) => places.map(({ cell }) => ({ member: cell, found: code, expected }))),
    ...partial.map(({ missing, near }) => ({ member: near.cell, found: '未填 empty', expected: missing.join('、') })),
    ...differences('', { months, outcomes, users }, { months: results.months, outcomes: results.outcomes, users: results.users }),
    ...differences('open', read.open, openOf(open)),
    ...differences('results', stated, {
      months,
      outcomes,
      users,
      open: { items: read.open.items.length, reviews: read.open.reviews.length },
    }),
  ]
  return { faults, open, lastDay: answers.flatMap(dayIn).sort().at(-1) }
}

const dayIn = ({ field, value }: Answer): readonly CivilDate[] => {
  const day = answerKinds[field].kind === 'day' ? readCivilDate(value) : undefined
  return day === undefined ? [] : [day]
}

/** @throws StepRefused that names what is wrong, and what to do */
export function requireHeld(of: ResultsAsked, stated: Results, bytes: Uint8Array): Omit<Holding, 'faults'> {
  const { faults, ...held } = holding(of, stated, bytes)
  if (faults.length === 0) return held
  const { number } = of.asked
  const shown = faults.slice(0, most).map(({ expected, found, member }) => `  ${member}：${found}，應為 expected ${expected}`)
  const more = faults.length > most ? [`  …共 ${faults.length} 處 in all`] : []
  throw new StepRefused(
    'results-mismatch',
    `${number} 之稽核結果與其抽樣不符，請重新執行 linkage audit import 並登載其結果檔（round audited）。`,
    ['The results are not those of the round’s draws: run linkage audit import again, and record what it writes:', ...shown, ...more].join(
      '\n',
    ),
  )
}

/** 六(一)3, D-17: what was drawn is audited, all of it. Were a quota met by any rows of a month, who drew more could leave out what does not
 *  suit. Of what cannot be audited the form says so: 無法查證, 待說明, and why.
 *  @throws StepRefused that names by unit what has no result */
export function requireAnswered(number: string, open: readonly AuditItem[]): void {
  if (open.length === 0) return
  throw new StepRefused(
    'rows-open',
    `${number} 抽中者尚有 ${open.length} 列沒有稽核結果；無法稽核者，案卷比對填「無法查證」、稽核結果填「待說明」並敘明原因。`,
    [
      `${open.length} drawn rows have no result. Of what cannot be audited the form says so: 無法查證, 待說明, and why.`,
      ...openByUnit(open.map(openRowOf), most).map(({ names, unit }) => `  ${unit}：${names}`),
    ].join('\n'),
  )
}

/** Faults that one refusal lists. */
const most = 20

function readDocument(bytes: Uint8Array): ResultsDocument | ResultsFault {
  let read: unknown
  try {
    read = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return { member: 'document', found: '無法讀取 unreadable', expected: 'JSON' }
  }
  if (Value.Check(document, read)) return read
  const absent = Object.keys(document.properties).filter((name) => !Object.hasOwn(Object(read), name))
  if (absent.length > 0)
    return { member: absent.join('、'), found: '沒有 absent', expected: 'audit import 之結果檔 what linkage audit import writes' }
  const [fault] = Value.Errors(document, read)
  const member =
    fault?.instancePath
      .slice(1)
      .replaceAll(/\/(\d+)/g, '[$1]')
      .replaceAll('/', '.') ?? ''
  return { member: member === '' ? 'document' : member, found: '不符格式 another form', expected: fault?.message ?? '' }
}

interface Row {
  readonly answers: readonly Answer[]
  readonly faults: readonly ResultsFault[]
}

/** Every row, as the cells of the item that it names. */
function rowsOf(of: ResultsAsked, { items, reviews }: ResultsDocument): readonly Row[] {
  const drawn = new Map(of.asked.items.map((item) => [item.key, item]))
  return [
    ...items.map((row, at) => rowOf('各筆', `items[${at}]`, row, recordKey(row), recordName(row))),
    ...reviews.map((row, at) => rowOf('清查', `reviews[${at}]`, row, reviewKey(row.account), printable(row.account))),
  ]

  function rowOf(list: ListName, member: string, row: { readonly unit: string }, key: string, name: string): Row {
    const item = drawn.get(key)
    if (item?.list !== list) return { answers: [], faults: [{ member, found: name, expected: '抽中者 one that was drawn, once' }] }
    drawn.delete(key) // a second row of it finds none
    const read = answerFields[list].flatMap((field: AnswerField) => cellOf(of.days, { field, item, list, member, row }))
    const answers = read.flatMap((each) => ('value' in each ? [each] : []))
    const none = answers.length === 0 ? [{ member, found: '未填 empty', expected: '稽核結果 a result' }] : []
    const faults = read.flatMap((each) => ('value' in each ? [] : [each]))
    return { answers, faults: [...differences(`${member}.unit`, row.unit, item.unit), ...none, ...faults] }
  }
}

interface CellAsked {
  readonly field: AnswerField
  readonly item: AuditItem
  readonly list: ListName
  readonly member: string
  readonly row: object
}

function cellOf(days: AnswerDays, { field, item, list, member, row }: CellAsked): readonly (Answer | ResultsFault)[] {
  const name = cellNames[list][field]
  const cells: Readonly<Record<string, unknown>> = { ...row }
  if (name === undefined || cells[name] === undefined) return []
  const text = cells[name]
  const read = typeof text === 'string' ? answerValue(field, text, daysOfItem(item, days)) : { found: typeof text, expected: '文字 a text' }
  if ('value' in read && read.value === text)
    return [{ item: item.key, field, value: read.value, place: { file: '', sheet: '', cell: member } }]
  const fault = 'value' in read ? { found: printable(String(text)), expected: read.value } : read
  return [{ member: `${member}.${name}`, found: fault.found, expected: fault.expected }]
}

/** Where two values of one form differ: numbers and texts, in lists and in members. */
function differences(member: string, found: unknown, expected: unknown): readonly ResultsFault[] {
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (found.length !== expected.length) return [{ member, found: `${found.length} 項 of them`, expected: `${expected.length}` }]
    return expected.flatMap((each, at) => differences(`${member}[${at}]`, found[at], each))
  }
  if (typeof expected === 'object' && expected !== null && typeof found === 'object' && found !== null) {
    const values: Readonly<Record<string, unknown>> = { ...found }
    return Object.entries(expected).flatMap(([name, each]) => differences(member === '' ? name : `${member}.${name}`, values[name], each))
  }
  return found === expected ? [] : [{ member, found: printable(String(found)), expected: printable(String(expected)) }]
}
