// examine.ts: holds a file's value against its schema, and says each mistake once, in words.
import type { ErrorObject } from 'ajv/dist/2020.js'
import { type Detail, type Report, within } from './finding.ts'
import type { FindingCode } from './finding-codes.ts'
import { nearest } from './nearest.ts'
import { type Form, forms, type Said } from './schema/forms.ts'
import { type FileOf, type Kind, validatorOf } from './schema/kinds.ts'
import { narrowed, type YamlDocument } from './yaml-document.ts'

interface Described {
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly properties?: Readonly<Record<string, Described>>
  readonly discriminator?: { readonly propertyName: string }
  readonly oneOf?: readonly Described[]
}

/** What of a file is there and of its schema's type, as far as `sound` says so of each part. */
export type Examined<K extends Kind> = Partial<FileOf[K]>

/** Reports every way in which a file departs from its schema.
 *  @returns the value: whole where there is no finding, otherwise to be used as far as the document says that it is sound */
export function examine<K extends Kind>(file: YamlDocument, kind: K, report: Report): Examined<K> {
  const { value } = file
  if (value === undefined) return {}
  const validator = validatorOf(kind)
  if (!validator(value)) {
    const errors = validator.errors ?? []
    for (const { instancePath, keyword } of errors) if (keyword !== 'additionalProperties') file.markDamaged(instancePath)
    for (const error of eachOnce(errors)) reportError(file, error, report)
  }
  // Checked by the schema that the type comes from, in every part that is sound.
  return (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}) as Examined<K>
}

const schemaOf = ({ parentSchema }: ErrorObject): Described => (parentSchema ?? {}) as Described // verbose: it is there

/** Keywords that say most come first; a value is reported once, save for each unknown and each missing member. */
const order = ['type', 'enum', 'const', 'format', 'discriminator', 'minimum', 'maximum', 'pattern']
function eachOnce(errors: readonly ErrorObject[]): ErrorObject[] {
  const rank = ({ keyword }: ErrorObject): number => (order.includes(keyword) ? order.indexOf(keyword) : order.length)
  const unknown = errors.filter(({ keyword }) => keyword === 'additionalProperties')
  const misspelt = new Set(
    unknown.map((error) => `${error.instancePath} ${nearest(String(error.params.additionalProperty), membersOf(error))}`),
  )
  const runTogether = new Set(
    unknown.filter(({ params }) => isRunTogether(params.additionalProperty)).map(({ instancePath }) => instancePath),
  )
  const seen = new Set<string>()
  return errors
    .toSorted((one, other) => rank(one) - rank(other))
    .filter(({ instancePath, keyword, params }) => {
      if (keyword === 'if' || keyword === 'oneOf') return false
      if (keyword === 'discriminator' && params.tagValue === undefined) return false // reported as missing
      if (keyword === 'required' && misspelt.has(`${instancePath} ${params.missingProperty}`)) return false
      if (keyword === 'required' && runTogether.has(instancePath)) return false
      const one = `${instancePath} ${params.additionalProperty ?? ''} ${params.missingProperty ?? ''}`
      return !seen.has(one) && seen.add(one)
    })
}

/** To YAML `cidr：203.0.113.0/28，note：出口` is one long name without a value: the members that are missed beside it stand in it. */
const isRunTogether = (name: unknown): boolean => /[：，]/.test(String(name))

function reportWide(file: YamlDocument, pointer: string, report: Report): void {
  const { column, line } = file.place(pointer, 'key')
  const [wide = '', ...rest] = file
    .lineText(line)
    .slice(column - 1)
    .split(/(?<=[：，])/)
  report.addAt(file.name, pointer, { line, column: column + wide.length - 1, length: 1 }, 'full-width', {
    found: wide.slice(-1),
    nearest: rest.length === 0 ? undefined : narrowed(wide.slice(-1)),
  })
}

const membersOf = (error: ErrorObject): string[] => Object.keys(schemaOf(error).properties ?? {})

function reportError(file: YamlDocument, error: ErrorObject, report: Report): void {
  const { instancePath, keyword, params } = error
  if (keyword === 'additionalProperties') {
    const name = String(params.additionalProperty)
    const members = membersOf(error)
    if (isRunTogether(name)) {
      reportWide(file, within(instancePath, name), report)
      return
    }
    const secret = members.includes('kid') && /^(?:d|p|q|dp|dq|qi|k|oth)$/.test(name)
    const detail = { found: name, expected: listed(members), nearest: nearest(name, members) }
    report.add(file, within(instancePath, name), secret ? 'private-key' : 'unknown-key', secret ? { found: name } : detail, 'key')
    return
  }
  if (keyword === 'required') {
    const name = String(params.missingProperty)
    const { title, description } = schemaOf(error).properties?.[name] ?? {}
    const expected = {
      zh: `${name}${title === undefined ? '' : `（${title}）`}`,
      en: `${name}${description === undefined ? '' : ` (${description})`}`,
    }
    report.add(file, instancePath, 'missing-key', { expected }, 'key')
    return
  }
  if (keyword === 'uniqueItems') {
    const at = within(instancePath, Math.max(Number(params.i), Number(params.j)))
    report.add(file, at, 'duplicate-item', { found: file.source(at) })
    return
  }
  const [code, detail] = keyword === 'discriminator' ? mistakenTag(error) : mistaken(file, error)
  report.add(file, keyword === 'discriminator' ? within(instancePath, String(params.tag)) : instancePath, code, detail)
}

function mistakenTag(error: ErrorObject): [FindingCode, Detail] {
  const { tag } = error.params
  const tagValue: unknown = error.params.tagValue
  const words = (schemaOf(error).oneOf ?? []).flatMap(({ properties }) => properties?.[tag]?.enum ?? []).map(String)
  if (typeof tagValue !== 'string') return ['wrong-type', { expected: listed(words) }]
  return ['wrong-value', { found: tagValue, expected: listed(words), nearest: nearest(tagValue, words) }]
}

function mistaken(file: YamlDocument, error: ErrorObject): [FindingCode, Detail] {
  const { data, instancePath, keyword } = error
  const schema = schemaOf(error)
  const expected = expectation(schema)
  if (typeof data === 'object' || Array.isArray(data)) {
    const code = keyword === 'type' ? 'wrong-type' : 'wrong-length'
    return [code, { found: Array.isArray(data) ? '[…]' : '{…}', expected }]
  }
  const text = String(data)
  const found = text === '' ? '（空白 empty）' : file.source(instancePath) || text
  const form: Form | undefined = Object.hasOwn(forms, schema.format ?? '') ? forms[schema.format as keyof typeof forms] : undefined // a known name, by the line itself
  const words = (schema.enum ?? []).map(String)
  if (/^lk_[A-Za-z0-9_-]{16,}/.test(text)) return ['secret-in-file', { found: 'lk_…', expected }]
  if (/[\uff01-\uff5e\u3000“”‘’]/.test(text)) return ['full-width', { found, expected, nearest: narrowed(text) }]
  if (schema.type === 'boolean')
    return [
      'yaml-word',
      {
        found,
        expected,
        nearest: /^(?:yes|y|on|true|是)$/i.test(text) ? 'true' : /^(?:no|n|off|false|否)$/i.test(text) ? 'false' : undefined,
      },
    ]
  if (schema.type === 'integer') {
    if (/^0\d+$/.test(text)) return ['leading-zero', { found, expected, nearest: text.replace(/^0+(?=\d)/, '') }]
    return [keyword === 'type' ? 'wrong-type' : 'out-of-range', { found, expected }]
  }
  if (form === forms.date) {
    const meant = form.meant?.(text)
    return [
      meant !== undefined && !/^\d{4}\D/.test(text) && !/^\d{8}$/.test(text) ? 'roc-date' : 'wrong-date',
      { found, expected, nearest: meant },
    ]
  }
  if (form === forms.cidr) return ['wrong-network', { found, expected, nearest: form.meant?.(text) }]
  if (form === forms.hours) return ['wrong-hours', { found, expected }]
  if (words.length > 0) return ['wrong-value', { found, expected, nearest: nearest(text, words) }]
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
  return [keyword === 'type' || !types.includes('string') ? 'wrong-type' : 'wrong-form', { found, expected }]
}

const listed = (words: readonly string[]): Said => ({ zh: words.join('、'), en: words.join(', ') })

const typeWords: Readonly<Record<string, Said>> = {
  object: { zh: '一組「名稱: 值」', en: 'members' },
  array: { zh: '清單（沒有則寫 []）', en: 'a list ([] for none)' },
  integer: { zh: '整數（不以 0 開頭）', en: 'a whole number without leading zeros' },
  number: { zh: '數字', en: 'a number' },
  boolean: { zh: 'true 或 false', en: 'true or false' },
  string: { zh: '文字（必要時加引號）', en: 'text, quoted where needed' },
}

function expectation(schema: Described): Said | undefined {
  if (Object.hasOwn(forms, schema.format ?? '')) return forms[schema.format as keyof typeof forms] // a known name, by the line itself
  if (schema.enum !== undefined) return listed(schema.enum.map(String))
  const words = typeof schema.type === 'string' ? typeWords[schema.type] : undefined
  if (schema.minimum !== undefined && schema.maximum !== undefined)
    return {
      zh: `${words?.zh ?? ''} ${schema.minimum}–${schema.maximum}`.trim(),
      en: `${words?.en ?? ''} from ${schema.minimum} to ${schema.maximum}`.trim(),
    }
  if (schema.type === 'string' && schema.title !== undefined) return { zh: schema.title, en: schema.description ?? schema.title }
  return words ?? (schema.title === undefined ? undefined : { zh: schema.title, en: schema.description ?? schema.title })
}
