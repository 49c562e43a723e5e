// page-source.ts: puts verify.html together from its sources. Run as a script (`npm run build:page`) it writes the file.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(import.meta.dirname, '../../..')
const folder = join(root, 'src/verifier/archive/page')
export const pageFile = join(folder, 'verify.html')

interface Module {
  readonly name: string
  readonly text: string
}

/** A statement of a module that speaks of another, or of what it gives others; comments, which may hold examples, are out of the way. */
const imports = /^import\s+(?:\{([^}]*)\}|\*\s+as\s+(\w+))\s+from\s+['"]([^'"]+)['"];?[ \t]*$/gm
const bareImport = /^import\s+['"][^'"]+['"];?[ \t]*$/gm
const declarations = /^export\s+((?:async\s+)?function\*?\s+(\w+)|(?:const|let)\s+(\w+)|class\s+(\w+))/gm
const lists = /^export\s+\{([^}]*)\};?[ \t]*$/gm

/** Names of `{ a, b as c }`, as they are called there and here. */
const namesOf = (list: string): readonly (readonly [string, string])[] =>
  list
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => {
      const [from = '', to = from] = each.split(/\s+as\s+/)
      return [from, to]
    })

/** Modules one behind the other, each in a function of its own, those that are needed before those that need them. */
class Assembly {
  readonly #modules = new Map<string, Module>()

  get text(): string {
    return [...this.#modules.values()].map(({ text }) => text).join('\n')
  }

  /** @returns the constant that holds what the module gives */
  add(path: string): string {
    const there = this.#modules.get(path)
    if (there !== undefined) return there.name
    const comments: string[] = []
    const source = path.endsWith('.ts') ? stripTypeScriptTypes(readFileSync(path, 'utf8')) : readFileSync(path, 'utf8')
    const bare = source.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => `/*${comments.push(comment) - 1}*/`)
    const given: string[] = []
    const body = bare
      .replaceAll(imports, (_, list: string | undefined, all: string | undefined, from: string) => {
        const module = this.add(resolved(from, path))
        const names = namesOf(list ?? '').map(([name, own]) => (name === own ? name : `${name}: ${own}`))
        return all === undefined ? `const { ${names.join(', ')} } = ${module}` : `const ${all} = ${module}`
      })
      .replaceAll(bareImport, '')
      .replaceAll(declarations, (_, rest: string, a?: string, b?: string, c?: string) => {
        given.push(a ?? b ?? c ?? '')
        return rest
      })
      .replaceAll(lists, (_, list: string) => {
        for (const [own, name] of namesOf(list)) given.push(own === name ? name : `${name}: ${own}`)
        return ''
      })
      .replaceAll(/\/\*(\d+)\*\//g, (_, at: string) => comments[Number(at)] ?? '')
    if (/^(import|export)\b/m.test(body.replaceAll(/\/\*[\s\S]*?\*\//g, '')))
      throw new Error(`${path}: an import or export that cannot be put together`)
    const name = `m${this.#modules.size + 1}`
    const from = relative(root, path).replace(/^node_modules\//, '')
    this.#modules.set(path, { name, text: `// ---- ${from}\nconst ${name} = (() => {\n${body}\nreturn { ${given.join(', ')} }\n})()\n` })
    return name
  }
}

const resolved = (from: string, path: string): string =>
  from.startsWith('.') ? join(path, '..', from) : fileURLToPath(import.meta.resolve(from))

const formatted = (script: string): string =>
  execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--stdin-file-path=page.js'], {
    cwd: root,
    input: script,
    encoding: 'utf8',
  })

const sha256 = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

/** verify.html as its sources give it. */
export function assemblePage(): string {
  const assembly = new Assembly()
  assembly.add(join(folder, 'main.ts'))
  const licence = readFileSync(join(root, 'node_modules/@noble/ed25519/LICENSE'), 'utf8').trim()
  const script = `\n${formatted(`'use strict'\n/* @noble/ed25519 and @noble/hashes:\n\n${licence}\n*/\n${assembly.text}`)}`
  const style = `\n${readFileSync(join(folder, 'page.css'), 'utf8')}`
  const parts: Readonly<Record<string, string>> = { script, style, 'script-hash': sha256(script), 'style-hash': sha256(style) }
  return readFileSync(join(folder, 'page.html'), 'utf8').replaceAll(
    /\{(script|style|script-hash|style-hash)\}/g,
    (_, name: string) => parts[name] ?? '',
  )
}

if (process.argv[1] === import.meta.filename) writeFileSync(pageFile, assemblePage())
