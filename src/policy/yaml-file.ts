// yaml-file.ts: one YAML file: read with positions, typed by its schema and by nothing else, validated; every mistake where it stands.
import type { ErrorObject } from 'ajv/dist/2020.js'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { type Finding, nearest } from './finding.ts'
import { type FormName, forms } from './schema/forms.ts'
import { type Kind, schemas, validatorOf } from './schema/kinds.ts'
import { schemaOf } from './schema-walk.ts'

type Schema = object | undefined

export interface Place {
  readonly file: string
  readonly pointer: string
  /** What is said of it. */
  readonly code: string
  readonly message: string
  readonly messageZh: string
  readonly severity?: 'error' | 'warning'
  readonly nearest?: string | undefined
}

/** A file's value, and where each part of it stands. */
export interface YamlFile {
  readonly file: string
  readonly value: unknown
  readonly findings: readonly Finding[]
  /** A finding at a JSON Pointer of this file; at its nearest ancestor where the pointer does not exist. */
  finding(pointer: string, of: Omit<Place, 'file' | 'pointer'>): Finding
}

const maxAliases = 32
const pointerStep = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1')

/** What officers type that YAML 1.1, an editor or an input method made of something else: named, never silently read. */
function habit(text: string): string | undefined {
  if (/[\uff10-\uff19\uff1a\uff0c\uff0e\uff0f\uff0d]/.test(text))
    return '含全形數字或標點，請改為半形 (full-width digits or punctuation: type them half-width)'
  if (/^0?\d{6,7}$/.test(text)) return '像是民國日期，請改寫為西元 2026-01-31 (looks like a ROC date: write 2026-01-31)'
  if (/^(?:yes|no|on|off)$/i.test(text)) return '請寫 true 或 false (write true or false)'
  if (/[\u201c\u201d\u2018\u2019]/.test(text)) return '含彎引號，請改為直引號 (curly quotes: type straight ones)'
  return undefined
}

/** Types scalars by the schema: integers `0|[1-9]\d*`, `true|false`, everything else is text. */
function typed(text: string, schema: Schema): unknown {
  const type = schema !== undefined && 'type' in schema ? schema.type : undefined
  if (type === 'integer' || type === 'number') return /^(?:0|[1-9]\d*)$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

class Reader {
  readonly places = new Map<string, number>()
  readonly file: string
  readonly findings: Finding[] = []
  readonly #lines = new LineCounter()
  readonly #text: string
  readonly #core: boolean

  constructor(file: string, text: string, core: boolean) {
    this.file = file
    this.#text = text
    this.#core = core
  }

  read(schema: Schema): unknown {
    const document = parseDocument(this.#text, {
      schema: this.#core ? 'core' : 'failsafe',
      lineCounter: this.#lines,
      uniqueKeys: true,
      version: '1.2',
      merge: false,
      strict: true,
      prettyErrors: false,
    })
    for (const error of document.errors)
      this.#add(error.pos[0], '', error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml', error.message, yamlZh(error.code))
    for (const warning of document.warnings) this.#add(warning.pos[0], '', 'yaml', warning.message, '標記無法辨識')
    if (document.errors.length > 0) return undefined
    let aliases = 0
    const walk = (node: Node | null | undefined, at: string, of: Schema): unknown => {
      if (node === null || node === undefined) return this.#core ? null : ''
      if (!this.places.has(at)) this.places.set(at, node.range?.[0] ?? 0)
      if (isAlias(node)) {
        aliases += 1
        if (aliases > maxAliases) {
          if (aliases === maxAliases + 1)
            this.#add(node.range?.[0] ?? 0, at, 'too-many-aliases', `more than ${maxAliases} aliases`, `別名超過 ${maxAliases} 個`)
          return undefined
        }
        return walk(node.resolve(document), at, of)
      }
      if (isScalar(node)) return this.#core ? node.value : typed(String(node.value), of)
      if (isSeq(node)) return node.items.map((item, index) => walk(item as Node, `${at}/${index}`, schemaOf(of, index, undefined)))
      if (!isMap(node)) return undefined
      const plain = new Map(node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair] as const))
      const discriminating = Object.fromEntries(
        [...plain].map(([name, pair]) => [name, isScalar(pair.value) ? pair.value.value : undefined]),
      )
      const out: Record<string, unknown> = Object.create(null)
      for (const [name, pair] of plain) {
        const pointer = `${at}/${pointerStep(name)}`
        if (isScalar(pair.key)) this.places.set(`${pointer}\u0000key`, pair.key.range?.[0] ?? 0)
        out[name] = walk(pair.value as Node | null, pointer, schemaOf(of, name, discriminating))
      }
      return out
    }
    return walk(document.contents as Node | null, '', schema)
  }

  #add(offset: number, pointer: string, code: string, message: string, messageZh: string): void {
    this.findings.push({ ...this.place(offset), severity: 'error', file: this.file, pointer, code, message, messageZh })
  }

  place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  offsetOf(pointer: string): number {
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
      const found = this.places.get(at)
      if (found !== undefined) return found
      if (at === '') return 0
    }
  }
}

const yamlZh = (code: string): string =>
  code === 'DUPLICATE_KEY' ? '同一個鍵寫了兩次' : code === 'TAB_AS_INDENT' ? '縮排使用了 Tab，請改為空白' : 'YAML 語法錯誤'

/** Reads and validates a file. `apis/` are OpenAPI documents and read with YAML's core schema; our own files with the failsafe one. */
export function readYaml(file: string, bytes: Buffer, kind: Kind): YamlFile {
  const core = kind === 'api'
  const validate = validatorOf(kind)
  const text = decode(bytes)
  const reader = new Reader(file, text ?? '', core)
  const finding: YamlFile['finding'] = (pointer, of) => {
    const { severity = 'error', nearest: near, ...said } = of
    const offset =
      reader.places.get(`${pointer}\u0000key`) !== undefined && of.code === 'unknown-key'
        ? (reader.places.get(`${pointer}\u0000key`) ?? 0)
        : reader.offsetOf(pointer)
    return { file, ...reader.place(offset), pointer, severity, ...said, ...(near !== undefined && { nearest: near }) }
  }
  if (text === undefined) {
    const message = {
      code: 'not-utf-8',
      message: 'expected UTF-8: save the file as UTF-8',
      messageZh: '不是 UTF-8 編碼（可能是 Big5），請另存為 UTF-8',
    }
    return { file, value: undefined, findings: [{ file, line: 1, column: 1, pointer: '', severity: 'error', ...message }], finding }
  }
  const value = reader.read(schemas[kind])
  const findings = [...reader.findings]
  if (value !== undefined && !validate(value)) {
    for (const error of oncePerPlace(validate.errors ?? [])) findings.push(finding(placeOf(error), explain(error, value)))
  }
  return { file, value, findings, finding }
}

/** A BOM is what spreadsheets and Notepad write: read over. Anything that is no UTF-8 is named. */
function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const placeOf = ({ instancePath, keyword, params }: ErrorObject): string =>
  keyword === 'additionalProperties' ? `${instancePath}/${pointerStep(String(params.additionalProperty))}` : instancePath

/** `oneOf` and its like repeat what the branch already said. */
function oncePerPlace(errors: readonly ErrorObject[]): ErrorObject[] {
  const seen = new Set<string>()
  return errors.filter((error) => {
    if (['oneOf', 'anyOf', 'if'].includes(error.keyword)) return false
    const key = `${placeOf(error)} ${error.keyword === 'required' ? String(error.params.missingProperty) : ''}`
    return seen.has(key) ? false : seen.add(key)
  })
}

function explain(error: ErrorObject, root: unknown): Omit<Place, 'file' | 'pointer'> {
  const { keyword, params, parentSchema, instancePath } = error
  const found = instancePath
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, step) =>
        value !== null && typeof value === 'object' ? Reflect.get(value, step.replaceAll('~1', '/').replaceAll('~0', '~')) : undefined,
      root,
    )
  const hint = typeof found === 'string' ? habit(found) : undefined
  const also = hint === undefined ? '' : ` ${hint}`
  const shown = typeof found === 'string' && found.length <= 60 ? ` "${found}"` : ''
  switch (keyword) {
    case 'additionalProperties': {
      const name = String(params.additionalProperty)
      const names = Object.keys((parentSchema?.properties ?? {}) as object) // JSON Schema's own form
      return {
        code: 'unknown-key',
        message: `unknown key ${name}: expected one of ${names.join(', ')}`,
        messageZh: `不認得的鍵 ${name}`,
        nearest: nearest(name, names),
      }
    }
    case 'required':
      return { code: 'missing', message: `${params.missingProperty} is missing`, messageZh: `缺少 ${params.missingProperty}` }
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String) // the enum of our schema
      return {
        code: 'not-allowed',
        message: `found${shown}, expected one of ${allowed.join(', ')}${also}`,
        messageZh: `不是可用的值${shown}`,
        nearest: typeof found === 'string' ? nearest(found, allowed) : undefined,
      }
    }
    case 'discriminator':
      return {
        code: 'not-allowed',
        message: `found${shown}, expected a known ${String(params.tag)}`,
        messageZh: `不認得的 ${String(params.tag)}`,
      }
    case 'format': {
      const form = forms[params.format as FormName] // the schemas give no other formats
      const meant = typeof found === 'string' ? form.meant?.(found) : undefined
      return {
        code: String(params.format),
        message: `found${shown}, expected ${form.en}${also}`,
        messageZh: `應為${form.zh}${shown}${also}`,
        nearest: meant,
      }
    }
    default:
      return {
        code: keyword,
        message: `found${shown}, expected: ${error.message ?? keyword}${also}`,
        messageZh: `內容不符${shown}${also}`,
      }
  }
}
