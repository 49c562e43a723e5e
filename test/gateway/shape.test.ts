// shape.test.ts: a request has exactly one reading, or it is refused before anybody asks who sent it.
import fc from 'fast-check'
import t from 'tap'
import { readShape } from '../../src/gateway/shape.ts'
import { Refused } from '../../src/problems.ts'

const HOST = ['Host', 'linkage.example.gov.tw']
const shape = (target: string, headers: string[] = [], method = 'GET', version = '1.1') =>
  readShape(method, target, version, [...HOST, ...headers])
const refused = { code: 'request-invalid' }

t.test('a plain request is read as it is', async (t) => {
  t.same(
    shape('/low-income/v1/households/status?month=2026-05&region=%E4%BF%A1%E7%BE%A9', [
      'AUTHORIZATION',
      'Bearer x',
      'linkage-USER',
      'wang',
      'Linkage-Reason',
      '%"%e7"',
      'Accept',
      '*/*',
    ]),
    {
      method: 'GET',
      target: '/low-income/v1/households/status?month=2026-05&region=%E4%BF%A1%E7%BE%A9',
      path: '/low-income/v1/households/status',
      query: [
        ['month', '2026-05'],
        ['region', '信義'],
      ],
      linkage: { user: 'wang', reason: '%"%e7"' },
      chunked: false,
      authorization: 'Bearer x',
    },
  )
  t.match(shape('/a', ['Content-Type', 'application/json', 'Content-Length', '12', 'Content-Encoding', 'gzip'], 'POST'), {
    contentType: 'application/json',
    contentEncoding: 'gzip',
    contentLength: 12,
    chunked: false,
  })
  t.match(shape('/a', ['Transfer-Encoding', 'chunked'], 'POST'), { chunked: true })
  t.equal(shape('/a', ['Transfer-Encoding', 'chunked'], 'POST').contentLength, undefined)
  t.match(shape('/a', ['Content-Length', '0']), { contentLength: 0 }, 'an empty body is none')
  t.match(shape('/'), { path: '/' })
})

const paths: Record<string, string[]> = {
  'reply-from GHSA-qmw8-3v4g-gwj4, GHSA-2q7r-29rg-6m5h: dot segments': ['/..', '/.', '/a/..', '/a/../b', '/a/./b', '/../a', '/a/..?b=1'],
  'Traefik CVE-2026-48020, CVE-2026-40912: encoded dots': [
    '/a/%2e%2e/b',
    '/a/%2E%2E/b',
    '/a/.%2e/b',
    '/a/%2e./b',
    '/a/%2e',
    '/a/b%2ejson',
    '/..%2f',
    '/..%5c',
  ],
  'Heimdall CVE-2026-42274, 42272, @fastify/static CVE-2026-6414: encoded slashes': ['/a%2fb', '/a%2Fb', '/%2F', '/%2fa', '/a/%2F/b'],
  'APISIX CVE-2021-43557, OPA-envoy CVE-2026-26205, Envoy CVE-2019-9901: empty segments': [
    '//',
    '//a',
    '//internal',
    '/a//b',
    '/a//',
    '///',
  ],
  'middie CVE-2026-2880, express CVE-2026-22037, 33807, 33808: trailing slashes': [
    '/a/',
    '/a/b/',
    '/a/?b=1',
    '/log/1/',
    '/log//',
    '/Log/',
    '/a/log/',
  ],
  backslashes: ['/a\\b', '/\\a', '/a%5cb', '/a%5Cb', '/%5c..%5c'],
  semicolons: ['/a;x', '/a;x=1/b', '/..;/a', '/a%3bx', '/a%3Bx'],
  'fragments (find-my-way cuts a target at # and ;)': ['/a#b', '/#', '/a%23b'],
  'NUL and control characters (reply-from passed %00 and %0d%0a)': [
    '/a%00',
    '/%00',
    '/a%0d%0ax',
    '/a%0A',
    '/a%7f',
    '/a%1F',
    '/a\0',
    '/a\tb',
    '/a%C2%85',
    '/a%c2%9f',
  ],
  'double encoding (reply-from passed %252e%252e)': ['/%252e%252e', '/a/%252e', '/a%25', '/a%252f', '/%25%32%65', '/%2525'],
  'overlong and broken UTF-8 (%c0%ae)': ['/%c0%ae', '/%c0%af', '/%e0%80%ae', '/%ed%a0%80', '/%ff', '/a%', '/a%2', '/a%zz', '/%u002e'],
  'Caddy CVE-2026-27587: what needs no encoding': ['/%61', '/%41pi', '/a%2db', '/%30', '/%7eb', '/a%5fb'],
  'characters that no path has': ['/a b', '/a"b', '/a<b', '/a>b', '/a^b', '/a`b', '/a{b', '/a|b', '/a}b', '/a[b', '/é', '/王'],
  'absolute, authority and asterisk form': [
    'http://evil/a',
    'https://linkage.example.gov.tw/a',
    'HTTP://x',
    'evil:443',
    '*',
    '',
    'a',
    'a/b',
    '?a=1',
  ],
  'a target of more than 2,048 characters': [`/${'a'.repeat(2048)}`, `/a?b=${'c'.repeat(2048)}`],
}
for (const [advisory, targets] of Object.entries(paths)) {
  t.test(`paths are not confused: ${advisory}`, async (t) => {
    for (const target of targets)
      for (const method of ['GET', 'POST']) t.throws(() => shape(target, [], method), refused, JSON.stringify(target.slice(0, 60)))
  })
}

t.test('paths and queries that have one reading pass', async (t) => {
  for (const path of [
    '/a',
    '/a.b/c..d',
    '/a/...',
    "/a/-_~!$&'()*+,=:@",
    '/a%20b',
    '/%E7%8E%8B',
    '/%e7%8e%8b',
    '/a%40b%3Ac',
    '/%F0%A0%80%80',
    '/log/1/tile/0/000.p/23',
    // The one path that ends in a slash.
    '/log/',
  ]) {
    t.equal(shape(path).path, path)
  }
  for (const [query, pairs] of [
    ['a=1', [['a', '1']]],
    ['a=', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    [
      'b=2&a=1',
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
    [
      'a=2026%2F05&b=2026/05',
      [
        ['a', '2026/05'],
        ['b', '2026/05'],
      ],
    ],
    ['a=100%25', [['a', '100%']]],
    ['a=x%2By%20z%26%3D%3F%23', [['a', 'x+y z&=?#']]],
    ['%E6%9C%88=1', [['月', '1']]],
  ] as const) {
    t.same(shape(`/a?${query}`).query, pairs, query)
  }
  t.equal(shape(`/${'a'.repeat(2047)}`).path.length, 2048)
})

const queries: Record<string, string[]> = {
  'repeated parameters, in any spelling': ['a=1&a=2', 'a=1&b=2&a=1', 'a=1&%61=2', '%E6%9C%88=1&%e6%9c%88=2'],
  'empty pairs and names': ['', '&', 'a=1&', '&a=1', 'a=1&&b=2', '=1', 'a', 'a&b=1'],
  'a second question mark': ['a?b', '?a=1', 'a=1?b=2'],
  'separators that some readers know': ['a=1;b=2', ';', 'a=1#b', '#', 'a=x+y'],
  'backslashes and control characters': ['a=\\', 'a=%5c', 'a=%5C', 'a=%00', 'a=%0d%0a', 'a=%7F', '%00=1', 'a=%C2%85'],
  'double encoding': ['a=%2541', 'a=%252e', 'a=%25%32%65', 'a=%25252e'],
  'broken encoding': ['a=%', 'a=%4', 'a=%zz', 'a=%c0%ae', 'a=%ed%a0%80', 'a=%ff'],
  'characters that no query has': ['a=é', 'a=王', 'a="', 'a=<', 'a=[1]', 'a[]=1', 'a= '],
}
for (const [title, each] of Object.entries(queries)) {
  t.test(`queries are not confused: ${title}`, async (t) => {
    for (const query of each) t.throws(() => shape(`/a?${query}`), refused, query)
  })
}

const once = [
  'Host',
  'Authorization',
  'Linkage-User',
  'Linkage-Purpose',
  'Linkage-Case',
  'Linkage-Reason',
  'Linkage-Fields',
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Transfer-Encoding',
  'DPoP',
  'X-Api-Key',
  'Signature',
  'Signature-Input',
]
t.test('a header that is read once does not come twice (Istio CVE-2026-26308, undici CVE-2026-1525)', async (t) => {
  for (const name of once) {
    const value = name === 'Content-Length' ? '2' : name === 'Transfer-Encoding' ? 'chunked' : 'x'
    for (const second of [name, name.toUpperCase(), name.toLowerCase()]) {
      for (const [first, again] of [
        [value, value],
        [value, 'y'],
        [value, ''],
        ['', value],
      ] as const) {
        t.throws(
          () => shape('/a', [name, first, 'Accept', '*/*', second, again], 'POST'),
          { code: 'request-invalid', detail: /: repeated$/ },
          `${name}: ${first}, ${second}: ${again}`,
        )
      }
    }
  }
})

t.test(
  'a Linkage header in another spelling is refused, not ignored (GHSA-5m6w-wvh7-57vm, Caddy GHSA-f59h-q822-g45g, oauth2-proxy CVE-2025-64484)',
  async (t) => {
    for (const name of [
      'Linkage-Agency',
      'Linkage_User',
      'LINKAGE_USER',
      'Linkage.User',
      'linkage-user_',
      'Linkage-Users',
      'Linkage',
      'Linkage-',
      'Linkage--User',
      'Linkage-Call',
      'Linkage-Receipt',
      'Linkage~User',
    ]) {
      t.throws(() => shape('/a', [name, 'x']), refused, name)
      t.throws(() => shape('/a', ['Linkage-User', 'x', name, 'x']), refused, `${name} besides`)
    }
    t.same(shape('/a', ['X-Linkage-User', 'x', 'Linkages', 'x']).linkage, {}, 'names that fold to something else are nobody’s')
  },
)

t.test('bodies are told in one way (llhttp CVE-2021-22959, Node accepts `gzip, chunked` and GET with a body)', async (t) => {
  for (const coding of [
    'gzip, chunked',
    'gzip',
    'identity',
    'chunked, identity',
    'chunked, chunked',
    'xchunked',
    'Chunked',
    ' chunked',
    'chunked;x=1',
    '',
  ]) {
    t.throws(() => shape('/a', ['Transfer-Encoding', coding], 'POST'), refused, coding)
  }
  t.throws(() => shape('/a', ['Transfer-Encoding', 'chunked', 'Content-Length', '0'], 'POST'), refused)
  t.throws(() => shape('/a', ['Content-Length', '5', 'transfer-encoding', 'chunked'], 'POST'), refused)
  t.throws(() => shape('/a', ['Content-Length', '', 'transfer-encoding', 'chunked'], 'POST'), refused)
  t.throws(() => readShape('GET', '/a', '1.1', ['Host', '', ...HOST]), { code: 'request-invalid', detail: 'host: repeated' })
  for (const length of ['+4', '-1', '0x5', '5,5', '5 ', '', '1e3', '9'.repeat(16), '４']) {
    t.throws(() => shape('/a', ['Content-Length', length], 'POST'), refused, length)
  }
  t.throws(() => shape('/a', ['Content-Length', '1']), refused, 'a body on GET')
  t.throws(() => shape('/a', ['Transfer-Encoding', 'chunked']), refused, 'a chunked body on GET')
})

t.test('HTTP/1.0 and methods that are answered in ways of their own are refused', async (t) => {
  for (const version of ['1.0', '0.9', '2.0', '1.2', '']) t.throws(() => shape('/a', [], 'GET', version), refused, version)
  for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'CONNECT']) t.throws(() => shape('/a', [], method), refused, method)
  for (const method of ['PUT', 'DELETE', 'PATCH', 'PROPFIND', 'get'])
    t.equal(shape('/a', [], method).method, method, `${method} finds no route, after authentication`)
})

t.test('headers that would change the answer are refused', async (t) => {
  const names = ['Range', 'If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'If-Range', 'Upgrade', 'TE', 'Trailer']
  for (const name of names)
    for (const spelled of [name, name.toLowerCase(), name.toUpperCase()]) t.throws(() => shape('/a', [spelled, 'x']), refused, spelled)
})

t.test('RFC 9110 §10.1.1: an expectation is answered 417', async (t) => {
  for (const value of ['100-continue', '', 'x']) t.throws(() => shape('/a', ['Expect', value], 'POST'), { code: 'expectation-failed' })
})

t.test('RFC 9112 §3.2: exactly one valid Host; which one decides nothing (fastify CVE-2026-3635)', async (t) => {
  t.throws(() => readShape('GET', '/a', '1.1', []), refused)
  for (const host of [
    '',
    ' ',
    'a b',
    'a/b',
    'a@b',
    'user:pass@a',
    'a:b',
    'a:',
    'a:123456',
    'a,b',
    '[::1',
    '::1',
    '[evil]',
    'a#',
    'a?b',
    'é',
  ]) {
    t.throws(() => readShape('GET', '/a', '1.1', ['Host', host]), refused, host)
  }
  for (const host of ['a', 'A.example', '10.0.0.1:8080', '[2001:db8::1]:443', 'evil.example'])
    t.equal(readShape('GET', '/a', '1.1', ['Host', host]).path, '/a', host)
})

t.test('a detail never repeats what the request held', async (t) => {
  const tries: (() => unknown)[] = [
    () => shape('/SECRET7731/../'),
    () => shape('/SECRET7731%2f'),
    () => shape('/a?SECRET7731=1&SECRET7731=2'),
    () => shape('/a?SECRET7731=%00'),
    () => shape('/a', ['Linkage-SECRET7731', 'x']),
    () => shape('/a', ['Content-Length', 'SECRET7731'], 'POST'),
    () => shape('/a', ['Transfer-Encoding', 'SECRET7731'], 'POST'),
    () => shape('/a', [], 'GET', 'SECRET7731'),
    () => readShape('GET', '/a', '1.1', ['Host', 'SECRET 7731']),
    () => shape('/a', ['Range', 'SECRET7731']),
  ]
  for (const attempt of tries) {
    try {
      attempt()
      t.fail('refused')
    } catch (error) {
      t.type(error, Refused)
      t.notMatch(String(error), /SECRET/i)
    }
  }
})

const target = fc.oneof(
  fc.webPath().map((path) => `/${path}`),
  fc
    .string({
      unit: fc.constantFrom(
        '/',
        'a',
        'Z',
        '0',
        '.',
        '%',
        '2',
        'e',
        'f',
        'F',
        '5c',
        '%e7%8e%8b',
        '%20',
        '%40',
        '?',
        '&',
        '=',
        ';',
        '#',
        '\\',
        '+',
        '-',
        '~',
        '%25',
      ),
      maxLength: 24,
    })
    .map((rest) => `/${rest}`),
  fc.string({ unit: 'binary', maxLength: 20 }).map((rest) => `/${rest}`),
)
const read = (each: string): ReturnType<typeof shape> | undefined => {
  try {
    return shape(each)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}
const segments = (path: string): string[] => path.split('/').map(decodeURIComponent)

t.test('every target is refused, or reads the same when it is written anew', async () => {
  fc.assert(
    fc.property(target, (each) => {
      const found = read(each)
      if (found === undefined) return true
      const again = segments(found.path).map(encodeURIComponent).join('/')
      const query = found.query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
      const second = read(query === '' ? again : `${again}?${query}`)
      return (
        second !== undefined &&
        JSON.stringify([segments(second.path), second.query]) === JSON.stringify([segments(found.path), found.query]) &&
        !segments(found.path).some((segment) => /[/\\;#?%\0]/.test(segment) || segment === '.' || segment === '..')
      )
    }),
    { numRuns: 5000 },
  )
})

t.test('the URL standard finds in an accepted target the path that stands there', async () => {
  fc.assert(
    fc.property(target, (each) => {
      const found = read(each)
      if (found === undefined) return true
      const url = new URL(each, 'http://x')
      return url.host === 'x' && url.pathname === found.path && url.hash === ''
    }),
    { numRuns: 5000 },
  )
})
