// thrown-again.test.ts: a seed that is thrown again, and a population that is frozen anew, once an outcome is known: told on every form, and not under a round.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { place, runCommand, who } from '../log/auditing.ts'
import { startHalfYear } from './half-year.ts'

const { folder, from, until } = await startHalfYear(t)
const signer = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', '115年上半年稽核']
const witness = ['--witness', '資訊室 王大同']
const agency = 'taipei-education'
const audit = (...args: string[]) => runCommand(auditCommand, ...args, ...signer)
// biome-ignore lint/suspicious/noExplicitAny: a report that is read member by member
async function done(t: Test, ...args: string[]): Promise<any> {
  const run = await audit(...args, '--json')
  t.equal(run.error, '', args.slice(0, 3).join(' '))
  return JSON.parse(run.out === '' ? '{}' : run.out)
}
const throwing = (id: string, digit: string, ...own: string[]) => ['sample', 'seed', '--freeze', id, '--dice', digit.repeat(20), ...own]
const again = (id: string, digit: string, document: string) => throwing(id, digit, '--replace', '--document', document, ...witness)
const listed = () => runCommand(auditCommand, 'sample', 'list', ...place(folder).slice(0, 2))
const freezing = ['sample', 'freeze', '--period', `${from}..${until}`, '--agency', agency]

let [id, number] = ['', '']
t.test('a second throw is told as one, with the first, its document, who recorded it and before whom', async (t) => {
  id = (await done(t, ...freezing)).frozen[0].id
  await done(t, ...throwing(id, '1', ...witness))
  const drawn = await done(t, 'sample', 'draw')
  t.match((await listed()).out, /dice（第 1 次 throw 1）/)
  await done(t, ...again(id, '2', '北市社政字第1150000401號'))
  t.ok(drawn.drawn.length > 0)
  const { out } = await listed()
  t.match(out, /dice（第 2 次 throw 2）/)
  t.match(out, /第 1 次　dice 1{20}.*林淑慧　見證 before 資訊室 王大同；已抽樣 drawn，不採用，依 replaced by 北市社政字第1150000401號\n/)
  t.match(out, /第 2 次　dice 2{20}.*見證 before 資訊室 王大同\n/)
})

t.test('once a round audits the draw there is no other seed and no other population', async (t) => {
  const [{ id: sample }] = (await done(t, 'sample', 'draw')).drawn
  number = (await done(t, 'report', 'round', 'sampled', '--sample', sample)).asked.number
  const expected = new RegExp(`已列入稽核 ${number}，不得重擲或重新封存.*round withdrawn`)
  t.match((await audit(...again(id, '3', '隨便'))).error, expected)
  t.match((await audit(...freezing, '--replaces', id, '--document', '隨便')).error, expected)
})

t.test('the form, its explanation and the memo are told the same', async (t) => {
  const out = join(folder, 'forms')
  const run = await audit('form', number, '--out', out)
  t.equal(run.error, '')
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' })
  t.ok(files.some((each) => each.endsWith('.ods')) && files.some((each) => each.includes('簽稿')))
  for (const name of files.filter((each) => each.endsWith('.ods') || each.includes('簽稿'))) {
    const parts = await readParts(readFileSync(join(out, name)), (each) => each === 'content.xml')
    const text = (parts.get('content.xml')?.toString() ?? '').replaceAll(/<[^>]*>/g, '')
    t.match(text, /第 2 次擲出：[^<]*擲骰，由臺北市政府社會局政風室林淑慧登載/, name)
    t.match(
      text,
      /點數 1{20}，由臺北市政府社會局政風室林淑慧登載，在場見證 資訊室 王大同.*已據以抽樣，依 北市社政字第1150000401號 另行擲出，不採用/,
      name,
    )
    t.match(text, /先前種子值之抽樣結果於此時已可推知/, name)
    t.notMatch(text, /無從預知|公開產生/, name)
  }
})

t.test('behind a round that is withdrawn there may be; and a population that is frozen anew brings its throws along', async (t) => {
  await done(t, 'report', 'round', 'withdrawn', number, '--document', '北市社政字第1150000402號')
  const anew = (await done(t, ...freezing, '--replaces', id, '--document', '北市社政字第1150000403號')).frozen[0].id
  await done(t, ...throwing(anew, '4', ...witness))
  const { out } = await listed()
  t.match(out, /dice（第 3 次 throw 3）/)
  t.match(out, /第 2 次　dice 2{20}.*已抽樣 drawn，不採用，依 replaced by 北市社政字第1150000403號\n/)
})
