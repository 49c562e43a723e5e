// large-answers.test.ts: JSON beyond what is released whole: it is what is released that decides how an answer comes, not what the upstream sent.
import { createHmac, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { parseDictionary } from 'structured-headers'
import t from 'tap'
import { tagsIn } from '../gateway/sealed-tags.ts'
import type { MadeAgency } from './configuration.ts'
import { household, type Reply, released, startDepartment } from './department.ts'
import { identifierOf, leftBy } from './files.ts'
import { unsealed } from './unsealed.ts'
import type { Script } from './welfare.ts'

const none: Readonly<Record<string, unknown>> = {}
const MiB = 1024 * 1024
const member = { name: '王小測', nationalId: 'A100000010', relation: '長子', studentStatus: '國小三年級' }
const releasedMember = { name: member.name, studentStatus: member.studentStatus }
const perMember = Buffer.byteLength(JSON.stringify(releasedMember)) + 1
const withMembers = (count: number, more: object = {}): string =>
  JSON.stringify({ ...household, ...more, members: Array(count).fill(member) })
const releasedOf = (count: number): string => JSON.stringify({ ...released, members: Array(count).fill(releasedMember) })
const sending =
  (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.end(body)
  }

t.test('large answers in mode api', async (t) => {
  let naming: MadeAgency | undefined
  let failing: MadeAgency | undefined
  const department = await startDepartment(t, (configuration) => {
    configuration.withoutLimits()
    naming = configuration.addAgency('naming', (file) => file.addIn(['grants', 0, 'fields'], 'members[].nationalId'))
    configuration.addApi('twofold', (file) =>
      file.addIn(['paths', '/households/status', 'post', 'x-linkage', 'answerSubjects'], 'householdId'),
    )
    failing = configuration.addAgency('failing', (file) => {
      file.setIn(['grants', 0, 'api'], 'twofold')
      for (const field of ['householdId', 'members[].nationalId']) file.addIn(['grants', 0, 'fields'], field)
    })
    configuration.edit('gateway.yaml', (file) => file.setIn(['upstreams', 'welfare', 'encodings'], file.createNode(['gzip'])))
  })
  const { education, welfare } = department
  if (naming === undefined) throw new Error('not configured')
  const recordOf = async (reply: Reply) =>
    (await department.records()).find(({ entry }) => entry.kind === 'query' && entry.id === reply.header('request-id'))

  await t.test('what is withheld does not show in how an answer comes', async (t) => {
    const seen: unknown[] = []
    for (const [name, script] of Object.entries({
      small: sending(withMembers(1)),
      'with three megabytes that are withheld': sending(withMembers(1, { diagnosis: 'F'.repeat(3 * MiB) })),
      packed: sending(gzipSync(withMembers(1)), { 'content-encoding': 'gzip' }),
      'with three megabytes, packed': sending(gzipSync(withMembers(1, { diagnosis: randomBytes(1.5 * MiB).toString('hex') })), {
        'content-encoding': 'gzip',
      }),
    })) {
      welfare.script = script
      const reply = await department.call(education)
      t.same(reply.json, released, name)
      const record = await recordOf(reply)
      const {
        id: _,
        at: _at,
        agency_seq: _seq,
        counted_seq: _counted,
        request_hmac: _r,
        released_hmac,
        sealed: _s,
        trace: _t,
        ...clear
      } = record?.entry ?? none
      t.type(released_hmac, 'string')
      seen.push([reply.header('content-length'), reply.header('transfer-encoding'), clear])
    }
    for (const each of seen) t.same(each, seen[0])
  })

  await t.test('among more than eight megabytes what is approved is not looked for, however small they came', async (t) => {
    const large = withMembers(1, { diagnosis: randomBytes(4.5 * MiB).toString('hex') })
    const packed = gzipSync(large)
    t.ok(packed.length < 6 * MiB)
    for (const script of [sending(large), sending(packed, { 'content-encoding': 'gzip' })]) {
      welfare.script = script
      const reply = await department.call(education)
      t.match(reply.json, { status: 502, code: 'upstream-malformed' })
      const record = await recordOf(reply)
      if (record === undefined) throw new Error('no record')
      t.match(await unsealed(department, record), { upstream: { problem: 'larger than its bound' } })
    }
  })

  await t.test('up to 1 MiB of what is released is whole; one byte more is a stream', async (t) => {
    const fixed = Buffer.byteLength(releasedOf(0)) - 1
    const most = Math.floor((MiB - fixed) / perMember)
    for (const count of [most, most + 1]) {
      const whole = count === most
      welfare.script = sending(withMembers(count))
      const reply = await department.call(education)
      t.equal(reply.status, 200)
      t.equal(reply.body.toString('utf8'), releasedOf(count))
      t.equal(reply.header('transfer-encoding'), whole ? undefined : 'chunked')
      t.equal(reply.header('content-length'), whole ? String(reply.body.length) : undefined)
      const entry = (await recordOf(reply))?.entry ?? {}
      t.equal('released_hmac' in entry, whole)
      if (whole) continue
      const headers = { 'request-id': reply.header('request-id') ?? '' }
      const { completions } = await leftBy(department, { headers })
      const salt = parseDictionary(reply.header('linkage-receipt') ?? '').get('salt')?.[0]
      if (!(salt instanceof ArrayBuffer)) throw new TypeError('a receipt has a salt')
      t.match(completions, [
        { entry: { outcome: 'whole', released_hmac: createHmac('sha256', Buffer.from(salt)).update(reply.body).digest('hex') } },
      ])
    }
  })

  await t.test('whom an answer identifies is in its entry, a hundred of them, and the others in entries of their own', async (t) => {
    const { log } = department.serving.process.gateway
    const identifiers = Array.from({ length: 250 }, (_, at) => identifierOf(at))
    const members = identifiers.map((nationalId) => ({ ...member, nationalId }))
    welfare.script = sending(JSON.stringify({ ...household, members }))
    const reply = await department.call(naming as MadeAgency) // configured above
    t.equal(reply.status, 200)
    const query = await recordOf(reply)
    const further = (await department.records(query?.index)).filter(({ entry }) => entry.kind === 'subjects')
    const tags = identifiers.map((each) => log.tag(Date.now(), 'naming', 'tw-national-id', each).tag)
    const key = String(new Date(Date.now() + 8 * 3_600_000).getUTCFullYear())
    t.same(query?.entry.answer_subjects, [{ key, kind: 'tw-national-id', tags: tags.slice(0, 100) }])
    t.match(further, [{ entry: { agency: 'naming', subjects: [{ key, kind: 'tw-national-id', tags: tags.slice(100) }] } }])
    welfare.script = sending(JSON.stringify({ ...household, members }))
    const other = await recordOf(await department.call(education))
    t.notOk('answer_subjects' in (other?.entry ?? none), 'who was not named to the caller is not named in clear')
  })

  await t.test('of an answer that is not released nobody is named, also where some of it was read', async (t) => {
    const statusOf = async (householdId: string): Promise<[status: number, named: boolean]> => {
      welfare.script = sending(withMembers(2, { householdId }))
      const reply = await department.call(failing as MadeAgency, { path: '/twofold/households/status' }) // configured above
      return [reply.status, 'answer_subjects' in ((await recordOf(reply))?.entry ?? none)]
    }
    t.same(await statusOf('H-1'), [200, true])
    t.same(await statusOf('H'.repeat(1_025)), [502, false], 'members are read before the identifier that none can be as long as')
  })

  await t.test('whom it is about without naming them is in the sealed part, whose length says nothing of them', async (t) => {
    const { log } = department.serving.process.gateway
    const tagsOf = (identifiers: readonly string[]): string[] =>
      identifiers.map((each) => log.tag(Date.now(), 'taipei-education', 'tw-national-id', each).tag)
    const sealedIn = async (record: Awaited<ReturnType<typeof recordOf>>) => {
      if (record === undefined) throw new Error('no record')
      const { answer_subjects: sealed } = await unsealed(department, record)
      const { more, tags } = sealed as { more: number; tags: string } // as the gateway wrote it
      return { more, tags: tagsIn(tags), length: record.entry.sealed?.bytes.length }
    }
    const identifiers = Array.from({ length: 30 }, (_, at) => identifierOf(100 + at))
    const living = (count: number, more: object = {}): string =>
      JSON.stringify({ ...household, members: identifiers.slice(0, count).map((nationalId) => ({ ...member, nationalId, ...more })) })
    const lengths = new Set<number | undefined>()
    for (const [count, more, tags] of [
      [1, 0, [household.applicant.nationalId, identifierOf(100)]],
      [23, 0, [household.applicant.nationalId, ...identifiers.slice(0, 23)]],
      [30, 1, [household.applicant.nationalId, ...identifiers.slice(0, 23)]],
    ] as const) {
      welfare.script = sending(living(count))
      const sealed = await sealedIn(await recordOf(await department.call(education)))
      t.match(sealed, { more, tags: tagsOf(tags) }, `${count} members`)
      lengths.add(sealed.length)
    }
    t.equal(lengths.size, 1)
    welfare.script = sending(living(2).replace('"nationalId":"A100000001"', '"nationalId":"A100000001","nationalId":"A100000010"'))
    const twice = await department.call(education)
    t.equal(twice.status, 200, 'what is wrong in a withheld place does not show')
    t.match(await sealedIn(await recordOf(twice)), { more: 1 })

    welfare.script = sending(withMembers(60_000))
    const reply = await department.call(education)
    t.equal(reply.header('transfer-encoding'), 'chunked')
    const { completions } = await leftBy(department, { headers: { 'request-id': reply.header('request-id') ?? '' } })
    t.match(await sealedIn(completions[0]), { more: 0, tags: tagsOf([household.applicant.nationalId, member.nationalId]) })
  })

  await t.test('a document that breaks off is cut, and has no rows', async (t) => {
    const text = withMembers(60_000)
    welfare.script = sending(text.slice(0, -1000))
    const from = department.size
    await t.rejects(department.call(education), /cut|aborted|ECONNRESET/)
    const query = (await department.records(from)).find(({ entry }) => entry.kind === 'query')
    const { completions } = await leftBy(department, { headers: { 'request-id': query?.entry.id } })
    t.match(completions, [{ entry: { outcome: 'cut', code: 'upstream-malformed' } }])
    t.notOk('rows' in (completions[0]?.entry ?? {}))
  })

  await t.test('a document that withholds more than may be read for a whole answer is refused', async (t) => {
    welfare.script = sending(withMembers(1, { diagnosis: 'F'.repeat(9 * MiB) }))
    const reply = await department.call(education)
    t.match([reply.status, reply.json.code], [502, 'upstream-malformed'])
  })
})
