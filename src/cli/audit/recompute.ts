// recompute.ts: `linkage audit recompute`: recorded draws drawn once more, and rounds held against them, by other code than drew them.
import { Command } from 'commander'
import type { CheckedDraw } from '../../verifier/draws/draws.ts'
import { recomputeDraws } from '../../verifier/draws/recompute.ts'
import type { Unchecked } from '../../verifier/draws/unchecked.ts'
import type { Finding } from '../../verifier/finding.ts'
import { shown } from '../../verifier/finding.ts'
import type { Output } from '../config.ts'
import { FINDINGS } from '../exit-code.ts'
import { tableText } from '../log/terminal-table.ts'
import { uncheckedText } from '../log/unchecked-text.ts'
import { UsageError } from '../log/usage-error.ts'
import { placeOf } from '../log/verify.ts'
import { findingText } from '../log/verify-report.ts'
import { isColoured } from '../terminal-text.ts'

interface Options {
  readonly database?: string
  readonly agency?: string
  readonly json?: boolean
}

/** `linkage audit recompute`. A month that does not come out as it was recorded, or a round that is not of its draws, sets exit code 1. Of no
 *  record anything is shown, so nobody is asked who recomputes. */
export function recomputeCommand(output: Output): Command {
  return new Command('recompute')
    .description(
      '重算抽樣：僅憑換月紀錄與種子值，逐月核對；並核對登載之結果 draw once more from month entries and seed, month by month, and hold rounds against it',
    )
    .argument('[folder]', '匯出資料夾（tiles），離線重算 an export folder of whole logs, read without network')
    .option('--database <url>', '資料庫（預設 DATABASE_URL） a database, as linkage_auditor (DATABASE_URL)')
    .option('--agency <id>', '只顯示此機關 show only this agency')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (folder: string | undefined, options: Options) => {
      const place = await placeOf(folder, options.database)
      try {
        const findings: Finding[] = []
        const run = recomputeDraws(place)
        let step = await run.next()
        for (; step.done !== true; step = await run.next()) findings.push(step.value)
        const { draws: all, unchecked } = step.value
        const draws = all.filter(({ freeze }) => (options.agency ?? freeze.sample.agency) === freeze.sample.agency)
        if (all.length === 0 && findings.length === 0)
          throw new UsageError(
            '此處沒有抽樣紀錄。 No draw is recorded here: expected the logs of the commands (slot cli) beside the others.',
          )
        output.write(options.json === true ? jsonOf(draws, findings, unchecked) : textOf(draws, findings, unchecked, isColoured(output)))
        if (findings.length > 0 || draws.some(({ months }) => months.some((month) => verdictOf(month) !== 'equal')))
          process.exitCode = FINDINGS
      } finally {
        await place.close()
      }
    })
}

type Verdict = 'different' | 'equal' | 'unable'
type Month = CheckedDraw['months'][number]

const verdictOf = ({ digest, stated, unable }: Month): Verdict =>
  unable !== undefined ? 'unable' : stated?.digest === digest ? 'equal' : 'different'

const notLookedAt =
  '注意：重算採信紀錄所載；簽章、雜湊樹及其他紀錄，請以 linkage log verify 驗證。 note: recomputing believes what the logs say: signatures, trees and all other entries are verified by linkage log verify.\n'

const verdicts: Readonly<Record<Verdict, string>> = { different: '不符 different', equal: '相符 equal', unable: '無從重算 unable' }

const headings = [
  ['月份', 'month'],
  ['母體件數', 'items'],
  ['應抽', 'quota'],
  ['實抽', 'drawn'],
  ['重算', 'again'],
  ['結果', 'result'],
] as const

function textOf(draws: readonly CheckedDraw[], findings: readonly Finding[], unchecked: readonly Unchecked[], coloured: boolean): string {
  return [
    ...draws.flatMap(({ draw, freeze, months }) => [
      `${shown(freeze.sample.agency)}　${freeze.sample.from}–${freeze.sample.until}（${shown(draw.log)} 第 ${draw.index} 筆）\n`,
      tableText(
        headings,
        months.map((month) => [
          month.month,
          String(month.population),
          String(month.stated?.quota ?? '–'),
          String(month.stated?.drawn ?? '–'),
          String(month.items.length),
          month.unable ?? verdicts[verdictOf(month)],
        ]),
      ),
    ]),
    ...findings.map((each) => findingText(each, coloured)),
    ...uncheckedText(unchecked).map((line) => `${line}\n`),
    findings.length === 0 ? '重算結果與登載相符。 What was recorded is what comes out.\n' : `${findings.length} 項不符 findings\n`,
    notLookedAt,
  ].join('')
}

/** The document of `--json`. Members are only ever added. */
function jsonOf(draws: readonly CheckedDraw[], findings: readonly Finding[], unchecked: readonly Unchecked[]): string {
  const shownDraws = draws.map(({ draw, freeze, months }) => ({
    agency: freeze.sample.agency,
    from: freeze.sample.from,
    until: freeze.sample.until,
    draw: { id: draw.id, index: draw.index, log: draw.log },
    months: months.map(({ digest, items, month, population, stated, unable }) => ({
      month,
      population,
      drawn: items,
      digest,
      recorded: stated?.digest ?? null,
      equal: unable === undefined ? stated?.digest === digest : null,
    })),
  }))
  return `${JSON.stringify({ draws: shownDraws, findings, unchecked }, null, 2)}\n`
}
