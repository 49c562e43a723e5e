// 006-streams.ts: streams are found in every mode: a large answer of any query is released while it comes.
import { type Kysely, sql } from 'kysely'

// A stream's digest is not known when its query is recorded. A quote inside a JSON string is escaped, so these texts can only be
// members. In place of the index of 004, which held mode `file` alone.
const streams = `
  DROP INDEX linkage.log_entry_stream;
  CREATE INDEX log_entry_stream ON linkage.log_entry (slot, index)
    WHERE strpos(entry, '"code":"released"') > 0 AND strpos(entry, '"released_hmac":') = 0;
`

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(streams).execute(db)
}
