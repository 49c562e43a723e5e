// log-append.ts: how many entries a second one writer makes durable, beside one commit for each call and a plain file.
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { fdatasync, mkdtempSync, readFileSync, rmSync, write } from 'node:fs'
import { open } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { sha256, sha256Hex } from '../../src/canonical.ts'
import { uuidv7 } from '../../src/gateway/ids.ts'
import type { Draft } from '../../src/querylog/batch.ts'
import { makeSlotKeys, markFile, readSigner } from '../../src/querylog/key-directory.ts'
import { MarkFile } from '../../src/querylog/mark.ts'
import { type QueryFacts, queryEntry } from '../../src/querylog/query-entry.ts'
import { drawSealer, type Sealer } from '../../src/querylog/seal.ts'
import { LogWriter } from '../../src/querylog/writer.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { cpuOf, median, pinned } from './stage.ts'

const rounds = Number(process.env.ROUNDS ?? 5)
const seconds = Number(process.env.SECONDS ?? 1)
const log = 'bench.example/log/1'
const waiting = [1, 64, 256, 1000] as const

/** What becomes of calls that wait for one thing, again and again. */
interface Measured {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  /** Processor time of each call, µs: here, and in the database's processes (Linux). They hold where others share the machine. */
  readonly ours: number
  readonly theirs: number
}

/** So many callers, each of whom asks again once it was answered. @param server the database's postmaster */
async function closedLoop(server: number, callers: number, once: () => Promise<unknown>): Promise<Measured> {
  const times: number[] = []
  let calls = 0
  const [ours, theirs] = [process.cpuUsage(), cpuOfFamily(server)]
  const [from, until] = [performance.now() + 200, performance.now() + 200 + seconds * 1_000]
  const caller = async (): Promise<void> => {
    for (let started = performance.now(); started < until; started = performance.now()) {
      await once()
      calls += 1
      const now = performance.now()
      if (started >= from && now <= until) times.push(now - started)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? Number.NaN
  const { user, system } = process.cpuUsage(ours)
  const spent = { ours: (user + system) / calls, theirs: (cpuOfFamily(server) - theirs) / calls }
  return { rate: times.length / seconds, p50: at(0.5), p99: at(0.99), ...spent }
}

/** User and system time of a process and of those that it started, µs. */
function cpuOfFamily(parent: number): number {
  if (!pinned) return Number.NaN
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').split(' ').filter(Boolean)
  return [String(parent), ...children].reduce((sum, pid) => sum + cpuOf({ process: { pid: Number(pid) } }), 0)
}

const digest = sha256Hex('a body')

/** A record as the gateway writes them: about 1.7 KB, its sealed part sealed when its batch is built. */
function draftOf(sealer: Sealer): Draft {
  const id = uuidv7(Date.now())
  return {
    agency: 'taipei-education',
    counted: true,
    write: (given, numbers) => {
      const facts: QueryFacts = {
        id,
        address: '203.0.113.5',
        agency: 'taipei-education',
        api: 'low-income',
        application: '北市教字第1150000045號',
        auth: { type: 'api-key' },
        bytes: 1024,
        case: '北市教字第1150000045號',
        code: 'released',
        credential: 'edu-2026a',
        decision: 'permit',
        delegate: undefined,
        fieldsAsked: undefined,
        fieldsReleased: ['status.category', 'status.validUntil', 'members[].name', 'members[].studentStatus'],
        grant: 'fee-waiver',
        mode: 'api',
        operation: 'getHouseholdStatus',
        policy: digest,
        purpose: 'school-fee-waiver',
        reason: '115學年度學雜費減免審查',
        releasedHmac: digest,
        requestHmac: digest,
        rows: 1,
        rule: 'agencies/taipei-education.yaml#/grants/0/fields',
        sealed: sealer.seal(id, sealedText),
        status: 200,
        subject: { key: '2026', kind: 'tw-national-id', tag: 'ab'.repeat(16) },
        trace: 'cd'.repeat(16),
        user: 'edu-chang',
      }
      return queryEntry(facts, given, numbers)
    },
  }
}

const sealedText = JSON.stringify({
  bytes: 160,
  salt: 'ef'.repeat(32),
  subject: 'A100000001',
  upstream: { bytes: 700, ms: 12, status: 200 },
})

/** This process on a core; what it starts stays there. */
const onCore = (core: number): void => {
  if (pinned) execFileSync('taskset', ['-apc', String(core), String(process.pid)], { stdio: 'ignore' })
}

/** What is measured next starts as it would by itself. */
function onEveryCore(): void {
  if (pinned) execFileSync('taskset', ['-apc', `0-${cpus().length - 1}`, String(process.pid)], { stdio: 'ignore' })
}

interface Peers {
  readonly append: () => Promise<unknown>
  /** One commit for each call, on so many connections. */
  readonly single: (connections: number) => Promise<() => Promise<unknown>>
  readonly file: () => Promise<unknown>
  readonly server: number
  stop(): Promise<void>
}

async function openPeers(folder: string): Promise<Peers> {
  onCore(0)
  const database = await startEmbedded(join(folder, 'postgres'))
  await makeRoles(database.adminUrl, database.passwords)
  await migrate(database.adminUrl)
  onCore(1)
  const url = database.url('linkage_gateway')
  const [store, reader] = [new PostgresLogWriter(url), new PostgresLogReader(url)]
  const keys = join(folder, 'keys')
  await makeSlotKeys(keys)
  const [signer, mark] = [await readSigner(keys, log), await MarkFile.open(join(keys, markFile))]
  const clock = {
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms: number) => new Promise<void>((r) => setTimeout(r, ms)),
  }
  const identity = { slot: '1', log, verifierKey: signer.verifierKey }
  const newId = () => uuidv7(Date.now())
  const options = { identity, store, reader, mark, signer, clock, newId, parameters: {}, queueLimit: 5_000, report: () => undefined }
  const writer = await LogWriter.open(options)
  const kid = 'bench-2026'
  const jwk = { ...generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }), kid }
  const { sealer } = await drawSealer(newId(), log, [{ id: 'bench', year: '2026', jwk }])
  const one = draftOf(sealer).write({ at: new Date().toISOString(), clock: undefined }, { agencySeq: 1, countedSeq: 1 })
  const singles = await singleCommits(database.adminUrl, one)
  const file = await plainFile(join(folder, 'file'), Buffer.from(one))
  return {
    append: () => writer.append(draftOf(sealer)),
    single: singles.on,
    file: file.append,
    server: database.pid,
    stop: async () => {
      await writer.close()
      await Promise.all([mark.close(), store.close(), reader.close(), singles.close(), file.close()])
      await database.stop()
    },
  }
}

/** The same row in a table with the same key and check, one INSERT and one commit for each: no tree, no mark. */
async function singleCommits(url: string, entry: string) {
  const clients: pg.Client[] = []
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    clients.push(client)
    return client
  }
  const first = await connect()
  await first.query('CREATE TABLE public.single (LIKE linkage.log_entry INCLUDING ALL)')
  let index = 0
  const values = [sha256(`\0${entry}`), entry]
  const insert = (client: pg.Client): Promise<unknown> =>
    client.query({
      name: 'single',
      text: `INSERT INTO public.single (index, month, slot, leaf_hash, entry) VALUES ($1, '2026-11-01', '1', $2, $3)`,
      values: [index++, ...values],
    })
  return {
    on: async (connections: number) => {
      while (clients.length < connections) await connect()
      const free = clients.slice(0, connections)
      const queue: ((client: pg.Client) => void)[] = []
      return async (): Promise<void> => {
        const client = free.pop() ?? (await new Promise<pg.Client>((turn) => queue.push(turn)))
        await insert(client)
        const next = queue.shift()
        if (next === undefined) free.push(client)
        else next(client)
      }
    },
    close: async () => {
      for (const client of clients) await client.end()
    },
  }
}

/** The same bytes at the end of a file, made durable by fdatasync, gathered as the log's writer gathers. */
async function plainFile(path: string, entry: Buffer) {
  const file = await open(path, 'a')
  let queue: (() => void)[] = []
  let writing = false
  const sync = async (): Promise<void> => {
    while (queue.length > 0) {
      const taken = queue.splice(0, 1_000)
      const bytes = Buffer.concat(taken.map(() => entry))
      await new Promise<void>((done, fail) => write(file.fd, bytes, (error) => (error === null ? done() : fail(error))))
      await new Promise<void>((done, fail) => fdatasync(file.fd, (error) => (error === null ? done() : fail(error))))
      for (const answered of taken) answered()
      await new Promise((turn) => setImmediate(turn))
    }
    writing = false
  }
  return {
    append: () =>
      new Promise<void>((answered, failed) => {
        queue.push(answered)
        if (writing) return
        writing = true
        setImmediate(() => sync().catch(failed))
      }),
    close: async () => {
      queue = []
      await file.close()
    },
  }
}

const nothing: Measured = { rate: 0, p50: 0, p99: 0, ours: 0, theirs: 0 }

function middleOf(of: readonly Measured[]): Measured {
  const middle = (which: keyof Measured): number => median(of.map((each) => each[which]))
  return { rate: middle('rate'), p50: middle('p50'), p99: middle('p99'), ours: middle('ours'), theirs: middle('theirs') }
}

function rowOf(name: string, callers: number, { rate, p50, p99, ours, theirs }: Measured): string {
  const times = `p50 ${p50.toFixed(2).padStart(6)}  p99 ${p99.toFixed(2).padStart(6)} ms`
  return `${name.padEnd(34)}${String(callers).padStart(5)}${rate.toFixed(0).padStart(9)}/s  ${times}${ours.toFixed(0).padStart(6)}${theirs.toFixed(0).padStart(6)} µs`
}

/** Runs the rounds, prints the table. @returns the line that the bench ends with */
export async function benchAppend(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-bench-'))
  const peers = await openPeers(folder)
  try {
    const ways: readonly (readonly [name: string, callers: number, () => Promise<unknown>])[] = [
      ...waiting.map((callers) => ['append', callers, peers.append] as const),
      ['one commit a call, 1 connection', 1, await peers.single(1)],
      ['one commit a call, 16 connections', 16, await peers.single(16)],
      ['plain file, fdatasync', 256, peers.file],
    ]
    const results = ways.map((): Measured[] => [])
    for (let round = 0; round < rounds; round += 1) {
      for (const [at, [, callers, once]] of ways.entries()) results[at]?.push(await closedLoop(peers.server, callers, once))
    }
    const medians = results.map(middleOf)
    process.stdout.write(`medians of ${rounds} rounds of ${seconds} s; µs of processor time a call: this process, the database\n`)
    for (const [at, [name, callers]] of ways.entries()) process.stdout.write(`${rowOf(name, callers, medians[at] ?? nothing)}\n`)
    const [ours, single] = [medians[waiting.indexOf(256)], medians[waiting.length]]
    if (ours === undefined || single === undefined) throw new Error('nothing was measured')
    return `append: ${ours.rate.toFixed(0)} entries/s at 256 callers, p99 ${ours.p99.toFixed(1)} ms, ${(ours.rate / single.rate).toFixed(1)} x single commits`
  } finally {
    await peers.stop()
    rmSync(folder, { recursive: true, force: true })
    onEveryCore()
  }
}
