// config-explain-record.ts: `linkage config explain --record`: a recorded decision, the rules of its day, the steps before it, and what today’s rules would say.
import { resolve } from 'node:path'
import { showInstant } from '../calendar.ts'
import { canonicalJson } from '../canonical.ts'
import { lapsed } from '../credential/validity.ts'
import { type Explanation, explain, isDecided } from '../policy/explain.ts'
import { harmless } from '../policy/finding.ts'
import type { Loaded } from '../policy/load.ts'
import { callUnder, type LoggedCall } from '../policy/logged-call.ts'
import { type Outcome, outcomeUnder } from '../policy/simulate.ts'
import { problems } from '../problems.ts'
import { type AuditorOptions, commandKeys, readAuditor } from './auditor.ts'
import { recordRead } from './command-log.ts'
import { type CommandPlace, openPlace } from './command-place.ts'
import { asText, placeOf, shownOf } from './explanation-text.ts'
import { UsageError } from './log/usage-error.ts'
import { loggedCall } from './logged.ts'
import { type PastPolicy, pastPolicy, withLinesOf } from './past-policy.ts'
import { painter } from './terminal-text.ts'

export interface ExplainedRecord {
  readonly slot: string
  readonly index: number
  readonly logged: LoggedCall
  readonly past: PastPolicy
  /** The steps under the rules of its day; absent where the record was refused before they were asked. */
  readonly thatDay: Explanation | undefined
  /** What the folder’s rules, as they stand today, would say. */
  readonly today: Outcome
  readonly rulesNow: Pick<Loaded, 'place'>
}

/** Reads one record and the rules that decided it. The act is recorded before anything is shown.
 *  @param id the record’s id, which the caller had as Request-Id
 *  @throws UsageError, AuditorRefused, and what recordAct throws */
export async function explainRecord(id: string, options: AuditorOptions): Promise<ExplainedRecord> {
  const keys = commandKeys(options)
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))
    throw new UsageError('--record：應為紀錄之 id（回應之 Request-Id） expected a record’s id, which its answer bore as Request-Id')
  const place = await openPlace(resolve(options.config))
  try {
    const found = await place.store.reader.find(id)
    if (found === undefined)
      throw new UsageError(
        `${id}：查無此紀錄；一分鐘內之紀錄可能尚未編入查詢。 No such record; one of the last minute may not be found yet: linkage log status says how far search is.`,
      )
    await recordReading(place, keys, options, { id, ...found })
    return await explained(place, found)
  } finally {
    await place.close()
  }
}

async function recordReading(
  place: CommandPlace,
  keys: string,
  options: AuditorOptions,
  { id, slot, index }: { readonly id: string; readonly slot: string; readonly index: number },
): Promise<void> {
  const asked = canonicalJson({ form: 'explanation', id })
  const act = { command: 'config-explain', asked, needsDocument: false }
  const auditor = await readAuditor(options, act, place.snapshot)
  const log = (await place.store.reader.heads()).find((each) => each.slot === slot)
  if (log === undefined) throw new UsageError(`槽 ${slot}：資料庫沒有此紀錄。 The database has no log of slot ${slot}.`)
  const { head } = log
  const logs = [{ from: index, log: log.log, root: head.root.toString('base64'), size: head.size, slot, to: index + 1 }]
  await recordRead(place, keys, { act, auditor, logs })
}

async function explained(
  { placeOf, snapshot, store }: CommandPlace,
  { slot, index }: { readonly slot: string; readonly index: number },
): Promise<ExplainedRecord> {
  for await (const stored of store.reader.entries(slot, index, index + 1)) {
    const logged = loggedCall(stored)
    if (logged === undefined) break
    const past = withLinesOf(await pastPolicy(store.reader, logged.policy), { place: placeOf, snapshot })
    const asked = callUnder(past.snapshot, logged)
    const isJudged = !('missing' in asked) && (logged.decision === 'permit' || isDecided(logged.code))
    return {
      slot,
      index,
      logged,
      past,
      thatDay: isJudged ? explain(past.snapshot, asked) : undefined,
      today: outcomeUnder(snapshot, logged, (each, day) => !lapsed(each, day)),
      rulesNow: { place: placeOf },
    }
  }
  throw new UsageError(`槽 ${slot} 第 ${index} 筆不是查詢紀錄。 Entry ${index} of slot ${slot} is no query.`)
}

export function recordJson({ index, logged, today, past, slot, thatDay, rulesNow }: ExplainedRecord): string {
  const shown = {
    record: { slot, index, ...logged, at: new Date(logged.at).toISOString() },
    rule: ruleOf(logged, past),
    thatDay: thatDay === undefined ? null : shownOf(thatDay, past),
    today: { ...today, ...('rule' in today && today.rule !== undefined && { place: placeOf(today.rule, rulesNow) }) },
  }
  return `${JSON.stringify(shown, null, 2)}\n`
}

/** The rule that decided: where it stands in the files of its day, and its line. */
function ruleOf({ rule }: LoggedCall, { files, place }: PastPolicy): { readonly place: string | undefined; readonly line?: string } {
  const at = place(rule)
  const line = at && files.get(at.file)?.split(/\r?\n/)[at.line - 1]
  return { place: placeOf(rule, { place }), ...(line !== undefined && { line: line.trim() }) }
}

export function recordText({ index, logged, today, past, slot, thatDay, rulesNow }: ExplainedRecord, coloured: boolean): string {
  const paint = painter(coloured)
  const { titleZh, title } = problems[logged.code]
  const mark = logged.decision === 'permit' ? paint('green', '准予 permitted') : paint('red', '拒絕 refused')
  const rule = ruleOf(logged, past)
  const lines = [
    paint(
      'bold',
      `紀錄 record ${slot} #${index}  ${showInstant(logged.at)}  ${harmless(logged.agency)}  ${logged.api ?? ''}/${logged.operation ?? ''}`,
    ),
    `當時 then：${mark}  ${titleZh} ${title} [${logged.code}]`,
    `  依據 by ${harmless(rule.place ?? logged.rule)}（設定版本 rules ${logged.policy.slice(0, 12)}）`,
    ...(rule.line === undefined ? [] : [`  ${paint('dim', harmless(rule.line))}`]),
  ]
  const steps =
    thatDay === undefined
      ? '  於判斷規則之前或之後決定，沒有步驟可列 decided before or behind the rules: there are no steps\n'
      : asText(thatDay, past, coloured)
  const madeAgain = past.isMadeAgain(logged.rule)
    ? `  ${paint('dim', '列號為由紀錄重建之檔案（該檔其後已修改） lines of a file made again from the log: it changed since')}\n`
    : ''
  return `${lines.join('\n')}\n${madeAgain}${steps}${paint('bold', '以現行設定 under the rules of today')}：${nowText(today, rulesNow)}\n`
}

function nowText(today: Outcome, rulesNow: Pick<Loaded, 'place'>): string {
  const by = 'rule' in today && today.rule !== undefined ? `  ${placeOf(today.rule, rulesNow)}` : ''
  switch (today.kind) {
    case 'same':
      return '相同 the same'
    case 'undecided':
      return '規則不決定此事 rules do not decide this'
    case 'permitted':
      return `將准予 would pass${by}`
    case 'refused':
    case 'reason':
      return `將拒絕 would be refused [${today.code}]${by}`
    case 'fields':
      return `准予，資料項目不同 would pass with other fields：＋ ${today.more.join(', ') || '—'}  － ${today.fewer.join(', ') || '—'}${by}`
  }
}
