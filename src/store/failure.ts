// failure.ts: what PostgreSQL's answers mean for the writer of the log.
import pg from 'pg'
import { StoreError, type StoreFailure } from '../querylog/ports.ts'

/** SQLSTATEs of our own functions. */
const own: Readonly<Record<string, StoreFailure>> = {
  LG001: 'head-moved',
  LG002: 'database-not-durable',
  LG003: 'rejected',
  LG004: 'other-key',
  LG005: 'rejected',
  LG006: 'slot-ended',
}

/** What an error of a statement means that was sent on a living connection.
 *  @param writes the statement may have stored something, if its outcome is unknown
 *  Message and SQLSTATE pass on; the server's detail does not, since it can hold the row, which is a query record. */
export function failureOf(error: unknown, writes: boolean): StoreError {
  if (error instanceof StoreError) return error
  if (!(error instanceof pg.DatabaseError) || error.code === undefined)
    return new StoreError(writes ? 'ambiguous' : 'unavailable', messageOf(error))
  const { code } = error
  const said = `${error.message} (SQLSTATE ${code})`
  const named = own[code]
  if (named !== undefined) return new StoreError(named, said)
  const family = code.slice(0, 2)
  // Data exceptions, constraints, program limits: this data, on this server, never.
  if (family === '22' || family === '23' || family === '54') return new StoreError('rejected', said)
  if (code === '42501') return new StoreError('unavailable', `${said}. ${anotherRole}`)
  // Not migrated: the statement could not begin.
  if (family === '42' || family === '3F') return new StoreError('unavailable', `${said}. Run: linkage database migrate.`)
  // A server that is going down, a full disk, a lock not had in time: whether it ended before or after the commit, a claim tells.
  return new StoreError(writes ? 'ambiguous' : 'unavailable', said)
}

const anotherRole =
  'Another role may: slots are ended as linkage_operations, months taken out as linkage_retention (DATABASE_RETENTION_URL), everything else is written as linkage_gateway (DATABASE_URL), and all are made by: linkage database roles.'

/** Why no connection was had: nothing was sent. */
export function connectFailure(error: unknown): StoreError {
  return new StoreError('unavailable', `The database cannot be reached: ${messageOf(error)}`)
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
