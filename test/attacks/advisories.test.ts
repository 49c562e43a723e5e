// advisories.test.ts: docs/attacks.md and the tests name the same advisories, and every test of an attack counts in one class.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { classes } from './classes.ts'

const advisories = (text: string): string[] => text.match(/CVE-\d{4}-\d+|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}/g) ?? []
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'attacks.md'), 'utf8')
const rows = [...page.matchAll(/^\| ((?:CVE|GHSA)[\w-]+) \| (.+) \| `([\w./-]+)` \|$/gm)].map(
  ([, id = '', , file = '']) => [id, file] as const,
)
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'))
const textOf = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8')

t.test('each advisory of the page stands in the tests that it names', async (t) => {
  t.ok(rows.length > 40)
  t.equal(new Set(rows.map(([id]) => id)).size, rows.length, 'each once')
  for (const [id, file] of rows) t.ok(advisories(textOf(file)).includes(id), `${id} in ${file}`)
})

t.test('each advisory that a test names stands on the page', async (t) => {
  const named = new Set(rows.map(([id]) => id))
  for (const file of files) for (const id of advisories(textOf(file))) t.ok(named.has(id), `${id}, of ${file}`)
})

t.test('each test of an attack counts in one class', async (t) => {
  t.same(classes.flatMap(([, , of]) => of).sort(), files.filter((file) => file !== 'advisories.test.ts').sort())
})
