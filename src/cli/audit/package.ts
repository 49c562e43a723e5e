// package.ts: `linkage audit package`: everything that an agency is handed over for a round, in one folder that verifies itself.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { technicalPath } from '../../audit/package/layout.ts'
import { daysOf } from '../../audit/period.ts'
import { canonicalJson, sha256Hex } from '../../canonical.ts'
import type { CommandAct } from '../../credential/command-assertion.ts'
import { PartialFolder, partialName } from '../../querylog/export/partial-folder.ts'
import { commandKeys, readAuditor, withAuditor } from '../auditor.ts'
import { type RecordedAct, recordRead, recordWhole } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { FINDINGS } from '../exit-code.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { archivedLogs, documentsOf, type Reading, wholeLog } from './archived-logs.ts'
import { formOf, readEvidence } from './form-evidence.ts'
import { formFiles, reportDueOf, templatesInForce } from './form-files.ts'
import { verifyPage } from './handed-in.ts'
import { notCountedTable } from './not-counted.ts'
import { type OpenedSubjects, type OpeningOptions, openedFor, openSubjects, withRecipient } from './opened-subjects.ts'
import { beginOf, type Packing, writePackage } from './package-folder.ts'
import { packageReport } from './package-report.ts'
import { roundDraw } from './round-draw.ts'
import { refuseFolder } from './whole-folder.ts'

interface Options extends OpeningOptions {
  readonly out: string
  readonly sample?: string
  readonly pdf: boolean
  readonly json?: boolean
}

/** `linkage audit package`. Subjects that do not open, and .pdf that could not be made, set exit code 1. */
export function packageCommand(output: Output, soffice?: string): Command {
  const command = new Command('package')
    .description(
      '製作交付機關之資料夾：表單、函稿、本期查詢紀錄、查核程式 what an agency is handed over for a round: forms, letters, its records, proofs',
    )
    .argument('<round>', '稽核編號，例如 taipei-education-115H1 number of the round')
    .requiredOption('--out <folder>', '輸出資料夾，不可已存在 the folder to write, which must not exist')
    .option('--sample <id>', '哪一次抽樣（預設最近一次） which of its draws (the newest)')
    .option('--no-pdf', '不製作 .pdf no .pdf, where LibreOffice is there')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(withRecipient(command)).action(async (number: string, options: Options) => {
    refuseOptions(options)
    const place = await openPlace(resolve(options.config))
    const store = place.store.openArchive()
    try {
      const packing = await readRound(place, number, options)
      output.write(await run(place, { reader: place.store.reader, store }, packing, options, soffice))
    } finally {
      await store.close()
      await place.close()
    }
  })
}

/** @throws UsageError */
function refuseOptions({ assertion, out, recipientKey }: Options): void {
  const folder = resolve(out)
  refuseFolder(folder)
  if (existsSync(partialName(folder)))
    throw new UsageError(
      `${partialName(folder)} 為未完成之交付資料夾，請刪除後重做。 A package was begun here and is not whole: remove it, and start again.`,
    )
  // An assertion is for one act: to open subjects, or to read the records.
  if (recipientKey !== undefined && assertion !== undefined)
    throw new UsageError(
      '--recipient-key 須以 --key 當場簽署：解除遮蔽與交付各為一筆紀錄。 Subjects are opened by --key: to open them and to hand over are two acts, an assertion is for one.',
    )
}

/** Reads everything that can be refused before anything is recorded.
 *  @throws UsageError */
async function readRound(place: CommandPlace, number: string, options: Options): Promise<Packing> {
  const { audit, snapshot, store } = place
  const of = await roundDraw(store.reader, number, options.sample)
  const { agency: id, audit: kind, from, released, state, until } = of.round
  if (state === 'withdrawn') throw new UsageError(`${number} 已作廢，不能交付。 The round is void: it is not handed over.`)
  if (kind === 'unannounced' && released === undefined)
    throw new UsageError(
      `${number} 為不定期稽核，尚未告知機關，不能交付：linkage audit report round released。 An unannounced audit is hidden from the agency until it is released.`,
    )
  const { last } = daysOf(of.draw)
  const templates = templatesInForce(resolve(options.config), last)
  const due = reportDueOf(of.round, last, snapshot.restDays)
  const counted = store.openCounted()
  const evidence = await readEvidence(place, counted, of).finally(() => counted.close())
  const { 'D-6': retention, 'D-19': encryption } = audit
  const { code, name } = evidence.agency
  return { of, evidence, templates, due, facts: { agency: { id, code, name }, period: { from, until }, retention, encryption } }
}

async function run(
  place: CommandPlace,
  reading: Reading,
  packing: Packing,
  options: Options,
  soffice: string | undefined,
): Promise<string> {
  const { facts, of } = packing
  const keys = commandKeys(options)
  const { first, last } = daysOf(facts.period)
  const [round, sample, open] = [of.round.number, of.recorded.ref.id, options.recipientKey !== undefined]
  const asked = { agency: facts.agency.id, form: 'package', from: first, open, round, sample, until: last }
  const act: CommandAct = { command: 'audit-package', asked: canonicalJson(asked), needsDocument: false }
  const auditor = await readAuditor(options, act, place.snapshot)
  const logs = await archivedLogs(reading, facts)
  const documents = await documentsOf(reading, logs)
  const opened = open ? await opening(place, keys, packing, options) : { subjects: new Map(), faults: [] }
  const form = formOf(packing.evidence, of, opened.subjects)
  const files = formFiles(form, packing.due, packing.templates, beginOf(packing), undefined)
  const folder = await PartialFolder.begin(resolve(options.out))
  let recorded: RecordedAct | undefined
  try {
    recorded = await recordRead(place, keys, { act, auditor, completes: true, logs: logs.map(wholeLog) })
    const contents = { logs, files: [], documents, page: verifyPage() }
    const notCounted = notCountedTable(place, of)
    const written = await writePackage(folder, packing, { contents, form, files, notCounted, pdf: options.pdf, soffice })
    const manifest = readFileSync(join(folder.path, technicalPath('MANIFEST.csv')))
    await folder.finish()
    const { id, index } = recorded
    await recordWhole(place, keys, { agency: facts.agency.id, of: { id, index }, bytes: manifest.length, sha256: sha256Hex(manifest) })
    if (opened.faults.length > 0 || written.print?.kind === 'failed') process.exitCode = FINDINGS
    return packageReport({ packing, options, form, opened, recorded, ...written })
  } catch (error) {
    await folder.discard()
    if (recorded !== undefined) process.stderr.write(notCounted(recorded, resolve(options.out)))
    throw error
  }
}

/** An entry is never taken back: without its completion it counts for nothing. */
const notCounted = ({ index, log }: RecordedAct, folder: string): string =>
  `注意：${log} 第 ${index} 筆沒有完結紀錄，不計為機關本期之下載${existsSync(folder) ? `；${folder} 請勿交付，請刪除` : ''}；排除原因後請重做並交付。\n` +
  `note: entry ${index} of ${log} has no completion and counts as no download of the agency${existsSync(folder) ? `: do not hand over ${folder}, remove it` : ''}; mend what is wrong, and make another.\n`

/** Subjects are opened as for the forms alone: an act of its own, before the package's. */
function opening(place: CommandPlace, keys: string, { evidence, of }: Packing, options: Options): Promise<OpenedSubjects> {
  const { round } = of
  const asked = { form: 'audit-form', ...openedFor(round), round: round.number, sample: of.recorded.ref.id }
  const { rows } = formOf(evidence, of, new Map())
  return openSubjects(place, keys, { act: { command: 'audit-form', asked: canonicalJson(asked) }, round, rows, options })
}
