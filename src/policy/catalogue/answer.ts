// answer.ts: what an operation can answer: its shape, and what is said of its leaves.
import { elements, pathTo, type Shape, shapeAt } from '../../projection/paths.ts'
import { within } from '../finding.ts'
import { nearest } from '../nearest.ts'
import type { OperationEntry } from '../schema/api.ts'
import type { Answer } from '../snapshot.ts'
import type { Resolved, SchemaReader } from './schema-reader.ts'
import { suppressedOf } from './suppressed.ts'

type Sensitivity = 1 | 2 | 3 | 4

/** Leaves as they are met, in the catalogue's order. */
interface Leaves {
  readonly sensitivity: Map<string, Sensitivity>
  readonly locates: Set<string>
  readonly nullable: Set<string>
  readonly formats: Map<string, string>
  /** Properties that their object always has: where they are declared. */
  readonly required: Map<string, string>
}

function shapeOf(reader: SchemaReader, found: Resolved | undefined, path: string, leaves: Leaves): Shape | undefined {
  const typed = found && reader.typeOf(found)
  if (found === undefined || typed === undefined) return undefined
  const { schema, pointer, references } = found
  if (typed.nullable) leaves.nullable.add(path)
  const refuse = (keyword: 'x-sensitivity' | 'x-locates' | 'x-reveals' | 'additionalProperties', zh: string, en: string): void => {
    if (schema[keyword] !== undefined)
      reader.report.add(reader.file, within(pointer, keyword), 'schema-wrong', { expected: { zh, en } }, 'key')
  }
  refuse('x-reveals', 'x-reveals 用於查詢條件', 'x-reveals is for requests')
  refuse('additionalProperties', '回覆中未列出的欄位一律不提供，不必寫', 'of answers, nothing that is not listed passes')
  if (typed.base !== 'object' && typed.base !== 'array') {
    const sensitivity = schema['x-sensitivity']
    if (sensitivity === undefined) reader.report.add(reader.file, pointer, 'sensitivity-missing', { found: path }, 'key')
    leaves.sensitivity.set(path, sensitivity ?? 4)
    if (schema['x-locates'] === true) leaves.locates.add(path)
    if (schema.format !== undefined) leaves.formats.set(path, schema.format)
    return { kind: 'leaf', type: typed.base }
  }
  refuse('x-sensitivity', '寫在最末層的資料項目', 'on leaves')
  refuse('x-locates', '寫在最末層的資料項目', 'on leaves')
  if (typed.base === 'array') {
    if (schema.items === undefined)
      reader.report.add(reader.file, pointer, 'schema-wrong', { expected: { zh: '須寫明 items', en: 'an array says its items' } }, 'key')
    const items = shapeOf(reader, reader.resolve(schema.items, within(pointer, 'items'), references), pathTo(path, elements), leaves)
    return items && { kind: 'array', items }
  }
  const properties = new Map<string, Shape>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = within(within(pointer, 'properties'), name)
    if (schema.required?.includes(name) === true) leaves.required.set(pathTo(path, name), at)
    const shape = shapeOf(reader, reader.resolve(property, at, references), pathTo(path, name), leaves)
    if (shape !== undefined) properties.set(name, shape)
  }
  return { kind: 'object', properties }
}

/** Reads the answers of an operation. Only 200 and 404 are answers.
 *  @returns undefined where the answer cannot be read; that is reported */
export function readAnswers(reader: SchemaReader, operation: OperationEntry, pointer: string, api: string): Answer | undefined {
  const at = `${pointer}/responses/200/content`
  const { content } = operation.responses['200']
  const [mediaType] = (['application/json', 'application/x-ndjson', 'text/csv'] as const).filter((each) => content[each] !== undefined)
  if (mediaType === undefined) return undefined
  const place = `${within(at, mediaType)}/schema`
  const leaves: Leaves = { sensitivity: new Map(), locates: new Set(), nullable: new Set(), formats: new Map(), required: new Map() }
  const shape = shapeOf(reader, reader.resolve(content[mediaType]?.schema, place, []), '', leaves)
  if (shape === undefined) return undefined
  const { answerSubjects = [], modes, protected: protectedMarker, rows } = operation['x-linkage']
  checkMediaType(reader, mediaType, shape, modes, within(at, mediaType))
  const { sensitivity, locates } = leaves
  const suppressed = suppressedOf(shape, leaves)
  const answer: Answer = {
    mediaType,
    shape,
    notFound: operation.responses['404'] !== undefined,
    ...(rows !== undefined && { rows }),
    ...(protectedMarker !== undefined && { protectedMarker }),
    sensitivity,
    locates,
    suppressed,
    subjects: answerSubjects.map((path) => ({ path, kind: leaves.formats.get(path) ?? `${api}:${nameOf(path)}` })),
  }
  checkPlaces(reader, answer, `${pointer}/x-linkage`)
  if (protectedMarker !== undefined) checkProtected(reader, answer, leaves.required, modes, `${pointer}/x-linkage`)
  return answer
}

/** The name of the property at the end of a path. */
const nameOf = (path: string): string => path.replaceAll('[]', '').split('.').at(-1) ?? path

/** What the marker asks of the rest: somebody protected must not stand out by what is missing, and rows are left out of streams only. */
function checkProtected(
  reader: SchemaReader,
  { mediaType, suppressed }: Answer,
  required: ReadonlyMap<string, string>,
  modes: readonly string[],
  pointer: string,
): void {
  for (const [path, absence] of suppressed) {
    const at = absence === 'absent' ? required.get(path) : undefined
    if (at !== undefined) reader.report.add(reader.file, at, 'locates-always', { found: path }, 'key')
  }
  if (mediaType === 'application/json' && modes.includes('file'))
    reader.report.add(reader.file, `${pointer}/protected`, 'protected-file', {
      found: mediaType,
      expected: { zh: 'application/x-ndjson 或 text/csv', en: 'application/x-ndjson or text/csv' },
    })
}

function checkMediaType(
  reader: SchemaReader,
  mediaType: Answer['mediaType'],
  shape: Shape,
  modes: readonly string[],
  pointer: string,
): void {
  if (mediaType === 'application/json') return
  const expected = (zh: string, en: string) =>
    reader.report.add(reader.file, pointer, 'media-type', { found: mediaType, expected: { zh, en } }, 'key')
  if (modes.some((mode) => mode !== 'file')) expected('modes: [file]', 'modes: [file]')
  if (shape.kind !== 'array') expected('最外層為陣列', 'an array at the root')
  else if (
    mediaType === 'text/csv' &&
    !(shape.items.kind === 'object' && [...shape.items.properties.values()].every(({ kind }) => kind === 'leaf'))
  )
    expected('陣列之元素為不再分層的物件', 'rows without anything nested')
}

/** answerSubjects, protected and rows name places of the answer, each of its kind. */
function checkPlaces(
  reader: SchemaReader,
  { shape, sensitivity, locates, subjects, protectedMarker, rows }: Answer,
  pointer: string,
): void {
  const require = (path: string, at: string, accepts: (found: Shape) => boolean, zh: string, en: string): void => {
    const found = shapeAt(shape, path)
    if (found === undefined)
      reader.report.add(reader.file, at, 'field-not-declared', { found: path, nearest: nearest(path, sensitivity.keys()) })
    else if (!accepts(found)) reader.report.add(reader.file, at, 'schema-wrong', { found: path, expected: { zh, en } })
  }
  const leaf = (type: string) => (found: Shape) => found.kind === 'leaf' && found.type === type
  for (const [index, { path }] of subjects.entries())
    require(path, `${pointer}/answerSubjects/${index}`, leaf('string'), '文字之資料項目', 'a leaf of text')
  if (protectedMarker !== undefined)
    require(protectedMarker, `${pointer}/protected`, leaf('boolean'), '布林之資料項目', 'a leaf of true or false')
  else if (locates.size > 0) reader.report.add(reader.file, pointer, 'marker-missing', { found: [...locates].join(', ') }, 'key')
  if (rows !== undefined) require(rows, `${pointer}/rows`, ({ kind }) => kind === 'array', '陣列', 'an array')
}
