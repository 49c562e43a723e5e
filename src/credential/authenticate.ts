// authenticate.ts: who calls: nobody known, or an agency, from here on named in every record of this call.
import type { Holder, Snapshot } from '../policy/snapshot.ts'
import { Refused } from '../problems.ts'
import { findApiKey, isApiKey } from './api-key.ts'
import { type AssertionAuth, type BoundRequest, type Means, verifyAssertion } from './assertion.ts'
import { boundTo } from './certificate.ts'
import type { Claims } from './claims.ts'
import { readClaims } from './linkage-headers.ts'
import { lapsed, type Moment } from './validity.ts'

export interface ApiKeyAuth {
  readonly type: 'api-key'
  /** Thumbprint of the certificate that the key was used with; absent where it is bound to none. */
  readonly certificate?: string
}
export type Auth = ApiKeyAuth | AssertionAuth

/** An identified caller. With an API key the claims are what the agency's system says; with an assertion its user signed them. */
export interface Caller {
  readonly holder: Holder
  /** Fit for a record, each of them. */
  readonly claims: Claims
  readonly auth: Auth
}

/** Not identified: answered alike for whichever reason, recorded in aggregate. Identified: a refusal, if any, is recorded
 *  under the caller's agency and told plainly. */
export type Authentication =
  | { readonly identified: false; readonly refusal: Refused }
  | { readonly identified: true; readonly caller: Caller; readonly refusal?: Refused }

export interface PresentedRequest extends BoundRequest {
  /** The Authorization header as it came. */
  readonly authorization?: string | undefined
}

/** SPEC RFC 6750 §2.1, with the scheme in any case (RFC 9110 §11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i

/** Finds out who calls. The form of the credential decides how: an API key or a signed assertion, never one after the other. */
export async function authenticate(request: PresentedRequest, snapshot: Snapshot, moment: Moment, means: Means): Promise<Authentication> {
  if (request.authorization === undefined) return { identified: false, refusal: new Refused('credentials-missing') }
  const credential = BEARER.exec(request.authorization)?.[1] ?? ''
  if (isApiKey(credential)) {
    const holder = findApiKey(credential, snapshot)
    const bound = holder && boundTo(holder.credential, means.certificate, moment.now)
    if (holder !== undefined && bound !== undefined) return byApiKey(holder, request, moment, bound)
  } else {
    const verified = await verifyAssertion(credential, request, snapshot, moment, means)
    if (verified !== undefined) {
      const { holder, claims, auth, refusal } = verified
      return { identified: true, caller: { holder, claims, auth }, ...(refusal !== undefined && { refusal }) }
    }
  }
  return { identified: false, refusal: new Refused('credentials-invalid') }
}

function byApiKey(holder: Holder, request: PresentedRequest, { today }: Moment, bound: Pick<ApiKeyAuth, 'certificate'>): Authentication {
  const read = readClaims(request.linkage)
  const refusal = lapsed(holder.credential, today) ? new Refused('credentials-expired') : read.refusal
  return {
    identified: true,
    caller: { holder, claims: read.claims, auth: { type: 'api-key', ...bound } },
    ...(refusal !== undefined && { refusal }),
  }
}
