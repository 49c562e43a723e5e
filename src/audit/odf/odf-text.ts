// odf-text.ts: a text as it stands in ODF, and a tree as it is written: what XML cannot hold is marked, nothing else is changed.
import type { XmlElement, XmlNode } from '../../policy/forms/xml-tree.ts'

/** What XML 1.0 cannot hold (§2.2), surrogates without their other half among it. */
const unheld = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

/** A text as nodes of a paragraph. Spaces that XML would fold into one, tabs and line ends have elements of their own (ODF 1.3 part 3 §6.1).
 *  @param follows whether text stands before it in its paragraph: else a first space needs its element too */
export function odfText(text: string, follows: boolean): readonly XmlNode[] {
  const nodes: XmlNode[] = []
  for (const part of text.replace(unheld, '\ufffd').split(/(\t|\r\n|\n|\r| {2,}|^ | $)/)) {
    if (part === '') continue
    if (part === '\t') nodes.push(element('text:tab'))
    else if (/^[\r\n]/.test(part)) nodes.push(element('text:line-break'))
    else if (/^ +$/.test(part) && (part.length > 1 || nodes.length > 0 || !follows))
      nodes.push(element('text:s', { 'text:c': String(part.length) }))
    else nodes.push(part)
  }
  return nodes
}

/** An element that stands in no file. */
export const element = (name: string, attributes: XmlElement['attributes'] = {}, children: readonly XmlNode[] = []): XmlElement => ({
  name,
  attributes,
  children,
  line: 0,
})

/** What every part of a package begins with. */
export const xmlHead = '<?xml version="1.0" encoding="UTF-8"?>\n'

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** A text within an element, or an attribute between double quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (each) => escapes[each] ?? '')

/** A tree as XML, on one line: attributes in the order that they have. */
export function xmlOf(node: XmlNode): string {
  if (typeof node === 'string') return escaped(node)
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${escaped(value).replace(/[\t\n\r]/g, ' ')}"`)
  const open = `<${node.name}${attributes.join('')}`
  return node.children.length === 0 ? `${open}/>` : `${open}>${node.children.map(xmlOf).join('')}</${node.name}>`
}
