// catalogue-titles.ts: what a record names by codes, in the words of the rules that decided it: API, operation, fields, purpose.
import type { Snapshot } from '../../policy/snapshot.ts'

export interface RecordCodes {
  readonly api?: string
  readonly operation?: string
  readonly purpose?: string
  readonly fields_released?: readonly string[]
}

export interface RecordTitles {
  readonly operation: string
  readonly fields: readonly string[]
  readonly purpose: string
}

type Rules = Pick<Snapshot, 'apis' | 'purposes' | 'texts'>

/** Titles of a record's codes; a code that the rules do not know stands as it is. */
export function titlesOf(
  { apis, purposes, texts }: Rules,
  { api = '', fields_released = [], operation = '', purpose = '' }: RecordCodes,
): RecordTitles {
  const [known, text] = [apis.get(api), texts.get(`apis/${api}.yaml`)]
  const titles = text === undefined ? new Map<string, string>() : fieldTitles(JSON.parse(text), operation)
  return {
    operation: [known?.title ?? api, known?.operations.get(operation)?.title ?? operation].join('：'),
    fields: fields_released.map((path) => titles.get(path) ?? path),
    purpose: purposes.get(purpose)?.title ?? purpose,
  }
}

type Members = Readonly<Record<string, unknown>>
const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
const at = (value: unknown, ...names: readonly string[]): unknown => names.reduce((found, name) => membersOf(found)[name], value)

/** Titles of the fields of an operation's answer, by path; `家戶：類別` where two fields have one title.
 *  @param document an OpenAPI document that the catalogue accepted: so no schema refers to itself */
export function fieldTitles(document: unknown, operationId: string): ReadonlyMap<string, string> {
  const operation = Object.values(membersOf(at(document, 'paths')))
    .flatMap((path) => Object.values(membersOf(path)))
    .find((each) => at(each, 'operationId') === operationId)
  const [media] = Object.values(membersOf(at(operation, 'responses', '200', 'content')))
  const found = new Map<string, { readonly title: string; readonly within: string }>()
  walk(document, at(media, 'schema'), '', '', found)
  const uses = Map.groupBy(found.values(), ({ title }) => title)
  return new Map(
    [...found].map(([path, { title, within }]) => [
      path,
      (uses.get(title)?.length ?? 0) > 1 && within !== '' ? `${within}：${title}` : title,
    ]),
  )
}

function walk(
  document: unknown,
  given: unknown,
  path: string,
  within: string,
  found: Map<string, { title: string; within: string }>,
): void {
  const reference = at(given, '$ref')
  const schema = typeof reference === 'string' ? { ...membersOf(at(document, ...pointed(reference))), ...membersOf(given) } : given
  const title = at(schema, 'title')
  const own = typeof title === 'string' ? title : undefined
  const [items, properties] = [at(schema, 'items'), Object.entries(membersOf(at(schema, 'properties')))]
  if (items !== undefined) walk(document, items, `${path}[]`, own ?? within, found)
  for (const [name, property] of properties) walk(document, property, path === '' ? name : `${path}.${name}`, own ?? within, found)
  if (items === undefined && properties.length === 0 && path !== '') found.set(path, { title: own ?? path, within })
}

/** `#/components/schemas/Status` */
const pointed = (reference: string): readonly string[] => reference.replace(/^#\//, '').split('/')
