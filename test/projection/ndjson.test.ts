// ndjson.test.ts: NDJSON is an array that is written in lines, and filtered as one.
import fc from 'fast-check'
import t from 'tap'
import { leavesOf, type Shape } from '../../src/projection/paths.ts'
import { compileProjector } from '../../src/projection/projector.ts'
import { compileStream } from '../../src/projection/stream.ts'
import { answers, anything, type Model, shapes, write } from './documents.ts'
import { everywhere, streamed } from './streamed.ts'

const runs = (numRuns: number): { numRuns: number } => ({ numRuns: numRuns * Number(process.env.LINKAGE_TEST_RUNS ?? 1) })
const string = { kind: 'leaf', type: 'string' } as const
const shape: Shape = {
  kind: 'array',
  items: {
    kind: 'object',
    properties: new Map<string, Shape>([
      ['id', string],
      ['protected', { kind: 'leaf', type: 'boolean' }],
      ['address', string],
      ['income', { kind: 'leaf', type: 'number' }],
      ['members', { kind: 'array', items: { kind: 'object', properties: new Map([['name', string]]) } }],
    ]),
  },
}
const fields = ['[].id', '[].members[].name']
const plan = compileStream('application/x-ndjson', shape, fields)

t.test('each line is filtered as an element of the array that is declared, and ends in LF', async (t) => {
  const body = '{"id":"a","income":1}\n{"income":2,"members":[{"name":"王","x":[1]},{}],"id":"b"}\n'
  t.match(streamed(plan, body), {
    text: '{"id":"a"}\n{"members":[{"name":"王"},{}],"id":"b"}\n',
    rows: 2,
    beyond: { withheld: 2, undeclared: 1 },
  })
  t.match(streamed(plan, body, [], ['[].id']), { text: '{"id":"a"}\n{"id":"b"}\n', rows: 2 })
  t.match(streamed(plan, ''), { text: '', rows: 0, problem: undefined })
})

t.test('CR, blank lines, a missing last line feed and white space leave no trace', async (t) => {
  const usual = streamed(plan, '{"id":"a"}\n{"id":"b"}\n')
  for (const body of [
    '{"id":"a"}\r\n{"id":"b"}\r\n',
    '{"id":"a"}\n{"id":"b"}',
    '{"id":"a"}\n{"id":"b"}\r',
    '\n\r\n \t\n{ "id" : "a" } \n\n\t{"id":"b"}\n \n',
    '{"id":"a"}\r\r\n{"id":\r"b"}\n',
  ]) {
    t.same(streamed(plan, body), usual, JSON.stringify(body))
    t.same(streamed(plan, body, everywhere(body)), usual)
  }
})

t.test('lines of another shape are left out, and null passes, as elements of an array', async (t) => {
  const body = '1\n"x"\nnull\n[]\ntrue\n{"id":"a"}\n{"id":1}\n'
  t.match(streamed(plan, body), { text: 'null\n{"id":"a"}\n{}\n', rows: 3, beyond: { misshapen: 5 } })
  const numbers = compileStream('application/x-ndjson', { kind: 'array', items: { kind: 'leaf', type: 'integer' } }, ['[]'])
  t.match(streamed(numbers, '1\n-20\n1.5\n12345678901234567890'), { text: '1\n-20\n12345678901234567890\n', rows: 3 })
})

t.test('what is not NDJSON is refused, whole and in pieces alike', async (t) => {
  const refused: readonly (readonly [string, string])[] = [
    ['\ufeff{"id":"a"}\n', 'byte-order-mark'],
    ['{"id":"a"}\n\ufeff{"id":"b"}\n', 'unexpected-byte'],
    ['{"id":\n"a"}\n', 'unexpected-end'],
    ['{"id":"a"\n}\n', 'unexpected-end'],
    ['{"id":"a",\n"income":1}\n', 'unexpected-end'],
    ['{"x":[1,\n2]}\n', 'unexpected-end'],
    ['{"x":{\n}}\n', 'unexpected-end'],
    ['{"id"\n:"a"}\n', 'unexpected-end'],
    ['{"id":"a"}{"id":"b"}\n', 'unexpected-byte'],
    ['{"id":"a"},{"id":"b"}\n', 'unexpected-byte'],
    ['{"id":"a"},\n', 'unexpected-byte'],
    ['{"id":"a"}]\n', 'unexpected-byte'],
    [']\n', 'unexpected-byte'],
    ['{"id":"a"}}\n', 'unexpected-byte'],
    ['{"id":"a"', 'unexpected-end'],
    ['{"id":"a"}\n{', 'unexpected-end'],
    ['nul', 'unexpected-byte'],
    ['{"id":"a\n"}\n', 'control-character'],
    ['{"id":"a","id":"b"}\n', 'repeated-member'],
    ['{"income":NaN}\n', 'unexpected-byte'],
    [`${'['.repeat(64)}${']'.repeat(64)}\n`, 'nesting-too-deep'],
  ]
  for (const [body, problem] of refused) {
    t.equal(streamed(plan, body).problem, problem, JSON.stringify(body))
    t.equal(streamed(plan, body, everywhere(body)).problem, problem)
  }
  t.equal(streamed(plan, Buffer.from('{"x":"\xff"}\n', 'latin1')).problem, 'invalid-utf8')
  t.equal(streamed(plan, `${'['.repeat(63)}${']'.repeat(63)}\n`).problem, undefined)
})

const arrays = shapes.chain((items) => {
  const shape: Shape = { kind: 'array', items }
  return fc.tuple(
    fc.constant(shape),
    fc.subarray([...leavesOf(shape)], { minLength: 1 }),
    fc.array(fc.oneof(answers(items), anything), { maxLength: 5 }),
  )
})

t.test('whatever the lines, what comes out is what the same array gives, whole and cut anywhere', async () => {
  const cuts = fc.array(fc.nat(1_000), { maxLength: 6 })
  fc.assert(
    fc.property(arrays, cuts, ([shape, fields, elements], places) => {
      const lines = compileStream('application/x-ndjson', shape, fields)
      const body = elements.map((element: Model) => `${write(element)}\n`).join('')
      const at = places.map((place) => place % (Buffer.byteLength(body) + 1)).toSorted((a, b) => a - b)
      const result = streamed(lines, body, at)
      const array = compileStream('application/json', shape, fields)
      const should = streamed(array, `[${elements.map((element) => write(element)).join(',')}]`)
      if (result.problem !== undefined || should.problem !== undefined) return result.problem === should.problem
      const text = `[${result.text.split('\n').slice(0, -1).join(',')}]`
      return text === should.text && result.rows === should.rows && JSON.stringify(result.beyond) === JSON.stringify(should.beyond)
    }),
    runs(1_500),
  )
})

t.test('a guarded stream: no line in which the marker is true passes, wherever in it the marker stands', async (t) => {
  const guarded = compileStream('application/x-ndjson', shape, ['[].id', '[].address'], { marker: '[].protected' })
  const body = [
    '{"protected":false,"id":"a","address":"甲"}',
    '{"id":"b","address":"乙","protected":true}',
    '{"protected":true,"id":"c","address":"丙"}',
    '{"id":"d","protected":false}',
    '',
  ].join('\n')
  const usual = { text: '{"id":"a","address":"甲"}\n{"id":"d"}\n', rows: 2, problem: undefined }
  t.match(streamed(guarded, body), { ...usual, beyond: { suppressed: 2 } })
  for (let at = 0; at <= Buffer.byteLength(body); at++) t.match(streamed(guarded, body, [at]), usual, `cut at ${at}`)
  t.match(streamed(guarded, body, everywhere(body)), usual)
  t.match(streamed(guarded, body.replaceAll('\n', '\r\n\n')), usual)
  t.match(streamed(guarded, body.trimEnd()), usual)
  const none = '{"protected":false,"id":"a","address":"甲"}\n{"id":"d","protected":false}\n'
  t.equal(streamed(guarded, none).text, usual.text)
  t.equal(streamed(guarded, '{"id":"b","\\u0070rotected":true}\n').text, '')
})

t.test('a guarded stream: a line without its marker is malformed', async (t) => {
  const guarded = compileStream('application/x-ndjson', shape, ['[].id'], { marker: '[].protected' })
  for (const line of [
    '{"id":"a"}',
    '{"id":"a","protected":null}',
    '{"id":"a","protected":"true"}',
    '{"protected":1}',
    'null',
    '1',
    '[]',
    '{}',
  ]) {
    const body = `{"id":"x","protected":false}\n${line}\n`
    t.equal(streamed(guarded, body).problem, 'marker-missing', line)
    t.equal(streamed(guarded, body, everywhere(body)).problem, 'marker-missing')
  }
  t.equal(streamed(guarded, '{"protected":false,"protected":true}\n').problem, 'repeated-member')
  t.equal(streamed(guarded, '{"protected":true,"\\u0070rotected":false}\n').problem, 'repeated-member')
})

t.test('a marker of each member: one protected member keeps the whole line back', async (t) => {
  const member: Shape = {
    kind: 'object',
    properties: new Map<string, Shape>([
      ['name', string],
      ['at-risk', { kind: 'leaf', type: 'boolean' }],
    ]),
  }
  const household: Shape = {
    kind: 'object',
    properties: new Map<string, Shape>([
      ['id', string],
      ['members', { kind: 'array', items: member }],
    ]),
  }
  const guarded = compileStream('application/x-ndjson', { kind: 'array', items: household }, ['[].id'], { marker: '[].members[].at-risk' })
  t.equal(
    streamed(guarded, '{"id":"a","members":[{"at-risk":false},{"at-risk":false}]}\n{"id":"b","members":[]}\n').text,
    '{"id":"a"}\n{"id":"b"}\n',
  )
  t.equal(streamed(guarded, '{"id":"a","members":[{"at-risk":false},{"at-risk":true}]}\n').text, '')
  for (const line of [
    '{"members":[{"at-risk":true},{}]}',
    '{"members":null}',
    '{"members":[null]}',
    '{"members":[1]}',
    '{"id":"a"}',
    '{"members":{}}',
  ])
    t.equal(streamed(guarded, `${line}\n`).problem, 'marker-missing', line)
})

t.test('a guarded line is held until it is whole, and no longer than a row may be', async (t) => {
  const guarded = compileStream('application/x-ndjson', shape, ['[].id'], { marker: '[].protected' })
  const stream = guarded.begin()
  t.equal(stream.push(Buffer.from('{"protected":false,"id":"a"')).length, 0)
  t.equal(stream.rows, 0)
  t.equal(stream.push(Buffer.from('}\n{"id":"b"')).toString(), '{"id":"a"}\n')
  t.equal(stream.rows, 1)
  const long = (size: number): string => `{"id":"${'x'.repeat(size)}","protected":false}\n`
  t.match(streamed(guarded, long(1_000_000), [500_000]), { rows: 1 })
  t.equal(streamed(guarded, long(1_100_000), [1_060_000]).problem, 'row-too-long')
})

t.test('what cannot be a stream is refused when it is compiled', async (t) => {
  t.throws(() => compileStream('application/x-ndjson', string, ['']), { name: 'RangeError' })
  t.throws(() => compileStream('application/x-ndjson', shape, ['[].nothing']), { name: 'RangeError' })
  t.throws(() => compileStream('application/x-ndjson', shape, fields, { marker: '[].id' }), /true or false/)
  t.throws(() => compileStream('application/x-ndjson', shape, fields, { marker: '[].missing' }), /true or false/)
  t.throws(() => compileStream('application/json', shape, fields, { marker: '[].protected' }), /NDJSON or CSV/)
  t.throws(() => plan.begin(['[].address']), /not granted/)
  t.throws(() => plan.begin([]), /empty/)
})

t.test('a stream that was refused or has ended takes nothing more', async (t) => {
  for (const options of [{}, { marker: '[].protected' }]) {
    const stream = compileStream('application/x-ndjson', shape, fields, options).begin()
    t.throws(() => stream.push(Buffer.from('}')), { name: 'AnswerMalformed' })
    t.throws(() => stream.push(Buffer.from('\n')), /nothing of it may follow/)
    t.throws(() => stream.end(), /nothing of it may follow/)
    t.equal(compileProjector(shape, fields).project(Buffer.from('[]')).rows, 0)
  }
})
