// state.ts: where a filter stands in an answer. All of its memory: nesting, one bounded buffer, counters.
import { longestName, type Plan } from './plan.ts'
import { VALUE } from './tokens.ts'

/** How many arrays and objects may stand inside one another. */
export const deepest = 64
/** Longest number, bytes: RFC 8259 §6 lets a receiver set limits, and an integer is only known as one at its end. */
export const longestNumber = 1024

/** Numbers of a frame, one per open container: its node (0 where it is skipped), whether it is an object, its last declared
 *  property, and from CAME on, `plan.words` numbers: the properties to be released that came already. */
export const NODE = 0
export const IS_OBJECT = 1
export const LAST = 2
export const CAME = 3

// What becomes of the string that is being read.
export const SKIPPED = 0
export const RELEASED = 1
export const SKIPPED_KEY = 2
export const MATCHED_KEY = 3

export class FilterState {
  readonly plan: Plan
  /** By node, what is released: `plan.kinds`, or fewer where fewer fields are asked. */
  kinds: readonly number[]
  /** What is expected next, or the state of the token that a piece ended in (tokens.ts). */
  step = VALUE
  /** Node of the value that is expected or being read. */
  target = 0
  /** Open containers, at most `deepest`; where the frame of the innermost begins; numbers of a frame. */
  depth = 0
  frame = 0
  readonly frameLength: number
  /** The first frame stands for what is outside the root. */
  readonly frames: number[]
  /** The number, or the unescaped key, that is being read; `heldLength` goes on counting where a key is too long to match. */
  readonly held = new Uint8Array(Math.max(longestNumber, longestName))
  heldLength = 0
  /** What becomes of the string that is being read. */
  role = SKIPPED
  /** Code units of an escape, read so far. */
  code = 0
  /** Bytes of the answer before the piece at hand. */
  base = 0
  /** Where the next byte of output goes; a comma written after a value waits, to be struck out if the container ends. */
  out = 1
  commaWaits = false
  rows = 0
  withheld = 0
  undeclared = 0
  misshapen = 0

  constructor(plan: Plan) {
    this.plan = plan
    this.kinds = plan.kinds
    this.frameLength = CAME + plan.words
    this.frames = new Array<number>((deepest + 1) * this.frameLength).fill(0)
  }

  /** Back to the beginning of an answer. */
  begin(kinds: readonly number[]): void {
    this.kinds = kinds
    this.step = VALUE
    this.target = this.plan.root
    this.depth = 0
    this.frame = 0
    this.base = 0
    this.commaWaits = false
    this.rows = 0
    this.withheld = 0
    this.undeclared = 0
    this.misshapen = 0
  }
}
