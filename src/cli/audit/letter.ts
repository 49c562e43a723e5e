// letter.ts: `linkage audit letter`: drafts of the department's letters: 備查函, or what is to be corrected.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { allCases } from '../../audit/all-cases.ts'
import { dueDate, reportDue } from '../../audit/due-dates.ts'
import { type Reported, recordLetter } from '../../audit/form/letters.ts'
import { roundResults } from '../../audit/form/round-results.ts'
import { daysOf } from '../../audit/period.ts'
import { coverageNeed } from '../../audit/quota.ts'
import { recordedSteps } from '../../audit/recorded.ts'
import type { Round } from '../../audit/rounds.ts'
import { type CivilDate, civilDateOf, halfYearOf } from '../../calendar.ts'
import { dayOf } from '../agency-file.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { draftLetter } from './drafted-letter.ts'
import { templateInForce } from './form-files.ts'
import { reminderCommand } from './letter-reminder.ts'

interface RecordOptions {
  readonly config: string
  readonly out: string
  readonly correct?: readonly string[]
  readonly day?: CivilDate
}

/** `linkage audit letter …` */
export function letterCommand(output: Output): Command {
  const letter = new Command('letter').description('社會局函稿 drafts of the department’s letters')
  letter
    .command('record')
    .description('備查函稿；有補正事項者為補正函稿 takes a report on record, or says what is to be corrected')
    .argument('<round>', '稽核編號，例如 taipei-education-115H1 number of the round')
    .requiredOption('--out <file>', '輸出檔案（.odt），不可已存在 the .odt to write, which must not exist')
    .option('--correct <matter...>', '補正事項 what is to be corrected')
    .option('--day <day>', '函稿日期（預設今日） day of the letter (today)', dayOf)
    .option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .action((number: string, options: RecordOptions) => draftLetter(output, options, (place) => draftOf(place, number, options)))
  letter.addCommand(reminderCommand(output))
  return letter
}

/** Nothing of a record stands in it: what the steps of the round say is counted there already. */
async function draftOf({ snapshot, store }: CommandPlace, number: string, { config, correct, day }: RecordOptions): Promise<Buffer> {
  const { cases } = allCases(await recordedSteps(store.reader)).rounds
  const round = cases.get(number)
  if (round === undefined) throw new UsageError(`查無稽核 ${number}。 There is no such round: linkage audit report list.`)
  const agency = snapshot.agencies.get(round.agency)
  const sent = round.sent.at(-1)
  if (agency === undefined || sent === undefined)
    throw new UsageError(
      `${number} 尚未報送：先 linkage audit report round sent。 It was not sent yet: linkage audit report round sent, with the agency’s letter.`,
    )
  const { last } = daysOf(round)
  const due = dueDate(reportDue(halfYearOf(last)), snapshot.restDays)
  const received = {
    sent: sent.day,
    document: sent.document,
    ...(sent.received !== undefined && { received: sent.received }),
    corrections: correct ?? [],
  }
  const reported = reportedOf(round, agency, day ?? civilDateOf(Date.now()))
  return recordLetter(reported, due, received, templateInForce(resolve(config), 'record-letter', last))
}

function reportedOf(round: Round, { code, name }: Reported['agency'], issued: CivilDate): Reported {
  const { results } = round
  if (results === undefined)
    throw new UsageError(`${round.number} 尚無稽核結果。 The round has no results: linkage audit report round audited.`)
  const { first, last } = daysOf(round)
  const quota = results.months.reduce((sum, each) => sum + each.quota, 0)
  const audited = results.months.reduce((sum, each) => sum + each.audited, 0)
  return {
    agency: { code, name },
    period: { from: first, until: last },
    issued,
    users: { total: results.users.total, needed: coverageNeed(results.users.total) },
    quota,
    results: roundResults(results, audited),
  }
}
