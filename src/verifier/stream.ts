// stream.ts: a stored log run past its verifier: entries and checkpoints merged by size.
import type { Finding } from './finding.ts'
import type { Hash } from './tree.ts'
import { LogVerifier, type Summary, type VerifierOptions } from './verify.ts'

/** A log as it lies somewhere. Neither side is believed to be in order or complete. */
export interface StoredLog {
  /** In order of their indexes. `bytes` is absent where only the leaf hash is left. */
  readonly entries: AsyncIterable<{ readonly index: number; readonly bytes: Uint8Array | undefined; readonly leaf?: Hash }>
  /** In order of their sizes. */
  readonly checkpoints: AsyncIterable<{ readonly size: number; readonly note: string }>
}

/** Verifies a log in one pass: yields what it finds, returns what it verified. */
export async function* verifyLog(stored: StoredLog, options: VerifierOptions): AsyncGenerator<Finding, Summary> {
  const verifier = new LogVerifier(options)
  const checkpoints = stored.checkpoints[Symbol.asyncIterator]()
  try {
    let next = await checkpoints.next()
    for await (const { index, bytes, leaf } of stored.entries) {
      yield* verifier.entry(index, bytes, leaf)
      for (; next.done !== true && next.value.size <= verifier.size; next = await checkpoints.next())
        yield* verifier.checkpoint(next.value.size, next.value.note)
    }
    for (; next.done !== true; next = await checkpoints.next()) yield* verifier.checkpoint(next.value.size, next.value.note)
  } finally {
    await checkpoints.return?.()
  }
  yield* verifier.end()
  return verifier.summary
}
