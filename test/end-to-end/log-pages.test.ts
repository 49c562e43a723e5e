// log-pages.test.ts: the logs as they are published: who gets what, and that what is fetched verifies with none of the writer's code.
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { drawApiKey } from '../../src/credential/api-key.ts'
import { uuidv7 } from '../../src/gateway/ids.ts'
import { type Code, problems } from '../../src/problems.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { readSigner } from '../../src/querylog/key-directory.ts'
import { noteSigner } from '../../src/querylog/note.ts'
import { refusalsEntry } from '../../src/querylog/refusals-entry.ts'
import { tilePath } from '../../src/querylog/tile.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { Turns } from '../../src/upstream/turns.ts'
import { openFolder } from '../../src/verifier/folder.ts'
import { openCheckpoint, readVerifierKey, type VerifierKey } from '../../src/verifier/note.ts'
import { openProof } from '../../src/verifier/proof.ts'
import { readReceipt } from '../../src/verifier/receipt.ts'
import { verifyLog } from '../../src/verifier/stream.ts'
import { hashOfLeaf } from '../../src/verifier/tree.ts'
import { rootByDefinition } from '../rfc6962.ts'
import { after, batchOf, emptyPlace, entry } from '../store/batches.ts'
import { connect } from '../store/server.ts'
import { muchLater } from '../verifier/verifying.ts'
import { day, type MadeAgency } from './configuration.ts'
import { type ApiCaller, type Reply, startDepartment } from './department.ts'

const document = '北市社資字第1150000123號'
const companyKey = drawApiKey()
/** The only address of the delegate, and of the department's office. */
const [company, office] = ['203.0.113.240', '192.0.2.5']

const made: Record<'other' | 'blocked' | 'ended' | 'mirror', MadeAgency> = Object.create(null)
const department = await startDepartment(t, (configuration) => {
  configuration.withoutLimits()
  for (const id of ['other', 'mirror'] as const) made[id] = configuration.addAgency(id)
  made.blocked = configuration.addAgency('blocked')
  configuration.edit('blocks.yaml', (file) => {
    const block = { agency: 'blocked', at: `${day(-1)}T22:15:00+08:00`, by: '值班人員', reason: '疑似金鑰外洩' }
    file.set('blocks', file.createNode([block]))
  })
  made.ended = configuration.addAgency('ended', (file) =>
    file.addIn(['standing'], file.createNode({ effective: day(-3), action: 'terminate', document, by: 'department' })),
  )
  configuration.edit('agencies/taipei-education.yaml', (file) => {
    const delegate = {
      id: 'edu-company',
      name: '受託公司',
      under: 'taipei-education',
      document,
      contract: { from: day(-50), until: day(50) },
      grants: ['fee-waiver'],
      networks: [{ cidr: `${company}/32`, from: day(-50), until: day(50), document }],
      credentials: [{ id: 'company-key', type: 'api-key', mode: 'api', sha256: companyKey.sha256, issued: day(-50), expires: day(50) }],
    }
    file.set('delegates', file.createNode([delegate]))
  })
  configuration.edit('agencies/social-assistance.yaml', (file) => {
    file.deleteIn(['credentials', 0, 'mode'])
    file.setIn(['credentials', 0, 'role'], 'auditor')
  })
})
const { gateway } = department.serving.process
const { log, slot } = gateway.log
const { server } = department.serving.store
const admin = await connect(t, server?.adminUrl ?? '')

/** Somebody who asks: by API key, or by an assertion signed for each request. */
type Asker = { readonly address: string; readonly user?: string } & (
  | { readonly key: string | undefined }
  | { readonly credential: string; readonly issuer: string; readonly claims?: Readonly<Record<string, unknown>> }
)

const education: Asker & ApiCaller = department.education
const self: Asker = { ...education, address: '198.51.100.17' }
const manager: Asker = { credential: 'edu-chen', issuer: 'taipei-education', address: self.address }
const delegate: Asker & ApiCaller = { key: companyKey.key, address: company }
const auditor: Asker = { credential: 'assist-jwt-1', issuer: 'social-assistance', user: 'dosw-ho', address: office }
const other: Asker & ApiCaller = made.other

async function get(asker: Asker, path: string, method = 'GET'): Promise<Reply> {
  const headers: Record<string, string | undefined> = { 'x-forwarded-for': asker.address }
  if ('credential' in asker) {
    const { credential, issuer, claims, user = 'somebody' } = asker
    // Nobody is asked about: no purpose, no case, no reason.
    const own = { purpose: undefined, case: undefined, reason: undefined, htm: method, ...claims }
    headers.authorization = `Bearer ${await department.sign({ credential, issuer, user, path, body: '', claims: own })}`
  } else if (asker.key !== undefined) headers.authorization = `Bearer ${asker.key}`
  return await department.send({ method, path, body: '', headers })
}

const receiptOf = async (caller: ApiCaller): Promise<number> =>
  readReceipt((await department.call(caller)).header('linkage-receipt') ?? '').index

/** Entries of no interest, so that tiles are completed. */
async function fill(count: number): Promise<void> {
  const counts = [{ address: '192.0.2.200', code: 'network-not-allowed', count: 1 }]
  const facts = () => ({ id: uuidv7(Date.now()), minute: '2026-11-24T02:00:00.000Z', counts, other: 0 })
  await Promise.all(Array.from({ length: count }, () => gateway.log.append({ write: (given) => refusalsEntry(facts(), given) })))
}

const [ours, theirs, others] = [await receiptOf(education), await receiptOf(delegate), await receiptOf(other)]
/** Of a call of ours, and no call itself. */
const completion = department.size
const [called] = await department.records(ours)
await gateway.log.neverReleased('taipei-education', [{ id: called?.entry.id ?? '', index: ours }], () => false)
await fill(600 - department.size)
const size = department.size

const fixed = { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' }
function checkRefusal(t: Test, reply: Reply, code: Code, title: string): void {
  t.equal(reply.status, problems[code].status, `${title}: ${reply.body}`)
  t.equal(reply.json.code, code, title)
  for (const [name, value] of Object.entries(fixed)) t.equal(reply.header(name), value, title)
}

/** Headers but for the date. */
const lasting = ({ rawHeaders }: Reply): string[] =>
  rawHeaders.filter((_, at) => !['date'].includes(rawHeaders[at - (at % 2)]?.toLowerCase() ?? ''))

const types = { json: 'application/json; charset=utf-8', text: 'text/plain; charset=utf-8', bytes: 'application/octet-stream' }

t.test('what may be had, and by whom', async (t) => {
  const everybody: Readonly<Record<string, Asker>> = { education, self, manager, delegate, auditor, other }
  for (const [name, asker] of Object.entries(everybody)) {
    for (const [path, type] of [
      ['/log/', types.json],
      [`/log/${slot}/checkpoint`, types.text],
      [`/log/${slot}/tile/0/000`, types.bytes],
      [`/log/${slot}/tile/0/002.p/${size % 256}`, types.bytes],
      [`/log/${slot}/tile/1/000.p/2`, types.bytes],
    ] as const) {
      const reply = await get(asker, path)
      t.equal(reply.status, 200, `${name}: ${path}: ${reply.body}`)
      t.same(
        lasting(reply)
          .filter((_, at) => at % 2 === 0)
          .map((each) => each.toLowerCase()),
        ['content-type', 'content-length', 'connection', 'cache-control', 'x-content-type-options'],
      )
      t.match([reply.header('content-type'), reply.header('cache-control')], [type, 'private'])
    }
  }
  const bundle = await get(auditor, `/log/${slot}/tile/entries/000`)
  t.match([bundle.status, bundle.header('content-type'), bundle.header('cache-control')], [200, types.bytes, 'no-store'])
  for (const [name, asker, index] of [
    ['the agency, its call', education, ours],
    ['from its office', self, ours],
    ['its manager', manager, ours],
    ['the agency, a call of its delegate', education, theirs],
    ['the delegate, its call', delegate, theirs],
    ['another agency, its own', other, others],
  ] as const) {
    const reply = await get(asker, `/receipts/${slot}/${index}`)
    t.match([reply.status, reply.header('content-type'), reply.header('cache-control')], [200, types.text, 'no-store'], name)
  }
})

t.test('what the caller may not have, what is not there and what is not covered yet is one answer', async (t) => {
  const newest = gateway.log.signed.head.size
  const rows: readonly (readonly [string, Asker, string])[] = [
    ['a call of another agency', other, `/receipts/${slot}/${ours}`],
    ['a call of a delegate of another agency', other, `/receipts/${slot}/${theirs}`],
    ['a delegate: a call of its agency', delegate, `/receipts/${slot}/${ours}`],
    ['an auditor: a call of an agency', auditor, `/receipts/${slot}/${ours}`],
    ['an entry that is no call', education, `/receipts/${slot}/0`],
    ['an entry of its own that is no call', education, `/receipts/${slot}/${completion}`],
    ['the completion of a call that has none', education, `/receipts/${slot}/${theirs}/completion`],
    ['the completion of a call of another agency', other, `/receipts/${slot}/${ours}/completion`],
    ['an index that nobody has', education, `/receipts/${slot}/${newest}`],
    ['a far one', education, `/receipts/${slot}/${Number.MAX_SAFE_INTEGER}`],
    ['another slot', education, `/receipts/2/${ours}`],
    ['a slot that cannot be', education, `/receipts/65/${ours}`],
    ['an index in another spelling', education, `/receipts/${slot}/0${ours}`],
    ['and another', education, `/receipts/${slot}/${ours}.0`],
    ['below it', education, `/receipts/${slot}/${ours}/proof`],
    ['no index', education, `/receipts/${slot}`],
    ['no slot', education, '/receipts/x'],
    ['beyond 2^53', education, `/receipts/${slot}/9007199254740993`],
    ['another log', education, '/log/3/checkpoint'],
    ['slot 0', education, '/log/0/checkpoint'],
    ['slot 65', education, '/log/65/checkpoint'],
    ['a slot in another spelling', education, `/log/0${slot}/checkpoint`],
    ['letters of another size', education, `/log/${slot}/Checkpoint`],
    ['a log', education, `/log/${slot}`],
    ['a tile beyond the checkpoint', education, `/log/${slot}/tile/0/003`],
    ['a tile that is not whole', education, `/log/${slot}/tile/0/002`],
    ['one hash too many', education, `/log/${slot}/tile/0/002.p/${(newest % 256) + 1}`],
    ['an empty tile', education, `/log/${slot}/tile/0/002.p/0`],
    ['a level that is empty', education, `/log/${slot}/tile/2/000.p/1`],
    ['a tile of 256 that says it is partial', education, `/log/${slot}/tile/0/001.p/256`],
    ['unpadded', education, `/log/${slot}/tile/0/1`],
    ['and partial', education, `/log/${slot}/tile/0/1.p/256`],
    ['a width with a leading zero', education, `/log/${slot}/tile/0/001.p/01`],
    ['a group without its x', education, `/log/${slot}/tile/0/000/001`],
    ['a last group with one', education, `/log/${slot}/tile/0/x001`],
    ['a short group', education, `/log/${slot}/tile/0/x1/001`],
    ['a leading group of zeros', education, `/log/${slot}/tile/0/x000/001`],
    ['a level with a leading zero', education, `/log/${slot}/tile/00/001`],
    ['level 64', education, `/log/${slot}/tile/64/001`],
    ['a bundle beyond the checkpoint', auditor, `/log/${slot}/tile/entries/003`],
    ['a bundle that is not whole', auditor, `/log/${slot}/tile/entries/002`],
    ['one entry too many', auditor, `/log/${slot}/tile/entries/002.p/${(newest % 256) + 1}`],
    ['a bundle in another spelling', education, `/log/${slot}/tile/entries/1.p/256`],
    ['no tile', education, `/log/${slot}/tile/x`],
    ['something else', education, `/log/${slot}/seal`],
    ['an encoded space', education, `/log/${slot}/tile/0/%20001`],
  ]
  const answers = new Set<string>()
  for (const [title, asker, path] of rows) {
    const reply = await get(asker, path)
    checkRefusal(t, reply, 'not-found', title)
    answers.add(JSON.stringify([lasting(reply), reply.body.toString()]))
  }
  t.equal(answers.size, 1, 'equal in bytes and headers')
  t.notMatch([...answers].join(), /request-id|instance/i, 'and names nothing of its own')
})

t.test('who is not known, or must not come, is told what a call would be told', async (t) => {
  const receipt = `/receipts/${slot}/${ours}`
  const bad = (claims: Readonly<Record<string, unknown>>): Asker => ({ ...manager, claims })
  const rows: readonly (readonly [string, Code, Asker, string])[] = [
    ['nobody', 'credentials-missing', { key: undefined, address: education.address }, '/log/'],
    ['nobody, for what is not there', 'credentials-missing', { key: undefined, address: education.address }, '/log/99/none'],
    ['a key that nobody has', 'credentials-invalid', { key: drawApiKey().key, address: education.address }, receipt],
    ['a network that nobody has', 'network-not-allowed', { ...education, address: '192.0.2.250' }, receipt],
    ['no address behind the proxy', 'request-invalid', { ...education, address: 'unknown' }, receipt],
    ["another agency's network", 'network-not-allowed', { ...education, address: made.other.address }, receipt],
    ["a delegate from its agency's network", 'network-not-allowed', { ...delegate, address: education.address }, receipt],
    ['a blocked agency', 'blocked', made.blocked, '/log/'],
    ['an agency whose linkage ended', 'agency-terminated', made.ended, `/log/${slot}/checkpoint`],
    ['an assertion for another method', 'assertion-mismatch', bad({ htm: 'POST' }), receipt],
    ['for another page', 'assertion-mismatch', bad({ htu: `${department.origin}/receipts/${slot}/${theirs}` }), receipt],
    ['for a body', 'assertion-mismatch', bad({ body_sha256: 'LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564' }), receipt],
    ['without a digest', 'assertion-mismatch', bad({ body_sha256: undefined }), receipt],
    ['entries to an agency', 'operation-not-granted', education, `/log/${slot}/tile/entries/000`],
    ['entries to its manager', 'operation-not-granted', manager, `/log/${slot}/tile/entries/000`],
    ['entries to an agency, there or not', 'operation-not-granted', education, `/log/${slot}/tile/entries/x999/999`],
    ['R22: entries to somebody on no roster', 'user-unknown', { ...auditor, user: 'somebody' }, `/log/${slot}/tile/entries/000`],
    ['R22: entries to who has left', 'user-inactive', { ...auditor, user: 'dosw-su' }, `/log/${slot}/tile/entries/000`],
    ['R22: entries to a user of an agency', 'user-unknown', { ...auditor, user: 'edu-chang' }, `/log/${slot}/tile/entries/x999/999`],
    ['a parameter', 'request-invalid', education, `/log/${slot}/checkpoint?size=1`],
    ['a parameter of the list', 'request-invalid', education, '/log/?all=1'],
    ['a dot segment', 'request-invalid', education, `/log/${slot}/tile/../checkpoint`],
    ['one that leads out', 'request-invalid', education, `/log/../receipts/${slot}/${ours}`],
    ['an encoded slash', 'request-invalid', education, `/log/${slot}%2fcheckpoint`],
    ['an encoded dot', 'request-invalid', education, `/log/${slot}/tile/0/002%2ep/1`],
    ['an encoded letter', 'request-invalid', education, `/%6cog/${slot}/checkpoint`],
    ['a trailing slash', 'request-invalid', education, `/log/${slot}/checkpoint/`],
    ['an empty segment', 'request-invalid', education, `/log//${slot}/checkpoint`],
    ['an encoded digit', 'request-invalid', education, `/receipts/%31/${ours}`],
    ['a parameter of a segment', 'request-invalid', education, `/log/${slot}/checkpoint;v=1`],
  ]
  for (const [title, code, asker, path] of rows) {
    const reply = await get(asker, path)
    checkRefusal(t, reply, code, title)
    t.match(reply.header('request-id'), /^[0-9a-f-]{36}$/, title)
  }
  const used = await department.sign({
    credential: 'edu-chen',
    issuer: 'taipei-education',
    user: 'x',
    path: '/log/',
    body: '',
    claims: { htm: 'GET' },
  })
  const headers = { authorization: `Bearer ${used}`, 'x-forwarded-for': self.address }
  t.equal((await department.send({ method: 'GET', path: '/log/', body: '', headers })).status, 200)
  checkRefusal(t, await department.send({ method: 'GET', path: '/log/', body: '', headers }), 'assertion-replayed', 'used before')
})

t.test('other methods find what a call finds', async (t) => {
  for (const [method, code, path] of [
    ['OPTIONS', 'request-invalid', '/log/'],
    ['TRACE', 'request-invalid', '/log/'],
    ['POST', 'operation-not-granted', `/log/${slot}/checkpoint`],
    ['PUT', 'operation-not-granted', `/receipts/${slot}/${ours}`],
    ['DELETE', 'operation-not-granted', `/log/${slot}/tile/0/000`],
    ['GET', 'operation-not-granted', '/log'],
  ] as const) {
    checkRefusal(t, await get(education, path, method), code, `${method} ${path}`)
  }
  const head = await get(education, '/log/', 'HEAD')
  t.match([head.status, head.body.length], [400, 0])
  const body = await department.send({
    method: 'GET',
    path: '/log/',
    body: '{}',
    headers: { ...department.headers(education), 'content-length': '2' },
  })
  checkRefusal(t, body, 'request-invalid', 'a GET with a body')
})

t.test('a network of self-service opens pages, and no call', async (t) => {
  const reply = await department.call({ key: education.key, address: self.address })
  checkRefusal(t, reply, 'network-not-allowed', 'a call')
})

t.test('requests for pages leave no query record; refusals are counted, by address or by credential', async (t) => {
  await gateway.log.refusals.flush()
  const from = department.size
  await get(education, `/log/${slot}/checkpoint`)
  for (let again = 0; again < 3; again += 1) await get(other, `/receipts/${slot}/${ours}`)
  await get(education, `/log/${slot}/tile/entries/000`)
  await get({ key: undefined, address: other.address }, '/log/')
  await gateway.log.refusals.flush()
  const records = await department.records(from)
  t.same(
    records.map(({ entry }) => entry.kind),
    ['refusals'],
  )
  t.same(records[0]?.entry.counts, [
    { agency: 'other', code: 'not-found', count: 3, credential: 'other-key' },
    { agency: 'taipei-education', code: 'operation-not-granted', count: 1, credential: 'edu-2026a' },
    { address: other.address, code: 'credentials-missing', count: 1 },
  ])
})

t.test('who leaves before a page is read was refused nothing: it is counted as no refusal', async (t) => {
  await gateway.log.refusals.flush()
  const from = department.size
  const { pageTurns } = gateway
  for (const busy of ['one', 'two']) pageTurns.enter(busy, () => undefined)
  const [waits, leaves] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const enter = (...who: Parameters<typeof pageTurns.enter>) => {
    waits.resolve()
    return Turns.prototype.enter.apply(pageTurns, who)
  }
  Object.assign(pageTurns, { enter })
  t.teardown(() => Object.assign(pageTurns, { enter: Turns.prototype.enter }))
  const headers = { 'x-forwarded-for': education.address, authorization: `Bearer ${education.key}` }
  const page = department.send({ method: 'GET', path: '/log/', body: '', headers, leaveWhen: leaves.promise })
  await waits.promise
  leaves.resolve()
  await t.rejects(page, { message: 'the caller left' })
  const seen = async () => /linkage_log_pages_total{code="client-left"} 1/.test(await gateway.metrics.registry.metrics())
  for (const end = Date.now() + 10_000; !(await seen()) && Date.now() < end; ) await new Promise((over) => setTimeout(over, 10))
  t.ok(await seen(), 'the metrics tell of it')
  for (const busy of ['one', 'two']) pageTurns.leave(busy)
  await gateway.log.refusals.flush()
  t.same(await department.records(from), [])
  t.equal((await get(education, '/log/')).status, 200, 'its place is free')
})

t.test('a credential that asks for more pages than a mirror needs is told to wait, and its calls go on', async (t) => {
  const mirror: Asker & ApiCaller = made.mirror
  const replies: Reply[] = []
  for (let many = 0; many < 13; many += 1) replies.push(...(await Promise.all(Array.from({ length: 50 }, () => get(mirror, '/log/x')))))
  t.same(replies.map(({ status }) => status).sort(), [...Array(600).fill(404), ...Array(50).fill(429)])
  const last = await get(mirror, '/log/')
  checkRefusal(t, last, 'rate-limited', 'the next one')
  t.ok(Number(last.header('retry-after')) > 0 && Number(last.header('retry-after')) <= 60)
  t.equal((await department.call(mirror)).status, 200)
})

interface Fetched {
  readonly files: ReadonlyMap<string, Buffer>
  readonly size: number
}

/** Everything of a log as a mirror has it: the checkpoint first, then what it says is there. */
async function fetchAll(t: Test, of: string): Promise<Fetched> {
  const files = new Map<string, Buffer>()
  const fetchOne = async (path: string): Promise<Buffer> => {
    const { body, status } = await get(auditor, `/log/${of}/${path}`)
    t.equal(status, 200, path)
    files.set(path, body)
    return body
  }
  const [, decimal] = (await fetchOne('checkpoint')).toString().split('\n')
  const size = Number(decimal)
  const levels: (number | 'entries')[] = ['entries']
  for (let level = 0; Math.floor(size / 256 ** level) > 0; level += 1) levels.push(level)
  for (const level of levels) {
    const count = Math.floor(size / 256 ** (level === 'entries' ? 0 : level))
    for (let index = 0; index * 256 < count; index += 1)
      await fetchOne(tilePath({ level, index, width: Math.min(256, count - index * 256) }))
  }
  return { files, size }
}

/** Entries of the bundles, in their order. SPEC C2SP tlog-tiles, "Log Entries". */
function entriesIn({ files }: Fetched): Buffer[] {
  const entries: Buffer[] = []
  for (const [path, bundle] of files) {
    if (!path.startsWith('tile/entries/')) continue
    for (let at = 0; at < bundle.length; ) {
      const end = at + 2 + bundle.readUInt16BE(at)
      entries.push(bundle.subarray(at + 2, end))
      at = end
    }
  }
  return entries
}

/** What the verifier finds in a folder of logs. */
async function verified(folder: string, trusted: readonly VerifierKey[]): Promise<string[]> {
  const { logs, partialTiles } = await openFolder(folder)
  const found: string[] = []
  for (const stored of logs) {
    for await (const { index, code } of verifyLog(stored, { now: muchLater, trusted, known: [], partialTiles }))
      found.push(`${index} ${code}`)
  }
  return found
}

t.test('what is fetched verifies: entries, tiles, checkpoint, and every receipt', async (t) => {
  const listed = (await get(education, '/log/')).json.logs as { log: string; slot: string; size: number; verifier_key: string }[]
  t.match(listed, [{ log, slot, size: department.size }])
  const trusted = [readVerifierKey((await readSigner(`${department.folder}/keys`, log)).verifierKey)]
  t.equal(listed[0]?.verifier_key, trusted[0]?.text)
  const fetched = await fetchAll(t, slot)
  const entries = entriesIn(fetched)
  t.equal(entries.length, fetched.size)
  const leaves = entries.map((bytes) => hashOfLeaf(bytes))
  const note = String(fetched.files.get('checkpoint'))
  const checkpoint = openCheckpoint(note, log, trusted)
  t.ok(rootByDefinition(leaves).equals(checkpoint.root))
  for (const [path, bytes] of fetched.files) {
    const [, level = '', place = ''] = /^tile\/(\d+)\/(\d+)/.exec(path) ?? []
    if (level === '') continue
    const span = 256 ** Number(level)
    const first = Number(place) * 256
    const expected = Array.from({ length: bytes.length / 32 }, (_, at) =>
      rootByDefinition(leaves.slice((first + at) * span, (first + at + 1) * span)),
    )
    t.ok(Buffer.concat(expected).equals(bytes), path)
  }
  const mirror = join(department.folder, 'mirror')
  for (const [path, bytes] of fetched.files) {
    const file = join(mirror, slot, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  t.same(await verified(mirror, trusted), [], 'as a folder, with no network')
  const tile = join(mirror, slot, 'tile/0/001')
  writeFileSync(tile, (fetched.files.get('tile/0/001') ?? Buffer.alloc(0)).fill(0, 32, 64))
  t.same(await verified(mirror, trusted), ['256 tile-mismatch'], 'and a hash that is changed is found')
  for (const [caller, index] of [
    [education, ours],
    [delegate, theirs],
    [other, others],
  ] as const) {
    const proven = openProof((await get(caller, `/receipts/${slot}/${index}`)).body.toString(), log, trusted)
    t.ok(proven.entry.equals(entries[index] ?? Buffer.alloc(0)))
    t.equal(proven.index, index)
    t.ok(proven.checkpoint.size >= fetched.size, 'at the newest checkpoint')
  }
})

t.test('a partial tile of a smaller tree stays the beginning of the whole one', async (t) => {
  const whole = (await get(education, `/log/${slot}/tile/0/000`)).body
  for (const width of [1, 7, 255]) {
    const { status, body } = await get(education, `/log/${slot}/tile/0/000.p/${width}`)
    t.equal(status, 200)
    t.ok(body.equals(whole.subarray(0, width * 32)), `${width} hashes`)
  }
})

t.test('a call is proven as soon as it is answered', async (t) => {
  for (let again = 0; again < 5; again += 1) {
    const index = await receiptOf(education)
    t.equal((await get(education, `/receipts/${slot}/${index}`)).status, 200)
  }
})

t.test("another writer's log is published as far as it handed over a checkpoint, and no entry beyond", async (t) => {
  const name = log.replace(/\d+$/, '2')
  const signer = await readSigner(`${department.folder}/keys`, name)
  // Its key was changed since: the row names the one of its opening.
  const newer = noteSigner(name, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  const writer = new PostgresLogWriter(server?.url('linkage_gateway') ?? '')
  t.teardown(() => writer.close())
  let place = emptyPlace('2', await writer.claim('2', name, signer.verifierKey, 5_000))
  checkRefusal(t, await get(education, '/log/2/checkpoint'), 'not-found', 'nothing is signed')
  t.match((await get(education, '/log/')).json.logs, [{ slot }, { slot: '2', size: undefined }])
  const texts: string[] = []
  for (const length of [300, 400]) {
    const query = (index: number) => entry('query', { index, n: length })
    const batch = batchOf(
      place,
      Array.from({ length }, (_, index) => query(index)),
    )
    await writer.append(batch, 5_000)
    place = after(place, batch)
    texts.push(...batch.entries.map(String))
    if (length === 300) await writer.putCheckpoint('2', 300, newer.sign(checkpointText(name, place.tree)))
  }
  const fetched = await fetchAll(t, '2')
  t.same(entriesIn(fetched).map(String), texts.slice(0, 300))
  for (const path of ['tile/0/001', 'tile/0/001.p/45', 'tile/0/002.p/1', 'tile/1/000.p/2', 'tile/entries/001.p/45'])
    checkRefusal(t, await get(auditor, `/log/2/${path}`), 'not-found', path)
  checkRefusal(t, await get(education, '/receipts/2/300'), 'not-found', 'the first entry beyond')
  const proven = openProof((await get(education, '/receipts/2/299')).body.toString(), name, [readVerifierKey(newer.verifierKey)])
  t.match({ ...proven, entry: String(proven.entry) }, { index: 299, entry: texts[299], checkpoint: { size: 300 } })
})

t.test('what does not lead to the signed root is not given as a proof, nor what is no checkpoint as one', async (t) => {
  /** Does something as superuser, past every guard. */
  const act = async (statement: string, values: readonly unknown[]): Promise<void> => {
    await admin.query('BEGIN; SET LOCAL session_replication_role = replica')
    await admin.query(statement, [...values])
    await admin.query('COMMIT')
  }
  const edit = (from: string, to: string) =>
    act(
      `UPDATE linkage.log_entry SET entry = replace(entry, '"user":"${from}"', '"user":"${to}"'),
        leaf_hash = sha256('\\x00'::bytea || convert_to(replace(entry, '"user":"${from}"', '"user":"${to}"'), 'UTF8')) WHERE slot = $1 AND index = $2`,
      [slot, ours],
    )
  await edit('edu-chang', 'edu-chung')
  checkRefusal(t, await get(education, `/receipts/${slot}/${ours}`), 'internal-error', 'an entry that was changed')
  await edit('edu-chung', 'edu-chang')
  t.equal((await get(education, `/receipts/${slot}/${ours}`)).status, 200)
  const { rows } = await admin.query('SELECT * FROM linkage.log_tile WHERE slot = $1 AND level = 0 AND index = 1', [slot])
  await act('DELETE FROM linkage.log_tile WHERE slot = $1 AND level = 0 AND index = 1', [slot])
  for (const path of [`/log/${slot}/tile/0/001`, `/log/${slot}/tile/1/000.p/2`])
    checkRefusal(t, await get(education, path), 'internal-error', `${path}: a tile that was taken away`)
  const { hashes, root } = rows[0] ?? {}
  await act('INSERT INTO linkage.log_tile (slot, level, index, hashes, root) VALUES ($1, 0, 1, $2, $3)', [slot, hashes, root])
  await act(`UPDATE linkage.slot SET checkpoint = replace(checkpoint, E'\\n300\\n', E'\\n299\\n') WHERE slot = $1`, ['2'])
  checkRefusal(t, await get(education, '/receipts/2/10'), 'internal-error', 'a root that is not of its size')
  for (const checkpoint of ['', 'nothing\n', `${log}\n1\n${Buffer.alloc(32).toString('base64')}\n\n— x AAAAAAA=\n`]) {
    await act('UPDATE linkage.slot SET checkpoint = $2 WHERE slot = $1', ['2', checkpoint])
    checkRefusal(t, await get(education, '/log/2/checkpoint'), 'internal-error', 'no checkpoint of this log')
    const list = await get(education, '/log/')
    t.equal(list.status, 200, 'and the other logs are listed all the same')
    t.match(list.json.logs, [
      { slot, size: Number },
      { slot: '2', size: undefined },
    ])
  }
  t.match(readFileSync(join(department.folder, 'gateway.log'), 'utf8'), /"log":"2".*the newest checkpoint of a log is none/)
})

t.test('while the database is away nothing of the logs is given but the checkpoint that this process signed', async (t) => {
  await department.database.kill()
  checkRefusal(t, await get(education, `/receipts/${slot}/${ours}`), 'query-log-unavailable', 'a receipt')
  checkRefusal(t, await get(education, `/log/${slot}/tile/0/000`), 'query-log-unavailable', 'a tile')
  t.equal((await get(education, `/log/${slot}/checkpoint`)).status, 200)
  await department.database.start()
  let status = 0
  while (status !== 200) status = (await get(education, `/receipts/${slot}/${ours}`)).status
})
