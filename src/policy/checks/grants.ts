// grants.ts: grants against the catalogue, the purposes and each other (R1, R3, R4).
import type { ApiReading } from '../catalogue/api.ts'
import { type Report, within } from '../finding.ts'
import { nearest } from '../nearest.ts'
import type { GrantEntry } from '../schema/agency.ts'
import type { Operation } from '../snapshot.ts'
import type { YamlDocument } from '../yaml-document.ts'
import { type AgencyReading, ordered } from './agency.ts'
import { entriesOf } from './entries.ts'

/** What grants name. */
export interface Names {
  readonly apis: ReadonlyMap<string, ApiReading>
  /** Undefined where purposes.yaml cannot be read. */
  readonly purposes: readonly string[] | undefined
}

/** Mistakes in these do not hide the others of a grant. */
const listed = ['fields', 'hours', 'limits', 'reasons']

export function checkGrants({ file, value }: AgencyReading, names: Names, report: Report): void {
  const grants = [...entriesOf(file, '/grants', value.grants, listed)]
  const seen = new Set<string>()
  for (const [at, grant] of grants) {
    if (seen.has(grant.id)) report.add(file, `${at}/id`, 'duplicate-id', { found: grant.id })
    seen.add(grant.id)
    checkDays(file, at, grant, report)
    checkPurposes(file, at, grant, names, report)
    checkAgainstApi(file, at, grant, names, report)
    if ((grant.protected === true) !== (grant.protected_document !== undefined)) report.add(file, at, 'protected-document')
    if (grant.protected === true && grant.mode === 'file') report.add(file, `${at}/protected`, 'protected-file', { found: grant.id })
    checkSuperseded(file, at, grant, value.standing, report)
  }
  checkOverlaps(file, grants, report)
}

/** R1, R5: applied for, approved, and only then open. */
function checkDays(file: YamlDocument, at: string, { application, approval, from, until }: GrantEntry, report: Report): void {
  ordered(file, `${at}/approval/date`, application.date, approval.date, report)
  ordered(file, `${at}/from`, approval.date, from, report)
  ordered(file, `${at}/until`, from, until, report)
  const limit = `${Number(from.slice(0, 4)) + 3}${from.slice(4)}`
  if (until > limit)
    report.add(file, `${at}/until`, 'grant-long', { found: until, expected: { zh: `至遲 ${limit}`, en: `${limit} at the latest` } })
}

function checkPurposes(file: YamlDocument, at: string, grant: GrantEntry, { purposes }: Names, report: Report): void {
  if (purposes === undefined) return
  for (const [index, code] of grant.purposes.entries()) {
    if (!purposes.includes(code))
      report.add(file, `${at}/purposes/${index}`, 'unknown-name', { found: code, nearest: nearest(code, purposes) })
  }
}

function checkAgainstApi(file: YamlDocument, at: string, grant: GrantEntry, { apis }: Names, report: Report): void {
  const api = apis.get(grant.api)
  if (api === undefined) {
    report.add(file, `${at}/api`, 'unknown-name', { found: grant.api, nearest: nearest(grant.api, apis.keys()) })
    return
  }
  const { dataOwner } = api
  if (dataOwner !== undefined && grant.application.through !== dataOwner)
    report.add(file, `${at}/application/through`, 'not-data-owner', {
      found: grant.application.through,
      expected: { zh: dataOwner, en: dataOwner },
    })
  const operations = grant.operations.map((id, index) => operationOf(file, `${at}/operations/${index}`, id, api, report))
  const readable = operations.filter((each) => each !== undefined)
  for (const [index, operation] of operations.entries()) {
    if (operation !== undefined && !operation.modes.includes(grant.mode))
      report.add(file, `${at}/operations/${index}`, 'mode-not-offered', {
        found: `${operation.id}: ${grant.mode}`,
        expected: { zh: operation.modes.join('、'), en: operation.modes.join(', ') },
      })
  }
  // An operation that cannot be read may declare anything.
  if (readable.length === operations.length) checkFields(file, at, grant, readable, report)
}

function operationOf(
  file: YamlDocument,
  pointer: string,
  id: string,
  { names, operations }: ApiReading,
  report: Report,
): Operation | undefined {
  if (names !== undefined && !names.has(id)) report.add(file, pointer, 'unknown-name', { found: id, nearest: nearest(id, names) })
  return operations.get(id)
}

/** A field is declared by an operation of its grant, and each operation by a field. */
function checkFields(
  file: YamlDocument,
  at: string,
  { fields, reasons = {} }: GrantEntry,
  operations: readonly Operation[],
  report: Report,
): void {
  if (!Array.isArray(fields)) return
  const before = report.errors
  const readable = fields.every((_, index) => file.sound(`${at}/fields/${index}`))
  const declared = new Map(operations.flatMap(({ answer }) => [...answer.sensitivity]))
  for (const [index, path] of fields.entries()) {
    const pointer = `${at}/fields/${index}`
    if (!file.sound(pointer)) continue
    const sensitivity = declared.get(path)
    if (sensitivity === undefined) report.add(file, pointer, 'field-not-declared', { found: path, nearest: nearest(path, declared.keys()) })
    else if (sensitivity >= 3 && !Object.hasOwn(reasons, path)) {
      // A reason that is there and names it otherwise was meant for it.
      const meant = Object.keys(reasons).find((each) => !fields.includes(each) && nearest(each, [path]) !== undefined)
      if (meant !== undefined) report.add(file, within(`${at}/reasons`, meant), 'reason-of-nothing', { found: meant, nearest: path }, 'key')
      else
        report.add(file, pointer, 'reason-missing', {
          found: `${path} (${sensitivity})`,
          expected: { zh: `reasons 之 ${path}`, en: `${path} under reasons` },
        })
    }
  }
  // A field that was misspelt may be the one that is missed here.
  if (!readable || report.errors > before) return
  for (const path of Object.keys(reasons)) {
    if (!fields.includes(path))
      report.add(file, within(`${at}/reasons`, path), 'reason-of-nothing', { found: path, nearest: nearest(path, fields) }, 'key')
  }
  for (const { id, answer } of operations) {
    if (!fields.some((path) => answer.sensitivity.has(path))) report.add(file, `${at}/fields`, 'fields-none', { found: id }, 'key')
  }
}

const meet = (one: readonly string[], other: readonly string[]): boolean => one.some((each) => other.includes(each))

/** At most one grant matches an agency, API, operation, mode, purpose and day: grants are never united. */
function checkOverlaps(file: YamlDocument, grants: readonly (readonly [string, GrantEntry])[], report: Report): void {
  for (const [index, [at, grant]] of grants.entries()) {
    const other = grants.slice(0, index).find(
      ([, each]) =>
        // A grant on trial may stand beside the one whose place it would take.
        each.trial === grant.trial &&
        each.api === grant.api &&
        each.mode === grant.mode &&
        meet(each.operations, grant.operations) &&
        meet(each.purposes, grant.purposes) &&
        each.from <= grant.until &&
        grant.from <= each.until,
    )?.[1]
    if (other !== undefined)
      report.add(file, at, 'grants-overlap', {
        found: grant.id,
        expected: { zh: `與 ${other.id} 不重疊`, en: `nothing in common with ${other.id}` },
      })
  }
}

/** R20: approved anew means applied for anew. What was applied for before the suspension stays closed. */
function checkSuperseded(
  file: YamlDocument,
  at: string,
  grant: GrantEntry,
  standing: AgencyReading['value']['standing'],
  report: Report,
): void {
  const lines = [...entriesOf(file, '/standing', standing)].map(([, line]) => line)
  const closing = lines.some((line, index) => line.action === 'reapprove' && grant.application.date < (lines[index - 1]?.effective ?? ''))
  if (closing) report.add(file, `${at}/application/date`, 'grant-superseded', { found: grant.id })
}
