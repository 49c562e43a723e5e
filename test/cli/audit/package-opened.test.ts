// package-opened.test.ts: subjects stand in full only in the drawn rows of a package: a disclosure first, then the export that hands it over.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { verifyFolder } from '../../../src/cli/audit/verify-archive.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { subject } from '../../end-to-end/department.ts'
import { acts } from '../log/auditing.ts'
import { begin, round, startRound } from './drawn-round.ts'

const { audit, department, mine, queries } = await startRound(t, (configuration) => {
  configuration.edit('audit.yaml', (file) => file.setIn(['openings', 'per_auditor_per_day'], '7'))
})
const { folder } = department
const year = new Date(Date.now() + 8 * 3_600_000).getUTCFullYear()
const recipient = ['--recipient-key', join(folder, 'recipients', `ethics-office-${year}.pem`), '--recipient', `ethics-office-${year}`]
const packing = (name: string, ...args: readonly string[]) =>
  audit('package', round, '--out', join(folder, name), '--no-pdf', ...args, ...mine)
const told = async () => (await acts(department)).filter(({ entry }) => entry.kind !== 'key')

t.test('nobody is named to audit: nothing is opened, nothing handed over', async (t) => {
  const before = (await told()).length
  t.match((await packing('early', ...recipient)).error, /尚未指定稽核人員/)
  t.notOk(existsSync(join(folder, 'early')) || existsSync(join(folder, 'early.partial')))
  t.equal((await told()).length, before)
  const started = await audit('report', 'round', 'started', round, '--auditor', '陳大文/政風室', ...mine)
  t.equal(started.error, '')
})

t.test('a disclosure of each drawn record, then the export; elsewhere nobody is named', async (t) => {
  const run = await packing('opened', ...recipient, '--json')
  t.equal(run.error, '')
  t.match(JSON.parse(run.out), { items: 4, sealed: 0, faults: [] })
  const [opened, handed, whole] = (await told()).slice(-3)
  t.match(opened?.entry, { kind: 'disclosure', asked: { form: 'audit-form', open: true, round } })
  t.match(opened?.entry, { entries: queries.map(({ index }) => ({ index })) })
  t.match(handed?.entry, { kind: 'export', asked: { form: 'package', open: true, round } })
  t.match(whole?.entry, { kind: 'completion', of: { id: handed?.entry.id }, outcome: 'whole' })
  const workbook = await readParts(
    readFileSync(join(folder, 'opened', `${begin}_稽核紀錄表_國小教育科.ods`)),
    (name) => name === 'content.xml',
  )
  t.ok(workbook.get('content.xml')?.includes(subject))
  t.notOk(readFileSync(join(folder, 'opened', `${begin}_使用者查詢紀錄.csv`), 'utf8').includes(subject), 'not in the table of all records')
  t.notMatch(readFileSync(join(folder, 'opened', '讀我.txt'), 'utf8'), /未解除遮蔽/)
  for (const { findings } of await verifyFolder(join(folder, 'opened'), [])) t.same(findings, [])
})

t.test('beyond what a day allows nothing is opened, and nothing handed over', async (t) => {
  const before = (await told()).length
  t.match((await packing('beyond', ...recipient)).error, /daily-limit-reached/)
  t.notOk(existsSync(join(folder, 'beyond')) || existsSync(join(folder, 'beyond.partial')))
  t.equal((await told()).length, before, 'no entry says that anything was')
})
