// demo.test.ts: the demo in its folder: alone there, leaving what is not its own, and stopped with all that it started, whenever it is told to.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startDemo } from '../../src/cli/demo/command.ts'
import { openDepartment, setPorts } from '../../src/cli/demo/department.ts'
import { livingPostmaster } from '../../src/store/postmaster.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')

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

t.test('told to stop while it starts', async (t) => {
  for (const [title, signal, argumentsOf] of [
    ['the demo', 'SIGINT', (folder: string) => ['demo', '--folder', folder]],
    ['a gateway', 'SIGTERM', (folder: string) => ['serve', join(folder, 'config')]],
  ] as const)
    await t.test(title, async (t) => {
      const folder = newFolder(t)
      const { config } = await openDepartment(folder)
      setPorts(config, { public: 0, admin: 0, upstream: 'http://127.0.0.1:9' })
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...argumentsOf(folder)], { stdio: 'ignore' })
      const ended = once(child, 'exit')
      const cluster = join(folder, 'postgres', 'postgres')
      while (!existsSync(join(cluster, 'postmaster.pid'))) await sleep(5)
      child.kill(signal)
      t.same(await ended, [0, null], 'it ends by itself')
      const left = livingPostmaster(cluster)
      if (left !== undefined) process.kill(left.pid, 'SIGQUIT')
      t.equal(left, undefined, 'and the database that it started with it')
    })
})

t.test('npm that is told to stop stops the demo that it runs', async (t) => {
  const folder = newFolder(t)
  const child = spawn('npm', ['start', '--', '--folder', folder], {
    cwd: join(main, '..', '..'),
    detached: true, // a group of its own, so that what stays can be ended below
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = once(child, 'exit')
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  while (!said.includes('Ctrl-C')) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${said}`)
    await sleep(20)
  }
  child.kill('SIGTERM')
  t.same(await ended, [0, null], 'it ends when the demo has')
  const left = livingPostmaster(join(folder, 'postgres', 'postgres'))
  if (left !== undefined && child.pid !== undefined) {
    process.kill(-child.pid, 'SIGTERM')
    process.kill(left.pid, 'SIGQUIT')
  }
  t.equal(left, undefined, 'a shell between the two would end alone, and leave gateway and database behind')
})

t.test('a port that is in use: which one is said, and how to change it; nothing that was started stays', async (t) => {
  const other = createServer()
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
  t.teardown(() => other.close())
  const address = other.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  for (const listener of ['public', 'admin'] as const) {
    const folder = newFolder(t)
    const { config } = await openDepartment(folder)
    setPorts(config, { public: 0, admin: 0, upstream: 'http://127.0.0.1:9', [listener]: address.port })
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    t.same(await once(child, 'close'), [3, null], `${listener}: could not run`)
    t.equal(
      said,
      `Port ${address.port} of 127.0.0.1 is in use. Stop the process that listens there, or give another port in gateway.yaml.\n`,
    )
    const cluster = join(folder, 'postgres', 'postgres')
    const left = livingPostmaster(cluster)
    if (left !== undefined) process.kill(left.pid, 'SIGQUIT')
    t.equal(left, undefined, 'the database is stopped')
  }
})
