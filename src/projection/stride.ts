// stride.ts: the filter's fast path: whole ordinary tokens at a time. Everything else it leaves to careful.ts.
import { ARRAY, BOOLEAN, INTEGER, NUMBER, OBJECT, type Plan, propertyOf, STRING, WITHHELD } from './plan.ts'
import { input, output } from './slab.ts'
import { deepest, type FilterState, longestNumber } from './state.ts'
import { AFTER, COLON, DONE, FIRST_ELEMENT, FIRST_KEY, KEY, VALUE } from './tokens.ts'

// Indexes below carry `as number`: a zero byte ends every piece in `input`, no token contains one, so every loop stops at it;
// nodes and frames come from tables of their own size.

// Constants of this very module: V8 writes their addresses into the code, which it cannot do with imported or exported ones.
const bytes = input
const words4 = new DataView(input.buffer)
const released = output
const released4 = new DataView(output.buffer)

/** Of four bytes of a string, those that do not simply go on: the quote, the backslash, control characters. The lowest bit set
 *  in the result is the highest of the first such byte; above it bits may be set in error. A byte below 0x20 and the quote
 *  (0x22) are those that are below 0x21 with bit 1 turned; a byte from 0x80 on is part of a character, and never marked. */
const special = (word: number): number => (((word ^ 0x02020202) - 0x21212121) | ((word ^ 0x5c5c5c5c) - 0x01010101)) & ~word & 0x80808080

/** Which of four bytes the lowest bit set stands in, 0 to 3. */
const firstByte = (bits: number): number => (31 - Math.clz32(bits & -bits)) >> 3

// Classes of bytes.
const digit = new Uint8Array(256).fill(1, 0x30, 0x3a)
const space = new Uint8Array(256)
for (const byte of [0x20, 0x0a, 0x0d, 0x09]) space[byte] = 1

/** The closing quote of a string from a place inside it, over escapes; -1 where careful.ts has to look. */
const closingQuote = (from: number): number => {
  let i = endOfPlain(from)
  while (bytes[i] === 0x5c) {
    i = afterEscape(i)
    if (i < 0) return -1
    i = endOfPlain(i)
  }
  return bytes[i] === 0x22 ? i : -1
}

/** The first byte from a place on that does not simply belong to a string. */
const endOfPlain = (from: number): number => {
  let i = from
  let bits = special(words4.getInt32(i, true))
  while (bits === 0) {
    i += 4
    bits = special(words4.getInt32(i, true))
  }
  return i + firstByte(bits)
}

const simpleEscape = new Uint8Array(256)
for (const byte of Buffer.from('"\\/bfnrt')) simpleEscape[byte] = 1
const hexDigit = new Uint8Array(256)
for (const byte of Buffer.from('0123456789abcdefABCDEF')) hexDigit[byte] = Number.parseInt(String.fromCharCode(byte), 16) + 1

/** The place after an escape; -1 where it is no ordinary one: malformed, or cut by the end of the piece. */
const afterEscape = (i: number): number => {
  const letter = bytes[i + 1] as number
  if (simpleEscape[letter] === 1) return i + 2
  if (letter !== 0x75) return -1
  const unit = codeUnit(i)
  if (unit < 0xd800 || unit > 0xdfff) return unit < 0 ? -1 : i + 6
  if (unit > 0xdbff || bytes[i + 6] !== 0x5c || bytes[i + 7] !== 0x75) return -1
  const low = codeUnit(i + 6)
  return low >= 0xdc00 && low <= 0xdfff ? i + 12 : -1
}

/** The code unit of \uXXXX at a place; negative where a digit is missing. */
const codeUnit = (i: number): number => {
  const a = hexDigit[bytes[i + 2] as number] as number
  if (a === 0) return -1
  const b = hexDigit[bytes[i + 3] as number] as number
  if (b === 0) return -1
  const c = hexDigit[bytes[i + 4] as number] as number
  if (c === 0) return -1
  const d = hexDigit[bytes[i + 5] as number] as number
  if (d === 0) return -1
  return ((a - 1) << 12) | ((b - 1) << 8) | ((c - 1) << 4) | (d - 1)
}

/** Writes `"name":` of a property; of elements nothing.
 *  @returns the place behind it */
const writePrefix = (plan: Plan, node: number, out: number): number => {
  const length = plan.prefixLength[node] as number
  let word = plan.prefixFrom[node] as number
  for (let k = 0; k < length; k += 4) released4.setInt32(out + k, plan.prefixes[word++] as number, true)
  return out + length
}

/** Takes whole tokens of the piece from `from`, as long as they are ordinary.
 *  @returns where it stopped, at the beginning of a token, with `state` as careful.ts needs it there */
export function stride(state: FilterState, from: number): number {
  if ((state.step !== VALUE && state.step !== AFTER) || state.depth === 0) return from
  const { kinds, frameNode, frameObject, frameLast, seen, plan } = state
  const { items, rowNode, prefixes, prefixFrom, prefixLength, prefixTail, bit, word, words, firstHint, nextHint } = plan
  let i = from
  let out = state.out
  let depth = state.depth
  let node = frameNode[depth] as number // of the innermost open container, 0 where it is skipped
  let object = frameObject[depth] as number
  let target = state.target
  let step = state.step

  scan: for (;;) {
    if (step === KEY) {
      if (bytes[i] !== 0x22) {
        while (space[bytes[i] as number] === 1) i++
        if (bytes[i] !== 0x22) break
      }
      target = 0
      let j = i + 1
      if (node === 0) {
        j = closingQuote(j)
        if (j < 0) break
        i = j + 1
      } else {
        const last = frameLast[depth] as number
        let guess = (last === 0 ? firstHint[node] : nextHint[last]) as number
        j = i
        const tail = i + (prefixLength[guess] as number) - 4
        for (let k = prefixFrom[guess] as number; j < tail && words4.getInt32(j, true) === prefixes[k]; k++) j += 4
        if (guess !== 0 && j >= tail && words4.getInt32(tail, true) === prefixTail[guess]) j = tail + 2
        else {
          j = endOfPlain(i + 1)
          if (bytes[j] !== 0x22) break
          guess = propertyOf(plan, node, bytes, i + 1, j)
          if (last === 0) firstHint[node] = guess
          else nextHint[last] = guess
        }
        if (guess === 0) state.undeclared++
        else {
          if (kinds[guess] === WITHHELD) state.withheld++
          else {
            const at = depth * words + (word[guess] as number)
            const mask = bit[guess] as number
            if (((seen[at] as number) & mask) !== 0) break
            seen[at] = (seen[at] as number) | mask
          }
          frameLast[depth] = guess
        }
        target = guess
        i = j + 1
      }
      if (bytes[i] !== 0x3a) {
        while (space[bytes[i] as number] === 1) i++
        if (bytes[i] !== 0x3a) {
          step = COLON
          break
        }
      }
      i++
      step = VALUE
    }

    if (step === VALUE) {
      let first = bytes[i] as number
      if (space[first] === 1) {
        do i++
        while (space[bytes[i] as number] === 1)
        first = bytes[i] as number
      }
      const kind = kinds[target] as number
      if (first === 0x22) {
        if (kind === STRING) {
          let o = writePrefix(plan, target, out)
          let j = i + 1
          released[o++] = 0x22
          for (;;) {
            const four = words4.getInt32(j, true)
            released4.setInt32(o, four, true)
            const bits = special(four)
            if (bits === 0) {
              j += 4
              o += 4
            } else {
              const plain = firstByte(bits)
              j += plain
              o += plain
              if (bytes[j] === 0x22) break
              if (bytes[j] !== 0x5c) break scan
              const after = afterEscape(j)
              if (after < 0) break scan
              while (j < after) released[o++] = bytes[j++] as number
            }
          }
          released[o++] = 0x22
          released[o++] = 0x2c
          out = o
          i = j + 1
          if (target === rowNode) state.rows++
        } else {
          const j = closingQuote(i + 1)
          if (j < 0) break
          i = j + 1
          if (kind !== WITHHELD) state.misshapen++
        }
      } else if (first === 0x7b || first === 0x5b) {
        if (depth === deepest) break
        const isObject = first === 0x7b
        if (kind === (isObject ? OBJECT : ARRAY)) {
          out = writePrefix(plan, target, out)
          released[out++] = first
          if (target === rowNode) state.rows++
          node = target
        } else {
          if (kind !== WITHHELD) state.misshapen++
          node = 0
        }
        depth++
        object = isObject ? 1 : 0
        frameNode[depth] = node
        frameObject[depth] = object
        i++
        if (isObject) {
          frameLast[depth] = 0
          for (let w = depth * words; w < (depth + 1) * words; w++) seen[w] = 0
          while (space[bytes[i] as number] === 1) i++
          if (bytes[i] !== 0x7d) {
            if (bytes[i] !== 0x22) {
              step = FIRST_KEY
              break
            }
            step = KEY
            continue
          }
        } else {
          target = items[node] as number
          while (space[bytes[i] as number] === 1) i++
          if (bytes[i] !== 0x5d) {
            if (bytes[i] === 0) {
              step = FIRST_ELEMENT
              break
            }
            continue
          }
        }
      } else if (digit[first] === 1 || first === 0x2d) {
        let j = first === 0x2d ? i + 1 : i
        const lead = bytes[j] as number
        if (digit[lead] === 0) break
        j++
        if (lead !== 0x30) while (digit[bytes[j] as number] === 1) j++
        let after = bytes[j] as number
        let whole = true
        if (after === 0x2e) {
          whole = false
          j++
          if (digit[bytes[j] as number] === 0) break
          while (digit[bytes[j] as number] === 1) j++
          after = bytes[j] as number
        }
        if (after !== 0x2c && after !== 0x7d && after !== 0x5d && space[after] === 0) break
        if (j - i > longestNumber) break
        if (kind === NUMBER || (kind === INTEGER && whole)) {
          out = writePrefix(plan, target, out)
          for (let k = 0; k < j - i; k += 4) released4.setInt32(out + k, words4.getInt32(i + k, true), true)
          out += j - i
          i = j
          released[out++] = 0x2c
          if (target === rowNode) state.rows++
        } else {
          if (kind === INTEGER) break
          if (kind !== WITHHELD) state.misshapen++
          i = j
        }
      } else {
        let j = i + 4
        if (first === 0x74) {
          if (bytes[i + 1] !== 0x72 || bytes[i + 2] !== 0x75 || bytes[i + 3] !== 0x65) break
        } else if (first === 0x66) {
          if (bytes[i + 1] !== 0x61 || bytes[i + 2] !== 0x6c || bytes[i + 3] !== 0x73 || bytes[i + 4] !== 0x65) break
          j = i + 5
        } else if (first !== 0x6e || bytes[i + 1] !== 0x75 || bytes[i + 2] !== 0x6c || bytes[i + 3] !== 0x6c) break
        if (kind === BOOLEAN || (first === 0x6e && kind !== WITHHELD)) {
          out = writePrefix(plan, target, out)
          for (let k = 0; k < j - i; k += 4) released4.setInt32(out + k, words4.getInt32(i + k, true), true)
          out += j - i
          i = j
          released[out++] = 0x2c
          if (target === rowNode) state.rows++
        } else {
          if (kind !== WITHHELD) state.misshapen++
          i = j
        }
      }
    }

    for (;;) {
      const byte = bytes[i] as number
      if (byte === 0x2c) {
        i++
        if (object === 1) step = KEY
        else {
          step = VALUE
          target = items[node] as number
        }
        break
      }
      if (byte === (object === 1 ? 0x7d : 0x5d)) {
        if (node !== 0) {
          if (released[out - 1] === 0x2c) out--
          released[out++] = byte
          released[out++] = 0x2c
        }
        i++
        depth--
        if (depth === 0) {
          step = DONE
          break scan
        }
        node = frameNode[depth] as number
        object = frameObject[depth] as number
      } else if (space[byte] === 1) i++
      else {
        step = AFTER
        break scan
      }
    }
  }
  state.out = out
  state.depth = depth
  state.target = target
  state.step = step
  return i
}
