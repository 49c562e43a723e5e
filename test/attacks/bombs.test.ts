// bombs.test.ts: packed answers that turn out to be bombs, or broken, when some of them is on its way: reset, and recorded with what left.
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { parseDictionary } from 'structured-headers'
import t, { type Test } from 'tap'
import { openStoredLogs } from '../../src/store/stored-logs.ts'
import type { Finding } from '../../src/verifier/finding.ts'
import type { Known } from '../../src/verifier/known.ts'
import { verifyLogs } from '../../src/verifier/logs.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { startDepartment } from '../end-to-end/department.ts'
import { fileHeaders, leftBy, listPath, openAllDay, payeesPath, withPayees } from '../end-to-end/files.ts'
import { unsealed } from '../end-to-end/unsealed.ts'
import { request } from './harness.ts'
import { startHostile } from './hostile.ts'
import {
  chunk,
  csv,
  type Encoding,
  encodings,
  expansion,
  headOf,
  json,
  ndjson,
  pack,
  packWhole,
  type Rows,
  random,
  times,
} from './packing.ts'

const block = 64 * 1024
const MiB = 1024 * 1024
/** What is expanded at most for a byte that came, beyond the first MiB. */
const mostTimes = 100
t.setTimeout(230_000)

const hostile = await startHostile(() => undefined)
t.teardown(() => hostile.close())
const department = await startDepartment(t, (configuration) => {
  configuration.withoutLimits()
  openAllDay(configuration)
  withPayees(configuration)
  configuration.edit('gateway.yaml', (file) =>
    file.set('upstreams', file.createNode({ welfare: { url: hostile.url, encodings: [...encodings], breaker: { failures: '1000000' } } })),
  )
})

/** Random letters do not pack: so much of a document must have come before it is a stream. */
const kinds: Readonly<Record<string, Rows>> = {
  NDJSON: ndjson(Array<string>(3_000).fill('未列目錄')),
  CSV: csv(Array.from({ length: 6_000 }, (_, at) => String(at))),
  JSON: json(random(1_400)),
}

/** The bytes of a call whose answer comes in rows like these. */
async function calling({ type }: Rows): Promise<Buffer> {
  if (type === 'application/json') return request(department)
  const path = type === 'text/csv' ? payeesPath : listPath
  const headers = Object.entries({ host: 'linkage.test', ...(await fileHeaders(department, path)) })
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
}

interface Heard {
  readonly head: string
  /** Of the chunks as far as they came. */
  readonly body: Buffer
  /** Whether the last chunk came. */
  readonly ended: boolean
  /** How the connection ended: undefined where it did in good order. */
  readonly error: string | undefined
}

/** Calls on a bare socket: what comes until the gateway ends it, or an answer is whole.
 *  @param onBody told once a part of the body is there */
function hear(call: Buffer, onBody: () => void): Promise<Heard> {
  return new Promise((heard) => {
    const pieces: Buffer[] = []
    let [bytes, error]: [number, string | undefined] = [0, undefined]
    const socket = connect(department.port, '127.0.0.1', () => socket.write(call))
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece)
      bytes += piece.length
      if (bytes > block) onBody()
      if (piece.subarray(-5).toString('latin1') === '0\r\n\r\n') socket.end()
    })
    socket.on('error', (failed: NodeJS.ErrnoException) => {
      error = failed.code
    })
    socket.on('close', () => heard({ ...dechunked(Buffer.concat(pieces)), error }))
  })
}

function dechunked(bytes: Buffer): Omit<Heard, 'error'> {
  const start = bytes.indexOf('\r\n\r\n') + 4
  const head = bytes.toString('latin1', 0, start)
  const parts: Buffer[] = []
  for (let at = start; ; ) {
    const end = bytes.indexOf('\r\n', at)
    const size = end < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, end), 16)
    if (!(size > 0)) return { head, body: Buffer.concat(parts), ended: size === 0 }
    parts.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}

/** What comes behind rows that were released: packed, in chunks; and what is said of it to recipients. */
interface Ending {
  readonly problem: string | RegExp | ((rows: Rows) => string)
  /** The packed rows, and behind them the parts of what comes next. */
  readonly parts: (encoding: Encoding, rows: Rows) => Promise<readonly Buffer[]>
}

const broken = 'not in the encoding that it names'
/** More than the bound on anything that came here. */
const large = 256 * MiB
const letters = Buffer.alloc(large, 'F')

const endings: Readonly<Record<string, Ending>> = {
  'expand into what nobody may have': {
    problem: ({ withoutEnd }) => withoutEnd,
    parts: (encoding, { honest, opened }) => pack(encoding, [honest, Buffer.from(opened), letters]),
  },
  'expand into blanks': {
    problem: ({ withoutEnd }) => withoutEnd,
    parts: (encoding, { honest }) => pack(encoding, [honest, Buffer.alloc(large, ' ')]),
  },
  'expand into rows that are approved': {
    problem: expansion,
    parts: (encoding, { honest, row }) => pack(encoding, [honest, times(row, large)]),
  },
  'expand by many small pieces, each in a chunk of its own': {
    problem: expansion,
    parts: async (encoding, { type, honest, row, opened }) => {
      const begun = type === 'text/csv' ? honest : Buffer.concat([honest, Buffer.from(opened)])
      const piece = type === 'text/csv' ? times(row, block) : letters.subarray(0, block)
      if (encoding === 'br') return await pack(encoding, [begun, ...Array<Buffer>(4_000).fill(piece)])
      // Members of gzip (RFC 1952 §2.2): none of them expands into much.
      return [packWhole(encoding, begun), ...Array<Buffer>(4_000).fill(packWhole(encoding, piece))]
    },
  },
  'hold what is packed once more': {
    problem: /./,
    parts: (encoding, { honest }) => pack(encoding, [honest, packWhole(encoding, packWhole(encoding, letters.subarray(0, 16 * MiB)))]),
  },
  'break off': {
    problem: broken,
    parts: async (encoding, { honest, row }) => (await pack(encoding, [honest, times(row, MiB)])).slice(0, -1),
  },
  'break off within a piece': {
    problem: broken,
    parts: async (encoding, { honest, row }) => {
      const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = await pack(encoding, [honest, times(row, MiB)])
      return [first, second.subarray(0, second.length / 2)]
    },
  },
  'are followed by bytes behind the end of the encoding': {
    problem: broken,
    parts: async (encoding, { honest }) => [...(await pack(encoding, [honest])), Buffer.from('and more')],
  },
  'are followed by zeros behind the end of the encoding': {
    problem: broken,
    parts: async (encoding, { honest }) => [...(await pack(encoding, [honest])), Buffer.alloc(512)],
  },
  'go on with bytes that are of no encoding': {
    problem: broken,
    parts: async (encoding, { honest }) => {
      const [first = Buffer.alloc(0)] = await pack(encoding, [honest])
      return [first, Buffer.alloc(512, 0xff)]
    },
  },
}

/** Answers with the first part; with the rest, once some of it has come to the caller. */
async function play(rows: Rows, encoding: Encoding, parts: readonly Buffer[]): Promise<Heard> {
  const arrived = Promise.withResolvers<void>()
  const [first = Buffer.alloc(0), ...rest] = parts.filter(({ length }) => length > 0).map(chunk)
  hostile.deed = (socket) => {
    socket.write(headOf(rows, encoding))
    socket.write(first)
    arrived.promise.then(async () => {
      for (const part of rest) if (!socket.write(part)) await new Promise((drained) => socket.once('drain', drained).once('close', drained))
      socket.write('0\r\n\r\n')
    })
  }
  return await hear(await calling(rows), arrived.resolve)
}

const receipts: string[] = []

/** What the log holds of an answer that was cut: what left, to the byte. */
async function checkCut(t: Test, rows: Rows, { head, body, ended, error }: Heard, problem: string | RegExp): Promise<void> {
  const fieldOf = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''
  t.match(head, /^HTTP\/1\.1 200 /)
  t.equal(error, 'ECONNRESET', 'the connection is reset')
  t.notOk(ended, 'and the last chunk never sent')
  t.ok(body.length > 0, 'some of it had come')
  receipts.push(fieldOf('linkage-receipt'))
  const { completions } = await leftBy(department, { headers: { 'request-id': fieldOf('request-id') } })
  const [completion] = completions
  if (completion === undefined) throw new Error('it has a completion')
  t.equal(completions.length, 1)
  const { entry } = completion
  const left = Number(entry.bytes)
  t.match(entry, { outcome: 'cut', code: 'upstream-malformed' })
  t.ok(left >= body.length && left % block === 0, `${left} bytes left, ${body.length} came`)
  const inside = (await unsealed(department, completion)) as { bytes: number; upstream: { bytes: number; problem: string } } // as written
  t.match(inside, { bytes: left, upstream: { problem } })
  t.ok(left <= Math.max(MiB, mostTimes * inside.upstream.bytes), 'no more than the bound of what came')
  const gone = Buffer.concat([rows.released, times(rows.releasedRow, Math.max(0, left - rows.released.length) + 1024)]).subarray(0, left)
  t.ok(gone.subarray(0, body.length).equals(body), 'nothing came but what is approved')
  const salt = parseDictionary(fieldOf('linkage-receipt')).get('salt')?.[0]
  if (!(salt instanceof ArrayBuffer)) throw new TypeError('a receipt has a salt')
  t.equal(entry.released_hmac, createHmac('sha256', Buffer.from(salt)).update(gone).digest('hex'), 'the digest of what left')
  t.equal(entry.rows, rowsOf(rows, gone), 'rows that stand whole in it')
  const { gateway } = department.serving.process
  t.equal(gateway.streams.size, 0)
  for (let tries = 0; hostile.open > 0 && tries < 100; tries += 1) await new Promise((wait) => setTimeout(wait, 20))
  t.equal(hostile.open, 0, 'the upstream is let go')
}

/** Of JSON a part has none. */
function rowsOf({ type }: Rows, gone: Buffer): number | undefined {
  if (type === 'application/json') return undefined
  const ends = gone.toString('utf8').split(type === 'text/csv' ? '\r\n' : '\n').length - 1
  return type === 'text/csv' ? ends - 1 : ends
}

t.test(
  'a packed answer of which some is on its way, and whose rest is a bomb or broken, is reset, and recorded with what left',
  async (t) => {
    for (const [kind, rows] of Object.entries(kinds))
      for (const encoding of encodings)
        for (const [title, { problem, parts }] of Object.entries(endings))
          await t.test(`rows of ${kind} in ${encoding} that ${title}`, async (t) => {
            const heard = await play(rows, encoding, await parts(encoding, rows))
            await checkCut(t, rows, heard, typeof problem === 'function' ? problem(rows) : problem)
          })
  },
)

t.test('one that is what it says passes, in however small pieces it comes', async (t) => {
  for (const [kind, rows] of Object.entries(kinds))
    for (const encoding of encodings) {
      const end = rows.type === 'application/json' ? ']}' : ''
      const packed = packWhole(encoding, Buffer.concat([rows.honest, Buffer.from(end)]))
      const parts = [packed.subarray(0, -600), ...Array.from(packed.subarray(-600), (byte) => Buffer.of(byte))]
      const { body, ended, error } = await play(rows, encoding, parts)
      t.match({ ended, error }, { ended: true, error: undefined }, `${kind} in ${encoding}`)
      t.ok(Buffer.concat([rows.released, Buffer.from(end)]).equals(body))
    }
})

t.test('the log of all that is sound, and holds every receipt', async (t) => {
  const { log } = department.serving.process.gateway
  await log.keepCheckpoint()
  const opening = (await department.records())[0]
  const kept = receipts.map((header) => ({ log: log.log, known: { kind: 'receipt', header, source: 'an answer' } satisfies Known }))
  const place = await openStoredLogs(department.serving.store.server?.url('linkage_auditor') ?? '')
  const findings: Finding[] = []
  const run = verifyLogs(place, { now: Date.now(), trusted: [readVerifierKey(String(opening?.entry.verifier_key))], kept })
  for (let step = await run.next(); step.done !== true; step = await run.next()) findings.push(step.value)
  await place.close()
  t.same(findings, [])
  t.equal(kept.length, Object.keys(kinds).length * encodings.length * Object.keys(endings).length)
})
