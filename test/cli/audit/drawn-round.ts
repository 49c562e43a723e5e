// drawn-round.ts: a round of the education bureau: real records, a draw of them, and who audits; for commands that work with its forms.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { civilDateOf } from '../../../src/calendar.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { openPlace } from '../../../src/cli/command-place.ts'
import { type StoredRecord, startDepartment, type Teardown, type TestDepartment } from '../../end-to-end/department.ts'
import { type Ran, runCommand, signing } from '../log/auditing.ts'
import { drawnOf } from './drawn-of.ts'
import { type ResultOf, type ResultsOf, resultsOf } from './results-of.ts'

export const round = 'taipei-education-115H1'
/** Of every name: `115H1_379110000E_稽核紀錄表_國小教育科.ods`. */
export const begin = '115H1_379110000E'
export const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06'] as const
const users = ['edu-chang', 'edu-chang', 'edu-kulas', 'edu-huang'] as const
const units: Readonly<Record<string, string>> = { 'edu-chang': '國小教育科', 'edu-kulas': '原住民族教育科', 'edu-huang': '國中教育科' }

/** Of the round what results are of; a test changes what it is about. */
export function wholeResults({ department, queries, sample }: DrawnRound): ResultsOf {
  const { log } = department.serving.process.gateway.log
  const records = queries.map(({ entry, index }): ResultOf => {
    const user = String(entry.user)
    return { log, index, user, unit: units[user] ?? '' }
  })
  return {
    round,
    samples: [sample],
    drawn: queries.length,
    records,
    reviews: [{ account: 'edu-yoshida', unit: '國小教育科' }],
    open: { items: [], reviews: [] },
    users: { total: 8, with_records: 3 },
    day: civilDateOf(Date.now()),
  }
}

/** Writes results that are to be recorded: of what was drawn and is not among them they say that it is open.
 *  @param own what of them differs
 *  @param said members in place of what they come to
 *  @returns the name of the file */
export function writeResults(drawn: DrawnRound, name: string, own: Partial<ResultsOf> = {}, said: object = {}): string {
  const file = join(drawn.department.folder, name)
  const whole = wholeResults(drawn)
  const { records, reviews } = { ...whole, ...own }
  const open = {
    items: whole.records.flatMap(({ index, log, unit }) => (records.some((each) => each.index === index) ? [] : [{ index, log, unit }])),
    reviews: whole.reviews.filter(({ account }) => !reviews.some((each) => each.account === account)),
  }
  writeFileSync(file, resultsOf({ ...whole, open, ...own }, said))
  return file
}

export interface DrawnRound {
  readonly department: TestDepartment
  /** Of 張雅婷 two, of 谷辣斯‧尤達卡 and 黃𡘙 one each. */
  readonly queries: readonly StoredRecord[]
  /** Id of the draw. */
  readonly sample: string
  /** Options of the auditor who runs commands. */
  readonly mine: readonly string[]
  audit(...args: readonly string[]): Promise<Ran>
}

interface FirstMonth {
  readonly population: number
  readonly quota: number
}

/** The round of a draw: 已抽樣.
 *  @param first items of the first month, and how many of them the law asks; absent: those that were drawn, and all of them */
export async function startRound(t: Teardown, configure?: Parameters<typeof startDepartment>[1], first?: FirstMonth): Promise<DrawnRound> {
  const drawn = await drawRound(t, configure, first)
  const sampled = await drawn.audit('report', 'round', 'sampled', '--sample', drawn.sample, ...drawn.mine)
  if (sampled.error !== '') throw new Error(sampled.error)
  return drawn
}

/** Four drawn records, all of the round's first month, and one account to review. */
export async function drawRound(t: Teardown, configure?: Parameters<typeof startDepartment>[1], first?: FirstMonth): Promise<DrawnRound> {
  const department = await startDepartment(t, configure)
  for (const user of users) await department.call(department.education, { headers: { 'linkage-user': user } })
  const queries = (await department.records()).filter(({ entry }) => entry.kind === 'query')
  while ((await department.serving.store.search.fill(1_000)) > 0); // when an account was used is found
  const { log, slot } = department.serving.process.gateway.log
  const place = await openPlace(join(department.folder, 'config'))
  const roster = place.snapshot.texts.get('rosters/taipei-education.csv') ?? ''
  await place.close()
  const all = queries.length
  const head = (await department.serving.store.reader.heads()).find((each) => each.slot === slot)?.head
  if (head === undefined) throw new Error(`no head of slot ${slot}`)
  const sample = await drawnOf(
    department,
    { agency: 'taipei-education', from: '2026-01', until: '2026-06', round: 'self-audit' },
    {
      roster,
      coverage: { drawn: 3, need: 4, reviews: 1, users: 8, withRecords: 3 },
      logs: [
        {
          log,
          slot,
          size: head.size,
          root: head.root.toString('base64'),
          months: [{ counted: all, countedTo: all, index: 1, month: '2026-01', records: all }],
        },
      ],
      months: months.map((month, at) => ({
        counted: at === 0 ? all : 0,
        records: at === 0 ? all : 0,
        digest: queries[0]?.entry.policy as never, // the digest of anything
        drawn: at === 0 ? all : 0,
        month,
        population: at === 0 ? (first?.population ?? all) : 0,
        quota: at === 0 ? (first?.quota ?? all) : 0,
      })),
      list: {
        drawn: queries.map(({ entry, index }, at) => ({
          countedSeq: Number(entry.counted_seq),
          index,
          log,
          month: '2026-01',
          person: ['EDU0001', 'EDU0001', 'EDU0007', 'EDU0006'][at] ?? '',
          user: String(entry.user),
          why: ['month'] as const,
        })),
        modes: [{ counted: all, mode: 'api', month: '2026-01' }],
        reviews: [{ accounts: ['edu-yoshida'], person: 'EDU0005' }],
        skipped: [],
        transfers: [],
      },
    },
  )
  const mine = signing(department)
  const audit = (...args: readonly string[]) => runCommand(auditCommand, ...args)
  return { department, queries, sample, mine, audit }
}
