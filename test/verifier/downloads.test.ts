// downloads.test.ts: the verifier reads downloads of an agency's own records, and holds their ends against them.
import t from 'tap'
import { civilDate } from '../../src/calendar.ts'
import { sha256Hex } from '../../src/canonical.ts'
import { exportEntry } from '../../src/querylog/act-entries.ts'
import { downloadEndEntry } from '../../src/querylog/own-records.ts'
import { readEntry } from '../../src/verifier/entry.ts'
import type { Fault } from '../../src/verifier/finding.ts'
import { References } from '../../src/verifier/references.ts'
import { edited, newId } from './written-log.ts'

const given = { at: '2026-10-05T02:00:00.000Z', clock: undefined }
const id = newId()
const download = exportEntry(
  {
    id,
    address: '198.51.100.17',
    agency: 'taipei-education',
    asked: {
      agency: 'taipei-education',
      file: 'csv',
      form: 'records',
      from: civilDate('2026-07-01'),
      offset: 9,
      until: civilDate('2026-09-30'),
    },
    auth: { jti: 'a', kid: 'edu-chen-1', token: sha256Hex('a token'), type: 'assertion' },
    continues: newId(),
    credential: 'edu-chen',
    document: undefined,
    logs: [],
    policy: sha256Hex('rules'),
    reason: '季下載',
    sealed: { bytes: 'AA==', counter: 0, key: newId() },
    user: 'edu-chen',
  },
  given,
)
const facts = { id: newId(), agency: 'taipei-education', of: { id, index: 7 }, bytes: 12, sha256: sha256Hex('a file') }
const records = [{ first: 3, last: 9, log: 'linkage.example/log/1' }]
const whole = downloadEndEntry({ ...facts, outcome: 'whole', code: undefined, records }, given)
const cut = downloadEndEntry({ ...facts, outcome: 'cut', code: 'client-left', records: [] }, given)

function faultsOf(entry: Buffer): Fault[] {
  const faults: Fault[] = []
  readEntry(entry, (fault) => faults.push(fault))
  return faults
}

t.test('a download and its end are read', async (t) => {
  for (const entry of [download, whole, cut]) t.same(faultsOf(Buffer.from(entry)), [])
  t.match(readEntry(Buffer.from(download), () => undefined)?.content, { kind: 'act', download: { agency: 'taipei-education' } })
  t.match(readEntry(Buffer.from(whole), () => undefined)?.content, {
    kind: 'download-end',
    agency: 'taipei-education',
    of: { id, index: 7 },
  })
})

t.test(
  'a package that promises its completion is one too, of the agency that it is for; of an earlier version nothing says how it ended',
  async (t) => {
    const asked = { agency: 'taipei-education', form: 'package' }
    const package_ = (own: object) => edited(Buffer.from(download), (it) => Object.assign(it, { agency: 'ethics-office', asked, ...own }))
    const content = (entry: Buffer) => readEntry(entry, () => undefined)?.content
    t.match(content(package_({ completes: true })), { kind: 'act', download: { agency: 'taipei-education' } })
    t.notMatch(content(package_({})), { download: {} })
    for (const own of [{ completes: false }, { completes: true, asked: { form: 'package' } }])
      t.match(faultsOf(package_(own)), [{ code: 'entry-malformed' }], JSON.stringify(own))
  },
)

t.test('one that does not say whose records, which days, how it ended, is malformed', async (t) => {
  type Change = (members: ReturnType<typeof JSON.parse>) => void
  const spoiled: readonly (readonly [string, string, Change, string])[] = [
    ['another agency’s records', download, ({ asked }) => Object.assign(asked, { agency: 'other' }), 'agency'],
    ['nobody’s', download, ({ asked }) => delete asked.agency, 'agency'],
    ['no form of a file', download, ({ asked }) => delete asked.file, 'file'],
    ['no first day', download, ({ asked }) => delete asked.from, 'from'],
    ['days the wrong way round', download, ({ asked }) => Object.assign(asked, { until: '2026-06-30' }), 'until'],
    ['a rest of nothing', download, (members) => delete members.continues, 'continues'],
    ['from nowhere', download, (members) => delete members.address, 'address'],
    ['without who', download, (members) => delete members.user, 'user'],
    ['without why', download, (members) => delete members.reason, 'reason'],
    ['without the assertion', download, (members) => delete members.sealed, 'sealed'],
    ['ended somehow', whole, (members) => Object.assign(members, { outcome: 'lost' }), 'outcome'],
    ['cut for no reason', cut, (members) => delete members.code, 'code'],
    ['of no length', whole, (members) => delete members.bytes, 'bytes'],
    ['another digest', whole, (members) => Object.assign(members, { sha256: 'a' }), 'sha256'],
    ['numbers the wrong way round', whole, ({ records: [each] }) => Object.assign(each, { first: 10 }), 'records'],
    ['no log', whole, ({ records: [each] }) => delete each.log, 'log'],
    ['of nothing', whole, (members) => delete members.of, 'of'],
  ]
  for (const [title, entry, change, member] of spoiled)
    t.match(faultsOf(edited(Buffer.from(entry), change)), [{ code: 'entry-malformed', found: `the member ${member}` }], title)
})

t.test('an end is that of one download of the same agency before it, once', async (t) => {
  const end = { kind: 'download-end', agency: 'a', of: { id: 'x', index: 7 } } as const
  const found = (
    ...ends: readonly (typeof end | { kind: 'download-end'; agency: string; of: { id: string; index: number } })[]
  ): string[] => {
    const references = new References()
    const codes: string[] = []
    references.download(7, 'x', 'a')
    for (const each of ends) references.downloadEnd(9, each, ({ code }) => codes.push(code))
    return codes
  }
  t.same(found(end), [])
  t.same(found(end, end), ['completion-repeated'])
  t.same(found({ ...end, agency: 'b' }), ['completion-unknown'])
  t.same(found({ ...end, of: { id: 'y', index: 7 } }), ['completion-unknown'])
  t.same(found({ ...end, of: { id: 'x', index: 8 } }), ['completion-unknown'])
})
