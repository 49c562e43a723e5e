// letter.test.ts: `linkage audit letter record`: the department's answer to a report, from the steps of the round alone.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { civilDateOf, showRocDate } from '../../../src/calendar.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { acts, who } from '../log/auditing.ts'
import { drawRound, round, writeResults } from './drawn-round.ts'

const drawn = await drawRound(t)
const { audit, department, mine, sample } = drawn
const { folder } = department
const letter = (out: string, ...args: string[]) =>
  audit('letter', 'record', round, '--out', join(folder, out), '--config', join(folder, 'config'), ...args)
const today = civilDateOf(Date.now())
const file = writeResults(drawn, 'results.json')

t.test('R15: the department takes a report on record, or says what is to be corrected; no record is read for it', async (t) => {
  t.match((await letter('none.odt')).error, /查無稽核/)
  for (const [step = '', ...args] of [
    ['sampled', '--sample', sample],
    ['started', round, '--auditor', '陳大文/政風室'],
    ['audited', round, '--results', file],
    ['approved', round, '--by', '李局長', '--title', '局長'],
  ])
    t.equal((await audit('report', 'round', step, ...args, ...mine)).error, '', step)
  t.match((await letter('early.odt')).error, /尚未報送/)
  const sent = await audit('report', 'round', 'sent', round, '--received', today, ...mine)
  t.equal(sent.error, '')
  const before = (await acts(department)).length
  const textOf = async (name: string): Promise<string> =>
    (await readParts(readFileSync(join(folder, name)), (part) => part === 'content.xml')).get('content.xml')?.toString() ?? ''
  t.equal((await letter('record.odt', '--day', '2026-08-10')).error, '')
  const text = await textOf('record.odt')
  for (const said of [
    '本局同意備查',
    `${showRocDate(today)}${who.document}函`,
    '實稽核 4 人（50.0%）；應抽 4 件，實稽核 4 件',
    '至少保存五年',
  ])
    t.ok(text.includes(said), said)
  t.equal((await letter('corrections.odt', '--correct', '缺首長核定', '缺帳號清查表')).error, '')
  t.match(await textOf('corrections.odt'), /請依說明補正.*缺首長核定.*缺帳號清查表/s)
  t.match((await letter('record.odt')).error, /已存在/)
  t.equal((await acts(department)).length, before)
})
