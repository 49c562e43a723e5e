// xml.ts: one part of a spreadsheet, element by element: well-formed, in UTF-8, and without a document type.
import { isUtf8 } from 'node:buffer'
import { SaxesParser } from 'saxes'
import { TableRefused, tooLarge } from './sheet.ts'

/** Deeper than any spreadsheet; each element looks for its namespace in all those around it. */
const DEPTH = 64

export interface XmlReader {
  /** @param name without its prefix
   *  @param attribute by its name without prefix */
  open(name: string, attribute: (name: string) => string | undefined): void
  text(text: string): void
  close(name: string): void
}

/** Reads a part from first to last. Entities of its own would need a document type, which none of these formats has.
 *  @throws TableRefused */
export function readXml(name: string, bytes: Buffer, reader: XmlReader): void {
  if (!isUtf8(bytes)) throw new TableRefused(`${name}：不是 UTF-8，或有密碼保護 not UTF-8, or protected by a password`)
  const parser = new SaxesParser({ xmlns: true, fileName: name })
  parser.on('error', (error) => {
    throw new TableRefused(`${name}：不是正確的 XML not well-formed XML: ${error.message}`)
  })
  parser.on('doctype', () => {
    throw new TableRefused(`${name}：不應有 DOCTYPE，未讀取 a document type is not expected: it is not read`)
  })
  let depth = 0
  parser.on('opentag', ({ attributes, local }) => {
    depth += 1
    if (depth > DEPTH) throw tooLarge(name)
    const values = Object.values(attributes)
    reader.open(local, (wanted) => values.find((each) => each.local === wanted)?.value)
  })
  parser.on('text', (text) => reader.text(text))
  parser.on('cdata', (text) => reader.text(text))
  parser.on('closetag', ({ local }) => {
    depth -= 1
    reader.close(local)
  })
  parser.write(bytes.toString('utf8')).close()
}
