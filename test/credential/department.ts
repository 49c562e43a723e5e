// department.ts: a snapshot with two agencies, a delegate and their credentials, and the assertions that their users sign.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { CivilDate } from '../../src/calendar.ts'
import { type Canonical, sha256, sha256Hex } from '../../src/canonical.ts'
import { drawApiKey } from '../../src/credential/api-key.ts'
import type { BoundRequest, Means } from '../../src/credential/assertion.ts'
import type { ReadCertificate } from '../../src/credential/certificate.ts'
import type { PublishedKeys } from '../../src/credential/published-keys.ts'
import type { ReplayStore } from '../../src/credential/replay.ts'
import type { Moment } from '../../src/credential/validity.ts'
import type { Agency, ApiKeyCredential, AssertionCredential, Delegate, Holder, PublicJwk, Snapshot } from '../../src/policy/snapshot.ts'

export const ORIGIN = 'https://linkage.example.gov.tw'
export const NOW = Date.parse('2026-11-24T04:00:00Z')
export const day = (text: string): CivilDate => text as CivilDate // days of tests are written as such
export const moment: Moment = { now: NOW, today: day('2026-11-24') }

export interface Signer {
  readonly jwk: PublicJwk
  readonly privateKey: KeyObject
}

export function drawSigner(alg: PublicJwk['alg'], kid: string): Signer {
  const { publicKey, privateKey } =
    alg === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { jwk: { ...publicKey.export({ format: 'jwk' }), alg, kid } as PublicJwk, privateKey } // kty is one of the three by construction
}

const period = { issued: day('2026-01-01'), expires: day('2026-12-31') }

function agency(id: string): Agency {
  const lists = { standing: [], networks: [], credentials: [], delegates: [], grants: [] }
  return { id, code: '379110000E', name: id, kind: 'linked-agency', ...lists, roster: new Map(), rule: `agencies/${id}.yaml#` }
}

export const education = agency('taipei-education')
export const health = agency('taipei-health')
export const vendor: Delegate = {
  id: 'edu-vendor',
  name: 'edu-vendor',
  under: education.id,
  document: '北市教字第1150000077號',
  contract: { from: day('2026-01-01'), until: day('2026-12-31') },
  grants: [],
  networks: [],
  credentials: [],
  chain: [],
  rule: 'agencies/taipei-education.yaml#/delegates/0',
}

export const signers = {
  eddsa: drawSigner('EdDSA', 'edu-1'),
  es256: drawSigner('ES256', 'edu-2'),
  ps256: drawSigner('PS256', 'edu-3'),
  vendor: drawSigner('EdDSA', 'vendor-1'),
  health: drawSigner('EdDSA', 'health-1'),
  expired: drawSigner('EdDSA', 'edu-old'),
  stranger: drawSigner('EdDSA', 'edu-1'),
}

export const keys = { education: drawApiKey(), vendor: drawApiKey(), expired: drawApiKey(), revoked: drawApiKey(), future: drawApiKey() }

export function apiKey(id: string, sha256: ApiKeyCredential['sha256'], more: Partial<ApiKeyCredential> = {}): ApiKeyCredential {
  return { id, type: 'api-key', role: 'system', mode: 'api', sha256, ...period, rule: `#/credentials/${id}`, ...more }
}

export function assertionCredential(id: string, jwks: readonly PublicJwk[], more: Partial<AssertionCredential> = {}): AssertionCredential {
  return { id, type: 'assertion', role: 'system', mode: 'api', keys: jwks, ...period, rule: `#/credentials/${id}`, ...more }
}

const { eddsa, es256, ps256 } = signers
const apiKeys: readonly Holder<ApiKeyCredential>[] = [
  { agency: education, credential: apiKey('edu-2026a', keys.education.sha256) },
  { agency: education, delegate: vendor, credential: apiKey('vendor-2026a', keys.vendor.sha256) },
  { agency: education, credential: apiKey('edu-2025a', keys.expired.sha256, { expires: day('2026-11-23') }) },
  {
    agency: education,
    credential: apiKey('edu-lost', keys.revoked.sha256, { revoked: { at: '2026-11-01T00:00:00Z', by: '1234', reason: 'lost' } }),
  },
  { agency: education, credential: apiKey('edu-2027a', keys.future.sha256, { issued: day('2026-11-25') }) },
]

export const snapshot: Snapshot = {
  digest: sha256Hex('{}'),
  bytes: '{}' as Canonical, // its canonical form by inspection
  files: new Map(),
  texts: new Map(),
  asRead: new Map(),
  origin: ORIGIN,
  apis: new Map(),
  purposes: new Map(),
  agencies: new Map([education, health].map((each) => [each.id, each])),
  blocks: [],
  restDays: new Map(),
  apiKeys: new Map(apiKeys.map((holder) => [holder.credential.sha256, holder])),
  assertionKeys: new Map([
    [
      education.id,
      [
        { agency: education, credential: assertionCredential('edu-jwt', [eddsa.jwk, es256.jwk, ps256.jwk]) },
        { agency: education, credential: assertionCredential('edu-jwt-old', [signers.expired.jwk], { expires: day('2026-11-23') }) },
      ],
    ],
    [vendor.id, [{ agency: education, delegate: vendor, credential: assertionCredential('vendor-jwt', [signers.vendor.jwk]) }]],
    [health.id, [{ agency: health, credential: assertionCredential('health-jwt', [signers.health.jwk]) }]],
  ]),
  recordedRefusalsPerMinute: 60,
  downloadsPerDay: 50,
}

export const BODY = Buffer.from('{"nationalId":"A123456789"}')
export const request: BoundRequest = { method: 'POST', target: '/low-income/v1/households/status?month=2026-11', linkage: {} }

let drawn = 0

export function payload(more: Record<string, unknown> = {}): Record<string, unknown> {
  const seconds = NOW / 1000
  return {
    iss: education.id,
    aud: ORIGIN,
    sub: 'wang.hm',
    iat: seconds,
    exp: seconds + 60,
    jti: `jti-${++drawn}`,
    purpose: 'school-fee-waiver',
    case: '115-0001',
    reason: '學雜費減免審查',
    htm: request.method,
    htu: `${ORIGIN}${request.target}`,
    body_sha256: sha256(BODY).toString('base64url'),
    ...more,
  }
}

export const base64url = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A compact JWS over any header and payload, right or wrong (text is taken as it is). */
export function compact(signer: Signer, header: unknown, claims: unknown): string {
  const input = `${base64url(header)}.${base64url(claims)}`
  return `${input}.${signatureOf(signer, input)}`
}

export function signatureOf({ jwk, privateKey }: Signer, input: string): string {
  const data = Buffer.from(input)
  if (jwk.alg === 'EdDSA') return sign(null, data, privateKey).toString('base64url')
  if (jwk.alg === 'ES256') return sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  return sign('sha256', data, { key: privateKey, padding: 6, saltLength: 32 }).toString('base64url') // 6: RSA_PKCS1_PSS_PADDING
}

export const header = ({ jwk }: Signer, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  typ: 'linkage-assertion+jwt',
  alg: jwk.alg,
  kid: jwk.kid,
  ...more,
})

export function assertion(more: Record<string, unknown> = {}, signer: Signer = eddsa): string {
  return compact(signer, header(signer), payload(more))
}

/** What telling who calls needs beside the rules; nobody publishes keys, and no connection shows a certificate, unless it is said. */
export const means = (
  replay: ReplayStore,
  certificate: ReadCertificate = () => undefined,
  published: PublishedKeys = { find: async () => undefined },
): Means => ({ replay, certificate, published })
