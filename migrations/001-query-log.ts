// 001-query-log.ts: the tables of the query log: who may read them, and that nothing in them changes.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [rights, slots, entries, checkpoints, tiles, documents, guards]) await sql.raw(statement).execute(db)
}

// What the owner makes later (each month's partitions) is read by both roles, and executed by nobody who was not named.
const rights = `
  GRANT USAGE ON SCHEMA linkage TO linkage_gateway, linkage_auditor;
  ALTER DEFAULT PRIVILEGES IN SCHEMA linkage GRANT SELECT ON TABLES TO linkage_gateway, linkage_auditor;
  ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
`

// One row per log, changed by every claim and append: room in the page keeps those changes off the index (HOT).
const slots = `
  CREATE TABLE linkage.slot (
    slot text PRIMARY KEY CHECK (slot ~ '^([1-9]|[1-5][0-9]|6[0-4]|cli)$'),
    epoch bigint NOT NULL CHECK (epoch > 0),
    log text NOT NULL UNIQUE,
    verifier_key text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    frontier bytea NOT NULL,
    month date,
    agencies jsonb NOT NULL,
    checkpoint text,
    checkpoint_kept timestamptz NOT NULL DEFAULT '-infinity'
  ) WITH (fillfactor = 10);
  COMMENT ON TABLE linkage.slot IS 'One log per slot: its head, compared and swapped by every append.';
  COMMENT ON COLUMN linkage.slot.epoch IS 'Grows by one with every claim: statements of a writer before it fail.';
  COMMENT ON COLUMN linkage.slot.frontier IS 'Roots of the perfect subtrees, largest first. For people who look; never believed.';
  COMMENT ON COLUMN linkage.slot.agencies IS 'Agency: [records, counted, both as they stood at the last turn of the month].';
  COMMENT ON COLUMN linkage.slot.checkpoint IS 'The newest checkpoint that the writer handed over; log_checkpoint keeps at most one a second.';
`

// The exact bytes that were hashed. The database hashes them again by a code path of its own: a bit that flipped between the
// writer's memory and this row would otherwise make the log unrecoverable. Entries are not compressed: they are mostly sealed.
// strpos: a quote inside a JSON string is escaped, so this text can only be a member; queries, which are nearly all, stay out.
const entries = `
  CREATE TABLE linkage.log_entry (
    index bigint NOT NULL,
    month date NOT NULL,
    slot text NOT NULL,
    leaf_hash bytea NOT NULL,
    entry text NOT NULL,
    PRIMARY KEY (slot, index, month),
    CONSTRAINT leaf_hash_is_of_entry CHECK (leaf_hash = sha256('\\x00'::bytea || convert_to(entry, 'UTF8'))),
    CONSTRAINT entry_fits_a_bundle CHECK (octet_length(entry) <= 65535)
  ) PARTITION BY RANGE (month);
  ALTER TABLE linkage.log_entry ALTER COLUMN entry SET STORAGE EXTERNAL;
  CREATE INDEX log_entry_rare_kind ON linkage.log_entry (slot, ((entry::json) ->> 'kind'), index) WHERE strpos(entry, '"kind":"query"') = 0;
  COMMENT ON TABLE linkage.log_entry IS 'The query log: entry is the exact text whose UTF-8 bytes were hashed.';
`

const checkpoints = `
  CREATE TABLE linkage.log_checkpoint (
    slot text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    checkpoint text NOT NULL,
    PRIMARY KEY (slot, size)
  );
  COMMENT ON TABLE linkage.log_checkpoint IS 'Signed notes over heads of the logs (C2SP tlog-checkpoint).';
`

const tiles = `
  CREATE TABLE linkage.log_tile (
    slot text NOT NULL,
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 63),
    index bigint NOT NULL CHECK (index >= 0),
    hashes bytea NOT NULL CHECK (octet_length(hashes) = 8192),
    PRIMARY KEY (slot, level, index)
  );
  ALTER TABLE linkage.log_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
  COMMENT ON TABLE linkage.log_tile IS 'Complete tiles of 256 hashes (C2SP tlog-tiles); they stay when a month is retired.';
`

const documents = `
  CREATE TABLE linkage.document (
    digest bytea PRIMARY KEY,
    kind text NOT NULL,
    bytes bytea NOT NULL,
    stored timestamptz NOT NULL,
    CONSTRAINT digest_is_of_bytes CHECK (digest = sha256(bytes))
  );
  COMMENT ON TABLE linkage.document IS 'What entries name by SHA-256: policy snapshots, differences, rosters, draws.';
`

// Nobody has the privileges; these refuse the owner's own mistakes too. Against a superuser only the tree and what is signed help.
const guards = `
  CREATE FUNCTION linkage.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, linkage, pg_temp AS $$
  BEGIN
    RAISE EXCEPTION '% of %: the query log is only ever added to', TG_OP, TG_TABLE_NAME USING ERRCODE = 'LG005';
  END $$;
  CREATE FUNCTION linkage.guard(guarded regclass) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, linkage, pg_temp AS $$
  BEGIN
    EXECUTE format('CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION linkage.refuse_change()', guarded);
  END $$;
  REVOKE ALL ON FUNCTION linkage.refuse_change(), linkage.guard(regclass) FROM PUBLIC;
  SELECT linkage.guard('linkage.log_entry'), linkage.guard('linkage.log_checkpoint'), linkage.guard('linkage.log_tile'), linkage.guard('linkage.document');
  CREATE TRIGGER not_removed BEFORE DELETE OR TRUNCATE ON linkage.slot FOR EACH STATEMENT EXECUTE FUNCTION linkage.refuse_change();
  CREATE TRIGGER only_forward BEFORE UPDATE ON linkage.slot FOR EACH ROW
    WHEN (NEW.slot <> OLD.slot OR NEW.log <> OLD.log OR NEW.epoch < OLD.epoch OR NEW.size < OLD.size OR NEW.month < OLD.month)
    EXECUTE FUNCTION linkage.refuse_change();
`
