// user-sections.ts: the part of the report that names users, for its named reader: who asked about the most people, who was asked about by
// many, from where accounts were used, who came and went, who opened what.
import { type CivilDate, civilDateOf, showRocDateShort } from '../../../calendar.ts'
import type { XmlNode } from '../../../policy/forms/xml-tree.ts'
import { type AccountRow, idleDays, notFoundPercent } from '../account-signs.ts'
import type { Listed } from '../counts.ts'
import type { UserSignals } from '../signals.ts'
import { grouped, sparkline } from './charts.ts'
import { h } from './html.ts'
import { type Column, heading, note, paragraph, type Row, table } from './parts.ts'
import type { AgencyReport, NamedPart } from './report.ts'
import { signWords, tenureWords, type Words } from './words.ts'

/** A list that may be empty, or longer than what is shown of it. */
function listed(title: Words, words: Words, columns: readonly Column[], rows: readonly Row[], more = 0): readonly XmlNode[] {
  if (rows.length === 0) return [heading(title), paragraph(['沒有。', 'None.'])]
  const rest = more > 0 ? [note([`另有 ${grouped(more)} 項未列，請提高門檻或縮小範圍。`, `${more} more are not listed.`])] : []
  return [heading(title), paragraph(words), table(columns, rows), ...rest]
}

const moreOf = ({ rows, total }: Listed<unknown>): number => Math.max(0, total - rows.length)
const mono = (text: string): XmlNode => h('span', { class: 'm' }, text)

/** The sections of the named part, from seven on. */
export function userSections(report: AgencyReport, named: NamedPart): readonly XmlNode[] {
  return [
    ...usersSection(report, named),
    ...addressesSection(named),
    ...sharedSection(named.users),
    ...casesSection(named.users),
    ...tenureSection(named),
    ...idleSection(named),
    ...credentialsSection(named.users),
    ...openingsSection(named.users),
  ]
}

/** Account, who that is by the roster, and what else there is to say of it. */
function whoIs({ holders }: NamedPart, account: string, why = ''): XmlNode {
  const holder = holders.get(account)
  const text =
    holder === undefined
      ? '清冊無此帳號 not on the roster'
      : `${holder.name}　${holder.unit}${holder.kind === 'system' ? '（系統帳號）' : ''}`
  return h(
    'div',
    { class: 'who' },
    mono(account),
    h('span', { class: 'en' }, text),
    ...(why === '' ? [] : [h('span', { class: 'why' }, why)]),
  )
}

function usersSection({ signals }: AgencyReport, named: NamedPart): readonly XmlNode[] {
  const { days, users } = named
  const byAccount = Map.groupBy(days, ({ account }) => account)
  const line = (account: string): XmlNode => {
    const own = new Map(byAccount.get(account)?.map(({ day, records }) => [day, records]))
    const records = signals.days.map(({ day }) => own.get(day) ?? 0)
    return sparkline(records, `${account}：每日紀錄數 records a day`)
  }
  const row = (each: AccountRow): Row => ({
    on: each.signs.length > 0,
    cells: [
      each.signs.length > 0 ? '●' : '',
      whoIs(named, each.account, each.signs.map((sign) => signWords[sign].title[0]).join('、')),
      grouped(each.subjects),
      `${grouped(each.subjectsOfDay)}`,
      grouped(each.records),
      grouped(each.ofHour),
      grouped(each.offHours),
      each.answered === 0 ? '–' : `${notFoundPercent(each)}%`,
      grouped(each.refused),
      line(each.account),
    ],
  })
  const withSigns = users.users.rows.filter(({ signs }) => signs.length > 0).length
  return listed(
    ['七、使用者', 'users'],
    [
      `查詢對象最多者，及達任一門檻者（共 ${users.users.total} 個帳號）。每日之圖各列自有刻度，多寡看數字。`,
      `Those with the most subjects, and whoever reaches a threshold (${users.users.total} accounts). Each chart has its own scale: how many, the numbers say.`,
    ],
    [
      { words: ['', ''], as: 'd' },
      { words: ['帳號', 'account'] },
      { words: ['對象', 'subjects'], as: 'n' },
      { words: ['單日最多', 'in a day'], as: 'n' },
      { words: ['紀錄', 'records'], as: 'n' },
      { words: ['每時最多', 'in an hour'], as: 'n' },
      { words: ['非上班', 'off hours'], as: 'n' },
      { words: ['查無', 'nobody'], as: 'n' },
      { words: ['拒絕', 'refused'], as: 'n' },
      { words: ['每日', 'day by day'] },
    ],
    users.users.rows.map(row),
    Math.max(0, users.users.total - withSigns),
  )
}

function addressesSection(named: NamedPart): readonly XmlNode[] {
  const rows = named.users.users.rows.filter(({ signs }) => signs.includes('addresses') || signs.includes('at-once'))
  return listed(
    ['八、自多個位址使用之帳號', 'accounts used from several addresses'],
    [
      '換址為前後兩筆在門檻分鐘數內來自不同位址，可能為共用帳號；經多個出口連線之機關亦會如此。位址請以 linkage log find --account 查。',
      'A change is two records within the minutes of the threshold from different addresses: a shared account, or an agency with several exits.',
    ],
    [
      { words: ['帳號', 'account'] },
      { words: ['本月位址', 'addresses'], as: 'n' },
      { words: ['單日最多', 'in a day'], as: 'n' },
      { words: ['達門檻之日', 'days'], as: 'n' },
      { words: ['換址次數', 'changes'], as: 'n' },
    ],
    rows.map((each) => ({
      cells: [
        whoIs(named, each.account),
        grouped(each.addresses),
        grouped(each.addressesOfDay),
        grouped(each.addressDays),
        grouped(each.switches),
      ],
    })),
  )
}

const sharedSection = ({ subjects }: UserSignals): readonly XmlNode[] =>
  listed(
    ['九、同一對象為多人查詢', 'subjects that many users asked about'],
    [
      '以標籤表示，未解除遮蔽：不知其為何人。需要時以 linkage log open 解除遮蔽並留下紀錄。',
      'By tag: who it is was not opened. linkage log open does, and records it.',
    ],
    [
      { words: ['對象標籤', 'tag'] },
      { words: ['使用者', 'users'], as: 'n' },
      { words: ['紀錄', 'records'], as: 'n' },
      { words: ['帳號', 'accounts'] },
    ],
    subjects.rows.map(({ accounts, records, subject, users }) => ({
      cells: [mono(subject), grouped(users), grouped(records), mono(`${accounts.join('、')}${users > accounts.length ? ' …' : ''}`)],
    })),
    moreOf(subjects),
  )

const casesSection = ({ cases }: UserSignals): readonly XmlNode[] =>
  listed(
    ['十、同一案號查詢多人', 'case numbers used for many subjects'],
    ['調閱該案卷，核對對象是否均屬該案。', 'The file of the case shows whether all of them belong to it.'],
    [
      { words: ['案號', 'case'] },
      { words: ['對象', 'subjects'], as: 'n' },
      { words: ['使用者', 'users'], as: 'n' },
      { words: ['紀錄', 'records'], as: 'n' },
    ],
    cases.rows.map((each) => ({ cells: [mono(each.case), grouped(each.subjects), grouped(each.users), grouped(each.records)] })),
    moreOf(cases),
  )

const day = (date: CivilDate): string => showRocDateShort(date)

const tenureSection = (named: NamedPart): readonly XmlNode[] =>
  listed(
    ['十一、到職、離職前後之查詢', 'queries around joining and leaving the roster'],
    [
      '依清冊之啟用日及最後在職日。離職後仍有呼叫者，應查明帳號是否為他人所用；獲回覆者尤應查。',
      'By the first and last days on the roster. Calls after leaving: somebody else may use the account, the more so where they were answered.',
    ],
    [
      { words: ['', ''] },
      { words: ['帳號', 'account'] },
      { words: ['啟用或最後在職日', 'first or last day'], as: 'n' },
      { words: ['紀錄', 'records'], as: 'n' },
      { words: ['獲回覆', 'answered'], as: 'n' },
      { words: ['對象', 'subjects'], as: 'n' },
    ],
    named.users.tenure.map((each) => ({
      on: each.kind === 'left' && each.answered > 0,
      cells: [
        tenureWords[each.kind].join(' '),
        whoIs(named, each.account),
        day(each.day),
        grouped(each.records),
        grouped(each.answered),
        grouped(each.subjects),
      ],
    })),
  )

const idleSection = (named: NamedPart): readonly XmlNode[] =>
  listed(
    ['十二、久未使用又查詢之帳號', 'idle accounts that query again'],
    ['上次紀錄至本月第一筆之間隔。', 'From the last record before the month to the first in it.'],
    [
      { words: ['帳號', 'account'] },
      { words: ['上次', 'last'], as: 'n' },
      { words: ['本月第一筆', 'first of the month'], as: 'n' },
      { words: ['間隔（日）', 'days'], as: 'n' },
      { words: ['本月紀錄', 'records'], as: 'n' },
    ],
    named.users.users.rows
      .filter(({ signs }) => signs.includes('idle'))
      .map((each) => ({
        cells: [
          whoIs(named, each.account),
          each.before === undefined ? '–' : day(civilDateOf(each.before)),
          day(civilDateOf(each.first)),
          grouped(idleDays(each)),
          grouped(each.records),
        ],
      })),
  )

const credentialsSection = ({ credentials }: UserSignals): readonly XmlNode[] =>
  listed(
    ['十三、單日被拒絕過多之憑證', 'credentials that were refused often in a day'],
    ['逐筆紀錄及僅彙計者合計。', 'Recorded and only counted ones together.'],
    [{ words: ['憑證', 'credential'] }, { words: ['日期', 'day'], as: 'n' }, { words: ['拒絕', 'refusals'], as: 'n' }],
    credentials.rows.map((each) => ({ cells: [mono(each.credential), day(each.day), grouped(each.refused)] })),
    moreOf(credentials),
  )

const openingsSection = ({ openings }: UserSignals): readonly XmlNode[] =>
  listed(
    ['十四、本機關紀錄之解除遮蔽', 'openings of this agency’s records'],
    ['稽核人員於本月解除遮蔽本機關紀錄之查詢對象：次數及筆數。', 'What auditors opened of the agency’s records in the month.'],
    [{ words: ['稽核人員', 'auditor'] }, { words: ['次數', 'acts'], as: 'n' }, { words: ['筆數', 'records'], as: 'n' }],
    openings.map(({ acts, auditor, opened, unit }) => ({ cells: [mono(`${unit} ${auditor}`), grouped(acts), grouped(opened)] })),
  )
