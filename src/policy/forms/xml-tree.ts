// xml-tree.ts: an XML document as a tree, each element with its place: well-formed, without a document type.
import { SaxesParser } from 'saxes'

export interface XmlElement {
  /** With its prefix, as written: `table:table-row`. */
  readonly name: string
  /** By name with prefix, in the order of the document; declarations of namespaces among them. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlNode[]
  /** From 1: where its opening tag ends. */
  readonly line: number
}

/** An element, or a run of text. */
export type XmlNode = XmlElement | string

/** What is no XML that is read here: where, and why. */
export class XmlRefused extends Error {
  readonly line: number
  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/** Far deeper than a form, far shallower than what a stack holds. */
const DEPTH = 64

interface OpenElement extends XmlElement {
  readonly children: XmlNode[]
}

/** Reads a document. Entities of its own would need a document type, and none is taken.
 *  @throws XmlRefused */
export function readXmlTree(text: string): XmlElement {
  const parser = new SaxesParser<{ xmlns: false }>()
  const open: OpenElement[] = []
  let root: OpenElement | undefined
  const refuse = (message: string): never => {
    throw new XmlRefused(message, parser.line)
  }
  const add = (node: XmlNode): void => {
    open.at(-1)?.children.push(node)
  }
  parser.on('error', (error) => refuse(error.message.replace(/^\d+:\d+: /, '')))
  parser.on('doctype', () => refuse('DOCTYPE'))
  parser.on('opentag', ({ attributes, name }) => {
    const element: OpenElement = { name, attributes, children: [], line: parser.line }
    if (open.length >= DEPTH) refuse(`${DEPTH} levels`)
    add(element)
    root ??= element
    open.push(element)
  })
  parser.on('text', add)
  parser.on('cdata', add)
  parser.on('closetag', () => {
    open.pop()
  })
  parser.write(text.replace(/^\ufeff/, '')).close()
  return root ?? refuse('no element')
}

/** An element with other children. */
export const withChildren = (element: XmlElement, children: readonly XmlNode[]): XmlElement => ({ ...element, children })

/** The elements directly below that have a name. */
export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((node): node is XmlElement => typeof node !== 'string' && node.name === name)
}
