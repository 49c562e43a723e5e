// made.ts: spreadsheets for tests, part by part, honest ones and others.
import { crc32, deflateRawSync } from 'node:zlib'

export interface Part {
  readonly name: string
  readonly content: string | Buffer
  /** The size that the archive claims for it, where that is a lie. */
  readonly claimed?: number
  /** General purpose flags: 1 is encrypted. */
  readonly flags?: number
}

/** A zip archive (APPNOTE 6.3.10) of deflated parts. */
export function zipped(parts: readonly Part[]): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { claimed, content, flags = 0, name } of parts) {
    const bytes = Buffer.from(content)
    const packed = deflateRawSync(bytes)
    const path = Buffer.from(name)
    const about = Buffer.alloc(26)
    about.writeUInt16LE(20, 0)
    about.writeUInt16LE(flags | 0x800, 2)
    about.writeUInt16LE(8, 4)
    about.writeUInt32LE(crc32(bytes), 10)
    about.writeUInt32LE(packed.length, 14)
    about.writeUInt32LE(claimed ?? bytes.length, 18)
    about.writeUInt16LE(path.length, 22)
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), about, path])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), about, tail, path]))
    local.push(header, packed)
    offset += header.length + packed.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...local, directory, end])
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const office = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"`

/** content.xml around what stands in its spreadsheet. */
export const odsContent = (spreadsheet: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><office:document-content ${office}><office:body><office:spreadsheet>${spreadsheet}</office:spreadsheet></office:body></office:document-content>`

export const odsOf = (spreadsheet: string): Buffer =>
  zipped([
    { name: 'mimetype', content: 'application/vnd.oasis.opendocument.spreadsheet' },
    { name: 'content.xml', content: odsContent(spreadsheet) },
  ])

/** A row of texts, as LibreOffice writes one. */
export const odsRow = (cells: readonly string[]): string => {
  const written = cells.map((cell) =>
    cell === ''
      ? '<table:table-cell/>'
      : `<table:table-cell office:value-type="string"><text:p>${escaped(cell)}</text:p></table:table-cell>`,
  )
  return `<table:table-row>${written.join('')}<table:table-cell table:number-columns-repeated="16373"/></table:table-row>`
}

/** A sheet of texts, to the last of its million rows. */
export const odsTable = (name: string, rows: readonly (readonly string[])[]): string =>
  `<table:table table:name="${name}">${rows.map(odsRow).join('')}<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>`

const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

export interface Workbook {
  /** `<row>` elements by the names of sheets. */
  readonly sheets: Readonly<Record<string, string>>
  readonly strings?: string
  readonly styles?: string
  readonly properties?: string
}

export function xlsxOf({ properties = '', sheets, strings, styles }: Workbook): Buffer {
  const names = Object.keys(sheets)
  const parts: Part[] = [
    { name: '[Content_Types].xml', content: '<Types/>' },
    {
      name: 'xl/workbook.xml',
      content: `<workbook ${main} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">${properties}<sheets>${names
        .map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`)
        .join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${names
        .map((_, at) => `<Relationship Id="rId${at + 1}" Type="worksheet" Target="worksheets/sheet${at + 1}.xml"/>`)
        .join('')}</Relationships>`,
    },
    ...names.map((name, at) => ({
      name: `xl/worksheets/sheet${at + 1}.xml`,
      content: `<worksheet ${main}><sheetData>${sheets[name]}</sheetData></worksheet>`,
    })),
  ]
  if (strings !== undefined) parts.push({ name: 'xl/sharedStrings.xml', content: `<sst ${main}>${strings}</sst>` })
  if (styles !== undefined) parts.push({ name: 'xl/styles.xml', content: `<styleSheet ${main}>${styles}</styleSheet>` })
  return zipped(parts)
}

/** A row of inline texts. */
export const xlsxRow = (number: number, cells: readonly string[]): string =>
  `<row r="${number}">${cells
    .map((cell, at) =>
      cell === '' ? '' : `<c r="${String.fromCharCode(65 + at)}${number}" t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`,
    )
    .join('')}</row>`
