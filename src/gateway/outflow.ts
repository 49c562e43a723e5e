// outflow.ts: an answer of unknown length on its way to its caller: no faster than it is taken, and ended before its end for one reason.
import type { CallInHand } from './call-in-hand.ts'
import { cutOff, stalled } from './release.ts'
import type { Cut } from './running-streams.ts'

/** Milliseconds after which a stream is no transfer any more. A claim of the log looks for lost streams no further back than 24 h. */
const tooLong = 12 * 3_600_000

/** What is let out piece by piece. Once it was cut nothing of it is written any more. */
export class Outflow {
  readonly #call: CallInHand
  readonly #onCut: () => void
  readonly #limit: NodeJS.Timeout
  #why: Cut | undefined
  #wake: (() => void) | undefined

  /** @param onCut told once, when it is cut */
  constructor(call: CallInHand, onCut: () => void) {
    this.#call = call
    this.#onCut = onCut
    this.#limit = setTimeout(() => this.cut({ code: 'too-long' }), tooLong)
    this.#limit.unref()
  }

  /** Why it was cut; undefined where it was not. */
  get why(): Cut | undefined {
    return this.#why
  }

  /** Ends it before its end: the connection is reset, and what was not sent never will be. The first reason counts. */
  cut(why: Cut): void {
    if (this.#why !== undefined) return
    this.#why = why
    cutOff(this.#call.response)
    this.#onCut()
    this.#wake?.()
  }

  /** Waits until the answers before it on its connection are out. They have time limits of their own, and so none is set here: two files
   *  may be asked for at once. @returns whether its turn came, before it was cut or its caller left */
  async turn(): Promise<boolean> {
    const { promise: cut, resolve } = Promise.withResolvers<boolean>()
    this.#wake = () => resolve(false)
    const came = await Promise.race([this.#call.wentOut(), cut])
    return came && this.#why === undefined
  }

  /** From its turn on: whoever leaves cuts it. */
  begin(): void {
    const { response } = this.#call
    for (const event of ['drain', 'finish']) response.on(event, () => this.#wake?.())
    response.on('close', () => {
      if (!response.writableFinished) this.cut({ code: 'client-left' })
      this.#wake?.()
    })
  }

  /** Resolves when the next block may come, or it was cut. */
  async write(block: Uint8Array): Promise<void> {
    const { response } = this.#call
    if (block.length > 0 && !response.write(block)) await this.#taken(() => !response.writableNeedDrain)
  }

  /** Its proper end; resolves when the caller has all, or it was cut. */
  async end(): Promise<void> {
    const { response } = this.#call
    response.end()
    await this.#taken(() => response.writableFinished)
  }

  /** Whatever became of it, nothing more does. */
  over(): void {
    clearTimeout(this.#limit)
  }

  /** Resolves when the caller took what it was given, or is gone. */
  async #taken(is: () => boolean): Promise<void> {
    const timer = setTimeout(() => this.cut({ code: 'client-stalled' }), stalled)
    while (this.#why === undefined && !is()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      if (this.#call.response.destroyed) this.cut({ code: 'client-left' })
      await promise
    }
    clearTimeout(timer)
  }
}
