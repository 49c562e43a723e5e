// verify-archive.test.ts: `linkage audit verify-archive`: what the page finds, on the command line, with exit codes and JSON.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { auditCommand } from '../../../src/cli/audit/command.ts'
import { archiveFindingCodes } from '../../../src/verifier/archive/finding.ts'
import { archived, contentsOf, type Files, facts, writeMonths } from '../../audit/archive/archives.ts'
import { temporaryFolder } from '../../store/server.ts'
import { tamperings } from '../../verifier/archive/tampered.ts'

const writing = await writeMonths()
const contents = contentsOf(writing)
const good = (await archived(contents)).files

function put(folder: string, files: Files): string {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  return folder
}

async function run(...args: readonly string[]): Promise<{ readonly out: string; readonly code: number }> {
  let out = ''
  process.exitCode = 0
  try {
    await auditCommand({ write: (text) => (out += text) }).parseAsync(['verify-archive', ...args], { from: 'user' })
    return { out, code: Number(process.exitCode) }
  } finally {
    process.exitCode = 0
  }
}

const folderOf = (t: Test, files: Files): string => put(temporaryFolder(t), files)

t.test('a good archive has no findings, and the command says what it is, and what it does not show', async (t) => {
  const folder = folderOf(t, good)
  const { code, out } = await run(folder)
  t.equal(code, 0)
  t.match(
    out,
    /^查核完成：無不符 \/ verified: no findings\n {4}臺北市政府教育局（379110000E，taipei-education），2026-11 – 2026-12，光碟 disc 1\/1\n/,
  )
  t.match(out, /未指定金鑰/)
  const report = JSON.parse((await run(folder, '--json', '--key', writing.signer.verifierKey)).out)
  t.match(report, {
    content: true,
    discs: [{ folder: '', keys: 'given', findings: [], agency: { id: 'taipei-education' }, recipients: { 'ethics/2026': 220 } }],
  })
  t.match(report.discs[0].manifest, /^[0-9a-f]{64}$/)
})

t.test('each of ten tamperings is found where it was made, with exit code 1', async (t) => {
  t.equal(tamperings.length, 10)
  for (const { change, found, title } of tamperings) {
    const { code, out } = await run(folderOf(t, change(good, writing)), '--json')
    const rows = JSON.parse(out).discs[0].findings.map(
      (each: { code: string; file: string; at?: number }) => `${each.code} ${each.file}${each.at === undefined ? '' : ` ${each.at}`}`,
    )
    t.ok(rows.includes(found(good)), `${title}: ${rows.slice(0, 5).join('; ')}`)
    t.equal(code, 1)
  }
  const cell = tamperings.find(({ title }) => title === 'a cell of a table was changed')
  const { out } = await run(folderOf(t, cell?.change(good, writing) ?? good))
  t.match(
    out,
    /^records-001\.csv，第 2 列 row 2：試算表內容與紀錄原文不符 \[table-mismatch\]\n {4}找到：使用者帳號: edu-wang　應為：使用者帳號: edu-chang\n/,
  )
})

t.test('discs that lie in one folder are verified each', async (t) => {
  const { discs, sink } = await archived(contents, facts, { bytesOfDisc: 1_000_000 })
  const folder = temporaryFolder(t)
  for (const { at, folder: name } of discs) put(join(folder, name), sink.disc(at))
  const { code, out } = await run(folder, '--json')
  t.match(
    [code, JSON.parse(out)],
    [0, { content: true, discs: discs.map(({ folder: name, manifest }) => ({ folder: `${name}/`, manifest })) }],
  )
})

t.test('a compromised key is believed as far as the trust policy says', async (t) => {
  const folder = folderOf(t, good)
  const trust = join(temporaryFolder(t), 'trust-policy.txt')
  const codes = async (size: number) => {
    writeFileSync(trust, `compromised ${writing.signer.verifierKey} ${size}\n`)
    return JSON.parse((await run(folder, '--json', '--trust', trust)).out).discs[0].findings.map((each: { code: string }) => each.code)
  }
  t.same(await codes(writing.size), [])
  t.same(await codes(writing.size - 1), ['key-mismatch'])
  await t.rejects(run(folder, '--key', 'x'), { code: 'usage' })
})

t.test('what is no folder, or no archive, is no good archive', async (t) => {
  await t.rejects(run(join(temporaryFolder(t), 'nothing')), { code: 'usage', message: /查無此資料夾/ })
  const { code, out } = await run(temporaryFolder(t), '--json')
  t.match([code, JSON.parse(out)], [1, { content: false, discs: [{ findings: [{ code: 'manifest-missing' }] }] }])
  const folder = folderOf(t, good)
  symlinkSync('/etc/hostname', join(folder, 'technical', 'link'))
  t.match(
    JSON.parse((await run(folder, '--json')).out).discs[0].findings,
    [{ code: 'file-unexpected', file: 'technical/link' }],
    'a link is a file that the list does not name',
  )
})

t.test('every finding has a meaning in Chinese and in English', async (t) => {
  for (const [code, [zh, en]] of Object.entries(archiveFindingCodes)) t.ok(/\p{Script=Han}/u.test(zh) && /^[\x20-\x7e’]+$/.test(en), code)
})
