// import.ts: `linkage audit import`: the filled forms of a round taken back: all of them as one, and only where nothing is wrong with any.
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { AnswerFinding } from '../../audit/answers/finding.ts'
import { resultsDocument } from '../../audit/answers/results-document.ts'
import { roundAnswers } from '../../audit/answers/round-answers.ts'
import { type DrawOfRound, newestOfEach, roundAsked } from '../../audit/answers/round-items.ts'
import type { AuditForm } from '../../audit/form/audit-form.ts'
import type { FormInForce } from '../../audit/form/unit-workbook.ts'
import { daysOf } from '../../audit/period.ts'
import { type CivilDate, civilDateOf } from '../../calendar.ts'
import { canonicalJson, sha256Hex } from '../../canonical.ts'
import type { CommandAct } from '../../credential/command-assertion.ts'
import { dayOf } from '../agency-file.ts'
import { type AuditorOptions, commandKeys, readAuditor, withAuditor } from '../auditor.ts'
import { recordRead } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { FINDINGS } from '../exit-code.ts'
import { UsageError } from '../log/usage-error.ts'
import { refuseThere, writeWhole } from '../log/write-whole.ts'
import type { Output } from '../output.ts'
import { isColoured } from '../terminal-text.ts'
import { type FormEvidence, formOf, placeName, readEvidence, readLogs } from './form-evidence.ts'
import { templateInForce } from './form-files.ts'
import { filesGiven, readFiles } from './handed-back/files-given.ts'
import { handedOutTables } from './handed-back/handed-out.ts'
import { subjectsKnown } from './handed-back/subjects-known.ts'
import { type ImportReport, importJson, importText } from './import-report.ts'
import { recordStep, type StepGiven } from './record-step.ts'
import { DrawnLists, type RoundDraw, roundDraws, roundNamed } from './round-draw.ts'
import { HeldToDraws } from './round-held.ts'
import { samplesOf } from './sampling.ts'

interface Options extends AuditorOptions {
  readonly out?: string
  readonly record?: boolean
  readonly day?: CivilDate
  readonly json?: boolean
}

/** `linkage audit import`. Anything that is wrong with a file sets exit code 1, and nothing is written or recorded. */
export function importCommand(output: Output, now: () => number = Date.now): Command {
  const command = new Command('import')
    .description('匯回填好之稽核紀錄表：合併、查核、計算已填 filled forms taken back: merged, held against what was handed out, counted')
    .argument('<round>', '稽核編號，例如 taipei-education-115H1 number of the round')
    .argument('<file...>', '填回之檔案（.ods、.xlsx、.csv）或其資料夾；每次給全部 filled forms, or folders of them: all, each time')
    .option('--out <file>', '稽核結果檔（JSON），不可已存在；未指定則只查核 the results to write; without it the forms are only looked at')
    .option('--record', '無不符時，一併登載「已稽核」（須 --key） record the step audited too, where nothing is wrong; needs --key')
    .option('--day <day>', '稽核完成日（預設今日） with --record: the day on which the audit was done (today)', dayOf)
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action(async (number: string, files: readonly string[], options: Options) => {
    refuseOptions(options)
    const given = filesGiven(files)
    const place = await openPlace(resolve(options.config))
    try {
      const round = await readRound(place, number, options)
      await run(place, { round, given, options, now }, output)
    } finally {
      await place.close()
    }
  })
}

/** @throws UsageError */
function refuseOptions({ assertion, out, record }: Options): void {
  if (out !== undefined) refuseThere(resolve(out))
  // An assertion is for one act: to read the round, or to record what came of it.
  if (record === true && assertion !== undefined)
    throw new UsageError(
      '--record 須以 --key 當場簽署；持 --assertion 者請先 --out，再 linkage audit report round audited。 With an assertion write the results by --out, and record them by linkage audit report round audited.',
    )
}

/** A round as its forms were handed out. */
interface RoundHandedOut {
  readonly number: string
  /** The newest first. */
  readonly draws: readonly [RoundDraw, ...RoundDraw[]]
  /** Those that were read for it. */
  readonly lists: DrawnLists
  readonly template: FormInForce<'audit-form'>
}

/** @throws UsageError where it has no such round, or takes no results now */
async function readRound({ store }: CommandPlace, number: string, { config }: Options): Promise<RoundHandedOut> {
  const round = await roundNamed(store.reader, number)
  if (!['in-audit', 'audited', 'to-be-corrected'].includes(round.state))
    throw new UsageError(
      round.state === 'sampled'
        ? `${number} 尚未開始稽核：請先 linkage audit report round started ${number} --auditor …。 The audit has not begun: record who audits first.`
        : `${number} 為「${round.state}」，不再收結果；須補正者請先 linkage audit report round returned。 The round takes no results in this state; what is to be corrected is returned first.`,
    )
  const lists = new DrawnLists(store.reader)
  const draws = await roundDraws(lists, round, await samplesOf(store.reader))
  const [newest] = draws
  return { number, draws, lists, template: templateInForce(resolve(config), 'audit-form', daysOf(newest.draw).last) }
}

interface Asked {
  readonly round: RoundHandedOut
  readonly given: ReturnType<typeof filesGiven>
  readonly options: Options
  readonly now: () => number
}

async function run(place: CommandPlace, { given, now, options, round }: Asked, output: Output): Promise<void> {
  const keys = commandKeys(options)
  const { draws, lists, number } = round
  const samples = draws.map(({ recorded }) => recorded.ref.id)
  const act: CommandAct = {
    command: 'audit-import',
    asked: canonicalJson({ form: 'audit-import', round: number, samples: [...samples].sort() }),
    needsDocument: false,
  }
  const auditor = await readAuditor(options, act, place.snapshot)
  const evidence = await readAll(place, draws)
  const forms = draws.map((of, at) => formOf(evidenceAt(evidence, at), of, new Map()))
  // What stands in the rows is told where it was changed: that is reading them.
  const logs = newestOfEach(draws).flatMap((of) => readLogs(of, forms[draws.indexOf(of)]?.rows ?? []))
  await recordRead(place, keys, { act, auditor, logs })
  const subjects = await subjectsKnown(place.store.reader, forms, evidence)
  const report = await importFiles({ given, round, forms, evidence, subjects, today: civilDateOf(now()) })
  const done =
    report.findings.length > 0 ? report : await take(place, keys, report, { samples, options, now, draws: new HeldToDraws(place, lists) })
  output.write(options.json === true ? importJson(done) : importText(done, isColoured(output)))
  if (done.findings.length > 0) process.exitCode = FINDINGS
}

async function readAll(place: CommandPlace, draws: readonly RoundDraw[]): Promise<readonly FormEvidence[]> {
  const counted = place.store.openCounted()
  try {
    const all: FormEvidence[] = []
    for (const of of draws) all.push(await readEvidence(place, counted, of))
    return all
  } finally {
    await counted.close()
  }
}

function evidenceAt(evidence: readonly FormEvidence[], at: number): FormEvidence {
  const found = evidence[at]
  if (found === undefined) throw new TypeError('each draw of the round was read')
  return found
}

interface Importing {
  readonly given: Asked['given']
  readonly round: RoundHandedOut
  readonly forms: readonly AuditForm[]
  readonly evidence: readonly FormEvidence[]
  readonly subjects: Awaited<ReturnType<typeof subjectsKnown>>
  readonly today: CivilDate
}

async function importFiles({ evidence, forms, given, round, subjects, today }: Importing): Promise<ImportReport> {
  const { draws, number, template } = round
  const { fewUsers } = evidenceAt(evidence, 0)
  const asked = roundAsked(
    draws[0].round,
    draws.map((of, at) => drawnOf(of, evidenceAt(evidence, at))),
    fewUsers,
  )
  const items = new Map(asked.items.map((item) => [item.key, item]))
  const { issued } = evidenceAt(evidence, evidence.length - 1) // on the day of the first draw auditing could begin
  const retitled = evidence.some(({ unread }) => unread.length > 0)
  const tables = handedOutTables({ forms, items, subjects, retitled }, template)
  const read = await readFiles(given, tables, { from: issued, until: today })
  const answers = roundAnswers(asked, read.answers)
  const findings: readonly AnswerFinding[] = [...read.findings, ...answers.findings]
  const files = given.map(({ path }) => path)
  return { round: number, files, skipped: read.skipped, findings, answers }
}

const drawnOf = ({ draw }: RoundDraw, { entries, issued, roster }: FormEvidence): DrawOfRound => ({
  draw,
  roster,
  on: issued,
  dayOf: (record) => {
    const entry = entries.get(placeName(record))
    if (entry === undefined) throw new TypeError('each drawn record was read')
    return civilDateOf(Date.parse(entry.query.at))
  },
})

interface Taking {
  readonly samples: readonly string[]
  readonly draws: HeldToDraws
  readonly options: Options
  readonly now: () => number
}

/** Writes the results, and records them where that was asked. */
async function take(
  place: CommandPlace,
  keys: string,
  report: ImportReport,
  { draws, now, options, samples }: Taking,
): Promise<ImportReport> {
  if (options.out === undefined && options.record !== true) return report
  const bytes = Buffer.from(resultsDocument(report.round, samples, report.answers))
  const document = sha256Hex(bytes)
  const written = options.out === undefined ? {} : { written: await writeWhole(resolve(options.out), bytes) }
  if (options.record !== true) return { ...report, digest: document, ...written }
  const results = { document, ...report.answers.results }
  const asked = { about: 'round', number: report.round, step: 'audited', day: options.day ?? civilDateOf(now()), results }
  const given: StepGiven = { kind: 'rounds', asked, needsDocument: false, held: bytes }
  const { recorded } = await recordStep(place, keys, options, given, now, draws)
  return { ...report, digest: document, ...written, recorded }
}
