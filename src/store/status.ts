// status.ts: how the query log stands in its database: heads, checkpoints, search, partitions, settings. Nothing of it is proven here.
import pg from 'pg'
import type { SearchProgress, Slot } from '../querylog/ports.ts'
import { connectionOf } from './connection.ts'
import { failureOf } from './failure.ts'

export interface SlotStatus {
  readonly slot: Slot
  readonly log: string
  /** Grows by one with every claim. */
  readonly epoch: number
  readonly size: number
  /** Standard base64. */
  readonly root: string
  /** Month of the last entry, `2026-11`; absent in an empty log. */
  readonly month?: string
  /** Size that the newest stored checkpoint states; absent where there is none. */
  readonly checkpoint?: number
  /** When one was last kept beside the newest, ISO 8601. */
  readonly checkpointKept?: string
}

export interface DatabaseStatus {
  readonly version: string
  /** The database's clock, ms since 1970 UTC. */
  readonly now: number
  /** What an append refuses to be acknowledged by. */
  readonly settings: Readonly<Record<string, string>>
  readonly durable: boolean
  readonly slots: readonly SlotStatus[]
  readonly search: readonly SearchProgress[]
  /** Months that have a partition, `2026-11`, by table. */
  readonly partitions: Readonly<Record<'log_entry' | 'log_search', readonly string[]>>
}

const settingNames = ['fsync', 'full_page_writes', 'synchronous_commit', 'server_encoding']

/** @param url of a role that may read
 *  @throws Error for a URL that cannot be used; StoreError unavailable */
export async function databaseStatus(url: string): Promise<DatabaseStatus> {
  const client = new pg.Client({ ...connectionOf(url), connectionTimeoutMillis: 5_000, query_timeout: 30_000 })
  client.on('error', () => undefined) // what it lost, the statement in flight reports
  try {
    await client.connect()
    const [about] = (await client.query(database, [settingNames])).rows
    const slots = (await client.query(slotsStatement)).rows
    const search = (await client.query('SELECT slot, size, next, since FROM linkage.search_progress ORDER BY length(slot), slot')).rows
    const settings: Record<string, string> = about.settings
    return {
      version: about.version,
      now: Number(about.now),
      settings,
      durable:
        settings.fsync === 'on' &&
        settings.full_page_writes === 'on' &&
        ['on', 'remote_apply'].includes(settings.synchronous_commit ?? '') &&
        settings.server_encoding === 'UTF8',
      slots: slots.map(slotOf),
      search: search.map(({ slot, size, next, since }) => {
        const at = Date.parse(String(since))
        return { slot, size: Number(size), next: Number(next), ...(Number.isNaN(at) ? {} : { since: at }) }
      }),
      partitions: { log_entry: about.entries ?? [], log_search: about.searches ?? [] },
    }
  } catch (error) {
    throw failureOf(error, false)
  } finally {
    await client.end().catch(() => undefined) // it never connected, or is gone
  }
}

const partitionsOf = (table: string): string => `(
  SELECT array_agg(replace(substring(c.relname FROM '_(\\d{4}_\\d{2})$'), '_', '-') ORDER BY c.relname)
  FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'linkage.${table}'::regclass)`

const database = `SELECT current_setting('server_version') AS version, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now,
  (SELECT jsonb_object_agg(name, current_setting(name)) FROM unnest($1::text[]) AS name) AS settings,
  ${partitionsOf('log_entry')} AS entries, ${partitionsOf('log_search')} AS searches`

const slotsStatement = `SELECT slot, log, epoch, size, encode(root, 'base64') AS root, to_char(month, 'YYYY-MM') AS month,
  CASE WHEN isfinite(checkpoint_kept) THEN checkpoint_kept END AS kept,
  greatest(substring(checkpoint FROM '^[^\\n]*\\n(0|[1-9]\\d{0,15})\\n')::bigint,
    (SELECT max(c.size) FROM linkage.log_checkpoint AS c WHERE c.slot = s.slot)) AS checkpoint
  FROM linkage.slot AS s ORDER BY length(slot), slot`

// biome-ignore lint/suspicious/noExplicitAny: a row of the statement above
function slotOf({ slot, log, epoch, size, root, month, kept, checkpoint }: any): SlotStatus {
  return {
    slot,
    log,
    epoch: Number(epoch),
    size: Number(size),
    root,
    ...(month === null ? {} : { month }),
    ...(checkpoint === null ? {} : { checkpoint: Number(checkpoint) }),
    ...(kept === null ? {} : { checkpointKept: kept.toISOString() }),
  }
}
