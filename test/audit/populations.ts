// populations.ts: frozen populations for tests: counted records of one agency in memory, and a store that reads them.
import fc from 'fast-check'
import type { Drawing } from '../../src/audit/drawing.ts'
import { monthsOf, type Period } from '../../src/audit/period.ts'
import type { CountedRecord, CountedStore } from '../../src/audit/ports.ts'
import { type Hash, sha256 } from '../../src/canonical.ts'
import type { RosterRow } from '../../src/policy/snapshot.ts'
import type { DrawParameters, FrozenLog, FrozenMonth } from '../../src/querylog/sample-entry.ts'

export const agency = 'taipei-education'
export const period: Period = { from: '2026-01', until: '2026-06' }
export const seed: Hash = sha256('a seed')

/** One counted record of a month. */
export interface TestRecord {
  readonly account: string
  readonly api?: string
  readonly grant?: string
  readonly mode?: string
  /** Nothing of it left. */
  readonly notReleased?: boolean
  /** Of a transfer. */
  readonly rows?: number
}

/** Records by log and month. */
export type TestLogs = Readonly<Record<string, Readonly<Record<string, readonly TestRecord[]>>>>

export const parameters: DrawParameters = {
  'D-7': 'up',
  'D-8': 'agency',
  'D-9': 'transfer',
  'D-10': 'served-and-not-found',
  'D-11': 'roster-and-log',
  'D-12': 'agency',
  'D-17': 100,
  protection: { apis: ['protection'], grants: ['lifted'] },
}

const before = (month: string): boolean => month < period.from

/** The store of some records, and the logs as they are frozen.
 *  @param indexOf where a record stands: ids and indexes are the gateway's to choose */
export function frozen(
  logs: TestLogs,
  indexOf: (nth: number) => number = (nth) => 3 * nth,
): { readonly logs: readonly FrozenLog[]; readonly store: CountedStore } {
  const rows = new Map<string, (CountedRecord & TestRecord & { readonly completion: number })[]>()
  const frozenLogs: FrozenLog[] = []
  for (const [slot, months] of Object.entries(logs)) {
    const own: (CountedRecord & TestRecord & { readonly completion: number })[] = []
    const frozenMonths: FrozenMonth[] = []
    for (const [month, records] of Object.entries(months)) {
      for (const record of records) {
        const countedSeq = own.length + 1
        const index = indexOf(countedSeq)
        own.push({ countedSeq, index, completion: index + 1, api: 'low-income', grant: 'g', mode: 'api', ...record })
      }
      if (!before(month))
        frozenMonths.push({ counted: records.length, countedTo: own.length, index: 1, month, records: records.length + 7 })
    }
    rows.set(slot, own)
    const root = sha256(slot).toString('base64')
    frozenLogs.push({ log: `linkage.example/log/${slot}`, months: frozenMonths, root, size: Number.MAX_SAFE_INTEGER, slot })
  }
  return { logs: frozenLogs, store: storeOf(rows) }
}

function storeOf(rows: ReadonlyMap<string, readonly (CountedRecord & TestRecord & { readonly completion: number })[]>): CountedStore {
  const span = ({ from, slot, to }: { readonly slot: string; readonly from: number; readonly to: number }) =>
    (rows.get(slot) ?? []).slice(from - 1, to)
  return {
    async *ofApisOrGrants(of, { accounts }, { apis, grants }) {
      yield span(of).filter(
        (each) => (accounts?.includes(each.account) ?? true) && (apis.includes(each.api ?? '') || grants.includes(each.grant ?? '')),
      )
    },
    async modes(of) {
      return new Map([...Map.groupBy(span(of), ({ mode = '' }) => mode)].map(([mode, own]) => [mode, own.length]))
    },
    async accounts(of, { accounts }) {
      const own = span(of).filter(({ account }) => accounts?.includes(account) ?? true)
      return new Map([...Map.groupBy(own, ({ account }) => account)].map(([account, all]) => [account, all.length]))
    },
    async numbered(of, numbers) {
      return span(of).filter(({ countedSeq }) => numbers.includes(countedSeq))
    },
    async *records(of, { accounts }) {
      const own = span(of).filter(({ account }) => accounts?.includes(account) ?? true)
      for (let at = 0; at < own.length; at += 7) yield own.slice(at, at + 7)
    },
    async *notReleased(of) {
      yield* span(of).filter((each) => each.notReleased === true)
    },
    async *transfers(of) {
      for (const each of span(of)) if (each.mode === 'file') yield { ...each, rows: each.rows ?? 0 }
    },
  }
}

export const row = (account: string, person: string, dates: Partial<Pick<RosterRow, 'from' | 'until'>> = {}): RosterRow => ({
  account,
  person,
  name: '王測試',
  unit: '社會救助科',
  title: '科員',
  kind: 'person',
  from: '2025-01-01' as RosterRow['from'], // a day that exists
  document: '北市教字第1150000045號',
  rule: '',
  ...dates,
})

/** Persons 1 … n with one account each. */
export const rosterOf = (count: number): RosterRow[] => Array.from({ length: count }, (_, at) => row(`user-${at + 1}`, `P${at + 1}`))

/** The same number of records in each month, of the accounts in turn. */
export const evenly = (perMonth: number, accounts: readonly string[]): TestLogs => ({
  1: Object.fromEntries(
    monthsOf(period).map((month) => [
      month,
      Array.from({ length: perMonth }, (_, at): TestRecord => ({ account: accounts[at % accounts.length] ?? '' })),
    ]),
  ),
})

export const drawing = (logs: readonly FrozenLog[], roster: Iterable<RosterRow>, own: Partial<Drawing> = {}): Drawing => ({
  agency,
  logs,
  parameters,
  only: {},
  period,
  roster,
  more: { items: 0, persons: 0 },
  ...own,
})

const record: fc.Arbitrary<TestRecord> = fc.record({
  account: fc.nat(9).map((nth) => `user-${nth + 1}`),
  api: fc.constantFrom('low-income', 'low-income', 'low-income', 'protection'),
  mode: fc.constantFrom('api', 'api', 'file'),
  rows: fc.nat(5),
  notReleased: fc.constantFrom(false, false, false, true),
})

/** One or two logs, with a month before the period. */
export const anyLogs: fc.Arbitrary<TestLogs> = fc.dictionary(
  fc.constantFrom('1', '2'),
  fc
    .tuple(...['2025-12', ...monthsOf(period)].map(() => fc.array(record, { maxLength: 130 })))
    .map((months) => Object.fromEntries(['2025-12', ...monthsOf(period)].map((month, nth) => [month, months[nth] ?? []]))),
  { minKeys: 1 },
)
