// readme.test.ts: the README says what the code does.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { problems } from '../src/problems.ts'
import type { Shape } from '../src/projection/paths.ts'
import { compileProjector } from '../src/projection/projector.ts'

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
  for (const [, command] of readme.matchAll(/npx linkage (\w+)/g)) t.ok(main.includes(`.${command}Command()`), `linkage ${command}`)
})

t.test('of the headers of its call it says which one may be left out', async (t) => {
  const catalogue = readFileSync(join(root, 'config', 'apis', 'low-income.yaml'), 'utf8')
  const [, required] = /operationId: getHouseholdStatus[\s\S]*?requires: \[(.*)\]/.exec(catalogue) ?? []
  t.equal(required, 'case')
  t.match(readme, /Leave out a header \(any but `Linkage-Reason`/)
})

t.test('the lockfile records no download addresses', async (t) => {
  t.notMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved"|https?:\/\/registry/)
})

t.test('what it shows of answers is what the filter gives', async (t) => {
  const string: Shape = { kind: 'leaf', type: 'string' }
  const object = (properties: Readonly<Record<string, Shape>>): Shape => ({
    kind: 'object',
    properties: new Map(Object.entries(properties)),
  })
  const shape = object({
    category: string,
    income: { kind: 'leaf', type: 'number' },
    members: { kind: 'array', items: object({ name: string, age: string }) },
    visits: { kind: 'array', items: object({ note: string }) },
    address: string,
    protected: { kind: 'leaf', type: 'boolean' },
  })
  const granted = ['category', 'members[].name', 'address']
  const rows = [...readme.matchAll(/^\| `(\{.*\})` \| `(\{.*\})` \|/gm)]
  t.equal(rows.length, 8)
  for (const [, sent = '', gets] of rows) {
    const protection = sent.includes('protected')
      ? { protection: { marker: 'protected', places: new Map([['address', 'null'] as const]) } }
      : {}
    t.equal(compileProjector(shape, granted, protection).project(Buffer.from(sent)).body.toString(), gets)
  }
})
