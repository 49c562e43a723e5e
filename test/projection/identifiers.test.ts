// identifiers.test.ts: who stands in released bytes is found in them, however they are cut, and nobody else.
import t from 'tap'
import { type Found, Identifiers } from '../../src/projection/identifiers.ts'
import type { Shape } from '../../src/projection/paths.ts'
import { compileStream, type StreamMediaType } from '../../src/projection/stream.ts'

const text: Shape = { kind: 'leaf', type: 'string' }
const row: Shape = {
  kind: 'object',
  properties: new Map<string, Shape>([
    ['id', text],
    ['name', text],
    ['owner', { kind: 'object', properties: new Map([['id', text]]) }],
    ['members', { kind: 'array', items: { kind: 'object', properties: new Map([['id', text]]) } }],
  ]),
}
const list: Shape = { kind: 'array', items: row }
const flat: Shape = {
  kind: 'array',
  items: {
    kind: 'object',
    properties: new Map<string, Shape>([
      ['id', text],
      ['name', text],
    ]),
  },
}
const all = ['[].id', '[].owner.id', '[].members[].id']

const into =
  (texts: string[]): Found =>
  (bytes, from, to) =>
    texts.push(Buffer.from(bytes.subarray(from, to)).toString())

function found(
  mediaType: StreamMediaType,
  shape: Shape,
  among: readonly string[],
  body: string,
  size = Number.POSITIVE_INFINITY,
): string[] {
  const places = shape === flat ? ['[].id'] : all
  const identifiers = new Identifiers(mediaType, compileStream(mediaType, shape, places), among)
  const bytes = Buffer.from(body)
  const out: string[] = []
  const give = into(out)
  for (let at = 0; at < bytes.length; at += Math.min(size, bytes.length)) identifiers.push(bytes.subarray(at, at + size), give)
  identifiers.end(give)
  return out
}

const rows = [
  { id: 'A1', name: 'id', owner: { id: 'B"2\\' }, members: [{ id: 'C3' }, { id: '丙4' }, { id: null }] },
  { id: 'A1', name: '":', owner: { id: 'id' }, members: [] },
]
const who = ['A1', 'B"2\\', 'C3', '丙4', 'A1', 'id']

t.test('in JSON, in lines and in CSV, in pieces of any size', async (t) => {
  const json = JSON.stringify(rows)
  const lines = rows.map((each) => `${JSON.stringify(each)}\n`).join('')
  const csv = 'name,id\r\n"a\r\n,""b",A1\r\n,"B""2\\"\r\nx,\r\nid,丙4\r\n'
  for (let size = 1; size <= 40; size += 1) {
    t.same(found('application/json', list, all, json, size), who, `JSON by ${size}`)
    t.same(found('application/x-ndjson', list, all, lines, size), who, `lines by ${size}`)
    t.same(found('text/csv', flat, ['[].id'], csv, size), ['A1', 'B"2\\', '丙4'], `CSV by ${size}`)
  }
})

t.test('cut anywhere: whoever stands whole in what came, and what may be the beginning of one more', async (t) => {
  const people = ['A100000001', 'B200000002', '丙3', 'D"4']
  const of = people.map((id) => ({ name: 'x,"y', id }))
  const spelled = (id: string, of: (text: string) => string): string => of(id).slice(1, -1)
  const inJson = (id: string): string => spelled(id, JSON.stringify)
  const csvField = (id: string): string => `"${id.replaceAll('"', '""')}"`
  for (const [mediaType, shape, body, spell] of [
    ['application/json', list, JSON.stringify(of), inJson],
    ['application/x-ndjson', list, of.map((each) => `${JSON.stringify(each)}\n`).join(''), inJson],
    ['text/csv', flat, `name,id\r\n${of.map(({ id }) => `"x,""y",${csvField(id)}\r\n`).join('')}`, (id: string) => spelled(id, csvField)],
    [
      'text/csv',
      flat,
      `id,name\r\n${people
        .slice(0, 2)
        .map((id) => `${id},x\r\n`)
        .join('')}`,
      (id: string) => id,
    ],
  ] as const) {
    const bytes = Buffer.from(body)
    for (let at = 0; at <= bytes.length; at += 1) {
      const places = shape === flat ? ['[].id'] : all
      const identifiers = new Identifiers(mediaType, compileStream(mediaType, shape, places), ['[].id'])
      const found: string[] = []
      identifiers.push(bytes.subarray(0, at), into(found))
      identifiers.cut(into(found))
      const came = bytes.subarray(0, at)
      const whole = people.filter((id) => came.includes(spell(id)))
      const more = found.slice(whole.length)
      const next = people[whole.length] ?? ''
      const right = JSON.stringify(found.slice(0, whole.length)) === JSON.stringify(whole) && more.length <= 1
      if (!right || more.some((text) => !next.startsWith(text.replace(/\ufffd+$/, '')))) t.fail(`${mediaType} to ${at}: ${found.join()}`)
    }
  }
  t.pass()
})

t.test('only in the places that are named', async (t) => {
  t.same(found('application/json', list, ['[].owner.id'], JSON.stringify(rows)), ['B"2\\', 'id'])
  t.same(found('application/x-ndjson', list, ['[].members[].id'], `${JSON.stringify(rows[0])}\n`), ['C3', '丙4'])
})

t.test('escapes are undone, and what nobody can be called is refused', async (t) => {
  t.same(found('application/json', list, all, '[{"\\u0069d":"\\u0041\\ud842\\udfb7\\/"}]'), ['A𠮷/'])
  t.throws(() => found('application/json', list, all, JSON.stringify([{ id: 'A'.repeat(1025) }])), { message: /identifier-too-long/ })
  t.throws(() => found('text/csv', flat, ['[].id'], `id\r\n${'A'.repeat(1025)}\r\n`), { message: /identifier-too-long/ })
})
