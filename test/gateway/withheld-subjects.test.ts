// withheld-subjects.test.ts: what is sealed of people whom an answer does not name: of one length, bounded, and never in the way of the answer.
import t from 'tap'
import { WithheldSubjects } from '../../src/gateway/withheld-subjects.ts'
import { Identifiers } from '../../src/projection/identifiers.ts'
import type { Shape } from '../../src/projection/paths.ts'
import { compileStream } from '../../src/projection/stream.ts'
import type { People } from '../../src/querylog/people.ts'
import { tagsIn } from './sealed-tags.ts'

const text: Shape = { kind: 'leaf', type: 'string' }
const shape: Shape = { kind: 'array', items: { kind: 'object', properties: new Map([['id', text], ['name', text]]) } } // biome-ignore format: one line
const paths = ['[].id']
const tagOf = (identifier: string): string => Buffer.from(identifier).toString('hex').padEnd(32, 'f')

/** Tags that show whose they are: 16 bytes each. */
const readable = {
  year: '2026',
  tags: (people: People): Buffer => {
    const each = Array.from({ length: people.count }, (_, at) => Buffer.from(people.bytes.subarray(people.startOf(at), people.endOf(at))))
    return Buffer.from(each.map((identifier) => tagOf(identifier.toString())).join(''), 'hex')
  },
}

/** What is sealed of an answer that comes in such pieces. */
function sealedOf(answer: string, size = answer.length): { key: string; more: number; tags: string[]; length: number } {
  const identifiers = new Identifiers('application/json', compileStream('application/json', shape, paths), paths)
  const withheld = new WithheldSubjects([{ kind: 'tw-national-id', identifiers }], () => readable)
  for (let at = 0; at < answer.length; at += size) withheld.push(Buffer.from(answer.slice(at, at + size)))
  withheld.end()
  const { key, more, tags } = withheld.sealed
  return { key, more, tags: tagsIn(tags), length: JSON.stringify(withheld.sealed).length }
}
const of = (ids: readonly string[]): string => JSON.stringify(ids.map((id) => ({ name: 'x', id })))
const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `A${at}`)

t.test('each once, folded, in their order, however the answer is cut', async (t) => {
  const answer = of(['a1', '\uff21\uff12', 'A1', 'B7'])
  for (const size of [1, 7, answer.length]) t.match(sealedOf(answer, size), { key: '2026', more: 0, tags: ['A1', 'A2', 'B7'].map(tagOf) })
})

t.test('of one length, and at most so many', async (t) => {
  const { length } = sealedOf('[]')
  for (const count of [1, 24, 25, 5000]) {
    const sealed = sealedOf(of(many(count)))
    t.equal(sealed.length, length)
    t.match(sealed, { more: count > 24 ? 1 : 0, tags: many(Math.min(count, 24)).map(tagOf) })
  }
  t.match(sealedOf(of(['', ...many(24), ''])), { more: 0 }, 'an empty text is nobody')
  t.match(sealedOf(of([...many(24), ...many(24)])), { more: 0 }, 'who is repeated is nobody else')
})

t.test('what is wrong there is nobody\u2019s trouble: it says that there is more', async (t) => {
  for (const [title, answer] of Object.entries({
    'a repeated name': '[{"id":"A1"},{"id":"A2","id":"A3"},{"id":"A4"}]',
    'no JSON': '[{"id":"A1"},{"id":}]',
    'one that is too long': `[{"id":"A1"},{"id":"${'A'.repeat(2000)}"}]`,
    'an end too early': '[{"id":"A1"},',
  })) {
    const sealed = sealedOf(answer, 5)
    t.equal(sealed.more, 1, title)
    t.equal(sealed.tags[0], tagOf('A1'), title)
  }
})

t.test('kinds stand one behind the other, and have the room of one', async (t) => {
  const kind = (name: string, path: string) => ({
    kind: name,
    identifiers: new Identifiers('application/json', compileStream('application/json', shape, [path])),
  })
  const sealed = (people: readonly object[], first = 0) => {
    const withheld = new WithheldSubjects([kind('a', '[].id'), kind('b', '[].name')], () => readable)
    const answer = JSON.stringify(people)
    const cut = first === 0 ? 0 : JSON.stringify(people.slice(0, first)).length
    for (const piece of [answer.slice(0, cut), answer.slice(cut)]) withheld.push(Buffer.from(piece))
    withheld.end()
    const { more, tags } = withheld.sealed
    return { more, tags: tagsIn(tags) }
  }
  const people = (count: number): object[] => Array.from({ length: count }, (_, at) => ({ id: `A${at}`, name: `A${at}` }))
  t.same(sealed(people(2)), { more: 0, tags: ['A0', 'A1', 'A0', 'A1'].map(tagOf) })
  t.match(sealed(people(12)), { more: 0 })
  // Who came first stands there, of whatever kind.
  const among = [...people(14).map((each) => ({ ...each, id: null })), ...people(11).map((each) => ({ ...each, name: null }))]
  const crowded = sealed(among, 14)
  t.equal(crowded.more, 1)
  t.equal(crowded.tags.length, 24)
  t.same(crowded.tags.slice(-1), [tagOf('A13')], 'who came before the one too many')
})
