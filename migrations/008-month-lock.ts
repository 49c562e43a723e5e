// 008-month-lock.ts: the table of a month is made by one writer while the others wait, and they see that it was made.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(prepareMonth).execute(db)
}

// As 002 has it, with a lock on the table itself. A name that was looked up and not found is remembered until a lock on a relation is
// taken: behind an advisory lock the second look found nothing either, and of several writers at the turn of a month all but the first
// failed. ATTACH PARTITION takes this lock anyway; who only reads or appends holds nobody up, and only owners' functions can take it.
const prepareMonth = `
  CREATE OR REPLACE FUNCTION linkage.prepare_month(p_month date) RETURNS boolean LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, linkage, pg_temp AS $$
  DECLARE
    v_name text := 'log_entry_' || to_char(p_month, 'YYYY_MM');
  BEGIN
    IF extract(day FROM p_month) <> 1 OR p_month NOT BETWEEN '2020-01-01' AND '2199-12-01' THEN
      RAISE EXCEPTION 'month %: expected the first day of a month', p_month USING ERRCODE = 'LG003';
    END IF;
    IF to_regclass('linkage.' || v_name) IS NOT NULL THEN RETURN false; END IF;
    LOCK TABLE ONLY linkage.log_entry IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass('linkage.' || v_name) IS NOT NULL THEN RETURN false; END IF;
    EXECUTE format('CREATE TABLE linkage.%I (LIKE linkage.log_entry INCLUDING ALL)', v_name);
    EXECUTE format('ALTER TABLE linkage.log_entry ATTACH PARTITION linkage.%I FOR VALUES FROM (%L) TO (%L)', v_name, p_month, p_month + interval '1 month');
    PERFORM linkage.guard(to_regclass('linkage.' || v_name));
    RETURN true;
  END $$;
`
