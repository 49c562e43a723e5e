// log-bench.ts: two logs over three months on a real PostgreSQL, what was kept of them elsewhere, and copies of the database to attack.
import { chmodSync, cpSync, existsSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Hash } from '../../src/canonical.ts'
import type { Draft } from '../../src/querylog/batch.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { makeSlotKeys, makeTagKey, readSigner } from '../../src/querylog/key-directory.ts'
import { QueryLog } from '../../src/querylog/log.ts'
import { type NoteSigner, noteSigner } from '../../src/querylog/note.ts'
import type { LogWriterStore } from '../../src/querylog/ports.ts'
import { receiptHeader } from '../../src/querylog/receipt.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import { type EmbeddedServer, startEmbedded } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogSearch } from '../../src/store/search.ts'
import { openStoredLogs } from '../../src/store/stored-logs.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import type { Finding } from '../../src/verifier/finding.ts'
import type { Kept } from '../../src/verifier/kept.ts'
import type { Known } from '../../src/verifier/known.ts'
import { verifyLogs } from '../../src/verifier/logs.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { readTrustPolicy } from '../../src/verifier/trust.ts'
import { layPreparedCluster } from '../store/prepared-cluster.ts'
import { type Teardown, temporaryFolder } from '../store/server.ts'
import { education, newId, police, policies, recipients, WritingLog } from '../verifier/written-log.ts'

export const host = 'linkage.example'
export const logOf = (slot: string): string => `${host}/log/${slot}`

/** When somebody looks. */
const verifiedAt = Date.parse('2026-11-20T02:00:00.000Z')

/** Time as the bench sets it; the database's goes along. */
class BenchClock {
  #now = Date.parse('2026-09-10T02:00:00.000Z')

  at(text: string): void {
    this.#now = Date.parse(text)
  }

  wall = () => ++this.#now
  monotonic = () => this.#now
  sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 5)))
}

const clock = new BenchClock()

/** The database's clock as the bench's. */
function timed(store: LogWriterStore): LogWriterStore {
  const now = <T extends object>(answer: T) => ({ ...answer, databaseTime: clock.wall() })
  return {
    claim: async (...given) => now(await store.claim(...given)),
    append: async (...given) => now(await store.append(...given)),
    probe: async (slot) => now(await store.probe(slot)),
    putCheckpoint: (...given) => store.putCheckpoint(...given),
    putDocument: (...given) => store.putDocument(...given),
    prepareMonth: (month) => store.prepareMonth(month),
    close: () => store.close(),
  }
}

/** What is kept of a log where its database's administrator does not reach. */
export interface KeptElsewhere {
  /** By the agencies: one for each call. */
  readonly receipts: Known[]
  /** One checkpoint, copied in October. */
  readonly copies: Known[]
  /** By the auditors: the verifier key that was published. */
  verifierKey: string
}

/** What is found of one slot, by whom; codes of findings, each once, in the order of their names. */
export interface Noticed {
  /** The verifier, on the database alone, without what other logs state. */
  readonly verifier: readonly string[]
  /** The same, of the search columns. */
  readonly search: readonly string[]
  /** A gateway that starts on it, with its keys: the refusal; `starts`. */
  readonly start: string
  /** … by the agencies' receipts. */
  readonly receipts: readonly string[]
  /** … by the copy of a checkpoint. */
  readonly copy: readonly string[]
  /** … by what the other slot's entries state of this log. */
  readonly otherLog: readonly string[]
}

export class LogBench {
  readonly #t: Teardown
  readonly folder: string
  server: EmbeddedServer
  readonly kept: Readonly<Record<string, KeptElsewhere>> = {
    1: { receipts: [], copies: [], verifierKey: '' },
    2: { receipts: [], copies: [], verifierKey: '' },
  }
  #copies = 0

  private constructor(t: Teardown, folder: string, server: EmbeddedServer) {
    this.#t = t
    this.folder = folder
    this.server = server
  }

  keysOf(slot: string): string {
    return join(this.folder, 'keys', slot)
  }

  /** A key directory, to be written to. */
  copyOfKeys(slot: string, keys = this.keysOf(slot)): string {
    const copy = mkdtempSync(join(this.folder, 'keys-of-'))
    cpSync(keys, copy, { recursive: true })
    return copy
  }

  get backup(): string {
    return join(this.folder, 'backup')
  }

  /** Writes the logs; about five seconds. Nothing of them is open when it resolves. */
  static async open(t: Teardown): Promise<LogBench> {
    const folder = temporaryFolder(t)
    const data = join(folder, 'data')
    await layPreparedCluster(data)
    const bench = new LogBench(t, folder, await startEmbedded(data))
    const cut = () => process.kill(bench.server.pid, 'SIGQUIT')
    process.once('exit', cut)
    t.teardown(async () => {
      process.off('exit', cut)
      await bench.server.stop()
    })
    await makeRoles(bench.server.adminUrl, bench.server.passwords)
    await migrate(bench.server.adminUrl)
    for (const slot of ['1', '2']) {
      await makeSlotKeys(bench.keysOf(slot))
      await makeTagKey(bench.keysOf(slot), '2026')
    }
    await bench.#write('1', ['2026-09-10T02:00:00.000Z', '2026-10-05T02:00:00.000Z'])
    // A backup as administrators make them: the data folder, while the server is down.
    await bench.server.stop()
    cpSync(data, bench.backup, { recursive: true })
    if (existsSync(join(bench.backup, 'postgres'))) chmodSync(join(bench.backup, 'postgres'), 0o700)
    bench.server = await startEmbedded(data)
    await bench.#write('2', ['2026-10-20T02:00:00.000Z'])
    await bench.#write('1', ['2026-11-10T02:00:00.000Z'])
    await bench.#write('2', ['2026-11-12T02:00:00.000Z'], 260) // so that a tile of hashes is full
    const search = new PostgresLogSearch(bench.server.url('linkage_gateway'))
    while ((await search.fill(250)) > 0);
    await search.close()
    return bench
  }

  /** A gateway's life on a slot: at first calls whose receipts nobody keeps, then five at each instant. */
  async #write(slot: string, instants: readonly string[], more = 0): Promise<void> {
    clock.at(instants[0] ?? '')
    const log = await this.openLog(slot, this.server.url('linkage_gateway'))
    const kept = this.kept[slot]
    if (kept === undefined) throw new Error(`slot ${slot}`)
    const drafts = new WritingLog()
    kept.verifierKey = (await readSigner(this.keysOf(slot), logOf(slot))).verifierKey
    await log.append(await drafts.key())
    const store = new PostgresLogWriter(this.server.url('linkage_gateway'))
    for (const text of ['policy 1', 'a document']) await store.putDocument('policy', Buffer.from(text))
    await store.close()
    await log.append(drafts.policy(policies[0] ?? ('' as never)))
    for (let left = more; left > 0; left -= 65) await Promise.all(Array.from({ length: 65 }, () => log.append(drafts.query(police))))
    for (const instant of instants) {
      clock.at(instant)
      const unreleased = newId()
      const calls: Draft[] = [drafts.query(education, true, unreleased), drafts.query(police), drafts.query(education, false)]
      for (const call of [...calls, drafts.query(education), drafts.query(police)]) {
        const recorded = await log.append(call)
        const header = receiptHeader(slot, recorded, Buffer.alloc(32))
        kept.receipts.push({ kind: 'receipt', header, source: `receipt of entry ${recorded.index}` })
      }
    }
    if (slot === '1' && kept.copies.length === 0) kept.copies.push({ kind: 'checkpoint', note: log.checkpoint, source: 'copy of October' })
    await log.close()
  }

  /** Opens a slot as a gateway that starts does.
   *  @param keys its key directory
   *  @throws LogRefusal */
  async openLog(slot: string, url: string, keys = this.keysOf(slot)): Promise<QueryLog> {
    const [store, reader] = [new PostgresLogWriter(url), new PostgresLogReader(url)]
    const close = () => Promise.all([store.close(), reader.close()])
    try {
      const options = { slot, host, keyDirectory: keys, tagDirectory: keys, recipients, store: timed(store), reader, clock, newId }
      const log = await QueryLog.open({ ...options, parameters: {}, software: 'bench', queueLimit: 100, report: () => undefined })
      const end = log.close.bind(log)
      log.close = () => end().finally(close)
      return log
    } catch (error) {
      await close()
      throw error
    }
  }

  /** A copy of the database, its administrator, and every guard switched off. */
  async copy(): Promise<Attacked> {
    const name = `attacked_${this.#copies++}`
    const named = (url: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href
    const maker = new pg.Client({ connectionString: Object.assign(new URL(this.server.adminUrl), { pathname: '/postgres' }).href })
    await maker.connect()
    await maker.query(`CREATE DATABASE ${name} TEMPLATE linkage`)
    await maker.end()
    return await this.attack(named(this.server.adminUrl), named(this.server.url('linkage_gateway')))
  }

  /** The logs of a database, as they are found there, before and after somebody did something to them. */
  async attack(adminUrl: string, gatewayUrl: string): Promise<Attacked> {
    const admin = new pg.Client({ connectionString: adminUrl })
    await admin.connect()
    admin.on('error', () => undefined) // its server may end before it does
    this.#t.teardown(() => admin.end().catch(() => undefined))
    await admin.query('SET session_replication_role = replica; ALTER TABLE linkage.log_entry DROP CONSTRAINT leaf_hash_is_of_entry')
    return new Attacked(this, admin, adminUrl, gatewayUrl)
  }
}

/** A database whose administrator does as they like. */
export class Attacked {
  readonly bench: LogBench
  readonly admin: pg.Client
  readonly adminUrl: string
  readonly gatewayUrl: string
  /** The key directory that the gateway starts with. */
  keys: string | undefined

  constructor(bench: LogBench, admin: pg.Client, adminUrl: string, gatewayUrl: string) {
    this.bench = bench
    this.admin = admin
    this.adminUrl = adminUrl
    this.gatewayUrl = gatewayUrl
  }

  async run(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.admin.query(statement)
  }

  /** Stored entries of a slot, in order. */
  async entries(slot = '1'): Promise<{ index: number; month: string; text: string }[]> {
    const { rows } = await this.admin.query(
      `SELECT index, month::text AS month, entry FROM linkage.log_entry WHERE slot = $1 ORDER BY log_entry.index`,
      [slot],
    )
    return rows.map(({ index, month, entry }) => ({ index: Number(index), month, text: entry }))
  }

  /** Writes a slot anew, consistent in itself: entries, hashes, head; and its checkpoints, signed by whoever signs.
   *  @param signer none: stored checkpoints stay */
  async rewrite(
    entries: readonly { readonly month: string; readonly text: string }[],
    signer: NoteSigner | undefined,
    slot = '1',
  ): Promise<void> {
    await this.admin.query('DELETE FROM linkage.log_entry WHERE slot = $1', [slot])
    const leaves = entries.map(({ text }) => leafHash(text))
    for (const [index, { month, text }] of entries.entries()) {
      await this.admin.query('INSERT INTO linkage.log_entry (slot, index, month, entry, leaf_hash) VALUES ($1, $2, $3, $4, $5)', [
        slot,
        index,
        month,
        text,
        leaves[index],
      ])
    }
    const tree = new Tree().extended(leaves)
    await this.admin.query('UPDATE linkage.slot SET size = $2, root = $3, frontier = $4 WHERE slot = $1', [
      slot,
      tree.size,
      tree.root,
      tree.frontier,
    ])
    if (signer !== undefined) await this.#signAnew(leaves, signer, slot)
    await this.#searchAnew()
  }

  async #signAnew(leaves: readonly Hash[], signer: NoteSigner, slot: string): Promise<void> {
    const signed = (size: number): string => signer.sign(checkpointText(logOf(slot), new Tree().extended(leaves.slice(0, size))))
    const { rows } = await this.admin.query('DELETE FROM linkage.log_checkpoint WHERE slot = $1 RETURNING size', [slot])
    for (const size of rows.map((row) => Number(row.size)).filter((each) => each <= leaves.length))
      await this.admin.query('INSERT INTO linkage.log_checkpoint VALUES ($1, $2, $3)', [slot, size, signed(size)])
    await this.admin.query('UPDATE linkage.slot SET checkpoint = $2 WHERE slot = $1', [slot, signed(leaves.length)])
  }

  async #searchAnew(): Promise<void> {
    await this.run('SELECT linkage.rebuild_search()', 'SET session_replication_role = origin')
    while ((await this.admin.query('SELECT linkage.fill_search(250) AS filled')).rows[0]?.filled > 0);
    await this.run('SET session_replication_role = replica')
  }

  /** What a retire entry has to say of some months of slot 1.
   *  @param which of them, by their first days */
  async spanOf(which: (month: string) => boolean): Promise<{ from: number; to: number; root: string }> {
    const entries = await this.entries()
    const there = entries.filter(({ month }) => which(month))
    const [from, to] = [there[0]?.index ?? 0, (there.at(-1)?.index ?? 0) + 1]
    return { from, to, root: new Tree().extended(entries.slice(0, to).map(({ text }) => leafHash(text))).root.toString('base64') }
  }

  /** Removes entries of slot 1, and keeps their leaf hashes, as of a month that was retired. */
  takeOut = ({ from, to }: { readonly from: number; readonly to: number }): Promise<void> =>
    this.run(
      `INSERT INTO linkage.log_edge (slot, index, hashes) SELECT '1', ${from}, string_agg(leaf_hash, ''::bytea ORDER BY index)
        FROM linkage.log_entry WHERE slot = '1' AND index >= ${from} AND index < ${to}`,
      `DELETE FROM linkage.log_entry WHERE slot = '1' AND index >= ${from} AND index < ${to}`,
      `DELETE FROM linkage.log_search WHERE slot = '1' AND index >= ${from} AND index < ${to}`,
    )

  /** A log of the administrator's own, beside those that are there. */
  async addLog(slot: string, month: string, texts: readonly string[], signer: NoteSigner): Promise<void> {
    await this.admin.query('SELECT linkage.prepare_month($1)', [month])
    const row = JSON.stringify({ slot, log: logOf(slot), verifier_key: signer.verifierKey })
    await this.admin.query(
      `INSERT INTO linkage.slot SELECT (jsonb_populate_record(s, $1::jsonb)).* FROM linkage.slot AS s WHERE s.slot = '1'`,
      [row],
    )
    await this.rewrite(
      texts.map((text) => ({ month, text })),
      signer,
      slot,
    )
  }

  /** Forgets what the database itself holds of signed heads. */
  forget = (slot = '1'): Promise<void> =>
    this.run(
      `DELETE FROM linkage.log_checkpoint WHERE slot = '${slot}'`,
      `UPDATE linkage.slot SET checkpoint = NULL WHERE slot = '${slot}'`,
    )

  /** Everything that somebody would notice of a slot. The start comes last: it writes. */
  async noticed(slot = '1'): Promise<Noticed> {
    const { receipts, copies } = this.bench.kept[slot] ?? { receipts: [], copies: [] }
    const found = await this.findings([...receipts, ...copies].map((known) => ({ log: logOf(slot), known })))
    // What a piece of evidence convicts names that piece.
    const by = (which: (finding: Finding) => boolean): string[] => [...new Set(found.filter(which).map(({ code }) => code))].sort()
    const byReceipt = ({ expected }: Finding) => expected.includes('receipt of entry')
    const byCopy = ({ expected }: Finding) => expected.includes('copy of October')
    const byOther = ({ code, expected }: Finding) =>
      /entry \d+ of slot/.test(expected) || (code === 'log-missing' && /^a log of/.test(expected))
    const bySearch = ({ code }: Finding) => code === 'search-mismatch'
    return {
      verifier: by((finding) => !byReceipt(finding) && !byCopy(finding) && !byOther(finding) && !bySearch(finding)),
      search: by(bySearch),
      receipts: by(byReceipt),
      copy: by(byCopy),
      otherLog: by(byOther),
      start: await this.start(slot),
    }
  }

  /** What verification finds of all logs, as `linkage log verify` does.
   *  @param alone of this slot's only, as if no other had ever been
   *  @param policy a trust policy, in the place of the keys that were published */
  async findings(kept: readonly Kept[], alone?: string, policy?: string): Promise<Finding[]> {
    const place = await openStoredLogs(this.adminUrl)
    try {
      const published = Object.values(this.bench.kept).map(({ verifierKey }) => readVerifierKey(verifierKey))
      const trusted = policy === undefined ? published : readTrustPolicy(policy)
      const findings: Finding[] = []
      const logs = place.logs.filter(({ slot }) => alone === undefined || slot === alone)
      const run = verifyLogs({ ...place, logs }, { now: verifiedAt, trusted, kept })
      for (let step = await run.next(); step.done !== true; step = await run.next()) findings.push(step.value)
      return findings
    } finally {
      await place.close()
    }
  }

  /** Codes of what is found of slot 1 as if it were alone, given evidence. */
  async verify(known: readonly Known[], policy?: string): Promise<string[]> {
    const kept = known.map((each) => ({ log: logOf('1'), known: each }))
    const findings = await this.findings(kept, '1', policy)
    // Its entries speak of the other, which is not looked at here.
    return [...new Set(findings.map(({ code }) => code))].filter((code) => code !== 'log-missing').sort()
  }

  /** Starts a gateway's log on it, with a copy of its keys. */
  async start(slot = '1'): Promise<string> {
    const keys = this.bench.copyOfKeys(slot, this.keys)
    clock.at(new Date(verifiedAt).toISOString())
    try {
      const log = await this.bench.openLog(slot, this.gatewayUrl, keys)
      await log.close()
      return 'starts'
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error)
    }
  }

  /** The signer of a slot, as it is stolen from the gateway's machine. */
  stolenKey = (slot = '1'): Promise<NoteSigner> => readSigner(this.bench.keysOf(slot), logOf(slot))
}

/** A key of the attacker's own, under the log's name. */
export const ownKey = (pem: string, slot = '1'): NoteSigner => noteSigner(logOf(slot), pem)
