// command.ts: `linkage roster import`: an agency's list of users (CSV, .ods, .xlsx) into its roster, once it is said who joins, leaves and changes (R6).
import { Command, InvalidArgumentError } from 'commander'
import { type CivilDate, civilDateOf, readCivilDate, readRocDate } from '../../calendar.ts'
import { foldAccount } from '../../identifier.ts'
import { findingLine, harmless } from '../../policy/finding.ts'
import { loadFolder } from '../../policy/load.ts'
import { dayOf, type Editing, editing, openAgency } from '../agency-file.ts'
import type { AuditorOptions } from '../auditor.ts'
import { EditRefused, FolderFile, WrittenFile } from '../edited-file.ts'
import { names } from '../grant-options.ts'
import type { Output } from '../output.ts'
import { propose } from '../proposed-change.ts'
import { type Ask, personAt } from '../terminal.ts'
import { outOfService, tellCallsAfter } from './calls-after.ts'
import { type Cells, type Listing, listingOf, type Problem } from './listing.ts'
import { merge } from './merge.ts'
import type { Departure, Merged, MergeOptions } from './merged.ts'
import { reportOf } from './report.ts'
import { readStored, writeStored } from './stored.ts'

interface Options extends Editing, Pick<AuditorOptions, 'as' | 'document' | 'key' | 'keys' | 'kid' | 'reason'> {
  readonly sheet?: string
  readonly from?: CivilDate
  readonly changesFrom?: CivilDate
  readonly left?: ReadonlyMap<string, Departure>
  readonly stay?: readonly string[]
  readonly takeBack?: readonly string[]
  readonly partial?: boolean
  readonly ignoreColumn?: readonly string[]
  readonly character?: ReadonlyMap<string, string>
}

const reasons = ['離職', '職務調動', '留職停薪', '其他']
const more = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...names(text)]

/** `edu-chang=1151120,離職` */
function departure(text: string, before: ReadonlyMap<string, Departure> = new Map()): ReadonlyMap<string, Departure> {
  const [, account, day, reason] = /^([^=]+)=([^,]+),(.+)$/.exec(text) ?? []
  if (account === undefined || day === undefined || reason === undefined || !reasons.includes(reason))
    throw new InvalidArgumentError(
      `須為 帳號=最後在職日,原因（${reasons.join('、')}），例如 edu-chang=1151120,離職。 Expected account=last day,reason.`,
    )
  return new Map([...before, [foldAccount(account.trim()), { day: dayOf(day.trim()), reason }]])
}

/** `FA40=𠮷`: a character of somebody's own, looked up by a person. */
function character(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, code, sign] = /^(?:0x)?([0-9A-Fa-f]{4})=(.)$/u.exec(text) ?? []
  if (code === undefined || sign === undefined || /[\s\p{C}"',]/u.test(sign))
    throw new InvalidArgumentError('須為 代碼=字，例如 FA40=𠮷。 Expected code=character.')
  return new Map([...before, [code.toUpperCase(), sign]])
}

/** `linkage roster …`.
 *  @param now milliseconds since 1970 UTC
 *  @param ask a person at the terminal; undefined where there is none */
export function rosterCommand(output: Output = process.stdout, now: () => number = Date.now, ask: Ask | undefined = personAt()): Command {
  const roster = new Command('roster').description('使用者清冊 rosters of users')
  editing(roster.command('import <agency> <file>'))
    .description(
      '匯入機關所送之名單（CSV、.ods、.xlsx）：先列出加入、離開、異動，再寫入 a list of users: who joins, leaves, changes is said before it is written',
    )
    .option('--document <number>', '核准文號（名單未逐列載明者） document of the approval, where rows name none')
    .option('--from <day>', '啟用日（名單未載明之新使用者） first day of new users whose row names none', dayOf)
    .option(
      '--changes-from <day>',
      '單位、職稱異動自何日起（名單未載明者） first day of another unit or title, where the list names none',
      dayOf,
    )
    .option('--left <account=day,reason>', '名單未列而已離任者，可重複 who is not on the list and has left; may be repeated', departure)
    .option('--stay <accounts>', '名單未列而仍在職者 who is not on the list and is still in service', more)
    .option('--take-back <accounts>', '名單未載最後在職日，而清冊所載之停用確定撤回者 whose recorded last day stands no more', more)
    .option('--partial', '名單只列有異動者，未列者均仍在職 the list names changes only: who is not on it stays')
    .option('--sheet <name>', '工作表 sheet')
    .option('--ignore-column <names>', '不採用之欄位 columns to leave out', more)
    .option('--character <code=字>', 'Big5 造字之對應，例如 FA40=𠮷，可重複 which character a code of somebody’s own is', character)
    .option(
      '--key <file>',
      '稽核人員之私鑰：當場列出最後在職日後之呼叫 an auditor’s private key: calls after last days that passed are listed',
    )
    .option('--kid <kid>', '該私鑰之代號 its key id, where the file does not say it')
    .option('--as <account>', '稽核人員之帳號 the auditor’s account')
    .option('--reason <text>', '查看之事由 why they are looked at')
    .option('--keys <folder>', '指令之金鑰資料夾（LINKAGE_CLI_KEYS） key directory of slot cli (LINKAGE_CLI_KEYS)')
    .action((agency: string, file: string, options: Options) => importList(agency, file, options, civilDateOf(now()), output, ask))
  return roster
}

async function importList(
  agency: string,
  path: string,
  options: Options,
  today: CivilDate,
  output: Output,
  ask: Ask | undefined,
): Promise<void> {
  const delegates: unknown = openAgency(options.config, agency).document.toJSON()?.delegates
  const name = `rosters/${agency}.csv`
  const file = new FolderFile(options.config, name)
  const stored = readStored(name, file.before)
  const listing = await listed(path, options, Array.isArray(delegates) ? delegates.map((each) => String(each?.id)) : [])
  refuseBroken(options.config, name)
  const decided = new Map(options.left ?? [])
  const settings: MergeOptions = {
    today,
    departures: decided,
    columns: listing.columns,
    takeBack: new Set((options.takeBack ?? []).map(foldAccount)),
    ...(options.from !== undefined && { from: options.from }),
    ...(options.changesFrom !== undefined && { changesFrom: options.changesFrom }),
    ...(options.document !== undefined && { document: options.document }),
  }
  await decideAbsent(absentOf(merge(stored.rows, listing.rows, settings), options), decided, ask)
  const merged = merge(stored.rows, listing.rows, settings)
  if (merged.problems.length > 0) throw refused(path, merged.problems)
  output.write(reportOf(merged, listing))
  if (isUnchanged(merged)) {
    output.write('清冊未變更 the roster is as it was\n')
    return
  }
  const text = writeStored(stored, merged.rows)
  await propose({ folder: options.config, file: new WrittenFile(name, text, file), yes: options.yes, today }, output)
  await tellCallsAfter(agency, outOfService(stored.rows, merged.rows, today), options, output)
}

const isUnchanged = ({ changed, joined, left, takenBack }: Merged): boolean =>
  [changed, joined, left, takenBack].every(({ length }) => length === 0)

/** What a roster says wrongly cannot be held against a list.
 *  @throws EditRefused */
function refuseBroken(folder: string, name: string): void {
  const errors = loadFolder(folder).findings.filter(({ file, severity }) => file === name && severity === 'error')
  if (errors.length > 0) throw new EditRefused(`${name}：請先更正 to be mended first\n${errors.map(findingLine).join('\n')}`)
}

async function listed(path: string, options: Options, delegates: readonly string[]): Promise<Listing> {
  // Loaded where it is needed: a gateway that serves has no use for spreadsheets.
  const { readTables } = await import('../spreadsheet/table-file.ts')
  const sheets = await readTables(path, options.character).catch((error: unknown) => {
    throw named(path, error)
  })
  try {
    const listing = listingOf(sheets, {
      ignore: options.ignoreColumn ?? [],
      delegates,
      ...(options.sheet !== undefined && { sheet: options.sheet }),
    })
    if (listing.problems.length > 0) throw refused(path, listing.problems)
    return listing
  } catch (error) {
    throw named(path, error)
  }
}

/** Says which file is meant, once. */
const named = (path: string, error: unknown): unknown =>
  error instanceof Error && 'code' in error && error.code === 'folder-invalid' && !error.message.startsWith('未寫入')
    ? new EditRefused(`${harmless(path)}：${error.message.split('\n').map(harmless).join('\n')}`)
    : error

function refused(path: string, problems: readonly Problem[]): EditRefused {
  const lines = problems.map(({ column, header, row, said }) => {
    const at = `${row > 0 ? `第 ${row} 列` : ''}${column === undefined ? '' : ` ${column} 欄`}${header === undefined ? '' : `（${header}）`}`
    return harmless(`${path} ${at}：${said.zh} ${said.en}`)
  })
  return new EditRefused(`未寫入 not written\n${lines.join('\n')}`)
}

/** Who is not on the list, and of whom nothing was said. */
function absentOf({ absent }: Merged, { partial, stay = [] }: Options): readonly Cells[] {
  const staying = new Set(stay.map(foldAccount))
  return partial === true ? [] : absent.filter(({ 帳號 }) => !staying.has(foldAccount(帳號)))
}

/** Nobody is ended by not being named: each is asked for, with day and reason.
 *  @throws EditRefused where nobody answers */
async function decideAbsent(absent: readonly Cells[], decided: Map<string, Departure>, ask: Ask | undefined): Promise<void> {
  if (absent.length === 0) return
  if (ask === undefined)
    throw new EditRefused(
      `未寫入：名單未列下列在職者，請逐一以 --left 帳號=最後在職日,原因 或 --stay 帳號 說明（名單只列異動者用 --partial） not written: these are in service and not on the list; say of each --left or --stay\n${absent
        .map(({ 單位, 姓名, 帳號 }) => harmless(`  ${帳號} ${姓名} ${單位}`))
        .join('\n')}`,
    )
  for (const { 單位, 姓名, 帳號, 啟用日 } of absent) {
    const question = harmless(`${帳號} ${姓名}（${單位}）不在名單上。最後在職日（空白：仍在職） last day (empty: still in service)：`)
    const day = await askUntil(ask, question, (text) => (text === '' ? 'stays' : lastDayOf(text, 啟用日)))
    if (day === 'stays') continue
    const reason = await askUntil(ask, `原因 reason（${reasons.join('、')}）：`, (text) => reasons.find((each) => each === text))
    decided.set(foldAccount(帳號), { day, reason })
  }
}

/** A slip is asked again: what was answered before it is not lost by it. */
async function askUntil<T>(ask: Ask, question: string, read: (answer: string) => T | undefined): Promise<T> {
  for (let again = ''; ; again = '無法採用，請再輸入 that cannot be taken, again：') {
    const taken = read((await ask(`${again}${question}`)).trim())
    if (taken !== undefined) return taken
  }
}

/** @returns undefined where it is no day, or one before the first */
function lastDayOf(text: string, first: string): CivilDate | undefined {
  const day = readCivilDate(text) ?? readRocDate(text)
  return day === undefined || day < first ? undefined : day
}
