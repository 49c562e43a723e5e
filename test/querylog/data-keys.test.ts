// data-keys.test.ts: a data key lives an hour, or as long as its process: each is an entry before anything is sealed under it.
import { generateKeyPairSync } from 'node:crypto'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { recipientsOf } from '../../src/querylog/data-keys.ts'
import type { Sealed } from '../../src/querylog/entry.ts'
import type { QueryLog } from '../../src/querylog/log.ts'
import { keyMembers, type OpeningKey, open, openDataKey, recipientOf } from '../../src/querylog/unseal.ts'
import { LogBench, query } from './log-bench.ts'

const { privateKey, publicKey } = generateKeyPairSync('x25519')
const key: OpeningKey = { kid: 'it-2026', key: privateKey }
const recipients = [{ id: 'it', year: '2026', jwk: { ...publicKey.export({ format: 'jwk' }), kid: 'it-2026' } }]

async function bench(t: Test): Promise<LogBench> {
  const made = new LogBench(t)
  await made.makeKeys('1')
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  return made
}

/** Appends a query that is sealed now. */
async function record(log: QueryLog): Promise<string> {
  const { id } = query('education')
  await log.append({
    write: ({ at }) => JSON.stringify({ at, id, kind: 'query', sealed: log.seal(at, id, `{"subject":"${id}"}`), v: 1 }),
  })
  return id
}

/** An hour passes: the log's timers run, and the next key takes over once its entry is committed. */
async function anHour(of: LogBench, log: QueryLog): Promise<void> {
  const keyNow = () => log.seal(new Date(of.clock.wall()).toISOString(), 'nobody’s', '{}').key
  const before = keyNow()
  of.clock.pass(3_600_000)
  mock.timers.tick(3_600_000)
  while (keyNow() === before) await new Promise((turned) => setImmediate(turned))
}

interface Stored {
  readonly id: string
  readonly kind: string
  readonly sealed?: Sealed
}

t.test('hour by hour and across restarts: every sealed part opens with the key entry before it, and no nonce comes twice', async (t) => {
  const made = await bench(t)
  const subjects: string[] = []
  for (const hoursOfProcess of [2, 0, 1]) {
    const log = await made.open('1', { recipients })
    subjects.push(await record(log), await record(log))
    for (let hour = 0; hour < hoursOfProcess; hour += 1) {
      await anHour(made, log)
      subjects.push(await record(log))
    }
    await log.close()
  }
  t.equal(made.ofKind('1', 'key').length, 3 + 3, 'one at each start, one each hour')
  const entries: Stored[] = made.store.entriesOf('1').map((each) => JSON.parse(each))
  const nonces = new Set<string>()
  const opened: string[] = []
  for (const [at, { id, sealed }] of entries.entries()) {
    if (sealed === undefined) continue
    nonces.add(`${sealed.key} ${sealed.counter}`)
    const before = entries.findIndex((each) => each.id === sealed.key)
    t.ok(before >= 0 && before < at, 'its key stands before it')
    const later = entries.slice(before + 1, at).some(({ kind }) => kind === 'key')
    t.notOk(later, 'and was the newest')
    const members = keyMembers(made.store.entriesOf('1')[before] ?? '')
    t.equal(recipientOf(members, 'it-2026'), 'it/2026')
    opened.push(JSON.parse(open(sealed, 'linkage.example/log/1', id, await openDataKey(members, key))).subject)
  }
  t.same(opened, subjects)
  t.equal(nonces.size, subjects.length)
})

t.test('the keys of a year open what is dated in it, to the entry, and nothing else: destroyed, they close it', async (t) => {
  const made = await bench(t)
  const pairs = new Map(['2025', '2026', '2027'].map((year) => [year, generateKeyPairSync('x25519')]))
  const all = [...pairs].map(([year, { publicKey: of }]) => ({
    id: 'it',
    year,
    jwk: { ...of.export({ format: 'jwk' }), kid: `it-${year}` },
  }))
  const turn = Date.parse('2026-12-31T16:00:00.000Z')
  made.clock.now = turn - 5_400_000
  const log = await made.open('1', { recipients: all })
  const [old, beside] = [await record(log), made.ofKind('1', 'key').length]
  await anHour(made, log)
  while (made.ofKind('1', 'key').length < beside + 2) await new Promise((turned) => setImmediate(turned))
  t.equal(made.ofKind('1', 'key').length, beside + 2, 'the next hour’s, and ahead of the turn the next year’s')
  made.clock.pass(1_800_000 - 1)
  const last = await record(log)
  made.clock.pass(1)
  const first = await record(log)
  await log.close()
  const entries: Stored[] = made.store.entriesOf('1').map((each) => JSON.parse(each))
  for (const [id, year] of [
    [old, '2026'],
    [last, '2026'],
    [first, '2027'],
  ] as const) {
    // biome-ignore format: short
    const sealed = entries.find((each) => each.id === id)?.sealed
    if (sealed === undefined) throw new Error('it was sealed')
    const members = keyMembers(made.store.entriesOf('1').find((each) => JSON.parse(each).id === sealed.key) ?? '')
    for (const [other, { privateKey: of }] of pairs) {
      const opened = openDataKey(members, { kid: `it-${other}`, key: of }).then((found) => open(sealed, 'linkage.example/log/1', id, found))
      if (other === year) t.match(JSON.parse(await opened), { subject: id })
      else await t.rejects(opened, `sealed in ${year}, opened in ${other}`)
    }
  }
})

t.test('a year without recipients: those of the newest before it; none of it or before opens no log', (t) => {
  const of = (...years: string[]) => years.map((year) => ({ id: 'it', year, jwk: {} }))
  t.same(recipientsOf(of('2025', '2026', '2028'), '2027'), of('2026'))
  t.throws(() => recipientsOf(of('2028'), '2027'), { code: 'no-recipient' })
  t.throws(() => recipientsOf([], '2027'), { code: 'no-recipient' })
  t.end()
})

t.test('a key that could not be entered is drawn again in the next minute', async (t) => {
  const made = await bench(t)
  const log = await made.open('1', { recipients })
  made.store.fates.push('unavailable')
  made.clock.pass(3_600_000)
  mock.timers.tick(60_000)
  while (!made.events.some(({ event }) => event === 'log-task-failed')) await new Promise((turned) => setImmediate(turned))
  t.equal(made.ofKind('1', 'key').length, 1)
  while (made.ofKind('1', 'key').length === 1) {
    mock.timers.tick(60_000)
    await new Promise((turned) => setTimeout(turned, 5))
  }
  t.equal(made.ofKind('1', 'key').length, 2)
  await log.close()
})

t.test('a key that is being drawn while the year turns seals nothing: the entries behind it are of the next', async (t) => {
  const made = await bench(t)
  const pairs = new Map(['2026', '2027'].map((year) => [year, generateKeyPairSync('x25519')]))
  const all = [...pairs].map(([year, { publicKey: of }]) => ({
    id: 'it',
    year,
    jwk: { ...of.export({ format: 'jwk' }), kid: `it-${year}` },
  }))
  const turn = Date.parse('2026-12-31T16:00:00.000Z')
  made.clock.now = turn - 3_545_000
  const log = await made.open('1', { recipients: all })
  const append = made.store.append.bind(made.store)
  let open: () => void = () => undefined
  const held = new Promise<void>((go) => {
    open = go
  })
  made.store.append = async (batch) => {
    await held
    return await append(batch)
  }
  const keys = made.ofKind('1', 'key').length
  made.clock.pass(3_544_999)
  mock.timers.tick(60_000)
  // Its year was told; before it is entered the first entry of the next is sealed.
  made.clock.pass(1)
  const waiting = record(log)
  await new Promise((turned) => setTimeout(turned, 20))
  open()
  const first = await waiting
  while (made.ofKind('1', 'key').length === keys) await new Promise((turned) => setImmediate(turned))
  await new Promise((turned) => setTimeout(turned, 20))
  const later = await record(log)
  await log.close()
  const entries: Stored[] = made.store.entriesOf('1').map((each) => JSON.parse(each))
  for (const id of [first, later]) {
    const sealed = entries.find((each) => each.id === id)?.sealed
    const members = keyMembers(made.store.entriesOf('1').find((each) => JSON.parse(each).id === sealed?.key) ?? '')
    t.equal(recipientOf(members, 'it-2027'), 'it/2027')
  }
})
