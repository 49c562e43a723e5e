// change.ts: one effect of a changed configuration: for whom, what, and whether it opens or closes.
import { canonicalJson } from '../../canonical.ts'
import type { Said } from '../schema/forms.ts'

/** `open`: something may pass that did not; `closed`: something no longer may; `other`: neither, and worth knowing. */
export type Direction = 'open' | 'closed' | 'other'

/** Whom or what a change is of. */
export interface Of {
  readonly kind: 'agency' | 'api' | 'blocks' | 'folder'
  readonly id: string
  readonly name: string
}

export interface Change {
  readonly of: Of
  readonly direction: Direction
  /** Stable: scripts read it. `network-added`, `grant-removed`. */
  readonly code: string
  readonly what: Said
  /** A removal: something that was there is gone. */
  readonly removed: boolean
  /** Of what is no agency's own: ids of those whom it concerns, since they are blocked by it, or a grant of theirs names it. */
  readonly agencies?: readonly string[]
}

/** Gathers the changes of one subject. */
export class Changes {
  readonly all: Change[]
  readonly #of: Of
  readonly #agencies: readonly string[]

  constructor(of: Of, agencies: readonly string[] = [], all: Change[] = []) {
    this.#of = of
    this.#agencies = agencies
    this.all = all
  }

  /** The same gathering, for changes that concern these agencies. */
  concerning(agencies: Iterable<string>): Changes {
    return new Changes(this.#of, [...new Set(agencies)].sort(), this.all)
  }

  add(direction: Direction, code: string, zh: string, en: string): void {
    const agencies = this.#agencies
    this.all.push({
      of: this.#of,
      direction,
      code,
      what: { zh, en },
      removed: code.endsWith('-removed'),
      ...(agencies.length > 0 && { agencies }),
    })
  }

  /** What may open for some and close for others: told as both. */
  either(code: string, zh: string, en: string): void {
    this.add('open', code, zh, en)
    this.add('closed', code, zh, en)
  }

  /** What was set to another value that is neither more nor less open. */
  note<T>(code: string, before: T, after: T, zh: string, en: string): void {
    if (canonicalJson([before ?? null]) !== canonicalJson([after ?? null]))
      this.add('other', code, `${zh} ${shown(before)} → ${shown(after)}`, `${en} ${shown(before)} → ${shown(after)}`)
  }

  /** A place of a file that says something else, which nothing here tells in its effect. */
  place(place: string, before: unknown, after: unknown): void {
    const values = `${brief(before)} → ${brief(after)}`
    this.add('other', 'file-changed', `其他內容變更 ${place}：${values}`, `changed, in a way not described here: ${place}`)
  }

  /** Names that came and names that went. */
  names(code: string, before: readonly string[], after: readonly string[], zh: string, en: string): void {
    const added = after.filter((each) => !before.includes(each))
    const removed = before.filter((each) => !after.includes(each))
    if (added.length > 0) this.add('open', `${code}-added`, `開放${zh} ${added.join('、')}`, `${en} opened: ${added.join(', ')}`)
    if (removed.length > 0) this.add('closed', `${code}-removed`, `移除${zh} ${removed.join('、')}`, `${en} removed: ${removed.join(', ')}`)
  }

  /** The first or last day of something. */
  period(code: string, before: Period, after: Period, zh: string, en: string): void {
    const [old, now] = [periodText(before), periodText(after)]
    const earlier = after.from < before.from
    const later = (after.until ?? forEver) > (before.until ?? forEver)
    const shorter = after.from > before.from || (after.until ?? forEver) < (before.until ?? forEver)
    if (earlier || later) this.add('open', `${code}-longer`, `${zh} 期間放寬 ${old} → ${now}`, `${en}: period longer, ${old} → ${now}`)
    if (shorter) this.add('closed', `${code}-shorter`, `${zh} 期間縮短 ${old} → ${now}`, `${en}: period shorter, ${old} → ${now}`)
  }

  /** A bound: more is more open. */
  bound(code: string, before: number, after: number, zh: string, en: string): void {
    if (before === after) return
    const direction = after > before ? 'open' : 'closed'
    this.add(direction, code, `${zh} ${before} → ${after}`, `${en} ${before} → ${after}`)
  }
}

interface Period {
  readonly from: string
  readonly until?: string | undefined
}
const forEver = '9999-12-31'
export const periodText = ({ from, until }: Period): string => `${from}–${until ?? ''}`

export const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '—'))

/** Names in words. */
export const list = (names: readonly string[]): string => (names.length === 0 ? '無 none' : names.join('、'))

/** What is long is cut: its place is said. */
function brief(value: unknown): string {
  const text = value === undefined ? '（無）' : shown(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

export interface Comparison<T> {
  readonly added: (each: T) => void
  readonly removed: (each: T) => void
  readonly both: (old: T, now: T) => void
  /** Of several with one name: which is the one that was there. */
  readonly same?: (old: T, now: T) => boolean
}

/** Holds two lists against each other by what names their members. Where several have one name, each stands for itself: those that stayed
 *  are paired first, the others in their order, and whatever is left came or went. So nothing that came hides behind a namesake. */
export function compare<T>(
  before: Iterable<T>,
  after: Iterable<T>,
  nameOf: (each: T) => string,
  { added, removed, both, same }: Comparison<T>,
): void {
  const left = Map.groupBy(after, nameOf)
  const taken = (old: T, is: (now: T) => boolean): T | undefined => {
    const namesakes = left.get(nameOf(old)) ?? []
    const at = namesakes.findIndex(is)
    return at < 0 ? undefined : namesakes.splice(at, 1)[0]
  }
  const changed = [...before].filter((old) => same === undefined || taken(old, (now) => same(old, now)) === undefined)
  for (const old of changed) {
    const now = taken(old, () => true)
    if (now === undefined) removed(old)
    else both(old, now)
  }
  for (const each of [...left.values()].flat()) added(each)
}
