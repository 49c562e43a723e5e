// suppressed.ts: what an answer about a protected person holds where it would help to find them: what the upstream sends of who has none.
import { type Absence, elements, pathTo, type Shape } from '../../projection/paths.ts'

/** What is said of the places of an answer. */
export interface Said {
  /** Leaves with x-locates. */
  readonly locates: ReadonlySet<string>
  /** Places that can be null. */
  readonly nullable: ReadonlySet<string>
}

/** The outermost places that hold nothing else, and what stands there of who has none: null where that is declared, no element of an
 *  array, and otherwise nothing. An object that cannot be null is there for everybody: its members are the places. */
export function suppressedOf(shape: Shape, said: Said, path = ''): ReadonlyMap<string, Absence> {
  const locating = locatesOnly(shape, said, path)
  if (locating && said.nullable.has(path)) return new Map([[path, 'null']])
  if (shape.kind === 'leaf') return new Map(locating ? [[path, 'absent']] : [])
  if (shape.kind === 'array') return locating ? new Map([[path, 'empty']]) : suppressedOf(shape.items, said, pathTo(path, elements))
  return new Map([...shape.properties].flatMap(([name, property]) => [...suppressedOf(property, said, pathTo(path, name))]))
}

/** Whether every leaf at and beneath a place locates. */
function locatesOnly(shape: Shape, said: Said, path: string): boolean {
  if (shape.kind === 'leaf') return said.locates.has(path)
  if (shape.kind === 'array') return locatesOnly(shape.items, said, pathTo(path, elements))
  return [...shape.properties].every(([name, property]) => locatesOnly(property, said, pathTo(path, name)))
}
