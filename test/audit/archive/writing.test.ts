// writing.test.ts: what an archive holds and what it does not, whose names every system reads, the same bytes each time, over several discs.
import { createHash } from 'node:crypto'
import t from 'tap'
import { handedInPath } from '../../../src/audit/archive/layout.ts'
import { labelText } from '../../../src/audit/archive/readme.ts'
import { civilDate } from '../../../src/calendar.ts'
import { verifyDiscs } from '../../../src/verifier/archive/discs.ts'
import { nodeCryptography } from '../../../src/verifier/archive/disk.ts'
import { police } from '../../verifier/written-log.ts'
import { archived, contentsOf, type Files, facts, handedIn, inMemory, verified, writeMonths } from './archives.ts'

const writing = await writeMonths()
const contents = contentsOf(writing)

t.test('the same log and files give the same bytes', async (t) => {
  const one = await archived(contents)
  const other = await archived(contentsOf(writing))
  t.same(
    [...one.files].map(([path, bytes]) => [path, bytes.toString('hex')]),
    [...other.files].map(([path, bytes]) => [path, bytes.toString('hex')]),
  )
  t.same(one.discs, other.discs)
})

t.test('entries of other agencies are not in it; of them only monthly totals', async (t) => {
  const { files } = await archived(contents)
  for (const [path, bytes] of files)
    if (path.endsWith('.csv') || path.endsWith('records.ndjson')) t.notMatch(bytes.toString(), police, path)
  const frame = (files.get('technical/1/frame.ndjson')?.toString() ?? '')
    .split('\n')
    .slice(0, -1)
    .map((each) => JSON.parse(each))
  t.same([...new Set(frame.map(({ kind }) => kind))].sort(), ['key', 'month', 'opening', 'report', 'sample'])
  t.same(
    frame.filter(({ asked }) => asked !== undefined).map(({ asked }) => asked.act ?? asked.step),
    ['freeze', 'seed', 'draw', 'sampled', 'approved'],
    'neither of another agency, nor of an audit that is hidden, nor the step that says that it was archived',
  )
  t.notMatch(files.get('technical/1/frame.ndjson')?.toString(), /unannounced|115H2-2/)
})

t.test('names are ASCII and no longer than 64 characters; the list says what they are called', async (t) => {
  const { files } = await archived(contents)
  for (const path of files.keys()) for (const name of path.split('/')) t.match(name, /^[A-Za-z0-9][\w.-]{0,63}$/, path)
  const list = files.get('MANIFEST.csv')?.toString() ?? ''
  t.ok(list.startsWith('\ufeff檔名 path,中文名稱 title,位元組 bytes,SHA-256\r\n'))
  for (const row of [
    'README.txt,讀我,',
    'file-01.ods,115H2_稽核紀錄表.ods,6,',
    'file-02.pdf,簽核.pdf,17,',
    'technical/1/checkpoint,技術檔案：槽 1 紀錄封存點,',
  ])
    t.ok(list.includes(`\r\n${row}`), row)
  t.equal(list.split('\r\n').length - 2, files.size - 1, 'every file but the list itself')
  t.ok(list.indexOf('verify.html') < list.indexOf('technical/'), 'what people open comes first')
  t.same(
    ['a.ODS', '核定.pdf', 'no-extension', 'x.表', 'a.tar.gz'].map((name, at) => handedInPath(at + 1, name)),
    ['file-01.ods', 'file-02.pdf', 'file-03', 'file-04', 'file-05.gz'],
  )
})

t.test('the sleeve says whose, of which months, under which number, how long, and the digest of the list', async (t) => {
  const { discs, files } = await archived(contents)
  const label = labelText({ ...facts, fileNumber: '115/050401/1', archivedOn: civilDate('2027-02-10') }, discs)
  const digest = createHash('sha256')
    .update(files.get('MANIFEST.csv') ?? '')
    .digest('hex')
  for (const line of [
    '社會福利資料查詢紀錄歸檔光碟　1/1',
    '機關：臺北市政府教育局（379110000E）',
    '期間：民國115年11月1日至民國115年12月31日',
    '檔號：115/050401/1',
    '保存至：民國122年12月31日',
    '查詢紀錄：220 筆',
    digest.slice(0, 32),
    digest.slice(32),
  ])
    t.ok(label.includes(`${line}\r\n`), line)
  t.match(labelText(facts, discs), /檔號：＿+\r\n保存至：＿+/, 'what is not known yet is filled in by hand')
  t.match(files.get('README.txt')?.toString('utf8'), /歸檔年度加 6 年之 12 月 31 日/, 'D-6')
  t.match(files.get('README.txt')?.toString('utf8'), /only the SHA-256 on paper proves/, 'what has no number may be missing unseen')
})

t.test('where a disc is full the next goes on: each verifies by itself, and no record is on none', async (t) => {
  const { discs, sink } = await archived(contents, facts, { bytesOfDisc: 800_000 })
  t.ok(discs.length > 2, `${discs.length} discs`)
  const all: Files = new Map()
  let records = 0
  for (const { at, folder } of discs) {
    const disc = sink.disc(at)
    const { inShort, summary } = await verified(disc)
    t.same(inShort, [], folder)
    records += summary.logs[0]?.records ?? 0
    const bytes = [...disc.values()].reduce((sum, { length }) => sum + Math.ceil(length / 2048) * 2048, 0)
    t.ok(bytes < 800_000, `${bytes} bytes`)
    for (const [path, content] of disc) all.set(`${folder}/${path}`, content)
    t.equal(disc.has('file-01.ods'), at === 1, 'what was handed in is on the first')
    t.ok(disc.has('verify.html'))
  }
  t.equal(records, 220)
  const together = async (files: Files) => {
    const found: string[] = []
    for await (const { findings, folder, summary } of verifyDiscs(inMemory(files), { crypto: nodeCryptography })) {
      found.push(...findings.map(({ code, file }) => `${folder} ${code} ${file}`))
      t.equal(
        [...summary.counts.values()].reduce((sum, count) => sum + count, 0),
        findings.length,
        'every finding is counted',
      )
    }
    return found
  }
  t.same(await together(all), [])
  // A list that somebody made anew on the second disc is not the one that the first vouches for.
  const list = all.get('disc-2/MANIFEST.csv')?.toString() ?? ''
  t.same(await together(new Map(all).set('disc-2/MANIFEST.csv', Buffer.from(list.replace('讀我', '請讀')))), [
    'disc-2/ file-changed MANIFEST.csv',
  ])
})

t.test('what does not fit on a disc is refused with what to do', async (t) => {
  const large = { ...contents, files: [handedIn('簽核.pdf', 'x'.repeat(600_000))] }
  await t.rejects(archived(large, facts, { bytesOfDisc: 1_000_000 }), { code: 'usage', message: /請改用較大之光碟/ })
  await t.rejects(archived(contents, facts, { bytesOfDisc: 400_000 }), { code: 'usage' })
})

t.test('a month that no entry has ended yet is told: nothing shows that its end is here', async (t) => {
  const open = { ...facts, period: { from: '2026-11', until: '2027-02' } }
  const { files } = await archived(contentsOf(writing, open), open)
  const { inShort, summary } = await verified(files)
  t.same(inShort, [])
  t.same(summary.logs[0]?.open, ['2027-02'])
  t.equal(summary.logs[0]?.records, 221)
})

t.test('a period without a record is an archive too, and shows that there is none', async (t) => {
  const nobody = { ...facts, agency: { ...facts.agency, id: 'taipei-revenue' } }
  const { files } = await archived(contentsOf(writing, nobody), nobody)
  const { inShort, summary } = await verified(files)
  t.same(inShort, [])
  t.match(summary.logs, [{ records: 0, open: [] }])
})
