// verify-database.test.ts: `linkage log verify` on a real database, and what its superuser does to it past every guard.
import t from 'tap'
import { connect, startTestDatabase } from '../../store/server.ts'
import { storeWritten } from '../../verifier/written-database.ts'
import { education, policies, slot, WritingLog } from '../../verifier/written-log.ts'
import { verifyJson } from './verifying.ts'

const { adminUrl, auditorUrl, gatewayUrl } = await startTestDatabase(t)
const writing = new WritingLog()
writing.batch('2026-11-24T02:00:00.000Z', writing.opening(), await writing.key())
for (const policy of policies.slice(0, 1)) writing.batch('2026-11-24T02:00:00.500Z', writing.policy(policy))
while (writing.size < 700) writing.batch('2026-11-24T02:00:01.000Z', ...Array.from({ length: 100 }, () => writing.query(education)))
await storeWritten(gatewayUrl, writing.signer.verifierKey, writing.written)
const admin = await connect(t, adminUrl)
await admin.query('SET session_replication_role = replica')

const verify = async (): Promise<readonly string[]> => {
  const report = await verifyJson('--database', auditorUrl, '--key', writing.signer.verifierKey)
  t.equal(report.code, 1)
  return report.inShort.filter((each) => each !== '1 0 log-missing')
}

t.test('a log as its writer left it has no finding but the log that was never there', async (t) => {
  const report = await verifyJson('--database', auditorUrl, '--key', writing.signer.verifierKey)
  t.same(report.inShort, ['1 0 log-missing'])
  t.match(report.logs[0], { slot, size: writing.size, keys: 'given', signed_to: writing.size, known_to: 0, limits: ['tail-unproven'] })
  t.ok(report.logs[0].checkpoints >= writing.written.checkpoints.length)
})

t.test('what a superuser does is found; each act stays, and those before it are still found', async (t) => {
  await admin.query('DELETE FROM linkage.document WHERE bytes = $1', [Buffer.from('policy 1')])
  t.same(await verify(), ['1 2 document-missing'])
  await admin.query(
    'UPDATE linkage.log_tile SET hashes = set_byte(hashes, 7, get_byte(hashes, 7) # 1) WHERE slot = $1 AND level = 0 AND index = 1',
    [slot],
  )
  t.same(await verify(), ['1 2 document-missing', '1 256 tile-mismatch'])
  await admin.query('DELETE FROM linkage.log_tile WHERE slot = $1 AND level = 0 AND index = 1', [slot])
  t.same(await verify(), ['1 2 document-missing', '1 256 tile-missing'])
  await admin.query('ALTER TABLE linkage.log_entry DROP CONSTRAINT leaf_hash_is_of_entry')
  await admin.query(`UPDATE linkage.log_entry SET leaf_hash = sha256('x') WHERE slot = $1 AND index = 600`, [slot])
  // Which of two that lie near each other is told first depends on how many entries are read at once.
  t.same((await verify()).toSorted(), ['1 2 document-missing', '1 256 tile-missing', '1 600 leaf-mismatch'])
  await admin.query('DELETE FROM linkage.log_entry WHERE slot = $1 AND index = 100', [slot])
  t.ok((await verify()).includes('1 100 entry-missing'), 'an entry in the middle; its tile holds its hash')
  await admin.query('DELETE FROM linkage.log_entry WHERE slot = $1 AND index >= 650', [slot])
  const cut = await verify()
  t.ok(cut.includes('1 650 entry-missing'), cut.join())
  await admin.query('UPDATE linkage.slot SET size = 650 WHERE slot = $1', [slot])
  t.ok(
    (await verify()).some((each) => each.endsWith('checkpoint-beyond')),
    'checkpoints tell of a tail that is cut, head and all',
  )
})
