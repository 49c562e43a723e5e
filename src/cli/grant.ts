// grant.ts: `linkage grant add|amend|end`: what an agency may see, opened by its application and approval, amended by a line of its own, closed by a last day.
import { Command, Option } from 'commander'
import { isMap, isSeq, type YAMLMap } from 'yaml'
import { addDays, type CivilDate, civilDateOf } from '../calendar.ts'
import { harmless } from '../policy/finding.ts'
import { loadFolder } from '../policy/load.ts'
import { append, dayOf, type Editing, editing, freeId, itemOf, listOf, openAgency } from './agency-file.ts'
import { type EditedFile, EditRefused } from './edited-file.ts'
import { amended, differences, type GrantLine, lineOf, nodeOf } from './grant-line.ts'
import { type Added, type Amended, type Letters, limitsOf, more, names, withLetters, withLimits } from './grant-options.ts'
import type { Output } from './output.ts'
import { propose } from './proposed-change.ts'

interface Ended extends Editing {
  readonly id: string
  readonly on?: CivilDate
}

/** `linkage grant …`.
 *  @param now milliseconds since 1970 UTC */
export function grantCommand(output: Output = process.stdout, now: () => number = Date.now): Command {
  const grant = new Command('grant').description('核可：誰可以看什麼 grants of an agency')
  const today = (): CivilDate => civilDateOf(now())
  withLimits(withLetters(grant.command('add <agency>').description('新增核可 open a grant')), true)
    .requiredOption('--id <id>', '核可代號 id')
    .requiredOption('--api <id>', '資料項目目錄代號 id of the API')
    .requiredOption('--operations <list>', '作業，以逗號分隔 operations, comma-separated', names)
    .addOption(new Option('--mode <mode>', '提供方式 mode').choices(['api', 'file', 'online']).makeOptionMandatory())
    .requiredOption('--purposes <list>', '使用目的代碼 purposes', names)
    .requiredOption('--fields <list>', '資料項目 fields', names)
    .requiredOption('--until <day>', '迄日，當日 24:00 止 last day', dayOf)
    .option('--trial', '試行：不開放，但紀錄載明開放時將如何判定 opens nothing; records say what would have been')
    .action((agency: string, options: Added) => add(agency, options, today(), output))
  withLimits(
    withLetters(
      grant
        .command('amend <agency>')
        .description('變更核可：原列保留至前一日，另立新列 the old line ends the day before; a new one follows'),
    ),
    false,
  )
    .requiredOption('--id <id>', '原核可代號 id of the grant')
    .option('--new-id <id>', '新核可代號（預設依原代號編號） id of the new line')
    .option('--until <day>', '迄日（預設同原核可） last day (the old one’s)', dayOf)
    .option('--add-operation <list>', '增列作業', more)
    .option('--remove-operation <list>', '刪除作業', more)
    .option('--add-purpose <list>', '增列目的', more)
    .option('--remove-purpose <list>', '刪除目的', more)
    .option('--add-field <list>', '增列資料項目', more)
    .option('--remove-field <list>', '刪除資料項目', more)
    .option('--delegates', '原可使用之受託者亦可使用新核可 delegates that had the old one get the new one')
    .action((agency: string, options: Amended) => amend(agency, options, today(), output))
  editing(grant.command('end <agency>').description('結束核可：保留其列 close a grant: its line stays'))
    .requiredOption('--id <id>', '核可代號 id')
    .option('--on <day>', '最後一日（預設昨日，立即關閉） last day (yesterday: closed at once)', dayOf)
    .action((agency: string, options: Ended) => end(agency, options, today(), output))
  return grant
}

function lettersOf(options: Letters & Editing, api: string): Pick<GrantLine, 'application' | 'approval'> {
  const through = options.through ?? loadFolder(options.config).snapshot?.apis.get(api)?.dataOwner
  if (through === undefined)
    throw new EditRefused(harmless(`${api}：無從得知業務權責單位，請以 --through 指明 the data owner is not known here: say --through`))
  const { applicationDate, applicationDocument, approvalDate, approvalDocument } = options
  return {
    application: { document: applicationDocument, date: applicationDate, through },
    approval: { document: approvalDocument, date: approvalDate },
  }
}

async function add(agency: string, options: Added, today: CivilDate, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const { api, fields, hours, id, mode, operations, protectedDocument, purposes, reason: reasons, trial, until } = options
  const line: GrantLine = {
    id,
    ...lettersOf(options, api),
    api,
    operations,
    mode,
    purposes,
    fields,
    ...(reasons !== undefined && { reasons }),
    from: options.from ?? today,
    until,
    ...(hours !== undefined && { hours }),
    ...(trial === true && { trial: 'true' }),
    limits: limitsOf(options),
    ...(protectedDocument !== undefined && { protected: 'true', protected_document: protectedDocument }),
  }
  append(listOf(file, 'grants'), nodeOf(file.document, line))
  await propose({ folder: options.config, file, yes: options.yes, today }, output)
}

/** What was granted until now stays to be read, under the documents that granted it: records name a grant by its id. */
async function amend(agency: string, options: Amended, today: CivilDate, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const grants = listOf(file, 'grants')
  const item = itemOf(grants, 'id', options.id, '--id')
  const old = lineOf(item, file.document)
  const id = options.newId ?? freeId(grants, options.id)
  const line = amended(old, {
    id,
    ...lettersOf(options, old.api),
    from: options.from ?? today,
    until: options.until ?? old.until,
    add: { operations: options.addOperation ?? [], purposes: options.addPurpose ?? [], fields: options.addField ?? [] },
    remove: { operations: options.removeOperation ?? [], purposes: options.removePurpose ?? [], fields: options.removeField ?? [] },
    reasons: options.reason ?? {},
    limits: limitsOf(options),
    ...(options.hours !== undefined && { hours: options.hours }),
    ...(options.protectedDocument !== undefined && { protectedDocument: options.protectedDocument }),
  })
  const told = differences(old, line)
  if (told.length === 0 && line.until <= old.until)
    throw new EditRefused(
      harmless(`${options.id}：沒有任何變更；展延請給較晚之 --until nothing would be amended; to prolong it, give a later --until`),
    )
  closeBefore(item, old, line.from)
  append(grants, nodeOf(file.document, line))
  const delegates = holders(file, options.id)
  if (options.delegates === true) for (const each of delegates) each.grants.add(file.document.createNode(id))
  output.write(harmless(`${options.id} → ${id}：${told.join('；') || `展延 prolonged ${line.until}`}`).concat('\n'))
  await propose({ folder: options.config, file, yes: options.yes, today }, output)
  if (options.delegates !== true && delegates.length > 0)
    output.write(
      harmless(
        `受託者 ${delegates.map((each) => each.id).join('、')} 原可使用 ${options.id}，未含 ${id}（--delegates） delegates that had ${options.id} have not ${id}`,
      ).concat('\n'),
    )
}

/** Ends the old line the day before the new one begins; one that has ended by then stays as it is.
 *  @throws EditRefused where it would end before it begins */
function closeBefore(item: YAMLMap, old: GrantLine, from: string): void {
  const last = addDays(from as CivilDate, -1) // read as a day, by its option
  if (old.until <= last) return
  if (old.from > last)
    throw new EditRefused(
      harmless(
        `${old.id}：${old.from} 才開始，變更最早自 ${addDays(old.from as CivilDate, 1)} 起（--from） it begins on ${old.from}: an amendment holds from the day after at the earliest`,
      ),
    )
  item.set('until', last)
}

/** Delegates that may use a grant, and the lists that say so. */
function holders({ document }: EditedFile, id: string) {
  const delegates = document.get('delegates')
  return (isSeq(delegates) ? delegates.items : []).flatMap((each) => {
    const grants = isMap(each) ? each.get('grants') : undefined
    const held: unknown = isSeq(grants) ? grants.toJSON() : []
    return isMap(each) && isSeq(grants) && Array.isArray(held) && held.includes(id) ? [{ id: String(each.get('id')), grants }] : []
  })
}

/** The last day is written: what was open, and by which documents, stays to be read. */
async function end(agency: string, options: Ended, today: CivilDate, output: Output): Promise<void> {
  const file = openAgency(options.config, agency)
  const item = itemOf(listOf(file, 'grants'), 'id', options.id, '--id')
  const last = options.on ?? addDays(today, -1)
  const [from, until] = [String(item.get('from')), String(item.get('until'))]
  if (from > last)
    throw new EditRefused(
      harmless(
        `${options.id}：${from} 才開始，最早於該日 24:00 結束（--on）；須立即停止請用 block add it begins on that day, and can end at its 24:00 (--on); block add stops the caller at once`,
      ),
    )
  if (last > until)
    throw new EditRefused(
      harmless(
        `${options.id}：${until} 即到期；展延須另有核可（grant amend） it ends on ${until}: to prolong it takes an approval (grant amend)`,
      ),
    )
  item.set('until', last)
  await propose({ folder: options.config, file, yes: true }, output) // an earlier last day only closes
}
