// 011-retention-bounds.ts: rows are guarded where only the owner of everything could switch it off; a month goes by its time and its entry.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [apart, guard, retired, keepEdges, putAway, grants]) await sql.raw(statement).execute(db)
}

const definer = 'SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp'

const notDurable = `(current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
      OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') OR current_setting('server_encoding') <> 'UTF8')`

// Who takes a month out does not write the entry that says so: with one password a month would be gone by its own word. A membership is
// ended by an administrator alone, and until it is, the tables stay of the version before.
const apart = `
  DO $$ BEGIN
    IF pg_has_role('linkage_retention', 'linkage_gateway', 'MEMBER') THEN
      RAISE EXCEPTION 'linkage_retention still is a member of linkage_gateway. Run first, as a superuser: linkage database roles.';
    END IF;
  END $$;
  REVOKE ALL ON linkage.log_entry FROM linkage_retention;
  GRANT USAGE ON SCHEMA linkage TO linkage_retention;
  GRANT SELECT ON linkage.log_entry, linkage.slot TO linkage_retention;
`

// Who owns the log's table, that of no month, can switch its triggers off, and statements by way of it fire no others. So each month's table,
// which linkage_owner owns, refuses row by row, by whichever way it is reached. What is only appended pays nothing for it.
const guard = `
  CREATE OR REPLACE FUNCTION linkage.guard(guarded regclass) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, linkage, pg_temp AS $$
  BEGIN
    EXECUTE format('CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION linkage.refuse_change()', guarded);
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = guarded) THEN
      EXECUTE format('CREATE TRIGGER rows_only_added_to BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION linkage.refuse_change()', guarded);
    END IF;
  END $$;
  DO $$
  DECLARE
    v_partition regclass;
  BEGIN
    FOR v_partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent IN ('linkage.log_entry'::regclass, 'linkage.log_search'::regclass) LOOP
      EXECUTE format('CREATE TRIGGER rows_only_added_to BEFORE UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION linkage.refuse_change()', v_partition);
    END LOOP;
  END $$;
`

// R16: no month goes before five years have passed since its end, by this server's clock. All that a month holds of a log is named by one
// entry of that month, which nobody wrote who takes it out.
const retired = `
  CREATE FUNCTION linkage.require_past(p_month date) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, linkage, pg_temp AS $$
  BEGIN
    IF (date_trunc('month', p_month::timestamp) + interval '1 month' + interval '5 years' <= clock_timestamp() AT TIME ZONE 'Asia/Taipei') IS NOT TRUE THEN
      RAISE EXCEPTION 'month %: five years have not passed since its end', p_month USING ERRCODE = 'LG003';
    END IF;
  END $$;
  CREATE FUNCTION linkage.require_retired(p_month date) RETURNS void LANGUAGE plpgsql ${definer} AS $$
  DECLARE
    v_slot text;
  BEGIN
    PERFORM linkage.require_past(p_month);
    IF to_regclass('linkage.log_entry_' || to_char(p_month, 'YYYY_MM')) IS NULL THEN RETURN; END IF;
    EXECUTE format('SELECT held.slot FROM (SELECT slot, min(index) AS first, max(index) AS last FROM linkage.%I GROUP BY slot) AS held
      WHERE NOT EXISTS (SELECT FROM linkage.slot AS s, linkage.log_entry AS r WHERE s.slot = held.slot
        AND strpos(r.entry, ''"kind":"query"'') = 0 AND (r.entry::json) ->> ''kind'' = ''retire'' AND (r.entry::json) ->> ''log'' = s.log
        AND (r.entry::json) ->> ''month'' = $1
        AND ((r.entry::json) ->> ''from'')::bigint = held.first AND ((r.entry::json) ->> ''to'')::bigint = held.last + 1)
      ORDER BY 1 LIMIT 1', 'log_entry_' || to_char(p_month, 'YYYY_MM')) INTO v_slot USING to_char(p_month, 'YYYY-MM');
    IF v_slot IS NOT NULL THEN
      RAISE EXCEPTION 'month %: no retire entry says that entries of slot % are taken out', p_month, v_slot USING ERRCODE = 'LG003';
    END IF;
  END $$;
`

// As 009 has it, of months whose time is over: what is kept of one that grows would be too little when it goes, and is kept once.
const keepEdges = `
  CREATE OR REPLACE FUNCTION linkage.keep_edges(p_month date) RETURNS void LANGUAGE plpgsql ${definer} AS $$
  BEGIN
    PERFORM linkage.require_past(p_month);
    INSERT INTO linkage.log_edge (slot, index, hashes)
      SELECT e.slot, min(e.index), string_agg(e.leaf_hash, ''::bytea ORDER BY e.index)
      FROM (SELECT slot, max(index) / 256 AS tile FROM linkage.log_entry WHERE month = p_month GROUP BY slot) AS of
        JOIN linkage.log_entry AS e ON e.slot = of.slot AND e.month = p_month AND e.index >= of.tile * 256
      WHERE NOT EXISTS (SELECT FROM linkage.log_tile AS t WHERE t.slot = of.slot AND t.level = 0 AND t.index = of.tile)
      GROUP BY e.slot
      ON CONFLICT DO NOTHING;
  END $$;
`

// As 009 has it, and the entry has to name the month, whose time is over, also where what was put away is dropped later.
const putAway = `
  CREATE OR REPLACE FUNCTION linkage.put_away(p_month date, p_drop boolean) RETURNS void LANGUAGE plpgsql ${definer} AS $$
  DECLARE
    v_of text := to_char(p_month, 'YYYY_MM');
  BEGIN
    IF ${notDurable} THEN PERFORM linkage.require_durable(); END IF;
    PERFORM set_config('lock_timeout', '20s', true);
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('linkage.log_entry_' || v_of)) THEN
      RAISE EXCEPTION 'month %: still a part of the log; detach it first', p_month USING ERRCODE = 'LG003';
    END IF;
    PERFORM linkage.require_retired(p_month);
    IF to_regclass('linkage.log_entry_' || v_of) IS NOT NULL THEN
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
  REVOKE ALL ON FUNCTION linkage.require_past(date), linkage.require_retired(date) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION linkage.require_retired(date), linkage.put_document(text, bytea) TO linkage_retention;
`
