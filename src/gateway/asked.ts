// asked.ts: what a call asks, held against the operation that it names: its parameters, its body, its subject.
import type { ErrorObject } from 'ajv/dist/2020.js'
import { foldIdentifier } from '../identifier.ts'
import type { JsonValue } from '../json.ts'
import type { Operation } from '../policy/snapshot.ts'
import { Refused } from '../problems.ts'
import type { RequestBody } from './body.ts'
import type { Subject } from './call-in-hand.ts'
import type { Route } from './prepared.ts'
import type { Shape } from './shape.ts'

/** Gives the JSON Pointer of every property of a body; elements of arrays share `*`. */
function eachPointer(value: JsonValue, at: string, give: (pointer: string) => void): void {
  if (Array.isArray(value)) {
    for (const element of value) eachPointer(element, `${at}/*`, give)
    return
  }
  if (value === null || typeof value !== 'object') return
  for (const [name, member] of Object.entries(value)) {
    const pointer = `${at}/${/[~/]/.test(name) ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name}`
    give(pointer)
    eachPointer(member, pointer, give)
  }
}

/** Everything that a call gives beside its subject, as keys of `Operation.reveals`. What the operation does not declare is not listed:
 *  it is refused as invalid once the caller is known to be entitled. */
export function supplied(route: Route | undefined, shape: Shape, body: RequestBody): string[] {
  if (route === undefined) return []
  const { operation, parameters } = route
  const given: string[] = []
  const give = (key: string): void => {
    if (operation.reveals.has(key) && !given.includes(key)) given.push(key)
  }
  for (const name of parameters.keys()) give(`path:${name}`)
  for (const [name] of shape.query) give(`query:${name}`)
  if (body.value !== undefined) eachPointer(body.value, '', give)
  return given
}

/** No identifier is longer; what is, would not fit into a record. In UTF-16 code units. */
const longestSubject = 256

/** The subject, as far as the body names one where the operation says. */
export function subjectOf(operation: Operation | undefined, body: RequestBody): Subject | undefined {
  const subject = operation?.request?.subject
  if (subject === undefined) return undefined
  let value: JsonValue | undefined = body.value
  for (const step of subject.pointer.slice(1).split('/')) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
    value = (value as { readonly [member: string]: JsonValue })[step] // an object, by the line above; Array.isArray does not narrow readonly arrays
  }
  return typeof value === 'string' && value.length <= longestSubject ? { kind: subject.kind, identifier: foldIdentifier(value) } : undefined
}

const where = ({ instancePath, keyword }: ErrorObject): string => `body${instancePath}: ${keyword}`

/** Holds parameters and body against what the operation declares. A detail names pointer and keyword, never a value.
 *  @throws Refused request-invalid */
export function validate(route: Route, shape: Shape, body: RequestBody): void {
  const { operation, parameters } = route
  const query = new Map(shape.query)
  for (const name of query.keys()) {
    if (!operation.parameters.some((each) => each.in === 'query' && each.name === name))
      throw new Refused('request-invalid', 'query: a parameter that is not declared')
  }
  for (const { in: place, name, required, accepts } of operation.parameters) {
    const value = place === 'path' ? parameters.get(name) : query.get(name)
    if (value === undefined ? required : !accepts(value)) throw new Refused('request-invalid', `${place} parameter ${name}`)
  }
  const { request } = operation
  if (request === undefined) {
    if (body.bytes.length > 0) throw new Refused('request-invalid', 'body: this operation takes none')
    return
  }
  if (body.value === undefined) {
    if (request.required) throw new Refused('request-invalid', 'body: missing')
    return
  }
  if (request.validate(body.value)) {
    if (request.subject !== undefined && subjectOf(operation, body) === undefined)
      throw new Refused('request-invalid', `body${request.subject.pointer}: too long`)
    return
  }
  throw new Refused('request-invalid', (request.validate.errors ?? []).slice(0, 8).map(where).join(', '))
}
