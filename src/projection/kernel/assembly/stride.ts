// stride.ts: the filter's fast path: whole ordinary tokens at a time. Everything else it leaves to careful.ts.
import {
  AFTER,
  AFTER_IT,
  ARRAY,
  BIT,
  BOOLEAN,
  CAME,
  CAME_AT,
  COLON,
  DEPTH,
  DONE,
  deepest,
  FIRST,
  FIRST_ELEMENT,
  FIRST_KEY,
  FRAME,
  FRAME_LENGTH,
  FRAMES,
  INTEGER,
  IS_OBJECT,
  KEY,
  KINDS_AT,
  LAST,
  LENGTH,
  LINES,
  MISSHAPEN,
  NODE,
  NUMBER,
  OBJECT,
  OUT,
  OUTPUT,
  PLACE,
  PLACES,
  PLAN_AT,
  ROW_NODE,
  ROWS,
  recordBytes,
  STATE,
  STEP,
  STRING,
  TARGET,
  UNDECLARED,
  VALUE,
  WITHHELD,
  WITHHELD_MEMBERS,
} from '../layout.ts'
import { propertyOf, stands, writePrefix } from './names.ts'

import { behindSpace, copy, endOfEscaped, endOfLiteral, endOfNumber, endOfPlain, mark } from './scan.ts'

export { behindSpace, endOfPlain }

function count(counter: i32, more: i32): void {
  store<f64>(STATE + counter * 8, load<f64>(STATE + counter * 8) + f64(more))
}

/** Whether a scalar that begins with this byte passes at a place of this kind. Whether a number is an integer showed before. */
function passes(kind: i32, first: i32): bool {
  if (first === 0x22) return kind === STRING
  if (first < 0x3a) return kind === NUMBER || kind === INTEGER
  return kind === BOOLEAN || (first === 0x6e && kind < BOOLEAN)
}

/** Takes whole tokens of the piece, as long as they are ordinary. One function, since what it keeps in registers is the speed.
 *
 *  What is released as the upstream spelled it waits in the input, as a span that begins at `span` (negative: none) and grows from
 *  token to token; it is copied once, when something comes that is withheld or spelled otherwise.
 *  @param end length of the piece
 *  @returns where it stopped, at the beginning of a token, with the state as careful.ts needs it there */
export function stride(from: i32, end: i32): i32 {
  if (from === 0) mark(end)
  let step = load<i32>(STATE + STEP * 4)
  if (step !== VALUE && step !== KEY) return from
  const plan = load<i32>(STATE + PLAN_AT * 4)
  const kinds = load<i32>(STATE + KINDS_AT * 4)
  const frameLength = load<i32>(STATE + FRAME_LENGTH * 4) << 2
  const rowNode = load<i32>(STATE + ROW_NODE * 4)
  let depth = load<i32>(STATE + DEPTH * 4)
  let target = load<i32>(STATE + TARGET * 4)
  let at = from
  if (depth === 0 && load<u8>(at) !== (load<u8>(kinds + target) === OBJECT ? 0x7b : 0x5b)) return from
  let frame = FRAMES + (load<i32>(STATE + FRAME * 4) << 2)
  let node = load<i32>(frame, NODE * 4) // of the innermost open container, 0 where it is skipped
  let object = load<i32>(frame, IS_OBJECT * 4)
  let out = OUTPUT + load<i32>(STATE + OUT * 4)
  let span = -1
  let rows = 0
  let withheld = 0
  let undeclared = 0
  let misshapen = 0
  let start = at // of the member or element at hand, key included
  // Of a member: whether its `"name":` stands before the value as it is to be released. A value or key at which careful.ts
  // stopped has a name that is still to be written.
  let verbatim = step === KEY || load<u16>(plan + target * recordBytes, LENGTH) === 0

  for (;;) {
    if (step === KEY) {
      verbatim = false
      if (node === 0) {
        if (load<u8>(at) !== 0x22) at = behindSpace(at)
        if (load<u8>(at) !== 0x22) break
        target = 0
        let close = endOfPlain(at + 1) + 1
        if (load<u8>(close - 1) !== 0x22) {
          close = endOfEscaped(close - 1)
          if (close === 0) break
        }
        at = close
      } else {
        const last = load<i32>(frame, LAST * 4)
        target = last === 0 ? load<i32>(plan + node * recordBytes, FIRST) : load<i32>(plan + last * recordBytes, AFTER_IT)
        let record = plan + target * recordBytes
        verbatim = target !== 0 && stands(plan, record, at)
        let close = 0
        if (verbatim) close = at + i32(load<u16>(record, LENGTH))
        else {
          if (load<u8>(at) !== 0x22) {
            if (span >= 0) {
              out = copy(out, span, at)
              span = -1
            }
            at = behindSpace(at)
            start = at
            if (load<u8>(at) !== 0x22) break
          }
          close = endOfPlain(at + 1) + 1
          if (load<u8>(close - 1) !== 0x22) break
          target = propertyOf(plan, node, at, close)
          record = plan + target * recordBytes
          if (target !== 0) {
            if (last === 0) store<i32>(plan + node * recordBytes, target, FIRST)
            else store<i32>(plan + last * recordBytes, target, AFTER_IT)
          }
        }
        if (target === 0) {
          undeclared++
          const place = PLACES + (i32(load<u8>(plan + node * recordBytes, PLACE)) << 3)
          store<f64>(place, load<f64>(place) + 1)
        } else {
          if (load<u8>(kinds + target) === WITHHELD) withheld++
          else {
            const place = frame + i32(load<u16>(record, CAME_AT))
            const came = load<i32>(place)
            const now = came | load<i32>(record, BIT)
            if (now === came) break
            store<i32>(place, now)
          }
          store<i32>(frame, target, LAST * 4)
        }
        at = close
      }
      if (!verbatim) {
        if (load<u8>(at) !== 0x3a) at = behindSpace(at)
        if (load<u8>(at) !== 0x3a) {
          step = COLON
          break
        }
        at++
      }
      step = VALUE
    }

    let first: i32 = load<u8>(at)
    if (first <= 0x20) {
      if (span >= 0) {
        out = copy(out, span, start)
        span = -1
      }
      if (object === 1) verbatim = false
      at = behindSpace(at)
      if (object !== 1) start = at
      first = load<u8>(at)
    }
    const kind: i32 = load<u8>(kinds + target)
    if (first !== 0x7b && first !== 0x5b) {
      let close = 0
      if (first === 0x22) {
        close = endOfPlain(at + 1) + 1
        if (load<u8>(close - 1) !== 0x22) close = endOfEscaped(close - 1)
      } else if (first >= 0x61) close = endOfLiteral(at)
      else close = endOfNumber(at, kind === INTEGER)
      if (close === 0) break
      if (kind !== WITHHELD && passes(kind, first)) {
        if (!verbatim) {
          if (span >= 0) out = copy(out, span, start)
          out = writePrefix(plan, plan + target * recordBytes, out)
          span = at
        } else if (span < 0) span = start
        if (target === rowNode) rows++
      } else {
        if (kind > BOOLEAN) break
        if (kind !== WITHHELD) misshapen++
        if (span >= 0) {
          out = copy(out, span, start)
          span = -1
        }
      }
      at = close
    } else {
      if (depth === deepest) break
      depth++
      frame += frameLength
      object = first === 0x7b ? 1 : 0
      if (kind === (object === 1 ? OBJECT : ARRAY)) {
        if (!verbatim) {
          if (span >= 0) out = copy(out, span, start)
          out = writePrefix(plan, plan + target * recordBytes, out)
          span = at
        } else if (span < 0) span = start
        if (target === rowNode) rows++
        node = target
      } else {
        if (kind > BOOLEAN) {
          depth--
          frame -= frameLength
          break
        }
        if (kind !== WITHHELD) misshapen++
        if (span >= 0) {
          out = copy(out, span, start)
          span = -1
        }
        node = 0
      }
      store<i32>(frame, node, NODE * 4)
      store<i32>(frame, object, IS_OBJECT * 4)
      at++
      start = at
      if (load<u8>(at) <= 0x20) {
        if (span >= 0) {
          out = copy(out, span, at)
          span = -1
        }
        at = behindSpace(at)
        start = at
      }
      const next: i32 = load<u8>(at)
      if (object === 1) {
        store<i32>(frame, 0, LAST * 4)
        for (let k = CAME * 4; k < frameLength; k += 4) store<i32>(frame + k, 0)
        if (next === 0x22) {
          step = KEY
          continue
        }
        if (next !== 0x7d) {
          step = FIRST_KEY
          break
        }
      } else {
        target = load<i32>(plan + node * recordBytes, FIRST)
        verbatim = true
        if (next === 0) {
          step = FIRST_ELEMENT
          break
        }
        if (next !== 0x5d) continue
      }
    }

    step = AFTER
    for (;;) {
      const byte: i32 = load<u8>(at)
      if (byte === 0x2c) {
        if (object === LINES) break
        at++
        start = at
        if (object === 1) step = KEY
        else {
          step = VALUE
          target = load<i32>(plan + node * recordBytes, FIRST)
          verbatim = true
        }
        break
      }
      if (byte === 0x0a && object === LINES) {
        at++
        start = at
        step = VALUE
        target = load<i32>(plan + node * recordBytes, FIRST)
        verbatim = true
        break
      }
      if (byte === (object === 1 ? 0x7d : 0x5d)) {
        if (object === LINES) break
        if (node !== 0 && span < 0) {
          if (load<u8>(out - 1) === 0x2c) out--
          span = at
        }
        at++
        depth--
        frame -= frameLength
        if (depth === 0) {
          step = DONE
          break
        }
        node = load<i32>(frame, NODE * 4)
        object = load<i32>(frame, IS_OBJECT * 4)
      } else {
        if (span >= 0) {
          out = copy(out, span, at)
          store<u8>(out++, object === LINES ? 0x0a : 0x2c)
          span = -1
        }
        const behind = behindSpace(at)
        if (behind === at) break
        at = behind
      }
    }
    if (step >= AFTER) break
  }

  if (span >= 0) {
    out = copy(out, span, step >= AFTER ? at : start)
    if (step >= AFTER) store<u8>(out++, object === LINES ? 0x0a : 0x2c)
  }
  store<i32>(STATE + OUT * 4, out - OUTPUT)
  store<i32>(STATE + DEPTH * 4, depth)
  store<i32>(STATE + FRAME * 4, (frame - FRAMES) >> 2)
  store<i32>(STATE + TARGET * 4, target)
  store<i32>(STATE + STEP * 4, step)
  count(ROWS, rows)
  count(WITHHELD_MEMBERS, withheld)
  count(UNDECLARED, undeclared)
  count(MISSHAPEN, misshapen)
  return at
}
