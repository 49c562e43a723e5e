// together.ts: calls that are at the same step go on together.

let turn: Promise<void> | undefined

/** Resolves at the end of this turn of the event loop, for everybody who waits in it at once. Steps of one kind then run one after
 *  the other with their code and data in the processor's caches: between two turns each of them runs cold, several times slower.
 *  No time is waited for: with nobody else there it is the very next turn. */
export function together(): Promise<void> {
  turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined
      resolve()
    })
  })
  return turn
}
