// log-histories.test.ts: other histories of the query log: an old one, two at once, the newest entry's, one that was never durable.
import pg from 'pg'
import t from 'tap'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { refusalsEntry } from '../../src/querylog/refusals-entry.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import type { Known } from '../../src/verifier/known.ts'
import { newId } from '../verifier/written-log.ts'
import { type Attacked, LogBench, logOf, type Noticed } from './log-bench.ts'
import { anotherUser, heldAgainstEvidence, target, unnoticed, withEdit, withMarkOf } from './log-rewriting.ts'

// Each act has a copy of the database to itself.
t.setTimeout(300_000)
const bench = await LogBench.open(t)
const found = new Map<string, Noticed>()

t.test('an old backup is put back: consistent, signed, and behind', async (t) => {
  const server = await startEmbedded(bench.backup)
  const cut = () => process.kill(server.pid, 'SIGQUIT')
  process.once('exit', cut)
  try {
    const database = await bench.attack(server.adminUrl, server.url('linkage_gateway'))
    const all = await database.noticed()
    // No other log was born yet when it was made: nothing in it speaks of what is missing, but that a key of slot 2 was published.
    t.same(all, { ...unnoticed, verifier: ['log-missing'], receipts: ['known-beyond'], start: 'database-behind' })
    found.set('an old backup is put back: consistent, signed, and behind', all)
    await database.admin.end()
  } finally {
    process.off('exit', cut)
    await server.stop()
  }
})

t.test(
  'split view: two logs of one name and size, both signed; each alone is without findings, together they convict the key',
  async (t) => {
    const database = await bench.copy()
    const entries = await withEdit(database)
    const signer = await database.stolenKey()
    const other: Known = {
      kind: 'checkpoint',
      note: signer.sign(checkpointText(logOf('1'), new Tree().extended(entries.map(({ text }) => leafHash(text))))),
      source: 'what another agency was shown',
    }
    t.same(await database.verify([]), [])
    t.same(await database.verify([other]), ['known-root'])
    await database.rewrite(entries, signer)
    t.same(await database.verify([]), [])
    t.same(await database.verify([other]), [])
    t.same(await database.verify(bench.kept[1]?.receipts ?? []), ['known-leaf', 'known-root'])
  },
)

t.test('a key is known to be stolen: what it signed beyond the last size believed of it is not believed, whoever signed it', async (t) => {
  const database = await bench.copy()
  const entries = await withEdit(database)
  await database.rewrite(entries, await database.stolenKey())
  t.same(await database.verify([]), [])
  const policy = (size: number) => `compromised ${bench.kept[1]?.verifierKey} ${size}\n`
  t.same(await database.verify([], policy(entries.length)), [])
  t.same(await database.verify([], policy(target)), ['key-compromised'])
  const receipts = bench.kept[1]?.receipts ?? []
  t.same(await database.verify(receipts, policy(0)), ['key-compromised'], 'receipts of its later life prove nothing either')
})

t.test(
  'not found today: the newest entry of the last log that moved, by operations and administrator together, where the agency kept no receipt',
  async (t) => {
    const database = await bench.copy()
    const entries = await database.entries('2')
    const last = entries.findLastIndex(({ text }) => JSON.parse(text).kind === 'query')
    const other = entries.map((each, index) => (index === last ? { ...each, text: anotherUser(each.text) } : each))
    await database.rewrite(other, await database.stolenKey('2'), '2')
    database.keys = await withMarkOf(bench, other, database, '2')
    const all = await database.noticed('2')
    t.same(
      all,
      { ...unnoticed, receipts: ['known-leaf', 'known-root'] },
      'the receipt of that one call is all that tells; a witness outside, asked each minute, would',
    )
  },
)

t.test('settings that lose what was acknowledged: the gateway does not start, and one that runs stops recording', async (t) => {
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    const database = await bench.copy()
    const running = await bench.openLog('2', database.gatewayUrl, bench.copyOfKeys('2'))
    await database.run(`ALTER SYSTEM SET ${setting} = off`, 'SELECT pg_reload_conf()')
    await inForce(database, setting)
    await t.rejects(
      running.append({ write: (given) => refusalsEntry({ id: newId(), minute: given.at, counts: [], other: 1 }, given) }),
      { code: 'query-log-unavailable' },
      setting,
    )
    await running.close()
    t.equal(await database.start(), 'database-not-durable', setting)
    await database.run(`ALTER SYSTEM RESET ${setting}`, 'SELECT pg_reload_conf()')
    await inForce(database, '')
  }
})

/** A reload is a signal: it takes effect in a backend between two of its statements. */
async function inForce(database: Attacked, off: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const fresh = new pg.Client({ connectionString: database.gatewayUrl })
    await fresh.connect()
    const { rows } = await fresh.query(
      `SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'`,
    )
    await fresh.end()
    if (rows.map((row) => row.name).join() === off) return
    await new Promise((over) => setTimeout(over, 20))
  }
  throw new Error(`${off} off: not in force`)
}

heldAgainstEvidence(t, 'test/attacks/log-histories.test.ts', found)
