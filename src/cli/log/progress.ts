// progress.ts: how far long work is, on one line of a terminal.

/** Writes nothing where the stream is no terminal. */
export class Progress {
  readonly #stream: NodeJS.WriteStream
  #next = 0
  #shown = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  tell(slot: string, done: number, all: number): void {
    if (!this.#stream.isTTY || Date.now() < this.#next) return
    this.#next = Date.now() + 200
    this.#shown = true
    this.#stream.write(`\r\u001b[K槽 slot ${slot}: ${done.toLocaleString('en')} / ${all.toLocaleString('en')}`)
  }

  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K')
    this.#shown = false
  }
}
