// 003-tiles.ts: complete tiles are stored with the batch that completes them; those of earlier batches are made here.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [roots, earlierTiles, keepTiles, appendBatch, grants]) await sql.raw(statement).execute(db)
}

const definer = 'SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp'

const notDurable = `(current_setting('fsync') <> 'on' OR current_setting('full_page_writes') <> 'on'
      OR current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') OR current_setting('server_encoding') <> 'UTF8')`

// The hash over a tile's 256: what the level above is made of. Partial tiles of that level are read from it, and nothing is hashed.
const roots = `
  ALTER TABLE linkage.log_tile ADD COLUMN root bytea NOT NULL CHECK (octet_length(root) = 32);
  COMMENT ON COLUMN linkage.log_tile.root IS 'RFC 6962 tree hash over the 256 hashes: one hash of the level above.';
`

// Level by level from the hashes of what was appended before tiles were. SPEC RFC 6962 §2.1: a node is SHA-256(0x01, left, right).
const earlierTiles = `
  CREATE FUNCTION linkage.root_of_tile(p_hashes bytea) RETURNS bytea LANGUAGE plpgsql SET search_path = pg_catalog, linkage, pg_temp AS $$
  DECLARE
    v_hashes bytea := p_hashes;
  BEGIN
    WHILE octet_length(v_hashes) > 32 LOOP
      SELECT string_agg(sha256('\\x01'::bytea || substr(v_hashes, pair * 64 + 1, 64)), ''::bytea ORDER BY pair) INTO v_hashes
        FROM generate_series(0, octet_length(v_hashes) / 64 - 1) AS pair;
    END LOOP;
    RETURN v_hashes;
  END $$;
  DO $$
  BEGIN
    INSERT INTO linkage.log_tile (slot, level, index, hashes, root)
      SELECT slot, 0, index / 256, hashes, linkage.root_of_tile(hashes)
      FROM (SELECT slot, index / 256 * 256 AS index, string_agg(leaf_hash, ''::bytea ORDER BY index) AS hashes
        FROM linkage.log_entry GROUP BY slot, index / 256 * 256 HAVING count(*) = 256) AS tile;
    FOR v_level IN 1..6 LOOP
      INSERT INTO linkage.log_tile (slot, level, index, hashes, root)
        SELECT slot, v_level, index / 256, hashes, linkage.root_of_tile(hashes)
        FROM (SELECT slot, index / 256 * 256 AS index, string_agg(root, ''::bytea ORDER BY index) AS hashes
          FROM linkage.log_tile WHERE level = v_level - 1 GROUP BY slot, index / 256 * 256 HAVING count(*) = 256) AS tile;
    END LOOP;
  END $$;
  DROP FUNCTION linkage.root_of_tile(bytea);
`

// Which tiles a batch completes follows from its sizes: level by level, each from the left. They come so, 256 hashes and their root each.
const keepTiles = `
  CREATE FUNCTION linkage.keep_tiles(p_slot text, p_from bigint, p_to bigint, p_tiles bytea)
  RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, linkage, pg_temp AS $$
  DECLARE
    v_due bigint;
  BEGIN
    SELECT sum((p_to >> 8 * (level + 1)) - (p_from >> 8 * (level + 1))) INTO v_due FROM generate_series(0, 6) AS level;
    IF octet_length(p_tiles) IS DISTINCT FROM v_due * 8224 THEN
      RAISE EXCEPTION 'slot %: entries % to % complete % tiles; found % bytes of tiles', p_slot, p_from, p_to, v_due, octet_length(p_tiles)
        USING ERRCODE = 'LG003';
    END IF;
    INSERT INTO linkage.log_tile (slot, level, index, hashes, root)
      SELECT p_slot, level, index, substr(p_tiles, nth * 8224 + 1, 8192), substr(p_tiles, nth * 8224 + 8193, 32)
      FROM (SELECT level, index, (row_number() OVER (ORDER BY level, index))::int - 1 AS nth
        FROM generate_series(0, 6) AS level, generate_series(p_from >> 8 * (level + 1), (p_to >> 8 * (level + 1)) - 1) AS index) AS due;
  END $$;
`

// As 002 has it, and the tiles. A batch that completes none pays for one comparison.
const appendBatch = `
  DROP FUNCTION linkage.append_batch(text, bigint, bigint, bytea, bigint, bytea, bytea, date, bytea, int[], int[], bytea, jsonb, text);
  CREATE FUNCTION linkage.append_batch(
    p_slot text, p_epoch bigint, p_from bigint, p_from_root bytea, p_to bigint, p_to_root bytea, p_frontier bytea, p_month date,
    p_entries bytea, p_starts int[], p_lengths int[], p_leaf_hashes bytea, p_agencies jsonb, p_checkpoint text, p_tiles bytea)
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
    IF p_to >> 8 > p_from >> 8 OR p_tiles IS NOT NULL THEN PERFORM linkage.keep_tiles(p_slot, p_from, p_to, p_tiles); END IF;
    RETURN (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
  END $$;
`

const grants = `
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA linkage FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION
    linkage.append_batch(text, bigint, bigint, bytea, bigint, bytea, bytea, date, bytea, int[], int[], bytea, jsonb, text, bytea)
    TO linkage_gateway;
`
