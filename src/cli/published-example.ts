// published-example.ts: credentials whose keys stand in the example, for everybody to read.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rule, Snapshot } from '../policy/snapshot.ts'

const folder = join(import.meta.dirname, '..', '..', 'config', 'agencies')

/** Credentials that nobody's production opens with, however its YAML spells them. */
export function publishedCredentials({ agencies }: Snapshot): readonly Rule[] {
  const example = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  const holders = [...agencies.values()].flatMap((agency) => [agency, ...agency.delegates])
  return holders
    .flatMap(({ credentials }) => credentials)
    .filter((credential) => {
      const keys = credential.type === 'api-key' ? [credential.sha256] : credential.keys.flatMap(({ x, n }) => [x ?? n ?? ''])
      return keys.some((key) => key !== '' && example.includes(key))
    })
    .map(({ rule }) => rule)
}
