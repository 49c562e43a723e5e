// sheet.ts: a spreadsheet's table as a person sees it: rows and cells with their places, and what a cell cannot say.
import type { Said } from '../../policy/schema/forms.ts'

export interface Cell {
  /** As it is shown; a day that the spreadsheet knows as one is ISO 8601. */
  readonly text: string
  /** The spreadsheet itself holds a day here, not a text. */
  readonly day?: boolean
  /** Why this is not what was typed: a character without a code, digits that were rounded. */
  readonly wrong?: Said
}

export interface SheetRow {
  /** From 1, as the spreadsheet numbers it. */
  readonly number: number
  /** By column; a gap is an empty cell. */
  readonly cells: readonly (Cell | undefined)[]
}

export interface Sheet {
  readonly name: string
  readonly rows: readonly SheetRow[]
}

/** A file is no table that can be read, or larger than any that people fill. */
export class TableRefused extends Error {
  readonly code = 'folder-invalid'
}

/** Far beyond a roster or a form, far below what would fill a machine. */
export const bounds = {
  bytes: 16 * 1024 * 1024,
  part: 64 * 1024 * 1024,
  parts: 2000,
  rows: 50_000,
  columns: 256,
  cells: 1_000_000,
} as const

export const tooLarge = (what: string): TableRefused =>
  new TableRefused(`${what}：內容過多，未讀取 far more than a table of people holds: it is not read`)

/** `A`, `B` … `Z`, `AA`: how spreadsheets name columns.
 *  @param index from 0 */
export function columnName(index: number): string {
  return (index >= 26 ? columnName(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + (index % 26))
}

/** Gathers the rows of a sheet, and stops where it becomes absurd. */
export class RowsRead {
  readonly rows: SheetRow[] = []
  #cells = 0

  add(number: number, cells: readonly (Cell | undefined)[]): void {
    if (cells.every((cell) => cell === undefined || (cell.text === '' && cell.wrong === undefined))) return
    this.#cells += cells.length
    if (this.rows.length >= bounds.rows || cells.length > bounds.columns || this.#cells > bounds.cells) throw tooLarge(`第 ${number} 列`)
    this.rows.push({ number, cells })
  }
}

/** Why a number is not taken. */
export const rounded: Said = {
  zh: '數字有小數、超過 15 位或以科學記號顯示，試算表可能已改變其內容；請將此欄設為文字格式後重新輸入',
  en: 'a number with a fraction, of more than 15 digits, or in scientific notation may no longer be what was typed: format the column as text and type it again',
}

/** A number as what was typed: accounts and codes are digits, and keep the zeros with which they are shown.
 *  @param value as the file stores it
 *  @param shown as the spreadsheet displays it, where the file says so */
export function numberCell(value: string, shown = value): Cell {
  const number = Number(value)
  if (/^\d+$/.test(shown) && Number(shown) === number && shown.replace(/^0+/, '').length <= 15) return { text: shown }
  const whole = Number.isInteger(number) && Math.abs(number) < 1e15
  return whole && !/E[+-]/i.test(shown) ? { text: String(number) } : { text: shown, wrong: rounded }
}
