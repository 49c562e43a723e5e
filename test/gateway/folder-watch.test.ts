// folder-watch.test.ts: however a file is saved, it is told; however often, the last change is.
import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FolderWatch } from '../../src/gateway/folder-watch.ts'

/** A small folder, and how often a change was told. */
function scene(t: Test, look: number, quiet = 10) {
  const config = { 'gateway.yaml': 'a: 1\n', agencies: { 'x.yaml': 'id: x\n' }, data: { postgres: 'pages' } }
  const outside = t.testdir({ config })
  const root = join(outside, 'config')
  let told = 0
  let waiting: (() => void) | undefined
  const watch = new FolderWatch(
    root,
    () => {
      told += 1
      waiting?.()
    },
    { quiet, latest: 300, look, unwatched: (error) => t.error(error) },
  )
  t.teardown(() => watch.end())
  return {
    outside,
    root,
    watch,
    get told() {
      return told
    },
    /** Does something; resolves once it is told. */
    whenTold: (act: () => void): Promise<void> =>
      new Promise((resolve) => {
        waiting = resolve
        act()
      }),
  }
}
const never = 3_600_000
// Watching keeps no process alive; waiting for it here must.
const alive = setInterval(() => undefined, 1_000)
t.teardown(() => clearInterval(alive))
/** Long after a change would have been told. */
const aWhile = (): Promise<void> => new Promise((over) => setTimeout(over, 150))

t.test('what the kernel tells', async (t) => {
  const { root, whenTold } = scene(t, never)
  const x = join(root, 'agencies', 'x.yaml')
  for (const [title, act] of [
    ['written in place', () => writeFileSync(x, 'id: y\n')],
    [
      'written beside and renamed over it, as editors do',
      () => {
        writeFileSync(`${x}.tmp`, 'id: z\n')
        renameSync(`${x}.tmp`, x)
      },
    ],
    ['written in place again, after the rename', () => writeFileSync(x, 'id: a\n')],
    ['one more file', () => writeFileSync(join(root, 'agencies', 'new.yaml'), 'id: new\n')],
    ['a file that goes', () => rmSync(join(root, 'agencies', 'new.yaml'))],
    ['a subfolder that was not there', () => mkdirSync(join(root, 'rosters'))],
    ['a file in it', () => writeFileSync(join(root, 'rosters', 'x.csv'), '帳號\n')],
    [
      'a subfolder that is replaced as a whole',
      () => {
        cpSync(join(root, 'agencies'), join(root, 'other'), { recursive: true })
        renameSync(join(root, 'agencies'), join(root, 'old'))
        renameSync(join(root, 'other'), join(root, 'agencies'))
      },
    ],
    ['a file in the one that replaced it', () => writeFileSync(x, 'id: b\n')],
    ['the root’s own', () => writeFileSync(join(root, 'gateway.yaml'), 'a: 2\n')],
  ] as const) {
    await whenTold(act)
    t.pass(title)
    await aWhile()
  }
})

t.test('a folder that goes and comes back between two looks', async (t) => {
  const { outside, root, whenTold } = scene(t, 200)
  await aWhile()
  await whenTold(() => renameSync(root, join(outside, 'gone')))
  // Nothing listens to what is not there, and it looks as it did when it was looked at last.
  await whenTold(() => renameSync(join(outside, 'gone'), root))
  t.pass('is told of twice')
})

t.test('many changes in a row are told once, after the last', async (t) => {
  const scenery = scene(t, never)
  const { root, whenTold } = scenery
  await whenTold(() => {
    for (let at = 0; at < 200; at += 1) writeFileSync(join(root, 'gateway.yaml'), `a: ${at}\n`)
  })
  await aWhile()
  t.ok(scenery.told <= 2, 'not two hundred times')
})

t.test('changes without a pause hold nothing up', async (t) => {
  const scenery = scene(t, never, 200)
  const { root } = scenery
  const writing = setInterval(() => writeFileSync(join(root, 'scratch'), String(Date.now())), 10)
  await new Promise((over) => setTimeout(over, 1_500))
  clearInterval(writing)
  t.ok(scenery.told >= 2, 'told though they go on')
  t.ok(scenery.told <= 6, 'and not for each')
})

t.test('what the kernel does not tell is seen by looking', async (t) => {
  const { outside, root, whenTold, watch } = scene(t, 20)
  await aWhile()
  cpSync(root, join(outside, 'v2'), { recursive: true })
  writeFileSync(join(outside, 'v2', 'agencies', 'x.yaml'), 'id: other\n')
  await whenTold(() => {
    // A folder that is a link to the one in force, as container platforms mount them: only the link changes.
    rmSync(root, { recursive: true })
    symlinkSync(join(outside, 'v2'), root)
  })
  t.pass('a link that points elsewhere')
  await aWhile()
  await whenTold(() => utimesSync(join(outside, 'v2', 'gateway.yaml'), new Date(1_000), new Date(1_000)))
  t.pass('another time of change')
  await whenTold(() => rmSync(root))
  t.pass('a folder that vanishes')
  await aWhile()
  await whenTold(() => symlinkSync(join(outside, 'v2'), root))
  t.pass('and comes back')
  watch.end()
})

t.test('what is no configuration is not told, nor anything after the end', async (t) => {
  const scenery = scene(t, 20)
  const { root, watch } = scenery
  await aWhile()
  const before = scenery.told
  writeFileSync(join(root, 'data', 'postgres'), 'other pages')
  await aWhile()
  t.equal(scenery.told, before)
  watch.end()
  writeFileSync(join(root, 'gateway.yaml'), 'a: 3\n')
  await aWhile()
  t.equal(scenery.told, before)
})
