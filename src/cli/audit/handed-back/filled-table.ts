// filled-table.ts: a table that came back, held row by row against the one that was handed out: its answers, and what was changed.
import type { Answer, AnswerField, CellPlace } from '../../../audit/answers/answer.ts'
import { type AnswerDays, daysOfItem } from '../../../audit/answers/answer-value.ts'
import { type AnswerFinding, wholeFile } from '../../../audit/answers/finding.ts'
import { printable } from '../../../policy/finding.ts'
import { type Cell, columnName, type Sheet, type SheetRow } from '../../spreadsheet/sheet.ts'
import { readAnswer } from './filled-cell.ts'
import type { HandedOutRow, HandedOutTable } from './handed-out.ts'
import { isHeld, squeezed } from './locked-cell.ts'

export interface FilledFile {
  readonly answers: readonly Answer[]
  readonly findings: readonly AnswerFinding[]
  /** Whether any table of the form stands in it. */
  readonly recognised: boolean
}

/** @param file as it is named to the person
 *  @param days between which an item can have been audited */
export function filledFile(file: string, sheets: readonly Sheet[], tables: readonly HandedOutTable[], days: AnswerDays): FilledFile {
  const read = sheets.flatMap((sheet) =>
    // By its headings: a CSV does not say which sheet it was, and a sheet may have been renamed.
    tables.flatMap((table) => {
      const heading = headingRow(sheet, table)
      return heading < 0 ? [] : [new FilledTable(file, sheet, table, heading, days)]
    }),
  )
  const [known, unknown] = [read.reduce((sum, each) => sum + each.known, 0), read.reduce((sum, each) => sum + each.unknown, 0)]
  if (known === 0 && unknown > 0) {
    const said = { found: `${unknown} 列均非本次抽中 rows, none of which was drawn`, expected: '本次稽核所發之表單 a form of this round' }
    return { answers: [], findings: [{ code: 'other-round', places: [wholeFile(file)], ...said }], recognised: true }
  }
  return {
    answers: read.flatMap(({ answers }) => answers),
    findings: read.flatMap(({ findings }) => findings),
    recognised: read.length > 0,
  }
}

const textAt = ({ cells }: SheetRow, column: number): string => cells[column]?.text ?? ''

const headingRow = ({ rows }: Sheet, { headings }: HandedOutTable): number =>
  rows.findIndex((row) => headings.every((text, column) => text === '' || squeezed(textAt(row, column)) === text))

/** `1#123`, `1#123:4`: so records are named. */
const recordName = /^\w+#\d+(?::\d+)?$/

class FilledTable {
  readonly answers: Answer[] = []
  readonly findings: AnswerFinding[] = []
  /** Rows of the round, and rows that are none. */
  known = 0
  unknown = 0
  readonly #file: string
  readonly #sheet: string
  readonly #table: HandedOutTable
  readonly #days: AnswerDays

  constructor(file: string, { name, rows }: Sheet, table: HandedOutTable, heading: number, days: AnswerDays) {
    this.#file = file
    this.#sheet = name
    this.#table = table
    this.#days = days
    for (const row of rows.slice(heading + 1)) {
      const [first] = row.cells.flatMap((cell) => (cell === undefined || cell.text === '' ? [] : [squeezed(cell.text)]))
      if (table.ends.has(first ?? '')) break
      this.#row(row)
    }
  }

  #row(row: SheetRow): void {
    const said = squeezed(textAt(row, this.#table.key))
    const handedOut = this.#table.rows.get(said)
    if (handedOut === undefined) this.#stranger(row, said)
    else {
      this.known += 1
      this.#locked(row, handedOut)
      for (const [column, field] of this.#table.answers) this.#answer(row, column, field, handedOut)
    }
  }

  #place({ number }: SheetRow, column: number): CellPlace {
    return { file: this.#file, sheet: this.#sheet, cell: `${columnName(column)}${number}` }
  }

  #tell(code: AnswerFinding['code'], place: CellPlace, found: string, expected: string): void {
    this.findings.push({ code, places: [place], found: found === '' ? '（空白 empty）' : printable(found), expected })
  }

  /** Locked columns that say something else than a form that was handed out. */
  #changed(row: SheetRow, cells: readonly string[], { subject }: Pick<HandedOutRow, 'subject'>): readonly number[] {
    const { key, locked } = this.#table
    return [...locked].flatMap(([column, kind]) =>
      column === key || isHeld(kind, textAt(row, column), cells[column] ?? '', subject) ? [] : [column],
    )
  }

  /** A row with the name of no item: one whose name was changed, or one that was never drawn. */
  #stranger(row: SheetRow, said: string): void {
    const { answers, key, list, rows } = this.#table
    const meant = [...rows.values()]
      .flatMap((of) => of.variants.map((cells) => ({ cells, of })))
      .find(({ cells, of }) => this.#changed(row, cells, of).length === 0)?.cells
    const isAnswered = [...answers.keys()].some((column) => textAt(row, column) !== '')
    const namesItem = list === '各筆' ? recordName.test(said) : said !== ''
    if (meant === undefined && !namesItem && !isAnswered) return
    this.unknown += 1
    const place = this.#place(row, key)
    if (meant !== undefined) this.#tell('row-changed', place, said, meant[key] ?? '')
    else if (namesItem) this.#tell('not-drawn', place, said, '本次抽中之列 a row that was drawn')
    else this.#tell('row-changed', place, said, '原表單之列號 the id that the form gave the row')
  }

  /** Held against that form of it which it is nearest to: a later draw numbers its rows anew. */
  #locked(row: SheetRow, of: HandedOutRow): void {
    const [nearest] = of.variants
      .map((cells) => ({ cells, changed: this.#changed(row, cells, of) }))
      .sort((one, other) => one.changed.length - other.changed.length)
    for (const column of nearest?.changed ?? [])
      this.#tell('locked-changed', this.#place(row, column), textAt(row, column), this.#expected(column, nearest?.cells[column] ?? ''))
  }

  /** The column by its name: in a CSV nobody sees its letter. */
  #expected(column: number, text: string): string {
    const heading = this.#table.headings[column] ?? ''
    return `${heading === '' ? '' : `${heading}：`}${printable(text) || '（空白 empty）'}`
  }

  #answer(row: SheetRow, column: number, field: AnswerField, { item }: HandedOutRow): void {
    const cell: Cell | undefined = row.cells[column]
    if (cell === undefined) return
    const place = this.#place(row, column)
    const read = readAnswer(field, cell, daysOfItem(item, this.#days))
    if (read === undefined) return
    if ('value' in read) this.answers.push({ item: item.key, field, value: read.value, place })
    else this.findings.push({ ...read, places: [place] })
  }
}
