// calls.ts: the demo's calls, as an agency's system would make them.
import { createHash, randomUUID } from 'node:crypto'
import { importJWK, type JWK, SignJWT } from 'jose'
import { request } from 'undici'
import type { DrawnKeys } from './department.ts'

export interface DemoCall {
  readonly title: string
  readonly titleZh: string
  /** The address that the demo's proxy vouches for. */
  readonly address: string
  readonly credential: string
  readonly subject: string
  readonly user?: string
  readonly fields?: string
  /** Sign an assertion; `again`: send the one before once more. */
  readonly sign?: 'new' | 'again'
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const path = '/low-income/households/status'
const claims = { purpose: 'school-fee-waiver', case: '北市教字第1150000045號', reason: '115學年度學雜費減免審查' }
const education = '203.0.113.5'

/** @param subject an identifier that the sample welfare system knows */
export function demoCalls(subject: string): readonly DemoCall[] {
  const approved = { address: education, credential: 'edu-2026a', subject, user: 'edu-chang' }
  return [
    { ...approved, title: 'an approved call', titleZh: '核可之查詢' },
    { ...approved, title: 'from an address that is not allowed', titleZh: '來源IP未登錄', address: '192.0.2.200' },
    { ...approved, title: 'with a wrong key', titleZh: '金鑰錯誤', credential: 'wrong' },
    {
      ...approved,
      title: 'for a field that is not granted',
      titleZh: '要求未核可之資料項目',
      fields: 'status.category,applicant.birthDate',
    },
    {
      ...approved,
      title: 'by a suspended agency',
      titleZh: '暫停中之機關',
      address: '203.0.113.100',
      credential: 'revenue-2026a',
      user: 'tax-tu',
    },
    { ...approved, title: 'by a user who left', titleZh: '已離職之使用者', user: 'edu-lin' },
    { ...approved, title: 'with a signed assertion', titleZh: '簽章憑證', credential: 'edu-jwt-1', sign: 'new' },
    { ...approved, title: 'with that assertion again', titleZh: '簽章憑證重複使用', credential: 'edu-jwt-1', sign: 'again' },
  ]
}

/** RFC 9651 Display String: what is no ASCII letter or digit, percent-encoded in lower case. */
const display = (text: string): string => `%"${encodeURIComponent(text).replaceAll(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())}"`

/** Makes the calls in turn; one caller, so that an assertion can be tried twice. */
export class DemoCaller {
  readonly #origin: string
  readonly #drawn: DrawnKeys
  readonly #since: number
  #assertion = ''

  /** @param since from when on the gateway takes assertions, milliseconds since 1970 UTC: half a minute ahead at most, which one may be dated */
  constructor(origin: string, drawn: DrawnKeys, since = 0) {
    this.#origin = origin
    this.#drawn = drawn
    this.#since = since
  }

  async call(call: DemoCall): Promise<Answer> {
    const body = JSON.stringify({ nationalId: call.subject })
    const headers = await this.headers(call, body)
    const { statusCode, headers: answered, body: stream } = await request(`${this.#origin}${path}`, { method: 'POST', headers, body })
    return { status: statusCode, headers: answered, body: await stream.text() }
  }

  /** The headers of a call, as a curl command would send them. */
  async headers(call: DemoCall, body: string): Promise<Record<string, string>> {
    const base = {
      'content-type': 'application/json',
      'x-forwarded-for': call.address,
      ...(call.fields !== undefined && { 'linkage-fields': call.fields }),
    }
    if (call.sign !== undefined) {
      if (call.sign === 'new') this.#assertion = await this.#sign(call, body)
      return { ...base, authorization: `Bearer ${this.#assertion}` }
    }
    return {
      ...base,
      authorization: `Bearer ${this.#drawn.keys[call.credential] ?? `lk_${'A'.repeat(43)}`}`,
      'linkage-user': call.user ?? '',
      'linkage-purpose': claims.purpose,
      'linkage-case': display(claims.case),
      'linkage-reason': display(claims.reason),
    }
  }

  async #sign(call: DemoCall, body: string): Promise<string> {
    const jwk: JWK = this.#drawn.signing[call.credential] ?? {}
    const key = await importJWK(jwk, 'EdDSA')
    const bodyDigest = createHash('sha256').update(body).digest('base64url')
    return await new SignJWT({ ...claims, htm: 'POST', htu: `${this.#origin}${path}`, body_sha256: bodyDigest, jti: randomUUID() })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'linkage-assertion+jwt', kid: jwk.kid ?? '' })
      .setIssuer('taipei-education')
      .setSubject(call.user ?? '')
      .setAudience(this.#origin)
      .setIssuedAt(Math.max(Math.floor(Date.now() / 1000), Math.ceil(this.#since / 1000)))
      .setExpirationTime('2m')
      .sign(key)
  }
}
