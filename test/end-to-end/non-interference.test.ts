// non-interference.test.ts: what was not approved changes nothing that anybody sees, and no record can be searched for a guessed identifier.
import { hash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { lengthPrefixed } from '../../src/canonical.ts'
import { isValidIdentifier } from '../identifiers.ts'
import { type ReadEntry, type Reply, released, startDepartment, subject, type TestDepartment } from './department.ts'
import { answering } from './welfare.ts'

/** An answer as bytes, with what is granted the same in each and everything else as drawn. */
interface Withheld {
  readonly text: string
}

/** Names that nothing is granted under, at any place of the answer. */
const otherName = fc
  .oneof(
    fc.constantFrom('diagnosis', 'nationalId', 'birthDate', 'relation', 'validFrom', 'approvedBy', '診斷', '__proto__', 'toString', ''),
    fc.string(),
  )
  .filter((name) => !['status', 'members', 'category', 'validUntil', 'name', 'studentStatus'].includes(name) && name.isWellFormed())
const otherValue = fc.jsonValue({ maxDepth: 3 }).filter((value) => JSON.stringify(value).isWellFormed())
const others = fc.uniqueArray(fc.tuple(otherName, otherValue), { maxLength: 5, selector: ([name]) => name })
const space = fc.constantFrom('', ' ', '\n', '\t ', '\r\n  ')

type Members = readonly (readonly [string, unknown])[]

/** One object: granted members in their order, others before, between and after them. Order of granted members is part of the answer. */
const objectWith = (granted: readonly (readonly [string, fc.Arbitrary<string>])[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.tuple(...granted.map(([, value]) => value)), others, fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), space)
    .map(([values, drawn, places, gap]) => {
      const members = granted.map(([name], at) => `${JSON.stringify(name)}${gap}:${gap}${values[at]}`)
      for (const [at, [name, value]] of (drawn as Members).entries())
        members.splice((places[at] ?? 0) % (members.length + 1), 0, `${JSON.stringify(name)}:${gap}${JSON.stringify(value)}`)
      return `{${gap}${members.join(`${gap},${gap}`)}${gap}}`
    })

const leaf = (value: unknown): fc.Arbitrary<string> => fc.constant(JSON.stringify(value))
const [member] = released.members
const answers: fc.Arbitrary<Withheld> = objectWith([
  [
    'status',
    objectWith([
      ['category', leaf(released.status.category)],
      ['validUntil', leaf(released.status.validUntil)],
    ]),
  ],
  [
    'members',
    objectWith([
      ['name', leaf(member?.name)],
      ['studentStatus', leaf(member?.studentStatus)],
    ]).chain((one) => space.map((gap) => `[${gap}${one}${gap}]`)),
  ],
]).map((text) => ({ text }))

/** Members that may differ between two calls that are otherwise alike. */
const own = new Set(['id', 'at', 'clock', 'trace', 'agency_seq', 'counted_seq', 'released_hmac', 'request_hmac', 'sealed'])
const ownHeaders = new Set(['date', 'request-id', 'linkage-receipt', 'ratelimit'])

const clearOf = (entry: ReadEntry): object => Object.fromEntries(Object.entries(entry).filter(([name]) => !own.has(name)))
const headersOf = ({ rawHeaders }: Reply): string[] =>
  rawHeaders.flatMap((name, at) => (at % 2 === 0 && !ownHeaders.has(name.toLowerCase()) ? [`${name}: ${rawHeaders[at + 1]}`] : []))

async function seen(department: TestDepartment, text: string): Promise<object> {
  department.welfare.script = answering(text)
  const from = department.size
  const reply = await department.call(department.education)
  const entries = (await department.records(from)).map(({ entry }) => entry)
  return { status: reply.status, headers: headersOf(reply), body: reply.body.toString('utf8'), entries: entries.map(clearOf) }
}

t.test('withheld data', async (t) => {
  const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
  const plain = await seen(department, JSON.stringify(released))
  t.match(plain, { status: 200, body: JSON.stringify(released), entries: [{ kind: 'query', code: 'released' }] })

  t.test('changes neither status, headers, body nor the clear entry, whatever it is', async (t) => {
    await fc.assert(
      fc.asyncProperty(answers, async ({ text }) => {
        t.same(await seen(department, text), plain)
      }),
      { numRuns: 150 },
    )
  })

  t.test('changes them neither by its length', async (t) => {
    const long = JSON.stringify({ diagnosis: 'F'.repeat(200_000), ...released, members: [{ ...member, nationalId: subject.repeat(1000) }] })
    t.same(await seen(department, long), plain)
  })

  t.test('while what is granted does change them', async (t) => {
    const changed = await seen(department, JSON.stringify({ ...released, status: { ...released.status, category: '無' } }))
    t.notSame(changed, plain)
  })

  t.test('a sealed part that holds it tells nothing by its length', async (t) => {
    const sizes = new Set<number>()
    for (const extra of [
      {},
      { diagnosis: 'F'.repeat(50_000) },
      Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`k${at}`, at])),
    ]) {
      const from = department.size
      department.welfare.script = answering(JSON.stringify({ ...extra, ...released }))
      await department.call(department.education)
      const [record] = await department.records(from)
      sizes.add(record?.entry.sealed?.bytes.length ?? 0)
    }
    t.equal(sizes.size, 1)
  })

  t.test('nor beside an assertion whose length its agency chooses', async (t) => {
    const body = JSON.stringify({ nationalId: subject })
    const little = JSON.stringify(released)
    const undeclared = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, at]))
    const much = JSON.stringify({ ...undeclared, ...released, members: [member, ...Array(20_000).fill(1)] })
    const told: number[] = []
    for (let length = 1; length <= 129; length += 2) {
      const from = department.size
      for (const text of [little, much]) {
        department.welfare.script = answering(text)
        const own = { credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: '/low-income/households/status', body }
        const reply = await department.assert({ ...own, claims: { reason: '審'.repeat(length) } }, department.education.address)
        t.equal(reply.body.toString('utf8'), little)
      }
      const [one, other] = (await department.records(from)).map(({ entry }) => entry.sealed?.bytes.length)
      if (one === undefined || one !== other) told.push(length)
    }
    t.same(told, [], 'reasons of these lengths would tell how much was withheld')
  })
})

/** The check digit that makes nine characters an identifier. */
function identifier(serial: number): string {
  const nine = `A1${String(serial).padStart(7, '0')}`
  const digit = [...'0123456789'].find((each) => isValidIdentifier(`${nine}${each}`))
  return `${nine}${digit}`
}

const candidates = Array.from({ length: 10_000 }, (_, serial) => identifier(serial))

/** Every text of the entry, and its bytes in each reading. */
function* readings(value: unknown): Iterable<Buffer> {
  if (typeof value === 'string') {
    yield Buffer.from(value)
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      yield Buffer.from(value.replaceAll('-', encoding === 'hex' ? '' : '-'), encoding)
  } else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* readings(each)
}

const shortest = 8

/** All runs of so many bytes of an entry's clear members: what a digest, whole or shortened, would begin with. */
function runsOf(entry: object): Set<string> {
  const runs = new Set<string>()
  for (const bytes of readings(entry)) {
    for (let at = 0; at + shortest <= bytes.length; at += 1) runs.add(bytes.toString('latin1', at, at + shortest))
  }
  return runs
}

/** What somebody would try who guesses an identifier: it alone, and beside all that stands in the entry in clear. */
function guesses(id: string, entry: ReadEntry): (string | Buffer)[] {
  const body = JSON.stringify({ nationalId: id })
  const kind = 'tw-national-id'
  const names = [
    entry.agency,
    kind,
    String(entry.api),
    String(entry.operation),
    String(entry.case),
    entry.id,
    String(entry.trace),
    String(entry.policy),
  ]
  const beside = names.flatMap((name) => ['', ':', '|'].flatMap((between) => [`${name}${between}${id}`, `${id}${between}${name}`]))
  const prefixed = [lengthPrefixed(id), lengthPrefixed(kind, id), lengthPrefixed(entry.agency, id), lengthPrefixed(entry.agency, kind, id)]
  return [id, id.toLowerCase(), `${id}\n`, body, `${entry.agency}${kind}${id}`, `${entry.agency}:${kind}:${id}`, ...beside, ...prefixed]
}

/** Identifiers of which some unkeyed digest stands in the entry. */
function found(entry: ReadEntry, ids: readonly string[]): string[] {
  const { sealed: _, ...clear } = entry
  const runs = runsOf(clear)
  return ids.filter((id) =>
    guesses(id, entry).some((guess) =>
      ['md5', 'sha1', 'sha256', 'sha512'].some((algorithm) => runs.has(hash(algorithm, guess, 'buffer').toString('latin1', 0, shortest))),
    ),
  )
}

t.test('no clear member is an unkeyed function of the identifier', async (t) => {
  t.ok(candidates.includes(subject))
  t.ok(candidates.every(isValidIdentifier))
  const department = await startDepartment(t)
  const from = department.size
  await department.call(department.education)
  const body = JSON.stringify({ nationalId: subject })
  const assertion = { credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: '/low-income/households/status', body }
  await department.assert(assertion, department.education.address)
  await department.call(department.education, { headers: { 'linkage-purpose': 'house-tax-relief' } })
  const records = (await department.records(from)).map(({ entry }) => entry)
  t.same(
    records.map(({ code }) => code),
    ['released', 'released', 'purpose-not-granted'],
  )
  const few = candidates.slice(0, 1000)
  for (const [at, entry] of records.entries()) {
    // The first is searched in full, the others among fewer: 10⁴ candidates are 2 million digests.
    t.same(found(entry, at === 0 ? candidates : [subject, ...few]), [], `the entry of “${entry.code}”`)
    t.notMatch(JSON.stringify(clearOf(entry)), subject)
  }

  t.test('and one that was would be found', async (t) => {
    const [entry] = records
    if (entry === undefined) throw new Error('there is no entry')
    const digest = hash('sha256', subject, 'buffer')
    const planted: readonly ReadEntry[] = [
      { ...entry, request_hmac: hash('sha256', body) },
      { ...entry, subject: { tag: hash('sha1', `${entry.agency}|${subject}`).slice(0, 32) } },
      { ...entry, trace: digest.toString('base64').slice(0, 12) },
      { ...entry, trace: digest.subarray(0, 16).toString('base64url') },
    ]
    for (const one of planted) t.same(found(one, [identifier(7), subject]), [subject])
  })
})
