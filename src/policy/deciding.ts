// deciding.ts: what of a configuration decides calls, and its digest.
import { type Canonical, canonicalJson, type DigestHex, sha256Hex } from '../canonical.ts'
import { parseJson } from '../json.ts'
import type { GatewayFile } from './schema/gateway.ts'
import type { Snapshot } from './snapshot.ts'

/** Contents of the deciding files, typed, by name. Comments, order of members and spelling of YAML are no part of them. */
export type Contents = ReadonlyMap<string, unknown>

/** Of gateway.yaml: for whom it speaks (`origin` is in every assertion), which states of a folder it takes up, whose word on addresses it
 *  takes, what it bounds, whom it asks.
 *  Ports, paths, keys and the database decide nothing. */
export function decidingMembers({ environment, origin, source, trusted_proxies, jwks_hosts, upstreams, limits }: GatewayFile): object {
  return {
    environment,
    origin,
    ...(source !== undefined && { source }),
    upstreams: Object.fromEntries(Object.entries(upstreams).map(([id, { url }]) => [id, { url }])),
    ...(trusted_proxies !== undefined && { trusted_proxies }),
    ...(jwks_hosts !== undefined && { jwks_hosts }),
    ...(limits !== undefined && { limits }),
  }
}

/** A deciding file as its canonical form and the digest of that. */
interface Digested {
  readonly text: Canonical
  readonly digest: DigestHex
}

/** By the content itself, which never changes once it is read: most files of a folder are those of the last load. */
const known = new WeakMap<object, Digested>()

function digestedFile(content: unknown): Digested {
  const kept = typeof content === 'object' && content !== null ? known.get(content) : undefined
  if (kept !== undefined) return kept
  const text = canonicalJson(content)
  const made = { text, digest: sha256Hex(text) }
  if (typeof content === 'object' && content !== null) known.set(content, made)
  return made
}

type DigestedPolicy = Pick<Snapshot, 'bytes' | 'digest' | 'files' | 'texts'>

/** The digest of a policy: SHA-256 over the RFC 8785 form of `{files: {name: content}}`, which sorts them by name. */
export function digested(contents: Contents): DigestedPolicy {
  return digestedOf([...contents].map(([name, content]) => [name, digestedFile(content)]))
}

/** The same policy but for one file. */
export function digestedWith({ texts, files }: DigestedPolicy, changed: string, content: unknown): DigestedPolicy {
  const others = [...texts].flatMap(([name, text]): [string, Digested][] => {
    const digest = files.get(name)
    return name === changed || digest === undefined ? [] : [[name, { text, digest }]]
  })
  return digestedOf([...others, [changed, digestedFile(content)]])
}

function digestedOf(files: readonly (readonly [string, Digested])[]): DigestedPolicy {
  const sorted = [...files].sort(byName)
  // SPEC RFC 8785 §3.2.3: members sorted by the UTF-16 code units of their names, nothing between tokens. Each text is in that form.
  const members = sorted.map(([name, { text }]) => `${JSON.stringify(name)}:${text}`)
  const bytes = `{"files":{${members.join(',')}}}` as Canonical // by the line above
  return {
    bytes,
    digest: sha256Hex(bytes),
    files: new Map(sorted.map(([name, { digest }]) => [name, digest])),
    texts: new Map(sorted.map(([name, { text }]) => [name, text])),
  }
}

const byName = ([one]: readonly [string, Digested], [other]: readonly [string, Digested]): number => (one < other ? -1 : 1)

/** Bytes of a policy: a snapshot's own, or those that the log's last `policy` entry names. */
export interface PolicyBytes {
  readonly bytes: Canonical | Buffer
  /** Each file's own, where they are known. */
  readonly texts?: ReadonlyMap<string, Canonical>
}

/** The canonical form of each file that a policy's bytes hold, by name.
 *  @throws TypeError where they hold none; JsonError where they are no JSON */
export function textsOf({ bytes, texts }: PolicyBytes): ReadonlyMap<string, Canonical> {
  if (texts !== undefined) return texts
  const document = parseJson(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  if (document === null || typeof document !== 'object' || !('files' in document)) throw new TypeError('policy bytes: expected {files}')
  const { files } = document
  if (files === null || typeof files !== 'object') throw new TypeError('policy bytes: expected {files}')
  return new Map(Object.entries(files).map(([name, content]) => [name, canonicalJson(content)]))
}

/** What a file's canonical form says; undefined where there is none. */
export const contentOf = (text: Canonical | undefined): unknown => (text === undefined ? undefined : parseJson(Buffer.from(text)))
