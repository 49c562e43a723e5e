-- signals.sql: 異常徵兆月報之每一個數字，以 SQL 重算。 Every number of the report of `linkage audit signals`, counted again.
--
-- 以 linkage_auditor 連線（讀取不留紀錄，見 docs/evidence.md）。先執行報表末「資料來源及重算」所印之各行設定，即下列各行之實際值；再執行所需之查詢。
-- signals.sizes 為報表讀至之處：其後才簽署或才納入查詢之紀錄不在其中，故數字與報表一致。
-- Connect as linkage_auditor. First the settings that the report prints at its end, in the place of these; then any statement. signals.sizes is
-- how far the report read: what came later is left out, and so the numbers are the report's. A report without users prints neither
-- signals.windows nor signals.peers: they name accounts, and other agencies (those of the same kind in config/agencies). [name] is where a number stands in `--json`; Chinese numerals are sections of the page.

SET signals.month = '2026-10-01';
SET signals.agency = 'taipei-education';
SET signals.sizes = '{"1":1000000,"cli":1000}';
SET signals.office = '{[2026-10-01T00:00:00.000Z,2026-10-01T10:00:00.000Z)}';
SET signals.rest = '["2026-10-03","2026-10-04"]';
SET signals.peers = '["taipei-education","taipei-revenue"]';
SET signals.off_hours_calls_per_day = '20';
SET signals.calls_per_user_per_hour = '60';
SET signals.subjects_per_user_per_day = '100';
SET signals.users_per_subject_per_month = '5';
SET signals.subjects_per_case_per_month = '50';
SET signals.refusals_per_credential_per_day = '50';
SET signals.addresses_per_account_per_day = '2';
SET signals.address_change_minutes = '10';
SET signals.not_found_percent = '50';
SET signals.not_found_answers = '20';
SET signals.days_after_joining = '7';
SET signals.days_before_leaving = '14';
SET signals.idle_days = '180';
SET signals.unused_grant_days = '180';
SET signals.comparison_records = '100';
SET signals.similar_agencies = '3';
SET signals.grants = '[{"grant":"fee-waiver","since":"2026-01-05"}]';
SET signals.windows = '[{"account":"edu-wu","from":"2026-10-01","kind":"joined","until":"2026-10-07"}]';

-- [totals] 全月：紀錄、獲回覆、查無資料、被拒絕、非上班時間、帳號。 The month.
SELECT count(*) AS records, count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found')) AS answered, count(*) FILTER (WHERE s.code = 'subject-not-found') AS not_found,
  count(*) FILTER (WHERE s.decision = 'deny') AS refused, count(*) FILTER (WHERE NOT s.at <@ current_setting('signals.office')::tstzmultirange) AS off_hours, count(DISTINCT s.account) AS accounts
FROM linkage.log_search AS s
WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
  AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
  AND s.agency = current_setting('signals.agency');

-- [days] 二、每日。 Day by day; a day without records is no row.
SELECT (s.at AT TIME ZONE INTERVAL '8 hours')::date::text AS day, count(*) AS records, count(*) FILTER (WHERE NOT s.at <@ current_setting('signals.office')::tstzmultirange) AS off_hours,
  count(*) FILTER (WHERE s.code = 'subject-not-found') AS not_found, count(*) FILTER (WHERE s.decision = 'deny') AS refused
FROM linkage.log_search AS s
WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
  AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
  AND s.agency = current_setting('signals.agency')
GROUP BY 1 ORDER BY 1;

-- [hours] 三、每日各時：工作日、放假日。 Hours of the day.
SELECT extract(hour FROM (s.at AT TIME ZONE INTERVAL '8 hours'))::int AS hour,
  count(*) FILTER (WHERE NOT current_setting('signals.rest')::jsonb ? (s.at AT TIME ZONE INTERVAL '8 hours')::date::text) AS workdays,
  count(*) FILTER (WHERE current_setting('signals.rest')::jsonb ? (s.at AT TIME ZONE INTERVAL '8 hours')::date::text) AS rest_days
FROM linkage.log_search AS s
WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
  AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
  AND s.agency = current_setting('signals.agency')
GROUP BY 1 ORDER BY 1;

-- [reasons] 四、拒絕之理由：逐筆紀錄、僅彙計。 Refusals by reason.
SELECT code, sum(recorded) AS recorded, sum(counted) AS counted FROM (
  SELECT s.credential, (s.at AT TIME ZONE INTERVAL '8 hours')::date AS day, s.code, 1 AS recorded, 0 AS counted
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.decision = 'deny'
  UNION ALL
  SELECT c ->> 'credential', ((e.entry::json ->> 'minute')::timestamptz AT TIME ZONE INTERVAL '8 hours')::date, c ->> 'code', 0, (c ->> 'count')::int
  FROM linkage.log_search AS s JOIN linkage.log_entry AS e USING (slot, index, month), json_array_elements(e.entry::json -> 'counts') AS c
  WHERE s.kind = 'refusals' AND s.month BETWEEN current_setting('signals.month')::date AND current_setting('signals.month')::date + 31
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint AND c ->> 'agency' = current_setting('signals.agency')
    AND date_trunc('month', (e.entry::json ->> 'minute')::timestamptz AT TIME ZONE INTERVAL '8 hours') = current_setting('signals.month')::date
) AS r GROUP BY code ORDER BY sum(recorded + counted) DESC, code;

-- [comparison] 五、與相似機關比較：千分比；每帳號紀錄數為十分之一筆。 Thousandths; records per account in tenths.
WITH agencies AS (
  SELECT s.agency, count(*) AS records, count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found')) AS answered, count(*) FILTER (WHERE s.code = 'subject-not-found') AS not_found,
    count(*) FILTER (WHERE s.decision = 'deny') AS refused, count(*) FILTER (WHERE NOT s.at <@ current_setting('signals.office')::tstzmultirange) AS off_hours, count(DISTINCT s.account) AS accounts,
    (SELECT m.mode FROM linkage.log_search AS m WHERE m.month = current_setting('signals.month')::date AND m.kind = 'query' AND m.agency = s.agency
      AND m.index < (current_setting('signals.sizes')::jsonb ->> m.slot)::bigint AND m.mode IS NOT NULL
      GROUP BY m.mode ORDER BY count(*) DESC, m.mode LIMIT 1) AS mode
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND current_setting('signals.peers')::jsonb ? s.agency
  GROUP BY s.agency HAVING count(*) >= current_setting('signals.comparison_records')::int
), figures AS (
  SELECT a.agency, a.mode, f.figure, f.value FROM agencies AS a, LATERAL (VALUES
    ('off-hours', round(1000.0 * a.off_hours / nullif(a.records, 0))), ('refused', round(1000.0 * a.refused / nullif(a.records, 0))),
    ('not-found', round(1000.0 * a.not_found / nullif(a.answered, 0))), ('per-account', round(10.0 * a.records / nullif(a.accounts, 0)))) AS f (figure, value)
  WHERE f.value IS NOT NULL
)
SELECT own.figure, own.value::int AS own, (percentile_disc(0.5) WITHIN GROUP (ORDER BY other.value))::int AS median,
  count(*) FILTER (WHERE other.value > own.value) AS higher, count(*) AS of
FROM figures AS own JOIN figures AS other ON other.figure = own.figure AND other.agency <> own.agency AND other.mode IS NOT DISTINCT FROM own.mode
WHERE own.agency = current_setting('signals.agency')
GROUP BY own.figure, own.value HAVING count(*) >= current_setting('signals.similar_agencies')::int;

-- [off-hours] 一、徵兆：非上班時間。以下各查詢得「達門檻」及「最高」。 Signs: each gives what reaches the threshold, and the most.
SELECT count(*) FILTER (WHERE n >= current_setting('signals.off_hours_calls_per_day')::int) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT count(*) FILTER (WHERE NOT s.at <@ current_setting('signals.office')::tstzmultirange) AS n
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
  GROUP BY (s.at AT TIME ZONE INTERVAL '8 hours')::date) AS d;

-- [bursts] 密集查詢。
SELECT count(*) FILTER (WHERE n >= current_setting('signals.calls_per_user_per_hour')::int) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT count(*) AS n
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.account IS NOT NULL
  GROUP BY s.account, date_trunc('hour', (s.at AT TIME ZONE INTERVAL '8 hours'))) AS h;

-- [subjects] 單日查詢對象過多。
SELECT count(*) FILTER (WHERE n >= current_setting('signals.subjects_per_user_per_day')::int) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT count(DISTINCT s.subject) AS n
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.account IS NOT NULL
  GROUP BY s.account, (s.at AT TIME ZONE INTERVAL '8 hours')::date) AS d;

-- [shared-subjects] 同一對象為多人查詢。
SELECT count(*) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT count(DISTINCT s.account) AS n
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.subject IS NOT NULL
  GROUP BY s.subject) AS o WHERE n >= current_setting('signals.users_per_subject_per_month')::int;

-- [wide-cases] 同一案號查詢多人。
SELECT count(*) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT count(DISTINCT s.subject) AS n
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.case_no IS NOT NULL
  GROUP BY s.case_no) AS c WHERE n >= current_setting('signals.subjects_per_case_per_month')::int;

-- [refusals] 單日被拒絕過多。
SELECT count(*) FILTER (WHERE n >= current_setting('signals.refusals_per_credential_per_day')::int) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT sum(recorded + counted) AS n FROM (
  SELECT s.credential, (s.at AT TIME ZONE INTERVAL '8 hours')::date AS day, s.code, 1 AS recorded, 0 AS counted
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.decision = 'deny'
  UNION ALL
  SELECT c ->> 'credential', ((e.entry::json ->> 'minute')::timestamptz AT TIME ZONE INTERVAL '8 hours')::date, c ->> 'code', 0, (c ->> 'count')::int
  FROM linkage.log_search AS s JOIN linkage.log_entry AS e USING (slot, index, month), json_array_elements(e.entry::json -> 'counts') AS c
  WHERE s.kind = 'refusals' AND s.month BETWEEN current_setting('signals.month')::date AND current_setting('signals.month')::date + 31
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint AND c ->> 'agency' = current_setting('signals.agency')
    AND date_trunc('month', (e.entry::json ->> 'minute')::timestamptz AT TIME ZONE INTERVAL '8 hours') = current_setting('signals.month')::date
  ) AS r GROUP BY credential, day) AS d;

-- [not-found] 查無資料比率偏高。
SELECT count(*) FILTER (WHERE n >= current_setting('signals.not_found_percent')::int) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT 100 * count(*) FILTER (WHERE s.code = 'subject-not-found') / count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found')) AS n
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.account IS NOT NULL
  GROUP BY s.account HAVING count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found')) >= current_setting('signals.not_found_answers')::int) AS a;

-- [addresses] 單日自多個位址使用。
SELECT count(*) FILTER (WHERE n >= current_setting('signals.addresses_per_account_per_day')::int) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT count(DISTINCT s.address) AS n
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.account IS NOT NULL
  GROUP BY s.account, (s.at AT TIME ZONE INTERVAL '8 hours')::date) AS d;

-- [at-once] 同時自不同位址使用。
SELECT count(*) FILTER (WHERE n > 0) AS found, coalesce(max(n), 0) AS most FROM (
  SELECT count(*) FILTER (WHERE r.address <> r.address_before AND r.at - r.at_before <= current_setting('signals.address_change_minutes')::int * INTERVAL '1 minute') AS n FROM (
    SELECT s.account, s.address, s.at, lag(s.address) OVER (PARTITION BY s.account ORDER BY s.at, s.slot, s.index) AS address_before,
    lag(s.at) OVER (PARTITION BY s.account ORDER BY s.at, s.slot, s.index) AS at_before
    FROM linkage.log_search AS s
    WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
      AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
      AND s.agency = current_setting('signals.agency')
      AND s.account IS NOT NULL) AS r
  GROUP BY r.account) AS a;

-- [joined] 到職後隨即查詢。signals.windows 依清冊而定，印在含使用者之報表。 The report with users prints signals.windows.
SELECT count(DISTINCT account) AS found, coalesce(max(records), 0) AS most FROM (
  SELECT w.account, w.kind, count(*) AS records, count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found')) AS answered, count(DISTINCT s.subject) AS subjects
  FROM linkage.log_search AS s JOIN json_to_recordset(current_setting('signals.windows')::json) AS w (account text, kind text, "from" date, until date)
    ON s.account = w.account AND (s.at AT TIME ZONE INTERVAL '8 hours')::date BETWEEN w."from" AND w.until
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
  GROUP BY w.account, w.kind, w."from"
) AS t WHERE kind = 'joined';

-- [leaving] 離職前查詢。
SELECT count(DISTINCT account) AS found, coalesce(max(records), 0) AS most FROM (
  SELECT w.account, w.kind, count(*) AS records, count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found')) AS answered, count(DISTINCT s.subject) AS subjects
  FROM linkage.log_search AS s JOIN json_to_recordset(current_setting('signals.windows')::json) AS w (account text, kind text, "from" date, until date)
    ON s.account = w.account AND (s.at AT TIME ZONE INTERVAL '8 hours')::date BETWEEN w."from" AND w.until
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
  GROUP BY w.account, w.kind, w."from"
) AS t WHERE kind = 'leaving';

-- [left] 離職後仍有呼叫。
SELECT count(DISTINCT account) AS found, coalesce(max(records), 0) AS most FROM (
  SELECT w.account, w.kind, count(*) AS records, count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found')) AS answered, count(DISTINCT s.subject) AS subjects
  FROM linkage.log_search AS s JOIN json_to_recordset(current_setting('signals.windows')::json) AS w (account text, kind text, "from" date, until date)
    ON s.account = w.account AND (s.at AT TIME ZONE INTERVAL '8 hours')::date BETWEEN w."from" AND w.until
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
  GROUP BY w.account, w.kind, w."from"
) AS t WHERE kind = 'left';

-- [idle] 久未使用之帳號又查詢。
SELECT count(*) FILTER (WHERE days >= current_setting('signals.idle_days')::int) AS found, coalesce(max(days), 0) AS most FROM (
  SELECT floor(extract(epoch FROM min(s.at) - (SELECT max(p.at) FROM linkage.log_search AS p WHERE p.kind = 'query' AND p.agency = current_setting('signals.agency')
      AND p.account = s.account AND p.month < current_setting('signals.month')::date
      AND p.index < (current_setting('signals.sizes')::jsonb ->> p.slot)::bigint)) / 86400)::int AS days
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.account IS NOT NULL
  GROUP BY s.account) AS a;

-- [unused-grants] 久未使用之核可。signals.grants 為月底有效之核可及其起算日。 Grants in force at the month's end, and from when on they count.
SELECT count(*) FILTER (WHERE days >= current_setting('signals.unused_grant_days')::int) AS found, coalesce(max(days), 0) AS most FROM (
  SELECT (current_setting('signals.month')::date + INTERVAL '1 month' - INTERVAL '1 day')::date - greatest(g.since, (
      SELECT max((s.at AT TIME ZONE INTERVAL '8 hours')::date) FROM linkage.log_search AS s
      WHERE s.kind = 'query' AND s.agency = current_setting('signals.agency') AND s.grant_id = g."grant"
        AND s.month <= current_setting('signals.month')::date AND s.code IN ('released', 'subject-not-found')
        AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint)) AS days
  FROM json_to_recordset(current_setting('signals.grants')::json) AS g ("grant" text, since date)) AS d;

-- [users] 七、八、使用者。 Users, by what each asked.
WITH r AS (
  SELECT s.*, (s.at AT TIME ZONE INTERVAL '8 hours') AS local, NOT s.at <@ current_setting('signals.office')::tstzmultirange AS off, lag(s.address) OVER (PARTITION BY s.account ORDER BY s.at, s.slot, s.index) AS address_before,
    lag(s.at) OVER (PARTITION BY s.account ORDER BY s.at, s.slot, s.index) AS at_before
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.account IS NOT NULL
), days AS (
  SELECT account, max(subjects) AS subjects, max(addresses) AS addresses, count(*) FILTER (WHERE addresses >= current_setting('signals.addresses_per_account_per_day')::int) AS address_days FROM (
    SELECT account, count(DISTINCT subject) AS subjects, count(DISTINCT address) AS addresses FROM r GROUP BY account, local::date) AS d GROUP BY account
), hours AS (
  SELECT account, max(n) AS n FROM (SELECT account, count(*) AS n FROM r GROUP BY account, date_trunc('hour', local)) AS h GROUP BY account
)
SELECT r.account, count(DISTINCT r.subject) AS subjects, max(days.subjects) AS subjects_of_day, count(*) AS records, max(hours.n) AS of_hour,
  count(*) FILTER (WHERE r.off) AS off_hours, count(*) FILTER (WHERE r.code IN ('released', 'subject-not-found')) AS answered,
  count(*) FILTER (WHERE r.code = 'subject-not-found') AS not_found, count(*) FILTER (WHERE r.decision = 'deny') AS refused,
  count(DISTINCT r.address) AS addresses, max(days.addresses) AS addresses_of_day, max(days.address_days) AS address_days,
  count(*) FILTER (WHERE r.address <> r.address_before AND r.at - r.at_before <= current_setting('signals.address_change_minutes')::int * INTERVAL '1 minute') AS switches
FROM r JOIN days USING (account) JOIN hours USING (account)
GROUP BY r.account ORDER BY subjects DESC, records DESC, r.account;

-- [user-days] 七、使用者每日紀錄數（圖）。 The charts of the users.
SELECT s.account, (s.at AT TIME ZONE INTERVAL '8 hours')::date::text AS day, count(*) AS records
FROM linkage.log_search AS s
WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
  AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
  AND s.agency = current_setting('signals.agency')
  AND s.account IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2;

-- [tags] 九、同一對象為多人查詢：以標籤表示。 Subjects, by tag.
SELECT s.subject, count(DISTINCT s.account) AS users, count(*) AS records, array_agg(DISTINCT s.account) AS accounts
FROM linkage.log_search AS s
WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
  AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
  AND s.agency = current_setting('signals.agency')
  AND s.subject IS NOT NULL
GROUP BY s.subject HAVING count(DISTINCT s.account) >= current_setting('signals.users_per_subject_per_month')::int ORDER BY 2 DESC, 3 DESC, 1;

-- [cases] 十、同一案號查詢多人。 Case numbers.
SELECT s.case_no, count(DISTINCT s.subject) AS subjects, count(DISTINCT s.account) AS users, count(*) AS records
FROM linkage.log_search AS s
WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
  AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
  AND s.agency = current_setting('signals.agency')
  AND s.case_no IS NOT NULL
GROUP BY s.case_no HAVING count(DISTINCT s.subject) >= current_setting('signals.subjects_per_case_per_month')::int ORDER BY 2 DESC, 4 DESC, 1;

-- [tenure] 十一、到職、離職前後之查詢。 Around joining and leaving.
SELECT w.account, w.kind, count(*) AS records, count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found')) AS answered, count(DISTINCT s.subject) AS subjects
FROM linkage.log_search AS s JOIN json_to_recordset(current_setting('signals.windows')::json) AS w (account text, kind text, "from" date, until date)
  ON s.account = w.account AND (s.at AT TIME ZONE INTERVAL '8 hours')::date BETWEEN w."from" AND w.until
WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
  AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
  AND s.agency = current_setting('signals.agency')
GROUP BY w.account, w.kind, w."from"
ORDER BY 2, 1;

-- [idle-accounts] 十二、久未使用又查詢之帳號。 Idle accounts: whole days since the last record.
SELECT s.account, floor(extract(epoch FROM min(s.at) - (SELECT max(p.at) FROM linkage.log_search AS p WHERE p.kind = 'query' AND p.agency = current_setting('signals.agency')
      AND p.account = s.account AND p.month < current_setting('signals.month')::date
      AND p.index < (current_setting('signals.sizes')::jsonb ->> p.slot)::bigint)) / 86400)::int AS days
FROM linkage.log_search AS s
WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
  AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
  AND s.agency = current_setting('signals.agency')
  AND s.account IS NOT NULL
GROUP BY s.account ORDER BY 2 DESC NULLS LAST, 1;

-- [credentials] 十三、憑證每日被拒絕。 Refusals of credentials.
SELECT credential, day::text, sum(recorded + counted) AS refused FROM (
  SELECT s.credential, (s.at AT TIME ZONE INTERVAL '8 hours')::date AS day, s.code, 1 AS recorded, 0 AS counted
  FROM linkage.log_search AS s
  WHERE s.month = current_setting('signals.month')::date AND s.kind = 'query'
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND s.agency = current_setting('signals.agency')
    AND s.decision = 'deny'
  UNION ALL
  SELECT c ->> 'credential', ((e.entry::json ->> 'minute')::timestamptz AT TIME ZONE INTERVAL '8 hours')::date, c ->> 'code', 0, (c ->> 'count')::int
  FROM linkage.log_search AS s JOIN linkage.log_entry AS e USING (slot, index, month), json_array_elements(e.entry::json -> 'counts') AS c
  WHERE s.kind = 'refusals' AND s.month BETWEEN current_setting('signals.month')::date AND current_setting('signals.month')::date + 31
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint AND c ->> 'agency' = current_setting('signals.agency')
    AND date_trunc('month', (e.entry::json ->> 'minute')::timestamptz AT TIME ZONE INTERVAL '8 hours') = current_setting('signals.month')::date
) AS r GROUP BY credential, day HAVING sum(recorded + counted) >= current_setting('signals.refusals_per_credential_per_day')::int ORDER BY 3 DESC, 2, 1;

-- [auditors] 十四、解除遮蔽。 Openings, by auditor.
SELECT unit, auditor, count(DISTINCT act) AS acts, count(*) AS opened FROM (
  SELECT e.entry::json ->> 'agency' AS unit, e.entry::json ->> 'user' AS auditor, e.entry::json -> 'auth' ->> 'jti' AS act
  FROM linkage.log_search AS s JOIN linkage.log_entry AS e USING (slot, index, month), json_array_elements(e.entry::json -> 'entries') AS o
  WHERE s.kind = 'disclosure' AND s.month = current_setting('signals.month')::date
    AND s.index < (current_setting('signals.sizes')::jsonb ->> s.slot)::bigint
    AND EXISTS (SELECT FROM linkage.slot AS h JOIN linkage.log_search AS q ON q.slot = h.slot
      WHERE h.log = o ->> 'log' AND q.index = (o ->> 'index')::bigint AND q.agency = current_setting('signals.agency'))
) AS o GROUP BY unit, auditor ORDER BY 4 DESC, 1, 2;
