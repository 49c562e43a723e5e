// csv.test.ts: CSV: granted columns of every row, and nothing of what stands beside them.
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import t from 'tap'
import type { LeafType, Shape } from '../../src/projection/paths.ts'
import { compileStream } from '../../src/projection/stream.ts'
import { everywhere, streamed } from './streamed.ts'

const runs = (numRuns: number): { numRuns: number } => ({ numRuns: numRuns * Number(process.env.LINKAGE_TEST_RUNS ?? 1) })
const shapeOf = (columns: Readonly<Record<string, LeafType>>): Shape => ({
  kind: 'array',
  items: { kind: 'object', properties: new Map(Object.entries(columns).map(([name, type]) => [name, { kind: 'leaf', type }])) },
})
const shape = shapeOf({
  id: 'string',
  姓名: 'string',
  income: 'number',
  count: 'integer',
  active: 'boolean',
  note: 'string',
  'a,"b"': 'string',
  protected: 'boolean',
})
const plan = compileStream('text/csv', shape, ['[].id', '[].姓名', '[].a,"b"'])

t.test('columns are selected by the names of the header, in the order of the upstream', async (t) => {
  const body = 'note,姓名,id,income\r\nx,王小明,1,5\r\n"y\n,z",陳,2,\r\n'
  t.match(streamed(plan, body), {
    text: '姓名,id\r\n王小明,1\r\n陳,2\r\n',
    rows: 2,
    beyond: { withheld: 4, undeclared: 0, misshapen: 0, suppressed: 0 },
  })
  t.match(streamed(plan, body, [], ['[].id']), { text: 'id\r\n1\r\n2\r\n', rows: 2 })
  t.match(streamed(plan, 'id\r\n'), { text: 'id\r\n', rows: 0 })
})

t.test('line ends, a byte order mark, a missing last line end and quoted names leave no trace; fields are as they were', async (t) => {
  const usual = { text: 'id,"a,""b"""\r\n1,=SUM(A1)\r\n"a ""b""\r\nc\n",+886\r\n', rows: 2, problem: undefined }
  const rows = ['1,=SUM(A1),5', '"a ""b""\r\nc\n",+886,"n,\n"']
  for (const body of [
    `id,"a,""b""",note\r\n${rows.join('\r\n')}\r\n`,
    `id,"a,""b""",note\n${rows.join('\n')}\n`,
    `"id","a,""b""",note\n${rows.join('\r\n')}`,
    `\ufeffid,"a,""b""",note\r\n${rows.join('\n')}`,
    `\ufeff"id","a,""b""","note"\r\n${rows.join('\n')}\r\n`,
  ]) {
    t.match(streamed(plan, body), usual, JSON.stringify(body))
    t.match(streamed(plan, body, everywhere(body)), usual)
    for (let at = 0; at <= Buffer.byteLength(body); at++) t.match(streamed(plan, body, [at]), usual)
  }
})

t.test('numbers, and true and false, are spelled as in JSON or withheld; nothing is null', async (t) => {
  const typed = compileStream('text/csv', shape, ['[].id', '[].income', '[].count', '[].active'])
  const row = (income: string, count: string, active: string): string => `1,${income},${count},${active}`
  const one = (line: string): string => streamed(typed, `id,income,count,active\n${line}\n`).text.split('\r\n')[1] ?? ''
  for (const kept of [
    row('1.50', '12345678901234567890', 'true'),
    row('-1e5', '1.0', 'false'),
    row('', '', ''),
    row('"1"', '"-2"', '"true"'),
  ])
    t.equal(one(kept), kept)
  for (const [wrong, right] of [
    [row('NaN', '1.5', 'yes'), '1,,,'],
    [row('01', '+1', 'TRUE'), '1,,,'],
    [row(' 1', '1 ', '1'), '1,,,'],
    [row('診斷', '"1""2"', '"tr""ue"'), '1,,,'],
    [row('1.', '-', 'truefalse'), '1,,,'],
    [row('9'.repeat(5000), '1e', 'f'), '1,,,'],
  ] as const)
    t.equal(one(wrong), right, wrong.slice(0, 40))
  t.match(streamed(typed, `id,income\n1,x\n2,3\n`), { beyond: { misshapen: 1 }, rows: 2 })
})

t.test('one column only: an empty field is written in quotes, so that no reader takes it for no row', async (t) => {
  const single = compileStream('text/csv', shape, ['[].income'])
  t.equal(streamed(single, 'id,income\n1,\n2,""\n3,x\n4,5\n').text, 'income\r\n""\r\n""\r\n""\r\n5\r\n')
  const text = compileStream('text/csv', shape, ['[].id'])
  t.equal(streamed(text, 'id,income\n,1\n"",2\n').text, 'id\r\n""\r\n""\r\n')
  t.equal(streamed(text, 'id\n\n').text, 'id\r\n""\r\n')
})

t.test('what is not CSV as declared is refused, whole and in pieces alike', async (t) => {
  const refused: readonly (readonly [string, string])[] = [
    ['', 'unexpected-end'],
    ['\ufeff', 'unexpected-end'],
    ['\n', 'header'],
    ['id,id\n1,2\n', 'header'],
    ['id,"id"\n1,2\n', 'header'],
    ['id,unknown\n1,2\n', 'header'],
    ['id,\n1,2\n', 'header'],
    ['ID\n1\n', 'header'],
    [' id\n1\n', 'header'],
    ['id \n1\n', 'header'],
    ['\ufeff\ufeffid\n1\n', 'header'],
    ['income,note\n1,2\n', 'header'],
    [`id,${'x'.repeat(3000)}\n1,2\n`, 'header'],
    ['id,note\n1\n', 'field-count'],
    ['id,note\n1,2,3\n', 'field-count'],
    ['id,note\n1,2\n\n', 'field-count'],
    ['id,note\n1,2\n1', 'field-count'],
    ['id,note\n1,2,', 'field-count'],
    ['id,note\n1,2"\n', 'unexpected-byte'],
    ['id,note\n1,"2"x\n', 'unexpected-byte'],
    ['id,note\n1, "2"\n', 'unexpected-byte'],
    ['id,note\n1,"2\n', 'unexpected-end'],
    ['id,note\n1,2\r', 'unexpected-end'],
    ['id,note\n1\r,2\n', 'unexpected-byte'],
    ['id,note\n1,2\rx,y\n', 'unexpected-byte'],
    ['id,note\n1,\u00002\n', 'control-character'],
    ['id,note\n1,"\u00012"\n', 'control-character'],
    [`id,note\n1,${'x'.repeat(65_537)}\n`, 'field-too-long'],
    [`id,note\n1,"${'\n'.repeat(65_535)}"\n`, 'field-too-long'],
  ]
  for (const [body, problem] of refused) {
    t.equal(streamed(plan, body).problem, problem, JSON.stringify(body).slice(0, 60))
    if (body.length < 10_000) t.equal(streamed(plan, body, everywhere(body)).problem, problem)
  }
  t.equal(streamed(plan, Buffer.from('id,note\n1,\xff\n', 'latin1')).problem, 'invalid-utf8')
  t.equal(streamed(plan, Buffer.from('id,note\n1,\xe7\x8e', 'latin1')).problem, 'invalid-utf8')
  t.equal(streamed(plan, `id,note\n1,${'x'.repeat(65_536)}\n`).problem, undefined)
})

t.test('a name that begins as a byte order mark does is a name', async (t) => {
  const odd = compileStream('text/csv', shapeOf({ '\ufec0x': 'string', '\uf000': 'string' }), ['[].\ufec0x'])
  for (const body of ['\ufec0x\n1\n', '\ufeff\ufec0x\n1\n', '\uf000,\ufec0x\n2,1\n']) {
    t.equal(streamed(odd, body).text, '\ufec0x\r\n1\r\n')
    t.equal(streamed(odd, body, everywhere(body)).text, '\ufec0x\r\n1\r\n')
  }
})

t.test('a guarded table: no row in which the marker is true passes, and each row has its marker', async (t) => {
  const guarded = compileStream('text/csv', shape, ['[].id', '[].姓名'], { marker: '[].protected' })
  const usual = { text: 'id,姓名\r\n1,甲\r\n4,丁\r\n', rows: 2, problem: undefined, beyond: { suppressed: 2, withheld: 2 } }
  const late = 'id,姓名,protected\n1,甲,false\n2,乙,true\n3,丙,"true"\n4,丁,"false"\n'
  const early = 'protected,id,姓名\nfalse,1,甲\ntrue,2,乙\n"true",3,丙\nfalse,4,丁'
  for (const body of [late, early]) {
    t.match(streamed(guarded, body), usual)
    for (let at = 0; at <= Buffer.byteLength(body); at++) t.match(streamed(guarded, body, [at]), usual)
  }
  t.equal(streamed(guarded, 'id,姓名,protected\n1,甲,false\n4,丁,false\n').text, usual.text)
  for (const marker of ['', '1', 'TRUE', 'yes', 'null', ' true', 'true ', 'truefalse', 'x'.repeat(4000)])
    t.equal(streamed(guarded, `id,protected\n1,${marker}\n`).problem, 'marker-missing', marker.slice(0, 20))
  t.equal(streamed(guarded, 'id,姓名\n1,甲\n').problem, 'marker-missing')
  const marking = compileStream('text/csv', shape, ['[].id', '[].protected'], { marker: '[].protected' })
  t.equal(streamed(marking, 'id,protected\n1,false\n2,true\n').text, 'id,protected\r\n1,false\r\n')
})

const field = fc.oneof(
  fc.constantFrom('', 'x', '王小明', '=1+1', '"', ',', '\n', '\r\n', 'a"b,c\n', '\t', '𠮷', '\ufeff'),
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)),
)
const spelling = (text: string, quoted: boolean): string => (quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
const names = ['a', 'b', '姓', 'c d', 'q"q'] as const
const tables = fc
  .record({
    columns: fc.shuffledSubarray([...names], { minLength: 1 }),
    rows: fc.array(fc.array(fc.tuple(field, fc.boolean()), { minLength: 5, maxLength: 5 }), { maxLength: 5 }),
    end: fc.constantFrom('\n', '\r\n'),
    mark: fc.constantFrom('', '\ufeff'),
    last: fc.boolean(),
  })
  .chain((table) => fc.record({ table: fc.constant(table), released: fc.subarray([...table.columns], { minLength: 1 }) }))

t.test('whatever the table, csv-parse reads of what is released the granted columns of what was sent', async () => {
  const cuts = fc.array(fc.nat(1_000), { maxLength: 6 })
  fc.assert(
    fc.property(tables, cuts, ({ table: { columns, rows, end, mark, last }, released }, places) => {
      const lines = [
        columns.map((name) => spelling(name, false)),
        ...rows.map((row) => columns.map((_, k) => spelling(...(row[k] ?? ['', false])))),
      ]
      const tail = last || lines.at(-1)?.join(',') === '' ? end : ''
      const body = mark + lines.map((line) => line.join(',')).join(end) + tail
      const filter = compileStream(
        'text/csv',
        shapeOf(Object.fromEntries(names.map((name) => [name, 'string']))),
        released.map((name) => `[].${name}`),
      )
      const at = places.map((place) => place % (Buffer.byteLength(body) + 1)).toSorted((a, b) => a - b)
      const result = streamed(filter, body, at)
      const should = lines.map((_, k) =>
        columns.flatMap((name, n) => (released.includes(name) ? [k === 0 ? name : (rows[k - 1]?.[n]?.[0] ?? '')] : [])),
      )
      if (result.problem !== undefined || result.rows !== rows.length) return false
      return JSON.stringify(parse(result.text, { record_delimiter: '\r\n' })) === JSON.stringify(should)
    }),
    runs(1_500),
  )
})

t.test('bytes changed anywhere: accepted only where csv-parse accepts, and alike cut anywhere', async (t) => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Buffer.from('",\r\n\u0000x\t')), fc.nat(2)), {
    minLength: 1,
    maxLength: 3,
  })
  const body = Buffer.from('id,note,姓名\r\n1,"a,""b""\r\n",王\r\n2,,\n3,"x",y')
  let accepted = 0
  fc.assert(
    fc.property(changes, fc.nat(100), (edits, cut) => {
      let bytes = body
      for (const [place, byte, how] of edits) {
        const at = place % (bytes.length + 1)
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(how === 0 ? [] : [byte]), bytes.subarray(at + (how === 1 ? 0 : 1))])
      }
      const result = streamed(plan, bytes)
      const pieces = streamed(plan, bytes, [Math.min(cut, bytes.length)])
      if (result.problem !== undefined) return pieces.problem !== undefined // of several, the one that is met first
      if (pieces.problem !== undefined || result.text !== pieces.text) return false
      accepted++
      const strict = { bom: true, columns: false, record_delimiter: ['\r\n', '\n'] }
      const [header = [], ...rows] = parse(bytes, strict)
      const at = header.flatMap((name, k) => (name === 'id' || name === '姓名' ? [k] : []))
      const should = [header, ...rows].map((row) => at.map((k) => row[k]))
      return JSON.stringify(parse(result.text, { record_delimiter: '\r\n' })) === JSON.stringify(should)
    }),
    runs(4_000),
  )
  t.ok(accepted > 100, `${accepted} changed tables were still well-formed`)
})

t.test('what is held is the row at hand, and no longer than a row may be', async (t) => {
  const wide = shapeOf(Object.fromEntries(Array.from({ length: 20 }, (_, k) => [`c${k}`, 'string'] as const)))
  const filter = compileStream(
    'text/csv',
    wide,
    Array.from({ length: 20 }, (_, k) => `[].c${k}`),
  )
  const table = (size: number): string =>
    `${Array.from({ length: 20 }, (_, k) => `c${k}`).join(',')}\n${Array.from({ length: 20 }, () => 'x'.repeat(size)).join(',')}\n`
  t.match(streamed(filter, table(50_000), [300_000]), { rows: 1 })
  t.equal(streamed(filter, table(60_000), [300_000]).problem, 'row-too-long')
  const stream = plan.begin()
  t.equal(stream.push(Buffer.from('id\n1')).toString(), 'id\r\n')
  t.equal(stream.push(Buffer.from('\n2')).toString(), '1\r\n')
  t.equal(stream.rows, 1)
  t.equal(stream.end().toString(), '2\r\n')
  t.throws(() => stream.push(Buffer.from('3')), /nothing of it may follow/)
})

t.test('what cannot be a table is refused when it is compiled', async (t) => {
  t.throws(() => compileStream('text/csv', { kind: 'array', items: { kind: 'leaf', type: 'string' } }, ['[]']), { name: 'RangeError' })
  t.throws(() => compileStream('text/csv', { kind: 'array', items: shape }, ['[][].id']), { name: 'RangeError' })
  t.throws(() => compileStream('text/csv', shape, ['[].id'], { marker: '[].id' }), /true or false/)
  t.throws(() => plan.begin(['[].note']), /not granted/)
})
