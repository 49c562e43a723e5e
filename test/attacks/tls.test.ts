// tls.test.ts: TLS of our own on real sockets: old versions, renewed certificates, certificates of callers (RFC 8705), too many connections.

import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect as connectPlain, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type PeerCertificate, type SecureContextOptions, type TLSSocket } from 'node:tls'
import t from 'tap'
import { type Drawn, drawCertificate } from '../certificates.ts'
import { startDepartment, statusPath } from '../end-to-end/department.ts'
import { goodBody } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'linkage-tls-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const certificate = join(folder, 'certificate.pem')
const key = join(folder, 'key.pem')
const tokenFile = join(folder, 'token')
const own = await drawCertificate('linkage.test')
const caller = await drawCertificate('edu.test')
const stranger = await drawCertificate('stranger.test')
const ended = await drawCertificate('edu-old.test', [-30, -1])
writeFileSync(certificate, own.cert)
writeFileSync(key, own.key, { mode: 0o600 })
const token = 'a'.repeat(64)
writeFileSync(tokenFile, token, { mode: 0o600 })

const department = await startDepartment(t, (configuration) => {
  configuration.edit('agencies/taipei-education.yaml', (file) =>
    file.setIn(['credentials', 0, 'certificates'], file.createNode([caller.thumbprint, ended.thumbprint])),
  )
  configuration.edit('gateway.yaml', (file) => {
    file.setIn(['listeners', 'public', 'tls'], file.createNode({ certificate, key, client_certificates: 'true' }))
    file.setIn(['listeners', 'admin', 'tls'], file.createNode({ certificate, key }))
    file.setIn(['listeners', 'admin', 'token_file'], tokenFile)
    file.setIn(['listeners', 'public', 'connections'], '40')
    file.setIn(['listeners', 'public', 'connections_per_address'], '20')
  })
})
const at = { host: '127.0.0.1', port: department.port, rejectUnauthorized: false } as const

/** Shakes hands. @returns the connection, or the code of what went wrong */
const shake = (options: ConnectionOptions = {}): Promise<TLSSocket | string> =>
  new Promise((resolve) => {
    const socket = connect({ ...at, ...options }, () => resolve(socket))
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    socket.on('close', () => resolve('closed'))
  })

const textOf = async (answer: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk) // an answer without an encoding set gives buffers
  return Buffer.concat(chunks).toString('utf8')
}

type Shown = Pick<SecureContextOptions, 'cert' | 'key' | 'maxVersion'> & { readonly session?: Buffer }

/** One good call over TLS, by a caller who shows this. */
async function call(shown: Shown = {}) {
  let session: Buffer | undefined
  const headers = department.headers(department.education)
  const sent = request({ ...at, ...shown, method: 'POST', path: statusPath, headers, agent: false })
  sent.on('socket', (socket) => socket.on('session', (given: Buffer) => (session = given)))
  sent.end(goodBody)
  const [answer]: IncomingMessage[] = await once(sent, 'response')
  if (answer === undefined) throw new Error('a response is an answer')
  const resumed = (answer.socket as TLSSocket).isSessionReused() // a request over TLS is answered on a TLS socket
  const { code } = JSON.parse(await textOf(answer))
  return { status: answer.statusCode, code, resumed, ...(session !== undefined && { session }) }
}

t.test('RFC 9325 §3.1.1: TLS 1.2 and 1.3, and nothing older', async (t) => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await shake({ minVersion: version, maxVersion: version })
    t.ok(typeof socket !== 'string', version)
    if (typeof socket !== 'string') socket.destroy()
  }
  for (const version of ['TLSv1', 'TLSv1.1'] as const)
    t.equal(
      await shake({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }),
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      version,
    )
})

t.test('RFC 8705: a key that is bound to certificates opens on a connection that shows one, and is nobody’s elsewhere', async (t) => {
  const from = department.size
  t.equal((await call({ cert: caller.cert, key: caller.key })).status, 200)
  const [record] = (await department.records(from)).filter(({ entry }) => entry.kind === 'query')
  t.same(record?.entry.auth, { certificate: caller.thumbprint, type: 'api-key' })
  for (const [title, shown] of Object.entries({ none: {}, 'a stranger’s': stranger, 'one that has ended': ended })) {
    const { status, code } = await call(title === 'none' ? {} : (shown as Drawn)) // all but `none` were drawn
    t.same([status, code], [401, 'credentials-invalid'], title)
  }
  t.equal((await department.records(from)).filter(({ entry }) => entry.kind === 'query').length, 1, 'the others are in nobody’s record')
})

t.test('a session that is resumed stands for the certificate of its own handshake, and no other', async (t) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const owner = { cert: caller.cert, key: caller.key, maxVersion }
    const first = await call(owner)
    t.ok(first.session, maxVersion)
    const again = await call({ ...owner, ...(first.session !== undefined && { session: first.session }) })
    t.same([again.status, again.resumed], [200, true], `${maxVersion}: the owner`)
    const other = await call({ cert: stranger.cert, key: stranger.key, maxVersion })
    const stolen = await call({ ...owner, ...(other.session !== undefined && { session: other.session }) })
    t.same([other.status, stolen.status, stolen.resumed], [401, 401, true], `${maxVersion}: a stranger’s session stays a stranger’s`)
  }
})

t.test('the admin port opens to its token, and tells nobody else what there is', async (t) => {
  const { adminPort } = department.serving.process
  const get = async (path: string, authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization }
    const [answer]: IncomingMessage[] = await once(request({ ...at, port: adminPort, path, agent: false, headers }).end(), 'response')
    if (answer === undefined) throw new Error('a response is an answer')
    return { status: answer.statusCode, text: await textOf(answer) }
  }
  t.equal((await get('/metrics', `Bearer ${token}`)).status, 200)
  t.match(await get('/health/ready', `Bearer ${token}`), { status: 200, text: /"ready":true/ })
  for (const path of ['/metrics', '/health/live', '/nothing/here']) {
    t.match(await get(path), { status: 401, text: /"credentials-missing"/ }, path)
    for (const wrong of [`Bearer ${token}a`, `Bearer ${token.slice(1)}`, `Basic ${token}`, 'Bearer ', token]) {
      const { status, text } = await get(path, wrong)
      t.equal(status, 401, path)
      t.notMatch(text, /linkage_|aaaa/, 'nothing of it')
    }
  }
})

t.test('a renewed certificate is shown without a restart, and half a pair never', async (t) => {
  const shown = async (): Promise<string> => {
    const socket = await shake()
    if (typeof socket === 'string') return socket
    const { subject } = socket.getPeerCertificate() as PeerCertificate // the server always shows one
    socket.destroy()
    return String(subject.CN)
  }
  const printed = (): string => readFileSync(join(department.folder, 'gateway.log'), 'utf8')
  /** Resolves once the gateway has said so of the public listener anew. */
  const says = async (event: string): Promise<void> => {
    const times = (): number =>
      printed()
        .split('\n')
        .filter((line) => line.includes('"public"') && line.includes(event)).length
    for (const before = times(); times() === before; ) await new Promise((looks) => setTimeout(looks, 20))
  }
  const open = await shake()
  const renewed = await drawCertificate('renewed.test')
  writeFileSync(certificate, renewed.cert)
  await says('certificate refused')
  t.equal(await shown(), 'linkage.test', 'a certificate without its key is no pair')
  writeFileSync(key, renewed.key)
  await says('certificate in force')
  t.equal(await shown(), 'renewed.test')
  writeFileSync(certificate, 'not a certificate')
  await says('certificate refused')
  t.equal(await shown(), 'renewed.test')
  const old = await shake({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
  t.equal(old, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'the renewed one opens to no older version')
  t.ok(typeof open !== 'string' && !open.destroyed, 'connections that stand are left alone')
  if (typeof open !== 'string') open.destroy()
  t.equal((await call({ cert: caller.cert, key: caller.key })).status, 200, 'and callers are still asked for theirs')
})

t.test('connections are bounded, those of one address to less than all', async (t) => {
  const open = new Set<Socket>()
  t.teardown(() => {
    for (const socket of open) socket.destroy()
  })
  const reach = (localAddress: string) =>
    new Promise<void>((settled) => {
      const socket = connectPlain({ port: department.port, host: '127.0.0.1', localAddress }, () => {
        open.add(socket)
        setTimeout(settled, 100)
      })
      socket.on('error', () => undefined) // the gateway may reset what it does not hear
      socket.on('close', () => open.delete(socket))
    })
  /** Who is not heard learns of it some time after the connection stood. */
  const ended = async (most: number): Promise<void> => {
    for (const until = Date.now() + 20_000; open.size > most && Date.now() < until; ) await new Promise((later) => setTimeout(later, 20))
  }
  await Promise.all(Array.from({ length: 30 }, () => reach('127.0.0.2')))
  await ended(20)
  t.equal(open.size, 20, 'one address')
  await Promise.all(Array.from({ length: 30 }, () => reach('127.0.0.3')))
  await ended(40)
  t.equal(open.size, 40, 'everybody')
  const [first] = open
  first?.destroy()
  while ((await call({ cert: caller.cert, key: caller.key }).catch(() => undefined))?.status !== 200)
    await new Promise((freed) => setTimeout(freed, 20))
  t.pass('a place that is left is free again')
})
