// xlsx-formats.ts: what an .xlsx makes of its numbers: days, codes with leading zeros, scientific notation.
import { readXml } from './xml.ts'

export interface NumberFormat {
  readonly kind: 'number' | 'day' | 'scientific'
  /** `00000`: shown with so many digits. */
  readonly digits?: number
}

/** Formats that every file has without naming them (ECMA-376 part 1, 18.8.30), those of East Asian languages among them. */
const days = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58])
const scientific = new Set([11, 48])

/** @param code as the file spells it, `[$-404]e/m/d;@` */
export function formatOf(id: number, code = ''): NumberFormat {
  if (days.has(id)) return { kind: 'day' }
  if (scientific.has(id)) return { kind: 'scientific' }
  // Texts, escaped characters, colours and locales say nothing; `;` begins the form of negative numbers.
  const bare = (code.split(';')[0] ?? '').replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, '')
  if (/E[+-]/i.test(bare)) return { kind: 'scientific' }
  if (/^general$/i.test(bare.trim())) return { kind: 'number' }
  if (/[ymdeg]/i.test(bare)) return { kind: 'day' }
  return /^0{2,}$/.test(bare) ? { kind: 'number', digits: bare.length } : { kind: 'number' }
}

/** The format of each style that a cell can name (`s="3"`). */
export function readFormats(bytes: Buffer): readonly NumberFormat[] {
  const codes = new Map<number, string>()
  const formats: NumberFormat[] = []
  let ofCells = false
  readXml('xl/styles.xml', bytes, {
    open: (name, attribute) => {
      if (name === 'numFmt') codes.set(Number(attribute('numFmtId')), attribute('formatCode') ?? '')
      if (name === 'cellXfs') ofCells = true
      if (name !== 'xf' || !ofCells) return
      const id = Number(attribute('numFmtId') ?? 0)
      formats.push(formatOf(id, codes.get(id)))
    },
    text: () => undefined,
    close: (name) => {
      if (name === 'cellXfs') ofCells = false
    },
  })
  return formats
}
