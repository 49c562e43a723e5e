// config-status.ts: `linkage config status`: the first screen: what is in force, what is not, what is closed, what runs out, who is late.
import { Command } from 'commander'
import { addDays, type CivilDate, civilDateOf, showInstant, startOfDay } from '../calendar.ts'
import { type Finding, findingLine, harmless } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { hostAddress, inNetwork } from '../policy/networks.ts'
import type { Agency, Delegate, Network, Snapshot } from '../policy/snapshot.ts'
import { standingOn } from '../policy/standing.ts'
import { states } from '../policy/states.ts'
import type { Caller, HistoryStore } from '../querylog/ports.ts'
import { dayOf } from './agency-file.ts'
import type { Output } from './config.ts'
import { type Activation, activations, whoText } from './config-history.ts'
import { openDatabase } from './database-beside.ts'
import { type Downloads, downloadsOf, lastQuarter } from './downloads.ts'
import { isColoured, painter } from './terminal-text.ts'

/** A range that nobody called from for so many days is worth a question. */
const unusedAfter = 90
const FINDINGS = 1

export interface ConfigStatus {
  readonly day: CivilDate
  readonly folder: { readonly digest: string | null; readonly errors: readonly Finding[] }
  /** Of each slot the rules that it took up last. */
  readonly inForce: readonly Activation[]
  readonly blocks: readonly {
    readonly target: string
    readonly at: string
    readonly by: string
    readonly reason: string
    readonly document?: string
  }[]
  readonly closed: readonly { readonly agency: string; readonly name: string; readonly standing: string }[]
  readonly ending: readonly Finding[]
  readonly unused: readonly { readonly party: string; readonly cidr: string; readonly rule: string }[]
  readonly downloads: Downloads
}

/** `linkage config status`. Exit code 1 where the folder is not what is in force, a document is missing, or a download is overdue. */
export function configStatusCommand(output: Output, now: () => number = Date.now): Command {
  return new Command('status')
    .description('現況：生效版本、未生效之錯誤、封鎖、待補文號、將屆期、未下載者 what is in force, closed, running out, late')
    .argument('[folder]', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--at <date>', '以哪一日為準（預設今日） the day (today)', dayOf)
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (folder: string, options: { at?: CivilDate; json?: boolean }) => {
      const loaded = loadFolder(folder)
      const store = await openDatabase(folder, loaded)
      try {
        const status = await configStatus(loaded, store.reader, options.at ?? civilDateOf(now()))
        const coloured = isColoured(output)
        output.write(options.json === true ? `${JSON.stringify(status, null, 2)}\n` : statusText(status, coloured))
        if (isFinding(status)) process.exitCode = FINDINGS
      } finally {
        await store.close()
      }
    })
}

const isFinding = ({ folder, inForce, blocks, downloads }: ConfigStatus): boolean =>
  inForce.some(({ digest }) => digest !== folder.digest) ||
  blocks.some(({ document }) => document === undefined) ||
  downloads.missing.some(({ overdue }) => overdue)

async function configStatus(loaded: Loaded, reader: HistoryStore, day: CivilDate): Promise<ConfigStatus> {
  const { snapshot } = loaded
  const errors = loaded.findings.filter(({ severity }) => severity === 'error')
  const since = startOfDay(addDays(day, -unusedAfter))
  const linked = [...(snapshot?.agencies.values() ?? [])].filter(({ kind }) => kind === 'linked-agency')
  const approved = linked.filter((agency) => standingOn(agency, day).standing === 'approved')
  return {
    day,
    folder: { digest: snapshot?.digest ?? null, errors },
    inForce: newestOf(await activations(reader)),
    blocks: blocksOf(snapshot),
    closed: [...(snapshot?.agencies.values() ?? [])].flatMap((agency) => closedOf(agency, day)),
    ending: states(loaded, day).filter(({ code }) => code === 'ending' || code === 'users-ending'),
    unused: snapshot === undefined ? [] : unusedOf(snapshot, day, await reader.callers(since)),
    downloads: await downloadsOf(reader, approved, lastQuarter(day), day),
  }
}

/** The last activation of each slot that decides calls. */
function newestOf(all: readonly Activation[]): readonly Activation[] {
  const bySlot = new Map(all.map((each) => [each.slot, each]))
  return [...bySlot.values()].sort((one, other) => Number(one.slot) - Number(other.slot))
}

function blocksOf(snapshot: Snapshot | undefined): ConfigStatus['blocks'] {
  return (snapshot?.blocks ?? []).map(({ target, at, by, reason, document }) => ({
    target: targetText(target),
    at,
    by,
    reason,
    ...(document !== undefined && { document }),
  }))
}

type Target = Snapshot['blocks'][number]['target']
function targetText(target: Target): string {
  if (target.kind === 'account') return `account ${target.agency}/${target.account}`
  return `${target.kind} ${'cidr' in target ? target.cidr : target.id}`
}

function closedOf(agency: Agency, day: CivilDate): ConfigStatus['closed'] {
  const { standing } = standingOn(agency, day)
  return standing === 'approved' ? [] : [{ agency: agency.id, name: agency.name, standing }]
}

/** Ranges that stand open since before the time that is looked at, and from which nobody came in it. */
function unusedOf({ agencies }: Snapshot, day: CivilDate, callers: readonly Caller[]): ConfigStatus['unused'] {
  const of = (party: Agency | Delegate, own: readonly Caller[]): ConfigStatus['unused'] =>
    party.networks
      .filter((each) => isOldAndOpen(each, day) && !own.some((caller) => isWithin(caller, each)))
      .map(({ cidr, rule }) => ({ party: party.id, cidr, rule }))
  return [...agencies.values()].flatMap((agency) => {
    const own = callers.filter((each) => each.agency === agency.id)
    const ofDelegates = agency.delegates.flatMap((delegate) =>
      of(
        delegate,
        own.filter((each) => each.delegate === delegate.id),
      ),
    )
    return [
      ...of(
        agency,
        own.filter(({ delegate }) => delegate === undefined),
      ),
      ...ofDelegates,
    ]
  })
}

const isOldAndOpen = ({ from, purpose, until }: Network, day: CivilDate): boolean =>
  purpose === 'calls' && from <= addDays(day, -unusedAfter) && day <= until

function isWithin({ address }: Caller, network: Network): boolean {
  const host = hostAddress(address)
  return host !== undefined && inNetwork(host, network)
}

const standingText: Readonly<Record<string, string>> = {
  suspended: '暫停 suspended',
  terminated: '終止 terminated',
  'not-approved': '未核可 not approved',
}

function statusText(status: ConfigStatus, coloured: boolean): string {
  const paint = painter(coloured)
  const section = (title: string, lines: readonly string[], none: string): string =>
    [paint('bold', title), ...(lines.length === 0 ? [`  ${paint('dim', none)}`] : lines.map((line) => `  ${harmless(line)}`))].join('\n')
  const { blocks, closed, downloads, ending, folder, inForce, unused } = status
  const running = inForce.map((each) => {
    const same = each.digest === folder.digest ? paint('green', '同資料夾 as the folder') : paint('red', '與資料夾不同 not the folder')
    return `槽 slot ${each.slot}  ${each.digest.slice(0, 12)}  自 since ${showInstant(Date.parse(each.at))}  ${same}  ${whoText(each)}`
  })
  const notInForce =
    folder.errors.length > 0
      ? [
          `${folder.errors.length} 項錯誤，資料夾尚未生效 errors: the folder is not in force`,
          ...folder.errors.slice(0, 10).map(findingLine),
        ]
      : []
  const parts = [
    section('生效版本 in force', running, '尚未有任何閘道啟用過 nothing was ever in force'),
    section('未生效 not in force', notInForce, '資料夾通過檢查 the folder is valid'),
    section(
      '緊急封鎖 blocks',
      blocks.map(
        ({ target, at, by, reason, document }) =>
          `${target}  ${at}  ${by}  ${reason}  ${document ?? paint('red', '文號待補 document to follow')}`,
      ),
      '無 none',
    ),
    section(
      '暫停、終止、未核可 closed',
      closed.map(({ agency, name, standing }) => `${name} ${agency}  ${standingText[standing] ?? standing}`),
      '無 none',
    ),
    section('三十日內屆期 ending within 30 days', ending.map(findingLine), '無 none'),
    section(
      `${unusedAfter} 日未使用之網段 ranges that no call used for ${unusedAfter} days`,
      unused.map(({ party, cidr, rule }) => `${party}  ${cidr}  ${rule}`),
      '無 none',
    ),
    section(
      `${downloads.quarter} 尚未下載查詢紀錄（期限 ${downloads.due}） has not downloaded its records (due ${downloads.due})`,
      downloads.missing.map(({ agency, name, overdue }) => `${name} ${agency}${overdue ? `  ${paint('red', '逾期 overdue')}` : ''}`),
      '皆已下載 all have',
    ),
  ]
  return `${parts.join('\n')}\n`
}
