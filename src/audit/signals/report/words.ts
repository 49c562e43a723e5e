// words.ts: what the report calls its signs, thresholds and figures: Traditional Chinese first, English after.
import { problems } from '../../../problems.ts'
import type { Figure } from '../comparison.ts'
import type { SignName } from '../signals.ts'
import type { TenureKind } from '../tenure.ts'
import type { ThresholdName } from '../thresholds.ts'

export type Words = readonly [zh: string, en: string]

interface SignWords {
  readonly title: Words
  /** What is found so many of, and what the most is a number of. */
  readonly found: string
  readonly most: string
}

export const signWords: Readonly<Record<SignName, SignWords>> = {
  'off-hours': { title: ['非上班時間查詢', 'queries off hours'], found: '日', most: '筆／日' },
  bursts: { title: ['密集查詢', 'bursts of a user'], found: '人時', most: '筆／時' },
  subjects: { title: ['單日查詢對象過多', 'many subjects of a user in a day'], found: '人日', most: '對象／日' },
  'shared-subjects': { title: ['同一對象為多人查詢', 'a subject that many users asked about'], found: '對象', most: '人' },
  'wide-cases': { title: ['同一案號查詢多人', 'a case number used for many subjects'], found: '案號', most: '對象' },
  refusals: { title: ['單日被拒絕過多', 'many refusals of a credential in a day'], found: '憑證日', most: '次／日' },
  'not-found': { title: ['查無資料比率偏高', 'many answers that found nobody'], found: '帳號', most: '%' },
  addresses: { title: ['單日自多個位址使用', 'an account used from several addresses in a day'], found: '帳號日', most: '位址／日' },
  'at-once': { title: ['同時自不同位址使用', 'an account used from several addresses at once'], found: '帳號', most: '次換址' },
  joined: { title: ['到職後隨即查詢', 'queries right after joining the roster'], found: '帳號', most: '筆' },
  leaving: { title: ['離職前查詢', 'queries before leaving the roster'], found: '帳號', most: '筆' },
  left: { title: ['離職後仍有呼叫', 'calls after leaving the roster'], found: '帳號', most: '筆' },
  idle: { title: ['久未使用之帳號又查詢', 'an idle account that queries again'], found: '帳號', most: '日未查詢' },
  'unused-grants': { title: ['久未使用之核可', 'grants that were not used for long'], found: '核可', most: '日未使用' },
}

/** With its value. */
export const thresholdWords: Readonly<Record<ThresholdName, (value: number) => Words>> = {
  off_hours_calls_per_day: (value) => [`每日 ${value} 筆`, `${value} a day`],
  calls_per_user_per_hour: (value) => [`每人每小時 ${value} 筆`, `${value} of a user, an hour`],
  subjects_per_user_per_day: (value) => [`每人每日 ${value} 對象`, `${value} subjects of a user, a day`],
  users_per_subject_per_month: (value) => [`每對象每月 ${value} 人`, `${value} users of a subject, a month`],
  subjects_per_case_per_month: (value) => [`每案號每月 ${value} 對象`, `${value} subjects of a case, a month`],
  refusals_per_credential_per_day: (value) => [`每憑證每日 ${value} 次`, `${value} of a credential, a day`],
  addresses_per_account_per_day: (value) => [`每帳號每日 ${value} 位址`, `${value} addresses of an account, a day`],
  address_change_minutes: (value) => [`${value} 分鐘內換址`, `another address within ${value} minutes`],
  not_found_percent: (value) => [`回覆之 ${value}%`, `${value} per cent of answers`],
  not_found_answers: (value) => [`回覆達 ${value} 筆才計算`, `counted from ${value} answers on`],
  days_after_joining: (value) => [`啟用日起 ${value} 日`, `${value} days from the first on`],
  days_before_leaving: (value) => [`最後在職日止 ${value} 日`, `${value} days up to the last`],
  idle_days: (value) => [`${value} 日未查詢`, `${value} days without a query`],
  unused_grant_days: (value) => [`${value} 日未使用`, `${value} days without use`],
  comparison_records: (value) => [`紀錄達 ${value} 筆之機關才比較`, `agencies of ${value} records or more are compared`],
  similar_agencies: (value) => [`其他相似機關達 ${value} 個才比較`, `a comparison needs ${value} other similar agencies`],
}

export const figureWords: Readonly<Record<Figure, Words>> = {
  'off-hours': ['非上班時間比率', 'share off hours'],
  refused: ['被拒絕比率', 'share refused'],
  'not-found': ['查無資料比率', 'share of answers that found nobody'],
  'per-account': ['每帳號紀錄數', 'records per account'],
}

/** Thousandths as per cent; records per account in tenths. */
export const figureText = (figure: Figure, value: number): string => `${(value / 10).toFixed(1)}${figure === 'per-account' ? '' : '%'}`

export const tenureWords: Readonly<Record<TenureKind, Words>> = {
  joined: ['到職後', 'after joining'],
  leaving: ['離職前', 'before leaving'],
  left: ['離職後', 'after leaving'],
}

const titles: ReadonlyMap<string, { readonly title: string; readonly titleZh: string }> = new Map(Object.entries(problems))

/** Title of a reason; of one that this version does not know its code. */
export function reasonWords(code: string): Words {
  const known = titles.get(code)
  return known === undefined ? [code, ''] : [known.titleZh, known.title]
}
