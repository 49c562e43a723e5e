// network.ts: `linkage network add|end`: a range from which an agency may call, opened by a document, and closed.
import { Command, Option } from 'commander'
import { addDays, type CivilDate, civilDateOf } from '../calendar.ts'
import { append, dayOf, type Editing, editing, itemOf, listOf, openAgency } from './agency-file.ts'
import type { Output } from './config.ts'
import { EditRefused } from './edited-file.ts'
import { propose } from './proposed-change.ts'

interface Added extends Editing {
  readonly cidr: string
  readonly until: CivilDate
  readonly from?: CivilDate
  readonly document: string
  readonly note?: string
  readonly for?: string
  readonly delegate?: string
}

interface Ended extends Editing {
  readonly cidr: string
  readonly on?: CivilDate
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
    .option('--delegate <id>', '受託者之網段 of a delegate')
    .addOption(new Option('--for <use>', '用途 use').choices(['calls', 'self-service']))
    .action((agency: string, options: Added) => add(agency, options, today(), output))
  editing(network.command('end <agency>').description('結束網段 close a range: its line stays'))
    .requiredOption('--cidr <cidr>', '網段')
    .option('--on <day>', '最後一日（預設昨日，立即關閉） last day (yesterday: closed at once)', dayOf)
    .option('--delegate <id>', '受託者之網段 of a delegate')
    .action((agency: string, options: Ended) => end(agency, options, today(), output))
  return network
}

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
  }
  append(listOf(file, 'networks', options.delegate), file.document.createNode(entry, { flow: true }))
  await propose({ folder: options.config, file, yes: options.yes }, output)
}

/** The last day is written: what was open, and by which document, stays to be read. */
async function end(agency: string, options: Ended, today: CivilDate, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const item = itemOf(listOf(file, 'networks', options.delegate), 'cidr', options.cidr, '--cidr')
  const last = options.on ?? addDays(today, -1)
  if (String(item.get('from')) > last) {
    throw new EditRefused(
      `${options.cidr}：${String(item.get('from'))} 才開放，最早於該日 24:00 結束（--on）；須立即關閉請用 block add --network it was opened on that day, and can end at its 24:00 (--on); block add --network closes it at once`,
    )
  }
  item.set('until', last)
  await propose({ folder: options.config, file, yes: options.yes }, output)
}
