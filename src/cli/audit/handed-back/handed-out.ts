// handed-out.ts: the tables of a form as they were handed out: where what stands, and every row that may come back.
import { type AnswerField, type AuditItem, answerFields, type ListName, recordKey, reviewKey } from '../../../audit/answers/answer.ts'
import { type AuditForm, sortedRows, unitOf, unitsOf } from '../../../audit/form/audit-form.ts'
import { csvCells, csvLayout } from '../../../audit/form/form-csv.ts'
import { type FormInForce, workbookValues } from '../../../audit/form/unit-workbook.ts'
import { xmlOf } from '../../../audit/odf/odf-text.ts'
import { partsOf } from '../../../policy/forms/placeholders.ts'
import { UsageError } from '../../log/usage-error.ts'
import { readOds } from '../../spreadsheet/ods.ts'
import type { Sheet } from '../../spreadsheet/sheet.ts'
import { type LockedKind, type SubjectKnown, squeezed } from './locked-cell.ts'

/** A row, as each form of the round has it: a later draw numbers its rows anew. */
export interface HandedOutRow {
  readonly item: AuditItem
  /** Of a record that asked about somebody. */
  readonly subject: SubjectKnown | undefined
  /** Texts by column; the newest form's first. */
  readonly variants: readonly (readonly string[])[]
}

/** A table of items. */
export interface HandedOutTable {
  readonly list: ListName
  /** Headings by column, squeezed; empty where there is none. */
  readonly headings: readonly string[]
  /** The column that names the item. */
  readonly key: number
  readonly answers: ReadonlyMap<number, AnswerField>
  /** Columns that nobody fills: a row in which one was changed is no longer that item. */
  readonly locked: ReadonlyMap<number, LockedKind>
  /** What the first cell of a row behind the table says, squeezed. */
  readonly ends: ReadonlySet<string>
  /** By the squeezed text of the key's cell. */
  readonly rows: ReadonlyMap<string, HandedOutRow>
}

const keys = { 各筆: '紀錄識別碼', 清查: '帳號' } as const satisfies Readonly<Record<ListName, string>>
/** As the rules of the day say them. */
const titles: readonly string[] = ['資料', '資料項目', '查詢目的']
const subject = '查詢對象'

type Layout = Omit<HandedOutTable, 'rows'> & {
  /** Template texts by column. */
  readonly cells: readonly string[]
}

/** Where the lists stand in a template.
 *  @throws UsageError for a template whose answers could not be told apart */
function layoutsOf({ template }: FormInForce<'audit-form'>, retitled: boolean): readonly Layout[] {
  const sheets = readOds(new Map([['content.xml', Buffer.from(xmlOf(template.root))]]))
  return (['各筆', '清查'] as const).map((list) => {
    for (const sheet of sheets) {
      const at = sheet.rows.findIndex(({ cells }) => cells.some((cell) => membersIn(cell?.text ?? '', list).includes(keys[list])))
      if (at >= 0) return layoutOf(sheet, at, list, retitled)
    }
    throw new UsageError(`範本沒有 {{${list}.${keys[list]}}}。 The template has no {{${list}.${keys[list]}}}.`)
  })
}

function layoutOf({ name, rows }: Sheet, at: number, list: ListName, retitled: boolean): Layout {
  const textsOf = (row: Sheet['rows'][number] | undefined): readonly string[] => Array.from(row?.cells ?? [], (cell) => cell?.text ?? '')
  const cells = textsOf(rows[at])
  const column = (field: string): number =>
    cells.findIndex((text) => membersIn(text, list).join() === field && text.trim() === `{{${list}.${field}}}`)
  const alone = answerFields[list].filter((field) => column(field) < 0)
  if (alone.length > 0)
    throw new UsageError(
      `範本工作表 ${name}：${alone.map((field) => `{{${list}.${field}}}`).join('、')} 應各自成一格，才能匯回。 In sheet ${name} of the template these must stand in cells of their own to be read back.`,
    )
  // A heading that differs from form to form is none to know the table by.
  const headings = textsOf(rows[at - 1]).map((text) => (text.includes('{{') ? '' : squeezed(text)))
  if (headings.every((text) => text === ''))
    throw new UsageError(
      `範本工作表 ${name}：{{${list}.${keys[list]}}} 之上一列應為欄位標題，才能匯回。 In sheet ${name} of the template the row above {{${list}.${keys[list]}}} must be the headings, to be read back.`,
    )
  const firstOf = (row: Sheet['rows'][number]): string =>
    squeezed((row.cells.find((cell) => (cell?.text ?? '') !== '')?.text ?? '').replaceAll(/\{\{[^{}]*\}\}/g, ''))
  return {
    list,
    cells,
    headings,
    key: cells.findIndex((text) => membersIn(text, list).includes(keys[list])),
    answers: new Map(answerFields[list].map((field) => [column(field), field])),
    locked: new Map(
      cells.flatMap((text, nth): [number, LockedKind][] => {
        const members = membersIn(text, list)
        const isAnswer = members.some((member) => answerFields[list].some((field: AnswerField) => field === member))
        if (members.length === 0 || isAnswer || (retitled && members.some((member) => titles.includes(member)))) return []
        return [[nth, members.includes(subject) ? 'subject' : 'text']]
      }),
    ),
    ends: new Set(
      rows
        .slice(at + 1)
        .map(firstOf)
        .filter((text) => text !== ''),
    ),
  }
}

const membersIn = (text: string, list: ListName): readonly string[] =>
  partsOf(text).flatMap((part) => (typeof part !== 'string' && part.kind === 'member' && part.list === list ? [part.name] : []))

/** A cell of the template for one item. */
function filledText(text: string, values: Readonly<Record<string, string>>, item: Readonly<Record<string, string>>): string {
  return partsOf(text)
    .map((part) => {
      if (typeof part === 'string') return part
      if (part.kind === 'condition') return ''
      return (part.kind === 'member' ? item[part.name] : values[part.name]) ?? ''
    })
    .join('')
}

/** What forms are held against. */
export interface HandedOut {
  /** Of the round's draws, the newest first; subjects sealed. */
  readonly forms: readonly AuditForm[]
  /** By key: every one that stands in a form. */
  readonly items: ReadonlyMap<string, AuditItem>
  /** By key of an item; absent for what asked about nobody. */
  readonly subjects: ReadonlyMap<string, SubjectKnown>
  /** Whether rules could not be made again, so that forms may have been handed out with other titles. */
  readonly retitled: boolean
}

/**
 *  @throws UsageError for a template that cannot be read back */
export function handedOutTables(handedOut: HandedOut, template: FormInForce<'audit-form'>): readonly HandedOutTable[] {
  const { forms, items, retitled, subjects } = handedOut
  const itemOf = (key: string): RowOf => {
    const item = items.get(key)
    if (item === undefined) throw new TypeError(`${key} stands in a form and is no item`)
    return { item, subject: subjects.get(key) }
  }
  const workbooks = layoutsOf(template, retitled).map(({ cells, ...layout }): HandedOutTable => {
    const rows = new Rows(layout.key)
    for (const form of forms)
      for (const unit of unitsOf(form)) {
        const { lists, values } = workbookValues(form, unit, template.from)
        const own = layout.list === '各筆' ? recordKeys(form, unit) : reviewKeys(form, unit)
        for (const [nth, key] of own.entries())
          rows.add(
            itemOf(key),
            cells.map((text) => filledText(text, values, lists[layout.list][nth] ?? {})),
          )
      }
    return { ...layout, rows: rows.byKey }
  })
  return [...workbooks, csvTable(handedOut, itemOf)]
}

const recordKeys = ({ rows }: AuditForm, unit: string): readonly string[] =>
  sortedRows(rows.filter((row) => unitOf(row) === unit)).map(({ id }) => recordKey(id))
const reviewKeys = ({ reviews }: AuditForm, unit: string): readonly string[] =>
  reviews.filter((review) => review.unit === unit).map(({ account }) => reviewKey(account))

type RowOf = Pick<HandedOutRow, 'item' | 'subject'>

function csvTable({ forms, retitled }: HandedOut, itemOf: (key: string) => RowOf): HandedOutTable {
  const { answers, headings, key } = csvLayout
  const named = (names: readonly string[], heading: string): boolean => names.includes(heading)
  const kindOf = (heading: string): LockedKind => {
    if (named(csvLayout.days, heading)) return 'day'
    if (named(csvLayout.times, heading)) return 'time'
    return named(csvLayout.subjects, heading) ? 'subject' : 'text'
  }
  const locked = headings.filter((heading) => !named(answers, heading) && !(retitled && named(csvLayout.titles, heading)))
  const at = (heading: string): number => headings.indexOf(heading)
  const rows = new Rows(at(key))
  for (const form of forms) for (const row of form.rows) rows.add(itemOf(recordKey(row.id)), csvCells(row))
  return {
    list: '各筆',
    headings: headings.map(squeezed),
    key: at(key),
    answers: new Map(answers.map((field) => [at(field), field])),
    locked: new Map(locked.map((heading) => [at(heading), kindOf(heading)])),
    ends: new Set(),
    rows: rows.byKey,
  }
}

class Rows {
  readonly byKey = new Map<string, RowOf & { readonly variants: (readonly string[])[] }>()
  readonly #key: number

  constructor(key: number) {
    this.#key = key
  }

  add(of: RowOf, cells: readonly string[]): void {
    const key = squeezed(cells[this.#key] ?? '')
    const known = this.byKey.get(key)
    if (known === undefined) this.byKey.set(key, { ...of, variants: [cells] })
    else known.variants.push(cells)
  }
}
