// 009-retention.ts: a month is taken out by a role of its own, and what its log needs of it stays.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [owner, edges, keepEdges, finish, grants]) await sql.raw(statement).execute(db)
}

const notDurable = `(current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
      OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') OR current_setting('server_encoding') <> 'UTF8')`

const definer = 'SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp'

// DETACH PARTITION CONCURRENTLY runs in no function and no transaction, and asks for the ownership of the table that a partition is
// detached from, and of nothing else. So this role owns that one, and no partition, function, head, checkpoint, tile or document; what
// owns those is a member of it, and makes partitions as before.
const owner = `
  GRANT CREATE ON SCHEMA linkage TO linkage_retention;
  ALTER TABLE linkage.log_entry OWNER TO linkage_retention;
  REVOKE CREATE ON SCHEMA linkage FROM linkage_retention;
  GRANT ALL ON linkage.log_entry TO linkage_owner;
  REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON linkage.log_entry FROM linkage_retention;
`

// Tiles are stored when they are whole. Of a log that grows by little, or ended, the last one may never be: without these hashes nothing
// of the log could be verified once the entries are gone.
const edges = `
  CREATE TABLE linkage.log_edge (
    slot text NOT NULL,
    index bigint NOT NULL CHECK (index >= 0),
    hashes bytea NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8160 AND octet_length(hashes) % 32 = 0),
    PRIMARY KEY (slot, index)
  );
  COMMENT ON TABLE linkage.log_edge IS 'Leaf hashes, from index on, of retired entries whose tile was not whole when they were taken out.';
  SELECT linkage.guard('linkage.log_edge');
`

const keepEdges = `
  CREATE FUNCTION linkage.keep_edges(p_month date) RETURNS void LANGUAGE sql ${definer} AS $$
    INSERT INTO linkage.log_edge (slot, index, hashes)
      SELECT e.slot, min(e.index), string_agg(e.leaf_hash, ''::bytea ORDER BY e.index)
      FROM (SELECT slot, max(index) / 256 AS tile FROM linkage.log_entry WHERE month = p_month GROUP BY slot) AS of
        JOIN linkage.log_entry AS e ON e.slot = of.slot AND e.month = p_month AND e.index >= of.tile * 256
      WHERE NOT EXISTS (SELECT FROM linkage.log_tile AS t WHERE t.slot = of.slot AND t.level = 0 AND t.index = of.tile)
      GROUP BY e.slot
      ON CONFLICT DO NOTHING
  $$;
`

// What was detached is put away, or dropped, and no entry of it that no retire entry names: whoever detaches by hand gets no further.
// Search columns are derived, and go with their entries: nothing on the path of a call waits for their table.
const finish = `
  CREATE FUNCTION linkage.put_away(p_month date, p_drop boolean) RETURNS void LANGUAGE plpgsql ${definer} AS $$
  DECLARE
    v_of text := to_char(p_month, 'YYYY_MM');
    v_slot text;
  BEGIN
    IF ${notDurable} THEN PERFORM linkage.require_durable(); END IF;
    PERFORM set_config('lock_timeout', '20s', true);
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('linkage.log_entry_' || v_of)) THEN
      RAISE EXCEPTION 'month %: still a part of the log; detach it first', p_month USING ERRCODE = 'LG003';
    END IF;
    IF to_regclass('linkage.log_entry_' || v_of) IS NOT NULL THEN
      EXECUTE format('SELECT held.slot FROM (SELECT slot, min(index) AS first, max(index) AS last FROM linkage.%I GROUP BY slot) AS held
        WHERE NOT EXISTS (SELECT FROM linkage.slot AS s, linkage.log_entry AS r WHERE s.slot = held.slot
          AND strpos(r.entry, ''"kind":"query"'') = 0 AND (r.entry::json) ->> ''kind'' = ''retire'' AND (r.entry::json) ->> ''log'' = s.log
          AND ((r.entry::json) ->> ''from'')::bigint = held.first AND ((r.entry::json) ->> ''to'')::bigint = held.last + 1)
        ORDER BY 1 LIMIT 1', 'log_entry_' || v_of) INTO v_slot;
      IF v_slot IS NOT NULL THEN
        RAISE EXCEPTION 'month %: no retire entry says that entries of slot % are taken out', p_month, v_slot USING ERRCODE = 'LG003';
      END IF;
      EXECUTE format('ALTER TABLE linkage.%I RENAME TO %I', 'log_entry_' || v_of, 'retired_entry_' || v_of);
      EXECUTE format('REVOKE ALL ON linkage.%I FROM linkage_gateway, linkage_auditor', 'retired_entry_' || v_of);
    END IF;
    IF to_regclass('linkage.log_search_' || v_of) IS NOT NULL THEN EXECUTE format('DROP TABLE linkage.%I', 'log_search_' || v_of); END IF;
    IF p_drop AND to_regclass('linkage.retired_entry_' || v_of) IS NOT NULL THEN
      EXECUTE format('DROP TABLE linkage.%I', 'retired_entry_' || v_of);
    END IF;
  END $$;
`

const grants = `
  GRANT SELECT ON linkage.log_edge TO linkage_gateway, linkage_auditor;
  REVOKE ALL ON FUNCTION linkage.keep_edges(date), linkage.put_away(date, boolean) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION linkage.keep_edges(date), linkage.put_away(date, boolean) TO linkage_retention;
`
