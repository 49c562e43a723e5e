// drawn-form.test.ts: from a recorded draw, its entries and the frozen roster to the form: who it was that day, what counts, what is sealed.
import t from 'tap'
import type { Draw, DrawnRecord } from '../../../src/audit/draw.ts'
import { fieldTitles, titlesOf } from '../../../src/audit/form/catalogue-titles.ts'
import { type DrawnEntry, type DrawnEvidence, drawnForm, type QueryMembers } from '../../../src/audit/form/drawn-form.ts'
import { workbookValues } from '../../../src/audit/form/unit-workbook.ts'
import type { FrozenRow } from '../../../src/audit/frozen-roster.ts'
import { civilDate } from '../../../src/calendar.ts'
import { loadFolder } from '../../../src/policy/load.ts'
import { parameters } from '../populations.ts'
import { configFolder, version } from './made.ts'

const loaded = loadFolder(configFolder).snapshot
if (loaded === undefined) throw new Error('the example is in order')
const snapshot = loaded

const row = (
  account: string,
  person: string,
  name: string,
  unit: string,
  from: string,
  until?: string,
  stopReason?: string,
): FrozenRow => ({
  account,
  person,
  name,
  unit,
  title: '科員',
  kind: account === 'edu-batch' ? 'system' : 'person',
  from: civilDate(from),
  ...(until !== undefined && { until: civilDate(until) }),
  ...(stopReason !== undefined && { stopReason }),
})

const roster: readonly FrozenRow[] = [
  row('edu-chang', 'E1', '張雅婷', '國小教育科', '2026-01-05'),
  row('edu-chang2', 'E1', '張雅婷', '國小教育科', '2026-03-02'),
  row('edu-wu', 'E4', '吳宗翰', '國中教育科', '2026-01-05', '2026-03-31', '職務調動'),
  row('edu-wu', 'E4', '吳宗翰', '學前教育科', '2026-04-01'),
  row('edu-lin', 'E2', '林志明', '國中教育科', '2026-01-05', '2026-05-31', '離職'),
  row('edu-hsu', 'E3', '許家瑜', '國小教育科', '2025-01-05', '2025-12-31', '離職'),
  row('edu-kulas', 'E7', '谷辣斯‧尤達卡', '國小教育科', '2026-02-01'),
]

const query = (at: string, changes: Partial<QueryMembers> = {}): QueryMembers => ({
  address: '203.0.113.5',
  api: 'low-income',
  at,
  auth: { type: 'assertion' },
  case: '115-EDU-000123',
  fields_released: ['status.category', 'members[].name'],
  mode: 'api',
  operation: 'getHouseholdStatus',
  policy: snapshot.digest,
  purpose: 'school-fee-waiver',
  rows: 1,
  subject: { kind: 'tw-national-id', tag: 'x' },
  ...changes,
})

const log = 'linkage.example/log/1'
const drawn = (index: number, month: string, user: string, why: DrawnRecord['why'] = ['month']): DrawnRecord => ({
  countedSeq: index,
  index,
  log,
  month,
  user,
  why,
})

const queries: Readonly<Record<number, QueryMembers>> = {
  10: query('2026-01-31T15:59:59.999Z'),
  11: query('2026-03-31T15:59:59.999Z', { auth: { type: 'api-key' } }),
  12: query('2026-03-31T16:00:00.000Z'),
  13: query('2026-06-05T01:00:00.000Z'),
  14: query('2026-06-06T01:00:00.000Z', { mode: 'file', fields_released: ['x.unknown'], operation: 'gone' }),
}

const draw: Draw = {
  agency: 'taipei-education',
  round: 'self-audit',
  from: '2026-01',
  until: '2026-06',
  parameters,
  freeze: { id: '01990000-0000-7000-8000-000000000000', index: 5, log: 'linkage.example/log/cli' },
  seed: { id: '01990000-0000-7000-8000-000000000001', index: 6, log: 'linkage.example/log/cli' },
  months: ['01', '02', '03', '04', '05', '06'].map((month) => ({
    counted: 5,
    digest: snapshot.digest,
    drawn: 1,
    month: `2026-${month}`,
    population: month === '02' ? 0 : 4,
    quota: month === '02' ? 0 : 4,
    records: 9,
  })),
  coverage: { drawn: 3, need: 3, reviews: 1, users: 5, withRecords: 4 },
  protection: { drawn: 0, records: 0 },
  drawn: [
    drawn(10, '2026-01', 'edu-chang2', ['coverage', 'month']),
    drawn(11, '2026-03', 'edu-wu'),
    drawn(12, '2026-04', 'EDU-WU'),
    drawn(13, '2026-06', 'edu-lin'),
    { ...drawn(14, '2026-06', 'stranger'), row: 3 },
  ],
  reviews: [{ accounts: ['edu-kulas'], person: 'E7' }],
  skipped: [],
  transfers: [],
  modes: [
    { counted: 3, mode: 'api', month: '2026-01' },
    { counted: 1, mode: 'file', month: '2026-06' },
  ],
}

const evidence: DrawnEvidence = {
  agency: { code: '379110000E', name: '教育局' },
  draw,
  seed: 'ab'.repeat(32),
  thrown: { how: '', note: '', throws: [] },
  logs: [{ log, size: 99, root: '' }],
  issued: civilDate('2026-07-06'),
  roster,
  lastUses: new Map([['edu-lin', civilDate('2026-05-20')]]),
  auditors: [],
  notCounted: { count: 0, file: '' },
  fewUsers: 3,
  entryOf: ({ index }): DrawnEntry => {
    const found = queries[index]
    if (found === undefined) throw new Error(String(index))
    return {
      query: found,
      titles: titlesOf(snapshot, found),
      ...(index === 14 && { completedRows: 500 }),
      ...(index === 10 && { opened: 'A123456789' }),
    }
  },
}

t.test('R13: name, unit and title are those of the roster on the day of the query in Taipei', async (t) => {
  const { rows } = drawnForm(evidence)
  const units = rows.map(({ user }) => user?.unit)
  t.same(units, [undefined, '國中教育科', '學前教育科', undefined, undefined])
  const before = drawnForm({ ...evidence, draw: { ...draw, drawn: [drawn(10, '2026-01', 'edu-chang')] } })
  t.equal(before.rows[0]?.user?.name, '張雅婷')
  t.same(rows[3]?.service, { left: '2026-05-31', reason: '離職' }, 'a query after the last day shows: not on the roster, and gone')
  t.same(rows[1]?.service, {}, 'who changed units is in service')
})

t.test('what is counted is printed as it was drawn: with refusals and without, by mode, persons and not accounts', async (t) => {
  const form = drawnForm(evidence)
  t.match(form.months[0], {
    month: '2026-01',
    counted: 4,
    quota: 4,
    all: 9,
    quotaOfAll: 1,
    drawn: 1,
    byMode: [{ mode: 'api', counted: 3 }],
  })
  t.match(form.months[1], { counted: 0, quota: 0, all: 9, quotaOfAll: 1, drawn: 0 })
  t.same(form.modes, ['file', 'api'])
  t.same(
    form.users,
    { total: 5, left: 1, needed: 3, drawn: 4, reviewed: 1 },
    'two accounts are one user; who left before the period is none',
  )
  t.same(form.units, [
    { unit: '國中教育科', users: 2, drawn: 1, reviewed: 0, records: 1 },
    { unit: '國小教育科', users: 2, drawn: 0, reviewed: 1, records: 0 },
    { unit: '學前教育科', users: 1, drawn: 1, reviewed: 0, records: 1 },
    { unit: '（不在清冊）', users: 3, drawn: 3, reviewed: 0, records: 3 },
  ])
  t.same(
    form.settings.map(({ id }) => id),
    ['D-7', 'D-8', 'D-9', 'D-10', 'D-11', 'D-12', 'D-17', 'D-20'],
  )
})

t.test('subjects are sealed but for those that were opened; what an API key says of its user is printed as claimed', async (t) => {
  const { rows } = drawnForm(evidence)
  t.same(
    rows.map(({ subject }) => subject),
    [{ kind: 'full', text: 'A123456789' }, ...Array(4).fill({ kind: 'sealed' })],
  )
  t.same(
    rows.map(({ claimed }) => claimed),
    [false, true, false, false, false],
  )
  t.equal(rows[4]?.rows, 1, 'of the entry')
  t.same(rows[4]?.id, { log, index: 14, row: 3 }, 'D-9: a row of a file')
})

t.test('an account review: holder, on the roster since, last day, last use', async (t) => {
  t.same(drawnForm(evidence).reviews, [
    { account: 'edu-kulas', name: '谷辣斯‧尤達卡', unit: '國小教育科', title: '科員', system: false, from: '2026-02-01' },
  ])
  const unknown = drawnForm({ ...evidence, draw: { ...draw, reviews: [{ accounts: ['nobody'] }, { accounts: ['edu-lin'] }] } })
  t.match(unknown.reviews, [
    { account: 'nobody', name: '', unit: '（不在清冊）' },
    { account: 'edu-lin', until: '2026-05-31', lastUse: '2026-05-20' },
  ])
  t.match(workbookValues(unknown, '（不在清冊）', version).lists.清查, [{ 帳號: 'nobody', 啟用日: '' }])
})

t.test('codes are printed in the words of the catalogue; a code that it does not know stands as it is', async (t) => {
  const { rows } = drawnForm(evidence)
  t.match(rows[0], { operation: '低收入戶及中低收入戶資格：查詢列冊資格', fields: ['列冊類別', '成員姓名'] })
  t.notMatch(rows[0]?.purpose, /school/)
  t.match(rows[4], { operation: /：gone$/, fields: ['x.unknown'] })
  const shape = {
    title: '家',
    type: 'object',
    properties: { name: { title: '姓名' }, of: { $ref: '#/components/s' }, tags: { type: 'array', items: { title: '註記' } } },
  }
  const document = {
    components: { s: { title: '人', properties: { name: { title: '姓名' }, bare: {} } } },
    paths: { '/a': { post: { operationId: 'a', responses: { '200': { content: { j: { schema: shape } } } } } } },
  }
  t.same(
    [...fieldTitles(document, 'a')],
    [
      ['name', '家：姓名'],
      ['of.name', '人：姓名'],
      ['of.bare', 'of.bare'],
      ['tags[]', '註記'],
    ],
  )
  t.same([...fieldTitles(document, 'none')], [])
})
