// contents.ts: what a database holds, to be held against what it held before somebody tried something.
import type pg from 'pg'
import { tables } from './forbidden.ts'

/** Everything that a statement could have changed: rows, and who may do what. */
export async function contents(admin: pg.Client): Promise<unknown> {
  const rows = tables.map((table) => `(SELECT jsonb_agg(t ORDER BY t::text) FROM linkage.${table} AS t) AS ${table}`)
  const catalogues = {
    relations: 'SELECT relname, relowner, relacl, relkind, relrowsecurity FROM pg_class',
    functions: 'SELECT proname, proowner, proacl, prosrc, proconfig, prosecdef FROM pg_proc',
    constraints: 'SELECT conname, conrelid FROM pg_constraint',
    comments: 'SELECT objoid, description FROM pg_description',
    triggers: 'SELECT tgname, tgrelid, tgenabled FROM pg_trigger',
    defaults: 'SELECT * FROM pg_default_acl',
    roles: 'SELECT rolname, rolsuper, rolcanlogin, rolconnlimit FROM pg_roles',
    members: 'SELECT roleid, member FROM pg_auth_members',
    policies: 'SELECT polrelid, polname FROM pg_policy',
    parts: 'SELECT inhrelid, inhparent, inhdetachpending FROM pg_inherits',
    settings: 'SELECT * FROM pg_db_role_setting',
    schemas: 'SELECT nspname, nspowner, nspacl FROM pg_namespace',
  }
  const digests = Object.entries(catalogues).map(
    ([name, from]) => `(SELECT md5(jsonb_agg(t ORDER BY t::text)::text) FROM (${from}) AS t) AS ${name}`,
  )
  return (await admin.query(`SELECT ${[...rows, ...digests].join(', ')}`)).rows[0]
}
