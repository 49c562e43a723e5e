// data-keys.test.ts: a data key lives an hour, or as long as its process: each is an entry before anything is sealed under it.
import { generateKeyPairSync } from 'node:crypto'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
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
  const sealed = log.seal(id, `{"subject":"${id}"}`)
  await log.append({ write: ({ at }) => JSON.stringify({ at, id, kind: 'query', sealed, v: 1 }) })
  return id
}

/** An hour passes: the log's timers run, and the next key takes over once its entry is committed. */
async function anHour(of: LogBench, log: QueryLog): Promise<void> {
  const keyNow = () => log.seal('nobody’s', '{}').key
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
