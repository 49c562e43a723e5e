// 012-search-order.ts: search goes on where the oldest entry waits, however much there is of younger ones elsewhere.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [month, fill, rebuild]) await sql.raw(statement).execute(db)
}

const path = 'SET search_path = pg_catalog, linkage, pg_temp'

// A log never enters a month again that it left, so no earlier table is looked into: there are sixty of them and more.
const month = `
  ALTER TABLE linkage.log_search_cursor ADD COLUMN month date NOT NULL DEFAULT '-infinity';
  COMMENT ON COLUMN linkage.log_search_cursor.month IS 'No entry from next on is of an earlier month.';
`

/** Members of an entry, parsed once, and the columns that they become. */
const members = `json_to_record(e.entry::json) AS m (at timestamptz, kind text, id uuid, agency text, agency_seq bigint, counted_seq bigint,
      delegate text, "user" text, credential text, address text, purpose text, "case" text, api text, operation text, mode text, "grant" text,
      decision text, code text, status int, rows bigint, subject json, policy text, of json, outcome text)`
const derived = `
      SELECT e.slot, e.index, e.month, m.at, m.kind, m.id, m.agency, m.agency_seq, m.counted_seq, m.delegate, m."user", m.credential,
        m.address, m.purpose, m."case", m.api, m.operation, m.mode, m."grant", m.decision, m.code, m.status, m.rows, m.subject ->> 'tag', m.policy,
        (m.of ->> 'index')::bigint, m.outcome
      FROM linkage.log_entry AS e CROSS JOIN LATERAL ${members}`

// As 005 has it, but for what it takes: the entry that waits longest first, and so on from slot to slot until it has its number. By how many
// waited, a slot of a few entries was not come to while another one had more. Dates are all written in one form, and compared as they are
// written; an entry without one, which no writer of ours makes, comes first, so that nothing waits behind it.
const fill = `
  CREATE OR REPLACE FUNCTION linkage.fill_search(p_most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER ${path}
    SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
  DECLARE
    v_left int := p_most;
    v_slot text;
    v_next bigint;
    v_month date;
    v_last bigint;
    v_count int;
    v_months date[];
  BEGIN
    IF p_most NOT BETWEEN 1 AND 10000 THEN
      RAISE EXCEPTION 'a chunk of % entries: expected 1 to 10000', p_most USING ERRCODE = 'LG003';
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO linkage.log_search_cursor (slot) SELECT slot FROM linkage.slot ON CONFLICT DO NOTHING;
    FOR v_slot IN SELECT c.slot FROM linkage.log_search_cursor AS c JOIN linkage.slot AS s ON s.slot = c.slot
        CROSS JOIN LATERAL (SELECT substring(e.entry FROM '"at":"([^"]{24})"') AS at FROM linkage.log_entry AS e
          WHERE e.slot = c.slot AND e.index >= c.next AND e.month >= c.month ORDER BY e.index LIMIT 1) AS waiting
        WHERE s.size > c.next ORDER BY waiting.at COLLATE "C" NULLS FIRST, s.size - c.next LOOP
      EXIT WHEN v_left = 0;
      SELECT next, month INTO v_next, v_month FROM linkage.log_search_cursor WHERE slot = v_slot FOR UPDATE SKIP LOCKED;
      CONTINUE WHEN NOT FOUND;
      SELECT max(index), count(*), max(month), array_agg(DISTINCT month) INTO v_last, v_count, v_month, v_months
        FROM (SELECT index, month FROM linkage.log_entry WHERE slot = v_slot AND index >= v_next AND month >= v_month ORDER BY index LIMIT v_left) AS chunk;
      CONTINUE WHEN v_count = 0;
      PERFORM linkage.prepare_search_month(month) FROM unnest(v_months) AS month;
      BEGIN
        INSERT INTO linkage.log_search ${derived} WHERE e.slot = v_slot AND e.index BETWEEN v_next AND v_last AND e.month = ANY (v_months);
      EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
        PERFORM linkage.search_one_by_one(v_slot, v_next, v_last);
      END;
      UPDATE linkage.log_search_cursor SET next = v_last + 1, month = v_month, filled = clock_timestamp() WHERE slot = v_slot;
      v_left := v_left - v_count;
    END LOOP;
    RETURN p_most - v_left;
  END $$;
`

const rebuild = `
  CREATE OR REPLACE FUNCTION linkage.rebuild_search() RETURNS void LANGUAGE plpgsql ${path} AS $$
  DECLARE
    v_partition regclass;
  BEGIN
    LOCK TABLE linkage.log_search_cursor IN EXCLUSIVE MODE;
    FOR v_partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'linkage.log_search'::regclass LOOP
      EXECUTE format('DROP TABLE %s', v_partition);
    END LOOP;
    UPDATE linkage.log_search_cursor SET next = 0, month = '-infinity', filled = NULL;
  END $$;
`
