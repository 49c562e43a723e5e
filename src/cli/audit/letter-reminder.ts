// letter-reminder.ts: `linkage audit letter reminder`: 稽催函, the draft of a letter to an agency whose report is overdue.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { statusOf } from '../../audit/agency-status.ts'
import { reminderLetter } from '../../audit/form/letters.ts'
import { type OverdueHalfYear, overdueHalfYears, undoneText } from '../../audit/overdue.ts'
import { type CivilDate, civilDateOf } from '../../calendar.ts'
import { dayOf } from '../agency-file.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { draftLetter } from './drafted-letter.ts'
import { templateInForce } from './form-files.ts'
import { statusFacts } from './status-facts.ts'
import { wordsGiven } from './words-given.ts'

interface Options {
  readonly config: string
  readonly contact: string
  readonly day?: CivilDate
  readonly halfYear?: string
  readonly out: string
}

/** `linkage audit letter reminder`. No record is read for it: steps and downloads are. */
export function reminderCommand(output: Output, now: () => number = Date.now): Command {
  return new Command('reminder')
    .description('稽催函稿：逾期未報送、未補正者 reminds an agency whose report, or its correction, is overdue')
    .argument('<agency>', '機關代號 id of the agency')
    .requiredOption('--out <file>', '輸出檔案（.odt），不可已存在 the .odt to write, which must not exist')
    .requiredOption('--contact <text>', '聯絡單位及電話，印於函稿 whom to ask: unit and telephone')
    .option('--half-year <half>', '哪一個半年，例如 115H1（預設最早逾期者） which half-year (the oldest that is overdue)')
    .option('--day <day>', '函稿日期（預設今日） day of the letter (today)', dayOf)
    .option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .action(async (agency: string, options: Options) => {
      const contact = wordsGiven('--contact', options.contact, 100)
      const day = options.day ?? civilDateOf(now())
      await draftLetter(output, options, (place) => draftOf(place, agency, { ...options, contact }, day))
    })
}

/** @throws UsageError where nothing is overdue, or not of that half-year */
async function draftOf({ audit, snapshot, store }: CommandPlace, id: string, options: Options, day: CivilDate): Promise<Buffer> {
  const agency = snapshot.agencies.get(id)
  if (agency === undefined) throw new UsageError(`設定中沒有機關 ${id}。 There is no agency ${id}.`)
  const status = statusOf(agency, await statusFacts(store, snapshot, audit, day))
  const overdue = status === undefined ? [] : overdueHalfYears(status, day)
  const { due, half, undone } = chosenOf(overdue, id, options.halfYear, day)
  const of = {
    agency: { name: agency.name },
    period: { from: half.from, until: half.until },
    issued: day,
    due,
    undone: undone.map((item) => ({ about: undoneText(item), due: item.due.nominal })),
    contact: options.contact,
  }
  return reminderLetter(of, templateInForce(resolve(options.config), 'reminder-letter', half.until))
}

function chosenOf(overdue: readonly OverdueHalfYear[], id: string, wanted: string | undefined, day: CivilDate): OverdueHalfYear {
  const found = wanted === undefined ? overdue[0] : overdue.find(({ half }) => half.label === wanted)
  if (found !== undefined) return found
  if (overdue.length === 0)
    throw new UsageError(
      `${id} 於 ${day} 沒有逾期之報送或補正；期限前之提醒請用 linkage audit status --remind。 Nothing of its reports is overdue on ${day}: before a due date remind by linkage audit status --remind.`,
    )
  const labels = overdue.map(({ half }) => half.label).join('、')
  throw new UsageError(`--half-year ${wanted}：${id} 逾期者為 ${labels}。 Overdue are ${labels}.`)
}
