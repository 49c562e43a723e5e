// decide.ts: the decision on one call: a pure function of the rules and the call.
import { type CivilDate, civilDateOf, minuteOfDay } from '../calendar.ts'
import { foldAccount } from '../identifier.ts'
import type { Refusal } from '../problems.ts'
import { type Address, inNetwork } from './networks.ts'
import type { Agency, Block, Delegate, Grant, Holder, Network, Operation, RosterRow, Rule, Snapshot } from './snapshot.ts'
import { standingOn } from './standing.ts'

/** Everything about a call that decides: who, from where, when, what, for whom, why. */
export interface Call {
  /** Milliseconds since 1970 UTC, never before the last entry of the log. */
  readonly at: number
  readonly address: Address
  readonly holder: Holder
  /** What the route names; absent where it names nothing. */
  readonly operation: Operation | undefined
  readonly user: string | undefined
  readonly purpose: string | undefined
  readonly case: string | undefined
  readonly reason: string | undefined
  /** Field paths that the call asks for; absent: all that is granted. */
  readonly fields: readonly string[] | undefined
  /** Parameters and request properties that the call gives, the subject aside: keys of `Operation.reveals`. */
  readonly supplied: readonly string[]
}

export interface Permit {
  readonly effect: 'permit'
  readonly grant: Grant
  readonly operation: Operation
  readonly user: RosterRow
  /** What may pass: the asked fields, or all that the grant lists of this operation, in the catalogue's order. */
  readonly fields: readonly string[]
  readonly rule: Rule
}

export interface Deny {
  readonly effect: 'deny'
  readonly code: Refusal
  readonly rule: Rule
  /** Names that the caller may be told: fields, members; never a value of the call's subject. */
  readonly detail?: string
  /** How far it got: what the record can say beside the reason. */
  readonly grant?: Grant
  readonly user?: RosterRow
}

export type Decision = Permit | Deny

const deny = (code: Refusal, rule: Rule, more: Omit<Deny, 'effect' | 'code' | 'rule'> = {}): Deny => ({
  effect: 'deny',
  code,
  rule,
  ...more,
})
const runs = (line: { from: CivilDate; until?: CivilDate }, day: CivilDate): boolean =>
  line.from <= day && (line.until === undefined || day <= line.until)

/** Decides one call. The first rule that refuses names the reason: block, standing, network, contract, grant, user, case, reason, fields.
 *  A block can only refuse; an empty list permits nothing. */
export function decide(policy: Snapshot, call: Call): Decision {
  return decided(policy, call, openAt)
}

/** Decides whether what began may go on: as a call, but that hours bind a call when it begins and no longer. Hours tell no grants apart. */
export function decideRunning(policy: Snapshot, call: Call): Decision {
  return decided(policy, call, () => true)
}

function decided(policy: Snapshot, call: Call, open: typeof openAt): Decision {
  const purpose = call.holder.credential.role === 'system' ? 'calls' : 'self-service'
  return barred(policy, call, [purpose]) ?? byGrant(policy, call, civilDateOf(call.at), open)
}

/** What of a call says who comes, whatever is asked. */
export type Comer = Pick<Call, 'at' | 'address' | 'holder' | 'user'>

/** What refuses a caller whatever is asked: a block, its standing, its network, its contract.
 *  @param purposes of the networks from which this may be asked */
export function barred(policy: Snapshot, comer: Comer, purposes: readonly Network['purpose'][]): Deny | undefined {
  const day = civilDateOf(comer.at)
  return (
    blocked(policy, comer) ??
    withoutStanding(comer.holder.agency, day) ??
    fromElsewhere(comer, purposes, day) ??
    withoutContract(comer.holder.delegate, day)
  )
}

/** What refuses somebody at an agency's own records (R11c): they are for its manager, from its networks. A suspended agency audits on, and
 *  so does one whose linkage ended (R20, R21); nobody who left a running one is its manager still. */
export function barredFromOwnRecords(policy: Snapshot, comer: Comer): Deny | undefined {
  const day = civilDateOf(comer.at)
  const { agency, credential, delegate } = comer.holder
  if (credential.role !== 'manager' || delegate !== undefined)
    return deny('operation-not-granted', credential.rule, { detail: 'expected a credential of the agency itself with role: manager' })
  const { standing, rule } = standingOn(agency, day)
  const left = onRoster(agency, undefined, comer.user, day)
  return (
    blocked(policy, comer) ??
    (standing === 'not-approved' ? deny('agency-not-approved', rule) : undefined) ??
    fromElsewhere(comer, ['calls', 'self-service'], day) ??
    (standing !== 'terminated' && 'effect' in left && left.code === 'user-inactive' ? left : undefined)
  )
}

/** Whether a credential is an auditor's (R22): of the department itself; nobody who works for it reads what was asked about whom. */
export const isAuditors = ({ credential, delegate }: Holder): boolean => credential.role === 'auditor' && delegate === undefined

/** What refuses an auditor at a command, whatever is asked: a block, the standing, the contract, the roster. No network: whoever runs a
 *  command stands on the machine.
 *  @returns the user's row of the roster, or what refuses */
export function atCommand(policy: Snapshot, comer: Omit<Comer, 'address'>): RosterRow | Deny {
  const day = civilDateOf(comer.at)
  const { agency, delegate } = comer.holder
  return (
    blocked(policy, { ...comer, address: undefined }) ??
    withoutStanding(agency, day) ??
    withoutContract(delegate, day) ??
    onRoster(agency, delegate, comer.user, day)
  )
}

function onRoster(agency: Agency, delegate: Delegate | undefined, user: string | undefined, day: CivilDate): RosterRow | Deny {
  const roster = `${delegate?.rule ?? agency.rule}/roster`
  if (user === undefined) return deny('user-missing', roster)
  const rows = (agency.roster.get(foldAccount(user)) ?? []).filter((each) => each.delegate === delegate?.id)
  const [known] = rows
  if (known === undefined) return deny('user-unknown', roster)
  return rows.find((each) => runs(each, day)) ?? deny('user-inactive', known.rule, { user: known })
}

function blocked(policy: Snapshot, call: WhoComes): Deny | undefined {
  const block = policy.blocks.find((each) => hits(each, call))
  return block === undefined ? undefined : deny('blocked', block.rule)
}

/** Without an address: at a command. */
type WhoComes = Omit<Comer, 'address'> & { readonly address: Address | undefined }

function hits({ target }: Block, { address, holder, user }: WhoComes): boolean {
  const { agency, credential, delegate } = holder
  switch (target.kind) {
    case 'agency':
      return target.id === agency.id
    case 'delegate':
      return delegate?.chain.some((each) => each.id === target.id) ?? false
    case 'credential':
      return target.id === credential.id
    case 'account':
      return user !== undefined && target.agency === agency.id && foldAccount(target.account) === foldAccount(user)
    case 'network':
      return address !== undefined && inNetwork(address, target)
  }
}

function withoutStanding(agency: Agency, day: CivilDate): Deny | undefined {
  const { standing, rule } = standingOn(agency, day)
  return standing === 'approved' ? undefined : deny(standing === 'not-approved' ? 'agency-not-approved' : `agency-${standing}`, rule)
}

function fromElsewhere({ address, holder }: Comer, purposes: readonly Network['purpose'][], day: CivilDate): Deny | undefined {
  const networks: readonly Network[] = (holder.delegate ?? holder.agency).networks
  const open = networks.some((each) => purposes.includes(each.purpose) && runs(each, day) && inNetwork(address, each))
  return open ? undefined : deny('network-not-allowed', `${(holder.delegate ?? holder.agency).rule}/networks`)
}

/** R19: the contract of a delegate, and of each above it, must run. */
function withoutContract(delegate: Delegate | undefined, day: CivilDate): Deny | undefined {
  const ended = delegate?.chain.find((each) => !runs(each.contract, day))
  return ended === undefined ? undefined : deny('grant-not-valid', `${ended.rule}/contract`)
}

/** The steps by which grants are told apart, in order. Grants are never united: where several stand, they differ by one of these. */
function byGrant(policy: Snapshot, call: Call, day: CivilDate, open: typeof openAt): Decision {
  const { agency, credential, delegate } = call.holder
  const { operation, purpose } = call
  const all = `${delegate?.rule ?? agency.rule}/grants`
  if (operation === undefined || credential.role !== 'system') return deny('operation-not-granted', all)
  const ofOperation = agency.grants.filter(
    (each) => each.api === operation.api && each.operations.includes(operation.id) && (delegate === undefined || mayUse(delegate, each)),
  )
  if (ofOperation.length === 0) return deny('operation-not-granted', all)
  const ofMode = ofOperation.filter((each) => each.mode === credential.mode && operation.modes.includes(each.mode))
  if (ofMode.length === 0) return deny('operation-not-granted', `${credential.rule}/mode`)
  const inForce = ofMode.filter((each) => runs(each, day))
  const [nearest] = inForce.length > 0 ? inForce : ofMode
  if (inForce.length === 0 || nearest === undefined) return deny('grant-not-valid', `${nearest?.rule ?? all}/until`)
  if (purpose === undefined) return deny('purpose-missing', `${nearest.rule}/purposes`, { grant: nearest })
  const ofPurpose = inForce.filter((each) => each.purposes.includes(purpose))
  const [grant] = ofPurpose
  if (grant === undefined) return deny('purpose-not-granted', `${nearest.rule}/purposes`, { grant: nearest })
  if (!open(policy, grant, call.at, day)) return deny('outside-hours', `${grant.rule}/hours`, { grant })
  return byUser(call, grant, operation, day)
}

/** Every delegate of the chain must be allowed the grant: a sub-delegate never gets more than the one above it. */
const mayUse = (delegate: Delegate, grant: Grant): boolean => delegate.chain.every((each) => each.grants.includes(grant.id))

function openAt(policy: Snapshot, grant: Grant, at: number, day: CivilDate): boolean {
  const minute = minuteOfDay(at)
  const restDays = policy.restDays.get(Number(day.slice(0, 4)))
  return grant.hours.some(({ days, from, until }) => {
    if (minute < from || minute >= until) return false
    // A year without a calendar is unknown: neither a working day nor a rest day.
    return days === 'all' || (restDays !== undefined && restDays.has(day) === (days === 'restdays'))
  })
}

function byUser(call: Call, grant: Grant, operation: Operation, day: CivilDate): Decision {
  const { agency, delegate } = call.holder
  const user = onRoster(agency, delegate, call.user, day)
  return 'effect' in user ? { ...user, grant } : byRequest(call, grant, operation, user)
}

function byRequest(call: Call, grant: Grant, operation: Operation, user: RosterRow): Decision {
  const far = { grant, user }
  if (operation.requires.assertion && call.holder.credential.type !== 'assertion') {
    return deny('operation-not-granted', `${operation.rule}/x-linkage/requires`, {
      ...far,
      detail: 'this operation requires a signed assertion',
    })
  }
  if (operation.requires.case && call.case === undefined) return deny('case-missing', `${operation.rule}/x-linkage/requires`, far)
  if (call.case !== undefined && operation.casePattern?.test(call.case) === false) {
    return deny('case-malformed', `${operation.rule}/x-linkage/case_pattern`, far)
  }
  if (operation.requires.reason && call.reason === undefined) return deny('reason-missing', `${operation.rule}/x-linkage/requires`, far)
  return byFields(call, grant, operation, user)
}

function byFields(call: Call, grant: Grant, operation: Operation, user: RosterRow): Decision {
  const granted = grantedFields(grant, operation)
  const beyond = call.fields?.filter((each) => !granted.includes(each)) ?? []
  const revealing = call.supplied.filter((each) => operation.reveals.get(each)?.every((path) => granted.includes(path)) !== true)
  if (beyond.length > 0 || revealing.length > 0) {
    return deny('fields-not-granted', `${grant.rule}/fields`, { grant, user, detail: [...beyond, ...revealing].join(', ') })
  }
  const asked = call.fields
  const fields = asked === undefined ? granted : granted.filter((each) => asked.includes(each))
  // What cannot be provided yet is refused last: who is not entitled is told that first.
  const notYet = notProvided(grant, operation, fields)
  if (notYet !== undefined) return deny('mode-not-available', notYet, { grant, user })
  return { effect: 'permit', grant, operation, user, fields, rule: grant.rule }
}

/** The rule that asks for what is not built yet. */
function notProvided(grant: Grant, { answer, rule }: Operation, fields: readonly string[]): Rule | undefined {
  if (grant.mode === 'online') return `${grant.rule}/mode`
  // Rows of protected persons never pass in a file, and are left out of lines and rows alone.
  if (grant.mode === 'file' && answer.protectedMarker !== undefined && answer.mediaType === 'application/json')
    return `${rule}/x-linkage/protected`
  // Who stands in a file is recorded as it leaves; where they do not leave, nothing would say whom it is about.
  if (answer.mediaType !== 'application/json' && answer.subjects.some(({ path }) => !fields.includes(path)))
    return `${rule}/x-linkage/answerSubjects`
  return undefined
}

const granted = new WeakMap<Grant, Map<Operation, readonly string[]>>()

/** What a grant means for one of its operations: the intersection with what the operation declares, in the catalogue's order.
 *  Remembered per pair of immutable objects: the same function, faster. */
export function grantedFields(grant: Grant, operation: Operation): readonly string[] {
  const ofGrant = granted.get(grant) ?? new Map<Operation, readonly string[]>()
  granted.set(grant, ofGrant)
  const fields = ofGrant.get(operation) ?? [...operation.answer.sensitivity.keys()].filter((each) => grant.fields.includes(each))
  ofGrant.set(operation, fields)
  return fields
}
