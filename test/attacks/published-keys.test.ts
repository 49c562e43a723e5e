// published-keys.test.ts: keys by URL on real sockets: https only, verified, bounded, no redirects; a flood of unknown ids hammers nobody.
import { type IncomingMessage, createServer as plainServer, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import t from 'tap'
import { isMap, isSeq } from 'yaml'
import { fetchKeys } from '../../src/gateway/fetch-keys.ts'
import { drawCertificate } from '../certificates.ts'
import { startDepartment, statusPath, subject } from '../end-to-end/department.ts'
import { unsealed } from '../end-to-end/unsealed.ts'

const own = await drawCertificate('keys.test')
const stranger = await drawCertificate('stranger.test')

type Deed = (request: IncomingMessage, response: ServerResponse) => void
interface KeyServer {
  readonly host: string
  asked: number
  deed: Deed
}

const started = async (server: ReturnType<typeof createServer> | ReturnType<typeof plainServer>): Promise<number> => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port // a TCP listener
}

/** A server of keys over TLS. */
async function keyServer(deed: Deed, certificate = own): Promise<KeyServer> {
  const server = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
    served.asked += 1
    served.deed(request, response)
  })
  const served: KeyServer = { host: `127.0.0.1:${await started(server)}`, asked: 0, deed }
  return served
}
const json =
  (body: string, status = 200): Deed =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body)
  }

t.test('what is fetched is verified, whole, bounded, and from nowhere else', async (t) => {
  const server = await keyServer(json('{"keys":[]}'))
  const fetch = fetchKeys(own.cert)
  const uri = `https://${server.host}/jwks.json`
  const get = (from = uri) => fetch(from, AbortSignal.timeout(500))
  t.equal(Buffer.from(await get()).toString('utf8'), '{"keys":[]}')
  const elsewhere = await keyServer(json('{"keys":[]}'))
  const inClear = plainServer(json('{"keys":[]}'))
  const plain = `http://127.0.0.1:${await started(inClear)}/jwks.json`
  for (const [title, deed] of Object.entries<Deed>({
    'a redirect': (_, response) => {
      response.writeHead(302, { location: `https://${elsewhere.host}/jwks.json` })
      response.end()
    },
    'another status': json('{"keys":[]}', 203),
    'an error': json('{"keys":[]}', 500),
    'more than its bound': json(' '.repeat(65_537)),
    'a body without end': (_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(16_384)));
      }
      response.on('drain', more)
      more()
    },
    'a head that never comes': () => undefined,
    'a body that never ends': (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{')
    },
    'a connection that is cut': (_, response) => void response.destroy(),
  })) {
    server.deed = deed
    await t.rejects(get(), title)
  }
  t.equal(elsewhere.asked, 0, 'the redirect was not followed')
  server.deed = json('{"keys":[]}')
  await t.rejects(get(plain), { code: 'keys-not-fetched' }, 'in clear')
  const other = await keyServer(json('{"keys":[]}'), stranger)
  await t.rejects(get(`https://${other.host}/jwks.json`), 'a certificate that nobody vouches for')
  t.equal(other.asked, 0)
  t.equal(Buffer.from(await get()).toString('utf8'), '{"keys":[]}', 'and the next is fetched')
})

t.test('an agency that publishes its keys: served, its key in the sealed part, and a flood of unknown ids fetches nothing', async (t) => {
  const server = await keyServer(json('{"keys":[]}'))
  setDefaultCACertificates([...getCACertificates('default'), own.cert])
  const department = await startDepartment(t, (configuration) => {
    configuration.edit('agencies/taipei-education.yaml', (file) => {
      const list = file.get('credentials')
      const at = isSeq(list) ? list.items.findIndex((each) => isMap(each) && each.get('id') === 'edu-jwt-1') : -1
      file.setIn(['credentials', at, 'jwks_uri'], `https://${server.host}/jwks.json`)
      file.deleteIn(['credentials', at, 'jwks'])
    })
    configuration.edit('gateway.yaml', (file) => {
      file.set('jwks_hosts', file.createNode([server.host]))
      file.setIn(['limits', 'failures_per_minute'], '1000')
    })
  })
  const drawn = (department.drawn.signing['edu-jwt-1'] ?? {}) as { x?: string; kid?: string } // a JWK, drawn by the demo
  const published = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', kid: drawn.kid, x: drawn.x }
  server.deed = json(JSON.stringify({ keys: [published] }))
  const from = department.size
  const about = {
    credential: 'edu-jwt-1',
    issuer: 'taipei-education',
    user: 'edu-chang',
    path: statusPath,
    body: JSON.stringify({ nationalId: subject }),
  }
  const { address } = department.education
  t.equal((await department.assert(about, address)).status, 200)
  t.equal(server.asked, 1)
  const [record] = (await department.records(from)).filter(({ entry }) => entry.kind === 'query')
  const inside = record && (await unsealed(department, record))
  t.match(inside?.key, published, 'in five years the signature is verified by it, wherever the agency has gone')
  const token = await department.sign(about)
  const [, payload, signature] = token.split('.')
  const codes = new Set<unknown>()
  for (let at = 0; at < 60; at += 1) {
    const header = Buffer.from(JSON.stringify({ alg: 'EdDSA', typ: 'linkage-assertion+jwt', kid: `unknown-${at}` })).toString('base64url')
    const headers = { 'x-forwarded-for': address, authorization: `Bearer ${header}.${payload}.${signature}` }
    codes.add((await department.send({ headers })).json.code)
  }
  t.same([...codes], ['credentials-invalid'])
  t.equal(server.asked, 1, 'nobody is hammered')
  t.equal((await department.assert(about, address)).status, 200, 'and a good assertion is served meanwhile')
})
