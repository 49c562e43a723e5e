// discs.ts: the discs of an archive that lie in one folder, each verified by itself, the first vouching for the lists of the others.
import type { Description } from './description.ts'
import type { ArchiveFinding } from './finding.ts'
import { manifestName } from './manifest.ts'
import type { ArchiveFile } from './place.ts'
import { type ArchiveOptions, type ArchiveSummary, verifyArchive } from './verify.ts'

export interface VerifiedDisc {
  /** Its folder within what was chosen; empty where that is the disc itself. */
  readonly folder: string
  readonly summary: ArchiveSummary
  readonly findings: readonly ArchiveFinding[]
}

/** Files by the disc that they are on: where a list stands is a disc. Where none stands, all is one disc that is not whole. */
export function discsOf(files: readonly ArchiveFile[]): ReadonlyMap<string, readonly ArchiveFile[]> {
  const lists = files
    .filter(({ path }) => path === manifestName || path.endsWith(`/${manifestName}`))
    .map(({ path }) => path.slice(0, -manifestName.length))
  const folders = lists.filter((folder) => !lists.some((other) => other !== folder && folder.startsWith(other))).sort()
  if (folders.length === 0) return new Map([['', files]])
  return new Map(folders.map((folder) => [folder, filesUnder(folder, files)]))
}

const filesUnder = (folder: string, files: readonly ArchiveFile[]): readonly ArchiveFile[] =>
  files
    .filter(({ path }) => path.startsWith(folder))
    .map((file) => ({ path: file.path.slice(folder.length), size: file.size, read: (from, to, place) => file.read(from, to, place) }))

export type DiscOptions = Omit<ArchiveOptions, 'onFinding' | 'vouched'>

/** Verifies every disc of a folder. */
export async function* verifyDiscs(files: readonly ArchiveFile[], options: DiscOptions): AsyncGenerator<VerifiedDisc> {
  const vouchedFor = new Map<string, string>()
  const vouched = ({ agency, disc, others, period }: Description): string | undefined => {
    const archive = `${agency.id} ${period.from} ${period.until}`
    for (const [other, digest] of others) vouchedFor.set(`${archive} ${other}`, digest)
    return vouchedFor.get(`${archive} ${disc.at}`)
  }
  for (const [folder, own] of discsOf(files)) {
    const findings: ArchiveFinding[] = []
    const summary = await verifyArchive(own, { ...options, vouched, onFinding: (each) => findings.push(each) })
    yield { folder, summary, findings }
  }
}
