// stride.ts: the filter's fast path: whole ordinary tokens at a time. Everything else it leaves to careful.ts.
import type { Plan } from './plan.ts'
import * as plans from './plan.ts'
import * as scans from './scan.ts'
import * as slabs from './slab.ts'
import type { FilterState } from './state.ts'
import * as states from './state.ts'
import * as steps from './tokens.ts'

// Constants of this very module: V8 writes them into the code, but asks at every use what an imported one holds (a fifth slower).
const {
  ARRAY,
  BIT,
  BOOLEAN,
  INTEGER,
  LENGTH,
  NUMBER,
  OBJECT,
  PREFIX,
  propertyOf,
  recordLength,
  SECOND_AT,
  STRING,
  THIRD_AT,
  WITHHELD,
  WORD,
  WORD_1,
  WORD_2,
  WORD_3,
  WORD_4,
} = plans
const { endOfInteger, endOfLiteral, endOfNumber, endOfPlain, endOfString } = scans
const { input, output } = slabs
const { CAME, deepest, IS_OBJECT, LAST, NODE } = states
const { AFTER, COLON, DONE, FIRST_ELEMENT, FIRST_KEY, KEY, VALUE } = steps

// Indexes carry `as number`: a zero byte stands behind every piece, no token contains one, and so every loop stops at it; nodes
// and frames come from tables of their own size.
const bytes = input
const words = new DataView(input.buffer)
const released = output
const releasedWords = new DataView(output.buffer)

const isSpace = (byte: number): boolean => byte <= 0x20 && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)

const behindSpace = (from: number): number => {
  let at = from
  while (isSpace(bytes[at] as number)) at++
  return at
}

/** Whether `"name":` of a property stands at a place, in the policy's own spelling and without space. */
const stands = (plan: Plan, node: number, at: number): boolean => {
  const { records } = plan
  const record = node * recordLength
  const length = records[record + LENGTH] as number
  const differences =
    (words.getInt32(at, true) ^ (records[record + WORD_1] as number)) |
    (words.getInt32(at + (records[record + SECOND_AT] as number), true) ^ (records[record + WORD_2] as number)) |
    (words.getInt32(at + (records[record + THIRD_AT] as number), true) ^ (records[record + WORD_3] as number)) |
    (words.getInt32(at + length - 4, true) ^ (records[record + WORD_4] as number))
  if (differences !== 0) return false
  if (length > 16) {
    const from = records[record + PREFIX] as number
    for (let k = 12; k < length - 4; k++) if (bytes[at + k] !== plan.prefixes[from + k]) return false
  }
  return true
}

/** Writes `"name":` of a property; of elements nothing.
 *  @returns the place behind it */
const writePrefix = (plan: Plan, node: number, out: number): number => {
  const { records } = plan
  const record = node * recordLength
  const length = records[record + LENGTH] as number
  if (length === 0) return out
  releasedWords.setInt32(out, records[record + WORD_1] as number, true)
  releasedWords.setInt32(out + (records[record + SECOND_AT] as number), records[record + WORD_2] as number, true)
  releasedWords.setInt32(out + (records[record + THIRD_AT] as number), records[record + WORD_3] as number, true)
  releasedWords.setInt32(out + length - 4, records[record + WORD_4] as number, true)
  if (length > 16) {
    const from = records[record + PREFIX] as number
    for (let k = 12; k < length - 4; k++) released[out + k] = plan.prefixes[from + k] as number
  }
  return out + length
}

/** Whether a scalar that begins with this byte passes at a place of this kind. Whether a number is an integer showed before. */
const passes = (kind: number, first: number): boolean => {
  if (first === 0x22) return kind === STRING
  if (first < 0x3a) return kind === NUMBER || kind === INTEGER
  return kind === BOOLEAN || first === 0x6e
}

/** Takes whole tokens of the piece, as long as they are ordinary. One function, since what it keeps in registers is the speed.
 *  @returns where it stopped, at the beginning of a token, with `state` as careful.ts needs it there */
export function stride(state: FilterState, from: number): number {
  const { kinds, frames, frameLength, plan } = state
  const { items, rowNode, records, firstHint, nextHint } = plan
  let at = from
  let out = state.out
  let depth = state.depth
  let frame = state.frame
  let node = frames[frame + NODE] as number // of the innermost open container, 0 where it is skipped
  let object = frames[frame + IS_OBJECT] as number
  let target = state.target
  let step = state.step
  if (step !== VALUE && step !== KEY) return from
  if (depth === 0 && bytes[at] !== (kinds[target] === OBJECT ? 0x7b : 0x5b)) return from

  scan: for (;;) {
    if (step === KEY) {
      let end = 0
      let found = false // with its colon
      if (node === 0) {
        if (bytes[at] !== 0x22) at = behindSpace(at)
        if (bytes[at] !== 0x22) break
        target = 0
        end = endOfString(at + 1)
        if (end === 0) break
      } else {
        const last = frames[frame + LAST] as number
        target = (last === 0 ? firstHint[node] : nextHint[last]) as number
        found = target !== 0 && stands(plan, target, at)
        if (found) end = at + (records[target * recordLength + LENGTH] as number)
        else {
          if (bytes[at] !== 0x22) at = behindSpace(at)
          if (bytes[at] !== 0x22) break
          end = endOfPlain(at + 1) + 1
          if (bytes[end - 1] !== 0x22) break
          target = propertyOf(plan, node, bytes, at + 1, end - 1)
          if (target !== 0) {
            if (last === 0) firstHint[node] = target
            else nextHint[last] = target
          }
        }
        if (target === 0) state.undeclared++
        else {
          if (kinds[target] === WITHHELD) state.withheld++
          else {
            const place = frame + CAME + (records[target * recordLength + WORD] as number)
            const came = frames[place] as number
            const now = came | (records[target * recordLength + BIT] as number)
            if (now === came) break
            frames[place] = now
          }
          frames[frame + LAST] = target
        }
      }
      at = end
      if (!found) {
        if (bytes[at] !== 0x3a) at = behindSpace(at)
        if (bytes[at] !== 0x3a) {
          step = COLON
          break
        }
        at++
      }
      step = VALUE
    }

    let first = bytes[at] as number
    if (first <= 0x20) {
      at = behindSpace(at)
      first = bytes[at] as number
    }
    const kind = kinds[target] as number
    if (first !== 0x7b && first !== 0x5b) {
      let end = 0
      if (first === 0x22) end = endOfString(at + 1)
      else if (first >= 0x61) end = endOfLiteral(at)
      else end = kind === INTEGER ? endOfInteger(at) : endOfNumber(at)
      if (end === 0) break
      if (kind !== WITHHELD) {
        if (passes(kind, first)) {
          out = writePrefix(plan, target, out)
          for (let k = at; k < end; k += 4) {
            releasedWords.setInt32(out, words.getInt32(k, true), true)
            out += 4
          }
          out -= (at - end) & 3
          released[out] = 0x2c
          out++
          if (target === rowNode) state.rows++
        } else state.misshapen++
      }
      at = end
    } else {
      if (depth === deepest) break
      depth++
      frame += frameLength
      object = first === 0x7b ? 1 : 0
      if (kind === (object === 1 ? OBJECT : ARRAY)) {
        out = writePrefix(plan, target, out)
        released[out] = first
        out++
        if (target === rowNode) state.rows++
        node = target
      } else {
        if (kind !== WITHHELD) state.misshapen++
        node = 0
      }
      frames[frame + NODE] = node
      frames[frame + IS_OBJECT] = object
      at++
      if ((bytes[at] as number) <= 0x20) at = behindSpace(at)
      const next = bytes[at] as number
      if (object === 1) {
        frames[frame + LAST] = 0
        for (let k = CAME; k < frameLength; k++) frames[frame + k] = 0
        if (next === 0x22) {
          step = KEY
          continue
        }
        if (next !== 0x7d) {
          step = FIRST_KEY
          break
        }
      } else {
        target = items[node] as number
        if (next === 0) {
          step = FIRST_ELEMENT
          break
        }
        if (next !== 0x5d) continue
      }
    }

    for (;;) {
      const byte = bytes[at] as number
      if (byte === 0x2c) {
        at++
        if (object === 1) step = KEY
        else target = items[node] as number
        continue scan
      }
      if (byte === (object === 1 ? 0x7d : 0x5d)) {
        if (node !== 0) {
          if (released[out - 1] === 0x2c) out--
          released[out] = byte
          released[out + 1] = 0x2c
          out += 2
        }
        at++
        depth--
        frame -= frameLength
        if (depth === 0) {
          step = DONE
          break scan
        }
        node = frames[frame + NODE] as number
        object = frames[frame + IS_OBJECT] as number
      } else if (isSpace(byte)) at++
      else {
        step = AFTER
        break scan
      }
    }
  }
  state.out = out
  state.depth = depth
  state.frame = frame
  state.target = target
  state.step = step
  return at
}
