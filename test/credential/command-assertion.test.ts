// command-assertion.test.ts: who reads records by a command is an auditor, by an assertion that was signed for this one act.
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJWK, type JWK, SignJWT } from 'jose'
import t from 'tap'
import { addDays, civilDateOf } from '../../src/calendar.ts'
import { canonicalJson } from '../../src/canonical.ts'
import { openDepartment } from '../../src/cli/demo/department.ts'
import { type AuditorRefused, auditorKeys, type CommandAct, verifyAuditor } from '../../src/credential/command-assertion.ts'
import { loadFolder } from '../../src/policy/load.ts'
import { Configuration } from '../end-to-end/configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'linkage-auditor-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const { config, drawn } = await openDepartment(folder)
const origin = 'https://linkage.example.gov.tw'
const act: CommandAct = { command: 'log-export', asked: canonicalJson({ agency: 'taipei-education', form: 'csv' }), needsDocument: false }
const now = Date.now()
const seconds = Math.floor(now / 1000)

interface Signed {
  readonly credential?: string
  /** Beside or instead of what an auditor signs; a name set to undefined is left out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: JWK
}

async function sign({ credential = 'ethics-lin', claims = {}, header = {}, key }: Signed = {}): Promise<string> {
  const own: JWK = drawn.signing[credential] ?? {}
  const all = {
    iss: 'ethics-office',
    sub: 'dosw-lin',
    aud: origin,
    iat: seconds,
    exp: seconds + 120,
    jti: randomUUID(),
    htm: 'COMMAND',
    htu: `${origin}/commands/log-export`,
    body_sha256: createHash('sha256').update(act.asked).digest('base64url'),
    reason: '不定期稽核',
    ...claims,
  }
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  const protectedHeader = { alg: 'EdDSA', typ: 'linkage-assertion+jwt', kid: own.kid ?? '', ...header }
  return await new SignJWT(payload).setProtectedHeader(protectedHeader).sign(await importJWK(key ?? own, 'EdDSA'))
}

function rules(change: (configuration: Configuration) => void = () => undefined) {
  change(new Configuration(config))
  const { snapshot, findings } = loadFolder(config)
  if (snapshot === undefined) throw new Error(JSON.stringify(findings))
  return snapshot
}

const moment = { now, today: civilDateOf(now) }
const snapshot = rules()

async function refusal(token: string, of = snapshot, asked = act, at = moment): Promise<string> {
  try {
    await verifyAuditor(token, asked, of, at)
    return 'none'
  } catch (error) {
    const { reason, message } = error as AuditorRefused // nothing else is thrown, or the comparison fails
    if (!message.includes(asked.asked) || !message.includes('"htm": "COMMAND"')) return `not told what was expected: ${message}`
    return reason
  }
}

t.test('R22: an auditor is known by an assertion of their own, with reason and document', async (t) => {
  const token = await sign({ claims: { case: '北市社政字第1150000310號', sub: 'DOSW-LIN' } })
  const auditor = await verifyAuditor(token, act, snapshot, moment)
  t.match(auditor, { kid: 'ethics-lin-1', reason: '不定期稽核', document: '北市社政字第1150000310號', signedAt: seconds * 1000, token })
  t.equal(auditor.agency.id, 'ethics-office')
  t.equal(auditor.user.account, 'dosw-lin', 'the roster’s spelling')
  t.equal(auditor.tokenDigest, createHash('sha256').update(token).digest('hex'))
  t.same(auditorKeys(snapshot), [{ kid: 'ethics-lin-1', alg: 'EdDSA', iss: 'ethics-office' }])
})

t.test('everybody else is refused, and told what was expected', async (t) => {
  const stranger = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const refused: readonly [title: string, signed: Signed, reason: string][] = [
    ['an agency’s manager', { credential: 'edu-chen', claims: { iss: 'taipei-education', sub: 'edu-chang' } }, 'operation-not-granted'],
    ['an agency’s system', { credential: 'assist-jwt-1', claims: { iss: 'social-assistance', sub: 'dosw-chou' } }, 'operation-not-granted'],
    ['another key under the auditor’s name', { key: stranger }, 'credentials-invalid'],
    ['another’s key id', { header: { kid: 'edu-1' } }, 'credentials-invalid'],
    ['a unit that is not there', { claims: { iss: 'nobody' } }, 'credentials-invalid'],
    ['another type of token', { header: { typ: 'JWT' } }, 'credentials-invalid'],
    ['past its end', { claims: { iat: seconds - 20, exp: seconds - 1 } }, 'assertion-mismatch'],
    ['signed long ago', { claims: { iat: seconds - 31 } }, 'assertion-mismatch'],
    ['signed ahead', { claims: { iat: seconds + 40, exp: seconds + 60 } }, 'assertion-mismatch'],
    ['good for too long', { claims: { exp: seconds + 301 } }, 'assertion-mismatch'],
    ['without an end', { claims: { exp: undefined } }, 'assertion-mismatch'],
    ['another origin', { claims: { aud: 'https://other.example' } }, 'assertion-mismatch'],
    ['another command', { claims: { htu: `${origin}/commands/log-open` } }, 'assertion-mismatch'],
    ['a call instead of a command', { claims: { htm: 'GET' } }, 'assertion-mismatch'],
    [
      'another filter',
      { claims: { body_sha256: createHash('sha256').update('{"form":"csv"}').digest('base64url') } },
      'assertion-mismatch',
    ],
    ['no filter', { claims: { body_sha256: undefined } }, 'assertion-mismatch'],
    ['without a number', { claims: { jti: undefined } }, 'assertion-mismatch'],
    ['a number that cannot be recorded', { claims: { jti: 'a b' } }, 'assertion-mismatch'],
    ['a number that is too long', { claims: { jti: 'a'.repeat(65) } }, 'assertion-mismatch'],
    ['a member that nobody knows', { claims: { scope: 'all' } }, 'assertion-mismatch'],
    ['without a reason', { claims: { reason: undefined } }, 'reason-missing'],
    ['a reason that names a person', { claims: { reason: '查 A123456789' } }, 'request-invalid'],
    ['nobody', { claims: { sub: undefined } }, 'user-missing'],
    ['somebody of another unit', { claims: { sub: 'dosw-chou' } }, 'user-unknown'],
  ]
  for (const [title, signed, reason] of refused) t.equal(await refusal(await sign(signed)), reason, title)
  t.equal(await refusal('not.a.token'), 'credentials-invalid')
  t.equal(await refusal((await sign()).slice(0, -2)), 'credentials-invalid')
  t.equal(await refusal(await sign(), snapshot, { ...act, needsDocument: true }), 'case-missing')
})

t.test('what ended, was revoked or is blocked opens nothing', async (t) => {
  const token = await sign()
  t.equal(await refusal(token), 'none')
  const day = addDays(moment.today, 400)
  t.equal(await refusal(token, snapshot, act, { now, today: day }), 'credentials-expired')
  const file = 'agencies/ethics-office.yaml'
  const revoked = rules((of) =>
    of.edit(file, (document) =>
      document.setIn(['credentials', 0, 'revoked'], { at: '2026-11-24T08:00:00+08:00', by: '值班', reason: '遺失' }),
    ),
  )
  t.equal(await refusal(token, revoked), 'credentials-expired')
  const blocks = (target: Record<string, string>) =>
    rules((of) => {
      of.edit(file, (document) => document.deleteIn(['credentials', 0, 'revoked']))
      of.edit('blocks.yaml', (document) =>
        document.set('blocks', [{ ...target, at: '2026-11-24T08:00:00+08:00', by: '值班', reason: '外洩' }]),
      )
    })
  for (const target of [
    { agency: 'ethics-office' },
    { credential: 'ethics-lin' },
    { account: 'dosw-lin', agency: 'ethics-office' },
  ] as Record<string, string>[])
    t.equal(await refusal(token, blocks(target)), 'blocked', JSON.stringify(target))
})
