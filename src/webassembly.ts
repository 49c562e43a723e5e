// webassembly.ts: kernels compiled to WebAssembly, which are kept as text.

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

/** What a module exports, without imports.
 *  @param binary Base64
 *  @throws WebAssembly.CompileError */
export const instantiated = (binary: string): unknown =>
  new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(binary, 'base64'))).exports
