// evidence.test.ts: what docs/evidence.md says is shown by a test is shown by a test of that title, and what it links to is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { uncheckedCodes } from '../src/verifier/draws/unchecked.ts'
import { evidenceRows } from './evidence.ts'

const root = join(import.meta.dirname, '..')
const rows = evidenceRows()

t.test('every row is shown by a test of that title', async (t) => {
  t.ok(rows.length > 20)
  for (const { act, file, title } of rows) {
    const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : ''
    t.ok(
      [`'${title}'`, `\`${title}\``, `"${title}"`].some((quoted) => text.includes(quoted)),
      `${act}: ${file} has no test called "${title}"`,
    )
  }
})

t.test('every act of the attacks on the log has its row', async (t) => {
  const files = readdirSync(join(root, 'test/attacks')).filter((name) => /^log-.*\.test\.ts$/.test(name))
  t.ok(files.length >= 2)
  for (const name of files) {
    const text = readFileSync(join(root, 'test/attacks', name), 'utf8')
    const titles = [...text.matchAll(/(?:act: |t\.test\(\s*)(['"`])(.+?)\1,/g)].map(([, , title]) => title ?? '')
    t.ok(titles.length > 0, name)
    for (const title of titles.filter((each) => !each.startsWith('docs/evidence.md')))
      t.ok(
        rows.some((row) => row.file === `test/attacks/${name}` && row.title === title),
        `docs/evidence.md has no row for ${name} "${title}"`,
      )
  }
})

t.test('what it links to is there', async (t) => {
  const text = readFileSync(join(root, 'docs/evidence.md'), 'utf8')
  for (const [, path = ''] of text.matchAll(/\]\(([^)]+)\)/g)) t.ok(existsSync(join(root, 'docs', path)), path)
  for (const [, path = ''] of text.matchAll(/`((?:src|test|migrations)\/[\w./-]+)`/g)) t.ok(existsSync(join(root, path)), path)
})

t.test('what is not checked of draws is told there, code by code', async (t) => {
  const text = readFileSync(join(root, 'docs/evidence.md'), 'utf8')
  const told = [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code)
  t.same(told.sort(), Object.keys(uncheckedCodes).sort())
})
