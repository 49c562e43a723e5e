// kernel.ts: the compiled kernel of many HMACs, instantiated once, and its memory.
import { binary } from './binary.ts'

// What Node's types leave out of WebAssembly (it is part of neither ECMAScript nor Node's own interface).
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module)
    readonly exports: unknown
  }
}

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Lays the states of a key ready, whose inner and outer blocks stand as the first two messages. */
  keyed(): void
  /** The first 16 bytes of so many HMACs: messages of so many blocks each, padded, without the key's block. */
  macs(count: number, blocks: number): void
}

const kernel = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(binary, 'base64'))).exports as Kernel // its own source says so

export const { keyed, macs } = kernel
export const memory = new Uint8Array(kernel.memory.buffer)
