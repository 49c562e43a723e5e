// config-status.ts: `linkage config status`: the first screen: what is in force, what is not, what is closed, what runs out, who is late.
import { Command } from 'commander'
import { type StatusFacts, statusOf } from '../audit/agency-status.ts'
import { lastQuarter } from '../audit/due-dates.ts'
import { type DueItem, dueItems, dueWords } from '../audit/due-items.ts'
import { linkedWithin } from '../audit/reporting.ts'
import { type CivilDate, civilDateOf, showInstant } from '../calendar.ts'
import { attention } from '../policy/attention.ts'
import { readBlocks } from '../policy/blocks.ts'
import { type Finding, findingLine, harmless } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import type { Said } from '../policy/schema/forms.ts'
import type { Agency, Block } from '../policy/snapshot.ts'
import { standingOn } from '../policy/standing.ts'
import { states } from '../policy/states.ts'
import { unusedAfter, unusedNetworks, usedSince } from '../policy/unused-networks.ts'
import type { Store } from '../store/open.ts'
import { type Activation, activations, whoText } from './activations.ts'
import { dayOf } from './agency-file.ts'
import { statusFacts } from './audit/status-facts.ts'
import { CommittedOnly } from './committed-only.ts'
import { openDatabase, searchedCallers } from './database-beside.ts'
import { type Downloads, missingDownloads } from './downloads.ts'
import { FINDINGS } from './exit-code.ts'
import { endedSlots, lastInForce, newestOf } from './in-force.ts'
import type { Output } from './output.ts'
import { pastPolicy } from './past-policy.ts'
import { Repository } from './repository.ts'
import { isColoured, painter } from './terminal-text.ts'

export interface ConfigStatus {
  readonly day: CivilDate
  readonly folder: {
    readonly digest: string | null
    readonly errors: readonly Finding[]
    /** What is not committed, where only what is committed counts. */
    readonly uncommitted: readonly Finding[]
  }
  /** Of each slot the rules that it took up last. */
  readonly inForce: readonly Activation[]
  /** Whose rules the members below go by: of a folder that is not valid nothing can be said, so then those in force; `none` where there are
   *  none either, and nothing below says anything. */
  readonly rules: 'folder' | 'in-force' | 'none'
  readonly blocks: readonly {
    readonly target: string
    readonly at: string
    readonly by: string
    readonly reason: string
    readonly document?: string
  }[]
  /** R7: changes whose document is to follow, blocks aside. */
  readonly documents: readonly Finding[]
  readonly closed: readonly { readonly agency: string; readonly name: string; readonly standing: string }[]
  readonly ending: readonly Finding[]
  readonly unused: readonly Finding[]
  /** Why nobody can say which ranges are unused. */
  readonly unusedUnknown?: Said
  /** Reports, corrections and improvements whose day has passed, as `audit status` tells them. */
  readonly overdue: readonly DueItem[]
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
        const status = await configStatus(folder, loaded, store, options.at ?? civilDateOf(now()), await uncommittedOf(folder, loaded))
        const coloured = isColoured(output)
        output.write(options.json === true ? `${JSON.stringify(status, null, 2)}\n` : statusText(status, coloured))
        if (isFinding(status)) process.exitCode = FINDINGS
      } finally {
        await store.close()
      }
    })
}

const isFinding = ({ folder, inForce, blocks, documents, downloads, overdue }: ConfigStatus): boolean =>
  folder.errors.length > 0 ||
  folder.uncommitted.length > 0 ||
  inForce.some(({ digest }) => digest !== folder.digest) ||
  documents.length > 0 ||
  overdue.length > 0 ||
  blocks.some(({ document }) => document === undefined) ||
  downloads.missing.some(({ overdue }) => overdue)

/** What a gateway that takes up only what is committed would not take up. */
async function uncommittedOf(folder: string, { gateway, snapshot }: Loaded): Promise<readonly Finding[]> {
  if (gateway?.source !== 'committed' || snapshot === undefined) return []
  return new CommittedOnly(new Repository(folder)).against(snapshot)
}

async function configStatus(
  folder: string,
  loaded: Loaded,
  store: Store,
  day: CivilDate,
  uncommitted: readonly Finding[],
): Promise<ConfigStatus> {
  const { reader } = store
  const errors = loaded.findings.filter(({ severity }) => severity === 'error')
  const [active, ended] = [await activations(reader), await endedSlots(reader)]
  const last = lastInForce(active, ended)
  const rules = loaded.snapshot === undefined && last !== undefined ? await pastPolicy(reader, last.digest) : loaded
  const { snapshot } = rules
  const agencies = [...(snapshot?.agencies.values() ?? [])]
  const quarter = lastQuarter(day, rules.audit?.['D-4'] ?? 'end-of-following-month')
  const callers = await searchedCallers(store, usedSince(day))
  // Without rules nobody is known who could owe anything.
  const facts = snapshot && rules.audit && (await statusFacts(store, snapshot, rules.audit, day))
  // Whoever was linked in it owes it, suspended or gone since (R20); who came later does not.
  const owing = agencies.filter((agency) => agency.kind === 'linked-agency' && linkedWithin(agency, quarter))
  return {
    day,
    folder: { digest: loaded.snapshot?.digest ?? null, errors, uncommitted },
    inForce: newestOf(active, ended),
    rules: rules === loaded ? (snapshot === undefined ? 'none' : 'folder') : 'in-force',
    // Blocks act by themselves, whatever is wrong with the rest.
    blocks: blocksOf(readBlocks(folder).blocks ?? snapshot?.blocks ?? []),
    documents: attention(rules, day).filter(({ code, file }) => code === 'document-to-follow' && file !== 'blocks.yaml'),
    closed: agencies.flatMap((agency) => closedOf(agency, day)),
    ending: states(rules, day).filter(({ code }) => code === 'ending' || code === 'users-ending'),
    ...('zh' in callers ? { unused: [], unusedUnknown: callers } : { unused: unusedNetworks(rules, day, callers) }),
    overdue: facts === undefined ? [] : overdueOf(agencies, facts),
    downloads: missingDownloads(facts?.downloads ?? [], owing, quarter, day),
  }
}

/** What is late besides downloads, which have a list of their own. */
function overdueOf(agencies: readonly Agency[], facts: StatusFacts): readonly DueItem[] {
  const items = agencies.flatMap((agency) => {
    const status = statusOf(agency, facts)
    return status === undefined ? [] : dueItems(status, facts.day)
  })
  return items.filter(({ kind, state }) => kind !== 'download' && (state === 'overdue' || state === 'undecided'))
}

function blocksOf(blocks: readonly Block[]): ConfigStatus['blocks'] {
  return blocks.map(({ target, at, by, reason, document }) => ({
    target: targetText(target),
    at,
    by,
    reason,
    ...(document !== undefined && { document }),
  }))
}

function targetText(target: Block['target']): string {
  if (target.kind === 'account') return `account ${target.agency}/${target.account}`
  return `${target.kind} ${'cidr' in target ? target.cidr : target.id}`
}

function closedOf(agency: Agency, day: CivilDate): ConfigStatus['closed'] {
  const { standing } = standingOn(agency, day)
  return standing === 'approved' ? [] : [{ agency: agency.id, name: agency.name, standing }]
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
  const byRules = (none: string): string => (status.rules === 'none' ? '不明，沒有可依據之設定 unknown: there are no rules to go by' : none)
  const { blocks, closed, documents, downloads, ending, folder, inForce, overdue, unused, unusedUnknown } = status
  const running = inForce.map((each) => {
    const same = each.digest === folder.digest ? paint('green', '同資料夾 as the folder') : paint('red', '與資料夾不同 not the folder')
    return `槽 slot ${each.slot}  ${each.digest.slice(0, 12)}  自 since ${showInstant(Date.parse(each.at))}  ${same}  ${whoText(each)}`
  })
  const notInForce =
    folder.errors.length > 0
      ? [
          `${folder.errors.length} 項錯誤，資料夾尚未生效 errors: the folder is not in force`,
          ...folder.errors.slice(0, 10).map(findingLine),
          ...(status.rules === 'in-force' ? ['以下各項依線上之版本 what follows goes by the rules in force'] : []),
        ]
      : folder.uncommitted.map(findingLine)
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
    section('文號待補 documents to follow', documents.map(findingLine), byRules('無 none')),
    section(
      '暫停、終止、未核可 closed',
      closed.map(({ agency, name, standing }) => `${name} ${agency}  ${standingText[standing] ?? standing}`),
      byRules('無 none'),
    ),
    section('三十日內屆期 ending within 30 days', ending.map(findingLine), byRules('無 none')),
    section(
      `${unusedAfter} 日未使用之網段 ranges that no call used for ${unusedAfter} days`,
      unused.map(({ file, found, pointer }) => `${found}  ${file}#${pointer}`),
      unusedUnknown === undefined ? byRules('無 none') : `不明，${unusedUnknown.zh} unknown: ${unusedUnknown.en}`,
    ),
    section(
      '逾期之報送、補正、改善 reports, corrections and improvements overdue',
      overdue.map(
        ({ agency, due, en, kind, of, zh }) =>
          `${agency}  ${dueWords[kind].join(' ')} ${of}  期限 due ${due.nominal}${zh === '' ? '' : `  ${zh} ${en}`}`,
      ),
      byRules('無 none（linkage audit status）'),
    ),
    section(
      `${downloads.quarter} 尚未下載查詢紀錄（期限 ${downloads.due}） has not downloaded its records (due ${downloads.due})`,
      downloads.missing.map(({ agency, name, overdue }) => `${name} ${agency}${overdue ? `  ${paint('red', '逾期 overdue')}` : ''}`),
      byRules('皆已下載 all have'),
    ),
  ]
  return `${parts.join('\n')}\n`
}
