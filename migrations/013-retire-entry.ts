// 013-retire-entry.ts: what takes a month out is an entry of a log, and no row that was put beside one.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [standsInLog, retired, grants]) await sql.raw(statement).execute(db)
}

const definer = 'SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp'

// Where no superuser sets its bounds, the role that takes months out can add rows to the table that it owns: behind the head of a log, at
// an index that another month's table holds, or where a month is gone. No writer appended those: they are none of their log. Of what is
// gone the hashes are kept, but of the newest tile of a log that goes on: who cuts that off may stand in its place (docs/evidence.md).
const standsInLog = `
  CREATE FUNCTION linkage.stands_in_log(p_slot text, p_index bigint, p_month date, p_leaf bytea) RETURNS boolean LANGUAGE sql STABLE ${definer} AS $$
    SELECT EXISTS (SELECT FROM linkage.slot AS s WHERE s.slot = p_slot AND p_index >= 0 AND p_index < s.size)
      AND NOT EXISTS (SELECT FROM linkage.log_entry AS o WHERE o.slot = p_slot AND o.index = p_index AND o.month <> p_month)
      AND NOT EXISTS (SELECT FROM linkage.log_tile AS t WHERE t.slot = p_slot AND t.level = 0 AND t.index = p_index / 256
        AND substr(t.hashes, (p_index % 256)::int * 32 + 1, 32) <> p_leaf)
      AND NOT EXISTS (SELECT FROM linkage.log_edge AS e WHERE e.slot = p_slot AND p_index >= e.index
        AND p_index < e.index + octet_length(e.hashes) / 32 AND substr(e.hashes, (p_index - e.index)::int * 32 + 1, 32) <> p_leaf)
  $$;
`

// As 011 has it, and the entry stands in its log: in whichever of this database, since one command says it for all of them.
const retired = `
  CREATE OR REPLACE FUNCTION linkage.require_retired(p_month date) RETURNS void LANGUAGE plpgsql ${definer} AS $$
  DECLARE
    v_slot text;
  BEGIN
    PERFORM linkage.require_past(p_month);
    IF to_regclass('linkage.log_entry_' || to_char(p_month, 'YYYY_MM')) IS NULL THEN RETURN; END IF;
    EXECUTE format('SELECT held.slot FROM (SELECT slot, min(index) AS first, max(index) AS last FROM linkage.%I GROUP BY slot) AS held
      WHERE NOT EXISTS (SELECT FROM linkage.slot AS s, linkage.log_entry AS r WHERE s.slot = held.slot
        AND strpos(r.entry, ''"kind":"query"'') = 0 AND (r.entry::json) ->> ''kind'' = ''retire'' AND (r.entry::json) ->> ''log'' = s.log
        AND (r.entry::json) ->> ''month'' = $1
        AND ((r.entry::json) ->> ''from'')::bigint = held.first AND ((r.entry::json) ->> ''to'')::bigint = held.last + 1
        AND NOT (r.slot = held.slot AND r.index BETWEEN held.first AND held.last)
        AND linkage.stands_in_log(r.slot, r.index, r.month, r.leaf_hash))
      ORDER BY 1 LIMIT 1', 'log_entry_' || to_char(p_month, 'YYYY_MM')) INTO v_slot USING to_char(p_month, 'YYYY-MM');
    IF v_slot IS NOT NULL THEN
      RAISE EXCEPTION 'month %: no retire entry says that entries of slot % are taken out', p_month, v_slot USING ERRCODE = 'LG003';
    END IF;
  END $$;
`

const grants = `
  REVOKE ALL ON FUNCTION linkage.stands_in_log(text, bigint, date, bytea) FROM PUBLIC;
`
