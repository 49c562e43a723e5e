// write-whole.test.ts: in a folder that others write into, a file is there whole or not, and nothing of theirs is followed or replaced.
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { writeWhole } from '../../../src/cli/log/write-whole.ts'

const there = { code: 'usage', message: /已存在/ }

function folderOf(t: Test): { readonly path: string; readonly folder: string; readonly victim: string } {
  const folder = t.testdir({ out: {}, victim: 'precious' })
  return { folder: join(folder, 'out'), path: join(folder, 'out', 'proof'), victim: join(folder, 'victim') }
}

/** How a file gets its name, until the test ends. */
function whenNamed(t: Test, act: (path: string) => void): void {
  const { link, rename } = promises
  const set = (functions: object): void => {
    Object.assign(promises, functions)
    syncBuiltinESMExports()
  }
  const before =
    (then: typeof link): typeof link =>
    async (from, to) => {
      act(String(to))
      await then(from, to)
    }
  set({ link: before(link), rename: before(rename) })
  t.teardown(() => set({ link, rename }))
}

t.test('whole, of this user alone, and nothing beside it; never over what is there', async (t) => {
  const { folder, path } = folderOf(t)
  t.equal(await writeWhole(path, '證明\n'), path)
  t.equal(readFileSync(path, 'utf8'), '證明\n')
  t.equal(statSync(path).mode & 0o777, 0o600)
  await t.rejects(writeWhole(path, 'other'), there)
  t.equal(readFileSync(path, 'utf8'), '證明\n')
  t.same(readdirSync(folder), ['proof'])
})

t.test('a link that somebody laid is not followed, whether it leads somewhere or not', async (t) => {
  const { folder, path, victim } = folderOf(t)
  symlinkSync(victim, `${path}.partial`)
  await writeWhole(path, 'proof')
  t.equal(readFileSync(victim, 'utf8'), 'precious')
  const dangling = join(folder, 'dangling')
  symlinkSync(join(folder, 'nowhere'), dangling)
  await t.rejects(writeWhole(dangling, 'proof'), there)
  t.same(readdirSync(folder).sort(), ['dangling', 'proof', 'proof.partial'])
})

t.test('what appears under the name meanwhile stays', async (t) => {
  const { folder, path } = folderOf(t)
  whenNamed(t, (to) => writeFileSync(to, 'theirs'))
  await t.rejects(writeWhole(path, 'ours'), there)
  t.equal(readFileSync(path, 'utf8'), 'theirs')
  t.same(readdirSync(folder), ['proof'])
})

t.test('a file system without links takes a copy, and that replaces nothing either', async (t) => {
  const { folder, path, victim } = folderOf(t)
  let appears: (to: string) => void = () => undefined
  whenNamed(t, (to) => {
    appears(to)
    throw Object.assign(new Error('no links here'), { code: 'EPERM' })
  })
  await writeWhole(path, 'proof')
  t.equal(readFileSync(path, 'utf8'), 'proof')
  t.equal(statSync(path).mode & 0o777, 0o600)
  appears = (to) => symlinkSync(victim, to)
  await t.rejects(writeWhole(`${path}2`, 'proof'), there)
  t.equal(readFileSync(victim, 'utf8'), 'precious')
  t.same(readdirSync(folder).sort(), ['proof', 'proof2'])
})

t.test('what cannot be written leaves nothing', async (t) => {
  const { folder, path } = folderOf(t)
  whenNamed(t, () => {
    throw Object.assign(new Error('the disk is gone'), { code: 'EIO' })
  })
  await t.rejects(writeWhole(path, 'proof'), { code: 'EIO' })
  t.same(readdirSync(folder), [])
})
