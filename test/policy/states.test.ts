// states.test.ts: what has ended by a day is or ends soon, is a warning of that day, and never an error.
import t from 'tap'
import { civilDate } from '../../src/calendar.ts'
import { states } from '../../src/policy/states.ts'
import { AGENCY, edit, good, load, ROSTER } from './good-folder.ts'

const loaded = load(
  edit(
    AGENCY,
    '    expires: 2027-01-31\n  - id: edu-jwt',
    '    expires: 2027-01-31\n    revoked: {at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n  - id: edu-jwt',
  ),
)
const on = (day: string) => states(loaded, civilDate(day)).map(({ code, found }) => `${code} ${found}`)

t.test('D-18: a last day counts to its end', async (t) => {
  t.same(on('2026-11-24'), [])
  t.notOk(on('2026-12-31').some((each) => each.startsWith('ended')))
  const ended = on('2027-01-31').filter((each) => each.startsWith('ended'))
  t.same(ended, ['ended edu-vendor 2026-12-31', 'ended 203.0.113.32/28 2026-12-31', 'ended edu-sub 2026-12-31'])
})

t.test('what ends within thirty days is told, to its last day', async (t) => {
  const ending = (day: string) => on(day).filter((each) => each.startsWith('ending'))
  const all = ['ending edu-vendor 2026-12-31', 'ending 203.0.113.32/28 2026-12-31', 'ending edu-sub 2026-12-31']
  t.same(ending('2026-11-30'), [], 'thirty-one days before')
  t.same(ending('2026-12-01'), all)
  t.same(ending('2026-12-31'), all)
  t.notOk(
    ending('2027-01-01').some((each) => all.includes(each)),
    'it has ended',
  )
})

t.test('lines on trial end like others: a range, a grant, a delegate’s range', async (t) => {
  const changed = edit(AGENCY, '{cidr: 203.0.113.0/28, note', '{cidr: 203.0.113.0/28, trial: true, note')
  const text = String(changed[AGENCY])
    .replace('  - id: fee-waiver\n', '  - id: fee-waiver\n    trial: true\n')
    .replace('{cidr: 203.0.113.32/28, from', '{cidr: 203.0.113.32/28, trial: true, from')
  const told = (day: string) => states(load({ [AGENCY]: text }), civilDate(day)).map(({ code, found }) => `${code} ${found}`)
  t.ok(told('2027-12-01').includes('ending 203.0.113.0/28 2027-12-31'))
  t.ok(told('2027-12-01').includes('ending fee-waiver 2027-12-31'))
  t.ok(told('2026-12-01').includes('ending 203.0.113.32/28 2026-12-31'))
})

t.test('credentials, networks, contracts and grants that have ended are each pointed at; a revoked credential is not', async (t) => {
  const findings = states(loaded, civilDate('2028-01-01'))
  const found = findings.map((each) => each.found)
  for (const name of ['edu-jwt', 'edu-chen', 'edu-vendor', '203.0.113.0/28', '2001:db8:1::/48', 'fee-waiver', 'review']) {
    t.ok(found.some((each) => each?.startsWith(`${name} `)), name) // biome-ignore format: short
  }
  t.notOk(found.some((each) => each?.startsWith('edu-key')), 'revoked') // biome-ignore format: short
  t.ok(findings.every(({ severity }) => severity === 'warning'))
})

t.test('users who left are one warning of a roster; who came back, or changed unit, has not left', async (t) => {
  const left = load(
    edit(ROSTER, 'edu-wu,E2,黃𡘙,學前教育科,專員,,人員,2026-01-05,,', 'edu-wu,E2,黃𡘙,學前教育科,專員,,人員,2026-01-05,2026-10-31,離職'),
  )
  t.same(states(left, civilDate('2026-09-30')), [])
  t.match(states(left, civilDate('2026-10-31')), [{ code: 'users-ending', file: ROSTER, line: 4, found: 'edu-wu' }])
  t.match(states(left, civilDate('2026-11-01')), [{ code: 'users-ended', file: ROSTER, line: 4, found: 'edu-wu' }])
})

t.test('hours of workdays in a year without its calendar stay closed, and that is said', async (t) => {
  t.ok(on('2027-01-04').includes('calendar-missing calendar/2027.csv'))
  t.notOk(on('2026-11-24').some((each) => each.startsWith('calendar')))
})

t.test('a year without key pairs of its own is told a month before, in production', async (t) => {
  const real = (text: string) => text.replaceAll(/203\.0\.113\.|198\.51\.100\./g, '210.69.113.').replaceAll('2001:db8:', '2001:b030:')
  const of = (environment: string) =>
    load({ ...edit('gateway.yaml', 'environment: demo', `environment: ${environment}`), [AGENCY]: real(good[AGENCY] ?? '') })
  const missing = (environment: string, day: string) =>
    states(of(environment), civilDate(day)).filter(({ code }) => code === 'recipients-missing')
  t.same(missing('production', '2026-12-01'), [])
  t.match(missing('production', '2026-12-02'), [{ file: 'gateway.yaml', pointer: '/recipients', found: /^2026/, expected: /2027/ }])
  t.same(missing('demo', '2028-01-01'), [])
})

t.test('of a folder that does not load there is nothing to say', async (t) => {
  t.same(states(load({ 'blocks.yaml': undefined }), civilDate('2030-01-01')), [])
})
