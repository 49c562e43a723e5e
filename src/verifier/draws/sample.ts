// sample.ts: the steps of a draw as the verifier reads them: a population frozen, a seed thrown, a sample drawn.
import type { JsonObject } from '../json-value.ts'
import {
  count,
  digest,
  hash,
  instant,
  like,
  Misshapen,
  may,
  month,
  need,
  object,
  objects,
  ordinal,
  tag,
  text,
  texts,
  uuid,
  word,
} from '../members.ts'

export interface Ref {
  readonly id: string
  readonly index: number
  readonly log: string
}

export interface FrozenMonth {
  readonly month: string
  readonly counted: number
  readonly countedTo: number
  readonly records: number
  /** Of the `month` entry; absent where a log ended before its month turned. */
  readonly index: number | undefined
}

export interface FrozenLog {
  readonly log: string
  readonly slot: string
  readonly root: string
  readonly size: number
  readonly months: readonly FrozenMonth[]
}

export interface Freeze {
  readonly act: 'freeze'
  readonly agency: string
  readonly from: string
  readonly until: string
  readonly selfAudit: boolean
  /** Which records alone are audited: of an account, about a tag. Absent: all. */
  readonly user: string | undefined
  readonly subject: string | undefined
  readonly byRow: boolean
  /** By their D-numbers. */
  readonly settings: ReadonlyMap<string, number | string>
  /** Settings that are said not to be those that the logs committed. */
  readonly deviates: readonly string[]
  /** What a protection case is, and how many per cent of them are audited (D-17). */
  readonly protection: { readonly apis: readonly string[]; readonly grants: readonly string[]; readonly percent: number }
  readonly logs: readonly FrozenLog[]
  readonly roster: string
  readonly replaces: Ref | undefined
  readonly supplements: Ref | undefined
  /** How its seed is to be thrown; absent where the freeze does not fix that. */
  readonly seed: { readonly method: Seed['method']; readonly round: number | undefined } | undefined
}

/** Whether only some records are audited. */
export const isFiltered = ({ subject, user }: Pick<Freeze, 'subject' | 'user'>): boolean => user !== undefined || subject !== undefined

export interface Seed {
  readonly act: 'seed'
  readonly freezes: readonly Ref[]
  readonly replaces: readonly Ref[]
  readonly method: (typeof methods)[number]
  readonly randomness: string
  /** Milliseconds since 1970 UTC. */
  readonly thrown: number
  readonly drand: { readonly chain: string; readonly round: number; readonly signature: string } | undefined
}

export interface DrawnMonth {
  readonly month: string
  readonly counted: number
  readonly records: number
  readonly population: number
  readonly quota: number
  readonly drawn: number
  readonly digest: string
}

export interface Draw {
  readonly act: 'draw' | 'enlarge'
  readonly freeze: Ref
  readonly seed: Ref
  readonly enlarges: Ref | undefined
  readonly more: { readonly items: number; readonly persons: number }
  readonly months: readonly DrawnMonth[]
  readonly coverage: {
    readonly drawn: number
    readonly need: number
    readonly reviews: number
    readonly users: number
    readonly withRecords: number
  }
  readonly protection: { readonly drawn: number; readonly records: number }
  readonly sample: { readonly count: number; readonly digest: string }
}

/** Whether it names a document: what is done a second time must. */
export type Sample = (Freeze | Seed | Draw) & { readonly document: boolean }

const hex = like(/^(?:[0-9a-f]{2})+$/)

function ref(from: JsonObject): Ref {
  return { id: need(from, 'id', uuid), index: need(from, 'index', count), log: need(from, 'log', text) }
}

const refIn = (from: JsonObject, name: string): Ref => ref(need(from, name, object))
const mayRef = (from: JsonObject, name: string): Ref | undefined => (Object.hasOwn(from, name) ? refIn(from, name) : undefined)
const mayRefs = (from: JsonObject, name: string): readonly Ref[] => (Object.hasOwn(from, name) ? objects(from, name).map(ref) : [])

function held(from: JsonObject, name: string): { count: number; digest: string } {
  const value = need(from, name, object)
  return { count: need(value, 'count', count), digest: need(value, 'digest', digest) }
}

function frozenLog(from: JsonObject): FrozenLog {
  const size = need(from, 'size', count)
  const months = objects(from, 'months').map((each) => ({
    month: need(each, 'month', month),
    counted: need(each, 'counted', count),
    countedTo: need(each, 'counted_to', count),
    records: need(each, 'records', count),
    index: may(each, 'index', count),
  }))
  for (const { counted, countedTo, index = 0 } of months) if (counted > countedTo || index >= size) throw new Misshapen('months')
  return { log: need(from, 'log', text), slot: need(from, 'slot', text), root: need(from, 'root', hash), size, months }
}

const methods = ['dice', 'drand', 'nonce'] as const

function fixedSeed(asked: JsonObject): Freeze['seed'] {
  const seed = may(asked, 'seed', object)
  if (seed === undefined) return undefined
  const method = need(seed, 'method', word(...methods))
  return { method, round: method === 'drand' ? need(seed, 'round', ordinal) : undefined }
}

const words = new Set(['D-7', 'D-8', 'D-9', 'D-10', 'D-11', 'D-12'])

function freeze(from: JsonObject, asked: JsonObject): Freeze {
  const parameters = need(from, 'parameters', object)
  const percent = need(parameters, 'D-17', ordinal)
  const settings = new Map<string, number | string>([...words].map((each) => [each, need(parameters, each, text)]))
  const protection = need(parameters, 'protection', object)
  const [first, last] = [need(asked, 'from', month), need(asked, 'until', month)]
  if (first > last) throw new Misshapen('until')
  if (Object.hasOwn(from, 'deviates')) need(from, 'document', text) // other settings than were committed have a document
  return {
    act: 'freeze',
    agency: need(asked, 'agency', text),
    from: first,
    until: last,
    selfAudit: need(asked, 'round', word('self-audit', 'unannounced')) === 'self-audit',
    user: may(asked, 'user', text),
    subject: may(asked, 'subject', tag),
    byRow: parameters['D-9'] === 'row',
    protection: {
      apis: need(protection, 'apis', texts),
      grants: need(protection, 'grants', texts),
      percent,
    },
    settings: settings.set('D-17', percent),
    deviates: may(from, 'deviates', texts) ?? [],
    logs: objects(from, 'logs').map(frozenLog),
    roster: held(from, 'roster').digest,
    replaces: mayRef(from, 'replaces'),
    supplements: mayRef(from, 'supplements'),
    seed: fixedSeed(asked),
  }
}

function seed(from: JsonObject, asked: JsonObject): Seed {
  const method = need(asked, 'method', word(...methods))
  const beacon = method === 'drand' ? need(asked, 'drand', object) : undefined
  return {
    act: 'seed',
    freezes: objects(from, 'freezes').map(ref),
    replaces: mayRefs(from, 'replaces'),
    method,
    randomness: need(asked, 'randomness', method === 'dice' ? like(/^\d{20,}$/) : hex),
    thrown: need(asked, 'thrown', instant).ms,
    drand: beacon && {
      chain: need(beacon, 'chain', digest),
      round: need(beacon, 'round', ordinal),
      signature: need(beacon, 'signature', hex),
    },
  }
}

function drawnMonth(from: JsonObject): DrawnMonth {
  return {
    month: need(from, 'month', month),
    counted: need(from, 'counted', count),
    records: need(from, 'records', count),
    population: need(from, 'population', count),
    quota: need(from, 'quota', count),
    drawn: need(from, 'drawn', count),
    digest: need(from, 'digest', digest),
  }
}

function draw(from: JsonObject, asked: JsonObject, act: 'draw' | 'enlarge'): Draw {
  const coverage = need(from, 'coverage', object)
  const cases = need(from, 'protection', object)
  const protection = { drawn: need(cases, 'drawn', count), records: need(cases, 'records', count) }
  if (protection.drawn > protection.records) throw new Misshapen('protection')
  const more = may(asked, 'more', object)
  return {
    act,
    freeze: refIn(from, 'freeze'),
    seed: refIn(from, 'seed'),
    enlarges: act === 'enlarge' ? refIn(from, 'enlarges') : undefined,
    more: more === undefined ? { items: 0, persons: 0 } : { items: need(more, 'items', count), persons: need(more, 'persons', count) },
    months: objects(from, 'months').map(drawnMonth),
    coverage: {
      drawn: need(coverage, 'drawn', count),
      need: need(coverage, 'need', count),
      reviews: need(coverage, 'reviews', count),
      users: need(coverage, 'users', count),
      withRecords: need(coverage, 'with_records', count),
    },
    protection,
    sample: held(from, 'sample'),
  }
}

/** What an entry of kind `sample` says beside who, what and why.
 *  @throws Misshapen */
export function readSample(from: JsonObject): Sample {
  const act = need(from, 'act', word('draw', 'enlarge', 'freeze', 'seed'))
  const asked = need(from, 'asked', object)
  const document = Object.hasOwn(from, 'document')
  if (act === 'freeze') return { ...freeze(from, asked), document }
  return { ...(act === 'seed' ? seed(from, asked) : draw(from, asked, act)), document }
}
