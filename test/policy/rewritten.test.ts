// rewritten.test.ts: what took effect is history: it is extended, never changed.
import t from 'tap'
import { type CivilDate, civilDate } from '../../src/calendar.ts'
import { rewritten } from '../../src/policy/rewritten.ts'
import { AGENCY, edit, type Files, good, load, ROSTER } from './good-folder.ts'
import { d, restore, standing, suspend } from './mistakes/changes.ts'

const TODAY = civilDate('2026-11-24')

/** Codes and files of what going from one folder to another rewrites. */
function compared(before: Files, after: Files, today: CivilDate = TODAY): string[] {
  const [old, now] = [load(before), load(after)]
  if (old.snapshot === undefined || now.snapshot === undefined)
    throw new Error([...old.findings, ...now.findings].map(({ code }) => code).join())
  return rewritten(old.snapshot, now.snapshot, today, now.place).map(({ code, file, line }) => `${code} ${file}:${line}`)
}

const suspended = standing(suspend('2026-03-16'))
const restored = standing(suspend('2026-03-16'), restore('2026-05-18'))

t.test('R20: a history may be extended', async (t) => {
  t.same(compared({}, {}), [])
  t.same(compared({}, suspended), [])
  t.same(compared(suspended, restored), [])
})

t.test('R20: a line that was due may not change, in any member, nor vanish', async (t) => {
  t.same(compared(suspended, {}), [`standing-rewritten ${AGENCY}:7`], 'a suspension that was deleted')
  t.same(compared(restored, suspended), [`standing-rewritten ${AGENCY}:7`])
  t.same(compared(suspended, standing(suspend('2026-03-17'))), [`standing-rewritten ${AGENCY}:8`])
  t.same(
    compared(
      {},
      edit(AGENCY, 'action: approve, document: 北市社資字第1150000123號', 'action: approve, document: 北市社資字第1150000999號'),
    ),
    [`standing-rewritten ${AGENCY}:7`],
  )
  const other = standing(
    suspend('2026-03-16', `notice: {${d}, date: 2026-02-11}, deadline: 2026-03-10, decision: {${d}, date: 2026-03-13}`),
  )
  t.same(compared(suspended, other), [`standing-rewritten ${AGENCY}:8`], 'a deadline')
  const inserted = standing(
    suspend('2026-02-16', `notice: {${d}, date: 2026-01-11}, deadline: 2026-02-11, decision: {${d}, date: 2026-02-13}`),
    restore('2026-03-10'),
    suspend('2026-03-16'),
  )
  t.same(compared(suspended, inserted), [`standing-rewritten ${AGENCY}:8`], 'a line before it')
})

t.test('R20: what is not due yet may change', async (t) => {
  t.same(compared(suspended, {}, civilDate('2026-03-15')), [])
  t.same(compared(suspended, {}, civilDate('2026-03-16')), [`standing-rewritten ${AGENCY}:7`])
})

t.test('the same history written in another way is the same history', async (t) => {
  t.same(
    compared(
      {},
      edit(
        AGENCY,
        '{effective: 2026-01-05, action: approve, document: 北市社資字第1150000123號}',
        '{action: "approve", document: 北市社資字第1150000123號, effective: 2026-01-05}',
      ),
    ),
    [],
  )
})

t.test('at start the old policy is known by its bytes alone', async (t) => {
  const [old, now] = [load(suspended), load()]
  const bytes = Buffer.from(old.snapshot?.bytes ?? '')
  t.match(now.snapshot && rewritten({ bytes }, now.snapshot, TODAY, now.place), [{ code: 'standing-rewritten', file: AGENCY }])
})

t.test('an agency with a history may not vanish', async (t) => {
  const without = { [AGENCY]: undefined, [ROSTER]: undefined, 'agencies/.keep': '', 'rosters/.keep': '' }
  t.same(compared({}, without).map((each) => each.split(' ')[0]).sort(), ['roster-rewritten', 'roster-rewritten', 'roster-rewritten', 'roster-rewritten', 'roster-rewritten', 'standing-rewritten']) // biome-ignore format: short
})

const row = 'edu-wu,E2,黃𡘙,學前教育科,專員,,人員,2026-01-05,,,北市社資字第1150000124號\r\n'
const roster = (to: string): Files => edit(ROSTER, row, to)
const ended = (day: string) => roster(row.replace('2026-01-05,,,', `2026-01-05,${day},離職,`))

t.test('R6: a roster row may gain a last day, and a new row may follow', async (t) => {
  t.same(compared({}, ended('2026-10-31')), [])
  t.same(compared({}, roster(`${row}edu-new,E3,新人,國中教育科,科員,,人員,2026-11-01,,,北市社資字第2號\r\n`)), [])
  t.same(compared({}, { [ROSTER]: reversed() }), [], 'the order of rows says nothing')
  t.same(compared({}, roster(row.replace('專員', '科長'))), [], 'a title may be corrected')
})

function reversed(): string {
  const [header = '', ...rows] = (good[ROSTER] ?? '').split('\r\n').filter((line) => line !== '')
  return `${[header, ...rows.reverse()].join('\r\n')}\r\n`
}

t.test('R6: a row that has begun may not vanish, nor become somebody else’s', async (t) => {
  t.same(compared({}, roster('')), [`roster-rewritten ${ROSTER}:1`])
  t.same(compared({}, roster(row.replace('2026-01-05', '2026-01-06'))), [`roster-rewritten ${ROSTER}:1`], 'nor begin on another day')
  t.same(compared({}, roster(row.replace('E2', 'E3'))), [`roster-rewritten ${ROSTER}:4`])
  t.same(compared({}, roster(row.replace('edu-wu', 'Edu-Wu'))), [`roster-rewritten ${ROSTER}:1`], 'entries hold its spelling')
  t.same(compared({}, roster(''), civilDate('2026-01-04')), [], 'before it begins it may')
})

t.test('R6: a last day that has passed stays; one to come may be moved', async (t) => {
  t.same(compared(ended('2026-10-31'), ended('2026-10-30')), [`roster-rewritten ${ROSTER}:4`])
  t.same(compared(ended('2026-10-31'), {}), [`roster-rewritten ${ROSTER}:4`])
  t.same(compared(ended('2026-11-23'), ended('2026-12-31')), [`roster-rewritten ${ROSTER}:4`])
  t.same(compared(ended('2026-11-24'), ended('2026-12-31')), [], 'its own day has not passed')
  t.same(compared(ended('2026-12-31'), {}), [])
})
