// round-answers.test.ts: 六(一)3: what answers come to: only an item that is wholly answered was audited; who audits never is who queried.
import t from 'tap'
import { reviewKey } from '../../../src/audit/answers/answer.ts'
import { notable, resultsDocument } from '../../../src/audit/answers/results-document.ts'
import { type RoundAsked, roundAnswers } from '../../../src/audit/answers/round-answers.ts'
import { Auditing } from '../../../src/audit/answers/who-audits.ts'
import { asked, coverage, key, log, month, normal, reviewed, roster, said } from './asked-round.ts'

t.test('an item was audited once every cell that its result needs is filled', async (t) => {
  const missing = (key: string, cells: Readonly<Record<string, string>>) => roundAnswers(asked(), said(key, cells)).partial[0]?.missing
  t.equal(missing(key(1), normal), undefined)
  for (const field of Object.keys(normal)) {
    const { [field as keyof typeof normal]: _, ...others } = normal
    t.same(missing(key(1), others), [field])
  }
  for (const change of [{ 稽核結果: '異常' }, { 稽核結果: '待說明' }, { 案卷比對: '不符' }, { 案卷比對: '無法查證' }, { 逾必要範圍: '是' }])
    t.same(missing(key(1), { ...normal, ...change }), ['異常說明及處置'], JSON.stringify(change))
  t.same(missing(reviewKey('idle'), { ...reviewed, 是否共用: '是' }), ['清查說明'])
  t.equal(roundAnswers(asked(), []).partial.length, 0, 'what nobody began is open')
})

t.test('六(一)3: months count items, users count persons: one of two accounts audited is that person', async (t) => {
  const { records, results, reviews, units } = roundAnswers(asked(), [
    ...said(key(1), normal),
    ...said(key(2), { ...normal, 稽核結果: '異常', 異常說明及處置: '無此案號' }),
    ...said(key(4), { ...normal, 稽核結果: '待說明', 異常說明及處置: '待查' }),
    ...said(reviewKey('idle'), reviewed),
  ])
  t.same(results, {
    months: [
      { month: '2026-01', audited: 2, population: 3, quota: 3 },
      { month: '2026-02', audited: 1, population: 1, quota: 1 },
    ],
    outcomes: { normal: 1, abnormal: 1, to_explain: 1 },
    // Of 許家瑜 one account of two was reviewed.
    users: { audited: 2, reviewed: 0, total: 5, with_records: 3 },
    open: { items: 1, reviews: 1 },
  })
  t.same([records.length, reviews.length], [3, 1])
  t.same(
    units.map(({ records, reviews, unit }) => [unit, records.answered, records.all, reviews.answered, reviews.all]),
    [
      ['', 1, 1, 0, 0],
      ['國中科', 0, 1, 1, 2],
      ['國小科', 2, 2, 0, 0],
    ],
  )
  const both = roundAnswers(asked(), [...said(reviewKey('idle'), reviewed), ...said(reviewKey('idle2'), reviewed)])
  t.equal(both.results.users.reviewed, 1)
})

t.test('late records are a draw of their own: populations and quotas add up', async (t) => {
  const late = { coverage: { ...coverage, users: 6, withRecords: 1 }, months: [month('2026-01', 5, 1)] }
  const { results } = roundAnswers(asked({ draws: [...asked().draws, late] }), [])
  t.match(results.months, [
    { population: 8, quota: 4 },
    { population: 1, quota: 1 },
  ])
  t.match(results.users, { total: 6, with_records: 3 })
})

t.test('who queried never audits: by name, by account, by 人員代號, by an account that the round names', async (t) => {
  const codes = (index: number, auditor: string, own: Partial<RoundAsked> = {}) =>
    roundAnswers(asked(own), said(key(index), { ...normal, 稽核人員: auditor })).findings.map(({ code }) => code)
  const spellings = ['張雅婷', '張 雅婷', '張雅婷（國小科）', '張雅婷/國小科', 'CHANG', 'chang2', 'ｃｈａｎｇ', 'P1']
  for (const auditor of [...spellings, '張雅婷 科員', '科員張雅婷', '國小科張雅婷', '張雅婷、李四', '李四、張雅婷'])
    t.same(codes(1, auditor), ['own-audit'], auditor)
  for (const auditor of ['陳大文', '陳大文（政風室）', '張雅', '王小明']) t.same(codes(1, auditor), [], auditor)
  // Two are called 林志明: the round names the one with the account lin-b.
  t.same(codes(3, '林志明'), [], 'the namesake')
  t.same(codes(3, '林志明/國中科'), ['own-audit'], 'whom the round does not name')
  t.same(codes(3, '林志明', { auditing: new Auditing(roster, []) }), ['own-audit'], 'where the round names nobody')
  const sameUnit = new Auditing(roster, [{ name: '林志明', unit: '國中科' }])
  t.same(codes(3, '林志明', { auditing: sameUnit }), ['own-audit'], 'of the same unit, without an account')
  const longer = new Auditing(roster, [{ name: '林志明德', unit: '國中科' }])
  t.same(codes(3, '林志明德', { auditing: longer }), [], 'a longer name that the round names')
  const otherUnit = new Auditing(roster, [{ name: '林志明', unit: '主計室' }])
  t.same(codes(3, '林志明', { auditing: otherUnit }), [], 'of a unit in which the other never was')
  const alias = new Auditing(roster, [{ name: '小張', unit: '政風室', account: 'chang2' }])
  t.same(codes(1, '小張', { auditing: alias }), ['own-audit'], 'another account of the same person')
  t.same(codes(4, 'ghost'), ['own-audit'], 'an account that no roster knows')
  const two = [...said(key(1), { ...normal, 稽核人員: '張雅婷' }), ...said(key(1), { 稽核人員: '陳大文' })]
  t.same(
    roundAnswers(asked(), two).findings.map(({ code }) => code),
    ['conflict', 'own-audit'],
  )
})

t.test('D-20: where users are few the auditor comes from another unit', async (t) => {
  const few = { fewUsers: 5 }
  const codes = (auditor: string) =>
    roundAnswers(asked(few), said(key(3), { ...normal, 稽核人員: auditor })).findings.map(({ code }) => code)
  t.same(codes('陳大文'), [])
  t.same(codes('王小明'), ['same-unit'], 'nobody whom the round names')
  const own = new Auditing(roster, [{ name: '許家瑜', unit: '國中科' }])
  t.same(
    roundAnswers(asked({ ...few, auditing: own }), said(key(3), { ...normal, 稽核人員: '許家瑜' })).findings.map(({ code }) => code),
    ['same-unit'],
  )
})

t.test('the document of the results says every answer, in one order, and the letters read of it what is not 正常', async (t) => {
  const answers = [
    ...said(key(2), { ...normal, 稽核結果: '異常', 異常說明及處置: '無此案號' }),
    ...said(key(1), normal),
    ...said(reviewKey('idle'), { ...reviewed, 清查結果: '待說明', 清查說明: '休假' }),
  ]
  const text = resultsDocument('r', ['b', 'a'], roundAnswers(asked(), answers))
  t.equal(resultsDocument('r', ['a', 'b'], roundAnswers(asked(), answers.toReversed())), text)
  const document = JSON.parse(text)
  t.same(document.items[0], {
    log,
    index: 1,
    unit: '國小科',
    match: '相符',
    beyond_need: '否',
    result: '正常',
    day: '2026-07-20',
    auditor: '陳大文',
  })
  t.same(document.samples, ['a', 'b'])
  t.same(notable(Buffer.from(text)), {
    notNormal: [
      { unit: '國小科', result: '異常', about: '無此案號' },
      { unit: '國中科', result: '待說明', about: '休假' },
    ],
    open: [
      { unit: '國中科', name: '1#3' },
      { unit: '', name: '1#4' },
      { unit: '國中科', name: 'idle2' },
    ],
  })
  for (const other of ['{"months":[],"items":[{"unit":"a","result":"異常"}]}', '{"v":1,"items":[7,{"result":"異常"}]}', '[]', '{"v":2}'])
    t.same(notable(Buffer.from(other)), { notNormal: [], open: [] }, other)
})
