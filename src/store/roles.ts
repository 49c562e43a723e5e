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
  /** What everybody who may connect could still do, because only a superuser can forbid it: functions of PostgreSQL's own. */
  readonly open: readonly string[]
}

/** Makes the roles and the schema of the query log, where they do not exist; roles that exist keep their passwords.
 *  `linkage_owner` owns everything and cannot log in; `linkage_gateway` may read and execute; `linkage_operations` may besides end slots;
 *  `linkage_retention` may take a month out (migrations/009-retention.ts); `linkage_auditor` may read.
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
      ['linkage_retention', () => `${login(passwords.linkage_retention)} IN ROLE linkage_gateway`],
      ['linkage_auditor', () => `${login(passwords.linkage_auditor)} CONNECTION LIMIT ${auditorConnections}`],
    ] as const) {
      if (there.has(role)) continue
      await client.query(`CREATE ROLE ${role} ${rights()}`)
      made.push(role)
    }
    // What owns the partitions goes on making them, and is asked for the table that they are a part of (migrations/009-retention.ts).
    const { rows: member } = await client.query(`SELECT pg_has_role('linkage_owner', 'linkage_retention', 'MEMBER') AS already`)
    if (member[0]?.already !== true) await client.query('GRANT linkage_retention TO linkage_owner')
    await client.query(schema(await databaseOf(client)))
    const open = await closeToAll(client)
    await client.query('COMMIT')
    return { made, open }
  } finally {
    await client.end()
  }
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
  GRANT CONNECT ON DATABASE ${database} TO linkage_gateway, linkage_auditor;
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
