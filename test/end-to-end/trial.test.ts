// trial.test.ts: through the whole gateway: lines on trial open nothing, and the record says what would have been.
import t from 'tap'
import { readEntry } from '../../src/verifier/entry.ts'
import type { Configuration, MadeAgency } from './configuration.ts'
import { type ApiCaller, household, released, startDepartment } from './department.ts'
import { answering } from './welfare.ts'

t.test('calls of agencies that try a network, and a grant', async (t) => {
  let made: { readonly tried: MadeAgency; readonly narrowed: MadeAgency } | undefined
  const department = await startDepartment(t, (configuration: Configuration) => {
    made = {
      tried: configuration.addAgency('tried', (file) => file.setIn(['networks', 0, 'trial'], 'true')),
      narrowed: configuration.addAgency('narrowed', (file) => {
        const grant = file.toJS().grants[0]
        file.addIn(['grants'], file.createNode({ ...grant, id: 'narrower', trial: 'true', fields: ['status.category'] }))
      }),
    }
  })
  if (made === undefined) throw new Error('the department was not configured')
  department.welfare.script = answering(JSON.stringify(household))
  const ask = async (caller: ApiCaller) => {
    const from = department.size
    const reply = await department.call(caller)
    const record = (await department.records(from)).find(({ entry }) => entry.kind === 'query')
    if (record === undefined) throw new Error('the call left no record')
    const faults: unknown[] = []
    t.ok(readEntry(Buffer.from(record.text), (fault) => faults.push(fault)))
    t.same(faults, [], 'the verifier is content')
    return { reply, entry: record.entry }
  }
  const tried = await ask(made.tried)
  t.equal(tried.reply.json.code, 'network-not-allowed')
  t.match(tried.entry, { decision: 'deny', code: 'network-not-allowed', rule: 'agencies/tried.yaml#/networks' })
  t.same(tried.entry.trial, { decision: 'permit', rule: 'agencies/tried.yaml#/grants/0' })
  t.equal(department.welfare.asked.length, 0, 'nobody was asked for it')
  const narrowed = await ask(made.narrowed)
  t.same(narrowed.reply.json, released, 'what is granted passes, all of it')
  t.match(narrowed.entry, { decision: 'permit', code: 'released', grant: 'fee-waiver' })
  t.same(narrowed.entry.trial, { decision: 'permit', rule: 'agencies/narrowed.yaml#/grants/1' })
  const other = await ask(department.education)
  t.notOk('trial' in other.entry)
})
