// snapshot-of.ts: a snapshot from files that have no error, with the lookups that every call needs.
import { type Contents, digested } from './deciding.ts'
import type { GatewayFile } from './schema/gateway.ts'
import type { PurposesFile } from './schema/purposes.ts'
import type {
  Agency,
  Api,
  ApiKeyCredential,
  AssertionCredential,
  Block,
  Credential,
  Delegate,
  Holder,
  Purpose,
  RestDays,
  Snapshot,
} from './snapshot.ts'

export interface Parts {
  readonly apis: readonly Api[]
  readonly purposes: PurposesFile
  readonly agencies: readonly Agency[]
  readonly blocks: readonly Block[]
  readonly restDays: RestDays
  readonly asRead: Snapshot['asRead']
}

const RECORDED_REFUSALS = 60
/** A quarter in each form, gone on with often where the line is bad. */
const DOWNLOADS = 50

/** @param contents every deciding file: what the digest is of */
export function snapshotOf(contents: Contents, { origin, limits }: Pick<GatewayFile, 'origin' | 'limits'>, parts: Parts): Snapshot {
  const { agencies, apis, asRead, blocks, purposes, restDays } = parts
  return {
    ...digested(contents),
    asRead,
    origin,
    apis: new Map(apis.map((each) => [each.id, each])),
    purposes: new Map(purposes.purposes.map((each, index) => [each.code, purposeOf(each, index)])),
    agencies: new Map(agencies.map((each) => [each.id, each])),
    blocks,
    restDays,
    ...lookups(agencies),
    recordedRefusalsPerMinute: limits?.recorded_refusals_per_minute ?? RECORDED_REFUSALS,
    downloadsPerDay: limits?.downloads_per_day ?? DOWNLOADS,
  }
}

function purposeOf(
  { code, title, legal_basis, statutory_duty, specific_purpose }: PurposesFile['purposes'][number],
  index: number,
): Purpose {
  return {
    code,
    title,
    legalBasis: legal_basis,
    statutoryDuty: statutory_duty,
    specificPurpose: specific_purpose,
    rule: `purposes.yaml#/purposes/${index}`,
  }
}

/** Credentials as calls name them: keys by their digest, assertions by their issuer. */
function lookups(agencies: readonly Agency[]): Pick<Snapshot, 'apiKeys' | 'assertionKeys'> {
  const apiKeys = new Map<string, Holder<ApiKeyCredential>>()
  const assertionKeys = new Map<string, Holder<AssertionCredential>[]>()
  const add = (credential: Credential, agency: Agency, delegate?: Delegate): void => {
    const whose = { agency, ...(delegate !== undefined && { delegate }) }
    if (credential.type === 'api-key') apiKeys.set(credential.sha256, { ...whose, credential })
    else {
      const issuer = (delegate ?? agency).id
      assertionKeys.set(issuer, [...(assertionKeys.get(issuer) ?? []), { ...whose, credential }])
    }
  }
  for (const agency of agencies) {
    for (const credential of agency.credentials) add(credential, agency)
    for (const delegate of agency.delegates) for (const credential of delegate.credentials) add(credential, agency, delegate)
  }
  return { apiKeys, assertionKeys }
}
