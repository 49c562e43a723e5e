// form.ts: `linkage audit form`: the forms of a round, filled with its drawn records: for each unit head a workbook, and the letters.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { type AuditForm, unitOf, unitsOf } from '../../audit/form/audit-form.ts'
import { daysOf } from '../../audit/period.ts'
import { canonicalJson } from '../../canonical.ts'
import type { CommandAct } from '../../credential/command-assertion.ts'
import { commandKeys, readAuditor, withAuditor } from '../auditor.ts'
import { recordRead } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { FINDINGS } from '../exit-code.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { type FormEvidence, formOf, readEvidence, readLogs } from './form-evidence.ts'
import { formFiles, reportDueOf, templatesInForce } from './form-files.ts'
import { notCountedTable } from './not-counted.ts'
import {
  type OpenedSubjects,
  type OpeningOptions,
  openedFor,
  openSubjects,
  sealedIn,
  sealedText,
  withRecipient,
} from './opened-subjects.ts'
import { type RoundDraw, roundDraw } from './round-draw.ts'
import { periodName } from './sampled.ts'
import { type FolderFiles, refuseFolder, writeFolder } from './whole-folder.ts'

interface Options extends OpeningOptions {
  readonly out: string
  readonly sample?: string
  readonly unit?: readonly string[]
  readonly json?: boolean
}

/** `linkage audit form`. Subjects that do not open set exit code 1. */
export function formCommand(output: Output): Command {
  const command = new Command('form')
    .description('產生稽核紀錄表（各單位主管一份）、簽稿、報送函稿 the forms of a round: a workbook for each unit head, drafts of letters')
    .argument('<round>', '稽核編號，例如 taipei-education-115H1 number of the round')
    .requiredOption('--out <folder>', '輸出資料夾，不可已存在 the folder to write, which must not exist')
    .option('--sample <id>', '哪一次抽樣（預設最近一次） which of its draws (the newest)')
    .option('--unit <unit...>', '僅這些單位之稽核紀錄表 the workbooks of these units only')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(withRecipient(command)).action(async (number: string, options: Options) => {
    refuseFolder(resolve(options.out))
    const place = await openPlace(resolve(options.config))
    try {
      await run(place, number, options, output)
    } finally {
      await place.close()
    }
  })
}

async function run(place: CommandPlace, number: string, options: Options, output: Output): Promise<void> {
  const keys = commandKeys(options)
  const of = await roundDraw(place.store.reader, number, options.sample)
  const { last } = daysOf(of.draw)
  const templates = templatesInForce(resolve(options.config), last)
  const due = reportDueOf(of.round, last, place.snapshot.restDays)
  const counted = place.store.openCounted()
  const evidence = await readEvidence(place, counted, of).finally(() => counted.close())
  const sealed = formOf(evidence, of, new Map())
  const units = unitsAsked(options.unit, sealed)
  const asked = {
    form: 'audit-form',
    ...(options.recipientKey === undefined ? { open: false } : openedFor(of.round)),
    round: number,
    sample: of.recorded.ref.id,
    ...(units !== undefined && { units }),
  }
  const act = { command: 'audit-form', asked: canonicalJson(asked) }
  const opened = await recorded(place, keys, act, { of, form: sealed, evidence, units, options })
  const form = formOf(evidence, of, opened.subjects)
  const begin = `${periodName(of.draw)}_${evidence.agency.code}`
  const files: FolderFiles = new Map(formFiles(form, due, templates, begin, units))
  // D-10: a unit's workbook alone comes without it.
  if (units === undefined) files.set(form.notCounted.file, notCountedTable(place, of))
  const folder = resolve(options.out)
  await writeFolder(folder, files)
  const shown = {
    folder,
    files: [...files.keys()],
    rows: form.rows.length,
    sealed: sealedIn(form.rows.filter(isWanted(units))),
    faults: opened.faults,
    unread: evidence.unread,
  }
  output.write(options.json === true ? `${JSON.stringify(shown, null, 2)}\n` : textOf(shown))
  if (opened.faults.length > 0) process.exitCode = FINDINGS
}

/** @throws UsageError that names the units of the form */
function unitsAsked(given: readonly string[] | undefined, form: AuditForm): readonly string[] | undefined {
  if (given === undefined) return undefined
  const known = unitsOf(form)
  const strange = given.filter((unit) => !known.includes(unit))
  if (strange.length === 0) return [...new Set(given)].sort()
  throw new UsageError(`--unit：沒有單位 ${strange.join('、')}，應為：${known.join('、')}。 Expected units with something to audit.`)
}

interface Asked {
  readonly of: RoundDraw
  readonly form: AuditForm
  readonly evidence: FormEvidence
  readonly units: readonly string[] | undefined
  readonly options: Options
}

const isWanted = (units: readonly string[] | undefined) => (row: AuditForm['rows'][number]) => units?.includes(unitOf(row)) ?? true

/** Records that the form is made, before anything of it is written; with a recipient's key as a disclosure of each subject.
 *  @throws what recording throws: then nothing is written */
async function recorded(place: CommandPlace, keys: string, act: Omit<CommandAct, 'needsDocument'>, asked: Asked): Promise<OpenedSubjects> {
  const { evidence, form, of, options, units } = asked
  const rows = form.rows.filter(isWanted(units))
  if (options.recipientKey !== undefined) return await openSubjects(place, keys, { act, round: of.round, rows, options })
  const read: CommandAct = { ...act, needsDocument: false }
  await recordRead(place, keys, {
    act: read,
    auditor: await readAuditor(options, read, place.snapshot),
    logs: readLogs(of, rows, units === undefined ? evidence.uncounted : undefined),
  })
  return { subjects: new Map(), faults: [] }
}

interface Shown {
  readonly folder: string
  readonly files: readonly string[]
  readonly rows: number
  readonly sealed: number
  readonly faults: readonly string[]
  readonly unread: readonly string[]
}

function textOf({ faults, files, folder, rows, sealed, unread }: Shown): string {
  return [
    `已產生 written: ${folder}（${rows} 件 items）`,
    ...files.map((name) => `    ${name}`),
    ...(sealed > 0 ? [`    ${sealedText(sealed)}`] : []),
    ...faults.map((fault) => `    無法解除遮蔽 it does not open: ${fault}`),
    ...unread.map((digest) => `    ${digest}：該版本設定無法重建，名稱依現行設定 rules that cannot be made again: titles are today’s`),
    '',
  ].join('\n')
}
