// log-patched-gateway.test.ts: a gateway whose own code was changed to answer without writing: what cannot find it, and what can.
import pg from 'pg'
import t from 'tap'
import type { QueryLog } from '../../src/querylog/log.ts'
import { openStoredLogs } from '../../src/store/stored-logs.ts'
import type { Finding } from '../../src/verifier/finding.ts'
import type { Known } from '../../src/verifier/known.ts'
import { verifyLogs } from '../../src/verifier/logs.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { openReceipt } from '../../src/verifier/receipt.ts'
import { startDepartment } from '../end-to-end/department.ts'
import { muchLater } from '../verifier/verifying.ts'

const department = await startDepartment(t)
const { gateway } = department.serving.process
const url = department.serving.store.server?.url('linkage_auditor') ?? ''
const client = new pg.Client({ connectionString: url })
await client.connect()
client.on('error', () => undefined) // the server ends with the test
t.teardown(() => client.end().catch(() => undefined))
const { log } = gateway.log
const key = readVerifierKey(String((await client.query('SELECT verifier_key FROM linkage.slot')).rows[0]?.verifier_key))

async function verify(known: readonly Known[]): Promise<string[]> {
  const place = await openStoredLogs(url)
  const findings: Finding[] = []
  const run = verifyLogs(place, { now: muchLater, trusted: [key], kept: known.map((each) => ({ log, known: each })) })
  for (let step = await run.next(); step.done !== true; step = await run.next()) findings.push(step.value)
  await place.close()
  return findings.map(({ code }) => code)
}

await department.call(department.education)
/** What a patched log says of an entry that it never wrote: the next place, under the newest checkpoint that it has. */
const patched: Partial<QueryLog> = {
  appendTogether: async (drafts) =>
    drafts.map((_, at) => ({
      index: gateway.log.size + at,
      leaf: Buffer.alloc(32, 1) as never, // of no entry
      checkpoint: Buffer.from(gateway.log.checkpoint).toString('base64'),
    })),
}
const before = department.size
Object.assign(gateway.log, patched)
const answer = await department.call(department.education)
t.equal(answer.status, 200)
t.equal(department.size, before, 'nothing was written')
const receipt: Known = { kind: 'receipt', header: answer.header('linkage-receipt') ?? '', source: 'the answer without an entry' }

t.test('not found today by any check of the log: what was never written leaves no gap', async (t) => {
  t.same(await verify([]), [])
})

t.test('the agency finds it, if it checks its receipts: this one verifies under no signed head', async (t) => {
  t.throws(() => openReceipt(receipt.header, log, [key]), { code: 'receipt-invalid' })
  t.same(await verify([receipt]), ['known-invalid'])
})

t.test('the welfare system finds it, if it keeps the Linkage-Call of each call: one of them has no record', async (t) => {
  const recorded = new Set((await department.records()).map(({ entry }) => entry.id))
  const served = department.welfare.asked.map(({ headers }) => String(headers['linkage-call']))
  t.equal(served.length, 2)
  t.same(
    served.filter((id) => !recorded.has(id)),
    [answer.header('request-id')],
  )
})
