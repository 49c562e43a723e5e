// 007-operations.ts: only operations end a slot; what is stored as a checkpoint states the head that it is stored for.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [endSlot, putCheckpoint]) await sql.raw(statement).execute(db)
}

const definer = 'SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp'

const notDurable = `(current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
      OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') OR current_setting('server_encoding') <> 'UTF8')`

// A slot ends by an order, once and for good. The gateway's password stands on a host that serves; with it every slot could be ended.
const endSlot = `
  REVOKE EXECUTE ON FUNCTION linkage.end_slot(text, text, text, text, int) FROM linkage_gateway;
  GRANT EXECUTE ON FUNCTION linkage.end_slot(text, text, text, text, int) TO linkage_operations;
`

// As 002 has it, and the note is of this log and size, and of this root where it becomes the newest: who lists the logs reads it. Of an
// older size the root is not known here. By whom it is signed is for who verifies. SPEC C2SP tlog-checkpoint, signed-note.
const putCheckpoint = `
  CREATE OR REPLACE FUNCTION linkage.put_checkpoint(p_slot text, p_size bigint, p_checkpoint text) RETURNS void LANGUAGE plpgsql ${definer} AS $$
  DECLARE
    v_row linkage.slot;
    v_head text;
  BEGIN
    IF ${notDurable} THEN PERFORM linkage.require_durable(); END IF;
    SELECT * INTO v_row FROM linkage.slot WHERE slot = p_slot AND size >= p_size;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'slot % holds fewer than % entries', p_slot, p_size USING ERRCODE = 'LG003';
    END IF;
    v_head := v_row.log || E'\\n' || p_size || E'\\n' || CASE WHEN v_row.size = p_size THEN encode(v_row.root, 'base64') ELSE '' END;
    IF NOT starts_with(p_checkpoint, v_head)
      OR split_part(p_checkpoint, E'\\n', 3) !~ '^[A-Za-z0-9+/]{43}=$' OR split_part(p_checkpoint, E'\\n', 4) <> ''
      OR substr(p_checkpoint, strpos(p_checkpoint, E'\\n\\n')) !~ E'^\\n\\n(— [^\\n]+\\n)+$' THEN
      RAISE EXCEPTION 'slot %: expected a signed checkpoint of % with % entries', p_slot, v_row.log, p_size USING ERRCODE = 'LG003';
    END IF;
    INSERT INTO linkage.log_checkpoint (slot, size, checkpoint) VALUES (p_slot, p_size, p_checkpoint) ON CONFLICT DO NOTHING;
    UPDATE linkage.slot SET checkpoint = p_checkpoint WHERE slot = p_slot AND size = p_size;
  END $$;
`
