// asked-round.ts: a round as its draws ask it, and answers, for tests of what becomes of them.
import type { Answer, AuditItem } from '../../../src/audit/answers/answer.ts'
import { recordKey, reviewKey } from '../../../src/audit/answers/answer.ts'
import type { RoundAsked } from '../../../src/audit/answers/round-answers.ts'
import { Auditing } from '../../../src/audit/answers/who-audits.ts'
import type { FrozenRow } from '../../../src/audit/frozen-roster.ts'
import { civilDate } from '../../../src/calendar.ts'

const row = (account: string, person: string, name: string, unit: string): FrozenRow => ({
  account,
  person,
  name,
  unit,
  title: '科員',
  kind: 'person',
  from: civilDate('2026-01-01'),
})
export const roster = [
  row('chang', 'P1', '張雅婷', '國小科'),
  row('chang2', 'P1', '張雅婷', '國小科'),
  row('lin', 'P2', '林志明', '國中科'),
  row('lin-b', 'P3', '林志明', '會計室'),
  row('idle', 'P4', '許家瑜', '國中科'),
  row('idle2', 'P4', '許家瑜', '國中科'),
]
export const log = 'linkage.example/log/1'
const item = (index: number, account: string, person: string | undefined, month = '2026-01'): AuditItem => ({
  list: '各筆',
  key: recordKey({ log, index }),
  id: { log, index },
  month,
  account,
  person,
  unit: roster.find((each) => each.account === account)?.unit ?? '',
})
const review = (account: string): AuditItem => ({
  list: '清查',
  key: reviewKey(account),
  account,
  accounts: ['idle', 'idle2'],
  person: 'P4',
  unit: '國中科',
})
const items = [
  item(1, 'chang', 'P1'),
  item(2, 'chang2', 'P1', '2026-02'),
  item(3, 'lin', 'P2'),
  item(4, 'ghost', undefined),
  review('idle'),
  review('idle2'),
]
const auditors = [
  { name: '陳大文', unit: '政風室' },
  { name: '林志明', unit: '會計室', account: 'lin-b' },
]
export const month = (name: string, population: number, quota: number) => ({
  month: name,
  population,
  quota,
  counted: population,
  records: population,
  drawn: quota,
  digest: '' as never,
})
export const coverage = { drawn: 3, need: 3, reviews: 1, users: 5, withRecords: 3 }
export const asked = (own: Partial<RoundAsked> = {}): RoundAsked => ({
  number: 'r',
  months: ['2026-01', '2026-02'],
  draws: [{ coverage, months: [month('2026-01', 3, 3), month('2026-02', 1, 1)] }],
  items,
  auditing: new Auditing(roster, auditors),
  fewUsers: 3,
  ...own,
})

export const said = (key: string, cells: Readonly<Record<string, string>>): readonly Answer[] =>
  Object.entries(cells).map(([field, value], at) => ({
    item: key,
    field: field as Answer['field'], // one of them, in each of these tests
    value,
    place: { file: 'a.ods', sheet: '稽核紀錄表', cell: `A${at}` },
  }))
export const normal = { 案卷比對: '相符', 逾必要範圍: '否', 稽核結果: '正常', 稽核日期: '2026-07-20', 稽核人員: '陳大文' }
export const reviewed = { 仍需使用: '是', 是否共用: '否', 清查結果: '正常', 清查日期: '2026-07-20', 清查人員: '陳大文' }
export const key = (index: number): string => recordKey({ log, index })
