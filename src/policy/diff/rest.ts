// rest.ts: what a file says differently of which no effect is told: a note, a date of a letter, a title; each by its place.
import { canonicalJson } from '../../canonical.ts'
import { contentOf } from '../deciding.ts'
import { within } from '../finding.ts'
import type { Snapshot } from '../snapshot.ts'
import { compare } from './change.ts'

/** A place that says something else: its JSON Pointer, and both values; undefined where it stands on one side only. */
export interface Difference {
  readonly pointer: string
  readonly was: unknown
  readonly is: unknown
}

/** What the comparisons of this folder tell: whatever is not named here is told by its place. Members of lists are `*`, of lines on trial
 *  `trial`, which have no effect but on records, and of which a comparison says less. */
interface Told {
  readonly members: RegExp
  /** Of what came or went: it is told as a whole. */
  readonly lines: RegExp
}

const agency: Told = {
  members: new RegExp(
    [
      '^(?:(?:id|code|name|kind)',
      'standing/\\*/(?:effective|action|document)',
      '(?:delegates/\\*/)?networks/(?:\\*|trial)/(?:cidr|for|from|until|trial)',
      '(?:delegates/\\*/)?credentials/\\*/(?:id|type|role|mode|sha256|jwks|jwks_uri|issued|expires|certificates)',
      'delegates/\\*/(?:id|name|under|document|contract|grants)',
      'grants/\\*/(?:id|api|operations|mode|purposes|fields|from|until|hours|limits|trial|protected|protected_document)',
      'grants/\\*/(?:application|approval)/document',
      'grants/trial/(?:id|api|operations|fields))$',
    ].join('|'),
  ),
  lines:
    /^(?:standing\/\*|(?:delegates\/\*\/)?networks\/(?:\*|trial)|delegates\/\*|grants\/(?:\*|trial)|(?:delegates\/\*\/)?credentials\/\*(?:\/revoked)?)$/,
}

/** Keywords of what a call may hold: each is compared. A property may be called like one. */
const keywords =
  '(?<!/properties)/(?:type|required|additionalProperties|enum|pattern|format|multipleOf|(?:min|max)(?:Length|Items)|(?:exclusive)?(?:Min|Max|min|max)imum)'
const api: Told = {
  members: new RegExp(
    [
      '^(?:info/title',
      'x-linkage/(?:upstream|data_owner|officer|version)',
      'operations/[^/]+/(?:operationId|x-linkage/(?:modes|requires|case_pattern|subject|maxSubjects|answerSubjects|rows|protected))',
      'operations/[^/]+/parameters/\\*/(?:in|name|required)',
      'operations/[^/]+/requestBody/required',
      `(?:operations/[^/]+/(?:requestBody|parameters)|asked)/.*${keywords}`,
      '.*(?<!/properties)/x-(?:reveals|sensitivity|locates))$',
    ].join('|'),
  ),
  lines:
    /^(?:operations\/[^/]+(?:\/(?:requestBody|responses\/404|parameters(?:\/\*)?))?|paths\/[^/]+|.*\/properties\/[^/]+|operations\/[^/]+\/responses\/200\/content\/[^/]+)$/,
}

const everything: Told = { members: /^/, lines: /^/ }
const nothing: Told = { members: /^\b$/, lines: /^\b$/ }

function toldOf(name: string): Told {
  if (name.startsWith('agencies/')) return agency
  if (name.startsWith('apis/')) return api
  return name === 'audit.yaml' ? nothing : everything
}

/** Differences of a file that stands on both sides. */
export function restOf(name: string, before: Snapshot, after: Snapshot): readonly Difference[] {
  const [old, now] = [before.texts.get(name), after.texts.get(name)]
  const told = toldOf(name)
  if (old === undefined || now === undefined || told === everything) return []
  const found: Difference[] = []
  const contents = [contentOf(old), contentOf(now)] as const
  if (told === api) compareCatalogues(...contents, told, found)
  else walk(...contents, '', '', told, found)
  return found
}

interface Members {
  readonly [name: string]: unknown
}
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
const isLines = (value: unknown): value is readonly Members[] => Array.isArray(value) && value.length > 0 && value.every(isObject)
const same = (one: unknown, other: unknown): boolean => canonicalJson([one ?? null]) === canonicalJson([other ?? null])

/** @param at where this is, with `*` for each member of a list: what `told` is matched with */
function walk(old: unknown, now: unknown, at: string, pointer: string, told: Told, found: Difference[]): void {
  if (same(old, now) || told.members.test(at)) return
  const [one, other] = [old ?? (isLines(now) ? [] : undefined), now ?? (isLines(old) ? [] : undefined)]
  if (isObject(one) && isObject(other))
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
      walk(one[name], other[name], within(at, name).replace(/^\//, ''), within(pointer, name), told, found)
  else if (Array.isArray(one) && Array.isArray(other) && [...one, ...other].every(isObject)) walkLines(one, other, at, pointer, told, found)
  else if ((old !== undefined && now !== undefined) || !told.lines.test(at)) found.push({ pointer, was: old, is: now })
}

/** What a line is called where it stands among others. */
const nameOf = ({ id, code, cidr, for: use, in: place, name, effective, action, trial }: Members): string =>
  canonicalJson([id ?? code ?? [cidr, use, place, name, effective, action].map((each) => each ?? null), trial ?? null])

function walkLines(old: readonly Members[], now: readonly Members[], at: string, pointer: string, told: Told, found: Difference[]): void {
  const placed = (lines: readonly Members[]) => lines.map((line, index) => ({ line, pointer: within(pointer, index) }))
  const stepOf = ({ trial }: Members): string => `${at}/${trial === true ? 'trial' : '*'}`
  const oneSided = ({ line, pointer }: { line: Members; pointer: string }, difference: Pick<Difference, 'was' | 'is'>): void => {
    if (!told.lines.test(stepOf(line))) found.push({ pointer, ...difference })
  }
  compare(placed(old), placed(now), ({ line }) => nameOf(line), {
    added: (each) => oneSided(each, { was: undefined, is: each.line }),
    removed: (each) => oneSided(each, { was: each.line, is: undefined }),
    both: (one, other) => walk(one.line, other.line, stepOf(other.line), other.pointer, told, found),
    same: (one, other) => same(one.line, other.line),
  })
}

/** Operations are held against each other by their names: an operation that moved to another path is the same. Shared schemas that calls are
 *  made of stand apart from those of answers, of which bounds have no effect. */
function compareCatalogues(old: unknown, now: unknown, told: Told, found: Difference[]): void {
  const [before, after] = [operationsOf(old), operationsOf(now)]
  walk(before.rest, after.rest, '', '', told, found)
  for (const name of new Set([...Object.keys(before.schemas), ...Object.keys(after.schemas)])) {
    const at = before.asked.has(name) || after.asked.has(name) ? 'asked' : 'components/schemas'
    walk(before.schemas[name], after.schemas[name], within(at, name), within('/components/schemas', name), told, found)
  }
  for (const [id, { entry, pointer }] of after.operations)
    walk(before.operations.get(id)?.entry, entry, `operations/${id}`, pointer, told, found)
}

/** An API without its operations, these by name, its shared schemas, and which of those calls are made of. */
function operationsOf(content: unknown) {
  const operations = new Map<string, { readonly entry: Members; readonly pointer: string }>()
  const { paths, components, ...rest } = isObject(content) ? content : {}
  const bare = Object.entries(isObject(paths) ? paths : {}).map(([path, item]) => {
    const { get, post, ...others } = isObject(item) ? item : {}
    for (const [method, entry] of Object.entries({ get, post }))
      if (isObject(entry)) operations.set(String(entry.operationId), { entry, pointer: within(within('/paths', path), method) })
    return [path, others] as const
  })
  const schemas = isObject(components) && isObject(components.schemas) ? components.schemas : {}
  const asked = new Set<string>()
  for (const { entry } of operations.values()) gather([entry.requestBody, entry.parameters], schemas, asked)
  return { rest: { ...rest, paths: Object.fromEntries(bare) }, operations, schemas, asked }
}

/** Names of schemas that something refers to, and those that these refer to. */
function gather(from: unknown, schemas: Members, names: Set<string>): void {
  for (const [, name = ''] of canonicalJson([from ?? null]).matchAll(/"\$ref":"#\/components\/schemas\/([A-Za-z0-9_-]+)"/g)) {
    if (names.has(name)) continue
    names.add(name)
    gather(schemas[name], schemas, names)
  }
}
