// kernel.ts: the compiled kernel, instantiated once, and the memory that it shares with the rest of the filter.
import { instantiated } from '../../webassembly.ts'
import { binary } from './binary.ts'
import {
  FRAMES,
  framesLength,
  HELD,
  INPUT,
  longestName,
  longestNumber,
  MARKS,
  mostPlaces,
  OUTPUT,
  PLACES,
  STATE,
  stateLength,
} from './layout.ts'

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Takes whole ordinary tokens of the piece from a place on.
   *  @returns where it stopped, at the beginning of a token, with the state as careful.ts needs it there */
  stride(from: number, end: number): number
  /** The first place from one on at which a string does not simply go on, the end of the piece included. Only once `stride` has begun
   *  the piece. */
  endOfPlain(from: number): number
  /** The first place from one on where there is no white space; of lines no line feed is any. */
  behindSpace(from: number): number
}

const kernel = instantiated(binary) as Kernel // its own source says so
const { buffer } = kernel.memory

export const { behindSpace, endOfPlain, stride } = kernel
export const memory = new Uint8Array(buffer)
/** The piece at hand, with a zero byte behind it. */
export const input = new Uint8Array(buffer, INPUT, MARKS - INPUT)
/** What is released of it. */
export const output = new Uint8Array(buffer, OUTPUT, STATE - OUTPUT)
/** The state: numbers of four bytes, and of eight. */
export const cells = new Int32Array(buffer, STATE, stateLength / 4)
export const counters = new Float64Array(buffer, STATE, stateLength / 8)
export const held = new Uint8Array(buffer, HELD, Math.max(longestName, longestNumber))
/** Undeclared members of released objects, by place. */
export const places = new Float64Array(buffer, PLACES, mostPlaces)
export const frames = new Int32Array(buffer, FRAMES, framesLength / 4)
