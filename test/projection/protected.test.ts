// protected.test.ts: an answer about a protected person is that of somebody who has no address, wherever the marker stands.
import fc from 'fast-check'
import t from 'tap'
import { suppressedOf } from '../../src/policy/catalogue/suppressed.ts'
import { AnswerMalformed } from '../../src/projection/malformed.ts'
import { type Absence, leavesOf, pathTo, type Shape } from '../../src/projection/paths.ts'
import { compileProjector, type Projector } from '../../src/projection/projector.ts'
import { answers, type Member, type Model, shapes, write } from './documents.ts'

const runs = (numRuns: number): { numRuns: number } => ({ numRuns: numRuns * Number(process.env.LINKAGE_TEST_RUNS ?? 1) })
const string = { kind: 'leaf', type: 'string' } as const
const object = (properties: Readonly<Record<string, Shape>>): Shape => ({ kind: 'object', properties: new Map(Object.entries(properties)) })
const array = (items: Shape): Shape => ({ kind: 'array', items })

const shape = object({
  id: string,
  protected: { kind: 'leaf', type: 'boolean' },
  phone: string,
  school: string,
  address: object({ city: string, street: string }),
  contact: object({ name: string, phone: string }),
  phones: array(string),
  places: array(object({ city: string })),
  members: array(object({ name: string, school: string })),
})
const locates = new Set([
  'phone',
  'school',
  'address.city',
  'address.street',
  'contact.name',
  'contact.phone',
  'phones[]',
  'places[].city',
  'members[].school',
])
const nullable = new Set(['phone', 'address', 'contact.name', 'contact.phone', 'members[].school'])
const places = suppressedOf(shape, { locates, nullable })
const everything = leavesOf(shape)
const projector = compileProjector(shape, everything, { protection: { marker: 'protected', places } })

const household = (marker: string, at: 'first' | 'last', has: boolean): string => {
  const members = [
    '"id":"H-1"',
    `"phone":${has ? '"0900"' : 'null'}`,
    ...(has ? ['"school":"虛構國小"'] : []),
    `"address":${has ? '{"city":"臺北市","street":"虛構路"}' : 'null'}`,
    `"contact":${has ? '{"name":"王","phone":"02"}' : '{"name":null,"phone":null}'}`,
    `"phones":${has ? '["0900","0911"]' : '[]'}`,
    `"places":${has ? '[{"city":"x"},{}]' : '[]'}`,
    `"members":[{"name":"小王","school":${has ? '"虛構國小"' : 'null'}}]`,
  ]
  return `{${(at === 'first' ? [`"protected":${marker}`, ...members] : [...members, `"protected":${marker}`]).join(',')}}`
}
const project = (body: string, asked?: readonly string[]): string => projector.project(Buffer.from(body), asked).body.toString()

t.test('what stands in the place of what locates follows from the catalogue', async (t) => {
  t.same(
    [...places],
    [
      ['phone', 'null'],
      ['school', 'absent'],
      ['address', 'null'],
      ['contact.name', 'null'],
      ['contact.phone', 'null'],
      ['phones', 'empty'],
      ['places', 'empty'],
      ['members[].school', 'null'],
    ],
  )
})

t.test('marker before or after: the bytes are those of a household that has none', async (t) => {
  for (const at of ['first', 'last'] as const) {
    const full = household('true', at, true)
    t.equal(project(full), household('true', at, false), at)
    t.equal(project(full), project(household('true', at, false)))
    t.equal(project(household('false', at, true)), household('false', at, true))
    const unmarked = everything.filter((path) => path !== 'protected')
    t.equal(project(full, unmarked), project(household('false', at, false), unmarked), 'the marker itself is not granted')
    t.equal(project(full, ['id']), '{"id":"H-1"}')
    t.equal(project(full, ['contact.phone', 'phones[]']), '{"contact":{"phone":null},"phones":[]}')
    t.equal(project(full.replace('"protected"', '"\\u0070rotected"'), unmarked), project(household('false', at, false), unmarked))
  }
  const { rows, beyond } = projector.project(Buffer.from(household('true', 'last', true)))
  t.equal(rows, 1)
  t.equal(beyond.suppressed, 8)
})

t.test('whatever stands there, of whatever type, shows nothing', async (t) => {
  const usual = project(household('true', 'last', false))
  for (const value of [
    '"x"',
    '7',
    'true',
    'null',
    '{}',
    '[]',
    '[[{"a":"\\n"}]]',
    '{"city":{"protected":false}}',
    '-1.5e3',
    '"\\u0041"',
    ' "x" ',
  ]) {
    const body = household('true', 'last', false)
      .replace('"phone":null', `"phone":${value}`)
      .replace('"address":null', `"address":${value}`)
      .replace('"phones":[]', `"phones":${value}`)
      .replace('"places":[]', `"school":${value},"places":${value}`)
      .replace('"school":null', `"school":${value}`)
      .replace('{"name":null,"phone":null}', `{"name":${value},"phone":${value}}`)
    t.equal(project(body), usual, value)
  }
})

t.test('a missing marker is malformed, whatever is granted, lifted or not', async (t) => {
  const lifted = compileProjector(shape, ['id'], { protection: { marker: 'protected', places: new Map() } })
  for (const body of [
    '{}',
    '{"id":"x"}',
    '{"protected":null}',
    '{"protected":"true"}',
    '{"protected":1}',
    '{"protected":[true]}',
    '{"Protected":true}',
  ]) {
    for (const one of [projector, lifted]) t.throws(() => one.project(Buffer.from(body)), { message: /marker-missing/ }, body)
  }
  for (const body of ['{"protected":true,"protected":false}', '{"protected":false,"\\u0070rotected":true}'])
    t.throws(() => lifted.project(Buffer.from(body)), { message: /repeated-member/ })
  t.throws(() => projector.project(Buffer.from('[]')), { message: /root-shape/ })
  t.throws(() => projector.project(Buffer.from('{"protected":false')), { message: /unexpected-end/ })
  t.equal(lifted.project(Buffer.from('{"protected":true,"id":"x"}')).body.toString(), '{"id":"x"}')
})

t.test('lifted: released as it is', async (t) => {
  const lifted = compileProjector(shape, everything, { protection: { marker: 'protected', places: new Map() } })
  const full = household('true', 'last', true)
  t.equal(lifted.project(Buffer.from(full)).body.toString(), full)
})

t.test('one protected person among many suppresses the whole answer', async (t) => {
  const list = array(shape)
  const many = compileProjector(list, leavesOf(list), {
    protection: { marker: '[].protected', places: new Map([...places].map(([path, absence]) => [`[].${path}`, absence])) },
  })
  const body = `[${household('false', 'first', true)},${household('true', 'last', true)}]`
  const { body: released, rows } = many.project(Buffer.from(body))
  t.equal(released.toString(), `[${household('false', 'first', false)},${household('true', 'last', false)}]`)
  t.equal(rows, 2)
  t.equal(many.project(Buffer.from('[]')).body.toString(), '[]')
  t.throws(() => many.project(Buffer.from(`[${household('false', 'first', true)},{"id":"x"}]`)), { message: /marker-missing/ })
  t.throws(() => many.project(Buffer.from('[1]')), { message: /marker-missing/ })
})

t.test('an array of nothing but addresses at the root', async (t) => {
  const list = array(object({ city: string, protected: { kind: 'leaf', type: 'boolean' } }))
  const one = compileProjector(array(string), ['[]'], {})
  t.equal(one.project(Buffer.from('["x"]')).body.toString(), '["x"]')
  const many = compileProjector(list, ['[].city'], { protection: { marker: '[].protected', places: new Map([['', 'empty']]) } })
  t.equal(many.project(Buffer.from('[{"city":"x","protected":true},{"protected":false}]')).body.toString(), '[]')
})

t.test('what stands there may be longer than what was sent, of answers of any length', async (t) => {
  const places = new Map<string, Absence>([
    ['list[].a', 'null'],
    ['list[].b', 'null'],
    ['list[].c', 'empty'],
    ['other[]', 'null'],
    ['deep[][]', 'empty'],
  ])
  const person = object({ a: string, b: string, c: array(string) })
  const shape = object({ isProtected: { kind: 'leaf', type: 'boolean' }, list: array(person), other: array(string), deep: array(array(string)) }) // biome-ignore format: one line
  const protection = { marker: 'isProtected', places }
  const many = (count: number, text: string): string => Array<string>(count).fill(text).join()
  const answer = (count: number, member: string, element: string, inner: string): string =>
    `{"isProtected":true,"list":[${many(count, member)}],"other":[${many(count, element)}],"deep":[[${many(count, inner)}]]}`
  for (const bytewise of [false, true]) {
    const projector = compileProjector(shape, leavesOf(shape), { protection, bytewise })
    for (const count of [10, 2_000, 3_000, 30_000, 70_000]) {
      const sent = Buffer.from(answer(count, '{"a":1,"b":1,"c":1}', '1', '1'))
      const expected = Buffer.from(answer(count, '{"a":null,"b":null,"c":[]}', 'null', '[]'))
      t.ok(projector.project(sent).body.equals(expected), `${count}, whole`)
      const stream = projector.begin()
      for (let at = 0; at < sent.length; at += 65_536) stream.push(sent.subarray(at, at + 65_536))
      t.ok(stream.end().equals(expected), `${count}, in pieces`)
    }
  }
})

t.test('in pieces nothing comes before the end, and then what comes of the whole', async (t) => {
  for (const at of ['first', 'last'] as const)
    for (const marker of ['true', 'false'])
      for (const asked of [undefined, ['id'], ['contact.phone', 'phones[]']]) {
        const body = Buffer.from(household(marker, at, true))
        const should = projector.project(body, asked)
        for (const size of [1, 7, body.length]) {
          const pieces = projector.begin(asked)
          let early = 0
          for (let from = 0; from < body.length; from += size) early += pieces.push(body.subarray(from, from + size)).length
          t.equal(early, 0, 'bytes before the end')
          t.equal(pieces.end().toString(), should.body.toString())
          t.same([pieces.rows, pieces.beyond, pieces.undeclaredAt()], [should.rows, should.beyond, should.undeclaredAt])
        }
      }
  for (const body of ['{}', '{"id":"x"}', '{"protected":1}', '[]', '{"protected":true', '{"protected":true,"protected":false}'])
    t.throws(() => {
      const pieces = projector.begin()
      pieces.push(Buffer.from(body))
      pieces.end()
    }, AnswerMalformed)
})

t.test('only what is released is bounded, and only by what is released', async (t) => {
  const text = (marker: boolean, phone: string, other: string): Buffer =>
    Buffer.from(JSON.stringify({ id: 'x', other, phone, protected: marker }))
  const released = (body: Buffer, most: number): string => {
    const pieces = projector.begin(['id', 'phone'], most)
    pieces.push(body)
    return pieces.end().toString()
  }
  const none = '{"id":"x","phone":null}'
  t.equal(released(text(true, '0'.repeat(5_000), 'y'.repeat(5_000)), none.length), none)
  t.throws(() => released(text(true, '0'.repeat(5_000), ''), none.length - 1), { message: /answer-too-long/ })
  const open = '{"id":"x","phone":"0900"}'
  t.equal(released(text(false, '0900', 'y'.repeat(5_000)), open.length), open)
  t.throws(() => released(text(false, '0900', ''), open.length - 1), { message: /answer-too-long/ })
})

t.test('of markers as many bytes are held as may be released, whoever they are of: more is refused', async (t) => {
  const shape = object({ id: string, people: array(object({ protected: { kind: 'leaf', type: 'boolean' } })) })
  const ids = compileProjector(shape, ['id'], { protection: { marker: 'people[].protected', places: new Map() } })
  const released = (people: number): string => {
    const pieces = ids.begin(undefined, 1_000)
    pieces.push(Buffer.from(JSON.stringify({ id: 'x', people: Array.from({ length: people }, () => ({ protected: false })) })))
    return pieces.end().toString()
  }
  const one = '{"protected":false},'.length
  t.equal(released(Math.floor(1_000 / one) - 1), '{"id":"x"}')
  t.throws(() => released(Math.ceil(1_000 / one)), { message: /answer-too-long/ })
})

/** The model of who has none: what locates replaced, as places says. */
function withoutLocating(shape: Shape, model: Model, where: ReadonlyMap<string, Absence>, path = ''): Model | undefined {
  const absence = where.get(path)
  if (absence === 'null') return { kind: 'literal', text: 'null' }
  if (absence === 'empty') return { kind: 'array', elements: [] }
  if (absence === 'absent') return undefined
  if (shape.kind === 'array' && model.kind === 'array')
    return { kind: 'array', elements: model.elements.flatMap((each) => withoutLocating(shape.items, each, where, `${path}[]`) ?? []) }
  if (shape.kind !== 'object' || model.kind !== 'object') return model
  const members = model.members.flatMap((member): Member[] => {
    const property = shape.properties.get(member.key)
    const value = property === undefined ? member.value : withoutLocating(property, member.value, where, pathTo(path, member.key))
    return value === undefined ? [] : [{ ...member, value }]
  })
  return { kind: 'object', members }
}

t.test('of any shape: what comes out is what comes out of who has none', async (t) => {
  const cases = shapes.chain((inner) => {
    const shape = object({ marker: { kind: 'leaf', type: 'boolean' }, inner })
    const leaves = leavesOf(shape).filter((path) => path !== 'marker')
    return fc.record({
      shape: fc.constant(shape),
      granted: fc.subarray([...leaves], { minLength: 1 }),
      locating: fc.subarray([...leaves]),
      nullable: fc.subarray([...leaves, 'inner']),
      answer: answers(inner),
      first: fc.boolean(),
    })
  })
  let refused = 0
  fc.assert(
    fc.property(cases, ({ shape, granted, locating, nullable, answer, first }) => {
      const where = suppressedOf(shape, { locates: new Set(locating), nullable: new Set(nullable) })
      const body = (value: Model | undefined, marker: boolean): Buffer => {
        const members = [`"marker":${marker}`, ...(value === undefined ? [] : [`"inner":${write(value)}`])]
        return Buffer.from(`{${(first ? members : members.toReversed()).join(',')}}`)
      }
      const plain = compileProjector(shape, granted)
      const ways = [false, true].map((bytewise) =>
        compileProjector(shape, granted, { protection: { marker: 'marker', places: where }, bytewise }),
      )
      const inner = shape.kind === 'object' ? shape.properties.get('inner') : undefined
      if (inner === undefined) return false
      const none = withoutLocating(inner, answer, where, 'inner')
      try {
        const should = plain.project(body(none, false)).body
        const open = plain.project(body(answer, false)).body
        const inPieces = (way: Projector, body: Buffer): Buffer => {
          const pieces = way.begin()
          return Buffer.concat([pieces.push(body.subarray(0, body.length / 2)), pieces.push(body.subarray(body.length / 2)), pieces.end()])
        }
        return ways.every(
          (way) =>
            way.project(body(answer, true)).body.equals(should) &&
            way.project(body(answer, false)).body.equals(open) &&
            inPieces(way, body(answer, true)).equals(should) &&
            inPieces(way, body(answer, false)).equals(open),
        )
      } catch (error) {
        if (!(error instanceof AnswerMalformed)) throw error
        refused++
        return error.problem === 'repeated-member'
      }
    }),
    runs(3_000),
  )
  t.ok(refused < 1_000 * Number(process.env.LINKAGE_TEST_RUNS ?? 1), `${refused} of 3,000 answers had a member twice`)
})
