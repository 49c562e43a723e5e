// timed.ts: a store whose database lives in another time than the machine: for logs of months that were, or are to come.
import type { LogWriterStore } from '../../src/querylog/ports.ts'

/** @param ahead how far that time is ahead of the machine's, ms; negative: behind */
export function timed(store: LogWriterStore, ahead: () => number): LogWriterStore {
  const shifted = <T extends { readonly databaseTime: number }>(answer: T): T => ({
    ...answer,
    databaseTime: answer.databaseTime + ahead(),
  })
  return {
    claim: async (...asked) => shifted(await store.claim(...asked)),
    append: async (...asked) => shifted(await store.append(...asked)),
    probe: async (asked) => shifted(await store.probe(asked)),
    putCheckpoint: (...asked) => store.putCheckpoint(...asked),
    putDocument: (...asked) => store.putDocument(...asked),
    prepareMonth: (month) => store.prepareMonth(month),
    close: () => store.close(),
  }
}
