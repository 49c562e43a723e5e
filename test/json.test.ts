// json.test.ts: the strict parser reads what RFC 8259 allows, and refuses whatever two readers could read differently.
import fc from 'fast-check'
import t from 'tap'
import { invalidUtf8At, JsonError, type JsonProblem, type JsonValue, parseJson } from '../src/json.ts'

const read = (text: string): JsonValue => parseJson(Buffer.from(text))
/** Bytes from latin1 text, for what is no UTF-8. */
const raw = (text: string): Buffer => Buffer.from(text, 'latin1')

function refusal(bytes: Uint8Array): JsonError {
  try {
    parseJson(bytes)
  } catch (error) {
    if (error instanceof JsonError) return error
    throw error
  }
  throw new Error(`expected a refusal, but it was read: ${Buffer.from(bytes).toString('latin1')}`)
}

t.test('every kind of value is read', async (t) => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['null', null],
    [' true ', true],
    ['\t\r\n false', false],
    ['0', 0],
    ['-0', -0],
    ['-12.50e+2', -1250],
    ['1E-2', 0.01],
    ['""', ''],
    ['"王小明 𠮷"', '王小明 𠮷'],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'],
    ['"\\u4E2d\\ud842\\uDFb7x"', '中𠮷x'],
    ['"\u007f\u2028\uffff"', '\u007f\u2028\uffff'],
    ['[ ]', []],
    ['[1,[2],[]]', [1, [2], []]],
    ['{ }', {}],
    ['{"a":{"b":[null]},"":1}', { a: { b: [null] }, '': 1 }],
  ]
  for (const [text, value] of cases) t.same(read(text), value, encodeURI(text))
})

t.test('a value that JSON.stringify wrote is read back the same', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), (value) => {
      const text = JSON.stringify(value)
      return JSON.stringify(read(text)) === text
    }),
    { numRuns: 2_000 },
  )
})

t.test('members called __proto__ and constructor are members like any other', async (t) => {
  const value = read('{"__proto__":{"admin":true},"constructor":1,"\\u005f_proto2__":2}') as Record<string, JsonValue> // an object, as written
  t.equal(Object.getPrototypeOf(value), null)
  t.same(Object.keys(value), ['__proto__', 'constructor', '__proto2__'])
  t.equal((value as { admin?: unknown }).admin, undefined)
  t.equal(({} as { admin?: unknown }).admin, undefined)
})

t.test('names are read right after documents with escaped names (nodejs/node#63785)', async (t) => {
  for (let k = 0; k < 5; k++) read('{"x":1,"\\\\":2}')
  t.same(Object.keys(read('{"x":1,"\\u0061":2}') as object), ['x', 'a'])
})

t.test('what is no strict JSON is refused, with the problem and the offset', async (t) => {
  const cases: readonly (readonly [string | Buffer, JsonProblem, number])[] = [
    ['', 'unexpected-end', 0],
    ['  ', 'unexpected-end', 2],
    ['{', 'unexpected-end', 1],
    ['{"a"', 'unexpected-end', 4],
    ['{"a":', 'unexpected-end', 5],
    ['{"a":1', 'unexpected-end', 6],
    ['[1', 'unexpected-end', 2],
    ['[1,', 'unexpected-end', 3],
    ['"a', 'unexpected-end', 2],
    ['"\\', 'unexpected-end', 2],
    ['"\\u00', 'unexpected-end', 2],
    ['tru', 'unexpected-end', 3],
    ['1 2', 'trailing-bytes', 2],
    ['{}x', 'trailing-bytes', 2],
    ['[]\0', 'trailing-bytes', 2],
    ['{}\u00a0', 'trailing-bytes', 2],
    ['[1,]', 'unexpected-byte', 3],
    ['[,1]', 'unexpected-byte', 1],
    ['[1 2]', 'unexpected-byte', 3],
    ['{"a":1,}', 'unexpected-byte', 7],
    ['{a:1}', 'unexpected-byte', 1],
    ["{'a':1}", 'unexpected-byte', 1],
    ['{"a" 1}', 'unexpected-byte', 5],
    ['{"a":1]', 'unexpected-byte', 6],
    ['[1}', 'unexpected-byte', 2],
    ['{1:1}', 'unexpected-byte', 1],
    ['nul', 'unexpected-end', 3],
    ['nulL', 'unexpected-byte', 3],
    ['True', 'unexpected-byte', 0],
    ['NaN', 'unexpected-byte', 0],
    ['Infinity', 'unexpected-byte', 0],
    ['undefined', 'unexpected-byte', 0],
    ['// x\n1', 'unexpected-byte', 0],
    ['[1 /* x */]', 'unexpected-byte', 3],
    ['\v1', 'unexpected-byte', 0],
    ['１', 'unexpected-byte', 0],
    ['01', 'invalid-number', 0],
    ['-', 'invalid-number', 0],
    ['-01', 'invalid-number', 0],
    ['1.', 'invalid-number', 0],
    ['.5', 'unexpected-byte', 0],
    ['+1', 'unexpected-byte', 0],
    ['1e', 'invalid-number', 0],
    ['1e+', 'invalid-number', 0],
    ['1.e1', 'invalid-number', 0],
    ['1-1', 'invalid-number', 0],
    ['0x10', 'trailing-bytes', 1],
    ['-Infinity', 'invalid-number', 0],
    ['1e400', 'number-not-finite', 0],
    ['[-1e309]', 'number-not-finite', 1],
    ['"\n"', 'control-character', 1],
    ['"a\0"', 'control-character', 2],
    ['"\u001f"', 'control-character', 1],
    ['"\\x41"', 'invalid-escape', 2],
    ['"\\\'"', 'invalid-escape', 2],
    ['"\\u00g0"', 'invalid-escape', 2],
    ['"\\u+123"', 'invalid-escape', 2],
    ['"\\U0041"', 'invalid-escape', 2],
    ['"\\ud800"', 'lone-surrogate', 1],
    ['"\\ud800x"', 'lone-surrogate', 1],
    ['"\\ud800\\n"', 'lone-surrogate', 1],
    ['"\\udc00"', 'lone-surrogate', 1],
    ['"\\ud800\\ud800"', 'lone-surrogate', 1],
    ['"\\udc00\\ud800"', 'lone-surrogate', 1],
    ['{"\\udead":1}', 'lone-surrogate', 2],
    ['{"a":1,"a":2}', 'repeated-member', 7],
    ['{"a":1,"b":{"a":1},"\\u0061":2}', 'repeated-member', 19],
    ['{"":1,"":1}', 'repeated-member', 6],
    ['{"__proto__":1,"__proto__":2}', 'repeated-member', 15],
    ['{"/":1,"\\/":2}', 'repeated-member', 7],
    ['\ufeff{}', 'byte-order-mark', 0],
    [raw('\xff\xfe{\0}\0'), 'invalid-utf8', 0],
    [raw('"\xc0\xaf"'), 'invalid-utf8', 1],
    [raw('"\xed\xa0\x80"'), 'invalid-utf8', 2],
    [raw('"ab\xe4\xb8"'), 'invalid-utf8', 5],
    [raw('"\xa4\xa4\xa4\xe5"'), 'invalid-utf8', 1],
  ]
  for (const [text, problem, offset] of cases) {
    const error = refusal(Buffer.from(text as string)) // Buffer.from takes both
    t.same({ problem: error.problem, offset: error.offset }, { problem, offset }, encodeURIComponent(text.toString()))
  }
})

t.test('sixty-four levels are read, the sixty-fifth is refused', async (t) => {
  t.ok(read('['.repeat(64) + ']'.repeat(64)))
  t.ok(read(`${'{"a":'.repeat(63)}[]${'}'.repeat(63)}`))
  t.match(refusal(Buffer.from('['.repeat(65) + ']'.repeat(65))), { problem: 'nesting-too-deep', offset: 64 })
  t.match(refusal(Buffer.from('['.repeat(100_000))), { problem: 'nesting-too-deep' })
  t.throws(() => parseJson(Buffer.from('[[]]'), 1), new JsonError('nesting-too-deep', 1))
  t.ok(read(`[${'[],'.repeat(1_000)}[]]`), 'siblings do not add up')
})

t.test('a message never holds a part of the document', async (t) => {
  const secret = 'A123456789'
  for (const text of [`{"${secret}":1,"${secret}":2}`, `"${secret}\\q"`, `{"a":"${secret}" x}`, `${secret}`]) {
    const error = refusal(Buffer.from(text))
    t.notMatch(`${error.message} ${error.problem}`, /123456789/)
  }
})

t.test('every truncation of a document is refused', async (t) => {
  const whole = Buffer.from('{"姓名":"王\\u5c0f\\ud842\\udfb7明","n":[1,-2.5e3,true,false,null,{}],"o":{"a":""}}')
  t.ok(parseJson(whole))
  for (let length = 0; length < whole.length; length++) refusal(whole.subarray(0, length))
})

t.test('any byte at any place is read or refused, never anything else', async (t) => {
  const whole = Buffer.from('{"姓":"\\u5c0f\\ud842\\udfb7\\n","n":[1,-2.5e3,true,null]}')
  let readings = 0
  for (let at = 0; at < whole.length; at++) {
    for (let byte = 0; byte < 256; byte++) {
      const changed = Buffer.from(whole)
      changed[at] = byte
      try {
        parseJson(changed)
        readings++
      } catch (error) {
        if (!(error instanceof JsonError)) throw error
      }
    }
  }
  t.ok(readings > whole.length, 'some changes are still JSON')
})

t.test('where invalid UTF-8 is found, and only there', async (t) => {
  for (const [text, at] of [
    ['abc', -1],
    ['a\x80', 1],
    ['\xc1\x81', 0],
    ['\xe0\x9f\xbf', 1],
    ['\xe0\xa0\x80', -1],
    ['\xed\x9f\xbf', -1],
    ['\xf0\x8f\xbf\xbf', 1],
    ['\xf4\x90\x80\x80', 1],
    ['\xf5\x80\x80\x80', 0],
    ['\xf0\x90\x80', 3],
    ['\xf0\x90\x80\x80', -1],
  ] as const) {
    t.equal(invalidUtf8At(raw(text)), at, Buffer.from(text, 'latin1').toString('hex'))
  }
  const { isUtf8 } = await import('node:buffer')
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 5 }).map((random) => random.map((byte) => (byte < 64 ? byte : byte | 0x80)))
  fc.assert(
    fc.property(bytes, (random) => (invalidUtf8At(random) === -1) === isUtf8(random)),
    { numRuns: 20_000 },
  )
})
