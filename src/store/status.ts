// status.ts: how the query log stands in its database: heads, checkpoints, search, partitions, settings. Nothing of it is proven here.
import pg from 'pg'
import type { SearchProgress, Slot } from '../querylog/ports.ts'
import type { MonthPlace } from '../querylog/retire.ts'
import { connectionOf } from './connection.ts'
import { failureOf } from './failure.ts'
import { placeOfTable } from './retention-store.ts'

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
  /** By which order the slot ended; absent where it goes on. */
  readonly ended?: string
  /** How many of its entries the newest statements of other slots cover, by which slot and when that was stated; absent where none speaks
   *  of it. */
  readonly stated?: { readonly size: number; readonly by: Slot; readonly at: string }
}

export interface RetirementStatus {
  /** `2026-11` */
  readonly month: string
  /** Whether a retire entry says so. */
  readonly recorded: boolean
  readonly place: MonthPlace
}

export interface DatabaseStatus {
  readonly version: string
  /** The database's clock, ms since 1970 UTC. */
  readonly now: number
  /** What an append refuses to be acknowledged by. */
  readonly settings: Readonly<Record<string, string>>
  readonly durable: boolean
  readonly slots: readonly SlotStatus[]
  /** Logs of which an entry of another one says that they ended: abandoned, or superseded. */
  readonly endsRecorded: readonly string[]
  /** Months of which a retire entry says that they were taken out, or whose table is no part of the log, in order. */
  readonly retirements: readonly RetirementStatus[]
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
    const statements = (await client.query(headsStatement)).rows
    const ends = (await client.query(endsStatement)).rows
    const retired = (await client.query(retireStatement)).rows
    const tables = (await client.query(tablesStatement)).rows
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
      slots: slots.map(slotOf).map((each) => withStatement(each, statements)),
      endsRecorded: ends.map(({ log }) => log),
      retirements: retirementsOf(
        retired.map(({ month }) => month),
        tables,
      ),
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

/** The newest entries of each slot that state heads of others. */
const headsStatement = `SELECT s.slot, (e.entry::json) ->> 'at' AS at, (e.entry::json) -> 'heads' AS heads
  FROM linkage.slot AS s CROSS JOIN unnest(ARRAY['opening', 'month', 'heads']) AS k (kind) CROSS JOIN LATERAL (
    SELECT entry FROM linkage.log_entry AS l WHERE l.slot = s.slot AND strpos(l.entry, '"kind":"query"') = 0
      AND (l.entry::json) ->> 'kind' = k.kind ORDER BY l.index DESC LIMIT 1) AS e`

const endsStatement = `SELECT DISTINCT coalesce((e.entry::json) -> 'supersedes', e.entry::json) -> 'head' ->> 'log' AS log
  FROM linkage.slot AS s JOIN linkage.log_entry AS e ON e.slot = s.slot
  WHERE strpos(e.entry, '"kind":"query"') = 0 AND ((e.entry::json) ->> 'kind' = 'abandon'
    OR ((e.entry::json) ->> 'kind' = 'opening' AND strpos(e.entry, '"supersedes":') > 0)) ORDER BY 1`

const retireStatement = `SELECT DISTINCT (r.entry::json) ->> 'month' AS month FROM linkage.slot AS s JOIN linkage.log_entry AS r ON r.slot = s.slot
  WHERE strpos(r.entry, '"kind":"query"') = 0 AND (r.entry::json) ->> 'kind' = 'retire' ORDER BY 1`

/** Tables of months: whether each is put away, a part of the log, or was interrupted while it was detached. */
const tablesStatement = `SELECT replace(substring(c.relname FROM '_(\\d{4}_\\d{2})$'), '_', '-') AS month, c.relname LIKE 'retired%' AS kept,
  i.inhdetachpending AS pending FROM pg_class AS c LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
  WHERE c.relnamespace = 'linkage'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^(log|retired)_entry_\\d{4}_\\d{2}$' ORDER BY 1`

interface MonthTable {
  readonly month: string
  readonly kept: boolean
  readonly pending: boolean | null
}

function retirementsOf(retired: readonly string[], tables: readonly MonthTable[]): readonly RetirementStatus[] {
  const placed = tables.map(({ kept, month, pending }): [string, MonthPlace] => [month, kept ? 'kept' : placeOfTable(pending)])
  const places = new Map(placed)
  const out = placed.flatMap(([month, place]) => (place === 'attached' ? [] : [month]))
  return [...new Set([...retired, ...out])]
    .sort()
    .map((month) => ({ month, recorded: retired.includes(month), place: places.get(month) ?? 'none' }))
}

const slotsStatement = `SELECT slot, log, epoch, size, ended, encode(root, 'base64') AS root, to_char(month, 'YYYY-MM') AS month,
  CASE WHEN isfinite(checkpoint_kept) THEN checkpoint_kept END AS kept,
  greatest(substring(checkpoint FROM '^[^\\n]*\\n(0|[1-9]\\d{0,15})\\n')::bigint,
    (SELECT max(c.size) FROM linkage.log_checkpoint AS c WHERE c.slot = s.slot)) AS checkpoint
  FROM linkage.slot AS s ORDER BY length(slot), slot`

/** A row of it; pg gives bigint as text. */
interface SlotRow {
  readonly slot: Slot
  readonly log: string
  readonly epoch: string
  readonly size: string
  readonly root: string
  readonly month: string | null
  readonly kept: Date | null
  readonly checkpoint: string | null
  readonly ended: string | null
}

function slotOf({ slot, log, epoch, size, root, month, kept, checkpoint, ended }: SlotRow): SlotStatus {
  return {
    slot,
    log,
    epoch: Number(epoch),
    size: Number(size),
    root,
    ...(month === null ? {} : { month }),
    ...(checkpoint === null ? {} : { checkpoint: Number(checkpoint) }),
    ...(kept === null ? {} : { checkpointKept: kept.toISOString() }),
    ...(ended === null ? {} : { ended }),
  }
}

interface Statement {
  readonly slot: Slot
  readonly at: string
  readonly heads: readonly { readonly log: string; readonly size: number }[]
}

/** Of several statements the one that reaches furthest; of those that reach equally far the newest. */
function withStatement(of: SlotStatus, statements: readonly Statement[]): SlotStatus {
  let stated: SlotStatus['stated']
  for (const { at, heads, slot } of statements.filter((each) => each.slot !== of.slot)) {
    const size = heads.find(({ log }) => log === of.log)?.size
    if (size === undefined) continue
    if (stated === undefined || size > stated.size || (size === stated.size && at > stated.at)) stated = { size, by: slot, at }
  }
  return stated === undefined ? of : { ...of, stated }
}
