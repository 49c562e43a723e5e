// connection.test.ts: which database URLs are used, and that none of them shows its password.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connectionOf } from '../../src/store/connection.ts'
import { temporaryFolder } from './server.ts'

t.test('a URL says host, port, user, password and database, percent-encoded', async (t) => {
  t.match(connectionOf('postgresql://u%40x:p%2Fw@127.0.0.1:6543/linkage'), {
    host: '127.0.0.1',
    port: 6543,
    user: 'u@x',
    password: 'p/w',
    database: 'linkage',
    ssl: false,
  })
  t.match(connectionOf('postgres://u@localhost/linkage'), { host: 'localhost', port: 5432, ssl: false })
  t.match(connectionOf('postgres://u@[::1]/linkage'), { host: '::1', ssl: false })
  t.match(connectionOf('postgres://u@127.9.9.9/linkage?sslmode=disable'), { host: '127.9.9.9', ssl: false })
})

t.test('off this host the certificate and its name are verified', async (t) => {
  t.match(connectionOf('postgresql://u:p@db.example/linkage?sslmode=verify-full'), { ssl: { rejectUnauthorized: true } })
  const file = join(temporaryFolder(t), 'ca.pem')
  writeFileSync(file, 'the authority')
  const { ssl } = connectionOf(`postgresql://u:p@db.example/linkage?sslmode=verify-full&sslrootcert=${encodeURIComponent(file)}`)
  t.match(ssl, { rejectUnauthorized: true, ca: Buffer.from('the authority') })
})

const secret = 'a-secret-of-the-url'
for (const [url, found] of [
  [`postgresql://u:${secret}@db.example/linkage`, /add sslmode=verify-full/],
  [`postgresql://u:${secret}@10.0.0.5/linkage?sslmode=require`, /add sslmode=verify-full/],
  [`postgresql://u:${secret}@db.example/linkage?sslmode=verify-ca`, /add sslmode=verify-full/],
  [`postgresql://u:${secret}@db.example/linkage?sslmode=prefer`, /add sslmode=verify-full/],
  [`postgresql://u:${secret}@db.example/linkage?sslmode=no-verify`, /add sslmode=verify-full/],
  [`postgresql://u:${secret}@localhost.example/linkage`, /is not this machine/],
  [`postgresql://u:${secret}@127.0.0.1.example/linkage`, /is not this machine/],
  [`postgresql://u:${secret}@127.0.0.1/linkage?sslmode=require`, /sslmode require/],
  [`postgresql://u:${secret}@127.0.0.1/linkage?host=db.example`, /unknown parameter host/],
  [`postgresql://u:${secret}@db.example/linkage?sslmode=verify-full&sslmode=disable`, /sslmode comes twice/],
  [`postgresql://u:${secret}@127.0.0.1/linkage?options=-c%20synchronous_commit%3Doff`, /unknown parameter options/],
  [`postgresql://u:${secret}@a,b/linkage`, /several hosts|no URL/],
  [`postgresql:///linkage?host=/tmp`, /no host/],
  [`postgresql://:${secret}@127.0.0.1/linkage`, /a user and a database/],
  [`postgresql://u:${secret}@127.0.0.1`, /a user and a database/],
  [`mysql://u:${secret}@127.0.0.1/linkage`, /its scheme is mysql/],
  [`u:${secret}@127.0.0.1`, /its scheme is|no URL/],
  [`host=127.0.0.1 password=${secret}`, /no URL/],
] as const) {
  t.test(`refused: ${url.replace(secret, '…')}`, (t) => {
    let message = ''
    try {
      connectionOf(url)
    } catch (error) {
      message = String(error) + String(error instanceof Error && error.cause)
    }
    t.match(message, found)
    t.notMatch(message, secret)
    t.end()
  })
}
