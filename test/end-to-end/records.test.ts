// records.test.ts: R11c: an agency's manager downloads its own query records, all of them and nobody else's, each download on the record.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import { parse } from 'csv-parse/sync'
import { unzipSync } from 'fflate'
import t, { type Test } from 'tap'
import { quarterOf } from '../../src/audit/due-dates.ts'
import { addDays, type CivilDate, civilDateOf, monthOf } from '../../src/calendar.ts'
import { canonicalJson, digestHex } from '../../src/canonical.ts'
import { drawApiKey } from '../../src/credential/api-key.ts'
import { uuidv7 } from '../../src/gateway/ids.ts'
import { PreparedPolicy } from '../../src/gateway/prepared.ts'
import { quarterName } from '../../src/gateway/records-path.ts'
import type { Block } from '../../src/policy/snapshot.ts'
import { type Code, problems } from '../../src/problems.ts'
import type { Draft } from '../../src/querylog/batch.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { completionEntry } from '../../src/querylog/completion-entry.ts'
import { csvValue } from '../../src/querylog/export/csv.ts'
import { readSigner } from '../../src/querylog/key-directory.ts'
import { downloadEndEntry } from '../../src/querylog/own-records.ts'
import { subjectsEntry } from '../../src/querylog/subjects-entry.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { verifyAnswer } from '../../src/verifier/answer.ts'
import { readEntry } from '../../src/verifier/entry.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { EntrySequence } from '../../src/verifier/sequence.ts'
import { after, batchOf, emptyPlace } from '../store/batches.ts'
import { day } from './configuration.ts'
import { type ApiCaller, type Reply, type StoredRecord, startDepartment, subject } from './department.ts'

const document = '北市社資字第1150000123號'
const companyKey = drawApiKey()
const managerOf = (id: string) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { x } = publicKey.export({ format: 'jwk' })
  const jwk = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', kid: id, x }
  return {
    signing: { ...privateKey.export({ format: 'jwk' }), kid: id, alg: 'EdDSA' },
    credential: { id, type: 'assertion', role: 'manager', jwks: { keys: [jwk] }, issued: day(-50), expires: day(50) },
  }
}
const managers = Object.fromEntries(['other', 'suspended', 'ended', 'blocked', 'edu-company'].map((id) => [id, managerOf(`${id}-manager`)]))
const addresses: Record<string, string> = {}
const keys: Record<string, ApiCaller> = {}
const [company, office, selfService] = ['203.0.113.240', '192.0.2.130', '198.51.100.17']

const department = await startDepartment(t, (configuration) => {
  configuration.withoutLimits()
  for (const [id, lines] of [
    ['other', []],
    ['blocked', []],
    [
      'suspended',
      [
        {
          effective: day(-3),
          action: 'suspend',
          document,
          notice: { document, date: day(-40) },
          deadline: day(-9),
          decision: { document, date: day(-4) },
        },
      ],
    ],
    ['ended', [{ effective: day(-3), action: 'terminate', document, by: 'department' }]],
  ] as const) {
    const made = configuration.addAgency(id, (file) => {
      for (const line of lines) file.addIn(['standing'], file.createNode(line))
      file.addIn(['credentials'], file.createNode(managers[id]?.credential))
    })
    addresses[id] = made.address
    keys[id] = made
  }
  configuration.edit('blocks.yaml', (file) => {
    const block = { agency: 'blocked', at: `${day(-1)}T22:15:00+08:00`, by: '值班人員', reason: '疑似金鑰外洩' }
    file.set('blocks', file.createNode([block]))
  })
  configuration.edit('agencies/taipei-education.yaml', (file) => {
    const delegate = {
      id: 'edu-company',
      name: '受託公司',
      under: 'taipei-education',
      document,
      contract: { from: day(-50), until: day(50) },
      grants: ['fee-waiver'],
      networks: [{ cidr: `${company}/32`, from: day(-50), until: day(50), document }],
      credentials: [
        { id: 'company-key', type: 'api-key', mode: 'api', sha256: companyKey.sha256, issued: day(-50), expires: day(50) },
        managers['edu-company']?.credential,
      ],
    }
    file.set('delegates', file.createNode([delegate]))
  })
})
Object.assign(department.drawn.signing, Object.fromEntries(Object.entries(managers).map(([id, { signing }]) => [`${id}-manager`, signing])))
const { gateway } = department.serving.process

interface Asker {
  readonly issuer: string
  readonly credential: string
  readonly address: string
  readonly user?: string
  readonly claims?: Readonly<Record<string, unknown>>
}
const manager: Asker = { issuer: 'taipei-education', credential: 'edu-chen', address: selfService }
const managerAt = (id: string): Asker => ({ issuer: id, credential: `${id}-manager`, address: addresses[id] ?? '' })

async function tokenOf({ issuer, credential, user = 'edu-chen', claims }: Asker, path: string): Promise<string> {
  const own = { purpose: undefined, case: undefined, reason: '115年第4季查詢紀錄自行稽核', htm: 'GET', ...claims }
  return await department.sign({ credential, issuer, user, path, body: '', claims: own })
}

async function ask(asker: Asker, path: string, leaveWhen?: Promise<void>): Promise<Reply> {
  const headers = { 'x-forwarded-for': asker.address, authorization: `Bearer ${await tokenOf(asker, path)}` }
  return await department.send({ method: 'GET', path, body: '', headers, ...(leaveWhen && { leaveWhen }) })
}

/** The end of the file before is recorded behind its last byte: until then it runs. */
async function get(asker: Asker, path: string): Promise<Reply> {
  for (;;) {
    const reply = await ask(asker, path)
    if (reply.status !== 429) return reply
    await new Promise((over) => setTimeout(over, 10))
  }
}

const named = (at: CivilDate) => ({ ...quarterOf(at, 'end-of-following-month'), name: quarterName(quarterOf(at, 'end-of-quarter').from) })
const now = named(civilDateOf(Date.now()))
const next = named(addDays(now.until, 1)).name
const file = (form = 'ndjson', quarter = now.name): string => `/records/${quarter}.${form}`
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const education = department.education
const calls = async (caller: ApiCaller, count: number): Promise<void> => {
  for (let each = 0; each < count; each += 1) await department.call(caller)
}
await calls(education, 3)
await calls(keys.other ?? education, 2)
await calls({ key: companyKey.key, address: company }, 2)
await department.call(education, { headers: { 'linkage-case': undefined } })

function checkRefusal(t: Test, reply: Reply, code: Code, title: string): void {
  t.equal(reply.status, problems[code].status, `${title}: ${reply.body}`)
  t.equal(reply.json.code, code, title)
}

t.test('records are for the agency’s manager, from its networks, and for nobody else', async (t) => {
  const before = department.size
  const rows: readonly (readonly [string, Code, Asker, string])[] = [
    ['an agency’s system', 'operation-not-granted', { ...manager, credential: 'edu-jwt-1', address: education.address }, file()],
    [
      'an auditor',
      'operation-not-granted',
      { issuer: 'ethics-office', credential: 'ethics-lin', address: office, user: 'dosw-lin' },
      file(),
    ],
    ['R19: a delegate’s manager', 'operation-not-granted', { ...managerAt('edu-company'), address: company }, file()],
    ['the manager from a network of nobody', 'network-not-allowed', { ...manager, address: '192.0.2.250' }, file()],
    ['the manager from another agency’s network', 'network-not-allowed', { ...manager, address: addresses.other ?? '' }, file()],
    ['the manager from a delegate’s network', 'network-not-allowed', { ...manager, address: company }, file()],
    ['a blocked agency', 'blocked', managerAt('blocked'), file()],
    ['who signs as another agency', 'credentials-invalid', { ...manager, issuer: 'other' }, file()],
    ['R6: a manager who left', 'user-inactive', { ...manager, user: 'edu-lin' }, file()],
    ['without a user', 'user-missing', { ...manager, claims: { sub: undefined } }, file()],
    ['without a reason', 'reason-missing', { ...manager, claims: { reason: undefined } }, file()],
    ['a reason that names a person', 'request-invalid', { ...manager, claims: { reason: '查 A100000001' } }, file()],
    ['a number that cannot be recorded', 'assertion-mismatch', { ...manager, claims: { jti: '編號一' } }, file()],
    ['for another quarter', 'assertion-mismatch', { ...manager, claims: { htu: `${department.origin}${file('csv')}` } }, file()],
    ['a quarter to come', 'request-invalid', manager, file('csv', next)],
    ['no quarter', 'not-found', manager, file('csv', '115Q5')],
    ['a year 0', 'not-found', manager, file('csv', '000Q1')],
    ['another spelling of a quarter', 'not-found', manager, file('csv', '2026q3')],
    ['another form', 'not-found', manager, file('xlsx')],
    ['no form', 'not-found', manager, `/records/${now.name}`],
    ['a receipt of nothing', 'not-found', manager, '/records/receipts/1/0'],
    ['a parameter of the list', 'request-invalid', manager, '/records/?agency=other'],
    ['another agency by parameter', 'request-invalid', manager, `${file()}?agency=other`],
    ['a day of another quarter', 'request-invalid', manager, `${file()}?from=${addDays(now.from, -1)}`],
    ['days the wrong way round', 'request-invalid', manager, `${file()}?from=${now.until}&until=${now.from}`],
    ['no day', 'request-invalid', manager, `${file()}?from=2026-13-01`],
    ['an offset that is none', 'request-invalid', manager, `${file()}?offset=-1`],
    ['R11c: an .ods from its middle', 'request-invalid', manager, `${file('ods')}?offset=5&continues=1/0`],
    ['an offset, and not of which download', 'request-invalid', manager, `${file()}?offset=5`],
    ['a download that it goes on with, and not from where', 'request-invalid', manager, `${file()}?continues=1/0`],
    ['what goes on with no download', 'request-invalid', manager, `${file()}?offset=5&continues=1/0`],
    ['what goes on with nothing', 'request-invalid', manager, `${file()}?offset=5&continues=64/999999`],
    ['what goes on with no place', 'request-invalid', manager, `${file()}?offset=5&continues=0/5`],
    ['a dot segment', 'request-invalid', manager, `/records/../records/${now.name}.csv`],
    ['an encoded letter', 'request-invalid', manager, `/records/%3115Q4.csv`],
    ['an empty segment', 'request-invalid', manager, `/records//${now.name}.csv`],
  ]
  for (const [title, code, asker, path] of rows) checkRefusal(t, await get(asker, path), code, title)
  const headers = { 'x-forwarded-for': education.address, authorization: `Bearer ${education.key}` }
  checkRefusal(t, await department.send({ method: 'GET', path: file(), body: '', headers }), 'operation-not-granted', 'an API key')
  const token = await tokenOf(manager, '/records/')
  const twice = { 'x-forwarded-for': selfService, authorization: `Bearer ${token}` }
  t.equal((await department.send({ method: 'GET', path: '/records/', body: '', headers: twice })).status, 200)
  checkRefusal(t, await department.send({ method: 'GET', path: '/records/', body: '', headers: twice }), 'assertion-replayed', 'used twice')
  const ranged = { ...twice, authorization: `Bearer ${await tokenOf(manager, file())}`, range: 'bytes=5-' }
  checkRefusal(t, await department.send({ method: 'GET', path: file(), body: '', headers: ranged }), 'request-invalid', 'Range')
  const kinds = (await department.records(before)).map(({ entry }) => entry.kind)
  t.notOk(kinds.includes('export'), 'nothing was given, and nothing is recorded as given')
})

interface Line {
  readonly entry: { readonly kind: string; readonly agency: string; readonly agency_seq?: number; readonly delegate?: string }
  readonly index: number
  readonly slot: string
}
const linesOf = ({ body }: Pick<Reply, 'body'>): Line[] =>
  body
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

const ownIndexes = async (): Promise<number[]> =>
  (await department.records())
    .filter(({ entry }) => entry.kind === 'query' && entry.agency === 'taipei-education')
    .map(({ index }) => index)

t.test('NDJSON: the exact entries of all its calls, its delegates’ and those refused included, and of nobody else', async (t) => {
  const reply = await get(manager, file())
  t.equal(reply.status, 200, reply.body.toString())
  t.match(reply.rawHeaders.join('\n'), /content-type\napplication\/x-ndjson; charset=utf-8/i)
  t.equal(reply.header('content-disposition'), `attachment; filename="taipei-education-${now.name}.ndjson"`)
  const lines = linesOf(reply)
  t.same(
    lines.map(({ index }) => index),
    await ownIndexes(),
  )
  const stored = await department.records()
  for (const { entry, index } of lines) t.equal(canonicalJson(entry), stored[index]?.text, 'its exact bytes')
  t.ok(lines.some(({ entry }) => entry.delegate === 'edu-company'))
  t.same(
    lines.map(({ entry }) => entry.agency_seq),
    lines.map((_, at) => at + 1),
    'numbers without a gap',
  )
  t.equal(reply.body.toString(), lines.map((line) => `${canonicalJson(line)}\n`).join(''), 'RFC 8785')
})

/** The entries of a download: its end is recorded right behind it, and no answer waits for that. */
async function ended(from: number, agency = 'taipei-education'): Promise<readonly StoredRecord[]> {
  for (;;) {
    const found = (await department.records(from)).filter(
      ({ entry }) => entry.agency === agency && ['export', 'completion'].includes(entry.kind),
    )
    if (found.some(({ entry }) => entry.kind === 'completion')) return found
    await new Promise((over) => setTimeout(over, 10))
  }
}

t.test('each download is recorded before its first byte: who, what, why, what was read; and how it ended', async (t) => {
  await idle()
  const before = department.size
  const reply = await get({ ...manager, claims: { case: '北市教字第1150009999號' } }, file('csv'))
  const [first, end] = await ended(before)
  const records = await ownIndexes()
  t.match(first?.entry, {
    kind: 'export',
    address: selfService,
    agency: 'taipei-education',
    credential: 'edu-chen',
    user: 'edu-chen',
    document: '北市教字第1150009999號',
    reason: '115年第4季查詢紀錄自行稽核',
    asked: { agency: 'taipei-education', file: 'csv', form: 'records', from: now.from, until: now.until },
    auth: { type: 'assertion', kid: String, token: String, jti: String },
    logs: [{ from: 0, to: before, size: before, slot: '1', root: String }],
    sealed: { counter: Number },
  })
  t.equal(reply.header('request-id'), first?.entry.id)
  t.match(reply.header('linkage-receipt'), new RegExp(`^slot=1, index=${first?.index}, leaf=:`))
  t.match(end?.entry, {
    kind: 'completion',
    agency: 'taipei-education',
    of: { id: first?.entry.id, index: first?.index },
    outcome: 'whole',
    bytes: reply.body.length,
    sha256: sha256(reply.body),
    records: [{ first: 1, last: records.length, log: gateway.log.log }],
  })
})

t.test('a third party holds a downloaded file against the signed log', async (t) => {
  const before = department.size
  const { body, header } = await get(manager, file('csv'))
  const [, end] = await ended(before)
  const proof = (await get(manager, `/receipts/1/${end?.index}`)).body.toString()
  const trusted = [readVerifierKey((await department.records())[0]?.entry.verifier_key as string)] // of the opening
  t.match(verifyAnswer({ proof, body }, trusted), { faults: [], shown: ['signed', 'included', 'body'] })
  t.match(verifyAnswer({ proof, body: Buffer.from('another') }, trusted).faults, [{ code: 'body-mismatch' }])
  t.match(verifyAnswer({ receipt: header('linkage-receipt') ?? '' }, trusted), { faults: [], shown: ['signed'] })
  checkRefusal(t, await get(managerAt('other'), `/receipts/1/${end?.index}`), 'not-found', 'to nobody else')
})

t.test('the tables: CSV as spreadsheets take it, and the same cells in an .ods that office programs open', async (t) => {
  const start = department.size
  const csv = (await get(manager, file('csv'))).body.toString()
  await ended(start)
  t.match(csv, /^\ufeff槽,/)
  const [head, ...rows]: string[][] = parse(csv, { bom: true, record_delimiter: '\r\n' })
  t.equal(rows.length, (await ownIndexes()).length)
  t.match(rows[0]?.[head?.indexOf('查詢日期時間') ?? 0], /^11\d\/\d\d\/\d\d /, 'ROC dates')
  const tags = rows.map((row) => row[head?.indexOf('查詢對象標籤') ?? 0] ?? '')
  t.ok(tags.length > 3 && tags.every((each) => /^(?:[0-9a-f]{32}（未解除遮蔽）)?$/.test(each)), 'who was asked about is sealed')
  t.ok(tags.some((each) => each !== ''))
  const before = department.size
  const reply = await get(manager, file('ods'))
  await ended(before)
  t.equal(reply.header('content-type'), 'application/vnd.oasis.opendocument.spreadsheet')
  const content = Buffer.from(unzipSync(reply.body)['content.xml'] ?? []).toString()
  const cells = [...content.matchAll(/<table:table-row>(.*?)<\/table:table-row>/g)].map(([, row = '']) =>
    [...row.matchAll(/<table:table-cell(?:\/>|[^>]*><text:p>(.*?)<\/text:p>)/g)].map(([, text = '']) => text),
  )
  // Cell by cell what the CSV says, which puts an apostrophe before what a spreadsheet would take for a formula: a hash may begin with a plus sign.
  t.equal(`\ufeff${cells.map((row) => `${row.map(csvValue).join(',')}\r\n`).join('')}`, csv)
  const behind = department.size
  const ndjson = (await get(manager, file())).body.toString()
  await ended(behind)
  for (const [form, text] of Object.entries({ csv, ods: content, ndjson }))
    t.notMatch(text, new RegExp(`${subject}|${subject.slice(0, 3)}[*＊○●]`), `${form}: docs/audit.md: 全部遮蔽，一碼也不顯示`)
})

t.test('the list and the receipt: quarter, count, digest, time, heads', async (t) => {
  const list = await get(manager, '/records/')
  const records = (await ownIndexes()).length
  t.match(list.json, {
    agency: 'taipei-education',
    quarters: [{ quarter: now.name, from: now.from, until: now.until, due: now.due, ended: false, done: null, records, counted: 3 }],
  })
  const [quarter] = list.json.quarters as { downloads: { receipt: string; sha256: string }[] }[] // as the test above holds it
  const newest = quarter?.downloads.at(-1)
  const receipt = await get(manager, newest?.receipt ?? '')
  t.match(receipt.json, { agency: 'taipei-education', outcome: 'whole', records, sha256: newest?.sha256, reason: String, ended: String })
  checkRefusal(t, await get(managerAt('other'), newest?.receipt ?? ''), 'not-found', 'another agency’s receipt')
  const proof = (newest?.receipt ?? '').replace('/records', '')
  const proofFor = ({ address, key }: ApiCaller) =>
    department.send({ method: 'GET', path: proof, body: '', headers: { 'x-forwarded-for': address, authorization: `Bearer ${key}` } })
  t.equal((await proofFor(education)).status, 200, 'its proof is the agency’s')
  checkRefusal(t, await proofFor({ key: companyKey.key, address: company }), 'not-found', 'and not its delegate’s')
  const others = await get(managerAt('other'), '/records/')
  t.match(others.json, { agency: 'other', quarters: [{ records: 2, downloads: [] }] })
  t.notMatch(others.body.toString(), /taipei-education|edu-/)
})

t.test('R20, R21: who is suspended, or whose linkage ended, still has its records', async (t) => {
  for (const id of ['suspended', 'ended']) {
    const before = department.size
    t.equal((await get(managerAt(id), '/records/')).status, 200, id)
    const reply = await get(managerAt(id), file('csv'))
    t.equal(reply.status, 200, id)
    t.match(reply.body.toString(), /^\ufeff槽,紀錄序號,[^\n]*\r\n$/, 'an empty quarter is an empty file, with its headings')
    const [download] = (await department.records(before)).filter(({ entry }) => entry.kind === 'export' && entry.agency === id)
    for (const page of [`/receipts/1/${download?.index}`, '/log/', '/log/1/checkpoint', '/log/1/tile/0/000.p/1'])
      t.equal((await get(managerAt(id), page)).status, 200, `${page}: and what proves them`)
    checkRefusal(t, await department.call(keys[id] ?? education), id === 'ended' ? 'agency-terminated' : 'agency-suspended', 'and no calls')
  }
})

t.test('the verifier is content with a log that holds downloads', async (t) => {
  const entries = (await department.records()).map(({ text }) => Buffer.from(text))
  const faults: object[] = []
  const sequence = new EntrySequence(Date.now())
  for (const [index, bytes] of entries.entries()) {
    const entry = readEntry(bytes, (fault) => faults.push(fault))
    sequence.take(index, entry, (fault) => faults.push({ index, ...fault }))
  }
  t.same(faults, [])
})

t.test('completions are read in turns of their own, those of the agency alone', async (t) => {
  const { outcomes } = gateway.ownRecords
  // One that came before, so that the table has something to say, and thousands of another agency behind it.
  const [query] = (await department.records()).filter(({ entry }) => entry.kind === 'query' && entry.agency === 'taipei-education')
  const completion = (agency: string, of: { id: string; index: number }): Promise<unknown> => {
    const id = uuidv7(Date.now())
    return gateway.log.append({ write: (given) => completionEntry({ id, agency, of, outcome: 'not-released' }, given) })
  }
  const of = { id: query?.entry.id ?? '', index: query?.index ?? 0 }
  await Promise.all(Array.from({ length: 2500 }, () => completion('other', { id: uuidv7(Date.now()), index: 0 })))
  await completion('taipei-education', of)
  const pages: { readonly found: readonly object[] }[] = []
  Object.assign(gateway.ownRecords, {
    outcomes: async (...which: Parameters<typeof outcomes>) => {
      const page = await outcomes.apply(gateway.ownRecords, which)
      pages.push(page)
      return page
    },
  })
  const csv = (await get(manager, file('csv'))).body.toString()
  Object.assign(gateway.ownRecords, { outcomes })
  const [head, ...rows]: string[][] = parse(csv, { bom: true, record_delimiter: '\r\n' })
  const row = rows.find((each) => each[1] === String(of.index))
  t.equal(row?.[head?.indexOf('是否放行') ?? 0], '未放行')
  t.ok(pages.length > 2, `${pages.length} pages`)
  t.ok(pages.flatMap(({ found }) => found).length < 50, 'nobody else’s')
})

t.test('NDJSON: whom an answer identified beyond what its query’s entry holds goes with that query', async (t) => {
  const own = (await department.records()).filter(({ entry }) => entry.kind === 'query')
  const tags = async (agency: string): Promise<number> => {
    const query = own.find(({ entry }) => entry.agency === agency)
    const of = { id: query?.entry.id ?? '', index: query?.index ?? 0 }
    const subjects = [{ key: '2026', kind: 'tw-national-id', tags: ['ab'.repeat(16)] }]
    const facts = { id: uuidv7(Date.now()), agency, of, subjects }
    return (await gateway.log.append({ write: (given) => subjectsEntry(facts, given) })).index
  }
  const [index] = [await tags('taipei-education'), await tags('other')]
  const found = linesOf(await get(manager, file())).filter(({ entry }) => entry.kind === 'subjects')
  t.same(
    found.map((each) => each.index),
    [index],
  )
})

/** So many calls of the bureau, of so many bytes: more than a connection takes at once. */
async function fill(count: number, length: number): Promise<void> {
  const query = { agency: 'taipei-education', kind: 'query', v: 1 }
  const write: Draft['write'] = ({ at }, { agencySeq }) =>
    canonicalJson({ ...query, agency_seq: agencySeq, at, id: uuidv7(Date.now()), case: 'x'.repeat(length), code: 'outside-hours' })
  await Promise.all(Array.from({ length: count }, () => gateway.log.append({ agency: 'taipei-education', write })))
}

/** Resolves once no download runs: its end is recorded. */
async function idle(): Promise<void> {
  while (gateway.downloading.size > 0) await new Promise((over) => setTimeout(over, 10))
}

/** Asks for a file once none runs, and takes its head. */
async function headOf(path: string): Promise<{ readonly answer: IncomingMessage; readonly leave: () => void; readonly receipt: unknown }> {
  await idle()
  const headers = { 'x-forwarded-for': selfService, authorization: `Bearer ${await tokenOf(manager, path)}` }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const call = request({ host: '127.0.0.1', port: department.port, path, headers, agent: false }, resolve)
  call.on('error', reject)
  call.end()
  const answer = await promise
  return { answer, leave: () => call.destroy(), receipt: answer.headers['linkage-receipt'] }
}

/** Takes some of a file, and then no more. */
async function begun(
  path: string,
  bytes: number,
): Promise<{ readonly had: Buffer; readonly leave: () => void; readonly ended: Promise<unknown> }> {
  const { answer, leave } = await headOf(path)
  const had: Buffer[] = []
  let length = 0
  const ended = new Promise((over) => answer.on('error', over).on('end', () => over('whole')))
  await new Promise<void>((enough) => {
    answer.on('data', (piece: Buffer) => {
      had.push(piece)
      length += piece.length
      if (length < bytes) return
      answer.pause()
      enough()
    })
  })
  return { had: Buffer.concat(had), leave, ended }
}

t.test('R16: a month that is taken out while its file runs: the file is cut, and not as if it were whole', async (t) => {
  const { gone } = gateway.ownRecords
  const today = civilDateOf(Date.now())
  let looks = 0
  const taken = async () => {
    looks += 1
    return looks === 1 ? await gone.call(gateway.ownRecords) : { months: [today.slice(0, 7)] }
  }
  await idle()
  const from = department.size
  Object.assign(gateway.ownRecords, { gone: taken })
  const { answer } = await headOf(`${file('csv')}?from=${today}&until=${today}`)
  t.equal(answer.statusCode, 200)
  const over = new Promise((over) => answer.on('error', over).on('end', () => over('whole')))
  answer.resume()
  t.not(await over, 'whole')
  const [, end] = await ended(from)
  t.match(end?.entry, { outcome: 'cut', code: 'request-invalid' })
  Object.assign(gateway.ownRecords, { gone })
  await idle()
})

t.test('who is cut off goes on where it was, and has the same file', async (t) => {
  await fill(300, 40_000)
  const days = `?from=${now.from}`
  const from = department.size
  const { had, leave } = await begun(file('ndjson') + days, 200_000)
  checkRefusal(t, await ask(manager, file()), 'rate-limited', 'one download of an agency at a time')
  t.equal((await get(managerAt('other'), file())).status, 200, 'and another agency’s runs beside it')
  leave()
  const [first, cut] = await ended(from)
  t.match(cut?.entry, { kind: 'completion', outcome: 'cut', code: 'client-left', of: { index: first?.index } })
  // What was recorded since is no part of the file that goes on.
  await department.call(education)
  const known = Number(cut?.entry.bytes)
  t.ok(known >= had.length)
  const named = `&continues=1/${first?.index}`
  checkRefusal(t, await get(manager, `${file()}${days}&offset=${known + 1}${named}`), 'request-invalid', 'beyond what was given')
  checkRefusal(t, await get(manager, `${file('csv')}${days}&offset=${had.length}${named}`), 'request-invalid', 'another file')
  const stranger = await get(managerAt('other'), `${file()}${days}&offset=${had.length}${named}`)
  checkRefusal(t, stranger, 'request-invalid', 'another agency’s')
  t.notMatch(stranger.body.toString(), /\.ndjson/, 'of which it is told nothing')
  const again = department.size
  const rest = await get(manager, `${file()}${days}&offset=${had.length}${named}`)
  const whole = Buffer.concat([had, rest.body])
  const [second, end] = await ended(again)
  t.match(second?.entry, { asked: { offset: had.length }, continues: first?.entry.id, logs: first?.entry.logs })
  t.match(end?.entry, { outcome: 'whole', bytes: whole.length, sha256: sha256(whole) })
  const queries = linesOf({ body: whole }).filter(({ entry }) => entry.kind === 'query')
  t.equal(queries.length, (await ownIndexes()).filter((index) => index < from).length)
})

t.test('of two that were cut, the one that is named is gone on with: what it read, and not what the newer one did', async (t) => {
  const cutOff = async (): Promise<{ readonly had: Buffer; readonly place: string; readonly logs: unknown }> => {
    const from = department.size
    const { had, leave } = await begun(file(), 200_000)
    leave()
    const [first] = await ended(from)
    return { had, place: `1/${first?.index}`, logs: first?.entry.logs }
  }
  const older = await cutOff()
  await department.call(education)
  const newer = await cutOff()
  const before = department.size
  const rest = await get(manager, `${file()}?offset=${older.had.length}&continues=${older.place}`)
  const [second, end] = await ended(before)
  t.same(second?.entry.logs, older.logs)
  t.notSame(older.logs, newer.logs)
  t.equal(sha256(Buffer.concat([older.had, rest.body])), end?.entry.sha256, 'one file')
})

t.test('what is gone on with may have ended whole, or not at all where its process was killed; other bytes end it', async (t) => {
  const from = department.size
  const { body } = await get(manager, file())
  const [first] = await ended(from)
  const rest = (offset: number, index = first?.index) => get(manager, `${file()}?offset=${offset}&continues=1/${index}`)
  t.same((await rest(body.length - 10)).body, body.subarray(-10), 'the last bytes, lost on the way')
  checkRefusal(t, await rest(body.length + 1), 'request-invalid', 'more than there are')
  const again = async (sha?: string, bytes = 100_000): Promise<number> => {
    const id = uuidv7(Date.now())
    const { index } = await gateway.log.append({ write: ({ at }) => canonicalJson({ ...first?.entry, at, id }) })
    if (sha === undefined) return index
    const facts = { agency: 'taipei-education', code: 'client-left', outcome: 'cut', records: [], sha256: digestHex(sha) } as const
    const end = { ...facts, id: uuidv7(Date.now()), bytes, of: { id, index } }
    await gateway.log.append({ write: (given) => downloadEndEntry(end, given) })
    return index
  }
  const killed = await again()
  t.same((await rest(1000, killed)).body, body.subarray(1000), 'of which nothing more is known')
  await t.rejects(rest(body.length + 1, killed), 'beyond its end: reset')
  t.same((await rest(50_000, await again(sha256(body.subarray(0, 100_000))))).body, body.subarray(50_000))
  await t.rejects(rest(50_000, await again(sha256(body))), 'another file: reset')
  await t.rejects(rest(50_000, await again(sha256(body), body.length + 1)), 'one that was longer: reset')
  await idle()
})

t.test('an entry is dated when the logs were read: where it had to wait, nothing is recorded, and the caller asks again', async (t) => {
  const before = department.size
  Object.assign(gateway.log, { now: () => Date.now() - 25_000 })
  const late = await get(manager, file())
  Reflect.deleteProperty(gateway.log, 'now')
  checkRefusal(t, late, 'overloaded', 'read 25 s before')
  t.notOk(late.header('linkage-receipt'))
  t.same(
    (await department.records(before)).filter(({ entry }) => entry.kind === 'export'),
    [],
  )
  t.equal((await get(manager, file())).status, 200)
  await idle()
})

t.test('a block ends a download that runs: reset, and not as if it were whole', async (t) => {
  const from = department.size
  const { ended: over } = await begun(file('csv'), 1)
  const { snapshot } = gateway.policy
  const block = { target: { kind: 'agency', id: 'taipei-education' }, rule: 'blocks.yaml#/blocks/0' } as Block // what of one is read here
  gateway.streams.judge({ ...snapshot, blocks: [block] }, gateway.log.now())
  const [, end] = await ended(from)
  // A file that was small enough to be taken whole has ended before.
  t.match(end?.entry, { outcome: 'cut', code: 'blocked' })
  t.not(await over, 'whole')
})

t.test('a block that comes while the logs are read ends the download before its first byte', async (t) => {
  await idle()
  const from = department.size
  const { policy, ownRecords } = gateway
  const { gone } = ownRecords
  const block = { target: { kind: 'agency', id: 'taipei-education' }, rule: 'blocks.yaml#/blocks/0' } as Block // what of one is read here
  Object.assign(ownRecords, {
    gone: async () => {
      gateway.policy = new PreparedPolicy({ ...policy.snapshot, blocks: [block] }, policy)
      return await gone.call(ownRecords)
    },
  })
  t.teardown(() => Object.assign(ownRecords, { gone }))
  await t.rejects(ask(manager, file()), { code: 'ECONNRESET' })
  gateway.policy = policy
  const [, end] = await ended(from)
  t.match(end?.entry, { outcome: 'cut', code: 'blocked', bytes: 0 })
  await idle()
})

t.test('a file that runs is not cut because many ask for pages meanwhile', async (t) => {
  const { lines } = gateway.ownRecords
  let crowd = 0
  Object.assign(gateway.ownRecords, {
    lines: async (...which: Parameters<typeof lines>) => {
      for (; crowd < 300; crowd += 1) {
        const agency = `crowd-${crowd % 3}`
        gateway.recordsTurns.enter(agency, () => void setTimeout(() => gateway.recordsTurns.leave(agency), 1))
      }
      return await lines.apply(gateway.ownRecords, which)
    },
  })
  t.teardown(() => Object.assign(gateway.ownRecords, { lines }))
  t.equal((await get(manager, file())).status, 200)
  t.equal(crowd, 300)
  await idle()
})

t.test('who leaves while the database is asked ends the download at once; its head was there since its entry was', async (t) => {
  const { lines } = gateway.ownRecords
  const answer = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const hold = (...which: Parameters<typeof lines>) => {
    asked.resolve()
    return answer.promise.then(() => lines.apply(gateway.ownRecords, which))
  }
  Object.assign(gateway.ownRecords, { lines: hold })
  const from = department.size
  const { leave, receipt } = await headOf(file())
  await asked.promise
  leave()
  const [first, end] = await ended(from)
  t.match(receipt, new RegExp(`^slot=1, index=${first?.index},`))
  t.match(end?.entry, { outcome: 'cut', code: 'client-left', bytes: 0, records: [] })
  const again = department.size
  const leaves = Promise.withResolvers<void>()
  await idle()
  const next = ask(manager, file(), leaves.promise)
  while (!gateway.downloading.has('taipei-education')) await new Promise((over) => setTimeout(over, 10))
  leaves.resolve()
  await t.rejects(next, { message: 'the caller left' })
  while (gateway.downloading.has('taipei-education')) await new Promise((over) => setTimeout(over, 10))
  t.equal(department.size, again, 'the next one waits for its turn, and is not recorded once its caller left')
  answer.resolve()
  Object.assign(gateway.ownRecords, { lines })
  t.equal((await get(manager, file())).status, 200, 'and the turn is there again')
})

t.test('logs of all slots, one behind the other; a number that is missing is not passed over', async (t) => {
  const name = gateway.log.log.replace(/\d+$/, '2')
  const writer = new PostgresLogWriter(department.serving.store.server?.url('linkage_gateway') ?? '')
  t.teardown(() => writer.close())
  const signer = await readSigner(`${department.folder}/keys`, name)
  let place = emptyPlace('2', await writer.claim('2', name, signer.verifierKey, 5_000))
  const append = async (...numbers: readonly number[]): Promise<void> => {
    const entries = numbers.map((agency_seq) =>
      canonicalJson({ agency: 'taipei-education', agency_seq, at: new Date().toISOString(), id: uuidv7(Date.now()), kind: 'query', v: 1 }),
    )
    const batch = batchOf(place, entries, { month: monthOf(Date.now()) })
    await writer.append(batch, 5_000)
    place = after(place, batch)
    await writer.putCheckpoint('2', place.tree.size, signer.sign(checkpointText(name, place.tree)))
  }
  await append(1, 2, 3)
  const lines = linesOf(await get(manager, file()))
  t.same(
    lines.slice(-4).map(({ slot, entry }) => `${slot} ${slot === '2' ? entry.agency_seq : ''}`),
    ['1 ', '2 1', '2 2', '2 3'],
  )
  await append(5)
  const from = department.size
  await t.rejects(get(manager, file()), 'the connection is reset')
  const [, end] = await ended(from)
  t.match(end?.entry, { outcome: 'cut', code: 'internal-error', records: [{}, { first: 1, last: 3, log: name }] })
})

/** Appends entries to a log of another slot, which is not written by this process. */
async function otherSlot(
  slot: string,
): Promise<{ append: (entries: readonly object[], at?: number) => Promise<void>; sign: () => Promise<void>; close: () => Promise<void> }> {
  const log = gateway.log.log.replace(/\d+$/, slot)
  const writer = new PostgresLogWriter(department.serving.store.server?.url('linkage_gateway') ?? '')
  const signer = await readSigner(`${department.folder}/keys`, log)
  let place = emptyPlace(slot, await writer.claim(slot, log, signer.verifierKey, 5_000))
  return {
    append: async (entries, at = Date.now()) => {
      const texts = entries.map((each) => canonicalJson({ at: new Date(at).toISOString(), id: uuidv7(Date.now()), v: 1, ...each }))
      const batch = batchOf(place, texts, { month: monthOf(at) })
      await writer.append(batch, 5_000)
      place = after(place, batch)
    },
    sign: () => writer.putCheckpoint(slot, place.tree.size, signer.sign(checkpointText(log, place.tree))),
    close: () => writer.close(),
  }
}

t.test(
  'what a slot left unsigned is not left out in silence: of whose it is, that day is refused, and given once it is signed',
  async (t) => {
    const at = Date.now() - 120_000
    const { from, name: quarter } = named(civilDateOf(at))
    const slot = await otherSlot('4')
    t.teardown(slot.close)
    const query = { agency: 'other', agency_seq: 1, kind: 'query' }
    await slot.append([query, { ...query, agency: 'blocked' }], at)
    const refused = await get(managerAt('other'), file('ndjson', quarter))
    checkRefusal(t, refused, 'request-invalid', 'nothing of it is signed')
    t.match(refused.json.detail, new RegExp(`^records of ${civilDateOf(at)} in log 4 are not signed yet`))
    t.equal((await get(managerAt('suspended'), file('ndjson', quarter))).status, 200, 'who has nothing there')
    await slot.sign()
    t.equal((await get(managerAt('other'), file('ndjson', quarter))).status, 200, 'signed')
    await slot.append([{ ...query, agency_seq: 2 }], at)
    const days = `?from=${from}&until=${civilDateOf(at)}`
    checkRefusal(t, await get(managerAt('other'), file('ndjson', quarter) + days), 'request-invalid', 'a part of it is signed')
    await slot.append([{ ...query, agency_seq: 3 }])
    await slot.sign()
    const lines = linesOf(await get(managerAt('other'), file('ndjson', quarter)))
    t.same(
      lines.filter((each) => each.slot === '4').map(({ entry }) => entry.agency_seq),
      [1, 2, 3],
    )
    await slot.append([{ ...query, agency_seq: 4 }])
    t.equal(
      (await get(managerAt('other'), file('ndjson', quarter))).status,
      200,
      'what was just recorded is signed within seconds, and not waited for',
    )
  },
)

t.test('R16: days of a month that is no longer here are not left out in silence', async (t) => {
  const today = civilDateOf(Date.now())
  const lastDay = addDays(`${today.slice(0, 7)}-01` as CivilDate, -1)
  const month = lastDay.slice(0, 7)
  const quarter = named(lastDay)
  // Another month of that quarter, that began.
  const first = quarter.from.slice(0, 7) === month ? addDays(lastDay, 1) : quarter.from
  const slot = await otherSlot('3')
  t.teardown(slot.close)
  await slot.append([{ kind: 'retire', month }])
  await slot.sign()
  const refused = await get(manager, file('csv', quarter.name))
  checkRefusal(t, refused, 'request-invalid', 'the quarter')
  t.match(refused.json.detail, new RegExp(`^${month}: `))
  checkRefusal(t, await get(manager, `${file('ndjson', quarter.name)}?from=${lastDay}&until=${lastDay}`), 'request-invalid', 'its last day')
  t.equal((await get(manager, `${file('ods', quarter.name)}?from=${first}&until=${first}`)).status, 200, 'a day of another month')
  const { quarters } = (await get(manager, '/records/')).json as { quarters: { quarter: string; retired: string[] }[] } // docs/log-format.md
  // The list begins with the oldest entry, which is of today here.
  t.same(quarters.find((each) => each.quarter === quarter.name)?.retired, quarter.name === now.name ? [month] : undefined)
})

t.test('while the log is away nothing is given', async (t) => {
  await department.database.kill()
  for (const path of ['/records/', file(), file('csv')]) checkRefusal(t, await get(manager, path), 'query-log-unavailable', path)
  await department.database.start()
  let status = 0
  while (status !== 200) status = (await get(manager, '/records/')).status
})
