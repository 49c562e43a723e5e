// steps.test.ts: the verifier reads steps of rounds, findings and incidents, and refuses one that lacks what its step must say.
import t from 'tap'
import { sha256Hex } from '../../src/canonical.ts'
import { readEntry } from '../../src/verifier/entry.ts'
import type { Fault } from '../../src/verifier/finding.ts'
import { entryOf, sample } from '../audit/recorded-steps.ts'
import { edited } from './written-log.ts'

const place = { index: 7, log: sample.log }
const results = {
  document: sha256Hex('results'),
  months: [{ audited: 17, month: '2026-01', population: 1_700, quota: 17 }],
  outcomes: { abnormal: 0, normal: 17, to_explain: 0 },
  users: { audited: 30, reviewed: 0, total: 60, with_records: 60 },
}
/** Steps by kind, with every member: those that may be absent behind `|`. */
const steps: Readonly<Record<string, Readonly<Record<string, readonly [members: Readonly<Record<string, unknown>>, optional: string]>>>> = {
  round: {
    sampled: [{ agency: 'a', audit: 'self-audit', from: '2026-01', sample, until: '2026-06' }, ''],
    enlarged: [{ sample }, ''],
    started: [{ auditors: [{ account: 'edu-chen', name: '陳大文', unit: '政風室' }] }, ''],
    audited: [{ results }, ''],
    approved: [{ acting: true, name: '李', title: '代理局長' }, ''],
    sent: [{ received: '2026-07-30' }, 'received'],
    received: [{}, ''],
    returned: [{ deadline: '2026-08-20' }, 'deadline'],
    'on-record': [{}, ''],
    archived: [{ by: 'agency', discs: 1, file_number: '115/1', manifest: sha256Hex('m') }, 'manifest'],
    released: [{}, ''],
    withdrawn: [{}, ''],
  },
  finding: {
    opened: [{ agency: 'a', deadline: '2026-08-31', matter: 'm', records: [place], round: 'r' }, 'records round'],
    explained: [{ improvement: false }, ''],
    improved: [{ measures: 'm' }, ''],
    visited: [{}, ''],
    extended: [{ deadline: '2026-09-30' }, ''],
    returned: [{ deadline: '2026-09-30' }, ''],
    closed: [{}, ''],
  },
  incident: {
    found: [{ agency: 'a', found_by: 'b', from: '2026-01-01', matter: 'm', records: [place], until: '2026-01-02' }, 'from until records'],
    notified: [{ to: ['ethics-office', 'it-office'] }, ''],
    widened: [{ from: '2026-01-01', records: [place], until: '2026-01-02' }, 'from until records'],
    closed: [{}, ''],
  },
}

function faultsOf(entry: Buffer): Fault[] {
  const faults: Fault[] = []
  readEntry(entry, (fault) => faults.push(fault))
  return faults
}

const all = Object.entries(steps).flatMap(([about, names]) =>
  Object.entries(names).map(([step, [members, optional]]) => {
    const asked = { ...(about !== 'incident' && { about }), day: '2026-07-03', number: 'n', step, ...members }
    return { about, step, members, optional, entry: Buffer.from(entryOf(asked)) }
  }),
)

t.test('every step is read as an act, under the rules that the auditor was known by', async (t) => {
  for (const { about, entry, step } of all) {
    t.same(faultsOf(entry), [], `${about} ${step}`)
    t.match(readEntry(entry, () => undefined)?.content, { kind: 'act', policy: sha256Hex('rules') })
  }
})

t.test('R15, R17, R18: a step without what it must say is malformed; what may be absent may', async (t) => {
  for (const { about, entry, members, optional, step } of all) {
    for (const member of ['number', 'day', 'step', ...(about === 'incident' ? [] : ['about']), ...Object.keys(members)]) {
      const without = edited(entry, ({ asked }) => delete asked[member])
      const expected = optional.split(' ').includes(member) ? [] : [{ code: 'entry-malformed', found: `the member ${member}` }]
      t.match(faultsOf(without), expected, `${about} ${step} without ${member}`)
      t.equal(faultsOf(without).length, expected.length)
    }
  }
})

t.test('who, what and why is said of each, as of every act', async (t) => {
  const [first] = all
  for (const member of ['agency', 'auth', 'credential', 'policy', 'reason', 'sealed', 'user'])
    t.match(faultsOf(edited(first?.entry, (members) => delete members[member])), [
      { code: 'entry-malformed', found: `the member ${member}` },
    ])
})

t.test('days exist, digests are digests, counts count', async (t) => {
  const entryWith = (about: string, step: string) => all.find((each) => each.about === about && each.step === step)?.entry
  const spoiled: readonly [string, string, (members: ReturnType<typeof JSON.parse>) => void, string][] = [
    ['round', 'sampled', ({ asked }) => Object.assign(asked, { day: '2026-02-30' }), 'day'],
    ['round', 'sampled', ({ asked }) => Object.assign(asked, { day: '2026-7-3' }), 'day'],
    ['round', 'sampled', ({ asked }) => Object.assign(asked, { from: '2026-13' }), 'from'],
    ['round', 'sampled', ({ asked }) => Object.assign(asked, { audit: 'other' }), 'audit'],
    ['round', 'sampled', ({ asked }) => Object.assign(asked.sample, { id: 'x' }), 'id'],
    ['round', 'started', ({ asked }) => delete asked.auditors[0].name, 'name'],
    ['round', 'audited', ({ asked }) => Object.assign(asked.results, { document: 'x' }), 'document'],
    ['round', 'audited', ({ asked }) => delete asked.results.months[0].population, 'population'],
    ['round', 'audited', ({ asked }) => delete asked.results.users.with_records, 'with_records'],
    ['round', 'audited', ({ asked }) => Object.assign(asked.results.outcomes, { abnormal: -1 }), 'abnormal'],
    ['round', 'archived', ({ asked }) => Object.assign(asked, { discs: 0 }), 'discs'],
    ['round', 'archived', ({ asked }) => Object.assign(asked, { by: 'nobody' }), 'by'],
    ['round', 'archived', ({ asked }) => Object.assign(asked, { step: 'burned' }), 'step'],
    ['round', 'archived', ({ asked }) => Object.assign(asked, { step: 'toString' }), 'step'],
    ['round', 'archived', ({ asked }) => Object.assign(asked, { about: 'incident' }), 'about'],
    ['finding', 'opened', ({ asked }) => delete asked.records[0].log, 'log'],
    ['finding', 'explained', ({ asked }) => Object.assign(asked, { improvement: 'no' }), 'improvement'],
    ['incident', 'notified', ({ asked }) => Object.assign(asked, { to: ['somebody'] }), 'to'],
  ]
  for (const [about, step, change, member] of spoiled)
    t.match(
      faultsOf(edited(entryWith(about, step), change)),
      [{ code: 'entry-malformed', found: `the member ${member}` }],
      `${about} ${step} ${member}`,
    )
})
