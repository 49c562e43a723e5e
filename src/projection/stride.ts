// stride.ts: the filter's fast path: whole ordinary tokens at a time. Everything else it leaves to careful.ts.
import { ARRAY, BOOLEAN, INTEGER, longestName, NUMBER, OBJECT, propertyOf, STRING, WITHHELD } from './plan.ts'
import { deepest, type FilterState, longestNumber } from './state.ts'
import { AFTER, COLON, DONE, FIRST_ELEMENT, FIRST_KEY, KEY, VALUE } from './tokens.ts'

// Indexes below carry `as number`: a zero byte ends every piece in `input`, no token contains one, so every loop stops at it;
// nodes and frames come from tables of their own size.

/** Longest piece that is filtered at once, bytes: input and output stay in the processor's cache. */
export const longestPiece = 65_536

/** The piece at hand, with a zero byte behind it. One for all filters: a piece is filtered in one turn, and constants in this
 *  module let V8 write their addresses into the code. */
export const input: Uint8Array = new Uint8Array(longestPiece + longestName + 8)
/** What is released of it. Never longer than the piece and what waited before it: one name, one number. */
export const output: Uint8Array = new Uint8Array(longestPiece + longestName + longestNumber + 64)

// Classes of bytes.
const inString = new Uint8Array(256).fill(1, 0x20)
inString[0x22] = 0
inString[0x5c] = 0
const digit = new Uint8Array(256).fill(1, 0x30, 0x3a)
const space = new Uint8Array(256)
for (const byte of [0x20, 0x0a, 0x0d, 0x09]) space[byte] = 1

/** The closing quote of a string from a place inside it, over escapes; -1 where careful.ts has to look. */
function closingQuote(from: number): number {
  let i = from
  for (;;) {
    while (inString[input[i] as number] === 1) i++
    if (input[i] === 0x22) return i
    if (input[i] !== 0x5c) return -1
    i = afterEscape(i)
    if (i < 0) return -1
  }
}

const simpleEscape = new Uint8Array(256)
for (const byte of Buffer.from('"\\/bfnrt')) simpleEscape[byte] = 1
const hexDigit = new Uint8Array(256)
for (const byte of Buffer.from('0123456789abcdefABCDEF')) hexDigit[byte] = Number.parseInt(String.fromCharCode(byte), 16) + 1

/** The place after an escape; -1 where it is no ordinary one: malformed, or cut by the end of the piece. */
function afterEscape(i: number): number {
  const letter = input[i + 1] as number
  if (simpleEscape[letter] === 1) return i + 2
  if (letter !== 0x75) return -1
  const unit = codeUnit(i)
  if (unit < 0xd800 || unit > 0xdfff) return unit < 0 ? -1 : i + 6
  if (unit > 0xdbff || input[i + 6] !== 0x5c || input[i + 7] !== 0x75) return -1
  const low = codeUnit(i + 6)
  return low >= 0xdc00 && low <= 0xdfff ? i + 12 : -1
}

/** The code unit of \uXXXX at a place; negative where a digit is missing. */
function codeUnit(i: number): number {
  const a = hexDigit[input[i + 2] as number] as number
  if (a === 0) return -1
  const b = hexDigit[input[i + 3] as number] as number
  if (b === 0) return -1
  const c = hexDigit[input[i + 4] as number] as number
  if (c === 0) return -1
  const d = hexDigit[input[i + 5] as number] as number
  if (d === 0) return -1
  return ((a - 1) << 12) | ((b - 1) << 8) | ((c - 1) << 4) | (d - 1)
}

/** Takes whole tokens of the piece from `from`, as long as they are ordinary.
 *  @returns where it stopped, at the beginning of a token, with `state` as careful.ts needs it there */
export function stride(state: FilterState, from: number): number {
  if ((state.step !== VALUE && state.step !== AFTER) || state.depth === 0) return from
  const { kinds, frameNode, frameObject, frameLast, seen, plan } = state
  const { items, rowNode, prefixes, prefixFrom, prefixTo, bit, word, words, firstHint, nextHint } = plan
  let i = from
  let out = state.out
  let depth = state.depth
  let node = frameNode[depth] as number // of the innermost open container, 0 where it is skipped
  let object = frameObject[depth] as number
  let target = state.target
  let step = state.step

  scan: for (;;) {
    if (step === KEY) {
      if (input[i] !== 0x22) {
        while (space[input[i] as number] === 1) i++
        if (input[i] !== 0x22) break
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
        let k = prefixFrom[guess] as number
        const to = prefixTo[guess] as number
        j = i
        while (k < to && input[j] === prefixes[k]) {
          j++
          k++
        }
        if (k < to || guess === 0) {
          j = i + 1
          while (inString[input[j] as number] === 1) j++
          if (input[j] !== 0x22) break
          guess = propertyOf(plan, node, input, i + 1, j)
          if (last === 0) firstHint[node] = guess
          else nextHint[last] = guess
        } else j -= 2 // back on the closing quote
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
      if (input[i] !== 0x3a) {
        while (space[input[i] as number] === 1) i++
        if (input[i] !== 0x3a) {
          step = COLON
          break
        }
      }
      i++
      step = VALUE
    }

    if (step === VALUE) {
      let first = input[i] as number
      if (space[first] === 1) {
        do i++
        while (space[input[i] as number] === 1)
        first = input[i] as number
      }
      const kind = kinds[target] as number
      if (first === 0x22) {
        if (kind === STRING) {
          let o = out
          const to = prefixTo[target] as number
          for (let k = prefixFrom[target] as number; k < to; k++) output[o++] = prefixes[k] as number
          let j = i + 1
          output[o++] = 0x22
          for (;;) {
            let byte = input[j] as number
            while (inString[byte] === 1) {
              output[o++] = byte
              byte = input[++j] as number
            }
            if (byte === 0x22) break
            if (byte !== 0x5c) break scan
            const after = afterEscape(j)
            if (after < 0) break scan
            while (j < after) output[o++] = input[j++] as number
          }
          output[o++] = 0x22
          output[o++] = 0x2c
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
          const to = prefixTo[target] as number
          for (let k = prefixFrom[target] as number; k < to; k++) output[out++] = prefixes[k] as number
          output[out++] = first
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
          while (space[input[i] as number] === 1) i++
          if (input[i] !== 0x7d) {
            if (input[i] !== 0x22) {
              step = FIRST_KEY
              break
            }
            step = KEY
            continue
          }
        } else {
          target = items[node] as number
          while (space[input[i] as number] === 1) i++
          if (input[i] !== 0x5d) {
            if (input[i] === 0) {
              step = FIRST_ELEMENT
              break
            }
            continue
          }
        }
      } else if (digit[first] === 1 || first === 0x2d) {
        let j = first === 0x2d ? i + 1 : i
        const lead = input[j] as number
        if (digit[lead] === 0) break
        j++
        if (lead !== 0x30) while (digit[input[j] as number] === 1) j++
        let after = input[j] as number
        let whole = true
        if (after === 0x2e) {
          whole = false
          j++
          if (digit[input[j] as number] === 0) break
          while (digit[input[j] as number] === 1) j++
          after = input[j] as number
        }
        if (after !== 0x2c && after !== 0x7d && after !== 0x5d && space[after] === 0) break
        if (j - i > longestNumber) break
        if (kind === NUMBER || (kind === INTEGER && whole)) {
          const to = prefixTo[target] as number
          for (let k = prefixFrom[target] as number; k < to; k++) output[out++] = prefixes[k] as number
          while (i < j) output[out++] = input[i++] as number
          output[out++] = 0x2c
          if (target === rowNode) state.rows++
        } else {
          if (kind === INTEGER) break
          if (kind !== WITHHELD) state.misshapen++
          i = j
        }
      } else {
        let j = i + 4
        if (first === 0x74) {
          if (input[i + 1] !== 0x72 || input[i + 2] !== 0x75 || input[i + 3] !== 0x65) break
        } else if (first === 0x66) {
          if (input[i + 1] !== 0x61 || input[i + 2] !== 0x6c || input[i + 3] !== 0x73 || input[i + 4] !== 0x65) break
          j = i + 5
        } else if (first !== 0x6e || input[i + 1] !== 0x75 || input[i + 2] !== 0x6c || input[i + 3] !== 0x6c) break
        if (kind === BOOLEAN || (first === 0x6e && kind !== WITHHELD)) {
          const to = prefixTo[target] as number
          for (let k = prefixFrom[target] as number; k < to; k++) output[out++] = prefixes[k] as number
          while (i < j) output[out++] = input[i++] as number
          output[out++] = 0x2c
          if (target === rowNode) state.rows++
        } else {
          if (kind !== WITHHELD) state.misshapen++
          i = j
        }
      }
    }

    for (;;) {
      const byte = input[i] as number
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
          if (output[out - 1] === 0x2c) out--
          output[out++] = byte
          output[out++] = 0x2c
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
