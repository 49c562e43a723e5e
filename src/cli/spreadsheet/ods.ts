// ods.ts: tables of an OpenDocument spreadsheet (ISO/IEC 26300, CNS 15251).
import { bounds, type Cell, numberCell, RowsRead, type Sheet, TableRefused, tooLarge } from './sheet.ts'
import { readXml, type XmlReader } from './xml.ts'

export const odsParts = (name: string): boolean => name === 'content.xml' || name === 'META-INF/manifest.xml'

/** @throws TableRefused */
export function readOds(parts: ReadonlyMap<string, Buffer>): readonly Sheet[] {
  if (parts.get('META-INF/manifest.xml')?.includes('encryption-data') === true)
    throw new TableRefused('檔案有密碼保護，請先移除密碼 the file is protected by a password: remove it first')
  const content = parts.get('content.xml')
  if (content === undefined) throw new TableRefused('不是 .ods：沒有 content.xml no .ods: it has no content.xml')
  const reader = new OdsReader()
  readXml('content.xml', content, reader)
  return reader.sheets
}

/** What stands in or beside cells and is none of their text: notes, shapes, earlier versions, readings of characters. */
const beside = new Set(['annotation', 'tracked-changes', 'shapes', 'frame', 'custom-shape', 'control', 'forms', 'ruby-text'])

interface OpenCell {
  readonly repeated: number
  readonly type: string | undefined
  readonly value: string | undefined
  readonly day: string | undefined
  readonly paragraphs: string[]
}

class OdsReader implements XmlReader {
  readonly sheets: Sheet[] = []
  #rows: RowsRead | undefined
  #number = 1
  #row: { readonly repeated: number; readonly cells: (Cell | undefined)[]; column: number } | undefined
  #cell: OpenCell | undefined
  #paragraph: string | undefined
  #skipped = 0

  open(name: string, attribute: (name: string) => string | undefined): void {
    if (this.#skipped > 0 || beside.has(name)) {
      this.#skipped += 1
      return
    }
    if (name === 'table') {
      this.#rows = new RowsRead()
      this.#number = 1
      this.sheets.push({ name: attribute('name') ?? '', rows: this.#rows.rows })
    } else if (name === 'table-row') this.#row = { repeated: times(attribute('number-rows-repeated')), cells: [], column: 0 }
    else if (name === 'table-cell' || name === 'covered-table-cell')
      this.#cell = {
        repeated: times(attribute('number-columns-repeated')),
        type: attribute('value-type'),
        value: attribute('value'),
        day: attribute('date-value'),
        paragraphs: [],
      }
    else if (name === 'p' || name === 'h') this.#paragraph = ''
    else if (name === 's') this.text(' '.repeat(Math.min(times(attribute('c')), 100)))
    else if (name === 'tab') this.text('\t')
    else if (name === 'line-break') this.text('\n')
  }

  text(text: string): void {
    if (this.#skipped === 0 && this.#paragraph !== undefined) this.#paragraph += text
  }

  close(name: string): void {
    if (this.#skipped > 0) {
      this.#skipped -= 1
      return
    }
    if ((name === 'p' || name === 'h') && this.#paragraph !== undefined) {
      this.#cell?.paragraphs.push(this.#paragraph)
      this.#paragraph = undefined
    } else if (name === 'table-cell' || name === 'covered-table-cell') this.#closeCell()
    else if (name === 'table-row') this.#closeRow()
  }

  /** To the end of the sheet one empty cell is repeated thousands of times: it is counted, not made. */
  #closeCell(): void {
    const [row, open] = [this.#row, this.#cell]
    this.#cell = undefined
    if (row === undefined || open === undefined) return
    const cell = cellOf(open)
    const first = row.column
    row.column += open.repeated
    if (cell.text === '' && cell.wrong === undefined) return
    if (row.column > bounds.columns) throw tooLarge(`第 ${this.#number} 列`)
    for (let at = first; at < row.column; at++) row.cells[at] = cell
  }

  #closeRow(): void {
    const row = this.#row
    this.#row = undefined
    if (row === undefined) return
    if (row.cells.length > 0 && row.repeated > bounds.rows) throw tooLarge(`第 ${this.#number} 列`)
    for (let at = 0; row.cells.length > 0 && at < row.repeated; at++) this.#rows?.add(this.#number + at, Array.from(row.cells))
    this.#number += row.repeated
  }
}

function cellOf({ day, paragraphs, type, value }: OpenCell): Cell {
  const shown = paragraphs.join('\n')
  if (type === 'date' && day !== undefined) return { text: day.replace(/T00:00:00(?:\.0+)?$/, ''), day: true }
  return type === 'float' && value !== undefined ? numberCell(value, shown) : { text: shown }
}

/** How often something is repeated: once, where nothing is said. */
function times(text: string | undefined): number {
  const count = Number(text ?? 1)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new TableRefused(`重複次數不符 not a number of repetitions: ${String(text).slice(0, 20)}`)
  return count
}
