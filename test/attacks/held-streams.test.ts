// held-streams.test.ts: a file that is recorded and not yet on its way: behind answers that nobody reads, or at its upstream, it is judged as one that runs.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Configuration } from '../end-to-end/configuration.ts'
import { household, type StoredRecord } from '../end-to-end/department.ts'
import { ask, fileHeaders, lines, listPath, startFiles } from '../end-to-end/files.ts'
import type { Script } from '../end-to-end/welfare.ts'
import { request } from './harness.ts'

const department = await startFiles(t, (configuration) => configuration.withoutLimits())
const { welfare } = department
const { gateway } = department.serving.process
const configuration = new Configuration(`${department.folder}/config`)
const file: Script = (_, response) => void response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(lines(3000))
/** Almost as much as is released whole. */
const large = JSON.stringify({ ...household, members: Array(17_000).fill({ name: '王小測', studentStatus: '國小三年級' }) })
/** So many of them that no buffer of a kernel takes them. */
const unread = 12

async function until<T>(found: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
    const one = await found()
    if (one !== undefined && one !== false) return one
  }
  throw new Error('it never came to that')
}

/** Blocks the credential that fetches files, or nobody; resolves once that is in force. */
async function block(credential?: string): Promise<void> {
  const { digest } = gateway.policy.snapshot
  const blocks = credential === undefined ? [] : [{ credential, at: '2026-11-24T22:15:00+08:00', by: '值班人員', reason: '疑似憑證外洩' }]
  configuration.edit('blocks.yaml', (document) => document.set('blocks', document.createNode(blocks)))
  await until(() => gateway.policy.snapshot.digest !== digest)
}

const fileQuery = (from: number): Promise<StoredRecord> =>
  until(async () => (await department.records(from)).find(({ entry }) => entry.kind === 'query' && entry.mode === 'file'))
const completionOf = ({ index }: StoredRecord): Promise<StoredRecord> =>
  until(async () => (await department.records(index)).find(({ entry }) => entry.kind === 'completion' && entry.of?.index === index))
const policyInForce = async (): Promise<unknown> =>
  (await department.records()).findLast(({ entry }) => entry.kind === 'policy')?.entry.digest

/** The bytes that ask for the list. */
async function fileRequest(): Promise<Buffer> {
  const headers = Object.entries({ host: 'linkage.test', ...(await fileHeaders(department)) })
  return Buffer.from(`GET ${listPath} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
}

/** Sends so many calls about a household and one for the list behind them, and reads nothing. */
async function pipeline(calls: number): Promise<Socket> {
  const sent = Buffer.concat([...Array<Buffer>(calls).fill(request(department)), await fileRequest()])
  const socket = connect({ port: department.port, host: '127.0.0.1' }, () => socket.write(sent))
  socket.on('error', () => undefined) // it is reset at the end
  return socket
}

t.test('held back behind answers that nobody reads, it is cut by a block, and never released', async (t) => {
  const [from, asked] = [department.size, welfare.asked.length]
  const go = Promise.withResolvers<void>()
  welfare.script = async (one, response) => {
    if (one.method === 'GET') return await file(one, response)
    await go.promise
    response.writeHead(200, { 'content-type': 'application/json' }).end(large)
  }
  const socket = await pipeline(unread)
  await until(() => welfare.asked.length === asked + unread + 1)
  go.resolve()
  const query = await fileQuery(from)
  // It waits, and is known to.
  await until(() => gateway.streams.size === 1)
  await block('nhi-file-1')
  const completion = await completionOf(query)
  const refused = { outcome: 'cut', code: 'blocked', rule: 'blocks.yaml#/blocks/0', bytes: 0, rows: 0 }
  t.match(completion.entry, { ...refused, policy: await policyInForce() }, 'at once, not once the caller deigns to read')
  t.equal(gateway.streams.size, 0)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await new Promise((closed) => socket.once('close', closed))
  const heard = Buffer.concat(chunks).toString('latin1')
  t.equal(heard.match(/HTTP\/1\.1 200/g)?.length, unread, 'the answers before it')
  t.notMatch(heard, /nationalId/, 'and nothing of the file')
  await block()
})

t.test('a block that comes while its first block gathers stops it', async (t) => {
  const from = department.size
  const landed = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  welfare.script = async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write(lines(10))
    begun.resolve()
    await landed.promise
    response.end(lines(3000))
  }
  const answer = ask(department)
  await begun.promise
  await block('nhi-file-1')
  landed.resolve()
  await t.rejects(answer, { code: 'ECONNRESET' }, 'not even a head')
  const completion = await completionOf(await fileQuery(from))
  t.match(completion.entry, { outcome: 'cut', code: 'blocked', bytes: 0, policy: await policyInForce() })
  await block()
})

t.test('whose caller leaves before its turn was not released, and no end of a stream is recorded', async (t) => {
  const [from, asked] = [department.size, welfare.asked.length]
  welfare.script = (one, response) => (one.method === 'GET' ? file(one, response) : undefined)
  const socket = await pipeline(1)
  await until(() => welfare.asked.length === asked + 2)
  const query = await fileQuery(from)
  socket.resetAndDestroy()
  t.match((await completionOf(query)).entry, { outcome: 'not-released' })
  t.equal(gateway.streams.size, 0)
})
