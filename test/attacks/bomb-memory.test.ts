// bomb-memory.test.ts: packed answers that expand without end while they are on their way: what the gateway holds meanwhile, and afterwards.
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { Configuration } from '../end-to-end/configuration.ts'
import { nextSecond, statusPath, subject } from '../end-to-end/department.ts'
import { fileHeaders, listPath, openAllDay, payeesPath, withPayees } from '../end-to-end/files.ts'
import { held, openPlace, probe, serving } from './gateway-child.ts'
import { startHostile } from './hostile.ts'
import { chunk, csv, type Encoding, encodings, headOf, json, ndjson, pack, type Rows, random, times } from './packing.ts'

const MiB = 1024 * 1024
/** More than a hundred times what came of any of them. */
const bomb = 128 * MiB
/** What came of each before it: 0.7 MiB, packed. So 70 MiB may come of it, and are not to be held. */
const rows = 700
/** What is referred to of one of them, with the window of an encoding: 16 MiB. */
const most = 24 * MiB
/** And of the process, with what V8 has not collected yet. */
const mostResident = 64 * MiB

t.setTimeout(200_000)
const hostile = await startHostile(() => undefined)
t.teardown(() => hostile.close())
const place = await openPlace(t, hostile.url)
const configuration = new Configuration(place.department.config)
configuration.withoutLimits()
openAllDay(configuration)
withPayees(configuration)
configuration.edit('gateway.yaml', (file) =>
  file.set('upstreams', file.createNode({ welfare: { url: hostile.url, encodings: [...encodings], breaker: { failures: '1000000' } } })),
)
const run = place.serve(undefined, [probe])
t.teardown(async () => {
  run.child.kill('SIGTERM')
  await run.ended
})
await serving(run)
await nextSecond()

const origin = /^origin: (\S+)/m.exec(readFileSync(`${place.department.config}/gateway.yaml`, 'utf8'))?.[1] ?? ''
const { drawn } = place.department
const [approved] = demoCalls(subject)
if (approved === undefined) throw new Error('the demo has an approved call')
const demo = approved

/** The bytes of a call whose answer comes in rows like these. */
async function calling({ type }: Rows): Promise<string> {
  const body = type === 'application/json' ? JSON.stringify({ nationalId: subject }) : ''
  const path = type === 'text/csv' ? payeesPath : listPath
  const headers = body === '' ? await fileHeaders({ drawn, origin }, path) : await new DemoCaller('', drawn).headers(demo, body)
  const all = Object.entries({ host: 'linkage.test', 'content-length': Buffer.byteLength(body), ...headers })
  return `${body === '' ? `GET ${path}` : `POST ${statusPath}`} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

async function call(rows: Rows): Promise<Socket> {
  const asking = await calling(rows)
  const socket = connect(place.publicPort, '127.0.0.1', () => socket.write(asking))
  return socket
}

/** Reads to the end. @returns bytes, and how it ended: undefined where it did in good order */
async function read(socket: Socket): Promise<{ bytes: number; error: string | undefined }> {
  let [bytes, error]: [number, string | undefined] = [0, undefined]
  socket.on('data', (piece) => {
    bytes += piece.length
  })
  socket.on('error', (failed: NodeJS.ErrnoException) => {
    error = failed.code
  })
  await new Promise((closed) => socket.once('close', closed))
  return { bytes, error }
}

const memory = (what: 'VmHWM' | 'VmRSS'): number =>
  1024 * Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${run.child.pid}/status`, 'utf8'))?.[1] ?? Number.NaN)

/** What is held at most, of what somebody refers to and of the whole process, beyond what was held before. What V8 has not collected
 *  yet is collected again and again: it comes to as much as V8 likes. */
async function checkPeak(t: Test, title: string, work: () => Promise<void>): Promise<void> {
  const before = { bytes: (await held(run)).bytes, resident: memory('VmRSS') }
  // SPEC proc_pid_clear_refs(5): 5 makes the most that ever was what is now.
  writeFileSync(`/proc/${run.child.pid}/clear_refs`, '5')
  let [bytes, over] = [0, false]
  const working = work().finally(() => {
    over = true
  })
  for (; !over; await sleep(150)) bytes = Math.max(bytes, (await held(run)).bytes - before.bytes)
  await working
  const resident = memory('VmHWM') - before.resident
  const said = `${(bytes / MiB).toFixed(1)} MiB are referred to at most, the process takes ${(resident / MiB).toFixed(1)}`
  t.ok(bytes < most && resident < mostResident, `${title}: ${said}`)
}

const kinds: Readonly<Record<string, Rows>> = { NDJSON: ndjson(random(rows)), CSV: csv(random(rows)), JSON: json(random(rows)) }
const blanks = Buffer.alloc(bomb, ' ')

/** What the upstream sends from now on. */
async function sending(of: Rows, encoding: Encoding, more: Buffer): Promise<void> {
  const parts = (await pack(encoding, [of.honest, more])).map(chunk)
  const last = Buffer.from('0\r\n\r\n')
  hostile.deed = (socket) => void socket.write(Buffer.concat([Buffer.from(headOf(of, encoding)), ...parts, last]))
}

const skip = process.platform !== 'linux' && 'memory is read from /proc'

t.test('a bomb behind rows that were released is not held while it expands', { skip }, async (t: Test) => {
  for (const [kind, of] of Object.entries(kinds))
    for (const encoding of encodings) {
      const withheld = of.type === 'text/csv' ? times(of.row, bomb) : Buffer.concat([Buffer.from(of.opened), blanks])
      await sending(of, encoding, withheld)
      const bombed = async (): Promise<void> => {
        const { bytes, error } = await read(await call(of))
        t.equal(error, 'ECONNRESET')
        t.ok(bytes > 0)
      }
      // The first of a process compiles and allocates what it needs for every one.
      await bombed()
      await checkPeak(t, `${kind} in ${encoding}`, bombed)
    }
})

t.test('nor while a caller takes nothing of it', { skip }, async (t: Test) => {
  for (const [kind, of] of Object.entries(kinds))
    for (const encoding of encodings) {
      await sending(of, encoding, times(of.row, bomb))
      await checkPeak(t, `${kind} in ${encoding}`, async () => {
        const socket = await call(of)
        socket.pause()
        await sleep(800)
        t.equal((await read(socket.resume())).error, 'ECONNRESET')
      })
    }
})

t.test('afterwards nothing of it stays', async (t: Test) => {
  for (let tries = 0; hostile.open > 0 && tries < 100; tries += 1) await sleep(20)
  t.equal(hostile.open, 0, 'the upstream is let go')
  let { calls } = await held(run)
  for (let tries = 0; calls > 0 && tries < 100; tries += 1, { calls } = await held(run)) await sleep(50)
  t.equal(calls, 0, 'nothing refers to a call any more')
})
