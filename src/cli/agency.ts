// agency.ts: `linkage agency new|suspend|restore|reapprove|terminate`: a new agency, or one more line of an agency's standing (R20, R21).
import { Command, Option } from 'commander'
import { addDays, type CivilDate, civilDateOf, periodEnd } from '../calendar.ts'
import { loadFolder } from '../policy/load.ts'
import { workingDayFrom } from '../policy/rest-days.ts'
import type { RestDays, StandingAction } from '../policy/snapshot.ts'
import { standingAfter } from '../policy/standing.ts'
import { append, dayOf, type Editing, editing, listOf, openAgency } from './agency-file.ts'
import { newAgencyCommand } from './agency-new.ts'
import { UsageError } from './log/usage-error.ts'
import type { Output } from './output.ts'
import { propose } from './proposed-change.ts'
import type { Ask } from './terminal.ts'

interface Line extends Editing {
  readonly document: string
  readonly effective?: CivilDate
  readonly note?: string
}
interface Suspended extends Line {
  readonly noticeDocument: string
  readonly noticeDate: CivilDate
  readonly deadline: CivilDate
  readonly decisionDate: CivilDate
}
interface Restored extends Line {
  readonly completed: CivilDate
  readonly appliedDocument: string
  readonly appliedDate: CivilDate
  readonly consentDate: CivilDate
  readonly nextWorkingDay?: boolean
}
interface Terminated extends Line {
  readonly by: string
  readonly noticeDocument?: string
  readonly received?: CivilDate
}

const line = (command: Command): Command =>
  editing(command)
    .requiredOption('--document <number>', '文號 document')
    .option('--effective <day>', '生效日，自當日 00:00 起（預設今日） first day (today)', dayOf)
    .option('--note <text>', '備註 note')

/** `linkage agency …`.
 *  @param now milliseconds since 1970 UTC
 *  @param ask in place of the person at the terminal */
export function agencyCommand(output: Output = process.stdout, now: () => number = Date.now, ask?: Ask): Command {
  const agency = new Command('agency').description('新機關，及機關之停復權 a new agency, and the standing of each')
  agency.addCommand(newAgencyCommand(output, now, ask))
  const today = (): CivilDate => civilDateOf(now())
  line(agency.command('suspend <agency>').description('暫停（作業規定六（五）） suspend'))
    .requiredOption('--notice-document <number>', '限期改善通知之文號 document of the notice to improve')
    .requiredOption('--notice-date <day>', '限期改善通知之日期 day of that notice', dayOf)
    .requiredOption('--deadline <day>', '改善期限 deadline of the improvement', dayOf)
    .requiredOption('--decision-date <day>', '核定暫停之日期 day of the decision', dayOf)
    .action((id: string, options: Suspended) => {
      const { deadline, decisionDate, document, noticeDate, noticeDocument } = options
      const notice = { document: noticeDocument, date: noticeDate }
      return extend(
        id,
        options,
        { action: 'suspend', document, notice, deadline, decision: { document, date: decisionDate } },
        today(),
        output,
      )
    })
  line(agency.command('restore <agency>').description('回復：三個月內完成改善 restore: improved within three months'))
    .requiredOption('--completed <day>', '改善完成日 day on which the improvement was completed', dayOf)
    .requiredOption('--applied-document <number>', '機關申請之文號 document of the application')
    .requiredOption('--applied-date <day>', '機關申請之日期 day of the application', dayOf)
    .requiredOption('--consent-date <day>', '社會局同意之日期 day of the consent', dayOf)
    .option(
      '--next-working-day',
      '三個月末日遇休息日，決定以次一工作日為準（D-13） the three months end on a rest day: it was decided that the next working day counts',
    )
    .action((id: string, options: Restored) => {
      const { appliedDate, appliedDocument, completed, consentDate, document } = options
      const last = options.nextWorkingDay === true ? { last_day: decidedDay(options.config, id) } : {}
      const applied = { document: appliedDocument, date: appliedDate }
      return extend(
        id,
        options,
        { action: 'restore', document, completed, ...last, applied, consent: { document, date: consentDate } },
        today(),
        output,
      )
    })
  line(agency.command('reapprove <agency>').description('重新核可：先前之核可均已失效 approve anew: older grants are closed')).action(
    (id: string, options: Line) => extend(id, options, { action: 'reapprove', document: options.document }, today(), output),
  )
  line(agency.command('terminate <agency>').description('終止（作業規定六（六）） terminate'))
    .addOption(new Option('--by <whom>', '由誰終止 by whom').choices(['agency', 'department', 'abolished']).makeOptionMandatory())
    .option('--notice-document <number>', '機關終止通知之文號 document of the agency’s notice')
    .option('--received <day>', '收文日 day on which it was received', dayOf)
    .action((id: string, options: Terminated) => {
      const { by, document } = options
      return extend(id, options, { action: 'terminate', document, by, ...noticeOf(options) }, today(), output)
    })
  return agency
}

/** A notice is a letter and the day on which it came: half of it is nobody's, and is not left out without a word.
 *  @throws UsageError naming what is missing */
function noticeOf({ noticeDocument, received }: Terminated): {
  readonly notice?: { readonly document: string; readonly received: CivilDate }
} {
  if (noticeDocument !== undefined && received !== undefined) return { notice: { document: noticeDocument, received } }
  if (noticeDocument === undefined && received === undefined) return {}
  const [is, missing] = received === undefined ? ['--notice-document', '--received'] : ['--received', '--notice-document']
  throw new UsageError(`只有 ${is}，缺少 ${missing}：終止通知須有文號及收文日 a notice has a document and a day: ${missing} is missing`)
}

interface Members {
  readonly action: StandingAction
  readonly document: string
  readonly [member: string]: unknown
}

async function extend(id: string, options: Line, members: Members, today: CivilDate, output: Output): Promise<void> {
  const file = openAgency(options.config, id)
  const effective = options.effective ?? today
  const entry = { effective, ...members, ...(options.note !== undefined && { note: options.note }) }
  append(listOf(file, 'standing'), file.document.createNode(entry))
  // Behind all other lines, what does not approve only closes: whatever else cannot be compared.
  const yes = standingAfter(members.action) === 'approved' ? options.yes : true
  await propose({ folder: options.config, file, yes }, output)
  if (standingAfter(members.action) !== 'approved' && effective < today) output.write(servedSince(id, effective, today))
  // R10: a using unit is restored whenever it has improved.
  if (members.action === 'suspend' && file.document.get('kind') !== 'using-unit') output.write(next(options.config, effective))
}

/** A line acts from when it is saved, whatever day it names: calls of the days between were decided without it. */
const servedSince = (id: string, effective: CivilDate, today: CivilDate): string =>
  `生效日 ${effective} 早於今日：自該日起已提供之查詢不會撤回，請查明 it takes effect from an earlier day than today: what was served since stands, look into it\n  linkage log find --agency ${id} --from ${effective} --to ${today}\n`

/** What an officer is to know behind a suspension: by when an improvement still restores (行政程序法 §48). */
function next(folder: string, suspended: CivilDate): string {
  const day = periodEnd(suspended, 3)
  return `至 ${day} 止完成改善者可回復，之後須重新核可 improved by ${day} it can be restored; from ${addDays(day, 1)} on it must be approved anew\n${restText(day, loadFolder(folder).snapshot?.restDays)}`
}

/** D-13: the literal day counts; where it is one of rest both days are said, and a person decides. */
function restText(day: CivilDate, restDays: RestDays | undefined): string {
  if (restDays === undefined)
    return `設定有誤，${day} 是否為休息日不明 whether ${day} is a rest day is unknown: there are errors in the configuration\n`
  const working = workingDayFrom(day, restDays)
  if (working === day) return ''
  if (working === undefined)
    return `${day} 是否為休息日不明：缺少該年之辦公日曆表（calendar/） whether ${day} is a rest day is unknown: there is no calendar of that year\n`
  return `${day} 為休息日，次一工作日為 ${working}：以 ${day} 為準（D-13），是否以 ${working} 為準由承辦人決定（agency restore --next-working-day） ${day} is a rest day, the next working day is ${working}: the former counts (D-13); whether the latter does, a person decides\n`
}

/** The decision, where it can be held against the calendar.
 *  @throws UsageError where the three months end on no rest day, or there is no calendar of their year */
function decidedDay(folder: string, id: string): 'next-working-day' {
  const { snapshot } = loadFolder(folder)
  const last = snapshot?.agencies.get(id)?.standing.at(-1)
  // Another line than a suspension, and a folder with a mistake, are told of by the proposal.
  if (snapshot === undefined || last?.action !== 'suspend') return 'next-working-day'
  const day = periodEnd(last.effective, 3)
  const working = workingDayFrom(day, snapshot.restDays)
  if (working === undefined)
    throw new UsageError(
      `缺少 ${day.slice(0, 4)} 年之辦公日曆表，次一工作日不明 there is no calendar of that year: calendar/${day.slice(0, 4)}.csv`,
    )
  if (working === day) throw new UsageError(`${day} 不是休息日，無從以次一工作日為準 ${day} is no rest day: nothing is to be decided`)
  return 'next-working-day'
}
