// config-simulate.ts: `linkage config simulate`: which recorded calls another configuration would decide otherwise. Nothing is written but who asked.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { type CivilDate, startOfDay } from '../calendar.ts'
import { canonicalJson } from '../canonical.ts'
import { lapsed } from '../credential/validity.ts'
import { harmless } from '../policy/finding.ts'
import { loadFolder } from '../policy/load.ts'
import { type Difference, Simulated, type Simulation } from '../policy/simulate.ts'
import { problems } from '../problems.ts'
import type { ReadLog } from '../querylog/act-entries.ts'
import type { ExportStore } from '../querylog/export/ports.ts'
import { dayOf } from './agency-file.ts'
import { type AuditorOptions, commandKeys, readAuditor, withAuditor } from './auditor.ts'
import { recordRead } from './command-log.ts'
import { openPlace } from './command-place.ts'
import { searchedLogs } from './log/exported-logs.ts'
import { Progress } from './log/progress.ts'
import { loggedCall } from './logged.ts'
import type { Output } from './output.ts'
import { isColoured, painter } from './terminal-text.ts'
import { validSnapshot } from './valid-snapshot.ts'

/** Entries that are read at once. */
const entriesOfChunk = 4_096

interface Options extends AuditorOptions {
  readonly against: string
  readonly since: CivilDate
  readonly json?: boolean
}

export function simulateCommand(output: Output): Command {
  const command = new Command('simulate')
    .description(
      '以另一份設定重新判斷已記錄之呼叫，列出會改變者 recorded calls under another configuration: which would be decided otherwise',
    )
    .requiredOption('--against <folder>', '另一份設定資料夾 the other configuration folder')
    .requiredOption('--since <date>', '自此日起之紀錄 records from this day on', dayOf)
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action(async (options: Options) => {
    const keys = commandKeys(options)
    const rules = validSnapshot(options.against, loadFolder(options.against))
    const place = await openPlace(resolve(options.config))
    const rows = place.store.openExport()
    try {
      const asked = canonicalJson({ form: 'simulation', from: options.since, policy: rules.digest })
      const act = { command: 'config-simulate', asked, needsDocument: false }
      const auditor = await readAuditor(options, act, place.snapshot)
      const logs = await searchedLogs(place.store, rows, startOfDay(options.since), undefined)
      await recordRead(place, keys, { act, auditor, logs })
      const simulated = new Simulated(rules, (credential, day) => !lapsed(credential, day))
      await replay(rows, logs, startOfDay(options.since), simulated)
      const coloured = isColoured(output)
      const result = simulated.result()
      output.write(options.json === true ? `${JSON.stringify(result, null, 2)}\n` : simulationText(result, coloured))
    } finally {
      await rows.close()
      await place.close()
    }
  })
}

type Span = Pick<ReadLog, 'slot' | 'from' | 'to'>

/** Puts the calls that logs hold since an instant to the rules: one chunk is judged while the next comes.
 *  @param since milliseconds since 1970 UTC */
export async function replay(
  rows: Pick<ExportStore, 'entryBytes'>,
  logs: readonly Span[],
  since: number,
  simulated: Pick<Simulated, 'add'>,
): Promise<void> {
  const progress = new Progress(process.stderr)
  const spans = logs.flatMap(spansOf)
  const read = (span: Span | undefined) => span && { span, chunk: rows.entryBytes(span.slot, span.from, span.to) }
  let ahead = read(spans[0])
  for (let next = 1; ahead !== undefined; next += 1) {
    const { chunk, span } = ahead
    const entries = await chunk
    ahead = read(spans[next])
    for (const entry of entries) {
      const logged = loggedCall({ entry: entry.toString('utf8') })
      if (logged !== undefined && logged.at >= since) simulated.add(logged)
    }
    progress.tell(span.slot, span.from, logs.find(({ slot }) => slot === span.slot)?.to ?? span.to)
  }
  progress.clear()
}

function spansOf({ slot, from, to }: Span): readonly Span[] {
  const count = Math.ceil((to - from) / entriesOfChunk)
  return Array.from({ length: count }, (_, at) => {
    const begin = from + at * entriesOfChunk
    return { slot, from: begin, to: Math.min(to, begin + entriesOfChunk) }
  })
}

const titleOf = (code: string): string => {
  const known = Object.entries(problems).find(([each]) => each === code)?.[1]
  return known === undefined ? code : `${known.titleZh} [${code}]`
}

/** What would become of these calls, in words. */
function wordsOf({ outcome, before }: Difference): readonly [mark: string, colour: 'green' | 'red' | 'yellow', text: string] {
  switch (outcome.kind) {
    case 'permitted':
      return ['＋', 'green', `原拒絕：${titleOf(before)} → 准予 was refused, would pass`]
    case 'refused':
      return ['－', 'red', `原准予 → 拒絕：${titleOf(outcome.code)} passed, would be refused`]
    case 'reason':
      return ['・', 'yellow', `仍拒絕，原因不同：${titleOf(before)} → ${titleOf(outcome.code)} refused, for another reason`]
    case 'fields': {
      const more = outcome.more.length > 0 ? `多 more: ${outcome.more.join(', ')}` : ''
      const fewer = outcome.fewer.length > 0 ? `少 fewer: ${outcome.fewer.join(', ')}` : ''
      return [
        more === '' ? '－' : '＋',
        more === '' ? 'red' : 'green',
        `資料項目不同 other fields  ${[more, fewer].filter((each) => each !== '').join('；')}`,
      ]
    }
  }
}

function simulationText({ calls, differences, same, undecided }: Simulation, coloured: boolean): string {
  const paint = painter(coloured)
  const lines: string[] = []
  for (const agency of new Set(differences.map((each) => each.agency))) {
    lines.push(paint('bold', harmless(agency)))
    for (const each of differences.filter((difference) => difference.agency === agency)) {
      const [mark, colour, text] = wordsOf(each)
      const rule = each.outcome.rule === undefined ? '' : `  ${each.outcome.rule}`
      lines.push(`  ${paint(colour, mark)} ${each.count.toLocaleString('en')} 次 calls  ${harmless(text)}`)
      lines.push(`     ${paint('dim', harmless(`${rule.trim()}  例 example: ${each.example}`.trim()))}`)
    }
  }
  const counts = `${calls.toLocaleString('en')} 次：相同 ${same.toLocaleString('en')}、不同 ${(calls - same - undecided).toLocaleString('en')}、非由規則決定 ${undecided.toLocaleString('en')}`
  const english = `${calls.toLocaleString('en')} calls: ${same.toLocaleString('en')} the same, ${(calls - same - undecided).toLocaleString('en')} otherwise, ${undecided.toLocaleString('en')} not decided by rules`
  const unseen = '未模擬：次數上限、以參數篩選之限制（紀錄不含參數） not simulated: limits; filters by parameters, which no record holds'
  return `${[...lines, counts, english, paint('dim', unseen)].join('\n')}\n`
}
