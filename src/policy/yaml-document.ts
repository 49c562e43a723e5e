// yaml-document.ts: one YAML file as a value of plain objects, with the place of everything in it.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError, type YAMLMap } from 'yaml'
import { type Located, type Place, type Report, within } from './finding.ts'
import type { FindingCode } from './finding-codes.ts'
import { typedScalar, variantOf } from './typed.ts'

/** Uses of aliases in a file, each use within a use counted: enough to share a field list, not enough for a bomb. */
const ALIASES = 32
const NODES = 100_000
const DEPTH = 48

interface Spot {
  readonly key?: number
  readonly value: readonly [from: number, to: number]
}

export class YamlDocument implements Located {
  readonly name: string
  /** Undefined where the file cannot be read as YAML. */
  value: unknown
  readonly #text: string
  readonly #lines: LineCounter
  readonly #spots: ReadonlyMap<string, Spot>
  /** Pointers of values that the schema refuses: what is built on them need not be checked. */
  readonly #damaged: string[] = []

  constructor(name: string, text: string, lines: LineCounter | undefined, spots: ReadonlyMap<string, Spot>) {
    this.name = name
    this.#text = text
    this.#lines = lines ?? new LineCounter()
    this.#spots = spots
  }

  place(pointer: string, part: 'key' | 'value' = 'value'): Place {
    const spot = this.#spots.get(pointer)
    if (spot === undefined)
      return pointer === '' ? { line: 1, column: 1, length: 1 } : this.place(pointer.slice(0, pointer.lastIndexOf('/')), part)
    const [from, to] =
      part === 'key' && spot.key !== undefined ? [spot.key, spot.key + (pointer.length - pointer.lastIndexOf('/') - 1)] : spot.value
    return this.placeAt(from, to)
  }

  /** @param to exclusive; cut at the end of the line */
  placeAt(from: number, to: number): Place {
    const { line, col } = this.#lines.linePos(from)
    const end = this.#text.indexOf('\n', from)
    return {
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      length: Math.max(1, Math.min(to, end < 0 ? this.#text.length : end) - from),
    }
  }

  /** The characters of a value as they stand in the file. */
  source(pointer: string): string {
    const [from, to] = this.#spots.get(pointer)?.value ?? [0, 0]
    return this.#text.slice(from, to)
  }

  lineText(line: number): string {
    return this.#text.split('\n', line)[line - 1] ?? ''
  }

  markDamaged(pointer: string): void {
    this.#damaged.push(pointer)
  }

  /** Whether what stands at a pointer keeps its schema, itself and all beneath, but for these members. */
  sound(pointer: string, except: readonly string[] = []): boolean {
    return !this.#damaged.some((each) => {
      if (each === pointer) return true
      return each.startsWith(`${pointer}/`) && !except.some((member) => each.startsWith(`${pointer}/${member}/`))
    })
  }
}

const codes: Partial<Record<YAMLError['code'], FindingCode>> = {
  TAB_AS_INDENT: 'yaml-tab',
  BAD_ALIAS: 'yaml-alias',
  TAG_RESOLVE_FAILED: 'yaml-tag',
}

/** Reads one file. Every mistake of YAML is reported; a file with such a mistake has no value, save for duplicate keys.
 *  @param schema gives scalars their types: our own files are read with the failsafe schema, where everything is text; without a schema
 *  (apis/) YAML's core schema does */
export function readYaml(name: string, text: string, schema: object | undefined, report: Report): YamlDocument {
  const lines = new LineCounter()
  const spots = new Map<string, Spot>()
  const file = new YamlDocument(name, text, lines, spots)
  let document: Document.Parsed
  try {
    document = parseDocument(text, {
      schema: schema === undefined ? 'core' : 'failsafe',
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // too deep for the parser's stack
    report.add(file, '', 'yaml-too-large')
    return file
  }
  const mistakes = [...document.errors, ...document.warnings]
  // After the first mistake of syntax the parser only guesses: what it says of the rest would be noise.
  const first = mistakes.find(({ code }) => code !== 'DUPLICATE_KEY')
  if (first !== undefined) {
    reportSyntax(file, first, report)
    return file
  }
  for (const { pos } of mistakes) reportTwice(file, text, pos[0], report)
  if (document.contents === null) report.add(file, '', 'file-empty')
  else file.value = new Reader(file, document, spots, report).read(schema)
  return file
}

function reportTwice(file: YamlDocument, text: string, at: number, report: Report): void {
  const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^:\s,{}[\]]+)/.exec(text.slice(at, at + 200))?.[0] ?? ''
  report.addAt(file.name, '', file.placeAt(at, at + key.length), 'duplicate-key', { found: key })
}

/** Full-width punctuation where YAML needs its own: beside a name, a bracket or a quote. Chinese text may hold it. */
const WIDE = /(?<=[A-Za-z0-9_\]}"'])[：，］｝]|[：，［｛](?=\s*[A-Za-z0-9[{"'])|[“”‘’＂＇]/u

const oneDocument = { zh: '一個檔案只有一份，不以 --- 或 ... 分段', en: 'one document in a file, not divided by --- or ...' }

function reportSyntax(file: YamlDocument, { code, message, pos }: YAMLError, report: Report): void {
  const place = file.placeAt(pos[0], pos[1])
  const known = codes[code]
  // A bracket that does not close is noticed on the next line.
  for (const line of known === undefined ? [place.line, place.line - 1] : []) {
    const wide = WIDE.exec(file.lineText(line))
    if (wide === null) continue
    report.addAt(file.name, '', { line, column: wide.index + 1, length: 1 }, 'full-width', { found: wide[0], nearest: narrowed(wide[0]) })
    return
  }
  // What the parser says of a second document is advice to programmers.
  const detail = code === 'MULTIPLE_DOCS' ? { found: '---', expected: oneDocument } : { found: message }
  report.addAt(file.name, '', place, known ?? 'yaml-syntax', detail)
}

/** A line with the punctuation that YAML needs in half width, all of it up to a comment: to mend the first alone would leave another mistake.
 *  YAML takes a colon for one only where a space follows. */
export function narrowedPunctuation(line: string): string {
  const comment = / #/.exec(line)?.index ?? line.length
  const mended = line.slice(0, comment).replaceAll(new RegExp(WIDE, 'gu'), (wide, at: number) => {
    const next = line[at + 1] ?? ' '
    return wide === '：' && next.trim() !== '' ? ': ' : narrowed(wide)
  })
  return mended + line.slice(comment)
}

/** Half-width, curly quotes as straight ones. */
export function narrowed(text: string): string {
  return text.normalize('NFKC').replaceAll(/[“”]/g, '"').replaceAll(/[‘’]/g, "'")
}

/** Walks the parsed nodes once: values by their schema, places by pointer. */
class Reader {
  readonly #file: YamlDocument
  readonly #document: Document.Parsed
  readonly #spots: Map<string, Spot>
  readonly #report: Report
  #aliases = 0
  #nodes = 0
  #stopped = false

  constructor(file: YamlDocument, document: Document.Parsed, spots: Map<string, Spot>, report: Report) {
    this.#file = file
    this.#document = document
    this.#spots = spots
    this.#report = report
  }

  read(schema: object | undefined): unknown {
    const value = this.#value(this.#document.contents, schema, '', 0)
    return this.#stopped ? undefined : value
  }

  #value(node: unknown, schema: object | undefined, pointer: string, depth: number, key?: number): unknown {
    const { range } = (node ?? {}) as Node // every node of a parsed document has a range
    const known = this.#spots.get(pointer)
    if (known === undefined)
      this.#spots.set(pointer, { value: [range?.[0] ?? key ?? 0, range?.[1] ?? key ?? 0], ...(key !== undefined && { key }) })
    if (++this.#nodes > NODES || depth > DEPTH) return this.#stop(pointer, 'yaml-too-large')
    if (this.#stopped) return undefined
    if (isAlias(node)) {
      if (++this.#aliases > ALIASES) return this.#stop(pointer, 'yaml-alias')
      const target = node.resolve(this.#document)
      return target === undefined ? this.#stop(pointer, 'yaml-alias') : this.#value(target, schema, pointer, depth + 1)
    }
    if (isMap(node)) return this.#map(node, variantOf(schema, node), pointer, depth)
    if (isSeq(node)) {
      const items = schema !== undefined && 'items' in schema ? (schema.items as object) : schema && {} // a schema's own schema
      return node.items.map((item, at) => this.#value(item, items, within(pointer, at), depth + 1))
    }
    // YAML's core schema reads 010 as ten, 0x10 as sixteen: another reader reads something else.
    if (schema === undefined && isScalar(node) && typeof node.value === 'number' && !/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(node.source ?? ''))
      this.#report.add(this.#file, pointer, 'leading-zero', { found: node.source })
    if (isScalar(node)) return schema === undefined ? node.value : typedScalar(String(node.value ?? ''), schema)
    return schema === undefined ? null : ''
  }

  #map(map: YAMLMap, schema: object | undefined, pointer: string, depth: number): unknown {
    // Without a prototype: `__proto__` is a member like any other.
    const out: Record<string, unknown> = Object.create(null)
    const { properties = {}, patternProperties = {} } = (schema ?? {}) as {
      properties?: Record<string, object>
      patternProperties?: Record<string, object>
    } // a JSON Schema
    const [rest] = Object.values(patternProperties)
    const seen = new Map<string, unknown>()
    for (const { key, value } of map.items) {
      if (!isScalar(key)) {
        this.#report.add(this.#file, pointer, 'yaml-key')
        continue
      }
      const name = key.source ?? String(key.value)
      // `"404"` and `404` are two keys for the parser, which said nothing, and one for everybody else.
      if (seen.has(name) && seen.get(name) !== key.value) {
        const [from = 0, to = from] = key.range ?? []
        this.#report.addAt(this.#file.name, pointer, this.#file.placeAt(from, to), 'duplicate-key', { found: name })
      }
      seen.set(name, key.value)
      const own = schema && ((Object.hasOwn(properties, name) ? properties[name] : rest) ?? {})
      out[name] = this.#value(value, own, within(pointer, name), depth + 1, key.range?.[0])
    }
    return out
  }

  #stop(pointer: string, code: FindingCode): undefined {
    if (!this.#stopped) this.#report.add(this.#file, pointer, code)
    this.#stopped = true
    return undefined
  }
}
