// attention.ts: what of a valid configuration deserves a person's look on a day: it is no mistake, and may be one.
import type { CivilDate } from '../calendar.ts'
import { grantedFields } from './decide.ts'
import { contentOf } from './deciding.ts'
import { type Finding, Report, within } from './finding.ts'
import type { Loaded } from './load.ts'
import { isInRow } from './row-fields.ts'
import type { AuditFile } from './schema/audit.ts'
import type { Agency, Grant, RosterRow, Rule, Snapshot } from './snapshot.ts'

/** What agencies of a kind usually see, where audit.yaml says nothing else: diagnoses, assessments and protection cases are the
 *  department's own work. */
const usual = { 'linked-agency': 3, 'using-unit': 4 } as const

/** Warnings of a day; none for a folder that was not loaded. */
export function attention({ audit, place, snapshot }: Loaded, day: CivilDate): readonly Finding[] {
  const report = new Report()
  if (snapshot === undefined) return []
  const note: Note = (rule, code, found) => {
    const at = place(rule)
    if (at !== undefined) report.addAt(at.file, rule.slice(rule.indexOf('#') + 1), at, code, { found })
  }
  noteFields(snapshot, audit, day, note)
  noteBatches(snapshot, day, note)
  noteOperations(snapshot, day, note)
  noteUsers([...snapshot.agencies.values()], day, note)
  noteDocuments(snapshot, note)
  return report.sorted()
}

type Note = (
  rule: Rule,
  code: 'field-above-usual' | 'field-beside-rows' | 'operation-ungranted' | 'user-on-two-rosters' | 'document-to-follow',
  found: string,
) => void

/** R4: fields above what agencies of this kind usually see, a warning a grant. */
function noteFields({ agencies, apis }: Snapshot, audit: AuditFile | undefined, day: CivilDate, note: Note): void {
  const set = audit?.usual_sensitivity
  const most = { 'linked-agency': set?.linked_agency ?? usual['linked-agency'], 'using-unit': set?.using_unit ?? usual['using-unit'] }
  const sensitivityOf = ({ api, operations }: Grant, path: string): number =>
    Math.max(0, ...operations.map((id) => apis.get(api)?.operations.get(id)?.answer.sensitivity.get(path) ?? 0))
  for (const { grants, kind } of agencies.values()) {
    for (const grant of grants.filter(({ until }) => until >= day)) {
      const above = grant.fields.filter((path) => sensitivityOf(grant, path) > most[kind])
      if (above.length > 0) note(`${grant.rule}/fields`, 'field-above-usual', above.join(', '))
    }
  }
}

/** What stands beside the rows of a batch may say how many of those asked about it found (a total), and no row says that it was asked. */
function noteBatches({ agencies, apis }: Snapshot, day: CivilDate, note: Note): void {
  for (const { grants } of agencies.values()) {
    for (const grant of grants.filter(({ until }) => until >= day)) {
      const beside = grant.operations.flatMap((id) => {
        const operation = apis.get(grant.api)?.operations.get(id)
        return operation?.maxSubjects === undefined
          ? []
          : grantedFields(grant, operation).filter((path) => !isInRow(path, operation.answer.rows))
      })
      if (beside.length > 0) note(`${grant.rule}/fields`, 'field-beside-rows', [...new Set(beside)].join(', '))
    }
  }
}

/** An operation that nobody may call, now or later: nobody applied yet, or a grant names another. */
function noteOperations({ agencies, apis }: Snapshot, day: CivilDate, note: Note): void {
  const granted = new Set(
    [...agencies.values()].flatMap(({ grants }) =>
      grants.filter(({ until }) => until >= day).flatMap(({ api, operations }) => operations.map((id) => `${api} ${id}`)),
    ),
  )
  for (const { id: api, operations } of apis.values()) {
    for (const { id, rule } of operations.values()) if (!granted.has(`${api} ${id}`)) note(rule, 'operation-ungranted', id)
  }
}

/** Rule 四(一): one person on the rosters of two agencies on one day, by account, or by 人員代號 and name. */
function noteUsers(agencies: readonly Agency[], day: CivilDate, note: Note): void {
  const known = new Map<string, readonly (RosterRow & { readonly agency: string })[]>()
  for (const { id, roster } of agencies) {
    const twice = new Map<string, RosterRow>()
    for (const [account, rows] of roster) {
      for (const row of rows.filter(({ until }) => until === undefined || until >= day)) {
        for (const key of [`account ${account}`, `person ${row.person} ${row.name}`]) {
          const others = known.get(key) ?? []
          if (others.some((other) => other.agency !== id && meet(other, row))) twice.set(row.account, row)
          known.set(key, [...others, { ...row, agency: id }])
        }
      }
    }
    const [first] = twice.values()
    if (first !== undefined) note(`${first.rule}/帳號`, 'user-on-two-rosters', [...twice.keys()].join(', '))
  }
}

const forEver = '9999-12-31'
const meet = (one: RosterRow, other: RosterRow): boolean => one.from <= (other.until ?? forEver) && other.from <= (one.until ?? forEver)

/** R7: a change without a document is listed until it has one. */
function noteDocuments({ blocks, texts }: Snapshot, note: Note): void {
  for (const { document, reason, rule } of blocks) if (document === undefined) note(rule, 'document-to-follow', reason)
  for (const [name, text] of texts) {
    if (!/^(?:agencies|apis|rosters)\/|^blocks\.yaml$/.test(name)) continue
    // Most files have none: they are not read again for that.
    if (!FOLLOWS.test(text)) continue
    for (const [pointer, document] of documentsIn(contentOf(text), ''))
      if (FOLLOWS.test(document)) note(`${name}#${pointer}`, 'document-to-follow', document)
  }
}

/** How people write that a number is still to come. */
const FOLLOWS = /後補|待補|補送|未定|待定|TBD/i
const DOCUMENTS = new Set(['document', 'protected_document', '核准文號'])

function* documentsIn(value: unknown, pointer: string): Iterable<readonly [pointer: string, document: string]> {
  if (typeof value !== 'object' || value === null) return
  for (const [member, each] of Object.entries(value)) {
    const at = within(pointer, member)
    if (DOCUMENTS.has(member) && typeof each === 'string') yield [at, each]
    else yield* documentsIn(each, at)
  }
}
