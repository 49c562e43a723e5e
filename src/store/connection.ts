// connection.ts: database URLs: what they may say, and that nobody listens on the way.
import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import type pg from 'pg'

const known = new Set(['sslmode', 'sslrootcert', 'sslcert', 'sslkey'])
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Reads `postgresql://user:password@host:port/database?sslmode=verify-full&sslrootcert=…` (libpq's names).
 *  Off this host only `sslmode=verify-full` is accepted: anything less lets somebody on the way read and answer.
 *  @throws Error that names what is wrong, never the password */
export function connectionOf(url: string): pg.ClientConfig {
  const parsed = parse(url)
  const host = decodeURIComponent(parsed.hostname).replace(/^\[|\]$/g, '')
  if (host === '') throw refused('it names no host')
  if (host.includes(',')) throw refused('it names several hosts; the log needs the one that accepts writes')
  const options = parsed.searchParams
  for (const name of options.keys()) {
    if (!known.has(name)) throw refused(`unknown parameter ${name}; known are ${[...known].join(', ')}`)
    if (options.getAll(name).length > 1) throw refused(`parameter ${name} comes twice`)
  }
  const database = decodeURIComponent(parsed.pathname.slice(1))
  if (parsed.username === '' || database === '') throw refused('it needs a user and a database')
  const ssl = tls(host, options)
  return {
    host,
    port: parsed.port === '' ? 5432 : Number(parsed.port),
    user: decodeURIComponent(parsed.username),
    database,
    application_name: 'linkage',
    keepAlive: true,
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ssl,
  }
}

function parse(url: string): URL {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw refused('it is no URL') // the error of URL would hold the text, and with it the password
  }
  if (parsed.protocol !== 'postgresql:' && parsed.protocol !== 'postgres:') throw refused(`its scheme is ${parsed.protocol}//`)
  return parsed
}

function tls(host: string, options: URLSearchParams): Exclude<pg.ClientConfig['ssl'], undefined> {
  const mode = options.get('sslmode')
  if (mode !== 'verify-full') {
    if (!isThisHost(host))
      throw refused(`host ${host} is not this machine: add sslmode=verify-full, with sslrootcert where the authority is your own`)
    if (mode !== null && mode !== 'disable') throw refused(`sslmode ${mode}; expected verify-full or, on this machine, disable`)
    return false
  }
  const file = (name: string): Buffer | undefined => {
    const path = options.get(name)
    return path === null ? undefined : readFileSync(path)
  }
  const [ca, cert, key] = [file('sslrootcert'), file('sslcert'), file('sslkey')]
  // Certificate chain and host name are both checked: this is Node's default, said aloud.
  return { rejectUnauthorized: true, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

function isThisHost(host: string): boolean {
  const family = isIP(host)
  return host === 'localhost' || (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4'))
}

const refused = (found: string): Error =>
  new Error(`DATABASE_URL: expected postgresql://user:password@host:port/database, found: ${found}.`)
