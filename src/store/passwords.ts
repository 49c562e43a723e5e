// passwords.ts: the embedded server's passwords: random, one file each, readable by this user only.
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { RolePasswords } from './roles.ts'

/** Who logs in to the embedded server: its administrator, and the two roles of the query log. */
export const logins = ['linkage_admin', 'linkage_gateway', 'linkage_auditor'] as const
export type Login = (typeof logins)[number]

export type Passwords = Readonly<Record<Login, string>>

/** The passwords below `folder`, drawn where they do not exist yet.
 *  @param serverExists a server was made with these passwords: then a missing file is an error, never drawn anew
 *  @throws Error for a missing file, or one that others can read */
export function passwords(folder: string, serverExists: boolean): Passwords {
  const secrets = join(folder, 'secrets')
  mkdirSync(secrets, { recursive: true, mode: 0o700 })
  const read = (login: Login): string => {
    const file = join(secrets, login)
    if (existsSync(file)) return readPassword(file)
    if (serverExists) {
      throw new Error(
        `${file}: the password of the embedded database is missing. Bring the file back; nothing else opens the data in ${folder}.`,
      )
    }
    return drawPassword(file)
  }
  return { linkage_admin: read('linkage_admin'), linkage_gateway: read('linkage_gateway'), linkage_auditor: read('linkage_auditor') }
}

/** Passwords for roles of a database that somebody else runs, below `folder`: drawn when one is asked for and has no file. A role
 *  that exists is never asked for: it keeps the password that it has.
 *  @throws Error for a file that others can read */
export function rolePasswords(folder: string): Required<RolePasswords> {
  const of = (role: keyof RolePasswords): string => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, role)
    return existsSync(file) ? readPassword(file) : drawPassword(file)
  }
  return {
    get linkage_gateway() {
      return of('linkage_gateway')
    },
    get linkage_operations() {
      return of('linkage_operations')
    },
    get linkage_retention() {
      return of('linkage_retention')
    },
    get linkage_auditor() {
      return of('linkage_auditor')
    },
  }
}

function readPassword(file: string): string {
  if ((statSync(file).mode & 0o077) !== 0) throw new Error(`${file}: expected mode 0600, others can read it. Run chmod 600 on it.`)
  const password = readFileSync(file, 'utf8').trim()
  if (!/^[\w-]{43}$/.test(password)) throw new Error(`${file}: expected the 43 characters of a password. Bring the file back from a copy.`)
  return password
}

/** Whole and durable before any server knows it: renamed into place. */
function drawPassword(file: string): string {
  const password = randomBytes(32).toString('base64url')
  const descriptor = openSync(`${file}.new`, 'w', 0o600)
  try {
    writeSync(descriptor, `${password}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${file}.new`, file)
  return password
}
