// csv.test.ts: a table through the whole gateway over TLS: what of it arrives, what is refused, and that a part of it never looks whole.
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDictionary } from 'structured-headers'
import t from 'tap'
import { drawCertificate } from '../certificates.ts'
import { startDepartment } from './department.ts'
import {
  fileHeaders,
  payeeColumns as granted,
  identifierOf,
  leftBy,
  payeesPath as path,
  readAll,
  type Transfer,
  withPayees,
} from './files.ts'
import { unsealed } from './unsealed.ts'
import type { Script } from './welfare.ts'

const block = 64 * 1024
const header = 'nationalId,name,type,month,amount,bankCode,account,status,protectedPerson'
const released = `${granted.join(',')}\r\n`

const folder = mkdtempSync(join(tmpdir(), 'linkage-csv-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const own = await drawCertificate('linkage.test')
writeFileSync(join(folder, 'certificate.pem'), own.cert)
writeFileSync(join(folder, 'key.pem'), own.key, { mode: 0o600 })

const department = await startDepartment(t, (configuration) => {
  configuration.edit('gateway.yaml', (file) =>
    file.setIn(
      ['listeners', 'public', 'tls'],
      file.createNode({ certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') }),
    ),
  )
  const operation = ['paths', '/payees', 'get']
  configuration.edit('apis/allowances.yaml', (file) => {
    file.setIn([...operation, 'x-linkage', 'protected'], '[].protectedPerson')
    const properties = [...operation, 'responses', '200', 'content', 'text/csv', 'schema', 'items', 'properties']
    file.setIn([...properties, 'protectedPerson'], file.createNode({ title: '受保護之人註記', type: 'boolean', 'x-sensitivity': '4' }))
  })
  withPayees(configuration)
})
const { welfare } = department
const { log } = department.serving.process.gateway

const sending =
  (text: string): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' })
    response.end(text)
  }
const row = (at: number, name: string, isProtected = false): string =>
  `${identifierOf(at)},${name},兒童及少年生活扶助,2026-11,3000,004,00012345,撥付,${isProtected}`
const releasedRow = (at: number, name: string): string => `${identifierOf(at)},${name},2026-11,3000,撥付\r\n`
const many = (count: number, of: (at: number) => string): string => Array.from({ length: count }, (_, at) => of(at)).join('')

async function ask(more: RequestOptions = {}): Promise<IncomingMessage> {
  const headers = await fileHeaders(department, path)
  return await new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false, rejectUnauthorized: false })
    request({ host: '127.0.0.1', port: department.port, path, headers, agent, ...more }, resolve)
      .on('error', reject)
      .end()
  })
}
const transfer = async (text: string): Promise<Transfer> => {
  welfare.script = sending(text)
  return await readAll(await ask())
}
const codeOf = ({ body }: Transfer): unknown => JSON.parse(body.toString('utf8')).code

t.test('arrives by its granted columns, however it is spelled, and without protected persons', async (t) => {
  const names = ['"王,小""明"""', '"林\n美,美"', '李 四', '""', '"張\r\n三"']
  const expected = released + names.map((name, at) => releasedRow(at, name)).join('')
  const lines = [header, ...names.map((name, at) => row(at, name)), row(7, '"陳,\n某"', true)]
  for (const [title, text] of Object.entries({
    CRLF: `${lines.join('\r\n')}\r\n`,
    'LF, with a byte order mark': `\ufeff${lines.join('\n')}\n`,
    'without its last line end, protected rows first': [header, row(7, '某', true), row(8, '某', true), ...lines.slice(1, -1)].join('\n'),
    'names in quotes': `${['"nationalId"', ...(lines[0]?.split(',').slice(1) ?? [])].join(',')}\n${lines.slice(1).join('\n')}\n`,
  })) {
    const answer = await transfer(text)
    t.equal(answer.status, 200, title)
    t.equal(answer.headers['content-type'], 'text/csv; charset=utf-8')
    t.ok(answer.whole)
    t.equal(answer.body.toString('utf8'), expected, title)
    const { query, completions } = await leftBy(department, answer)
    const salt = parseDictionary(String(answer.headers['linkage-receipt'])).get('salt')?.[0]
    if (!(salt instanceof ArrayBuffer) || completions[0] === undefined) throw new TypeError('a receipt has a salt')
    const digest = createHmac('sha256', Buffer.from(salt)).update(answer.body).digest('hex')
    t.match(completions, [{ entry: { outcome: 'whole', rows: 5, bytes: 1024, released_hmac: digest } }], title)
    t.match(await unsealed(department, completions[0]), { beyond: { suppressed: title.includes('first') ? 2 : 1 } })
    const named = (await department.records(query.index)).filter(
      ({ entry }) => entry.kind === 'subjects' && entry.of?.id === query.entry.id,
    )
    const tags = names.map((_, at) => log.tag(log.now(), 'nhi-administration', 'tw-national-id', identifierOf(at)).tag)
    t.match(named, [{ entry: { subjects: [{ tags }] } }], 'who arrived is recorded, and nobody else')
  }
})

t.test('without the column that identifies people it arrives, and names nobody', async (t) => {
  const of = (line: string): string => line.slice(line.indexOf(',') + 1)
  const answer = await transfer(`${of(header)}\n${of(row(1, '王'))}\n`)
  t.match(answer, { status: 200, whole: true })
  t.equal(answer.body.toString('utf8'), of(released) + of(releasedRow(1, '王')))
  const { query, completions } = await leftBy(department, answer)
  t.match(completions, [{ entry: { outcome: 'whole', rows: 1 } }])
  const after = await department.records(query.index)
  t.notOk(after.some(({ entry }) => entry.kind === 'subjects' && entry.of?.id === query.entry.id))
})

t.test('that is not as it was declared is refused before its first byte', async (t) => {
  const good = row(1, '王')
  for (const [title, text] of Object.entries({
    'a column that is not declared': `${header},remark\n${good},x\n`,
    'a column twice': `${header},name\n${good},王\n`,
    'no column that is granted': 'type,protectedPerson\nx,false\n',
    'no marker of protected persons': `${header.replace(',protectedPerson', '')}\n${good.replace(',false', '')}\n`,
    'a marker that is neither true nor false': `${header}\n${good.replace('false', 'no')}\n`,
    'a row with a field more': `${header}\n${good}\n${good},x\n`,
    'a row with a field less': `${header}\n${good}\nA100000002,王\n`,
    'a quote that is never closed': `${header}\n${good.replace('王', '"王')}\n`,
    'a quote in the middle of a field': `${header}\n${good.replace('王', '王"小"')}\n`,
    nothing: '',
  })) {
    const from = department.size
    const answer = await transfer(text)
    t.equal(answer.status, 502, title)
    t.equal(codeOf(answer), 'upstream-malformed', title)
    t.match(
      (await department.records(from)).map(({ entry }) => [entry.kind, entry.code]),
      [['query', 'upstream-malformed']],
      title,
    )
  }
})

t.test('that turns out to be none is cut behind whole blocks', async (t) => {
  const count = 4000
  const answer = await transfer(`${header}\n${many(count, (at) => `${row(at, '"王\n小"')}\n`)}A100000002,"王\n`)
  t.equal(answer.status, 200)
  t.notOk(answer.whole)
  t.ok((released + many(count, (at) => releasedRow(at, '"王\n小"'))).startsWith(answer.body.toString('utf8')))
  const { completions } = await leftBy(department, answer)
  t.match(completions, [{ entry: { outcome: 'cut', code: 'upstream-malformed' } }])
  t.equal(Number(completions[0]?.entry.bytes) % block, 0)
})

/** Kinds of the TLS records (RFC 5246 §6.2.1) in which the gateway sends an answer: 23 data, 21 an alert, as which TLS 1.2 says close_notify. */
async function recordsOf(script: Script): Promise<{ kinds: number[]; whole: boolean }> {
  welfare.script = script
  const sent: Buffer[] = []
  const ended = Promise.withResolvers<void>()
  const relay = createServer((client) => {
    const server = connect(department.port, '127.0.0.1')
    server.on('data', (bytes) => sent.push(bytes))
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => to.destroy())
      from.pipe(to)
    }
    server.on('close', () => ended.resolve())
  })
  await new Promise<void>((listening) => relay.listen(0, '127.0.0.1', listening))
  const address = relay.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  const headers = { ...(await fileHeaders(department, path)), connection: 'close' }
  const { whole } = await readAll(
    await ask({ port: address.port, headers, agent: new Agent({ keepAlive: false, rejectUnauthorized: false, maxVersion: 'TLSv1.2' }) }),
  )
  await ended.promise
  relay.close()
  const bytes = Buffer.concat(sent)
  const kinds: number[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) kinds.push(bytes[at] ?? 0)
  return { kinds, whole }
}

t.test('RFC 8446 §6.1: over TLS only what is whole ends with close_notify', async (t) => {
  const text = `${header}\n${many(3000, (at) => `${row(at, '王')}\n`)}`
  const whole = await recordsOf(sending(text))
  t.ok(whole.whole)
  t.equal(whole.kinds.at(-1), 21, 'a transfer that ends')
  for (const [title, script] of Object.entries<Script>({
    'the upstream breaks off': (_, response) => {
      response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' })
      response.write(text, () => setTimeout(() => response.destroy(), 100))
    },
    'the rest is malformed': sending(`${text}"`),
  })) {
    const cut = await recordsOf(script)
    t.notOk(cut.whole, title)
    t.ok(cut.kinds.length > 4, title)
    t.notOk(cut.kinds.slice(3).includes(21), `${title}: no alert says that all was sent`)
  }
})
