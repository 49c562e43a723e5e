// search.test.ts: what a running gateway recorded is found by its search columns, soon after, and it says how far they are.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { startDepartment } from './department.ts'

const department = await startDepartment(t)
const client = new pg.Client({ connectionString: department.serving.store.server?.url('linkage_auditor') ?? '' })
await client.connect()
t.teardown(() => client.end())

async function whole(): Promise<void> {
  for (let wait = 0; ; wait += 100) {
    const { rows } = await client.query('SELECT count(*)::int AS found FROM linkage.log_search')
    if (rows[0]?.found === department.size) return
    if (wait > 20_000) throw new Error(`search finds ${rows[0]?.found} of ${department.size} entries`)
    await sleep(100)
  }
}

t.test('calls are found by agency, user, case and Request-Id', async (t) => {
  const answer = await department.call(department.education)
  await department.call(department.education, { headers: { 'linkage-user': 'edu-nobody' } })
  await whole()
  const { rows } = await client.query(
    `SELECT account, code, status, id::text AS id FROM linkage.log_search WHERE agency = 'taipei-education' AND kind = 'query' ORDER BY index`,
  )
  t.same(rows, [
    { account: 'edu-chang', code: 'released', status: 200, id: answer.header('request-id') },
    { account: 'edu-nobody', code: 'user-unknown', status: 403, id: rows[1]?.id },
  ])
})

t.test('the gateway says how far search is', async (t) => {
  const metrics = async () => (await fetch(`http://127.0.0.1:${department.serving.process.adminPort}/metrics`)).text()
  await whole()
  let text = ''
  for (let wait = 0; wait < 10_000 && !text.includes('linkage_search_behind_entries{slot="1"} 0'); wait += 200) {
    await sleep(200)
    text = await metrics()
  }
  t.match(text, /^linkage_search_behind_entries\{slot="1"\} 0$/m)
  t.match(text, /^linkage_search_behind_seconds\{slot="1"\} 0$/m)
})
