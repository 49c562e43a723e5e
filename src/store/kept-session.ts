// kept-session.ts: a session that is opened when it is needed, and again after it was lost.
import type { Session } from './session.ts'

export class KeptSession {
  readonly #open: () => Promise<Session>
  #current: Promise<Session> | undefined

  constructor(open: () => Promise<Session>) {
    this.#open = open
  }

  /** The living session: one, however many ask at once.
   *  @throws StoreError unavailable */
  async get(): Promise<Session> {
    const known = this.#current
    if (known !== undefined) {
      const session = await known.catch(() => undefined) // whoever opened it was told why not
      if (session?.usable === true) return session
      if (this.#current !== known) return this.get()
    }
    this.#current = this.#open()
    return this.#current
  }

  /** Cuts it; the next `get` opens another. */
  drop(): void {
    this.#take()?.then(
      (session) => session.destroy(),
      () => undefined, // it never opened
    )
  }

  async close(): Promise<void> {
    const session = await this.#take()?.catch(() => undefined) // it never opened
    await session?.close()
  }

  #take(): Promise<Session> | undefined {
    const taken = this.#current
    this.#current = undefined
    return taken
  }
}
