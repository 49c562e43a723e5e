// exposure.ts: `linkage log exposure`: after a leak, what left through a credential, an account or in a span of time (R23, 個資法 §12).
import { Command } from 'commander'
import { showInstant } from '../../calendar.ts'
import { type ExposedCall, type ExposedEnd, Exposure, type Tally } from '../../querylog/exposure.ts'
import type { FindStore, FoundCall, Sought } from '../../querylog/find.ts'
import { type AuditorOptions, withAuditor } from '../auditor.ts'
import type { Output } from '../config.ts'
import { behindText, callsOf, type Searching, searching } from './searching.ts'
import { tableText } from './terminal-table.ts'

interface Options extends AuditorOptions {
  readonly account?: string
  readonly agency?: string
  readonly credential?: string
  readonly json?: boolean
  readonly since: string
  readonly until?: string
}

/** `linkage log exposure`. */
export function exposureCommand(output: Output): Command {
  const command = new Command('exposure')
    .description(
      '外洩時釐清範圍：呼叫、位址、使用者、資料項目、筆數、當事人（先記錄何人、為何） what a leak exposed, once who asks and why is recorded',
    )
    .requiredOption('--since <time>', '自何時（臺北時間），2026-11-24 或 "115/11/24 14:05" since when, in Taipei')
    .option('--until <time>', '至何時，含該日或該分鐘；不寫則至今 until when, that day or minute included')
    .option('--credential <id>', '憑證代號 of this credential')
    .option('--agency <id>', '機關代號 of this agency')
    .option('--account <account>', '使用者帳號 of this account')
    .option('--json', '以 JSON 輸出（當事人標籤逐一列出） print JSON, the tag of each person in it')
  return withAuditor(command).action(async ({ since, until, ...options }: Options) => {
    const sought = { ...options, from: since, ...(until !== undefined && { to: until }) }
    await searching(sought, 'exposure', async (given) => {
      const exposure = await exposureOf(given.find, given.sought)
      output.write(options.json === true ? exposureJson(given, exposure) : exposureText(given, exposure))
    })
  })
}

async function exposureOf(find: FindStore, sought: Sought): Promise<Exposure> {
  const exposure = new Exposure()
  for await (const call of callsOf(find, sought)) await take(exposure, find, call)
  return exposure
}

async function take(exposure: Exposure, find: FindStore, { completion, entry, index, slot }: FoundCall): Promise<void> {
  const call: ExposedCall = JSON.parse(entry)
  const end: ExposedEnd | undefined = completion === undefined ? undefined : JSON.parse(completion)
  if (!exposure.add(slot, index, call, end) || (call.rows !== undefined && tagsOf(call) < ofEntry)) return
  for await (const more of find.subjects(slot, [index])) exposure.persons(slot, index, call.agency, JSON.parse(more.entry).subjects)
}

/** Of up to so many people a query's entry says who; of more, and of a stream, `subjects` entries do. */
const ofEntry = 100
const tagsOf = ({ answer_subjects = [] }: ExposedCall): number => answer_subjects.reduce((sum, { tags }) => sum + tags.length, 0)

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

function exposureText({ asked, behind, recorded }: Searching, exposure: Exposure): string {
  const { calls, released, rows, people, tallies } = exposure
  const slots = new Map<string, Set<number>>()
  for (const { index, slot } of people) slots.set(slot, (slots.get(slot) ?? new Set()).add(index))
  return [
    `${timeOf(asked.since)} 起 since${asked.before === undefined ? '' : `，${timeOf(asked.before)} 前 before`}（臺北時間 Taipei）\n`,
    `呼叫 calls ${calls}，放行 released ${released}，筆數 rows ${rows}，當事人 persons ${people.length}\n`,
    ...Object.entries(tallies).map(([name, each]) => tallyText(name as keyof typeof titles, each)), // its own keys
    people.length === 0 ? '' : `\n當事人以標籤計，各機關、各年度分別計算；逐一之標籤及紀錄序號以 --json 列出。何人須解封：\n`,
    people.length === 0
      ? ''
      : `Persons are counted by tag, of each agency and year apart; --json names each tag and its entry. Who they are, a recipient opens:\n`,
    ...[...slots].map(([slot, indexes]) => `    linkage log open ${slot} ${fewOf([...indexes])}\n`),
    '\n',
    ...behindText(behind).map((line) => `${line}\n`),
    `已記入 recorded: ${recorded.log} 第 ${recorded.index} 筆\n`,
  ].join('')
}

const fewOf = (indexes: readonly number[]): string =>
  indexes.length <= 20 ? indexes.join(' ') : `${indexes.slice(0, 20).join(' ')} …（共 ${indexes.length} 筆 in all）`

/** The document of `--json`. Members are only ever added. */
function exposureJson({ asked, behind, recorded: { id, index, log } }: Searching, exposure: Exposure): string {
  const { calls, first, last, people, released, rows, tallies } = exposure
  const report = {
    asked,
    entries: [{ id, index, log }],
    behind,
    calls,
    released,
    rows,
    first: first ?? null,
    last: last ?? null,
    ...tallies,
    persons: people,
  }
  return `${JSON.stringify(report, null, 2)}\n`
}
