// openapi-schema.ts: the part of JSON Schema that a catalogue may use, since it is the part that is enforced: references, shapes, leaves.

import type { LeafType, Shape } from '../projection/paths.ts'
import { elements, pathTo } from '../projection/paths.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json }
export type JsonObject = { readonly [member: string]: Json }

export const isObject = (value: unknown): value is JsonObject => value !== null && typeof value === 'object' && !Array.isArray(value)
export const objectAt = (value: unknown, member: string): JsonObject => (isObject(value) && isObject(value[member]) ? value[member] : {})
export const textAt = (value: JsonObject, member: string): string | undefined =>
  typeof value[member] === 'string' ? value[member] : undefined
export const textsAt = (value: JsonObject, member: string): readonly string[] => {
  const list = value[member]
  return Array.isArray(list) ? list.filter((each): each is string => typeof each === 'string') : []
}
export const step = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** Says what is wrong at a JSON Pointer of the document. */
export type Report = (pointer: string, code: string, message: string, messageZh: string, nearest?: string) => void

const scalarTypes: readonly string[] = ['string', 'number', 'integer', 'boolean']
const bounds = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems']
const keywords = new Set([
  '$ref',
  'title',
  'description',
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'pattern',
  'format',
  'additionalProperties',
  ...bounds,
])
const answerKeywords = new Set([...keywords, 'x-sensitivity', 'x-locates'])
const requestKeywords = new Set([...keywords, 'x-reveals'])

/** A schema with its local references put in place, as long as they do not go round in a circle.
 *  `pointerOf` keeps saying where each part was written. */
export interface Resolved {
  readonly schema: JsonObject
  readonly pointer: string
}

/** Follows `#/components/schemas/Name`; any other reference, and a recursive one, is reported. */
export function resolve(
  document: JsonObject,
  schema: Json | undefined,
  pointer: string,
  report: Report,
  seen: readonly string[] = [],
): Resolved | undefined {
  if (!isObject(schema)) {
    report(pointer, 'missing', 'a schema is missing here', '這裡缺少 schema')
    return undefined
  }
  const reference = schema.$ref
  if (reference === undefined) return { schema, pointer }
  const name = typeof reference === 'string' ? /^#\/components\/schemas\/([^/]+)$/.exec(reference)?.[1] : undefined
  const target = name === undefined ? undefined : objectAt(objectAt(document, 'components'), 'schemas')[name]
  if (name === undefined || target === undefined) {
    report(
      `${pointer}/$ref`,
      'reference',
      'expected a schema of #/components/schemas of this file',
      '只能引用本檔 #/components/schemas 之內容',
    )
    return undefined
  }
  if (seen.includes(name)) {
    report(`${pointer}/$ref`, 'recursive', 'a schema refers to itself', '引用形成循環')
    return undefined
  }
  return resolve(document, target, `/components/schemas${step(name)}`, report, [...seen, name])
}

export interface Leaf {
  readonly path: string
  readonly pointer: string
  readonly schema: JsonObject
}

/** Reads an answer's schema: its shape, and its leaves in the catalogue's order. */
export function readShape(
  document: JsonObject,
  schema: Json | undefined,
  pointer: string,
  report: Report,
): { shape: Shape; leaves: readonly Leaf[] } | undefined {
  const leaves: Leaf[] = []
  const walk = (value: Json | undefined, at: string, path: string, seen: readonly string[]): Shape | undefined => {
    const reference = isObject(value) && typeof value.$ref === 'string' ? value.$ref : undefined
    if (reference !== undefined && seen.includes(reference)) {
      report(at, 'recursive', 'a schema refers to itself', '引用形成循環')
      return undefined
    }
    const within = reference === undefined ? seen : [...seen, reference]
    const found = resolve(document, value, at, report)
    if (found === undefined) return undefined
    checkKeywords(found, answerKeywords, report)
    const types = typesOf(found, report)
    if (types === 'object') return walkObject(found, path, within)
    if (types === 'array') {
      const items = walk(found.schema.items, `${found.pointer}/items`, pathTo(path, elements), within)
      return items === undefined ? undefined : { kind: 'array', items }
    }
    if (types === undefined) return undefined
    leaves.push({ path, pointer: found.pointer, schema: found.schema })
    return { kind: 'leaf', type: types }
  }
  const walkObject = ({ schema: of, pointer: at }: Resolved, path: string, seen: readonly string[]): Shape | undefined => {
    const properties = new Map<string, Shape>()
    for (const [name, property] of Object.entries(objectAt(of, 'properties'))) {
      const place = `${at}/properties${step(name)}`
      if (/[.[\]]/.test(name)) report(place, 'property-name', 'a property name contains no . [ ]', '屬性名稱不可含 . [ ]')
      const shape = walk(property, place, pathTo(path, name), seen)
      if (shape !== undefined) properties.set(name, shape)
    }
    return { kind: 'object', properties }
  }
  const shape = walk(schema, pointer, '', [])
  return shape === undefined ? undefined : { shape, leaves }
}

function checkKeywords({ schema, pointer }: Resolved, allowed: ReadonlySet<string>, report: Report): void {
  for (const keyword of Object.keys(schema)) {
    if (!allowed.has(keyword))
      report(
        `${pointer}${step(keyword)}`,
        'unknown-key',
        `the keyword ${keyword} is not enforced, and so not allowed`,
        `不支援的關鍵字 ${keyword}`,
      )
  }
}

function typesOf({ schema, pointer }: Resolved, report: Report): LeafType | 'object' | 'array' | undefined {
  const { type } = schema
  const [single, ...others] = Array.isArray(type) ? type.filter((each) => each !== 'null') : [type]
  if (others.length === 0 && (single === 'object' || single === 'array' || (typeof single === 'string' && scalarTypes.includes(single))))
    return single as LeafType // one of them, by the test
  report(
    `${pointer}/type`,
    'type',
    'expected object, array or one scalar type, with null beside it or not',
    'type 須為 object、array 或單一純量型別（可加 null）',
  )
  return undefined
}

/** A request's schema with references in place, closed at every object; every property other than the subject says what it reveals. */
export function readRequestSchema(
  document: JsonObject,
  schema: Json | undefined,
  pointer: string,
  subject: string | undefined,
  report: Report,
): { schema: JsonObject; reveals: ReadonlyMap<string, readonly string[]> } | undefined {
  const reveals = new Map<string, readonly string[]>()
  const walk = (value: Json | undefined, at: string, name: string, seen: readonly string[]): JsonObject | undefined => {
    const reference = isObject(value) && typeof value.$ref === 'string' ? value.$ref : undefined
    if (reference !== undefined && seen.includes(reference)) {
      report(at, 'recursive', 'a schema refers to itself', '引用形成循環')
      return undefined
    }
    const within = reference === undefined ? seen : [...seen, reference]
    const found = resolve(document, value, at, report)
    if (found === undefined) return undefined
    checkKeywords(found, requestKeywords, report)
    const type = typesOf(found, report)
    if (name !== '' && name !== subject && !name.endsWith('/*')) {
      if (Array.isArray(found.schema['x-reveals'])) reveals.set(name, textsAt(found.schema, 'x-reveals'))
      else
        report(
          found.pointer,
          'x-reveals',
          'x-reveals is missing: list the fields that this property reveals, [] for none',
          '缺少 x-reveals：列出此條件會透露之資料項目，沒有則寫 []',
        )
    }
    const { 'x-reveals': _, title, description, ...own } = found.schema
    if (type === 'array') {
      const items = walk(found.schema.items, `${found.pointer}/items`, `${name}/*`, within)
      return items === undefined ? undefined : { ...own, items }
    }
    if (type !== 'object') return own
    if (found.schema.additionalProperties !== false)
      report(
        found.pointer,
        'open',
        'a request is closed: write additionalProperties: false',
        '查詢條件須封閉：請寫 additionalProperties: false',
      )
    const properties: Record<string, Json> = {}
    for (const [member, property] of Object.entries(objectAt(found.schema, 'properties'))) {
      const read = walk(property, `${found.pointer}/properties${step(member)}`, `${name}${step(member)}`, within)
      if (read !== undefined) properties[member] = read
    }
    return { ...own, properties }
  }
  const read = walk(schema, pointer, '', [])
  return read === undefined ? undefined : { schema: read, reveals }
}
