// signals-text.ts: the signals of a month as a table for people, and as JSON for machines.
import { shareText } from '../../audit/signals/report/agency-sections.ts'
import { monthText } from '../../audit/signals/report/page.ts'
import type { AgencyReport, Reader } from '../../audit/signals/report/report.ts'
import { signWords } from '../../audit/signals/report/words.ts'
import { tableText } from '../log/terminal-table.ts'
import type { ReadableMonth } from './signals-asked.ts'
import type { AllReports } from './signals-read.ts'

/** What the command tells. */
export interface ToldSignals {
  readonly all: AllReports
  readonly month: ReadableMonth
  readonly reader: Reader | undefined
  /** Where the pages stand; absent: nowhere. */
  readonly folder: string | undefined
}

const headings = [
  ['機關', 'agency'],
  ['紀錄', 'records'],
  ['非上班', 'off hours'],
  ['查無', 'nobody'],
  ['拒絕', 'refused'],
  ['達門檻之徵兆', 'signs that reach their thresholds'],
] as const

function rowOf({ agency, signals: { signs, totals } }: AgencyReport): readonly string[] {
  const reached = signs
    .filter(({ found }) => found > 0)
    .map(({ found, sign }) => `${signWords[sign].title[0]} ${found} ${signWords[sign].found}`)
  return [
    `${agency.name} ${agency.id}`,
    String(totals.records),
    shareText(totals.offHours, totals.records),
    shareText(totals.notFound, totals.answered),
    String(totals.refused + totals.countedRefusals),
    reached.length === 0 ? '–' : reached.join('、'),
  ]
}

export function signalsText({ all: { quiet, reports }, folder, month, reader }: ToldSignals): string {
  const { asked, provisional, unread } = month
  return [
    `異常徵兆 signals ${monthText(asked.month)} ${asked.month}${provisional ? '〔暫定：本月尚未結束 provisional: the month has not ended〕' : ''}\n`,
    reports.length === 0 ? '本月沒有紀錄 nothing is recorded\n' : tableText(headings, reports.map(rowOf)),
    ...(quiet.length === 0 ? [] : [`本月無紀錄 without records: ${quiet.join('、')}\n`]),
    ...(unread === 0
      ? []
      : [
          `注意 note: 本月另有 ${unread} 筆尚未簽署或尚未納入查詢，不在以上數字中 entries are not signed or not searched yet, and not counted\n`,
        ]),
    '風險清單，列於隨機抽樣之旁，不取代抽樣 a list of risks beside the random draw, never instead of it\n',
    ...(reader === undefined ? [] : [`已記入 recorded: ${reader.log} 第 ${reader.index} 筆\n`]),
    ...(folder === undefined ? [] : [`已寫入 written: ${folder}（${reports.length} 份 pages）\n`]),
  ].join('')
}

/** The document of `--json`. Members are only ever added. */
export function signalsJson({ all: { quiet, reports }, folder, month, reader }: ToldSignals): string {
  const { asked, provisional, reads, settings, unread } = month
  const report = {
    month: asked.month,
    provisional,
    unread,
    logs: reads,
    thresholds: settings.thresholds,
    office_hours: settings.officeHours,
    defaults: [...settings.unset].sort(),
    entries: reader === undefined ? [] : [{ index: reader.index, log: reader.log }],
    folder: folder ?? null,
    quiet,
    agencies: reports.map(({ agency, comparison, named, reproduction, signals }) => ({
      agency: agency.id,
      name: agency.name,
      ...signals,
      comparison,
      ...(named !== undefined && { users: { ...named.users, days: named.days } }),
      reproduction,
    })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}
