// steps.ts: steps of rounds, findings and incidents as the verifier reads them: the members that each must have. Their order is no matter of evidence.

import type { JsonObject } from './json-value.ts'
import {
  type Check,
  count,
  digest,
  like,
  list,
  Misshapen,
  may,
  month,
  need,
  object,
  objects,
  ordinal,
  text,
  uuid,
  word,
} from './members.ts'

/** A day that exists. */
const day: Check<string> = (value) => {
  const read = like(/^\d{4}-\d{2}-\d{2}$/)(value)
  const ms = read === undefined ? Number.NaN : Date.parse(read)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== read ? undefined : read
}
const flag: Check<boolean> = (value) => (typeof value === 'boolean' ? value : undefined)

/** What a round's step says of draws. */
export interface RoundStep {
  readonly number: string
  readonly step: string
  /** Of `sampled`. */
  readonly of: { readonly agency: string; readonly from: string; readonly selfAudit: boolean; readonly until: string } | undefined
  /** Of `sampled` and `enlarged`: the draw. */
  readonly sample: { readonly id: string; readonly index: number; readonly log: string } | undefined
  /** Of `audited`. */
  readonly results: RoundResults | undefined
}

export interface RoundResults {
  readonly document: string
  readonly months: readonly { readonly month: string; readonly audited: number; readonly population: number; readonly quota: number }[]
  readonly outcomes: { readonly abnormal: number; readonly normal: number; readonly toExplain: number }
  readonly users: { readonly audited: number; readonly reviewed: number; readonly total: number; readonly withRecords: number }
  /** What was drawn and has no result; absent where an earlier version wrote them. */
  readonly open: { readonly items: number; readonly reviews: number } | undefined
}

/** What a step says beside its number and its day. */
type Members = (step: JsonObject) => void

function needSample(step: JsonObject): void {
  const sample = need(step, 'sample', object)
  need(sample, 'id', uuid)
  needPlace(sample)
}

function needPlace(from: JsonObject): void {
  need(from, 'index', count)
  need(from, 'log', text)
}

function mayRecords(step: JsonObject): void {
  if (may(step, 'records', list) !== undefined) for (const each of objects(step, 'records')) needPlace(each)
}

function needResults(step: JsonObject): void {
  const results = need(step, 'results', object)
  need(results, 'document', digest)
  for (const each of objects(results, 'months')) {
    need(each, 'month', month)
    for (const name of ['audited', 'population', 'quota']) need(each, name, count)
  }
  for (const name of ['abnormal', 'normal', 'to_explain']) need(need(results, 'outcomes', object), name, count)
  for (const name of ['audited', 'reviewed', 'total', 'with_records']) need(need(results, 'users', object), name, count)
}

const rounds: Readonly<Record<string, Members>> = {
  sampled: (step) => {
    need(step, 'agency', text)
    need(step, 'audit', word('self-audit', 'unannounced'))
    need(step, 'from', month)
    need(step, 'until', month)
    needSample(step)
  },
  enlarged: needSample,
  started: (step) => {
    for (const each of objects(step, 'auditors')) {
      need(each, 'name', text)
      need(each, 'unit', text)
      may(each, 'account', text)
    }
  },
  audited: needResults,
  approved: (step) => {
    need(step, 'acting', flag)
    need(step, 'name', text)
    need(step, 'title', text)
  },
  sent: (step) => void may(step, 'received', day),
  received: () => undefined,
  returned: (step) => void may(step, 'deadline', day),
  'on-record': () => undefined,
  archived: (step) => {
    need(step, 'by', word('agency', 'department'))
    need(step, 'discs', ordinal)
    need(step, 'file_number', text)
    may(step, 'manifest', digest)
  },
  released: () => undefined,
  withdrawn: () => undefined,
}

const findings: Readonly<Record<string, Members>> = {
  opened: (step) => {
    need(step, 'agency', text)
    need(step, 'deadline', day)
    need(step, 'matter', text)
    may(step, 'round', text)
    mayRecords(step)
  },
  explained: (step) => void need(step, 'improvement', flag),
  improved: (step) => void need(step, 'measures', text),
  visited: () => undefined,
  extended: (step) => void need(step, 'deadline', day),
  returned: (step) => void need(step, 'deadline', day),
  closed: () => undefined,
}

function mayConcern(step: JsonObject): void {
  may(step, 'from', day)
  may(step, 'until', day)
  mayRecords(step)
}

const incidents: Readonly<Record<string, Members>> = {
  found: (step) => {
    for (const name of ['agency', 'found_by', 'matter']) need(step, name, text)
    mayConcern(step)
  },
  notified: (step) => {
    if (need(step, 'to', list).some((each) => word('ethics-office', 'it-office')(each) === undefined)) throw new Misshapen('to')
  },
  widened: mayConcern,
  closed: () => undefined,
}

function needStep(asked: JsonObject, steps: Readonly<Record<string, Members>>): void {
  need(asked, 'number', text)
  need(asked, 'day', day)
  const name = need(asked, 'step', text)
  const members = Object.hasOwn(steps, name) ? steps[name] : undefined
  if (members === undefined) throw new Misshapen('step')
  members(asked)
}

/** What a `report` entry says: a step of a round, or of a finding, of which nothing is held against draws. Throws Misshapen. */
export function needReport(asked: JsonObject): RoundStep | undefined {
  const about = need(asked, 'about', word('round', 'finding'))
  needStep(asked, about === 'round' ? rounds : findings)
  return about === 'round' ? roundStep(asked) : undefined
}

function roundStep(asked: JsonObject): RoundStep {
  const step = need(asked, 'step', text)
  const [begins, sample] = [step === 'sampled', may(asked, 'sample', object)]
  return {
    number: need(asked, 'number', text),
    step,
    of: begins
      ? {
          agency: need(asked, 'agency', text),
          from: need(asked, 'from', month),
          selfAudit: asked.audit === 'self-audit',
          until: need(asked, 'until', month),
        }
      : undefined,
    sample:
      (begins || step === 'enlarged') && sample !== undefined
        ? { id: need(sample, 'id', uuid), index: need(sample, 'index', count), log: need(sample, 'log', text) }
        : undefined,
    results: step === 'audited' ? resultsOf(need(asked, 'results', object)) : undefined,
  }
}

function resultsOf(results: JsonObject): RoundResults {
  const [outcomes, users] = [need(results, 'outcomes', object), need(results, 'users', object)]
  const open = may(results, 'open', object)
  return {
    document: need(results, 'document', digest),
    open: open && { items: need(open, 'items', count), reviews: need(open, 'reviews', count) },
    months: objects(results, 'months').map((each) => ({
      month: need(each, 'month', month),
      audited: need(each, 'audited', count),
      population: need(each, 'population', count),
      quota: need(each, 'quota', count),
    })),
    outcomes: {
      abnormal: need(outcomes, 'abnormal', count),
      normal: need(outcomes, 'normal', count),
      toExplain: need(outcomes, 'to_explain', count),
    },
    users: {
      audited: need(users, 'audited', count),
      reviewed: need(users, 'reviewed', count),
      total: need(users, 'total', count),
      withRecords: need(users, 'with_records', count),
    },
  }
}

/** What an `incident` entry says. Throws Misshapen. */
export const needIncident = (asked: JsonObject): void => needStep(asked, incidents)
