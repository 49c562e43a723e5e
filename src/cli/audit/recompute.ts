// recompute.ts: `linkage audit recompute`: recorded draws drawn once more, and rounds held against them, by other code than drew them.
import { Command } from 'commander'
import type { CheckedDraw } from '../../verifier/draws/draws.ts'
import { unproven } from '../../verifier/draws/proven.ts'
import { recomputeDraws } from '../../verifier/draws/recompute.ts'
import type { Unchecked } from '../../verifier/draws/unchecked.ts'
import type { Finding } from '../../verifier/finding.ts'
import { shown } from '../../verifier/finding.ts'
import { FINDINGS } from '../exit-code.ts'
import { tableText } from '../log/terminal-table.ts'
import { uncheckedText } from '../log/unchecked-text.ts'
import { UsageError } from '../log/usage-error.ts'
import { placeOf } from '../log/verify.ts'
import { findingText } from '../log/verify-report.ts'
import type { Output } from '../output.ts'
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
        for await (const each of unproven(place)) findings.push(each)
        const spoilt = new Set(findings.map(({ slot }) => slot))
        const run = recomputeDraws(place)
        let step = await run.next()
        for (; step.done !== true; step = await run.next()) findings.push(step.value)
        const { draws: all, unchecked } = step.value
        const draws = all.filter(({ freeze }) => (options.agency ?? freeze.sample.agency) === freeze.sample.agency)
        if (all.length === 0 && findings.length === 0)
          throw new UsageError(
            '此處沒有抽樣紀錄。 No draw is recorded here: expected the logs of the commands (slot cli) beside the others.',
          )
        const again = draws.map((each): Again => ({ ...each, proven: isProven(each, spoilt) }))
        output.write(options.json === true ? jsonOf(again, findings, unchecked) : textOf(again, findings, unchecked, isColoured(output)))
        if (findings.length > 0 || again.some(({ months, proven }) => months.some((month) => verdictOf(month, proven) !== 'equal')))
          process.exitCode = FINDINGS
      } finally {
        await place.close()
      }
    })
}

type Verdict = 'different' | 'equal' | 'unable'
type Month = CheckedDraw['months'][number]

/** A draw once more, and whether what it comes from was signed so. */
interface Again extends CheckedDraw {
  readonly proven: boolean
}

const isProven = ({ draw, freeze }: CheckedDraw, spoilt: ReadonlySet<string>): boolean =>
  ![draw.slot, ...freeze.sample.logs.map(({ slot }) => slot)].some((slot) => spoilt.has(slot))

/** What comes out of entries that are not those which were signed says nothing. */
function verdictOf({ digest, stated, unable }: Month, proven: boolean): Verdict {
  if (unable !== undefined) return 'unable'
  if (stated?.digest !== digest) return 'different'
  return proven ? 'equal' : 'unable'
}

const notLookedAt =
  '注意：重算所憑之換月紀錄、封存、種子值與抽樣已與簽章之封存點核對；其他紀錄請以 linkage log verify 驗證。 note: the month entries, freezes, seeds and draws that this comes from were held against the signed checkpoints; all other entries are verified by linkage log verify.\n'

const verdicts: Readonly<Record<Verdict, string>> = {
  different: '不符 different',
  equal: '相符 equal',
  unable: '紀錄與簽章不符，無從重算 unable: not what was signed',
}

const headings = [
  ['月份', 'month'],
  ['母體件數', 'items'],
  ['應抽', 'quota'],
  ['實抽', 'drawn'],
  ['重算', 'again'],
  ['結果', 'result'],
] as const

function textOf(draws: readonly Again[], findings: readonly Finding[], unchecked: readonly Unchecked[], coloured: boolean): string {
  return [
    ...draws.flatMap(({ draw, freeze, months, proven }) => [
      `${shown(freeze.sample.agency)}　${freeze.sample.from}–${freeze.sample.until}（${shown(draw.log)} 第 ${draw.index} 筆）\n`,
      tableText(
        headings,
        months.map((month) => [
          month.month,
          String(month.population),
          String(month.stated?.quota ?? '–'),
          String(month.stated?.drawn ?? '–'),
          String(month.items.length),
          month.unable ?? verdicts[verdictOf(month, proven)],
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
function jsonOf(draws: readonly Again[], findings: readonly Finding[], unchecked: readonly Unchecked[]): string {
  const shownDraws = draws.map(({ draw, freeze, months, proven }) => ({
    agency: freeze.sample.agency,
    from: freeze.sample.from,
    until: freeze.sample.until,
    draw: { id: draw.id, index: draw.index, log: draw.log },
    months: months.map((each) => ({
      month: each.month,
      population: each.population,
      drawn: each.items,
      digest: each.digest,
      recorded: each.stated?.digest ?? null,
      equal: verdictOf(each, proven) === 'unable' ? null : verdictOf(each, proven) === 'equal',
    })),
  }))
  return `${JSON.stringify({ draws: shownDraws, findings, unchecked }, null, 2)}\n`
}
