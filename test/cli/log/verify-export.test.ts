// verify-export.test.ts: exports that hold more than one month or log, every byte of one, and logs too long for memory.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkpointText } from '../../../src/querylog/checkpoint.ts'
import type { NoteSigner } from '../../../src/querylog/note.ts'
import { abandonEntry, retireEntry } from '../../../src/querylog/slot-entries.ts'
import { leafHash, Tree } from '../../../src/querylog/tree.ts'
import { openFolder } from '../../../src/verifier/folder.ts'
import { verifyLogs } from '../../../src/verifier/logs.ts'
import { readVerifierKey } from '../../../src/verifier/note.ts'
import { temporaryFolder } from '../../store/server.ts'
import { muchLater } from '../../verifier/verifying.ts'
import { writeFolder } from '../../verifier/written-folder.ts'
import {
  edited,
  education,
  log,
  newId,
  newSigner,
  police,
  policies,
  rewritten,
  slot,
  WritingLog,
  type Written,
  writeLog,
} from '../../verifier/written-log.ts'
import { verifyJson } from './verifying.ts'

/** Without the log that is spoken of and was not exported. */
const others = (inShort: readonly string[]): string[] => inShort.filter((each) => !/^1 \d+ log-missing$/.test(each))

async function finds(
  t: Test,
  title: string,
  args: readonly string[],
  expected: readonly string[],
): Promise<Awaited<ReturnType<typeof verifyJson>>> {
  const report = await verifyJson(...args)
  t.same(others(report.inShort), expected, `${title}: ${JSON.stringify(report.findings)}`)
  return report
}

async function beginning(): Promise<WritingLog> {
  const writing = new WritingLog()
  writing.batch('2026-11-24T02:00:00.000Z', writing.opening(), await writing.key(), writing.policy(firstPolicy))
  return writing
}
const [firstPolicy = newId() as never] = policies

/** Every other byte of each file, the odd ones of one and the even ones of the next. */
const everySo = 2

t.test('a byte of an export that is changed is found, wherever it stands', { timeout: 180_000 }, async (t) => {
  const writing = new WritingLog()
  writing.batch('2026-11-24T02:00:00.000Z', writing.opening())
  writing.batch('2026-11-24T02:00:01.000Z', writing.refusals())
  const folder = temporaryFolder(t)
  writeFolder(folder, slot, writing.written)
  const trusted = [readVerifierKey(writing.signer.verifierKey)]
  const verify = async (): Promise<string[]> => {
    const found: string[] = []
    for await (const { slot, index, code } of verifyLogs(await openFolder(folder), { now: muchLater, trusted, kept: [] }))
      found.push(`${slot} ${index} ${code}`)
    return others(found)
  }
  t.same(await verify(), [])
  const ignored: string[] = []
  let [bytes, files] = [0, 0]
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) =>
    /checkpoint$|checkpoints.\d|tile.*\d$/.test(each),
  )) {
    const file = join(folder, name)
    let whole: Buffer
    try {
      whole = readFileSync(file)
    } catch {
      continue // a folder
    }
    files += 1
    for (let place = files % everySo; place < whole.length; place += everySo) {
      const changed = Buffer.from(whole)
      changed[place] = (whole[place] ?? 0) ^ (1 << (place % 8))
      writeFileSync(file, changed)
      if ((await verify()).length === 0) ignored.push(`${name} ${place}`)
      bytes += 1
    }
    writeFileSync(file, whole)
  }
  t.same(ignored, [], 'no byte is ignorable')
  t.ok(bytes > 500 && files >= 4, `${bytes} bytes of ${files} files`)
})

/** November in one bundle, so that it can be taken out; December, and the entry that says so. */
async function retiring(
  change: (it: { [name: string]: unknown }) => void = () => undefined,
  on = '2031-11-30T16:00:00.000Z',
): Promise<{ written: Written; signer: NoteSigner }> {
  const writing = await beginning()
  while (writing.size < 256) writing.batch('2026-11-24T02:00:01.000Z', writing.query(education))
  const root = new Tree().extended(writing.written.leaves).root.toString('base64')
  writing.batch('2026-12-01T02:00:00.000Z', writing.query(education))
  const facts = {
    id: newId(),
    document: '北市社資字第1150000123號',
    from: 0,
    to: 256,
    keys: [writing.signer.verifierKey],
    log,
    month: '2026-11',
    root,
  }
  writing.batch(on, { write: (given) => retireEntry(facts, given) }, writing.query(police))
  const { entries } = writing.written
  const at = entries.findIndex((each) => each.includes('"kind":"retire"'))
  return { written: rewritten(writing.written, entries.with(at, edited(entries[at], change)), writing.signer), signer: writing.signer }
}

t.test('a month that is gone is accepted by its retire entry alone, and only as far as that says', async (t) => {
  const gone = async (change?: (it: { [name: string]: unknown }) => void, on?: string) => {
    const { written, signer } = await retiring(change, on)
    const folder = temporaryFolder(t)
    writeFolder(folder, slot, written)
    rmSync(join(folder, slot, 'tile/entries/000'))
    return [folder, '--key', signer.verifierKey]
  }
  const accepted = await finds(t, 'as it says', await gone(), [])
  t.same(accepted.logs[0].retired, [{ month: '2026-11', from: 0, to: 256, document: '北市社資字第1150000123號' }])
  await finds(t, 'of another range', await gone((it) => (it.to = 255)), ['1 255 retire-mismatch', '1 255 entry-missing'])
  await finds(t, 'of a range that is there', await gone((it) => (it.to = 257)), ['1 0 entry-missing'])
  await finds(t, 'of another log', await gone((it) => (it.log = 'linkage.example/log/3')), ['1 0 entry-missing'])
  await finds(t, 'of another month', await gone((it) => (it.month = '2026-10')), ['1 256 retire-mismatch'])
  const early = await gone(undefined, '2031-11-30T15:59:59.999Z')
  const beside = (found: string): boolean => /retire-early$/.test(found)
  t.match((await verifyJson(...early)).inShort.filter(beside), [/^1 \d+ retire-early$/], '六(一)7: not before five years have passed')
  const unsaid = await retiring()
  const whole = temporaryFolder(t)
  writeFolder(whole, slot, unsaid.written)
  await finds(t, 'said, and not done', [whole, '--key', unsaid.signer.verifierKey], ['1 0 retire-unfinished'])
  await finds(t, 'of another root', await gone((it) => (it.root = createHash('sha256').digest('base64'))), ['1 256 retire-mismatch'])
  const [named = ''] = await gone()
  t.equal((await verifyJson(named)).logs[0].keys, 'own', 'the keys that it names are believed where the opening went with it')
  await finds(t, 'by the keys that it names', [named], [])
  const unnamed = (await gone((it) => (it.keys = [])))[0] ?? ''
  t.ok(
    (await verifyJson(unnamed)).inShort.some((each) => each.endsWith('checkpoint-invalid')),
    'where none is named, none is believed',
  )
  const [folder = '', ...key] = await gone()
  rmSync(join(folder, slot, 'tile/0/000'))
  const found = (await verifyJson(folder, ...key)).inShort
  t.ok(
    found.includes('1 0 entry-missing') && found.some((each) => each.endsWith('checkpoint-root')),
    'without its tile nothing shows what was there',
  )
})

t.test('when a key changes both sign until the next month, and the new one is one of this log', async (t) => {
  const { written, signer } = await writeLog()
  const next = newSigner()
  const december = 10
  const february = 19
  const changing = (change: object, by: (size: number) => readonly NoteSigner[]) => {
    const entries = written.entries.with(
      december,
      edited(written.entries[december], (it) => (it.key_change = change)),
    )
    const { leaves, checkpoints } = rewritten(written, entries, signer)
    const notes = checkpoints.map(({ size }) => {
      const text = checkpointText(log, new Tree().extended(leaves.slice(0, size)))
      return {
        size,
        note: `${text}\n${by(size)
          .map((each) => each.sign(text).slice(text.length + 1))
          .join('')}`,
      }
    })
    const folder = temporaryFolder(t)
    writeFolder(folder, slot, { entries, leaves, checkpoints: notes })
    return [folder, '--key', signer.verifierKey]
  }
  const change = { from: signer.verifierKey, to: next.verifierKey }
  const due = (size: number) => (size <= december ? [signer] : size <= february ? [signer, next] : [next])
  await finds(t, 'as it must be', changing(change, due), [])
  await finds(
    t,
    'the old one stops at once',
    changing(change, (size) => (size <= december ? [signer] : [next])),
    [...['13', '16', '19'].map((size) => `1 ${size} checkpoint-invalid`), '1 19 key-change', '1 22 checkpoint-invalid'],
  )
  await finds(
    t,
    'the new one does not sign',
    changing(change, () => [signer]),
    [...['13', '16', '19'].map((size) => `1 ${size} checkpoint-invalid`), '1 19 key-change', '1 22 checkpoint-invalid'],
  )
  const beyond = ['22'].map((size) => `1 ${size} checkpoint-invalid`)
  await finds(t, 'from a key that does not sign', changing({ ...change, from: newSigner().verifierKey }, due), [
    '1 10 key-change',
    ...beyond,
  ])
  await finds(t, 'to the same', changing({ ...change, to: signer.verifierKey }, due), ['1 10 key-change', ...beyond])
  await finds(t, 'to what is none', changing({ ...change, to: 'x' }, due), ['1 10 key-change', ...beyond])
})

t.test('logs bear witness to each other', async (t) => {
  const { written, signer } = await writeLog()
  const another = 'linkage.example/log/2'
  /** A second log that says how the first one stood. */
  const witness = (of: { size: number; root: Buffer }, ended = false) => {
    const head = { log, root: of.root.toString('base64'), size: of.size, slot }
    const opening = edited(written.entries[0], (it) =>
      Object.assign(it, { id: newId(), log: another, slot: '2', heads: [head], verifier_key: other.verifierKey }),
    )
    const ending = abandonEntry(
      { id: newId(), checkpoint: undefined, document: '文號', head: head as never },
      { at: '2026-11-24T02:00:00.000Z', clock: undefined },
    )
    const entries = ended ? [opening, Buffer.from(ending)] : [opening]
    const leaves = entries.map((each) => leafHash(each))
    const note = other.sign(checkpointText(another, new Tree().extended(leaves)))
    return { entries, leaves, checkpoints: [{ size: entries.length, note }] }
  }
  const other = newSigner(another)
  const folderOf = (first: Written, second: Written) => {
    const folder = temporaryFolder(t)
    writeFolder(folder, '1', first)
    writeFolder(folder, '2', second)
    return [folder, '--key', signer.verifierKey, other.verifierKey]
  }
  const whole = (size: number) => new Tree().extended(written.leaves.slice(0, size))
  // What the first log says of the second one was made up: that is found too.
  const madeUp = ['2 1 known-beyond', '2 1 known-beyond', '2 1 known-beyond']
  const agreed = await verifyJson(...folderOf(written, witness({ size: 19, root: whole(19).root })))
  t.same(agreed.inShort, madeUp)
  t.same(agreed.logs[0].limits, [])
  t.equal(agreed.logs[0].known_to, 19)
  const cut = {
    ...written,
    entries: written.entries.slice(0, 16),
    leaves: written.leaves.slice(0, 16),
    checkpoints: written.checkpoints.filter(({ size }) => size <= 16),
  }
  t.same((await verifyJson(...folderOf(cut, witness({ size: 19, root: whole(19).root })))).inShort, [
    '1 16 known-beyond',
    ...madeUp.slice(1),
  ])
  t.same((await verifyJson(...folderOf(written, witness({ size: 19, root: whole(18).root })))).inShort, ['1 19 known-root', ...madeUp])
  const goesOn = await verifyJson(...folderOf(written, witness({ size: 19, root: whole(19).root }, true)))
  t.same(goesOn.inShort, ['2 2 known-beyond', '2 2 known-beyond', '2 2 known-beyond', '1 19 log-ended'])
  const [folder = '', ...keys] = folderOf(cut, witness({ size: 19, root: whole(19).root }))
  t.same((await verifyJson(folder, '--slot', '1', ...keys)).inShort, ['1 16 known-beyond'], 'also where only one is asked for')
})

t.test('memory does not grow with the log', async (t) => {
  const writing = await beginning()
  while (writing.size < 2_000) writing.batch('2026-11-24T02:00:01.000Z', ...Array.from({ length: 200 }, () => writing.query(education)))
  const { entries } = writing.written
  let most = 0
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
  /** The same entries over and over: their numbers repeat, which is found and counted, and nothing is kept of it. */
  const repeated = {
    slot,
    log,
    size: entries.length * 100,
    async *entries() {
      for (let again = 0; again < 100; again += 1) {
        yield entries.map((bytes, index) => ({ index: again * entries.length + index, bytes }))
        globalThis.gc?.()
        most = Math.max(most, process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before)
      }
    },
    async *checkpoints() {},
    async *statements() {},
    async *notReleased() {},
    entry: async () => undefined,
  }
  const run = verifyLogs({ logs: [repeated], partialTiles: false }, { now: muchLater, trusted: [], kept: [] })
  let findings = 0
  for await (const _finding of run) findings += 1
  t.ok(findings > 0 && findings < 1_000, `${findings} findings`)
  t.ok(
    most < 64 * 2 ** 20,
    `${Math.round(most / 2 ** 20)} MiB for ${Math.round((100 * entries.reduce((sum, each) => sum + each.length, 0)) / 2 ** 20)} MiB of entries`,
  )
})
