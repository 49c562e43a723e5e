// page.ts: the report of one agency's month as a page that people open and print.
import { showRocDate } from '../../../calendar.ts'
import type { XmlNode } from '../../../policy/forms/xml-tree.ts'
import { thresholdNames } from '../thresholds.ts'
import { comparisonSection, daysSection, factsOf, grantsSection, hoursSection, refusalsSection, signsSection } from './agency-sections.ts'
import { grouped } from './charts.ts'
import { h, pageOf } from './html.ts'
import { heading, note, paragraph, table } from './parts.ts'
import type { AgencyReport, NamedPart } from './report.ts'
import { style } from './style.ts'
import { userSections } from './user-sections.ts'
import { thresholdWords } from './words.ts'

/** `民國115年10月` */
export const monthText = (month: string): string => `民國${Number(month.slice(0, 4)) - 1911}年${Number(month.slice(5))}月`

/** @returns HTML: without a named part no identity stands in it */
export function reportPage(report: AgencyReport): string {
  const { agency, comparison, month, named, settings, signals } = report
  const title = `異常徵兆月報　${agency.name}　${monthText(month)}`
  return pageOf(title, style, [
    headOf(report),
    ...notesOf(report),
    ...(named === undefined ? [] : [readerNote(named)]),
    ...signsSection(signals.signs),
    ...daysSection(signals),
    ...hoursSection(signals, settings),
    ...refusalsSection(signals),
    ...comparisonSection(comparison, settings),
    ...grantsSection(signals),
    ...(named === undefined ? [] : userSections(report, named)),
    ...thresholdsSection(report),
    ...sourcesSection(report),
  ])
}

const headOf = ({ agency, made, month, named, provisional, signals }: AgencyReport): XmlNode =>
  h(
    'header',
    {},
    h(
      'h1',
      {},
      `${agency.name}　${monthText(month)}異常徵兆月報${provisional ? '〔暫定〕' : ''}`,
      h('small', {}, `Signals of ${month}${provisional ? ', provisional' : ''}`),
      ...(named === undefined ? [] : [h('span', { class: 'only' }, '含使用者，限閱覽人 with users, for its named reader')]),
    ),
    h('p', { class: 'muted' }, `${agency.id}${agency.code === undefined ? '' : `　機關代碼 ${agency.code}`}　製表 ${showRocDate(made)}`),
    factsOf(signals),
  )

function notesOf({ provisional, unread }: AgencyReport): readonly XmlNode[] {
  return [
    note([
      '本報表為隨機抽樣之外之風險清單（作業規定六（二）），不取代抽樣：抽樣只依封存之母體及種子值，不採用本報表任何數字。',
      'A list of risks beside the random draw, never instead of it: the draw follows from the frozen population and the seed alone, and takes no number from here.',
    ]),
    ...(provisional
      ? [
          note(
            [
              '本月尚未結束，以下數字暫定，月底後請重製。',
              'The month has not ended: the numbers are provisional. Make the report again after its end.',
            ],
            true,
          ),
        ]
      : []),
    ...(unread > 0
      ? [
          note(
            [
              `本月另有 ${grouped(unread)} 筆尚未簽署或尚未納入查詢，不在以下數字中，請稍後重製。`,
              `${unread} entries of the month are not signed or not searched yet, and not in these numbers: make the report again later.`,
            ],
            true,
          ),
        ]
      : []),
  ]
}

const readerNote = ({ claimed, reader }: NamedPart): XmlNode =>
  h(
    'div',
    { class: 'note warn' },
    paragraph([
      `閱覽人：${reader.name}（${reader.unit} ${reader.account}）；事由：${reader.reason}${reader.document === undefined ? '' : `；文號：${reader.document}`}。已記入 ${reader.log} 第 ${reader.index} 筆。含個人資料，請勿轉交，用畢銷毀。`,
      `For ${reader.name} alone, recorded in ${reader.log}, entry ${reader.index}. It holds personal data.`,
    ]),
    ...(claimed
      ? [
          paragraph([
            '以 API 金鑰呼叫者，使用者為機關系統所稱，未經簽章。',
            'Of calls with an API key the user is what the agency’s system says, unsigned.',
          ]),
        ]
      : []),
  )

function thresholdsSection({ settings }: AgencyReport): readonly XmlNode[] {
  const words = (unset: boolean): string => (unset ? '預設 default' : 'config/audit.yaml')
  const { officeHours, thresholds, unset } = settings
  const rows = [
    { cells: ['office_hours', `上班時間 ${officeHours.join('、')}`, words(unset.has('office_hours'))] },
    ...thresholdNames.map((name) => ({ cells: [name, thresholdWords[name](thresholds[name])[0], words(unset.has(name))] })),
  ]
  return [
    heading(['採用之門檻', 'thresholds']),
    table([{ words: ['設定', 'setting'], as: 'm' }, { words: ['門檻', 'threshold'] }, { words: ['來源', 'from'] }], rows),
  ]
}

function sourcesSection({ logs, reproduction }: AgencyReport): readonly XmlNode[] {
  const rows = logs.map(({ log, read, searched, signed, size }) => ({
    cells: [log, grouped(size), grouped(signed), grouped(searched), grouped(read)],
  }))
  return [
    heading(['資料來源及重算', 'sources, and how to count again']),
    paragraph([
      '只讀已簽署且已納入查詢之紀錄。查詢對象及上游多送之資料均在密封部分，本報表未開啟：看不到查詢的是何人（例如本人、親屬、同事），也不含上游多送之項目。檔案傳輸之當事人不在對象數中。',
      'Only what is signed and searched was read. Nothing sealed was opened: who was asked about, and what an upstream sent beyond the approved, are not seen here. People whom a file transfer names are not counted as subjects.',
    ]),
    table(
      [
        { words: ['紀錄', 'log'], as: 'm' },
        { words: ['全部', 'entries'], as: 'n' },
        { words: ['已簽署', 'signed'], as: 'n' },
        { words: ['已納入查詢', 'searched'], as: 'n' },
        { words: ['讀至', 'read below'], as: 'n' },
      ],
      rows,
    ),
    paragraph([
      '以 linkage_auditor 連線資料庫，先執行下列設定，再執行 docs/signals.sql 之各查詢，即得相同數字。',
      'As linkage_auditor: these settings, and then the statements of docs/signals.sql, give the same numbers.',
    ]),
    h('pre', {}, reproduction),
  ]
}
