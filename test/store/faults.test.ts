// faults.test.ts: what the writer does when its server, its connection or its settings fail it.
import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import t from 'tap'
import { startEmbedded } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace, entry, type Place } from './batches.ts'
import { connect, startTestDatabase, type Teardown, temporaryFolder } from './server.ts'

const within = 5_000
const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)

let slots = 0
const identity = (): { slot: string; log: string } => {
  slots += 1
  return { slot: String(slots), log: `https://gateway.example/log/${slots}` }
}

function writerTo(t: Teardown, url: string): PostgresLogWriter {
  const writer = new PostgresLogWriter(url)
  t.teardown(() => writer.close())
  return writer
}

async function freshSlot(t: Teardown, url = database.gatewayUrl): Promise<{ writer: PostgresLogWriter; place: Place; log: string }> {
  const { slot, log } = identity()
  const writer = writerTo(t, url)
  return { writer, place: emptyPlace(slot, await writer.claim(slot, log, 'key', within)), log }
}

async function sizeOf(slot: string): Promise<number> {
  const { rows } = await admin.query('SELECT size::int AS size FROM linkage.slot WHERE slot = $1', [slot])
  return rows[0]?.size
}

t.test('a server that would not keep what it acknowledges is refused, by name, at claim, append, document and probe', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const batch = batchOf(place, [entry('opening')])
  const setAndReload = async (name: string, value: string): Promise<void> => {
    await admin.query(`ALTER SYSTEM SET ${name} = ${value}`)
    await admin.query('SELECT pg_reload_conf()')
    while ((await admin.query(`SHOW ${name}`)).rows[0]?.[name] !== value) await sleep(10)
    await sleep(50) // the writer's own session reads it when it is next idle
  }
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    await setAndReload(name, 'off')
    const refused = { code: 'database-not-durable', message: new RegExp(`${name} off`) }
    await t.rejects(writer.append(batch, within), refused, `${name}: append`)
    await t.rejects(writer.putDocument('policy', Buffer.from('x')), refused, `${name}: document`)
    await t.rejects(writer.probe(place.slot), refused, `${name}: probe`)
    await t.rejects(writerTo(t, database.gatewayUrl).claim(place.slot, log, 'key', within), refused, `${name}: claim`)
    await setAndReload(name, 'on')
  }
  for (const value of ['local', 'remote_write']) {
    await setAndReload('synchronous_commit', value)
    await t.rejects(writer.append(batch, within), { code: 'database-not-durable' }, value)
  }
  await setAndReload('synchronous_commit', 'remote_apply')
  await writer.append(batch, within)
  await setAndReload('synchronous_commit', 'on')
  t.equal(await sizeOf(place.slot), 1)
  t.equal((await writer.claim(place.slot, log, 'key', within)).epoch, place.epoch + 1, 'a refused claim took nothing')
})

t.test("a dead client's late statement ends before the claim, which sees what it did", async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const blocker = await lockRow(t, place.slot)
  const batch = batchOf(place, [entry('opening')])
  await t.rejects(writer.append(batch, 200), { code: 'ambiguous', message: /did not answer within 200 ms/ })
  await t.rejects(writer.append(batch, within), { code: 'ambiguous', message: /claim the slot first/ })
  await t.rejects(writer.probe(place.slot), { code: 'ambiguous' })
  const claim = writer.claim(place.slot, log, 'key', within)
  await sleep(100)
  t.equal(await sizeOf(place.slot), 0, 'a plain read lies: the statement is still under way')
  await blocker.query('COMMIT')
  const claimed = await claim
  t.match({ epoch: claimed.epoch, size: claimed.head.size }, { epoch: place.epoch + 1, size: 1 })
  t.strictSame(claimed.head.root, batch.to.root)
  await writer.append(batchOf({ ...after(place, batch), epoch: claimed.epoch }, [entry('query')]), within)
  t.equal(await sizeOf(place.slot), 2)
})

t.test('a claim waits no longer than it was told, and takes nothing then', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const blocker = await lockRow(t, place.slot)
  await t.rejects(writer.claim(place.slot, log, 'key', 100), { code: 'ambiguous', message: /lock timeout/ })
  await blocker.query('COMMIT')
  t.equal((await writer.claim(place.slot, log, 'key', within)).epoch, place.epoch + 1)
})

/** Waits until so many sessions of gateways are as told, at most ten seconds. */
async function sessions(count: number, as: string): Promise<void> {
  const query = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'linkage_gateway' AND ${as}`
  for (const end = Date.now() + 10_000; (await admin.query(query)).rows[0]?.n !== count; await sleep(5))
    if (Date.now() > end) throw new Error(`it never came to ${count} sessions: ${as}`)
}

async function lockRow(t: Teardown, slot: string): Promise<pg.Client> {
  const blocker = await connect(t, database.adminUrl)
  await blocker.query('BEGIN')
  await blocker.query('SELECT FROM linkage.slot WHERE slot = $1 FOR UPDATE', [slot])
  return blocker
}

t.test('a stopped server is given up after the time limit', { skip: process.platform === 'win32' }, async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const { rows } = await admin.query(
    `SELECT pid FROM pg_stat_activity WHERE query LIKE '%claim_slot%' AND usename = 'linkage_gateway' ORDER BY backend_start DESC LIMIT 1`,
  )
  const backend = Number(rows[0]?.pid)
  process.kill(backend, 'SIGSTOP')
  t.teardown(() => resume(backend))
  const batch = batchOf(place, [entry('opening')])
  await t.rejects(writer.append(batch, 200), { code: 'ambiguous' })
  const claimed = await writer.claim(place.slot, log, 'key', within)
  t.match({ epoch: claimed.epoch, size: claimed.head.size }, { epoch: place.epoch + 1, size: 0 })
  resume(backend)
  await sessions(0, `pid = ${backend}`) // its client is gone: it ends behind the statement
  t.equal(await sizeOf(place.slot), 0, 'its late statement finds another epoch')
})

function resume(backend: number): void {
  try {
    process.kill(backend, 'SIGCONT')
  } catch {
    // it has ended meanwhile
  }
}

/** A proxy that can cut a connection at one of two moments: before the server sees a request, or before the client sees the answer. */
async function cuttingProxy(t: Teardown): Promise<{ url: string; cut: 'nothing' | 'requests' | 'answers' }> {
  const target = new URL(database.gatewayUrl)
  const port = Number(target.port)
  const state = { url: '', cut: 'nothing' as 'nothing' | 'requests' | 'answers' }
  const sockets: Socket[] = []
  const server = createServer((client) => {
    const upstream = dial(port, '127.0.0.1')
    sockets.push(client, upstream)
    const pass = (from: Socket, to: Socket, when: 'requests' | 'answers'): void => {
      from.on('data', (data: Buffer) => (state.cut === when ? client.destroy() : to.write(data)))
      from.on('error', () => to.destroy())
      from.on('close', () => to.end())
    }
    pass(client, upstream, 'requests')
    pass(upstream, client, 'answers')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  target.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  state.url = target.href
  return state
}

for (const [cut, size] of [
  ['requests', 0],
  ['answers', 1],
] as const) {
  t.test(`a connection cut in the ${cut}: ambiguous, and the claim finds ${size} entries`, async (t) => {
    const proxy = await cuttingProxy(t)
    const { writer, place, log } = await freshSlot(t, proxy.url)
    const batch = batchOf(place, [entry('opening')])
    proxy.cut = cut
    await t.rejects(writer.append(batch, within), { name: 'StoreError', code: 'ambiguous' })
    proxy.cut = 'nothing'
    t.equal((await writer.claim(place.slot, log, 'key', within)).head.size, size)
  })
}

t.test('a warning on the commit is a failure', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  await admin.query(`CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'not replicated'; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER warn AFTER UPDATE ON linkage.slot DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()`)
  await t.rejects(writer.append(batchOf(place, [entry('opening')]), within), { code: 'ambiguous', message: /not replicated/ })
  await admin.query('DROP TRIGGER warn ON linkage.slot; DROP FUNCTION warn')
  t.equal((await writer.claim(place.slot, log, 'key', within)).head.size, 1)
})

t.test('an error at the commit itself, after the command was answered, is no success', async (t) => {
  const { writer, place } = await freshSlot(t)
  await admin.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'at commit' USING ERRCODE = '23514'; END $$;
    CREATE CONSTRAINT TRIGGER fail AFTER UPDATE ON linkage.slot DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()`)
  await t.rejects(writer.append(batchOf(place, [entry('opening')]), within), { code: 'rejected', message: /at commit/ })
  await admin.query('DROP TRIGGER fail ON linkage.slot; DROP FUNCTION fail')
  t.equal(await sizeOf(place.slot), 0)
})

t.test('an administrator who ends the session mid-append leaves it ambiguous; an idle session is replaced unseen', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const blocker = await lockRow(t, place.slot)
  const refused = t.rejects(writer.append(batchOf(place, [entry('opening')]), within), { code: 'ambiguous' })
  await sessions(1, `wait_event_type = 'Lock'`)
  await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'linkage_gateway'`)
  await refused
  await blocker.query('COMMIT')
  const claimed = await writer.claim(place.slot, log, 'key', within)
  t.equal(claimed.head.size, 0)
  await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'linkage_gateway'`)
  await sleep(100)
  await writer.append(batchOf({ ...place, epoch: claimed.epoch }, [entry('opening')]), within)
  t.equal(await sizeOf(place.slot), 1)
})

t.test('while the database is away every call is unavailable; when it is back the next one works', async (t) => {
  const data = `${temporaryFolder(t)}/data`
  const first = await startEmbedded(data)
  t.teardown(() => first.stop())
  await makeRoles(first.adminUrl, first.passwords)
  await migrate(first.adminUrl)
  const { writer, place } = await freshSlot(t, first.url('linkage_gateway'))
  const batch = batchOf(place, [entry('opening')])
  await writer.append(batch, within)
  await first.stop()
  await sleep(50)
  const next = batchOf(after(place, batch), [entry('query')])
  await t.rejects(writer.append(next, within), { name: 'StoreError', code: 'unavailable', message: /cannot be reached/ })
  await t.rejects(writer.probe(place.slot), { code: 'unavailable' })
  await t.rejects(writer.putDocument('policy', Buffer.from('x')), { code: 'unavailable' })
  const again = await startEmbedded(data, { port: Number(new URL(first.adminUrl).port) })
  t.teardown(() => again.stop())
  await writer.append(next, within)
  await writer.putDocument('policy', Buffer.from('x'))
  t.equal((await writer.probe(place.slot)).head.size, 2)
})

t.test('a database without tables says what to run', async (t) => {
  await admin.query(`CREATE DATABASE empty TEMPLATE template0 ENCODING 'UTF8'`)
  const url = new URL(database.gatewayUrl)
  url.pathname = '/empty'
  const { slot, log } = identity()
  await t.rejects(writerTo(t, url.href).claim(slot, log, 'key', within), { code: 'unavailable', message: /linkage database migrate/ })
})

t.test('a closed writer says so', async (t) => {
  const { writer, place } = await freshSlot(t)
  await writer.close()
  await t.rejects(writer.append(batchOf(place, [entry('opening')]), within), { code: 'unavailable' })
})
