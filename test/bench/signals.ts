// signals.ts: `npm run bench:signals`: the signals of a month of a million records over five agencies, with users, from database to pages.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { signalsCommand } from '../../src/cli/audit/signals.ts'
import { openDepartment } from '../../src/cli/demo/department.ts'
import { place, runCommand, who } from '../cli/log/auditing.ts'
import { Configuration } from '../end-to-end/configuration.ts'
import { startTestDatabase } from '../store/server.ts'

const records = Number(process.argv[2] ?? 1_000_000)
/** Where pages stay, for people who look; absent: nowhere. */
const [, , , kept] = process.argv
const teardowns: (() => void | Promise<void>)[] = []
const folder = mkdtempSync(join(tmpdir(), 'linkage-bench-'))

/** Search columns as they would be derived, without the entries: nothing else is read of queries. Most records lie in office hours of
 *  workdays, some users ask more than others, few subjects are asked about by many. */
const fill = `INSERT INTO linkage.log_search (slot, index, month, at, kind, agency, account, credential, address, case_no, mode, decision, code, status, subject)
  SELECT '1', n, '2026-10-01', '2026-10-01 00:00+08'::timestamptz + (day * 1440 + minute + random()) * INTERVAL '1 minute', 'query', agency,
    CASE WHEN code = 'user-missing' THEN NULL ELSE agency || '-' || user_no END, agency || '-key', '203.0.113.' || (1 + (user_no * 7 + (random() < 0.01)::int) % 14),
    'C-' || (n / 3), 'api', CASE WHEN code IN ('released', 'subject-not-found') THEN 'permit' ELSE 'deny' END, code, 200,
    lpad(to_hex((random() ^ 1.5 * $1 * 0.7)::int), 32, '0')
  FROM (SELECT n, (ARRAY['taipei-education','taipei-education','taipei-police','taipei-revenue','taipei-transportation','wanhua-district'])[1 + n % 6] AS agency,
    floor(random() * 31)::int AS day_drawn, (60 * random() ^ 3)::int AS user_no, random() AS r,
    (ARRAY['released','released','released','released','released','released','subject-not-found','released','released','released','purpose-not-granted','outside-hours','released','released','released','user-missing'])[1 + floor(random() * 16)::int] AS code
    FROM generate_series(0, $1::int - 1) AS n) AS drawn,
  LATERAL (SELECT least(day_drawn, 30) AS day) AS d,
  LATERAL (SELECT CASE WHEN r < 0.06 OR (extract(isodow FROM '2026-10-01'::date + day) > 5 AND r < 0.9) THEN NULL ELSE 1 END AS office) AS o,
  LATERAL (SELECT CASE WHEN o.office IS NULL THEN (random() * 1439)::int ELSE 480 + ((random() + random()) / 2 * 600)::int END AS minute) AS m
  WHERE extract(isodow FROM '2026-10-01'::date + day) < 6 OR r < 0.1 OR r > 0.98`

async function run(): Promise<void> {
  const { config } = await openDepartment(folder)
  new Configuration(config).edit('gateway.yaml', (document) => document.set('origin', 'http://linkage.example'))
  const database = await startTestDatabase({ teardown: (each) => void teardowns.unshift(each) })
  const admin = new pg.Client({ connectionString: database.adminUrl })
  await admin.connect()
  await admin.query(`SELECT linkage.prepare_month('2026-10-01'), linkage.prepare_search_month('2026-10-01')`)
  await admin.query(fill, [records])
  const { rows } = await admin.query('SELECT count(*)::int AS count FROM linkage.log_search')
  const log = 'linkage.example/log/1'
  const root = Buffer.alloc(32)
  await admin.query(
    `INSERT INTO linkage.slot (slot, epoch, log, verifier_key, size, root, frontier, month, agencies, checkpoint)
      VALUES ('1', 1, $1, 'k', $2, $3, '', '2026-10-01', '{}', $4)`,
    [log, records, root, `${log}\n${records}\n${root.toString('base64')}\n\n— ${log} AAAAAAA=\n`],
  )
  await admin.query(`INSERT INTO linkage.log_search_cursor (slot, next) VALUES ('1', $1)`, [records])
  // The first entry says when the log began.
  const first = JSON.stringify({ at: '2026-10-01T00:00:00.000Z', kind: 'opening', v: 1 })
  await admin.query(
    `INSERT INTO linkage.log_entry (index, month, slot, leaf_hash, entry) VALUES (0, '2026-10-01', '1', sha256('\\x00'::bytea || convert_to($1, 'UTF8')), $1)`,
    [first],
  )
  await admin.query('ANALYZE linkage.log_search')
  await admin.end()
  process.env.DATABASE_URL = database.gatewayUrl
  const signer = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', who.reason]
  const to = kept ?? join(folder, 'pages')
  const now = Date.parse('2026-11-05T02:00:00.000Z')
  let most = 0
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 50)
  const began = performance.now()
  const told = await runCommand((output) => signalsCommand(output, () => now), '--month', '2026-10', '--users', ...signer, '--to', to)
  const seconds = (performance.now() - began) / 1000
  clearInterval(watch)
  if (told.error !== '') throw new Error(told.error)
  process.stdout.write(told.out)
  const bytes = readdirSync(to).reduce((sum, name) => sum + statSync(join(to, name)).size, 0)
  console.log(
    `signals: ${rows[0].count} records in ${seconds.toFixed(1)} s, ${Math.round(most / 2 ** 20)} MiB, ${Math.round(bytes / 1024)} KiB of pages`,
  )
}

try {
  await run()
} finally {
  for (const each of teardowns) await each()
  rmSync(folder, { recursive: true, force: true })
}
