// agencies.ts: one agency's file as rules: lines become dated rules with pointers, delegates a flat list with their chains.
import { addDays, type CivilDate } from '../calendar.ts'
import type { DigestHex } from '../canonical.ts'
import { allHours, parseHours } from './hours.ts'
import { parseCidr } from './networks.ts'
import type { AgencyFile, CredentialEntry, DelegateEntry, GrantEntry, NetworkEntry, StandingEntry } from './schema/agency.ts'
import type { Agency, Credential, Delegate, Grant, Limits, Network, RosterRow, Rule } from './snapshot.ts'

/** The schema's formats have read these texts: they are days. */
const day = (text: string): CivilDate => text as CivilDate

function network(line: NetworkEntry, rule: Rule): Network {
  const range = parseCidr(line.cidr)
  if (!range.ok) throw new Error(`${rule}: a CIDR that its format accepted`)
  const { family, first, last } = range
  return { cidr: line.cidr, family, first, last, purpose: line.for ?? 'calls', from: day(line.from), until: day(line.until), rule }
}

const networksOf = (lines: readonly NetworkEntry[], rule: Rule, taken: (line: NetworkEntry) => boolean): Network[] =>
  lines.flatMap((each, index) => (taken(each) ? [network(each, `${rule}/networks/${index}`)] : []))

function credential(line: CredentialEntry, rule: Rule): Credential {
  const { id, role = 'system', mode, revoked, certificates } = line
  const base = {
    id,
    role,
    ...(mode !== undefined && { mode }),
    issued: day(line.issued),
    expires: day(line.expires),
    ...(certificates !== undefined && { certificates }),
    ...(revoked !== undefined && { revoked }),
    rule,
  }
  if (line.type === 'api-key') return { ...base, type: line.type, sha256: line.sha256 as DigestHex } // 64 hex digits, by its pattern
  const { jwks, jwks_uri: jwksUri } = line
  return { ...base, type: line.type, keys: jwks?.keys ?? [], ...(jwksUri !== undefined && { jwksUri }) }
}

/** R20: approval anew closes what was applied for before the suspension or termination that it ends, from the day on which it takes effect. */
function lastDay({ application, until }: GrantEntry, standing: readonly StandingEntry[]): CivilDate {
  const closing = standing.find(({ action }, index) => action === 'reapprove' && application.date < (standing[index - 1]?.effective ?? ''))
  const closed = closing && addDays(day(closing.effective), -1)
  return closed !== undefined && closed < until ? closed : day(until)
}

/** Where a grant says nothing else: what the desk work of one officer, and of one family, stays below. */
const NOT_FOUND_PER_USER_PER_HOUR = 30
const SUBJECTS_PER_CASE_PER_DAY = 20

function limitsOf(limits: GrantEntry['limits']): Limits {
  return {
    perMinute: limits.per_minute,
    perDay: limits.per_day,
    perUserPerDay: limits.per_user_per_day,
    concurrent: limits.concurrent,
    notFoundPerUserPerHour: limits.not_found_per_user_per_hour ?? NOT_FOUND_PER_USER_PER_HOUR,
    subjectsPerCasePerDay: limits.subjects_per_case_per_day ?? SUBJECTS_PER_CASE_PER_DAY,
  }
}

function grant(line: GrantEntry, standing: readonly StandingEntry[], rule: Rule): Grant {
  const { id, api, operations, mode, purposes, fields, limits } = line
  return {
    id,
    application: { ...line.application, date: day(line.application.date) },
    approval: { ...line.approval, date: day(line.approval.date) },
    api,
    operations,
    mode,
    purposes,
    fields,
    from: day(line.from),
    until: lastDay(line, standing),
    hours: line.hours === undefined ? allHours : line.hours.flatMap((each) => parseHours(each) ?? []),
    limits: limitsOf(limits),
    ...(line.protected === true && { protectedDocument: line.protected_document ?? '' }),
    rule,
  }
}

/** Delegates in file order, each with itself and those above it. A circle, or an unknown one above, ends the chain: reported elsewhere. */
function delegatesOf(lines: readonly DelegateEntry[], rule: Rule, taken: (line: NetworkEntry) => boolean): Delegate[] {
  const bare = lines.map((line, index): Delegate => {
    const at = `${rule}/delegates/${index}`
    return {
      id: line.id,
      name: line.name,
      under: line.under,
      document: line.document,
      contract: { from: day(line.contract.from), until: day(line.contract.until) },
      grants: line.grants,
      networks: networksOf(line.networks, at, taken),
      credentials: line.credentials.map((each, n) => credential(each, `${at}/credentials/${n}`)),
      chain: [],
      rule: at,
    }
  })
  const byId = new Map(bare.map((each) => [each.id, each]))
  return bare.map((each) => {
    const chain: Delegate[] = []
    for (let at: Delegate | undefined = each; at !== undefined && !chain.includes(at); at = byId.get(at.under)) chain.push(at)
    return { ...each, chain }
  })
}

/** What of a file is a trial: it is read, and opens nothing. */
const onTrial = (line: NetworkEntry | GrantEntry): boolean => line.trial === true

/** @param rule `agencies/<agency>.yaml#` */
export function agencyOf(file: AgencyFile, roster: ReadonlyMap<string, readonly RosterRow[]>, rule: Rule): Agency {
  const real = linesOf(file, roster, rule, (line) => !onTrial(line))
  if (![file, ...file.delegates].some(({ networks }) => networks.some(onTrial)) && !file.grants.some(onTrial)) return real
  const all = linesOf(file, roster, rule, () => true)
  // A grant on trial stands before the one whose place it would take.
  const tried = new Set(file.grants.flatMap((each, index) => (onTrial(each) ? [`${rule}/grants/${index}`] : [])))
  const grants = [...all.grants.filter((each) => tried.has(each.rule)), ...real.grants]
  return { ...real, onTrial: { ...all, grants } }
}

function linesOf(
  file: AgencyFile,
  roster: ReadonlyMap<string, readonly RosterRow[]>,
  rule: Rule,
  taken: (line: NetworkEntry | GrantEntry) => boolean,
): Agency {
  return {
    id: file.id,
    code: file.code,
    name: file.name,
    kind: file.kind,
    standing: file.standing.map(({ effective, action, document }, index) => ({
      effective: day(effective),
      action,
      document,
      rule: `${rule}/standing/${index}`,
    })),
    networks: networksOf(file.networks, rule, taken),
    credentials: file.credentials.map((each, index) => credential(each, `${rule}/credentials/${index}`)),
    delegates: delegatesOf(file.delegates, rule, taken),
    grants: file.grants.flatMap((each, index) => (taken(each) ? [grant(each, file.standing, `${rule}/grants/${index}`)] : [])),
    roster,
    rule,
  }
}
