// target.test.ts: the target sent upstream is rebuilt; no value of a caller can change its path.
import fc from 'fast-check'
import t from 'tap'
import { readAnswer } from '../../src/upstream/answer.ts'
import { rebuildTarget } from '../../src/upstream/target.ts'

t.test('template, parameters and query, each encoded', async (t) => {
  t.equal(rebuildTarget('', '/households/status', new Map(), []), '/households/status')
  t.equal(
    rebuildTarget(
      '/api',
      '/h/{region}/{id}',
      new Map([
        ['region', '萬華'],
        ['id', 'a/b'],
      ]),
      [['q', 'x&y=z']],
    ),
    '/api/h/%E8%90%AC%E8%8F%AF/a%2Fb?q=x%26y%3Dz',
  )
  t.throws(() => rebuildTarget('', '/h/{id}', new Map(), []), { name: 'RangeError' })
  t.throws(() => rebuildTarget('', '/h/{id}', new Map([['id', '']]), []), { name: 'RangeError' })
})

t.test('whatever a parameter holds, it stays one segment and one value', async () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (segment, value) => {
      const url = new URL(
        rebuildTarget('/base', '/h/{id}/x', new Map([['id', segment.isWellFormed() ? segment : 'x']]), [
          ['q', value.isWellFormed() ? value : 'x'],
        ]),
        'http://upstream',
      )
      const segments = url.pathname.split('/')
      return (segment === '.' || segment === '..' || segments.length === 5) && url.host === 'upstream' && [...url.searchParams].length === 1
    }),
  )
})

t.test('only 200 with the declared type, and 404 where it is declared, are answers', async (t) => {
  const answer = (status: number, contentType: string | undefined = 'application/json', contentEncoding?: string) => ({
    status,
    contentType,
    contentEncoding,
    framed: true,
    body: Buffer.from('{}'),
  })
  const json = (notFound: boolean) => ({ mediaType: 'application/json', notFound, encodings: ['gzip'] }) as const
  for (const type of ['application/json', 'application/json; charset=utf-8', 'application/json;charset="UTF-8"'])
    t.equal(readAnswer(answer(200, type), json(true)), 'identity', type)
  t.equal(readAnswer(answer(404), json(true)), 'not-found')
  t.equal(readAnswer(answer(200, 'application/json', 'GZIP'), json(false)), 'gzip')
  t.equal(readAnswer({ ...answer(200), framed: false }, json(false)), 'identity', 'a document says itself where it ends')
  const cases: readonly (readonly [Parameters<typeof readAnswer>[0], string])[] = [
    [answer(404), 'upstream-refused'],
    [answer(400), 'upstream-refused'],
    [answer(401), 'upstream-refused'],
    [answer(429), 'upstream-unavailable'],
    [answer(503), 'upstream-unavailable'],
    [answer(500), 'upstream-malformed'],
    [answer(204), 'upstream-malformed'],
    [answer(206), 'upstream-malformed'],
    [answer(302), 'upstream-malformed'],
    [answer(304), 'upstream-malformed'],
    [{ ...answer(200), contentType: undefined }, 'upstream-malformed'],
    [answer(200, 'text/html'), 'upstream-malformed'],
    [answer(200, 'application/json, text/html'), 'upstream-malformed'],
    [answer(200, 'application/json; charset=big5'), 'upstream-malformed'],
    [answer(200, 'application/jsonp'), 'upstream-malformed'],
    [answer(200, 'application/json', 'br'), 'upstream-malformed'],
    [answer(200, 'application/json', 'gzip, gzip'), 'upstream-malformed'],
  ]
  for (const [of, code] of cases) {
    t.throws(() => readAnswer(of, json(false)), { code }, `${of.status} ${of.contentType} ${of.contentEncoding}`)
  }
})

t.test('lines and rows have their own type, and an end that is announced', async (t) => {
  const answer = (contentType: string, framed = true) => ({
    status: 200,
    contentType,
    contentEncoding: undefined,
    framed,
    body: Buffer.alloc(0),
  })
  const lines = { mediaType: 'application/x-ndjson', notFound: false, encodings: [] } as const
  const rows = { mediaType: 'text/csv', notFound: false, encodings: [] } as const
  for (const type of ['application/x-ndjson', 'application/x-ndjson; charset=utf-8'])
    t.equal(readAnswer(answer(type), lines), 'identity', type)
  for (const type of ['text/csv', 'text/csv; charset=utf-8', 'text/csv; header=present; charset=UTF-8'])
    t.equal(readAnswer(answer(type), rows), 'identity', type)
  for (const type of ['application/json', 'text/csv', 'application/x-ndjson; charset=big5'])
    t.throws(() => readAnswer(answer(type), lines), { code: 'upstream-malformed' }, type)
  for (const type of ['text/csv; header=absent', 'text/csv; charset=big5', 'text/csv, text/html'])
    t.throws(() => readAnswer(answer(type), rows), { code: 'upstream-malformed' }, type)
  t.throws(() => readAnswer(answer('application/x-ndjson', false), lines), { code: 'upstream-malformed' })
  t.throws(() => readAnswer(answer('text/csv', false), rows), { code: 'upstream-malformed' })
})
