// reasons.test.ts: every reason of problems.ts, produced through the whole gateway: what is said, what is recorded, what reached the welfare system.
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Code, problems } from '../../src/problems.ts'
import { type Configuration, day, type MadeAgency } from './configuration.ts'
import { display, household, type Reply, type Sent, type StoredRecord, startDepartment, statusPath, subject } from './department.ts'
import { answering, type Script } from './welfare.ts'

const body = JSON.stringify({ nationalId: subject })
const orderPath = '/protection/protection-orders/query'
const contactPath = '/low-income/households/contact'

/** Minutes of the day in Taipei, now. */
const minuteNow = (): number => Math.floor(((Date.now() + 8 * 3_600_000) % 86_400_000) / 60_000)

type Agencies = Record<
  | 'future'
  | 'ended'
  | 'blocked'
  | 'old'
  | 'past'
  | 'shut'
  | 'minute'
  | 'day'
  | 'user'
  | 'guesser'
  | 'lister'
  | 'alone'
  | 'narrow'
  | 'gone'
  | 'stranger',
  MadeAgency
>

/** One agency for each state that a call can meet, so that no case spends what another one counts. */
function configure(configuration: Configuration): Agencies {
  configuration.edit('agencies/wanhua-district.yaml', (document) => document.deleteIn(['grants', 1, 'hours'])) // at any hour of the test
  const document = '北市社資字第1150000123號'
  // The hour that ended an hour ago: never this one.
  const closed = Math.floor(((minuteNow() + 22 * 60) % 1440) / 60)
  const hour = (value: number): string => `${String(value).padStart(2, '0')}:00`
  const limit = (name: string, value: string) => (id: string) =>
    configuration.addAgency(id, (file) => file.setIn(['grants', 0, 'limits', name], value))
  const agencies: Agencies = {
    future: configuration.addAgency('future', (file) => {
      file.set('standing', file.createNode([{ effective: day(5), action: 'approve', document }]))
      file.setIn(['grants', 0, 'from'], day(5))
    }),
    ended: configuration.addAgency('ended', (file) =>
      file.addIn(['standing'], file.createNode({ effective: day(-3), action: 'terminate', document, by: 'department' })),
    ),
    blocked: configuration.addAgency('blocked'),
    old: configuration.addAgency('old', (file) => file.setIn(['credentials', 0, 'expires'], day(-1))),
    past: configuration.addAgency('past', (file) => file.setIn(['grants', 0, 'until'], day(-1))),
    shut: configuration.addAgency('shut', (file) =>
      file.setIn(['grants', 0, 'hours'], file.createNode([`${hour(closed)}-${hour(closed + 1)} all`])),
    ),
    minute: limit('per_minute', '1')('minute'),
    day: limit('per_day', '1')('day'),
    user: limit('per_user_per_day', '1')('user'),
    guesser: limit('not_found_per_user_per_hour', '1')('guesser'),
    lister: limit('subjects_per_case_per_day', '1')('lister'),
    alone: limit('concurrent', '1')('alone'),
    narrow: configuration.addAgency('narrow', (file) => file.setIn(['grants', 0, 'api'], 'narrow-api')),
    gone: configuration.addAgency('gone', (file) => file.setIn(['grants', 0, 'api'], 'gone-api')),
    stranger: configuration.addAgency('stranger'),
  }
  for (const upstream of ['narrow', 'gone'])
    configuration.addApi(`${upstream}-api`, (file) => file.setIn(['x-linkage', 'upstream'], upstream))
  configuration.edit('blocks.yaml', (file) => {
    const block = { agency: 'blocked', at: `${day(-1)}T22:15:00+08:00`, by: '值班人員', reason: '疑似金鑰外洩' }
    file.set('blocks', file.createNode([block]))
  })
  configuration.edit('gateway.yaml', (file) => {
    const url = file.getIn(['upstreams', 'welfare', 'url'])
    const timeouts = { connect: '200', answer: '300', body: '300' }
    file.set(
      'upstreams',
      file.createNode({
        // More failures in a row than these tests make: an upstream that is left alone is another test's.
        welfare: { url, timeouts_ms: timeouts, breaker: { failures: '1000' } },
        narrow: { url, in_flight: '1', waiting: '0', timeouts_ms: { connect: '200', answer: '60000', body: '60000' } },
        // Port 1 of loopback: nobody listens there.
        gone: { url: 'http://127.0.0.1:1', timeouts_ms: timeouts },
      }),
    )
    file.setIn(['limits', 'failures_per_minute'], '12')
  })
  return agencies
}

/** What a call must come to. */
interface Expected {
  readonly code: Code
  /** `none`: nobody known, or nothing that could be recorded. */
  readonly record: 'one' | 'none'
  /** Whether the welfare system may have seen it. */
  readonly asked?: boolean
  readonly detail?: RegExp
  /** Whether the answer tells what is left; absent: where the record names a grant. */
  readonly allowance?: boolean
}

/** Header fields are exactly those of the release list: nothing of the welfare system's, nothing of the server's own. */
function checkHeaders(t: Test, reply: Reply, record: StoredRecord | undefined, { code, allowance }: Expected): void {
  const names = reply.rawHeaders.filter((_, at) => at % 2 === 0)
  const always = ['Content-Type', 'Content-Length', 'Connection', 'Cache-Control', 'X-Content-Type-Options', 'Request-Id', 'Date']
  const expected = [
    ...always,
    ...(record === undefined ? [] : ['Linkage-Receipt']),
    // Allowances are a grant's: who got as far as one is told.
    ...((allowance ?? record?.entry.grant !== undefined) ? ['RateLimit', 'RateLimit-Policy'] : []),
    ...(problems[code].status === 429 || problems[code].status === 503 ? ['Retry-After'] : []),
  ]
  t.same([...names].sort(), expected.sort(), 'header fields')
  t.equal(reply.header('cache-control'), 'no-store')
  t.equal(reply.header('x-content-type-options'), 'nosniff')
  t.equal(reply.header('content-length'), String(reply.body.length))
  // These calls say close (RFC 9112 §9.6); what closes a connection that would go on stands in shutdown.test.ts and below, on raw sockets.
  t.equal(reply.header('connection'), 'close')
  if (names.includes('RateLimit')) {
    t.match(reply.header('ratelimit'), /^"minute";r=\d+;t=\d+, "day";r=\d+;t=\d+$/)
    t.match(reply.header('ratelimit-policy'), /^"minute";q=\d+;w=60, "day";q=\d+;w=86400$/)
  }
  if (names.includes('Retry-After')) t.match(reply.header('retry-after'), /^[1-9]\d*$/)
}

t.test('every reason is produced end to end', async (t) => {
  let agencies: Agencies | undefined
  const department = await startDepartment(t, (configuration) => {
    agencies = configure(configuration)
  })
  if (agencies === undefined) throw new Error('the department was not configured')
  const { future, ended, blocked, old, past, shut, minute, day: daily, user, guesser, lister, alone, narrow, gone, stranger } = agencies
  const { education, welfare } = department
  const { gateway } = department.serving.process
  const produced = new Set<Code>()

  /** Holds one answer, and what it left behind, against what is promised. */
  async function check(t: Test, reply: Reply, from: number, askedBefore: number, expected: Expected): Promise<StoredRecord | undefined> {
    const { code } = expected
    const { status, title, titleZh, remedy, remedyZh } = problems[code]
    t.equal(reply.status, status, reply.body.toString('utf8'))
    const id = reply.header('request-id') ?? ''
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    if (code === 'released') t.equal(reply.header('content-type'), 'application/json; charset=utf-8')
    else {
      t.equal(reply.header('content-type'), 'application/problem+json; charset=utf-8')
      const { detail, ...problem } = reply.json
      t.same(problem, {
        type: `urn:linkage:problem:${code}`,
        title,
        title_zh: titleZh,
        status,
        code,
        remedy,
        remedy_zh: remedyZh,
        instance: `urn:uuid:${id}`,
      })
      if (expected.detail !== undefined) t.match(detail, expected.detail)
      t.notMatch(reply.body.toString('utf8'), new RegExp(`${subject}|王|F32`), 'no value of request or answer')
    }
    const found = (await department.records(from)).filter(({ entry }) => entry.kind === 'query' && entry.id === id)
    t.equal(found.length, expected.record === 'one' ? 1 : 0, 'entries of the call')
    const [record] = found
    if (record !== undefined) {
      t.match(record.entry, { code, status })
      t.equal(record.entry.decision, expected.asked === true || code === 'overloaded' ? 'permit' : 'deny')
      t.equal('counted_seq' in record.entry, code === 'released' || code === 'subject-not-found', 'D-10')
      t.equal('released_hmac' in record.entry, code === 'released')
    }
    checkHeaders(t, reply, record, expected)
    if (expected.asked !== true) t.equal(welfare.asked.length, askedBefore, 'nothing reached the welfare system')
    produced.add(code)
    return record
  }

  /** Makes a call and checks it. */
  async function expect(t: Test, expected: Expected, make: () => Promise<Reply>): Promise<StoredRecord | undefined> {
    const [from, asked] = [department.size, welfare.asked.length]
    return await check(t, await make(), from, asked, expected)
  }

  const signed = (own: Readonly<Record<string, unknown>> = {}, headers: Sent['headers'] = {}) =>
    department.assert(
      { credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body, claims: own },
      education.address,
      headers,
    )
  const police = (own: Readonly<Record<string, unknown>>) =>
    department.assert(
      {
        credential: 'police-jwt-1',
        issuer: 'taipei-police',
        user: 'police-hsieh',
        path: orderPath,
        body,
        claims: { purpose: 'protection-order-enforcement', case: '北市警婦字第1150000087號', ...own },
      },
      '203.0.113.81',
    )
  const online = () =>
    department.assert(
      {
        credential: 'wanhua-online-1',
        issuer: 'wanhua-district',
        user: '0012002',
        path: statusPath,
        body,
        claims: { purpose: 'social-assistance-review', case: '115-WH-000045' },
      },
      '203.0.113.17',
    )

  t.test('before anybody is known: alike for everybody, counted and not recorded', async (t) => {
    const none = { record: 'none' } as const
    const shapes: readonly (readonly [string, Sent, Expected])[] = [
      ['an unknown Linkage header', { headers: { 'linkage-admin': 'yes' } }, { code: 'request-invalid', ...none }],
      ['a path with a dot segment', { path: '/low-income/../x' }, { code: 'request-invalid', ...none }],
      ['a conditional request', { headers: { 'if-none-match': '*' } }, { code: 'request-invalid', ...none }],
      ['no forwarding header from the proxy', { headers: { 'x-forwarded-for': undefined } }, { code: 'request-invalid', ...none }],
      ['Expect: 100-continue', { headers: { expect: '100-continue' } }, { code: 'expectation-failed', ...none }],
      ['an address that nobody registered', { headers: { 'x-forwarded-for': '198.51.100.250' } }, { code: 'network-not-allowed', ...none }],
      ['no credential', { headers: { authorization: undefined } }, { code: 'credentials-missing', ...none }],
      ['a key that nobody holds', { headers: { authorization: `Bearer lk_${'A'.repeat(43)}` } }, { code: 'credentials-invalid', ...none }],
      ['a credential that is none', { headers: { authorization: 'Basic eDp5' } }, { code: 'credentials-invalid', ...none }],
    ]
    for (const [title, sent, expected] of shapes)
      await t.test(title, async (t) => void (await expect(t, expected, () => department.call(education, sent))))
    await t.test('an assertion by a key that is not the issuer’s', async (t) => {
      const forged = { credential: 'police-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body }
      await expect(t, { code: 'credentials-invalid', ...none }, () => department.assert(forged, education.address))
    })
    await t.test('bytes that are no request', async (t) => {
      const before = welfare.asked.length
      const answer = await department.raw('NONSENSE\r\n\r\n')
      t.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/)
      t.match(answer, /"code":"request-invalid"/)
      t.match(answer, /\r\nConnection: close\r\n/)
      t.equal(welfare.asked.length, before)
    })
    await t.test('an address that failed too often', async (t) => {
      const wrong = { ...stranger, key: `lk_${'A'.repeat(43)}` }
      for (let at = 0; at < 12; at += 1) t.equal((await department.call(wrong)).json.code, 'credentials-invalid')
      await expect(t, { code: 'rate-limited', ...none }, () => department.call(wrong))
      await expect(t, { code: 'released', record: 'one', asked: true }, () => department.call(stranger))
    })
    await t.test('stands in the log in aggregate, by address and reason', async (t) => {
      const from = department.size
      await gateway.log.refusals.flush()
      const counts = (await department.records(from)).flatMap(({ entry }) => (entry.kind === 'refusals' ? (entry.counts ?? []) : []))
      const of = (address: string, code: Code) => counts.find((each) => each.address === address && each.code === code)?.count
      t.equal(of('198.51.100.250', 'network-not-allowed'), 1)
      t.equal(of(education.address, 'credentials-missing'), 1)
      t.equal(of(education.address, 'credentials-invalid'), 3)
      t.equal(of(stranger.address, 'credentials-invalid'), 12)
      t.equal(of(stranger.address, 'rate-limited'), 1)
      t.equal(of(education.address, 'request-invalid'), 3)
    })
  })

  t.test('once identified: told plainly, one record each', async (t) => {
    const one = { record: 'one' } as const
    const key =
      (caller: { key: string; address: string }, sent: Sent = {}) =>
      () =>
        department.call(caller, sent)
    const header = (name: string, value: string | undefined) => key(education, { headers: { [name]: value } })
    const cases: readonly (readonly [string, () => Promise<Reply>, Expected])[] = [
      ['a credential past its last day', key(old), { code: 'credentials-expired', ...one }],
      ['an assertion for another method', () => signed({ htm: 'GET' }), { code: 'assertion-mismatch', ...one, detail: /htm/ }],
      [
        'an assertion for another URL',
        () => signed({ htu: `${department.origin}/x` }),
        { code: 'assertion-mismatch', ...one, detail: /htu/ },
      ],
      ['an assertion for another body', () => signed({ body_sha256: 'A'.repeat(43) }), { code: 'assertion-mismatch', ...one }],
      [
        'an assertion of yesterday',
        () => signed({ iat: 1_700_000_000, exp: 1_700_000_100 }),
        { code: 'assertion-mismatch', ...one, detail: /iat/ },
      ],
      ['a blocked agency', key(blocked), { code: 'blocked', ...one }],
      ['an agency before its first day', key(future), { code: 'agency-not-approved', ...one }],
      ['an agency after its end', key(ended), { code: 'agency-terminated', ...one }],
      [
        'a suspended agency: 六(五)',
        key({ key: department.drawn.keys['revenue-2026a'] ?? '', address: '203.0.113.97' }),
        { code: 'agency-suspended', ...one },
      ],
      ['the network of another agency', key({ ...education, address: stranger.address }), { code: 'network-not-allowed', ...one }],
      ['a path that leads nowhere', key(education, { path: '/nowhere' }), { code: 'operation-not-granted', ...one }],
      ['an operation that is another’s', key(education, { path: contactPath }), { code: 'operation-not-granted', ...one }],
      ['another method', key(education, { method: 'PUT' }), { code: 'operation-not-granted', ...one }],
      ['a grant past its last day', key(past), { code: 'grant-not-valid', ...one }],
      ['no purpose', header('linkage-purpose', undefined), { code: 'purpose-missing', ...one }],
      ['a purpose of another grant', header('linkage-purpose', 'house-tax-relief'), { code: 'purpose-not-granted', ...one }],
      ['an hour at which the grant is closed', key(shut), { code: 'outside-hours', ...one }],
      ['no user', header('linkage-user', undefined), { code: 'user-missing', ...one }],
      ['a user whom nobody registered', header('linkage-user', 'edu-nobody'), { code: 'user-unknown', ...one }],
      ['a user who left', header('linkage-user', 'edu-lin'), { code: 'user-inactive', ...one }],
      ['no case', header('linkage-case', undefined), { code: 'case-missing', ...one }],
      ['a case of another form', () => police({ case: '1150000087' }), { code: 'case-malformed', ...one }],
      ['no reason', () => police({ reason: undefined }), { code: 'reason-missing', ...one }],
      [
        'a field that is not granted',
        header('linkage-fields', 'status.category,applicant.birthDate'),
        { code: 'fields-not-granted', ...one, detail: /applicant\.birthDate/ },
      ],
      [
        'a filter that would reveal what is not granted',
        key(education, { body: JSON.stringify({ nationalId: subject, asOf: '2026-11-01' }) }),
        { code: 'fields-not-granted', ...one, detail: /asOf/ },
      ],
      ['what no version provides yet', online, { code: 'mode-not-available', ...one }],
      ['an identifier in the reason', header('linkage-reason', `about ${subject}`), { code: 'request-invalid', ...one, detail: /reason/ }],
      [
        'a body with a member twice',
        key(education, { body: `{"nationalId":"${subject}","nation\\u0061lId":"${subject}"}` }),
        { code: 'request-invalid', ...one, detail: /body/ },
      ],
      [
        'an identifier with a wrong check digit: D-16',
        key(education, { body: '{"nationalId":"A100000002"}' }),
        { code: 'request-invalid', ...one, detail: /nationalId/ },
      ],
      ['a body of another type', header('content-type', 'text/plain'), { code: 'media-type', ...one }],
      ['a compressed body', header('content-encoding', 'gzip'), { code: 'media-type', ...one }],
      ['a body beyond 64 KiB', key(education, { body: ' '.repeat(65_537) }), { code: 'body-too-large', ...one }],
    ]
    for (const [title, make, expected] of cases) await t.test(title, async (t) => void (await expect(t, expected, make)))
    await t.test('an assertion that was used before', async (t) => {
      const jti = 'used-once'
      await expect(t, { code: 'released', ...one, asked: true }, () => signed({ jti }))
      await expect(t, { code: 'assertion-replayed', ...one }, () => signed({ jti }))
    })
  })

  // Sealed whole, such a subject would make an entry of more than 65,535 bytes: none of an identified caller’s call.
  t.test('a subject that is far too long is refused and recorded like any other', async (t) => {
    const long = JSON.stringify({ nationalId: 'A'.repeat(60_000) })
    await expect(t, { code: 'request-invalid', record: 'one' }, () => department.call(education, { body: long }))
  })

  t.test('limits: one record each, and when to come back', async (t) => {
    for (const [caller, code] of [
      [minute, 'rate-limited'],
      [daily, 'daily-limit-reached'],
      [user, 'user-limit-reached'],
    ] as const) {
      await expect(t, { code: 'released', record: 'one', asked: true }, () => department.call(caller))
      const [from, asked] = [department.size, welfare.asked.length]
      const reply = await department.call(caller)
      await check(t, reply, from, asked, { code, record: 'one' })
      const after = Number(reply.header('retry-after'))
      const day = 86_400 - Math.floor(((Date.now() + 8 * 3_600_000) % 86_400_000) / 1000)
      if (code === 'rate-limited') t.ok(after > 0 && after <= 60)
      else t.ok(Math.abs(after - day) <= 5, 'until midnight in Taipei')
    }
  })

  t.test('asking for whom the data does not hold: by user and clock hour', async (t) => {
    // Both calls within one clock hour.
    while (Date.now() % 3_600_000 > 3_590_000) await sleep(1_000)
    welfare.script = answering('{"error":"F32.1"}', 404)
    await expect(t, { code: 'subject-not-found', record: 'one', asked: true }, () => department.call(guesser))
    welfare.script = answering(JSON.stringify(household))
    const [from, asked] = [department.size, welfare.asked.length]
    const reply = await department.call(guesser)
    await check(t, reply, from, asked, { code: 'not-found-limit-reached', record: 'one' })
    t.ok(Math.abs(Number(reply.header('retry-after')) - (3_600 - Math.floor((Date.now() % 3_600_000) / 1000))) <= 5, 'until the hour ends')
    const other = { headers: { 'linkage-user': 'edu-wu' } }
    await expect(t, { code: 'released', record: 'one', asked: true }, () => department.call(guesser, other))
  })

  t.test('one case number for many subjects: by case and civil day', async (t) => {
    const about = (nationalId: string, headers: Sent['headers'] = {}) =>
      department.call(lister, { headers, body: JSON.stringify({ nationalId }) })
    await expect(t, { code: 'released', record: 'one', asked: true }, () => about(subject))
    const [from, asked] = [department.size, welfare.asked.length]
    const reply = await about('A100000010')
    await check(t, reply, from, asked, { code: 'case-limit-reached', record: 'one' })
    const day = 86_400 - Math.floor(((Date.now() + 8 * 3_600_000) % 86_400_000) / 1000)
    t.ok(Math.abs(Number(reply.header('retry-after')) - day) <= 5, 'until midnight in Taipei')
    await expect(t, { code: 'released', record: 'one', asked: true }, () => about(subject))
    const another = { 'linkage-case': display('北市教字第1150000046號') }
    await expect(t, { code: 'released', record: 'one', asked: true }, () => about('A100000010', another))
  })

  /** A welfare system that answers once it is told to. */
  function held(): { script: Script; asked: Promise<void>; answer: () => void } {
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const script: Script = async (one, response) => {
      asked.resolve()
      await answered.promise
      await answering(JSON.stringify(household))(one, response)
    }
    return { script, asked: asked.promise, answer: answered.resolve }
  }

  t.test('more calls at once than may be', async (t) => {
    for (const [caller, code, path] of [
      [alone, 'rate-limited', statusPath],
      [narrow, 'overloaded', '/narrow-api/households/status'],
    ] as const) {
      // `alone` waits at an upstream that gives up after 800 ms: the second call is made at once.
      const { script, asked, answer } = held()
      welfare.script = script
      const first = department.call(caller, { path })
      await asked
      const [from, before] = [department.size, welfare.asked.length]
      const second = await department.call(caller, { path })
      answer()
      t.equal((await first).status, 200)
      const record = await check(t, second, from, before, { code, record: 'one', ...(code === 'rate-limited' && { asked: true }) })
      t.equal(record?.entry.decision, 'permit', 'the rules allowed it')
      t.equal(welfare.asked.length, before, 'nothing reached the welfare system')
    }
    welfare.script = answering(JSON.stringify(household))
  })

  t.test('what the welfare system does wrong: one record each, no byte of its answer', async (t) => {
    const text = JSON.stringify(household)
    const bad = (code: Code, script: Script): readonly [Code, Script] => [code, script]
    const raw =
      (status: number, headers: Readonly<Record<string, string>>, answer: string): Script =>
      (_, response) => {
        response.writeHead(status, headers)
        response.end(answer)
      }
    const json = { 'content-type': 'application/json' }
    const scripts: Readonly<Record<string, readonly [Code, Script]>> = {
      'refuses the query (400)': bad('upstream-refused', answering('{"error":"F32.1"}', 400)),
      'knows nobody who asks (401)': bad('upstream-refused', answering('{"error":"F32.1"}', 401)),
      'fails (500)': bad('upstream-malformed', answering('{"error":"F32.1"}', 500)),
      'sends somewhere else (302)': bad('upstream-malformed', raw(302, { location: `${welfare.url}/elsewhere` }, text)),
      'answers 201': bad('upstream-malformed', answering(text, 201)),
      'answers in another type': bad('upstream-malformed', answering(text, 200, 'text/html')),
      'answers without a type': bad('upstream-malformed', raw(200, {}, text)),
      'answers in another charset': bad('upstream-malformed', answering(text, 200, 'application/json; charset=big5')),
      'answers compressed': bad('upstream-malformed', raw(200, { ...json, 'content-encoding': 'gzip' }, text)),
      'breaks off its JSON': bad('upstream-malformed', answering(text.slice(0, -20))),
      'has an approved key twice': bad('upstream-malformed', answering('{"status":{"category":"中低收入戶","category":"無"}}')),
      'has it twice in another spelling': bad('upstream-malformed', answering('{"status":{"category":"無","c\\u0061tegory":"無"}}')),
      'answers with another root': bad('upstream-malformed', answering('[]')),
      'begins with a byte order mark': bad('upstream-malformed', answering(`\ufeff${text}`)),
      'adds bytes at the end': bad('upstream-malformed', answering(`${text}{}`)),
      'has too much to do (429)': bad('upstream-unavailable', answering('{"error":"F32.1"}', 429)),
      'is closed (503)': bad('upstream-unavailable', answering('{"error":"F32.1"}', 503)),
      'hangs up': bad('upstream-unavailable', (_, response) => void response.destroy()),
      'never answers': bad('upstream-timeout', () => undefined),
      'begins to answer and never ends': bad('upstream-timeout', (_, response) => {
        response.writeHead(200, json)
        response.write(text)
      }),
      'holds nothing on the subject': bad('subject-not-found', answering('{"error":"F32.1"}', 404)),
    }
    for (const [title, [code, script]] of Object.entries(scripts)) {
      await t.test(title, async (t) => {
        welfare.script = script
        await expect(t, { code, record: 'one', asked: true }, () => department.call(education))
      })
    }
    await t.test('is not there', async (t) => {
      const before = welfare.asked.length
      const path = '/gone-api/households/status'
      await expect(t, { code: 'upstream-unavailable', record: 'one', asked: true }, () => department.call(gone, { path }))
      t.equal(welfare.asked.length, before)
    })
    t.notOk(
      welfare.asked.some(({ url }) => url === '/elsewhere'),
      'a redirect is never followed',
    )
    welfare.script = answering(text)
  })

  t.test('a caller who leaves before the answer is in the record, and was answered nothing', async (t) => {
    const { script, asked, answer } = held()
    welfare.script = script
    const from = department.size
    await t.rejects(department.call(education, { leaveWhen: asked }), 'the caller left')
    let records: StoredRecord[] = []
    while (records.length === 0) records = (await department.records(from)).filter(({ entry }) => entry.kind === 'query')
    answer()
    t.equal(records.length, 1)
    t.match(records[0]?.entry, { code: 'client-left', status: 499, decision: 'permit' })
    t.notOk('released_hmac' in (records[0]?.entry ?? {}))
    t.match(await gateway.metrics.registry.metrics(), /^linkage_calls_total\{code="client-left"\} 1$/m, 'the metrics tell of it')
    produced.add('client-left')
    welfare.script = answering(JSON.stringify(household))
  })

  t.test('what we do wrong ourselves says nothing of how, and is recorded where the log can be', async (t) => {
    const { limits, replay } = gateway
    const fault = () => Promise.reject(new Error(`a fault that names ${subject}`))
    limits.spend = fault
    t.teardown(() => Reflect.deleteProperty(limits, 'spend'))
    await expect(t, { code: 'internal-error', record: 'one', allowance: false }, () => department.call(education))
    Reflect.deleteProperty(limits, 'spend')
    replay.use = () => {
      throw new Error('a fault before anybody is known')
    }
    t.teardown(() => Reflect.deleteProperty(replay, 'use'))
    await expect(t, { code: 'internal-error', record: 'none' }, () => signed())
    Reflect.deleteProperty(replay, 'use')
    await expect(t, { code: 'released', record: 'one', asked: true }, () => department.call(education))
  })

  t.test('a receipt that is not the caller’s is nothing that stands anywhere', async (t) => {
    const from = department.size
    const headers = { authorization: `Bearer ${education.key}`, 'x-forwarded-for': education.address }
    const { json, status } = await department.send({ method: 'GET', path: '/receipts/1/0', body: '', headers })
    t.match({ code: json.code, status }, { code: 'not-found', status: 404 })
    t.equal(department.size, from, 'no record of its own')
    produced.add('not-found')
  })

  t.test('a clock that jumps releases nothing until it is sound again', async (t) => {
    const { now } = Date
    t.teardown(() => {
      Date.now = now
    })
    Date.now = () => now() + 120_000
    await expect(t, { code: 'clock-unsound', record: 'none', allowance: true }, () => department.call(education))
    Date.now = now
    let reply = await department.call(education)
    while (reply.json.code === 'clock-unsound') {
      await sleep(100)
      reply = await department.call(education)
    }
    t.equal(reply.status, 200)
  })

  t.test('a query log that is away releases nothing, to nobody', async (t) => {
    await department.database.kill()
    const asked = welfare.asked.length
    // The first to notice may have asked the welfare system already.
    for (const caller of [education, education, past]) {
      const reply = await department.call(caller)
      t.equal(reply.status, 503)
      t.equal(reply.json.code, 'query-log-unavailable')
      const expected = { code: 'query-log-unavailable', record: 'none', allowance: caller === education } as const
      checkHeaders(t, reply, undefined, expected)
    }
    t.ok(welfare.asked.length <= asked + 1)
    produced.add('query-log-unavailable')
    await department.database.start()
    while ((await department.call(education)).status === 503) await sleep(100)
  })

  t.test('and these are all that there are', async (t) => {
    t.same([...produced].sort(), Object.keys(problems).sort())
  })
})
