// demo.test.ts: the demo in its folder: alone there, leaving what is not its own.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startDemo } from '../../src/cli/demo/command.ts'
import { openDepartment } from '../../src/cli/demo/department.ts'

/** With a space and what no ASCII knows: people have such folders. */
function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'linkage 示範 '))
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  return folder
}

t.test('a second one in the folder of one that runs is refused, and changes nothing of it', async (t) => {
  const folder = newFolder(t)
  const demo = await startDemo(folder)
  const file = join(folder, 'config', 'gateway.yaml')
  const before = readFileSync(file, 'utf8')
  await t.rejects(startDemo(folder), { code: 'folder-held', message: new RegExp(`in use by process ${process.pid} `) })
  t.equal(readFileSync(file, 'utf8'), before, 'where the first one listens still stands there')
  await demo.stop()
  const again = await startDemo(folder)
  await again.stop()
  t.equal(again.department.drawn.keys['edu-2026a'], demo.department.drawn.keys['edu-2026a'], 'behind it the keys are the same')
})

t.test('a folder that holds something else is refused, and nothing in it is written over', async (t) => {
  for (const name of ['config', 'keys']) {
    const folder = newFolder(t)
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'gateway.yaml'), 'own: true\n')
    await t.rejects(openDepartment(folder), { message: new RegExp(`${name} is of no demo`) })
    t.same(readdirSync(folder), [name])
    t.equal(readFileSync(join(folder, name, 'gateway.yaml'), 'utf8'), 'own: true\n')
  }
})
