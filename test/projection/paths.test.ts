// paths.test.ts: field paths are read, listed in the catalogue's order, and resolved.
import t from 'tap'
import { FieldPathError, leafAt, leavesOf, parseFieldPath, type Shape, shapeAt } from '../../src/projection/paths.ts'

const text: Shape = { kind: 'leaf', type: 'string' }
const object = (properties: Record<string, Shape>): Shape => ({ kind: 'object', properties: new Map(Object.entries(properties)) })
const list: Shape = {
  kind: 'array',
  items: object({
    id: text,
    tags: { kind: 'array', items: { kind: 'array', items: { kind: 'leaf', type: 'integer' } } },
    holder: object({ 姓名: text }),
  }),
}

t.test('a path is read into its steps', async (t) => {
  for (const [path, steps] of [
    ['a', ['a']],
    ['members[].disability.level', ['members', '[]', 'disability', 'level']],
    ['[].id', ['[]', 'id']],
    ['[]', ['[]']],
    ['[][].a[][]', ['[]', '[]', 'a', '[]', '[]']],
    ['持有人.姓名', ['持有人', '姓名']],
  ] as const) {
    t.same(parseFieldPath(path), steps, path)
  }
})

t.test('what is no path is refused, and the path is named', async (t) => {
  for (const path of ['', '.', '.a', 'a.', 'a..b', 'a[', 'a]', 'a[0]', 'a[]b', 'a.[]', 'a[].[]', ']a', '[].', 'a[[]]', 'a[]]']) {
    try {
      parseFieldPath(path)
      t.fail(encodeURI(path))
    } catch (error) {
      t.ok(error instanceof FieldPathError && error.path === path && error.message.includes(JSON.stringify(path)), encodeURI(path))
    }
  }
})

t.test('the leaves of a shape are listed in its order', async (t) => {
  t.same(leavesOf(list), ['[].id', '[].tags[][]', '[].holder.姓名'])
  t.same(leavesOf(object({})), [])
  for (const name of ['', 'a.b', 'a[', 'x]'])
    t.throws(() => leavesOf(object({ ok: object({ [name]: text }) })), { name: 'FieldPathError' }, name)
})

t.test('a path resolves to what stands there', async (t) => {
  for (const path of leavesOf(list)) t.equal(leafAt(list, path)?.kind, 'leaf', path)
  for (const path of ['[].holder', '[].tags[]', '[]', 'id', '[].id.x', '[].id[]', '[].other', '[][].id', '[].__proto__'])
    t.equal(leafAt(list, path), undefined, path)
  t.equal(shapeAt(list, '[].tags')?.kind, 'array')
  t.equal(shapeAt(list, '[].holder')?.kind, 'object')
  t.throws(() => leafAt(list, '[]..id'), { name: 'FieldPathError' })
})
