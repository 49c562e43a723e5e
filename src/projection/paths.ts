// paths.ts: field paths, and the declared shape of an answer that they are paths into.

/** The shape that the catalogue declares for an answer: what may be released at all, and as what. */
export type Shape = ObjectShape | ArrayShape | LeafShape

export interface ObjectShape {
  readonly kind: 'object'
  /** Property name (never containing `.`, `[` or `]`) → shape, in the catalogue's order. */
  readonly properties: ReadonlyMap<string, Shape>
}

export interface ArrayShape {
  readonly kind: 'array'
  readonly items: Shape
}

export type LeafType = 'string' | 'number' | 'integer' | 'boolean'

export interface LeafShape {
  readonly kind: 'leaf'
  /** `null` always passes where a leaf is granted (design §8), so it is not listed. */
  readonly type: LeafType
}

/** What an upstream sends at a place of who has nothing there: null, an empty array, or no member and no element. */
export type Absence = 'null' | 'empty' | 'absent'

/** One step of a path: into a property, or (`[]`, which no property can be called) into the elements of an array. */
export type PathStep = string
export const elements: PathStep = '[]'

/** A field path that cannot be read. The message names the path, which is configuration or a caller's request for fields. */
export class FieldPathError extends Error {
  readonly path: string
  constructor(path: string, found: string) {
    super(`field path ${JSON.stringify(path)}: ${found}; expected names divided by dots, with [] after an array, like members[].name`)
    this.name = 'FieldPathError'
    this.path = path
  }
}

/** The steps of a field path: `members[].disability.level`, `[].id`, `rows[][].code`.
 *  @throws FieldPathError where it is empty, or has an empty name, or a bracket that is not part of `[]` after a name */
export function parseFieldPath(path: string): readonly PathStep[] {
  if (path === '') throw new FieldPathError(path, 'it is empty')
  const steps: PathStep[] = []
  for (const [place, part] of path.split('.').entries()) {
    const brackets = part.indexOf('[')
    const name = brackets < 0 ? part : part.slice(0, brackets)
    const arrays = brackets < 0 ? '' : part.slice(brackets)
    if (name === '' && (place > 0 || arrays === '')) throw new FieldPathError(path, 'a name is empty')
    if (name.includes(']') || !/^(\[\])*$/.test(arrays)) throw new FieldPathError(path, 'a bracket stands alone')
    if (name !== '') steps.push(name)
    for (let k = 0; k < arrays.length; k += 2) steps.push(elements)
  }
  return steps
}

/** The path of a property, or of the elements (`[]`), of what stands at a path; the root's path is the empty text. */
export function pathTo(parent: string, step: PathStep): string {
  return step === elements ? `${parent}[]` : parent === '' ? step : `${parent}.${step}`
}

/** The paths of all leaves of a shape, in the catalogue's order.
 *  @throws FieldPathError for a property whose name would make a path ambiguous (empty, or with `.`, `[` or `]`) */
export function leavesOf(shape: Shape, at = ''): readonly string[] {
  switch (shape.kind) {
    case 'leaf':
      return [at]
    case 'array':
      return leavesOf(shape.items, pathTo(at, elements))
    case 'object':
      return [...shape.properties].flatMap(([name, property]) => {
        if (name === '' || /[.[\]]/.test(name))
          throw new FieldPathError(pathTo(at, name), 'a property name is empty or has a dot or bracket')
        return leavesOf(property, pathTo(at, name))
      })
  }
}

/** What stands at a path, a container or a leaf; undefined where the shape declares nothing there.
 *  @throws FieldPathError where the path cannot be read */
export function shapeAt(shape: Shape, path: string): Shape | undefined {
  let here: Shape | undefined = shape
  for (const step of parseFieldPath(path)) {
    if (here?.kind === 'array') here = step === elements ? here.items : undefined
    else if (here?.kind === 'object') here = here.properties.get(step)
    else return undefined
  }
  return here
}

/** The leaf at a path; undefined where the shape declares none there (a container is none).
 *  @throws FieldPathError where the path cannot be read */
export function leafAt(shape: Shape, path: string): LeafShape | undefined {
  const found = shapeAt(shape, path)
  return found?.kind === 'leaf' ? found : undefined
}
