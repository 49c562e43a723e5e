// status.test.ts: who has downloaded, what is due and overdue: a table, JSON, a calendar feed and reminders, from a real log.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { reportDue } from '../../../src/audit/due-dates.ts'
import { addDays, type CivilDate, civilDate, halfYearOf, weekdayOf } from '../../../src/calendar.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { statusCommand } from '../../../src/cli/audit/status.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { day } from '../../end-to-end/configuration.ts'
import { startDepartment } from '../../end-to-end/department.ts'
import { acts, runCommand, signing } from '../log/auditing.ts'

const today = day(0)
const half = halfYearOf(today)
const due = reportDue(half)
/** The year of the due date, with a rest day on it and on the days around it. */
function calendar(year: number): string {
  const rest = new Set([addDays(due, -1), due, addDays(due, 1)])
  const rows: string[] = []
  for (let each = civilDate(`${year}-01-01`); each <= `${year}-12-31`; each = addDays(each, 1))
    rows.push(`${each.replaceAll('-', '')},${'日一二三四五六'.charAt(weekdayOf(each))},${rest.has(each) ? 2 : 0},`)
  return `西元日期,星期,是否放假,備註\r\n${rows.join('\r\n')}\r\n`
}

const department = await startDepartment(t, ({ folder: config }) => {
  writeFileSync(join(config, 'calendar', `${due.slice(0, 4)}.csv`), calendar(Number(due.slice(0, 4))))
})
const { folder } = department
await department.call(department.education)
const config = ['--config', join(folder, 'config')]
const status = (...args: string[]) => runCommand(auditCommand, 'status', ...config, ...args)
// biome-ignore lint/suspicious/noExplicitAny: a report that is read member by member
const told = async (...args: string[]): Promise<any> => JSON.parse((await status('--json', ...args)).out)
const recorded = await runCommand(
  auditCommand,
  'report',
  'incident',
  'found',
  '--agency',
  'taipei-education',
  '--found-by',
  '科長',
  '--matter',
  '疑似共用',
  ...signing(department),
)
t.equal(recorded.error, '')
const late = addDays(due, 5)

t.test('六(一)2, 六(一)6: nothing is due before the first period of the log is over', async (t) => {
  const run = await status()
  t.equal(run.code, 0)
  t.match(
    (await told()).agencies.find(({ agency }: { agency: string }) => agency === 'taipei-education'),
    { quarters: [], halfYears: [], holds: [{ incident: /-I1$/ }] },
  )
})

t.test('behind the due date every linked agency is overdue, no using unit is, and it exits with findings', async (t) => {
  const run = await status('--at', late)
  t.equal(run.code, 1)
  const { agencies, defaults } = await told('--at', late)
  t.match(defaults, { 'D-15': 'nominal', 'D-21': 'dispatch' })
  const kinds = new Set(agencies.map(({ kind }: { kind: string }) => kind))
  t.same([...kinds], ['linked-agency'])
  const own = agencies.find(({ agency }: { agency: string }) => agency === 'taipei-education')
  t.match(own.halfYears, [
    {
      half: { label: half.label },
      due: { nominal: due, before: addDays(due, -2), after: addDays(due, 2) },
      state: 'open',
      timeliness: 'late',
    },
  ])
  t.match(
    own.items.find(({ kind, of }: { kind: string; of: string }) => kind === 'report' && of === half.label),
    { state: 'overdue' },
  )
  t.match(run.out, /^機關 +事項 +期間 +期限 +現況 +說明$/m)
  t.match(run.out, new RegExp(`教育局 taipei-education +報送稽核紀錄（六（一）6） +${half.label} .* 逾期 overdue`))
  t.match(run.out, /保全（R16） +\d+-I1/)
  t.match(run.out, /D-15 nominal/)
})

t.test('R17: what is told for one agency holds nothing of incidents', async (t) => {
  const run = await status('--at', late, '--agency', 'taipei-education')
  t.notMatch(run.out, /保全|-I1|nhi-administration/)
  t.notMatch(JSON.stringify(await told('--agency', 'taipei-education')), /-I1/)
  t.match((await status('--agency', 'nobody')).error, /There is no agency nobody/)
})

t.test('at a terminal rows are coloured by how they stand', async (t) => {
  const make = (output: { write(text: string): boolean }) => statusCommand({ ...output, isTTY: true })
  const noColour = process.env.NO_COLOR
  delete process.env.NO_COLOR
  const run = await runCommand(make, ...config, '--at', late)
  if (noColour !== undefined) process.env.NO_COLOR = noColour
  t.match(run.out, /\u001b\[31m臺北市政府教育局 taipei-education/)
})

t.test('--ics: the same bytes each time, replaced in place; what is to come stands there too', async (t) => {
  const file = join(folder, 'due.ics')
  await status('--at', late, '--ics', file)
  const first = readFileSync(file, 'utf8')
  await status('--at', late, '--ics', file)
  t.equal(readFileSync(file, 'utf8'), first)
  t.match(first.replaceAll('\r\n ', ''), new RegExp(`UID:report-${half.label}-taipei-education@linkage\\.test`))
  const next = halfYearOf(addDays(half.until, 1)).label
  t.match(first.replaceAll('\r\n ', ''), new RegExp(`UID:report-${next}-taipei-education@linkage\\.test`))
  t.same(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  )
})

t.test('--remind: a ready message per agency and stage, written once', async (t) => {
  const to = join(folder, 'reminders')
  await status('--at', late, '--remind', to)
  const file = join(to, `taipei-education-${due}-after-03.txt`)
  t.match(readFileSync(file, 'utf8'), /^受文者：臺北市政府教育局連結機關管理者 \S+ \S+ <.+@.+>\n日期：民國/)
  t.notMatch(readFileSync(file, 'utf8'), /-I1|疑似/)
  t.notOk(readdirSync(to).some((name) => name.startsWith('ethics-office')))
  writeFileSync(file, 'edited')
  await status('--at', late, '--remind', to)
  t.equal(readFileSync(file, 'utf8'), 'edited')
  await status('--at', addDays(due, -2), '--remind', to)
  t.ok(existsSync(join(to, `taipei-education-${due}-before-03.txt`)))
})

t.test('a year whose calendar is not there fails this command, and says which file to save', async (t) => {
  const far: CivilDate = civilDate(`${Number(due.slice(0, 4)) + 2}-08-02`)
  const run = await status('--at', far)
  t.match(run.error, /辦公日曆表.*calendar\/20\d\d\.csv/)
})

t.test('稽催函: a letter says what is overdue of a half-year, by when it was due, and whom to ask; no record is read for it', async (t) => {
  const before = (await acts(department)).length
  const letter = (out: string, ...args: string[]) =>
    runCommand(
      auditCommand,
      'letter',
      'reminder',
      'taipei-education',
      '--out',
      join(folder, out),
      '--contact',
      '本局資訊室（02-0000-0200）',
      ...config,
      ...args,
    )
  t.match((await letter('none.odt', '--day', today)).error, /沒有逾期之報送或補正.*status --remind/)
  t.match((await letter('none.odt', '--day', due)).error, /沒有逾期/, 'on the day itself it is in time')
  t.match((await letter('none.odt', '--day', late, '--half-year', '100H1')).error, new RegExp(`逾期者為 ${half.label}`))
  t.match((await letter('none.odt', '--day', late, '--contact', ' ')).error, /--contact：請填寫/)
  const unknown = ['reminder', 'nobody', '--out', join(folder, 'none.odt'), '--contact', 'x', ...config]
  t.match((await runCommand(auditCommand, 'letter', ...unknown)).error, /設定中沒有機關 nobody/)
  t.notOk(existsSync(join(folder, 'none.odt')))
  const run = await letter('reminder.odt', '--day', late)
  t.equal(run.error, '')
  const parts = await readParts(readFileSync(join(folder, 'reminder.odt')), (part) => part === 'content.xml')
  const text = parts.get('content.xml')?.toString() ?? ''
  for (const said of [
    '臺北市政府教育局',
    '逾期 5 日',
    `${half.label} 報送稽核紀錄（六（一）6）：尚未抽樣`,
    '下載查詢紀錄（六（一）2）：缺',
    '本局資訊室（02-0000-0200）',
    '該日為休息日',
  ])
    t.ok(text.includes(said), said)
  t.match((await letter('reminder.odt', '--day', late)).error, /已存在/)
  t.equal((await acts(department)).length, before)
})
