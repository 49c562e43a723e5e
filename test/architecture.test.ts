// architecture.test.ts: the arrows of the design, declared packages, and names that say nothing.
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const room = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '')
const everything = [...new Set(files.map(room))]

/** From a room to the rooms that it may import; the vocabulary (files at the root of src) is open to everyone. */
const arrows: Record<string, readonly string[]> = {
  policy: [],
  projection: [],
  querylog: [],
  upstream: [],
  verifier: [],
  credential: ['policy'],
  audit: ['querylog', 'policy'],
  store: ['querylog', 'audit', 'verifier'],
  gateway: ['policy', 'credential', 'projection', 'upstream', 'querylog', 'audit'],
  cli: everything,
}

/** Single files that a room may import beside its arrows. */
const exceptions: Record<string, readonly string[]> = { policy: ['projection/paths.ts'] }

const declared = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies)

function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8')
  return [...text.matchAll(/(?:^|\n)\s*(?:import|export)[^'"`;]*?from\s*'([^']+)'|import\('([^']+)'\)|(?:^|\n)import\s*'([^']+)'/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )
}

t.test('arrows point one way', async (t) => {
  for (const file of files) {
    const from = room(file)
    for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
      const path = relative(src, join(src, dirname(file), target))
      const to = room(path)
      if (file === 'main.ts' || to === from || exceptions[from]?.includes(path)) continue
      if (to === '') {
        if (from !== 'verifier' && path !== 'main.ts') continue
        t.fail(
          `src/${file} imports ${path}: ${from === 'verifier' ? 'the verifier shares no code with the writer' : 'nobody imports main.ts'}`,
        )
        continue
      }
      const may = from === '' ? [] : (arrows[from] ?? [])
      t.ok(
        may.includes(to),
        `src/${file} imports src/${path}: ${from || 'the vocabulary'} may import ${may.join(', ') || 'only the vocabulary'}`,
      )
    }
  }
})

t.test('no file comes back to itself, not even by a type', async (t) => {
  const standing = new Map<string, 'open' | 'done'>()
  const follow = (file: string, way: readonly string[]): void => {
    if (standing.get(file) === 'done') return
    if (standing.get(file) === 'open') {
      t.fail(`a circle of imports: ${[...way.slice(way.indexOf(file)), file].join(' → ')}`)
      return
    }
    standing.set(file, 'open')
    for (const target of importsOf(file)) {
      const path = join(dirname(file), target)
      if (target.startsWith('.') && files.includes(path)) follow(path, [...way, file])
    }
    standing.set(file, 'done')
  }
  for (const file of files) follow(file, [])
  t.equal(standing.size, files.length, 'every file was followed')
})

t.test('every package that is imported is declared', async (t) => {
  for (const file of files) {
    for (const target of importsOf(file).filter((name) => !name.startsWith('.'))) {
      if (target.startsWith('node:')) {
        t.ok(builtinModules.includes(target.slice(5)) || target === 'node:sqlite', `src/${file}: ${target} is a module of Node`)
        continue
      }
      const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/')
      t.ok(declared.includes(name), `src/${file} imports ${name}: declare it in package.json, with the reason in the commit`)
    }
  }
})

t.test('the decision and the projection do no I/O', async (t) => {
  const forbidden = /^node:(fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|timers)/
  for (const file of files.filter((name) => name === 'policy/decide.ts' || room(name) === 'projection')) {
    t.notOk(
      importsOf(file).some((name) => forbidden.test(name)),
      `src/${file} is a function of its arguments: pass files, sockets and clocks in`,
    )
    t.notMatch(
      readFileSync(join(src, file), 'utf8'),
      /Date\.now\(|new Date\(\)|performance\.now\(/,
      `src/${file} takes the time as an argument`,
    )
  }
})

t.test('names say what a file defines', async (t) => {
  for (const file of files) {
    t.notMatch(
      file,
      /(^|\/)(utils?|helpers?|common|managers?|base|misc|shared|lib)(\.ts$|\/)/,
      `src/${file}: name it after what it defines`,
    )
    const first =
      readFileSync(join(src, file), 'utf8')
        .split('\n')
        .find((line) => !line.startsWith('#!')) ?? ''
    t.match(first, /^\/\/ [\w.-]+\.ts: ./, `src/${file}: its first line says what it is for`)
  }
})

t.test('only store knows PostgreSQL', async (t) => {
  for (const file of files.filter((name) => room(name) !== 'store')) {
    t.notOk(
      importsOf(file).some((name) => name === 'pg' || name.startsWith('kysely')),
      `src/${file}: the database stands behind a port`,
    )
  }
})

t.test('the gateway seals and cannot open: nothing that a serving process loads decrypts', async (t) => {
  // What stands in import('…') is loaded when it is reached: in main.ts each command, `linkage log open` in a process of its own.
  const loaded = new Set(['main.ts', 'cli/serve-command.ts', 'cli/demo/command.ts'])
  for (const file of loaded) {
    const text = readFileSync(join(src, file), 'utf8')
    for (const [, target = ''] of text.matchAll(/(?:^|\n)\s*(?:import|export)(?! type )[^'"`;]*?from\s*'(\.[^']+)'/g))
      loaded.add(relative(src, join(src, dirname(file), target)))
  }
  t.ok(loaded.has('gateway/call.ts') && loaded.has('querylog/seal.ts'), 'the imports were followed')
  t.notOk(loaded.has('querylog/unseal.ts'), 'src/querylog/unseal.ts is for commands of a process of their own')
  t.same(
    [...loaded].filter((file) => /^cli\/(audit|log)\/|^audit\/form/.test(file)),
    [],
    'nor has it the commands that read what it wrote',
  )
  for (const file of loaded)
    t.notMatch(
      readFileSync(join(src, file), 'utf8'),
      /createDecipher|[dD]ecrypt\(|privateDecrypt|diffieHellman/,
      `src/${file} opens nothing`,
    )
})
