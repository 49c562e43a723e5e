// projector.test.ts: what passes, what is withheld, and what is refused.
import t from 'tap'
import { AnswerMalformed } from '../../src/projection/malformed.ts'
import type { LeafType, Shape } from '../../src/projection/paths.ts'
import { compileProjector, type Projected } from '../../src/projection/projector.ts'

const leaf = (type: LeafType): Shape => ({ kind: 'leaf', type })
const array = (items: Shape): Shape => ({ kind: 'array', items })
const object = (properties: Record<string, Shape>): Shape => ({ kind: 'object', properties: new Map(Object.entries(properties)) })
const text = leaf('string')

const household = object({
  status: object({ category: text, validUntil: text, approvedBy: text }),
  members: array(object({ name: text, studentStatus: text, income: leaf('integer'), disability: object({ class: text, level: text }) })),
  income: object({ perCapita: leaf('number') }),
  disabled: leaf('boolean'),
  grid: array(array(leaf('integer'))),
  notes: array(text),
})
const fields = ['status.category', 'members[].name', 'members[].disability.level', 'income.perCapita', 'disabled', 'grid[][]', 'notes[]']
const projector = compileProjector(household, fields, { rows: 'members' })
const project = (answer: string): Projected => projector.project(Buffer.from(answer))
const released = (answer: string): string => project(answer).body.toString()

function refusal(answer: string | Uint8Array, one = projector): AnswerMalformed {
  try {
    const passed = one.project(typeof answer === 'string' ? Buffer.from(answer) : answer)
    throw new Error(`expected a refusal, but this passed: ${passed.body}`)
  } catch (error) {
    if (error instanceof AnswerMalformed) return error
    throw error
  }
}

t.test('only granted leaves pass, in the containers on the way to them', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['{}', '{}'],
    ['{"status":{}}', '{"status":{}}'],
    ['{"status":{"category":"低收入戶第1類","validUntil":"2026-12-31"}}', '{"status":{"category":"低收入戶第1類"}}'],
    ['{"members":[{"name":"甲","income":1},{"income":2},{}]}', '{"members":[{"name":"甲"},{},{}]}'],
    [
      '{"members":[{"disability":{"class":"第一類","level":"重度"},"name":"乙"}]}',
      '{"members":[{"disability":{"level":"重度"},"name":"乙"}]}',
    ],
    ['{"secret":{"category":"x"},"category":"y","disabled":false}', '{"disabled":false}'],
    ['{"grid":[[1,2],[],[3]],"notes":["a","b"]}', '{"grid":[[1,2],[],[3]],"notes":["a","b"]}'],
    ['{"x":1,"disabled":true,"y":2}', '{"disabled":true}'],
    ['{"disabled":true,"x":[{"disabled":false}]}', '{"disabled":true}'],
  ]
  for (const [answer, passes] of cases) t.equal(released(answer), passes)
})

t.test('no white space of the upstream passes, and members keep its order', async (t) => {
  const answer =
    ' {\r\n\t"disabled" : true ,\n "secret" : [ 1 , { } ] , "status" :\t{ "category" : "x y" } , "grid" : [ [ 1 , 2 ] , [ ] ] } \n'
  t.equal(released(answer), '{"disabled":true,"status":{"category":"x y"},"grid":[[1,2],[]]}')
})

t.test('null passes where a leaf or a container on the way to one stands', async (t) => {
  const nulls =
    '{"status":null,"members":[null,{"name":null,"disability":null}],"income":{"perCapita":null},"disabled":null,"grid":[null,[null]]}'
  t.equal(released(nulls), nulls)
  t.equal(released('{"secret":null,"status":{"validUntil":null}}'), '{"status":{}}')
})

t.test('numbers and strings pass as they were sent', async (t) => {
  for (const number of ['1.0', '12345678901234567890', '1e400', '-0', '0.10', '1E-5', '-12.5e+10', '9'.repeat(1_024)]) {
    t.equal(released(`{"income":{"perCapita":${number}}}`), `{"income":{"perCapita":${number}}}`)
  }
  for (const string of [
    '"\\u738b\\u5c0f\\u660e"',
    '"\\ud842\\udfb7"',
    '"a\\/b\\n\\"\\\\"',
    '"𠮷田"',
    '"\u007f\u2028"',
    '""',
    `"${'長'.repeat(50_000)}"`,
  ]) {
    t.equal(released(`{"status":{"category":${string}}}`), `{"status":{"category":${string}}}`)
  }
})

t.test('a value of another JSON type than declared is withheld, and leaves no trace', async (t) => {
  for (const other of ['1', 'true', '{}', '{"category":"x"}', '[]', '["x"]'])
    t.equal(released(`{"status":{"category":${other}}}`), '{"status":{}}', other)
  for (const other of ['"1"', 'true', '{}', '[1]']) t.equal(released(`{"income":{"perCapita":${other}}}`), '{"income":{}}', other)
  for (const other of ['"HIV"', '1', '0', '{}', '[true]']) t.equal(released(`{"disabled":${other}}`), '{}', other)
  for (const other of ['"x"', '1', 'true', '[]', '[{"category":"x"}]']) t.equal(released(`{"status":${other}}`), '{}', other)
  for (const other of ['"x"', '1', 'false', '{}', '{"name":"x"}']) t.equal(released(`{"members":${other}}`), '{}', other)
})

t.test('a withheld element of an array is left out', async (t) => {
  t.equal(released('{"notes":[1,"a",{},"b",[],["c"],true]}'), '{"notes":["a","b"]}')
  t.equal(released('{"members":["x",{"name":"甲"},[{"name":"乙"}],1]}'), '{"members":[{"name":"甲"}]}')
  t.equal(released('{"grid":[1,[1,"x",2],"y",{"z":[3]},[[4]]]}'), '{"grid":[[1,2],[]]}')
  t.equal(released('{"notes":[1,2]}'), '{"notes":[]}')
})

t.test('an integer is a number without a fractional part, as JSON Schema says', async (t) => {
  const passing = [
    '0',
    '-0',
    '7',
    '1.0',
    '-3.000',
    '1e2',
    '1E+2',
    '100e-2',
    '12.50e1',
    '0.0',
    '0e-7',
    '1e999999999999',
    '12345678901234567890.0',
  ]
  const withheld = ['1.5', '-0.1', '1e-1', '10e-2', '12.55e1', '1e-999999999999', '1.00000000000000000001', `1.${'0'.repeat(900)}1`]
  for (const number of passing) t.equal(released(`{"grid":[[${number}]]}`), `{"grid":[[${number}]]}`)
  for (const number of withheld) t.equal(released(`{"grid":[[${number}]]}`), '{"grid":[[]]}', number.slice(0, 30))
})

t.test('keys are compared whole, after unescaping, and written as the policy spells them', async (t) => {
  t.equal(released('{"\\u0064isab\\u006Ced":true}'), '{"disabled":true}')
  for (const key of [
    'disable',
    'disabledx',
    'Disabled',
    'disabled ',
    '\\u0000disabled',
    'disabled\\u0000',
    'ｄisabled',
    'd'.repeat(5_000),
    '',
  ]) {
    t.equal(released(`{"${key}":true}`), '{}', key.slice(0, 20))
  }
  const names = object({ é: text, 'a"b\\': text, '\n': text, 𠮷: text, '': text })
  t.throws(() => compileProjector(names, ['é']), { name: 'FieldPathError' }, 'a property without a name has no path')
  const odd = compileProjector(object({ é: text, 'a"b\\/': text, '\n': text, 𠮷: text }), ['é', 'a"b\\/', '\n', '𠮷'])
  const spellings = '{"\\u00e9":"1","a\\u0022b\\\\\\/":"2","\\u000A":"3","\\uD842\\udfb7":"4"}'
  t.equal(odd.project(Buffer.from(spellings)).body.toString(), '{"é":"1","a\\"b\\\\/":"2","\\n":"3","𠮷":"4"}')
  t.equal(odd.project(Buffer.from('{"e\u0301":"x"}')).body.toString(), '{}', 'a decomposed letter is another key')
})

t.test('a key that differs from a granted one in a single byte is another key, wherever the byte stands', async (t) => {
  for (const name of [
    'a',
    'name',
    'nationalId',
    'registeredAddress',
    'disabilityCertificateNumberOfTheApplicant',
    '身心障礙證明編號與有效期限',
  ]) {
    const one = compileProjector(object({ [name]: text, other: text }), [name])
    const key = Buffer.from(name)
    const answer = Buffer.from(`{"${name}":"PASSES"}`)
    t.equal(one.project(answer).body.toString(), answer.toString())
    for (let at = 0; at < key.length; at++) {
      for (const turn of [0x01, 0x02, 0x20]) {
        const changed = Buffer.from(answer)
        changed[2 + at] = (key[at] ?? 0) ^ turn
        try {
          if (one.project(changed).body.toString() !== '{}') t.fail(`${changed}`)
        } catch (error) {
          if (!(error instanceof AnswerMalformed)) throw error // no longer JSON, or no longer UTF-8
        }
      }
    }
  }
})

t.test('members called like those of Object.prototype are like any other', async (t) => {
  const shape: Shape = {
    kind: 'object',
    properties: new Map([
      ['__proto__', text],
      ['constructor', text],
      ['toString', text],
    ]),
  }
  const one = compileProjector(shape, ['__proto__', 'toString'])
  t.equal(
    one.project(Buffer.from('{"constructor":"a","__proto__":"b","valueOf":"c","toString":"d"}')).body.toString(),
    '{"__proto__":"b","toString":"d"}',
  )
})

t.test('a key under which anything is released and that comes twice in one object is refused, in any spelling', async (t) => {
  for (const answer of [
    '{"disabled":true,"disabled":true}',
    '{"disabled":true,"disabl\\u0065d":false}',
    '{"\\u0064isabled":1,"x":2,"disabled":"y"}',
    '{"status":{},"status":{}}',
    '{"status":1,"x":[],"status":null}',
    '{"members":[{"name":"a","income":1,"name":"b"}]}',
    '{"members":[{"disability":{"level":"a","level":"a"}}]}',
  ]) {
    t.equal(refusal(answer).problem, 'repeated-member', answer)
  }
  t.equal(released('{"members":[{"name":"a"},{"name":"b"}],"status":{"name":1}}'), '{"members":[{"name":"a"},{"name":"b"}],"status":{}}')
})

t.test('a withheld key may come as often as it likes: nothing of it shows', async (t) => {
  t.equal(released('{"x":1,"x":2,"status":{"validUntil":"a","validUntil":"b","category":"c"}}'), '{"status":{"category":"c"}}')
})

t.test('with more properties than a machine word has bits, repetition is noticed for each', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, k) => [`p${k}`, leaf('integer')]))
  const wide = compileProjector(
    array(object(many)),
    Object.keys(many).map((name) => `[].${name}`),
  )
  const members = Object.keys(many).map((name) => `"${name}":1`)
  const once = `[{${members.join(',')}},{${members.toReversed().join(',')}}]`
  t.equal(wide.project(Buffer.from(once)).body.toString(), once)
  for (const again of members) t.equal(refusal(`[{${members.join(',')}},{${members.join(',')},${again}}]`, wide).problem, 'repeated-member')
})

t.test('a root of another shape is refused, null too', async (t) => {
  for (const root of ['[]', 'null', '"x"', '1', 'true', '-1']) t.equal(refusal(root).problem, 'root-shape', root)
  const list = compileProjector(array(object({ id: text })), ['[].id'])
  for (const root of ['{}', 'null', '"x"']) t.equal(refusal(root, list).problem, 'root-shape', root)
})

t.test('sixty-four levels pass, the sixty-fifth is refused, in what is skipped too', async (t) => {
  t.equal(released(`{"x":${'['.repeat(63)}${']'.repeat(63)},"disabled":true}`), '{"disabled":true}')
  t.equal(refusal(`{"x":${'['.repeat(64)}${']'.repeat(64)}}`).problem, 'nesting-too-deep')
  t.equal(refusal(`{"x":${'{"y":'.repeat(64)}1${'}'.repeat(64)}}`).problem, 'nesting-too-deep')
  t.equal(refusal(`{"x":${'['.repeat(100_000)}`).problem, 'nesting-too-deep')
})

t.test('rows are the released elements of the array that is named', async (t) => {
  t.equal(project('{"members":[{"name":"a"},{},null,1]}').rows, 3)
  t.equal(project('{"members":[]}').rows, 0)
  t.equal(project('{}').rows, 0)
  t.equal(compileProjector(household, fields, { rows: 'grid[]' }).project(Buffer.from('{"grid":[[1,2],[3],["x"]]}')).rows, 3)
  const list = compileProjector(array(text), ['[]'])
  t.equal(list.project(Buffer.from('["a","b",1]')).rows, 2, 'of a root array without a name')
  t.equal(compileProjector(household, fields).project(Buffer.from('{"members":[{},{}]}')).rows, 1, 'an object is one row')
  t.equal(
    compileProjector(household, ['disabled'], { rows: 'members' }).project(Buffer.from('{"members":[{},{}]}')).rows,
    1,
    'nothing of the array is granted',
  )
  t.equal(projector.project(Buffer.from('{"members":[{},{}]}'), ['disabled']).rows, 1, 'nothing of the array is asked')
})

t.test('what came beyond the released is counted for the sealed part', async (t) => {
  t.same(project('{"disabled":true}').beyond, { withheld: 0, undeclared: 0, misshapen: 0, suppressed: 0 })
  const answer =
    '{"status":{"approvedBy":"x","validUntil":"y","z":{"status":1}},"members":[{"income":1,"studentStatus":"x"},"y",{"name":1}],"q":[1],"disabled":"x"}'
  t.same(project(answer).beyond, { withheld: 4, undeclared: 2, misshapen: 3, suppressed: 0 })
  t.same(
    projector.project(Buffer.from(answer), ['disabled']).beyond,
    { withheld: 2, undeclared: 1, misshapen: 1, suppressed: 0 },
    'a container that is not asked counts once',
  )
  t.same(project('{"grid":[[1.5,2]]}').beyond, { withheld: 0, undeclared: 0, misshapen: 1, suppressed: 0 })
})

t.test('asking for fewer fields releases fewer', async (t) => {
  const answer = Buffer.from('{"status":{"category":"x"},"disabled":true,"members":[{"name":"a","disability":{"level":"b"}}]}')
  t.equal(projector.project(answer, ['disabled']).body.toString(), '{"disabled":true}')
  t.equal(
    projector.project(answer, ['members[].disability.level', 'disabled']).body.toString(),
    '{"disabled":true,"members":[{"disability":{"level":"b"}}]}',
  )
  t.equal(projector.project(answer).body.toString(), answer.toString(), 'the next call is not narrowed')
  t.equal(projector.project(Buffer.from('{"disabled":true,"status":1,"status":2}'), ['disabled']).body.toString(), '{"disabled":true}')
  t.throws(() => projector.project(answer, []), { name: 'RangeError' }, 'an empty list means nothing, never everything')
  t.throws(() => projector.project(answer, ['status.validUntil']), {
    name: 'RangeError',
    message: /status\.validUntil.*granted: status\.category/,
  })
  t.throws(() => projector.project(answer, ['status']), { name: 'RangeError' })
})

t.test('a projector holds the granted leaves that the shape declares, in the order of the catalogue', async (t) => {
  t.same(compileProjector(household, [...fields.toReversed(), 'other.field', 'status', 'members[]']).fields, fields)
  t.throws(() => compileProjector(household, []), { name: 'RangeError' })
  t.throws(() => compileProjector(household, ['status', 'members', 'other']), { name: 'RangeError' }, 'a container is no leaf')
  t.throws(() => compileProjector(household, ['disabled', 'a..b']), { name: 'FieldPathError' })
  t.throws(() => compileProjector(household, fields, { rows: 'members[]' }), { name: 'RangeError', message: /members\[\]/ })
  t.throws(() => compileProjector(household, fields, { rows: 'disabled' }), { name: 'RangeError' })
  t.throws(() => compileProjector(object({ ['x'.repeat(1_100)]: text, a: text }), ['a']), { name: 'RangeError', message: /longer than/ })
  t.throws(() => compileProjector(object({ 'a\ud800': text, a: text }), ['a']), { name: 'RangeError', message: /surrogate/ })
})

t.test('a body is a buffer of its own: the next call does not change it', async (t) => {
  const first = project('{"status":{"category":"甲"}}').body
  project('{"status":{"category":"乙"}}')
  t.equal(first.toString(), '{"status":{"category":"甲"}}')
})

t.test('after a refusal the next answer is filtered as if nothing had been', async (t) => {
  refusal('{"members":[{"name":"a","name"')
  refusal('{"x":"\\ud8')
  refusal(Buffer.from('{"x":"\xe4\xb8', 'latin1'))
  t.same(project('{"disabled":true,"x":1}'), {
    body: Buffer.from('{"disabled":true}'),
    rows: 0,
    beyond: { withheld: 0, undeclared: 1, misshapen: 0, suppressed: 0 },
    undeclaredAt: new Map([['', 1]]),
  })
})

/** An answer of so many members, and what passes of it. */
function longAnswer(count: number, shift = 0): { readonly answer: Buffer; readonly passing: string } {
  const members = Array.from(
    { length: count },
    (_, k) => `{"name":"王${k}","income":${k},"x":{"y":["\\"${'z'.repeat(k % 23)}"]},"disability":{"level":"第${k}級"}}`,
  )
  const passing = Array.from({ length: count }, (_, k) => `{"name":"王${k}","disability":{"level":"第${k}級"}}`)
  return { answer: Buffer.from(`${' '.repeat(shift)}{"members":[${members.join(',')}]}`), passing: `{"members":[${passing.join(',')}]}` }
}

t.test('answers longer than a piece pass whole, wherever the pieces meet', async (t) => {
  for (let shift = 0; shift < 40; shift++) {
    const { answer, passing } = longAnswer(3_000, shift)
    const { body, rows } = projector.project(answer)
    if (body.toString() !== passing || rows !== 3_000) t.fail(`shifted by ${shift} bytes`)
  }
  t.pass('at forty shifts')
})

t.test('and of which more passes than is gathered at once', async (t) => {
  const first = longAnswer(50_000)
  const { body } = projector.project(first.answer)
  t.ok(body.length > 2 * 1024 * 1024)
  projector.project(longAnswer(3_000, 1).answer)
  t.ok(body.toString() === first.passing, 'in a buffer of its own')
})

t.test('undeclared members are counted by the declared path of their object, and no name of theirs shows', async (t) => {
  const string: Shape = { kind: 'leaf', type: 'string' }
  const object = (properties: Readonly<Record<string, Shape>>): Shape => ({
    kind: 'object',
    properties: new Map(Object.entries(properties)),
  })
  const shape = object({ a: string, list: { kind: 'array', items: object({ b: string }) }, hidden: object({ c: string }) })
  const { undeclaredAt, beyond } = compileProjector(shape, ['a', 'list[].b']).project(
    Buffer.from('{"x":1,"a":"","hidden":{"y":1},"list":[{"A123456789":1,"b":""},{"b":"","\\u0062b":1}],"list2":[{"z":1}]}'),
  )
  t.same(
    [...undeclaredAt],
    [
      ['', 2],
      ['list[]', 2],
    ],
  )
  t.equal(beyond.undeclared, 4)
  t.equal(compileProjector(shape, ['a']).project(Buffer.from('{"a":"x"}')).undeclaredAt.size, 0)
  const wide = object(Object.fromEntries(Array.from({ length: 120 }, (_, k) => [`o${k}`, object({ d: string })])))
  const body = `{${Array.from({ length: 120 }, (_, k) => `"o${k}":{"x":1}`).join(',')}}`
  const { undeclaredAt: many } = compileProjector(
    wide,
    Array.from({ length: 120 }, (_, k) => `o${k}.d`),
  ).project(Buffer.from(body))
  t.equal(many.size, 99, 'the root has none')
  t.equal(many.get('o0'), 1)
  t.equal(many.get('o97'), 1)
  t.equal(many.get('…'), 22)
  const stream = compileProjector(shape, ['a']).begin()
  stream.push(Buffer.from('{"x":1,'))
  compileProjector(shape, ['a']).project(Buffer.from('{"y":1,"z":2}'))
  t.same([...stream.undeclaredAt()], [['', 1]])
})
