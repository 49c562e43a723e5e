// answer-subjects.test.ts: tags wait for an entry once each, are taken in their order, and wait on where it could not be written.
import t from 'tap'
import { AnswerSubjects } from '../../src/gateway/answer-subjects.ts'
import { Identifiers } from '../../src/projection/identifiers.ts'
import type { Shape } from '../../src/projection/paths.ts'
import { compileStream } from '../../src/projection/stream.ts'
import type { People } from '../../src/querylog/people.ts'

const text: Shape = { kind: 'leaf', type: 'string' }
const shape: Shape = { kind: 'array', items: { kind: 'object', properties: new Map([['id', text], ['permit', text]]) } } // biome-ignore format: one line
const of = (kind: string, path: string) => ({
  kind,
  identifiers: new Identifiers('application/x-ndjson', compileStream('application/x-ndjson', shape, [path]), [path]),
})
/** Tags that show whose they are. */
const readable = {
  year: '2026',
  tags: (people: People): Buffer => {
    const each = Array.from({ length: people.count }, (_, at) => Buffer.from(people.bytes.subarray(people.startOf(at), people.endOf(at))))
    return Buffer.concat(each.map((identifier) => Buffer.concat([identifier, Buffer.alloc(16)]).subarray(0, 16)))
  },
}
const subjects = (): AnswerSubjects => new AnswerSubjects([of('tw-national-id', '[].id'), of('a:permit', '[].permit')], () => readable)
const tagOf = (identifier: string): string => Buffer.from(identifier).toString('hex').padEnd(32, '0')

t.test('each once, folded, by kind', async (t) => {
  const named = subjects()
  named.push(Buffer.from('{"id":"Ａ１","permit":"X"}\n{"id":"","permit":""}\n{"id":"A1"}\n{"id":"a2","permit":"A1"}\n'))
  t.equal(named.count, 4)
  t.same(named.take(1), [{ key: '2026', kind: 'tw-national-id', tags: [tagOf('A1')] }])
  const rest = named.take(10)
  t.same(rest, [
    { key: '2026', kind: 'tw-national-id', tags: [tagOf('A2')] },
    { key: '2026', kind: 'a:permit', tags: [tagOf('X'), tagOf('A1')] },
  ])
  t.same(named.take(10), [])
})

t.test('an entry that could not be written is the same when it is tried again, and is followed by those who came since', async (t) => {
  const named = subjects()
  const ids = ['first', 'second']
  const next = () => named.next(2, () => ids.shift() ?? '')
  named.push(Buffer.from('{"id":"A1"}\n{"id":"A2"}\n{"id":"A3"}\n'))
  const first = { id: 'first', subjects: [{ key: '2026', kind: 'tw-national-id', tags: [tagOf('A1'), tagOf('A2')] }] }
  t.match(next(), first)
  named.push(Buffer.from('{"id":"A4"}\n'))
  t.match(next(), first)
  t.equal(named.count, 4, 'they wait still')
  named.recorded()
  t.equal(named.count, 2)
  t.match(next(), { id: 'second', subjects: [{ tags: [tagOf('A3'), tagOf('A4')] }] })
})

t.test('many at once, and whoever was tagged with others before', async (t) => {
  const named = subjects()
  const people = Array.from({ length: 300 }, (_, at) => `P${at % 200}`)
  named.push(Buffer.from(people.map((id) => `{"id":"${id}"}\n`).join('')))
  t.equal(named.count, 200)
  t.same(named.take(1_000)[0]?.tags, people.slice(0, 200).map(tagOf))
})
