// kernel.ts: the compiled kernel of many HMACs, instantiated once, and its memory.
import { instantiated } from '../../webassembly.ts'
import { binary } from './binary.ts'

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Lays the states of a key ready, whose inner and outer blocks stand as the first two messages. */
  keyed(): void
  /** The first 16 bytes of so many HMACs: messages of so many blocks each, padded, without the key's block. */
  macs(count: number, blocks: number): void
}

const kernel = instantiated(binary) as Kernel // its own source says so

export const { keyed, macs } = kernel
export const memory = new Uint8Array(kernel.memory.buffer)
