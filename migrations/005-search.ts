// 005-search.ts: columns to search the query log by, derived from the stored entries off the call path. They prove nothing by themselves.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [table, indexes, cursor, prepare, unreadable, fill, rebuild, progress, grants])
    await sql.raw(statement).execute(db)
}

// The columns are members of the entry, named as docs/log-format.md says; where a member is absent, so is the value. An entry that
// cannot be read (nobody but an administrator can have stored one) has its place and nothing else, and never stops the others.
const table = `
  CREATE TABLE linkage.log_search (
    slot text NOT NULL,
    index bigint NOT NULL,
    month date NOT NULL,
    at timestamptz,
    kind text,
    id uuid,
    agency text,
    agency_seq bigint,
    counted_seq bigint,
    delegate text,
    account text,
    credential text,
    address text,
    purpose text,
    case_no text,
    api text,
    operation text,
    mode text,
    grant_id text,
    decision text,
    code text,
    status int,
    rows bigint,
    subject text,
    policy text,
    of_index bigint,
    outcome text,
    PRIMARY KEY (slot, index, month)
  ) PARTITION BY RANGE (month);
  COMMENT ON TABLE linkage.log_search IS 'What the query log is searched by, derived from log_entry.entry alone. Evidence is the entry.';
  COMMENT ON COLUMN linkage.log_search.account IS 'Member user: as a column its name would read as the database''s own role.';
  COMMENT ON COLUMN linkage.log_search.subject IS 'Member subject.tag.';
  COMMENT ON COLUMN linkage.log_search.of_index IS 'Of a completion: index of the query that it speaks of.';
  SELECT linkage.guard('linkage.log_search');
`

// One per question that is asked: an agency's period, its user, its grant's last use, the records of a draw; one case, one subject,
// one credential, one API over time; what was refused; the record of a Request-Id; how a query ended; a period of all.
const indexes = `
  CREATE INDEX log_search_agency ON linkage.log_search (agency, at);
  CREATE INDEX log_search_account ON linkage.log_search (agency, account, at) WHERE account IS NOT NULL;
  CREATE INDEX log_search_grant ON linkage.log_search (agency, grant_id, at) WHERE grant_id IS NOT NULL;
  CREATE INDEX log_search_counted ON linkage.log_search (agency, slot, counted_seq) WHERE counted_seq IS NOT NULL;
  CREATE INDEX log_search_delegate ON linkage.log_search (delegate, at) WHERE delegate IS NOT NULL;
  CREATE INDEX log_search_case ON linkage.log_search (case_no, at) WHERE case_no IS NOT NULL;
  CREATE INDEX log_search_subject ON linkage.log_search (subject, at) WHERE subject IS NOT NULL;
  CREATE INDEX log_search_credential ON linkage.log_search (credential, at) WHERE credential IS NOT NULL;
  CREATE INDEX log_search_api ON linkage.log_search (api, operation, at) WHERE api IS NOT NULL;
  CREATE INDEX log_search_refused ON linkage.log_search (code, at) WHERE decision = 'deny';
  CREATE INDEX log_search_id ON linkage.log_search (id);
  CREATE INDEX log_search_of ON linkage.log_search (slot, of_index) WHERE of_index IS NOT NULL;
  CREATE INDEX log_search_kind ON linkage.log_search (kind, at) WHERE kind <> 'query';
  CREATE INDEX log_search_at ON linkage.log_search USING brin (at) WITH (pages_per_range = 32);
`

const cursor = `
  CREATE TABLE linkage.log_search_cursor (
    slot text PRIMARY KEY,
    next bigint NOT NULL DEFAULT 0 CHECK (next >= 0),
    filled timestamptz
  ) WITH (fillfactor = 10);
  COMMENT ON COLUMN linkage.log_search_cursor.next IS 'Every entry of the slot below it stands in log_search.';
`

const path = 'SET search_path = pg_catalog, linkage, pg_temp'

// As prepare_month (002), and its lock is one that only the owner's functions can take: whoever may only read holds nobody up.
const prepare = `
  CREATE FUNCTION linkage.prepare_search_month(p_month date) RETURNS void LANGUAGE plpgsql ${path} AS $$
  DECLARE
    v_name text := 'log_search_' || to_char(p_month, 'YYYY_MM');
  BEGIN
    IF to_regclass('linkage.' || v_name) IS NOT NULL THEN RETURN; END IF;
    LOCK TABLE linkage.log_search IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass('linkage.' || v_name) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE linkage.%I (LIKE linkage.log_search INCLUDING ALL)', v_name);
    EXECUTE format('ALTER TABLE linkage.log_search ATTACH PARTITION linkage.%I FOR VALUES FROM (%L) TO (%L)', v_name, p_month, p_month + interval '1 month');
    PERFORM linkage.guard(to_regclass('linkage.' || v_name));
  END $$;
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

const unreadable = `
  CREATE FUNCTION linkage.search_one_by_one(p_slot text, p_from bigint, p_to bigint) RETURNS void LANGUAGE plpgsql ${path} AS $$
  DECLARE
    v_index bigint;
    v_month date;
  BEGIN
    FOR v_index, v_month IN SELECT index, month FROM linkage.log_entry WHERE slot = p_slot AND index BETWEEN p_from AND p_to LOOP
      BEGIN
        INSERT INTO linkage.log_search ${derived} WHERE e.slot = p_slot AND e.index = v_index AND e.month = v_month;
      EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
        INSERT INTO linkage.log_search (slot, index, month) VALUES (p_slot, v_index, v_month);
      END;
    END LOOP;
  END $$;
`

// One chunk of the slot that is furthest behind and that nobody else is at: cursor rows are locked, not advisory locks, since those
// anybody who may connect can hold. Rows and cursor are one transaction; a crash loses both, so it need not wait for the disk.
// Sequential scans are off: a young table has no statistics, and the planner would sort the whole of it for every chunk.
const fill = `
  CREATE FUNCTION linkage.fill_search(p_most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER ${path}
    SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
  DECLARE
    v_slot text;
    v_next bigint;
    v_last bigint;
    v_count int;
    v_months date[];
  BEGIN
    IF p_most NOT BETWEEN 1 AND 10000 THEN
      RAISE EXCEPTION 'a chunk of % entries: expected 1 to 10000', p_most USING ERRCODE = 'LG003';
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO linkage.log_search_cursor (slot) SELECT slot FROM linkage.slot ON CONFLICT DO NOTHING;
    SELECT c.slot, c.next INTO v_slot, v_next FROM linkage.log_search_cursor AS c JOIN linkage.slot AS s ON s.slot = c.slot
      WHERE s.size > c.next AND EXISTS (SELECT FROM linkage.log_entry AS e WHERE e.slot = c.slot AND e.index >= c.next)
      ORDER BY s.size - c.next DESC LIMIT 1 FOR UPDATE OF c SKIP LOCKED;
    IF NOT FOUND THEN RETURN 0; END IF;
    SELECT max(index), count(*), array_agg(DISTINCT month) INTO v_last, v_count, v_months
      FROM (SELECT index, month FROM linkage.log_entry WHERE slot = v_slot AND index >= v_next ORDER BY index LIMIT p_most) AS chunk;
    PERFORM linkage.prepare_search_month(month) FROM unnest(v_months) AS month;
    BEGIN
      INSERT INTO linkage.log_search ${derived} WHERE e.slot = v_slot AND e.index BETWEEN v_next AND v_last;
    EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
      PERFORM linkage.search_one_by_one(v_slot, v_next, v_last);
    END;
    UPDATE linkage.log_search_cursor SET next = v_last + 1, filled = clock_timestamp() WHERE slot = v_slot;
    RETURN v_count;
  END $$;
`

// Derived data may be thrown away, by the owner alone; partitions are dropped, since rows are never deleted.
const rebuild = `
  CREATE FUNCTION linkage.rebuild_search() RETURNS void LANGUAGE plpgsql ${path} AS $$
  DECLARE
    v_partition regclass;
  BEGIN
    LOCK TABLE linkage.log_search_cursor IN EXCLUSIVE MODE;
    FOR v_partition IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'linkage.log_search'::regclass LOOP
      EXECUTE format('DROP TABLE %s', v_partition);
    END LOOP;
    UPDATE linkage.log_search_cursor SET next = 0, filled = NULL;
  END $$;
`

const progress = `
  CREATE VIEW linkage.search_progress AS
    SELECT s.slot, s.log, s.size, coalesce(c.next, 0) AS next, s.size - coalesce(c.next, 0) AS behind, c.filled,
      (SELECT substring(e.entry FROM '"at":"([^"]{24})"') FROM linkage.log_entry AS e WHERE e.slot = s.slot AND e.index >= coalesce(c.next, 0) ORDER BY e.index LIMIT 1) AS since
    FROM linkage.slot AS s LEFT JOIN linkage.log_search_cursor AS c ON c.slot = s.slot;
  COMMENT ON VIEW linkage.search_progress IS 'How far search is: entries below next are found; since is the date of the first that is not.';
`

const grants = `
  GRANT SELECT ON linkage.log_search, linkage.log_search_cursor, linkage.search_progress TO linkage_gateway, linkage_auditor;
  REVOKE ALL ON FUNCTION linkage.prepare_search_month(date), linkage.search_one_by_one(text, bigint, bigint), linkage.fill_search(int),
    linkage.rebuild_search() FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION linkage.fill_search(int) TO linkage_gateway;
`
