// schema-reader.ts: schema objects of a catalogue with their references followed, and only the keywords that are enforced.
import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { LeafType } from '../../projection/paths.ts'
import { type Report, within } from '../finding.ts'
import { nearest } from '../nearest.ts'
import type { SchemaObject } from '../schema/api.ts'
import type { YamlDocument } from '../yaml-document.ts'

export interface Resolved {
  readonly schema: SchemaObject
  /** Where its keywords stand. */
  readonly pointer: string
  /** Names of the references on the way: none of them may come again. */
  readonly references: readonly string[]
}

export interface Typed {
  readonly base: LeafType | 'object' | 'array'
  readonly nullable: boolean
}

const annotations = ['title', 'description', 'x-sensitivity', 'x-locates', 'x-reveals']
const numeric = ['enum', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
const keywordsOf: Readonly<Record<Typed['base'], readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['enum', 'pattern', 'format', 'minLength', 'maxLength'],
  number: numeric,
  integer: numeric,
  boolean: ['enum'],
}

/** What the parts of an API are read with. */
export class SchemaReader {
  readonly file: YamlDocument
  readonly report: Report
  /** Compiles a plain JSON Schema, without extensions. Throws Error where it is none. */
  readonly compile: (schema: object) => ValidateFunction
  readonly #schemas: Readonly<Record<string, SchemaObject>>

  constructor(
    file: YamlDocument,
    schemas: Readonly<Record<string, SchemaObject>>,
    compile: (schema: object) => ValidateFunction,
    report: Report,
  ) {
    this.file = file
    this.report = report
    this.compile = compile
    this.#schemas = schemas
  }

  /** Follows references. What stands beside a `$ref` may only describe.
   *  @returns undefined where there is nothing to read; that is reported */
  resolve(schema: SchemaObject | undefined, pointer: string, references: readonly string[]): Resolved | undefined {
    if (schema === undefined || !this.file.sound(pointer)) return undefined
    const { $ref } = schema
    if ($ref === undefined) return { schema, pointer, references }
    for (const keyword of Object.keys(schema)) {
      if (keyword !== '$ref' && !annotations.includes(keyword))
        this.#wrong(within(pointer, keyword), '與 $ref 並列者只能是說明', 'beside $ref only what describes')
    }
    const name = $ref.slice('#/components/schemas/'.length)
    if (references.includes(name)) {
      this.report.add(this.file, within(pointer, '$ref'), 'schema-recursive', { found: $ref })
      return undefined
    }
    if (!Object.hasOwn(this.#schemas, name)) {
      this.report.add(this.file, within(pointer, '$ref'), 'unknown-name', {
        found: name,
        nearest: nearest(name, Object.keys(this.#schemas)),
      })
      return undefined
    }
    const target = this.resolve(this.#schemas[name], within('/components/schemas', name), [...references, name])
    if (target === undefined) return undefined
    const { $ref: _, ...beside } = schema
    return { ...target, schema: { ...target.schema, ...beside } }
  }

  /** The type, and whether null is one beside it. Keywords that do nothing for it are reported. */
  typeOf({ schema, pointer }: Resolved): Typed | undefined {
    const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])
    const [base, ...others] = types.filter((each) => each !== 'null')
    if (base === undefined || others.length > 0) {
      this.#wrong(within(pointer, 'type'), '須為一種型別，可另加 "null"', 'one type, with or without "null"')
      return undefined
    }
    for (const keyword of Object.keys(schema)) {
      if (keyword !== 'type' && !annotations.includes(keyword) && !keywordsOf[base].includes(keyword)) {
        this.#wrong(within(pointer, keyword), `${base} 不適用 ${keyword}`, `${keyword} does nothing for ${base}`)
      }
    }
    if (schema.pattern !== undefined) this.pattern(schema.pattern, within(pointer, 'pattern'))
    if (base === 'object') this.#object(schema, pointer)
    return { base, nullable: types.length === 2 }
  }

  /** A regular expression for whole values.
   *  @returns undefined where it is none; that is reported */
  pattern(text: string, pointer: string): RegExp | undefined {
    try {
      if (/^\^.*\$$/su.test(text) && !/(?<!\\)\|/.test(text.replaceAll(/\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\]/g, '')))
        return new RegExp(text, 'u')
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    this.report.add(this.file, pointer, 'pattern-wrong', { found: text })
    return undefined
  }

  #object({ properties = {}, required = [] }: SchemaObject, pointer: string): void {
    const names = Object.keys(properties)
    if (names.length === 0) this.#wrong(pointer, '須列出 properties', 'an object lists its properties')
    for (const name of names) {
      if (name === '' || name === '__proto__' || /[.[\]]/.test(name))
        this.report.add(this.file, within(within(pointer, 'properties'), name), 'property-name', { found: name }, 'key')
    }
    for (const [at, name] of required.entries()) {
      if (names.includes(name)) continue
      this.report.add(this.file, within(within(pointer, 'required'), at), 'unknown-name', { found: name, nearest: nearest(name, names) })
    }
  }

  #wrong(pointer: string, zh: string, en: string): void {
    this.report.add(this.file, pointer, 'schema-wrong', { expected: { zh, en } }, 'key')
  }
}
