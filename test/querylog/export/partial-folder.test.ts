// partial-folder.test.ts: names of files in a folder that is being written: as people call them, and none that leads out of it or is hidden.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PartialFolder, partialName } from '../../../src/querylog/export/partial-folder.ts'
import { temporaryFolder } from '../../store/server.ts'

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
  t.equal(readFileSync(join(partialName(final), '1.ndjson'), 'utf8'), 'one\n')
  await folder.append('1.ndjson', Buffer.from('two\n'))
  folder.save(2)
  await folder.leave()
  const again = await PartialFolder.resume(final)
  t.equal(again.saved, 2, 'who lets go waits for a point that is being made')
  t.equal(readFileSync(join(partialName(final), '1.ndjson'), 'utf8'), 'one\ntwo\n')
  await again.folder.finish()
})

t.test('once a file could not be made durable no point is made, and the folder gets no name', async (t) => {
  const final = join(temporaryFolder(t), 'out')
  const begun = await PartialFolder.begin(final)
  await begun.save(1)
  await begun.put('a', 'a')
  rmSync(join(partialName(final), 'a'))
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
