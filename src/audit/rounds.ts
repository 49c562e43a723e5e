// rounds.ts: rounds of the audit (R14, R15, R11b): each a case that goes from its draw to the archive by recorded steps.
import { type CivilDate, halfYearOf } from '../calendar.ts'
import type { Results, RoundAuditor, RoundStep } from '../querylog/report-entry.ts'
import { type Advance, type Case, type Cases, casesOf, holdToRule, nextSteps, type Rule } from './cases.ts'
import { daysOf, monthsOf } from './period.ts'
import type { Recorded } from './recorded.ts'
import { requireResults } from './results.ts'
import { StepRefused } from './step-refusal.ts'

/** 已抽樣 → 稽核中 → 已稽核 → 已核定 → 已報送 → (補正) → 已備查 → 已歸檔; 已作廢 ends one that was begun wrongly. */
export type RoundState =
  | 'sampled'
  | 'in-audit'
  | 'audited'
  | 'approved'
  | 'sent'
  | 'to-be-corrected'
  | 'on-record'
  | 'archived'
  | 'withdrawn'

type StepOf<Name extends RoundStep['step']> = Extract<RoundStep, { readonly step: Name }>

/** A document and its day. */
export interface Letter {
  readonly document: string
  readonly day: CivilDate
}

export interface Round extends Case<RoundState, RoundStep> {
  readonly audit: StepOf<'sampled'>['audit']
  /** First and last month, `2026-01`. */
  readonly from: string
  readonly until: string
  readonly samples: readonly StepOf<'sampled'>['sample'][]
  readonly auditors: readonly RoundAuditor[]
  readonly results?: Results
  readonly approval?: Letter & Pick<StepOf<'approved'>, 'acting' | 'name' | 'title'>
  /** Each time that it was sent: `day` that of the dispatch. */
  readonly sent: readonly (Letter & { readonly received?: CivilDate })[]
  /** What the department wants corrected; absent once it was sent again. */
  readonly correction?: Letter & { readonly reason: string; readonly deadline?: CivilDate }
  readonly onRecord?: Letter
  /** Each time that discs were archived, the last is what retention counts from (R16). */
  readonly archivings: readonly Pick<StepOf<'archived'>, 'by' | 'day' | 'discs' | 'file_number' | 'manifest'>[]
  /** Since when the agency knows of an unannounced audit. */
  readonly released?: CivilDate
  /** That of the last step, which no step but an archiving comes before. */
  readonly lastDay: CivilDate
}

const live: readonly RoundState[] = ['sampled', 'in-audit', 'audited', 'approved', 'sent', 'to-be-corrected', 'on-record', 'archived']

type Rules = Readonly<Record<RoundStep['step'], Rule<RoundState>>>

const rules: Rules = {
  sampled: { from: 'begin', to: 'sampled' },
  enlarged: { from: ['sampled', 'in-audit', 'audited', 'to-be-corrected'] },
  started: { from: ['sampled', 'in-audit', 'audited', 'to-be-corrected'], to: 'in-audit' },
  audited: { from: ['in-audit', 'audited', 'to-be-corrected'], to: 'audited' },
  approved: { from: ['audited', 'to-be-corrected'], to: 'approved', document: true },
  sent: { from: ['approved', 'to-be-corrected'], to: 'sent', document: true },
  received: { from: ['sent'] },
  returned: { from: ['sent'], to: 'to-be-corrected', document: true },
  'on-record': { from: ['sent'], to: 'on-record', document: true },
  archived: { from: ['on-record', 'archived'], to: 'archived' },
  released: { from: live, document: true },
  withdrawn: { from: ['sampled', 'in-audit', 'audited', 'approved'], to: 'withdrawn', document: true },
}

/** An unannounced audit of the department is sent to nobody: it ends with its approval and the archive. */
const unannouncedRules: Rules = { ...rules, archived: { from: ['approved', 'archived'], to: 'archived' } }
const selfAuditOnly = new Set<RoundStep['step']>(['sent', 'received', 'returned', 'on-record'])

/** What each step of a round needs, and where it leads. */
export const roundRules = (audit: Round['audit'] = 'self-audit'): Rules => (audit === 'unannounced' ? unannouncedRules : rules)

/** Words on screens and forms, of states and of steps. */
export const roundWords: Readonly<Record<RoundState | RoundStep['step'], string>> = {
  sampled: '已抽樣',
  enlarged: '擴大或補充抽樣',
  started: '開始稽核',
  'in-audit': '稽核中',
  audited: '已稽核',
  approved: '已核定',
  sent: '已報送',
  received: '收文',
  returned: '退請補正',
  'to-be-corrected': '補正',
  'on-record': '已備查',
  archived: '已歸檔',
  released: '告知機關',
  withdrawn: '已作廢',
}

/** The rounds that recorded steps make; what was not lawful changed nothing, and is told. */
export const roundsOf = (recorded: Iterable<Recorded<RoundStep>>): Cases<Round> => casesOf(recorded, advanceRound)

/** @throws StepRefused */
export const advanceRound: Advance<Round, RoundStep> = (before, recorded, cases) => {
  const { step } = recorded
  const notBefore = step.step === 'archived' ? before?.approval?.day : before?.lastDay
  if (before !== undefined) refuseForKind(before, step)
  const rule = roundRules(before?.audit)[step.step]
  holdToRule(before, recorded, rule, roundWords, notBefore)
  if (step.step === 'sampled') return begun({ ...recorded, step }, cases)
  if (before === undefined) throw new TypeError('holdToRule refuses a step without its case')
  const state = step.step === 'enlarged' && before.state !== 'sampled' ? 'in-audit' : (rule.to ?? before.state)
  const lastDay = step.day > before.lastDay ? step.day : before.lastDay
  return { ...taken(before, recorded), state, lastDay, steps: [...before.steps, recorded] }
}

/** A self-audit is the agency's own: there is nothing to release. */
const isOfKind = (audit: Round['audit'], step: RoundStep['step']): boolean =>
  audit === 'unannounced' ? !selfAuditOnly.has(step) : step !== 'released'

/** Steps that a round may take next. */
export const nextOfRound = ({ audit, state }: Round): readonly RoundStep['step'][] =>
  nextSteps(roundRules(audit), state).filter((step) => isOfKind(audit, step))

function refuseForKind({ audit, number }: Round, { step }: RoundStep): void {
  if (!isOfKind(audit, step))
    throw new StepRefused(
      'self-audit-only',
      `${number} 為${audit === 'unannounced' ? '不定期稽核' : '自行稽核'}，沒有「${roundWords[step]}」這一步。`,
      `${number} is ${audit === 'unannounced' ? 'an unannounced audit' : 'a self-audit'}: it has no step ${step}.`,
    )
}

function begun(recorded: Recorded<StepOf<'sampled'>>, rounds: ReadonlyMap<string, Round>): Round {
  const { agency, audit, day, from, number, sample, until } = recorded.step
  if (audit === 'self-audit') requirePeriod(recorded.step, rounds)
  else if (from > until) throw badPeriod(from, until)
  return {
    number,
    agency,
    audit,
    from,
    until,
    state: 'sampled',
    samples: [sample],
    auditors: [],
    sent: [],
    archivings: [],
    lastDay: day,
    steps: [recorded],
  }
}

const badPeriod = (from: string, until: string): StepRefused =>
  new StepRefused(
    'period-invalid',
    `期間 ${from}–${until} 不在同一半年內，或起迄顛倒。`,
    `The months ${from}–${until} do not lie within one half-year, in order: reports are due by half-year.`,
  )

/** R14: a round covers whole months that are over, within a half-year; no month is audited by two.
 *  @throws StepRefused */
function requirePeriod({ agency, day, from, until }: StepOf<'sampled'>, rounds: ReadonlyMap<string, Round>): void {
  if (from > until) throw badPeriod(from, until)
  const { first, last } = daysOf({ from, until })
  if (halfYearOf(first).label !== halfYearOf(last).label) throw badPeriod(from, until)
  if (day <= last)
    throw new StepRefused(
      'day-early',
      `${day} 時 ${until} 尚未結束，不能抽樣。`,
      `On ${day} the month ${until} was not over: nothing can be drawn of it.`,
    )
  const other = [...rounds.values()].find(
    (each) =>
      each.agency === agency && each.audit === 'self-audit' && each.state !== 'withdrawn' && each.from <= until && from <= each.until,
  )
  if (other !== undefined)
    throw new StepRefused(
      'period-taken',
      `${agency} 之 ${other.from}–${other.until} 已由 ${other.number} 稽核。`,
      `${other.number} audits ${other.from}–${other.until} of ${agency} already: withdraw it first, or choose other months.`,
    )
}

/** What a lawful step changes beside the state. */
function taken(before: Round, { step, recording }: Recorded<RoundStep>): Round {
  const { results: _, ...unaudited } = before
  const { correction: _corrected, ...uncorrected } = before
  const letter: Letter = { document: recording.document ?? '', day: step.day }
  switch (step.step) {
    case 'enlarged':
      return { ...unaudited, samples: [...before.samples, step.sample] }
    case 'started':
      return { ...before, auditors: step.auditors }
    case 'audited':
      requireMonths(before, step.results)
      return { ...before, results: step.results }
    case 'approved':
      if (before.audit === 'self-audit') requireResults(before.number, before.results)
      return { ...before, approval: { ...letter, acting: step.acting, name: step.name, title: step.title } }
    case 'sent':
      return { ...uncorrected, sent: [...before.sent, { ...letter, ...(step.received !== undefined && { received: step.received }) }] }
    case 'received':
      return { ...before, sent: before.sent.map((each, at) => (at === before.sent.length - 1 ? { ...each, received: step.day } : each)) }
    case 'returned': {
      const deadline = step.deadline !== undefined && { deadline: step.deadline }
      return { ...before, correction: { ...letter, reason: recording.reason, ...deadline } }
    }
    case 'on-record':
      return { ...before, onRecord: letter }
    case 'archived': {
      const { by, day, discs, file_number, manifest } = step
      const archiving = { by, day, discs, file_number, ...(manifest !== undefined && { manifest }) }
      return { ...before, archivings: [...before.archivings, archiving] }
    }
    case 'released':
      return { ...before, released: step.day }
    default:
      return before
  }
}

/** Results are of the months of their round: all of them, in order. */
function requireMonths({ audit, from, number, until }: Round, { months }: Results): void {
  const [found, expected] = [months.map(({ month }) => month).join(' '), monthsOf({ from, until }).join(' ')]
  if (audit === 'self-audit' && found !== expected)
    throw new StepRefused(
      'months-wrong',
      `${number} 之結果應依序為 ${expected}，而為 ${found}。`,
      `Results of ${number}: expected the months ${expected}, found ${found}.`,
    )
}

/** Where discs of which months were archived when: what retention counts from (R16). */
export interface Archiving {
  readonly agency: string
  /** First and last month. */
  readonly from: string
  readonly until: string
  readonly day: CivilDate
}

/** The last archiving of each self-audit round that has one. */
export function archivingsOf(rounds: Iterable<Round>): readonly Archiving[] {
  return [...rounds].flatMap(({ agency, archivings, audit, from, state, until }) => {
    const day = archivings
      .map((each) => each.day)
      .sort()
      .at(-1)
    return day === undefined || audit !== 'self-audit' || state === 'withdrawn' ? [] : [{ agency, from, until, day }]
  })
}
