// api.ts: one welfare data API as its owner describes it (R4, R7): an OpenAPI document with x-linkage extensions.
import type { Ajv2020 } from 'ajv/dist/2020.js'
import { examine } from '../examine.ts'
import { type Report, within } from '../finding.ts'
import type { ApiFile } from '../schema/api.ts'
import type { Api, Operation } from '../snapshot.ts'
import type { YamlDocument } from '../yaml-document.ts'
import { readOperation } from './operation.ts'
import { SchemaReader } from './schema-reader.ts'

/** First segments of public paths that are the gateway's own. */
export const reservedPaths: readonly string[] = ['receipts', 'log', 'records', 'health']

export interface ApiReading {
  readonly file: YamlDocument
  readonly id: string
  /** Operations that could be read without a finding. */
  readonly operations: ReadonlyMap<string, Operation>
  /** Names of all operations that the file has, sound or not; undefined where one of these is not known either. */
  readonly names: ReadonlySet<string> | undefined
  readonly dataOwner: string | undefined
  readonly upstream: string | undefined
  /** Whole, where nothing is wrong. */
  readonly api: Api | undefined
}

const PATH = /^(?:\/(?:[A-Za-z0-9_-][A-Za-z0-9._~-]*|\{[A-Za-z][A-Za-z0-9_]*\}))+$/

/** @param id the file's name without its ending: the first segment of every public path */
export function readApi(file: YamlDocument, id: string, ajv: Ajv2020, report: Report): ApiReading {
  const before = report.errors
  const value = examine(file, 'api', report)
  if (reservedPaths.includes(id)) report.addAt(file.name, '', { line: 1, column: 1, length: 1 }, 'path-reserved', { found: `/${id}` })
  const reader = new SchemaReader(file, Object.fromEntries(membersOf(value.components?.schemas)), compilerOf(file, ajv, report), report)
  const { names, operations } = readOperations(reader, id, value.paths)
  const linkage = file.sound('/x-linkage') ? value['x-linkage'] : undefined
  // Nothing was reported: the value is whole.
  const whole = file.value !== undefined && report.errors === before ? (value as ApiFile) : undefined
  return {
    file,
    id,
    operations,
    names: file.value === undefined ? undefined : names,
    dataOwner: linkage?.data_owner,
    upstream: linkage?.upstream,
    api: whole && apiOf(whole, id, operations),
  }
}

function readOperations(reader: SchemaReader, api: string, paths: ApiFile['paths'] | undefined): Pick<ApiReading, 'names' | 'operations'> {
  const { file, report } = reader
  const operations = new Map<string, Operation>()
  const names = new Set<string>()
  const shapes = new Set<string>()
  let unnamed = false
  for (const [path, item] of membersOf(paths)) {
    const at = within('/paths', path)
    if (!PATH.test(path)) report.add(file, at, 'path-wrong', { found: path }, 'key')
    for (const method of ['get', 'post'] as const) {
      const entry = item[method]
      if (typeof entry !== 'object' || entry === null) continue
      const pointer = within(at, method)
      const shape = `${method} ${path.replaceAll(/\{[^{}]*\}/g, '{}')}`
      if (shapes.has(shape)) report.add(file, pointer, 'path-twice', { found: `${method.toUpperCase()} ${path}` }, 'key')
      shapes.add(shape)
      const name: unknown = entry.operationId
      if (typeof name !== 'string') {
        unnamed = true
        continue
      }
      if (names.has(name)) report.add(file, `${pointer}/operationId`, 'duplicate-id', { found: name })
      names.add(name)
      const known = report.errors
      const placed = { api, method: method === 'get' ? 'GET' : 'POST', path, pointer, rule: `${file.name}#${pointer}` } as const
      const operation = file.sound(pointer) ? readOperation(reader, entry, placed) : undefined
      if (operation !== undefined && report.errors === known) operations.set(operation.id, operation)
    }
  }
  return { names: unnamed ? undefined : names, operations }
}

/** Members that are objects, of what may be no object itself: the schema has said so. */
function membersOf<T>(members: Readonly<Record<string, T>> | undefined): [string, T][] {
  if (typeof members !== 'object' || members === null) return []
  return Object.entries(members).filter(([, member]) => typeof member === 'object' && member !== null)
}

function apiOf({ info, 'x-linkage': linkage }: ApiFile, id: string, operations: ReadonlyMap<string, Operation>): Api {
  const { upstream, data_owner, officer, version } = linkage
  return { id, title: info.title, upstream, dataOwner: data_owner, officer, version, operations }
}

/** What a schema means is compiled once, when the folder is loaded. What Ajv refuses is a finding like any other. */
function compilerOf(file: YamlDocument, ajv: Ajv2020, report: Report): SchemaReader['compile'] {
  return (schema) => {
    try {
      return ajv.compile(schema)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      report.add(file, '/paths', 'schema-wrong', { found: error.message }, 'key')
      return ajv.compile(false)
    }
  }
}
