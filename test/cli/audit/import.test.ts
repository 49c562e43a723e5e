// import.test.ts: `linkage audit import`: filled forms taken back as one, on a real database; whatever is wrong with one, nothing is taken.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { type AnswerFindingCode, answerFindingCodes } from '../../../src/audit/answers/finding.ts'
import { addDays, civilDateOf, showRocDateShort } from '../../../src/calendar.ts'
import { sha256Hex } from '../../../src/canonical.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { verifyLogs } from '../../../src/verifier/logs.ts'
import { muchLater } from '../../verifier/verifying.ts'
import { acts, kindsOf, place, who } from '../log/auditing.ts'
import { begin, round, startRound } from './drawn-round.ts'
import { type Answers, type Edit, edited, filled, normal } from './filled.ts'

const { audit, department, mine, queries, sample } = await startRound(t)
const { folder } = department
const at = (...names: readonly string[]): string => join(folder, ...names)
const record = (nth: number): string => `1#${queries[nth]?.index}`
const day = civilDateOf(Date.now())
const today = showRocDateShort(day)
const good: Answers = { ...normal, 稽核日期: today }
const review: Answers = { 仍需使用: '是', 是否共用: '否', 清查結果: '正常', 清查日期: today, 清查人員: '陳大文（政風室）' }
const [primary, junior, native] = ['國小教育科', '國中教育科', '原住民族教育科']
const importing = (...args: readonly string[]) => audit('import', round, ...args, ...mine)
const handedOut = (unit: string): Buffer => readFileSync(at('forms', `${begin}_稽核紀錄表_${unit}.ods`))
let names = 0
/** A name that no file has yet. */
function fresh(extension: string): string {
  names += 1
  return `${names}.${extension}`
}
function file(bytes: Uint8Array, name = fresh('ods')): string {
  mkdirSync(at('back'), { recursive: true })
  writeFileSync(at('back', name), bytes)
  return at('back', name)
}
/** Codes that some test met. */
const met = new Set<string>()

interface Found {
  readonly code: AnswerFindingCode
  readonly places: readonly { readonly file: string; readonly sheet: string; readonly cell: string }[]
  readonly found: string
  readonly expected: string
}

/** What is found in files: nothing of them is taken. */
async function findings(t: Test, title: string, ...files: readonly string[]): Promise<readonly Found[]> {
  const out = at(fresh('json'))
  const before = (await kindsOf(department)).filter((kind) => kind === 'report').length
  const run = await importing(...files, '--out', out, '--record', '--json')
  t.equal(run.error, '', title)
  t.equal(run.code, 1, `${title}: exit code`)
  t.notOk(existsSync(out), `${title}: nothing is written`)
  t.equal((await kindsOf(department)).filter((kind) => kind === 'report').length, before, `${title}: nothing is recorded`)
  const { findings, written, recorded }: { findings: Found[]; written: null; recorded: null } = JSON.parse(run.out)
  t.same([written, recorded], [null, null], title)
  for (const { code } of findings) met.add(code)
  return findings
}

t.test('a round that nobody audits yet takes no results', async (t) => {
  t.equal((await audit('form', round, '--out', at('forms'), ...mine)).error, '')
  const before = (await acts(department)).length
  t.match((await importing(at('forms'))).error, /尚未開始稽核.*round started/)
  t.match((await audit('import', 'taipei-education-114H1', at('forms'), ...mine)).error, /查無稽核/)
  t.match((await importing(at('nowhere'))).error, /查無此檔案/)
  mkdirSync(at('empty'))
  t.match((await importing(at('empty'))).error, /沒有填回之表單/)
  t.match((await importing(at('forms'), '--record', '--assertion', 'x.jwt')).error, /--record 須以 --key/)
  t.match((await importing(at('forms'), '--out', at('forms'))).error, /已存在/)
  t.equal((await acts(department)).length, before, 'nothing is recorded')
  const auditors = ['--auditor', '陳大文/政風室', '--auditor', '黃𡘙/會計室/edu-huang']
  const started = await audit('report', 'round', 'started', round, ...auditors, ...mine)
  t.equal(started.error, '')
  const begun = (await acts(department)).length
  t.match((await audit('import', round, at('forms'), ...place(folder))).error, /請以 --assertion 或 --key 證明稽核人員身分/)
  t.equal((await acts(department)).length, begun, 'nobody reads unproven')
})

t.test('六(一)4: forms that nobody filled are 已填 0, by unit, and the log says who looked', async (t) => {
  const run = await importing(at('forms'))
  t.equal(run.error, '')
  t.equal(run.code, 0)
  t.match(run.out, /已填 0\/4 件，帳號清查 0\/1。/)
  t.match(run.out, /國小教育科 +0\/2 +0\/1\n/)
  t.match(run.out, /2026-01：已稽核 0／應 4 件/)
  t.notMatch(run.out, /已產生|略過|不符/)
  t.match((await acts(department)).at(-1)?.entry, {
    kind: 'export',
    user: who.account,
    asked: { form: 'audit-import', round, samples: [sample] },
  })
})

t.test('R13: files that several people filled are one, in any order and however often', async (t) => {
  const one = file(filled(handedOut(primary), { [record(0)]: good }), 'one.ods')
  const other = file(filled(handedOut(primary), { [record(1)]: { ...good, 案卷比對: '不符' }, 'edu-yoshida': review }), 'other.ods')
  const partial = await importing(one, other, '--json')
  t.equal(partial.error, '')
  t.match(JSON.parse(partial.out), {
    findings: [],
    answered: { records: 1, reviews: 1 },
    all: { records: 4, reviews: 1 },
    units: [{ unit: native }, { unit: junior }, { unit: primary, records: { answered: 1, all: 2 } }],
    incomplete: [{ unit: primary, missing: ['異常說明及處置'], place: { file: other, sheet: '稽核紀錄表' } }],
    shortfalls: [{ month: '2026-01', audited: 1, quota: 4 }],
    written: null,
  })
  const said = file(filled(handedOut(primary), { [record(1)]: { 異常說明及處置: '案卷之查詢對象不同，\n已請承辦人說明' } }), 'said.ods')
  const others = [native, junior].map((unit, at) => file(filled(handedOut(unit), { [record(2 + at)]: good }), `${unit}.ods`))
  const all = [one, other, said, ...others]
  const first = await importing(...all, '--out', at('first.json'))
  t.equal(first.error, '')
  t.equal(first.code, 0)
  t.match(first.out, /已填 4\/4 件，帳號清查 1\/1。/)
  t.match(first.out, `linkage audit report round audited ${round} --results ${at('first.json')}`)
  t.notMatch(first.out, /尚不足|未填完/)
  const again = await importing(...all.toReversed(), one, at('forms'), '--out', at('again.json'))
  t.equal(again.error, '')
  const bytes = readFileSync(at('first.json'))
  t.ok(bytes.equals(readFileSync(at('again.json'))), 'the same bytes')
  t.match(JSON.parse(bytes.toString()), {
    round,
    samples: [sample],
    months: [
      { month: '2026-01', audited: 4, population: 4, quota: 4 },
      { month: '2026-02', audited: 0 },
    ],
    outcomes: { normal: 4, abnormal: 0, to_explain: 0 },
    users: { audited: 3, reviewed: 1, total: 8, with_records: 3 },
    items: [
      { index: queries[0]?.index, result: '正常', match: '相符', day, auditor: '陳大文', unit: primary },
      { index: queries[1]?.index, match: '不符', about: '案卷之查詢對象不同，\n已請承辦人說明' },
      { index: queries[2]?.index },
      { index: queries[3]?.index },
    ],
    reviews: [{ account: 'edu-yoshida', needed: '是', shared: '否', result: '正常' }],
  })
  t.equal((await audit('report', 'round', 'audited', round, '--results', at('first.json'), '--dry-run', ...mine)).error, '')
})

t.test('two files that answer one row differently: where, and both answers', async (t) => {
  const one = file(filled(handedOut(primary), { [record(0)]: good }))
  const other = file(filled(handedOut(primary), { [record(0)]: { ...good, 稽核結果: '異常', 異常說明及處置: '無此案號' } }))
  const [conflict, ...more] = await findings(t, 'conflict', one, other)
  t.same(more, [])
  t.equal(conflict?.code, 'conflict')
  t.same(conflict?.places.map(({ file, sheet }) => [file, sheet]).sort(), [one, other].map((name) => [name, '稽核紀錄表']).sort())
  t.match(conflict?.places[0]?.cell, /^P\d+$/)
  t.match(conflict?.found, /稽核結果.*「正常」.*「異常」/)
})

t.test('everything that is wrong is found at once: file, sheet, cell, what was found and what was expected', async (t) => {
  const cases: Readonly<Record<string, readonly [edit: Answers, code: AnswerFindingCode, column: string, expected: RegExp]>> = {
    'a word of no list': [{ 稽核結果: '大致正常' }, 'word-unknown', 'P', /^正常、異常、待說明$/],
    'a word of another list': [{ 逾必要範圍: '相符' }, 'word-unknown', 'O', /^是、否$/],
    'a day that is none': [{ 稽核日期: '115/02/30' }, 'day-invalid', 'R', /不是存在的日期/],
    'a day before the draw': [{ 稽核日期: '115/01/05' }, 'day-invalid', 'R', /抽樣之日/],
    'a day to come': [{ 稽核日期: '199/01/05' }, 'day-invalid', 'R', /至今日/],
    'the person who queried': [{ 稽核人員: '張雅婷' }, 'own-audit', 'S', /其他人/],
    'the same, with a unit': [{ 稽核人員: '張 雅婷（國小教育科）' }, 'own-audit', 'S', /其他人/],
    'the same, by the account': [{ 稽核人員: 'EDU-Chang' }, 'own-audit', 'S', /其他人/],
    'the same, with another dot': [{ 稽核人員: '張·雅婷' }, 'own-audit', 'S', /其他人/],
    'nobody whom the round names': [{ 稽核人員: '王小明' }, 'not-named', 'S', /^陳大文（政風室）、黃𡘙（會計室）$/],
    'an identifier in words': [{ 異常說明及處置: '查詢對象 A100000001 之案卷' }, 'identifier-named', 'Q', /身分證/],
    'a text that turns around': [{ 異常說明及處置: '\u202e案卷' }, 'text-unfit', 'Q', /控制字元/],
    'a text without end': [{ 調閱案卷: '有'.repeat(101) }, 'text-unfit', 'M', /至多 100 字/],
  }
  const files = new Map(
    Object.entries(cases).map(([title, [change]]) => [title, file(filled(handedOut(primary), { [record(0)]: { ...good, ...change } }))]),
  )
  for (const [title, [, code, column, expected]] of Object.entries(cases)) {
    const [finding, ...more] = await findings(t, title, files.get(title) ?? '')
    t.match(finding, { code, places: [{ file: files.get(title), sheet: '稽核紀錄表' }] }, title)
    t.match(finding?.places[0]?.cell, new RegExp(`^${column}\\d+$`), title)
    t.match(finding?.expected, expected, title)
    t.notMatch(finding?.found, 'A100000001', `${title}: nobody is named`)
    t.same(more, [], title)
  }
  const all = await findings(t, 'all of them', ...files.values())
  const codes = all.map(({ code }) => code)
  for (const [, [, code]] of Object.entries(cases)) t.ok(codes.includes(code), `${code} among all`)
  const one = await findings(
    t,
    'one that is wrong keeps the others out',
    file(filled(handedOut(native), { [record(2)]: good })),
    files.get('a day to come') ?? '',
  )
  t.same(
    one.map(({ code }) => code),
    ['day-invalid'],
  )
})

t.test('who audits never is who queried: a namesake is another person where the round says who it is', async (t) => {
  const own = await findings(
    t,
    'by an account of the round',
    file(filled(handedOut(junior), { [record(3)]: { ...good, 稽核人員: '黃𡘙/會計室' } })),
  )
  t.match(own, [{ code: 'own-audit', found: /edu-huang/ }])
  const reviewed = await findings(t, 'a review', file(filled(handedOut(primary), { 'edu-yoshida': { ...review, 清查人員: '𠮷田美咲' } })))
  t.match(reviewed, [{ code: 'own-audit', places: [{ sheet: '帳號清查' }] }])
  const spelt = await findings(
    t,
    'a name whose dot the keyboard wrote otherwise',
    file(filled(handedOut(native), { [record(2)]: { ...good, 稽核人員: '谷辣斯·尤達卡' } })),
  )
  t.match(spelt, [{ code: 'own-audit', found: /edu-kulas/ }])
  const nobody = { ...good, 稽核人員: '王小明' }
  const both = await importing(file(filled(handedOut(primary), { [record(0)]: nobody, [record(1)]: nobody })), '--json')
  t.match(JSON.parse(both.out), { findings: [{ code: 'not-named', places: [{ cell: /^S/ }, { cell: /^S/ }] }], unnamed: ['王小明'] })
})

t.test('rows and locked cells that were changed', async (t) => {
  const change = (name: string, what: (cells: readonly string[]) => Readonly<Record<number, string>>, row = record(0)): string => {
    const edit: Edit = (cells, sheet) => (sheet === '稽核紀錄表' && cells[11] === row ? what(cells) : undefined)
    return file(edited(filled(handedOut(primary), { [row]: good }), edit), `${name}.ods`)
  }
  const id = await findings(
    t,
    'id',
    change('id', () => ({ 11: '1#999999' })),
  )
  t.match(id, [{ code: 'row-changed', found: '1#999999', expected: record(0) }])
  const gone = await findings(
    t,
    'no id',
    change('no-id', () => ({ 11: '' })),
  )
  t.match(gone, [{ code: 'row-changed', found: '（空白 empty）', expected: record(0) }])
  const swapped = await findings(
    t,
    'swapped',
    change('swapped', () => ({ 11: record(1) })),
  )
  t.ok(swapped.length > 0 && swapped.every(({ code }) => code === 'locked-changed'))
  const drawn = await findings(
    t,
    'not drawn',
    change('not-drawn', () => ({ 0: '9', 2: '某人', 11: '1#7' })),
  )
  t.match(drawn, [{ code: 'not-drawn', found: '1#7', places: [{ sheet: '稽核紀錄表' }] }])
  const note = await findings(
    t,
    'an answer in a row of nothing',
    change('note', () => ({ 0: '9', 2: '某人', 11: '備註' })),
  )
  t.match(note, [{ code: 'row-changed', found: '備註' }])
  const locked = await findings(
    t,
    'locked',
    change('locked', () => ({ 7: '教中字第1號' })),
  )
  t.match(locked, [{ code: 'locked-changed', found: '教中字第1號', expected: '北市教字第1150000045號' }])
  t.match(locked[0]?.places[0]?.cell, /^H\d+$/)
  const [account] = await findings(
    t,
    'account',
    file(edited(handedOut(primary), (cells) => (cells[1] === 'edu-yoshida' ? { 1: 'edu-wang' } : undefined))),
  )
  t.match(account, { code: 'row-changed', found: 'edu-wang', expected: 'edu-yoshida', places: [{ sheet: '帳號清查' }] })
  const spaced = await importing(change('spaced', (cells) => ({ 10: '月 抽', 9: cells[9]?.padStart(3, '0') ?? '' })))
  t.equal(spaced.code, 0, 'as a spreadsheet writes it')
  const texts = { 0: '9', 1: '115/01/05 10:00:00', 4: '線上資料查詢', 5: '別的', 6: '別的', 8: 'A123456789', 9: '9', 10: '涵蓋' }
  const all = await findings(
    t,
    'locked columns',
    change('columns', () => texts),
  )
  t.same(
    all.map(({ code, places }) => [code, places[0]?.cell.replace(/\d+$/, '')]),
    ['A', 'B', 'E', 'F', 'G', 'I', 'J', 'K'].map((column) => ['locked-changed', column]),
  )
  t.notMatch(JSON.stringify(all), 'A123456789', 'nobody is named')
})

t.test('what is no form of the round', async (t) => {
  t.match(await findings(t, 'no table', file(Buffer.from('a,b\r\n1,2\r\n'), 'other.csv')), [{ code: 'table-missing' }])
  t.match(await findings(t, 'no file', file(Buffer.from('PK no archive'), 'broken.ods')), [{ code: 'file-unreadable' }])
  const other = edited(filled(handedOut(native), { [record(2)]: good }), (cells, sheet) =>
    sheet === '稽核紀錄表' && cells[11] === record(2) ? { 0: '7', 2: '某人', 11: '1#900001' } : undefined,
  )
  t.match(await findings(t, 'another round', file(other)), [{ code: 'other-round', found: /^1 列/ }])
  mkdirSync(at('mixed'))
  writeFileSync(at('mixed', '使用者查詢紀錄.csv'), 'a,b\r\n1,2\r\n')
  writeFileSync(at('mixed', '.~lock.form.ods#'), 'x')
  writeFileSync(at('mixed', 'form.ods'), filled(handedOut(native), { [record(2)]: good }))
  const run = await importing(at('mixed'))
  t.equal(run.code, 0)
  t.match(run.out, /略過 skipped: .*使用者查詢紀錄\.csv/)
  t.match(run.out, /已填 1\/4/)
})

t.test('the table of the form, filled as CSV', async (t) => {
  const table = readFileSync(at('forms', `${begin}_抽查紀錄.csv`), 'utf8')
  const answers = `有,相符,否,正常,,${today},陳大文`
  const csv = table.split('\r\n').map((line) => (line.startsWith(record(2)) ? line.replace(/,{6}$/, answers) : line))
  t.ok(csv.join().includes(answers))
  const run = await importing(file(Buffer.from(csv.join('\r\n')), 'table.csv'), '--json')
  t.equal(run.error, '')
  t.match(JSON.parse(run.out), { findings: [], answered: { records: 1, reviews: 0 } })
  const headings = (table.split('\r\n')[0] ?? '').slice(1).split(',')
  const changes = {
    ...{
      紀錄簿: 'linkage.test/log/2',
      紀錄序號: '9',
      列: '1',
      查詢日期: '115/01/02',
      查詢時間: '00:00:01',
      查詢人員: '某人',
      單位: '他科',
    },
    ...{
      職稱: '科長',
      帳號: 'edu-wu',
      使用者註記: '別的',
      在職狀態: '別的',
      提供方式: '檔案傳輸',
      API: '別的',
      資料項目: '別的',
      查詢目的: '別的',
    },
    ...{ 查詢事由: '別的', '案號／文號': '別的', 查詢對象: 'A123456789', 來源IP: '192.0.2.99', 回傳筆數: '9', 抽樣原因: '別的' },
  }
  t.same(
    headings.filter((heading) => !Object.hasOwn(changes, heading)),
    ['紀錄識別碼', '調閱案卷', '案卷比對', '逾必要範圍', '稽核結果', '異常說明及處置', '稽核日期', '稽核人員'],
    'every column but the id and the answers',
  )
  const edit = (line: string): string =>
    line.startsWith(record(2))
      ? Object.entries(changes)
          .reduce((cells, [heading, text]) => cells.with(headings.indexOf(heading), text), line.split(','))
          .join(',')
      : line
  const changed = await findings(t, 'locked', file(Buffer.from(csv.map(edit).join('\r\n')), 'locked.csv'))
  t.same([...new Set(changed.map(({ code }) => code))], ['locked-changed'])
  t.same(
    changed.map(({ expected, found }) => [expected.split('：')[0], found.startsWith('（') ? '' : found]).sort(),
    Object.entries(changes)
      .map(([heading, text]) => [heading.normalize('NFKC'), heading === '查詢對象' ? '' : text])
      .sort(),
  )
  t.notMatch(JSON.stringify(changed), 'A123456789', 'nobody is named')
  const big5 = file(Buffer.concat([Buffer.from(csv.join('\r\n').replace('有,相符', 'X')), Buffer.from([0xff])]), 'broken.csv')
  t.ok((await findings(t, 'characters of no encoding', big5)).length > 0)
})

const soffice = (process.env.PATH ?? '').split(delimiter).some((each) => existsSync(join(each, 'soffice')))
const skip = soffice || process.env.LINKAGE_RENDER === 'required' ? false : 'not installed: soffice (libreoffice-calc)'

t.test('what LibreOffice itself saves is read: .ods, .xlsx, .csv', { skip, timeout: 180_000 }, async (t) => {
  const given = file(filled(handedOut(primary), { [record(0)]: good, 'edu-yoshida': review }), 'saved.ods')
  const expected = JSON.parse((await importing(given, '--json')).out)
  t.match(expected, { findings: [], answered: { records: 1, reviews: 1 } })
  // A CSV is saved in an encoding that is asked for: 76 is UTF-8.
  for (const [to, filter] of [
    ['ods', 'ods'],
    ['xlsx', 'xlsx'],
    ['csv', 'csv:Text - txt - csv (StarCalc):44,34,76,1'],
  ] as const) {
    const profile = `-env:UserInstallation=file://${at('profile')}`
    execFileSync('soffice', [profile, '--headless', '--norestore', '--convert-to', filter, '--outdir', at(`as-${to}`), given], {
      stdio: 'ignore',
    })
    const run = await importing(at(`as-${to}`, `saved.${to}`), '--json')
    t.equal(run.error, '', to)
    const { answered, findings } = JSON.parse(run.out)
    // A CSV is one sheet: the first.
    t.same({ answered, findings }, { answered: to === 'csv' ? { records: 1, reviews: 0 } : expected.answered, findings: [] }, to)
  }
  // The table: numbers, days and times are written in the way of the country, whether or not it is asked to find them. Languages are numbers, too.
  const table = file(readFileSync(at('forms', `${begin}_抽查紀錄.csv`)), 'opened.csv')
  for (const [language, finds] of [
    [1033, true],
    [1028, true],
    [1028, false],
  ] as const) {
    const out = at(`csv-${language}-${finds}`)
    const profile = `-env:UserInstallation=file://${at('profile')}`
    const filters = [
      `--infilter=CSV:44,34,76,1,,${language},false,${finds}`,
      '--convert-to',
      'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true',
    ]
    execFileSync('soffice', [profile, '--headless', '--norestore', ...filters, '--outdir', out, table], { stdio: 'ignore' })
    t.same(JSON.parse((await importing(join(out, 'opened.csv'), '--json')).out).findings, [], `${language} ${finds}`)
  }
})

t.test('R15: taken back and recorded in one go: 已稽核, with the results that it names', async (t) => {
  const files = [
    file(
      filled(handedOut(primary), {
        [record(0)]: good,
        [record(1)]: { ...good, 稽核結果: '異常', 異常說明及處置: '無此案號' },
        'edu-yoshida': review,
      }),
    ),
    file(filled(handedOut(junior), { [record(3)]: good })),
    file(filled(handedOut(native), { [record(2)]: good })),
  ]
  const before = (await acts(department)).length
  const early = await importing(...files, '--record', '--day', addDays(day, -1))
  t.match(early.error, /day-early/, 'an audit is done once its last item was audited')
  const kinds = (await acts(department)).slice(before).map(({ entry }) => entry.kind)
  t.notOk(kinds.includes('report'), 'nothing but that it was looked at')
  const run = await importing(...files, '--record', '--json')
  t.equal(run.error, '')
  t.equal(run.code, 0)
  const { document, recorded } = JSON.parse(run.out)
  const [read, step] = (await acts(department)).filter(({ entry }) => entry.kind !== 'key').slice(-2)
  t.match(read?.entry, { kind: 'export' })
  t.match(step?.entry, {
    kind: 'report',
    id: recorded.id,
    asked: { step: 'audited', number: round, results: { document, outcomes: { abnormal: 1, normal: 3 } } },
  })
  const bytes = await department.serving.store.reader.document(document)
  t.equal(sha256Hex(bytes ?? Buffer.of()), document)
  t.equal((await audit('form', round, '--out', at('done'), ...mine)).error, '')
  const letter = await readParts(readFileSync(at('done', `${begin}_簽稿.odt`)), (name) => name === 'content.xml')
  t.match(letter.get('content.xml')?.toString(), /國小教育科.*異常.*無此案號/s, 'the memo lists what is not 正常')
  const approved = await audit('report', 'round', 'approved', round, '--by', '李局長', '--title', '局長', ...mine)
  t.equal(approved.error, '', 'quota and coverage are met')
  t.match((await importing(...files)).error, /為「approved」，不再收結果/)
})

t.test('the verifier holds the round against its draw too, and finds nothing of it', async (t) => {
  const logs = await department.serving.store.openLogs()
  t.teardown(() => logs.close())
  const found: string[] = []
  const run = verifyLogs(logs, { now: muchLater, trusted: [], kept: [] })
  for (let step = await run.next(); step.done !== true; step = await run.next())
    found.push(`${step.value.code} ${step.value.found}; ${step.value.expected}`)
  t.same(
    found.filter((each) => /^(?:round|completion)/.test(each)),
    [],
  )
})

t.test('its archive counts the results again from their rows, and says what it does not compute', async (t) => {
  t.equal((await audit('archive', 'taipei-education', '--period', '115H1', '--out', at('archive'), ...mine)).error, '')
  const run = await audit('verify-archive', at('archive'))
  t.match(run.out, /稽核結果已自各列重算 1 次。抽樣（抽中何筆）未在此重算/)
  t.notMatch(run.out, /round-mismatch/)
})

t.test('every code of a finding is met here, or is said where', async (t) => {
  const elsewhere: readonly string[] = ['cell-unreadable', 'same-unit'] // filled-cell.test.ts, round-answers.test.ts
  t.same(
    Object.keys(answerFindingCodes).filter((code) => !met.has(code) && !elsewhere.includes(code)),
    [],
  )
})
