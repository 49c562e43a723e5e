// 002-query-log-functions.ts: the only ways to write the query log. They run as the owner, who cannot log in.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [requireDurable, prepareMonth, claimSlot, appendBatch, putCheckpoint, putDocument, grants]) {
    await sql.raw(statement).execute(db)
  }
}

// SQLSTATEs of our own: LG001 the head moved · LG002 the server would not keep what it acknowledges · LG003 the batch contradicts
// itself or the log · LG004 the slot belongs to another key · LG005 a change of what is only added to (001).
const definer = 'SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp'

const requireDurable = `
  CREATE FUNCTION linkage.require_durable() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, linkage, pg_temp AS $$
  BEGIN
    RAISE EXCEPTION 'fsync % (expected on), full_page_writes % (on), synchronous_commit % (on or remote_apply), server_encoding % (UTF8)',
      current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('server_encoding')
      USING ERRCODE = 'LG002';
  END $$;
`

/** True where the server would lose, or store otherwise, what it acknowledges. */
const notDurable = `(current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
      OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') OR current_setting('server_encoding') <> 'UTF8')`

// CREATE and ATTACH, not PARTITION OF: that would wait for every running export, and stop all appends behind it.
const prepareMonth = `
  CREATE FUNCTION linkage.prepare_month(p_month date) RETURNS boolean LANGUAGE plpgsql ${definer} AS $$
  DECLARE
    v_name text := 'log_entry_' || to_char(p_month, 'YYYY_MM');
  BEGIN
    IF extract(day FROM p_month) <> 1 OR p_month NOT BETWEEN '2020-01-01' AND '2199-12-01' THEN
      RAISE EXCEPTION 'month %: expected the first day of a month', p_month USING ERRCODE = 'LG003';
    END IF;
    IF to_regclass('linkage.' || v_name) IS NOT NULL THEN RETURN false; END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('linkage.prepare_month', 0));
    IF to_regclass('linkage.' || v_name) IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE linkage.%I (LIKE linkage.log_entry INCLUDING ALL)', v_name);
    EXECUTE format('ALTER TABLE linkage.log_entry ATTACH PARTITION linkage.%I FOR VALUES FROM (%L) TO (%L)', v_name, p_month, p_month + interval '1 month');
    PERFORM linkage.guard(to_regclass('linkage.' || v_name));
    RETURN true;
  END $$;
`

// The row's lock is waited for: a statement of a dead client ends before the epoch grows, and any later one finds it grown.
const claimSlot = `
  CREATE FUNCTION linkage.claim_slot(p_slot text, p_log text, p_verifier_key text, p_wait_ms int)
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

// One statement, one commit. The entries come as one value with starts and lengths, which costs less than an array of texts.
// Nothing is stored unless the row is exactly the head that the batch extends: RAISE ends the transaction, also a pipelined one.
const appendBatch = `
  CREATE FUNCTION linkage.append_batch(
    p_slot text, p_epoch bigint, p_from bigint, p_from_root bytea, p_to bigint, p_to_root bytea, p_frontier bytea, p_month date,
    p_entries bytea, p_starts int[], p_lengths int[], p_leaf_hashes bytea, p_agencies jsonb, p_checkpoint text)
  RETURNS bigint LANGUAGE plpgsql ${definer} AS $$
  DECLARE
    v_keep boolean;
  BEGIN
    IF ${notDurable} THEN PERFORM linkage.require_durable(); END IF;
    IF p_to - p_from <> cardinality(p_lengths) OR cardinality(p_starts) <> cardinality(p_lengths)
      OR octet_length(p_leaf_hashes) <> 32 * cardinality(p_lengths) OR p_to <= p_from THEN
      RAISE EXCEPTION 'slot %: a batch of entries % to % with % lengths and % bytes of leaf hashes', p_slot, p_from, p_to,
        cardinality(p_lengths), octet_length(p_leaf_hashes) USING ERRCODE = 'LG003';
    END IF;
    UPDATE linkage.slot SET size = p_to, root = p_to_root, frontier = p_frontier,
      agencies = CASE WHEN p_agencies IS NULL THEN agencies ELSE agencies || p_agencies END,
      checkpoint = coalesce(p_checkpoint, checkpoint),
      checkpoint_kept = CASE WHEN p_checkpoint IS NOT NULL AND statement_timestamp() >= checkpoint_kept + interval '1 second'
        THEN statement_timestamp() ELSE checkpoint_kept END
      WHERE slot = p_slot AND epoch = p_epoch AND size = p_from AND root = p_from_root AND month = p_month
      RETURNING checkpoint_kept = statement_timestamp() INTO v_keep;
    IF NOT FOUND THEN
      PERFORM linkage.enter_month(p_slot, p_epoch, p_from, p_from_root, p_month);
      UPDATE linkage.slot SET size = p_to, root = p_to_root, frontier = p_frontier, month = p_month,
        agencies = CASE WHEN p_agencies IS NULL THEN agencies ELSE agencies || p_agencies END,
        checkpoint = coalesce(p_checkpoint, checkpoint), checkpoint_kept = statement_timestamp()
        WHERE slot = p_slot;
      v_keep := true;
    END IF;
    INSERT INTO linkage.log_entry (index, month, slot, leaf_hash, entry)
      SELECT p_from + i - 1, p_month, p_slot, substr(p_leaf_hashes, (i::int - 1) * 32 + 1, 32),
        convert_from(substr(p_entries, start, length), 'UTF8')
      FROM unnest(p_starts, p_lengths) WITH ORDINALITY AS part (start, length, i);
    IF v_keep AND p_checkpoint IS NOT NULL THEN
      INSERT INTO linkage.log_checkpoint (slot, size, checkpoint) VALUES (p_slot, p_from, p_checkpoint) ON CONFLICT DO NOTHING;
    END IF;
    RETURN (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  END $$;

  -- Why the head was not swapped: it moved, or the batch is the first of a month. A month that was left is never entered again.
  CREATE FUNCTION linkage.enter_month(p_slot text, p_epoch bigint, p_from bigint, p_from_root bytea, p_month date)
  RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, linkage, pg_temp AS $$
  DECLARE
    v_row linkage.slot;
  BEGIN
    SELECT * INTO v_row FROM linkage.slot WHERE slot = p_slot FOR UPDATE;
    IF NOT FOUND OR v_row.epoch <> p_epoch OR v_row.size <> p_from OR v_row.root <> p_from_root THEN
      RAISE EXCEPTION 'slot % stands at epoch %, size %, root %; the batch extends epoch %, size %, root %', p_slot, v_row.epoch, v_row.size,
        encode(v_row.root, 'hex'), p_epoch, p_from, encode(p_from_root, 'hex') USING ERRCODE = 'LG001';
    END IF;
    IF v_row.month > p_month THEN
      RAISE EXCEPTION 'slot % stands in %; the batch is of %', p_slot, v_row.month, p_month USING ERRCODE = 'LG003';
    END IF;
    PERFORM linkage.prepare_month(p_month), linkage.prepare_month((p_month + interval '1 month')::date);
  END $$;
`

const putCheckpoint = `
  CREATE FUNCTION linkage.put_checkpoint(p_slot text, p_size bigint, p_checkpoint text) RETURNS void LANGUAGE plpgsql ${definer} AS $$
  BEGIN
    IF ${notDurable} THEN PERFORM linkage.require_durable(); END IF;
    IF NOT EXISTS (SELECT FROM linkage.slot WHERE slot = p_slot AND size >= p_size) THEN
      RAISE EXCEPTION 'slot % holds fewer than % entries', p_slot, p_size USING ERRCODE = 'LG003';
    END IF;
    INSERT INTO linkage.log_checkpoint (slot, size, checkpoint) VALUES (p_slot, p_size, p_checkpoint) ON CONFLICT DO NOTHING;
    UPDATE linkage.slot SET checkpoint = p_checkpoint WHERE slot = p_slot AND size = p_size;
  END $$;
`

const putDocument = `
  CREATE FUNCTION linkage.put_document(p_kind text, p_bytes bytea) RETURNS void LANGUAGE plpgsql ${definer} AS $$
  BEGIN
    IF ${notDurable} THEN PERFORM linkage.require_durable(); END IF;
    INSERT INTO linkage.document (digest, kind, bytes, stored) VALUES (sha256(p_bytes), p_kind, p_bytes, clock_timestamp())
      ON CONFLICT (digest) DO NOTHING;
  END $$;
`

const grants = `
  GRANT SELECT ON ALL TABLES IN SCHEMA linkage TO linkage_gateway, linkage_auditor;
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA linkage FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION
    linkage.prepare_month(date),
    linkage.claim_slot(text, text, text, int),
    linkage.append_batch(text, bigint, bigint, bytea, bigint, bytea, bytea, date, bytea, int[], int[], bytea, jsonb, text),
    linkage.put_checkpoint(text, bigint, text),
    linkage.put_document(text, bytea)
    TO linkage_gateway;
`
