// server-user.ts: as whom PostgreSQL runs, which refuses to run as root.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface ServerUser {
  /** Command line that goes before a PostgreSQL program. */
  readonly prefix: readonly string[]
  /** Whom the process becomes; absent where it stays who we are. */
  readonly become?: { readonly uid: number; readonly gid: number }
  /** Where data and binaries must stand because this user may not read ours. */
  readonly home?: string
}

const asOurselves: ServerUser = { prefix: [] }

/** Root outside, an ordinary user inside: files keep their owner, and folders of mode 0700 stay readable.
 *  initdb looks its user up by number, so it must be one that the machine knows: 1000 where it does, else any that is not root. */
function inNamespace(): ServerUser {
  const known = accounts().map(({ uid }) => uid)
  const uid = known.includes(1000) ? 1000 : (known.find((each) => each > 0) ?? 1000)
  return { prefix: ['unshare', '--user', `--map-user=${uid}`, `--map-group=${uid}`] }
}

/** As whom the server can run here. Not root: as ourselves. Root: in a user namespace, else as an existing user `postgres`.
 *  A system user is never created.
 *  @throws Error that says what to do, where none of these is possible */
export function serverUser(): ServerUser {
  if (process.geteuid?.() !== 0) return asOurselves
  const namespace = inNamespace()
  if (works(namespace)) return namespace
  const postgres = postgresUser()
  if (postgres !== undefined) return postgres
  throw new Error(
    'PostgreSQL does not run as root, this machine refuses user namespaces (unshare --user), and it has no user named postgres. Start the gateway as an ordinary user, install a postgres user, or set DATABASE_URL.',
  )
}

function works(user: ServerUser): boolean {
  const [command, ...args] = [...user.prefix, 'true']
  return command !== undefined && spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** The machine's user `postgres`, who gets data and binaries of its own below /var/lib/linkage. */
export function postgresUser(): ServerUser | undefined {
  const postgres = accounts().find(({ name }) => name === 'postgres')
  if (postgres === undefined || postgres.uid === 0) return undefined
  return { prefix: [], become: { uid: postgres.uid, gid: postgres.gid }, home: '/var/lib/linkage' }
}

function accounts(): readonly { readonly name: string; readonly uid: number; readonly gid: number }[] {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  return lines
    .map((line) => line.split(':'))
    .filter((parts) => parts.length >= 4)
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }))
}
