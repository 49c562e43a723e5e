// oracle.ts: what a strict parser and a filter of its tree say about an answer, to hold the filters of bytes against.
import { isDeepStrictEqual } from 'node:util'
import { JsonError, type JsonValue, parseJson } from '../../src/json.ts'
import { AnswerMalformed } from '../../src/projection/malformed.ts'
import { leavesOf, pathTo, type Shape } from '../../src/projection/paths.ts'
import type { Projected } from '../../src/projection/projector.ts'

/** What a projection gives, as one text: everything a caller can see. */
export function outcome(work: () => Projected): string {
  try {
    const { body, rows, beyond, undeclaredAt } = work()
    const undeclared = [...undeclaredAt].join(' ')
    return `${body.toString('latin1')} ${rows} ${beyond.withheld} ${beyond.undeclared} ${beyond.misshapen} ${undeclared}`
  } catch (error) {
    if (error instanceof AnswerMalformed) return `${error.problem} at ${error.offset}`
    throw error
  }
}

const withheld = Symbol('withheld')

/** What the grant lets pass of a parsed value. */
function filtered(shape: Shape, fields: ReadonlySet<string>, value: JsonValue, path = ''): JsonValue | typeof withheld {
  if (!leavesOf(shape, path).some((leaf) => fields.has(leaf))) return withheld
  if (value === null) return path === '' ? withheld : null
  if (shape.kind === 'leaf') {
    const fits = shape.type === 'integer' ? Number.isInteger(value) : typeof value === shape.type
    return fits ? value : withheld
  }
  if (shape.kind === 'array') {
    if (!Array.isArray(value)) return withheld
    return value.map((element) => filtered(shape.items, fields, element, `${path}[]`)).filter((element) => element !== withheld)
  }
  if (typeof value !== 'object' || Array.isArray(value)) return withheld
  const members = Object.entries(value).flatMap(([key, member]) => {
    const property = shape.properties.get(key)
    const passes = property === undefined ? withheld : filtered(property, fields, member, pathTo(path, key))
    return passes === withheld ? [] : [[key, passes] as const]
  })
  return Object.assign(Object.create(null), ...members.map(([key, member]) => own(key, member)))
}

/** An object of one member, `__proto__` like any other. */
function own(key: string, value: JsonValue): object {
  return Object.defineProperty(Object.create(null), key, { value, enumerable: true })
}

/** Whether the tree says otherwise. It cannot speak where numbers lose their text, or keys that are skipped come twice. */
export function contradicts(shape: Shape, fields: readonly string[], body: Buffer, result: Projected | undefined): boolean {
  if (/[0-9.]{16}|[0-9][eE]/.test(body.toString('latin1'))) return false
  let value: JsonValue
  try {
    value = parseJson(body)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    return result !== undefined && error.problem !== 'repeated-member'
  }
  const should = filtered(shape, new Set(fields), value)
  if (should === withheld || result === undefined) return should !== withheld || result !== undefined
  return !isDeepStrictEqual(parseJson(result.body), should)
}
