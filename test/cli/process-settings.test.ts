// process-settings.test.ts: what is not served with, though the folder passes its check.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openDepartment } from '../../src/cli/demo/department.ts'
import { type Loaded, processSettings } from '../../src/cli/process-settings.ts'
import { loadFolder } from '../../src/policy/load.ts'

const example = join(import.meta.dirname, '..', '..', 'config')
const url = 'postgresql://linkage_gateway:x@127.0.0.1:5432/linkage'
const folder = mkdtempSync(join(tmpdir(), 'linkage-settings-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

function loaded(from: string): Loaded {
  const { gateway, audit, snapshot } = loadFolder(from)
  if (gateway === undefined || audit === undefined || snapshot === undefined) throw new Error('the folder does not load')
  return { gateway, audit, snapshot }
}
const inProduction = (found: Loaded): Loaded => ({ ...found, gateway: { ...found.gateway, environment: 'production' } })

t.test('production opens with no credential of the published example, however it is written', async (t) => {
  const spellings: Record<string, (text: string) => string> = {
    plain: (text) => text,
    'in single quotes': (text) => text.replaceAll(/(sha256|x): *"?([A-Za-z0-9_-]{40,})"?/g, "$1: '$2'"),
    'in double quotes, its name too': (text) => text.replaceAll(/(sha256|x): *"?([A-Za-z0-9_-]{40,})"?/g, '"$1": "$2"'),
  }
  for (const [name, spell] of Object.entries(spellings)) {
    const copy = join(folder, name.replaceAll(' ', '-'))
    cpSync(example, copy, { recursive: true })
    for (const file of readdirSync(join(copy, 'agencies'))) {
      const path = join(copy, 'agencies', file)
      writeFileSync(path, spell(readFileSync(path, 'utf8')))
    }
    t.throws(() => processSettings(copy, inProduction(loaded(copy)), url), { code: 'settings', message: /published example/ }, name)
  }
})

t.test('with keys of its own it does; without a database of its own it says so', async (t) => {
  const { config } = await openDepartment(join(folder, 'department'))
  const found = inProduction(loaded(config))
  t.equal(processSettings(config, found, url).admission.onlyProxies, false)
  const database = { ...found.gateway.database, embedded: false }
  const without = { ...found, gateway: { ...found.gateway, database } }
  t.throws(() => processSettings(config, without, undefined), { code: 'settings', message: /DATABASE_URL/ })
})

t.test('off loopback there is TLS, or a proxy that terminates it and is the only one heard', async (t) => {
  const { config } = await openDepartment(join(folder, 'department'))
  const found = loaded(config)
  const at = (listener: object, more: object = {}): Loaded => ({
    ...found,
    gateway: {
      ...found.gateway,
      environment: 'production',
      listeners: { ...found.gateway.listeners, public: { host: '192.0.2.1', port: 0, ...listener } },
      ...more,
    } as Loaded['gateway'], // one listener of another kind: everything else is as the folder has it
  })
  t.throws(() => processSettings(config, at({}), url), { code: 'settings', message: /tls/ })
  const { trusted_proxies: _, ...alone } = at({ tls: 'terminated' }).gateway
  t.throws(() => processSettings(config, { ...found, gateway: alone }, url), { code: 'settings', message: /trusted_proxies/ })
  t.equal(processSettings(config, at({ tls: 'terminated' }), url).admission.onlyProxies, true)
  t.throws(
    () => processSettings(config, { ...found, gateway: { ...at({}).gateway, environment: 'demo' } }, url),
    { code: 'settings', message: /loopback/ },
    'a demo listens on loopback only',
  )
})

t.test('a slot names a log for ever: nothing but a whole number from 1 to 64', async (t) => {
  const { config } = await openDepartment(join(folder, 'department'))
  const found = loaded(config)
  const { slot: _, ...gateway } = found.gateway
  t.teardown(() => {
    delete process.env.LINKAGE_SLOT
  })
  for (const wrong of ['', '0', '01', '65', '../x', ' 1', '1e1']) {
    process.env.LINKAGE_SLOT = wrong
    t.throws(() => processSettings(config, { ...found, gateway }, url), { code: 'settings', message: /LINKAGE_SLOT/ }, wrong)
  }
  process.env.LINKAGE_SLOT = '64'
  t.equal(processSettings(config, { ...found, gateway }, url).log.slot, '64')
})

t.test('an admin port off loopback opens to a token, over TLS; a token that could be guessed is none', async (t) => {
  const { config } = await openDepartment(join(folder, 'department'))
  const found = loaded(config)
  const file = join(folder, 'token')
  const at = (admin: object, token = 'a'.repeat(32), mode = 0o600): (() => unknown) => {
    rmSync(file, { force: true })
    writeFileSync(file, token, { mode })
    const listeners = { ...found.gateway.listeners, admin: { host: '192.0.2.1', port: 0, ...admin } }
    return () => processSettings(config, { ...found, gateway: { ...found.gateway, environment: 'production', listeners } }, url).admin
  }
  const tls = { certificate: 'c.pem', key: 'k.pem' }
  for (const admin of [{}, { tls }, { token_file: file }]) t.throws(at(admin), { code: 'settings', message: /tls and token_file/ })
  t.match(at({ tls, token_file: file })(), { host: '192.0.2.1', token: 'a'.repeat(32) })
  t.throws(at({ tls, token_file: file }, 'short'), { code: 'settings', message: /at least 32/ })
  t.throws(at({ tls, token_file: file }, 'a'.repeat(32), 0o644), { code: 'settings', message: /0600/ })
})
