// import.test.ts: `linkage roster import`: who joins, leaves, changes is said and then written; nobody is ended by silence, nothing is guessed.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { civilDate } from '../../../src/calendar.ts'
import { rosterCommand } from '../../../src/cli/roster/command.ts'
import type { Ask } from '../../../src/cli/terminal.ts'
import { loadFolder } from '../../../src/policy/load.ts'
import { rewritten } from '../../../src/policy/rewritten.ts'
import { edit, type Files, ROSTER } from '../../policy/good-folder.ts'
import { odsOf, odsRow, odsTable, xlsxOf, xlsxRow } from '../spreadsheet/made.ts'
import { agencyOf, folderOf, now, text } from '../typed-commands.ts'

const header = ['帳號', '人員代號', '姓名', '單位', '職稱', '啟用日', '最後在職日', '停用原因', '核准文號']
const lin = ['edu-lin', 'E1', '林志明', '國中教育科', '科員', '1150901', '', '', '']
const wu = ['edu-wu', 'E2', '黃𡘙', '學前教育科', '專員', '115/01/05', '', '', '']
const chen = ['edu-chen', 'E5', '陳𠮷堃', '國小教育科', '科員', '民國115年12月1日', '', '', '']
const everybody = ['--stay', 'vendor-a,edu-batch']
const partial = ['--partial', '--document', '北市社資字第1150009200號', '--yes']

type Rows = readonly (readonly string[])[]
const csv = (rows: Rows): string => rows.map((row) => row.join(',')).join('\r\n')

interface Asked {
  readonly out: string
  readonly questions: readonly string[]
}

/** Runs an import of a list, with a person who answers where answers are given. */
async function bring(folder: string, list: string | Buffer, options: readonly string[] = [], answers?: readonly string[]): Promise<Asked> {
  const file = join(folder, 'list')
  writeFileSync(file, list)
  let out = ''
  const questions: string[] = []
  const left = [...(answers ?? [])]
  const ask: Ask = async (question) => {
    questions.push(question)
    return left.shift() ?? ''
  }
  const command = rosterCommand({ write: (text) => (out += text) }, () => now, answers === undefined ? nobody : ask)
  for (const each of command.commands) each.exitOverride().configureOutput({ writeErr: () => undefined })
  await command.parseAsync(['import', 'education', file, '--config', folder, ...options], { from: 'user' })
  return { out, questions }
}
/** Standing in for no terminal: asking it is a mistake of the test. */
const nobody = undefined

const roster = (folder: string): string => text(folder, ROSTER)
const rowsOf = (folder: string, account: string) =>
  (agencyOf(folder).roster.get(account) ?? []).map(({ from, stopReason, title, unit, until }) => ({ unit, title, from, until, stopReason }))

/** What was in force is extended, never rewritten: as a running gateway would judge it. */
function extendsOnly(t: Test, folder: string, before: ReturnType<typeof loadFolder>): void {
  const after = loadFolder(folder)
  if (before.snapshot === undefined || after.snapshot === undefined) throw new Error('both load')
  t.same(rewritten(before.snapshot, after.snapshot, civilDate('2026-11-24'), after.place), [])
}

t.test('R6: joined, left, changed are said before it is written; other rows stay byte for byte', async (t) => {
  const folder = folderOf(t)
  const [loaded, before] = [loadFolder(folder), roster(folder)]
  const list = csv([
    ['臺北市政府教育局使用者清冊'],
    ['序號', ...header],
    ['1', ...lin.with(6, '1151231').with(7, '離職')],
    ['2', ...wu.with(3, '國中教育科')],
    ['3', ...chen],
  ])
  const options = ['--document', '北市社資字第1150009200號', '--changes-from', '2026-12-01', '--yes', ...everybody]
  const { out } = await bring(folder, list, options)
  t.match(
    out,
    /^加入 joined 1：\n {2}edu-chen 陳𠮷堃（國小教育科） 2026-12-01–\n離開 left 1：\n {2}edu-lin 林志明（國中教育科） 2026-12-31 離職\n異動 changed 1：\n {2}edu-wu 黃𡘙（國中教育科） 學前教育科／專員 → 國中教育科／專員，自 2026-12-01 起/,
  )
  t.match(out, /名單未列、仍在職 .* 2：\n {2}vendor-a .*\n {2}edu-batch .*\n未變 unchanged 0\n未採用之欄位 columns left out：序號\n/)
  t.match(out, /＋ 新增使用者 edu-wu 黃𡘙.*edu-chen 陳𠮷堃.*已寫入 saved\n$/s)
  const gone = before.split('\r\n').filter((line) => !roster(folder).split('\r\n').includes(line))
  t.equal(gone.length, 2, 'two rows gained a last day')
  t.same(rowsOf(folder, 'edu-wu'), [
    { unit: '學前教育科', title: '專員', from: '2026-01-05', until: '2026-11-30', stopReason: '職務調動' },
    { unit: '國中教育科', title: '專員', from: '2026-12-01', until: undefined, stopReason: undefined },
  ])
  t.match(roster(folder), /^\ufeff帳號,.*\r\n/)
  extendsOnly(t, folder, loaded)
})

t.test('the same list again changes nothing; one as .ods or .xlsx is read alike', async (t) => {
  const rows: Rows = [header, lin, wu]
  const forms: Record<string, string | Buffer> = {
    csv: csv(rows),
    ods: odsOf(odsTable('名單', rows)),
    xlsx: xlsxOf({ sheets: { 說明: xlsxRow(1, ['請依下列格式填寫']), 名單: rows.map((row, at) => xlsxRow(at + 3, row)).join('') } }),
  }
  for (const [form, list] of Object.entries(forms)) {
    const folder = folderOf(t)
    const before = roster(folder)
    const { out } = await bring(folder, list, everybody)
    t.match(out, /未變 unchanged 2\n清冊未變更/, form)
    t.equal(roster(folder), before, form)
  }
})

t.test('a new agency’s first list makes its roster', async (t) => {
  const folder = folderOf(t, { [ROSTER]: undefined, 'rosters/.keep': '' })
  const options = ['--document', '北市社資字第1150009200號', '--yes']
  await bring(folder, csv([header.filter((each) => each !== '啟用日'), lin.toSpliced(5, 1), wu.toSpliced(5, 1)]), [
    ...options,
    '--from',
    '1151201',
  ])
  t.same(rowsOf(folder, 'edu-lin'), [{ unit: '國中教育科', title: '科員', from: '2026-12-01', until: undefined, stopReason: undefined }])
})

t.test('the first day out is the day after the last day in', async (t) => {
  const folder = folderOf(t)
  const list = csv([header.with(6, '離職生效日'), lin.with(6, '1160101').with(7, '離職'), wu])
  t.match((await bring(folder, list, everybody)).out, /edu-lin 林志明（國中教育科） 2026-12-31 離職/)
})

t.test('a person who is not on the list is not ended by that: each is asked, with day and reason', async (t) => {
  const folder = folderOf(t)
  const list = csv([header, lin])
  const before = roster(folder)
  await t.rejects(bring(folder, list), {
    code: 'folder-invalid',
    message: /名單未列下列在職者.*\n {2}edu-wu 黃𡘙 學前教育科\n {2}vendor-a .*\n {2}edu-batch /s,
  })
  t.equal(roster(folder), before, 'nobody was there to ask')
  const { out, questions } = await bring(folder, list, [], ['1151120', '職務調動', '', ''])
  t.equal(questions.length, 4, 'the day of each, and the reason of who left')
  t.match(questions[0], /edu-wu 黃𡘙（學前教育科）不在名單上/)
  t.match(rowsOf(folder, 'edu-wu'), [{ until: '2026-11-20', stopReason: '職務調動' }])
  t.match(
    out,
    /最後在職日已過者.*\n {2}linkage log find --agency education --account edu-wu --from 2026-11-21 --to 2026-11-24\n.*--key、--as、--reason/,
  )
  t.match(rowsOf(folder, 'vendor-a'), [{ until: undefined }])
})

t.test('a slip at a prompt is asked again, and ends nothing', async (t) => {
  const folder = folderOf(t)
  const answers = ['', '1150230', '十一月底', '2026-01-01', '1151120', '休假', '', ' 離職 ', '']
  const { questions } = await bring(folder, csv([header, lin, wu]), [], answers)
  const again = questions.map((each) => each.startsWith('無法採用'))
  t.same(again, [false, false, true, true, true, false, true, true], 'no such day, no day, before the first day; no such reason, none')
  t.match(questions[1], /edu-batch/)
  t.match(rowsOf(folder, 'edu-batch'), [{ until: '2026-11-20', stopReason: '離職' }])
})

t.test('a last day that has passed is told of whoever joined, moved or came back, too, for the days out of service', async (t) => {
  const folder = folderOf(t)
  const gone = ['edu-gone', 'E7', '何國華', '國小教育科', '科員', '1150901', '1151031', '離職', '']
  const back = lin.with(6, '1151110').with(7, '留職停薪')
  const again = lin.with(5, '1151116').with(6, '')
  const moved = wu.with(3, '國中教育科').with(5, '1151101').with(6, '1151120').with(7, '離職')
  const list = csv([header, gone, back, again, moved])
  const { out } = await bring(folder, list, partial)
  t.same(
    out.split('\n').filter((line) => line.startsWith('  linkage log find')),
    [
      '  linkage log find --agency education --account edu-lin --from 2026-11-11 --to 2026-11-15',
      '  linkage log find --agency education --account edu-gone --from 2026-11-01 --to 2026-11-24',
      '  linkage log find --agency education --account edu-wu --from 2026-11-21 --to 2026-11-24',
    ],
  )
  t.notMatch((await bring(folder, list, partial)).out, /log find/, 'what the roster knew is not told again')
})

t.test('the same by options, and a list of changes only', async (t) => {
  const folder = folderOf(t)
  const loaded = loadFolder(folder)
  await bring(folder, csv([header, lin]), ['--left', 'EDU-WU=2026-12-31,離職', '--stay', 'vendor-a', '--stay', 'edu-batch'])
  t.match(rowsOf(folder, 'edu-wu'), [{ until: '2026-12-31', stopReason: '離職' }])
  await bring(folder, csv([header, chen]), ['--partial', '--document', '北市社資字第1150009200號', '--yes'])
  t.equal(agencyOf(folder).roster.size, 5)
  extendsOnly(t, folder, loaded)
})

/** Somebody who is about to leave, and whose next post is known. */
const leaving = edit(ROSTER, '2026-09-01,,,', '2026-09-01,2026-12-31,離職,')
const without = (row: readonly string[], ...columns: string[]): string[] => row.filter((_, at) => !columns.includes(header[at] ?? ''))
const days = ['最後在職日', '停用原因']
const silent: Readonly<Record<string, string>> = {
  'without the columns': csv([without(header, ...days), without(lin, ...days), without(wu, ...days)]),
  'with empty cells': csv([header, lin, wu]),
  'without its first days': csv([without(header, '啟用日', ...days), without(lin, '啟用日', ...days), without(wu, '啟用日', ...days)]),
  'with another name of the last day': csv([
    without(header, '停用原因').with(6, '離職生效日'),
    without(lin, '停用原因'),
    without(wu, '停用原因'),
  ]),
}
for (const [title, given] of Object.entries(silent)) {
  t.test(`R6: a list ${title} takes away no recorded stop, and says that it stands`, async (t) => {
    const folder = folderOf(t, leaving)
    const before = roster(folder)
    const { out } = await bring(folder, given, [...everybody, '--yes'])
    t.match(out, /清冊所載者仍有效.* 1：\n {2}edu-lin 林志明（國中教育科） 2026-12-31 離職\n/)
    t.match(out, /未變 unchanged 2\n(?:.*\n)?清冊未變更/)
    t.equal(roster(folder), before)
  })

  t.test(`R6: a list ${title} ends a stop where a person says so, and it is said loudly`, async (t) => {
    const folder = folderOf(t, leaving)
    await t.rejects(bring(folder, given, [...everybody, '--take-back', 'edu-lin']), { message: /--yes/ }, 'it opens')
    const { out } = await bring(folder, given, [...everybody, '--yes', '--take-back', 'EDU-LIN'])
    t.match(out, /撤回停用！.* 1：\n {2}edu-lin 林志明（國中教育科） 最後在職日 2026-12-31 離職 → 無 none\n/)
    t.match(rowsOf(folder, 'edu-lin').at(-1), { until: undefined, stopReason: undefined })
  })
}

t.test('R6: who is given another unit leaves on the day that is recorded', async (t) => {
  const moved = csv([without(header, ...days), without(lin.with(3, '國小教育科'), ...days)])
  const options = [...partial, '--changes-from', '2026-12-01']
  const folder = folderOf(t, leaving)
  await bring(folder, moved, options)
  const last = { unit: '國小教育科', title: '科員', from: '2026-12-01' }
  t.same(rowsOf(folder, 'edu-lin').at(-1), { ...last, until: '2026-12-31', stopReason: '離職' })

  await t.test('not where a person says so', async (t) => {
    const other = folderOf(t, leaving)
    await bring(other, moved, [...options, '--take-back', 'edu-lin'])
    t.same(rowsOf(other, 'edu-lin').at(-1), { ...last, until: undefined, stopReason: undefined })
  })

  await t.test('and a change behind that day is none', (t) =>
    t.rejects(bring(folderOf(t, leaving), moved, [...partial, '--changes-from', '2027-01-15']), { message: /早於異動之 2027-01-15/ }),
  )
})

t.test('R6: a last day of the list takes the place of the recorded one, whose reason stands', async (t) => {
  const folder = folderOf(t, leaving)
  const given = csv([without(header, '停用原因'), without(lin.with(6, '1151215'), '停用原因')])
  t.match((await bring(folder, given, partial)).out, /離開 left 1：\n {2}edu-lin .* 2026-12-15 離職/)
})

t.test('who comes back has a row of their own; the account keeps the roster’s spelling', async (t) => {
  const folder = folderOf(t, edit(ROSTER, '2026-09-01,,,', '2026-09-01,2026-10-31,離職,'))
  const back = ['ＥＤＵ-LIN', ...lin.slice(1)].with(5, '2026/12/1')
  t.match(
    (await bring(folder, csv([header, back]), ['--partial', '--document', '北市社資字第1150009200號', '--yes'])).out,
    /加入 joined 1：.*2026-12-01– 復職 again/s,
  )
  t.same(rowsOf(folder, 'edu-lin').map(({ from }) => from), ['2026-01-05', '2026-09-01', '2026-12-01']) // biome-ignore format: short
  t.match(roster(folder), /\r\nedu-lin,E1,林志明,國中教育科,科員,,人員,2026-12-01,/)
})

t.test('a name is corrected, a document that followed is added; both are said', async (t) => {
  const folder = folderOf(t)
  const { out } = await bring(folder, csv([header, wu.with(2, '黃\ue000').with(8, '北市社資字第1150000999號')]), ['--partial'])
  t.match(out, /異動 changed 1：\n {2}edu-wu 黃\ue000（學前教育科） 姓名 黃𡘙 → 黃\ue000；核准文號 .* → 北市社資字第1150000999號/)
  t.match(out, /含造字（Unicode 私用區）.*edu-wu/)
})

t.test('cp950: what has no character is shown by row and column, and nothing is written until it is known', async (t) => {
  const folder = folderOf(t)
  const before = roster(folder)
  const big5 = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const list = Buffer.concat([
    big5('b162b8b9 2c a448adfba54eb8b9 2c a96da657 2c b3e6a6ec 0d0a'),
    Buffer.from('edu-new,E7,'),
    big5('aa4cfa40 2c b0eaa470 0d0a'),
  ])
  await t.rejects(bring(folder, list, ['--partial', '--from', '1151201', '--document', '文號', '--yes']), {
    code: 'folder-invalid',
    message: /第 2 列 C 欄（姓名）：0xFA40 為造字或不成字.*--character FA40=字/,
  })
  t.equal(roster(folder), before)
  await bring(folder, list, ['--partial', '--from', '1151201', '--document', '北市社資字第1號', '--character', 'fa40=𠮷', '--yes'])
  t.match(roster(folder), /edu-new,E7,林𠮷,國小,/)
})

const list = (...rows: Rows): string => csv([header, ...rows])
/** LibreOffice takes 115/12/01 for a day of the second century. */
const misread = odsRow(chen).replace(
  /<table:table-cell[^>]*><text:p>民國115年12月1日/,
  '<table:table-cell office:value-type="date" office:date-value="0115-12-01"><text:p>115/12/01',
)

// biome-ignore format: a table
const refused: readonly (readonly [title: string, list: string | Buffer, message: RegExp, options?: readonly string[], changes?: Files])[] = [
  ['no header', csv([lin]), /找不到標題列/],
  ['a column that is missing', csv([header.toSpliced(1, 1), lin.toSpliced(1, 1)]), /缺少欄位：人員代號/],
  ['a column that may be the one that ends people', csv([header.with(6, '離職日'), lin]), /不認得的欄位：離職日.*--ignore-column/s],
  ['a column without a name', csv([[...header, ''], [...lin, '1151231']]), /J 欄（無欄名/],
  ['a column that stands twice', csv([[...header, '姓名'], [...lin, '林']]), /「姓名」有兩欄/],
  ['both kinds of last days', csv([[...header, '離職生效日'], [...lin, '1160101']]), /只能有一欄/],
  ['two sheets that could be meant', odsOf(odsTable('甲', [header, lin]) + odsTable('乙', [header, wu])), /--sheet 指定：甲、乙/],
  ['a sheet that is not there', odsOf(odsTable('甲', [header, lin])), /沒有工作表 乙，現有 甲/, [...partial, '--sheet', '乙']],
  ['a day that does not exist', list(chen.with(5, '114/02/29')), /第 2 列 F 欄（啟用日）：「114\/02\/29」不是存在的日期/],
  ['the year 0', list(chen.with(5, '000/01/01')), /不是存在的日期/],
  ['a day and a time', list(chen.with(5, '2026-01-31 08:00')), /不是存在的日期/],
  ['both calendars in one column', list(chen, lin.with(5, '2026-09-01')), /第 1 列 F 欄（啟用日）：同一欄有民國也有西元日期/],
  ['an ROC date that a spreadsheet took for the second century', odsOf(`<table:table>${odsRow(header)}${misread}</table:table>`), /當成西元 0115-12-01，應為 2026-12-01/],
  ['R6: a reason that is none', list(lin.with(6, '1151231').with(7, '休假')), /第 2 列 H 欄（停用原因）：不是可用的值；找到 休假/],
  ['R6: a reason without a day', list(lin.with(7, '離職')), /有停用原因，但沒有最後在職日/],
  ['a last day before the first', list(chen.with(6, '1151130').with(7, '離職')), /日期先後顛倒/],
  ['R6: a new user without a document', list(chen), /須有核准文號/, ['--partial', '--yes']],
  ['a new user without a first day', list(chen.with(5, '')), /新使用者須有啟用日/],
  ['a name that lost a character', list(chen.with(2, '陳?')), /第 2 列 C 欄（姓名）：有字在先前轉檔時已遺失/],
  ['another name that lost one', list(chen.with(2, '陳\ufffd')), /已遺失/],
  ['a formula', list(chen.with(3, '=HYPERLINK(1)')), /試算表會當成公式/],
  ['a person’s identifier as an account', list(chen.with(0, 'A123456789')), /帳號不可使用身分證統一編號/],
  ['四(一): an account of another person', list(lin.with(1, 'E8')), /清冊之 edu-lin 為 E1/],
  ['四(一): two persons of one account on the list', list(chen, chen.with(1, 'E6').with(5, '1160101')), /同一帳號屬於兩個人/],
  ['accounts that differ in width only', list(chen, chen.with(0, 'ｅdu-chen').with(5, '1160101')), /只差大小寫或全半形/],
  ['another unit from nobody knows when', list(wu.with(3, '國中教育科')), /由 學前教育科／專員 改為 國中教育科／專員：自何日起/],
  ['a row that began, with another first day', list(wu.with(5, '1150201')), /清冊為 2026-01-05，單位及職稱均未變/],
  ['a period before the roster’s', list(wu.with(5, '1140101')), /已發生之期間不可補寫/],
  ['a last day that has passed, told anew', list(lin.with(5, '1150105').with(6, '1150731').with(7, '離職')), /已過之最後在職日不可更改/],
  ['a delegate’s user made the agency’s own', csv([[...header, '受託單位'], ['vendor-a', 'V1', '方建中', '客服中心', '工程師', '1150201', '', '', '', '']]), /清冊為「edu-vendor」/],
  ['a user of a delegate that does not exist', csv([[...header, '受託單位'], [...chen, 'edu-vendro']]), /是否為 edu-vendor？/],
  ['R6: who has left, and is on a list without last days', csv([without(header, ...days), without(lin, ...days)]), /清冊已載 2026-10-31；已過之最後在職日不可更改/, partial, edit(ROSTER, '2026-09-01,,,', '2026-09-01,2026-10-31,離職,')],
  ['R6: … in another unit by now', csv([header, lin.with(3, '國小教育科')]), /已過之最後在職日不可更改/, [...partial, '--changes-from', '2026-12-01'], edit(ROSTER, '2026-09-01,,,', '2026-09-01,2026-10-31,離職,')],
  ['R6: a stop to take back that is none', list(lin), /edu-lin：沒有未到期之最後在職日可撤回/, [...partial, '--take-back', 'edu-lin']],
  ['R6: … of somebody whom the list does not name', list(wu), /edu-lin：沒有未到期之最後在職日可撤回/, [...partial, '--take-back', 'edu-lin'], leaving],
  ['R6: … of whom the list says another day', list(lin.with(6, '1151215').with(7, '離職')), /edu-lin：沒有/, [...partial, '--take-back', 'edu-lin'], leaving],
  ['who left and is on the list', list(lin), /名單有此人/, [...partial, '--left', 'edu-lin=1151120,離職']],
  ['who left and is on no roster', list(lin), /清冊沒有這個帳號/, [...partial, '--left', 'edu-lim=1151120,離職']],
  ['an opening that nobody agreed to', list(chen), /--yes/, partial.slice(0, 3)],
  ['a roster that is in Big5', list(chen), /rosters\/education\.csv：不是 UTF-8，請先以 linkage config check/, partial, { [ROSTER]: Buffer.from('b162b8b9', 'hex') }],
  ['a roster without its columns', list(chen), /欄位不符/, partial, edit(ROSTER, '停用原因', '原因')],
  ['a list that is no table', '\0\0', /不是文字檔/],
  ['a roster with a mistake', list(chen), /請先更正.*\[roc-date\]/s, partial, edit(ROSTER, '人員,2026-09-01', '人員,1150901')],
]
for (const [title, given, message, options = partial, changes = {}] of refused) {
  t.test(`nothing is written for ${title}`, async (t) => {
    const folder = folderOf(t, changes)
    const before = roster(folder)
    await t.rejects(bring(folder, given, options), { code: 'folder-invalid', message })
    t.equal(roster(folder), before)
  })
}

t.test('every mistake is told at once, by row and column', async (t) => {
  const folder = folderOf(t)
  const error: unknown = await bring(
    folder,
    list(chen.with(5, '115/2/30'), wu.with(6, '1151331'), chen.with(0, 'edu-x').with(5, 'x')),
    partial,
  ).catch((each) => each)
  t.match(String(error), /第 2 列 F 欄.*\n.*第 3 列 G 欄.*\n.*第 4 列 F 欄/)
})

t.test('what is typed wrongly is a usage error', async (t) => {
  const folder = folderOf(t)
  for (const wrong of [['--left', 'edu-lin'], ['--left', 'edu-lin=1151120,休假'], ['--left', 'edu-lin=1150230,離職'], ['--character', 'FA=x'], ['--character', 'FA40=xy'], ['--character', 'FA40="']]) // biome-ignore format: short
    await t.rejects(bring(folder, list(lin), wrong), { code: 'commander.invalidArgument' }, wrong.join(' '))
})

t.test('an agency that does not exist, and a list that is not there', async (t) => {
  const folder = folderOf(t)
  const command = rosterCommand({ write: () => undefined }, () => now)
  await t.rejects(command.parseAsync(['import', 'eduction', 'x', '--config', folder], { from: 'user' }), { message: /是否為 education？/ })
  await t.rejects(command.parseAsync(['import', 'education', join(folder, 'nowhere'), '--config', folder], { from: 'user' }), {
    message: /無法讀取/,
  })
  t.notOk(existsSync(join(folder, 'rosters/eduction.csv')))
})

t.test('two people at once: the second is not written over the first', async (t) => {
  const folder = folderOf(t)
  const theirs = `${roster(folder)}edu-other,E6,林,國小教育科,科員,,人員,2026-11-24,,,北市社資字第1號\r\n`
  const ask: Ask = async () => {
    writeFileSync(join(folder, ROSTER), theirs)
    return ''
  }
  writeFileSync(join(folder, 'list'), list(chen))
  const command = rosterCommand({ write: () => undefined }, () => now, ask)
  const typed = ['import', 'education', join(folder, 'list'), '--config', folder, '--document', '北市社資字第1號', '--yes']
  await t.rejects(command.parseAsync(typed, { from: 'user' }), { code: 'folder-invalid', message: /已被他人修改，未寫入/ })
  t.equal(roster(folder), theirs)
})
