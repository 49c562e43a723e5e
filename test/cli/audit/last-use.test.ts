// last-use.test.ts: 帳號清查 says when each account was last used, by the logs that were frozen: not later than the period, nor by another's records.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { daysOf } from '../../../src/audit/period.ts'
import { addDays, civilDate, civilDateOf, showRocDateShort, startOfDay } from '../../../src/calendar.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { odsParts, readOds } from '../../../src/cli/spreadsheet/ods.ts'
import { openStore } from '../../../src/store/open.ts'
import { connect } from '../../store/server.ts'
import { place, runCommand, who } from '../log/auditing.ts'
import { startHalfYear } from './half-year.ts'

const { database, folder, from, until } = await startHalfYear(t)
const mine = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', '115年自行稽核']
const used = civilDate(`${from}-02`)

t.test('the last counted record of each account before an instant, as the log is frozen', async (t) => {
  const store = await openStore({ databaseUrl: database.gatewayUrl })
  const uses = store.openCounted()
  const asked = { slot: '1', agency: 'taipei-education', accounts: ['edu-chang', 'edu-wu', 'police-wang', 'nobody'], below: 10_000 }
  const days = async (own: object = {}) =>
    [...(await uses.lastUses({ ...asked, before: startOfDay(addDays(daysOf({ from: until, until }).last, 1)), ...own }))]
      .map(([account, at]) => [account, civilDateOf(at)])
      .sort()
  try {
    t.same(await days(), [
      ['edu-chang', used],
      ['edu-wu', `${until}-02`],
    ])
    t.same(await days({ before: startOfDay(used) }), [], 'nothing before it')
    t.same(await days({ before: startOfDay(civilDate(`${until}-01`)) }), [['edu-chang', used]])
    t.same(await days({ below: 3 }), [], 'not what stands behind the frozen head')
    t.same(await days({ slot: '2' }), [])
    t.same(await days({ agency: 'taipei-police', accounts: ['police-wang', 'edu-chang'] }), [['police-wang', `${from}-04`]])
  } finally {
    await uses.close()
    await store.close()
  }
})

t.test('R13: the form prints it', async (t) => {
  const audit = async (...args: readonly string[]) => {
    const run = await runCommand(auditCommand, ...args, ...mine, '--json')
    t.equal(run.error, '', args.slice(0, 2).join(' '))
    return JSON.parse(run.out === '' ? '{}' : run.out)
  }
  await audit('sample', 'freeze', '--period', until, '--agency', 'taipei-education')
  await audit('sample', 'seed', '--dice', '3 5 1 4 2 6 6 1 5 3 4 2 1 6 4 2 5 3 6 1', '--witness', '資訊室 王大同')
  await audit('sample', 'draw')
  await audit('sample', 'draw', '--agency', 'taipei-education', '--more-users', '50')
  const admin = await connect(t, database.adminUrl)
  const { rows } = await admin.query(
    `SELECT entry FROM linkage.log_entry WHERE slot = 'cli' AND entry LIKE '%"kind":"sample"%' ORDER BY index DESC LIMIT 1`,
  )
  const { asked } = await audit('report', 'round', 'sampled', '--sample', JSON.parse(rows[0].entry).id)
  await audit('form', asked.number, '--out', join(folder, 'forms'))
  const found = new Map<string, string>()
  for (const name of readdirSync(join(folder, 'forms')).filter((each) => each.endsWith('.ods'))) {
    const sheets = readOds(await readParts(readFileSync(join(folder, 'forms', name)), odsParts))
    for (const { cells } of sheets.find((sheet) => sheet.name === '帳號清查')?.rows ?? [])
      if (cells[1]?.text.startsWith('edu-') === true) found.set(cells[1].text, cells[8]?.text ?? '')
  }
  t.ok(found.size > 3)
  for (const account of ['edu-chang', 'edu-chang2', 'edu-lin']) t.equal(found.get(account), showRocDateShort(used), account)
  for (const [account, text] of found) if (!/chang|lin/.test(account)) t.equal(text, '本期無使用紀錄', account)
  t.notOk(found.has('edu-wu'), 'who has a record of the month is audited by it')
})
