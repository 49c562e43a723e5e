// grant.ts: what a changed grant opens or closes: operations, fields, purposes, days, hours, limits.
import type { Hours } from '../hours.ts'
import type { Grant } from '../snapshot.ts'
import { type Changes, compare, periodText } from './change.ts'

const limits = {
  perMinute: ['每分鐘上限', 'calls a minute'],
  perDay: ['每日上限', 'calls a day'],
  perUserPerDay: ['每人每日上限', 'calls of a user a day'],
  concurrent: ['同時上限', 'calls at once'],
  notFoundPerUserPerHour: ['每人每小時查無資料上限', 'answers "not found" of a user an hour'],
  subjectsPerCasePerDay: ['每案每日人數上限', 'subjects of a case a day'],
} as const satisfies Record<keyof Grant['limits'], readonly [string, string]>

const grantText = ({ id, api, operations, fields, from, until }: Grant): string =>
  `${id}：${api} ${operations.join('、')}（${fields.length} 項資料，${periodText({ from, until })}）`

export function compareGrants(before: readonly Grant[], after: readonly Grant[], changes: Changes): void {
  compare(before, after, ({ id }) => id, {
    added: (each) =>
      changes.add(
        'open',
        'grant-added',
        `新增核可 ${grantText(each)}：${each.fields.join('、')}`,
        `grant added: ${each.id}, ${each.api} ${each.operations.join(', ')}, fields ${each.fields.join(', ')}`,
      ),
    removed: (each) =>
      changes.add(
        'closed',
        'grant-removed',
        `移除核可 ${grantText(each)}`,
        `grant removed: ${each.id}, ${each.api} ${each.operations.join(', ')}`,
      ),
    both: (old, now) => compareGrant(old, now, changes),
  })
}

function compareGrant(old: Grant, now: Grant, changes: Changes): void {
  const [zh, en] = [`核可 ${now.id} `, `grant ${now.id}: `]
  if (old.api !== now.api || old.mode !== now.mode) {
    changes.add('closed', 'grant-of-another', `${zh}不再適用 ${old.api} ${old.mode}`, `${en}no longer of ${old.api}, mode ${old.mode}`)
    changes.add(
      'open',
      'grant-of-another',
      `${zh}改為 ${now.api} ${now.mode}：${now.fields.join('、')}`,
      `${en}now of ${now.api}, mode ${now.mode}`,
    )
  }
  changes.names('operation', old.operations, now.operations, `${zh}之作業`, `${en}operations`)
  changes.names('field', old.fields, now.fields, `${zh}之資料項目`, `${en}fields`)
  changes.names('purpose', old.purposes, now.purposes, `${zh}之目的`, `${en}purposes`)
  changes.period('grant', old, now, zh.trimEnd(), `grant ${now.id}`)
  compareHours(old.hours, now.hours, zh, en, changes)
  for (const [name, [ofZh, ofEn]] of Object.entries(limits)) {
    const limit = name as keyof Grant['limits'] // the table's own keys
    changes.bound(`limit-${limit}`, old.limits[limit], now.limits[limit], `${zh}${ofZh}`, `${en}${ofEn}`)
  }
  compareLifting(old.protectedDocument, now.protectedDocument, zh, en, changes)
  changes.note('grant-approval', old.approval.document, now.approval.document, `${zh}核可文號`, `${en}document of the approval`)
  changes.note('grant-application', old.application.document, now.application.document, `${zh}申請文號`, `${en}document of the application`)
}

/** Whether protected persons are suppressed, by the document that lifts it. */
function compareLifting(old: string | undefined, now: string | undefined, zh: string, en: string, changes: Changes): void {
  if (old === undefined && now !== undefined)
    changes.add(
      'open',
      'protected-lifted',
      `${zh}提供受保護之人之位置資料（${now}）`,
      `${en}protected persons are not suppressed any more (${now})`,
    )
  else if (old !== undefined && now === undefined)
    changes.add('closed', 'protected-kept', `${zh}不再提供受保護之人之位置資料`, `${en}protected persons are suppressed again`)
  else changes.note('protected-document', old, now, `${zh}受保護之人之文號`, `${en}document on protected persons`)
}

const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const daysZh = { workdays: '上班日', restdays: '放假日', all: '每日' } as const
const hoursZh = (hours: readonly Hours[]): string =>
  hours.map(({ days, from, until }) => `${daysZh[days]} ${clock(from)}-${clock(until)}`).join('、') || '無（不開放）'
const hoursText = (hours: readonly Hours[]): string =>
  hours.map(({ days, from, until }) => `${clock(from)}-${clock(until)} ${days}`).join(', ') || 'none'

/** Minutes of a working day and of a rest day in which a grant is open. */
function minutesOf(hours: readonly Hours[]): readonly boolean[] {
  const open = Array.from({ length: 2 * 1440 }, () => false)
  for (const { days, from, until } of hours) {
    if (days !== 'restdays') open.fill(true, from, until)
    if (days !== 'workdays') open.fill(true, 1440 + from, 1440 + until)
  }
  return open
}

function compareHours(before: readonly Hours[], after: readonly Hours[], zh: string, en: string, changes: Changes): void {
  const [old, now] = [minutesOf(before), minutesOf(after)]
  // In a year without a calendar only hours of all days are open: two spans that say the same of both kinds of days may differ there.
  const always = (hours: readonly Hours[]): readonly boolean[] => minutesOf(hours.filter(({ days }) => days === 'all'))
  const [oldAlways, nowAlways] = [always(before), always(after)]
  const [text, textZh] = [`${hoursText(before)} → ${hoursText(after)}`, `${hoursZh(before)} → ${hoursZh(after)}`]
  const longer = now.some((open, at) => open && !old[at]) || nowAlways.some((open, at) => open && !oldAlways[at])
  const shorter = old.some((open, at) => open && !now[at]) || oldAlways.some((open, at) => open && !nowAlways[at])
  if (longer) changes.add('open', 'hours-longer', `${zh}時段放寬 ${textZh}`, `${en}hours longer, ${text}`)
  if (shorter) changes.add('closed', 'hours-shorter', `${zh}時段縮短 ${textZh}`, `${en}hours shorter, ${text}`)
}
