// roles.ts: who may do what in the database: an owner who cannot log in, the gateway, the auditor.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import pg from 'pg'
import { connectionOf } from './connection.ts'

export interface RolePasswords {
  readonly linkage_gateway?: string
  readonly linkage_auditor?: string
}

/** Makes the roles and the schema of the query log, where they do not exist; roles that exist keep their passwords.
 *  `linkage_owner` owns everything and cannot log in; `linkage_gateway` may read and execute; `linkage_auditor` may read.
 *  Roles are the whole server's: two databases of one server share them.
 *  @param adminUrl of a role that may create roles, in the database that is to hold the log
 *  @returns the roles that were made */
export async function makeRoles(adminUrl: string, passwords: RolePasswords): Promise<readonly string[]> {
  const client = new pg.Client({ ...connectionOf(adminUrl), connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined) // what it lost, the statement in flight reports
  await client.connect()
  try {
    await client.query('BEGIN')
    const { rows } = await client.query(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'linkage\\_%'`)
    const there = new Set(rows.map((row) => String(row.rolname)))
    const made: string[] = []
    for (const [role, rights] of [
      ['linkage_owner', 'NOLOGIN'],
      ['linkage_gateway', login(passwords.linkage_gateway)],
      ['linkage_auditor', login(passwords.linkage_auditor)],
    ] as const) {
      if (there.has(role)) continue
      await client.query(`CREATE ROLE ${role} ${rights}`)
      made.push(role)
    }
    await client.query(schema(await databaseOf(client)))
    await client.query('COMMIT')
    return made
  } finally {
    await client.end()
  }
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
