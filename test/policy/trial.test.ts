// trial.test.ts: lines on trial open nothing; what would have been with them is told apart.
import t from 'tap'
import { type Call, decide } from '../../src/policy/decide.ts'
import { diff } from '../../src/policy/diff/diff.ts'
import { networkIndex } from '../../src/policy/network-index.ts'
import { parseCidr } from '../../src/policy/networks.ts'
import type { Snapshot } from '../../src/policy/snapshot.ts'
import { trialOf } from '../../src/policy/trial.ts'
import { AGENCY, edit, type Files, good, load } from './good-folder.ts'
import { second, withVendor } from './mistakes/changes.ts'

function loaded(changes: Files): Snapshot {
  const { snapshot, findings } = load(changes)
  if (snapshot === undefined) throw new Error(JSON.stringify(findings))
  return snapshot
}

function addressOf(text: string): Call['address'] {
  const range = parseCidr(`${text}/32`)
  if (!range.ok) throw new Error(text)
  return { text, family: range.family, value: range.first }
}

/** A call that the good folder permits, on Tuesday 2026-11-24 at 10:00. */
function call(snapshot: Snapshot, from = '203.0.113.1'): Call {
  const [holder] = snapshot.apiKeys.values()
  if (holder === undefined) throw new Error('the folder has an API key')
  return {
    at: Date.parse('2026-11-24T02:00:00.000Z'),
    address: addressOf(from),
    holder,
    operation: snapshot.apis.get('benefits')?.operations.get('getStatus'),
    user: 'edu-wu',
    purpose: 'fee-waiver',
    case: '115-0001',
    reason: undefined,
    fields: undefined,
    supplied: [],
  }
}

const network = edit(AGENCY, '{cidr: 203.0.113.0/28, note', '{cidr: 203.0.113.0/28, trial: true, note')
const grant = edit(AGENCY, '  - id: fee-waiver\n', '  - id: fee-waiver\n    trial: true\n')
/** A grant that would take the place of the one there is. */
const narrower = (more = '    trial: true\n'): string => `  - id: narrower
    application: {document: 北市教字第1150000047號, date: 2026-10-20, through: 社會救助科}
    approval: {document: 北市社資字第1150000125號, date: 2026-11-05}
    api: benefits
    operations: [getStatus]
    mode: api
    purposes: [fee-waiver]
    fields: [category]
    from: 2026-11-05
    until: 2027-12-31
    limits: {per_minute: 1, per_day: 1, per_user_per_day: 1, concurrent: 1}
${more}`
const beside = { [AGENCY]: `${good[AGENCY]}${narrower()}` }
const block = { 'blocks.yaml': 'blocks:\n  - {agency: education, at: "2026-11-24T09:00:00+08:00", by: 值班, reason: 外洩}\n' }

t.test('a network on trial opens nothing, is known, and would have let the call pass', async (t) => {
  const snapshot = loaded(network)
  const asked = call(snapshot)
  const decision = decide(snapshot, asked)
  t.match(decision, { effect: 'deny', code: 'network-not-allowed' })
  t.match(trialOf(snapshot, asked, decision), { effect: 'permit', rule: `${AGENCY}#/grants/0` })
  t.ok(networkIndex(snapshot).knows(addressOf('203.0.113.1')), 'its caller is identified, so that there is a record')
  t.notOk(networkIndex(snapshot).knows(addressOf('203.0.113.200')))
})

t.test('a grant on trial opens nothing, and would have', async (t) => {
  const snapshot = loaded(grant)
  const decision = decide(snapshot, call(snapshot))
  t.match(decision, { effect: 'deny', code: 'operation-not-granted' })
  t.match(trialOf(snapshot, call(snapshot), decision), { effect: 'permit', rule: `${AGENCY}#/grants/0` })
})

t.test('a grant on trial beside the one whose place it would take changes nothing of what passes', async (t) => {
  const snapshot = loaded(beside)
  const decision = decide(snapshot, call(snapshot))
  t.match(decision, { effect: 'permit', fields: ['category', 'members[].name'], rule: `${AGENCY}#/grants/0` })
  t.match(trialOf(snapshot, call(snapshot), decision), { effect: 'permit', fields: ['category'], rule: `${AGENCY}#/grants/2` })
  const asked = { ...call(snapshot), fields: ['members[].name'] }
  t.match(trialOf(snapshot, asked, decide(snapshot, asked)), { effect: 'deny', code: 'fields-not-granted' }, 'what would be refused')
})

t.test('where nothing is tried, or it makes no difference, nothing is told', async (t) => {
  for (const changes of [{}, { ...network, ...block }, { ...beside, ...block }]) {
    const snapshot = loaded(changes)
    t.equal(trialOf(snapshot, call(snapshot), decide(snapshot, call(snapshot))), undefined)
  }
  t.equal(loaded({}).agencies.get('education')?.onTrial, undefined)
  const elsewhere = call(loaded(network), '203.0.113.200')
  t.equal(trialOf(loaded(network), elsewhere, decide(loaded(network), elsewhere)), undefined)
})

t.test('a delegate’s network on trial', async (t) => {
  const snapshot = loaded(edit(AGENCY, '{cidr: 203.0.113.32/28, from', '{cidr: 203.0.113.32/28, trial: true, from'))
  const agency = snapshot.agencies.get('education')
  const [delegate] = agency?.delegates ?? []
  const { holder, ...rest } = call(snapshot, '203.0.113.33')
  if (agency === undefined || delegate === undefined) throw new Error('the folder has a delegate')
  const asked: Call = { ...rest, user: 'vendor-a', holder: { ...holder, agency, delegate } }
  const decision = decide(snapshot, asked)
  t.match(decision, { effect: 'deny', code: 'network-not-allowed' })
  t.match(trialOf(snapshot, asked, decision), { effect: 'permit', user: { account: 'vendor-a' } })
})

t.test('a trial is no opening; its end is', async (t) => {
  const directions = (before: Files, after: Files) => diff(loaded(before), loaded(after)).map(({ direction }) => direction)
  t.same(directions({}, beside), ['other'])
  const told = (before: Files, after: Files) => diff(loaded(before), loaded(after)).map(({ code, what }) => `${code} ${what.en}`)
  t.same(told({}, beside), ['trial-added on trial, opens nothing: narrower benefits getStatus: category'])
  const joined = withVendor(second((text) => text.replace('{cidr: 192.0.2.0/28, note', '{cidr: 192.0.2.0/28, trial: true, note')))
  const trials = told({}, joined).filter((each) => each.startsWith('trial'))
  t.same(trials, ['trial-added on trial, opens nothing: 192.0.2.0/28 2026-01-05–2027-12-31'], 'of a new agency too')
  t.ok(told(network, {}).includes('trial-ended no longer on trial: 203.0.113.0/28 2026-01-05–2027-12-31'))
  t.ok(directions(beside, { [AGENCY]: `${good[AGENCY]}${narrower('')}`.replace('from: 2026-01-05\n    until: 2027-12-31\n    hours', 'from: 2026-01-05\n    until: 2026-11-04\n    hours') }).includes('open')) // biome-ignore format: short
  t.ok(directions({}, network).includes('closed'), 'a range that was open and is tried now')
})

t.test('two grants on trial are not united either', async (t) => {
  const twice = { [AGENCY]: `${good[AGENCY]}${narrower()}${narrower().replace('id: narrower', 'id: another')}` }
  t.same(load(twice).findings.map(({ code }) => code), ['grants-overlap']) // biome-ignore format: short
  t.same(load({ [AGENCY]: `${good[AGENCY]}${narrower('')}` }).findings.map(({ code }) => code), ['grants-overlap']) // biome-ignore format: short
})
