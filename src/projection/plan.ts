// plan.ts: a shape and the granted leaves, compiled to flat tables that the filter walks by number.
import { elements, leavesOf, parseFieldPath, pathTo, type Shape, shapeAt } from './paths.ts'

/** What may be released of a node's value. */
export const WITHHELD = 0
export const OBJECT = 1
export const ARRAY = 2
export const STRING = 3
export const NUMBER = 4
export const INTEGER = 5
export const BOOLEAN = 6

/** Longest property name that a plan takes, bytes of UTF-8. The filter's key buffer and output have room for one. */
export const longestName = 1024

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
  /** By node of an array: the node of its elements; else 0. */
  readonly items: Int32Array
  /** Node of the elements that count as rows; 0 where the answer is one row. */
  readonly rowNode: number
  /** By node of a property, `"name":` as it is written: `prefixLength` bytes in four-byte words, the first of them in the lowest
   *  bits, from `prefixFrom` on in `prefixes`; the unused bytes of the last word are zero. Else no bytes. */
  readonly prefixes: Int32Array
  readonly prefixFrom: Int32Array
  readonly prefixLength: Int32Array
  /** The last four bytes of the prefix, as one word (no prefix is shorter). */
  readonly prefixTail: Int32Array
  /** The same names as bare UTF-8, for comparison. */
  readonly names: Uint8Array
  readonly nameFrom: Int32Array
  readonly nameTo: Int32Array
  /** Hash table of the properties of an object: node `first` of slot `tableFrom[object] + hash & tableMask[object]`, then `chain`. */
  readonly slots: Int32Array
  readonly tableFrom: Int32Array
  readonly tableMask: Int32Array
  readonly chain: Int32Array
  /** A property's bit among those of its object: `bit` of word `word`; objects take `words` words. */
  readonly bit: Int32Array
  readonly word: Int32Array
  readonly words: number
  /** Learnt, never decisive: the property that came first in this object, and next after this one, the last time. Upstreams
   *  write the same keys in the same order, so that one comparison usually finds the key. */
  readonly firstHint: Int32Array
  readonly nextHint: Int32Array
}

/** Where a name is looked up first: cheap, and different enough for the few names of one object. */
function hashOf(first: number, last: number, length: number): number {
  return first + last * 3 + length * 5
}

interface Node {
  kind: number
  items: number
  prefix: Buffer
  name: Buffer
  ordinal: number
  properties: number[]
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
  return { fields, root, ways: tree.ways, rowNode: (rowPath && tree.nodeAt.get(rowPath)) || 0, ...tablesOf(tree.nodes) }
}

class PlanTree {
  readonly nodes: Node[] = [{ kind: WITHHELD, items: 0, prefix: Buffer.alloc(0), name: Buffer.alloc(0), ordinal: 0, properties: [] }]
  readonly ways = new Map<string, readonly number[]>()
  readonly nodeAt = new Map<string, number>()
  readonly #fields: ReadonlySet<string>

  constructor(fields: ReadonlySet<string>) {
    this.#fields = fields
  }

  /** Adds what stands at a path, and beneath it as far as it leads to granted leaves. */
  add(shape: Shape, path: string, name: string, ordinal: number, above: readonly number[]): number {
    const number = this.nodes.length
    const way = [...above, number]
    const node: Node = { kind: WITHHELD, items: 0, prefix: prefixOf(name), name: Buffer.from(name), ordinal, properties: [] }
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

function tablesOf(nodes: readonly Node[]): Omit<Plan, 'fields' | 'root' | 'ways' | 'rowNode'> {
  const names = layOut(nodes.map((node) => node.name))
  const padded = layOut(nodes.map(({ prefix }) => Buffer.concat([prefix, Buffer.alloc(-prefix.length & 3)])))
  const column = (of: (node: Node) => number): Int32Array => Int32Array.from(nodes, of)
  const slots: number[] = []
  const tableFrom = new Int32Array(nodes.length)
  const tableMask = new Int32Array(nodes.length)
  const chain = new Int32Array(nodes.length)
  for (const [number, { properties }] of nodes.entries()) {
    const size = 2 ** Math.ceil(Math.log2(properties.length * 4 + 1))
    tableFrom[number] = slots.length
    tableMask[number] = size - 1
    const table = new Array<number>(size).fill(0)
    for (const property of properties) {
      const name = nodes[property]?.name ?? Buffer.alloc(0)
      const slot = hashOf(name[0] ?? 0, name[name.length - 1] ?? 0, name.length) & (size - 1)
      chain[property] = table[slot] ?? 0
      table[slot] = property
    }
    slots.push(...table)
  }
  return {
    kinds: Uint8Array.from(nodes, (node) => node.kind),
    items: column((node) => node.items),
    prefixes: Int32Array.from({ length: padded.bytes.length / 4 }, (_, word) => wordAt(padded.bytes, word * 4)),
    prefixFrom: padded.from.map((offset) => offset / 4),
    prefixLength: column((node) => node.prefix.length),
    prefixTail: column(({ prefix }) => (prefix.length === 0 ? 0 : wordAt(prefix, prefix.length - 4))),
    names: names.bytes,
    nameFrom: names.from,
    nameTo: names.to,
    slots: Int32Array.from(slots),
    tableFrom,
    tableMask,
    chain,
    bit: column((node) => 1 << (node.ordinal & 31)),
    word: column((node) => node.ordinal >> 5),
    words: Math.max(...nodes.map((node) => (node.properties.length >> 5) + 1)),
    firstHint: column((node) => node.properties[0] ?? 0),
    nextHint: new Int32Array(nodes.length),
  }
}

function layOut(parts: readonly Buffer[]): { readonly bytes: Uint8Array; readonly from: Int32Array; readonly to: Int32Array } {
  const from = new Int32Array(parts.length)
  const to = new Int32Array(parts.length)
  let length = 0
  for (const [k, part] of parts.entries()) {
    from[k] = length
    length += part.length
    to[k] = length
  }
  return { bytes: Uint8Array.from(Buffer.concat(parts)), from, to }
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset, true)
}

/** `kinds` where only some of the fields are asked: as a plan of these alone would have it.
 *  @throws RangeError for an empty list, or a path that is not one of the plan's fields */
export function kindsAsked(plan: Plan, asked: readonly string[]): Uint8Array {
  if (asked.length === 0) throw new RangeError('asked fields: the list is empty; expected at least one (all of them: leave it out)')
  const kinds = new Uint8Array(plan.kinds.length)
  for (const path of asked) {
    const way = plan.ways.get(path)
    if (way === undefined)
      throw new RangeError(`asked field ${JSON.stringify(path)}: it is not granted here; granted: ${plan.fields.join(', ')}`)
    for (const node of way) kinds[node] = plan.kinds[node] ?? WITHHELD
  }
  return kinds
}

/** The property of an object node whose name is the bytes at [from, to); 0 where it declares none. */
export function propertyOf(plan: Plan, object: number, bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length <= 0 || length > longestName) return 0
  const slot = hashOf(bytes[from] ?? 0, bytes[to - 1] ?? 0, length) & (plan.tableMask[object] ?? 0)
  let node = plan.slots[(plan.tableFrom[object] ?? 0) + slot] ?? 0
  for (; node !== 0; node = plan.chain[node] ?? 0) {
    const start = plan.nameFrom[node] ?? 0
    if ((plan.nameTo[node] ?? 0) - start !== length) continue
    let k = 0
    while (k < length && bytes[from + k] === plan.names[start + k]) k++
    if (k === length) return node
  }
  return 0
}
