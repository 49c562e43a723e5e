// agency-new.test.ts: `linkage agency new`: the file of what an application holds, what is asked, and what is refused.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { agencyCommand } from '../../src/cli/agency.ts'
import { EditedFile, FolderFile, WrittenFile } from '../../src/cli/edited-file.ts'
import { agencyOf, folderOf, now, run, text } from './typed-commands.ts'

const name = 'agencies/taipei-labor.yaml'
const given = [
  ...['--code', '379180000K', '--name', '臺北市政府勞動局', '--document', '北市社資字第1150009100號'],
  ...['--manager', '林測試', '--manager-title', '科員', '--manager-phone', '02-0000-0901'],
  ...['--manager-email', 'm@labor.example.gov.tw', '--manager-document', '北市勞資字第1150000001號'],
]

t.test('a new agency: nothing is open in its file, and what is missing is said', async (t) => {
  const folder = folderOf(t)
  const out = await run(folder, 'agency new taipei-labor --effective 1151201 --yes', ...given)
  t.equal(
    text(folder, name),
    `# yaml-language-server: $schema=../schema/agency.json
id: taipei-labor
code: 379180000K
name: 臺北市政府勞動局
kind: linked-agency
manager: {name: 林測試, title: 科員, phone: 02-0000-0901, email: m@labor.example.gov.tw, from: 2026-12-01, document: 北市勞資字第1150000001號}
standing:
  - {effective: 2026-12-01, action: approve, document: 北市社資字第1150009100號}
networks: []
credentials: []
delegates: []
grants: []
`,
  )
  t.match(out, /＋ 停復權 2026-12-01 approve.*・ 新機關 臺北市政府勞動局\n/s)
  for (const step of ['network add', 'credential issue', 'grant add', 'roster import']) t.match(out, `linkage ${step} taipei-labor`)
  t.same(agencyOf(folder, 'taipei-labor').grants, [])
  await run(folder, 'network add taipei-labor --cidr 203.0.113.128/28 --until 2027-12-31 --document 北市社資字第1150009100號 --yes')
  t.match(text(folder, name), /networks:\n {2}- \{cidr: 203\.0\.113\.128\/28, from: 2026-11-24,/, 'the next command goes on with it')
})

/** Runs the command with a person who answers. */
async function asked(folder: string, answers: readonly string[], ...more: readonly string[]) {
  let out = ''
  const questions: string[] = []
  const left = [...answers]
  const ask = async (question: string): Promise<string> => {
    questions.push(question)
    const answer = left.shift()
    if (answer === undefined) throw new Error('nobody answers any more')
    return answer
  }
  const command = agencyCommand({ write: (text) => (out += text) }, () => now, ask)
  await command.parseAsync(['new', 'taipei-labor', '--config', folder, '--yes', ...more], { from: 'user' })
  return { out, questions }
}

t.test('what is not given is asked for, until it is written as it must be', async (t) => {
  const folder = folderOf(t)
  const answers = [
    '３７９',
    '379180000K',
    '勞動局',
    '北市社資字第1150009100號',
    '林測試',
    '科員',
    '02-0000-0901',
    'm',
    'm@labor.example.gov.tw',
  ]
  const { out, questions } = await asked(folder, [...answers, '北市勞資字第1150000001號'])
  t.equal(questions.length, 10)
  t.match(questions[0], /機關代碼，例如 379110000E agency code/)
  t.match(out, /應為 機關代碼（數字、大寫英文字母）.*應為 電子郵件地址/s)
  t.equal(agencyOf(folder, 'taipei-labor').code, '379180000K')
})

t.test('R10: a using unit need not name a manager', async (t) => {
  const folder = folderOf(t)
  const { questions } = await asked(folder, ['379120000C', '老人福利科', '北市社老字第1150000001號', ''], '--kind', 'using-unit')
  t.match(questions[3], /可空白/)
  t.equal(questions.length, 4)
  t.equal(agencyOf(folder, 'taipei-labor').kind, 'using-unit')
  t.notMatch(text(folder, name), /manager/)
})

t.test('who leaves in the middle has written nothing', async (t) => {
  const folder = folderOf(t)
  await t.rejects(asked(folder, ['379180000K', '勞動局']), { message: /nobody answers/ })
  t.notOk(existsSync(join(folder, name)))
})

t.test('everything that is missing or miswritten is named at once', async (t) => {
  const folder = folderOf(t)
  const code = given.indexOf('379180000K')
  const wrong = given.with(code, '379').slice(0, -2)
  await t.rejects(run(folder, 'agency new taipei-labor --yes', ...wrong), {
    code: 'folder-invalid',
    message: /尚缺或寫法不符.*\n {2}--code <code>：機關代碼.*\n {2}--manager-document/s,
  })
  t.notOk(existsSync(join(folder, name)))
})

for (const id of ['Taipei-Labor', '../taipei-labor', 'taipei_labor', '台北', '']) {
  t.test(`an id that is no file’s name is refused: "${id}"`, async (t) => {
    const command = agencyCommand({ write: () => undefined }, () => now)
    await t.rejects(command.parseAsync(['new', id, '--config', folderOf(t), '--yes', ...given], { from: 'user' }), {
      code: 'folder-invalid',
    })
  })
}

t.test('an agency that is there is not written over', async (t) => {
  const folder = folderOf(t)
  const before = text(folder)
  await t.rejects(run(folder, 'agency new education --yes', ...given), { code: 'folder-invalid', message: /已存在，未變更/ })
  t.equal(text(folder), before)
  mkdirSync(join(folder, 'rosters'), { recursive: true })
  const mine = new WrittenFile('rosters/new.csv', 'mine', new FolderFile(folder, 'rosters/new.csv'))
  writeFileSync(join(folder, 'rosters/new.csv'), 'theirs')
  t.throws(() => mine.save(), { code: 'folder-invalid', message: /已被他人修改/ })
  t.equal(readFileSync(join(folder, 'rosters/new.csv'), 'utf8'), 'theirs', 'who was first stays')
})

t.test('a link stays a link; one that was swapped, a file that is gone, or Big5 are not written over', async (t) => {
  const folder = folderOf(t)
  const real = join(folder, 'real.txt')
  const link = join(folder, 'blocks.yaml')
  writeFileSync(real, 'blocks: []\n')
  rmSync(link)
  symlinkSync(real, link)
  const file = new EditedFile(folder, 'blocks.yaml')
  file.document.set('x', 'y')
  file.save()
  t.match(readFileSync(real, 'utf8'), /x: y/, 'what it points at was written')
  const swapped = new EditedFile(folder, 'blocks.yaml')
  rmSync(link)
  symlinkSync(join(folder, 'purposes.yaml'), link)
  t.throws(() => swapped.save(), { code: 'folder-invalid' })
  rmSync(link)
  t.throws(() => new EditedFile(folder, 'blocks.yaml'), { code: 'folder-invalid', message: /沒有這個檔案/ })
  writeFileSync(link, Uint8Array.from([...Buffer.from('# '), 0xa5, 0x78, 0xa5, 0x5f, ...Buffer.from('\nblocks: []\n')]))
  t.throws(() => new EditedFile(folder, 'blocks.yaml'), { code: 'folder-invalid', message: /不是 UTF-8/ })
})
