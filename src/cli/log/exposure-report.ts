// exposure-report.ts: what a leak exposed, as a person reads it and as a program does: and what the figures may leave out.
import { showInstant } from '../../calendar.ts'
import type { Exposure, Person, Tally } from '../../querylog/exposure.ts'
import type { UntoldCall, Why } from '../../querylog/untold.ts'
import { behindText, type Searching } from './searching.ts'
import { tableText } from './terminal-table.ts'

export interface Exposed {
  readonly exposure: Exposure
  readonly untold: UntoldCall[]
}

const timeOf = (at: string): string => showInstant(Date.parse(at)).slice(0, 19).replace('T', ' ')

const titles = {
  credentials: ['憑證', 'credential'],
  addresses: ['來源位址', 'address'],
  users: ['使用者', 'user'],
  operations: ['作業', 'operation'],
  fields: ['資料項目', 'field'],
} as const

function tallyText(name: keyof typeof titles, tallies: readonly Tally[]): string {
  if (tallies.length === 0) return ''
  const headings = [titles[name], ['呼叫', 'calls'], ['放行', 'released'], ['最早', 'first'], ['最近', 'last']] as const
  const rows = tallies.map(({ calls, first, last, name: what, released }) => [
    what,
    String(calls),
    String(released),
    timeOf(first),
    timeOf(last),
  ])
  return `\n${tableText(headings, rows)}`
}

/** What people read. */
export function exposureText({ asked, behind, recorded }: Searching, { exposure, untold }: Exposed): string {
  const { calls, records, released, rows, people, tallies } = exposure
  return [
    `${timeOf(asked.since)} 起 since${asked.before === undefined ? '' : `，${timeOf(asked.before)} 前 before`}（臺北時間 Taipei）\n`,
    `呼叫 calls ${calls}，紀錄 records ${records}，放行 released ${released}，筆數 rows ${rows}，當事人 persons ${people.length}\n`,
    ...Object.entries(tallies).map(([name, each]) => tallyText(name as keyof typeof titles, each)), // its own keys
    ...peopleText(people),
    ...untoldText(untold),
    '\n',
    ...behindText(behind).map((line) => `${line}\n`),
    `已記入 recorded: ${recorded.log} 第 ${recorded.index} 筆\n`,
  ].join('')
}

function peopleText(people: readonly Person[]): readonly string[] {
  const asked = people.filter((each) => each.asked)
  const named = people.length - asked.length
  return [
    ...(people.length === 0
      ? []
      : [
          '\n當事人以標籤計，各機關、各年度分別計算；逐一之標籤及紀錄序號以 --json 列出。\n',
          'Persons are counted by tag, of each agency and year apart; --json names each tag and its entry.\n',
        ]),
    ...(asked.length === 0 ? [] : [`查詢對象 ${asked.length} 人，何人須解除遮蔽 asked about; who they are, a recipient opens:\n`]),
    ...opening(asked),
    ...(named === 0
      ? []
      : [
          `僅由回覆指認者 ${named} 人，紀錄只有標籤，何人須查該案之回覆 named by an answer alone, known by tag: who they are, the case file or the welfare system says\n`,
        ]),
  ]
}

const reasons: Readonly<Record<Why, string>> = {
  sealed:
    '次呼叫之回覆可能另涉及未放行其號碼之人，標籤僅在密封內容（至多 24 人；more 為 1 者尚有他人）calls: their answers may be about people whose identifiers were withheld, tagged in the sealed part alone:',
  lost: '次傳輸中斷，筆數不明，最後之當事人（至多 999 人）未及記錄 transfers were lost: rows unknown, the last persons, up to 999, not recorded',
  cut: '次回覆截斷，放行筆數不明 answers were cut: how many rows left is not known',
  running: '次傳輸尚無結束紀錄，筆數及當事人尚不完整 transfers have no recorded end yet: rows and persons are not whole',
}

/** What the figures above do not hold. A notice to those concerned (個資法 §12) that relied on them alone would leave people out. */
function untoldText(untold: readonly UntoldCall[]): readonly string[] {
  const of = (why: Why): readonly UntoldCall[] => untold.filter((each) => each.why === why)
  const whys = (['sealed', 'lost', 'cut', 'running'] as const).filter((why) => of(why).length > 0)
  if (whys.length === 0) return []
  return [
    '\n注意：以上可能少計當事人 note: more people may be concerned than are counted above\n',
    ...whys.flatMap((why) => [
      `  ${of(why).length} ${reasons[why]}\n`,
      ...(why === 'sealed'
        ? opening(of(why).map(({ index, open = index, slot }) => ({ slot, index: open })))
        : bySlot(of(why)).map(([slot, indexes]) => `    槽 slot ${slot}：${fewOf(indexes)}\n`)),
    ]),
  ]
}

type Place = Pick<Person, 'slot' | 'index'>

function bySlot(places: readonly Place[]): readonly (readonly [slot: string, indexes: readonly number[]])[] {
  const slots = new Map<string, Set<number>>()
  for (const { index, slot } of places) slots.set(slot, (slots.get(slot) ?? new Set()).add(index))
  return [...slots].map(([slot, indexes]) => [slot, [...indexes]])
}

const opening = (places: readonly Place[]): readonly string[] =>
  bySlot(places).map(([slot, indexes]) => `    linkage log open ${slot} ${fewOf(indexes)}\n`)

const fewOf = (indexes: readonly number[]): string =>
  indexes.length <= 20 ? indexes.join(' ') : `${indexes.slice(0, 20).join(' ')} …（共 ${indexes.length} 筆 in all）`

/** The document of `--json`. Members are only ever added. */
export function exposureJson({ asked, behind, logs, recorded: { id, index, log } }: Searching, { exposure, untold }: Exposed): string {
  const nameOf = new Map(logs.map((each) => [each.slot, each.log]))
  const { calls, first, last, people, records, released, rows, tallies } = exposure
  const report = {
    asked,
    entries: [{ id, index, log }],
    behind,
    calls,
    records,
    released,
    rows,
    first: first ?? null,
    last: last ?? null,
    ...tallies,
    persons: people,
    untold: untold.map((each) => ({ log: nameOf.get(each.slot), ...each })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}
