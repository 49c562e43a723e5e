// parts.ts: what every section of the report is built from: headings in two languages, tables, keys of charts.
import type { XmlElement, XmlNode } from '../../../policy/forms/xml-tree.ts'
import { h } from './html.ts'
import type { Words } from './words.ts'

export const heading = ([zh, en]: Words): XmlElement => h('h2', {}, zh, h('small', {}, en))
export const paragraph = ([zh, en]: Words): XmlElement => h('p', {}, zh, h('span', { class: 'en' }, en))
export const note = (words: Words, warn = false): XmlElement => h('div', { class: warn ? 'note warn' : 'note' }, paragraph(words))

/** A cell: text, or what is drawn. */
export type Cell = XmlNode

export interface Column {
  readonly words: Words
  /** `n` a number, `m` an identifier, `d` a dot. */
  readonly as?: 'n' | 'm' | 'd'
}

export interface Row {
  readonly cells: readonly Cell[]
  /** It reaches its threshold. */
  readonly on?: boolean
}

export function table(columns: readonly Column[], rows: readonly Row[]): XmlElement {
  const classOf = (nth: number): { readonly class?: string } => {
    const as = columns[nth]?.as
    return as === undefined ? {} : { class: as }
  }
  const heads = columns.map(({ words: [zh, en] }, nth) => h('th', { scope: 'col', ...classOf(nth) }, zh, h('small', {}, en)))
  const body = rows.map(({ cells, on }) =>
    h('tr', on === true ? { class: 'on' } : {}, ...cells.map((cell, nth) => h('td', classOf(nth), cell))),
  )
  return h('table', {}, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...body))
}

/** What a shade of a chart means. */
export const key = (as: 'a' | 'b' | 'shade', text: string): readonly XmlNode[] => [
  h('svg', { class: 'key', width: 12, height: 12, viewBox: '0 0 12 12' }, h('rect', { class: as, width: 12, height: 12 })),
  text,
]

export const figure = (caption: readonly XmlNode[], drawn: readonly XmlNode[]): XmlElement =>
  h('figure', {}, h('figcaption', {}, ...caption), h('div', { class: 'row' }, ...drawn))
