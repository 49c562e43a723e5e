// credential.test.ts: credentials by commands: public keys that agencies bring, keys that follow others, and what is refused.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findApiKey } from '../../src/credential/api-key.ts'
import { loadFolder } from '../../src/policy/load.ts'
import { AGENCY, edit, type Files } from '../policy/good-folder.ts'
import { added, agencyOf, folderOf, refuses, run, text } from './typed-commands.ts'

const drawn = {
  ed25519: generateKeyPairSync('ed25519'),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  small: generateKeyPairSync('rsa', { modulusLength: 1024 }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
}

/** A file that an agency handed over. */
function handedOver(t: Test, content: string): string {
  const folder = join(t.testdirName, 'handed-over')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'key'), content)
  return join(folder, 'key')
}
const pem = ({ publicKey }: { publicKey: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer } }): string =>
  String(publicKey.export({ type: 'spki', format: 'pem' }))
const credentialOf = (folder: string, id: string) => agencyOf(folder).credentials.find((each) => each.id === id)

t.test('the agency’s own public key is taken as it comes: PEM, JWK, JWKS; no key is shown', async (t) => {
  const folder = folderOf(t)
  const jwk = drawn.p256.publicKey.export({ format: 'jwk' })
  const given: readonly (readonly [string, string, object])[] = [
    ['edu-pem', pem(drawn.ed25519), { kty: 'OKP', alg: 'EdDSA' }],
    ['edu-jwks', JSON.stringify({ keys: [{ ...jwk, kid: 'edu-2027', use: 'sig' }] }), { kty: 'EC', alg: 'ES256', kid: 'edu-2027' }],
    ['edu-rsa', pem(drawn.rsa), { kty: 'RSA', alg: 'PS256' }],
  ]
  for (const [id, content, key] of given) {
    const before = text(folder)
    const out = await run(folder, `credential issue education --id ${id} --public-key ${handedOver(t, content)} --yes`)
    t.notMatch(out, /lk_/)
    t.equal(added(t, before, text(folder)).length, 1)
    t.match(credentialOf(folder, id), { type: 'assertion', mode: 'api', keys: [key], issued: '2026-11-24', expires: '2027-11-23' })
  }
  const manager = handedOver(t, JSON.stringify(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })))
  await run(folder, `credential issue education --id edu-chen-2 --role manager --public-key ${manager} --yes`)
  t.match(credentialOf(folder, 'edu-chen-2'), { role: 'manager', mode: undefined })
})

t.test('R8: a key follows another: both open until the old one’s last day, the new one is shown once', async (t) => {
  const folder = folderOf(t)
  const out = await run(folder, 'credential rotate education --id edu-key --yes')
  t.match(out, /－ 憑證 edu-key 期間縮短 2026-02-01–2027-01-31 → 2026-02-01–2026-12-24/)
  t.match(out, /＋ 新增憑證 edu-key-2（至 2027-11-23）/)
  t.match(out, /edu-key 至 2026-12-24 止，edu-key-2 自今日起/)
  const key = /^lk_\S{43}$/m.exec(out)?.[0] ?? ''
  t.notMatch(text(folder), key)
  t.match(text(folder), `sha256: ${createHash('sha256').update(key).digest('hex')}`)
  t.match(credentialOf(folder, 'edu-key-2'), { role: 'system', mode: 'api', issued: '2026-11-24' })
  const { snapshot } = loadFolder(folder)
  t.equal(snapshot && findApiKey(key, snapshot)?.credential.id, 'edu-key-2')
  t.match(await run(folder, 'credential rotate education --id edu-key-2 --old-until 2026-11-24 --yes'), /edu-key-3 自今日起/)
})

t.test('the overlap ends no later than the old key did', async (t) => {
  const folder = folderOf(t, ending('2026-12-01'))
  await run(folder, 'credential rotate education --id edu-key --new-id edu-next --yes')
  t.equal(credentialOf(folder, 'edu-key')?.expires, '2026-12-01')
  t.ok(credentialOf(folder, 'edu-next'))
})

t.test('a new key is bound to certificates as the old one is, and a manager’s stays a manager’s', async (t) => {
  const bound = 'A'.repeat(43)
  const gateway = {
    ...edit(
      'gateway.yaml',
      '  public: {host: 127.0.0.1, port: 8080}',
      '  public: {host: 127.0.0.1, port: 8080, tls: {certificate: c.pem, key: k.pem, client_certificates: true}}',
    ),
    ...edit(AGENCY, '    type: api-key\n', `    type: api-key\n    certificates: [${bound}]\n`),
  }
  const folder = folderOf(t, gateway)
  await run(folder, 'credential rotate education --id edu-key --yes')
  t.same(credentialOf(folder, 'edu-key-2')?.certificates, [bound])
  await run(folder, `credential rotate education --id edu-chen --public-key ${handedOver(t, pem(drawn.ed25519))} --yes`)
  t.match(credentialOf(folder, 'edu-chen-2'), { role: 'manager', mode: undefined, type: 'assertion' })
  t.equal(credentialOf(folder, 'edu-chen')?.expires, '2026-12-24')
})

t.test('from an API key to the agency’s own key', async (t) => {
  const folder = folderOf(t)
  const out = await run(
    folder,
    `credential rotate education --id edu-key --new-id edu-own --public-key ${handedOver(t, pem(drawn.p256))} --yes`,
  )
  t.notMatch(out, /lk_/)
  t.match(credentialOf(folder, 'edu-own'), { type: 'assertion', mode: 'api', keys: [{ alg: 'ES256' }] })
})

function ending(day: string): Files {
  return edit(AGENCY, 'expires: 2027-01-31\n  - id: edu-jwt', `expires: ${day}\n  - id: edu-jwt`)
}
const revoked = edit(AGENCY, '    expires: 2027-01-31\n  - id: edu-jwt', '    expires: 2027-01-31\n    revoked: {at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n  - id: edu-jwt') // biome-ignore format: short

// biome-ignore format: a table
refuses(t, [
  ['a rotation of what is not there', 'credential rotate education --id edu-kee --yes', /是否為 edu-key？/],
  ['a rotation that prolongs the old key', 'credential rotate education --id edu-key --old-until 2027-02-01 --yes', /至遲 2027-01-31/],
  ['a rotation that ends the old key in the past', 'credential rotate education --id edu-key --old-until 2026-11-23 --yes', /credential revoke/],
  ['a rotation of an agency’s own key without another', 'credential rotate education --id edu-jwt --yes', /--public-key/],
  ['a manager’s API key', 'credential issue education --id edu-m --role manager --yes', /API 金鑰不能證明是誰/],
  ['a new id that is taken', 'credential rotate education --id edu-key --new-id edu-jwt --yes', /\[duplicate-id\]/],
  ['a public key that is not there', 'credential issue education --id edu-m --public-key /nowhere/key --yes', /無法讀取/],
  ['an opening that nobody agreed to', 'credential rotate education --id edu-key', /--yes/],
])
refuses(t, [['a rotation of a revoked key', 'credential rotate education --id edu-key --yes', /已註銷/]], revoked)
refuses(
  t,
  [['a rotation of a key that has ended', 'credential rotate education --id edu-key --yes', /2026-11-23 已到期/]],
  ending('2026-11-23'),
)

t.test('a private key is refused and not shown; so is what is no key of an accepted kind', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  const priv = drawn.ed25519.privateKey
  const secret = String(priv.export({ format: 'jwk' }).d)
  const rows: readonly (readonly [string, RegExp])[] = [
    [String(priv.export({ type: 'pkcs8', format: 'pem' })), /這是私鑰/],
    [JSON.stringify(priv.export({ format: 'jwk' })), /這是私鑰/],
    [JSON.stringify({ keys: [priv.export({ format: 'jwk' })] }), /這是私鑰/],
    [JSON.stringify({ kty: 'oct', k: 'AAAA' }), /這是私鑰/],
    [pem(drawn.small), /應為 Ed25519/],
    [pem(drawn.p384), /應為 Ed25519/],
    [JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }), /應為 Ed25519/],
    [JSON.stringify({ keys: [] }), /應為 Ed25519/],
    ['{', /應為 Ed25519/],
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA', /應為 Ed25519/],
    ['', /應為 Ed25519/],
    ['x'.repeat(70_000), /應為 Ed25519/],
  ]
  for (const [content, message] of rows) {
    const file = handedOver(t, content)
    const error: unknown = await run(folder, `credential issue education --id edu-own --public-key ${file} --yes`).catch((each) => each)
    t.match(error, { code: 'folder-invalid', message })
    t.notMatch(String(error), secret)
    t.equal(text(folder), before)
  }
})
