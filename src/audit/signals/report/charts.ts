// charts.ts: small charts as SVG: bars that share a scale, told apart by lightness, so that they say the same on paper.
import type { XmlNode } from '../../../policy/forms/xml-tree.ts'
import { h } from './html.ts'

export interface Bar {
  /** Under the bar; empty for none. */
  readonly label: string
  /** From below, each in the class of its place: `a`, `b`. */
  readonly parts: readonly number[]
  /** Behind the bar: a rest day, off hours. */
  readonly shaded: boolean
  /** A dot above the bar: it reaches its threshold. */
  readonly marked?: boolean
}

export interface BarChart {
  readonly title: string
  readonly bars: readonly Bar[]
  readonly width: number
  readonly height: number
  /** Of several charts that are compared; absent: the highest bar's. */
  readonly top?: number
}

const classes = ['a', 'b']
const margin = { left: 44, right: 4, top: 12, bottom: 18 }

export const heightOf = ({ parts }: Pick<Bar, 'parts'>): number => parts.reduce((sum, each) => sum + each, 0)

/** The next round number that is not below, so that bars fill their chart. */
export function niceTop(value: number): number {
  for (let unit = 1; ; unit *= 10)
    for (const tenths of [10, 12, 15, 20, 25, 30, 40, 50, 60, 80]) {
      const top = (tenths * unit) / 10
      if (top >= value && Number.isInteger(top)) return top
    }
}

export const grouped = (value: number): string => value.toLocaleString('en-US')

/** Two decimals at most: shorter, and the same everywhere. */
const at = (value: number): number => Math.round(value * 100) / 100

export function barChart({ bars, height, title, top, width }: BarChart): XmlNode {
  const highest = niceTop(top ?? Math.max(1, ...bars.map(heightOf)))
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom }
  const step = inner.width / Math.max(1, bars.length)
  const y = (value: number): number => at(margin.top + inner.height * (1 - value / highest))
  const grid = [0, highest / 2, highest].flatMap((value) => [
    h('line', { class: 'grid', x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value) }),
    // Of a scale from 0 to 1 the middle is no number of records.
    ...(Number.isInteger(value)
      ? [h('text', { class: 'axis', x: margin.left - 5, y: at(y(value) + 3.5), 'text-anchor': 'end' }, grouped(value))]
      : []),
  ])
  const left = (nth: number): number => margin.left + nth * step
  const shades = bars.flatMap(({ shaded }, nth) =>
    shaded ? [h('rect', { class: 'shade', x: at(left(nth)), y: margin.top, width: at(step), height: at(inner.height) })] : [],
  )
  const drawn = bars.flatMap((bar, nth) => [
    ...stacked(bar, { x: left(nth) + step * 0.14, width: step * 0.72 }, y),
    ...(bar.marked === true ? [h('circle', { class: 'mark', cx: at(left(nth) + step / 2), cy: at(y(heightOf(bar)) - 5), r: 2.4 })] : []),
    ...(bar.label === ''
      ? []
      : [h('text', { class: 'axis', x: at(left(nth) + step / 2), y: height - 5, 'text-anchor': 'middle' }, bar.label)]),
  ])
  return drawing(width, height, title, [...shades, ...grid, ...drawn])
}

/** What it shows is said besides, for whoever does not see it. */
const drawing = (width: number, height: number, title: string, children: readonly XmlNode[]): XmlNode =>
  h('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': title }, h('title', {}, title), ...children)

function stacked(
  { parts }: Bar,
  { width, x }: { readonly x: number; readonly width: number },
  y: (value: number) => number,
): readonly XmlNode[] {
  let below = 0
  return parts.flatMap((part, nth) => {
    const from = below
    below += part
    if (part === 0) return []
    // What is there is seen, however little it is beside the rest.
    const height = Math.max(0.8, y(from) - y(below))
    return [h('rect', { class: classes[nth] ?? 'a', x: at(x), y: at(y(from) - height), width: at(width), height: at(height) })]
  })
}

/** A month of one user, in a row of a table: the highest day is as high as the row. */
export function sparkline(days: readonly number[], title: string): XmlNode {
  const top = Math.max(1, ...days)
  const [width, height, step] = [4 * days.length, 22, 4]
  const bars = days.flatMap((records, nth) => {
    if (records === 0) return []
    const tall = Math.max(1, (height - 2) * (records / top))
    return [h('rect', { class: 'b', x: nth * step, y: at(height - 1 - tall), width: 3, height: at(tall) })]
  })
  const base = h('line', { class: 'grid', x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 })
  return drawing(width, height, title, [base, ...bars])
}

/** One share of a whole, as a bar in a table. */
export function shareBar(parts: readonly number[], top: number, title: string): XmlNode {
  const [width, height] = [220, 12]
  let x = 0
  const bars = parts.flatMap((part, nth) => {
    const wide = (width * part) / Math.max(1, top)
    const from = x
    x += wide
    return part === 0
      ? []
      : [h('rect', { class: classes[nth] ?? 'a', x: at(from), y: 1, width: at(Math.max(0.8, wide)), height: height - 2 })]
  })
  return drawing(width, height, title, bars)
}

/** Own figure beside the median of others, on one line from 0. */
export function dotLine(own: number, median: number, title: string): XmlNode {
  const [width, height, edge] = [220, 20, 8]
  const top = niceTop(Math.max(own, median, 1))
  const x = (value: number): number => at(edge + ((width - 2 * edge) * value) / top)
  return drawing(width, height, title, [
    h('line', { class: 'grid', x1: edge, x2: width - edge, y1: 10, y2: 10 }),
    h('line', { class: 'median', x1: x(median), x2: x(median), y1: 2, y2: 18 }),
    h('circle', { class: 'own', cx: x(own), cy: 10, r: 4.5 }),
  ])
}
