// verify.ts: an archive verified as a whole: its files against its list, its records against the signed trees, its tables against its records.
import { shown } from '../shown.ts'
import type { VerifierKey } from './checkpoint.ts'
import { type Description, descriptionName, readDescription, technical } from './description.ts'
import { checkDocuments } from './documents.ts'
import { type ArchiveFinding, type ArchiveFindingCode, type Tell, Unusable } from './finding.ts'
import { missingLogs, recipientsOf, type VerifiedLog, type Verifying, verifyArchivedLog } from './log.ts'
import { checkFiles, digestOf, manifestName, readManifest } from './manifest.ts'
import type { ArchiveFile, Cryptography } from './place.ts'
import { checkArchivedRounds, type ResultsHere } from './rounds.ts'
import { checkTables } from './table.ts'
import { checkTrustPolicy, trustName } from './trust.ts'

export interface ArchiveOptions {
  readonly crypto: Cryptography
  /** Keys that were published elsewhere. None: the archive's own are believed, and the summary says so. */
  readonly trusted?: readonly VerifierKey[]
  /** Told of each finding; of one code beyond `mostOfACode` they are counted only. */
  readonly onFinding: (finding: ArchiveFinding) => void
  /** Told how far it is, in bytes that were read. */
  readonly onProgress?: (done: number, all: number) => void
  /** 100 where it is not given. */
  readonly mostOfACode?: number
  /** The SHA-256 that another disc of the archive gives for the list of this one. */
  readonly vouched?: (description: Description) => string | undefined
}

export interface ArchivedLogSummary {
  readonly slot: string
  readonly log: string
  /** Entries under the checkpoint. */
  readonly size: number
  readonly records: number
  readonly counted: number
  /** Of its checkpoint. */
  readonly key: string
  /** Months that no entry has ended yet. */
  readonly open: readonly string[]
}

export interface ArchiveSummary {
  /** Absent where nothing says what it is. */
  readonly description?: Description
  /** SHA-256 of MANIFEST.csv, to be held against the one on paper. */
  readonly manifest?: string
  readonly files: number
  readonly bytes: number
  readonly logs: readonly ArchivedLogSummary[]
  /** Of rounds. */
  readonly results: ResultsHere
  /** By recipient's key (`ethics/2026`): how many sealed entries it opens. */
  readonly recipients: ReadonlyMap<string, number>
  readonly keys: 'given' | 'own'
  readonly counts: ReadonlyMap<ArchiveFindingCode, number>
}

/** Verifies the files of one archive, or of one of its discs. In memory that does not grow with the records.
 *  @param all every file that is there */
export async function verifyArchive(all: readonly ArchiveFile[], options: ArchiveOptions): Promise<ArchiveSummary> {
  const files = new Map(all.map((file) => [file.path, file]))
  const counts = new Map<ArchiveFindingCode, number>()
  const told = new Set<string>()
  const tell: Tell = (finding) => {
    // A tile that is missing is met by every entry under it.
    const { at, code } = finding
    if (at === undefined && told.size === told.add(`${code} ${finding.file} ${finding.found}`).size) return
    const before = counts.get(finding.code) ?? 0
    counts.set(finding.code, before + 1)
    if (before >= (options.mostOfACode ?? 100)) return
    const { file, found, expected } = finding
    options.onFinding({ ...finding, file: shown(file), found: shown(found), expected: shown(expected) })
  }
  const bytes = all.reduce((sum, { size }) => sum + size, 0)
  const onBytes = progress(all, bytes, options)
  const keys = (options.trusted ?? []).length > 0 ? 'given' : 'own'
  const empty: ArchiveSummary = { files: all.length, bytes, logs: [], results: noResults, recipients: new Map(), keys, counts }
  try {
    const manifest = files.get(manifestName)
    await checkFiles(files, await readManifest(manifest), options.crypto, tell, onBytes)
    const digest = manifest && (await digestOf(manifest, options.crypto))
    const description = await readDescription(files.get(descriptionName))
    const verified = await verifyLogs({ description, files, crypto: options.crypto, trusted: options.trusted ?? [], tell, onBytes })
    const results = await verifyAround(verified, description, files, options.crypto, tell, onBytes)
    const expected = options.vouched?.(description)
    if (expected !== undefined && digest !== expected)
      tell({ code: 'file-changed', file: manifestName, found: `SHA-256 ${digest}`, expected: `${expected}, as the first disc says` })
    return {
      ...empty,
      description,
      ...(digest !== undefined && { manifest: digest }),
      logs: verified.map(summaryOf),
      results,
      recipients: recipientsOf(verified),
    }
  } catch (error) {
    if (!(error instanceof Unusable)) throw error
    tell(error.finding)
    return empty
  }
}

/** Every file is read once for its digest, records twice more: against the tree, and against the tables. */
function progress(all: readonly ArchiveFile[], bytes: number, { onProgress }: ArchiveOptions): (bytes: number) => void {
  const records = all.filter(({ path }) => path.endsWith('/records.ndjson')).reduce((sum, { size }) => sum + size, 0)
  let done = 0
  return (read) => {
    done += read
    onProgress?.(done, bytes + 2 * records)
  }
}

async function verifyLogs(verifying: Verifying): Promise<readonly VerifiedLog[]> {
  const verified: VerifiedLog[] = []
  for (const described of verifying.description.logs) {
    try {
      verified.push(await verifyArchivedLog(described, verifying))
    } catch (error) {
      verifying.tell(error instanceof Unusable ? error.finding : unreadable(`${technical}/${described.slot}`, error))
    }
  }
  return verified
}

const unreadable = (file: string, error: unknown): ArchiveFinding => ({
  code: 'file-unreadable',
  file,
  found: error instanceof Error ? error.message : String(error),
  expected: 'files that can be read',
})

async function verifyAround(
  verified: readonly VerifiedLog[],
  description: Description,
  files: ReadonlyMap<string, ArchiveFile>,
  crypto: Cryptography,
  tell: Tell,
  onBytes: (bytes: number) => void,
): Promise<ResultsHere> {
  missingLogs(verified, description, tell)
  // Of a log that could not be verified neither keys nor records are known: it has its own finding.
  if (verified.length < description.logs.length) return noResults
  await checkTrustPolicy(files.get(trustName), verified, tell)
  await checkDocuments(files, verified, crypto, tell)
  await checkTables(files, verified, description.disc.at === description.disc.of, tell, onBytes)
  return checkArchivedRounds(files, verified, tell)
}

const noResults: ResultsHere = { counted: 0, open: 0, uncounted: 0 }

const summaryOf = ({ slot, log, place, records, keys, open }: VerifiedLog): ArchivedLogSummary => ({
  slot,
  log,
  size: place.size,
  records: records.queries,
  counted: records.counted,
  key: keys.at(-1) ?? '',
  open,
})
