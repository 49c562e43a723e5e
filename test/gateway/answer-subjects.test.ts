// answer-subjects.test.ts: tags wait for an entry once each, are taken in their order, and wait again where it could not be written.
import t from 'tap'
import { AnswerSubjects } from '../../src/gateway/answer-subjects.ts'
import { Identifiers } from '../../src/projection/identifiers.ts'
import type { Shape } from '../../src/projection/paths.ts'
import { compileStream } from '../../src/projection/stream.ts'

const text: Shape = { kind: 'leaf', type: 'string' }
const shape: Shape = { kind: 'array', items: { kind: 'object', properties: new Map([['id', text], ['permit', text]]) } } // biome-ignore format: one line
const of = (kind: string, path: string) => ({
  kind,
  identifiers: new Identifiers('application/x-ndjson', compileStream('application/x-ndjson', shape, [path]), [path]),
})
const subjects = (): AnswerSubjects =>
  new AnswerSubjects([of('tw-national-id', '[].id'), of('a:permit', '[].permit')], (kind, identifier) => ({
    key: '2026',
    kind,
    tag: identifier,
  }))

t.test('each once, folded, by kind', async (t) => {
  const named = subjects()
  named.push(Buffer.from('{"id":"Ａ１","permit":"X"}\n{"id":"A1"}\n{"id":"a2","permit":"A1"}\n'))
  t.equal(named.count, 4)
  t.same(named.take(1), [{ key: '2026', kind: 'tw-national-id', tags: ['A1'] }])
  const rest = named.take(10)
  t.same(rest, [
    { key: '2026', kind: 'tw-national-id', tags: ['A2'] },
    { key: '2026', kind: 'a:permit', tags: ['X', 'A1'] },
  ])
  t.same(named.take(10), [])
  named.putBack(rest)
  t.same(named.take(10), rest)
})
