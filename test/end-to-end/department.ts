// department.ts: a whole department for a test file: real sockets, the embedded PostgreSQL, the gateway's own wiring, a scripted welfare system.
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importJWK, type JWK, SignJWT } from 'jose'
import { pino } from 'pino'
import { DisplayString, serializeItem } from 'structured-headers'
import { type DrawnKeys, openDepartment, setPorts } from '../../src/cli/demo/department.ts'
import { type Serving, serve } from '../../src/cli/serve.ts'
import { operationalLog } from '../../src/gateway/operational-log.ts'
import { layPreparedCluster } from '../store/prepared-cluster.ts'
import { Configuration } from './configuration.ts'
import { Database } from './database.ts'
import { answering, startWelfare, type Welfare } from './welfare.ts'

/** What of tap's `t` is used here. */
export interface Teardown {
  teardown(handler: () => void | Promise<void>): void
}

export interface Reply {
  readonly status: number
  /** As they came: name, value, name, value. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  /** The value of a header that comes at most once. */
  header(name: string): string | undefined
  readonly json: Readonly<Record<string, unknown>>
}

export interface Sent {
  readonly method?: string
  readonly path?: string
  readonly body?: string | Buffer | undefined
  /** Beside or instead of what `caller` gives; a name set to undefined is left out. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly agent?: Agent
  /** Leaves the connection before any answer, once this resolves. */
  readonly leaveWhen?: Promise<unknown>
}

/** Members of entries that tests read; others stand in `text`. */
export interface ReadEntry {
  readonly kind: string
  readonly id: string
  readonly at: string
  readonly agency: string
  readonly agency_seq: number
  readonly counted_seq?: number
  readonly code?: string
  readonly status?: number
  readonly decision?: string
  readonly grant?: string
  readonly case?: string
  readonly of?: { readonly id: string; readonly index: number }
  readonly outcome?: string
  readonly counts?: readonly { readonly address?: string; readonly code: string; readonly count: number }[]
  readonly sealed?: { readonly bytes: string; readonly counter: number; readonly key: string }
  readonly [member: string]: unknown
}

export interface StoredRecord {
  readonly index: number
  /** The exact bytes. */
  readonly text: string
  readonly entry: ReadEntry
}

/** An API key's caller with everything that the example's grant `fee-waiver` asks for. */
export interface ApiCaller {
  readonly key: string
  readonly address: string
}

export interface Assertion {
  readonly credential: string
  readonly issuer: string
  readonly user: string
  readonly path: string
  readonly body: string
  /** Beside or instead of what is signed by default; a name set to undefined is left out. */
  readonly claims?: Readonly<Record<string, unknown>>
}

export const display = (text: string): string => serializeItem(new DisplayString(text))
export const statusPath = '/low-income/households/status'
/** Invented, with its checksum: a serial number of mostly zeros. */
export const subject = 'A100000001'
export const claims = { purpose: 'school-fee-waiver', case: '北市教字第1150000045號', reason: '115學年度學雜費減免審查' }

/** A household as the catalogue describes it, with what is granted to the education bureau and what is not. */
export const household = {
  householdId: 'H-0001',
  caseNo: 'C-0001',
  status: { category: '低收入戶第2類', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '萬華區公所' },
  applicant: { name: '王測試', nationalId: subject, birthDate: '1980-01-01' },
  members: [{ name: '王小測', nationalId: 'A100000010', relation: '長子', studentStatus: '國小三年級', note: '未列目錄' }],
  diagnosis: 'F32.1',
}
/** What of it the education bureau may have. */
export const released = {
  status: { category: '低收入戶第2類', validUntil: '2026-12-31' },
  members: [{ name: '王小測', studentStatus: '國小三年級' }],
}

const withoutConnections = new Agent({ keepAlive: false })

export class TestDepartment {
  readonly folder: string
  readonly origin: string
  readonly serving: Serving
  readonly welfare: Welfare
  readonly drawn: DrawnKeys
  readonly database: Database
  #stopped: Promise<void> | undefined

  constructor(parts: { folder: string; origin: string; serving: Serving; welfare: Welfare; drawn: DrawnKeys; database: Database }) {
    this.folder = parts.folder
    this.origin = parts.origin
    this.serving = parts.serving
    this.welfare = parts.welfare
    this.drawn = parts.drawn
    this.database = parts.database
  }

  get port(): number {
    return this.serving.process.publicPort
  }

  /** The education bureau, by its first API key. */
  get education(): ApiCaller {
    return { key: this.drawn.keys['edu-2026a'] ?? '', address: '203.0.113.5' }
  }

  /** Headers of a call by API key that is approved in every respect. */
  headers({ key, address }: ApiCaller): Record<string, string> {
    return {
      'content-type': 'application/json',
      'x-forwarded-for': address,
      authorization: `Bearer ${key}`,
      'linkage-user': 'edu-chang',
      'linkage-purpose': claims.purpose,
      'linkage-case': display(claims.case),
      'linkage-reason': display(claims.reason),
    }
  }

  /** Makes one call; approved in every respect where `sent` says nothing else. */
  call(caller: ApiCaller, sent: Sent = {}): Promise<Reply> {
    return this.send({ ...sent, headers: { ...this.headers(caller), ...sent.headers } })
  }

  send({
    method = 'POST',
    path = statusPath,
    body = JSON.stringify({ nationalId: subject }),
    headers = {},
    agent,
    leaveWhen,
  }: Sent): Promise<Reply> {
    const given = Object.entries(headers).filter((each): each is [string, string | string[]] => each[1] !== undefined)
    return new Promise((resolve, reject) => {
      const call = request(
        { host: '127.0.0.1', port: this.port, method, path, headers: Object.fromEntries(given), agent: agent ?? withoutConnections },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => {
            if (answer.complete) resolve(replyOf(answer.statusCode ?? 0, answer.rawHeaders, Buffer.concat(chunks)))
          })
          answer.on('error', reject)
          answer.on('close', () => reject(new Error('the answer was cut')))
        },
      )
      call.on('error', reject)
      leaveWhen?.then(
        () => call.destroy(new Error('the caller left')),
        () => undefined, // it never came to that
      )
      call.end(body)
    })
  }

  /** Sends bytes as they are and gives back all that comes until the connection ends.
   *  @param quiet milliseconds without a byte, after the first, that count as its end too */
  raw(bytes: string | Buffer, quiet = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(bytes))
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => {
        chunks.push(chunk)
        socket.setTimeout(quiet, () => socket.destroy())
      })
      socket.on('error', reject)
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
    })
  }

  /** A signed assertion for a POST. */
  sign(assertion: Assertion): Promise<string> {
    return signed(this, assertion)
  }

  /** A call by assertion. */
  async assert(assertion: Assertion, address: string, headers: Sent['headers'] = {}): Promise<Reply> {
    const token = await this.sign(assertion)
    const { path, body } = assertion
    const own = { 'content-type': 'application/json', 'x-forwarded-for': address, authorization: `Bearer ${token}`, ...headers }
    return await this.send({ path, body, headers: own })
  }

  /** Stops the gateway, as SIGTERM does; once, however often it is called. */
  stop(): Promise<void> {
    this.#stopped ??= this.serving.stop()
    return this.#stopped
  }

  get size(): number {
    return this.serving.process.gateway.log.size
  }

  /** Entries as they are stored, from an index on. */
  async records(from = 0): Promise<StoredRecord[]> {
    const found: StoredRecord[] = []
    const { reader } = this.serving.store
    for await (const { index, entry } of reader.entries(this.serving.process.gateway.log.slot, from, Number.MAX_SAFE_INTEGER)) {
      found.push({ index, text: entry, entry: JSON.parse(entry) })
    }
    return found
  }
}

/** An assertion as an agency of this department would sign it. */
export async function signed(
  { drawn, origin }: Pick<TestDepartment, 'drawn' | 'origin'>,
  { credential, issuer, user, path, body, claims: own = {} }: Assertion,
): Promise<string> {
  const jwk: JWK = drawn.signing[credential] ?? {}
  const now = Math.floor(Date.now() / 1000)
  const all = {
    ...claims,
    iss: issuer,
    sub: user,
    aud: origin,
    iat: now,
    exp: now + 120,
    jti: randomUUID(),
    htm: 'POST',
    htu: `${origin}${path}`,
    body_sha256: createHash('sha256').update(body).digest('base64url'),
    ...own,
  }
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  return await new SignJWT(payload)
    .setProtectedHeader({ alg: 'EdDSA', typ: 'linkage-assertion+jwt', kid: jwk.kid ?? '' })
    .sign(await importJWK(jwk, 'EdDSA'))
}

function replyOf(status: number, rawHeaders: readonly string[], body: Buffer): Reply {
  return {
    status,
    rawHeaders,
    body,
    header(name) {
      const at = rawHeaders.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name.toLowerCase())
      return at < 0 ? undefined : rawHeaders[at + 1]
    },
    get json() {
      return JSON.parse(body.toString('utf8'))
    },
  }
}

/** An assertion dates itself by whole seconds, and one from before the gateway's start is refused. */
export const nextSecond = (): Promise<void> => new Promise((over) => setTimeout(over, 1_000 - (Date.now() % 1_000)))

/** Starts a department in a temporary folder; stopped and removed when the test ends. About two seconds.
 *  @param configure changes to its configuration, before anything reads it */
export async function startDepartment(
  t: Teardown,
  configure: (configuration: Configuration) => void = () => undefined,
): Promise<TestDepartment> {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-department-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  const { config, drawn } = await openDepartment(folder)
  const welfare = await startWelfare(answering(JSON.stringify(household)))
  t.teardown(() => welfare.close())
  setPorts(config, { public: 0, admin: 0, upstream: welfare.url })
  const configuration = new Configuration(config)
  // The port is free until it is known; the origin is only a name.
  const origin = 'http://linkage.test'
  configuration.edit('gateway.yaml', (document) => document.set('origin', origin))
  configure(configuration)
  const operational = operationalLog(pino.destination({ dest: join(folder, 'gateway.log'), mkdir: true, sync: true }))
  await layPreparedCluster(join(folder, 'postgres'))
  const serving = await serve(config, operational)
  const { server } = serving.store
  if (server === undefined) throw new Error('DATABASE_URL is set: these tests need a database of their own')
  const database = await Database.of(server)
  const cut = () => database.cut()
  process.once('exit', cut)
  t.teardown(async () => {
    process.off('exit', cut)
    await department.stop()
  })
  const department = new TestDepartment({ folder, origin, serving, welfare, drawn, database })
  await nextSecond()
  return department
}

/** Ends a department's gateway and starts another one on the same folder and database. */
export async function restarted(t: Teardown, department: TestDepartment): Promise<TestDepartment> {
  await department.stop()
  const { database, drawn, folder, origin, welfare } = department
  const destination = pino.destination({ dest: join(folder, 'gateway.log'), sync: true })
  const serving = await serve(join(folder, 'config'), operationalLog(destination))
  const next = new TestDepartment({ folder, origin, serving, welfare, drawn, database })
  t.teardown(() => next.stop())
  return next
}
