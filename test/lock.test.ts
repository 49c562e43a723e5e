// lock.test.ts: a folder has one holder, and none once that process is gone.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { FolderHeld, holdFolder } from '../src/lock.ts'

const temporary = mkdtempSync(join(tmpdir(), 'linkage-lock-'))
t.teardown(() => rmSync(temporary, { recursive: true }))
const lock = join(import.meta.dirname, '../src/lock.ts')
const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e']
const hold = `import { holdFolder } from ${JSON.stringify(lock)}; holdFolder(process.argv[1])`
const holdInOtherProcess = (folder: string) => spawnSync(process.execPath, [...options, hold, folder], { encoding: 'utf8' })

t.test('the folder is made for its holder alone; a second holder is refused and told who holds it', (t) => {
  const folder = join(temporary, 'a', 'b')
  const held = holdFolder(folder)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(join(folder, 'lock.db')).mode & 0o777, 0o600)
  t.throws(() => holdFolder(folder), { code: 'folder-held', holder: new RegExp(`^process ${process.pid} on host ${hostname()} since 20`) })
  t.match(
    holdInOtherProcess(folder),
    { status: 1, stderr: new RegExp(`in use by process ${process.pid} on host`) },
    'also after a refusal within the process',
  )
  t.match(holdInOtherProcess(folder), { status: 1 })
  held.release()
  held.release()
  t.notOk(existsSync(join(folder, 'lock.holder')))
  t.match(holdInOtherProcess(folder), { status: 0 })
  holdFolder(folder).release()
  t.end()
})

t.test('kill -9 frees it, and what the dead holder wrote decides nothing', async (t) => {
  const folder = join(temporary, 'killed')
  const child = spawn(process.execPath, [...options, `${hold}; console.log('held'); setInterval(() => {}, 1000)`, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  t.throws(() => holdFolder(folder), { name: 'FolderHeld', message: new RegExp(`process ${child.pid} `) })
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
  t.match(readFileSync(join(folder, 'lock.holder'), 'utf8'), String(child.pid))
  const held = holdFolder(folder)
  t.match(readFileSync(join(folder, 'lock.holder'), 'utf8'), `process ${process.pid} `)
  held.release()
})

t.test('a lock whose holder text is lost is still a lock', (t) => {
  const folder = join(temporary, 'silent')
  const held = holdFolder(folder)
  rmSync(join(folder, 'lock.holder'))
  t.throws(() => holdFolder(folder), new FolderHeld(folder, 'a process that did not say who it is'))
  held.release()
  t.end()
})

t.test('what cannot be a folder of ours is said with its path', (t) => {
  const file = join(temporary, 'file')
  writeFileSync(file, '')
  t.throws(() => holdFolder(file), { message: new RegExp(`^${file}: expected a folder that this user can write`) })
  const foreign = join(temporary, 'foreign')
  holdFolder(foreign).release()
  writeFileSync(join(foreign, 'lock.db'), 'this is no database, but it is long enough to be looked at as one')
  t.throws(() => holdFolder(foreign), { message: /foreign: expected a folder/ })
  t.end()
})

t.test('a folder that may not be written is refused', { skip: process.geteuid?.() === 0 ? 'root may write everywhere' : false }, (t) => {
  const folder = join(temporary, 'closed')
  holdFolder(folder).release()
  chmodSync(folder, 0o500)
  t.throws(() => holdFolder(folder), { message: /expected a folder that this user can write/ })
  chmodSync(folder, 0o700)
  t.end()
})
