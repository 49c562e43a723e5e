// package-folder.ts: the files of a package, written into a folder that is not there yet; verified as the agency will.
import { ArchiveError, type ArchiveFacts, type ArchiveSink } from '../../audit/archive/archived.ts'
import { type WrittenDisc, writeArchive } from '../../audit/archive/writing.ts'
import type { DueDate } from '../../audit/due-dates.ts'
import { type AuditForm, unitsOf } from '../../audit/form/audit-form.ts'
import { packageNames, tableName, technicalPath } from '../../audit/package/layout.ts'
import { packageReadme } from '../../audit/package/readme.ts'
import type { PartialFolder } from '../../querylog/export/partial-folder.ts'
import { Progress } from '../log/progress.ts'
import { archiveText, findingsOf } from './archive-report.ts'
import type { FormEvidence } from './form-evidence.ts'
import type { FormTemplates } from './form-files.ts'
import { sealedIn } from './opened-subjects.ts'
import { type Printed, printed } from './printed.ts'
import type { RoundDraw } from './round-draw.ts'
import { periodName } from './sampled.ts'
import { verifyFolder } from './verify-archive.ts'

/** What a package is made from. */
export interface Packing {
  readonly of: RoundDraw
  readonly facts: ArchiveFacts
  readonly evidence: FormEvidence
  readonly templates: FormTemplates
  /** Absent: nothing is reported. */
  readonly due: DueDate | undefined
}

/** `115H1_379110000E` */
export const beginOf = ({ evidence: { agency }, of: { draw } }: Packing): string => `${periodName(draw)}_${agency.code}`

export interface Writing {
  readonly contents: Parameters<typeof writeArchive>[2]
  readonly form: AuditForm
  readonly files: ReadonlyMap<string, Uint8Array | string>
  /** The annex of calls that do not count, in parts. */
  readonly notCounted: AsyncIterable<string>
  readonly pdf: boolean
  readonly soffice: string | undefined
}

export interface Written {
  readonly disc: WrittenDisc
  /** Names on top, in order. */
  readonly names: readonly string[]
  readonly print: Printed | undefined
}

/** Writes the package, and verifies what was written.
 *  @throws ArchiveError with what was found */
export async function writePackage(
  folder: PartialFolder,
  packing: Packing,
  { contents, files, form, notCounted, pdf, soffice }: Writing,
): Promise<Written> {
  const { due, facts, of } = packing
  const { disc, tables } = await writeTechnical(folder, packing, contents)
  const print = pdf ? await printed(files, `${folder.path}/.pdf`, soffice) : undefined
  const all = new Map([...files, ...(print?.kind === 'made' ? print.files : [])])
  for (const [name, bytes] of all) await folder.put(name, bytes)
  const annex = form.notCounted
  for await (const part of notCounted) await folder.append(annex.file, Buffer.from(part))
  const withoutPdf = withoutPdfText(print)
  const readme = packageReadme({
    agency: facts.agency,
    period: form.period,
    round: of.round.number,
    ...(due !== undefined && { due }),
    units: unitsOf(form),
    items: form.rows.length,
    sealed: sealedIn(form.rows),
    reviews: form.reviews.length,
    records: disc.records,
    notCounted: annex.count,
    ...(withoutPdf !== undefined && { withoutPdf }),
    manifest: disc.manifest,
  })
  await folder.put(packageNames.readme, readme)
  await folder.put(packageNames.page, contents.page)
  await folder.save({})
  const verified = await verifyFolder(folder.path, [])
  if (findingsOf(verified) > 0)
    throw new ArchiveError(
      `寫出之資料夾未通過查核，已刪除；請先查核紀錄（linkage log verify）。 What was written does not verify and was removed: verify the logs first.\n${archiveText(verified, false)}`,
    )
  return { disc, names: [packageNames.readme, ...[...all.keys(), ...tables, annex.file].sort(), packageNames.page], print }
}

/** Why a package has no .pdf. */
function withoutPdfText(print: Printed | undefined): string | undefined {
  if (print === undefined) return '未製作 none was asked for'
  if (print.kind === 'absent')
    return '製作之電腦沒有 LibreOffice，請開啟 .ods、.odt 列印 no LibreOffice there: print the documents themselves'
  return print.kind === 'failed' ? '製作失敗，請開啟 .ods、.odt 列印 they could not be made: print the documents themselves' : undefined
}

/** An archive of the period as its only disc, in the folder that nobody needs to open; its table of records on top besides. */
async function writeTechnical(
  folder: PartialFolder,
  packing: Packing,
  contents: Writing['contents'],
): Promise<{ readonly disc: WrittenDisc; readonly tables: ReadonlySet<string> }> {
  const begin = beginOf(packing)
  const tables = new Set<string>()
  const sink: ArchiveSink = {
    append: async (path, bytes) => {
      const name = tableName(path, begin)
      if (name !== undefined) await folder.append(name, bytes)
      if (name !== undefined) tables.add(name)
      await folder.append(technicalPath(path), bytes)
    },
    put: (path, bytes) => folder.put(technicalPath(path), bytes),
  }
  const progress = new Progress(process.stderr)
  const [disc, ...more] = await writeArchive(sink, packing.facts, contents, {
    bytesOfDisc: Number.MAX_SAFE_INTEGER,
    onProgress: (log, index) => progress.tell(log.slot, index, log.size),
  })
  progress.clear()
  if (disc === undefined || more.length > 0) throw new TypeError('a package is one disc')
  return { disc, tables }
}
