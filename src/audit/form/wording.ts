// wording.ts: the words and days of the forms: one word, one meaning; the ROC calendar (regulation, 用語).
import { type CivilDate, civilDateOf, minuteOfDay, showRocDate, showRocDateShort } from '../../calendar.ts'
import type { Mode } from '../../policy/snapshot.ts'
import type { DrawnBy, FormRow, Subject } from './audit-form.ts'

export const modeWords: Readonly<Record<Mode, string>> = { api: 'API系統介接', file: '檔案傳輸', online: '線上資料查詢' }

const drawnWords: Readonly<Record<DrawnBy, string>> = {
  month: '月抽',
  coverage: '涵蓋',
  enlargement: '擴大',
  supplement: '補抽',
  protection: '保護案件',
}

/** `月抽、涵蓋` */
export const drawnBy = (why: readonly DrawnBy[]): string => why.map((each) => drawnWords[each]).join('、')

/** `115/09/08` and `10:15:30` in Taipei.
 *  @param at RFC 3339 in UTC */
export function dayAndTime(at: string): readonly [day: string, time: string] {
  const ms = Date.parse(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = minuteOfDay(ms)
  return [showRocDateShort(civilDateOf(ms)), `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${at.slice(17, 19)}`]
}

/** `民國115年1月1日至115年6月30日` */
export function showPeriod({ from, until }: { readonly from: CivilDate; readonly until: CivilDate }): string {
  return `${showRocDate(from)}至${showRocDate(until).slice(2)}`
}

/** `115年3月`
 *  @param month `2026-03` */
export const showMonth = (month: string): string => `${Number(month.slice(0, 4)) - 1911}年${Number(month.slice(5, 7))}月`

/** `1,234` */
export const showCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

/** One decimal, never rounded up: half is reached at 50.0 % and not before. */
export function showShare(part: number, whole: number): string {
  if (whole === 0) return '－'
  const tenths = Math.floor((part * 1000) / whole)
  return `${Math.floor(tenths / 10)}.${tenths % 10}%`
}

/** How the account stands at the end of the period: `在職`, `離職115/08/31`. */
export function serviceOf({ service, user }: FormRow): string {
  if (user === undefined) return '查詢日不在清冊'
  return service.left === undefined ? '在職' : `${service.reason ?? '停用'}${showRocDateShort(service.left)}`
}

export const sealedWord = '未解除遮蔽'

export function subjectText(subject: Subject): string {
  if (subject.kind === 'sealed') return sealedWord
  return subject.kind === 'none' ? '－' : subject.text
}

export const claimedNote = '使用者為機關系統所稱，未經簽章'
