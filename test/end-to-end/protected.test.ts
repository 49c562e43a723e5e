// protected.test.ts: through the whole gateway: an answer about a protected person, and its record, are those of who has no address.
import t from 'tap'
import { type ReadEntry, type Reply, startDepartment, subject } from './department.ts'
import { answering } from './welfare.ts'

const path = '/low-income/households/contact'
const body = JSON.stringify({ nationalId: subject })
const contact = (marker: string, found: string): string =>
  `{"householdId":"H-0001","applicant":{"name":"王測試","nationalId":"${subject}","phone":${found},"address":${found}}${marker}}`

/** Members that may differ between two calls that are otherwise alike. */
const own = new Set(['id', 'at', 'clock', 'trace', 'agency_seq', 'counted_seq', 'released_hmac', 'request_hmac', 'sealed', 'auth'])
const clearOf = (entry: ReadEntry): object => Object.fromEntries(Object.entries(entry).filter(([name]) => !own.has(name)))

t.test('contact data of a protected household', async (t) => {
  const department = await startDepartment(t)
  const ask = async (answer: string, headers: Readonly<Record<string, string>> = {}): Promise<{ reply: Reply; entry: ReadEntry }> => {
    department.welfare.script = answering(answer)
    const from = department.size
    const claims = { purpose: 'social-assistance-review', case: '115-WH-000045', reason: '低收入戶申請審核' }
    const call = { credential: 'wanhua-jwt-1', issuer: 'wanhua-district', user: '0012002', path, body, claims }
    const reply = await department.assert(call, '203.0.113.17', headers)
    const entry = (await department.records(from)).map(({ entry }) => entry).find(({ kind }) => kind === 'query')
    if (entry === undefined) throw new Error('the call left no record')
    return { reply, entry }
  }
  const none = await ask(contact(',"protectedPerson":false', 'null'))
  t.equal(none.reply.status, 200)
  t.same(none.reply.json, { householdId: 'H-0001', applicant: { name: '王測試', nationalId: subject, phone: null, address: null } })

  await t.test('the same bytes and the same clear record as for who has none', async (t) => {
    const hidden = await ask(contact(',"protectedPerson":true', '"臺北市保密街1號"'))
    t.equal(hidden.reply.body.toString(), none.reply.body.toString())
    t.equal(hidden.reply.status, none.reply.status)
    t.same(clearOf(hidden.entry), clearOf(none.entry))
    t.equal(hidden.entry.sealed?.bytes.length, none.entry.sealed?.bytes.length)
    const alone = await ask(contact(',"protectedPerson":true', '"x"'), { 'linkage-fields': 'applicant.address' })
    t.equal(alone.reply.body.toString(), '{"applicant":{"address":null}}')
  })

  await t.test('nor does it show how much is withheld around it', async (t) => {
    const note = (megabytes: number): string => `,"note":"${'F'.repeat(megabytes * 1024 * 1024)}"`
    for (const [marker, found, plain] of [
      ['true', '"臺北市保密街1號"', none],
      ['false', '"臺北市虛構路1號"', await ask(contact(',"protectedPerson":false', '"臺北市虛構路1號"'))],
    ] as const) {
      const much = await ask(contact(`${note(3)},"protectedPerson":${marker}`, found))
      t.equal(much.reply.status, 200, marker)
      t.equal(much.reply.body.toString(), plain.reply.body.toString())
      t.equal(much.reply.header('transfer-encoding'), undefined)
      t.same(clearOf(much.entry), clearOf(plain.entry))
      t.equal(much.entry.sealed?.bytes.length, plain.entry.sealed?.bytes.length)
    }
    const beyond = await ask(contact(`${note(9)},"protectedPerson":false`, 'null'))
    t.match(beyond.reply.json, { code: 'upstream-malformed' }, 'more than is ever read of an answer that is released whole')
  })

  await t.test('others are told', async (t) => {
    const open = await ask(contact(',"protectedPerson":false', '"臺北市虛構路1號"'))
    t.match(open.reply.json, { applicant: { address: '臺北市虛構路1號' } })
  })

  await t.test('no marker, no answer', async (t) => {
    for (const marker of ['', ',"protectedPerson":null', ',"protectedPerson":"false"', ',"protectedPerson":false,"protectedPerson":true']) {
      const { reply, entry } = await ask(contact(marker, '"臺北市保密街1號"'))
      t.match(reply.json, { code: 'upstream-malformed', status: 502 })
      t.notMatch(reply.body.toString(), /保密街/)
      t.match(entry, { code: 'upstream-malformed' })
      t.equal(entry.fields_released, undefined)
    }
  })
})
