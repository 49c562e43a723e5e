// prepared.test.ts: what is prepared of rules that follow others is what would be prepared of them alone; of what did not change it is the very same.
import t from 'tap'
import { PreparedPolicy } from '../../src/gateway/prepared.ts'
import { withBlocks } from '../../src/policy/blocks.ts'
import { KnownFiles } from '../../src/policy/known-files.ts'
import { loadFolder } from '../../src/policy/load.ts'
import type { Grant, Operation, Snapshot } from '../../src/policy/snapshot.ts'
import { AGENCY, API, edit, type Files, good, withFolder } from '../policy/good-folder.ts'

const known = new KnownFiles()
function load(changes: Files): Snapshot {
  const { snapshot } = withFolder(changes, (folder) => loadFolder(folder, known))
  if (snapshot === undefined) throw new Error('it loads')
  return snapshot
}
function first({ agencies, apis }: Snapshot): readonly [Grant, Operation] {
  const grant = agencies.get('education')?.grants[0]
  const operation = apis.get(grant?.api ?? '')?.operations.get(grant?.operations[0] ?? '')
  if (grant === undefined || operation === undefined) throw new Error('the good folder grants something')
  return [grant, operation]
}
const before = new PreparedPolicy(load({}))
const projected = (policy: PreparedPolicy) => policy.projector(...first(policy.snapshot))
const routed = (policy: PreparedPolicy) => {
  const { api, path } = first(policy.snapshot)[1]
  return policy.route('POST', `/${api}${path}`)?.operation
}

t.test('filters are made with the rules, and never for a call', async (t) => {
  t.equal(projected(before), projected(before))
  // One that cannot be made is no matter of a call: the rules themselves are not prepared.
  const { snapshot } = before
  const [grant] = first(snapshot)
  const agencies = new Map([...snapshot.agencies].map(([id, agency]) => [id, { ...agency, grants: [{ ...grant, fields: [] }] }]))
  t.throws(() => new PreparedPolicy({ ...snapshot, agencies }), { name: 'RangeError' })
})

t.test('what did not change is made once', async (t) => {
  const after = new PreparedPolicy(load(edit('purposes.yaml', 'title: 審核', 'title: 複審')), before)
  t.equal(projected(after), projected(before))
  t.equal(routed(after), first(after.snapshot)[1])
  const content = { blocks: [] }
  const blocked = new PreparedPolicy(withBlocks(before.snapshot, { blocks: [], content, findings: [] }), before)
  t.equal(blocked.networks, before.networks)
})

t.test('an API that changed has filters and routes of its own, for grants that did not', async (t) => {
  const renamed = load({ [API]: `${good[API]}# 新版\n` })
  const after = new PreparedPolicy(renamed, before)
  t.equal(first(renamed)[0], first(before.snapshot)[0], 'the grant is the very same')
  t.not(projected(after), projected(before))
  t.equal(routed(after), first(renamed)[1])
})

t.test('an agency that changed has filters and networks of its own', async (t) => {
  const fewer = load(edit(AGENCY, '      - members[].name\n', ''))
  const after = new PreparedPolicy(fewer, before)
  t.not(projected(after), projected(before))
  const whole = Buffer.from('{"status":{"category":"無"},"members":[{"name":"王小測"}]}')
  const text = (policy: PreparedPolicy) => Buffer.from(projected(policy).project(whole).body).toString()
  t.match(text(before), /王小測/)
  t.notMatch(text(after), /王小測/)
  t.equal(text(after), text(new PreparedPolicy(fewer)))
  t.not(after.networks, before.networks)
  t.throws(() => after.projector(...first(before.snapshot)), 'a grant of rules that are past is none of these')
})
