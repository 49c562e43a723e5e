// verified.test.ts: the log of a running department, read from its database, verified; and what its database's administrator does to it.
import pg from 'pg'
import t from 'tap'
import type { Finding } from '../../src/verifier/finding.ts'
import type { Known } from '../../src/verifier/known.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import type { StoredEntry, StoredLog } from '../../src/verifier/stored.ts'
import { verifyLog } from '../../src/verifier/stream.ts'
import type { Summary } from '../../src/verifier/summary.ts'
import { startDepartment } from './department.ts'
import { answering } from './welfare.ts'

const department = await startDepartment(t)
const { log, slot } = department.serving.process.gateway.log
const receipts: Known[] = []
for (const sent of [{}, { headers: { 'linkage-purpose': 'another' } }, {}, { body: '{' }, {}]) {
  const reply = await department.call(department.education, sent)
  receipts.push({ kind: 'receipt', header: reply.header('linkage-receipt') ?? '', source: `answer ${reply.status}` })
}
department.welfare.script = answering('{')
await department.call(department.education)
await Promise.all(Array.from({ length: 20 }, () => department.call({ ...department.education, key: 'lk_unknown' })))

const { server } = department.serving.store
const client = new pg.Client({ connectionString: server?.adminUrl ?? '' })
await client.connect()
t.teardown(() => client.end())

async function* entries(): AsyncGenerator<StoredEntry[]> {
  const { rows } = await client.query('SELECT index, entry, leaf_hash FROM linkage.log_entry WHERE slot = $1 ORDER BY index', [slot])
  yield rows.map(({ index, entry, leaf_hash: leaf }) => ({ index: Number(index), bytes: Buffer.from(entry), leaf }))
}

async function* checkpoints() {
  const stored = `SELECT size, checkpoint FROM linkage.log_checkpoint WHERE slot = $1
    UNION SELECT split_part(checkpoint, E'\\n', 2)::bigint, checkpoint FROM linkage.slot WHERE slot = $1 AND checkpoint IS NOT NULL ORDER BY size`
  const { rows } = await client.query(stored, [slot])
  for (const { size, checkpoint } of rows) yield { size: Number(size), note: String(checkpoint) }
}

async function verify(known: readonly Known[]): Promise<{ findings: Finding[]; summary: Summary }> {
  const { rows } = await client.query('SELECT verifier_key FROM linkage.slot WHERE slot = $1', [slot])
  const trusted = [readVerifierKey(String(rows[0]?.verifier_key))]
  const stored: StoredLog = {
    slot,
    log,
    size: department.size,
    entries,
    checkpoints,
    statements: async function* () {},
    notReleased: async function* () {},
    entry: async () => undefined,
  }
  const run = verifyLog(stored, { now: Date.now(), trusted, known, partialTiles: false })
  const findings: Finding[] = []
  for (let step = await run.next(); ; step = await run.next()) {
    if (step.done === true) return { findings, summary: step.value }
    findings.push(step.value)
  }
}

/** Does something as superuser, past every guard, verifies what is left, and takes it back. */
async function after(acts: readonly string[], known: readonly Known[]): Promise<string[]> {
  await client.query('BEGIN')
  try {
    await client.query('SET LOCAL session_replication_role = replica')
    for (const act of acts) await client.query(act, act.includes('$1') ? [slot] : [])
    return (await verify(known)).findings.map(({ index, code }) => `${index} ${code}`)
  } finally {
    await client.query('ROLLBACK')
  }
}

const { findings, summary } = await verify(receipts)
const query = (await department.records()).find(({ entry }) => entry.kind === 'query')?.index ?? 0

t.test('a log of calls released, refused and failed has no findings, and holds every receipt', async (t) => {
  t.same(findings, [])
  t.equal(summary.size, department.size)
  t.equal(summary.keys, 'given')
  t.ok(summary.checkpoints > 0 && summary.signedTo > 0)
  t.ok(summary.knownTo > query)
  t.equal(receipts.length, 5)
})

t.test('of a log that is written no further the last entry is signed in the database too', async (t) => {
  await department.serving.process.gateway.log.keepCheckpoint()
  const { findings: none, summary: kept } = await verify(receipts)
  t.same(none, [])
  t.equal(kept.signedTo, department.size)
})

const edit = `UPDATE linkage.log_entry SET entry = replace(entry, '"user":"edu-chang"', '"user":"edu-chung"'),
  leaf_hash = sha256('\\x00'::bytea || convert_to(replace(entry, '"user":"edu-chang"', '"user":"edu-chung"'), 'UTF8')) WHERE slot = $1 AND index = ${query}`
const cut = `DELETE FROM linkage.log_entry WHERE slot = $1 AND index >= ${query}`
const unsigned = (size: number): string[] => [`${size} checkpoint-missing`]
const forget = [`DELETE FROM linkage.log_checkpoint WHERE slot = $1`, `UPDATE linkage.slot SET checkpoint = NULL WHERE slot = $1`]

t.test('an entry that the administrator edits, hash and all, is found by the next checkpoint', async (t) => {
  const found = await after([edit], [])
  t.match(found.join(), /^\d+ checkpoint-root$/)
})

t.test('without checkpoints what he edits is told by the receipt of the call, and by nothing else but that nobody signed it', async (t) => {
  const found = await after([edit, ...forget], receipts)
  t.equal(found[0], `${query} known-leaf`)
  t.ok(found.slice(1, -1).every((each) => each.endsWith(' known-root')))
  t.same(found.slice(-1), unsigned(department.size))
  t.same(await after([edit, ...forget], []), unsigned(department.size))
})

t.test('an entry that the administrator removes is missing', async (t) => {
  const found = await after([`DELETE FROM linkage.log_entry WHERE slot = $1 AND index = ${query}`], [])
  t.equal(found[0], `${query} entry-missing`)
})

t.test(
  'a tail that the administrator removes is found by checkpoints; without them by receipts, and what is left is signed by nobody',
  async (t) => {
    t.ok((await after([cut], [])).every((each) => each.endsWith(' checkpoint-beyond')))
    t.same(await after([cut, ...forget], []), unsigned(query))
    const found = await after([cut, ...forget], receipts)
    t.same(found.slice(-1), unsigned(query))
    t.ok(found.length > 1 && found.slice(0, -1).every((each) => each === `${query} known-beyond`), found.join())
  },
)
