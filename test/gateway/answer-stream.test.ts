// answer-stream.test.ts: an answer that comes in very small pieces takes the time and the memory of its bytes; of one that
// is refused nothing more is undone.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { AnswerStream, type Onlooker } from '../../src/gateway/answer-stream.ts'
import { Refused } from '../../src/problems.ts'
import type { Shape } from '../../src/projection/paths.ts'
import { compileProjector, type ProjectorOptions } from '../../src/projection/projector.ts'
import { compileStream } from '../../src/projection/stream.ts'
import type { StreamProjector } from '../../src/projection/stream-projector.ts'

const MiB = 1024 * 1024
const bytes = 300_000
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const text: Shape = { kind: 'leaf', type: 'string' }
const person: Shape = {
  kind: 'object',
  properties: new Map<string, Shape>([
    ['name', text],
    ['isProtected', { kind: 'leaf', type: 'boolean' }],
  ]),
}
const people: Shape = { kind: 'array', items: person }
const guarded: ProjectorOptions = { protection: { marker: '[].isProtected', places: new Map() } }
const household: Shape = {
  kind: 'array',
  items: {
    kind: 'object',
    properties: new Map<string, Shape>([
      ['name', text],
      ['members', people],
    ]),
  },
}

/** The answer, a byte at a time. */
function dripping(body: string, projector: StreamProjector, onlooker?: Onlooker): AnswerStream {
  const rest = {
    async *[Symbol.asyncIterator]() {
      for (const byte of Buffer.from(body)) yield Buffer.of(byte)
    },
    unlimited: () => undefined,
    cancel: () => undefined,
  }
  const answer = { status: 200, contentType: undefined, contentEncoding: undefined, framed: true, body: Buffer.alloc(0), rest }
  return new AnswerStream({ answer, encoding: 'identity', over: () => undefined }, projector, onlooker)
}

const letters = 'x'.repeat(bytes)
const members = Array.from({ length: bytes / 30 }, () => '{"isProtected":false,"name":"x"}').join()
const line = `{"name":"x","members":[${members}]}\n`
const answers: Readonly<Record<string, readonly [string, () => StreamProjector]>> = {
  JSON: [`[{"name":"${letters}"}]`, () => compileProjector(people, ['[].name']).begin()],
  'JSON with a marker of protected persons': [
    `[{"name":"${letters}","isProtected":false}]`,
    () => compileProjector(people, ['[].name'], guarded).begin(),
  ],
  lines: [`{"name":"${letters}"}\n`, () => compileStream('application/x-ndjson', people, ['[].name']).begin()],
  'lines with markers of protected persons': [
    line,
    () => compileStream('application/x-ndjson', household, ['[].members[].name'], { marker: '[].members[].isProtected' }).begin(),
  ],
  CSV: [`name\n${'x'.repeat(60_000)}\n`.repeat(5), () => compileStream('text/csv', people, ['[].name']).begin()],
}

for (const [kind, [body, begin]] of Object.entries(answers))
  t.test(`a byte at a time: ${kind}`, async (t) => {
    const stream = dripping(body, begin())
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const began = process.cpuUsage()
    await stream.gather(bytes * 0.8)
    collect()
    const now = process.memoryUsage()
    const held = (now.heapUsed + now.arrayBuffers - heapUsed - arrayBuffers) / MiB
    // A buffer for each byte came to fifty; what V8 has not let go of yet comes to a dozen.
    t.ok(held < 24, `${held.toFixed(1)} MiB are held of ${stream.held} bytes`)
    await stream.gather(2 * MiB)
    while (!stream.done) stream.take(64 * 1024)
    const { user } = process.cpuUsage(began)
    t.ok(user < 5_000_000, `${Math.round(user / 1000)} ms`)
  })

t.test('whoever gathers what was let go of is thrown why: it did not come to its end', async (t) => {
  const reason = new Refused('client-left')
  const onlooked: string[] = []
  const stream = dripping('{"name":"x"}\n{"name":"y"}\n', compileStream('application/x-ndjson', people, ['[].name']).begin(), {
    push: () => undefined,
    end: () => onlooked.push('end'),
  })
  await stream.gather(0)
  stream.cancel(reason)
  await t.rejects(stream.gather(MiB), reason)
  t.same(onlooked, [], 'and who reads along is told of no end')
})

const letGoOf: Readonly<Record<string, readonly [string, (stream: AnswerStream) => Promise<unknown>]>> = {
  malformed: [`[{"name":"x"},}${letters}`, (stream) => stream.gather(MiB)],
  'larger than its bound': [`[{"name":"${letters}`, (stream) => stream.gather(MiB, 64 * 1024)],
  'nobody reads on': [
    `[{"name":"${letters}`,
    async (stream) => {
      await stream.gather(0)
      const reason = new Refused('client-left')
      stream.cancel(reason)
      throw reason
    },
  ],
}

for (const [encoding, packed] of [['gzip', gzipSync] as const, ['br', brotliCompressSync] as const])
  for (const [title, [body, read]] of Object.entries(letGoOf))
    t.test(`nothing more is undone of an answer in ${encoding}: ${title}`, async (t) => {
      let ended = false
      const rest = {
        async *[Symbol.asyncIterator]() {
          try {
            yield packed(body)
            for (;;) yield Buffer.of(0)
          } finally {
            ended = true
          }
        },
        unlimited: () => undefined,
        cancel: () => undefined,
      }
      const answer = { status: 200, contentType: undefined, contentEncoding: encoding, framed: true, body: Buffer.alloc(0), rest }
      const stream = new AnswerStream({ answer, encoding, over: () => undefined }, compileProjector(people, ['[].name']).begin())
      await t.rejects(read(stream))
      for (let turn = 0; turn < 50 && !ended; turn += 1) await new Promise((next) => setImmediate(next))
      t.equal(ended, true, 'what undoes it let go of what came')
    })
