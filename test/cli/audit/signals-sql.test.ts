// signals-sql.test.ts: R17: docs/signals.sql gives every number of a report, read from the document and run as it stands there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { connect } from '../../store/server.ts'
import { education } from '../../verifier/written-log.ts'
import { documentOf, month, namedIn, signalsIn, startSignalsMonth } from './signals-month.ts'

const of = await startSignalsMonth(t)
const { database, folder } = of
const admin = await connect(t, database.adminUrl)

/** Statements of docs/signals.sql, by name, exactly as they stand there. */
const document = readFileSync(join(import.meta.dirname, '../../../docs/signals.sql'), 'utf8')
const statements = new Map(
  [...document.matchAll(/^-- \[([a-z-]+)\].*\n([\s\S]*?;)\n/gm)].map(([, name = '', statement = '']) => [name, statement] as const),
)

type Rows = readonly Readonly<Record<string, unknown>>[]

/** Members of rows, under the names that columns have. */
const columns = (rows: Rows, names: Readonly<Record<string, string>>): Rows =>
  rows.map((row) => Object.fromEntries(Object.entries(names).map(([column, member]) => [column, row[member]])))
const outcomes = { records: 'records', not_found: 'notFound', refused: 'refused', off_hours: 'offHours' }
const ofUser = {
  ...{ account: 'account', subjects: 'subjects', subjects_of_day: 'subjectsOfDay', of_hour: 'ofHour', answered: 'answered', ...outcomes },
  ...{ addresses: 'addresses', addresses_of_day: 'addressesOfDay', address_days: 'addressDays', switches: 'switches' },
}
/** In one order, whatever the database's collation. */
const sorted = (rows: Rows): readonly string[] => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort()

t.test('every number of a report is what docs/signals.sql gives, as the auditor of the database', async (t) => {
  const auditor = await connect(t, database.auditorUrl)
  const rows = async (name: string): Promise<Rows> => {
    const found = await auditor.query<Record<string, unknown>>(statements.get(name) ?? `no statement ${name}`)
    // bigint and numeric come as texts.
    return found.rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          typeof value === 'string' && /^\d+$/.test(value) && key !== 'subject' && key !== 'account' ? Number(value) : value,
        ]),
      ),
    )
  }
  const { agencies } = await documentOf(namedIn(of, '--month', month, '--json'))
  t.ok(agencies.length > 4)
  for (const { agency, byHour, comparison, days, refusals, reproduction, signs, totals, users } of agencies) {
    const settings = [...reproduction.matchAll(/^SET (signals\.[a-z_]+) = /gm)].map(([, name]) => name)
    t.same(
      settings.sort(),
      [...document.matchAll(/^SET (signals\.[a-z_]+) = /gm)].map(([, name]) => name).sort(),
      'settings that it begins with',
    )
    await auditor.query(reproduction)
    const isUsed = ({ records, restDays, workdays }: Record<string, number>) => (records ?? 0) + (restDays ?? 0) + (workdays ?? 0) > 0
    const expected: Readonly<Record<string, Rows>> = {
      totals: columns([totals], { ...outcomes, answered: 'answered', accounts: 'accounts' }),
      days: columns(days.filter(isUsed), { day: 'day', ...outcomes }),
      hours: columns(byHour.filter(isUsed), { hour: 'hour', workdays: 'workdays', rest_days: 'restDays' }),
      reasons: refusals,
      comparison: comparison.figures ?? [],
      users: columns(users.users.rows, ofUser),
      'user-days': users.days,
      tags: users.subjects.rows,
      cases: columns(users.cases.rows, { case_no: 'case', subjects: 'subjects', users: 'users', records: 'records' }),
      credentials: users.credentials.rows,
      tenure: columns(users.tenure, { account: 'account', kind: 'kind', records: 'records', answered: 'answered', subjects: 'subjects' }),
      'idle-accounts': users.users.rows.map(({ account, before, first }: { account: string; before?: number; first: number }) => ({
        account,
        days: before === undefined ? null : Math.floor((first - before) / 86_400_000),
      })),
      auditors: users.openings,
      ...Object.fromEntries(signs.map(({ found, most, sign }: { found: number; most: number; sign: string }) => [sign, [{ found, most }]])),
    }
    t.same([...statements.keys()].sort(), Object.keys(expected).sort(), 'no statement is left out')
    for (const [name, own] of Object.entries(expected)) t.same(sorted(await rows(name)), sorted(own), `${agency}: ${name}`)
    t.equal(
      refusals.reduce((sum: number, { counted }: { counted: number }) => sum + counted, 0),
      totals.countedRefusals,
    )
  }
})

t.test('what is not searched, or not signed, is not counted, and the report says so', async (t) => {
  const before = await documentOf(signalsIn(of, '--month', month, '--agency', education, '--json'))
  const [{ size }] = before.logs
  const partly = async (t: Test) => {
    const to = join(folder, `partly-${Date.now()}`)
    const report = await documentOf(signalsIn(of, '--month', month, '--agency', education, '--json', '--to', to))
    t.match(report.logs[0], { size, read: 60 })
    const held = (
      await admin.query(`SELECT count(*)::int AS n FROM linkage.log_search WHERE slot = '1' AND month = '2026-10-01' AND index >= 60`)
    ).rows[0].n
    t.equal(report.unread, held)
    t.ok(report.agencies[0].totals.records < before.agencies[0].totals.records)
    await admin.query(report.agencies[0].reproduction)
    const { rows } = await admin.query(statements.get('totals') ?? '')
    t.equal(Number(rows[0].records), report.agencies[0].totals.records, 'and the SQL stops where it did')
    t.match(readFileSync(join(to, `${month}-${education}.html`), 'utf8'), /尚未簽署或尚未納入查詢，不在以下數字中/)
  }
  await admin.query(`UPDATE linkage.log_search_cursor SET next = 60 WHERE slot = '1'`)
  await partly(t)
  await admin.query(`UPDATE linkage.log_search_cursor SET next = $1 WHERE slot = '1'`, [size])
  const { rows } = await admin.query(`SELECT checkpoint FROM linkage.slot WHERE slot = '1'`)
  await admin.query(
    `UPDATE linkage.slot SET checkpoint = (SELECT checkpoint FROM linkage.log_checkpoint WHERE slot = '1' AND size = 60) WHERE slot = '1'`,
  )
  await partly(t)
  await admin.query(`UPDATE linkage.slot SET checkpoint = $1 WHERE slot = '1'`, [rows[0].checkpoint])
  t.same((await documentOf(signalsIn(of, '--month', month, '--agency', education, '--json'))).agencies, before.agencies)
})
