// status.test.ts: `linkage log status`: what it shows of a database and of key directories, and what it calls amiss.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { monthOf } from '../../../src/calendar.ts'
import { checkpointText } from '../../../src/querylog/checkpoint.ts'
import { makeSlotKeys, markFile, readSigner } from '../../../src/querylog/key-directory.ts'
import { MarkFile } from '../../../src/querylog/mark.ts'
import { PostgresLogSearch } from '../../../src/store/search.ts'
import { PostgresLogWriter } from '../../../src/store/writer.ts'
import { after, batchOf, emptyPlace, entry } from '../../store/batches.ts'
import { connect, startTestDatabase, temporaryFolder } from '../../store/server.ts'
import { runLog } from './verifying.ts'

const database = await startTestDatabase(t)
const keys = join(temporaryFolder(t), 'keys')
await makeSlotKeys(keys)
const log = 'linkage.example/log/1'
const signer = await readSigner(keys, log)
const [writer, search] = [new PostgresLogWriter(database.gatewayUrl), new PostgresLogSearch(database.gatewayUrl)]
t.teardown(() => Promise.all([writer.close(), search.close()]).then(() => undefined))
const admin = await connect(t, database.adminUrl)

let place = emptyPlace('1', await writer.claim('1', log, signer.verifierKey, 5_000))
async function append(at: string): Promise<void> {
  const batch = batchOf(place, [entry('query', { at })], { month: monthOf(Date.now()) })
  await writer.append(batch, 5_000)
  place = after(place, batch)
  await writer.putCheckpoint('1', place.tree.size, signer.sign(checkpointText(log, place.tree)))
}

// biome-ignore lint/suspicious/noExplicitAny: a report that is read member by member
async function status(...args: readonly string[]): Promise<{ report: any; codes: string[]; code: number }> {
  const { out, code } = await runLog(['status', '--json', '--database', database.auditorUrl, ...args])
  const report = JSON.parse(out)
  return { report, codes: report.findings.map((each: { code: string }) => each.code), code }
}

async function markAt({ size, root }: { size: number; root: typeof place.tree.root }): Promise<void> {
  const mark = await MarkFile.open(join(keys, markFile))
  await mark.write({ epoch: 1, head: { size, root }, checkpoint: signer.sign(checkpointText(log, { size, root })) })
  await mark.close()
}

t.test('without a database it says where to give one', async (t) => {
  const before = process.env.DATABASE_URL
  process.env.DATABASE_URL = ''
  await t.rejects(runLog(['status']), { code: 'usage', message: /--database/ })
  if (before === undefined) delete process.env.DATABASE_URL
  else process.env.DATABASE_URL = before
})

t.test('heads, checkpoints, search, partitions and settings; nothing amiss', async (t) => {
  await append(new Date().toISOString())
  while ((await search.fill(10)) > 0);
  const { report, codes, code } = await status()
  t.same(codes, [])
  t.equal(code, 0)
  t.match(report, {
    durable: true,
    settings: { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', server_encoding: 'UTF8' },
    slots: [{ slot: '1', log, epoch: 1, size: 1, root: place.tree.root.toString('base64'), checkpoint: 1 }],
    search: [{ slot: '1', entries: 0, ms: 0 }],
  })
  t.ok(report.partitions.log_entry.length >= 2)
  const { out } = await runLog(['status', '--database', database.auditorUrl])
  t.match(out, /^槽 slot 1　linkage\.example\/log\/1$/m)
  t.match(out, /無異狀 nothing is amiss/)
})

t.test('search that is further behind than it may be is a finding, with how far', async (t) => {
  await append(new Date(Date.now() - 120_000).toISOString())
  const { report, codes, code } = await status()
  t.same(codes, ['search-behind'])
  t.equal(code, 1)
  t.match(report.search, [{ slot: '1', entries: 1 }])
  t.ok(report.search[0].ms >= 120_000)
  while ((await search.fill(10)) > 0);
})

t.test('a mark that agrees, one that is ahead, one of another root, one that cannot be read', async (t) => {
  const { size, root } = place.tree
  t.match((await status('--keys', keys)).report.keys, [{ directory: keys, size: 0 }], 'nothing was signed yet')
  await markAt({ size, root })
  const { report, codes } = await status('--keys', keys)
  t.same(codes, [])
  t.match(report.keys, [{ log, size, root: root.toString('base64') }])
  const other = place.tree.extended([place.tree.root])
  await markAt({ size, root: other.root })
  t.same((await status('--keys', keys)).codes, ['other-history'])
  await markAt({ size: size + 5, root })
  t.same((await status('--keys', keys)).codes, ['database-behind'])
  rmSync(join(keys, markFile))
  t.same((await status('--keys', keys)).codes, ['mark-unreadable'])
})

t.test('copies: what each place took last, and that none took any for four hours', async (t) => {
  const kept = (at: number) => writeFileSync(join(keys, 'copies.json'), JSON.stringify({ 'file:/mnt/ethics': { at, size: 2 } }))
  kept(Date.now() - 1_000)
  t.match((await status('--keys', keys)).report.keys[0].copies, { 'file:/mnt/ethics': { size: 2 } })
  t.notOk((await status('--keys', keys)).codes.includes('copies-stale'))
  kept(Date.now() - 5 * 3_600_000)
  t.ok((await status('--keys', keys)).codes.includes('copies-stale'))
  const never = (since: number) => writeFileSync(join(keys, 'copies.json'), JSON.stringify({ 'file:/mnt/ethics': { at: since, size: 0 } }))
  never(Date.now() - 1_000)
  t.notOk((await status('--keys', keys)).codes.includes('copies-stale'))
  never(Date.now() - 5 * 3_600_000)
  t.ok((await status('--keys', keys)).codes.includes('copies-stale'), 'since it was asked first')
})

t.test('settings that lose what was acknowledged, and a month without a partition, are findings', async (t) => {
  await admin.query('ALTER ROLE linkage_auditor SET synchronous_commit = off')
  t.same((await status()).codes, ['database-not-durable'])
  await admin.query('ALTER ROLE linkage_auditor RESET synchronous_commit')
  const { rows } = await admin.query(
    `SELECT max(inhrelid::regclass::text) AS last FROM pg_inherits WHERE inhparent = 'linkage.log_entry'::regclass`,
  )
  await admin.query(`ALTER TABLE linkage.log_entry DETACH PARTITION ${rows[0]?.last}`)
  t.same((await status()).codes, ['partition-missing', 'detached-unrecorded'])
})
