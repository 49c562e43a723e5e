// roles.ts: who may do what in the database: an owner who cannot log in, the gateway, operations, retention, the auditor.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import pg from 'pg'
import { connectionOf } from './connection.ts'

export interface RolePasswords {
  readonly linkage_gateway?: string
  readonly linkage_operations?: string
  readonly linkage_retention?: string
  readonly linkage_auditor?: string
}

export interface MadeRoles {
  /** Roles that did not exist. */
  readonly made: readonly string[]
  /** What only a superuser can forbid, and none has: functions of PostgreSQL's own, to everybody who may connect; what retention owns, to it. */
  readonly open: readonly string[]
}

/** Makes the roles and the schema of the query log, where they do not exist; roles that exist keep their passwords.
 *  `linkage_owner` owns everything and cannot log in; `linkage_gateway` may read and execute; `linkage_operations` may besides end slots;
 *  `linkage_retention` may take a month out (migrations/009-retention.ts), and writes no entry; `linkage_auditor` may read.
 *  Roles are the whole server's: two databases of one server share them.
 *  @param adminUrl of a role that may create roles, in the database that is to hold the log
 *  @throws Error of PostgreSQL, where that role may not */
export async function makeRoles(adminUrl: string, passwords: RolePasswords): Promise<MadeRoles> {
  const client = new pg.Client({ ...connectionOf(adminUrl), connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined) // what it lost, the statement in flight reports
  await client.connect()
  try {
    await client.query('BEGIN')
    const { rows } = await client.query(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'linkage\\_%'`)
    const there = new Set(rows.map((row) => String(row.rolname)))
    const made: string[] = []
    for (const [role, rights] of [
      ['linkage_owner', () => 'NOLOGIN'],
      ['linkage_gateway', () => login(passwords.linkage_gateway)],
      ['linkage_operations', () => `${login(passwords.linkage_operations)} IN ROLE linkage_gateway`],
      ['linkage_retention', () => login(passwords.linkage_retention)],
      ['linkage_auditor', () => `${login(passwords.linkage_auditor)} CONNECTION LIMIT ${auditorConnections}`],
    ] as const) {
      if (there.has(role)) continue
      await client.query(`CREATE ROLE ${role} ${rights()}`)
      made.push(role)
    }
    // What owns the partitions goes on making them, and is asked for the table that they are a part of (migrations/009-retention.ts).
    if (!(await isMember(client, 'linkage_owner', 'linkage_retention'))) await client.query('GRANT linkage_retention TO linkage_owner')
    // It was one until migrations/011-retention-bounds.ts.
    await setApart(client, 'linkage_retention', 'linkage_gateway')
    await client.query(schema(await databaseOf(client)))
    const open = [...(await closeToAll(client)), ...(await boundRetention(client))]
    await client.query('COMMIT')
    return { made, open }
  } finally {
    await client.end()
  }
}

/** Since PostgreSQL 16 a membership is of whoever granted it, and only revoked in their name; the rest is told by a warning. */
async function setApart(client: pg.Client, role: string, of: string): Promise<void> {
  const grantors = `SELECT grantor::regrole::text AS name FROM pg_auth_members WHERE member = $1::regrole AND roleid = $2::regrole`
  const { rows } = await client.query<{ name: string }>(grantors, [role, of])
  // Names are the catalogue's own, quoted by it.
  for (const { name } of rows) await client.query(`REVOKE ${of} FROM ${role} GRANTED BY ${name}`)
}

async function isMember(client: pg.Client, role: string, of: string): Promise<boolean> {
  const { rows } = await client.query<{ already: boolean }>(`SELECT pg_has_role($1, $2, 'MEMBER') AS already`, [role, of])
  return rows[0]?.already === true
}

/** Those who read never take the last connection that the gateway needs. */
const auditorConnections = 20

/** Advisory locks, which anybody could hold for ever in the way of ours, and large objects, which anybody could fill the disk with.
 *  @returns what only a superuser could have closed */
async function closeToAll(client: pg.Client): Promise<readonly string[]> {
  const everybody = `
    SELECT p.oid::regprocedure::text AS name, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS may FROM pg_proc AS p
    WHERE pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
      AND (proname ~ '^pg_(try_)?advisory_(xact_)?lock' OR proname IN ('lo_creat', 'lo_create', 'lo_from_bytea'))
    ORDER BY 1`
  const { rows } = await client.query<{ name: string; may: boolean }>(everybody)
  const names = rows.map(({ name }) => name)
  if (names.length === 0 || rows[0]?.may !== true) return names
  // Names are the catalogue's own, quoted by it. The owner keeps its locks: functions and migrations take them.
  await client.query(`REVOKE EXECUTE ON FUNCTION ${names.join(', ')} FROM PUBLIC`)
  const locks = names.filter((name) => name.startsWith('pg_'))
  if (locks.length > 0) await client.query(`GRANT EXECUTE ON FUNCTION ${locks.join(', ')} TO linkage_owner`)
  return []
}

/** The owner of a table may drop it, grant what it likes and switch triggers off, and DETACH PARTITION CONCURRENTLY asks for ownership: so of
 *  all statements that define something this role is left the one by which a month goes, and of months that may go
 *  (migrations/011-retention-bounds.ts).
 *  @returns what only a superuser could have closed */
async function boundRetention(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ bound: boolean; may: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_event_trigger AS t JOIN pg_proc AS p ON p.oid = t.evtfoid
        WHERE t.evtname = 'linkage_retention_bounds' AND t.evtenabled = 'A' AND p.prosrc = $1) AS bound,
      (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS may`,
    [bounds],
  )
  if (rows[0]?.bound === true) return []
  if (rows[0]?.may !== true) return ['linkage_retention: GRANT, ALTER TABLE, DROP TABLE linkage.log_entry (NOLOGIN until the order)']
  // In a schema of its own, which the superuser owns: whoever could replace it could have any superuser run something else.
  await client.query(`
    DROP SCHEMA IF EXISTS linkage_bounds CASCADE;
    CREATE SCHEMA linkage_bounds;
    CREATE FUNCTION linkage_bounds.retention() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $bounds$${bounds}$bounds$;
    REVOKE ALL ON FUNCTION linkage_bounds.retention() FROM PUBLIC;
    CREATE EVENT TRIGGER linkage_retention_bounds ON ddl_command_start EXECUTE FUNCTION linkage_bounds.retention();
    ALTER EVENT TRIGGER linkage_retention_bounds ENABLE ALWAYS;`)
  return []
}

/** What the client sent has to be that one statement and nothing else; one that is run by a function or a DO was not sent so. */
const bounds = `
  DECLARE
    v_month text[];
  BEGIN
    IF pg_has_role(current_user, to_regrole('linkage_retention')::oid, 'USAGE') IS NOT TRUE
      OR pg_has_role(current_user, to_regrole('linkage_owner')::oid, 'USAGE') THEN RETURN; END IF;
    v_month := regexp_match(current_query(),
      '^ALTER TABLE linkage[.]log_entry DETACH PARTITION linkage[.]log_entry_([0-9]{4})_([0-9]{2}) (CONCURRENTLY|FINALIZE)$');
    IF v_month IS NULL THEN
      RAISE EXCEPTION '%: linkage_retention takes months out of the query log, and changes nothing else', TG_TAG USING ERRCODE = '42501';
    END IF;
    PERFORM linkage.require_retired(make_date(v_month[1]::int, v_month[2]::int, 1));
  END `

async function databaseOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query('SELECT current_database() AS name')
  return client.escapeIdentifier(String(rows[0]?.name))
}

/** Temporary objects and a writable schema are what a search_path is hijacked with: nobody but administrators makes either. */
const schema = (database: string): string => `
  GRANT linkage_owner TO CURRENT_USER;
  CREATE SCHEMA IF NOT EXISTS linkage AUTHORIZATION linkage_owner;
  REVOKE CREATE, TEMPORARY ON DATABASE ${database} FROM PUBLIC;
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  GRANT CONNECT ON DATABASE ${database} TO linkage_gateway, linkage_retention, linkage_auditor;
`

const login = (password: string | undefined): string => (password === undefined ? 'LOGIN' : `LOGIN PASSWORD '${scramVerifier(password)}'`)

/** What the server stores of a password, computed here so that neither statement nor server log ever holds the password.
 *  SPEC RFC 5802 §3, in PostgreSQL's form `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. */
function scramVerifier(password: string): string {
  const [salt, iterations] = [randomBytes(16), 4096]
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`
}
