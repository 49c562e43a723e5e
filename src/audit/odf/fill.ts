// fill.ts: a template with its placeholders filled: rows and paragraphs of lists repeated, those of empty lists gone.
import type { FormName, FormValues, formKinds } from '../../policy/forms/form-kinds.ts'
import { isParagraph, partsOf, textOf } from '../../policy/forms/placeholders.ts'
import { isUnit, type Template } from '../../policy/forms/template.ts'
import { withChildren, type XmlElement, type XmlNode } from '../../policy/forms/xml-tree.ts'
import { odfText } from './odf-text.ts'

type Texts = Readonly<Record<string, string>>

interface Scope {
  readonly values: Texts
  readonly lists: Readonly<Record<string, readonly Texts[]>>
  /** The item of the row or paragraph in hand. */
  readonly item?: { readonly list: string; readonly texts: Texts }
}

/** Fills a template. The same template and values give the same tree.
 *  @throws TypeError for a placeholder without a value: `readTemplate` lets none through that its kind does not know */
export function filled<N extends FormName>({ root }: Template<N>, values: FormValues<(typeof formKinds)[N]>): XmlElement {
  const scope: Scope = values // by name: which names there are was checked when the template was read
  return withChildren(root, childrenOf(root, scope, false))
}

function childrenOf(element: XmlElement, scope: Scope, inUnit: boolean): XmlNode[] {
  return element.children.flatMap((child): XmlNode[] => {
    if (typeof child === 'string') return isParagraph(element) || child.trim() !== '' ? [child] : []
    if (!inUnit && isUnit(child)) return unitOf(child, scope)
    const node = nodeOf(child, scope, inUnit)
    return emptied.has(node.name) && !node.children.some(holdsSomething) ? [] : [node]
  })
}

/** Of these nothing is left once their last row or item is gone. */
const emptied = new Set(['table:table', 'table:table-header-rows', 'text:list'])
const holdsSomething = (child: XmlNode): boolean => typeof child !== 'string' && !/^table:table-columns?$/.test(child.name)

function nodeOf(element: XmlElement, scope: Scope, inUnit: boolean): XmlElement {
  if (isParagraph(element)) return withChildren(element, runsOf(element, scope))
  const inside = withChildren(element, childrenOf(element, scope, inUnit))
  if (element.name === 'table:table-cell') return cellOf(inside)
  return element.name === 'table:table' ? sheetOf(inside) : inside
}

/** A row, list item or paragraph: once, once for each item of its list, or not at all. */
function unitOf(unit: XmlElement, scope: Scope): XmlNode[] {
  const [list, ...conditions] = listsOf(unit)
  for (const { filled: wanted, list: name } of conditions) if (itemsOf(scope, name).length > 0 !== wanted) return []
  if (list === undefined) return [nodeOf(unit, scope, true)]
  return itemsOf(scope, list).map((texts) => nodeOf(unit, { ...scope, item: { list, texts } }, true))
}

/** The list whose members stand in a unit, and the conditions on it. */
function listsOf(unit: XmlElement): readonly [string | undefined, ...{ readonly list: string; readonly filled: boolean }[]] {
  let list: string | undefined
  const conditions: { list: string; filled: boolean }[] = []
  const look = (element: XmlElement): void => {
    if (isParagraph(element))
      for (const part of partsOf(textOf(element))) {
        if (typeof part === 'string') continue
        if (part.kind === 'member') list ??= part.list
        if (part.kind === 'condition') conditions.push(part)
      }
    else for (const child of element.children) if (typeof child !== 'string') look(child)
  }
  look(unit)
  return [list, ...conditions]
}

function itemsOf({ lists }: Scope, name: string): readonly Texts[] {
  const items = lists[name]
  if (items === undefined) throw new TypeError(`no list ${name}`)
  return items
}

function runsOf(element: XmlElement, scope: Scope): XmlNode[] {
  return element.children.flatMap((child): XmlNode[] => {
    if (typeof child !== 'string') return [withChildren(child, runsOf(child, scope))]
    return partsOf(child).flatMap((part, at): XmlNode[] => {
      if (typeof part === 'string') return part === '' ? [] : [part]
      if (part.kind === 'condition') return []
      const [where, name] = part.kind === 'member' ? [scope.item?.texts, `${part.list}.${part.name}`] : [scope.values, part.name]
      const text = where?.[part.name]
      if (text === undefined) throw new TypeError(`no value for {{${name}}}`)
      return [...odfText(text, at > 1 || element.children[0] !== child)]
    })
  })
}

/** A cell in which nothing is left is empty, and not a cell that holds an empty text: it is to be filled in. */
function cellOf(cell: XmlElement): XmlElement {
  const paragraphs = cell.children.filter((child) => typeof child !== 'string' && textOf(child) === '' && child.children.length === 0)
  if (paragraphs.length !== cell.children.length) return cell
  const { 'office:value-type': _, 'calcext:value-type': __, ...attributes } = cell.attributes
  return { ...cell, attributes, children: [] }
}

/** Rows were added: the ranges of pages that the template was saved with, and its endless empty rows, are no longer those of the sheet. */
function sheetOf(sheet: XmlElement): XmlElement {
  const { 'table:print-ranges': _, ...attributes } = sheet.attributes
  const endless = (child: XmlNode): boolean =>
    typeof child !== 'string' && child.name === 'table:table-row' && Number(child.attributes['table:number-rows-repeated'] ?? 1) > 1000
  return { ...sheet, attributes, children: sheet.children.filter((child) => !endless(child)) }
}
