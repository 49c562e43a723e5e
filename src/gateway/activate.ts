// activate.ts: a snapshot decides no call before the log holds it: its bytes, its difference to the one before, its `policy` entry.
import { type Canonical, canonicalJson, type DigestHex, digestHex, sha256Hex } from '../canonical.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import type { QueryLog } from '../querylog/log.ts'
import { type Claimed, type Proven, policyEntry } from '../querylog/policy-entry.ts'
import type { LogReaderStore, LogWriterStore } from '../querylog/ports.ts'

/** What the process sees of who changed the rules. */
export interface Observed {
  readonly host: string
  readonly uid: number
  /** User ids of the owners of the folder's files. */
  readonly owners: readonly number[]
}

/** Who changed the rules: three things, and none of them is another. */
export interface Who {
  readonly observed: Observed
  /** By the commit that the folder is, where it is one. */
  readonly claimed?: Claimed
  readonly proven?: Proven
}

/** Digests by file of the snapshot that the log's last `policy` entry names. */
export interface PreviousPolicy {
  readonly digest: DigestHex
  readonly files: ReadonlyMap<string, DigestHex>
  /** Its bytes, for whoever compares contents. */
  readonly bytes: Canonical
}

/** The rules that were in force last; absent in a log without them.
 *  @throws Error where the log names a snapshot that the database does not hold */
export async function previousPolicy(reader: LogReaderStore, slot: string): Promise<PreviousPolicy | undefined> {
  const last = await reader.lastOfKind(slot, 'policy')
  return last && (await policyOf(reader, last))
}

/** The rules that came into force last in any log of the database: what a history says may be taken back by no start, and a slot that is new,
 *  or slept, knows of none.
 *  @throws as `previousPolicy` */
export async function newestPolicy(reader: LogReaderStore): Promise<PreviousPolicy | undefined> {
  let newest: { readonly at: string; readonly index: number; readonly entry: string } | undefined
  for (const { slot } of await reader.heads()) {
    const last = await reader.lastOfKind(slot, 'policy')
    if (last === undefined) continue
    const { at } = JSON.parse(last.entry)
    if (newest === undefined || at > newest.at) newest = { at, index: last.index, entry: last.entry }
  }
  return newest && (await policyOf(reader, newest))
}

async function policyOf(reader: LogReaderStore, last: { readonly index: number; readonly entry: string }): Promise<PreviousPolicy> {
  const digest = digestHex(JSON.parse(last.entry).digest)
  const bytes = await reader.document(digest)
  if (bytes === undefined || sha256Hex(bytes) !== digest)
    throw new Error(`the database does not hold the policy snapshot ${digest} of entry ${last.index}`)
  const { files }: { files: Record<string, unknown> } = JSON.parse(bytes.toString('utf8'))
  // Canonical when it was digested, and shown by its digest to be the same bytes.
  const text = bytes.toString('utf8') as Canonical
  return { digest, bytes: text, files: new Map(Object.entries(files).map(([name, content]) => [name, sha256Hex(canonicalJson(content))])) }
}

/** Which files were added, changed, removed; the form in which `document` holds a difference. */
export function difference(
  before: ReadonlyMap<string, DigestHex>,
  after: ReadonlyMap<string, DigestHex>,
): { readonly file: string; readonly from?: DigestHex; readonly to?: DigestHex }[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names
    .filter((file) => before.get(file) !== after.get(file))
    .map((file) => {
      const [from, to] = [before.get(file), after.get(file)]
      return { file, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
    })
}

/** Commits a snapshot. Once it resolves the snapshot may decide calls.
 *  @param who found out while the documents are stored: a repository is asked
 *  @throws NotRecorded, StoreError: then it must not */
export async function activate(
  log: QueryLog,
  store: LogWriterStore,
  snapshot: Snapshot,
  previous: PreviousPolicy | undefined,
  who: Promise<Who>,
  id: string,
): Promise<void> {
  const changes = difference(previous?.files ?? new Map(), snapshot.files)
  const changed = Buffer.from(canonicalJson({ changes }))
  const [said] = await Promise.all([
    who,
    store.putDocument('policy', Buffer.from(snapshot.bytes), { kind: 'policy-difference', bytes: changed }),
  ])
  const facts = {
    id,
    digest: snapshot.digest,
    previous: previous?.digest,
    changed: { count: changes.length, document: sha256Hex(changed) },
    ...said,
  }
  await log.append({ write: (given) => policyEntry(facts, given) })
}
