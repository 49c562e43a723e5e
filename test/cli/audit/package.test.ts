// package.test.ts: `linkage audit package`: one folder for one agency, recorded before its first row; whole and verified, or not there.
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import t, { type Test } from 'tap'
import { technicalFolder } from '../../../src/audit/package/layout.ts'
import { daysOf } from '../../../src/audit/period.ts'
import { handedOver } from '../../../src/audit/quarter-done.ts'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { packageCommand } from '../../../src/cli/audit/package.ts'
import { verifyFolder } from '../../../src/cli/audit/verify-archive.ts'
import { readParts } from '../../../src/cli/spreadsheet/archive.ts'
import { odsParts } from '../../../src/cli/spreadsheet/ods.ts'
import { connect } from '../../store/server.ts'
import { Chromium, chromiumHere } from '../../verifier/archive/chromium.ts'
import { place, type Ran, runCommand, who } from '../log/auditing.ts'
import { startHalfYear } from './half-year.ts'

const { database, folder, from } = await startHalfYear(t)
const signer = [...place(folder), '--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', '115年自行稽核']
const mine = [...signer, '--document', who.document]
const audit = (...args: readonly string[]): Promise<Ran> => runCommand(auditCommand, ...args)
const out = (name: string): string => join(folder, 'out', name)
const admin = await connect(t, database.adminUrl)
// biome-ignore lint/suspicious/noExplicitAny: entries that are read member by member
const acts = async (): Promise<any[]> =>
  (await admin.query(`SELECT entry FROM linkage.log_entry WHERE slot = 'cli' ORDER BY index`)).rows
    .map(({ entry }) => JSON.parse(entry))
    .filter(({ kind }) => kind !== 'key')

async function done(t: Test, ...args: readonly string[]): Promise<Ran> {
  const run = await audit(...args)
  t.equal(run.error, '', args.slice(0, 3).join(' '))
  return run
}

/** Nothing is written, nothing recorded. */
async function refused(t: Test, title: string, expected: RegExp, name: string, ...args: readonly string[]): Promise<void> {
  const before = (await acts()).length
  t.match((await audit('package', ...args, '--out', out(name))).error, expected, title)
  t.notOk(existsSync(out(name)) || existsSync(`${out(name)}.partial`), `${title}: nothing is written`)
  t.equal((await acts()).length, before, `${title}: nothing is recorded`)
}

const filesIn = (name: string): readonly string[] =>
  readdirSync(out(name), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(out(name).length + 1))
    .sort()

let round = ''
let hidden = ''

t.test('a round that is none, hidden or void is not handed over', async (t) => {
  await refused(t, 'no round', /查無稽核/, 'none', 'taipei-education-115H1', ...mine)
  const agency = 'taipei-education'
  for (const own of [[], ['--unannounced']]) {
    const { frozen } = JSON.parse((await done(t, 'sample', 'freeze', '--period', from, '--agency', agency, ...own, ...mine, '--json')).out)
    const which = own.length === 0 ? [] : ['--freeze', frozen[0].id]
    await done(
      t,
      'sample',
      'seed',
      '--dice',
      own.length === 0 ? '3 5 1 4 2 6 6 1 5 3 4 2 1 6 4 2 5 3 6 1' : '1'.repeat(21),
      ...which,
      '--witness',
      '資訊室 王大同',
      ...mine,
    )
    await done(t, 'sample', 'draw', '--agency', agency, ...mine)
  }
  const samples = (await acts()).filter(({ act }) => act === 'draw').map(({ id }) => id)
  const begun = async (sample: string): Promise<string> =>
    JSON.parse((await done(t, 'report', 'round', 'sampled', '--sample', sample, ...mine, '--json')).out).asked.number
  round = await begun(samples[0])
  hidden = await begun(samples[1])
  await done(t, 'form', hidden, '--out', out('surprise'), ...mine)
  const forms = filesIn('surprise')
  t.ok(forms.some((name) => name.endsWith('.ods')))
  t.same(
    forms.filter((name) => name.endsWith('.odt')),
    [],
    'an audit of the department is reported to nobody: no letters',
  )
  await refused(t, 'hidden', /為不定期稽核，尚未告知機關/, 'hidden', hidden, ...mine)
  await done(t, 'report', 'round', 'withdrawn', hidden, ...mine)
  await done(t, 'report', 'round', 'started', round, '--auditor', '陳大文/政風室', ...mine)
})

t.test('六(一): one folder: forms, letters, records and proofs of this agency alone; who handed it over stands in the log', async (t) => {
  const before = (await acts()).length
  const run = await done(t, 'package', round, '--out', out('first'), '--no-pdf', '--json', ...mine)
  t.equal(run.code, 0)
  const report = JSON.parse(run.out)
  t.match(report, {
    round,
    agency: { id: 'taipei-education', code: '379110000E' },
    period: { from, until: from },
    records: 270,
    pdf: 'not-asked',
  })
  t.ok(report.items > 0 && report.sealed === report.items)
  const top = readdirSync(out('first')).sort()
  t.same([...report.files, technicalFolder].sort(), top, 'a person opens what lies on top')
  const begin = report.files.find((name: string) => name.endsWith('_簽稿.odt'))?.replace('_簽稿.odt', '') ?? ''
  t.ok(begin.endsWith('_379110000E'))
  for (const name of [
    '讀我.txt',
    'verify.html',
    `${begin}_報送函稿.odt`,
    `${begin}_抽查紀錄.csv`,
    `${begin}_使用者查詢紀錄.csv`,
    `${begin}_未計入紀錄.csv`,
  ])
    t.ok(top.includes(name), name)
  t.ok(top.some((name) => name.includes('_稽核紀錄表_') && name.endsWith('.ods')))
  t.notOk(existsSync(`${out('first')}.partial`))

  const [disc, ...more] = await verifyFolder(out('first'), [])
  t.same(more, [])
  t.equal(disc?.folder, `${technicalFolder}/`)
  t.same(disc?.findings, [])
  t.match(disc?.summary, { manifest: report.manifest, logs: [{ slot: '1', records: 270, counted: 250, open: [] }, { slot: 'cli' }] })
  const records = readFileSync(join(out('first'), `${begin}_使用者查詢紀錄.csv`))
  t.ok(records.equals(readFileSync(join(out('first'), technicalFolder, 'records-001.csv'))), 'the table that verifies')

  const readme = readFileSync(join(out('first'), '讀我.txt'), 'utf8')
  t.ok(readme.startsWith('\ufeff稽核資料交付'))
  t.ok(readme.replaceAll(/[\r\n ]/g, '').includes(report.manifest), 'the digest for the letter')
  t.match(readme, /本期查詢紀錄 query records：270 筆/)
  t.match(readme, /沒有 \.pdf：未製作/)

  t.match(readme, /_未計入紀錄\.csv +本期拒絕及失敗之呼叫 32 筆/)

  const all = await acts()
  t.equal(all.length, before + 2, 'one act, and that it is whole')
  const { first, last } = daysOf({ from, until: from })
  const [entry, end] = all.slice(-2)
  t.match(entry, {
    kind: 'export',
    completes: true,
    id: report.entry.id,
    user: who.account,
    asked: { agency: 'taipei-education', form: 'package', round, open: false },
  })
  t.match(end, { kind: 'completion', agency: 'taipei-education', of: { id: report.entry.id }, outcome: 'whole', sha256: report.manifest })
  t.match(handedOver(JSON.stringify(entry), new Set([report.entry.id])), {
    agency: 'taipei-education',
    from: first,
    until: last,
    outcome: 'whole',
  })
  t.equal(handedOver(JSON.stringify(entry), new Set())?.outcome, undefined, 'without its completion it counts for nothing')
})

t.test('D-10: what does not count is listed in an annex, each call once; form and letters say how many and where', async (t) => {
  const name = filesIn('first').find((each) => each.endsWith('_未計入紀錄.csv')) ?? ''
  const bytes = readFileSync(join(out('first'), name))
  t.ok(bytes.equals(readFileSync(join(out('surprise'), name))), 'the form comes with the same')
  const [headings = '', ...lines] = bytes.toString('utf8').slice(1).split('\r\n').slice(0, -1)
  t.equal(headings, '紀錄識別碼,紀錄簿,紀錄序號,日期,時間,帳號,姓名,單位,提供方式,API,結果,理由碼,理由')
  const rows = lines.map((line) => line.split(','))
  t.equal(rows.length, 32, 'twenty refusals, twelve that were never released')
  t.equal(new Set(rows.map(([id]) => id)).size, 32)
  const counted = Map.groupBy(rows, (row) => row.slice(10).join(' '))
  t.same([...counted].map(([what, of]) => [what, of.length]).sort(), [
    ['拒絕 outside-hours 非核可使用時段', 20],
    ['未放行  已記錄，未及提供', 12],
  ])
  for (const row of rows) t.match(row[3], /^1\d\d\/\d\d\/\d\d$/, 'ROC')
  t.notMatch(bytes.toString('utf8'), /police/)
  for (const [file, part] of [
    [name.replace('未計入紀錄.csv', '報送函稿.odt'), 'content.xml'],
    [name.replace('未計入紀錄.csv', '簽稿.odt'), 'content.xml'],
    [filesIn('first').find((each) => each.endsWith('.ods')) ?? '', 'content.xml'],
  ] as const) {
    const text = (await readParts(readFileSync(join(out('first'), file)), odsParts)).get(part)?.toString() ?? ''
    t.ok(text.includes(name), `${file} names the annex`)
    t.match(text.replaceAll(/<[^>]+>/g, ''), /32 筆/, file)
  }
})

t.test('nothing of another agency, no subject, and nothing of what is hidden stands in it', async (t) => {
  const files = filesIn('first')
  t.ok(files.length > 15)
  const plain = files.filter((name) => !/\.od[st]$|verify\.html$/.test(name))
  for (const name of plain) {
    const text = readFileSync(join(out('first'), name)).toString('latin1')
    for (const other of ['police-wang', 'A100000001', hidden]) t.notOk(text.includes(other), `${name}: ${other}`)
  }
  const entries = files
    .filter((name) => name.endsWith('records.ndjson'))
    .flatMap((name) =>
      readFileSync(join(out('first'), name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    )
  t.ok(entries.length >= 270)
  t.same([...new Set(entries.map(({ agency }) => agency))], ['taipei-education'])
  const acted = files
    .filter((name) => name.endsWith('cli/frame.ndjson'))
    .flatMap((name) =>
      readFileSync(join(out('first'), name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    )
  t.same(
    acted.filter(({ asked }) => asked?.round === 'unannounced' || asked?.audit === 'unannounced'),
    [],
  )
})

t.test('the same round gives the same bytes', async (t) => {
  await done(t, 'package', round, '--out', out('second'), '--no-pdf', ...mine)
  t.same(filesIn('second'), filesIn('first'))
  for (const name of filesIn('first')) t.ok(readFileSync(join(out('first'), name)).equals(readFileSync(join(out('second'), name))), name)
})

t.test('what cannot be handed over is refused before anything is written or recorded', async (t) => {
  await refused(t, 'unproven', /請以 --assertion 或 --key 證明稽核人員身分/, 'unproven', round, ...place(folder))
  await refused(
    t,
    'two acts, one assertion',
    /--recipient-key 須以 --key/,
    'two',
    round,
    '--recipient-key',
    'x.pem',
    '--assertion',
    'x.jwt',
    ...place(folder),
  )
  await refused(t, 'a draw of another round', /沒有抽樣/, 'sample', round, '--sample', '01990000-0000-7000-8000-000000000000', ...mine)
  await refused(t, 'a void round', /已作廢/, 'void', hidden, ...mine)
  const before = (await acts()).length
  t.match((await audit('package', round, '--out', out('first'), ...mine)).error, /已存在/)
  mkdirSync(`${out('begun')}.partial`)
  t.match((await audit('package', round, '--out', out('begun'), ...mine)).error, /未完成之交付資料夾，請刪除後重做/)
  t.equal((await acts()).length, before)
})

const by = (program: string, ...args: readonly string[]): Promise<Ran> =>
  runCommand((output) => packageCommand(output, program), round, ...args, ...mine)

t.test('where LibreOffice is not there, or fails, the folder is whole without .pdf, and says so', async (t) => {
  const absent = await by('no-such-office', '--out', out('absent'))
  t.equal(absent.error, '')
  t.equal(absent.code, 0)
  t.match(absent.out, /未安裝 LibreOffice（soffice），未製作 \.pdf/)
  t.match(readFileSync(join(out('absent'), '讀我.txt'), 'utf8'), /沒有 \.pdf：製作之電腦沒有 LibreOffice/)
  const failed = await by('false', '--out', out('failed'))
  t.equal(failed.error, '')
  t.equal(failed.code, 1)
  t.match(failed.out, /\.pdf 製作失敗/)
  t.match(readFileSync(join(out('failed'), '讀我.txt'), 'utf8'), /沒有 \.pdf：製作失敗/)
  t.same(filesIn('failed'), filesIn('first'))
})

const soffice = (process.env.PATH ?? '').split(delimiter).some((each) => existsSync(join(each, 'soffice')))
const skip = soffice || process.env.LINKAGE_RENDER === 'required' ? false : 'not installed: soffice (libreoffice-calc, libreoffice-writer)'

t.test('each form and letter as .pdf, by LibreOffice', { skip, timeout: 300_000 }, async (t) => {
  const run = await done(t, 'package', round, '--out', out('printed'), ...mine)
  t.equal(run.code, 0)
  const documents = filesIn('first').filter((name) => /\.od[st]$/.test(name))
  t.same(filesIn('printed'), [...filesIn('first'), ...documents.map((name) => name.replace(/od[st]$/, 'pdf'))].sort())
  for (const name of documents) {
    const bytes = readFileSync(join(out('printed'), name.replace(/od[st]$/, 'pdf')))
    t.equal(bytes.subarray(0, 5).toString(), '%PDF-', name)
  }
  t.match(readFileSync(join(out('printed'), '讀我.txt'), 'utf8'), /\*\.pdf +上列表單及函稿之列印檔/)
})

const chromium = chromiumHere()
const noBrowser = chromium !== undefined || process.env.LINKAGE_ARCHIVE === 'required' ? false : 'not installed: chromium'

t.test(
  'verify.html on top verifies the folder in a browser, also once its forms are filled in',
  { skip: noBrowser, timeout: 120_000 },
  async (t) => {
    t.ok(chromium, 'LINKAGE_ARCHIVE=required: chromium is there')
    if (chromium === undefined) return
    const browser = await Chromium.start(chromium)
    t.teardown(() => browser.close())
    const headings = `new Promise((resolve) => {
    const look = () => /查核完畢|無法查核/.test(document.getElementById('status').textContent)
      ? resolve([...document.querySelectorAll('section h2')].map((each) => each.textContent)) : setTimeout(look, 20)
    look()
  })`
    const verify = async (): Promise<readonly string[]> => {
      await browser.open(`file://${encodeURI(out('second'))}/verify.html`)
      await browser.choose('#folder', out('second'))
      return await browser.evaluate(headings)
    }
    const whole = [`${technicalFolder}/　查核相符：未發現任何不符 Verified: nothing was found`]
    t.same(await verify(), whole)
    const form = filesIn('second').find((name) => name.endsWith('.ods')) ?? ''
    appendFileSync(join(out('second'), form), 'x')
    t.same(await verify(), whole)
    appendFileSync(join(out('second'), technicalFolder, 'technical', '1', 'records.ndjson'), 'x')
    t.match((await verify())[0], /發現 \d+ 項不符/)
  },
)

t.test('what does not verify is not handed over', async (t) => {
  await admin.query('SET session_replication_role = replica')
  const { rows } = await admin.query(
    `SELECT index, entry FROM linkage.log_entry WHERE slot = '1' AND entry LIKE '%"agency":"taipei-education"%"kind":"query"%' ORDER BY index DESC LIMIT 1 OFFSET 60`,
  )
  const spoilt = String(rows[0].entry).replace(/"case":"[^"]*"/, '"case":"X-1"')
  t.not(spoilt, rows[0].entry)
  await admin.query(
    `UPDATE linkage.log_entry SET entry = $1, leaf_hash = sha256('\\x00'::bytea || convert_to($1, 'UTF8')) WHERE slot = '1' AND index = $2`,
    [spoilt, rows[0].index],
  )
  const told = t.capture(process.stderr, 'write', () => true)
  const run = await audit('package', round, '--out', out('spoilt'), '--no-pdf', ...mine)
  const said = told()
    .map(({ args }) => String(args[0]))
    .join('')
  t.match(said, /linkage.example\/log\/cli 第 \d+ 筆沒有完結紀錄，不計為機關本期之下載；排除原因/)
  t.match(run.error, /未通過查核，已刪除.*\n[\s\S]*\[(?:leaf|tile)-mismatch\]/)
  t.notOk(existsSync(out('spoilt')) || existsSync(`${out('spoilt')}.partial`))
})
