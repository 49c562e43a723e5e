// names.ts: property names: compared with the piece at hand, looked up, and written.
import { CHAIN, HEAD, HEAD_BITS, LENGTH, PREFIX, recordBytes, TABLE, TABLE_MASK, TAIL } from '../layout.ts'
import { copy } from './scan.ts'

/** Whether `"name":` of a record stands at a place, in the policy's own spelling and without space. */
export function stands(plan: i32, record: i32, at: i32): bool {
  const same = i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(record, HEAD)))
  if ((~same & load<u16>(record, HEAD_BITS)) !== 0) return false
  const length: i32 = load<u16>(record, LENGTH)
  if (length <= 16) return true
  const tail = i8x16.bitmask(i8x16.eq(v128.load(at + length - 16), v128.load(record, TAIL)))
  return tail === 0xffff && (length <= 32 || sameBytes(at + 16, plan + load<i32>(record, PREFIX) + 16, length - 32))
}

function sameBytes(one: i32, other: i32, length: i32): bool {
  for (let k = 0; k < length; k++) if (load<u8>(one + k) !== load<u8>(other + k)) return false
  return true
}

/** The property of an object whose name, quotes included, is the bytes at [from, to); 0 where it declares none. */
export function propertyOf(plan: i32, object: i32, from: i32, to: i32): i32 {
  const length = to - from - 2
  if (length <= 0) return 0
  const hash = i32(load<u8>(from, 1)) + i32(load<u8>(to - 2)) * 3 + length * 5
  const record = plan + object * recordBytes
  let node = load<i32>(plan + (load<i32>(record, TABLE) & 0xffffff) + ((hash & i32(load<u16>(record, TABLE_MASK))) << 2))
  while (node !== 0) {
    const one = plan + node * recordBytes
    if (i32(load<u16>(one, LENGTH)) === length + 3 && sameBytes(from, plan + load<i32>(one, PREFIX), length + 2)) return node
    node = load<i32>(one, CHAIN)
  }
  return 0
}

/** Writes `"name":` of a record; of elements nothing.
 *  @returns the place behind it */
export function writePrefix(plan: i32, record: i32, out: i32): i32 {
  const length: i32 = load<u16>(record, LENGTH)
  v128.store(out, v128.load(record, HEAD))
  return length <= 16 ? out + length : copy(out, plan + load<i32>(record, PREFIX), plan + load<i32>(record, PREFIX) + length)
}
