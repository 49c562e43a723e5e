// signals.ts: `linkage audit signals`: what a month shows of each agency (R17): first without identities; with users for a named reader, once
// who reads and why is recorded.
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { MonthName } from '../../audit/period.ts'
import { reportPage } from '../../audit/signals/report/page.ts'
import type { AgencyReport, Reader } from '../../audit/signals/report/report.ts'
import { civilDateOf } from '../../calendar.ts'
import { canonicalJson } from '../../canonical.ts'
import { type AuditorOptions, commandKeys, readAuditor, withAuditor } from '../auditor.ts'
import { recordRead } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { monthAsked, type ReadableMonth, readableMonth } from './signals-asked.ts'
import { type AllReports, allReports } from './signals-read.ts'
import { signalsJson, signalsText } from './signals-text.ts'
import { refuseFolder, writeFolder } from './whole-folder.ts'

interface Options extends AuditorOptions {
  readonly month: string
  readonly agency?: string
  readonly json?: boolean
  readonly to?: string
  readonly users?: boolean
}

/** `linkage audit signals` */
export function signalsCommand(output: Output, now: () => number = Date.now): Command {
  const command = new Command('signals')
    .description(
      '異常徵兆月報：各機關，先不含身分；--users 含使用者（先記錄何人、為何） signals of a month, agency by agency: without identities; with users once who reads and why is recorded',
    )
    .requiredOption('--month <month>', '月份，2026-10 或 115-10 the month')
    .option('--agency <id>', '只此機關 only this agency')
    .option('--to <folder>', '另存報表之新資料夾：每機關一份網頁 a new folder for the reports, one page for each agency')
    .option('--users', '含使用者、案號、對象標籤，限署名之閱覽人 with users, cases and tags, for a named reader')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action(async (options: Options) => {
    const month = monthAsked(options.month, now())
    refuseUnused(options)
    if (options.users === true && (options.to ?? '') === '' && options.json !== true)
      throw new UsageError('--users 請以 --to 或 --json 指定輸出。 With --users, say where to: --to or --json.')
    const folder = options.to === undefined ? undefined : resolve(options.to)
    if (folder !== undefined) refuseFolder(folder)
    const place = await openPlace(resolve(options.config))
    try {
      const readable = await readableMonth(place, month, now())
      const reader = options.users === true ? await recordedReader(place, options, month, readable) : undefined
      const all = await read(place, options, readable, reader, now())
      if (folder !== undefined) await writeFolder(folder, pagesOf(all.reports))
      const told = { all, month: readable, reader, folder }
      output.write(options.json === true ? signalsJson(told) : signalsText(told))
    } finally {
      await place.close()
    }
  })
}

/** Whoever says why they read expects that it is recorded: it is not where nobody is named.
 *  @throws UsageError */
function refuseUnused({ as, assertion, document, key, kid, reason, users }: Options): void {
  if (users === true || [as, assertion, document, key, kid, reason].every((each) => each === undefined)) return
  throw new UsageError(
    '不含身分之報表不需證明何人閱覽；要含使用者請加 --users。 Without identities nobody has to say who reads: --users asks for users.',
  )
}

/** Records who reads what of whom, before anything of it is read.
 *  @throws UsageError, AuditorRefused, and what recording throws */
async function recordedReader(place: CommandPlace, options: Options, month: MonthName, { logs }: ReadableMonth): Promise<Reader> {
  const keys = commandKeys(options)
  const asked = { ...(options.agency !== undefined && { agency: options.agency }), form: 'signals', month }
  const act = { command: 'audit-signals', asked: canonicalJson(asked), needsDocument: false }
  const auditor = await readAuditor(options, act, place.snapshot)
  const { index, log } = await recordRead(place, keys, { act, auditor, logs })
  const { agency, document, reason, user } = auditor
  return { unit: agency.name, account: user.account, name: user.name, reason, document, log, index }
}

async function read(
  { snapshot, store }: CommandPlace,
  { agency }: Options,
  month: ReadableMonth,
  reader: Reader | undefined,
  now: number,
): Promise<AllReports> {
  const counting = store.openSignals(month.asked)
  try {
    const only = agency === undefined ? {} : { only: agency }
    const all = await allReports(counting, { snapshot, month, made: civilDateOf(now), ...only, ...(reader !== undefined && { reader }) })
    if (agency !== undefined && all.reports.length === 0)
      throw new UsageError(
        `--agency：設定及 ${month.asked.month} 之紀錄中都沒有機關 ${agency}。 Neither the configuration nor the month knows an agency ${agency}.`,
      )
    return all
  } finally {
    await counting.close()
  }
}

const pagesOf = (reports: readonly AgencyReport[]): ReadonlyMap<string, string> =>
  new Map(reports.map((report) => [fileOf(report), reportPage(report)]))

/** Names that every file system takes, and that say what is inside. */
const fileOf = ({ agency, month, named }: AgencyReport): string => `${month}-${agency.id}${named === undefined ? '' : '-users'}.html`
