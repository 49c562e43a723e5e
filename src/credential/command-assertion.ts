// command-assertion.ts: who may read records by a command: an auditor of the department, by an assertion signed for that one act.
import { type Canonical, type DigestHex, sha256 } from '../canonical.ts'
import { atCommand, isAuditors } from '../policy/decide.ts'
import type { Agency, AssertionCredential, Holder, RosterRow, Snapshot } from '../policy/snapshot.ts'
import { problems, Refused } from '../problems.ts'
import { checkBody, type VerifiedAssertion, verifyAssertion } from './assertion.ts'
import type { ReplayStore } from './replay.ts'
import { readToken, recordedJti } from './token.ts'
import type { Moment } from './validity.ts'

/** One act: a command, and what is asked of it. */
export interface CommandAct {
  /** `log-export`. */
  readonly command: string
  /** What the auditor signs, and the entry holds. */
  readonly asked: Canonical
  /** Whether a 文號, or the number of a finding, must be named (claim `case`). */
  readonly needsDocument: boolean
}

export interface Auditor {
  readonly agency: Agency
  readonly credential: AssertionCredential
  readonly kid: string
  readonly user: RosterRow
  readonly reason: string
  readonly document: string | undefined
  readonly jti: string
  /** When it was signed, milliseconds since 1970 UTC. */
  readonly signedAt: number
  readonly token: string
  readonly tokenDigest: DigestHex
}

/** What an assertion must say beside who signs, when and why. */
export const bindingOf = (origin: string, { command, asked }: CommandAct) => ({
  aud: origin,
  htm: 'COMMAND',
  htu: `${origin}/commands/${command}`,
  body_sha256: sha256(asked).toString('base64url'),
})

/** Not an auditor, or not for this act. The message says what was expected, to be signed anew. */
export class AuditorRefused extends Error {
  readonly code = 'auditor-refused'
  /** A reason of the gateway's table. */
  readonly reason: string
  constructor(reason: Refused, act: CommandAct, origin: string) {
    const { title, titleZh } = problems[reason.code]
    const detail = reason.detail === undefined ? '' : `\n  ${reason.detail}`
    super(`${titleZh} [${reason.code}] ${title}${detail}\n${expectedOf(act, origin)}`)
    this.reason = reason.code
  }
}

/** What must be signed for an act, for people who sign it elsewhere. */
export function expectedOf(act: CommandAct, origin: string): string {
  const { aud, htm, htu, body_sha256 } = bindingOf(origin, act)
  return [
    '應為稽核憑證（role: auditor）所簽、只用於本次之 JWT（typ: linkage-assertion+jwt，標頭僅 typ、alg、kid），內容：',
    'Expected a JWT (typ linkage-assertion+jwt; header typ, alg, kid and nothing else), signed by a credential with role: auditor for this act alone, saying',
    `  "aud": "${aud}", "htm": "${htm}", "htu": "${htu}",`,
    `  "body_sha256": "${body_sha256}",`,
    `  "iss": <單位代號 the auditor's unit>, "sub": <帳號 account on its roster>, "reason": <事由>, "case": <文號${act.needsDocument ? '，必填 required' : ''}>,`,
    '  "iat": <簽署時間 now>, "exp": <最長 300 秒 at most 300 s later>, "jti": <不重複 never used before, 1–64 visible ASCII characters>',
    `body_sha256 為下列文字之 SHA-256 of this text, base64url:`,
    `  ${act.asked}`,
  ].join('\n')
}

/** Whether it was used, the log of the commands says, under its lock; here nothing is remembered. */
const notHere: ReplayStore = { since: 0, use: async () => 'fresh' }

/** Verifies an auditor's assertion for one act. That it was not used before is for whoever records the act.
 *  @throws AuditorRefused */
export async function verifyAuditor(text: string, act: CommandAct, snapshot: Snapshot, moment: Moment): Promise<Auditor> {
  const refuse = (refusal: Refused): never => {
    throw new AuditorRefused(refusal, act, snapshot.origin)
  }
  const means = { replay: notHere, certificate: () => undefined, published: { find: async () => undefined } }
  const request = { method: 'COMMAND', target: `/commands/${act.command}`, linkage: {} }
  const verified = await verifyAssertion(text, request, snapshot, moment, means)
  if (verified === undefined) return refuse(new Refused('credentials-invalid', whyNobody(text, snapshot)))
  const { holder, auth, claims, refusal } = verified
  // Who must not read at all is told that, whatever else is wrong.
  if (!isAuditors(holder))
    return refuse(new Refused('operation-not-granted', `${holder.credential.id}: expected a credential with role: auditor`))
  const fault = refusal ?? checkBody(auth, Buffer.from(act.asked))
  if (fault !== undefined) return refuse(fault)
  const row = atCommand(snapshot, { at: moment.now, holder, user: claims.user })
  if ('effect' in row) return refuse(new Refused(row.code, `${holder.agency.id} ${claims.user ?? ''}`.trim()))
  if (claims.reason === undefined) return refuse(new Refused('reason-missing'))
  if (act.needsDocument && claims.case === undefined) return refuse(new Refused('case-missing'))
  const token = readToken(text)
  const jti = recordedJti(token)
  if (jti instanceof Refused) return refuse(jti)
  return auditorOf(verified, row, { jti, reason: claims.reason, signedAt: Number(token?.payload.iat) * 1000 })
}

function auditorOf(
  { holder, auth, claims }: VerifiedAssertion,
  user: RosterRow,
  said: Pick<Auditor, 'jti' | 'reason' | 'signedAt'>,
): Auditor {
  const { agency, credential } = holder
  return { agency, credential, kid: auth.kid, user, document: claims.case, token: auth.token, tokenDigest: auth.tokenDigest, ...said }
}

/** Why nobody's signature stands behind a token: a person at the department may know, other than a caller at the port. */
function whyNobody(text: string, { assertionKeys }: Snapshot): string {
  const token = readToken(text)
  if (token === undefined) return 'expected three parts of base64url, header {typ, alg, kid} and claims in strict JSON'
  const { iss } = token.payload
  const holders = (typeof iss === 'string' && assertionKeys.get(iss)) || []
  if (holders.length === 0) return 'iss: expected a unit that has a signing credential'
  const keys = holders.flatMap(({ credential }) => credential.keys)
  const known = keys.some(({ kid, alg }) => kid === token.kid && alg === token.alg)
  if (!known) return `kid, alg: expected one of ${keys.map(({ kid, alg }) => `${kid} ${alg}`).join(', ')}`
  const bound = holders.some(
    ({ credential }) => credential.certificates !== undefined && credential.keys.some(({ kid }) => kid === token.kid),
  )
  return bound ? 'this credential is bound to certificates, which a command cannot see' : 'the signature does not verify with that key'
}

/** The auditors' keys of these rules, with whose they are. */
export function auditorKeys({ assertionKeys }: Snapshot): readonly { readonly kid: string; readonly alg: string; readonly iss: string }[] {
  const of = (iss: string, holders: readonly Holder<AssertionCredential>[]) =>
    holders.filter(isAuditors).flatMap(({ credential }) => credential.keys.map(({ kid, alg }) => ({ kid, alg, iss })))
  return [...assertionKeys].flatMap(([iss, holders]) => of(iss, holders))
}
