// plan.ts: a shape and the granted leaves, compiled to flat tables that the filter walks by number.
import {
  ARRAY,
  BOOLEAN,
  EMPTIED,
  INTEGER,
  longestName,
  mostPlaces,
  NULLED,
  NUMBER,
  OBJECT,
  OMITTED,
  STRING,
  WITHHELD,
} from './kernel/layout.ts'
import { buildTable, type PlanTable } from './kernel/table.ts'
import { type Absence, elements, leavesOf, parseFieldPath, pathTo, type Shape, shapeAt } from './paths.ts'

export { ARRAY, BOOLEAN, INTEGER, longestName, NULLED, NUMBER, OBJECT, OMITTED, STRING, WITHHELD } from './kernel/layout.ts'

/** Node 0 is what no shape declares. Every other node is a place of the shape: the root, a property of an object on the way
 *  to a granted leaf (withheld ones too: they are counted apart from undeclared ones), or the elements of such an array. */
export interface Plan {
  /** Granted leaves that the shape declares, in the catalogue's order. */
  readonly fields: readonly string[]
  readonly root: number
  /** By node: WITHHELD … BOOLEAN, with all of `fields` asked. */
  readonly kinds: Uint8Array
  /** By leaf path in `fields`: the nodes from the root down to it. */
  readonly ways: ReadonlyMap<string, readonly number[]>
  /** Paths of the objects whose undeclared members are counted one by one, the root's empty; and by node, the index there. */
  readonly places: readonly string[]
  readonly placeOf: Uint8Array
  /** By path, as far as there are nodes. */
  readonly nodeAt: ReadonlyMap<string, number>
  /** By node of an array: the node of its elements; else 0. */
  readonly items: readonly number[]
  /** Node of the elements that count as rows; 0 where the answer is one row. */
  readonly rowNode: number
  /** By node, `recordLength` numbers each: see the offsets below. */
  readonly records: readonly number[]
  /** `"name":` of all properties as it is written, and the bare names in UTF-8. */
  readonly prefixes: Uint8Array
  readonly names: Uint8Array
  /** By node, the hash table of its properties: a node at `hash & (length - 1)`, more by `chain`. */
  readonly tables: readonly (readonly number[])[]
  readonly chain: readonly number[]
  /** Numbers of 31 bits that an object needs to remember which of its properties came. */
  readonly words: number
  /** The same for the kernel. */
  readonly table: PlanTable
}

/** Numbers of a node's record. */
export const recordLength = 6
/** Bytes of `"name":`, 0 for elements, and where it begins in `prefixes`. */
export const LENGTH = 0
export const PREFIX = 1
/** The property's bit among those of its object, and in which of its numbers. */
export const BIT = 2
export const WORD = 3
/** The bare name, in `names`. */
export const NAME = 4
export const NAME_LENGTH = 5

interface Node {
  kind: number
  items: number
  prefix: Buffer
  name: Buffer
  ordinal: number
  properties: number[]
  place: number
}

/** Compiles.
 *  @param granted field paths; those that this shape does not declare as a leaf are passed over
 *  @param rows path of the array whose elements are rows; absent → the root, where it is an array
 *  @throws RangeError where nothing of the shape is granted, a name is too long or has a lone surrogate, or `rows` is no array
 *  @throws FieldPathError for a path or a property name that cannot be read */
export function compilePlan(shape: Shape, granted: readonly string[], rows?: string): Plan {
  for (const path of granted) parseFieldPath(path)
  const wanted = new Set(granted)
  const fields = leavesOf(shape).filter((path) => wanted.has(path))
  if (fields.length === 0) throw new RangeError('a projector: none of the granted fields is a leaf of this shape; expected at least one')
  if (rows !== undefined && shapeAt(shape, rows)?.kind !== 'array') {
    throw new RangeError(`rows ${JSON.stringify(rows)}: expected the path of an array of this shape, without the [] of its elements`)
  }
  const tree = new PlanTree(new Set(fields))
  const root = tree.add(shape, '', '', 0, [])
  const rowPath = rows === undefined ? (shape.kind === 'array' ? elements : undefined) : pathTo(rows, elements)
  return {
    fields,
    root,
    ways: tree.ways,
    nodeAt: tree.nodeAt,
    places: tree.places,
    rowNode: (rowPath && tree.nodeAt.get(rowPath)) || 0,
    ...tablesOf(tree.nodes),
  }
}

/** In `places`, for all objects beyond the others. */
export const elsewhere = '…'

class PlanTree {
  readonly nodes: Node[] = [
    { kind: WITHHELD, items: 0, prefix: Buffer.alloc(0), name: Buffer.alloc(0), ordinal: 0, properties: [], place: 0 },
  ]
  readonly ways = new Map<string, readonly number[]>()
  readonly nodeAt = new Map<string, number>()
  readonly places: string[] = []
  readonly #fields: ReadonlySet<string>

  constructor(fields: ReadonlySet<string>) {
    this.#fields = fields
  }

  /** Adds what stands at a path, and beneath it as far as it leads to granted leaves. */
  add(shape: Shape, path: string, name: string, ordinal: number, above: readonly number[]): number {
    const number = this.nodes.length
    const way = [...above, number]
    const node: Node = { kind: WITHHELD, items: 0, prefix: prefixOf(name), name: Buffer.from(name), ordinal, properties: [], place: 0 }
    if (node.prefix.length > longestName) throw new RangeError(`property ${path}: its name is longer than ${longestName} bytes`)
    if (!name.isWellFormed()) throw new RangeError(`property ${path}: its name has a lone surrogate, which no JSON text can hold`)
    this.nodes.push(node)
    this.nodeAt.set(path, number)
    if (!leavesOf(shape, path).some((leaf) => this.#fields.has(leaf))) return number
    if (shape.kind === 'leaf') {
      node.kind = { string: STRING, number: NUMBER, integer: INTEGER, boolean: BOOLEAN }[shape.type]
      this.ways.set(path, way)
    } else if (shape.kind === 'array') {
      node.kind = ARRAY
      node.items = this.add(shape.items, pathTo(path, elements), '', 0, way)
    } else {
      node.kind = OBJECT
      node.place = Math.min(this.places.length, mostPlaces - 1)
      if (node.place === this.places.length) this.places.push(node.place === mostPlaces - 1 ? elsewhere : path)
      for (const [key, property] of shape.properties) {
        node.properties.push(this.add(property, pathTo(path, key), key, node.properties.length, way))
      }
    }
    return number
  }
}

/** `"name":` in the shortest spelling, which is what JSON.stringify writes: no spelling of an upstream is shorter. */
function prefixOf(name: string): Buffer {
  return Buffer.from(name === '' ? '' : `${JSON.stringify(name)}:`)
}

function tablesOf(nodes: readonly Node[]): Omit<Plan, 'fields' | 'root' | 'ways' | 'nodeAt' | 'places' | 'rowNode'> {
  const records: number[] = []
  let [prefix, name] = [0, 0]
  for (const node of nodes) {
    records.push(node.prefix.length, prefix, 1 << (node.ordinal % 31), Math.floor(node.ordinal / 31), name, node.name.length)
    prefix += node.prefix.length
    name += node.name.length
  }
  const { tables, chain } = hashTablesOf(nodes)
  return {
    kinds: Uint8Array.from(nodes, (node) => node.kind),
    items: nodes.map((node) => node.items),
    records,
    prefixes: Uint8Array.from(Buffer.concat(nodes.map((node) => node.prefix))),
    names: Uint8Array.from(Buffer.concat(nodes.map((node) => node.name))),
    tables,
    chain,
    words: Math.max(...nodes.map((node) => Math.ceil(node.properties.length / 31))),
    placeOf: Uint8Array.from(nodes, (node) => node.place),
    table: buildTable(nodes, tables, chain),
  }
}

/** Slots of a hash table, at most: its mask is kept in two bytes. */
const mostSlots = 65_536

function hashTablesOf(nodes: readonly Node[]): Pick<Plan, 'tables' | 'chain'> {
  const chain = nodes.map(() => 0)
  const tables = nodes.map(({ properties }) => {
    const size = Math.min(2 ** Math.ceil(Math.log2(properties.length * 4 + 1)), mostSlots)
    const table = new Array<number>(size).fill(0)
    for (const property of properties) {
      const name = nodes[property]?.name ?? Buffer.alloc(0)
      const slot = hashOf(name[0] ?? 0, name[name.length - 1] ?? 0, name.length) & (size - 1)
      chain[property] = table[slot] ?? 0
      table[slot] = property
    }
    return table
  })
  return { tables, chain }
}

/** Where a name is looked up first: cheap, and different enough for the few names of one object. */
function hashOf(first: number, last: number, length: number): number {
  return first + last * 3 + length * 5
}

/** The property of an object node whose name is the bytes at [from, to); 0 where it declares none. */
export function propertyOf(plan: Plan, object: number, bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length <= 0 || length > longestName) return 0
  const table = plan.tables[object] ?? []
  let node = table[hashOf(bytes[from] ?? 0, bytes[to - 1] ?? 0, length) & (table.length - 1)] ?? 0
  for (; node !== 0; node = plan.chain[node] ?? 0) {
    const record = node * recordLength
    if (plan.records[record + NAME_LENGTH] !== length) continue
    const name = plan.records[record + NAME] ?? 0
    let k = 0
    while (k < length && bytes[from + k] === plan.names[name + k]) k++
    if (k === length) return node
  }
  return 0
}

/** @returns the asked fields
 *  @throws RangeError for an empty list, or a path that is not one of the plan's fields */
export function checkAsked({ fields, ways }: Plan, asked: readonly string[]): readonly string[] {
  if (asked.length === 0) throw new RangeError('asked fields: the list is empty; expected at least one (all of them: leave it out)')
  for (const path of asked) {
    if (!ways.has(path)) throw new RangeError(`asked field ${JSON.stringify(path)}: it is not granted here; granted: ${fields.join(', ')}`)
  }
  return asked
}

/** `kinds` where only some of the fields are asked: as a plan of these alone would have it.
 *  @throws RangeError for an empty list, or a path that is not one of the plan's fields */
export function kindsAsked(plan: Plan, asked: readonly string[]): Uint8Array {
  const kinds = new Uint8Array(plan.kinds.length)
  for (const path of checkAsked(plan, asked)) {
    for (const node of plan.ways.get(path) ?? []) kinds[node] = plan.kinds[node] ?? WITHHELD
  }
  return kinds
}

/** `kinds` for an answer about a protected person: what is released at these places is what the upstream sends of who has none. */
export function kindsSuppressed(plan: Plan, kinds: Uint8Array, places: ReadonlyMap<string, Absence>): Uint8Array {
  const suppressed = Uint8Array.from(kinds)
  for (const [path, absence] of places) {
    const node = plan.nodeAt.get(path) ?? 0
    if (kinds[node] !== WITHHELD) suppressed[node] = { null: NULLED, empty: EMPTIED, absent: OMITTED }[absence]
  }
  return suppressed
}
