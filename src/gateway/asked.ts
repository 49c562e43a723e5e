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

/** What stands where the operation says that whom a call asks about is named: one, or of a batch operation a list. */
function named(operation: Operation | undefined, body: RequestBody): readonly JsonValue[] {
  const subject = operation?.request?.subject
  if (subject === undefined) return []
  let value: JsonValue | undefined = body.value
  for (const step of subject.pointer.slice(1).split('/')) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return []
    value = (value as { readonly [member: string]: JsonValue })[step] // an object, by the line above; Array.isArray does not narrow readonly arrays
  }
  if (operation?.maxSubjects !== undefined) return Array.isArray(value) ? value : []
  return value === undefined ? [] : [value]
}

/** Whom a call asks about, each once, as far as its body names them where the operation says: of a list that is too long the first. */
export function subjectsOf(operation: Operation | undefined, body: RequestBody): Subject[] {
  const kind = operation?.request?.subject?.kind
  if (kind === undefined) return []
  const subjects = new Map<string, Subject>()
  for (const value of named(operation, body)) {
    if (subjects.size === (operation?.maxSubjects ?? 1)) break
    if (typeof value !== 'string' || value.length > longestSubject) continue
    const identifier = foldIdentifier(value)
    if (!subjects.has(identifier)) subjects.set(identifier, { kind, identifier })
  }
  return [...subjects.values()]
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
  if (!request.validate(body.value)) throw new Refused('request-invalid', (request.validate.errors ?? []).slice(0, 8).map(where).join(', '))
  checkSubjects(operation, body)
}

/** What no schema says of those whom a call asks about: how many they may be, and that a list names each once, however it is written. */
function checkSubjects(operation: Operation, body: RequestBody): void {
  const subject = operation.request?.subject
  if (subject === undefined) return
  const { maxSubjects } = operation
  const refuse = (why: string): never => {
    throw new Refused('request-invalid', `body${subject.pointer}: ${why}`)
  }
  const all = named(operation, body)
  if (all.some((each) => typeof each === 'string' && each.length > longestSubject)) refuse('too long')
  if (maxSubjects === undefined) return
  if (all.length === 0) refuse('names nobody')
  if (all.length > maxSubjects) refuse(`names more than ${maxSubjects}`)
  if (subjectsOf(operation, body).length < all.length) refuse('names somebody twice')
}

/** Bytes that one list of fields may take in all records of a call. Beside the two lists a record of a batch takes some 2 KiB, at most 5:
 *  so those of a hundred subjects go into one commit of the log. */
const mostFieldBytes = 192 * 1024

/** Each record of a call names the fields that were asked, and those that were released.
 *  @throws Refused request-invalid, where so many of them cannot */
export function checkRecords(records: number, fields: readonly string[]): void {
  if (records > 1 && records * Buffer.byteLength(JSON.stringify(fields)) > mostFieldBytes)
    throw new Refused('request-invalid', 'so many fields of so many people: ask about fewer people, or for fewer fields')
}
