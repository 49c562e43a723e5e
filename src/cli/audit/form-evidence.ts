// form-evidence.ts: what a form is made from, read from the database: drawn entries, the frozen roster, and the rules of their day.

import { notable } from '../../audit/answers/results-document.ts'
import type { AuditForm } from '../../audit/form/audit-form.ts'
import { titlesOf } from '../../audit/form/catalogue-titles.ts'
import { type DrawnEntry, type DrawnEvidence, drawnForm, type QueryMembers } from '../../audit/form/drawn-form.ts'
import { notCountedName } from '../../audit/form/not-counted-csv.ts'
import { roundResults } from '../../audit/form/round-results.ts'
import { thrownWords } from '../../audit/form/thrown-words.ts'
import { frozenRoster } from '../../audit/frozen-roster.ts'
import { daysOf } from '../../audit/period.ts'
import type { AccountUses, CountedStore, NotCounted } from '../../audit/ports.ts'
import { drawSeed } from '../../audit/tickets.ts'
import { addDays, type CivilDate, civilDateOf, startOfDay } from '../../calendar.ts'
import type { AgencyFile } from '../../policy/schema/agency.ts'
import type { Snapshot } from '../../policy/snapshot.ts'
import type { ReadLog } from '../../querylog/act-entries.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import { documentOf, requireSearched } from './frozen-population.ts'
import { countNotCounted, type NotCountedOfLogs } from './not-counted.ts'
import type { RoundDraw } from './round-draw.ts'
import { RulesOfRecords } from './rules-of-records.ts'
import { periodName } from './sampled.ts'
import { throwerOf } from './thrower.ts'

/** A record of the sample: its place in the log. */
export interface PlaceOfRecord {
  readonly log: string
  readonly index: number
}

export const placeName = ({ index, log }: PlaceOfRecord): string => `${log} ${index}`

export interface FormEvidence extends Omit<DrawnEvidence, 'entryOf'> {
  readonly entries: ReadonlyMap<string, Omit<DrawnEntry, 'added' | 'opened'>>
  /** Where the calls of the annex stand in each log. */
  readonly uncounted: NotCountedOfLogs
  /** Digests of rules that this version cannot make again: titles are then today's. */
  readonly unread: readonly string[]
}

/** Reads everything but who was asked about, which is sealed.
 *  @throws UsageError where the database does not hold what the draw names; what the store throws */
export async function readEvidence(
  place: CommandPlace,
  counted: AccountUses & CountedStore & NotCounted,
  of: RoundDraw,
): Promise<FormEvidence> {
  const { audit, snapshot, store } = place
  const { draw, freeze, recorded, round, seed, throws } = of
  const agency = snapshot.agencies.get(draw.agency)
  if (agency === undefined)
    throw new UsageError(`設定中沒有機關 ${draw.agency}。 The configuration has no agency ${draw.agency}: its name and code stand there.`)
  const { manager } = agencyFile(snapshot, draw.agency)
  const rules = new RulesOfRecords(place)
  const uncounted = await countNotCounted(place, counted, of)
  const count = [...uncounted.values()].reduce((sum, each) => sum + each.count, 0)
  return {
    agency: { code: agency.code, name: agency.name },
    ...(manager !== undefined && { manager }),
    draw,
    seed: drawSeed(freeze.leaf, seed.asked.randomness).toString('hex'),
    thrown: thrownWords(throws, (each) => throwerOf(snapshot, each)),
    logs: freeze.logs.filter(({ months }) => months.length > 0).map(({ log, root, size }) => ({ log, root, size })),
    issued: civilDateOf(Date.parse(recorded.at)),
    roster: frozenRoster(await documentOf(store.reader, freeze.roster)),
    lastUses: await lastUsesOf(store, counted, of),
    auditors: round.auditors.map(({ name, unit }) => `${name}（${unit}）`),
    ...(round.results !== undefined && { results: await resultsOf(store.reader, round.results, draw.drawn.length) }),
    fewUsers: audit['D-20'],
    notCounted: { count, file: notCountedName(`${periodName(draw)}_${agency.code}`) },
    uncounted,
    entries: await entriesOf(place, counted, of, rules),
    unread: rules.unread,
  }
}

/** When accounts that are reviewed were last used, up to the end of the period.
 *  @throws UsageError while search has not read what was frozen */
async function lastUsesOf(store: CommandPlace['store'], uses: AccountUses, { draw, freeze }: RoundDraw): Promise<FormEvidence['lastUses']> {
  const accounts = draw.reviews.flatMap((review) => review.accounts)
  const days = new Map<string, CivilDate>()
  if (accounts.length === 0) return days
  await requireSearched(store, freeze)
  const before = startOfDay(addDays(daysOf(draw).last, 1))
  for (const { size, slot } of freeze.logs)
    for (const [account, at] of await uses.lastUses({ slot, agency: draw.agency, accounts, below: size, before })) {
      const day = civilDateOf(at)
      if (day > (days.get(account) ?? '')) days.set(account, day)
    }
  return days
}

/** What was recorded, with the items that are not 正常: from the bytes that the step names. */
async function resultsOf(
  reader: CommandPlace['store']['reader'],
  results: NonNullable<RoundDraw['round']['results']>,
  drawn: number,
): Promise<NonNullable<FormEvidence['results']>> {
  return roundResults(results, drawn, notable(await documentOf(reader, { digest: results.document })))
}

/** The agency's file as it decides: it holds whom the agency names as its manager. */
function agencyFile({ texts }: Snapshot, agency: string): Pick<AgencyFile, 'manager'> {
  return JSON.parse(texts.get(`agencies/${agency}.yaml`) ?? '{}') // a file of the snapshot is whole, by its schema
}

async function entriesOf(
  { store: { reader } }: CommandPlace,
  counted: CountedStore,
  { draw, freeze }: RoundDraw,
  rules: RulesOfRecords,
): Promise<FormEvidence['entries']> {
  const logs = new Map(freeze.logs.map((each) => [each.log, each]))
  const entries = new Map<string, Omit<DrawnEntry, 'added' | 'opened'>>()
  for (const record of draw.drawn) {
    const log = logs.get(record.log)
    const query = log === undefined ? undefined : await queryAt(reader, log.slot, record.index)
    if (log === undefined || query === undefined)
      throw new UsageError(
        `${record.log} 第 ${record.index} 筆不在資料庫。 Entry ${record.index} of ${record.log} is not in the database: linkage log verify.`,
      )
    const titles = titlesOf(await rules.of(query.policy), query)
    const { countedSeq } = record
    const span = { agency: draw.agency, slot: log.slot, from: countedSeq, to: countedSeq, below: log.size }
    const completedRows = query.mode === 'file' && query.rows === undefined ? await rowsOf(counted, span) : undefined
    entries.set(placeName(record), { query, titles, ...(completedRows !== undefined && { completedRows }) })
  }
  return entries
}

async function queryAt(reader: CommandPlace['store']['reader'], slot: string, index: number): Promise<QueryMembers | undefined> {
  for await (const { entry } of reader.entries(slot, index, index + 1)) return JSON.parse(entry) // what its writer built
  return undefined
}

async function rowsOf(counted: CountedStore, span: Parameters<CountedStore['transfers']>[0]): Promise<number | undefined> {
  for await (const { rows } of counted.transfers(span)) return rows
  return undefined
}

/** The form of what was read.
 *  @param subjects whom a `disclosure` entry opened, by `placeName` */
export function formOf({ entries, ...evidence }: FormEvidence, { addedBy }: RoundDraw, subjects: ReadonlyMap<string, string>): AuditForm {
  return drawnForm({
    ...evidence,
    entryOf: (record) => {
      const [entry, added, opened] = [entries.get(placeName(record)), addedBy(record), subjects.get(placeName(record))]
      if (entry === undefined) throw new TypeError('each drawn record was read')
      return { ...entry, ...(added !== undefined && { added }), ...(opened !== undefined && { opened }) }
    },
  })
}

/** What was read of each log: from the first to the last of the drawn records and, with the annex, of the calls that do not count; as the log
 *  was frozen.
 *  @param uncounted absent: without the annex */
export function readLogs({ freeze }: RoundDraw, rows: AuditForm['rows'], uncounted?: NotCountedOfLogs): readonly ReadLog[] {
  return freeze.logs.flatMap(({ log, root, size, slot }): ReadLog[] => {
    const indexes = rows.filter(({ id }) => id.log === log).map(({ id }) => id.index)
    const annex = uncounted?.get(log)
    if (annex !== undefined && annex.count > 0) indexes.push(annex.first, annex.last)
    return indexes.length === 0 ? [] : [{ log, root, size, slot, from: Math.min(...indexes), to: Math.max(...indexes) + 1 }]
  })
}
