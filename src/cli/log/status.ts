// status.ts: `linkage log status`: how the logs of a database stand, beside the marks and copies of their key directories.
import { join } from 'node:path'
import { Command } from 'commander'
import { monthOf, periodEnd } from '../../calendar.ts'
import { copiesFile, type LastCopy, lastTaken, readCopies, staleAfter } from '../../querylog/copies.ts'
import { markFile } from '../../querylog/key-directory.ts'
import { MarkFile } from '../../querylog/mark.ts'
import { LogRefusal } from '../../querylog/refusal.ts'
import { behindOf, searchBound } from '../../querylog/search.ts'
import { type DatabaseStatus, databaseStatus } from '../../store/status.ts'
import { FINDINGS } from '../exit-code.ts'
import type { Output } from '../output.ts'
import { UsageError } from './usage-error.ts'

interface Options {
  readonly database?: string
  readonly keys?: readonly string[]
  readonly json?: boolean
}

/** What a key directory says of its slot. */
interface KeyDirectory {
  readonly directory: string
  /** The log of the last signed checkpoint; absent where nothing was signed, or the mark cannot be read. */
  readonly log?: string
  readonly epoch?: number
  readonly size?: number
  readonly root?: string
  /** Why the mark could not be read. */
  readonly unreadable?: string
  /** What each place of copies took last. */
  readonly copies: Readonly<Record<string, LastCopy>>
}

interface Told {
  readonly code: string
  readonly slot?: string
  readonly zh: string
  readonly en: string
}

/** `linkage log status`. What is not as it must be sets exit code 1. It reads, and proves nothing: that is `log verify`. */
export function statusCommand(output: Output): Command {
  return new Command('status')
    .description('紀錄現況：樹首、紀錄標記、副本、查詢進度、設定 how the logs stand: heads, marks, copies, search, settings')
    .option('--database <url>', '資料庫（預設 DATABASE_URL） a database, as linkage_auditor or linkage_gateway (DATABASE_URL)')
    .option('--keys <folder...>', '金鑰資料夾，可讀者 key directories, where this user can read them')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async ({ database, keys = [], json }: Options) => {
      const url = database ?? process.env.DATABASE_URL ?? ''
      if (url === '') throw new UsageError('請指定 --database 或 DATABASE_URL。 Give --database or DATABASE_URL.')
      const status = await databaseStatus(url)
      const directories = await Promise.all(keys.map(readKeys))
      const findings = findingsOf(status, directories)
      const behind = behindOf(status.search, status.now)
      output.write(
        json === true
          ? `${JSON.stringify({ ...status, search: behind, searchBound, keys: directories, findings }, null, 2)}\n`
          : text(status, directories, findings),
      )
      if (findings.length > 0) process.exitCode = FINDINGS
    })
}

async function readKeys(directory: string): Promise<KeyDirectory> {
  const copies = Object.fromEntries((await readCopies(join(directory, copiesFile))) ?? [])
  try {
    const mark = await MarkFile.open(join(directory, markFile))
    const { epoch, head, checkpoint } = mark.current
    await mark.close()
    const [log] = checkpoint.split('\n')
    return {
      directory,
      ...(log !== undefined && log !== '' && { log }),
      epoch,
      size: head.size,
      root: head.root.toString('base64'),
      copies,
    }
  } catch (error) {
    if (!(error instanceof LogRefusal)) throw error
    return { directory, unreadable: error.message, copies }
  }
}

/** What is not as it must be, as far as can be seen from here. */
export function findingsOf(status: DatabaseStatus, directories: readonly KeyDirectory[]): Told[] {
  const told: Told[] = []
  if (!status.durable)
    told.push({
      code: 'database-not-durable',
      zh: '資料庫設定不能確保已寫入之紀錄不遺失',
      en: `the database would not keep what it acknowledges: ${Object.entries(status.settings)
        .map((each) => each.join(' '))
        .join(', ')}`,
    })
  for (const { slot, ms, entries } of behindOf(status.search, status.now)) {
    if (ms <= searchBound) continue
    const seconds = Math.round(ms / 1000)
    told.push({
      code: 'search-behind',
      slot,
      zh: `查詢欄位落後 ${entries} 筆、${seconds} 秒`,
      en: `search is ${entries} entries, ${seconds} s behind`,
    })
  }
  const thisMonth = monthOf(status.now)
  // The corresponding day of the next month: its first.
  const nextMonth = periodEnd(thisMonth, 1)
  for (const month of status.slots.length === 0 ? [] : [thisMonth, nextMonth]) {
    if (status.partitions.log_entry.includes(month.slice(0, 7))) continue
    told.push({
      code: 'partition-missing',
      zh: `${month.slice(0, 7)} 尚無分割表`,
      en: `${month.slice(0, 7)} has no partition yet; a gateway makes it within the hour`,
    })
  }
  return [...told, ...endFindings(status), ...retireFindings(status), ...directories.flatMap((each) => keysFindings(each, status))]
}

/** A slot ends in two places: in its row, which keeps writers off, and in an entry of another log, which nobody can take back. */
function endFindings({ endsRecorded, retirements, slots }: DatabaseStatus): Told[] {
  return slots.flatMap(({ ended, log, month, slot }) => {
    // What was recorded behind its last entry may have been taken out since.
    const recorded = endsRecorded.includes(log) || (ended !== undefined && retirements.some((each) => each.month >= (month ?? '')))
    if (ended !== undefined && !recorded) {
      const en = `the slot ended (${ended}), and no entry of another log says so: run the command once more`
      return [{ code: 'end-unrecorded', slot, zh: '已終止，但他槽紀錄尚未載明：請再執行一次原指令', en }]
    }
    if (ended === undefined && recorded)
      return [
        { code: 'end-undone', slot, zh: '他槽紀錄載明已終止，資料庫卻可續寫', en: 'an entry of another log ends it, and its row does not' },
      ]
    return []
  })
}

/** A month is taken out by entries that say so, and then by its table: where only one of both was done, something was cut off. */
function retireFindings({ retirements }: DatabaseStatus): Told[] {
  return retirements.flatMap(({ month, place, recorded }) => {
    if (!recorded) {
      const en = `${month} is no part of the log (${place}), and no entry says that it was taken out: put it back, or verify what is left`
      return [{ code: 'detached-unrecorded', zh: `${month} 已不在紀錄之內，而無移出紀錄`, en }]
    }
    if (place === 'kept' || place === 'none') return []
    const en = `entries say that ${month} was taken out, and it is ${place}: linkage log retire ${month} --resume`
    return [{ code: 'retire-unfinished', zh: `${month} 已載明移出而未完成，請執行 linkage log retire ${month} --resume`, en }]
  })
}

function keysFindings({ copies, directory, log, root, size, unreadable }: KeyDirectory, status: DatabaseStatus): Told[] {
  const told: Told[] = []
  if (unreadable !== undefined) told.push({ code: 'mark-unreadable', zh: `${directory}：讀不到紀錄標記`, en: unreadable })
  const slot = status.slots.find((each) => each.log === log)
  if (log !== undefined && slot === undefined)
    told.push({ code: 'log-missing', zh: `${directory}：資料庫沒有 ${log}`, en: `the mark is of ${log}, which the database does not hold` })
  if (slot !== undefined && size !== undefined && slot.size < size)
    told.push({
      code: 'database-behind',
      slot: slot.slot,
      zh: `資料庫只有 ${slot.size} 筆，標記為 ${size} 筆`,
      en: `the database holds ${slot.size} entries, the mark ${size}`,
    })
  if (slot !== undefined && slot.size === size && slot.root !== root)
    told.push({
      code: 'other-history',
      slot: slot.slot,
      zh: '資料庫之樹首與標記不符',
      en: 'the database states another root than the mark, at one size',
    })
  const places = Object.values(copies)
  if (places.length > 0 && status.now - lastTaken(places) > staleAfter)
    told.push({
      code: 'copies-stale',
      zh: '紀錄封存點已逾四小時未送達任何一處',
      en: 'no place took a checkpoint for four hours',
      ...(slot && { slot: slot.slot }),
    })
  return told
}

function text(status: DatabaseStatus, directories: readonly KeyDirectory[], findings: readonly Told[]): string {
  const settings = Object.entries(status.settings).map(([name, value]) => `${name} ${value}`)
  const behind = behindOf(status.search, status.now)
  const lines = [
    `PostgreSQL ${status.version}：${settings.join('、')}`,
    `分割表 partitions：${status.partitions.log_entry.join('、')}`,
    ...status.retirements.map(
      ({ month, place }) => `已移出 retired：${month}（${place === 'kept' ? '資料表另存 table kept apart' : place}）`,
    ),
    ...status.slots.flatMap(({ checkpoint, checkpointKept, ended, epoch, log, root, size, slot, stated }) => {
      const search = behind.find((each) => each.slot === slot)
      return [
        `槽 slot ${slot}　${log}`,
        `    ${size} 筆 entries　epoch ${epoch}　root ${root}`,
        ...(ended === undefined ? [] : [`    已終止 ended：${ended}`]),
        `    紀錄封存點 checkpoint：${checkpoint ?? '無 none'}${checkpointKept === undefined ? '' : `（${checkpointKept}）`}`,
        `    他槽所載 stated by another slot：${stated === undefined ? '無 none' : `${stated.size} 筆 entries，槽 slot ${stated.by}（${stated.at}）`}`,
        `    查詢欄位 search：落後 ${search?.entries ?? 0} 筆、${Math.round((search?.ms ?? 0) / 1000)} 秒 behind`,
      ]
    }),
    ...directories.flatMap(({ copies, directory, epoch, log, size, unreadable }) => [
      `${directory}　標記 mark：${unreadable ?? `${log ?? '未曾簽章 never signed'}　${size} 筆 entries　epoch ${epoch}`}`,
      ...Object.entries(copies).map(
        ([place, { at, size: of }]) =>
          `    副本 copy：${place}　${of === 0 ? '未曾送達，自 none since ' : `${of} 筆 entries（`}${new Date(at).toISOString()}${of === 0 ? '' : '）'}`,
      ),
    ]),
    ...findings.map(({ code, en, slot, zh }) => `${slot === undefined ? '' : `槽 slot ${slot}：`}${zh} [${code}] ${en}`),
    findings.length === 0
      ? '無異狀 nothing is amiss as far as this can tell; linkage log verify proves it'
      : `${findings.length} 項異狀 findings`,
  ]
  return `${lines.join('\n')}\n`
}
