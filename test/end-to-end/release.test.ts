// release.test.ts: an approved call from first byte to last: what is released, what convicts the log of it, what the record holds.
import { createHash, createHmac, createPublicKey } from 'node:crypto'
import { compactVerify, importJWK, type JWK } from 'jose'
import { parseDictionary } from 'structured-headers'
import t from 'tap'
import { canonicalJson, sha256Hex } from '../../src/canonical.ts'
import { openCheckpoint } from '../../src/querylog/checkpoint.ts'
import { noteVerifier } from '../../src/querylog/note.ts'
import { open } from '../../src/querylog/unseal.ts'
import {
  display,
  household,
  type Reply,
  released,
  type StoredRecord,
  startDepartment,
  statusPath,
  subject,
  type TestDepartment,
} from './department.ts'
import { unsealed } from './unsealed.ts'
import { answering } from './welfare.ts'

const body = JSON.stringify({ nationalId: subject })
const assertion = { credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body }

function receiptOf(reply: Reply): { slot: number; index: number; leaf: Buffer; salt: Buffer; checkpoint: string } {
  const receipt = parseDictionary(reply.header('linkage-receipt') ?? '')
  const value = (name: string): unknown => receipt.get(name)?.[0]
  const bytes = (name: string): Buffer => {
    const found = value(name)
    if (!(found instanceof ArrayBuffer)) throw new TypeError(`${name}: expected a byte sequence`)
    return Buffer.from(found)
  }
  t.same([...receipt.keys()], ['slot', 'index', 'leaf', 'salt', 'checkpoint'])
  return {
    slot: Number(value('slot')),
    index: Number(value('index')),
    leaf: bytes('leaf'),
    salt: bytes('salt'),
    checkpoint: bytes('checkpoint').toString('utf8'),
  }
}

async function recordOf(department: TestDepartment, reply: Reply): Promise<StoredRecord> {
  const id = reply.header('request-id')
  const found = (await department.records()).filter(({ entry }) => entry.kind === 'query' && entry.id === id)
  const [record] = found
  if (record === undefined || found.length !== 1) throw new Error(`expected one entry of the call, found ${found.length}`)
  return record
}

t.test('an approved call', async (t) => {
  const department = await startDepartment(t)
  const reply = await department.call(department.education)
  const record = await recordOf(department, reply)
  const records = await department.records()
  const receipt = receiptOf(reply)

  t.test('R4: releases exactly the approved fields', async (t) => {
    t.equal(reply.status, 200)
    t.equal(reply.body.toString('utf8'), JSON.stringify(released))
    t.equal(record.entry.code, 'released')
    t.equal(record.entry.decision, 'permit')
    t.same(record.entry.fields_released, ['status.category', 'status.validUntil', 'members[].name', 'members[].studentStatus'])
    t.equal(record.entry.bytes, 1024, 'the size is rounded up')
  })

  t.test('reaches the welfare system with nothing of the agency in it', async (t) => {
    const [asked] = department.welfare.asked
    t.equal(asked?.method, 'POST')
    t.equal(asked?.url, '/households/status', 'the path of the catalogue')
    t.equal(asked?.body, body, 'the body, byte for byte')
    t.equal(asked?.headers['linkage-call'], record.entry.id)
    t.match(asked?.headers.traceparent, new RegExp(`^00-${String(record.entry.trace)}-[0-9a-f]{16}-00$`))
    const ours = ['accept', 'accept-encoding', 'connection', 'content-length', 'content-type', 'host', 'linkage-call', 'traceparent']
    t.same(Object.keys(asked?.headers ?? {}).sort(), ours)
  })

  t.test('is convicted by its receipt: SPEC RFC 9651, RFC 6962 §2.1, C2SP tlog-checkpoint', async (t) => {
    const opening = records[0]?.entry
    t.equal(opening?.kind, 'opening')
    const head = openCheckpoint(receipt.checkpoint, noteVerifier(String(opening?.verifier_key)))
    t.equal(receipt.slot, 1)
    t.equal(receipt.index, record.index)
    t.ok(head.size > receipt.index, 'the signed checkpoint covers the entry')
    const leaf = createHash('sha256').update(Buffer.of(0)).update(record.text).digest()
    t.same(receipt.leaf, leaf)
    t.equal(receipt.salt.length, 32)
  })

  t.test('stands in the record by digests that only the receipt’s salt opens: SPEC RFC 2104', async (t) => {
    const mac = (bytes: Buffer | string): string => createHmac('sha256', receipt.salt).update(bytes).digest('hex')
    t.equal(record.entry.released_hmac, mac(reply.body))
    t.equal(record.entry.request_hmac, mac(body))
    for (const secret of [subject, receipt.salt.toString('hex'), receipt.salt.toString('base64'), '王小測', household.diagnosis])
      t.notOk(
        records.some(({ text }) => text.includes(secret)),
        'neither salt, subject nor answer stands in clear',
      )
  })

  t.test('R23: opens to every recipient, and to nobody else', async (t) => {
    for (const recipient of ['ethics-office', 'it-office']) {
      const inside = await unsealed(department, record, recipient)
      t.equal(inside.subject, subject)
      t.equal(inside.salt, receipt.salt.toString('hex'))
      t.equal(inside.bytes, reply.body.length)
      t.match(inside.upstream, { status: 200, bytes: Buffer.byteLength(JSON.stringify(household)) })
      t.equal(inside.assertion, undefined)
    }
    const { sealed } = record.entry
    if (sealed === undefined) throw new Error('the entry has no sealed part')
    t.throws(() => open(sealed, 'linkage.test/log/1', record.entry.id, Buffer.alloc(32)), 'another key opens nothing')
    t.equal((Buffer.from(sealed.bytes, 'base64').length - 16) % 512, 0, 'its length says little')
  })

  t.test('follows the rules that it was decided by', async (t) => {
    const policy = records.find(({ entry }) => entry.kind === 'policy')
    if (policy === undefined) throw new Error('the log holds no policy entry')
    t.ok(policy.index < record.index, 'the rules are recorded before they decide anything')
    t.equal(record.entry.policy, policy.entry.digest)
    const document = await department.serving.store.reader.document(String(policy.entry.digest))
    t.equal(sha256Hex(document ?? Buffer.alloc(0)), policy.entry.digest, 'their bytes stand under their digest')
  })
})

t.test('an approved call with an assertion keeps the assertion, so that its signature can be verified for ever', async (t) => {
  const department = await startDepartment(t)
  const token = await department.sign(assertion)
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.5', authorization: `Bearer ${token}` }
  const reply = await department.send({ body, headers })
  t.equal(reply.status, 200, reply.body.toString('utf8'))
  t.equal(reply.body.toString('utf8'), JSON.stringify(released))
  const record = await recordOf(department, reply)
  t.same(record.entry.auth, { kid: 'edu-1', token: sha256Hex(token), type: 'assertion' })
  t.notOk(record.text.includes(token), 'never in clear: it names the request’s body by an unkeyed digest')
  const inside = await unsealed(department, record, 'ethics-office')
  t.equal(inside.assertion, token)
  const { d: _, ...jwk } = (department.drawn.signing['edu-jwt-1'] ?? {}) as JWK & { d?: string } // as the demo wrote it
  const verified = await compactVerify(String(inside.assertion), await importJWK(jwk, 'EdDSA'))
  t.match(JSON.parse(Buffer.from(verified.payload).toString('utf8')), { iss: 'taipei-education', sub: 'edu-chang' })
  t.equal(createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyType, 'ed25519')
})

t.test('mixed calls of two agencies', async (t) => {
  let second = { id: '', address: '', key: '' }
  const department = await startDepartment(t, (configuration) => {
    second = configuration.addAgency('second')
  })
  const from = department.size
  const { education, welfare } = department
  const kinds = [
    () => department.call(education),
    () => department.call(second),
    () => department.call(education, { headers: { 'linkage-user': 'nobody-here' } }),
    () => department.call(second, { headers: { 'linkage-case': undefined } }),
    () => department.call(education, { path: '/nowhere' }),
    () => department.call({ ...education, key: 'wrong' }),
  ]
  for (let round = 0; round < 4; round += 1) {
    welfare.script = round === 2 ? answering('{"secret":"nobody"}', 404) : answering(JSON.stringify(household))
    await Promise.all(kinds.map((each) => each()))
  }

  t.test('are numbered without a gap, the counted ones too: D-10', async (t) => {
    for (const agency of ['taipei-education', 'second']) {
      const own = (await department.records(from))
        .map(({ entry }) => entry)
        .filter((entry) => entry.kind === 'query' && entry.agency === agency)
      t.same(
        own.map((entry) => entry.agency_seq),
        own.map((_, at) => at + 1),
      )
      const counted = own.filter((entry) => entry.code === 'released' || entry.code === 'subject-not-found')
      t.same(
        counted.map((entry) => entry.counted_seq),
        counted.map((_, at) => at + 1),
      )
      t.equal(counted.length, 4)
      t.equal(own.length, agency === 'second' ? 8 : 12)
      for (const entry of own.filter((each) => !counted.includes(each))) t.notOk('counted_seq' in entry, `${entry.code} is not counted`)
    }
  })

  t.test('stand as their own canonical form: SPEC RFC 8785', async (t) => {
    const records = await department.records()
    t.ok(records.length >= 20)
    for (const { text, index } of records) t.equal(canonicalJson(JSON.parse(text)), text, `entry ${index}`)
  })

  t.test('“not found” is an answer, counted, and nothing of the welfare system’s comes with it', async (t) => {
    welfare.script = answering('{"secret":"王測試"}', 404)
    const reply = await department.call(education)
    t.equal(reply.status, 404)
    t.equal(reply.json.code, 'subject-not-found')
    t.notMatch(reply.body.toString('utf8'), /secret|王測試/)
    const { entry } = await recordOf(department, reply)
    t.equal(entry.code, 'subject-not-found')
    t.type(entry.counted_seq, 'number')
    t.notOk('released_hmac' in entry)
    t.notOk('fields_released' in entry)
    t.equal(entry.decision, 'permit')
  })

  t.test('a purpose or case in Chinese stands in the record as it was meant', async (t) => {
    welfare.script = answering(JSON.stringify(household))
    const reply = await department.call(education, { headers: { 'linkage-case': display('北市教字第1150009999號') } })
    t.equal((await recordOf(department, reply)).entry.case, '北市教字第1150009999號')
  })
})
