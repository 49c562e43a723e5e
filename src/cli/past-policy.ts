// past-policy.ts: rules of the past, from the bytes that the log names by their digest.
import { digestHex, sha256Hex } from '../canonical.ts'
import { type Loaded, loadFiles } from '../policy/load.ts'
import { filesOf } from '../policy/past-files.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import type { LogReaderStore } from '../querylog/ports.ts'
import { UsageError } from './log/usage-error.ts'

export interface PastPolicy extends Loaded {
  readonly snapshot: Snapshot
  /** The files that it was made again from; their lines are those of `place`. */
  readonly files: ReadonlyMap<string, string>
  /** Whether a rule's line is that of a file made again: comments and layout were never part of the rules. */
  readonly isMadeAgain: (rule: string) => boolean
}

const fileOf = (rule: string): string => rule.slice(0, rule.indexOf('#'))

/** The same rules, their lines those of the folder's files where these say today what they said then. */
export function withLinesOf(past: PastPolicy, now: Pick<Loaded, 'place' | 'snapshot'>): PastPolicy {
  const { asRead, texts } = now.snapshot ?? { asRead: new Map<string, Buffer>(), texts: new Map<string, string>() }
  const same = (file: string): boolean => asRead.has(file) && texts.get(file) === past.snapshot.texts.get(file)
  const standing = [...asRead].filter(([name]) => same(name)).map(([name, bytes]) => [name, bytes.toString('utf8')] as const)
  return {
    ...past,
    files: new Map([...past.files, ...standing]),
    place: (rule) => (same(fileOf(rule)) ? now.place(rule) : past.place(rule)),
    isMadeAgain: (rule) => !same(fileOf(rule)),
  }
}

/** The rules of a digest: bytes that have it, made into rules that have it again.
 *  @throws UsageError where the database does not hold them, or holds others; where this version cannot read them */
export async function pastPolicy(reader: Pick<LogReaderStore, 'document'>, digest: string): Promise<PastPolicy> {
  const bytes = await reader.document(digestHex(digest))
  if (bytes === undefined)
    throw new UsageError(
      `${digest}：資料庫沒有此版本之設定。 The database holds no rules of this digest: linkage config history lists them.`,
    )
  if (sha256Hex(bytes) !== digest)
    throw new UsageError(`${digest}：資料庫所存與摘要不符。 What the database holds does not have this digest: linkage log verify.`)
  const files = filesOf({ bytes })
  const loaded = loadFiles(files)
  if (loaded.snapshot?.digest !== digest)
    throw new UsageError(
      `${digest}：此版本之設定無法由目前之程式重建。 This version of the gateway cannot make these rules again; read them in the table document.` +
        loaded.findings.map(({ file, line, message }) => `\n  ${file}:${line} ${message}`).join(''),
    )
  return { ...loaded, snapshot: loaded.snapshot, files, isMadeAgain: () => true }
}
