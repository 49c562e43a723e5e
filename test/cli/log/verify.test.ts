// verify.test.ts: `linkage log verify` on export folders: content with what the writer wrote, and each finding where it was made.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkpointText } from '../../../src/querylog/checkpoint.ts'
import { receiptHeader } from '../../../src/querylog/receipt.ts'
import { leafHash, Tree } from '../../../src/querylog/tree.ts'
import { temporaryFolder } from '../../store/server.ts'
import { insiders } from '../../verifier/insiders.ts'
import { muchLater } from '../../verifier/verifying.ts'
import { writeFolder } from '../../verifier/written-folder.ts'
import { at, log, newSigner, rewritten, slot, type Written, writeLog } from '../../verifier/written-log.ts'
import { runLog, verifyJson } from './verifying.ts'

const { written, signer } = await writeLog()
const { entries, leaves, checkpoints } = written
const key = ['--key', signer.verifierKey]
const seen = new Set<string>()

/** This log speaks of one that is not there, which is told each time, and left out here. */
const elsewhere = /^1 \d+ log-missing$/

async function finds(t: Test, title: string, args: readonly string[], expected: readonly string[]): Promise<void> {
  const { code, findings, inShort } = await verifyJson(...args)
  const found = inShort.filter((each) => !elsewhere.test(each))
  t.same(
    found,
    expected.map((each) => `1 ${each}`),
    `${title}: ${JSON.stringify(findings)}`,
  )
  t.equal(code, inShort.length > 0 ? 1 : 0)
  for (const each of findings) seen.add(each.code)
}

function folderOf(t: Test, of: Written): string {
  const folder = temporaryFolder(t)
  writeFolder(folder, slot, of)
  return folder
}

t.test('a folder that the writer’s log gives has nothing but the log that it speaks of and that was not exported', async (t) => {
  const folder = folderOf(t, written)
  const report = await verifyJson(folder)
  t.same(report.inShort, ['1 0 log-missing'])
  t.match(report.logs[0], { slot, log, size: at.size, keys: 'own', checkpoints: checkpoints.length, signed_to: at.size, known_to: 0 })
  t.same(report.logs[0].limits, ['tail-unproven', 'own-key'])
  t.equal(report.logs[0].root, new Tree().extended(leaves).root.toString('base64'))
  t.same((await verifyJson(folder, ...key)).logs[0].limits, ['tail-unproven'])
})

t.test('what somebody with the key rewrites is found through the command too', async (t) => {
  for (const { act, entries, finds: expected } of insiders(written).filter((each) => each.entries.every(({ length }) => length <= 65_535)))
    await finds(t, act, [folderOf(t, rewritten(written, entries, signer)), ...key], expected)
})

const noteAt = (size: number, root = new Tree().extended(leaves.slice(0, size)).root, by = signer) =>
  by.sign(checkpointText(log, { size, root }))
const receiptAt = (index: number, size: number): string =>
  receiptHeader(
    '1',
    { index, leaf: leafHash(entries[index] ?? ''), checkpoint: Buffer.from(noteAt(size)).toString('base64') },
    Buffer.alloc(32),
  )

const tail = `.p/${at.size}`

/** What is done to a folder by somebody without the key. */
const acts: readonly { act: string; do: (folder: string) => void; finds: readonly string[] }[] = [
  {
    act: 'a byte of an entry',
    do: (of) => replaceIn(join(of, `tile/entries/000${tail}`), '"rows":1', '"rows":2'),
    finds: ['6 checkpoint-root', '0 tile-mismatch'],
  },
  { act: 'the bundle is gone', do: (of) => rmSync(join(of, `tile/entries/000${tail}`)), finds: ['0 entry-missing'] },
  {
    act: 'the bundle is cut',
    do: (of) => cut(join(of, `tile/entries/000${tail}`), 1),
    finds: ['22 checkpoint-root', '21 bundle-malformed', '21 entry-missing'],
  },
  {
    act: 'a bundle with more behind it',
    do: (of) => writeFileSync(join(of, `tile/entries/000${tail}`), 'x', { flag: 'a' }),
    finds: ['0 bundle-malformed'],
  },
  { act: 'a tile is gone', do: (of) => rmSync(join(of, `tile/0/000${tail}`)), finds: ['0 tile-missing'] },
  { act: 'a tile is cut', do: (of) => cut(join(of, `tile/0/000${tail}`), 1), finds: ['0 tile-mismatch'] },
  {
    act: 'a file too many',
    do: (of) => writeFileSync(join(of, 'tile/0/001.p/1'), ''),
    finds: ['22 file-unexpected'],
  },
  { act: 'no checkpoint', do: (of) => rmSync(join(of, 'checkpoint')), finds: ['22 checkpoint-missing'] },
  { act: 'a checkpoint that is none', do: (of) => writeFileSync(join(of, 'checkpoint'), 'x'), finds: ['22 checkpoint-invalid'] },
  {
    act: 'a checkpoint of nobody',
    do: (of) => writeFileSync(join(of, 'checkpoints/9'), noteAt(9, undefined, newSigner())),
    finds: ['9 checkpoint-invalid'],
  },
  {
    act: 'a checkpoint of another root',
    do: (of) => writeFileSync(join(of, 'checkpoints/9'), noteAt(9, leafHash('x'))),
    finds: ['9 checkpoint-root'],
  },
  {
    act: 'a checkpoint that reaches further',
    do: (of) => writeFileSync(join(of, 'checkpoints/23'), noteAt(23, leafHash('x'))),
    finds: ['23 checkpoint-beyond'],
  },
]

function replaceIn(file: string, from: string, to: string): void {
  writeFileSync(file, readFileSync(file, 'latin1').replace(from, to), 'latin1')
}

const cut = (file: string, bytes: number) => writeFileSync(file, readFileSync(file).subarray(0, -bytes))

t.test('what is done to a folder is found', async (t) => {
  for (const { act, do: run, finds: expected } of acts) {
    const folder = folderOf(t, written)
    mkdirSync(join(folder, slot, 'tile/0/001.p'), { recursive: true })
    run(join(folder, slot))
    await finds(t, act, [folder, ...key], expected)
  }
  const invalid = checkpoints.map(({ size }) => `${size} checkpoint-invalid`)
  await finds(t, 'another key is trusted', [folderOf(t, written), '--key', newSigner().verifierKey], ['0 opening-mismatch', ...invalid])
})

function fileOf(t: Test, text: string): string {
  const file = join(temporaryFolder(t), 'kept')
  writeFileSync(file, text)
  return file
}

t.test('what was kept elsewhere is held against the folder', async (t) => {
  const short = {
    ...written,
    entries: entries.slice(0, 19),
    leaves: leaves.slice(0, 19),
    checkpoints: checkpoints.filter(({ size }) => size <= 19),
  }
  const folder = folderOf(t, short)
  await finds(t, 'nothing was kept', [folder, ...key], [])
  const kept = (text: string) => [folder, ...key, '--known', fileOf(t, text)]
  await finds(t, 'a checkpoint', kept(noteAt(22)), ['19 known-beyond'])
  await finds(t, 'a file of many checkpoints', kept(noteAt(3) + noteAt(9) + noteAt(22)), ['19 known-beyond'])
  await finds(t, 'a receipt with the name of its header', kept(`Linkage-Receipt: ${receiptAt(3, 22)}\r\n`), ['19 known-beyond'])
  await finds(t, 'a checkpoint of another history', kept(noteAt(9, leafHash('x'))), ['9 known-root'])
  await finds(
    t,
    'a receipt of another entry',
    kept(receiptAt(3, 6).replace(/leaf=:[^:]*:/, `leaf=:${leafHash('x').toString('base64')}:`)),
    ['3 known-leaf'],
  )
  await finds(t, 'by a stranger', kept(noteAt(9, undefined, newSigner())), ['0 known-invalid'])
  const nothing = await verifyJson(...kept('good morning'))
  t.match(nothing.inShort, [/log-missing$/, ' 0 known-invalid'])
  t.equal(nothing.code, 1)
  const other = await verifyJson(...kept(signer.sign(checkpointText('linkage.example/log/7', { size: 1, root: leafHash('x') }))))
  t.match(other.inShort, [/log-missing$/, '7 0 log-missing'])
  const whole = await verifyJson(folderOf(t, written), ...key, '--known', fileOf(t, receiptAt(3, 22)))
  t.same(whole.logs[0].known_to, 22)
  t.same(whole.logs[0].limits, [])
})

t.test('what is asked wrongly is refused, and nothing is called verified', async (t) => {
  const folder = folderOf(t, written)
  const { DATABASE_URL } = process.env
  delete process.env.DATABASE_URL
  t.teardown(() => Object.assign(process.env, DATABASE_URL === undefined ? {} : { DATABASE_URL }))
  const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /--database or DATABASE_URL/],
    [[folder, '--database', 'postgresql://a:b@127.0.0.1:1/c'], /not both/],
    [[join(folder, 'nowhere')], /no such folder/],
    [[temporaryFolder(t)], /no log here/],
    [[folder, '--slot', '2'], /no slot 2; there are 1/],
    [[folder, '--key', 'x'], /verifier key/],
    [[folder, '--trust', join(folder, 'nowhere')], /cannot be read/],
    [[folder, '--trust', fileOf(t, 'log x\n')], /line 1/],
    [[folder, '--trust', fileOf(t, '# ours\n\nlogs x\n')], /line 3: expected log/],
    [[folder, '--known', join(folder, 'nowhere')], /cannot be read/],
  ]
  for (const [args, message] of refused) await t.rejects(verifyJson(...args), { code: 'usage', message }, String(message))
  await t.rejects(verifyJson('--database', 'postgresql://a:b@127.0.0.1:1/c'), { code: 'unavailable' }, 'a database that is away')
  const policy = fileOf(t, `# the department's\nlog ${signer.verifierKey} https://linkage.example/log/1\nquorum none\n`)
  t.equal((await verifyJson(folder, '--trust', policy)).logs[0].keys, 'given')
})

t.test('people read where, what, found and expected, Chinese first; and what was not shown', async (t) => {
  const folder = folderOf(t, written)
  replaceIn(join(folder, slot, `tile/entries/000${tail}`), '"rows":1', '"rows":2')
  const { code, out } = await runLog(['verify', folder], () => muchLater)
  t.equal(code, 1)
  t.match(
    out,
    /^槽 1 第 6 筆：紀錄封存點與紀錄不符 \[checkpoint-root\]\n {4}找到：.+　應為：.+\n {4}slot 1, entry 6: a signed checkpoint states another root/m,
  )
  t.match(out, /僅證明前後一致，不能證明尾端無缺 \/ .*proves consistency, not that the tail is there/)
  t.match(out, /查核完成：3 項不符 \/ verified: 3 findings\n$/)
})
