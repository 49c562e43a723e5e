// network.ts: `linkage network add|end`: a range from which an agency may call, opened by a document, and closed.
import { Command, Option } from 'commander'
import { isMap, type YAMLMap, type YAMLSeq } from 'yaml'
import { addDays, type CivilDate, civilDateOf } from '../calendar.ts'
import { harmless } from '../policy/finding.ts'
import { append, dayOf, type Editing, editing, listOf, notThere, openAgency } from './agency-file.ts'
import { EditRefused } from './edited-file.ts'
import type { Output } from './output.ts'
import { propose } from './proposed-change.ts'

interface Added extends Editing {
  readonly cidr: string
  readonly until: CivilDate
  readonly from?: CivilDate
  readonly document: string
  readonly note?: string
  readonly for?: string
  readonly trial?: boolean
  readonly delegate?: string
}

interface Ended extends Editing {
  readonly cidr: string
  readonly on?: CivilDate
  readonly from?: CivilDate
  readonly for?: string
  readonly delegate?: string
}

/** `linkage network …`.
 *  @param now milliseconds since 1970 UTC */
export function networkCommand(output: Output = process.stdout, now: () => number = Date.now): Command {
  const network = new Command('network').description('來源網段 networks of an agency')
  const today = (): CivilDate => civilDateOf(now())
  editing(network.command('add <agency>').description('開放網段 open a range'))
    .requiredOption('--cidr <cidr>', '網段，例如 203.0.113.0/28')
    .requiredOption('--until <day>', '迄日，當日 24:00 止 last day', dayOf)
    .requiredOption('--document <number>', '核可文號 document')
    .option('--from <day>', '起日（預設今日） first day (today)', dayOf)
    .option('--note <text>', '說明 note')
    .option('--trial', '試行：不開放，但紀錄載明開放時將如何判定 opens nothing; records say what would have been')
    .option('--delegate <id>', '受託者之網段 of a delegate')
    .addOption(use())
    .action((agency: string, options: Added) => add(agency, options, today(), output))
  editing(network.command('end <agency>').description('結束網段 close a range: its line stays'))
    .requiredOption('--cidr <cidr>', '網段')
    .option('--on <day>', '最後一日（預設昨日，立即關閉） last day (yesterday: closed at once)', dayOf)
    .option('--from <day>', '數列中，指其起日 of several lines the one that began then', dayOf)
    .addOption(use())
    .option('--delegate <id>', '受託者之網段 of a delegate')
    .action((agency: string, options: Ended) => end(agency, options, today(), output))
  return network
}

const use = (): Option => new Option('--for <use>', '用途 use').choices(['calls', 'self-service'])

async function add(agency: string, options: Added, today: CivilDate, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const { cidr, note, until, document } = options
  const entry = {
    cidr,
    ...(note !== undefined && { note }),
    ...(options.for !== undefined && { for: options.for }),
    from: options.from ?? today,
    until,
    document,
    ...(options.trial === true && { trial: 'true' }),
  }
  append(listOf(file, 'networks', options.delegate), file.document.createNode(entry, { flow: true }))
  await propose({ folder: options.config, file, yes: options.yes }, output)
}

/** The last day is written: what was open, and by which document, stays to be read. A range that was renewed stands on several lines:
 *  one that has ended already is not meant, and of several that have not, which was meant is not for us to choose. */
async function end(agency: string, options: Ended, today: CivilDate, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const last = options.on ?? addDays(today, -1)
  const open = openBehind(last, listOf(file, 'networks', options.delegate), options.cidr)
  const named = open.filter((line) => fits(line, options))
  const [first] = named
  if (first === undefined || named.some((line) => name(line) !== name(first))) throw undecided(options.cidr, open)
  if (textOf(first, 'from') > last) {
    throw new EditRefused(
      `${options.cidr}：${textOf(first, 'from')} 才開放，最早於該日 24:00 結束（--on）；須立即關閉請用 block add --network it was opened on that day, and can end at its 24:00 (--on); block add --network closes it at once`,
    )
  }
  for (const line of named) line.set('until', last)
  await propose({ folder: options.config, file, yes: true }, output) // an earlier last day only closes
  const others = open.filter((line) => !named.includes(line))
  if (others.length > 0) output.write(`${harmless(options.cidr)} 另有未結束者 other lines are not ended：\n${listed(others)}\n`)
}

const textOf = (line: YAMLMap, member: string): string => String(line.get(member) ?? '')
const useOf = (line: YAMLMap): string => textOf(line, 'for') || 'calls'
/** What tells the lines of one range apart. */
const name = (line: YAMLMap): string => `--from ${textOf(line, 'from')} --for ${useOf(line)}`
const fits = (line: YAMLMap, { from, for: of }: Ended): boolean =>
  (from === undefined || textOf(line, 'from') === from) && (of === undefined || useOf(line) === of)
const listed = (lines: readonly YAMLMap[]): string =>
  lines.map((line) => harmless(`  ${name(line)}（至 until ${textOf(line, 'until')}，${textOf(line, 'document')}）`)).join('\n')

/** The lines of a range that would still be open behind a day, or begin behind it.
 *  @throws EditRefused where there is none */
function openBehind(last: CivilDate, networks: YAMLSeq, cidr: string): readonly YAMLMap[] {
  const lines = networks.items.filter((each) => isMap(each))
  const ofRange = lines.filter((line) => textOf(line, 'cidr') === cidr)
  if (ofRange.length === 0)
    throw notThere(
      '--cidr',
      cidr,
      lines.map((line) => textOf(line, 'cidr')),
    )
  const open = ofRange.filter((line) => textOf(line, 'until') > last)
  if (open.length > 0) return open
  throw new EditRefused(`${harmless(cidr)}：均已於 ${last} 以前結束，未變更 it has ended by then, nothing changed\n${listed(ofRange)}`)
}

const undecided = (cidr: string, open: readonly YAMLMap[]): EditRefused =>
  new EditRefused(
    `${harmless(cidr)}：未寫入，請以 --from、--for 指明其一 not written: name one of these by --from and --for\n${listed(open)}`,
  )
