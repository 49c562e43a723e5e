// round-answers.test.ts: 六(一)3: what answers come to: only an item that is wholly answered was audited; who audits never is who queried.
import t from 'tap'
import { reviewKey } from '../../../src/audit/answers/answer.ts'
import { notable, resultsDocument } from '../../../src/audit/answers/results-document.ts'
import { type RoundAsked, roundAnswers } from '../../../src/audit/answers/round-answers.ts'
import { Auditing } from '../../../src/audit/answers/who-audits.ts'
import type { FrozenRow } from '../../../src/audit/frozen-roster.ts'
import { civilDate } from '../../../src/calendar.ts'
import { asked, coverage, key, log, month, normal, reviewed, roster, said } from './asked-round.ts'

const chang: FrozenRow = {
  account: 'x',
  person: 'x',
  name: 'x',
  unit: '國小科',
  title: '科員',
  kind: 'person',
  from: civilDate('2026-01-01'),
}

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
  for (const auditor of ['陳大文', '陳大文（政風室）', '政風室陳大文', '陳大文/政風室', '陳大文、林志明', 'LIN-B'])
    t.same(codes(1, auditor), [], auditor)
  for (const auditor of ['張雅', '王小明', '陳大文、王小明', '陳大']) t.same(codes(1, auditor), ['not-named'], auditor)
  t.same(codes(1, '王小明', { auditing: new Auditing(roster, []) }), [], 'where the round names nobody')
  // Two are called 林志明: the round names the one with the account lin-b.
  t.same(codes(3, '林志明'), [], 'the namesake')
  t.same(codes(3, '林志明/國中科'), ['own-audit'], 'whom the round does not name')
  t.same(codes(3, '林志明', { auditing: new Auditing(roster, []) }), ['own-audit'], 'where the round names nobody')
  const sameUnit = new Auditing(roster, [{ name: '林志明', unit: '國中科' }])
  t.same(codes(3, '林志明', { auditing: sameUnit }), ['own-audit'], 'of the same unit, without an account')
  for (const auditor of [
    { name: '林志明', unit: '國中 科' },
    { name: '林志明', unit: '國中科', account: 'lin-zzz' },
  ])
    t.same(
      codes(3, '林志明', { auditing: new Auditing(roster, [auditor]) }),
      ['own-audit'],
      'a unit in another spelling, an account of nobody',
    )
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

t.test('one name in many spellings is one person: dots, case, accents, variants, either half of a name in two scripts', async (t) => {
  const rowOf = (account: string, person: string, name: string): FrozenRow => ({ ...chang, account, person, name })
  const many = [
    rowOf('kulas', 'E7', '谷辣斯\u2027尤達卡'),
    rowOf('nguyen', 'E8', '阮氏花 Nguyễn Thị Hoa'),
    rowOf('kolas', 'E9', 'Kolas Yotaka'),
    rowOf('tai', 'E10', '臺灣生'),
    rowOf('duc', 'E11', '阮文德（Đức Nguyễn）'),
    rowOf('yoshida', 'E12', '𠮷田美咲'),
    rowOf('private', 'E13', '陳\ue123'),
    rowOf('may', 'E14', '林小梅 May'),
  ]
  const spellings: Readonly<Record<string, readonly string[]>> = {
    kulas: ['·', '・', '．', '.', '•', '･', '‧', '', ' '].map((dot) => `谷辣斯${dot}尤達卡`),
    nguyen: [
      '阮氏花',
      'Nguyễn Thị Hoa',
      'NGUYEN THI HOA',
      'nguyen-thi-hoa',
      'Nguye\u0302\u0303n Thi\u0323 Hoa',
      '阮氏花 科員',
      'E8',
      'e8',
      'ｅ８',
    ],
    kolas: [
      'KOLAS YOTAKA',
      'kolas yotaka',
      'Ｋｏｌａｓ　Ｙｏｔａｋａ',
      'KolasYotaka',
      'Kolas-Yotaka',
      'Kola\u02bcs Yotaka',
      'Mr. Kolas Yotaka',
    ],
    tai: ['台灣生', '臺灣生', '臺\u200b灣生', '臺灣生\u{e0100}', '科員台灣生', '王五、台灣生'],
    duc: ['Duc Nguyen', '阮文德', 'ĐỨC NGUYỄN'],
    yoshida: ['吉田美咲', '𠮷田 美咲'],
    private: ['陳\ue123', '陳 \ue123'],
    may: ['May', 'MAY', '林小梅'],
  }
  for (const auditors of [[], [{ name: '陳大文', unit: '政風室' }]])
    for (const [account, said] of Object.entries(spellings))
      for (const each of said) t.ok(new Auditing(many, auditors).isOwn(each, account), `${account}: ${each}`)
  const named = new Auditing(many, [
    { name: '谷辣斯·尤達卡', unit: '國小科' },
    { name: '台灣生', unit: '主計室' },
  ])
  t.ok(named.isOwn('谷辣斯‧尤達卡', 'kulas'), 'named by the round, in another spelling')
  t.notOk(named.isOwn('臺灣生', 'tai'), 'a namesake of a unit in which the other never was')
  t.ok(named.areNamed('谷辣斯.尤達卡、臺灣生'), 'a cell need not spell the dot as the round does')
  for (const [account, other] of [
    ['may', 'Mayaw'],
    ['nguyen', '阮氏'],
    ['kulas', '谷辣'],
    ['private', '陳\ue124'],
    ['tai', '陳大文'],
  ] as const)
    t.notOk(new Auditing(many, []).isOwn(other, account), `${account}: ${other}`)
})

t.test('what is wrong with who audited is told once, with every cell that says it', async (t) => {
  const told = (auditor: string) =>
    roundAnswers(
      asked({ fewUsers: 5 }),
      [1, 2, 3].flatMap((nth) => said(key(nth), { ...normal, 稽核人員: auditor })),
    ).findings
  t.same(
    told('王小明').map(({ code, expected, places }) => [code, expected, places.length]),
    [['not-named', '陳大文（政風室）、林志明（會計室）', 3]],
  )
  t.same(
    told('張雅婷').map(({ code, places }) => [code, places.length]),
    [
      ['own-audit', 1],
      ['own-audit', 1],
      ['not-named', 1],
    ],
    'by whose record it is',
  )
})

t.test('D-20: where users are few the auditor comes from another unit', async (t) => {
  const few = { fewUsers: 5 }
  const codes = (auditor: string) =>
    roundAnswers(asked(few), said(key(3), { ...normal, 稽核人員: auditor })).findings.map(({ code }) => code)
  t.same(codes('陳大文'), [])
  t.same(codes('王小明'), ['not-named'])
  t.same(codes('陳大文、林志明'), [])
  const nobody = { ...few, auditing: new Auditing(roster, []) }
  t.same(
    roundAnswers(asked(nobody), said(key(3), { ...normal, 稽核人員: '王小明' })).findings.map(({ code }) => code),
    ['same-unit'],
    'where the round names nobody, nobody is known to be of another unit',
  )
  const own = new Auditing(roster, [{ name: '許家瑜', unit: '國中 科' }])
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
