// secrets.test.ts: a gateway in a process of its own, failing in every way that touches a secret: none is printed, none is in its title.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { households } from '../../src/cli/sample-welfare/households.ts'
import { Configuration } from '../end-to-end/configuration.ts'
import { freePort, openPlace, serving } from './gateway-child.ts'

const place = await openPlace(t)
const { department, publicPort, adminPort, database, folder } = place
const configuration = new Configuration(department.config)
const nobody = await freePort()

const upstreamCredential = 'Bearer upstream-7c1f0e5b2a9d4c38'
const credentialFile = join(department.config, 'welfare.credential')
writeFileSync(credentialFile, upstreamCredential, { mode: 0o600 })
configuration.edit('gateway.yaml', (document) => document.setIn(['upstreams', 'welfare', 'credential_file'], 'welfare.credential'))
const url = database.url('linkage_gateway')
const { password } = new URL(url)
const keyDirectory = join(folder, 'department', 'keys')
const keyFiles = readdirSync(keyDirectory).filter((name) => !name.includes('mark'))
/** The secret itself: 64 hex digits of a tag key, the base64 within a PEM. */
const lastLongLine = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.length > 20 && !line.startsWith('-----'))
    .at(-1) ?? ''
/** What must never be seen, and what it is called in a failure of this test. */
const secrets: ReadonlyMap<string, string> = new Map([
  ['the database’s password', password],
  ['the upstream’s credential', 'upstream-7c1f0e5b2a9d4c38'],
  ...Object.entries(department.drawn.keys).map(([id, key]) => [`the API key ${id}`, key.slice(3)] as const),
  ...Object.values(department.drawn.signing).map((jwk, at) => [`the signing key ${at}`, (jwk as { d: string }).d] as const), // a private JWK, drawn by the demo
  ...keyFiles.map((name) => [`the file ${name}`, lastLongLine(readFileSync(join(keyDirectory, name), 'utf8'))] as const),
])

function hides(t: Test, text: string): void {
  for (const [name, secret] of secrets) t.notOk(text.includes(secret), name)
}

t.test('the secrets are there to be shown', async (t) => {
  t.ok(secrets.size >= 8, [...secrets.keys()].join(', '))
  for (const [name, secret] of secrets) t.ok(secret.length >= 20, name)
})

for (const [title, databaseUrl] of [
  ['a database that is away', url.replace(/:\d+\//, `:${nobody}/`)],
  ['a password that is wrong', url.replace(password, `${password}x`)],
  ['a URL that cannot be read', url.replace('postgresql://', 'postgresql//')],
  ['a database that is not there', `${url}-else`],
] as const) {
  t.test(`${title}: it ends by itself, and says why without them`, async (t) => {
    const run = place.serve(databaseUrl)
    t.not(await run.ended, 0)
    t.ok(run.printed().length > 20, run.printed())
    hides(t, run.printed())
  })
}

t.test('key files that others may read: it ends, and names the file alone', async (t) => {
  const [file = ''] = keyFiles
  chmodSync(join(keyDirectory, file), 0o644)
  const run = place.serve(url)
  t.not(await run.ended, 0)
  chmodSync(join(keyDirectory, file), 0o600)
  t.match(run.printed(), /keys-unreadable/)
  hides(t, run.printed())
})

t.test('while it serves, and what it serves fails', async (t) => {
  const run = place.serve(url)
  const origin = `http://127.0.0.1:${publicPort}`
  const caller = new DemoCaller(origin, department.drawn)
  const calls = demoCalls(households[0]?.nationalId ?? '')
  await serving(run)
  for (const call of calls) {
    const answer = await caller.call(call)
    hides(t, JSON.stringify(answer))
  }
  const title = readFileSync(`/proc/${run.child.pid}/cmdline`, 'latin1') + readFileSync(`/proc/${run.child.pid}/comm`, 'latin1')
  hides(t, title)
  hides(t, await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text())
  run.child.kill('SIGTERM')
  t.equal(await run.ended, 0)
  t.match(run.printed(), /"stopping"/)
  hides(t, run.printed())
})
