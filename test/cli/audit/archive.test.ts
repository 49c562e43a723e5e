// archive.test.ts: `linkage audit archive`: discs of an agency, once who asks and why is recorded; whole and verified, or not there.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { archiveCommand } from '../../../src/cli/audit/archive.ts'
import { verifyDiscs } from '../../../src/verifier/archive/discs.ts'
import { filesOnDisk, nodeCryptography } from '../../../src/verifier/archive/disk.ts'
import { startDepartment } from '../../end-to-end/department.ts'
import { connect } from '../../store/server.ts'
import { acts, kindsOf, place, type Ran, signing, who } from '../log/auditing.ts'
import { recordStepAsIs } from './recorded-as-is.ts'

const department = await startDepartment(t)
const { folder } = department
for (let call = 0; call < 5; call += 1) await department.call(department.education)
await department.call(department.education, { headers: { 'linkage-purpose': 'nothing-like-that' } })
const mine = signing(department)
const out = (name: string): string => join(folder, 'out', name)
const month = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
/** When the month is over. */
const later = () => Date.now() + 40 * 86_400_000

async function run(args: readonly string[], now = later): Promise<Ran> {
  const text: string[] = []
  process.exitCode = undefined
  try {
    await archiveCommand({ write: (each) => text.push(each) > 0 }, now)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .parseAsync([...args], { from: 'user' })
    return { code: Number(process.exitCode ?? 0), out: text.join(''), error: '' }
  } catch (error) {
    return { code: -1, out: text.join(''), error: error instanceof Error ? error.message : String(error) }
  } finally {
    process.exitCode = undefined
  }
}

const archive = (name: string, ...more: readonly string[]): Promise<Ran> =>
  run(['taipei-education', '--period', month, '--out', out(name), ...mine, ...more])

t.test('六(一)7: records, forms and signed approvals go onto a disc that verifies itself, and the log says who made it', async (t) => {
  const form = join(folder, '115H2_379110000E_稽核紀錄表.ods')
  writeFileSync(form, 'a form')
  const {
    code,
    error,
    out: json,
  } = await archive('first', '--file', form, '--file-number', '115/050401/1', '--archived-on', '2027-02-10', '--json')
  t.equal(error, '')
  t.equal(code, 0)
  const report = JSON.parse(json)
  t.match(report, {
    agency: { id: 'taipei-education' },
    period: { from: month, until: month },
    discs: [{ at: 1, folder: 'disc-1', records: 6 }],
  })
  t.notOk(existsSync(`${out('first')}.partial`))
  const disc = join(out('first'), 'disc-1')
  t.same(readdirSync(disc).sort(), [
    'MANIFEST.csv',
    'README.txt',
    'file-01.ods',
    'recipients.csv',
    'records-001.csv',
    'technical',
    'verify.html',
  ])
  t.match(readFileSync(join(disc, 'MANIFEST.csv'), 'utf8'), /^file-01\.ods,115H2_379110000E_稽核紀錄表\.ods,6,/m)
  const label = readFileSync(join(out('first'), 'label.txt'), 'utf8')
  t.match(label, /檔號：115\/050401\/1\r\n保存至：民國122年12月31日/)
  t.ok(label.replaceAll('\r\n', '').includes(report.discs[0].manifest))
  const { files, close } = await filesOnDisk(out('first'))
  for await (const { findings, summary } of verifyDiscs(files, { crypto: nodeCryptography })) {
    t.same(findings, [])
    t.match(summary, { manifest: report.discs[0].manifest, logs: [{ slot: '1', records: 6, counted: 5, open: [month] }] })
    t.ok(summary.recipients.size > 0)
  }
  await close()
  const [act, ...more] = (await acts(department)).filter(({ entry }) => entry.kind === 'export')
  t.equal(more.length, 0)
  t.match(act?.entry, {
    asked: { agency: 'taipei-education', form: 'archive' },
    document: who.document,
    reason: who.reason,
    user: who.account,
    logs: [{ slot: '1', from: 0 }],
  })
  t.equal(report.entry.id, act?.entry.id)
  t.equal(report.images.length, existsSync('/usr/bin/xorriso') ? 1 : 0)
})

t.test('what people see says where it is, that it was verified, and what to take to the file', async (t) => {
  const { error, out: text } = await archive('second', '--no-iso', '--disc', 'cd')
  t.equal(error, '')
  t.match(
    text,
    /^已製作歸檔光碟 archived: .*\n {4}臺北市政府教育局.*已查核 verified\n(?: {4}尚缺 wanting: .*\n){2} {4}1\/1 disc-1：6 筆 records，清單雜湊值 SHA-256 of MANIFEST\.csv [0-9a-f]{64}\n/,
  )
  t.match(text, /已記入 recorded: .*\/log\/cli 第 \d+ 筆/)
  t.notMatch(text, /\.iso/)
})

t.test('六(一)7: an archive without files, or of an audit that is not approved, says so where it is read', async (t) => {
  const bare = JSON.parse((await archive('bare', '--no-iso', '--json')).out)
  t.match(bare.wanting, [/未附任何檔案.*六（一）7/, /^1\d\d年\d+月 之稽核尚未核定（沒有稽核/])
  const readme = readFileSync(join(out('bare'), 'disc-1', 'README.txt'), 'utf8')
  for (const each of bare.wanting) t.ok(readme.includes(`製作時尚缺 wanting when it was made：${each}\r\n`), each)
  const form = join(folder, '簽核.pdf')
  writeFileSync(form, 'signed')
  t.equal(JSON.parse((await archive('signed', '--no-iso', '--json', '--file', form)).out).wanting.length, 1, 'the file is there')
})

t.test('what cannot be archived is refused with what to do, and leaves neither folder nor entry', async (t) => {
  const before = await kindsOf(department)
  const refused = async (name: string, args: readonly string[], message: RegExp, now = later) => {
    const ran = await run(args, now)
    t.match(ran.error, message, name)
    t.notOk(existsSync(out(name)) || (name !== 'begun' && existsSync(`${out(name)}.partial`)), name)
  }
  const of = (agency: string, period: string, name: string, ...more: readonly string[]) => [
    agency,
    '--period',
    period,
    '--out',
    out(name),
    ...mine,
    ...more,
  ]
  await refused('early', of('taipei-education', month, 'early'), /尚未結束，不能歸檔/, Date.now)
  await refused('nobody', of('taipei-nobody', month, 'nobody'), /設定中沒有此機關/)
  await refused('unit', of('social-assistance', month, 'unit'), /為使用單位，不自行稽核.*linkage log export --agency social-assistance/)
  await refused('period', of('taipei-education', '115H3', 'period'), /應為 115H2/)
  await refused('file', of('taipei-education', month, 'file', '--file', '/nowhere.pdf'), /查無此檔案/)
  mkdirSync(`${out('begun')}.partial`, { recursive: true })
  await refused('begun', of('taipei-education', month, 'begun'), /為未完成之歸檔資料夾，請刪除後重做/)
  const unproven = await run(['taipei-education', '--period', month, '--out', out('unproven'), ...place(folder)])
  t.match(unproven.error, /請以 --assertion 或 --key 證明稽核人員身分/)
  t.match((await archive('first')).error, /已存在/)
  t.same(await kindsOf(department), before)
})

t.test('R10: of a using unit a disc is made where the department audited it, and of no other months', async (t) => {
  const entry = { id: '019abcde-0000-7000-8000-000000000000', index: 0, log: 'linkage.example/log/cli' }
  const audited = { about: 'round', agency: 'social-assistance', audit: 'unannounced', day: '2026-01-05', sample: entry, step: 'sampled' }
  const unit = (name: string) => run(['social-assistance', '--period', month, '--out', out(name), '--no-iso', ...mine])
  await recordStepAsIs(department, { ...audited, number: 'earlier', from: '2020-01', until: '2020-06' }, Buffer.from(''))
  t.match((await unit('unaudited')).error, /使用單位/)
  await recordStepAsIs(department, { ...audited, number: 'now', from: month, until: month }, Buffer.from(''))
  t.match(await unit('audited'), { error: '', code: 0 })
})

t.test('an archive that does not verify is not called one', async (t) => {
  const admin = await connect(t, department.serving.store.server?.adminUrl ?? '')
  await admin.query('SET session_replication_role = replica')
  const { rows } = await admin.query(
    `SELECT index, entry FROM linkage.log_entry WHERE slot = '1' AND entry LIKE '%"kind":"query"%' ORDER BY index LIMIT 1`,
  )
  const spoilt = String(rows[0].entry).replace('"edu-chang"', '"edu-cheng"')
  await admin.query(
    `UPDATE linkage.log_entry SET entry = $1, leaf_hash = sha256('\\x00'::bytea || convert_to($1, 'UTF8')) WHERE slot = '1' AND index = $2`,
    [spoilt, rows[0].index],
  )
  const { error } = await archive('spoilt')
  t.match(error, /寫出之歸檔資料夾未通過查核，已刪除.*\n[\s\S]*\[(?:leaf|tile)-mismatch\]/)
  t.notOk(existsSync(out('spoilt')) || existsSync(`${out('spoilt')}.partial`))
})
