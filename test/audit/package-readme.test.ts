// package-readme.test.ts: what a person is told to do with a package: of an audit of the department nothing is reported.
import t from 'tap'
import { packageReadme } from '../../src/audit/package/readme.ts'
import { civilDate } from '../../src/calendar.ts'

const facts: Parameters<typeof packageReadme>[0] = {
  agency: { code: '379110000E', name: '社會救助科' },
  period: { from: civilDate('2026-01-01'), until: civilDate('2026-06-30') },
  round: 'social-assistance-115H1',
  units: ['社會救助科'],
  items: 3,
  sealed: 0,
  reviews: 0,
  records: 30,
  notCounted: 4,
  manifest: '0'.repeat(64),
}
const letters = /報送期限|簽稿|報送函稿|備查|燒錄/

t.test('a self-audit is approved, reported by its day, and archived', async (t) => {
  const text = packageReadme({ ...facts, due: { nominal: civilDate('2026-07-31') } })
  t.match(text, /報送期限 due：民國115年7月31日/)
  for (const word of ['簽稿', '報送函稿', '燒錄光碟']) t.ok(text.includes(word), word)
})

t.test('R10, R11b: an unannounced audit, the only one that a using unit has, is reported to nobody', async (t) => {
  const text = packageReadme(facts)
  t.match(text, /社會局不定期稽核：不必簽報、報送/)
  t.notMatch(text.replace('不必簽報、報送', ''), letters)
  t.match(text, /送回社會局/)
  t.match(text, /_未計入紀錄\.csv +本期拒絕及失敗之呼叫 4 筆/, 'D-10: where they are listed')
})
