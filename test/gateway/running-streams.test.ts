// running-streams.test.ts: which streams other rules end, and with what reason; and that every one of them is told.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readAddress } from '../../src/gateway/address.ts'
import { type Cut, RunningStreams, refusedBy } from '../../src/gateway/running-streams.ts'
import { type Call, decide } from '../../src/policy/decide.ts'
import { loadFolder } from '../../src/policy/load.ts'
import type { Snapshot } from '../../src/policy/snapshot.ts'
import { Configuration, type Edit } from '../end-to-end/configuration.ts'

const nhi = 'agencies/nhi-administration.yaml'
const low = 'apis/low-income.yaml'
const list = ['paths', '/households', 'get']

const roster = 'rosters/nhi-administration.csv'
/** Of a YAML file, or of the roster's text. */
type Change = readonly [file: string, Edit] | ((text: string) => string)

/** The example, changed. */
function rulesWith(...changes: readonly Change[]): Snapshot {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-rules-'))
  try {
    cpSync('config', folder, { recursive: true })
    const configuration = new Configuration(folder)
    for (const each of changes) {
      if (typeof each === 'function') writeFileSync(join(folder, roster), each(readFileSync(join(folder, roster), 'utf8')))
      else configuration.edit(...each)
    }
    const { snapshot, findings } = loadFolder(folder)
    if (snapshot === undefined) throw new Error(JSON.stringify(findings))
    return snapshot
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const before = rulesWith()
const began = Date.parse('2026-11-24T23:30:00+08:00')
const address = readAddress('203.0.113.33')
const [holder] = before.assertionKeys.get('nhi-administration') ?? []
if (holder === undefined || address === undefined) throw new Error('the example has an agency for files')
const asked: Call = {
  at: began,
  address,
  holder,
  operation: before.apis.get('low-income')?.operations.get('listHouseholds'),
  user: 'nhi-batch',
  purpose: 'premium-subsidy',
  case: '115-NHI-11',
  reason: undefined,
  fields: undefined,
  supplied: ['query:month'],
}
const decision = decide(before, asked)
if (decision.effect !== 'permit') throw new Error(decision.code)
const { fields } = decision

const block = (target: object): readonly [string, Edit] => [
  'blocks.yaml',
  (document) =>
    document.set('blocks', document.createNode([{ ...target, at: '2026-11-24T23:31:00+08:00', by: '值班人員', reason: '疑似外洩' }])),
]
const suspension = {
  ...{ effective: '2026-11-24', action: 'suspend', document: '北市社資字第1150001188號', deadline: '2026-11-05' },
  notice: { document: '北市社資字第1150001021號', date: '2026-10-04' },
  decision: { document: '北市社資字第1150001188號', date: '2026-11-20' },
}

const cases: readonly (readonly [string, Cut['code'] | undefined, RegExp, readonly Change[], number?])[] = [
  ['the same rules', undefined, /./, []],
  ['a block of its credential', 'blocked', /^blocks\.yaml#\/blocks\/0$/, [block({ credential: 'nhi-file-1' })]],
  ['a block of its network', 'blocked', /^blocks/, [block({ network: '203.0.113.32/28' })]],
  ['a block of its account', 'blocked', /^blocks/, [block({ agency: 'nhi-administration', account: 'NHI-BATCH' })]],
  ['a block of another credential', undefined, /./, [block({ credential: 'edu-2026a' })]],
  ['a suspension', 'agency-suspended', /nhi.*standing\/1$/, [[nhi, (file) => file.addIn(['standing'], file.createNode(suspension))]]],
  [
    'a credential that is revoked',
    'credentials-expired',
    /nhi.*credentials\/0$/,
    [
      [
        nhi,
        (file) => file.setIn(['credentials', 0, 'revoked'], file.createNode({ at: '2026-11-24T23:31:00+08:00', by: '某', reason: '遺失' })),
      ],
    ],
  ],
  [
    'a credential that is gone',
    'credentials-expired',
    /^agencies\/nhi/,
    [[nhi, (file) => file.setIn(['credentials', 0, 'id'], 'nhi-file-2')]],
  ],
  ['a grant that ended', 'grant-not-valid', /until$/, [[nhi, (file) => file.setIn(['grants', 0, 'until'], '2026-11-23')]]],
  ['one field less', 'fields-not-granted', /nhi.*fields$/, [[nhi, (file) => file.deleteIn(['grants', 0, 'fields', 2])]]],
  ['one field more', undefined, /./, [[nhi, (file) => file.addIn(['grants', 0, 'fields'], '[].applicant.name')]]],
  ['another purpose', 'purpose-not-granted', /purposes$/, [[nhi, (file) => file.setIn(['grants', 0, 'purposes', 0], 'school-fee-waiver')]]],
  ['a grant that is gone', 'operation-not-granted', /grants$/, [[nhi, (file) => file.set('grants', file.createNode([]))]]],
  [
    'a marker of protected persons that is no longer read',
    'fields-not-granted',
    /fields$/,
    [[low, (file) => file.deleteIn([...list, 'x-linkage', 'protected'])]],
  ],
  ['the last day of its user', 'user-inactive', /nhi/, [(text) => text.replace(/(nhi-batch,.*2026-02-02),,,/, '$1,2026-11-23,離職,')]],
  ['a user who is not on the roster', 'user-unknown', /roster/, [(text) => text.replace(/^nhi-batch,.*\r?\n?/m, '')]],
  [
    'a case that is demanded in another form',
    'case-malformed',
    /case_pattern$/,
    [[low, (file) => file.setIn([...list, 'x-linkage', 'case_pattern'], '^[0-9]{4}$')]],
  ],
  ['the end of its hours, which it does not have to heed', undefined, /./, [], Date.parse('2026-11-25T07:00:00+08:00')],
  ['a block at that time', 'blocked', /./, [block({ credential: 'nhi-file-1' })], Date.parse('2026-11-25T07:00:00+08:00')],
  ['the last day of its credential', 'credentials-expired', /./, [], Date.parse('2027-02-01T00:00:00+08:00')],
]

const morning = Date.parse('2026-11-25T07:00:00+08:00')

t.test('what would refuse a running stream, with which reason and rule, and outside its hours all the same', async (t) => {
  t.match(decide(before, { ...asked, at: morning }), { effect: 'deny', code: 'outside-hours' })
  for (const [title, code, rule, changes, at] of cases) {
    const next = rulesWith(...changes)
    const refusal = refusedBy(next, { asked, fields }, at ?? began + 60_000)
    t.equal(refusal?.code, code, title)
    if (code !== undefined) t.match(refusal?.rule, rule, title)
    if (at === undefined) t.equal(refusedBy(next, { asked, fields }, morning)?.code, code, `${title}, outside its hours`)
  }
})

t.test('each stream is cut once, and forgotten when it ended', async (t) => {
  const streams = new RunningStreams()
  const cuts: Cut[] = []
  const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  for (const { promise: ended } of ends) streams.enter({ asked, fields, ended, cut: (why) => cuts.push(why) })
  const next = rulesWith(block({ agency: 'nhi-administration' }))
  streams.judge(before, began)
  t.same(cuts, [])
  streams.judge(next, began)
  t.same(cuts, Array(2).fill({ code: 'blocked', rule: 'blocks.yaml#/blocks/0', policy: next.digest }))
  let over = false
  const all = streams.ended().then(() => {
    over = true
  })
  ends[0]?.resolve()
  await ends[0]?.promise
  await Promise.resolve()
  t.equal(over, false)
  ends[1]?.resolve()
  await all
  t.equal(streams.size, 0)
})
