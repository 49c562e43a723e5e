// rewritten.ts: whether a new configuration rewrites what took effect under the old one: histories are only extended (R6, R20).
import type { CivilDate } from '../calendar.ts'
import { canonicalJson } from '../canonical.ts'
import { contentOf, type PolicyBytes, textsOf } from './deciding.ts'
import { type Finding, Report } from './finding.ts'
import type { Loaded } from './load.ts'
import type { Rule } from './snapshot.ts'

type Members = Readonly<Record<string, unknown>>

/** What a later configuration must not have changed: lines of standing that were due, rows of rosters that had begun. A row may gain a
 *  last day; one that has passed stays.
 *  @param today of the comparison: what is not due before it may still be changed
 *  @param place of the later configuration: where findings stand */
export function rewritten(before: PolicyBytes, after: PolicyBytes, today: CivilDate, place: Loaded['place']): readonly Finding[] {
  const report = new Report()
  const now = textsOf(after)
  for (const [name, text] of textsOf(before)) {
    const later = now.get(name)
    if (later === text || !/^(?:agencies|rosters)\//.test(name)) continue
    const compare = name.startsWith('agencies/') ? compareStanding : compareRoster
    compare(name, contentOf(text), contentOf(later), today, place, report)
  }
  return report.sorted()
}

const membersOf = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {}) // any object has members
const listOf = (value: unknown): readonly Members[] => (Array.isArray(value) ? value.map(membersOf) : [])
const textOf = (value: Members | undefined, member: string): string => String(value?.[member] ?? '')

function add(
  report: Report,
  place: Loaded['place'],
  rule: Rule,
  code: 'standing-rewritten' | 'roster-rewritten',
  found: string,
  due: string,
): void {
  const [file = '', pointer = ''] = rule.split('#')
  const at = place(rule) ?? { line: 1, column: 1, length: 1 }
  report.addAt(file, pointer, at, code, { found, expected: { zh: due, en: due } })
}

function compareStanding(name: string, old: unknown, now: unknown, today: CivilDate, place: Loaded['place'], report: Report): void {
  const lines = listOf(membersOf(now).standing)
  for (const [index, line] of listOf(membersOf(old).standing).entries()) {
    const effective = textOf(line, 'effective')
    if (effective > today || canonicalJson(line) === canonicalJson(lines[index] ?? null)) continue
    add(
      report,
      place,
      `${name}#/standing/${index}`,
      'standing-rewritten',
      textOf(lines[index], 'effective'),
      `${effective} ${textOf(line, 'action')} ${textOf(line, 'document')}`,
    )
    return
  }
}

function compareRoster(name: string, old: unknown, now: unknown, today: CivilDate, place: Loaded['place'], report: Report): void {
  const key = (row: Members): string => `${textOf(row, '帳號')} ${textOf(row, '啟用日')}`
  const rows = new Map(listOf(now).map((row, index) => [key(row), { row, index }]))
  for (const row of listOf(old)) {
    if (textOf(row, '啟用日') > today) continue
    const later = rows.get(key(row))
    const last = textOf(row, '最後在職日')
    const kept =
      later !== undefined && ['人員代號', '受託單位', '類別'].every((column) => textOf(later.row, column) === textOf(row, column))
    // A last day that has passed is history; one to come may still be moved.
    const sameEnd = last === '' || last >= today || textOf(later?.row, '最後在職日') === last
    if (kept && sameEnd) continue
    const rule = later === undefined ? `${name}#` : `${name}#/${later.index}${kept ? '/最後在職日' : ''}`
    add(
      report,
      place,
      rule,
      'roster-rewritten',
      later === undefined ? '' : textOf(later.row, '最後在職日'),
      `${key(row)}${last === '' ? '' : ` – ${last}`}`,
    )
  }
}
