// 010-checkpoint-order.ts: a checkpoint that is stored aside takes its locks in the order in which an append takes them.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(putCheckpoint).execute(db)
}

const definer = 'SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp'

const notDurable = `(current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
      OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') OR current_setting('server_encoding') <> 'UTF8')`

// As 007 has it, the row of the slot before the checkpoint. An append holds that row when it stores the checkpoint that it brings: where
// both stored the same one, the other way round, each waited for the other until PostgreSQL ended one of them after a second, and where
// that was the append, its calls were answered 503. Of a head that moved meanwhile the row is not held.
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
    UPDATE linkage.slot SET checkpoint = p_checkpoint WHERE slot = p_slot AND size = p_size;
    INSERT INTO linkage.log_checkpoint (slot, size, checkpoint) VALUES (p_slot, p_size, p_checkpoint) ON CONFLICT DO NOTHING;
  END $$;
`
