// retire.ts: `linkage log retire <month>`: what keeps a month in the database, and, where nothing does, taking it out.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { type MonthName, readMonth } from '../../audit/period.ts'
import { type Kept, whatKeeps } from '../../audit/retention.ts'
import { civilDateOf, showRocDateShort } from '../../calendar.ts'
import { uuidv7 } from '../../gateway/ids.ts'
import { QueryLog } from '../../querylog/log.ts'
import {
  CannotRetire,
  type MonthPlace,
  type RetentionStore,
  recordRetirement,
  retiredAlready,
  retirementsOf,
} from '../../querylog/retire.ts'
import { verifyLogs } from '../../verifier/logs.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { FINDINGS } from '../exit-code.ts'
import type { Output } from '../output.ts'
import { slotNamed } from '../slot-place.ts'
import { Progress } from './progress.ts'
import { recordedHolds, retentionFacts } from './retention-facts.ts'
import { documentGiven, slotOptions } from './slot-options.ts'
import { type TrustOptions, trustedKeys } from './trusted-keys.ts'
import { UsageError } from './usage-error.ts'
import { findingText } from './verify-report.ts'

interface Options extends TrustOptions {
  readonly detach?: boolean
  readonly resume?: boolean
  readonly drop?: boolean
  readonly document?: string
  readonly through: string
  readonly keys?: string
  readonly config: string
  readonly json?: boolean
}

/** `linkage log retire <month>`. What keeps the month sets exit code 1.
 *  @param now milliseconds since 1970 UTC
 *  @param environment of the process: as whom a month is taken out, and as whom everything else is done */
export function retireCommand(output: Output, now: () => number = Date.now, environment: NodeJS.ProcessEnv = process.env): Command {
  return new Command('retire')
    .description(
      '保存年限屆滿之月份移出資料庫；不加 --detach 僅列出不得移出之原因（DATABASE_RETENTION_URL 為 linkage_retention） take a month out whose time is over; without --detach it says what keeps it',
    )
    .argument('<month>', '月份，2026-03 或 115-03 the month')
    .option('--detach', '查核、登載，然後移出 verify, record, and take it out')
    .option('--resume', '完成中斷之移出 complete one that was interrupted')
    .option('--drop', '移出後刪除資料表，否則另存於資料庫 drop the table; otherwise it is kept beside the log')
    .option('--document <number>', '核准文號 number of the order')
    .option('--key <key...>', '信任之驗證金鑰 verifier keys that are trusted')
    .option('--trust <file>', '信任政策檔 a trust policy (C2SP tlog-policy)')
    .option('--through <slot>', '由哪一寫入槽記錄，須未在執行 the slot that records it, which no gateway runs', 'cli')
    .option('--keys <folder>', '其金鑰資料夾（LINKAGE_CLI_KEYS） its key directory', process.env.LINKAGE_CLI_KEYS)
    .option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (text: string, options: Options) => {
      const month = readMonth(text)
      if (month === undefined) throw new UsageError(`${text}：應為月份，例如 2026-03 或 115-03。 Expected a month, 2026-03 or 115-03.`)
      checkOptions(options)
      const place = await openPlace(resolve(options.config), environment.DATABASE_URL)
      const retention = place.store.openRetention(environment.DATABASE_RETENTION_URL || undefined)
      try {
        const retiring = new Retiring(place, retention, month, options, output)
        if (options.resume === true) await retiring.resume(now())
        else if (await retiring.mayGo(now())) await retiring.detach(now())
      } finally {
        await retention.close()
        await place.close()
      }
    })
}

/** @throws UsageError */
function checkOptions({ detach, document, drop, keys, resume }: Options): void {
  if (detach === true && resume === true) throw new UsageError('--detach 與 --resume 擇一。 Give --detach or --resume.')
  if (drop === true && detach !== true && resume !== true)
    throw new UsageError('--drop 須與 --detach 或 --resume 併用。 Give --drop with --detach or --resume.')
  if (detach !== true) return
  documentGiven(document ?? '')
  if (keys === undefined) throw new UsageError('請以 --keys 指定其金鑰資料夾。 Give the key directory of the slot that records it: --keys.')
}

class Retiring {
  readonly #place: CommandPlace
  readonly #retention: RetentionStore
  readonly #month: MonthName
  readonly #options: Options
  readonly #output: Output

  constructor(place: CommandPlace, retention: RetentionStore, month: MonthName, options: Options, output: Output) {
    this.#place = place
    this.#retention = retention
    this.#month = month
    this.#options = options
    this.#output = output
  }

  get #first(): string {
    return `${this.#month}-01`
  }

  /** Says what keeps the month.
   *  @returns whether it is to be taken out now, and nothing keeps it */
  async mayGo(now: number): Promise<boolean> {
    const at = await this.#retention.place(this.#first)
    if (at !== 'attached') throw new CannotRetire(notAttached(this.#month, at))
    return (await this.#free(now)) && this.#options.detach === true
  }

  async #free(now: number): Promise<boolean> {
    const facts = await retentionFacts(this.#place, this.#retention, this.#month, civilDateOf(now))
    const kept = whatKeeps(facts)
    const { month, agencies } = facts
    this.#output.write(
      this.#options.json === true
        ? `${JSON.stringify({ month, agencies, kept, retirable: kept.length === 0 }, null, 2)}\n`
        : `${month}：${agencies.map(({ agency }) => agency).join('、') || '無機關紀錄 no records of agencies'}\n${kept.map(keptText).join('')}` +
            `${kept.length === 0 ? '得移出 nothing keeps it' : `${kept.length} 項原因，不得移出 it stays`}\n`,
    )
    if (kept.length > 0) process.exitCode = FINDINGS
    return kept.length === 0
  }

  /** Verifies the logs, keeps what outlives these, records it, and takes it out.
   *  @throws CannotRetire, LogRefusal, NotRecorded, StoreError */
  async detach(now: number): Promise<void> {
    const { document = '', keys = '', through } = this.#options
    const logs = await this.#retention.logs(this.#first)
    if (logs.length === 0) throw new CannotRetire(`${this.#month} 沒有紀錄。 There are no entries of ${this.#month}.`)
    if ((await retiredAlready(this.#place.store.reader, this.#month)).length > 0)
      throw new CannotRetire(`${this.#month} 已登載移出，請以 --resume 完成。 It is recorded already: complete it by --resume.`)
    await this.#verify(now)
    await this.#retention.keepBeyond(this.#first)
    const living = slotNamed(through)
    const log = await QueryLog.open(slotOptions(this.#place, living, resolve(keys)))
    try {
      // Its own month turned when it was opened: what is read of it now holds.
      const asked = { document: documentGiven(document), month: this.#month, through: living }
      const retired = await retirementsOf(this.#place.store.reader, logs, asked)
      const indexes = await recordRetirement(log, retired, () => uuidv7(Date.now()))
      this.#say(`已登載於 ${log.log} 第 ${indexes.join('、')} 筆 recorded in ${log.log}: ${indexes.join(', ')}`)
    } finally {
      await log.close()
    }
    await this.#takeOut()
  }

  /** Goes on where one was cut off: only with a month of which every log's entry says so, and that nothing keeps by now.
   *  @throws CannotRetire, StoreError */
  async resume(now: number): Promise<void> {
    const [at, said] = [await this.#retention.place(this.#first), await retiredAlready(this.#place.store.reader, this.#month)]
    if (said.length === 0)
      throw new CannotRetire(`${this.#month} 未曾登載移出。 No entry says that ${this.#month} is taken out: nothing to complete.`)
    if (at === 'attached') {
      const logs = await this.#retention.logs(this.#first)
      const missing = logs.find(({ from, log, to }) => !said.some((each) => each.log === log && each.from === from && each.to === to))
      if (missing !== undefined)
        throw new CannotRetire(`${missing.log}：其 ${this.#month} 之移出未曾登載。 No entry says that ${this.#month} of it is taken out.`)
      if (!(await this.#free(now))) return
    } else if (this.#options.drop === true) await this.#refuseDropWhileHeld(now)
    await this.#takeOut()
  }

  /** Whose records the table holds is not read any more: any hold keeps it. */
  async #refuseDropWhileHeld(now: number): Promise<void> {
    const held = (await recordedHolds(this.#place.store.reader)).find(({ until }) => until === undefined || civilDateOf(now) < until)
    if (held !== undefined)
      throw new CannotRetire(
        `${held.agency} 保全中（自 ${held.from}），資料表不得刪除。 ${held.agency} is held since ${held.from}: the table is kept.`,
      )
  }

  async #takeOut(): Promise<void> {
    const { drop = false } = this.#options
    this.#say('移出中；等候正在讀取者 taking it out: waits for whoever reads')
    await this.#retention.detach(this.#first)
    await this.#retention.putAway(this.#first, drop)
    this.#say(`${this.#month} 已移出${drop ? '並刪除' : '，資料表另存'} taken out${drop ? ' and dropped' : '; its table is kept apart'}`)
  }

  /** All logs: archivings and holds stand in others than the records.
   *  @throws CannotRetire with the first findings: what is taken out cannot be looked into again */
  async #verify(now: number): Promise<void> {
    const place = await this.#place.store.openLogs()
    const progress = new Progress(process.stderr)
    try {
      const run = verifyLogs(place, {
        now,
        trusted: trustedKeys(this.#options),
        kept: [],
        onProgress: ({ slot, size }, entries) => progress.tell(slot, entries, size),
      })
      const findings: string[] = []
      for (let step = await run.next(); step.done !== true && findings.length < 10; step = await run.next())
        findings.push(findingText(step.value, false))
      if (findings.length > 0)
        throw new CannotRetire(`查核有不符，不得移出。 Verification has findings: nothing is taken out.\n${findings.join('')}`)
    } finally {
      progress.clear()
      await place.close()
    }
  }

  #say(line: string): void {
    if (this.#options.json !== true) this.#output.write(`${line}\n`)
  }
}

function notAttached(month: string, at: Exclude<MonthPlace, 'attached'>): string {
  if (at === 'none') return `${month} 沒有資料表。 There is no table of ${month}: dropped, or never written.`
  if (at === 'kept') return `${month} 已移出，資料表另存。 ${month} was taken out; its table is kept apart (--resume --drop).`
  return `${month} 之移出未完成，請以 --resume 完成。 Taking out ${month} was interrupted: complete it by --resume.`
}

/** One line for a reason. */
function keptText(kept: Kept): string {
  switch (kept.why) {
    case 'kept': {
      const { agency, since, until } = kept
      const of = agency === undefined ? '月底起算 from the month’s end' : `${agency} 自最後歸檔日起算 from its last archiving`
      return `  保存至 ${showRocDateShort(until)}：${of} ${showRocDateShort(since)} (${until})\n`
    }
    case 'not-archived':
      return `  ${kept.agency}：該月尚未歸檔 has not archived it\n`
    case 'held':
      return `  ${kept.agency === 'all' ? '全部' : kept.agency}：保全中，自 ${showRocDateShort(kept.since)} held since ${kept.since}\n`
    case 'case-open':
      return `  ${kept.number}：案件未結，其紀錄在該月 a case that is not over has entries in it\n`
    case 'earlier-month':
      return `  ${kept.month} 尚在資料庫，須依序移出 months go in order, and ${kept.month} is there\n`
  }
}
