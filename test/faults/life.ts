// life.ts: a writer's process as far as its log can tell: what it reaches through its ports, until it is killed at one of them.
import { readFileSync, writeFileSync } from 'node:fs'
import type { Clock } from '../../src/querylog/clock.ts'
import type { MarkFile } from '../../src/querylog/mark.ts'
import type { LogReaderStore, LogWriterStore } from '../../src/querylog/ports.ts'

/** Where a killed process stops: before a step, after it, or in the middle of writing its mark. */
export type End = 'before' | 'after' | 'torn'

const forever = new Promise<never>(() => undefined)

/** Counts the steps that a process takes outside itself (a claim, a read, an append, a mark) and kills it at one of them: from then on
 *  none of its promises settles, which is all that the rest of the world sees of a kill -9. */
export class Life {
  readonly #ended = Promise.withResolvers<void>()
  #steps = Number.POSITIVE_INFINITY
  #end: End = 'before'
  #over = false
  #writing: Promise<unknown> = Promise.resolve()
  /** Where it ended, in words. */
  at = ''

  get over(): boolean {
    return this.#over
  }

  /** Resolves when it is killed. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** It is killed at the step that so many others come before. */
  killAt(steps: number, end: End): void {
    this.#steps = steps
    this.#end = end
  }

  kill(at: string): void {
    if (this.#over) return
    this.#over = true
    this.at = at
    this.#ended.resolve()
  }

  /** What it had begun to write on its disk has come to rest. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /** @param tear the act, done in part */
  async #step<T>(name: string, act: () => Promise<T>, tear?: () => Promise<T>): Promise<T> {
    if (this.#over) return forever
    const last = this.#steps-- <= 0
    if (last && this.#end === 'before') this.kill(`before ${name}`)
    if (this.#over) return forever
    const torn = last && this.#end === 'torn' && tear !== undefined
    const outcome = await (torn ? tear() : act()).catch((error) => {
      if (this.#over) return forever
      throw error
    })
    if (last) this.kill(`${torn ? 'in' : 'after'} ${name}`)
    return this.#over ? forever : outcome
  }

  async *#each<T>(name: string, items: () => AsyncIterable<T>): AsyncIterable<T> {
    await this.#step(name, async () => undefined)
    for await (const item of items()) {
      if (this.#over) await forever
      yield item
    }
  }

  clock(clock: Clock): Clock {
    return {
      wall: () => clock.wall(),
      monotonic: () => clock.monotonic(),
      sleep: (ms) => (this.#over ? forever : clock.sleep(ms).then(() => (this.#over ? forever : undefined))),
    }
  }

  store(store: LogWriterStore): LogWriterStore {
    return {
      claim: (...given) => this.#step('claim', () => store.claim(...given)),
      append: (...given) => this.#step('append', () => store.append(...given)),
      putCheckpoint: (...given) => this.#step('checkpoint', () => store.putCheckpoint(...given)),
      putDocument: (...given) => this.#step('document', () => store.putDocument(...given)),
      probe: (...given) => this.#step('probe', () => store.probe(...given)),
      prepareMonth: (...given) => this.#step('month', () => store.prepareMonth(...given)),
      close: () => store.close(),
    }
  }

  reader(reader: LogReaderStore): LogReaderStore {
    return {
      leafHashes: (...given) => this.#each('reading hashes', () => reader.leafHashes(...given)),
      entries: (...given) => this.#each('reading entries', () => reader.entries(...given)),
      lastOfKind: (...given) => this.#step('reading a kind', () => reader.lastOfKind(...given)),
      streamsAndCompletions: (...given) => this.#each('reading streams', () => reader.streamsAndCompletions(...given)),
      heads: () => this.#step('reading heads', () => reader.heads()),
      document: (...given) => this.#step('reading a document', () => reader.document(...given)),
      close: () => reader.close(),
    }
  }

  /** @param path of the mark's file @param share how much of a torn write reaches it, 0 to 1 */
  mark(mark: MarkFile, path: string, share: () => number): MarkFile {
    const write: MarkFile['write'] = (next) => {
      const begin = (act: () => Promise<void>): Promise<void> => {
        const writing = act()
        this.#writing = writing.catch(() => undefined) // the writer is told; here only its end counts
        return writing
      }
      const act = () => mark.write(next)
      return this.#step(
        'mark',
        () => begin(act),
        () => begin(() => torn(path, share(), act)),
      )
    }
    return new Proxy(mark, {
      get: (target, name) => {
        if (name === 'write') return write
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}

/** Only the first part of what is written reaches the file; the rest is what stood there before. */
async function torn(path: string, share: number, write: () => Promise<void>): Promise<void> {
  const before = readFileSync(path)
  await write()
  const after = readFileSync(path)
  const from = after.findIndex((byte, at) => byte !== before[at])
  const to = after.findLastIndex((byte, at) => byte !== before[at])
  if (from < 0) return
  const cut = from + Math.floor((to - from) * share)
  writeFileSync(path, Buffer.concat([after.subarray(0, cut), before.subarray(cut)]))
}
