// canaries.test.ts: a word of its own in every place that a caller or the welfare system can fill, and where each of them comes out.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { claims, household, type Reply, startDepartment, statusPath, type TestDepartment } from '../end-to-end/department.ts'
import { answering, type Script } from '../end-to-end/welfare.ts'
import { isValidIdentifier } from '../identifiers.ts'

/** Where a word may come out. `clear` is an entry as it is stored: whoever reads the database reads it. */
type Place = 'released' | 'problem' | 'headers' | 'clear' | 'operational' | 'admin' | 'upstream'

/** Letters and digits only, so that no encoding of a header, a path or JSON changes it; different in every run. */
const word = (name: string): string => `zq${name}${randomBytes(6).toString('hex')}`

/** An identifier with its checksum, which no other test uses. */
function identifier(): string {
  for (;;) {
    const text = `F2${String(randomBytes(4).readUInt32BE()).padStart(8, '0').slice(-8)}`
    if (isValidIdentifier(text)) return text
  }
}

/** How a word would look where it was not left out but only dressed up. The three base64 texts are those of its three alignments. */
function spellings(canary: string): string[] {
  const aligned = [0, 1, 2].map((pad) => {
    const text = Buffer.from(`${'x'.repeat(pad)}${canary}`)
      .toString('base64')
      .replaceAll('=', '')
    return text.slice(pad === 0 ? 0 : 4, -4)
  })
  const digest = createHash('sha256').update(canary)
  return [canary.toLowerCase(), Buffer.from(canary).toString('hex'), digest.digest('hex'), ...aligned.map((each) => each.toLowerCase())]
}

const read = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, async (answer) => {
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk)
      resolve(Buffer.concat(chunks).toString('utf8'))
    }).on('error', reject)
  })

/** Everything that came out of the gateway, by place. */
async function places(department: TestDepartment, replies: readonly Reply[]): Promise<Record<Place, string>> {
  const admin = `http://127.0.0.1:${department.serving.process.adminPort}`
  const bodies = (ok: boolean) => replies.filter(({ status }) => (status === 200) === ok).map(({ body }) => body.toString('utf8'))
  const { gateway } = department.serving.process
  await gateway.log.refusals.flush()
  const text: Record<Place, string> = {
    released: bodies(true).join('\n'),
    problem: bodies(false).join('\n'),
    headers: replies.flatMap(({ rawHeaders }) => rawHeaders).join('\n'),
    clear: (await department.records()).map((each) => each.text).join('\n'),
    operational: readFileSync(join(department.folder, 'gateway.log'), 'utf8'),
    admin: `${await read(`${admin}/metrics`)}\n${await read(`${admin}/health/ready`)}`,
    upstream: JSON.stringify(department.welfare.asked),
  }
  return text
}

t.test('every word comes out where it is meant to, and nowhere else', async (t) => {
  const department = await startDepartment(t, (configuration) => {
    configuration.withoutLimits()
    configuration.edit('gateway.yaml', (file) => {
      file.setIn(['upstreams', 'welfare', 'timeouts_ms'], file.createNode({ connect: '200', answer: '300', body: '300' }))
      file.setIn(['limits', 'failures_per_minute'], '1000')
    })
  })
  const { education, welfare, serving } = department
  const expected = new Map<string, { name: string; places: readonly Place[] }>()
  /** A new word that may come out at these places and must come out at each of them. */
  const canary = (name: string, ...places: Place[]): string => {
    const text = word(name.replaceAll(/[^a-z]/g, ''))
    expected.set(text, { name, places })
    return text
  }
  const replies: Reply[] = []
  const codes = new Set<unknown>()
  const keep = (reply: Reply): Reply => {
    replies.push(reply)
    codes.add(reply.status === 200 ? 'released' : reply.json.code)
    return reply
  }
  const call = async (headers: Readonly<Record<string, string>> = {}, more: object = {}): Promise<Reply> =>
    keep(await department.call(education, { headers, ...more }))
  const asks = (nationalId: string): { body: string } => ({ body: JSON.stringify({ nationalId }) })
  const person = identifier()
  expected.set(person, { name: 'the subject', places: ['upstream'] })

  await t.test('permitted: headers, subject, and an answer of more than is granted', async (t) => {
    const [member] = household.members
    const answer = {
      ...household,
      [canary('an undeclared key')]: canary('an undeclared value'),
      diagnosis: canary('a declared value, not granted'),
      status: { ...household.status, category: canary('a granted value', 'released'), [canary('an undeclared key within')]: 1 },
      members: [{ ...member, name: canary('a granted name', 'released'), note: canary('a note') }],
    }
    welfare.script = (_, response) => {
      response.writeHead(200, canary('the status text'), {
        'content-type': 'application/json',
        [canary('an upstream header')]: canary('its value'),
        'set-cookie': canary('an upstream cookie'),
        'linkage-receipt': canary('a receipt of the upstream'),
        'request-id': canary('a request id of the upstream'),
      })
      response.end(JSON.stringify(answer))
    }
    const headers = {
      host: `${canary('the host')}.test`,
      'user-agent': canary('the user agent'),
      cookie: canary('a cookie'),
      accept: `application/${canary('accept')}`,
      'accept-language': canary('a language'),
      referer: `https://${canary('the referer')}/`,
      origin: `https://${canary('the origin')}`,
      traceparent: canary('a trace'),
      baggage: canary('baggage'),
      'x-request-id': canary('a request id'),
      forwarded: `for=${canary('forwarded')}`,
      'x-real-ip': canary('a real address'),
      [canary('an unknown header')]: canary('its own value'),
      'linkage-case': `"${canary('the case', 'clear')}"`,
      'linkage-reason': `"${canary('the reason', 'clear')}"`,
    }
    t.equal((await call(headers, asks(person))).status, 200)
    const assertion = { credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, ...asks(person) }
    const signed = { ...assertion, claims: { jti: canary('a number of an assertion'), case: canary('a signed case', 'clear') } }
    t.equal(keep(await department.assert(signed, education.address)).status, 200)
  })

  await t.test('refused: each part of a request', async (t) => {
    welfare.script = answering(JSON.stringify(household))
    const refused = async (code: string, headers: Readonly<Record<string, string>>, more: object = {}) =>
      t.equal((await call(headers, more)).json.code, code)
    const id = JSON.stringify(person)
    await refused('credentials-invalid', { authorization: `Bearer ${canary('a key')}` })
    await refused('credentials-invalid', { authorization: `${canary('a scheme')} x` })
    await refused('credentials-invalid', {
      authorization: `Bearer ${canary('a header part')}.${canary('a claims part')}.${canary('a signature')}`,
    })
    await refused('request-invalid', { 'x-forwarded-for': canary('an address') })
    await refused('request-invalid', { 'if-none-match': `"${canary('a condition')}"` })
    await refused('request-invalid', { [`linkage-${canary('a Linkage header')}`]: canary('the value of it') })
    await refused('user-unknown', { 'linkage-user': canary('a user', 'clear') })
    await refused('purpose-not-granted', { 'linkage-purpose': canary('a purpose', 'clear') })
    // The caller is told which of the fields that it named are not granted.
    await refused('fields-not-granted', { 'linkage-fields': canary('a field', 'clear', 'problem') })
    await refused('request-invalid', { 'linkage-reason': `"${canary('a reason that names')} ${person}"` }, asks(person))
    await refused('media-type', { 'content-type': `text/${canary('a type')}` })
    await refused('media-type', { 'content-encoding': canary('an encoding') })
    await refused('operation-not-granted', {}, { path: `/low-income/${canary('a path')}` })
    await refused('request-invalid', {}, { path: `${statusPath}?${canary('a query name')}=${canary('a query value')}` })
    await refused('request-invalid', {}, { path: `/low-income/../${canary('a dotted path')}` })
    await refused('request-invalid', {}, { body: `{"nationalId":${id},"${canary('a member')}":"${canary('a value')}"}` })
    await refused('request-invalid', {}, asks(canary('a malformed subject')))
    await refused('request-invalid', {}, { body: `{"nationalId":${id},"nationalId":"${canary('a second subject')}"}` })
    await refused('request-invalid', {}, { body: `{"nationalId":"${canary('a body that breaks off')}` })
  })

  await t.test('failing: what the welfare system says instead of an answer', async (t) => {
    const ofStatus = (name: string, status: number): Script => answering(`{"error":"${canary(name)}"}`, status)
    const text = (name: string, body: (text: string) => string): Script => answering(body(canary(name)))
    const scripts: readonly (readonly [string, Script])[] = [
      ['subject-not-found', ofStatus('a 404', 404)],
      ['upstream-refused', ofStatus('a 400', 400)],
      ['upstream-unavailable', ofStatus('a 503', 503)],
      ['upstream-malformed', ofStatus('a 500', 500)],
      ['upstream-malformed', answering('{}', 200, `text/${canary('an answer type')}`)],
      ['upstream-malformed', text('JSON that breaks off', (each) => `{"status":{"category":"${each}`)],
      ['upstream-malformed', text('a granted key twice', (each) => `{"status":{"category":"${each}","category":"x"}}`)],
      ['upstream-malformed', text('bytes at the end', (each) => `${JSON.stringify(household)}${each}`)],
      [
        'upstream-malformed',
        (_, response) => {
          response.writeHead(302, { location: `${welfare.url}/${canary('a redirect')}` })
          response.end()
        },
      ],
      ['upstream-malformed', (_, response) => void response.socket?.end(`${canary('no HTTP')}\r\n\r\n`)],
      [
        'upstream-timeout',
        (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' })
          response.write(`{"status":{"category":"${canary('an answer that never ends')}"`)
        },
      ],
    ]
    for (const [code, script] of scripts) {
      welfare.script = script
      t.equal((await call({}, asks(person))).json.code, code)
    }
    // A granted leaf of another shape is left out, and the rest is released.
    welfare.script = answering(
      `{"status":{"category":{"${canary('a key in place of a text')}":"${canary('a value in place of a text')}"}}}`,
    )
    await call({}, asks(person))
    welfare.script = answering(JSON.stringify(household))
    const { limits } = serving.process.gateway
    limits.spend = () => Promise.reject(new Error(`a fault that names ${canary('a fault of our own')}`))
    t.teardown(() => Reflect.deleteProperty(limits, 'spend'))
    t.equal((await call({}, asks(person))).json.code, 'internal-error')
    Reflect.deleteProperty(limits, 'spend')
  })

  await t.test('where they came out', async (t) => {
    const all = Object.entries(await places(department, replies)).map(([place, text]) => [place, text.toLowerCase()] as const)
    for (const [place, text] of all) t.not(text, '', `${place} holds something`)
    // What every call says by design stands there: the places are read, and read whole.
    const has = (place: Place, text: string) =>
      t.ok(
        all.some(([each, held]) => each === place && held.includes(text.toLowerCase())),
        `${place}: ${text}`,
      )
    has('clear', claims.purpose)
    has('clear', 'edu-chang')
    has('operational', 'a call failed')
    has('admin', 'internal-error')
    has('headers', 'linkage-receipt')
    for (const [text, { name, places }] of expected) {
      const found = all.filter(([, held]) => spellings(text).some((spelling) => held.includes(spelling))).map(([place]) => place)
      t.same(found.sort(), [...places].sort(), name)
    }
    t.ok(expected.size > 60, `${expected.size} words`)
    t.same([...codes].sort(), [
      'credentials-invalid',
      'fields-not-granted',
      'internal-error',
      'media-type',
      'operation-not-granted',
      'purpose-not-granted',
      'released',
      'request-invalid',
      'subject-not-found',
      'upstream-malformed',
      'upstream-refused',
      'upstream-timeout',
      'upstream-unavailable',
      'user-unknown',
    ])
  })
})
