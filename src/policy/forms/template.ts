// template.ts: a form as the department lays it out: flat ODF with placeholders, each of which is known, and none that is needed missing (R24).
import type { Report } from '../finding.ts'
import type { FindingCode } from '../finding-codes.ts'
import { nearest } from '../nearest.ts'
import { type FormKind, type FormName, formKinds, placeholdersOf, requiredOf } from './form-kinds.ts'
import { isParagraph, joined, type Placeholder, partsOf, strayBraces, textOf } from './placeholders.ts'
import { readXmlTree, withChildren, type XmlElement, type XmlNode, XmlRefused } from './xml-tree.ts'

export interface Template<N extends FormName = FormName> {
  readonly form: N
  /** `office:document`: what an editor adds and no form needs is gone, and each placeholder stands in one run of text. */
  readonly root: XmlElement
}

/** The namespaces that these prefixes must stand for, as every office program writes them. */
const prefixes = {
  'xmlns:office': 'urn:oasis:names:tc:opendocument:xmlns:office:1.0',
  'xmlns:table': 'urn:oasis:names:tc:opendocument:xmlns:table:1.0',
  'xmlns:text': 'urn:oasis:names:tc:opendocument:xmlns:text:1.0',
} as const

const mimetypes = {
  fods: 'application/vnd.oasis.opendocument.spreadsheet',
  fodt: 'application/vnd.oasis.opendocument.text',
} as const

/** Comments, earlier versions, macros, printers, who edited it when: no agency gets them. */
const dropped = new Set([
  'office:annotation',
  'office:annotation-end',
  'office:event-listeners',
  'office:forms',
  'office:meta',
  'office:scripts',
  'office:settings',
  'table:tracked-changes',
  'text:change',
  'text:change-end',
  'text:change-start',
  'text:soft-page-break',
  'text:tracked-changes',
])

/** Reads a template.
 *  @param name `forms/audit-form-2026-01-01.fods`, for findings
 *  @returns undefined where anything is wrong with it; that is reported, all at once */
export function readTemplate<N extends FormName>(name: string, text: string, form: N, report: Report): Template<N> | undefined {
  const kind: FormKind = formKinds[form]
  const before = report.errors
  let root: XmlElement
  try {
    root = readXmlTree(text)
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error
    report.addAt(name, '', { line: error.line, column: 1, length: 1 }, 'form-wrong', { found: error.message })
    return undefined
  }
  const expected = mimetypes[kind.extension]
  const strange = Object.entries(prefixes).find(([prefix, uri]) => root.attributes[prefix] !== uri)
  const found = root.name === 'office:document' ? root.attributes['office:mimetype'] : root.name
  if (root.name !== 'office:document' || found !== expected || strange !== undefined) {
    const wrong = found === expected && strange !== undefined ? strange[0] : (found ?? '')
    const said = {
      zh: `${expected}，以 LibreOffice 另存為 .${kind.extension}`,
      en: `${expected}, saved by LibreOffice as .${kind.extension}`,
    }
    report.addAt(name, '', { line: root.line, column: 1, length: 1 }, 'form-wrong', { found: wrong, expected: said })
    return undefined
  }
  const tidy = tidied(root)
  new TemplateReading(name, kind, report).check(tidy)
  return report.errors > before ? undefined : { form, root: tidy }
}

function tidied(element: XmlElement): XmlElement {
  const children = element.children.flatMap((child): XmlNode[] => {
    if (typeof child === 'string') return [child]
    return dropped.has(child.name) ? [] : [tidied(child)]
  })
  return isParagraph(element) ? joined(withChildren(element, children)) : withChildren(element, children)
}

/** Where in a form something stands, as a person finds it. */
interface Spot {
  readonly sheet?: string
  readonly row?: number
  /** The row, list item or paragraph that is repeated, where a list stands in it. */
  readonly unit?: XmlElement
}

/** What is repeated for each item of a list: the outermost of these that a placeholder stands in. */
export const isUnit = (element: XmlElement): boolean =>
  element.name === 'table:table-row' || element.name === 'text:list-item' || isParagraph(element)

class TemplateReading {
  readonly #name: string
  readonly #kind: FormKind
  readonly #known: readonly string[]
  readonly #report: Report
  readonly #met = new Set<string>()
  readonly #lists = new Map<XmlElement, string>()

  constructor(name: string, kind: FormKind, report: Report) {
    this.#name = name
    this.#kind = kind
    this.#known = placeholdersOf(kind)
    this.#report = report
  }

  check(root: XmlElement): void {
    this.#walk(root, {}, { row: 0 })
    const place = { line: root.line, column: 1, length: 1 }
    for (const needed of requiredOf(this.#kind))
      if (!this.#met.has(needed))
        this.#report.addAt(this.#name, '', place, 'placeholder-missing', { expected: { zh: `{{${needed}}}`, en: `{{${needed}}}` } })
  }

  /** @param paragraphs counts those of a text document */
  #walk(element: XmlElement, spot: Spot, paragraphs: { row: number }): void {
    for (const child of element.children) {
      if (typeof child === 'string') continue
      const unit = spot.unit ?? (isUnit(child) ? child : undefined)
      const here = { ...spot, ...(unit !== undefined && { unit }) }
      if (isParagraph(child)) paragraphs.row += 1
      if (child.name === 'table:table') this.#rows(child, { ...here, sheet: child.attributes['table:name'] ?? '' }, { row: 1 }, paragraphs)
      else if (isParagraph(child)) this.#paragraph(child, { row: paragraphs.row, ...here })
      else this.#walk(child, here, paragraphs)
    }
  }

  /** Rows, in the header of the sheet too, counted as the sheet counts them. */
  #rows(element: XmlElement, spot: Spot, counter: { row: number }, paragraphs: { row: number }): void {
    for (const child of element.children) {
      if (typeof child === 'string') continue
      if (child.name !== 'table:table-row') {
        if (/^table:table-(header-rows|rows|row-group)$/.test(child.name)) this.#rows(child, spot, counter, paragraphs)
        continue
      }
      this.#walk(child, { ...spot, row: counter.row, unit: spot.unit ?? child }, paragraphs)
      counter.row += Number(child.attributes['table:number-rows-repeated'] ?? 1)
    }
  }

  #paragraph(paragraph: XmlElement, spot: Spot): void {
    const text = textOf(paragraph)
    const stray = strayBraces(text)
    if (stray !== undefined) this.#refuse('placeholder-wrong', paragraph, spot, text)
    for (const part of partsOf(text)) if (typeof part !== 'string') this.#placeholder(part, paragraph, spot)
  }

  #placeholder(found: Placeholder, paragraph: XmlElement, spot: Spot): void {
    const unit = spot.unit ?? paragraph
    const written = found.kind === 'value' ? found.name : found.kind === 'member' ? `${found.list}.${found.name}` : found.list
    if (found.kind === 'condition') {
      const lists = Object.keys(this.#kind.lists)
      if (!lists.includes(written)) this.#refuse('placeholder-unknown', paragraph, spot, written, nearest(written, lists))
      return
    }
    if (!this.#known.includes(written)) {
      this.#refuse('placeholder-unknown', paragraph, spot, `{{${written}}}`, nearest(written, this.#known))
      return
    }
    this.#met.add(written)
    if (found.kind !== 'member') return
    const other = this.#lists.get(unit) ?? found.list
    this.#lists.set(unit, other)
    if (other !== found.list) this.#refuse('placeholder-lists', paragraph, spot, `${other}, ${found.list}`)
    else if (hasFormula(unit)) this.#refuse('placeholder-formula', paragraph, spot, `{{${written}}}`)
  }

  #refuse(code: FindingCode, { line }: XmlElement, { row, sheet }: Spot, found: string, meant?: string): void {
    const where = sheet === undefined ? `第 ${row ?? '?'} 段 paragraph` : `${sheet}，第 ${row ?? '?'} 列 row`
    this.#report.addAt(this.#name, '', { line, column: 1, length: 1 }, code, { found: `${where}：${found}`, nearest: meant })
  }
}

/** A formula in a row that is repeated would still speak of the row of the template. */
function hasFormula(element: XmlElement): boolean {
  return element.children.some(
    (child) => typeof child !== 'string' && (child.attributes['table:formula'] !== undefined || hasFormula(child)),
  )
}
