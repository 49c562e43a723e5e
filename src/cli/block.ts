// block.ts: `linkage block add|lift|list`: 緊急封鎖 without an editor, at night, whatever else of the folder is broken.
import { Command } from 'commander'
import { isSeq, YAMLMap } from 'yaml'
import { showInstant } from '../calendar.ts'
import { harmless } from '../policy/finding.ts'
import { loadFolder } from '../policy/load.ts'
import { EditedFile, EditRefused } from './edited-file.ts'
import type { Output } from './output.ts'
import { propose, refuseUnsound } from './proposed-change.ts'

const NAME = 'blocks.yaml'
const targets = ['agency', 'delegate', 'credential', 'network', 'account'] as const

interface Target {
  readonly agency?: string
  readonly delegate?: string
  readonly credential?: string
  readonly network?: string
  readonly account?: string
}

interface Added extends Target {
  readonly config: string
  readonly by: string
  readonly reason: string
  readonly document?: string
}

interface Lifted extends Target {
  readonly config: string
  readonly yes?: boolean
}

/** `linkage block …`.
 *  @param now milliseconds since 1970 UTC */
export function blockCommand(output: Output = process.stdout, now: () => number = Date.now): Command {
  const block = new Command('block').description(
    '緊急封鎖：只能拒絕，存檔後立即生效 emergency blocks: they can only refuse, and act at once',
  )
  withTarget(block.command('add').description('封鎖 block'))
    .requiredOption('--by <name>', '何人決定 who decided it')
    .requiredOption('--reason <text>', '原因 why')
    .option('--document <number>', '文號，可後補 document, may follow')
    .action((options: Added) => add(options, output, now()))
  withTarget(block.command('lift').description('解除封鎖 lift a block'))
    .option('--yes', '不詢問 do not ask')
    .action((options: Lifted) => lift(options, output))
  withFolder(block.command('list').description('列出封鎖，及待補之文號 list blocks, and documents that are to follow'))
    .option('--json', '以 JSON 輸出 print JSON')
    .action((options: { config: string; json?: boolean }) => list(options, output))
  return block
}

const withFolder = (command: Command): Command =>
  command.option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')

const withTarget = (command: Command): Command =>
  withFolder(command)
    .option('--agency <id>', '機關；與 --account 併用則為該機關之使用者 an agency, or beside --account whose user')
    .option('--delegate <id>', '受託者 a delegate')
    .option('--credential <id>', '憑證 a credential')
    .option('--network <cidr>', '網段 a network')
    .option('--account <account>', '使用者帳號，須一併寫明 --agency a user, beside --agency')

/** @throws EditRefused unless exactly one is named */
function targetOf(options: Target): Readonly<Record<string, string>> {
  const named = targets.flatMap((kind) => (options[kind] === undefined ? [] : [[kind, options[kind]] as const]))
  const kinds = named.map(([kind]) => kind).filter((kind) => !(kind === 'agency' && options.account !== undefined))
  if (kinds.length !== 1 || (options.account !== undefined && options.agency === undefined)) {
    throw new EditRefused(
      '須恰好指明一個對象：--agency、--delegate、--credential、--network，或 --account 及其 --agency expected exactly one of --agency, --delegate, --credential, --network, or --account with its --agency',
    )
  }
  return Object.fromEntries(named)
}

const same = (item: unknown, target: Readonly<Record<string, string>>): boolean =>
  item instanceof YAMLMap && targets.every((kind) => (item.get(kind) ?? undefined) === target[kind])

async function add(options: Added, output: Output, now: number): Promise<void> {
  const target = targetOf(options)
  const file = new EditedFile(options.config, NAME)
  const blocks = blocksOf(file)
  const shown = Object.entries(target)
    .map((each) => each.join(' '))
    .join(', ')
  if (blocks.items.some((item) => same(item, target))) {
    refuseUnsound(file, loadFolder(options.config)) // it stands there: whether it acts is another matter
    output.write(`已封鎖，未變更 blocked already, nothing changed：${harmless(shown)}\n`)
    return
  }
  const { by, reason, document } = options
  const entry = file.document.createNode({ ...target, at: showInstant(now), by, reason, ...(document !== undefined && { document }) })
  blocks.flow = false
  blocks.items.push(entry)
  await save(options.config, file, true, output)
}

async function lift(options: Lifted, output: Output): Promise<void> {
  const target = targetOf(options)
  const file = new EditedFile(options.config, NAME)
  const blocks = blocksOf(file)
  const at = blocks.items.findIndex((item) => same(item, target))
  if (at < 0) {
    const there = blocks.items.map((item) =>
      item instanceof YAMLMap
        ? targets
            .filter((kind) => item.has(kind))
            .map((kind) => `--${kind} ${item.get(kind)}`)
            .join(' ')
        : '',
    )
    throw new EditRefused(
      `沒有這項封鎖，未變更 no such block, nothing changed。現有 there are：\n${there.map((each) => `  ${harmless(each)}`).join('\n') || '  無 none'}`,
    )
  }
  blocks.items.splice(at, 1)
  if (blocks.items.length === 0) blocks.flow = true
  await save(options.config, file, options.yes, output)
  if (blocks.items.some((item) => same(item, target)))
    output.write('同一對象另有封鎖，仍在封鎖中 another block of the same stands: it is blocked still\n')
}

function blocksOf({ name, document }: EditedFile) {
  const blocks = document.get('blocks')
  if (!isSeq(blocks)) throw new EditRefused(`${name}：應有 blocks，其下為一列封鎖 expected blocks, a list`)
  return blocks
}

/** While the rest is broken, names in it may not be known: a block of what cannot be looked up is better than none.
 *  `yes` for a block: it can only refuse, whatever else cannot be compared. */
const save = (folder: string, file: EditedFile, yes: boolean | undefined, output: Output): Promise<void> =>
  propose({ folder, file, yes, bearable: ({ code }, before) => code === 'unknown-name' && before.snapshot === undefined }, output)

function list({ config, json }: { config: string; json?: boolean }, output: Output): void {
  const file = new EditedFile(config, NAME)
  const blocks = blocksOf(file).toJSON() as readonly Readonly<Record<string, string>>[] // maps of text, by the failsafe schema
  if (json === true) {
    output.write(`${JSON.stringify({ blocks }, null, 2)}\n`)
    return
  }
  const lines = blocks.map((each) => {
    const target = targets
      .filter((kind) => each[kind] !== undefined)
      .map((kind) => `${kind} ${each[kind]}`)
      .join(', ')
    return `${each.at}  ${target}  ${each.by}  ${each.reason}  ${each.document ?? '文號待補 document to follow'}`
  })
  const due = blocks.filter(({ document }) => document === undefined).length
  output.write(
    `${[...lines.map(harmless), `${blocks.length} 項封鎖，${due} 項文號待補 / ${blocks.length} blocks, ${due} documents to follow`].join('\n')}\n`,
  )
}
