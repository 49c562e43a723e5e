// accounts.ts: frozen populations as the entries themselves give them: whose the records are, which a filter names, which are protection cases.
import type { StoredLog, StoredLogs } from '../stored.ts'
import { type CountedQuery, readCounted } from './counted-query.ts'
import { type NumberTickets, numberTickets } from './month-draw.ts'
import type { NamedRecords } from './named.ts'
import type { ProtectionCases } from './protection.ts'
import type { FrozenLog, FrozenMonth } from './sample.ts'
import type { Transfers } from './transfers.ts'

/** Of an account the record that a draw of users would take. */
export interface Smallest {
  readonly log: string
  readonly countedSeq: number
  readonly ticket: Buffer
}

/** A population as a seed draws from it. */
export interface Peopled {
  readonly agency: string
  readonly logs: readonly FrozenLog[]
  /** What was drawn before these late records: who has a counted number there appears in the log too. */
  readonly before: readonly FrozenLog[]
  readonly seed: Uint8Array
  /** Which records alone; undefined where all counted numbers are drawn from. */
  readonly named: NamedRecords | undefined
  readonly cases: ProtectionCases
  /** Where each row of a transfer is an item. */
  readonly transfers: Transfers | undefined
  /** Those of which nothing was released, by log. */
  readonly skipped: ReadonlyMap<string, ReadonlySet<number>>
  /** Every account with a counted number, and of those with one that counts the smallest. */
  readonly found: Map<string, Smallest | undefined>
  /** How many counted numbers were read. */
  read: number
}

/** Reads each log once, however many populations there are of it. Memory grows with accounts and with what is drawn, not with records.
 *  @throws Error where a place cannot be read */
export async function readAccounts({ logs }: StoredLogs, populations: readonly Peopled[]): Promise<void> {
  for (const stored of logs) {
    const own = populations.flatMap((each) => {
      const own = ({ log }: FrozenLog): boolean => log === stored.log
      const [frozen, before] = [each.logs.find(own), each.before.filter(own).flatMap(({ months }) => months)]
      if (frozen === undefined || frozen.months.length + before.length === 0) return []
      return [{ each, frozen, before, tickets: numberTickets(each.seed, 'coverage', stored.log, each.agency) }]
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
  readonly tickets: NumberTickets
}

async function readLog(stored: StoredLog, own: readonly Own[]): Promise<void> {
  const end = Math.max(...own.map(({ frozen }) => frozen.size))
  for await (const chunk of stored.entries(() => undefined))
    for (const { bytes, index } of chunk) {
      if (index >= end) return
      const read = bytes && readCounted(bytes, index)
      if (read === undefined) continue
      for (const population of own) {
        if (index >= population.frozen.size) continue
        if ('of' in read) population.each.transfers?.completed(stored.log, read.of, read.rows)
        else take(stored.log, population, read)
      }
    }
}

const among = (months: readonly FrozenMonth[], number: number): FrozenMonth | undefined =>
  months.find(({ counted, countedTo }) => number <= countedTo && number > countedTo - counted)

function take(log: string, { before: earlier, each, frozen, tickets }: Own, query: CountedQuery): void {
  const { agency, countedSeq, transfer, user } = query
  if (agency !== each.agency) return
  const late = among(frozen.months, countedSeq)
  if (late === undefined && among(earlier, countedSeq) === undefined) return
  each.read += 1
  if (each.named?.isOf(query) === false) return
  const counts = late !== undefined && each.skipped.get(log)?.has(countedSeq) !== true
  if (late !== undefined && transfer !== undefined) each.transfers?.take(log, transfer.index, countedSeq, transfer.rows)
  if (late !== undefined) each.named?.take(log, late.month, countedSeq, counts)
  if (counts) each.cases.take(log, late.month, query)
  const before = each.found.get(user)
  const ticket = counts ? tickets(countedSeq) : undefined
  const isSmaller = ticket !== undefined && (before === undefined || ticket.compare(before.ticket) < 0)
  each.found.set(user, isSmaller ? { log, countedSeq, ticket } : before)
}
