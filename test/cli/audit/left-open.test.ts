// left-open.test.ts: 六(一)3: who drew more than the law asks audits all of it: what is left out is named, and nothing is approved.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { civilDateOf, showRocDateShort } from '../../../src/calendar.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { acts } from '../log/auditing.ts'
import { begin, round, startRound } from './drawn-round.ts'
import { type Answers, filled, normal } from './filled.ts'
import { recordStepAsIs } from './recorded-as-is.ts'

// Of 300 items the law asks for three: four were drawn, of three persons, and half of the users are four with the one who is reviewed.
const { audit, department, mine, queries } = await startRound(t, undefined, { population: 300, quota: 3 })
const at = (...names: readonly string[]): string => join(department.folder, ...names)
const record = (nth: number): string => `1#${queries[nth]?.index}`
const good: Answers = { ...normal, 稽核日期: showRocDateShort(civilDateOf(Date.now())) }
const review: Answers = { 仍需使用: '是', 是否共用: '否', 清查結果: '正常', 清查日期: good.稽核日期 ?? '', 清查人員: '陳大文' }
const units = { 國小教育科: [0, 1], 國中教育科: [3], 原住民族教育科: [2] } as const

/** Takes forms back in which these rows are filled.
 *  @returns what is printed */
async function importing(answers: Readonly<Record<string, Answers>>, ...args: readonly string[]) {
  mkdirSync(at('back'), { recursive: true })
  for (const unit of Object.keys(units)) {
    const name = `${begin}_稽核紀錄表_${unit}.ods`
    writeFileSync(at('back', name), filled(readFileSync(at('forms', name)), answers))
  }
  return audit('import', round, at('back'), ...args, ...mine)
}
const approving = () => audit('report', 'round', 'approved', round, '--by', '李局長', '--title', '局長', ...mine)
/** Every row answered but the second. */
const others: Readonly<Record<string, Answers>> = { [record(0)]: good, [record(2)]: good, [record(3)]: good, 'edu-yoshida': review }

t.before(async () => {
  const started = await audit('report', 'round', 'started', round, '--auditor', '陳大文/政風室', ...mine)
  if (started.error !== '') throw new Error(started.error)
  const made = await audit('form', round, '--out', at('forms'), ...mine)
  if (made.error !== '') throw new Error(made.error)
})

t.test('quota and half of the users are met without one drawn row: it is named to who takes the forms back', async (t) => {
  const taken = await importing(others, '--record', '--out', at('some.json'))
  t.equal(taken.error, '')
  t.match(taken.out, `國小教育科 尚無結果 without a result: ${record(1)}\n`)
  t.notMatch(taken.out, /已稽核 \d+／應/, 'no month is short')
  t.same(JSON.parse(readFileSync(at('some.json'), 'utf8')).open, {
    items: [{ index: queries[1]?.index, log: department.serving.process.gateway.log.log, unit: '國小教育科' }],
    reviews: [],
  })
  const told = JSON.parse((await importing(others, '--json')).out)
  t.same([told.open, told.without_result], [{ items: 1, reviews: 0 }, [{ unit: '國小教育科', name: record(1) }]])
})

t.test('the memo to the head says whose form it stands in', async (t) => {
  t.equal((await audit('form', round, '--out', at('done'), ...mine)).error, '')
  const memo = await readParts(readFileSync(at('done', `${begin}_簽稿.odt`)), (name) => name === 'content.xml')
  const text = memo
    .get('content.xml')
    ?.toString()
    .replaceAll(/<[^>]*>/g, ' ')
  t.match(text, new RegExp(`國小教育科\\s+未填\\s+${record(1)}\\s`))
  t.match(text, /未填 1 件/)
})

t.test('it is not approved, and the refusal names the row, its unit, and what to write of what cannot be audited', async (t) => {
  const before = (await acts(department)).length
  const { error } = await approving()
  t.match(error, /尚有 1 列沒有稽核結果.*無法查證.*待說明.*rows-open/s)
  t.match(error, `\n  國小教育科：${record(1)} `)
  t.equal((await acts(department)).length, before, 'nothing is recorded')
})

t.test('results that an earlier version recorded say nothing of it: they are taken anew', async (t) => {
  const { open: _, ...earlier } = JSON.parse(readFileSync(at('some.json'), 'utf8'))
  const bytes = Buffer.from(JSON.stringify(earlier))
  writeFileSync(at('earlier.json'), bytes)
  t.match(
    (await audit('report', 'round', 'audited', round, '--results', at('earlier.json'), ...mine)).error,
    /open：沒有 absent.*results-mismatch/s,
  )
  const { months, outcomes, users } = earlier
  const { document } = JSON.parse((await importing(others, '--json', '--out', at('again.json'))).out)
  const asked = {
    about: 'round',
    day: civilDateOf(Date.now()),
    number: round,
    results: { document, months, outcomes, users },
    step: 'audited',
  }
  await recordStepAsIs(department, asked, readFileSync(at('again.json')))
  t.match((await approving()).error, /results\.open.*results-mismatch/s)
})

t.test('what cannot be audited has a result in the form’s own words, and an account has its review', async (t) => {
  const lost = { ...good, 案卷比對: '無法查證', 稽核結果: '待說明', 異常說明及處置: '案卷借出，逾期未還' }
  const { 'edu-yoshida': _, ...records } = { ...others, [record(1)]: lost }
  t.equal((await importing(records, '--record')).error, '')
  t.match((await approving()).error, /coverage-unmet/, 'the law asks for the review itself')
  t.equal((await importing({ ...others, [record(1)]: lost }, '--record')).error, '')
  t.equal((await approving()).error, '')
  t.match((await acts(department)).at(-1)?.entry.asked, { step: 'approved', number: round })
})
