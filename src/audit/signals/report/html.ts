// html.ts: a tree as a page that opens by a double click: every text escaped, no script, nothing fetched.
import { createHash } from 'node:crypto'
import type { XmlElement, XmlNode } from '../../../policy/forms/xml-tree.ts'
import { element, escaped } from '../../odf/odf-text.ts'

type Attributes = Readonly<Record<string, string | number>>

/** An element of HTML or SVG. */
export const h = (name: string, attributes: Attributes = {}, ...children: readonly XmlNode[]): XmlElement =>
  element(name, Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])), children)

/** Elements that have no end tag (HTML Standard §13.1.2). */
const empty = new Set(['br', 'col', 'meta'])

/** What acts on a reader instead of being read: control characters but the line feed, and those that turn the direction of a line. */
const unseen = /(?!\n)[\p{Cc}\p{Cf}]/gu

const textOf = (text: string): string => escaped(text.toWellFormed().replace(unseen, '\ufffd'))

function htmlOf(node: XmlNode): string {
  if (typeof node === 'string') return textOf(node)
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${textOf(value)}"`)
  const open = `<${node.name}${attributes.join('')}>`
  return empty.has(node.name) ? open : `${open}${node.children.map(htmlOf).join('')}</${node.name}>`
}

/** A page. What it may do is what its style needs, which is named by its digest: nothing else is loaded, run or sent.
 *  @param style ours, not of a record: it stands as it is */
export function pageOf(title: string, style: string, body: readonly XmlNode[]): string {
  const digest = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`
  const head = [
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'referrer', content: 'no-referrer' }),
    h('title', {}, title),
  ]
  return `<!DOCTYPE html>\n<html lang="zh-Hant-TW"><head>${head.map(htmlOf).join('')}<style>${style}</style></head>\n<body>${body
    .map((each) => `${htmlOf(each)}\n`)
    .join('')}</body></html>\n`
}
