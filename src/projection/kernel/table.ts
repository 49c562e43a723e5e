// table.ts: a plan as the kernel reads it, and which plans stand in its memory.
import { memory } from './kernel.ts'
import * as layout from './layout.ts'

/** A node of a plan, as far as the kernel knows it. */
export interface TableNode {
  readonly kind: number
  /** `"name":` as it is written; nothing for elements. */
  readonly prefix: Uint8Array
  readonly ordinal: number
  readonly properties: readonly number[]
  readonly items: number
  /** Of an object: the place that its undeclared members are counted at. */
  readonly place: number
}

/** Hash table of an object's properties: a node at `slots[hash & mask]`, more by `chain`. */
export interface NameTable {
  readonly slots: readonly number[]
}

/** A plan as the kernel reads it. The bytes stay outside: the kernel's memory holds the plans that were used last, as many as fit,
 *  so that plans of snapshots that are gone need no release. */
export class PlanTable {
  readonly #bytes: Uint8Array
  readonly #nodes: number
  #generation = 0
  #at = 0

  constructor(bytes: Uint8Array, nodes: number) {
    this.#bytes = bytes
    this.#nodes = nodes
  }

  /** Where it stands in the kernel's memory, from now until another plan is asked for. */
  at(): number {
    if (this.#generation === generation) return this.#at
    if (free + this.#bytes.length > layout.PLANS + layout.longestPlan) {
      generation++
      free = layout.PLANS
    }
    memory.set(this.#bytes, free)
    this.#at = free
    this.#generation = generation
    free += (this.#bytes.length + 15) & ~15
    return this.#at
  }

  /** Where its kinds stand. */
  kindsAt(): number {
    return this.at() + this.#nodes * layout.recordBytes
  }
}

/** Grows with each time that the memory was full, and all plans in it were given up. */
let generation = 1
let free = layout.PLANS

/** @param tables by node, the hash table of its properties, as many slots as a power of two
 *  @param chain by node, the next property in the same slot
 *  @throws RangeError where the tables are larger than the kernel's memory */
export function buildTable(nodes: readonly TableNode[], tables: readonly (readonly number[])[], chain: readonly number[]): PlanTable {
  const kindsAt = nodes.length * layout.recordBytes
  const slotsAt = (kindsAt + nodes.length + 3) & ~3
  const slots = tables.flat()
  const prefixesAt = slotsAt + slots.length * 4
  const prefixes = nodes.reduce((sum, { prefix }) => sum + prefix.length, 0)
  const size = prefixesAt + prefixes
  if (size > layout.longestPlan || nodes.length > layout.mostNodes) {
    throw new RangeError(`a projector: the answer's shape is too large, ${nodes.length} properties; expected at most some ten thousand`)
  }
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  let [table, prefix] = [slotsAt, prefixesAt]
  for (const [number, node] of nodes.entries()) {
    const own = tables[number] ?? []
    writeRecord(view, number, node, prefix)
    view.setInt32(number * layout.recordBytes + layout.TABLE, table, true)
    view.setUint8(number * layout.recordBytes + layout.PLACE, node.place)
    view.setUint16(number * layout.recordBytes + layout.TABLE_MASK, own.length - 1, true)
    view.setInt32(number * layout.recordBytes + layout.CHAIN, chain[number] ?? 0, true)
    bytes[kindsAt + number] = node.kind
    bytes.set(node.prefix, prefix)
    for (const [k, slot] of own.entries()) view.setInt32(table + k * 4, slot, true)
    node.properties.forEach((property, k) => {
      view.setInt32(property * layout.recordBytes + layout.AFTER_IT, node.properties[k + 1] ?? 0, true)
    })
    table += own.length * 4
    prefix += node.prefix.length
  }
  return new PlanTable(bytes, nodes.length)
}

function writeRecord(view: DataView, number: number, node: TableNode, prefix: number): void {
  const record = number * layout.recordBytes
  const { length } = node.prefix
  const bytes = new Uint8Array(view.buffer)
  bytes.set(node.prefix.subarray(0, 16), record + layout.HEAD)
  if (length > 16) bytes.set(node.prefix.subarray(length - 16), record + layout.TAIL)
  view.setUint16(record + layout.LENGTH, length, true)
  view.setUint16(record + layout.HEAD_BITS, 2 ** Math.min(length, 16) - 1, true)
  view.setInt32(record + layout.BIT, 1 << (node.ordinal % 31), true)
  view.setInt32(record + layout.PREFIX, prefix, true)
  view.setInt32(record + layout.FIRST, node.items === 0 ? (node.properties[0] ?? 0) : node.items, true)
  view.setUint16(record + layout.CAME_AT, (layout.CAME + Math.floor(node.ordinal / 31)) * 4, true)
}
