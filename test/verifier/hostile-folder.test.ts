// hostile-folder.test.ts: an export that somebody made to keep whoever verifies it busy, or to fill their memory: it is told, and soon.
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { Tree } from '../../src/querylog/tree.ts'
import { openFolder } from '../../src/verifier/folder.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { temporaryFolder } from '../store/server.ts'
import { findingsOf, muchLater } from './verifying.ts'
import { writeFolder } from './written-folder.ts'
import { education, log, policies, slot, WritingLog } from './written-log.ts'

const writing = new WritingLog({ heads: [] })
writing.batch('2026-11-24T02:00:00.000Z', writing.opening(), await writing.key())
for (const policy of policies.slice(0, 1)) writing.batch('2026-11-24T02:00:00.500Z', writing.policy(policy))
while (writing.size < 300) writing.batch('2026-11-24T02:00:01.000Z', ...Array.from({ length: 30 }, () => writing.query(education)))
const { written } = writing

function folderOf(t: Test, spoil: (file: (name: string) => string) => void): string {
  const folder = temporaryFolder(t)
  writeFolder(folder, slot, written)
  spoil((name) => {
    const path = join(folder, slot, name)
    mkdirSync(dirname(path), { recursive: true })
    return path
  })
  return folder
}

const verify = async (folder: string) =>
  (await findingsOf(await openFolder(folder), { now: muchLater, trusted: [readVerifierKey(writing.signer.verifierKey)], kept: [] })).map(
    ({ code, expected, found, index }) => ({ code, expected, found, index }),
  )

const longest = Number.MAX_SAFE_INTEGER
const endless = writing.signer.sign(checkpointText(log, { size: longest, root: new Tree().extended(written.leaves).root }))

t.test('as it was written', async (t) => t.same(await verify(folderOf(t, () => undefined)), []))

t.test('a checkpoint that says how long a log is makes nobody look for each entry of it', { timeout: 20_000 }, async (t) => {
  const found = await verify(
    folderOf(t, (file) => {
      writeFileSync(file('checkpoint'), endless)
      // One more bundle, as far away as can be, and nothing between.
      writeFileSync(file('tile/entries/x035/x184/x372/x088/830'), Buffer.of(0, 1, 0))
    }),
  )
  const codes = new Set(found.map(({ code }) => code))
  t.ok(codes.has('entry-missing') && codes.has('bundle-malformed') && codes.has('checkpoint-root'), [...codes].join())
  t.ok(found.some(({ code, index }) => code === 'entry-missing' && index === 512))
})

t.test('a file is read no further than it may be long', async (t) => {
  const terabyte = 2 ** 40
  const long = (name: string) => folderOf(t, (file) => truncateSync(file(name), terabyte))
  t.same(await verify(long('tile/0/000')), [
    { code: 'tile-mismatch', expected: 'the hashes of the entries', found: 'another tile/0/000', index: 0 },
  ])
  t.same(
    (await verify(long('tile/entries/000'))).map(({ code }) => code),
    ['bundle-malformed'],
  )
  t.same(
    (await verify(long('checkpoints/273'))).map(({ code, index }) => `${index} ${code}`),
    ['273 checkpoint-invalid'],
  )
  t.ok((await verify(long('checkpoint'))).some(({ code }) => code === 'checkpoint-invalid'))
})

t.test('what is no file is as if it were not there', async (t) => {
  const instead = (name: string) =>
    folderOf(t, (file) => {
      rmSync(file(name))
      mkdirSync(file(name))
    })
  t.same(
    (await verify(instead('tile/0/000'))).map(({ code }) => code),
    ['tile-missing'],
  )
  t.ok((await verify(instead('tile/entries/000'))).some(({ code, index }) => code === 'entry-missing' && index === 0))
  t.ok((await verify(instead('checkpoint'))).some(({ code }) => code === 'checkpoint-missing'))
})
