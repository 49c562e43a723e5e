// archive.ts: `linkage audit archive`: the discs that an agency archives (六(一)7), verified before they are called whole.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { allCases } from '../../audit/all-cases.ts'
import { type ArchiveContents, type ArchivedLog, ArchiveError, type ArchiveFacts } from '../../audit/archive/archived.ts'
import { labelText } from '../../audit/archive/readme.ts'
import { wantingOf } from '../../audit/archive/wanting.ts'
import { type WrittenDisc, writeArchive } from '../../audit/archive/writing.ts'
import { daysOf, readPeriod } from '../../audit/period.ts'
import { recordedSteps } from '../../audit/recorded.ts'
import type { Round } from '../../audit/rounds.ts'
import { type CivilDate, civilDateOf } from '../../calendar.ts'
import { canonicalJson } from '../../canonical.ts'
import type { CommandAct } from '../../credential/command-assertion.ts'
import { PartialFolder, partialName } from '../../querylog/export/partial-folder.ts'
import { dayOf } from '../agency-file.ts'
import { type AuditorOptions, commandKeys, readAuditor, withAuditor } from '../auditor.ts'
import { type RecordedAct, recordRead } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { Progress } from '../log/progress.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { archiveText, findingsOf } from './archive-report.ts'
import { archivedLogs, documentsOf, type Reading, wholeLog } from './archived-logs.ts'
import { type DiscImage, discImage } from './disc-image.ts'
import { handedInFile, verifyPage } from './handed-in.ts'
import { verifyFolder } from './verify-archive.ts'

/** What a disc holds: DVD-R has 4,707,319,808 bytes, CD-R of 74 minutes 681,984,000. */
const bytesOfDiscs = { dvd: 4_300_000_000, cd: 650_000_000 } as const

interface Options extends AuditorOptions {
  readonly out: string
  readonly period: string
  readonly file: readonly string[]
  readonly disc: keyof typeof bytesOfDiscs
  readonly fileNumber?: string
  readonly archivedOn?: CivilDate
  readonly iso: boolean
  readonly json?: boolean
}

/** `linkage audit archive`. */
export function archiveCommand(output: Output, now: () => number = Date.now): Command {
  const command = new Command('archive')
    .description(
      '製作機關一期之歸檔光碟（先記錄何人、為何） the discs that archive an agency’s records of a period, once who and why is recorded',
    )
    .argument('<agency>', '機關代號 id of the agency')
    .requiredOption('--period <period>', '期間：115H2、115-07..115-12 half-year, month or months')
    .requiredOption('--out <folder>', '新資料夾 a folder that does not exist yet')
    .option('--file <file...>', '一併歸檔之檔案：稽核紀錄表、簽核文件 files handed in: forms, signed approvals', [])
    .addOption(new Option('--disc <kind>', '光碟容量 size of a disc').choices(Object.keys(bytesOfDiscs)).default('dvd'))
    .option('--file-number <number>', '檔號，印於標籤 file number, for the label')
    .option('--archived-on <day>', '歸檔日，據以計算保存至何時 day of archiving, from which retention counts', dayOf)
    .option('--no-iso', '不製作 .iso 映像檔 no image, where xorriso is there')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action(async (agency: string, options: Options) => {
    const keys = commandKeys(options)
    const place = await openPlace(resolve(options.config))
    const store = place.store.openArchive()
    try {
      const asked = factsOf(place, agency, options, civilDateOf(now()))
      const { cases } = allCases(await recordedSteps(place.store.reader)).rounds
      requireAudited(place, asked, cases)
      const facts = { ...asked, wanting: wantingOf(asked, cases, options.file.length) }
      await runArchive(place, { reader: place.store.reader, store }, keys, facts, options, output)
    } finally {
      await store.close()
      await place.close()
    }
  })
}

/** @throws UsageError that says what was expected */
function factsOf({ audit, snapshot }: CommandPlace, id: string, options: Options, today: CivilDate): ArchiveFacts {
  const agency = snapshot.agencies.get(id)
  if (agency === undefined) throw new UsageError(`${id}：設定中沒有此機關。 No agency of the configuration.`)
  const period = readPeriod(options.period)
  if (period === undefined)
    throw new UsageError(
      `--period: 應為 115H2、115-07 或 115-07..115-12。 Expected 115H2, 115-07 or 115-07..115-12, found ${options.period}.`,
    )
  const { last } = daysOf(period)
  if (last >= today)
    throw new UsageError(
      `--period ${options.period}：本期至 ${last} 止，尚未結束，不能歸檔。 It lasts until ${last}: only what is over can be archived.`,
    )
  const { 'D-6': retention, 'D-19': encryption } = audit
  const { archivedOn, fileNumber } = options
  return { agency: { id, code: agency.code, name: agency.name }, period, fileNumber, archivedOn, retention, encryption }
}

/** R10: 六(一)7 does not bind a using unit: a disc is made of what was audited of it, which the department does unannounced.
 *  @throws UsageError that says how its records are read otherwise */
function requireAudited(
  { snapshot }: CommandPlace,
  { agency: { id, name }, period }: ArchiveFacts,
  cases: ReadonlyMap<string, Round>,
): void {
  if (snapshot.agencies.get(id)?.kind !== 'using-unit') return
  const within = [...cases.values()].some(
    ({ agency, from, state, until }) => agency === id && state !== 'withdrawn' && from <= period.until && until >= period.from,
  )
  if (within) return
  throw new UsageError(
    [
      `${id}：${name}為使用單位，不自行稽核，亦無歸檔光碟（作業規定五），本期也沒有對其所為之不定期稽核。查核所需之紀錄：linkage log export --agency ${id}。`,
      `A using unit has no self-audit and archives no discs, and the department audited nothing of it in these months: for a check read its records by linkage log export --agency ${id}.`,
    ].join('\n'),
  )
}

async function runArchive(
  place: CommandPlace,
  reading: Reading,
  keys: string,
  facts: ArchiveFacts,
  options: Options,
  output: Output,
): Promise<void> {
  const files = options.file.map(handedInFile)
  const { first, last } = daysOf(facts.period)
  const asked = canonicalJson({ agency: facts.agency.id, form: 'archive', from: first, until: last })
  const act: CommandAct = { command: 'audit-archive', asked, needsDocument: false }
  const auditor = await readAuditor(options, act, place.snapshot)
  const logs = await archivedLogs(reading, facts)
  const out = resolve(options.out)
  refuseBegun(out)
  for (const each of facts.wanting ?? []) process.stderr.write(`注意 note: ${each}\n`)
  const folder = await PartialFolder.begin(out)
  try {
    const recorded = await recordRead(place, keys, { act, auditor, logs: logs.map(wholeLog) })
    const contents: ArchiveContents = { logs, files, documents: await documentsOf(reading, logs), page: verifyPage() }
    const discs = await writeDiscs(folder, facts, contents, options)
    const images = options.iso ? await imagesOf(folder.path, facts, discs, logs) : undefined
    await folder.finish()
    output.write(reportOf({ facts, options, recorded, discs, images, logs }))
  } catch (error) {
    await folder.discard()
    throw error
  }
}

/** @throws UsageError where an archive was begun here and never finished: it is half written, and not gone on with */
function refuseBegun(out: string): void {
  if (!existsSync(partialName(out))) return
  throw new UsageError(
    `${partialName(out)} 為未完成之歸檔資料夾，請刪除後重做。 An archive was begun here and is not whole: remove it, and start again.`,
  )
}

/** Writes the discs, and verifies what was written as anybody else will: only then it is called whole.
 *  @throws ArchiveError with what was found */
async function writeDiscs(
  folder: PartialFolder,
  facts: ArchiveFacts,
  contents: ArchiveContents,
  { disc }: Options,
): Promise<readonly WrittenDisc[]> {
  const progress = new Progress(process.stderr)
  const discs = await writeArchive(folder, facts, contents, {
    bytesOfDisc: bytesOfDiscs[disc],
    onProgress: (log, index) => progress.tell(log.slot, index, log.size),
  })
  progress.clear()
  await folder.put('label.txt', labelText(facts, discs))
  await folder.save({})
  for (const each of discs) {
    const verified = await verifyFolder(join(folder.path, each.folder), [])
    if (findingsOf(verified) > 0)
      throw new ArchiveError(
        `寫出之歸檔資料夾未通過查核，已刪除；請先查核紀錄（linkage log verify）。 What was written does not verify and was removed: verify the logs first.\n${archiveText(verified, false)}`,
      )
  }
  return discs
}

/** An image of each disc, where xorriso is there. */
async function imagesOf(
  folder: string,
  { agency, period }: ArchiveFacts,
  discs: readonly WrittenDisc[],
  logs: readonly ArchivedLog[],
): Promise<readonly DiscImage[] | undefined> {
  const images: DiscImage[] = []
  // The youngest of the entries that frame the records: an image says when it was made, and there is no other clock here.
  const at = Math.max(...logs.flatMap(({ acts, frame }) => [...acts, ...frame]).map(({ entry }) => Date.parse(JSON.parse(entry).at)))
  for (const { at: nth, folder: name } of discs) {
    const volume = `${period.from}_${period.until}_${agency.code}_${nth}`
    const image = await discImage(join(folder, name), join(folder, `${name}.iso`), volume, at)
    if (image === undefined) return undefined
    images.push(image)
  }
  return images
}

interface Reported {
  readonly facts: ArchiveFacts
  readonly options: Options
  readonly recorded: RecordedAct
  readonly discs: readonly WrittenDisc[]
  readonly images: readonly DiscImage[] | undefined
  readonly logs: readonly ArchivedLog[]
}

function reportOf(reported: Reported): string {
  const { facts, options, recorded, discs, images, logs } = reported
  if (options.json === true) {
    const { at: _, ...entry } = recorded
    const { agency, period } = facts
    const told = discs.map(({ at, folder, manifest, records, recipients }) => ({
      at,
      folder,
      manifest,
      records,
      recipients: Object.fromEntries(recipients),
    }))
    const read = logs.map(({ log, size, slot }) => ({ log, size, slot }))
    return `${JSON.stringify({ folder: resolve(options.out), agency, period, entry, discs: told, images: images ?? [], logs: read, wanting: facts.wanting ?? [] }, null, 2)}\n`
  }
  return [
    `已製作歸檔光碟 archived: ${resolve(options.out)}`,
    `    ${facts.agency.name}，${facts.period.from} – ${facts.period.until}；已查核 verified`,
    ...(facts.wanting ?? []).map((each) => `    尚缺 wanting: ${each}`),
    ...discs.map(
      ({ at, folder, manifest, records }) =>
        `    ${at}/${discs.length} ${folder}：${records.toLocaleString('en')} 筆 records，清單雜湊值 SHA-256 of MANIFEST.csv ${manifest}`,
    ),
    ...(images ?? []).map(({ bytes, name, sha256 }) => `    ${name}：${bytes.toLocaleString('en')} 位元組 bytes，SHA-256 ${sha256}`),
    ...(options.iso && images === undefined
      ? ['    未安裝 xorriso，未製作 .iso；請以燒錄程式燒錄各片資料夾 xorriso is not installed: no image; burn the folders']
      : []),
    '    label.txt：光碟標籤 the labels for the sleeves；清單雜湊值請載入歸檔簽呈 the digests belong into the signed document',
    `    已記入 recorded: ${recorded.log} 第 ${recorded.index} 筆`,
    ...(facts.encryption === 'always'
      ? ['    注意 note: D-19：光碟應加密，請於燒錄前為之 the discs must be encrypted, before they are burnt']
      : []),
    '',
  ].join('\n')
}
