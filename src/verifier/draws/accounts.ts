// accounts.ts: whose the counted records of frozen populations are, read from the entries themselves.
import { isObject, type Json } from '../json-value.ts'
import type { StoredLog, StoredLogs } from '../stored.ts'
import { type CoverageTickets, coverageTickets } from './month-draw.ts'
import type { FrozenLog, FrozenMonth } from './sample.ts'

/** Of an account the record that a draw of users would take. */
export interface Smallest {
  readonly log: string
  readonly countedSeq: number
  readonly ticket: Buffer
}

/** A population as a seed draws users from it. */
export interface Peopled {
  readonly agency: string
  readonly logs: readonly FrozenLog[]
  /** What was drawn before these late records: who has a counted number there appears in the log too. */
  readonly before: readonly FrozenLog[]
  readonly seed: Uint8Array
  /** By log; undefined where all counted numbers are drawn from. */
  readonly only: ReadonlyMap<string, ReadonlySet<number>> | undefined
  /** Those of which nothing was released, by log. */
  readonly skipped: ReadonlyMap<string, ReadonlySet<number>>
  /** Every account with a counted number, and of those with one that counts the smallest. */
  readonly found: Map<string, Smallest | undefined>
  /** How many counted numbers were read. */
  read: number
}

/** Reads each log once, however many populations there are of it. Memory grows with accounts, not with records.
 *  @throws Error where a place cannot be read */
export async function readAccounts({ logs }: StoredLogs, populations: readonly Peopled[]): Promise<void> {
  for (const stored of logs) {
    const own = populations.flatMap((each) => {
      const own = ({ log }: FrozenLog): boolean => log === stored.log
      const [frozen, before] = [each.logs.find(own), each.before.filter(own).flatMap(({ months }) => months)]
      if (frozen === undefined || frozen.months.length + before.length === 0) return []
      return [{ each, frozen, before, tickets: coverageTickets(each.seed, stored.log, each.agency) }]
    })
    if (own.length > 0) await readLog(stored, own)
  }
}

/** Whether every counted number that was frozen was read: of some records alone it is not known otherwise who else has some. */
export const isWhole = ({ before, logs, read }: Peopled): boolean =>
  read === [...before, ...logs].reduce((sum, { months }) => sum + months.reduce((own, { counted }) => own + counted, 0), 0)

interface Own {
  readonly each: Peopled
  readonly frozen: FrozenLog
  readonly before: readonly FrozenMonth[]
  readonly tickets: CoverageTickets
}

async function readLog(stored: StoredLog, own: readonly Own[]): Promise<void> {
  const end = Math.max(...own.map(({ frozen }) => frozen.size))
  for await (const chunk of stored.entries(() => undefined))
    for (const { bytes, index } of chunk) {
      if (index >= end) return
      const query = bytes && countedQuery(bytes)
      if (query === undefined) continue
      for (const population of own) if (index < population.frozen.size) take(stored.log, population, query)
    }
}

interface Query {
  readonly agency: string
  readonly countedSeq: number
  readonly user: string
}

const isAmong = (months: readonly FrozenMonth[], number: number): boolean =>
  months.some(({ counted, countedTo }) => number <= countedTo && number > countedTo - counted)

function take(log: string, { before: earlier, each, frozen, tickets }: Own, { agency, countedSeq, user }: Query): void {
  if (agency !== each.agency) return
  const isLate = isAmong(frozen.months, countedSeq)
  if (!isLate && !isAmong(earlier, countedSeq)) return
  each.read += 1
  if (each.only !== undefined && !each.only.get(log)?.has(countedSeq)) return
  const before = each.found.get(user)
  const ticket = !isLate || each.skipped.get(log)?.has(countedSeq) === true ? undefined : tickets(countedSeq)
  const isSmaller = ticket !== undefined && (before === undefined || ticket.compare(before.ticket) < 0)
  each.found.set(user, isSmaller ? { log, countedSeq, ticket } : before)
}

/** Read as little as may be: that each entry has its form is verified elsewhere. */
function countedQuery(bytes: Uint8Array): Query | undefined {
  let value: Json
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
  if (!isObject(value) || value.kind !== 'query') return undefined
  const { agency, counted_seq: countedSeq, user = '' } = value
  return typeof agency === 'string' && typeof countedSeq === 'number' && typeof user === 'string' ? { agency, countedSeq, user } : undefined
}
