// filled.ts: a workbook of the form filled in as an office program saves it: cells of its own content.xml edited, the rest as it was.
import { unzipSync, zipSync } from 'fflate'
import { type AnswerField, answerFields } from '../../../src/audit/answers/answer.ts'
import { xmlOf } from '../../../src/audit/odf/odf-text.ts'
import { readXmlTree, type XmlElement, type XmlNode } from '../../../src/policy/forms/xml-tree.ts'

export type Answers = Partial<Record<AnswerField, string>>

/** Columns of the example's template. */
const columns: Readonly<Record<string, readonly [first: number, fields: readonly AnswerField[]]>> = {
  稽核紀錄表: [12, answerFields.各筆],
  帳號清查: [9, answerFields.清查],
}

const namedElements = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.flatMap((child) => (typeof child === 'string' ? [] : child.name === name ? [child] : namedElements(child, name)))

const textOf = (node: XmlNode): string => (typeof node === 'string' ? node : node.children.map(textOf).join(''))

const withText = (cell: XmlElement, text: string): XmlElement => ({
  ...cell,
  attributes: { ...cell.attributes, ...(text !== '' && { 'office:value-type': 'string' }) },
  children: text === '' ? [] : text.split('\n').map((line) => ({ name: 'text:p', attributes: {}, children: [line], line: 0 })),
})

/** Texts of a row by column, and what is to stand there instead; undefined leaves the row. */
export type Edit = (cells: readonly string[], sheet: string) => Readonly<Record<number, string>> | undefined

/** @returns an .ods with other texts in some cells */
export function edited(bytes: Uint8Array, edit: Edit): Buffer {
  const parts = unzipSync(bytes)
  const root = readXmlTree(Buffer.from(parts['content.xml'] ?? []).toString())
  const rows = new Map<XmlElement, XmlElement>()
  for (const sheet of namedElements(root, 'table:table'))
    for (const row of namedElements(sheet, 'table:table-row')) {
      const cells = row.children.filter((child) => typeof child !== 'string')
      const changes = edit(cells.map(textOf), sheet.attributes['table:name'] ?? '')
      if (changes === undefined) continue
      rows.set(row, { ...row, children: cells.map((cell, at) => (changes[at] === undefined ? cell : withText(cell, changes[at]))) })
    }
  const replaced = (element: XmlElement): XmlElement => {
    const found = rows.get(element)
    if (found !== undefined) return found
    return { ...element, children: element.children.map((child) => (typeof child === 'string' ? child : replaced(child))) }
  }
  return Buffer.from(zipSync({ ...parts, 'content.xml': Buffer.from(xmlOf(replaced(root))) }))
}

/** Fills answer cells.
 *  @param answers by what the row says in a cell: the id of a record, or an account */
export const filled = (bytes: Uint8Array, answers: Readonly<Record<string, Answers>>): Buffer =>
  edited(bytes, (cells, sheet) => {
    const [first, fields] = columns[sheet] ?? [0, []]
    const own = answers[cells[sheet === '帳號清查' ? 1 : 11] ?? '']
    if (own === undefined) return undefined
    return Object.fromEntries(fields.flatMap((field, at) => (own[field] === undefined ? [] : [[first + at, own[field]]])))
  })

/** A record that was audited and is 正常. */
export const normal: Answers = {
  調閱案卷: '有',
  案卷比對: '相符',
  逾必要範圍: '否',
  稽核結果: '正常',
  稽核日期: '115/11/28',
  稽核人員: '陳大文',
}
