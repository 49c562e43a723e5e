// roster-gap.test.ts: `linkage audit sample freeze` with a roster that has nobody in a month with records: refused with what to do (D-11).
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { place, runCommand, who } from '../log/auditing.ts'
import { startHalfYear, thisMonth } from './half-year.ts'

const agency = 'taipei-education'
const { folder, from, until } = await startHalfYear(t, (config) => {
  const file = join(config, 'rosters', `${agency}.csv`)
  const [head = '', row = ''] = readFileSync(file, 'utf8').split(/\r?\n/)
  writeFileSync(file, `${head}\n${row.replace(/\d{4}-\d\d-\d\d/, `${thisMonth()}-01`)}\n`)
})
const mine = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', '115年自行稽核']
const freeze = (...more: readonly string[]) =>
  runCommand(auditCommand, 'sample', 'freeze', '--period', `${from}..${until}`, '--agency', agency, ...mine, '--json', ...more)
const frozen = async (): Promise<number> => {
  const { out } = await runCommand(auditCommand, 'sample', 'list', '--config', join(folder, 'config'), '--json')
  return JSON.parse(out).freezes.length
}

t.test('a roster with a gap is refused with the months and what to do, and leaves no entry', async (t) => {
  const { error, out } = await freeze()
  t.match(error, new RegExp(`^${agency}：${from}、${until} 有紀錄，而使用者清冊無人在職[\\s\\S]*linkage roster import ${agency}`))
  t.equal(out, '')
  t.equal(await frozen(), 0)
})

t.test('of an agency that is gone there may be no roster any more: by a document it is frozen', async (t) => {
  const { error, out } = await freeze('--document', who.document)
  t.equal(error, '')
  t.equal(JSON.parse(out).frozen.length, 1)
  t.equal(await frozen(), 1)
})
