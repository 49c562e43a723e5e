// prepared.ts: what a snapshot needs beside itself to serve calls, built once with it and swapped as one reference.
import findMyWay, { type HTTPMethod, type HTTPVersion, type Instance } from 'find-my-way'
import { grantedFields } from '../policy/decide.ts'
import { type NetworkIndex, networkIndex } from '../policy/network-index.ts'
import type { Grant, Operation, Snapshot } from '../policy/snapshot.ts'
import { Identifiers } from '../projection/identifiers.ts'
import { compileProjector, type Projector, type ProjectorOptions } from '../projection/projector.ts'
import { compileStream, type StreamPlan } from '../projection/stream.ts'
import type { StreamProjector } from '../projection/stream-projector.ts'
import type { KindOfSubject } from './answer-subjects.ts'

export interface Route {
  readonly operation: Operation
  /** Path parameters, decoded. */
  readonly parameters: ReadonlyMap<string, string>
}

/** Filters of what identifies people, by its kind. */
type SubjectPlans = ReadonlyMap<string, { readonly plan: StreamPlan; readonly paths: readonly string[] }>

/** A snapshot with its router and its compiled projectors. */
export class PreparedPolicy {
  readonly snapshot: Snapshot
  readonly networks: NetworkIndex
  readonly #router: Instance<HTTPVersion.V1>
  readonly #filters = new Map<Grant, Map<Operation, Filters>>()
  readonly #subjects = new Map<Operation, SubjectPlans>()

  /** @param before of the rules that these follow: what is made of the same grant and the same operation is made once */
  constructor(snapshot: Snapshot, before?: PreparedPolicy) {
    this.snapshot = snapshot
    this.networks = before?.snapshot.agencies === snapshot.agencies ? before.networks : networkIndex(snapshot)
    this.#router = before !== undefined && haveSameApis(before.snapshot, snapshot) ? before.#router : routerOf(snapshot)
    const [subjects, filters] = before === undefined ? [new Map<Operation, SubjectPlans>(), new Map()] : [before.#subjects, before.#filters]
    for (const api of snapshot.apis.values()) {
      for (const operation of api.operations.values()) this.#subjects.set(operation, subjects.get(operation) ?? subjectPlansOf(operation))
    }
    for (const agency of snapshot.agencies.values()) {
      for (const grant of agency.grants) this.#filters.set(grant, filtersOf(snapshot, grant, filters.get(grant)))
    }
  }

  /** The operation that method and path name; the path as it was sent, known to be free of tricks (shape.ts). */
  route(method: string, path: string): Route | undefined {
    if (method !== 'GET' && method !== 'POST') return undefined
    const found = this.#router.find(method, path)
    if (found === null) return undefined
    return { operation: found.store, parameters: new Map(Object.entries(found.params).map(([name, value]) => [name, value ?? ''])) }
  }

  /** The compiled filter of a grant for one of its operations, for an answer in JSON that is there as a whole.
   *  @throws Error where there is none: it was never to be served so */
  projector(grant: Grant, operation: Operation): Projector {
    const { whole } = this.#filtersOf(grant, operation)
    if (whole === undefined) throw new Error(`no whole answers for ${grant.rule} and ${operation.id}`)
    return whole
  }

  /** Begins the filter of an answer that comes in pieces.
   *  @param asked fields that the call named; undefined for all that are granted
   *  @param whole bytes that it may release of JSON in which a marker of protected persons may stand at the end */
  beginStream(grant: Grant, operation: Operation, asked: readonly string[] | undefined, whole: number): StreamProjector {
    return this.#filtersOf(grant, operation).pieces.begin(asked, whole)
  }

  /** What finds whom an answer identifies, as far as that is among the released fields. */
  subjects(operation: Operation, fields: readonly string[]): KindOfSubject[] {
    return this.#subjectsAt(operation, (path) => fields.includes(path))
  }

  /** What finds whom the upstream's answer identifies where that is not released. A file without them is not provided (decide.ts). */
  withheldSubjects(operation: Operation, fields: readonly string[]): KindOfSubject[] {
    return operation.answer.mediaType === 'application/json' ? this.#subjectsAt(operation, (path) => !fields.includes(path)) : []
  }

  #subjectsAt(operation: Operation, isAmong: (path: string) => boolean): KindOfSubject[] {
    const { mediaType } = operation.answer
    return [...(this.#subjects.get(operation) ?? [])].flatMap(([kind, { plan, paths }]) => {
      const among = paths.filter(isAmong)
      if (among.length === 0) return []
      return [{ kind, identifiers: new Identifiers(mediaType, plan, among.length === paths.length ? undefined : among) }]
    })
  }

  /** @throws Error where the grant does not hold the operation */
  #filtersOf(grant: Grant, operation: Operation): Filters {
    const filters = this.#filters.get(grant)?.get(operation)
    if (filters === undefined) throw new Error(`no projector for ${grant.rule} and ${operation.id}`)
    return filters
  }
}

/** The filters of a grant for one of its operations. */
interface Filters {
  /** Of JSON. */
  readonly whole?: Projector
  readonly pieces: Pick<Projector, 'begin'>
}

function routerOf(snapshot: Snapshot): Instance<HTTPVersion.V1> {
  const router = findMyWay({
    caseSensitive: true,
    ignoreTrailingSlash: false,
    ignoreDuplicateSlashes: false,

    maxParamLength: 256,
  })
  for (const api of snapshot.apis.values()) {
    for (const operation of api.operations.values()) {
      const method: HTTPMethod = operation.method
      const path = `/${api.id}${operation.path.replaceAll(/\{([^{}]+)\}/g, ':$1')}`
      router.on(method, path, unreachable, operation)
    }
  }
  return router
}

/** The router only finds: call.ts is the one line that serves. */
function unreachable(): void {
  throw new Error('a route of the snapshot is found, never run')
}

/** Readings of files that did not change are the same objects (known-files.ts), and what they hold never changes. */
const haveSameApis = (before: Snapshot, after: Snapshot): boolean =>
  before.apis.size === after.apis.size && [...after.apis.values()].every((api) => before.apis.get(api.id) === api)

function filtersOf(snapshot: Snapshot, grant: Grant, before: ReadonlyMap<Operation, Filters> | undefined): Map<Operation, Filters> {
  const filters = new Map<Operation, Filters>()
  for (const id of grant.operations) {
    const operation = snapshot.apis.get(grant.api)?.operations.get(id)
    if (operation !== undefined) filters.set(operation, before?.get(operation) ?? filtersFor(grant, operation))
  }
  return filters
}

function subjectPlansOf({ answer: { mediaType, shape, subjects } }: Operation): SubjectPlans {
  const plans = new Map<string, { plan: StreamPlan; paths: readonly string[] }>()
  for (const { kind } of subjects) {
    const paths = subjects.filter((each) => each.kind === kind).map(({ path }) => path)
    if (!plans.has(kind)) plans.set(kind, { plan: compileStream(mediaType, shape, paths, { mayLackAll: true }), paths })
  }
  return plans
}

function filtersFor(grant: Grant, operation: Operation): Filters {
  const { mediaType, protectedMarker: marker, shape } = operation.answer
  const fields = grantedFields(grant, operation)
  if (mediaType !== 'application/json') return { pieces: compileStream(mediaType, shape, fields, marker === undefined ? {} : { marker }) }
  const whole = compileProjector(shape, fields, optionsOf(grant, operation))
  return { whole, pieces: whole }
}

/** The marker of protected persons is read whatever the grant: lifting it frees the places, not the upstream from saying who it is. */
function optionsOf(grant: Grant, { answer: { rows, protectedMarker, suppressed } }: Operation): ProjectorOptions {
  const places = grant.protectedDocument === undefined ? suppressed : new Map()
  return {
    ...(rows !== undefined && { rows }),
    ...(protectedMarker !== undefined && { protection: { marker: protectedMarker, places } }),
  }
}
