// placeholders.ts: {{names}} in the paragraphs of a form: found also where an editor split one between two formats.
import { withChildren, type XmlElement, type XmlNode } from './xml-tree.ts'

/** One placeholder, read: a value, a member of a list, or a condition on a list. */
export type Placeholder =
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'member'; readonly list: string; readonly name: string }
  /** `{{若有 各筆}}`, `{{若無 各筆}}`: the row or paragraph stands only where the list has items, or has none. */
  | { readonly kind: 'condition'; readonly list: string; readonly filled: boolean }

/** Stands for what takes room between two characters: no placeholder reaches across it. */
const APART = '\ufffc'
const apart = new Set(['text:s', 'text:tab', 'text:line-break', 'draw:frame', 'text:note'])
const form = /\{\{([^{}\ufffc]*)\}\}/g
const condition = /^(若有|若無)\s*(\S+)$/

/** What stands between braces. */
export function placeholderOf(inner: string): Placeholder {
  const name = inner.trim()
  const [, word, list] = condition.exec(name) ?? []
  if (list !== undefined) return { kind: 'condition', list, filled: word === '若有' }
  const dot = name.indexOf('.')
  return dot < 0 ? { kind: 'value', name } : { kind: 'member', list: name.slice(0, dot), name: name.slice(dot + 1) }
}

/** A text in parts: literal, placeholder, literal, … */
export function partsOf(text: string): readonly (string | Placeholder)[] {
  const parts: (string | Placeholder)[] = []
  let from = 0
  for (const match of text.matchAll(form)) {
    parts.push(text.slice(from, match.index), placeholderOf(match[1] ?? ''))
    from = match.index + match[0].length
  }
  return [...parts, text.slice(from)]
}

/** Braces that are no placeholder: left open, closed twice, or full-width. */
export const strayBraces = (text: string): string | undefined => /\{\{|\}\}|｛｛|｝｝/.exec(text.replace(form, ''))?.[0]

export const isParagraph = ({ name }: XmlElement): boolean => name === 'text:p' || name === 'text:h'

/** A paragraph of which each placeholder stands in one run of text: in the first of those that it was split between. */
export function joined(paragraph: XmlElement): XmlElement {
  const runs: string[] = []
  gather(paragraph, runs)
  const whole = runs.join('')
  const owner = runs.flatMap((run, at) => Array<number>(run.length).fill(at))
  for (const match of whole.matchAll(form)) owner.fill(owner[match.index] ?? 0, match.index, match.index + match[0].length)
  const texts = runs.map(() => '')
  for (const [at, run] of owner.entries()) texts[run] += whole.charAt(at)
  const rest = texts[Symbol.iterator]()
  return rewritten(paragraph, rest)
}

function gather({ children }: XmlElement, runs: string[]): void {
  for (const child of children) {
    if (typeof child === 'string') runs.push(child)
    else if (apart.has(child.name)) runs.push(APART)
    else gather(child, runs)
  }
}

function rewritten(element: XmlElement, texts: Iterator<string>): XmlElement {
  const children = element.children.map((child): XmlNode => {
    if (typeof child === 'string') return texts.next().value ?? ''
    if (!apart.has(child.name)) return rewritten(child, texts)
    texts.next()
    return child
  })
  return withChildren(
    element,
    children.filter((child) => child !== ''),
  )
}

/** The text of a paragraph; for each thing that stands apart in it, one character. */
export function textOf({ children }: XmlElement): string {
  return children.map((child) => (typeof child === 'string' ? child : apart.has(child.name) ? APART : textOf(child))).join('')
}
