// logged-call.ts: a recorded call as rules decide it again: the same question, put to other rules.
import type { Code } from '../problems.ts'
import type { Call } from './decide.ts'
import { type Address, hostAddress } from './networks.ts'
import type { Snapshot } from './snapshot.ts'

/** What a `query` entry says of how a call was decided: members as docs/log-format.md names them. */
export interface LoggedCall {
  readonly id: string
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  readonly address: string
  readonly agency: string
  /** Which of a call's records it is, where the call asked about several people. */
  readonly batch?: { readonly at: number; readonly first?: string } | undefined
  readonly delegate?: string | undefined
  readonly credential: string
  readonly api?: string | undefined
  readonly operation?: string | undefined
  readonly user?: string | undefined
  readonly purpose?: string | undefined
  readonly case?: string | undefined
  readonly reason?: string | undefined
  readonly fieldsAsked?: readonly string[] | undefined
  readonly fieldsReleased?: readonly string[] | undefined
  readonly decision: 'permit' | 'deny'
  readonly code: Code
  readonly rule: string
  /** Digest of the rules that decided. */
  readonly policy: string
}

/** Why rules cannot be asked: whoever called is not in them. */
export interface NotThere {
  readonly missing: 'agency' | 'delegate' | 'credential' | 'operation'
  readonly name: string
}

/** Milliseconds that a call may take from its first byte to its record. */
const longest = 60_000

/** When a call was decided, as near as its record says: an entry is dated when it is written, behind the upstream's answer, and midnight or
 *  the end of the hours may lie between. Its id (UUIDv7) bears when it came; one that lies elsewhere in time is no such id, or of another clock. */
export function decidedAt({ at, batch, id }: LoggedCall): number {
  const came = Number.parseInt((batch?.first ?? id).replace('-', '').slice(0, 12), 16)
  return came <= at && at - came <= longest ? came : at
}

/** A recorded call put to some rules. Which optional parameters it gave stands in no record: what `x-reveals` refuses is not seen. */
export function callUnder(policy: Snapshot, logged: LoggedCall): Call | NotThere {
  const agency = policy.agencies.get(logged.agency)
  if (agency === undefined) return { missing: 'agency', name: logged.agency }
  const delegate = agency.delegates.find(({ id }) => id === logged.delegate)
  if (logged.delegate !== undefined && delegate === undefined) return { missing: 'delegate', name: logged.delegate }
  const credential = (delegate ?? agency).credentials.find(({ id }) => id === logged.credential)
  if (credential === undefined) return { missing: 'credential', name: logged.credential }
  const operation = policy.apis.get(logged.api ?? '')?.operations.get(logged.operation ?? '')
  if (operation === undefined && logged.operation !== undefined) return { missing: 'operation', name: `${logged.api}/${logged.operation}` }
  return {
    at: decidedAt(logged),
    address: addressOf(logged.address),
    holder: { agency, credential, ...(delegate !== undefined && { delegate }) },
    operation,
    user: logged.user,
    purpose: logged.purpose,
    case: logged.case,
    reason: logged.reason,
    fields: logged.fieldsAsked,
    supplied: [],
  }
}

/** Addresses that were read last: agencies call from few, and a period holds each of them many times. */
const known = new Map<string, Address>()
const mostKnown = 10_000

/** @throws RangeError for what no entry holds */
function addressOf(text: string): Address {
  const seen = known.get(text)
  if (seen !== undefined) return seen
  const address = hostAddress(text)
  if (address === undefined) throw new RangeError('an entry’s address: expected one in canonical form')
  if (known.size >= mostKnown) known.clear()
  known.set(text, address)
  return address
}
