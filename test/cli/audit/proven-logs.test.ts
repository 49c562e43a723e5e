// proven-logs.test.ts: a month that does not verify is neither frozen nor drawn from nor recomputed, whoever owns the database.
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { DrawnRecord } from '../../../src/audit/draw.ts'
import type { Freeze } from '../../../src/audit/samples.ts'
import { sha256 } from '../../../src/canonical.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { holdToEntries } from '../../../src/cli/audit/frozen-population.ts'
import { requireProven } from '../../../src/cli/audit/proven-logs.ts'
import { checkpointText } from '../../../src/querylog/checkpoint.ts'
import { openStore } from '../../../src/store/open.ts'
import { connect } from '../../store/server.ts'
import { newSigner } from '../../verifier/written-log.ts'
import { place, runCommand, who } from '../log/auditing.ts'
import { startHalfYear } from './half-year.ts'

const { database, folder, from, until } = await startHalfYear(t)
const signer = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', '115年上半年稽核']
const agency = 'taipei-education'
const freeze = ['freeze', '--period', `${from}..${until}`, '--agency', agency, ...signer, '--json']
const sample = (...args: string[]) => runCommand(auditCommand, 'sample', ...args)
const admin = await connect(t, database.adminUrl)
const steps = async (): Promise<number> =>
  Number((await admin.query(`SELECT count(*) FROM linkage.log_entry WHERE slot = 'cli' AND entry LIKE '%"kind":"sample"%'`)).rows[0].count)

// biome-ignore lint/suspicious/noExplicitAny: an entry that a test is about to spoil
type Members = any
interface Stored {
  readonly index: number
  readonly entry: string
}

/** Entries of a kind in slot 1, in order. */
async function ofKind(kind: string): Promise<readonly Stored[]> {
  const { rows } = await admin.query(`SELECT index, entry FROM linkage.log_entry WHERE slot = '1' AND entry LIKE $1 ORDER BY index`, [
    `%"kind":"${kind}"%`,
  ])
  return rows.map(({ entry, index }) => ({ index: Number(index), entry }))
}

const hashOfText = `sha256('\\x00'::bytea || convert_to($1, 'UTF8'))`
/** As whoever may do everything: the stored hash goes with the entry. */
async function put({ entry, index }: Stored): Promise<void> {
  const where = `slot = '1' AND index = ${index}`
  const { rows } = await admin.query(`SELECT tableoid::regclass::text AS name FROM linkage.log_entry WHERE ${where}`)
  await admin.query(`ALTER TABLE ${rows[0].name} DISABLE TRIGGER ALL`)
  await admin.query(`UPDATE ${rows[0].name} SET entry = $1, leaf_hash = ${hashOfText} WHERE ${where}`, [entry])
}

/** Runs while an entry is another one. */
async function spoiling(stored: Stored | undefined, change: (members: Members) => void, run: () => Promise<unknown>): Promise<void> {
  if (stored === undefined) throw new Error('there is no such entry')
  const members = JSON.parse(stored.entry)
  change(members)
  await put({ ...stored, entry: JSON.stringify(members) })
  await run()
  await put(stored)
}

async function refused(t: Test, expected: RegExp, ...args: string[]): Promise<void> {
  const before = await steps()
  t.match((await sample(...args)).error, expected, args.slice(0, 3).join(' '))
  t.equal(await steps(), before, 'what is refused leaves no entry')
}

const fewer = (members: Members) => Object.assign(members.agencies[0], { counted: 100, counted_to: 100 })
const [first, second] = await ofKind('month')
const [opening] = await ofKind('opening')
const remedy = /槽 1 之紀錄與已簽章之封存點不符[\s\S]*linkage log verify --slot 1/

t.test('a month entry that is not the one that was signed is not frozen, and says what to do', async (t) => {
  await spoiling(first, fewer, () => refused(t, remedy, ...freeze))
  await spoiling(
    second,
    (it) => (it.agencies = []),
    () => refused(t, remedy, ...freeze),
  )
  await spoiling(
    opening,
    (it) => (it.parameters = {}),
    () => refused(t, /槽 1 第 0 筆.*leaf-mismatch/, ...freeze),
  )
})

t.test('one that was made an entry of another kind is missed', async (t) => {
  await spoiling(
    first,
    (it) => Object.assign(it, { kind: 'heads' }),
    () => refused(t, /month-missing/, ...freeze),
  )
})

t.test('a head that the key of the log did not sign, or that nobody signed, is none', async (t) => {
  const { rows } = await admin.query(`SELECT checkpoint, size, root FROM linkage.slot WHERE slot = '1'`)
  const [{ checkpoint, root, size }] = rows
  const signed = newSigner('linkage.example/log/1').sign(checkpointText('linkage.example/log/1', { root, size: Number(size) }))
  const other = checkpoint.slice(0, checkpoint.indexOf('\n\n') + 2) + signed.slice(signed.indexOf('\n\n') + 2)
  const putCheckpoint = (note: string | null) => admin.query(`UPDATE linkage.slot SET checkpoint = $1 WHERE slot = '1'`, [note])
  await admin.query('ALTER TABLE linkage.slot DISABLE TRIGGER ALL')
  await putCheckpoint(other)
  await refused(t, /checkpoint-invalid/, ...freeze)
  await putCheckpoint(null)
  await refused(t, /checkpoint-missing/, ...freeze)
  await putCheckpoint(checkpoint)
})

t.test('nor is anything drawn of what was changed behind the freeze, and a recomputation says that it cannot tell', async (t) => {
  t.equal((await sample(...freeze)).error, '')
  t.equal((await sample('seed', '--dice', '35142661534216425361', '--witness', '資訊室 王大同', ...signer)).error, '')
  await spoiling(first, fewer, () => refused(t, remedy, 'draw', ...signer))
  t.equal((await sample('draw', ...signer)).error, '')
  const recompute = () => runCommand(auditCommand, 'recompute', '--database', database.auditorUrl)
  t.match(await recompute(), { code: 0, out: /相符 equal/ })
  await spoiling(
    first,
    (it) => (it.parameters = {}),
    async () => {
      const again = await recompute()
      t.equal(again.code, 1)
      t.match(again.out, /tile-mismatch/)
      t.match(again.out, /無從重算 unable: not what was signed/)
      t.notMatch(again.out, /相符 equal/)
    },
  )
  t.match(await recompute(), { code: 0 })
})

t.test('a record is drawn as it was signed, whatever search and entry agree on, and whichever head is stored', async (t) => {
  const [record] = await ofKind('query')
  const log = 'linkage.example/log/1'
  const index = record?.index ?? 0
  const { counted_seq: countedSeq, user } = JSON.parse(record?.entry ?? '{}')
  const store = await openStore({ databaseUrl: database.gatewayUrl })
  const population = { asked: { agency }, logs: [{ log, slot: '1' }] } as unknown as Freeze // what is read here
  const drawn: readonly DrawnRecord[] = [{ countedSeq, index, log, month: from, user, why: ['month'] }]
  const heads = await requireProven(store, [{ from, until }])
  const hold = (to = heads) => holdToEntries(store.reader, population, drawn, to)
  const refused = (message: RegExp, to = heads) => t.rejects(hold(to), { code: 'usage', message })
  const other = (members: Members) => Object.assign(members, { reason: '另有理由' })
  const isAnother = /已簽章之紀錄不符.*log verify/
  await hold()
  await spoiling(record, other, () => refused(isAnother))
  const { rows } = await admin.query(`SELECT checkpoint FROM linkage.slot WHERE slot = '1'`)
  const putCheckpoint = (note: string | null) => admin.query(`UPDATE linkage.slot SET checkpoint = $1 WHERE slot = '1'`, [note])
  // Between the proof and the draw: none, and one in front of the record.
  for (const note of [null, newSigner(log).sign(checkpointText(log, { size: index, root: sha256('') }))]) {
    await putCheckpoint(note)
    await hold()
    await spoiling(record, other, () => refused(isAnother))
  }
  await putCheckpoint(rows[0].checkpoint)
  const behind = new Map([['1', { size: index, root: Buffer.alloc(32) }]])
  for (const short of [new Map(), behind]) await refused(/不在已簽章之封存點內.*log verify --slot 1/, short)
  await store.close()
})
