// grant-line.ts: one grant as a line of an agency's file: as it is read, as it is written, and what an amendment makes of it.
import { type Document, isCollection, isMap, isScalar, isSeq, Scalar, type YAMLMap } from 'yaml'
import type { GrantEntry } from '../policy/schema/agency.ts'

/** As YAML's failsafe schema has it: everything is text. */
export interface GrantLine {
  readonly id: string
  readonly application: { readonly document: string; readonly date: string; readonly through: string }
  readonly approval: { readonly document: string; readonly date: string }
  readonly api: string
  readonly operations: readonly string[]
  readonly mode: string
  readonly purposes: readonly string[]
  readonly fields: readonly string[]
  readonly reasons?: Readonly<Record<string, string>>
  readonly from: string
  readonly until: string
  readonly hours?: readonly string[]
  /** Before what a grant must have: a file that was cut before this line lacks limits too, and is no file that opens the grant. */
  readonly trial?: string
  readonly limits: Readonly<Record<string, string>>
  readonly protected?: string
  readonly protected_document?: string
}

/** The lists that an amendment adds to and takes from. */
export const listed = ['operations', 'purposes', 'fields'] as const
type Listed = (typeof listed)[number]

export interface Amendment {
  readonly id: string
  readonly application: GrantLine['application']
  readonly approval: GrantLine['approval']
  readonly from: string
  readonly until: string
  readonly add: Readonly<Record<Listed, readonly string[]>>
  readonly remove: Readonly<Record<Listed, readonly string[]>>
  readonly reasons: Readonly<Record<string, string>>
  readonly hours?: readonly string[]
  readonly limits: Readonly<Record<string, string>>
  readonly protectedDocument?: string
}

/** What a grant's line says, aliases followed. What is missing or of another kind is reported by the check, not here. */
export function lineOf(item: YAMLMap, document: Document): GrantLine {
  return item.toJS(document) as GrantLine // what keeps no schema makes no file that is written
}

/** The line that follows another: the same but for what is amended. */
export function amended(old: GrantLine, by: Amendment): GrantLine {
  const list = (member: Listed): readonly string[] =>
    [...new Set([...(old[member] ?? []), ...by.add[member]])].filter((each) => !by.remove[member].includes(each))
  const fields = list('fields')
  const reasons = Object.entries({ ...old.reasons, ...by.reasons }).filter(([field]) => fields.includes(field))
  const hours = by.hours ?? old.hours
  const document = by.protectedDocument ?? old.protected_document
  return {
    id: by.id,
    application: by.application,
    approval: by.approval,
    api: old.api,
    operations: list('operations'),
    mode: old.mode,
    purposes: list('purposes'),
    fields,
    ...(reasons.length > 0 && { reasons: Object.fromEntries(reasons) }),
    from: by.from,
    until: by.until,
    ...(hours !== undefined && { hours }),
    // What opens nothing does not open by being amended.
    ...(old.trial !== undefined && { trial: old.trial }),
    limits: { ...old.limits, ...by.limits },
    ...(document !== undefined && { protected: 'true', protected_document: document }),
  }
}

/** `＋a －b` of each member in which a line differs from the one that it follows; empty where it only renews it. */
export function differences(old: GrantLine, now: GrantLine): readonly string[] {
  const lists = listed.flatMap((member) => {
    const added = now[member].filter((each) => !(old[member] ?? []).includes(each)).map((each) => `＋${each}`)
    const gone = (old[member] ?? []).filter((each) => !now[member].includes(each)).map((each) => `－${each}`)
    return added.length + gone.length === 0 ? [] : [`${member} ${[...added, ...gone].join(' ')}`]
  })
  const single = (name: string, before: unknown, after: unknown): string[] => {
    const [was, is] = [JSON.stringify(before) ?? '—', JSON.stringify(after) ?? '—']
    return was === is ? [] : [`${name} ${was} → ${is}`]
  }
  return [
    ...lists,
    ...single('hours', old.hours, now.hours),
    ...single('limits', old.limits, now.limits),
    ...single('protected', old.protected_document, now.protected_document),
  ]
}

const inOneLine: readonly (keyof GrantEntry)[] = ['application', 'approval', 'operations', 'purposes', 'hours', 'limits']

/** As people write it: letters and short lists in one line, fields one below the other. */
export function nodeOf(document: Document, line: GrantLine): YAMLMap {
  const node: unknown = document.createNode(line, { aliasDuplicateObjects: false })
  if (!isMap(node)) throw new Error('a grant is a map')
  for (const member of inOneLine) {
    const value = node.get(member, true)
    if (isCollection(value)) value.flow = true
  }
  // Quoted: other readers of YAML take 08:00 for a number of minutes.
  const hours = node.get('hours', true)
  for (const each of isSeq(hours) ? hours.items : []) if (isScalar(each)) each.type = Scalar.QUOTE_DOUBLE
  return node
}
