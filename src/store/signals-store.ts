// signals-store.ts: what the signals of a month are made from, counted by PostgreSQL in the search columns.
import { daysOf } from '../audit/period.ts'
import {
  type AccountCount,
  type AccountDay,
  type AgencyTotals,
  type HourCount,
  type Listed,
  mostListed,
  mostNamed,
  type OpeningCount,
  type Outcomes,
  type RefusalCount,
  type SharedSubject,
  type SignalCounts,
  type SignalsAsked,
  type SignalsStore,
  type TenureCount,
  type WideCase,
} from '../audit/signals/counts.ts'
import { multirangeOf } from '../audit/signals/office-hours.ts'
import type { TenureWindow } from '../audit/signals/tenure.ts'
import { addDays, type CivilDate, civilDate, startOfDay } from '../calendar.ts'
import { Chunks } from './chunks.ts'
import {
  accountsStatement,
  casesStatement,
  daysStatement,
  grantsStatement,
  hoursStatement,
  namesStatement,
  openingsStatement,
  refusalsStatement,
  subjectsStatement,
  tenureStatement,
  totalsStatement,
} from './signals-statements.ts'

/** Accounts of a statement: a third of a million records of fewer take some ten seconds. All else of an agency is one statement over its month. */
const accountsOfChunk = 50
/** Months are read whole, through the index of their agency or not at all through one. */
const planned = '-c jit=off -c work_mem=32MB'

type Row = readonly (string | null)[]

/** `SignalsStore` on PostgreSQL. */
export class PostgresSignals implements SignalsStore {
  readonly #chunks: Chunks
  readonly #asked: SignalsAsked
  readonly #month: CivilDate
  readonly #sizes: string
  readonly #office: string

  /** @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string, asked: SignalsAsked) {
    this.#chunks = new Chunks(url, planned)
    this.#asked = asked
    this.#month = civilDate(`${asked.month}-01`)
    this.#sizes = JSON.stringify(Object.fromEntries(asked.sizes))
    this.#office = multirangeOf(asked.office)
  }

  async totals(): Promise<readonly AgencyTotals[]> {
    const rows = await this.#chunks.texts(totalsStatement, [this.#month, this.#sizes, this.#office])
    return rows.map(([agency, mode, accounts, ...ends]) => ({
      agency: agency ?? '',
      ...(mode && { mode }),
      accounts: Number(accounts),
      ...endsOf(ends),
    }))
  }

  async counts(agency: string, windows: readonly TenureWindow[]): Promise<Omit<SignalCounts, 'grants'>> {
    return {
      hours: await this.#hours(agency),
      refusals: await this.#refusals(agency),
      subjects: await this.#subjects(agency),
      cases: await this.#cases(agency),
      tenure: await this.#tenure(agency, windows),
      openings: await this.#openings(agency),
    }
  }

  async grantUses(agency: string, grants: readonly string[]): Promise<ReadonlyMap<string, CivilDate>> {
    const rows = await this.#of(grantsStatement, agency, grants)
    return new Map(rows.map(([grant, day]) => [grant ?? '', dayOf(day)]))
  }

  async *accounts(agency: string): AsyncGenerator<readonly AccountCount[]> {
    const { address_change_minutes, addresses_per_account_per_day, calls_per_user_per_hour, subjects_per_user_per_day } =
      this.#asked.thresholds
    const limits = [calls_per_user_per_hour, subjects_per_user_per_day, addresses_per_account_per_day, address_change_minutes, this.#office]
    for (let after = ''; ; ) {
      const names = (await this.#of(namesStatement, agency, after, accountsOfChunk)).map(([name]) => name ?? '')
      if (names.length > 0) yield (await this.#of(accountsStatement, agency, names, ...limits)).map(accountOf)
      if (names.length < accountsOfChunk) return
      after = names.at(-1) ?? ''
    }
  }

  async days(agency: string, accounts: readonly string[]): Promise<readonly AccountDay[]> {
    const rows = await this.#of(daysStatement, agency, accounts)
    return rows.map(([account, day, records]) => ({ account: account ?? '', day: dayOf(day), records: Number(records) }))
  }

  close(): Promise<void> {
    return this.#chunks.close()
  }

  #of(statement: string, agency: string, ...values: readonly unknown[]): Promise<readonly Row[]> {
    return this.#chunks.texts(statement, [this.#month, this.#sizes, agency, ...values])
  }

  async #hours(agency: string): Promise<readonly HourCount[]> {
    const rows = await this.#of(hoursStatement, agency, this.#office)
    return rows.map(([day, hour, ...ends]) => ({ day: dayOf(day), hour: Number(hour), ...endsOf(ends) }))
  }

  async #refusals(agency: string): Promise<readonly RefusalCount[]> {
    const { first, last } = daysOf({ from: this.#asked.month, until: this.#asked.month })
    const span = [first, addDays(last, 1)].map((day) => new Date(startOfDay(day)).toISOString())
    const rows = await this.#of(refusalsStatement, agency, ...span)
    return rows.map(([credential, day, code, recorded, counted]) => ({
      credential: credential ?? '',
      day: dayOf(day),
      code: code ?? '',
      recorded: Number(recorded),
      counted: Number(counted),
    }))
  }

  async #subjects(agency: string): Promise<Listed<SharedSubject>> {
    const rows = await this.#of(subjectsStatement, agency, this.#asked.thresholds.users_per_subject_per_month, mostListed, mostNamed)
    return {
      total: Number(rows[0]?.[3] ?? 0),
      rows: rows.map(([subject, users, records, , , names]) => ({
        subject: subject ?? '',
        users: Number(users),
        records: Number(records),
        accounts: JSON.parse(names ?? '[]'),
      })),
    }
  }

  async #cases(agency: string): Promise<Listed<WideCase>> {
    const rows = await this.#of(casesStatement, agency, this.#asked.thresholds.subjects_per_case_per_month, mostListed)
    return {
      total: Number(rows[0]?.[4] ?? 0),
      rows: rows.map(([name, subjects, users, records]) => ({
        case: name ?? '',
        subjects: Number(subjects),
        users: Number(users),
        records: Number(records),
      })),
    }
  }

  async #tenure(agency: string, windows: readonly TenureWindow[]): Promise<readonly TenureCount[]> {
    const rows = await this.#of(
      tenureStatement,
      agency,
      windows.map(({ account }) => account),
      windows.map(({ from }) => new Date(startOfDay(from)).toISOString()),
      windows.map(({ until }) => new Date(startOfDay(addDays(until, 1))).toISOString()),
    )
    return rows.flatMap(([nth, records, answered, subjects]) => {
      const window = windows[Number(nth) - 1]
      if (window === undefined) return []
      const { account, day, kind } = window
      return [{ account, kind, day, records: Number(records), answered: Number(answered), subjects: Number(subjects) }]
    })
  }

  async #openings(agency: string): Promise<readonly OpeningCount[]> {
    const rows = await this.#of(openingsStatement, agency)
    return rows.map(([unit, auditor, acts, opened]) => ({
      unit: unit ?? '',
      auditor: auditor ?? '',
      acts: Number(acts),
      opened: Number(opened),
    }))
  }
}

const dayOf = (text: string | null | undefined): CivilDate => civilDate(text ?? '')

const endsOf = ([records, answered, notFound, refused, offHours]: Row): Outcomes & { readonly offHours: number } => ({
  records: Number(records),
  answered: Number(answered),
  notFound: Number(notFound),
  refused: Number(refused),
  offHours: Number(offHours),
})

function accountOf(row: Row): AccountCount {
  const [account, subjects, subjectsOfDay, subjectDays, cases, ofHour, bursts, addresses, addressesOfDay, addressDays, ...rest] = row
  const [switches, first, before, ...ends] = rest
  return {
    account: account ?? '',
    subjects: Number(subjects),
    subjectsOfDay: Number(subjectsOfDay),
    subjectDays: Number(subjectDays),
    cases: Number(cases),
    ofHour: Number(ofHour),
    bursts: Number(bursts),
    addresses: Number(addresses),
    addressesOfDay: Number(addressesOfDay),
    addressDays: Number(addressDays),
    switches: Number(switches),
    first: Number(first),
    ...(typeof before === 'string' && { before: Number(before) }),
    ...endsOf(ends),
  }
}
