// form-values.ts: what stands on every form of a round: agency, period, counts of records and users.
import { type CivilDate, showRocDate } from '../../calendar.ts'
import type { AuditForm, MonthCount, Results, UnitCount, UserCount } from './audit-form.ts'
import { modeWords, showCount, showMonth, showPeriod, showShare } from './wording.ts'

const sum = (counts: readonly number[]): number => counts.reduce((total, each) => total + each, 0)

interface Heading {
  readonly agency: { readonly name: string }
  readonly period: AuditForm['period']
  readonly issued: CivilDate
}

/** Names of the agency and the round.
 *  @param version first day of the template's version, as the form prints it */
export function headValues({ agency, issued, period }: Heading, version: CivilDate) {
  return {
    機關名稱: agency.name,
    稽核期間: showPeriod(period),
    製表日期: showRocDate(issued),
    表單版本: showRocDate(version),
  }
}

/** What is not known before the auditors have written it. */
export const open = '＿＿'

/** Rule 六(一)3: of users. Who is to be audited is known from the draw, who was audited once results were taken back. */
export function userValues(users: UserCount, results: Results | undefined) {
  const planned = users.drawn + users.reviewed
  const audited = results?.audited.users
  return {
    總使用人數: showCount(users.total),
    離調職人數: showCount(users.left),
    應稽核人數: showCount(users.needed),
    列入稽核人數: showCount(planned),
    列入比率: showShare(planned, users.total),
    實稽核人數: audited === undefined ? open : showCount(audited),
    稽核比率: audited === undefined ? open : showShare(audited, users.total),
    抽件人數: showCount(users.drawn),
    清查人數: showCount(users.reviewed),
  }
}

export function totalValues(months: readonly MonthCount[]) {
  return {
    紀錄總數: showCount(sum(months.map(({ counted }) => counted))),
    應抽總數: showCount(sum(months.map(({ quota }) => quota))),
    實抽總數: showCount(sum(months.map(({ drawn }) => drawn))),
  }
}

/** D-10: refusals and failures do not count, and are listed in an annex. */
export const notCountedValues = ({ count, file }: AuditForm['notCounted']) => ({ 未計入筆數: showCount(count), 未計入檔名: file })

export function monthItems(months: readonly MonthCount[]) {
  return months.map(({ all, byMode, counted, drawn, month, quota, quotaOfAll }) => ({
    月份: showMonth(month),
    紀錄數: showCount(counted),
    應抽: showCount(quota),
    實抽: showCount(drawn),
    含拒絕紀錄數: showCount(all),
    含拒絕應抽: showCount(quotaOfAll),
    各方式紀錄數: byMode.map((each) => `${modeWords[each.mode]} ${showCount(each.counted)}`).join('、'),
  }))
}

export function unitItems(units: readonly UnitCount[]) {
  return units.map(({ drawn, records, reviewed, unit, users }) => ({
    單位: unit,
    使用人數: showCount(users),
    抽件人數: showCount(drawn),
    清查人數: showCount(reviewed),
    件數: showCount(records),
    稽核比率: showShare(drawn + reviewed, users),
  }))
}
