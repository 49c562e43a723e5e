// 004-slots.ts: slots that ended are never written again; streams are found without a scan of the log.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [ended, streams, claimSlot, endSlot, grants]) await sql.raw(statement).execute(db)
}

// SQLSTATE of our own beside those of 002: LG006 the slot ended.
const definer = 'SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp'

const notDurable = `(current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
      OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') OR current_setting('server_encoding') <> 'UTF8')`

const ended = `
  ALTER TABLE linkage.slot ADD COLUMN ended text CHECK (ended <> '');
  COMMENT ON COLUMN linkage.slot.ended IS 'By which order the slot was superseded or abandoned: it is never written again.';
  COMMENT ON COLUMN linkage.slot.verifier_key IS 'Key of the opening, by which the slot is known; month entries say which key took over.';
  CREATE TRIGGER ended_for_good BEFORE UPDATE ON linkage.slot FOR EACH ROW
    WHEN (OLD.ended IS NOT NULL AND (NEW.ended IS DISTINCT FROM OLD.ended OR NEW.size <> OLD.size OR NEW.root <> OLD.root))
    EXECUTE FUNCTION linkage.refuse_change();
`

// What a claim asks: which of the last streams have no completion. A quote inside a JSON string is escaped, so this text can only
// be a member. Nearly all queries are of other modes and stay out.
const streams = `
  CREATE INDEX log_entry_stream ON linkage.log_entry (slot, index) WHERE strpos(entry, '"mode":"file"') > 0;
`

// As 002 has it, and an ended slot is neither claimed nor fenced off.
const claimSlot = `
  CREATE OR REPLACE FUNCTION linkage.claim_slot(p_slot text, p_log text, p_verifier_key text, p_wait_ms int)
  RETURNS TABLE (epoch bigint, log text, size bigint, root bytea, month date, agencies jsonb, database_ms bigint)
  LANGUAGE plpgsql ${definer} AS $$
  #variable_conflict use_column
  DECLARE
    v_row linkage.slot;
    v_this_month date := date_trunc('month', clock_timestamp() AT TIME ZONE 'Asia/Taipei')::date;
  BEGIN
    IF ${notDurable} THEN PERFORM linkage.require_durable(); END IF;
    PERFORM set_config('lock_timeout', p_wait_ms::text, true);
    PERFORM linkage.prepare_month(v_this_month), linkage.prepare_month((v_this_month + interval '1 month')::date);
    INSERT INTO linkage.slot (slot, epoch, log, verifier_key, size, root, frontier, agencies)
      VALUES (p_slot, 1, p_log, p_verifier_key, 0, sha256(''), '', '{}') ON CONFLICT (slot) DO NOTHING
      RETURNING * INTO v_row;
    IF NOT FOUND THEN
      SELECT * INTO v_row FROM linkage.slot AS s WHERE s.slot = p_slot FOR UPDATE;
      -- Somebody else's slot is not fenced off, its own writer goes on; who claims it sees whose log it is.
      IF v_row.log = p_log THEN
        IF v_row.ended IS NOT NULL THEN
          RAISE EXCEPTION 'slot % ended with % entries: %', p_slot, v_row.size, v_row.ended USING ERRCODE = 'LG006';
        END IF;
        IF v_row.verifier_key <> p_verifier_key THEN
          RAISE EXCEPTION 'slot % belongs to the key %; the claim is with %', p_slot, v_row.verifier_key, p_verifier_key USING ERRCODE = 'LG004';
        END IF;
        UPDATE linkage.slot AS s SET epoch = s.epoch + 1 WHERE s.slot = p_slot RETURNING s.* INTO v_row;
      END IF;
    END IF;
    RETURN QUERY SELECT v_row.epoch, v_row.log, v_row.size, v_row.root, v_row.month, v_row.agencies,
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  END $$;
`

// Under the row's lock, as a claim: whoever still writes the slot is fenced off, and its head stands from here on. The gateway's role
// could fence off any slot by claiming it without end; this says why, and for good. Where no row is left one is made: it says that
// the slot is used up.
const endSlot = `
  CREATE FUNCTION linkage.end_slot(p_slot text, p_log text, p_verifier_key text, p_ended text, p_wait_ms int)
  RETURNS TABLE (log text, size bigint, root bytea, checkpoint text, ended text)
  LANGUAGE plpgsql ${definer} AS $$
  #variable_conflict use_column
  DECLARE
    v_row linkage.slot;
  BEGIN
    IF ${notDurable} THEN PERFORM linkage.require_durable(); END IF;
    PERFORM set_config('lock_timeout', p_wait_ms::text, true);
    IF p_verifier_key IS NOT NULL THEN
      INSERT INTO linkage.slot (slot, epoch, log, verifier_key, size, root, frontier, agencies)
        VALUES (p_slot, 1, p_log, p_verifier_key, 0, sha256(''), '', '{}') ON CONFLICT (slot) DO NOTHING;
    END IF;
    SELECT * INTO v_row FROM linkage.slot AS s WHERE s.slot = p_slot FOR UPDATE;
    IF NOT FOUND OR v_row.log <> p_log THEN
      RAISE EXCEPTION 'slot % of this database is %, not %', p_slot, coalesce(v_row.log, 'none'), p_log USING ERRCODE = 'LG003';
    END IF;
    IF v_row.ended IS NULL THEN
      UPDATE linkage.slot AS s SET epoch = s.epoch + 1, ended = p_ended WHERE s.slot = p_slot RETURNING s.* INTO v_row;
    END IF;
    RETURN QUERY SELECT v_row.log, v_row.size, v_row.root, v_row.checkpoint, v_row.ended;
  END $$;
`

const grants = `
  REVOKE ALL ON FUNCTION linkage.end_slot(text, text, text, text, int) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION linkage.end_slot(text, text, text, text, int) TO linkage_gateway;
`
