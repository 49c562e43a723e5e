// writer.ts: the query log's writing side on PostgreSQL.
import type pg from 'pg'
import type { Hash } from '../canonical.ts'
import {
  type AgencyNumbers,
  type Appended,
  type Batch,
  type ClaimedSlot,
  type EndedSlot,
  type LogWriterStore,
  type Month,
  type Slot,
  type SlotEndStore,
  StoreError,
} from '../querylog/ports.ts'
import { AppendStatement, prepareAppend, type Scratch } from './append-statement.ts'
import { connectionOf } from './connection.ts'
import { KeptSession } from './kept-session.ts'
import { type Row, Session } from './session.ts'

/** How long statements off the call path may take, ms. */
const sideWithin = 30_000
const probeWithin = 5_000
const firstScratch = 64 * 1024

/** `LogWriterStore` on two connections: one for claim, append and probe; one, opened when needed, for what must not stand in
 *  their way. No pooler may stand between: the claim counts on the server ending the statements of a connection in order. */
export class PostgresLogWriter implements LogWriterStore, SlotEndStore {
  readonly #config: pg.ClientConfig
  readonly #main = new KeptSession(() => this.#openMain())
  readonly #side = new KeptSession(() => this.#open())
  #scratch: Scratch = { bytes: Buffer.allocUnsafeSlow(firstScratch) }
  #inFlight = false
  /** The outcome of a statement is unknown: only a claim, which waits for it, may come next. */
  #claimDue = false
  readonly #alone: boolean
  #slot: Slot | undefined
  /** How many entries the other gateways' logs held when this writer, alone, was last asked whether it is ready. */
  #others: ReadonlyMap<Slot, number> | undefined
  #closed = false

  /** @param alone whether a slot is claimed only where no other writer that is alone is connected with another one
   *  @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string, alone = false) {
    this.#config = connectionOf(url)
    this.#alone = alone
  }

  async claim(slot: Slot, log: string, verifierKey: string, wait: number): Promise<ClaimedSlot> {
    this.#claimDue = true
    this.#slot = slot
    this.#main.drop()
    const session = await this.#main.get()
    const statement = `SELECT epoch, log, size, root, month::text AS month, agencies, database_ms FROM linkage.claim_slot($1, $2, $3, $4)`
    const [row] = await session.run(statement, [slot, log, verifierKey, wait], wait + sideWithin, true)
    this.#claimDue = false
    return claimedSlot(row)
  }

  async append(batch: Batch, within: number): Promise<Appended> {
    const session = await this.#session()
    const shared = !this.#inFlight
    const scratch = shared ? this.#scratch : { bytes: Buffer.allocUnsafeSlow(firstScratch) }
    this.#inFlight = true
    try {
      return { databaseTime: await session.submit(new AppendStatement(batch, scratch), within) }
    } catch (error) {
      if (error instanceof StoreError && error.code === 'ambiguous') this.#giveUp()
      throw error
    } finally {
      if (shared) this.#inFlight = false
    }
  }

  async putCheckpoint(slot: Slot, size: number, checkpoint: string): Promise<void> {
    await this.#runAside('SELECT linkage.put_checkpoint($1, $2, $3)', [slot, size, checkpoint])
  }

  async putDocument(kind: string, bytes: Buffer, beside?: { readonly kind: string; readonly bytes: Buffer }): Promise<void> {
    if (beside === undefined) return this.#runAside('SELECT linkage.put_document($1, $2)', [kind, bytes])
    const both = 'SELECT linkage.put_document($1, $2), linkage.put_document($3, $4)'
    await this.#runAside(both, [kind, bytes, beside.kind, beside.bytes])
  }

  async prepareMonth(month: Month): Promise<void> {
    await this.#runAside(`SELECT linkage.prepare_month(($1::date + interval '1 month')::date)`, [month])
  }

  async endSlot(slot: Slot, log: string, verifierKey: string | undefined, order: string, wait: number): Promise<EndedSlot> {
    const session = await this.#side.get()
    const statement = 'SELECT size, root, checkpoint, ended FROM linkage.end_slot($1, $2, $3, $4, $5)'
    const [row] = await session.run(statement, [slot, log, verifierKey ?? null, order, wait], wait + sideWithin, false)
    if (row === undefined) throw new StoreError('unavailable', 'end: expected one row, found none')
    const checkpoint = row.checkpoint === null ? {} : { checkpoint: String(row.checkpoint) }
    return { head: headOf(row), order: String(row.ended), ...checkpoint }
  }

  async probe(slot: Slot): Promise<{ readonly epoch: number; readonly head: { size: number; root: Hash }; readonly databaseTime: number }> {
    const session = await this.#session()
    const [row] = await session.run(probe, [slot], probeWithin, false)
    if (row === undefined) throw new StoreError('head-moved', `The database holds no slot ${slot}.`)
    // Said on the connection on which it is alone: whoever wrote another slot meanwhile was no gateway.
    if (this.#alone) this.#others = othersOf(row)
    if (row.durable !== true) throw new StoreError('database-not-durable', `Settings of the database: ${String(row.settings)}.`)
    return { epoch: Number(row.epoch), head: headOf(row), databaseTime: Number(row.database_ms) }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#main.close(), this.#side.close()])
  }

  async #session(): Promise<Session> {
    if (this.#claimDue) throw new StoreError('ambiguous', 'The outcome of an earlier statement is unknown: claim the slot first.')
    return this.#main.get()
  }

  async #openMain(): Promise<Session> {
    const session = await this.#open()
    try {
      if (this.#alone && this.#slot !== undefined) this.#others = await beAlone(session, this.#slot, this.#others)
      await session.run(prepareAppend, [], sideWithin, false)
    } catch (error) {
      session.destroy()
      throw error
    }
    return session
  }

  async #open(): Promise<Session> {
    if (this.#closed) throw new StoreError('unavailable', 'The store was closed.')
    return Session.open(this.#config)
  }

  /** The message may still be on its way: neither its connection nor its bytes are used again. */
  #giveUp(): void {
    this.#claimDue = true
    this.#main.drop()
    this.#scratch = { bytes: Buffer.allocUnsafeSlow(firstScratch) }
  }

  /** What is run aside may be run again: lost or not, it is `unavailable`, and trying again is right. */
  async #runAside(text: string, values: readonly unknown[]): Promise<void> {
    const session = await this.#side.get()
    await session.run(text, values, sideWithin, false)
  }
}

/** Says whose session this is, then looks for others: of two that come together one at least sees the other. It is said again on each
 *  connection that appends. The server drops that of a machine that is gone within half a minute, whether it waits for a statement or for its
 *  answer to be taken.
 *  Then it looks whether another wrote while nothing was said: whoever serves writes a data key first, and nobody starts to while this is said.
 *  @param before what was found when it last held
 *  @returns entries in the logs of the other gateways
 *  @throws StoreError other-instance, unavailable */
async function beAlone(session: Session, slot: Slot, before?: ReadonlyMap<Slot, number>): Promise<ReadonlyMap<Slot, number>> {
  const own = `linkage gateway ${slot}`
  await session.run(announce, [own], sideWithin, false)
  const [other] = await session.run(others, [own], sideWithin, false)
  const [row] = await session.run(`SELECT ${otherLogs}`, [slot], sideWithin, false)
  const found = othersOf(row)
  const moved = before && [...found].find(([log, size]) => size !== before.get(log))
  if (moved !== undefined)
    throw new StoreError('other-instance', `Found: the gateway of slot ${moved[0]} wrote while this one had no connection`)
  if (other !== undefined) {
    const told = `Found: ${other.application_name}, process ${other.pid}, from ${other.address ?? 'a socket of its machine, or where this role may not see'}`
    // One that wrote nothing served nobody: it may be at its start, and will end on finding this one.
    throw new StoreError(before === undefined ? 'other-instance' : 'unavailable', told)
  }
  return found
}

/** Keepalives tell of a connection on which nothing is under way, `tcp_user_timeout` of one with an answer that nobody takes. */
export const announce = `
  SELECT set_config('application_name', $1, false), set_config('tcp_keepalives_idle', '10', false),
    set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false),
    set_config('tcp_user_timeout', '25000', false)`

/** Anybody who may connect can take any name: it counts of those who could write a slot. */
const others = `
  SELECT application_name, pid, host(client_addr) AS address FROM pg_stat_activity
  WHERE datname = current_database() AND application_name ~ '^linkage gateway [0-9]+$' AND application_name <> $1
    AND pg_has_role(usesysid, 'linkage_gateway', 'MEMBER')
  ORDER BY backend_start LIMIT 1`

/** Commands write `cli` beside a gateway; a slot that was only ended holds nothing. */
const otherLogs = `(SELECT jsonb_object_agg(slot, size) FROM linkage.slot WHERE slot NOT IN ($1, 'cli') AND size > 0) AS others`

const probe = `
  SELECT ${otherLogs}, epoch, size, root, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS database_ms,
    format('fsync %s, full_page_writes %s, synchronous_commit %s, server_encoding %s', current_setting('fsync'),
      current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('server_encoding')) AS settings,
    current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
      AND current_setting('synchronous_commit') IN ('on', 'remote_apply') AND current_setting('server_encoding') = 'UTF8' AS durable
  FROM linkage.slot WHERE slot = $1`

function claimedSlot(row: Row | undefined): ClaimedSlot {
  if (row === undefined) throw new StoreError('ambiguous', 'claim: expected one row, found none')
  const month = row.month
  return {
    epoch: Number(row.epoch),
    log: String(row.log),
    head: headOf(row),
    agencies: agenciesOf(row.agencies),
    databaseTime: Number(row.database_ms),
    ...(typeof month === 'string' ? { month } : {}),
  }
}

function othersOf(row: Row | undefined): ReadonlyMap<Slot, number> {
  return new Map(Object.entries((row?.others ?? {}) as Record<Slot, number>)) // of `otherLogs`: slots and their sizes
}

function headOf(row: Row): { size: number; root: Hash } {
  return { size: Number(row.size), root: row.root as Hash } // 32 bytes by the table's own check
}

function agenciesOf(value: unknown): Map<string, AgencyNumbers> {
  // The function's own jsonb, which only append_batch writes: agency → four integers.
  const members = Object.entries(value as Record<string, readonly [number, number, number, number]>)
  return new Map(
    members.map(([agency, [records, counted, recordsBefore, countedBefore]]) => [
      agency,
      { records, counted, recordsBefore, countedBefore },
    ]),
  )
}
