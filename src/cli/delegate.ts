// delegate.ts: `linkage delegate add|end`: who works for an agency under a contract, and may use which of its grants (R19).
import { Command } from 'commander'
import { isCollection, isMap } from 'yaml'
import { addDays, type CivilDate, civilDateOf } from '../calendar.ts'
import { harmless } from '../policy/finding.ts'
import { loadFolder } from '../policy/load.ts'
import { append, dayOf, type Editing, editing, itemOf, listOf, openAgency } from './agency-file.ts'
import { EditRefused } from './edited-file.ts'
import { names } from './grant-options.ts'
import type { Output } from './output.ts'
import { propose } from './proposed-change.ts'

interface Added extends Editing {
  readonly id: string
  readonly name: string
  readonly under?: string
  readonly document: string
  readonly from?: CivilDate
  readonly until: CivilDate
  readonly grants?: readonly string[]
}

interface Ended extends Editing {
  readonly id: string
  readonly on?: CivilDate
}

/** `linkage delegate …`.
 *  @param now milliseconds since 1970 UTC */
export function delegateCommand(output: Output = process.stdout, now: () => number = Date.now): Command {
  const delegate = new Command('delegate').description('受委託及複委託者（作業規定六（四）） delegates of an agency')
  const today = (): CivilDate => civilDateOf(now())
  editing(delegate.command('add <agency>').description('登錄受託者及其契約 a delegate and its contract'))
    .requiredOption('--id <id>', '受託者代號，與機關代號不重複 id, in the agencies’ name space')
    .requiredOption('--name <name>', '名稱 name')
    .requiredOption('--document <number>', '機關函報之文號 document of the agency')
    .requiredOption('--until <day>', '契約迄日，當日 24:00 止 last day of the contract', dayOf)
    .option('--from <day>', '契約起日（預設今日） first day of the contract (today)', dayOf)
    .option('--under <id>', '委託者（預設為機關） whom it works under (the agency)')
    .option('--grants <list>', '可使用之核可；不寫即沒有 grants that it may use; absent: none', names)
    .action((agency: string, options: Added) => add(agency, options, today(), output))
  editing(delegate.command('end <agency>').description('契約結束：保留其列 the contract ends: its line stays'))
    .requiredOption('--id <id>', '受託者代號 id')
    .option('--on <day>', '最後一日（預設昨日，立即停止） last day (yesterday: stopped at once)', dayOf)
    .action((agency: string, options: Ended) => end(agency, options, today(), output))
  return delegate
}

async function add(agency: string, options: Added, today: CivilDate, output: Output): Promise<void> {
  const { config, document, grants = [], id, name, under = agency, until, yes } = options
  const file = openAgency(config, agency)
  const list = listOf(file, 'delegates')
  append(
    list,
    file.document.createNode({
      id,
      name,
      under,
      document,
      contract: { from: options.from ?? today, until },
      grants,
      networks: [],
      credentials: [],
    }),
  )
  for (const member of ['contract', 'grants']) {
    const node = file.document.getIn(['delegates', list.items.length - 1, member])
    if (isCollection(node)) node.flow = true
  }
  await propose({ folder: config, file, yes }, output)
  output.write(
    `尚缺 still missing：linkage network add ${agency} --delegate ${id} …、linkage credential issue ${agency} --delegate ${id} …、清冊「受託單位」欄 ${id} 之使用者 users in the roster\n`,
  )
}

/** A contract that ends closes what stands under it too, by its chain: said, not written. */
async function end(agency: string, options: Ended, today: CivilDate, output: Output): Promise<void> {
  const { config, id } = options
  const file = openAgency(config, agency)
  const contract = itemOf(listOf(file, 'delegates'), 'id', id, '--id').get('contract')
  const last = options.on ?? addDays(today, -1)
  if (!isMap(contract)) throw new EditRefused(harmless(`${id}：contract 應有 from、until expected from and until`))
  const [from, until] = [String(contract.get('from')), String(contract.get('until'))]
  if (from > last)
    throw new EditRefused(
      harmless(
        `${id}：契約 ${from} 才開始，最早於該日 24:00 結束（--on）；須立即停止請用 block add --delegate the contract begins on that day, and can end at its 24:00 (--on); block add --delegate stops it at once`,
      ),
    )
  if (last > until)
    throw new EditRefused(harmless(`${id}：契約至 ${until} 止，不能以 end 展延 the contract ends on ${until}: end does not prolong it`))
  contract.set('until', last)
  await propose({ folder: config, file, yes: true }, output) // an earlier last day only closes
  output.write(stopped(config, agency, id, last))
}

/** Who stops with a delegate: those under it, and the users of all of them, whose rows want a last day. */
function stopped(folder: string, agency: string, id: string, last: string): string {
  const found = loadFolder(folder).snapshot?.agencies.get(agency)
  if (found === undefined) return ''
  const below = found.delegates.filter(({ chain }) => chain.some((each) => each.id === id)).map((each) => each.id)
  const users = [...found.roster.values()]
    .flatMap((rows) => rows.slice(-1))
    .filter(({ delegate, until }) => delegate !== undefined && below.includes(delegate) && (until ?? '9999-12-31') > last)
  const others = below.filter((each) => each !== id)
  const lines = [
    ...(others.length > 0 ? [`其下受託者一併停止 those under it stop too：${others.join('、')}`] : []),
    ...(users.length > 0
      ? [`清冊尚有其使用者，請以 roster import 補最後在職日 users still on the roster：${users.map((each) => each.account).join('、')}`]
      : []),
  ]
  return lines.map((line) => `${harmless(line)}\n`).join('')
}
