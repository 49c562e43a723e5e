// month-turn.test.ts: several processes write slots of one PostgreSQL while the month turns and an export reads on: nobody waits, nothing steps back.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import t from 'tap'
import { monthOf, periodEnd, startOfDay } from '../../src/calendar.ts'
import { makeSlotKeys, readSigner } from '../../src/querylog/key-directory.ts'
import { PostgresLogSearch } from '../../src/store/search.ts'
import { openStoredLogs } from '../../src/store/stored-logs.ts'
import type { Kept } from '../../src/verifier/kept.ts'
import { verifyLogs } from '../../src/verifier/logs.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { connect, startTestDatabase, temporaryFolder } from '../store/server.ts'
import { muchLater } from '../verifier/verifying.ts'
import type { Time, Writing, Wrote } from './slot-process.ts'

t.setTimeout(120_000)
const host = 'linkage.example'
const database = await startTestDatabase(t)
const folder = temporaryFolder(t)
const admin = await connect(t, database.adminUrl)
const thisMonth = monthOf(Date.now())
/** The machine's next month, and the one behind it: until the turn no table is there for that. */
const begins = periodEnd(thisMonth, 1)
const behind = periodEnd(begins, 1)
const turn = startOfDay(begins)

const slots = [
  { slot: '1', callers: 16, setBack: 0 },
  { slot: '2', callers: 16, setBack: 5_000 },
  { slot: '3', callers: 4, setBack: 0 },
  { slot: '4', callers: 0, setBack: 0 },
]

interface Process {
  /** Tells it the time; resolves once its log is open. */
  open(time: Time): Promise<void>
  /** Tells it the time anew: from then on it writes. */
  write(time: Time): void
  end(): Promise<Wrote>
}

async function start({ slot, callers, setBack }: (typeof slots)[number]): Promise<Process> {
  const keys = join(folder, slot)
  await makeSlotKeys(keys)
  const writing: Writing = { slot, host, keys, url: database.gatewayUrl, callers, setBack }
  const script = join(import.meta.dirname, 'slot-process.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, JSON.stringify(writing)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const says = async (word: string): Promise<void> => {
    const { value } = await lines.next()
    if (value !== word) throw new Error(`slot ${slot}: expected ${word}, found ${value}`)
  }
  const tell = (time: Time): void => void child.stdin.write(`${JSON.stringify(time)}\n`)
  await says('loaded')
  return {
    open: async (time) => {
      tell(time)
      await says('open')
    },
    write: tell,
    end: async () => {
      child.stdin.end()
      const { value } = await lines.next()
      if (child.exitCode === null) await once(child, 'exit')
      return JSON.parse(value ?? '')
    },
  }
}

const tableOf = async (month: string): Promise<boolean> =>
  (await admin.query(`SELECT to_regclass($1) IS NOT NULL AS there`, [`linkage.log_entry_${month.slice(0, 7).replace('-', '_')}`])).rows[0]
    ?.there

/** An export that began before the turn and reads on: every lock that it holds it keeps. */
async function exporting(): Promise<{ readonly client: pg.Client; end(): Promise<number> }> {
  const client = await connect(t, database.auditorUrl)
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await client.query('DECLARE rows NO SCROLL CURSOR FOR SELECT entry FROM linkage.log_entry ORDER BY slot, index')
  let [read, ends] = [0, false]
  const reading = (async () => {
    while (!ends) {
      read += (await client.query('FETCH 20 FROM rows')).rows.length
      await sleep(50)
    }
  })()
  return {
    client,
    end: async () => {
      ends = true
      await reading
      await client.query('ROLLBACK')
      return read
    },
  }
}

/** How long before the turn logs are opened, and how long before it all of them write: in time of theirs, which steps from one to the
 *  other once the last is open, less than the minute that a clock may run ahead. */
const [openedBefore, writtenBefore] = [40_000, 3_000]
let rows: Awaited<ReturnType<typeof exporting>>
let wrote: readonly Wrote[] = []

t.test('the turn makes the table of the month behind it while an export reads, and no append waits for that', async (t) => {
  const processes = await Promise.all(slots.map(start))
  const opened = { offset: turn - Date.now() - openedBefore, turn }
  await Promise.all(processes.map((each) => each.open(opened)))
  const offset = turn - Date.now() - writtenBefore
  const until = (at: number): Promise<void> => sleep(Math.max(0, at - Date.now() - offset))
  for (const each of processes) each.write({ offset, turn })
  await until(turn - 1_000)
  rows = await exporting()
  t.notOk(await tableOf(behind), 'not there before the turn')
  await until(turn + 2_000)
  wrote = await Promise.all(processes.map((each) => each.end()))
  t.ok(await tableOf(behind), 'made while the export held its locks')
  for (const { slot, before, after, refused } of wrote) {
    t.same(refused, [], `slot ${slot}: nothing was refused`)
    t.ok(before > 0 && after > 0, `slot ${slot}: ${before} before the turn, ${after} behind it`)
  }
  t.comment(
    wrote.map(({ slot, before, after, longest }) => `slot ${slot}: ${before} + ${after}, longest ${Math.round(longest)} ms`).join('; '),
  )
})

t.test('a table made as PARTITION OF would have waited for the export, and every append behind it', async (t) => {
  await admin.query(`SET lock_timeout = '300ms'`)
  const months = `FROM ('2199-11-01') TO ('2199-12-01')`
  await t.rejects(admin.query(`CREATE TABLE linkage.never PARTITION OF linkage.log_entry FOR VALUES ${months}`), { code: '55P03' })
  await admin.query('RESET lock_timeout')
  t.ok((await rows.end()) > 0, 'it read')
})

t.test('one month entry in each log, and no entry is dated before the one before it, whatever the clocks do', async (t) => {
  const { rows: turns } = await admin.query(
    `SELECT slot, count(*)::int AS turns, max((entry::json) ->> 'ended') AS ended, max((entry::json) ->> 'begins') AS begins
      FROM linkage.log_entry WHERE strpos(entry, '"kind":"query"') = 0 AND (entry::json) ->> 'kind' = 'month' GROUP BY slot ORDER BY slot`,
  )
  t.same(
    turns,
    slots.map(({ slot }) => ({ slot, turns: 1, ended: thisMonth.slice(0, 7), begins: begins.slice(0, 7) })),
  )
  const { rows: dates } = await admin.query(
    `SELECT slot, count(*) FILTER (WHERE at < before)::int AS steps, count(*) FILTER (WHERE month < month_before)::int AS months,
      count(*) FILTER (WHERE clock < at)::int AS kept FROM (
        SELECT slot, month, at, clock, lag(at) OVER log AS before, lag(month) OVER log AS month_before FROM (
          SELECT slot, index, month, (entry::json) ->> 'at' AS at, (entry::json) ->> 'clock' AS clock FROM linkage.log_entry) AS entry
        WINDOW log AS (PARTITION BY slot ORDER BY index)) AS dated GROUP BY slot ORDER BY slot`,
  )
  t.same(
    dates.map(({ slot, steps, months }) => [slot, steps, months]),
    slots.map(({ slot }) => [slot, 0, 0]),
  )
  t.ok(dates[1].kept > 0, 'the clock of slot 2 was set back over the turn, and its entries say so')
  t.equal(dates[0].kept, 0)
})

t.test('the verifier is content with all of them, with every receipt that was kept, and with what they are searched by', async (t) => {
  const search = new PostgresLogSearch(database.gatewayUrl)
  while ((await search.fill(5_000)) > 0);
  await search.close()
  const trusted = await Promise.all(
    slots.map(async ({ slot }) => readVerifierKey((await readSigner(join(folder, slot), `${host}/log/${slot}`)).verifierKey)),
  )
  const kept: Kept[] = wrote.flatMap(({ slot, receipts }) =>
    receipts.map((header, nth) => ({ log: `${host}/log/${slot}`, known: { kind: 'receipt', header, source: `receipt ${nth}` } })),
  )
  const place = await openStoredLogs(database.auditorUrl)
  const run = verifyLogs(place, { now: muchLater, trusted, kept })
  const findings = []
  for (let step = await run.next(); ; step = await run.next()) {
    if (step.done !== true) findings.push(step.value)
    else {
      for (const { slot, size, signedTo, searchTo, keys } of step.value)
        t.same([keys, signedTo, searchTo], ['given', size, size], `slot ${slot}: ${size} entries`)
      break
    }
  }
  t.same(findings, [])
  await place.close()
})
