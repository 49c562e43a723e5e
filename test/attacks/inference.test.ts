// inference.test.ts: what a caller may learn without being told: by filters, by asking widely, by waiting for a restart.
import t from 'tap'
import type { MadeAgency } from '../end-to-end/configuration.ts'
import { type ApiCaller, display, household, released, restarted, startDepartment, subject } from '../end-to-end/department.ts'
import { answering } from '../end-to-end/welfare.ts'

const other = 'A100000010'
const about = (nationalId: string, more: object = {}): string => JSON.stringify({ nationalId, ...more })
const inCase = (number: string) => ({ 'linkage-case': display(number) })

t.test('a filter tells what it filters by: it passes only where every field that it reveals is granted', async (t) => {
  const made: MadeAgency[] = []
  const department = await startDepartment(t, (configuration) => {
    for (const [id, fields] of [
      ['neither', ['status.category']],
      ['first', ['status.category', 'status.validFrom']],
      ['second', ['status.category', 'status.validUntil']],
      ['both', ['status.category', 'status.validFrom', 'status.validUntil']],
    ] as const)
      made.push(configuration.addAgency(id, (file) => file.setIn(['grants', 0, 'fields'], file.createNode(fields))))
  })
  const { welfare } = department
  for (const caller of made) {
    const asked = welfare.asked.length
    const reply = await department.call(caller, { body: about(subject, { asOf: '2026-11-01' }) })
    if (caller.id === 'both') {
      t.equal(reply.status, 200, reply.body.toString('utf8'))
      t.equal(welfare.asked.at(-1)?.body, about(subject, { asOf: '2026-11-01' }))
      continue
    }
    t.match(reply.json, { status: 403, code: 'fields-not-granted', detail: /asOf/ }, caller.id)
    t.notMatch(reply.body.toString('utf8'), /2026-11-01/, 'the name, not the value')
    t.equal(welfare.asked.length, asked, 'nothing reached the welfare system')
    t.equal((await department.call(caller)).status, 200, 'without the filter')
  }
})

t.test('a restart forgives nothing: neither a case’s subjects nor a user’s misses', async (t) => {
  let [lister, guesser]: (ApiCaller | undefined)[] = []
  const before = await startDepartment(t, (configuration) => {
    lister = configuration.addAgency('lister', (file) => file.setIn(['grants', 0, 'limits', 'subjects_per_case_per_day'], '1'))
    guesser = configuration.addAgency('guesser', (file) => file.setIn(['grants', 0, 'limits', 'not_found_per_user_per_hour'], '1'))
  })
  if (lister === undefined || guesser === undefined) throw new Error('the department was not configured')
  // One clock hour, and one day, for all of it.
  while (Date.now() % 3_600_000 > 3_580_000) await new Promise((over) => setTimeout(over, 1_000))
  t.equal((await before.call(lister)).status, 200)
  before.welfare.script = answering('{}', 404)
  t.equal((await before.call(guesser)).json.code, 'subject-not-found')
  before.welfare.script = answering(JSON.stringify(household))

  const after = await restarted(t, before)
  t.equal((await after.call(lister, { body: about(other) })).json.code, 'case-limit-reached')
  t.same((await after.call(lister)).json, released, 'a subject that the case asked about before')
  t.equal((await after.call(lister, { body: about(other), headers: inCase('案2') })).status, 200, 'another case')
  t.equal((await after.call(guesser)).json.code, 'not-found-limit-reached')
  t.equal((await after.call(guesser, { headers: { 'linkage-user': 'edu-wu' } })).status, 200, 'another user')
})
