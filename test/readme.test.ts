// readme.test.ts: the README says what the code does.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { problems } from '../src/problems.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

t.test('its table of problems is the table of the code', async (t) => {
  const rows = [...readme.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| (.+) \|$/gm)].map(([, code, status, title]) => [
    code,
    Number(status),
    title,
  ])
  const table = Object.entries(problems).filter(([code]) => code !== 'released')
  t.same(
    rows,
    table.map(([code, { status, title, titleZh }]) => [code, status, `${titleZh} ${title}`]),
  )
})

t.test('every script, file and command that it names is there', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const [, name] of readme.matchAll(/npm run ([\w:]+)/g)) t.ok(scripts[name ?? ''], `npm run ${name}`)
  for (const [, path] of readme.matchAll(/\]\(([^)]+)\)/g)) t.ok(existsSync(join(root, path ?? '')), String(path))
  for (const [, path] of readme.matchAll(/`(src\/[\w./-]+)`/g)) t.ok(existsSync(join(root, path ?? '')), String(path))
  const main = readFileSync(join(root, 'src', 'main.ts'), 'utf8')
  for (const [, command] of readme.matchAll(/npx linkage (\w+)/g)) t.ok(main.includes(`${command}Command()`), `linkage ${command}`)
})

t.test('the lockfile records no download addresses', async (t) => {
  t.notMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved"|https?:\/\/registry/)
})
