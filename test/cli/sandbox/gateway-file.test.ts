// gateway-file.test.ts: of a department's gateway.yaml, however it is spelled, a sandbox keeps no upstream, credential, place or listener.
import t from 'tap'
import { parse } from 'yaml'
import { sandboxGateway } from '../../../src/cli/sandbox/gateway-file.ts'

const sample = 'http://127.0.0.1:40000'
const made = (text: string): unknown => parse(sandboxGateway(text, sample), { schema: 'failsafe' })
const own = { origin: 'https://sandbox.gateway.test', directory: '../sandbox' }
const listeners = { public: { port: '8081' }, admin: { port: '9091' } }
const tail = `slot: 3\nsource: committed\ncopies: {places: []}\nlimits: {downloads_per_day: 5}\n`
const expected = {
  origin: own.origin,
  listeners,
  slot: '1',
  keys: { directory: '../sandbox/keys' },
  database: { embedded: 'true', directory: '../sandbox/postgres' },
  upstreams: { welfare: { url: sample }, pension: { url: sample } },
  limits: { downloads_per_day: '5' },
}

t.test('every upstream is the sample, with nothing of what stood there', async (t) => {
  const upstreams = 'upstreams:\n  welfare: {url: https://welfare.test, credential_file: /k}\n  pension: {url: https://pension.test}\n'
  const sandbox =
    'sandbox: {origin: https://sandbox.gateway.test, directory: ../sandbox, listeners: {public: {port: 8081}, admin: {port: 9091}}}\n'
  const kept = 'tags: {directory: ../tags}\nsigners: ../signers\n'
  const served = made(`origin: https://gateway.test\n${upstreams}${sandbox}${kept}${tail}`)
  t.match(served, { ...expected, sandbox: own })
  t.same(Object.keys(Object(served)).sort(), [...Object.keys(expected), 'sandbox'].sort(), 'no tag key, no copies, no signers, no source')
})

t.test('nor where it is written by aliases: what they stand for may be what is left out', async (t) => {
  const text = [
    'copies: &all {welfare: {url: https://welfare.test, credential_file: /k}, pension: &two {url: https://pension.test}}',
    'upstreams: *all',
    'tags: &place {port: 8081}',
    'sandbox:',
    '  origin: https://sandbox.gateway.test',
    '  directory: ../sandbox',
    '  listeners: {public: *place, admin: {port: 9091}}',
    tail.replace(/copies.*\n/, ''),
  ].join('\n')
  const served = made(text)
  t.match(served, expected)
  t.notMatch(JSON.stringify(served), /credential|welfare\.test|pension\.test/)
  const twice = made(text.replace('admin: {port: 9091}', 'admin: *place'))
  t.match(twice, { listeners: { public: { port: '8081' }, admin: { port: '8081' } } })
})

t.test('without a sandbox, or with upstreams that are none, nothing is made', async (t) => {
  for (const text of ['origin: x\nupstreams: {a: {url: x}}\n', `sandbox: {}\nupstreams: [x]\n`, 'sandbox: x\nupstreams: {}\n'])
    t.throws(() => made(text), /sandbox/)
})
