// batches.test.ts: calls that ask about several people: a record for each, limits by people, and nothing that says whom it found but its rows.
import { createHash, createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseDictionary } from 'structured-headers'
import t from 'tap'
import { verdictOf } from '../faults/stored.ts'
import { isValidIdentifier } from '../identifiers.ts'
import type { Edit, MadeAgency } from './configuration.ts'
import { display, type Reply, type Sent, type StoredRecord, startDepartment } from './department.ts'
import { unsealed } from './unsealed.ts'
import { answering, type Script } from './welfare.ts'

const path = '/low-income/households/status/batch'
/** Invented, each with its checksum. */
const people = Array.from({ length: 1100 }, (_, at) => `A1${String(at).padStart(8, '0')}`).filter(isValidIdentifier)
const some = (count: number, from = 0): string[] => people.slice(from, from + count)
const about = (nationalIds: unknown): Sent => ({ path, body: JSON.stringify({ nationalIds }) })
const row = (nationalId: string, more: object = {}) => ({
  nationalId,
  householdId: 'H-1',
  status: { category: '低收入戶第2類', validFrom: '2026-01-01', validUntil: '2026-12-31', approvedBy: '萬華區公所' },
  note: '未列目錄',
  ...more,
})
const released = (nationalId: string) => ({ nationalId, status: { category: '低收入戶第2類' } })
const rows = (found: readonly string[], more: object = {}): Script => answering(JSON.stringify(found.map((each) => row(each, more))))

/** Limits that no test reaches, but for those that it says. */
const limits = (own: Readonly<Record<string, string>>): Edit => {
  const plain = ['per_minute', 'per_day', 'per_user_per_day', 'not_found_per_user_per_hour', 'subjects_per_case_per_day', 'concurrent']
  return (file) => {
    const grant = ['grants', 0]
    file.setIn([...grant, 'operations'], file.createNode(['batchHouseholdStatus']))
    file.setIn([...grant, 'fields'], file.createNode(['[].nationalId', '[].status.category']))
    for (const limit of plain) file.setIn([...grant, 'limits', limit], own[limit] ?? '10000')
  }
}

/** An answer that says besides its rows how many they are. */
const withTotal: Edit = (file) => {
  const operation = ['paths', '/households/status/batch', 'post']
  const text = { type: 'string', format: 'tw-national-id', 'x-sensitivity': '2' }
  const properties = {
    total: { type: 'integer', 'x-sensitivity': '1' },
    found: { type: 'array', items: { type: 'object', properties: { nationalId: text } } },
  }
  file.setIn([...operation, 'responses', '200', 'content', 'application/json', 'schema'], file.createNode({ type: 'object', properties }))
  file.deleteIn([...operation, 'requestBody', 'content', 'application/json', 'schema', 'properties', 'asOf'])
  file.setIn([...operation, 'x-linkage', 'rows'], 'found')
  file.setIn([...operation, 'x-linkage', 'answerSubjects'], file.createNode(['found[].nationalId']))
}

const made = new Map<string, MadeAgency>()
const department = await startDepartment(t, (configuration) => {
  const own: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    asking: {},
    daily: { per_day: '5' },
    hasty: { per_user_per_day: '5', per_minute: '3' },
    casing: { subjects_per_case_per_day: '4' },
    guessing: { not_found_per_user_per_hour: '4' },
    refused: {},
    flooding: {},
    leaving: { not_found_per_user_per_hour: '2' },
  }
  configuration.addApi('counting', withTotal)
  made.set(
    'totalling',
    configuration.addAgency('totalling', (file) => {
      limits({ not_found_per_user_per_hour: '8' })(file)
      file.setIn(['grants', 0, 'api'], 'counting')
      file.setIn(['grants', 0, 'fields'], file.createNode(['total', 'found[].nationalId']))
    }),
  )
  for (const [id, each] of Object.entries(own)) made.set(id, configuration.addAgency(id, limits(each)))
  configuration.edit('gateway.yaml', (file) => file.setIn(['limits', 'recorded_refusals_per_minute'], '300'))
})
const { welfare } = department
const { log } = department.serving.process.gateway

const caller = (id: string): MadeAgency => {
  const found = made.get(id)
  if (found === undefined) throw new Error(`no agency ${id}`)
  return found
}
const call = (id: string, sent: Sent): Promise<Reply> => department.call(caller(id), sent)
const queriesFrom = async (from: number): Promise<StoredRecord[]> =>
  (await department.records(from)).filter(({ entry }) => entry.kind === 'query')
const receiptOf = (reply: Reply) => {
  const parts = parseDictionary(reply.header('linkage-receipt') ?? '')
  const salt = parts.get('salt')?.[0]
  if (!(salt instanceof ArrayBuffer)) throw new TypeError('a receipt has a salt')
  return { index: parts.get('index')?.[0], salt: Buffer.from(salt) }
}
const leafOf = (text: string): Buffer => createHash('sha256').update(Buffer.of(0)).update(text).digest()
const tagOf = (agency: string, identifier: string): string => log.tag(log.now(), agency, 'tw-national-id', identifier).tag
/** Waits for as many entries of a kind. */
async function waited(from: number, kind: string, count: number): Promise<StoredRecord[]> {
  for (let each = 0; each < 400; each += 1) {
    const found = (await department.records(from)).filter(({ entry }) => entry.kind === kind)
    if (found.length >= count) return found
    await sleep(25)
  }
  throw new Error(`fewer than ${count} entries of kind ${kind}`)
}

t.test('each person leaves a record, one behind the other, alike but for whom it is about', async (t) => {
  const asked = some(4)
  welfare.script = rows(asked.slice(0, 2))
  const from = department.size
  const sent = about(asked)
  const reply = await call('asking', sent)
  t.equal(reply.status, 200, reply.body.toString('utf8'))
  t.same(reply.json, asked.slice(0, 2).map(released))
  const records = await queriesFrom(from)
  t.equal(records.length, 4)
  const first = reply.header('request-id')
  const { index, salt } = receiptOf(reply)
  t.equal(index, records[0]?.index, 'the receipt names the first')
  t.equal(records[0]?.entry.id, first, 'so does Request-Id')
  t.equal(welfare.asked.at(-1)?.headers['linkage-call'], first)
  t.equal(welfare.asked.at(-1)?.body, sent.body, 'the upstream is asked once, byte for byte')
  t.equal(new Set(records.map(({ entry }) => entry.id)).size, 4)
  for (const [at, record] of records.entries()) {
    const { entry } = record
    t.equal(record.index, (records[0]?.index ?? 0) + at)
    t.same(entry.batch, { at: at + 1, first, of: 4 })
    t.match(entry.subject, { kind: 'tw-national-id', tag: tagOf('asking', asked[at] ?? '') })
    t.match(entry, { agency_seq: at + 1, counted_seq: at + 1, code: 'released', rows: 2, bytes: 1024 })
    t.same(Object.keys(entry), Object.keys(entry).sort(), 'RFC 8785 order')
    t.equal(entry.released_hmac, createHmac('sha256', salt).update(reply.body).digest('hex'), 'one salt for all')
    t.equal(entry.request_hmac, createHmac('sha256', salt).update(String(sent.body)).digest('hex'))
    const opened = await unsealed(department, record)
    t.equal(opened.subject, asked[at])
    t.same('upstream' in opened, at === 0, 'what they have in common is sealed with the first')
  }
  const common = records.map(({ entry }) => {
    const { agency_seq: _, answer_subjects: _a, batch: _b, counted_seq: _c, id: _i, sealed: _s, subject: _u, ...alike } = entry
    return alike
  })
  for (const each of common) t.same(each, common[0])
  t.match(records[0]?.entry.answer_subjects, [{ tags: asked.slice(0, 2).map((each) => tagOf('asking', each)) }])
  t.ok(records.slice(1).every(({ entry }) => !('answer_subjects' in entry)))

  await t.test('a list of one is a batch of one', async (t) => {
    const before = department.size
    welfare.script = rows(some(1))
    const one = await call('asking', about(some(1)))
    t.same(one.json, [released(people[0] ?? '')])
    t.match(
      (await queriesFrom(before)).map(({ entry }) => entry.batch),
      [{ at: 1, first: one.header('request-id'), of: 1 }],
    )
  })
})

t.test('nothing that is withheld shows: neither in the answer nor in the clear part of a record', async (t) => {
  const seen: unknown[] = []
  for (const script of [
    rows(some(2)),
    rows(some(2), { note: 'F32.1'.repeat(500) }),
    rows(some(2), { householdId: ['of', 'another', 'shape'] }),
    answering(JSON.stringify([...some(2).map((each) => row(each)), 'no row', ['none'], 7])),
  ]) {
    welfare.script = script
    const from = department.size
    const reply = await call('asking', about(some(3)))
    const clear = (await queriesFrom(from)).map(({ entry }) => {
      const { agency_seq: _, at: _t, batch, counted_seq: _c, id: _i, released_hmac, request_hmac, sealed: _s, trace: _r, ...same } = entry
      t.type(released_hmac, 'string')
      t.type(request_hmac, 'string')
      return { ...same, of: (batch as { of: number }).of } // as the gateway wrote it
    })
    seen.push([reply.status, reply.header('content-length'), reply.body.toString('utf8'), clear])
  }
  for (const each of seen) t.same(each, seen[0])
})

t.test('what is no list of people is refused, recorded for each whom it names, and asked of nobody', async (t) => {
  const [one = '', two = ''] = people
  const wide = [...one].map((each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0)).join('')
  const cases: Readonly<Record<string, readonly [unknown, RegExp, number]>> = {
    'somebody twice': [[one, two, one], /names somebody twice/, 2],
    'somebody twice, once in small letters': [[one, one.toLowerCase()], /format|names somebody twice/, 1],
    'somebody twice, once in full width': [[one, wide], /format|maxLength|names somebody twice/, 1],
    'more than may be': [some(51), /names more than 50/, 50],
    'far more than may be': [people.slice(0, 110), /names more than 50/, 50],
    nobody: [[], /minItems|names nobody/, 1],
    'one who is no list': [one, /type/, 1],
    'a wrong check digit': [[one, `${two.slice(0, 9)}${(Number(two.at(-1)) + 1) % 10}`], /format/, 2],
    'what is no text': [[one, 7, null], /type/, 1],
    'a list in a list': [[one, [two]], /type/, 1],
    'a text without end': [[one, 'A'.repeat(5000)], /format|maxLength|too long/, 1],
  }
  for (const [name, [nationalIds, why, count]] of Object.entries(cases)) {
    const [from, asked] = [department.size, welfare.asked.length]
    const reply = await call('refused', about(nationalIds))
    t.match([reply.status, reply.json.code, reply.json.detail], [400, 'request-invalid', why], name)
    t.notMatch(reply.body.toString('utf8'), /A1\d{8}/, `${name}: no value is told`)
    t.equal(welfare.asked.length, asked, name)
    const records = await queriesFrom(from)
    t.equal(records.length, count, `${name}: records`)
    t.ok(records.every(({ entry }) => entry.code === 'request-invalid' && entry.counted_seq === undefined && entry.decision === 'deny'))
    t.same(
      records.map(({ entry }) => (entry.batch as { at: number } | undefined)?.at),
      name === 'nobody' || typeof nationalIds === 'string' ? [undefined] : records.map((_, at) => at + 1),
      name,
    )
  }

  await t.test('nor may a case or a reason name one of them, also where nobody could be called so', async (t) => {
    const from = department.size
    const reply = await call('refused', { ...about([one, 'AB-1234']), headers: { 'linkage-case': '115-ab1234' } })
    t.match([reply.json.code, reply.json.detail], ['request-invalid', /^case/])
    t.notMatch((await queriesFrom(from)).map(({ text }) => text).join(), /ab1234/i)
  })
})

t.test('so many fields of so many people are refused, and the records of that do without them', async (t) => {
  const from = department.size
  const fields = Array.from({ length: 300 }, (_, at) => `[].status.category${at}`).join(', ')
  const reply = await call('refused', { ...about(some(50)), headers: { 'linkage-fields': fields } })
  t.match([reply.json.code, reply.json.detail], ['request-invalid', /so many fields/])
  const records = await queriesFrom(from)
  t.equal(records.length, 50)
  t.ok(records.every(({ entry }) => !('fields_asked' in entry)))
})

t.test('the records of a hundred people fit into one commit, whatever else is said', async (t) => {
  const from = department.size
  // As long as each may be, in characters of four bytes; field names up to what a hundred records may hold of them.
  const longest = (length: number): string => display('𠮷'.repeat(length))
  const headers = {
    'linkage-user': longest(64),
    'linkage-case': longest(100),
    'linkage-reason': longest(200),
    'linkage-fields': Array.from({ length: 60 }, (_, at) => `[].status.category${at}`.padEnd(28, 'x')).join(', '),
  }
  t.equal((await call('refused', { ...about(some(50)), headers })).status, 403)
  const records = await queriesFrom(from)
  t.equal(records.length, 50)
  t.ok(records[0]?.text.includes('category59'), 'with its fields')
  const bytes = records.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  t.ok(2 * bytes < 1024 * 1024, `${2 * bytes} bytes of a hundred`)
})

t.test('who is not entitled leaves as many records', async (t) => {
  const from = department.size
  const reply = await call('asking', { ...about(some(3)), headers: { 'linkage-user': 'nobody' } })
  t.match([reply.status, reply.json.code], [403, 'user-unknown'])
  const records = await queriesFrom(from)
  t.equal(records[0]?.entry.id, reply.header('request-id'))
  t.equal(receiptOf(reply).index, records[0]?.index)
  t.same(
    records.map(({ entry }) => [entry.code, (entry.subject as { tag: string }).tag]), // as the gateway wrote it
    some(3).map((each) => ['user-unknown', tagOf('asking', each)]),
  )

  await t.test('up to a bound in a minute; a batch beyond it is counted, by its people', async (t) => {
    // One minute for all of it.
    while (Date.now() % 60_000 > 55_000) await sleep(200)
    const before = department.size
    const refused = { ...about(some(50)), headers: { 'linkage-user': 'nobody' } }
    for (let each = 0; each < 7; each += 1) t.equal((await call('flooding', refused)).status, 403)
    t.equal((await queriesFrom(before)).length, 300, 'whole batches, until there are as many as may be')
    await log.refusals.flush()
    const counted = (await department.records(before)).flatMap(({ entry }) => entry.counts ?? [])
    t.match(
      counted.filter((each) => 'credential' in each),
      [{ agency: 'flooding', code: 'user-unknown', count: 50 }],
    )
  })
})

t.test('limits count people', async (t) => {
  welfare.script = rows(some(3))
  const codes = async (id: string, ...lists: readonly (readonly string[])[]): Promise<unknown[]> => {
    const found: unknown[] = []
    for (const list of lists) {
      const reply = await call(id, about(list))
      found.push(reply.status === 200 ? 200 : reply.json.code)
    }
    return found
  }
  const [three, two, one] = [some(3), some(2), some(1)]
  t.same(
    await codes('daily', three, three, one),
    [200, 'daily-limit-reached', 'daily-limit-reached'],
    'of a grant and day, refused ones too',
  )
  t.same(await codes('hasty', two, three, one), [200, 200, 'user-limit-reached'], 'of a user and day; calls of a minute are calls')
  t.equal((await call('hasty', about(one))).json.code, 'rate-limited')
  const from = department.size
  t.same(
    await codes('casing', three, some(2, 3), some(2, 2), some(1, 4)),
    [200, 'case-limit-reached', 200, 'case-limit-reached'],
    'of a case and day: all of a call or none',
  )
  t.equal((await queriesFrom(from)).length, 8, 'what was refused is recorded as well')

  await t.test('as does whoever is not found', async (t) => {
    welfare.script = answering('{}', 404)
    const before = department.size
    t.same(await codes('guessing', three), ['subject-not-found'])
    t.ok((await queriesFrom(before)).every(({ entry }) => entry.code === 'subject-not-found' && typeof entry.counted_seq === 'number'))
    welfare.script = rows(some(2))
    t.same(await codes('guessing', two, three, one), [200, 200, 'not-found-limit-reached'], 'also where others were found')
  })
})

t.test('how many exist is not to be had without being counted: a call for nothing in the rows counts everybody', async (t) => {
  const total = { path: path.replace('low-income', 'counting'), body: about(some(4)).body, headers: { 'linkage-fields': 'total' } }
  welfare.script = answering(JSON.stringify({ total: 1, found: [{ nationalId: people[0] }] }))
  const codes: unknown[] = []
  for (const sent of [{ ...total, headers: {} }, total, total, total]) {
    const { json, status } = await call('totalling', sent)
    codes.push(status === 200 ? json : json.code)
  }
  t.same(codes, [{ total: 1, found: [{ nationalId: people[0] }] }, { total: 1 }, { total: 1 }, 'not-found-limit-reached'], '3 + 4 + 4')
})

t.test('a caller who is gone', async (t) => {
  await t.test('before the upstream answers: each record says so', async (t) => {
    const from = department.size
    const reached = Promise.withResolvers<void>()
    welfare.script = () => reached.resolve()
    await t.rejects(call('asking', { ...about(some(3)), leaveWhen: reached.promise }))
    const records = await waited(from, 'query', 3)
    t.same(
      records.map(({ entry }) => [entry.code, (entry.batch as { at: number }).at]), // as the gateway wrote it
      [1, 2, 3].map((at) => ['client-left', at]),
    )
  })

  await t.test('before the turn of the answer: of each it is said that it was not released', async (t) => {
    const from = department.size
    const { key, address } = caller('asking')
    const body = String(about(some(3)).body)
    const headers = Object.entries({
      host: 'linkage.test',
      'content-length': Buffer.byteLength(body),
      ...department.headers({ key, address }),
    })
    const request = `POST ${path} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
    let asked = 0
    // The first is never answered; the second waits behind it.
    welfare.script = (one, response) => {
      asked += 1
      if (asked === 2) rows(some(3))(one, response)
    }
    const socket = connect(department.port, '127.0.0.1', () => socket.write(request + request))
    socket.on('error', () => undefined) // its own reset
    const records = await waited(from, 'query', 3)
    t.ok(records.every(({ entry }) => entry.code === 'released'))
    socket.resetAndDestroy()
    const completions = await waited(from, 'completion', 3)
    t.same(
      completions.map(({ entry }) => [entry.of, entry.outcome]),
      records.map(({ index, entry }) => [{ id: entry.id, index }, 'not-released']),
    )
    // The first call left as well: its records come in their own time, and not into the next test.
    await waited(from, 'query', 6)
  })
})

t.test('a large answer is a stream: each record has its completion', async (t) => {
  const from = department.size
  const name = '低'.repeat(20_000)
  welfare.script = answering(JSON.stringify(some(20).map((each) => row(each, { status: { category: name } }))))
  const reply = await call('asking', about(some(22)))
  t.equal(reply.header('transfer-encoding'), 'chunked')
  const completions = await waited(from, 'completion', 22)
  const records = await queriesFrom(from)
  t.same(
    completions.map(({ entry }) => entry.of),
    records.map(({ index, entry }) => ({ id: entry.id, index })),
  )
  const digest = createHmac('sha256', receiptOf(reply).salt).update(reply.body).digest('hex')
  for (const [at, { entry }] of completions.entries()) {
    t.match(entry, { outcome: 'whole', rows: 20, released_hmac: digest })
    t.equal('sealed' in entry, at === 0)
  }
  const named = (await department.records(from)).filter(({ entry }) => entry.kind === 'subjects')
  t.same(
    named.map(({ entry }) => entry.of),
    [{ id: records[0]?.entry.id, index: records[0]?.index }],
  )
})

t.test('who leaves a stream knows by then whom it says nothing of: they count', async (t) => {
  const from = department.size
  const text = JSON.stringify(some(20).map((each) => row(each, { status: { category: '低'.repeat(20_000) } })))
  welfare.script = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(text.slice(0, -1))
  }
  const leaving = Promise.withResolvers<void>()
  const gone = call('leaving', { ...about(some(22)), leaveWhen: leaving.promise })
  await waited(from, 'query', 22)
  leaving.resolve()
  await t.rejects(gone)
  const completions = await waited(from, 'completion', 22)
  t.ok(completions.every(({ entry }) => entry.outcome === 'cut' && entry.code === 'client-left'))
  t.equal((await call('leaving', about(some(1)))).json.code, 'not-found-limit-reached')
})

t.test('the proof of each record is served to the agency that called', async (t) => {
  const from = department.size
  welfare.script = rows(some(2))
  await call('asking', about(some(2)))
  for (const { index, text } of await queriesFrom(from)) {
    const { key, address } = caller('asking')
    const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': address }
    const proof = await department.send({ method: 'GET', path: `/receipts/${log.slot}/${index}`, body: undefined, headers })
    t.equal(proof.status, 200)
    t.match(proof.body.toString('utf8'), Buffer.from(text).toString('base64'))
  }
})

t.test('the verifier is content with all of it', async (t) => {
  const entries = (await department.records()).map(({ index, text }) => ({ index, bytes: Buffer.from(text), leaf: leafOf(text) }))
  const { checkpoint } = log
  const trusted = JSON.parse(entries[0]?.bytes.toString('utf8') ?? '{}').verifier_key
  const verdict = await verdictOf(
    { entries, checkpoints: [{ size: entries.length, note: checkpoint }] },
    { slot: log.slot, log: log.log, trusted },
    [],
  )
  t.same(verdict, [])
})
