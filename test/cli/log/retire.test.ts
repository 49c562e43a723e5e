// retire.test.ts: `linkage log retire` on a real database: what keeps a month, taking it out, being cut off, and what is left.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { canonicalJson, sha256Hex } from '../../../src/canonical.ts'
import { openPlace } from '../../../src/cli/command-place.ts'
import { keysCommand } from '../../../src/cli/keys.ts'
import { exportedLogs } from '../../../src/cli/log/exported-logs.ts'
import { retireCommand } from '../../../src/cli/log/retire.ts'
import { slotOptions } from '../../../src/cli/log/slot-options.ts'
import { systemClock } from '../../../src/cli/system-clock.ts'
import type { ActFacts } from '../../../src/querylog/act-entries.ts'
import { PartialFolder } from '../../../src/querylog/export/partial-folder.ts'
import { exportTiles, tilesBegin } from '../../../src/querylog/export/tiles.ts'
import { incidentEntry } from '../../../src/querylog/incident-entry.ts'
import { readSigner } from '../../../src/querylog/key-directory.ts'
import { QueryLog } from '../../../src/querylog/log.ts'
import { receiptHeader } from '../../../src/querylog/receipt.ts'
import { reportEntry } from '../../../src/querylog/report-entry.ts'
import { recordRetirement, retirementsOf } from '../../../src/querylog/retire.ts'
import type { EntryRef, FrozenLog } from '../../../src/querylog/sample-entry.ts'
import { connect, startTestDatabase } from '../../store/server.ts'
import { timed } from '../../store/timed.ts'
import { documents, education, newId, police, policies, WritingLog } from '../../verifier/written-log.ts'
import { recordDraw } from '../audit/drawn-of.ts'
import { runLog, verifyJson } from './verifying.ts'

t.setTimeout(120_000)
const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const folder = mkdtempSync(join(tmpdir(), 'linkage-retire-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'config')
cpSync('config', config, { recursive: true })
const audit = join(config, 'audit.yaml')
writeFileSync(audit, readFileSync(audit, 'utf8').replace('plus_years: 1', 'plus_years: 0'))
const before = process.env.DATABASE_URL
process.env.DATABASE_URL = database.gatewayUrl
t.teardown(() => {
  if (before === undefined) delete process.env.DATABASE_URL
  else process.env.DATABASE_URL = before
})
const host = 'linkage.example.gov.tw'
const keysOf = (slot: string): string => join(folder, `keys-${slot}`)
const document = '北市社資字第1230000123號'
const order = ['--document', document, '--keys', keysOf('cli'), '--config', config]

/** Runs the command on a day.
 *  @param as whom months are taken out */
async function retire(
  args: readonly string[],
  now = Date.now(),
  as: string | undefined = database.retentionUrl,
): Promise<{ out: string; code: number }> {
  const environment = { DATABASE_URL: database.gatewayUrl, DATABASE_RETENTION_URL: as }
  let out = ''
  const code = process.exitCode
  process.exitCode = 0
  try {
    await retireCommand({ write: (text) => (out += text) }, () => now, environment).parseAsync([...args], { from: 'user' })
    return { out, code: Number(process.exitCode) }
  } finally {
    process.exitCode = code
  }
}

const kept = async (month: string, now = Date.now()) => JSON.parse((await retire([month, '--config', config, '--json'], now)).out).kept
const place = await openPlace(config)
t.teardown(() => place.close())
const receipts: string[] = []
const drafts = new WritingLog()
const dataKey = await drafts.key()

/** Opens a slot's log at an instant, and writes. */
async function at(
  slot: string,
  instant: string | undefined,
  write: (log: QueryLog) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const ahead = instant === undefined ? 0 : Date.parse(instant) - Date.now()
  const options = slotOptions(place, slot, keysOf(slot))
  const clock = { ...systemClock, wall: () => Date.now() + ahead }
  const recipients = options.recipients.map((each) => ({ ...each, year: '2020' }))
  const log = await QueryLog.open({ ...options, recipients, clock, store: timed(options.store, () => ahead) })
  await write(log)
  await log.close()
}

async function call(log: QueryLog, agency: string): Promise<void> {
  // Refused calls are audited by nobody: a draw of them takes none.
  const recorded = await log.append(drafts.query(agency, false))
  receipts.push(receiptHeader(log.slot, recorded, Buffer.alloc(32)))
}

const facts = (log: QueryLog, id: string, asked: object): ActFacts => ({
  id,
  agency: 'ethics-office',
  asked: JSON.parse(canonicalJson(asked)),
  auth: { jti: id, kid: 'ethics-1', token: sha256Hex(id), type: 'assertion' },
  credential: 'ethics-lin',
  document,
  policy: place.snapshot.digest,
  reason: '歸檔',
  sealed: log.seal(new Date(log.now()).toISOString(), id, '{}'),
  user: 'dosw-lin',
})

/** Records steps in the log of the commands, as they would. */
const record = (...steps: readonly object[]): Promise<void> =>
  at('cli', undefined, async (log) => {
    for (const asked of steps) {
      const id = newId()
      const entryOf = 'about' in asked ? reportEntry : incidentEntry
      await log.append({ write: (given) => entryOf(facts(log, id, asked), given) })
    }
  })

const months = ['2020-01', '2020-02', '2020-03', '2020-04', '2020-05', '2020-06']
const results = {
  document: 'a'.repeat(64),
  months: months.map((month) => ({ month, audited: 0, population: 0, quota: 0 })),
  outcomes: { abnormal: 0, normal: 0, to_explain: 0 },
  users: { audited: 0, reviewed: 0, total: 0, with_records: 0 },
}

/** What the logs hold of an agency's calls, as a freeze states it. */
async function frozenLogs(agency: string): Promise<readonly FrozenLog[]> {
  const { reader } = place.store
  const logs: FrozenLog[] = []
  for (const { head, log, slot } of await reader.heads()) {
    if (slot === 'cli') continue
    const turned: FrozenLog['months'][number][] = []
    for await (const { entry, index } of reader.ofKind(slot, 'month')) {
      const { agencies, ended } = JSON.parse(entry)
      const own = agencies.find((each: { agency: string }) => each.agency === agency)
      if (own !== undefined && months.includes(ended))
        turned.push({ counted: own.counted, countedTo: own.counted_to, index, month: ended, records: own.records })
    }
    logs.push({ log, months: turned, root: head.root.toString('base64'), size: head.size, slot })
  }
  return logs
}

/** A population frozen, a seed thrown, and nothing drawn: nobody was served, and nobody stands on the roster.
 *  @returns the draw */
async function drawn(agency: string): Promise<EntryRef> {
  const logs = await frozenLogs(agency)
  const nothing = { counted: 0, digest: sha256Hex('[]'), drawn: 0, population: 0, quota: 0 }
  const records = (month: string): number =>
    logs.flatMap((each) => each.months.filter((own) => own.month === month)).reduce((sum, own) => sum + own.records, 0)
  let draw: EntryRef | undefined
  await at('cli', undefined, async (log) => {
    draw = await recordDraw(
      {
        keep: (kind, text) => place.store.writer.putDocument(kind, Buffer.from(text)),
        async step(asked, write) {
          const id = newId()
          const { index } = await log.append({ write: (given) => write(facts(log, id, asked), given) })
          return { id, index, log: log.log }
        },
      },
      { agency, from: '2020-01', round: 'self-audit', until: '2020-06' },
      {
        coverage: { drawn: 0, need: 0, reviews: 0, users: 0, withRecords: 0 },
        protection: { apis: ['protection'], grants: [] },
        list: { drawn: [], modes: [], reviews: [], skipped: [], transfers: [] },
        logs,
        months: months.map((month) => ({ ...nothing, month, records: records(month) })),
        roster: '[]',
      },
    )
  })
  if (draw === undefined) throw new Error('a draw was recorded')
  return draw
}

/** A round of the half-year, from its draw to the archive. */
async function archived(agency: string, day: string): Promise<object[]> {
  const step = (name: string, on: string, members: object = {}) => ({
    about: 'round',
    day: on,
    number: `${agency}-109H1`,
    step: name,
    ...members,
  })
  const sample = await drawn(agency)
  return [
    step('sampled', '2020-07-03', { agency, audit: 'self-audit', from: '2020-01', until: '2020-06', sample }),
    step('started', '2020-07-06', { auditors: [{ name: '陳大文', unit: '政風室' }] }),
    step('audited', '2020-07-16', { results }),
    step('approved', '2020-07-20', { acting: false, name: '李局長', title: '局長' }),
    step('sent', '2020-07-28', { received: '2020-07-30' }),
    step('on-record', '2020-08-18'),
    step('archived', day, { by: 'agency', discs: 1, file_number: '115/090101/1' }),
  ]
}

const trust = async (): Promise<string[]> =>
  (
    await Promise.all(['1', '2', '3', 'cli'].map(async (slot) => (await readSigner(keysOf(slot), `${host}/log/${slot}`)).verifierKey))
  ).flatMap((key) => ['--key', key])

async function verified(...more: readonly string[]): Promise<readonly string[]> {
  while ((await filled()) > 0);
  return (await verifyJson('--database', database.auditorUrl, ...more)).inShort
}

const filled = (): Promise<number> => place.store.search.fill(5_000)

const status = async () => JSON.parse((await runLog(['status', '--json', '--database', database.auditorUrl])).out)
const codes = async (): Promise<string[]> =>
  (await status()).findings.map(({ code }: { code: string }) => code).filter((code: string) => code !== 'search-behind')

for (const slot of ['1', '2', '3', 'cli'])
  await keysCommand({ write: () => true }).parseAsync(['init', config, '--slot', slot, '--directory', keysOf(slot)], { from: 'user' })
for (const text of [...documents, place.snapshot.bytes]) await place.store.writer.putDocument('policy', Buffer.from(text))
await at('1', '2020-01-15T02:00:00.000Z', async (log) => {
  for (const digest of [...policies.slice(0, 1), place.snapshot.digest]) await log.append(drafts.policy(digest))
  await log.append(dataKey)
  await Promise.all(Array.from({ length: 300 }, (_, nth) => call(log, nth % 9 === 0 ? police : education)))
})
await at('2', '2020-01-20T02:00:00.000Z')
await at('3', '2020-01-21T02:00:00.000Z')
await at('1', '2020-02-03T02:00:00.000Z', (log) => call(log, education))

t.test('R16: a month that nobody archived stays, and the command says for whom', async (t) => {
  t.same(await kept('2020-01'), [
    { why: 'not-archived', agency: education },
    { why: 'not-archived', agency: police },
  ])
  const { out, code } = await retire(['109-01', '--config', config])
  t.match(out, /taipei-police：該月尚未歸檔[\s\S]*2 項原因，不得移出/)
  t.equal(code, 1)
  t.match(
    (await retire(['2020-01', '--config', config], Date.parse('2021-03-01T04:00:00.000Z'))).out,
    /保存至 114\/12\/31：月底起算 from the month’s end 109\/01\/31/,
  )
})

t.test('R16: archived by all but one, it stays; by all, it may go on the day after the last year, and not on its last', async (t) => {
  await record(...(await archived(education, '2020-08-20')))
  t.same(await kept('2020-01'), [{ why: 'not-archived', agency: police }])
  await record(...(await archived(police, '2020-09-01')))
  t.same(await kept('2020-01'), [])
  t.same(
    (await kept('2020-01', Date.parse('2025-12-31T04:00:00.000Z'))).map(({ agency, until }: { agency?: string; until: string }) => [
      agency,
      until,
    ]),
    [
      [undefined, '2025-12-31'],
      [education, '2025-12-31'],
      [police, '2025-12-31'],
    ],
  )
  const { code, out } = await retire(['2020-01', '--config', config])
  t.same([code, /得移出 nothing keeps it/.test(out)], [0, true])
  t.match(await kept('2020-02'), [{ why: 'earlier-month', month: '2020-01' }])
  t.same(await codes(), [], 'and nothing was done')
})

t.test('R16: never under a hold; what is no step of this version may be one', async (t) => {
  const incident = { day: '2026-09-02', number: '115-I-1', step: 'found', agency: police, found_by: '科長', matter: '疑似以他人帳號查詢' }
  await record(incident)
  t.match(await kept('2020-01'), [{ why: 'held', agency: police, since: '2026-09-02' }])
  const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
  t.ok((await kept(month)).some(({ number, why }: { number?: string; why: string }) => why === 'case-open' && number === '115-I-1'))
  const notified = { day: '2026-09-03', number: '115-I-1', step: 'notified', to: ['ethics-office', 'it-office'] }
  await record(notified, { day: '2026-10-01', number: '115-I-1', step: 'closed' })
  t.same(await kept('2020-01'), [])
})

t.test('what is asked wrongly is refused before anything is done', async (t) => {
  const refused: readonly (readonly [readonly string[], { readonly code: string; readonly message?: RegExp }])[] = [
    [['2026-13', '--config', config], { code: 'usage', message: /2026-03/ }],
    [['2020-01', '--detach', '--config', config], { code: 'usage', message: /--document/ }],
    [['2020-01', '--drop', '--config', config], { code: 'usage', message: /--detach/ }],
    [['2020-01', '--detach', '--resume', ...order], { code: 'usage' }],
    [['2020-01', '--resume', '--config', config], { code: 'cannot-retire', message: /nothing to complete/ }],
    [['2019-01', '--config', config], { code: 'cannot-retire', message: /no table/ }],
    [['2020-01', '--detach', ...order], { code: 'cannot-retire', message: /linkage\.example\.gov\.tw\/log\/2：最後一筆在 2020-01 內/ }],
  ]
  for (const [args, error] of refused) await t.rejects(retire(args), error, args.join(' '))
  await at('2', undefined)
  await t.rejects(retire(['2020-01', '--detach', ...order]), {
    code: 'cannot-retire',
    message: /log\/3：最後一筆在 2020-01 內.*linkage log abandon/,
  })
  process.env.DATABASE_URL = database.operationsUrl
  await runLog(['abandon', '3', ...order])
  process.env.DATABASE_URL = database.gatewayUrl
  for (const as of [database.gatewayUrl, database.operationsUrl, ''])
    await t.rejects(retire(['2020-01', '--detach', ...order], Date.now(), as), {
      code: 'unavailable',
      message: /linkage_retention \(DATABASE_RETENTION_URL\)/,
    })
  t.same(await codes(), [])
})

t.test('what does not verify is not taken out', async (t) => {
  await filled()
  await admin.query('SET session_replication_role = replica')
  await admin.query(`UPDATE linkage.log_search SET account = 'x' WHERE slot = '1' AND index = 7`)
  await t.rejects(retire(['2020-01', '--detach', ...order]), { code: 'cannot-retire', message: /search-mismatch/ })
  await admin.query(`UPDATE linkage.log_search SET account = 'edu-chang' WHERE slot = '1' AND index = 7`)
  t.same(await verified(...(await trust())), [])
})

t.test('cut off behind its entries: status and the verifier say so; it is not recorded twice, and completed by --resume', async (t) => {
  const retention = place.store.openRetention(database.retentionUrl)
  const logs = await retention.logs('2020-01-01')
  await retention.keepBeyond('2020-01-01')
  const said = await retirementsOf(place.store.reader, logs, { document, month: '2020-01', through: 'cli' })
  await at('cli', undefined, (log) => recordRetirement(log, said, newId))
  await retention.close()
  t.same(await codes(), ['retire-unfinished'])
  t.same(await verified(...(await trust())), ['1 0 retire-unfinished', '2 0 retire-unfinished', '3 0 retire-unfinished'])
  await t.rejects(retire(['2020-01', '--detach', ...order]), { code: 'cannot-retire', message: /recorded already/ })
  await record({ day: '2026-11-02', number: '115-I-2', step: 'found', agency: education, found_by: '科長', matter: '疑似外洩' })
  t.match((await retire(['2020-01', '--resume', '--config', config])).out, /保全中/, 'a hold that came meanwhile')
  await record(
    { day: '2026-11-03', number: '115-I-2', step: 'notified', to: ['ethics-office', 'it-office'] },
    { day: '2026-11-04', number: '115-I-2', step: 'closed' },
  )
})

t.test('cut off while it waits for a reader: nobody finds the month, and --resume completes it', async (t) => {
  const cursor = await connect(t, database.auditorUrl)
  await cursor.query('BEGIN')
  await cursor.query('SELECT count(*) FROM linkage.log_entry')
  const cut = t.rejects(retire(['2020-01', '--resume', '--config', config]), { code: 'unavailable' })
  while ((await admin.query('SELECT FROM pg_inherits WHERE inhdetachpending')).rowCount === 0) await sleep(20)
  await admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%DETACH%CONCURRENTLY'`)
  await cut
  t.match(await status(), { retirements: [{ month: '2020-01', recorded: true, place: 'detaching' }] })
  t.same(await codes(), ['retire-unfinished'])
  await cursor.query('COMMIT')
  const { code, out } = await retire(['2020-01', '--resume', '--config', config])
  t.same([code, /2020-01 已移出，資料表另存/.test(out)], [0, true])
  t.match(await status(), { retirements: [{ month: '2020-01', recorded: true, place: 'kept' }] })
  t.same(await codes(), [])
  await t.rejects(retire(['2020-01', '--detach', ...order]), { code: 'cannot-retire', message: /--resume --drop/ })
})

t.test('what stays verifies: with keys that are given, with those that the logs name, with every receipt that was kept', async (t) => {
  t.same(await verified(...(await trust())), [])
  const own = await verifyJson('--database', database.auditorUrl)
  t.same(own.inShort, [], 'the retire entry names the key, where the opening went')
  t.match(
    own.logs.map(({ keys, retired, slot }) => [slot, keys, retired.length]),
    [
      ['1', 'own', 1],
      ['2', 'own', 1],
      ['3', 'own', 1],
      ['cli', 'own', 0],
    ],
  )
  const known = join(folder, 'receipts.txt')
  writeFileSync(known, receipts.join('\n'))
  t.same(await verified(...(await trust()), '--known', known), [])
  await at('1', undefined, (log) => call(log, education))
  await at('2', undefined)
  t.same(await verified(...(await trust())), [], 'its writers go on')
})

t.test(
  'an export of whole logs, offline, verifies as far as entries are there; what was taken out is told, and is no finding',
  async (t) => {
    const rows = place.store.openExport()
    const { logs } = await exportedLogs(place.store, rows, { form: 'tiles' })
    const out = await PartialFolder.begin(join(folder, 'export'))
    const absent = await exportTiles(rows, out, logs, tilesBegin, async () => undefined, { step: 1_000, onProgress: () => undefined })
    await out.finish()
    const last = Number(/^slot=1, index=(\d+)/.exec(receipts.at(-2) ?? '')?.[1])
    t.match(absent, [{ slot: '1', from: 0, to: 256, there: 0 }, { slot: '1', from: 256, there: 0 }, { slot: '2' }, { slot: '3' }])
    t.ok(existsSync(join(folder, 'export', '1', 'rest', String(absent[1]?.to))), 'the rest of a bundle in which the month ended')
    t.same(await rows.retired('1'), [{ from: 0, to: absent[1]?.to }])
    await rows.close()
    const offline = await verifyJson(join(folder, 'export'), ...(await trust()), '--known', join(folder, 'receipts.txt'))
    t.same(offline.inShort, [])
    t.ok(last >= Number(absent[1]?.to), 'with receipts of calls before and behind it')
    rmSync(join(folder, 'export', '1', 'rest'), { recursive: true })
    t.match((await verifyJson(join(folder, 'export'), ...(await trust()))).inShort, [`1 ${absent[1]?.to} entry-missing`])
  },
)

t.test('the next month goes in one command: verified, recorded, taken out and dropped', async (t) => {
  const { code, out } = await retire(['2020-02', '--detach', '--drop', ...order, ...(await trust())])
  t.equal(code, 0)
  t.match(out, /已登載於 linkage\.example\.gov\.tw\/log\/cli 第 \d+ 筆[\s\S]*2020-02 已移出並刪除/)
  t.match(await status(), {
    retirements: [
      { month: '2020-01', place: 'kept' },
      { month: '2020-02', recorded: true, place: 'none' },
    ],
  })
  await retire(['2020-01', '--resume', '--drop', '--config', config])
  t.match(await status(), {
    retirements: [
      { month: '2020-01', place: 'none' },
      { month: '2020-02', place: 'none' },
    ],
  })
  t.same(await codes(), [], 'also of the slot that was abandoned')
  t.same(await verified(...(await trust()), '--known', join(folder, 'receipts.txt')), [])
  t.same((await verifyJson('--database', database.auditorUrl)).inShort, [])
  await at('1', undefined, (log) => call(log, police))
})

t.test('what is held is not dropped, whose records it may be', async (t) => {
  await record({ day: '2026-11-05', number: '115-I-3', step: 'found', agency: 'taipei-revenue', found_by: '科長', matter: '疑似外洩' })
  await t.rejects(retire(['2020-02', '--resume', '--drop', '--config', config]), {
    code: 'cannot-retire',
    message: /taipei-revenue 保全中/,
  })
})
