// rounds.ts: rounds of an archive: what was audited, counted again from the rows of its results and the lists of what was drawn.

import { readList } from '../draws/list.ts'
import { checkRounds } from '../draws/rounds.ts'
import { type Draw, readSample } from '../draws/sample.ts'
import type { SeenDraws, SeenRound, Step } from '../draws/seen.ts'
import { Standing } from '../draws/standing.ts'
import { Misshapen } from '../members.ts'
import { needReport } from '../steps.ts'
import { technical } from './description.ts'
import { objectAt } from './entry.ts'
import type { Tell } from './finding.ts'
import type { VerifiedLog } from './log.ts'
import { type ArchiveFile, wholeOf } from './place.ts'

/** Results of rounds that are recorded here. */
export interface ResultsHere {
  /** Counted again from their rows. */
  readonly counted: number
  /** Not: an earlier version wrote them, or they are not here. */
  readonly uncounted: number
  /** Approvals on results of an earlier version, in which a row that was drawn has none. */
  readonly open: number
}

/** What was counted again of results, and what nobody checks here: nothing where no results are recorded. */
export function resultsRemarks({ counted, open, uncounted }: ResultsHere): readonly string[] {
  if (counted + uncounted === 0) return []
  const not = uncounted === 0 ? '' : `；另 ${uncounted} 次未重算（先前版本之格式，或文件不在此處）`
  const notEn = uncounted === 0 ? '' : `; ${uncounted} not (of an earlier version, or not here)`
  return [
    `稽核結果已自各列重算 ${counted} 次${not}。抽樣（抽中何筆）未在此重算：由社會局以 linkage audit recompute 重算。 Results of a round were counted again from their rows: ${counted}${notEn}. Which records were drawn is not computed again here: linkage audit recompute does that.`,
    ...(open === 0
      ? []
      : [
          `${open} 次核定時抽中之列尚有沒有結果者（先前版本未要求）。 ${open} approvals left drawn rows without a result, as earlier versions allowed.`,
        ]),
  ]
}

/** Tells what is not as it must be. That documents are those that entries name is told elsewhere. */
export async function checkArchivedRounds(
  files: ReadonlyMap<string, ArchiveFile>,
  verified: readonly VerifiedLog[],
  tell: Tell,
): Promise<ResultsHere> {
  const seen = verified.map(stepsOf)
  const [steps, rounds] = [seen.flatMap((each) => each.steps), seen.flatMap((each) => each.rounds)]
  const document = async (digest: string): Promise<Uint8Array | undefined> => {
    const file = files.get(`${technical}/documents/${digest}`)
    return file && (await wholeOf(file))
  }
  const listThere = async ({ sample }: Step<Draw>) => {
    const bytes = await document(sample.sample.digest)
    return bytes && readList(bytes)
  }
  const run = checkRounds({ rounds }, new Standing({ steps }), { document, listThere })
  for (;;) {
    const step = await run.next()
    if (step.done === true) {
      const all = rounds.filter(({ round }) => round.results !== undefined).length
      const open = step.value.filter(({ code }) => code === 'results-open').length
      const uncounted = step.value.length - open
      return { counted: all - uncounted, uncounted, open }
    }
    const { code: _, expected, found, index, slot } = step.value
    const place = verified.find((each) => each.slot === slot)?.place
    tell({ code: 'round-mismatch', file: place?.path('frame.ndjson') ?? '', at: index, found, expected })
  }
}

/** Steps of draws and of rounds, as far as they have the form of one: of another form `log verify` tells. */
function stepsOf({ frame, log, slot }: VerifiedLog): Pick<SeenDraws, 'rounds' | 'steps'> {
  const [steps, rounds]: [Step[], SeenRound[]] = [[], []]
  for (const { entry, index, leaf } of frame.acts) {
    const { id, kind, members, ms } = entry
    try {
      if (kind === 'sample') steps.push({ slot, log, index, id, ms, leaf, sample: readSample(members) })
      const round = kind === 'report' ? needReport(objectAt(members, 'asked') ?? {}) : undefined
      if (round !== undefined) rounds.push({ slot, log, index, ms, round })
    } catch (error) {
      if (!(error instanceof Misshapen)) throw error
    }
  }
  return { rounds, steps }
}
