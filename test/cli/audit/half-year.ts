// half-year.ts: a department whose log of slot 1 has the months of a round behind it, on a real database, for commands that draw.
import { addDays, type CivilDate, civilDateOf, monthOf, startOfDay } from '../../../src/calendar.ts'
import { canonicalJson } from '../../../src/canonical.ts'
import { openDepartment } from '../../../src/cli/demo/department.ts'
import { loadFolder } from '../../../src/policy/load.ts'
import type { QueryFacts } from '../../../src/querylog/query-entry.ts'
import { Configuration } from '../../end-to-end/configuration.ts'
import { type Teardown, type TestDatabase, temporaryFolder } from '../../store/server.ts'
import { education, newId, police, WritingLog } from '../../verifier/written-log.ts'
import { writtenLogHere } from './written-log-here.ts'

/** The first day of the month so many months before this one, or before the last one: so that the third and the second month before lie in
 *  one half-year, whatever the day. */
export function monthsAgo(count: number): CivilDate {
  let first = monthOf(Date.now())
  if (['03', '09'].includes(first.slice(5, 7))) first = monthOf(startOfDay(addDays(first, -1)))
  for (let nth = 0; nth < count; nth += 1) first = monthOf(startOfDay(addDays(first, -1)))
  return first
}

export interface HalfYear {
  readonly folder: string
  readonly database: TestDatabase
  /** First and last month of the round, `2026-08`: two months that are over, and one behind them. */
  readonly from: string
  readonly until: string
}

/** 09:00 in Taipei on a day of the month. */
export const at = (first: CivilDate, day: number, seconds = 0): string =>
  new Date(startOfDay(addDays(first, day - 1)) + 9 * 3_600_000 + seconds * 1_000).toISOString()

/** @param configure changes the folder before it is what the log says was in force
 *
 *  Of the education bureau 250 counted records of two persons with three accounts in the first month, of which 12 were never released, and
 *  20 refusals; four of two persons in the second, one of whom has no row; ten in the month behind it. Of the police three protection
 *  cases. */
export async function startHalfYear(t: Teardown, configure?: (config: string) => void): Promise<HalfYear> {
  const folder = temporaryFolder(t)
  const { config } = await openDepartment(folder)
  new Configuration(config).edit('gateway.yaml', (document) => document.set('origin', 'http://linkage.example'))
  configure?.(config)
  const { audit, snapshot } = loadFolder(config)
  if (snapshot === undefined || audit === undefined) throw new Error('the example does not load')
  const writing = new WritingLog({ heads: [], parameters: JSON.parse(canonicalJson({ audit })) })
  const [first, second, third] = [monthsAgo(3), monthsAgo(2), monthsAgo(1)]
  writing.batch(at(first, 1), writing.opening(), await writing.key())
  writing.batch(at(first, 1, 1), writing.policy(snapshot.digest))
  const query = (user: string, own: Partial<QueryFacts> = {}, agency = education) =>
    writing.query(agency, true, own.id ?? newId(), { user, ...own })
  const unreleased = Array.from({ length: 12 }, newId)
  const users = ['edu-chang', 'edu-chang2', 'edu-lin']
  writing.batch(
    at(first, 2),
    ...Array.from({ length: 250 }, (_, nth) => {
      const id = nth % 20 === 7 ? unreleased[(nth - 7) / 20] : undefined
      return query(users[nth % 3] ?? '', id === undefined ? {} : { id })
    }),
  )
  writing.batch(at(first, 3), ...Array.from({ length: 20 }, () => writing.query(education, false)))
  writing.batch(at(first, 3, 1), ...completionsOf(writing, unreleased))
  writing.batch(at(first, 4), ...Array.from({ length: 3 }, () => query('police-wang', { api: 'protection' }, police)))
  writing.batch(at(second, 2), query('edu-wu'), query('gone-user'), query('edu-wu'), query('edu-wu'))
  writing.batch(at(third, 2), ...Array.from({ length: 10 }, () => query('edu-wu')))
  writing.batch(at(monthsAgo(0), 1), await writing.key())
  const database = await writtenLogHere(t, writing)
  return { folder, database, from: first.slice(0, 7), until: second.slice(0, 7) }
}

function completionsOf(writing: WritingLog, ids: readonly string[]) {
  const entries = writing.written.entries.map((each) => JSON.parse(each.toString('utf8')).id)
  return ids.map((id) => writing.completion(education, { id, index: entries.indexOf(id) }))
}

/** The present month in Taipei, which is not over. */
export const thisMonth = (): string => civilDateOf(Date.now()).slice(0, 7)
