// scan.ts: where ordinary tokens of the piece at hand end. What is not ordinary is left to careful.ts.
import { longestNumber, MARKS, SPACE, STATE } from '../layout.ts'

/** Marks the bytes of the piece, and the zero behind it, at which a string does not simply go on: quote, backslash, control
 *  characters. Bytes from 0x80 on belong to characters of several bytes and are never marked. */
export function mark(end: i32): void {
  for (let at = 0; at <= end; at += 32) {
    store<u32>(MARKS + (at >>> 3), i8x16.bitmask(special(v128.load(at))) | (i8x16.bitmask(special(v128.load(at, 16))) << 16))
  }
}

/** Bytes below 0x20, and 0x22, are those up to 0x20 once bit 1 is turned. */
function special(bytes: v128): v128 {
  const turned = v128.xor(bytes, i8x16.splat(2))
  return v128.or(i8x16.eq(i8x16.min_u(turned, i8x16.splat(0x20)), turned), i8x16.eq(bytes, i8x16.splat(0x5c)))
}

/** The first marked byte from a place on. */
export function endOfPlain(at: i32): i32 {
  let bits = load<u64>(MARKS + (at >>> 3)) >>> (at & 7)
  while (bits === 0) {
    at = (at & ~7) + 64
    bits = load<u64>(MARKS + (at >>> 3))
  }
  return at + i32(ctz(bits))
}

/** The place behind a string's closing quote, from the backslash of its first escape; 0 where the string is not ordinary. */
export function endOfEscaped(at: i32): i32 {
  while (load<u8>(at) === 0x5c) {
    at = endOfEscape(at)
    if (at === 0) return 0
    at = endOfPlain(at)
  }
  return load<u8>(at) === 0x22 ? at + 1 : 0
}

/** The place behind an escape, a surrogate pair as one; 0 where it is malformed, or cut by the end of the piece. */
function endOfEscape(at: i32): i32 {
  switch (load<u8>(at, 1)) {
    case 0x22:
    case 0x2f:
    case 0x5c:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return at + 2
    case 0x75: {
      const unit = codeUnit(at + 2)
      if ((unit & 0xf800) !== 0xd800) return unit < 0 ? 0 : at + 6
      if (unit > 0xdbff || load<u16>(at, 6) !== 0x755c) return 0
      return (codeUnit(at + 8) & ~0x3ff) === 0xdc00 ? at + 12 : 0
    }
    default:
      return 0
  }
}

/** The code unit of four hexadecimal digits; negative where one is missing. */
function codeUnit(from: i32): i32 {
  let unit = 0
  for (let at = from; at < from + 4; at++) {
    const byte: i32 = load<u8>(at)
    const letter = (byte | 0x20) - 0x61
    if (u32(byte - 0x30) < 10) unit = (unit << 4) | (byte - 0x30)
    else if (u32(letter) < 6) unit = (unit << 4) | (letter + 10)
    else return -1
  }
  return unit
}

/** The place behind a number without exponent; 0 where it is not ordinary.
 *  @param whole whether it must have no point either */
export function endOfNumber(from: i32, whole: bool): i32 {
  const first = load<u8>(from) === 0x2d ? from + 1 : from
  let at = endOfDigits(first)
  if (at === first || (load<u8>(first) === 0x30 && at !== first + 1)) return 0
  if (!whole && load<u8>(at) === 0x2e) {
    const point = at + 1
    at = endOfDigits(point)
    if (at === point) return 0
  }
  const byte: i32 = load<u8>(at)
  const ends = byte === 0x2c || (byte | 0x20) === 0x7d || isSpace(byte)
  return ends && at - from <= longestNumber ? at : 0
}

function endOfDigits(at: i32): i32 {
  while (true) {
    const others = i8x16.bitmask(i8x16.gt_u(i8x16.sub(v128.load(at), i8x16.splat(0x30)), i8x16.splat(9)))
    if (others !== 0) return at + ctz(others)
    at += 16
  }
}

/** The place behind true, false or null; 0 where it is none. */
export function endOfLiteral(at: i32): i32 {
  const word = load<u32>(at)
  if (word === 0x65757274 || word === 0x6c6c756e) return at + 4
  return word === 0x736c6166 && load<u8>(at, 4) === 0x65 ? at + 5 : 0
}

function isSpace(byte: i32): bool {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** The first byte from a place on that is no white space. In NDJSON a line feed is none. */
export function behindSpace(at: i32): i32 {
  while (true) {
    const bytes = v128.load(at)
    const spaces = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(0x20)), i8x16.eq(bytes, v128.load_splat<u8>(STATE + SPACE * 4))),
      v128.or(i8x16.eq(bytes, i8x16.splat(0x0d)), i8x16.eq(bytes, i8x16.splat(0x09))),
    )
    const others = i8x16.bitmask(spaces) ^ 0xffff
    if (others !== 0) return at + ctz(others)
    at += 16
  }
}

/** Copies 16 bytes at a time; up to 15 too many, for which there is room everywhere.
 *  @returns the place behind the copy */
export function copy(to: i32, from: i32, end: i32): i32 {
  const length = end - from
  if (length > 512) memory.copy(to, from, length)
  else {
    for (let k = 0; k < length; k += 16) v128.store(to + k, v128.load(from + k))
  }
  return to + length
}
