// acts.test.ts: the verifier reads what auditors did, and refuses an act that does not say who, what and why.
import t from 'tap'
import { sha256Hex } from '../../src/canonical.ts'
import { disclosureEntry, exportEntry } from '../../src/querylog/act-entries.ts'
import { ActsByPolicy } from '../../src/verifier/acts.ts'
import { readEntry } from '../../src/verifier/entry.ts'
import type { Fault } from '../../src/verifier/finding.ts'
import { edited, newId } from './written-log.ts'

const act = {
  id: newId(),
  agency: 'ethics-office',
  asked: { form: 'csv', slots: ['1'] },
  auth: { jti: 'a', kid: 'ethics-1', token: sha256Hex('a token'), type: 'assertion' as const },
  credential: 'ethics-lin',
  document: '北市社政字第1150000300號',
  policy: sha256Hex('rules'),
  reason: '不定期稽核',
  sealed: { bytes: 'AA==', counter: 0, key: newId() },
  user: 'ethics-lin',
}
const root = Buffer.alloc(32, 1).toString('base64')
const given = { at: '2026-11-24T02:00:00.000Z', clock: undefined }
const logs = [{ from: 3, log: 'linkage.example/log/1', root, size: 40, slot: '1', to: 40 }]
const acts = {
  export: exportEntry({ ...act, continues: newId(), logs }, given),
  disclosure: disclosureEntry(
    { ...act, entries: [{ id: newId(), index: 7, leaf: root, log: 'linkage.example/log/1' }], recipient: 'ethics-office/2026' },
    given,
  ),
}

function faultsOf(entry: Buffer): Fault[] {
  const faults: Fault[] = []
  readEntry(entry, (fault) => faults.push(fault))
  return faults
}

t.test('an export and a disclosure are read; an export states the logs that were read', async (t) => {
  for (const entry of Object.values(acts)) t.same(faultsOf(Buffer.from(entry)), [])
  t.same(readEntry(Buffer.from(acts.export), () => undefined)?.read, [{ log: 'linkage.example/log/1', root, size: 40, slot: '1' }])
  t.same(readEntry(Buffer.from(acts.disclosure), () => undefined)?.read, [])
})

for (const [kind, entry] of Object.entries(acts)) {
  t.test(`R22: ${kind}: without who, what or why it is malformed`, async (t) => {
    for (const member of ['agency', 'asked', 'auth', 'credential', 'policy', 'reason', 'sealed', 'user']) {
      const without = edited(Buffer.from(entry), (members) => delete members[member])
      t.match(faultsOf(without), [{ code: 'entry-malformed', found: `the member ${member}` }])
    }
    for (const member of ['jti', 'kid', 'token']) {
      const without = edited(Buffer.from(entry), (members) => delete members.auth[member])
      t.match(faultsOf(without), [{ code: 'entry-malformed', found: `the member ${member}` }])
    }
  })
}

t.test('what was read or opened is named to the last index', async (t) => {
  const spoiled: readonly [string, string, (members: ReturnType<typeof JSON.parse>) => void, string][] = [
    ['to before from', acts.export, ({ logs: [log] }) => Object.assign(log, { to: 2 }), 'logs'],
    ['beyond the log', acts.export, ({ logs: [log] }) => Object.assign(log, { to: 41 }), 'logs'],
    ['no root', acts.export, ({ logs: [log] }) => delete log.root, 'root'],
    ['no form', acts.export, ({ asked }) => delete asked.form, 'form'],
    ['continues nothing', acts.export, (members) => Object.assign(members, { continues: 'x' }), 'continues'],
    ['no leaf', acts.disclosure, ({ entries: [each] }) => delete each.leaf, 'leaf'],
    ['no index', acts.disclosure, ({ entries: [each] }) => delete each.index, 'index'],
    ['no recipient', acts.disclosure, (members) => delete members.recipient, 'recipient'],
  ]
  for (const [title, entry, change, member] of spoiled)
    t.match(faultsOf(edited(Buffer.from(entry), change)), [{ code: 'entry-malformed', found: `the member ${member}` }], title)
})

t.test('whoever reads is known by rules that some gateway entered', async (t) => {
  for (const entry of Object.values(acts))
    t.same(readEntry(Buffer.from(entry), () => undefined)?.content, { kind: 'act', policy: sha256Hex('rules') })
  const found = (...entered: string[]): string[] => {
    const acts = new ActsByPolicy()
    acts.take('cli', 4, 'a', [{ log: 'linkage.example/log/1', root, size: 40, slot: '1' }])
    acts.take('cli', 5, 'a', [])
    acts.take('cli', 6, 'b', [])
    t.same([...acts.read], ['linkage.example/log/1'])
    return [...acts.faults(new Set(entered))].map(({ slot, index, code, found }) => `${slot} ${index} ${code} ${found}`)
  }
  t.same(found('a', 'b', 'c'), [])
  t.same(found('b'), ['cli 4 act-policy-unknown a'], 'of each rules the first act')
  t.same(found(), ['cli 4 act-policy-unknown a', 'cli 6 act-policy-unknown b'])
})
