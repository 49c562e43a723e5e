// thresholds.ts: from where on a signal is listed: as audit.yaml says, else our defaults; every report prints which.
import { type Hours, parseHours } from '../../policy/hours.ts'
import type { AuditFile } from '../../policy/schema/audit.ts'

type Configured = NonNullable<AuditFile['signals']>
export type ThresholdName = Exclude<keyof Configured, 'office_hours'>
export type Thresholds = Readonly<Record<ThresholdName, number>>

/** What holds where audit.yaml says nothing. Schema and example say the same. */
const defaults: Thresholds = {
  off_hours_calls_per_day: 20,
  calls_per_user_per_hour: 60,
  subjects_per_user_per_day: 100,
  users_per_subject_per_month: 5,
  subjects_per_case_per_month: 50,
  refusals_per_credential_per_day: 50,
  addresses_per_account_per_day: 2,
  address_change_minutes: 10,
  not_found_percent: 50,
  not_found_answers: 20,
  days_after_joining: 7,
  days_before_leaving: 14,
  idle_days: 180,
  unused_grant_days: 180,
  comparison_records: 100,
  similar_agencies: 3,
}
export const thresholdNames = Object.keys(defaults) as readonly ThresholdName[] // the keys of the record above

const defaultHours = '08:00-18:00 workdays'

export interface SignalSettings {
  readonly thresholds: Thresholds
  /** As written, `08:00-18:00 workdays`. */
  readonly officeHours: readonly string[]
  readonly hours: readonly Hours[]
  /** Names that audit.yaml does not set: our default holds. */
  readonly unset: ReadonlySet<ThresholdName | 'office_hours'>
}

export function signalSettings({ signals }: Pick<AuditFile, 'signals'>): SignalSettings {
  const { office_hours: officeHours = [defaultHours], ...set }: Partial<Configured> = signals ?? {}
  const unset = new Set<ThresholdName | 'office_hours'>(thresholdNames.filter((name) => set[name] === undefined))
  if (signals?.office_hours === undefined) unset.add('office_hours')
  return { thresholds: { ...defaults, ...set }, officeHours, hours: officeHours.flatMap((each) => parseHours(each) ?? []), unset }
}
