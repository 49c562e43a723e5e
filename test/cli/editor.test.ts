// editor.test.ts: an editor on the example folder: its task finds every finding that the check prints, its settings name schemas that are there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configCommand } from '../../src/cli/config.ts'
import { kinds } from '../../src/policy/schema/kinds.ts'
import { AGENCY, API, edit, good, ROSTER } from '../policy/good-folder.ts'
import { folderOf } from './typed-commands.ts'

const config = join(import.meta.dirname, '../../config')
const read = (name: string) => JSON.parse(readFileSync(join(config, '.vscode', name), 'utf8'))

interface Matcher {
  readonly severity: string
  readonly pattern: {
    readonly regexp: string
    readonly file: number
    readonly line: number
    readonly column: number
    readonly message: number
    readonly code: number
  }
}
interface Found {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly severity: string
  readonly code: string
}

/** What `linkage config check .` prints in a folder, as the task runs it. */
async function checked(folder: string, ...more: readonly string[]): Promise<string> {
  let out = ''
  const [before, at] = [process.exitCode, process.cwd()]
  try {
    process.chdir(folder)
    await configCommand({ write: (text) => (out += text) }).parseAsync(['check', '.', '--at', '2026-12-15', ...more], { from: 'user' })
    return out
  } finally {
    process.chdir(at)
    process.exitCode = before
  }
}

t.test('the problem matcher of the task finds each finding once, where it stands, and nothing else', async (t) => {
  const matchers: readonly Matcher[] = read('tasks.json').tasks[0].problemMatcher
  const broken = {
    ...edit(AGENCY, 'kind: linked-agency', 'kind: linked:1:1'),
    ...edit(ROSTER, '人員,2026-09-01', '人員,1150901'),
    'purposes.yaml': Buffer.from('fffe', 'hex'),
    'agencies/README.txt': 'x',
  }
  const ending = edit(API, '        protected: protectedPerson\n', '')
  const met = new Set<string>()
  for (const changes of [broken, ending, { [AGENCY]: (good[AGENCY] ?? '').replace('name: 教育局', 'name: 教育局：12:30: 錯誤 [x]') }]) {
    const folder = folderOf(t, changes)
    const lines = (await checked(folder)).split('\n')
    const { findings } = JSON.parse(await checked(folder, '--json')) as { findings: readonly Found[] }
    const problems = lines.flatMap((line) =>
      matchers.flatMap(({ pattern, severity }) => {
        const found = new RegExp(pattern.regexp).exec(line)
        if (found === null) return []
        const part = (at: number): string => found[at] ?? ''
        met.add(severity)
        t.match(part(pattern.message), /[\u4e00-\u9fff]/)
        return [
          {
            file: part(pattern.file),
            line: Number(part(pattern.line)),
            column: Number(part(pattern.column)),
            severity,
            code: part(pattern.code),
          },
        ]
      }),
    )
    const expected = findings.map(({ code, column, file, line, severity }) => ({ file, line, column, severity, code }))
    t.same(problems, expected)
    t.ok(expected.length > 0)
  }
  t.same([...met].sort(), ['error', 'warning'])
})

t.test('its settings name the schema of every kind of file, and keep files in UTF-8', async (t) => {
  const settings = read('settings.json')
  const schemas: Record<string, string> = settings['yaml.schemas']
  t.same(Object.keys(schemas).sort(), kinds.map((kind) => `./schema/${kind}.json`).sort())
  for (const [schema, files] of Object.entries(schemas)) {
    t.ok(existsSync(join(config, schema)), schema)
    const folder = files.includes('/') ? files.slice(0, files.indexOf('/')) : '.'
    t.ok(
      readdirSync(join(config, folder)).some((name) => name.endsWith('.yaml') && (folder !== '.' || name === files)),
      files,
    )
  }
  t.equal(settings['files.encoding'], 'utf8')
  t.equal(settings['[csv]']['files.encoding'], 'utf8bom')
  t.same(read('extensions.json').recommendations, ['redhat.vscode-yaml'])
})

t.test('the task is what a person would type, and asks no registry for a program', async (t) => {
  const [task] = read('tasks.json').tasks
  t.equal(task.command, 'linkage config check .')
  t.same(task.options.env, { NO_COLOR: '1' })
})
