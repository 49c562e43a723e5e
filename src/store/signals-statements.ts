// signals-statements.ts: how PostgreSQL counts what the signals of a month are made from. docs/signals.sql counts the same by other statements,
// for whoever wants to see for themselves.

/** Asia/Taipei is UTC+8, as calendar.ts has it: a constant, so that no table of time zones can differ. */
const taipei = `(s.at AT TIME ZONE INTERVAL '8 hours')`
/** Parameters of every statement: $1 first day of the month, $2 sizes by slot; but for totals $3 the agency. */
const read = `s.index < ($2::jsonb ->> s.slot)::bigint`
const queries = `s.month = $1::date AND s.kind = 'query' AND ${read}`
const ofAgency = `${queries} AND s.agency = $3`
/** @param office the parameter that holds office hours */
const outcomes = (office: string): string => `count(*)::text, count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found'))::text,
  count(*) FILTER (WHERE s.code = 'subject-not-found')::text, count(*) FILTER (WHERE s.decision = 'deny')::text, count(*) FILTER (WHERE NOT s.at <@ ${office}::tstzmultirange)::text`

export const totalsStatement = `SELECT s.agency, mode() WITHIN GROUP (ORDER BY s.mode) FILTER (WHERE s.mode IS NOT NULL),
  count(DISTINCT s.account)::text, ${outcomes('$3')}
  FROM linkage.log_search AS s WHERE ${queries} AND s.agency IS NOT NULL GROUP BY s.agency ORDER BY s.agency`

export const hoursStatement = `SELECT ${taipei}::date::text, extract(hour FROM ${taipei})::text, ${outcomes('$4')}
  FROM linkage.log_search AS s WHERE ${ofAgency} GROUP BY 1, 2`

/** What was only counted stands within the hour behind its minute: in this month, or at the beginning of the next. $4, $5 the month's
 *  first instant and the first behind it. */
export const refusalsStatement = `SELECT credential, day::text, code, sum(recorded)::text, sum(counted)::text FROM (
    SELECT coalesce(s.credential, '') AS credential, ${taipei}::date AS day, coalesce(s.code, '') AS code, count(*) AS recorded, 0 AS counted
      FROM linkage.log_search AS s WHERE ${ofAgency} AND s.decision = 'deny' GROUP BY 1, 2, 3
    UNION ALL
    SELECT c ->> 'credential', (m.minute AT TIME ZONE INTERVAL '8 hours')::date, c ->> 'code', 0, (c ->> 'count')::bigint
      FROM linkage.log_search AS s JOIN linkage.log_entry AS e ON e.slot = s.slot AND e.index = s.index AND e.month = s.month
        CROSS JOIN LATERAL (SELECT (e.entry::json ->> 'minute')::timestamptz AS minute) AS m
        CROSS JOIN LATERAL json_array_elements(e.entry::json -> 'counts') AS c
      WHERE s.kind = 'refusals' AND s.month IN ($1::date, ($1::date + INTERVAL '1 month')::date) AND ${read}
        AND m.minute >= $4::timestamptz AND m.minute < $5::timestamptz AND c ->> 'agency' = $3
  ) AS refused GROUP BY 1, 2, 3`

/** $4 threshold, $5 rows, $6 names in a row. */
export const subjectsStatement = `SELECT f.subject, f.users::text, f.records::text, f.total::text, f.most::text, (
    SELECT json_agg(name ORDER BY name) FROM (SELECT DISTINCT s.account AS name FROM linkage.log_search AS s
      WHERE ${ofAgency} AND s.subject = f.subject AND s.account IS NOT NULL ORDER BY 1 LIMIT $6) AS named)::text
  FROM (SELECT s.subject, count(DISTINCT s.account) AS users, count(*) AS records, count(*) OVER () AS total, max(count(DISTINCT s.account)) OVER () AS most
    FROM linkage.log_search AS s WHERE ${ofAgency} AND s.subject IS NOT NULL
    GROUP BY s.subject HAVING count(DISTINCT s.account) >= $4 ORDER BY 2 DESC, 3 DESC, 1 LIMIT $5) AS f
  ORDER BY f.users DESC, f.records DESC, f.subject`

export const casesStatement = `SELECT s.case_no, count(DISTINCT s.subject)::text, count(DISTINCT s.account)::text, count(*)::text, count(*) OVER ()::text
  FROM linkage.log_search AS s WHERE ${ofAgency} AND s.case_no IS NOT NULL
  GROUP BY s.case_no HAVING count(DISTINCT s.subject) >= $4 ORDER BY count(DISTINCT s.subject) DESC, count(*) DESC, s.case_no LIMIT $5`

/** $4 accounts, $5, $6 first instants of their windows and behind them. */
export const tenureStatement = `SELECT w.nth::text, count(*)::text, count(*) FILTER (WHERE s.code IN ('released', 'subject-not-found'))::text, count(DISTINCT s.subject)::text
  FROM unnest($4::text[], $5::timestamptz[], $6::timestamptz[]) WITH ORDINALITY AS w (account, since, before, nth)
    JOIN linkage.log_search AS s ON s.account = w.account AND s.at >= w.since AND s.at < w.before
  WHERE ${ofAgency} GROUP BY w.nth ORDER BY w.nth`

/** The agency of what was opened is its own record's: the entry of the opening does not say it. One act may stand in several entries. */
export const openingsStatement = `SELECT e.entry::json ->> 'agency', e.entry::json ->> 'user', count(DISTINCT e.entry::json -> 'auth' ->> 'jti')::text, count(*)::text
  FROM linkage.log_search AS s JOIN linkage.log_entry AS e ON e.slot = s.slot AND e.index = s.index AND e.month = s.month
    CROSS JOIN LATERAL json_array_elements(e.entry::json -> 'entries') AS o
    JOIN linkage.slot AS h ON h.log = o ->> 'log'
    JOIN linkage.log_search AS q ON q.slot = h.slot AND q.index = (o ->> 'index')::bigint AND q.agency = $3
  WHERE s.kind = 'disclosure' AND s.month = $1::date AND ${read} GROUP BY 1, 2`

/** $4 grants. */
export const grantsStatement = `SELECT g.id, (b.at AT TIME ZONE INTERVAL '8 hours')::date::text FROM unnest($4::text[]) AS g (id)
  CROSS JOIN LATERAL (SELECT s.at FROM linkage.log_search AS s WHERE s.agency = $3 AND s.grant_id = g.id AND s.month <= $1::date
    AND s.kind = 'query' AND s.code IN ('released', 'subject-not-found') AND ${read} ORDER BY s.at DESC LIMIT 1) AS b`

/** $4 the account behind which to go on, $5 how many. */
export const namesStatement = `SELECT DISTINCT s.account FROM linkage.log_search AS s
  WHERE ${ofAgency} AND s.account > $4 ORDER BY s.account LIMIT $5`

/** $4 accounts; $5 records of an hour, $6 subjects of a day, $7 addresses of a day that reach their thresholds; $8 minutes; $9 office hours. */
export const accountsStatement = `WITH r AS MATERIALIZED (
    SELECT s.account, s.at, ${taipei} AS local, s.address, s.subject, s.case_no, s.code, s.decision,
      lag(s.address) OVER w AS address_before, lag(s.at) OVER w AS at_before
    FROM linkage.log_search AS s WHERE ${ofAgency} AND s.account = ANY ($4::text[])
    WINDOW w AS (PARTITION BY s.account ORDER BY s.at, s.slot, s.index)),
  hours AS (SELECT account, max(n) AS most, count(*) FILTER (WHERE n >= $5) AS reached
    FROM (SELECT account, count(*) AS n FROM r GROUP BY account, date_trunc('hour', local)) AS each GROUP BY account),
  days AS (SELECT account, max(subjects) AS subjects, count(*) FILTER (WHERE subjects >= $6) AS subject_days,
      max(addresses) AS addresses, count(*) FILTER (WHERE addresses >= $7) AS address_days
    FROM (SELECT account, count(DISTINCT subject) AS subjects, count(DISTINCT address) AS addresses FROM r GROUP BY account, local::date) AS each
    GROUP BY account),
  months AS (SELECT s.account, count(DISTINCT s.subject) AS subjects, count(DISTINCT s.case_no) AS cases, count(DISTINCT s.address) AS addresses,
      count(*) FILTER (WHERE s.address <> s.address_before AND s.at - s.at_before <= $8::int * INTERVAL '1 minute') AS switches,
      min(s.at) AS first, ARRAY[${outcomes('$9')}] AS outcomes
    FROM r AS s GROUP BY s.account)
  SELECT m.account, m.subjects::text, days.subjects::text, days.subject_days::text, m.cases::text, hours.most::text, hours.reached::text,
    m.addresses::text, days.addresses::text, days.address_days::text, m.switches::text, (extract(epoch FROM m.first) * 1000)::bigint::text,
    (extract(epoch FROM b.at) * 1000)::bigint::text, m.outcomes[1], m.outcomes[2], m.outcomes[3], m.outcomes[4], m.outcomes[5]
  FROM months AS m JOIN hours USING (account) JOIN days USING (account)
    LEFT JOIN LATERAL (SELECT s.at FROM linkage.log_search AS s WHERE s.agency = $3 AND s.account = m.account AND s.month < $1::date
      AND s.kind = 'query' AND ${read} ORDER BY s.at DESC LIMIT 1) AS b ON true`

export const daysStatement = `SELECT s.account, ${taipei}::date::text, count(*)::text FROM linkage.log_search AS s
  WHERE ${ofAgency} AND s.account = ANY ($4::text[]) GROUP BY 1, 2`
