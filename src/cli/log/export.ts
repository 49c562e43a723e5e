// export.ts: `linkage log export`: query records read out of the log, for auditors; each export is an entry before its first row.
import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { canonicalJson } from '../../canonical.ts'
import type { CommandAct } from '../../credential/command-assertion.ts'
import type { ExportAsked, ExportedLog } from '../../querylog/export/asked.ts'
import { PartialFolder } from '../../querylog/export/partial-folder.ts'
import type { ExportStore } from '../../querylog/export/ports.ts'
import { type Manifest, readmeText, trustPolicy } from '../../querylog/export/readme.ts'
import { beginRows, exportRows, type RowsState, rowsBegin } from '../../querylog/export/rows.ts'
import { type Absent, exportTiles, type TilesState, tilesBegin } from '../../querylog/export/tiles.ts'
import { type AuditorOptions, commandKeys, readAuditor, withAuditor } from '../auditor.ts'
import { type RecordedAct, recordRead } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { FINDINGS } from '../exit-code.ts'
import type { Output } from '../output.ts'
import { type AskedOptions, askedOf, unknownNames } from './export-asked.ts'
import { exportedLogs, type Unsigned } from './exported-logs.ts'
import { Progress } from './progress.ts'
import { UsageError } from './usage-error.ts'

/** How much is done again at most after an interruption: bytes of rows, chunks of 4,096 entries. */
const [rowsStep, tilesStep] = [64 * 1024 * 1024, 8]

interface Options extends AskedOptions, AuditorOptions {
  readonly out: string
  readonly resume?: boolean
  readonly roc?: boolean
  readonly json?: boolean
}

/** `linkage log export`. What could not be exported whole sets exit code 1. */
export function exportCommand(output: Output): Command {
  const command = new Command('export')
    .description('匯出查詢紀錄（先記錄何人、匯出什麼、為何） read records out of the log, once who, what and why is recorded')
    .requiredOption('--out <folder>', '新資料夾 a folder that does not exist yet')
    .option('--form <form>', 'ndjson 原文、csv 試算表、tiles 整份紀錄（C2SP tlog-tiles） exact entries, tables, or whole logs', 'ndjson')
    .option('--agency <id>', '機關代號 only of this agency')
    .option('--api <id>', '只含此 API only of this API')
    .option('--user <account>', '該機關之使用者帳號 only of this account of the agency')
    .option('--month <month>', '月份，2026-11 或 115-11 a month')
    .option('--from <day>', '起日，含當日（臺北時間） first day, in Taipei')
    .option('--until <day>', '迄日，含當日 last day')
    .option('--slot <slot...>', '只含這些槽 only these slots')
    .option('--roc', 'csv 之日期以民國表示 dates of tables in the ROC calendar')
    .option('--resume', '續作中斷之匯出（需重新簽署） go on with an export that was interrupted; signed anew')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action(async (options: Options) => {
    const keys = commandKeys(options)
    const place = await openPlace(resolve(options.config))
    const rows = place.store.openExport()
    try {
      await runExport(place, rows, keys, options, output)
    } finally {
      await rows.close()
      await place.close()
    }
  })
}

/** What is kept to go on with. */
interface Begun extends Manifest {
  readonly roc: boolean
  readonly rows: RowsState
  readonly tiles: TilesState
  readonly unsigned: readonly Unsigned[]
  /** What there was to say of it, once everything was read. */
  readonly done?: Done
}

async function runExport(place: CommandPlace, rows: ExportStore, keys: string, options: Options, output: Output): Promise<void> {
  const asked = askedOf(options, place.snapshot)
  for (const each of unknownNames(asked, place.snapshot)) process.stderr.write(`${each}\n`)
  const act: CommandAct = { command: 'log-export', asked: canonicalJson(asked), needsDocument: false }
  const auditor = await readAuditor(options, act, place.snapshot)
  const { folder, begun, whole } = options.resume === true ? await resumed(options, act) : await begin(place, rows, asked, options)
  if (whole !== undefined) return await endWhole(folder, begun, whole, options, output)
  let recorded: RecordedAct
  try {
    const logs = begun.logs.map(({ from, log, root, size, slot, to }) => ({ from, log, root, size, slot, to }))
    const continues = begun.entries[0]?.id
    recorded = await recordRead(place, keys, { act, auditor, logs }, continues)
  } catch (error) {
    await (options.resume === true ? folder.leave() : folder.discard())
    throw error
  }
  const { id, index, log } = recorded
  const known: Begun = { ...begun, entries: [...begun.entries, { id, index, log }] }
  await write(rows, folder, known, options, output)
}

async function begin({ store }: CommandPlace, rows: ExportStore, asked: ExportAsked, { out, roc }: Options): Promise<Going> {
  const { logs, unsigned } = await exportedLogs(store, rows, asked)
  const folder = await PartialFolder.begin(resolve(out))
  return { folder, whole: undefined, begun: { asked, entries: [], logs, roc: roc === true, rows: rowsBegin, tiles: tilesBegin, unsigned } }
}

interface Going {
  readonly folder: PartialFolder
  readonly begun: Begun
  /** Of one that has its name already: nothing is read any more, so nothing more is recorded. */
  readonly whole: Done | undefined
}

async function resumed({ out, roc }: Options, { asked }: CommandAct): Promise<Going> {
  const { folder, isWhole, saved } = await PartialFolder.resume(resolve(out))
  const begun = saved as Begun // written by `write`, into a folder that this user owns
  const isSame = canonicalJson(begun.asked) === asked && begun.roc === (roc === true)
  if (isSame && !isWhole) return { folder, begun, whole: undefined }
  if (isSame && begun.done !== undefined) return { folder, begun, whole: begun.done }
  await folder.leave()
  if (isSame)
    throw new UsageError(
      `${folder.path}：已寫入之內容不見了，無法續作；請刪除 ${dirname(folder.path)} 後重來。 What was written is gone: remove ${dirname(folder.path)} and export again.`,
    )
  throw new UsageError(
    `中斷之匯出條件不同：${canonicalJson(begun.asked)}${begun.roc ? ' --roc' : ''}。 The interrupted export was asked for otherwise; give the same options.`,
  )
}

async function write(rows: ExportStore, folder: PartialFolder, begun: Begun, options: Options, output: Output): Promise<void> {
  const progress = new Progress(process.stderr)
  const { asked, entries, logs } = begun
  try {
    if (options.resume !== true && asked.form !== 'tiles') await beginRows(folder, logs, asked)
    await folder.save(begun)
    const { at, read } =
      asked.form === 'tiles' ? await writeTiles(rows, folder, begun, progress) : await writeRows(rows, folder, begun, progress)
    const manifest: Manifest = { asked, entries, logs }
    await folder.put('export.json', `${JSON.stringify(manifest, null, 2)}\n`)
    await folder.put('README.txt', readmeText(manifest))
    if (asked.form === 'tiles') await folder.put('trust-policy.txt', trustPolicy(logs))
    // What may fail comes before the folder gets its name: behind it nothing is read any more.
    const retired = await retiredOf(rows, logs)
    const missing = Math.max(0, read.missing - retired.reduce((sum, { from, to }) => sum + to - from, 0))
    const whole: Done = { ...read, missing, retired }
    await folder.save({ ...at, done: whole })
    progress.clear()
    await endWhole(folder, at, whole, options, output)
  } catch (error) {
    progress.clear()
    await folder.leave()
    process.stderr.write(`匯出中斷，可以 --resume 續作。 The export was interrupted: go on with --resume.\n`)
    throw error
  }
}

/** Gives the folder its name, and says what is in it. */
async function endWhole(folder: PartialFolder, begun: Begun, done: Done, options: Options, output: Output): Promise<void> {
  const { asked, entries, logs, unsigned } = begun
  await folder.finish()
  const report: Report = { folder: resolve(options.out), manifest: { asked, entries, logs }, unsigned, ...done }
  output.write(options.json === true ? reportJson(report) : reportText(report))
  const isMissing = done.absent.some((each) => !isRetired(each, done.retired))
  if (isMissing || done.missing > 0 || unsigned.length > 0) process.exitCode = FINDINGS
}

/** What retire entries took out of the spans that were exported: neighbouring months as one. */
async function retiredOf(store: ExportStore, logs: readonly ExportedLog[]): Promise<readonly Retired[]> {
  const all: Retired[] = []
  for (const { from, slot, to } of logs) {
    const spans = (await store.retired(slot)).map((each) => ({ slot, from: Math.max(from, each.from), to: Math.min(to, each.to) }))
    for (const each of spans.filter((span) => span.from < span.to)) {
      const last = all.at(-1)
      if (last?.slot === slot && last.to >= each.from) all[all.length - 1] = { ...last, to: each.to }
      else all.push(each)
    }
  }
  return all
}

const isRetired = ({ from, slot, to }: Absent, retired: readonly Retired[]): boolean =>
  retired.some((each) => each.slot === slot && each.from <= from && to <= each.to)

type Done = Pick<Report, 'rows' | 'missing' | 'absent' | 'retired'>

interface Written {
  /** How far it is: to the end. */
  readonly at: Begun
  readonly read: Omit<Done, 'retired'>
}

async function writeRows(store: ExportStore, folder: PartialFolder, begun: Begun, progress: Progress): Promise<Written> {
  const { asked, logs, roc } = begun
  const onProgress = (log: ExportedLog, index: number) => progress.tell(log.slot, index - log.from, log.to - log.from)
  const save = (rows: RowsState) => folder.save({ ...begun, rows })
  const rows = await exportRows(store, folder, logs, asked, begun.rows, save, { roc, step: rowsStep, onProgress })
  return { at: { ...begun, rows }, read: { rows: rows.rows, missing: rows.missing, absent: [] } }
}

async function writeTiles(store: ExportStore, folder: PartialFolder, begun: Begun, progress: Progress): Promise<Written> {
  const { logs } = begun
  const onProgress = (log: ExportedLog, index: number) => progress.tell(log.slot, index, log.size)
  const save = (tiles: TilesState) => folder.save({ ...begun, tiles })
  const absent = await exportTiles(store, folder, logs, begun.tiles, save, { step: tilesStep, onProgress })
  const at = { ...begun, tiles: { log: logs.length, next: 0, absent } }
  return { at, read: { rows: logs.reduce((sum, { size }) => sum + size, 0), missing: 0, absent } }
}

/** Indexes [from, to) of a log. */
interface Retired {
  readonly slot: string
  readonly from: number
  readonly to: number
}

interface Report {
  readonly folder: string
  readonly manifest: Manifest
  readonly rows: number
  /** Indexes without an entry. */
  readonly missing: number
  readonly absent: readonly Absent[]
  readonly retired: readonly Retired[]
  readonly unsigned: readonly Unsigned[]
}

function reportText({ folder, manifest: { entries, logs }, rows, missing, absent, retired, unsigned }: Report): string {
  return [
    `已匯出 exported: ${folder}`,
    `    ${rows.toLocaleString('en')} 筆 rows；${logs.map(({ from, slot, to }) => `槽 slot ${slot}: ${from}–${to}`).join('，')}`,
    ...entries.slice(-1).map(({ index, log }) => `    已記入 recorded: ${log} 第 ${index} 筆`),
    ...(missing > 0 ? [`    注意 note: ${missing} 個序號沒有紀錄 indexes hold no entry: linkage log verify`] : []),
    ...retired.map(({ from, slot, to }) => `    已移出 retired: 槽 slot ${slot} ${from}–${to - 1}：保存年限屆滿 their time is over`),
    ...absent
      .filter((each) => !isRetired(each, retired))
      .map(
        ({ from, slot, there, to }) =>
          `    注意 note: 槽 slot ${slot} ${from}–${to - 1}：缺 ${to - from - there} 筆 entries are missing${there > 0 ? `，其餘 ${there} 筆請以 ndjson 匯出 the others: export them as ndjson` : ''}`,
      ),
    ...unsigned.map(
      ({ entries: count, slot }) =>
        `    注意 note: 槽 slot ${slot}：最後 ${count} 筆尚未簽章，未匯出 the last entries are not signed yet, and left out`,
    ),
    '',
  ].join('\n')
}

/** The document of `--json`. Members are only ever added. */
const reportJson = ({ folder, manifest, rows, missing, absent, retired, unsigned }: Report): string =>
  `${JSON.stringify({ folder, ...manifest, rows, missing, absent, retired, unsigned }, null, 2)}\n`
