// hmac.ts: HMAC-SHA-256 (RFC 2104, FIPS 180-4) of four messages at once, one in each lane, from states that lie ready: what messages
// have in common is hashed once, and a processor adds four words as fast as one.
import { blockBytes, INNER, MESSAGES, OUTER, SCHEDULE, STATES, TAGS, tagBytes } from '../layout.ts'

/** Of one word of four messages. */
const wordsBytes = 16

/** FIPS 180-4 §5.3.3. */
const initial = memory.data<u32>([0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19])

/** FIPS 180-4 §4.2.2. */
// biome-ignore format: eight in a line, as the standard prints them
const constants = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
])

/** Lays the states ready. The key's two blocks stand as the first two messages. */
export function keyed(): void {
  start(i32(initial))
  read(MESSAGES, blockBytes)
  compress()
  for (let word = 0; word < 8; word++) {
    const lanes = v128.load(STATES + word * wordsBytes)
    store<u32>(INNER + word * 4, i32x4.extract_lane(lanes, 0))
    store<u32>(OUTER + word * 4, i32x4.extract_lane(lanes, 1))
  }
}

/** Hashes so many messages of so many blocks each. Of the last four, those beyond are hashed whatever they hold. */
export function macs(count: i32, blocks: i32): void {
  const length = blocks * blockBytes
  for (let at = 0; at < count; at += 4) {
    start(INNER)
    for (let block = 0; block < blocks; block++) {
      read(MESSAGES + at * length + block * blockBytes, length)
      compress()
    }
    digestAsBlock()
    start(OUTER)
    compress()
    give(TAGS + at * tagBytes)
  }
}

/** All four messages from one state. */
function start(state: i32): void {
  for (let word = 0; word < 8; word++) v128.store(STATES + word * wordsBytes, v128.load32_splat(state + word * 4))
}

/** One block of each message, as the first words of the schedule. */
function read(from: i32, apart: i32): void {
  for (let word = 0; word < 16; word += 4) {
    transpose(
      v128.load(from + word * 4),
      v128.load(from + word * 4 + apart),
      v128.load(from + word * 4 + 2 * apart),
      v128.load(from + word * 4 + 3 * apart),
      SCHEDULE + word * wordsBytes,
    )
  }
}

/** The block of the outer hash: what the inner ones came to, a bit, and the length of key and digest. */
function digestAsBlock(): void {
  memory.copy(SCHEDULE, STATES, 8 * wordsBytes)
  v128.store(SCHEDULE + 8 * wordsBytes, i32x4.splat(0x80000000))
  memory.fill(SCHEDULE + 9 * wordsBytes, 0, 6 * wordsBytes)
  v128.store(SCHEDULE + 15 * wordsBytes, i32x4.splat((blockBytes + 32) * 8))
}

/** The first 16 bytes of each digest. */
function give(to: i32): void {
  transpose(v128.load(STATES), v128.load(STATES + wordsBytes), v128.load(STATES + 2 * wordsBytes), v128.load(STATES + 3 * wordsBytes), to)
}

/** Four vectors of four words: what stood in one lane comes to stand in one vector, and the bytes of each word in the other order. */
function transpose(a: v128, b: v128, c: v128, d: v128, to: i32): void {
  const firstAB = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
  const firstCD = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
  const lastAB = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
  const lastCD = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
  v128.store(to, turned(v128.shuffle<i64>(firstAB, firstCD, 0, 2)))
  v128.store(to + wordsBytes, turned(v128.shuffle<i64>(firstAB, firstCD, 1, 3)))
  v128.store(to + 2 * wordsBytes, turned(v128.shuffle<i64>(lastAB, lastCD, 0, 2)))
  v128.store(to + 3 * wordsBytes, turned(v128.shuffle<i64>(lastAB, lastCD, 1, 3)))
}

function turned(words: v128): v128 {
  return v128.shuffle<i8>(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

/** One block of each message (FIPS 180-4 §6.2.2): the first 16 words of the schedule hold it. */
function compress(): void {
  for (let at = SCHEDULE + 16 * wordsBytes; at < SCHEDULE + 64 * wordsBytes; at += wordsBytes) {
    const near = v128.load(at - 15 * wordsBytes)
    const late = v128.load(at - 2 * wordsBytes)
    const small0 = xor3(rotated(near, 7), rotated(near, 18), i32x4.shr_u(near, 3))
    const small1 = xor3(rotated(late, 17), rotated(late, 19), i32x4.shr_u(late, 10))
    const before = i32x4.add(v128.load(at - 16 * wordsBytes), v128.load(at - 7 * wordsBytes))
    v128.store(at, i32x4.add(before, i32x4.add(small0, small1)))
  }
  let a = v128.load(STATES)
  let b = v128.load(STATES + wordsBytes)
  let c = v128.load(STATES + 2 * wordsBytes)
  let d = v128.load(STATES + 3 * wordsBytes)
  let e = v128.load(STATES + 4 * wordsBytes)
  let f = v128.load(STATES + 5 * wordsBytes)
  let g = v128.load(STATES + 6 * wordsBytes)
  let h = v128.load(STATES + 7 * wordsBytes)
  for (let round = 0; round < 64; round++) {
    const word = i32x4.add(v128.load(SCHEDULE + round * wordsBytes), v128.load32_splat(constants + round * 4))
    const rotations = xor3(rotated(e, 6), rotated(e, 11), rotated(e, 25))
    const first = i32x4.add(i32x4.add(h, rotations), i32x4.add(v128.bitselect(f, g, e), word))
    // The majority of three bits: where the first two agree it is theirs, or else the third's.
    const second = i32x4.add(xor3(rotated(a, 2), rotated(a, 13), rotated(a, 22)), v128.bitselect(c, a, v128.xor(a, b)))
    h = g
    g = f
    f = e
    e = i32x4.add(d, first)
    d = c
    c = b
    b = a
    a = i32x4.add(first, second)
  }
  add(0, a)
  add(1, b)
  add(2, c)
  add(3, d)
  add(4, e)
  add(5, f)
  add(6, g)
  add(7, h)
}

function add(word: i32, lanes: v128): void {
  const at = STATES + word * wordsBytes
  v128.store(at, i32x4.add(v128.load(at), lanes))
}

function xor3(a: v128, b: v128, c: v128): v128 {
  return v128.xor(a, v128.xor(b, c))
}

function rotated(words: v128, by: i32): v128 {
  return v128.or(i32x4.shr_u(words, by), i32x4.shl(words, 32 - by))
}
