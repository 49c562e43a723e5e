// partial-folder.test.ts: names of files in a folder that is being written: as people call them, and none that leads out of it or is hidden.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import { PartialFolder, partialName } from '../../../src/querylog/export/partial-folder.ts'
import { temporaryFolder } from '../../store/server.ts'

const contentOf = (final: string): string => join(partialName(final), 'content')

t.test('Chinese names, and folders of them', async (t) => {
  const final = join(temporaryFolder(t), 'out')
  const folder = await PartialFolder.begin(final)
  const names = [
    '讀我.txt',
    '115H1_379110000E_稽核紀錄表_國小教育科（附設𠮷班）.ods',
    '技術檔案_無須開啟/technical/1/tile/0/x001/234.p/5',
    'a b.csv',
  ]
  for (const name of names) await folder.put(name, name)
  await folder.append('技術檔案_無須開啟/records-001.csv', Buffer.from('a'))
  await folder.finish()
  for (const name of names) t.equal(readFileSync(join(final, name), 'utf8'), name)
})

t.test('a name that leads out of the folder, is hidden, or that some system cannot hold, is none', async (t) => {
  const parent = temporaryFolder(t)
  const folder = await PartialFolder.begin(join(parent, 'out'))
  for (const name of [
    '../a',
    '/a',
    'a/../../b',
    '..',
    '.a',
    'a/.b',
    '',
    'a//b',
    'a/',
    'a\\b',
    'C:a',
    'a\nb',
    'a\0',
    'a*',
    '技術/../../讀我.txt',
  ]) {
    await t.rejects(folder.put(name, 'x'), /expected the name of a file in it/, JSON.stringify(name))
    await t.rejects(folder.append(name, Buffer.from('x')), /expected the name of a file in it/, JSON.stringify(name))
  }
  await folder.discard()
  t.same(readdirSync(parent), [])
  t.notOk(existsSync(join(parent, '..', '讀我.txt')))
})

t.test('what is written while a point is made belongs to the next', async (t) => {
  const final = join(temporaryFolder(t), 'out')
  const begun = await PartialFolder.begin(final)
  await begun.append('1.ndjson', Buffer.from('one\n'))
  const first = begun.save(1)
  await begun.append('1.ndjson', Buffer.from('two\n'))
  await begun.append('2.ndjson', Buffer.from('three\n'))
  await first
  await begun.leave()
  const { folder, saved } = await PartialFolder.resume(final)
  t.equal(saved, 1)
  t.equal(readFileSync(join(contentOf(final), '1.ndjson'), 'utf8'), 'one\n')
  await folder.append('1.ndjson', Buffer.from('two\n'))
  folder.save(2)
  await folder.leave()
  const again = await PartialFolder.resume(final)
  t.equal(again.saved, 2, 'who lets go waits for a point that is being made')
  t.equal(readFileSync(join(contentOf(final), '1.ndjson'), 'utf8'), 'one\ntwo\n')
  await again.folder.finish()
})

t.test('once a file could not be made durable no point is made, and the folder gets no name', async (t) => {
  const final = join(temporaryFolder(t), 'out')
  const begun = await PartialFolder.begin(final)
  await begun.save(1)
  await begun.put('a', 'a')
  rmSync(join(contentOf(final), 'a'))
  await t.rejects(begun.save(2), { code: 'ENOENT' })
  await begun.put('a', 'a')
  await t.rejects(begun.save(3), { code: 'ENOENT' })
  await t.rejects(begun.finish(), { code: 'ENOENT' })
  t.notOk(existsSync(final))
  await begun.leave()
  const { folder, saved } = await PartialFolder.resume(final)
  t.equal(saved, 1)
  await folder.discard()
})

t.test('more files than wait for one point', async (t) => {
  const final = join(temporaryFolder(t), 'out')
  const begun = await PartialFolder.begin(final)
  const names = Array.from({ length: 700 }, (_, at) => `${at % 3}/${at}`)
  await Promise.all(names.map((name) => begun.put(name, name)))
  await begun.finish()
  for (const name of names) t.equal(readFileSync(join(final, name), 'utf8'), name)
})

/** Runs with the nth call that changes the disk, or opens what is to be made durable, refused: what comes behind it never happens. */
async function cutAt(nth: number, run: () => Promise<void>): Promise<boolean> {
  const { open, rename, rm, rmdir } = fs
  let calls = 0
  const counted =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (calls++ >= nth) throw new Error('cut')
      return call(...args)
    }
  Object.assign(fs, { open: counted(open), rename: counted(rename), rm: counted(rm), rmdir: counted(rmdir) })
  syncBuiltinESMExports()
  try {
    await run()
    return false
  } catch (error) {
    if (!(error instanceof Error && error.message === 'cut')) throw error
    return true
  } finally {
    Object.assign(fs, { open, rename, rm, rmdir })
    syncBuiltinESMExports()
  }
}

t.test('cut at any step of its ending a folder is gone on with, and once it has its name it is whole', async (t) => {
  const parent = temporaryFolder(t)
  const files = { '1.ndjson': 'one\n', 'sub/README.txt': 'two', 'progress.json': 'a file like any other' }
  let [cuts, named] = [0, 0]
  for (; ; cuts += 1) {
    const final = join(parent, String(cuts))
    const begun = await PartialFolder.begin(final)
    await begun.append('1.ndjson', Buffer.from(files['1.ndjson']))
    await begun.put('progress.json', files['progress.json'])
    await begun.save('state')
    await begun.put('sub/README.txt', files['sub/README.txt'])
    if (!(await cutAt(cuts, () => begun.finish()))) break
    await begun.leave()
    if (existsSync(final)) named += 1
    await t.rejects(PartialFolder.begin(final), { code: 'usage' }, `cut ${cuts}`)
    try {
      const { folder, isWhole, saved } = await PartialFolder.resume(final)
      t.equal(saved, 'state', `cut ${cuts}`)
      t.equal(isWhole, existsSync(final), `cut ${cuts}`)
      if (!isWhole) await folder.put('sub/README.txt', files['sub/README.txt'])
      await folder.finish()
    } catch (error) {
      t.match(error, { code: 'usage', message: /whole/ }, `cut ${cuts}`)
    }
    for (const [name, content] of Object.entries(files)) t.equal(readFileSync(join(final, name), 'utf8'), content, `cut ${cuts}: ${name}`)
    t.same(readdirSync(final).sort(), ['1.ndjson', 'progress.json', 'sub'], `cut ${cuts}`)
    t.notOk(existsSync(partialName(final)), `cut ${cuts}: nothing of the work is left`)
  }
  t.ok(named > 0 && cuts > named, `${cuts} cuts, ${named} of them behind the name`)
})

t.test('what is gone gets no name', async (t) => {
  const final = join(temporaryFolder(t), 'export')
  const folder = await PartialFolder.begin(final)
  await folder.append('1.ndjson', Buffer.from('one'))
  await folder.save('state')
  rmSync(folder.path, { recursive: true })
  await t.rejects(folder.finish(), { code: 'ENOENT' })
  await folder.leave()
  t.notOk(existsSync(final))
  await t.rejects(PartialFolder.resume(final), { code: 'usage', message: /No interrupted export/ })
})
