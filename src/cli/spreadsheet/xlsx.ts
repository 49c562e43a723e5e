// xlsx.ts: tables of an Office Open XML workbook (ECMA-376).
import { bounds, type Cell, numberCell, RowsRead, rounded, type Sheet, TableRefused, tooLarge } from './sheet.ts'
import { formatOf, type NumberFormat, readFormats } from './xlsx-formats.ts'
import { readXml } from './xml.ts'

export const xlsxParts = (name: string): boolean =>
  /^xl\/(?:workbook|styles|sharedStrings)\.xml$|^xl\/_rels\/workbook\.xml\.rels$|^xl\/worksheets\/[^/]+\.xml$/.test(name)

interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly id: string }[]
  /** Days are counted from 1904: files of old Macintosh programs. */
  readonly from1904: boolean
}

/** @throws TableRefused */
export function readXlsx(parts: ReadonlyMap<string, Buffer>): readonly Sheet[] {
  const part = (name: string): Buffer => {
    const found = parts.get(name)
    if (found === undefined) throw new TableRefused(`不是完整的 .xlsx：沒有 ${name} no whole .xlsx: it has no ${name}`)
    return found
  }
  const workbook = readWorkbook(part('xl/workbook.xml'))
  const targets = readTargets(part('xl/_rels/workbook.xml.rels'))
  const [strings, styles] = [parts.get('xl/sharedStrings.xml'), parts.get('xl/styles.xml')]
  const known = {
    strings: strings === undefined ? [] : readStrings(strings),
    formats: styles === undefined ? [] : readFormats(styles),
    from1904: workbook.from1904,
  }
  return workbook.sheets.map(({ id, name }) => {
    const target = targets.get(id)
    if (target === undefined) throw new TableRefused(`工作表 ${name} 沒有內容 the sheet has no part`)
    const path = target.startsWith('/') ? target.slice(1) : `xl/${target}`
    return { name, rows: readSheet(path, part(path), known) }
  })
}

function readWorkbook(bytes: Buffer): Workbook {
  const sheets: { name: string; id: string }[] = []
  let from1904 = false
  readXml('xl/workbook.xml', bytes, {
    open: (name, attribute) => {
      if (name === 'sheet') sheets.push({ name: attribute('name') ?? '', id: attribute('id') ?? '' })
      if (name === 'workbookPr') from1904 = /^(?:1|true)$/.test(attribute('date1904') ?? '')
    },
    text: () => undefined,
    close: () => undefined,
  })
  return { sheets, from1904 }
}

function readTargets(bytes: Buffer): ReadonlyMap<string, string> {
  const targets = new Map<string, string>()
  readXml('xl/_rels/workbook.xml.rels', bytes, {
    open: (name, attribute) => {
      if (name === 'Relationship' && attribute('TargetMode') !== 'External') targets.set(attribute('Id') ?? '', attribute('Target') ?? '')
    },
    text: () => undefined,
    close: () => undefined,
  })
  return targets
}

/** Texts that cells refer to. Readings of characters (rPh) are no part of them. */
function readStrings(bytes: Buffer): readonly string[] {
  const strings: string[] = []
  const open: string[] = []
  readXml('xl/sharedStrings.xml', bytes, {
    open: (name) => {
      open.push(name)
      if (name === 'si') strings.push('')
    },
    text: (text) => {
      if (open.at(-1) === 't' && !open.includes('rPh')) strings[strings.length - 1] += text
    },
    close: () => void open.pop(),
  })
  return strings
}

interface Known {
  readonly strings: readonly string[]
  readonly formats: readonly NumberFormat[]
  readonly from1904: boolean
}

function readSheet(path: string, bytes: Buffer, known: Known): Sheet['rows'] {
  const rows = new RowsRead()
  const open: string[] = []
  let number = 0
  let cells: (Cell | undefined)[] = []
  let column = -1
  let cell = { type: 'n', style: 0, value: '' }
  readXml(path, bytes, {
    open: (name, attribute) => {
      open.push(name)
      if (name === 'row') {
        number = Number(attribute('r') ?? number + 1)
        ;[cells, column] = [[], -1]
      } else if (name === 'c') {
        const at = columnOf(attribute('r'), column + 1)
        if (at <= column || at >= bounds.columns || !Number.isSafeInteger(number)) throw tooLarge(`${path} 第 ${number} 列`)
        column = at
        cell = { type: attribute('t') ?? 'n', style: Number(attribute('s') ?? 0), value: '' }
      }
    },
    text: (text) => {
      if (open.at(-1) === 'v' || (open.at(-1) === 't' && open.includes('is') && !open.includes('rPh'))) cell.value += text
    },
    close: (name) => {
      open.pop()
      if (name === 'c') cells[column] = cellOf(cell, known)
      else if (name === 'row') rows.add(number, Array.from(cells))
    },
  })
  return rows.rows
}

/** The column of a reference like `BC12`; the next one where none is given. */
function columnOf(reference: string | undefined, next: number): number {
  if (reference === undefined) return next
  const letters = /^([A-Z]{1,3})\d{1,7}$/.exec(reference)?.[1]
  if (letters === undefined) throw new TableRefused(`儲存格位置不符 not a cell: ${reference.slice(0, 20)}`)
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}

function cellOf({ style, type, value }: { type: string; style: number; value: string }, known: Known): Cell {
  if (type === 's') return { text: known.strings[Number(value)] ?? '' }
  if (type === 'd') return { text: value.replace(/T00:00:00(?:\.0+)?Z?$/, ''), day: true }
  if (type === 'e')
    return { text: value, wrong: { zh: `儲存格為錯誤值 ${value}，請更正公式`, en: `the cell holds an error, ${value}: mend its formula` } }
  if (type !== 'n' || value === '') return { text: value }
  const format = known.formats[style] ?? formatOf(0, 'General')
  if (format.kind === 'day') return dayCell(Number(value), known.from1904)
  if (format.kind === 'scientific') return { text: value, wrong: rounded }
  return numberCell(value, format.digits === undefined ? value : value.padStart(format.digits, '0'))
}

/** Days since 30 December 1899, as Excel counts them from March 1900 on; before that it believes in a 29 February 1900. */
function dayCell(serial: number, from1904: boolean): Cell {
  const days = from1904 ? serial + 1462 : serial
  if (!Number.isInteger(days) || days < 61 || days > 2_958_465)
    return { text: String(serial), wrong: { zh: '不是完整的一日', en: 'not a whole day' } }
  return { text: new Date(Date.UTC(1899, 11, 30) + days * 86_400_000).toISOString().slice(0, 10), day: true }
}
