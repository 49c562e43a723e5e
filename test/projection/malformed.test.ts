// malformed.test.ts: answers of which nothing may be released, by what is wrong with them, and a sample changed in every byte.
import t from 'tap'
import { AnswerMalformed, type AnswerProblem } from '../../src/projection/malformed.ts'
import type { Shape } from '../../src/projection/paths.ts'
import { compileProjector } from '../../src/projection/projector.ts'

const text: Shape = { kind: 'leaf', type: 'string' }
const shape: Shape = {
  kind: 'object',
  properties: new Map<string, Shape>([
    ['category', text],
    ['count', { kind: 'leaf', type: 'number' }],
    [
      'people',
      {
        kind: 'array',
        items: {
          kind: 'object',
          properties: new Map([
            ['surname', text],
            ['diagnosis', text],
          ]),
        },
      },
    ],
    ['shelter', text],
  ]),
}
const projector = compileProjector(shape, ['category', 'count', 'people[].surname'])

/** How an answer is refused, as a whole and byte by byte; both must agree that it is. */
function refusal(answer: Uint8Array): AnswerMalformed {
  const errors = [answer.length, 1].map((size) => {
    try {
      const projection = projector.begin()
      for (let at = 0; at < answer.length; at += size) projection.push(answer.subarray(at, at + size))
      projection.end()
    } catch (error) {
      if (error instanceof AnswerMalformed) return error
      throw error
    }
    throw new Error(`expected a refusal in pieces of ${size}: ${Buffer.from(answer).toString('latin1')}`)
  })
  return errors[0] as AnswerMalformed // two sizes, two errors
}

t.test('what RFC 8259 does not allow is refused, in what is released and in what is skipped', async (t) => {
  // Each stands as a value, released (a string or number of the shape) and skipped.
  const values: readonly (readonly [string, AnswerProblem])[] = [
    ['"\n"', 'control-character'],
    ['"a\tb"', 'control-character'],
    ['"\0"', 'control-character'],
    ['"\u001f"', 'control-character'],
    ['"\\x"', 'invalid-escape'],
    ['"\\u12g4"', 'invalid-escape'],
    ['"\\u 123"', 'invalid-escape'],
    ['"\\\'"', 'invalid-escape'],
    ['"\\U0041"', 'invalid-escape'],
    ['"\\ud800"', 'lone-surrogate'],
    ['"\\ud800a"', 'lone-surrogate'],
    ['"\\ud800\\n"', 'lone-surrogate'],
    ['"\\uDBFF\\ue000"', 'lone-surrogate'],
    ['"\\ud800\\ud800\\udc00"', 'lone-surrogate'],
    ['"\\udfff"', 'lone-surrogate'],
    ['01', 'invalid-number'],
    ['-', 'invalid-number'],
    ['-x', 'invalid-number'],
    ['1.', 'invalid-number'],
    ['1.e5', 'invalid-number'],
    ['1e', 'invalid-number'],
    ['1e+', 'invalid-number'],
    ['1.5.5', 'unexpected-byte'],
    ['1e5e5', 'unexpected-byte'],
    ['--1', 'invalid-number'],
    ['+1', 'unexpected-byte'],
    ['.5', 'unexpected-byte'],
    ['0x1F', 'unexpected-byte'],
    ['1_000', 'unexpected-byte'],
    ['NaN', 'unexpected-byte'],
    ['-Infinity', 'invalid-number'],
    ['Infinity', 'unexpected-byte'],
    ['undefined', 'unexpected-byte'],
    ['nil', 'unexpected-byte'],
    ['nulL', 'unexpected-byte'],
    ['truE', 'unexpected-byte'],
    ['falsy', 'unexpected-byte'],
    ['True', 'unexpected-byte'],
    ["'a'", 'unexpected-byte'],
    ['', 'unexpected-byte'],
    ['/**/1', 'unexpected-byte'],
    ['1//', 'unexpected-byte'],
    ['[1,]', 'unexpected-byte'],
    ['[,1]', 'unexpected-byte'],
    ['[1 2]', 'unexpected-byte'],
    ['[1}', 'unexpected-byte'],
    ['[:1]', 'unexpected-byte'],
    ['{]', 'unexpected-byte'],
    ['{"a":1]', 'unexpected-byte'],
    ['{"a":1,}', 'unexpected-byte'],
    ['{,"a":1}', 'unexpected-byte'],
    ['{"a"}', 'unexpected-byte'],
    ['{"a":}', 'unexpected-byte'],
    ['{"a" "b"}', 'unexpected-byte'],
    ['{a:1}', 'unexpected-byte'],
    ['{1:1}', 'unexpected-byte'],
    ['{null:1}', 'unexpected-byte'],
    ['{"a\\q":1}', 'invalid-escape'],
    ['{"\\ude00":1}', 'lone-surrogate'],
    ['{"a\n":1}', 'control-character'],
    ['\v1', 'unexpected-byte'],
    ['\u00a01', 'unexpected-byte'],
    ['\ufeff1', 'unexpected-byte'],
    ['1'.repeat(1_025), 'number-too-long'],
    [`0.${'1'.repeat(2_000)}`, 'number-too-long'],
  ]
  for (const key of ['category', 'count', 'shelter', 'other', 'people']) {
    for (const [value, problem] of values) {
      for (const answer of [`{"${key}":${value}}`, `{"${key}":${value},"category":"x"}`, `{"other":[${value || ','}]}`]) {
        const error = refusal(Buffer.from(answer))
        if (error.problem !== problem) t.equal(error.problem, problem, encodeURI(answer.slice(0, 60)))
      }
    }
  }
  t.pass(`${values.length} values at five places`)
})

t.test('a document that is not one whole JSON text in plain UTF-8 is refused', async (t) => {
  const cases: readonly (readonly [string, AnswerProblem, number])[] = [
    ['', 'unexpected-end', 0],
    [' \n', 'unexpected-end', 2],
    ['{"category":"x"', 'unexpected-end', 15],
    ['{"category":"x"}}', 'trailing-bytes', 16],
    ['{"category":"x"} {}', 'trailing-bytes', 17],
    ['{"category":"x"}\0', 'trailing-bytes', 16],
    ['{"category":"x"}\n\n1', 'trailing-bytes', 18],
    ['\xef\xbb\xbf{}', 'byte-order-mark', 0],
    [' \xef\xbb\xbf{}', 'unexpected-byte', 1],
    ['\xff\xfe{\0}\0', 'invalid-utf8', 0],
    ['{"other":"\xc0\xaf"}', 'invalid-utf8', 10],
    ['{"other":"\xed\xa0\x80"}', 'invalid-utf8', 11],
    ['{"category":"\xa4\xa4"}', 'invalid-utf8', 13],
    ['{"\xe4\xb8":1}', 'invalid-utf8', 4],
    ['{"other":"\xf4\x90\x80\x80"}', 'invalid-utf8', 11],
    ['{"other":"\xe4\xb8', 'invalid-utf8', 12],
    ['\0{}', 'unexpected-byte', 0],
  ]
  for (const [answer, problem, offset] of cases) {
    const error = refusal(Buffer.from(answer, 'latin1'))
    t.same({ problem: error.problem, offset: error.offset }, { problem, offset }, encodeURI(answer))
  }
})

t.test('a message holds no part of the answer', async (t) => {
  t.notMatch(refusal(Buffer.from('{"A123456789":"A123456789\\q"}')).message, /123456789/)
})

const sample = Buffer.from(
  '{"category":"\\u4e2d\\ud842\\udfb7類é𠮷","x":[1,{"q":null}],"people":[{"surname":"王","diagnosis":"WITHHELD-1"},{"diagnosis":"WITHHELD-2"}],"count":-1.5e1,"shelter":"WITHHELD-3"}',
)

t.test('every truncation is refused, whole and byte by byte', async (t) => {
  t.equal(
    projector.project(sample).body.toString(),
    '{"category":"\\u4e2d\\ud842\\udfb7類é𠮷","people":[{"surname":"王"},{}],"count":-1.5e1}',
  )
  for (let length = 0; length < sample.length; length++) refusal(sample.subarray(0, length))
})

t.test('any byte at any place: refused, or nothing withheld comes out', async (t) => {
  let passed = 0
  for (let at = 0; at < sample.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = Buffer.from(sample)
      changed[at] = byte
      try {
        const { body } = projector.project(changed)
        passed++
        if (body.includes('WITHHELD') || body.includes('diagnosis') || body.includes('shelter')) t.fail(`byte ${byte} at ${at}: ${body}`)
      } catch (error) {
        if (!(error instanceof AnswerMalformed)) throw error
      }
    }
  }
  t.ok(passed > sample.length, `${passed} changed answers were well-formed`)
})

t.test('two pieces, cut anywhere, give what the whole gives', async (t) => {
  const whole = projector.project(sample)
  for (let at = 0; at <= sample.length; at++) {
    const projection = projector.begin()
    const body = Buffer.concat([
      projection.push(sample.subarray(0, at)),
      projection.push(Buffer.alloc(0)),
      projection.push(sample.subarray(at)),
    ])
    t.equal(projection.end().length, 0)
    const { rows, beyond } = projection
    if (!body.equals(whole.body)) t.fail(`cut at ${at}: ${body}`)
    t.same({ rows, beyond }, { rows: whole.rows, beyond: whole.beyond })
  }
})

t.test('an answer that was refused takes no further piece and has no end', async (t) => {
  for (const bad of ['{"category":tru}', '{"x":"\xff"}']) {
    const projection = projector.begin()
    projection.push(Buffer.from(''))
    t.throws(() => projection.push(Buffer.from(bad, 'latin1')), { name: 'AnswerMalformed' })
    t.throws(() => projection.push(Buffer.from('"category":"x"}')), /nothing of it may follow/)
    t.throws(() => projection.end(), /nothing of it may follow/)
  }
})

t.test('answers that come at the same time do not touch one another', async (t) => {
  const [one, other] = [projector.begin(), projector.begin(['count'])]
  const bodies: [Buffer[], Buffer[]] = [[], []]
  for (let at = 0; at < sample.length; at += 3) {
    bodies[0].push(one.push(sample.subarray(at, at + 3)))
    projector.project(Buffer.from('{"category":"between"}'))
    bodies[1].push(other.push(sample.subarray(at, at + 3)))
  }
  one.end()
  other.end()
  t.equal(Buffer.concat(bodies[0]).toString(), projector.project(sample).body.toString())
  t.equal(Buffer.concat(bodies[1]).toString(), '{"count":-1.5e1}')
})
