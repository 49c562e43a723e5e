// written-log-here.ts: a written log in a real database of its own, which commands find by themselves.
import { openStore } from '../../../src/store/open.ts'
import { startTestDatabase, type Teardown, type TestDatabase } from '../../store/server.ts'
import { storeWritten } from '../../verifier/written-database.ts'
import type { WritingLog } from '../../verifier/written-log.ts'

/** Stores it, each month in its partition, and finds everything in it; until the test ends `DATABASE_URL` is this database. */
export async function writtenLogHere(t: Teardown, writing: WritingLog): Promise<TestDatabase> {
  const database = await startTestDatabase(t)
  await storePart(database, writing, 0, writing.size)
  process.env.DATABASE_URL = database.gatewayUrl
  t.teardown(() => {
    delete process.env.DATABASE_URL
  })
  return database
}

/** Stores the entries [from, to) of a log, those before them being there, and finds everything in them. */
export async function storePart({ gatewayUrl }: TestDatabase, writing: WritingLog, from: number, to: number): Promise<void> {
  const { log, slot } = writing
  await storeWritten(gatewayUrl, writing.signer.verifierKey, writing.byMonth, { slot, log, from, to })
  const store = await openStore({ databaseUrl: gatewayUrl })
  while ((await store.search.fill(1_000)) > 0); // everything is found
  await store.close()
}
