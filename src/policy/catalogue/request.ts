// request.ts: what an operation takes: a closed body with one subject, what its properties reveal, and parameters.
import { within } from '../finding.ts'
import type { OperationEntry, ParameterEntry, SchemaObject } from '../schema/api.ts'
import type { Parameter, RequestBody } from '../snapshot.ts'
import type { Resolved, SchemaReader } from './schema-reader.ts'

export type Reveals = Map<string, readonly string[]>

interface Plain {
  readonly [keyword: string]: unknown
}

/** A schema without our extensions, references in place, closed at every object.
 *  @param at JSON Pointer into the body; elements of arrays share `*` */
function plainSchema(
  reader: SchemaReader,
  found: Resolved | undefined,
  at: string,
  subject: string | undefined,
  reveals: Reveals,
): Plain | undefined {
  const typed = found && reader.typeOf(found)
  if (found === undefined || typed === undefined) return undefined
  const { schema, pointer, references } = found
  const {
    title: _,
    description: __,
    'x-reveals': revealed,
    'x-sensitivity': sensitivity,
    'x-locates': locates,
    properties,
    items,
    ...own
  } = schema
  for (const [keyword, value] of Object.entries({ 'x-sensitivity': sensitivity, 'x-locates': locates })) {
    if (value !== undefined)
      reader.report.add(
        reader.file,
        within(pointer, keyword),
        'schema-wrong',
        { expected: { zh: `${keyword} 用於回覆`, en: `${keyword} is for answers` } },
        'key',
      )
  }
  const holdsSubject = subject !== undefined && `${subject}/`.startsWith(`${at}/`)
  if (revealed !== undefined && at !== '') reveals.set(at, revealed)
  else if (at !== '' && !at.endsWith('/*') && !holdsSubject)
    reader.report.add(reader.file, pointer, 'reveals-missing', { found: at }, 'key')
  if (typed.base === 'array') {
    if (items === undefined)
      reader.report.add(reader.file, pointer, 'schema-wrong', { expected: { zh: '須寫明 items', en: 'an array says its items' } }, 'key')
    return {
      ...own,
      items: plainSchema(reader, reader.resolve(items, within(pointer, 'items'), references), `${at}/*`, subject, reveals) ?? {},
    }
  }
  if (typed.base !== 'object') return own
  if (own.additionalProperties !== false) reader.report.add(reader.file, pointer, 'schema-open', {}, 'key')
  const plain = Object.entries(properties ?? {}).map(([name, property]) => {
    const place = within(within(pointer, 'properties'), name)
    return [name, plainSchema(reader, reader.resolve(property, place, references), within(at, name), subject, reveals) ?? {}] as const
  })
  return { ...own, properties: Object.fromEntries(plain) }
}

/** Reads the request body.
 *  @returns undefined where there is none, or none that can be read; the latter is reported */
export function readRequest(
  reader: SchemaReader,
  operation: OperationEntry,
  pointer: string,
  api: string,
  reveals: Reveals,
): RequestBody | undefined {
  const { requestBody, 'x-linkage': linkage } = operation
  const expression = linkage.subject?.slice('$request.body#'.length)
  const wrongSubject = (zh: string, en: string) =>
    reader.report.add(reader.file, `${pointer}/x-linkage/subject`, 'subject-wrong', { expected: { zh, en } }, 'key')
  if (linkage.modes.some((mode) => mode !== 'file') && expression === undefined)
    reader.report.add(
      reader.file,
      `${pointer}/x-linkage`,
      'subject-wrong',
      { expected: { zh: 'api、online 方式須有 subject', en: 'modes api and online have a subject' } },
      'key',
    )
  if (requestBody === undefined) {
    if (expression !== undefined)
      wrongSubject('查詢對象在請求內容中，此作業沒有請求內容', 'a subject stands in the body, and there is none')
    return undefined
  }
  const place = `${pointer}/requestBody/content/application~1json/schema`
  const found = reader.resolve(requestBody.content['application/json'].schema, place, [])
  const schema = plainSchema(reader, found, '', expression, reveals)
  if (found === undefined || schema === undefined) return undefined
  const isBatch = linkage.maxSubjects !== undefined
  const subject = expression === undefined ? undefined : subjectOf(reader, found, expression, api, isBatch)
  if (expression !== undefined && subject === undefined) {
    if (isBatch) wrongSubject('必要之文字陣列（各層均列於 required）', 'an array of texts that is required at every level')
    else wrongSubject('必要之文字欄位（各層均列於 required）', 'a text that is required at every level')
  }
  if (subject !== undefined && requestBody.required !== true) wrongSubject('requestBody 須為 required: true', 'requestBody: required: true')
  return { required: requestBody.required === true, validate: reader.compile(schema), ...(subject !== undefined && { subject }) }
}

/** A required string, or of a batch a required array of strings. Its kind is its format, so that one person has one tag in all APIs;
 *  without a format, this API's own name for it. */
function subjectOf(
  reader: SchemaReader,
  body: Resolved,
  pointer: string,
  api: string,
  isBatch: boolean,
): RequestBody['subject'] | undefined {
  let at: Resolved | undefined = body
  const steps = pointer.slice(1).split('/')
  for (const name of steps) {
    if (at === undefined || at.schema.required?.includes(name) !== true) return undefined
    at = reader.resolve(at.schema.properties?.[name], within(within(at.pointer, 'properties'), name), at.references)
  }
  if (isBatch) at = at?.schema.type === 'array' ? reader.resolve(at.schema.items, within(at.pointer, 'items'), at.references) : undefined
  return at?.schema.type === 'string' ? { pointer, kind: at.schema.format ?? `${api}:${steps.at(-1)}` } : undefined
}

/** Reads the parameters. Each says what it accepts and how long it may be: they are written into the upstream's URL. */
export function readParameters(
  reader: SchemaReader,
  entries: readonly ParameterEntry[],
  path: string,
  pointer: string,
  reveals: Reveals,
): Parameter[] {
  const wanted = new Set([...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name ?? ''))
  const seen = new Set<string>()
  const wrong = (at: string, zh: string, en: string, found?: string) =>
    reader.report.add(reader.file, at, 'parameter-wrong', { found, expected: { zh, en } }, 'key')
  const read = entries.map((entry, index): Parameter => {
    const at = `${pointer}/parameters/${index}`
    const { name, in: place, schema } = entry
    const required = entry.required === true
    const key = `${place}:${name}`
    if (seen.has(key)) wrong(at, '參數只寫一次', 'each parameter once', name)
    seen.add(key)
    if (place === 'path' && !wanted.has(name)) wrong(at, '路徑中沒有這個參數', 'a parameter of the path', name)
    if (place === 'path' && !required) wrong(at, '路徑參數須為 required: true', 'path parameters are required', name)
    if (entry['x-reveals'] === undefined) reader.report.add(reader.file, at, 'reveals-missing', { found: name })
    else reveals.set(key, entry['x-reveals'])
    return { in: place, name, required, ...takes(reader, schema, within(at, 'schema'), wrong) }
  })
  for (const name of wanted)
    if (!seen.has(`path:${name}`)) wrong(pointer, '路徑之參數須列於 parameters', 'the path’s parameter stands in parameters', name)
  return read
}

function takes(
  reader: SchemaReader,
  schema: SchemaObject,
  pointer: string,
  wrong: (at: string, zh: string, en: string) => void,
): Pick<Parameter, 'schema' | 'accepts'> {
  const found = reader.resolve(schema, pointer, [])
  const typed = found && reader.typeOf(found)
  if (found === undefined || typed === undefined) return { schema, accepts: () => false }
  const { base, nullable } = typed
  const { title: _, description: __, 'x-reveals': ___, ...own } = found.schema
  if (base === 'object' || base === 'array' || nullable) wrong(pointer, '文字、整數、數字或布林', 'text, a number, true or false')
  if (own.format === 'tw-national-id') reader.report.add(reader.file, within(found.pointer, 'format'), 'subject-in-url', {}, 'key')
  const bounded = own.enum !== undefined || ((own.pattern !== undefined || own.format !== undefined) && own.maxLength !== undefined)
  if (base === 'string' && !bounded)
    wrong(pointer, '文字參數須有 enum，或 pattern（或 format）及 maxLength', 'enum, or pattern (or format) and maxLength')
  const validate = reader.compile(own)
  const accepts = (text: string): boolean => {
    if (base === 'boolean') return (text === 'true' || text === 'false') && validate(text === 'true')
    if (base === 'string') return validate(text)
    return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?$/.test(text) && validate(Number(text))
  }
  return { schema: own, accepts }
}
