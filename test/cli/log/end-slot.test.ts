// end-slot.test.ts: `linkage log supersede|abandon` on a real database: what the remedies of refusals name does what they say.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openPlace } from '../../../src/cli/command-place.ts'
import { keysCommand } from '../../../src/cli/keys.ts'
import { logCommand } from '../../../src/cli/log/command.ts'
import { slotOptions } from '../../../src/cli/log/slot-options.ts'
import { QueryLog } from '../../../src/querylog/log.ts'
import { connect, startTestDatabase } from '../../store/server.ts'
import { runLog } from './verifying.ts'

const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const folder = mkdtempSync(join(tmpdir(), 'linkage-end-slot-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'config')
cpSync('config', config, { recursive: true })
const before = process.env.DATABASE_URL
process.env.DATABASE_URL = database.operationsUrl
t.teardown(() => {
  if (before === undefined) delete process.env.DATABASE_URL
  else process.env.DATABASE_URL = before
})
const keysOf = (slot: string): string => join(folder, 'data', slot === '1' ? 'keys' : `keys-${slot}`)
const document = '北市社資字第1150009999號'

async function run(...args: string[]): Promise<string> {
  let out = ''
  const command = args[0] === 'keys' ? keysCommand({ write: (text) => (out += text) }) : logCommand({ write: (text) => (out += text) })
  await command.parseAsync(args.slice(1), { from: 'user' })
  return out
}

/** A slot's log is opened and closed once: its opening and a data key. */
async function write(slot: string): Promise<number> {
  const place = await openPlace(config)
  const log = await QueryLog.open(slotOptions(place, slot, keysOf(slot)))
  const { size } = log
  await log.close()
  await place.close()
  return size
}

async function kinds(slot: string): Promise<string[]> {
  const { rows } = await admin.query(`SELECT entry::json ->> 'kind' AS kind FROM linkage.log_entry WHERE slot = $1 ORDER BY index`, [slot])
  return rows.map(({ kind }) => kind)
}

for (const slot of ['1', '2', '3', 'cli']) await run('keys', 'init', config, '--slot', slot, '--directory', keysOf(slot))
await write('1')
await write('2')

t.test('with the gateway’s password nothing ends, and it is said which role may', async (t) => {
  process.env.DATABASE_URL = database.gatewayUrl
  try {
    const args = ['log', 'abandon', '2', '--config', config, '--document', document, '--keys', keysOf('cli')]
    await t.rejects(run(...args), { code: 'unavailable', message: /as linkage_operations/ })
    t.equal(await write('2'), 3, 'it goes on')
    t.notOk((await kinds('cli')).includes('abandon'))
  } finally {
    process.env.DATABASE_URL = database.operationsUrl
  }
})

t.test('abandon: the log of the commands says how it stood; nobody writes it again', async (t) => {
  const args = ['log', 'abandon', '2', '--config', config, '--document', document, '--keys', keysOf('cli')]
  t.match(await run(...args), /linkage\.example\.gov\.tw\/log\/2：終止於 3 筆/)
  t.match(await run(...args), /終止於 3 筆/, 'again, it says nothing twice')
  t.same(
    (await kinds('cli')).filter((kind) => kind === 'abandon'),
    ['abandon'],
  )
  await t.rejects(write('2'), { code: 'slot-ended', message: new RegExp(document) })
  await t.rejects(run('log', 'abandon', '2', '--config', config, '--document', ' ', '--keys', keysOf('cli')), { code: 'usage' })
  await t.rejects(run('log', 'abandon', '65', '--config', config, '--document', document, '--keys', keysOf('cli')), { code: 'usage' })
})

t.test('supersede: refused while the slot can go on; after a restored database the new slot says what was signed', async (t) => {
  const args = ['log', 'supersede', '1', '--config', config, '--document', document, '--by', '3', '--keys', keysOf('3')]
  await t.rejects(run(...args), { code: 'cannot-end', message: /can go on/ })
  // An administrator puts back what stood before the last entry.
  await admin.query(`ALTER TABLE linkage.slot DISABLE TRIGGER USER; ALTER TABLE linkage.log_entry DISABLE TRIGGER USER`)
  const partitions = await admin.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'linkage.log_entry'::regclass`,
  )
  for (const { name } of partitions.rows) await admin.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`)
  await admin.query(`DELETE FROM linkage.log_entry WHERE slot = '1' AND index = 1`)
  await admin.query(
    `UPDATE linkage.slot SET size = 1, root = (SELECT leaf_hash FROM linkage.log_entry WHERE slot = '1' AND index = 0) WHERE slot = '1'`,
  )
  await t.rejects(write('1'), { code: 'database-behind', message: /linkage log supersede <slot> --document/ })
  t.match(await run(...args), /已簽章 2 筆，資料庫尚有 1 筆/)
  const { rows } = await admin.query(`SELECT entry FROM linkage.log_entry WHERE slot = '3' AND index = 0`)
  t.match(JSON.parse(rows[0]?.entry), {
    kind: 'opening',
    supersedes: { document, head: { size: 1, slot: '1' }, mark: { size: 2 }, why: 'database-behind' },
  })
  await t.rejects(write('1'), { code: 'slot-ended' })
  t.equal(await write('3'), 3, 'the new slot goes on: opening and two data keys')
  const gateway = join(config, 'gateway.yaml')
  writeFileSync(gateway, readFileSync(gateway, 'utf8').replace('slot: 1', 'slot: 3'))
  await t.rejects(run(...args), { code: 'usage', message: /--old-keys/ })
})

t.test('status: which slots ended, by which order, how far others speak of each, and where an end is half done', async (t) => {
  const status = async () => {
    const { out } = await runLog(['status', '--json', '--database', database.auditorUrl])
    const report = JSON.parse(out)
    const ends = report.findings.filter(({ code }: { code: string }) => code.startsWith('end-'))
    return { report, ends: ends.map(({ code, slot }: { code: string; slot: string }) => `${slot} ${code}`) }
  }
  await run('keys', 'init', config, '--slot', '4', '--directory', keysOf('4'))
  await write('4')
  const { report, ends } = await status()
  t.same(ends, [])
  const slotOf = (slot: string) => report.slots.find((each: { slot: string }) => each.slot === slot)
  t.match(
    slotOf('2'),
    { ended: `abandoned: ${document}`, stated: { size: 3, by: '4' } },
    'slot 3 states as much of it, and stated it earlier',
  )
  t.match(slotOf('1'), { ended: `superseded by slot 3: ${document}` })
  t.notOk('ended' in slotOf('3'))
  t.same(report.endsRecorded, ['linkage.example.gov.tw/log/1', 'linkage.example.gov.tw/log/2'])
  const { out } = await runLog(['status', '--database', database.auditorUrl])
  t.match(out, new RegExp(`已終止 ended：abandoned: ${document}`))
  t.match(out, /他槽所載 stated by another slot：3 筆 entries，槽 slot 4（\d{4}-/)
  await admin.query(`UPDATE linkage.slot SET ended = 'abandoned: ${document}' WHERE slot = '3'`)
  t.same((await status()).ends, ['3 end-unrecorded'], 'the command was cut off between the two')
  await admin.query(`UPDATE linkage.slot SET ended = NULL WHERE slot IN ('2', '3')`)
  t.same((await status()).ends, ['2 end-undone'])
})
