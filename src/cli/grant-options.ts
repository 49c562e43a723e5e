// grant-options.ts: what a person types of a grant: its letters, lists, hours and limits.
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CivilDate } from '../calendar.ts'
import { dayOf, type Editing, editing } from './agency-file.ts'

const limits = {
  perMinute: 'per_minute',
  perDay: 'per_day',
  perUserPerDay: 'per_user_per_day',
  concurrent: 'concurrent',
  notFoundPerUserPerHour: 'not_found_per_user_per_hour',
  subjectsPerCasePerDay: 'subjects_per_case_per_day',
} as const
type Limits = { readonly [L in keyof typeof limits]?: string }

export interface Letters extends Limits {
  readonly id: string
  readonly applicationDocument: string
  readonly applicationDate: CivilDate
  readonly through?: string
  readonly approvalDocument: string
  readonly approvalDate: CivilDate
  readonly from?: CivilDate
  readonly reason?: Readonly<Record<string, string>>
  readonly hours?: readonly string[]
  readonly protectedDocument?: string
}

export interface Added extends Editing, Letters {
  readonly api: string
  readonly operations: readonly string[]
  readonly mode: string
  readonly purposes: readonly string[]
  readonly fields: readonly string[]
  readonly until: CivilDate
  readonly trial?: boolean
}

export interface Amended extends Editing, Letters {
  readonly newId?: string
  readonly until?: CivilDate
  readonly addOperation?: readonly string[]
  readonly removeOperation?: readonly string[]
  readonly addPurpose?: readonly string[]
  readonly removePurpose?: readonly string[]
  readonly addField?: readonly string[]
  readonly removeField?: readonly string[]
  readonly delegates?: boolean
}

export const names = (text: string): readonly string[] => text.split(',').map((each) => each.trim())
export const more = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...names(text)]
const span = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]
function reason(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, field, why] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (field === undefined || why === undefined)
    throw new InvalidArgumentError('須為 項目=理由，例如 income=審核之依據。 Expected field=reason.')
  return { ...before, [field.trim()]: why.trim() }
}

export const withLetters = (command: Command): Command =>
  editing(command)
    .requiredOption('--application-document <number>', '申請書文號 document of the application')
    .requiredOption('--application-date <day>', '申請日期 its day', dayOf)
    .option('--through <unit>', '業務權責單位（預設依資料項目目錄） data owner (as the catalogue says)')
    .requiredOption('--approval-document <number>', '核可文號 document of the approval')
    .requiredOption('--approval-date <day>', '核可日期 its day', dayOf)
    .option('--from <day>', '起日（預設今日） first day (today)', dayOf)
    .option(
      '--reason <field=text>',
      '敏感程度 3 以上項目之理由，可重複 why a field of sensitivity 3 or more is necessary; may be repeated',
      reason,
    )
    .option('--hours <span>', '開放時段，例如 "08:00-18:00 workdays"，可重複（不寫為全時段） hours; may be repeated', span)
    .option(
      '--protected-document <number>',
      '提供受保護之人位置資料之核可文號 the document that lifts the suppression of protected persons',
    )

const count = (text: string): string => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('須為整數。 Expected a whole number.')
  return text
}

export function withLimits(command: Command, needed: boolean): Command {
  const option = (name: string, said: string, mandatory: boolean) =>
    command.addOption(new Option(`${name} <n>`, said).argParser(count).makeOptionMandatory(mandatory))
  option('--per-minute', '每分鐘 calls a minute', needed)
  option('--per-day', '每日 calls a day', needed)
  option('--per-user-per-day', '每位使用者每日 calls of a user a day', needed)
  option('--concurrent', '同時 calls at once', needed)
  option('--not-found-per-user-per-hour', '每位使用者每小時查無資料（預設 30） answers "not found" of a user an hour (30)', false)
  return option('--subjects-per-case-per-day', '每案每日人數（預設 20） subjects of a case a day (20)', false)
}

/** As the file names them. */
export const limitsOf = (options: Limits): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(limits).flatMap(([option, member]) => {
      const value = options[option as keyof Limits] // the table's own keys
      return value === undefined ? [] : [[member, value]]
    }),
  )
