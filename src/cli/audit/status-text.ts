// status-text.ts: a status as people read it: one row for each thing that an agency owes, coloured by how it stands.
import type { AgencyStatus } from '../../audit/agency-status.ts'
import { type DueItem, dueWords } from '../../audit/due-items.ts'
import { type CivilDate, showRocDateShort } from '../../calendar.ts'
import type { AuditFile } from '../../policy/schema/audit.ts'
import { tableText } from '../log/terminal-table.ts'
import { painter } from '../terminal-text.ts'

const headings = [
  ['機關', 'agency'],
  ['事項', 'what'],
  ['期間', 'of'],
  ['期限', 'due'],
  ['現況', 'state'],
  ['說明', 'detail'],
] as const

const stateWords: Readonly<
  Record<DueItem['state'] | 'held', readonly [zh: string, en: string, style: 'dim' | 'green' | 'red' | 'yellow']>
> = {
  done: ['完成', 'done', 'green'],
  waiting: ['待社會局', 'with the department', 'dim'],
  open: ['未完成', 'open', 'yellow'],
  undecided: ['遇休息日，由人決定', 'rest day: to be decided', 'yellow'],
  overdue: ['逾期', 'overdue', 'red'],
  'to-come': ['未到期', 'to come', 'dim'],
  held: ['保全中', 'held', 'red'],
}

/** What a status tells. */
export interface Told {
  readonly day: CivilDate
  readonly agencies: readonly { readonly status: AgencyStatus; readonly items: readonly DueItem[] }[]
  /** Steps of the log that are unlawful, or unknown. */
  readonly refused: number
}

interface Shown {
  readonly audit: AuditFile
  readonly written: readonly string[]
  readonly coloured: boolean
}

export function statusText({ agencies, day, refused }: Told, { audit, coloured, written }: Shown): string {
  const paint = painter(coloured)
  const rows: { readonly cells: readonly string[]; readonly state: keyof typeof stateWords }[] = []
  for (const { items, status } of agencies) {
    const name = `${status.name} ${status.agency}${status.standing === 'approved' ? '' : `（${standingWords[status.standing]}）`}`
    for (const item of items)
      rows.push({ cells: [name, dueWords[item.kind][0], item.of, dueText(item), stateOf(item.state), item.zh], state: item.state })
    for (const { from, incident } of status.holds)
      rows.push({ cells: [name, '保全（R16）', incident, '', stateOf('held'), `自 since ${showRocDateShort(from)}`], state: 'held' })
  }
  const table = tableText(
    headings,
    rows.map(({ cells }) => cells),
    (text, row) => paint(stateWords[rows[row]?.state ?? 'done'][2], text),
  )
  return [
    `${paint('bold', `稽核現況 audit status ${showRocDateShort(day)}`)}\n`,
    rows.length === 0 ? '沒有應辦事項 nothing is due\n' : table,
    ...(refused > 0 ? [`${paint('red', `紀錄中有 ${refused} 步不合規定 unlawful steps in the log`)}：linkage audit report list\n`] : []),
    `${paint('dim', `預設 defaults：D-4 ${audit['D-4']}，D-5 ${audit['D-5']}，D-15 ${audit['D-15']}，D-21 ${audit['D-21']}（config/audit.yaml）`)}\n`,
    ...written.map((file) => `已寫入 written: ${file}\n`),
  ].join('')
}

const standingWords = { approved: '', suspended: '暫停', terminated: '終止', 'not-approved': '未核可' } as const
const stateOf = (state: keyof typeof stateWords): string => `${stateWords[state][0]} ${stateWords[state][1]}`

function dueText({ due: { after, before, nominal } }: DueItem): string {
  const short = (day: CivilDate): string => showRocDateShort(day)
  return before === undefined ? short(nominal) : `${short(nominal)}（${short(before)}／${short(after ?? nominal)}）`
}
