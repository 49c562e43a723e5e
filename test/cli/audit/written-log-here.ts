// written-log-here.ts: a written log in a real database of its own, which commands find by themselves.
import { openStore } from '../../../src/store/open.ts'
import { startTestDatabase, type Teardown, type TestDatabase } from '../../store/server.ts'
import { storeWritten } from '../../verifier/written-database.ts'
import type { WritingLog } from '../../verifier/written-log.ts'

/** Stores it, each month in its partition, and finds everything in it; until the test ends `DATABASE_URL` is this database. */
export async function writtenLogHere(t: Teardown, writing: WritingLog): Promise<TestDatabase> {
  const database = await startTestDatabase(t)
  await storeWritten(database.gatewayUrl, writing.signer.verifierKey, writing.byMonth)
  const store = await openStore({ databaseUrl: database.gatewayUrl })
  while ((await store.search.fill(1_000)) > 0); // everything is found
  await store.close()
  process.env.DATABASE_URL = database.gatewayUrl
  t.teardown(() => {
    delete process.env.DATABASE_URL
  })
  return database
}
