// streams.test.ts: files and answers that were not released, while the log is lost and comes back: each end is recorded, and once.
import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { openPlace, serving } from '../attacks/gateway-child.ts'
import { Configuration } from '../end-to-end/configuration.ts'
import { nextSecond } from '../end-to-end/department.ts'
import { fileHeaders, line, lines, listPath, openAllDay } from '../end-to-end/files.ts'
import { readStored, verdictOf } from './stored.ts'
import { Wire } from './wire.ts'

t.setTimeout(120_000)

/** What the welfare system does with the next question; a question may be left unanswered. */
let script: (response: ServerResponse, url: string | undefined) => void = () => undefined
const welfare = createServer(({ url }, response) => {
  response.setHeader('content-type', 'application/x-ndjson')
  script(response, url)
})
await new Promise<void>((listening) => welfare.listen(0, '127.0.0.1', listening))
t.teardown(() => {
  welfare.closeAllConnections()
  welfare.close()
})
const address = welfare.address()
const place = await openPlace(t, `http://127.0.0.1:${address !== null && typeof address !== 'string' ? address.port : 0}`)
const configuration = new Configuration(place.department.config)
openAllDay(configuration)
const origin = 'http://linkage.test'
configuration.edit('gateway.yaml', (file) => file.set('origin', origin))
const wire = await Wire.to(place.database.url('linkage_gateway'))
const admin = new pg.Pool({ connectionString: place.database.adminUrl, max: 1 })
admin.on('error', () => undefined) // its `end` does not wait for its sessions: the server may end one first
const run = place.serve(wire.url)
t.teardown(async () => {
  run.child.kill('SIGKILL')
  await run.ended
  await admin.end()
  await wire.close()
})
await serving(run)
await nextSecond()

const entries = async (): Promise<Record<string, unknown>[]> =>
  (await readStored(admin, '1')).entries.map(({ bytes }) => JSON.parse(bytes.toString('utf8')))

async function until<T>(found: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(25)) {
    const one = await found()
    if (one !== undefined) return one
  }
  throw new Error(`it never came to that: ${run.printed().slice(-1_000)}`)
}

/** The bytes that ask for the list. */
async function request(path: string): Promise<string> {
  const headers = Object.entries({ host: 'linkage.test', ...(await fileHeaders({ drawn: place.department.drawn, origin }, path)) })
  return `GET ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** Asks for the list, or for several on one connection; resolves once a query is recorded. */
async function begin(paths = [listPath]) {
  const known = new Set((await entries()).map(({ id }) => id))
  let sent = ''
  for (const path of paths) sent += await request(path)
  const socket = connect(place.publicPort, '127.0.0.1', () => socket.write(sent))
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => undefined) // it is reset
  const query = await until(async () => (await entries()).find(({ id, kind }) => kind === 'query' && !known.has(id)))
  return { socket, id: query.id, heard: () => Buffer.concat(chunks).toString('latin1') }
}

/** What speaks of a query, once it has ended and the log had the time to repeat itself. */
async function saidOf(id: unknown): Promise<Record<string, unknown>[]> {
  const said = async () => (await entries()).filter(({ of }) => typeof of === 'object' && of !== null && 'id' in of && of.id === id)
  await until(async () => ((await said()).some(({ kind }) => kind === 'completion') ? true : undefined))
  await sleep(1_200)
  return await said()
}

const kinds = (said: readonly Record<string, unknown>[]): unknown[] => said.map(({ kind, outcome }) => outcome ?? kind)

/** A file of which a block comes at once, and the end when it is told to. */
function endingWhenTold(of: (at: number) => string): () => void {
  const told = Promise.withResolvers<void>()
  script = (response) => {
    response.write(lines(600, of))
    told.promise.then(() => response.end(lines(3, of)))
  }
  return told.resolve
}

t.test('the reply to the commit of a completion is lost: it stands, and is not written again', async (t) => {
  const end = endingWhenTold((at) => line(at, { applicant: { nationalId: null } }))
  const { id, heard } = await begin()
  const lost = wire.next('append', 'reply', 0)
  end()
  await lost
  t.same(kinds(await saidOf(id)), ['whole'])
  t.match(heard(), /\r\n0\r\n\r\n$/, 'the answer came to its end')
})

t.test('the reply to the commit of those whom it names is lost: they stand once, before the completion', async (t) => {
  const end = endingWhenTold(line)
  const { id } = await begin()
  const lost = wire.next('append', 'reply', 0)
  end()
  await lost
  t.same(kinds(await saidOf(id)), ['subjects', 'whole'])
})

t.test('the log is away when a caller leaves before its turn: that nothing was released is recorded once it is back', async (t) => {
  script = (response, url) => {
    if (url?.endsWith('2026-11') === true) response.end(lines(3))
  }
  const { socket, id } = await begin([listPath.replace('2026-11', '2026-10'), listPath])
  wire.down = true
  socket.resetAndDestroy()
  await sleep(1_500)
  wire.down = false
  t.same(kinds(await saidOf(id)), ['not-released'])
})

t.test('and the verifier is content', async (t) => {
  const { rows } = await admin.query(`SELECT log, verifier_key FROM linkage.slot WHERE slot = '1'`)
  t.same(await verdictOf(await readStored(admin, '1'), { slot: '1', log: rows[0]?.log, trusted: rows[0]?.verifier_key }, []), [])
})
