// letter.test.ts: `linkage audit letter record`: the department's answer to a report, from the steps of the round alone.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { startDepartment } from '../../end-to-end/department.ts'
import { acts, runCommand, signing, who } from '../log/auditing.ts'
import { drawn } from './drawn.ts'

const department = await startDepartment(t)
const { folder } = department
const mine = signing(department)
const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06']
const sample = await drawn(department, { agency: 'taipei-education', from: '2026-01', until: '2026-06', round: 'self-audit' })
const round = 'taipei-education-115H1'
const audit = (...args: string[]) => runCommand(auditCommand, ...args)
const letter = (out: string, ...args: string[]) =>
  audit('letter', 'record', round, '--out', join(folder, out), '--config', join(folder, 'config'), ...args)
const file = join(folder, 'results.json')
writeFileSync(
  file,
  JSON.stringify({
    months: months.map((month, at) => ({ audited: at === 0 ? 3 : 0, month, population: at === 0 ? 3 : 0, quota: at === 0 ? 3 : 0 })),
    outcomes: { abnormal: 1, normal: 2, to_explain: 0 },
    users: { audited: 3, reviewed: 2, total: 9, with_records: 3 },
  }),
)

t.test('R15: the department takes a report on record, or says what is to be corrected; no record is read for it', async (t) => {
  t.match((await letter('none.odt')).error, /查無稽核/)
  for (const [step = '', ...args] of [
    ['sampled', '--sample', sample, '--day', '2026-07-03'],
    ['started', round, '--auditor', '陳大文/政風室', '--day', '2026-07-06'],
    ['audited', round, '--results', file, '--day', '2026-07-20'],
    ['approved', round, '--by', '李局長', '--title', '局長', '--day', '2026-07-22'],
  ])
    t.equal((await audit('report', 'round', step, ...args, ...mine)).error, '', step)
  t.match((await letter('early.odt')).error, /尚未報送/)
  const sent = await audit('report', 'round', 'sent', round, '--day', '2026-07-28', '--received', '2026-07-30', ...mine)
  t.equal(sent.error, '')
  const before = (await acts(department)).length
  const textOf = async (name: string): Promise<string> =>
    (await readParts(readFileSync(join(folder, name)), (part) => part === 'content.xml')).get('content.xml')?.toString() ?? ''
  t.equal((await letter('record.odt', '--day', '2026-08-10')).error, '')
  const text = await textOf('record.odt')
  for (const said of ['本局同意備查', `民國115年7月28日${who.document}函`, '實稽核 5 人（55.5%）；應抽 3 件，實稽核 3 件', '至少保存五年'])
    t.ok(text.includes(said), said)
  t.equal((await letter('corrections.odt', '--correct', '缺首長核定', '缺帳號清查表')).error, '')
  t.match(await textOf('corrections.odt'), /請依說明補正.*缺首長核定.*缺帳號清查表/s)
  t.match((await letter('record.odt')).error, /已存在/)
  t.equal((await acts(department)).length, before)
})
