// cases-shown.ts: `linkage audit report list|show`: how rounds, findings and incidents stand, and by which steps they came there.
import { Command } from 'commander'
import { type AllCases, allCases, nextOf, words } from '../../audit/all-cases.ts'
import { isOverdue } from '../../audit/findings.ts'
import { type CaseKind, type Recorded, recordedSteps } from '../../audit/recorded.ts'
import { type CivilDate, civilDateOf, showRocDateShort } from '../../calendar.ts'
import { shown } from '../../verifier/finding.ts'
import { openDatabase } from '../database-beside.ts'
import { FINDINGS } from '../exit-code.ts'
import { tableText } from '../log/terminal-table.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'

const kindNames: readonly CaseKind[] = ['rounds', 'findings', 'incidents']
const kindWords: Readonly<Record<CaseKind, string>> = { rounds: '稽核', findings: '缺失', incidents: '違規' }

interface Options {
  readonly config: string
  readonly agency?: string
  readonly json?: boolean
}

const withFolder = (command: Command): Command =>
  command
    .option('--config <folder>', '設定資料夾（取其資料庫） configuration folder, for its database', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--json', '以 JSON 輸出 print JSON')

async function read(config: string): Promise<AllCases> {
  const store = await openDatabase(config)
  try {
    return allCases(await recordedSteps(store.reader))
  } finally {
    await store.close()
  }
}

/** Unlawful steps in the log set exit code 1. */
export function listCommand(output: Output, now: () => number): Command {
  return withFolder(
    new Command('list').description('列出各案現況（含對機關保密者） how every case stands, those hidden from agencies included'),
  )
    .option('--agency <id>', '機關代號 only of this agency')
    .action(async ({ agency, config, json }: Options) => {
      const all = await read(config)
      const cases = kindNames.flatMap((kind) =>
        [...all[kind].cases.values()]
          .filter((each) => (agency ?? each.agency) === each.agency)
          .map((each) => ({ kind, ...each, steps: each.steps.length, next: nextOf(kind, all, each.number) })),
      )
      const refused = kindNames.flatMap((kind) =>
        all[kind].refused.map(({ refused: { code, message }, ...each }) => ({ kind, ...each, code, message })),
      )
      if (refused.length > 0 || all.unread.length > 0) process.exitCode = FINDINGS
      if (json === true) output.write(`${JSON.stringify({ cases, refused, unread: all.unread }, null, 2)}\n`)
      else output.write(listText(all, agency, civilDateOf(now())))
    })
}

const headings = [
  ['類別', 'kind'],
  ['編號', 'number'],
  ['機關', 'agency'],
  ['現況', 'state'],
  ['期間或期限', 'period or deadline'],
] as const

function listText(all: AllCases, agency: string | undefined, day: CivilDate): string {
  const of = (kind: CaseKind, each: { agency: string; number: string; state: string }, what: string): string[][] =>
    agency !== undefined && each.agency !== agency
      ? []
      : [[kindWords[kind], each.number, each.agency, words[kind][each.state] ?? each.state, what]]
  const rows = [
    ...[...all.rounds.cases.values()].flatMap((each) =>
      of('rounds', each, `${each.from}–${each.until}${each.audit === 'unannounced' ? '（不定期稽核）' : ''}`),
    ),
    ...[...all.findings.cases.values()].flatMap((each) =>
      of('findings', each, `${showRocDateShort(each.deadline)}${isOverdue(each, day) ? ' 逾期 overdue' : ''}`),
    ),
    ...[...all.incidents.cases.values()].flatMap((each) => of('incidents', each, each.state === 'closed' ? '' : '保全中 held')),
  ]
  const wrong = kindNames.flatMap((kind) =>
    all[kind].refused.map(
      ({ number, recording, refused, step }) => `${recording.log} 第 ${recording.index} 筆 ${number} ${step}: ${refused.message}`,
    ),
  )
  const unread = all.unread.map(({ index, log }) => `${log} 第 ${index} 筆：不是本版所知之步驟 no step that this version knows`)
  return [
    rows.length === 0 ? '沒有紀錄 nothing is recorded\n' : tableText(headings, rows),
    ...[...wrong, ...unread].map((each) => `注意 note: ${shown(each)}\n`),
  ].join('')
}

/** The steps of one case. */
export function showCommand(output: Output): Command {
  return withFolder(new Command('show').description('一案之全部步驟 all steps of a case').argument('<number>', '編號 number')).action(
    async (number: string, { config, json }: Options) => {
      const all = await read(config)
      const found = kindNames.flatMap((kind) => {
        const of = all[kind].cases.get(number)
        return of === undefined ? [] : [{ kind, of, next: nextOf(kind, all, number) }]
      })
      if (found.length === 0) throw new UsageError(`查無 ${number}：linkage audit report list。 There is no ${number}.`)
      if (json === true)
        output.write(
          `${JSON.stringify(
            found.map(({ kind, next, of }) => ({ kind, ...of, next })),
            null,
            2,
          )}\n`,
        )
      else output.write(found.map(({ kind, next, of }) => showText(kind, of, next)).join('\n'))
    },
  )
}

/** Members of a step that stand in its first line, or in that of its case. */
const inHead = new Set(['about', 'day', 'number', 'step'])

function showText(
  kind: CaseKind,
  of: {
    readonly number: string
    readonly agency: string
    readonly state: string
    readonly steps: readonly Recorded<{ readonly day: CivilDate; readonly step: string }>[]
  },
  next: readonly string[],
): string {
  const word = (name: string): string => `${words[kind][name] ?? name} ${name}`
  const steps = of.steps.flatMap(({ recording, step }) => [
    `  ${showRocDateShort(step.day)}  ${word(step.step)}  ${recording.document ?? ''}`.trimEnd(),
    ...Object.entries(step).flatMap(([name, value]) =>
      inHead.has(name) ? [] : [`      ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`],
    ),
    `      ${recording.reason}（${recording.user}，${recording.log} 第 ${recording.index} 筆）`,
  ])
  const head = [`${kindWords[kind]} ${of.number}  ${of.agency}  ${word(of.state)}`, ...steps]
  return `${[...head, ...(next.length > 0 ? [`  下一步 next: ${next.map(word).join('、')}`] : [])].map(shown).join('\n')}\n`
}
