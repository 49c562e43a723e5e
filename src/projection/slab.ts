// slab.ts: the piece of an answer that is being filtered, and what is released of it.
import { longestName } from './plan.ts'
import { longestNumber } from './state.ts'

/** Longest piece that is filtered at once, bytes: input and output stay in the processor's cache. */
export const longestPiece = 65_536

/** The piece at hand, with a zero byte behind it. One for all filters: a piece is filtered in one turn, and constants in this
 *  module let V8 write their addresses into the code. */
export const input: Uint8Array = new Uint8Array(longestPiece + longestName + 64)
/** What is released of it. Never longer than the piece and what waited before it: one name, one number. */
export const output: Uint8Array = new Uint8Array(longestPiece + longestName + longestNumber + 64)
