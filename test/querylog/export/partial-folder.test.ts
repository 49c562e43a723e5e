// partial-folder.test.ts: names of files in a folder that is being written: as people call them, and none that leads out of it or is hidden.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PartialFolder } from '../../../src/querylog/export/partial-folder.ts'
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
