// corpus.test.ts: hostile answers: whatever the welfare system sends, no careless reader of what is released finds what was not approved.
import t from 'tap'
import { AnswerMalformed } from '../../../src/projection/malformed.ts'
import type { Shape } from '../../../src/projection/paths.ts'
import { compileProjector } from '../../../src/projection/projector.ts'
import { compileStream, type StreamPlan } from '../../../src/projection/stream.ts'
import { everywhere, streamed } from '../../projection/streamed.ts'
import { unapprovedIn } from './readers.ts'

const string: Shape = { kind: 'leaf', type: 'string' }
const number: Shape = { kind: 'leaf', type: 'number' }
const object = (properties: Readonly<Record<string, Shape>>): Shape => ({ kind: 'object', properties: new Map(Object.entries(properties)) })
const array = (items: Shape): Shape => ({ kind: 'array', items })
const household = object({
  name: string,
  income: number,
  diagnosis: string,
  café: string,
  count: { kind: 'leaf', type: 'integer' },
  active: { kind: 'leaf', type: 'boolean' },
  address: object({ city: string, street: string }),
  members: array(object({ name: string, income: number })),
})
const granted = ['name', 'café', 'count', 'active', 'address.city', 'members[].name']
const projector = compileProjector(household, granted)
const bytewise = compileProjector(household, granted, { bytewise: true })
const json = compileStream('application/json', household, granted)
const rows = granted.map((path) => `[].${path}`)
const ndjson = compileStream('application/x-ndjson', array(household), rows)

/** What is not approved, wherever it stands. */
const CANARY = 'CANARY'

/** The body, or undefined where the answer was refused; kernel and definition agree. */
function project(answer: string | Buffer): string | undefined {
  const [one, other] = [projector, bytewise].map((each) => {
    try {
      return each.project(Buffer.from(answer)).body.toString()
    } catch (error) {
      if (!(error instanceof AnswerMalformed)) throw error
      return undefined
    }
  })
  if (one !== other) throw new Error(`kernel and definition differ: ${one} ${other}`)
  return one
}

/** What a careless reader finds that was not approved. */
const found = unapprovedIn(granted, (value) => value.includes(CANARY))

const values = [
  `"${CANARY}"`,
  `{"name":"${CANARY}"}`,
  `["${CANARY}"]`,
  `[{"name":"${CANARY}","a":[{"city":"${CANARY}"}]}]`,
  `"\\u0043ANARY ${CANARY}"`,
]
/** Names that somebody could take for a granted one, or for no name at all. */
const lookalikes = [
  ...[
    'NAME',
    'Name',
    'nAME',
    ' name',
    'name ',
    'name\\u0000',
    '\\u0000name',
    'name\\n',
    'ｎａｍｅ',
    'nаme',
    'na\\u200bme',
    '\\ufeffname',
    'name.',
    'name[]',
  ],
  ...[
    'cafe\\u0301',
    'CAFÉ',
    'cafe',
    'caf',
    'n',
    'nam',
    'names',
    'nname',
    '',
    '.',
    '[]',
    'address.city',
    'members[].name',
    'address[city]',
    '$.name',
    '/name',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'length',
    '0',
    '-1',
    'null',
    'income',
    'diagnosis',
    '\\\\name',
    '\\"name',
    'name\\"',
    "'name'",
    '\\/name',
  ],
]

t.test('names that look like a granted one, at every place, with every kind of value', async (t) => {
  let [released, refused] = [0, 0]
  const usual = ['"name":"王"', '"address":{"city":"臺北市"}', '"members":[{"name":"小王"}]', '"count":7']
  for (const name of lookalikes) {
    for (const value of values) {
      const member = `"${name}":${value}`
      const answers = usual.map((_, at) => `{${usual.toSpliced(at, 0, member).join(',')}}`)
      answers.push(`{${[...usual, member].join(',')}}`, `{${usual.join(',')},"address2":{${member}}}`)
      answers.push(`{"address":{${member},"city":"臺北市"},"members":[{${member}},{"name":"小王",${member}}]}`)
      for (const answer of answers) {
        const body = project(answer)
        if (body === undefined) refused++
        else {
          released++
          const wrong = found(body)
          if (wrong.length > 0) t.fail(`${answer}: ${wrong.join('; ')}`)
        }
      }
    }
  }
  t.equal(refused, 0, 'none of them is malformed')
  t.ok(released > 1_000, `${released} answers`)
})

/** Spellings of `name` that are the same name. */
const spellings = ['name', '\\u006eame', 'n\\u0061me', 'na\\u006De', 'nam\\u0065', '\\u006E\\u0061\\u006D\\u0065']

t.test('a granted name twice, at every two places, in every spelling: refused, whatever stands there', async (t) => {
  const others = ['"income":1', '"x":{"name":1,"name":2}', '"address":{"city":"臺北市"}', '"diagnosis":"y"']
  let tried = 0
  for (const [one, other] of spellings.flatMap((first) => spellings.map((second) => [first, second] as const))) {
    for (const [first, second] of [
      ['"a"', `"${CANARY}"`],
      [`"${CANARY}"`, '"a"'],
      ['null', `"${CANARY}"`],
      ['7', `"${CANARY}"`],
      [`{"a":"${CANARY}"}`, 'null'],
      ['"a"', '"a"'],
    ] as const) {
      for (let at = 0; at <= others.length; at++) {
        for (let to = at; to <= others.length; to++) {
          const members = others.toSpliced(to, 0, `"${other}":${second}`).toSpliced(at, 0, `"${one}":${first}`)
          for (const answer of [`{${members.join(',')}}`, `{"members":[{"name":"x"},{${members.join(' , ')}}]}`]) {
            tried++
            if (project(answer) !== undefined) t.fail(answer)
          }
        }
      }
    }
  }
  for (const container of ['address', 'members']) {
    const value = container === 'address' ? `{"city":"${CANARY}"}` : `[{"name":"${CANARY}"}]`
    for (const twice of [
      `{"${container}":${value},"${container}":${value}}`,
      `{"${container}":null,"\\u00${container.charCodeAt(0).toString(16)}${container.slice(1)}":${value}}`,
    ]) {
      tried++
      t.equal(project(twice), undefined, twice)
    }
  }
  t.ok(tried > 6_000, `${tried} answers`)
})

t.test('names that are skipped may come twice: nobody reads them', async (t) => {
  for (const answer of ['{"income":1,"income":2,"name":"a"}', '{"x":{"name":1,"name":2},"name":"a"}', '{"X":1,"x":2,"X":3,"name":"a"}'])
    t.equal(project(answer), '{"name":"a"}')
})

const sample = `{"name":"王\\n","income":90.5,"café":"\\ud83d\\ude00","count":12,"x":["${CANARY}",{"name":null}],"address":{"street":"${CANARY}","city":"臺北市"},"members":[{"income":1,"name":"a"},{"name":"b\\\\"},"${CANARY}"],"active":true,"diagnosis":"${CANARY}"}`
const lines = `${sample}\n{"diagnosis":"${CANARY}","name":"b"}\r\n${sample}\n`
const columns = array(object({ id: string, diagnosis: string, name: string, income: number }))
const csv = compileStream('text/csv', columns, ['[].id', '[].name'])
const table = `id,diagnosis,name,income\r\n1,${CANARY},王,5\r\n"2","${CANARY}, ""x""\r\n","a,""b""",\r\n3,"${CANARY}",c,6\r\n`
const streams: readonly (readonly [string, StreamPlan, string])[] = [
  ['JSON', json, sample],
  ['NDJSON', ndjson, lines],
  ['CSV', csv, table],
]

t.test('cut off at every byte: refused, or exactly what came before, and nothing that was not approved', async (t) => {
  for (const [title, plan, body] of streams) {
    const bytes = Buffer.from(body)
    const whole = streamed(plan, bytes)
    t.equal(whole.problem, undefined)
    for (let at = 0; at < bytes.length; at++) {
      const cut = streamed(plan, bytes.subarray(0, at))
      if (
        title === 'JSON' ? cut.problem === undefined : cut.problem === undefined && !whole.text.startsWith(cut.text.replace(/\r?\n$/, ''))
      )
        t.fail(`${title} at ${at}: ${JSON.stringify(cut)}`)
      if (cut.text.includes(CANARY)) t.fail(`${title} at ${at}: ${cut.text}`)
    }
  }
})

t.test('split at every byte, and into single bytes: what comes out is what comes out of the whole', async (t) => {
  for (const [title, plan, body] of streams) {
    const whole = streamed(plan, body)
    for (let at = 0; at <= Buffer.byteLength(body); at++) t.same(streamed(plan, body, [at]), whole, `${title} at ${at}`)
    t.same(streamed(plan, body, everywhere(body)), whole, title)
    t.notMatch(whole.text, CANARY)
  }
})

t.test('every byte at every place, instead and in between: refused, or nothing that was not approved', async (t) => {
  for (const [title, plan, body] of streams) {
    const bytes = Buffer.from(title === 'NDJSON' ? lines.slice(sample.length + 1) : body)
    let passed = 0
    for (let at = 0; at <= bytes.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        for (const skip of [0, 1]) {
          const changed = Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + skip)])
          const result = streamed(plan, changed)
          if (result.problem === undefined) passed++
          if (result.text.includes(CANARY)) t.fail(`${title}: ${byte} at ${at}, ${skip}: ${result.text}`)
        }
      }
    }
    t.ok(passed > bytes.length, `${title}: ${passed} of ${(bytes.length + 1) * 512} changed answers passed`)
  }
})

t.test('deep, long and huge: refused, or skipped, in memory that does not grow', async (t) => {
  const deep = (levels: number): string => `{"x":${'['.repeat(levels)}"${CANARY}"${']'.repeat(levels)},"name":"a"}`
  t.equal(project(deep(63)), '{"name":"a"}')
  for (const levels of [64, 65, 1_000, 1_000_000]) t.equal(project(deep(levels)), undefined, `${levels} levels`)
  t.equal(project(`{"x":${'{"a":'.repeat(63)}1${'}'.repeat(63)},"name":"a"}`), '{"name":"a"}')
  t.equal(project(`${'{"address":'.repeat(70)}1${'}'.repeat(70)}`), undefined)
  const long = 'x'.repeat(3_000_000)
  t.equal(project(`{"${long}":"${CANARY}","name":"a"}`), '{"name":"a"}')
  t.equal(project(`{"name${long}":"${CANARY}","name":"a"}`), '{"name":"a"}')
  t.equal(project(`{"n\\u0061me${'\\u0061'.repeat(100_000)}":"${CANARY}","name":"a"}`), '{"name":"a"}')
  t.equal(project(`{"name":"${long}","income":1}`), `{"name":"${long}"}`)
  t.equal(project(`{"diagnosis":"${CANARY}${long}","name":"a"}`), '{"name":"a"}')
  t.equal(project(`{"count":${'9'.repeat(1_024)},"income":${'9'.repeat(1_024)}}`), `{"count":${'9'.repeat(1_024)}}`)
  for (const answer of [`{"count":${'9'.repeat(1_025)}}`, `{"income":${'9'.repeat(1_025)}}`, `{"x":0.${'0'.repeat(1_000_000)}1}`])
    t.equal(project(answer), undefined)
  t.equal(project('{"count":1e999999999999,"income":-1E-999999}'), '{"count":1e999999999999}')
  for (const fraction of ['1e-999999999999', '1.5', '0.1e0', '12e-1']) t.equal(project(`{"count":${fraction}}`), '{}', fraction)
  const wide = `{${Array.from({ length: 200_000 }, (_, k) => `"k${k}":"${CANARY}"`).join(',')},"name":"a"}`
  t.equal(project(wide), '{"name":"a"}')
  t.equal(project(`{"members":[${'7,'.repeat(300_000)}{"name":"a"}]}`), '{"members":[{"name":"a"}]}')
})

t.test('what is no JSON is refused where it is skipped as where it is released', async (t) => {
  let refused = 0
  const wrong = [
    ...[
      'NaN',
      'Infinity',
      '-Infinity',
      'undefined',
      "'a'",
      'a',
      '01',
      '-',
      '+1',
      '.5',
      '1.',
      '1e',
      '1e+',
      '0x10',
      '1_000',
      '--1',
      'TRUE',
      'True',
      'nul',
      'nulll',
    ],
    ...[
      '"\\x41"',
      '"\\u12"',
      '"\\ud800"',
      '"\\udc00"',
      '"\\ud800\\u0041"',
      '"\\ud800x"',
      '"\n"',
      '"\t"',
      '"\u0000"',
      '"\\"',
      '"a',
      "'",
      '`a`',
      '/**/1',
      '1//',
      '#',
    ],
    ...[
      '[1,]',
      '[,1]',
      '[1 2]',
      '[',
      ']',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '{,}',
      '{a:1}',
      '{"a" 1}',
      '{1:2}',
      '{"a":1 "b":2}',
      '(1)',
      '\u00a01',
      '\u2028',
      '\ufeff1',
      '',
    ],
  ]
  for (const value of wrong) {
    for (const name of ['name', 'income', 'x', 'members', 'address']) {
      const answer = `{"${name}":${value},"y":"${CANARY}"}`
      refused++
      if (project(answer) !== undefined) t.fail(`${wrong.indexOf(value)}: ${name}`) // no title of TAP could hold them
    }
  }
  t.ok(refused > 250, `${refused} answers`)
  for (const answer of ['', ' ', '{}{}', '{} x', '{},', '\ufeff{}', '{"name":"a"}\u0000', 'null', '"x"', '7', '[]', '{"name":"a"', '}'])
    t.equal(project(answer), undefined, encodeURIComponent(answer))
  for (const bytes of ['\xff', '\xc0\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xe4\xb8', '\x80', '\xf8\x88\x80\x80\x80'])
    for (const name of ['name', 'x', 'diagnosis'])
      t.equal(project(Buffer.concat([Buffer.from(`{"${name}":"`), Buffer.from(bytes, 'latin1'), Buffer.from('"}')])), undefined)
})
