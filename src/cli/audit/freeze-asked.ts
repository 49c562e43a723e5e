// freeze-asked.ts: which populations are to be frozen, and when they may be.
import { roundFor } from '../../audit/drand.ts'
import type { Period } from '../../audit/period.ts'
import { readPeriod } from '../../audit/period.ts'
import { isReplaced, otherRecords, replacedBy, type Samples } from '../../audit/samples.ts'
import { civilDateOf } from '../../calendar.ts'
import type { Snapshot } from '../../policy/snapshot.ts'
import type { FreezeAsked } from '../../querylog/sample-entry.ts'
import type { AuditorOptions } from '../auditor.ts'
import { UsageError } from '../log/usage-error.ts'
import { freezeAsked, freezeLine } from './sampling.ts'

export interface FreezeOptions extends AuditorOptions {
  readonly period?: string
  readonly agency?: readonly string[]
  readonly unannounced?: boolean
  readonly user?: string
  readonly subject?: string
  readonly replaces?: string
  readonly supplements?: string
  readonly method: 'dice' | 'drand' | 'nonce'
  readonly drandRound?: string
  readonly json?: boolean
}

/** What is asked for each agency: one entry each.
 *  @param now milliseconds since 1970 UTC
 *  @throws UsageError */
export function populationsAsked(options: FreezeOptions, snapshot: Snapshot, samples: Samples, now: number): readonly FreezeAsked[] {
  const month = civilDateOf(now).slice(0, 7)
  const seed = seedFixed(options, now)
  const { replaces, subject, supplements, unannounced, user } = options
  const base = supplements === undefined ? undefined : freezeAsked(samples, supplements, undefined).asked
  const period = base ?? periodGiven(options.period, month)
  if ((user !== undefined || subject !== undefined) && unannounced !== true)
    throw new UsageError('--user、--subject 限不定期稽核（--unannounced）。 --user and --subject are for an unannounced audit.')
  if (subject !== undefined && !/^[0-9a-f]{32}$/.test(subject))
    throw new UsageError('--subject：應為紀錄所載之標籤，32 個十六進位數字。 Expected a tag as entries have it, 32 hex digits.')
  const only = base ?? { ...(user !== undefined && { user }), ...(subject !== undefined && { subject }) }
  const asked = agenciesGiven(options, base?.agency, snapshot).map((agency): FreezeAsked => {
    const round = base?.round ?? (unannounced === true ? 'unannounced' : 'self-audit')
    if (round === 'self-audit' && snapshot.agencies.get(agency)?.kind === 'using-unit')
      throw new UsageError(
        `${agency} 為使用單位，不自行稽核；社會局抽查請用 --unannounced。 A using unit has no self-audit; the department draws with --unannounced.`,
      )
    return {
      act: 'freeze',
      agency,
      from: period.from,
      round,
      until: period.until,
      seed,
      ...(only.user !== undefined && { user: only.user }),
      ...(only.subject !== undefined && { subject: only.subject }),
      ...(replaces !== undefined && { replaces }),
      ...(supplements !== undefined && { supplements }),
    }
  })
  return asked
}

/** One round for all that one command freezes: late enough that each is frozen ten minutes before it.
 *  @throws UsageError */
function seedFixed({ assertion, drandRound, method }: FreezeOptions, now: number): NonNullable<FreezeAsked['seed']> {
  if (drandRound !== undefined && method !== 'drand')
    throw new UsageError('--drand-round 限 --method drand。 --drand-round is for --method drand.')
  if (method !== 'drand') return { method }
  if (drandRound === undefined && assertion !== undefined)
    throw new UsageError('簽署於他處者須載明 --drand-round。 What was signed elsewhere says which round: --drand-round.')
  if (drandRound !== undefined && !/^[1-9]\d{0,11}$/.test(drandRound))
    throw new UsageError(`--drand-round：應為輪次。 Expected the number of a round, found ${drandRound}.`)
  const round = drandRound === undefined ? roundFor(now + 600_000) : Number(drandRound)
  return { method, round }
}

/** @throws UsageError for what is no period, or is not over */
function periodGiven(text: string | undefined, month: string): Period {
  const period = readPeriod(text ?? '')
  if (period === undefined)
    throw new UsageError(
      `--period：應為 115H1、115-03 或 115-01..115-06，至多十二個月。 Expected a half-year, a month or months, twelve at most, found ${text ?? 'none'}.`,
    )
  if (period.until >= month)
    throw new UsageError(
      `${period.until} 尚未結束：母體由換月紀錄固定，月份結束後才能封存，不定期稽核亦同；其間可先以 linkage log find 查看。 ${period.until} is not over: only months that have ended are frozen, of an unannounced audit too, since the month entry fixes what is drawn from; until then linkage log find shows the records.`,
    )
  return period
}

function agenciesGiven(
  { agency, assertion, replaces, subject, user }: FreezeOptions,
  base: string | undefined,
  { agencies }: Snapshot,
): readonly string[] {
  if (base !== undefined) return [base]
  const linked = [...agencies.values()].filter(({ kind }) => kind === 'linked-agency').map(({ id }) => id)
  const named = [...new Set(agency ?? linked)].sort()
  if (named.length > 1 && [assertion, replaces, subject, user].some((each) => each !== undefined))
    throw new UsageError('請以 --agency 指定一個機關。 Name one agency: --agency.')
  return named
}

/** Only what is frozen of the same records takes the place of a population: what was drawn of one counts no more, and nothing else covers its
 *  months.
 *  @throws UsageError */
function requireReplaceable(freezes: Samples['freezes'], asked: FreezeAsked, replaces: string): void {
  const replaced = freezes.find(({ ref }) => ref.id === replaces)
  if (replaced === undefined || replaced.asked.agency !== asked.agency)
    throw new UsageError(`--replaces：${asked.agency} 沒有封存 ${replaces}。 There is no such frozen population of ${asked.agency}.`)
  const anew = replacedBy({ freezes }, replaced)?.ref.id
  if (anew !== undefined)
    throw new UsageError(
      `--replaces：${replaces} 已由 ${anew} 取代，請用 --replaces ${anew}。 It was frozen anew already: give --replaces ${anew}.`,
    )
  const other = otherRecords(replaced.asked, asked)
  if (other.length === 0) return
  const words = (of: FreezeAsked): string => other.map((member) => `${member} ${of[member] ?? '—'}`).join('、')
  throw new UsageError(
    [
      `--replaces：${replaces} 為 ${words(replaced.asked)}，本次為 ${words(asked)}，不能取代；請指定同機關、同期間、同種類之封存。`,
      'It is of other records: a population is replaced by one of the same agency, months and kind.',
      freezeLine(replaced),
    ].join('\n'),
  )
}

/** Late records are added to the population that came first, however often: what was added before is left out of each. Of one that was frozen
 *  anew they stand in what took its place, or are late behind that.
 *  @throws UsageError that names that one */
function requireFirst(freezes: Samples['freezes'], id: string): void {
  const named = freezes.find(({ ref }) => ref.id === id)
  const first = named?.asked.supplements
  if (first !== undefined)
    throw new UsageError(
      `--supplements：${id} 本身為補充，請用 --supplements ${first}；已補充者不會重列。 It is a supplement itself: give --supplements ${first}, and what was added before is left out.`,
    )
  const anew = named && replacedBy({ freezes }, named)?.ref.id
  if (anew !== undefined)
    throw new UsageError(
      `--supplements：${id} 已由 ${anew} 取代，請用 --supplements ${anew}。 It was frozen anew: what came to light behind that is added to it, by --supplements ${anew}.`,
    )
}

/** Whether a population may still be frozen: a self-audit is drawn once for each month, so that nobody draws until the sample suits.
 *  @throws UsageError */
export function requireNotFrozen({ draws, freezes }: Samples, asked: FreezeAsked, now: number): void {
  const { agency, from, replaces, round, seed, supplements, until } = asked
  if (seed?.round !== undefined && seed.round < roundFor(now))
    throw new UsageError(
      `--drand-round：第 ${seed.round} 輪距封存不足十分鐘，應為第 ${roundFor(now)} 輪以後。 The round comes less than ten minutes behind the freeze: expected ${roundFor(now)} or later.`,
    )
  if (replaces !== undefined) requireReplaceable(freezes, asked, replaces)
  if (supplements !== undefined) requireFirst(freezes, supplements)
  if (supplements !== undefined && !draws.some(({ freeze }) => freeze.id === supplements))
    throw new UsageError(`--supplements：${supplements} 尚未抽樣。 Nothing is drawn of it yet: draw that first.`)
  if (round === 'unannounced' || supplements !== undefined) return
  const twice = freezes.filter(
    (each) =>
      each.asked.agency === agency &&
      each.asked.round === 'self-audit' &&
      each.asked.supplements === undefined &&
      each.asked.from <= until &&
      each.asked.until >= from &&
      !isReplaced({ freezes }, each),
  )
  const others = twice.filter(({ ref }) => ref.id !== replaces)
  if (others.length > 0)
    throw new UsageError(
      [
        `${agency}：這些月份已封存，不重抽；確有必要時以 --replaces 及 --document 取代。`,
        `${agency}: these months are frozen already, and are not drawn again; where they must be: --replaces and --document.`,
        ...others.map(freezeLine),
      ].join('\n'),
    )
}
