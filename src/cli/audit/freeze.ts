// freeze.ts: `linkage audit sample freeze`: the population of a draw, fixed by signed heads before any seed is thrown.
import { Command, Option } from 'commander'
import { pageOfRound, timeOfRound } from '../../audit/drand.ts'
import { freezeLog, lateIn, type StandingLog } from '../../audit/freezing.ts'
import { frozenRoster, noRoster } from '../../audit/frozen-roster.ts'
import { rosterGaps } from '../../audit/roster-gaps.ts'
import { chainOf, type Freeze, type Samples } from '../../audit/samples.ts'
import { deviationsFrom, drawParameters } from '../../audit/settings.ts'
import { showInstant } from '../../calendar.ts'
import { sha256Hex } from '../../canonical.ts'
import { type DrawParameters, type FreezeAsked, type FrozenLog, freezeEntry, type Held } from '../../querylog/sample-entry.ts'
import { withAuditor } from '../auditor.ts'
import type { CommandPlace } from '../command-place.ts'
import { tableText } from '../log/terminal-table.ts'
import { UsageError } from '../log/usage-error.ts'
import type { Output } from '../output.ts'
import { type FreezeOptions, populationsAsked, requireNotFrozen } from './freeze-asked.ts'
import { requireProven } from './proven-logs.ts'
import { atPlace, recordStep, requireNoRound, rounds, samplesOf } from './sampling.ts'
import { standingLogs } from './standing-logs.ts'

/** `linkage audit sample freeze`: an entry for each agency. */
export function freezeCommand(output: Output): Command {
  const command = new Command('freeze')
    .description('封存母體：各槽封存點與計次號、參數、清冊，於擲種子值之前 fix the population of a draw, before its seed is thrown')
    .option('--period <period>', '期間：115H1、115-03 或 115-01..115-06 a half-year, a month or months')
    .option('--agency <id...>', '機關代號；不寫則每一連結機關 agencies; absent: every linked agency')
    .option('--unannounced', '不定期稽核（社會局抽查） an unannounced audit of the department')
    .option('--user <account>', '不定期稽核：只抽此人之紀錄 only records of this person')
    .option('--subject <tag>', '不定期稽核：只抽有此標籤之對象 only records about the person with this tag')
    .option('--replaces <id>', '取代先前之封存，需 --document in place of an earlier one; needs --document')
    .option('--supplements <id>', '補充已抽樣之封存：其後才出現之紀錄 what came to light behind one that was drawn')
    .addOption(
      new Option('--method <method>', '種子值如何擲出，封存後不能改變 how the seed is thrown: fixed with the freeze')
        .choices(['dice', 'drand', 'nonce'])
        .default('dice'),
    )
    .option('--drand-round <n>', 'drand 之輪次；不寫則約二十分鐘後者 which round; absent: that of twenty minutes from now')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action((options: FreezeOptions) =>
    atPlace(options.config, async (place) => {
      const samples = await samplesOf(place.store.reader)
      const frozen: Frozen[] = []
      const populations = populationsAsked(options, place.snapshot, samples, Date.now())
      for (const asked of populations) requireNotFrozen(samples, asked, Date.now())
      await requireProven(place.store, populations)
      for (const asked of populations) frozen.push(await freeze(place, asked, samples, options))
      output.write(options.json === true ? `${JSON.stringify({ frozen }, null, 2)}\n` : textOf(frozen))
    }),
  )
}

interface Frozen {
  readonly id: string
  readonly index: number
  readonly log: string
  readonly asked: FreezeAsked
  readonly logs: readonly FrozenLog[]
  readonly parameters: DrawParameters
  readonly deviates: readonly string[]
  readonly roster: Held
  /** Milliseconds since 1970 UTC. */
  readonly at: number
}

async function freeze(place: CommandPlace, asked: FreezeAsked, samples: Samples, options: FreezeOptions): Promise<Frozen> {
  const { audit, snapshot, store } = place
  const standing = await standingLogs(store, asked.agency, asked)
  requireKnown(snapshot.agencies.has(asked.agency), standing, asked.agency)
  const chain = chainOf(samples.freezes, asked.supplements, asked.replaces)
  const logs = logsOf(standing, asked, chain)
  const parameters = drawParameters(audit, snapshot.agencies.get(asked.agency))
  const deviates = [...new Set(standing.flatMap(({ committed }) => deviationsFrom(parameters, committed)))].sort()
  const bytes = Buffer.from(snapshot.texts.get(`rosters/${asked.agency}.csv`) ?? noRoster)
  const roster: Held = { count: JSON.parse(bytes.toString('utf8')).length, digest: sha256Hex(bytes) }
  const gaps = rosterGaps(frozenRoster(bytes), logs)
  const refOf = (id: string | undefined) => samples.freezes.find(({ ref }) => ref.id === id)?.ref
  const own = {
    deviates: deviates.length === 0 ? undefined : deviates,
    logs,
    parameters,
    replaces: refOf(asked.replaces),
    roster,
    supplements: refOf(asked.supplements),
  }
  if (deviates.length > 0) process.stderr.write(`${deviationText(deviates)}\n`)
  // An assertion names its document itself.
  if (gaps.length > 0 && options.assertion === undefined && options.document === undefined)
    throw new UsageError(gapText(asked.agency, gaps))
  const { at, id, index, log } = await recordStep(place, options, {
    asked,
    needsDocument: asked.replaces !== undefined || deviates.length > 0 || gaps.length > 0,
    check: async (now) => {
      requireNotFrozen(now, asked, Date.now())
      if (asked.replaces !== undefined) await requireNoRound(store.reader, now, [asked.replaces])
      requireSameChain(chain, chainOf(now.freezes, asked.supplements, asked.replaces))
    },
    documents: [['roster', bytes]],
    write: (facts, given) => freezeEntry({ ...facts, ...own }, given),
  })
  return { id, index, log, asked, logs, parameters, deviates, roster, at }
}

const deviationText = (deviates: readonly string[]): string =>
  `注意：${deviates.join('、')} 與各槽於期間開始前所登載者不同，需 --document 核准文號，並記入封存。\n` +
  `note: ${deviates.join(', ')} differ from what the logs committed before the period: that needs --document, and stands in the entry.`

/** By a document it is frozen all the same: of an agency that is gone there may be no roster any more. */
const gapText = (agency: string, gaps: readonly string[]): string =>
  [
    `${agency}：${gaps.join('、')} 有紀錄，而使用者清冊無人在職，無從計算總使用人數及單位。`,
    `請補登清冊（linkage roster import ${agency} <檔案>）後再封存；確實無法補登者，以 --document 附核准文號。`,
    `${agency}: the roster has nobody in ${gaps.join(', ')}, in which there are records: users and units cannot be counted. Add the missing rows`,
    '(linkage roster import) and freeze then; where there are none to be had, freeze by --document.',
  ].join('\n')

/** An agency that left the configuration is drawn all the same, where the logs know it. */
function requireKnown(configured: boolean, standing: readonly StandingLog[], agency: string): void {
  if (configured || standing.some(({ turns }) => turns.some(({ numbers }) => numbers !== undefined))) return
  throw new UsageError(`--agency ${agency}：設定與紀錄中都沒有此機關。 Neither the configuration nor a log knows this agency.`)
}

/** Under the lock of the log: what is late was counted behind what is frozen still.
 *  @throws UsageError */
function requireSameChain(counted: readonly Freeze[], now: readonly Freeze[]): void {
  const idsOf = (chain: readonly Freeze[]): string => chain.map(({ ref }) => ref.id).join(' ')
  if (idsOf(counted) !== idsOf(now))
    throw new UsageError('同時另有補充之封存，請再執行一次。 Another supplement was frozen in between: run it once more.')
}

/** @param chain what a supplement adds to
 *  @throws UsageError for a log that has not entered the turn of a month, and where nothing is late */
function logsOf(standing: readonly StandingLog[], asked: FreezeAsked, chain: readonly Freeze[]): readonly FrozenLog[] {
  const logs = standing.map((each) => freezeLog(each, asked))
  const open = logs.flatMap((each) => ('months' in each ? [] : [each]))
  if (open.length > 0)
    throw new UsageError(
      [
        ...open.map(
          ({ month, slot }) =>
            `槽 ${slot} 之紀錄停在 ${month}，尚無換月紀錄。 The log of slot ${slot} stands in ${month}: it has not entered the turn of that month.`,
        ),
        '執行中之閘道最遲於換月後一小時內登載；已停用者請啟動該槽之閘道一次；不再使用者：linkage log abandon。',
        'A gateway that runs enters it within the hour; start the gateway of a slot that sleeps once; of one that is gone for good: linkage log abandon.',
      ].join('\n'),
    )
  const whole = logs.flatMap((each) => ('months' in each ? [each] : []))
  if (asked.supplements === undefined) return whole
  const late = lateIn(
    whole,
    chain.map((each) => each.logs),
  )
  if (late.every(({ months }) => months.length === 0))
    throw new UsageError(
      `${asked.supplements}：其後沒有新出現之紀錄。 Nothing came to light behind it: there is nothing to draw in addition.`,
    )
  return late
}

const headings = [
  ['機關', 'agency'],
  ['稽核', 'audit'],
  ['期間', 'period'],
  ['計次紀錄', 'counted'],
  ['全部紀錄', 'all records'],
  ['清冊列數', 'roster rows'],
  ['封存編號', 'id'],
] as const

function textOf(frozen: readonly Frozen[]): string {
  const sum = (logs: readonly FrozenLog[], member: 'counted' | 'records'): string =>
    String(logs.reduce((all, { months }) => all + months.reduce((own, month) => own + month[member], 0), 0))
  const rows = frozen.map(({ asked, id, logs, roster }) => [
    asked.agency,
    rounds[asked.round],
    `${asked.from}–${asked.until}`,
    sum(logs, 'counted'),
    sum(logs, 'records'),
    String(roster.count),
    id,
  ])
  const { method, round } = frozen[0]?.asked.seed ?? {}
  return [
    tableText(headings, rows),
    `已封存 frozen: ${frozen.map(({ index }) => index).join('、')}（${frozen[0]?.log ?? ''}）\n`,
    `接著擲種子值（只能在封存之後） next, throw the seed, which only counts from now on: linkage audit sample seed\n`,
    round === undefined
      ? `    --${method}\n`
      : `    --drand：${pageOfRound(round)}（${showInstant(timeOfRound(round))} 起 from then on）\n`,
  ].join('')
}
