// sample-entry.ts: entries of a draw that anyone can recompute: the population frozen, then the seed thrown, then the sample drawn.
import { canonicalJson, type DigestHex } from '../canonical.ts'
import { type ActFacts, actEntry } from './act-entries.ts'
import type { EntryId, Given } from './entry.ts'
import type { Slot } from './ports.ts'

/** An entry that another one names. */
export interface EntryRef {
  readonly id: EntryId
  readonly index: number
  readonly log: string
}

/** Bytes that stand in `document`, and how many things they hold. */
export interface Held {
  readonly count: number
  readonly digest: DigestHex
}

/** One month of the audited agency in one log, in the words of that log's `month` entry. */
export interface FrozenMonth {
  /** Counted numbers: the last is `countedTo`, the first `countedTo` − `counted` + 1. */
  readonly counted: number
  readonly countedTo: number
  /** Index of the `month` entry that says so; absent of a log that ended before its month turned: then its entries do. */
  readonly index?: number | undefined
  /** `2026-11` */
  readonly month: string
  /** All records, refusals included. */
  readonly records: number
}

/** A log of the department as it is frozen. */
export interface FrozenLog {
  readonly log: string
  /** Those of the period in which the agency had records here, in order. */
  readonly months: readonly FrozenMonth[]
  /** Standard base64. */
  readonly root: string
  readonly size: number
  readonly slot: Slot
}

/** The settings that decide a draw (D-numbers of audit.yaml). Committed before the seed is thrown. */
export interface DrawParameters {
  readonly 'D-7': string
  readonly 'D-8': string
  readonly 'D-9': string
  readonly 'D-10': string
  readonly 'D-11': string
  readonly 'D-12': string
  /** Of protection cases so many per cent are drawn. */
  readonly 'D-17': number
  /** What a protection case is: a record of one of these APIs, or decided by one of these grants of the agency. */
  readonly protection: { readonly apis: readonly string[]; readonly grants: readonly string[] }
}

/** What an auditor asks to be frozen; signed. */
export interface FreezeAsked {
  readonly act: 'freeze'
  /** The audited agency. */
  readonly agency: string
  /** First and last month. */
  readonly from: string
  readonly until: string
  readonly round: 'self-audit' | 'unannounced'
  /** Of an unannounced audit: only records of the person to whom this account belongs. */
  readonly user?: string
  /** … only records about the person with this tag (`subject.tag`, 32 hex digits). */
  readonly subject?: string
  /** How its seed is thrown, so that nobody chooses that once an outcome is known: of drand which round. Absent: as whoever throws says. */
  readonly seed?: { readonly method: SeedAsked['method']; readonly round?: number }
  /** Id of a freeze of the same months whose place it takes, by the order that `document` names. */
  readonly replaces?: EntryId
  /** Id of the freeze to which this one adds what came to light behind it. */
  readonly supplements?: EntryId
}

export interface FreezeFacts extends ActFacts {
  readonly asked: FreezeAsked
  /** Settings in which `parameters` are not what the logs committed when the period began. */
  readonly deviates?: readonly string[] | undefined
  /** Every log of the department that queries stand in. */
  readonly logs: readonly FrozenLog[]
  readonly parameters: DrawParameters
  readonly replaces?: EntryRef | undefined
  /** Rows of the agency's roster. */
  readonly roster: Held
  readonly supplements?: EntryRef | undefined
}

/** Population and rules of a draw, fixed before the seed is thrown. */
export function freezeEntry(facts: FreezeFacts, given: Given): string {
  const { deviates, logs, parameters, replaces, roster, supplements } = facts
  return sampleEntry(facts, given, {
    act: 'freeze',
    deviates,
    logs: logs.map(frozenLog),
    parameters: orderedParameters(parameters),
    replaces: replaces && ref(replaces),
    roster: held(roster),
    supplements: supplements && ref(supplements),
  })
}

/** drand: a public beacon; anyone verifies the signature with the key of the chain. */
export interface DrandRound {
  /** Hash of the chain's parameters, hex. */
  readonly chain: string
  readonly round: number
  /** BLS, hex. */
  readonly signature: string
}

/** What was thrown; signed. */
export interface SeedAsked {
  readonly act: 'seed'
  readonly drand?: DrandRound
  /** Ids of the freezes that it is for. */
  readonly freezes: readonly EntryId[]
  readonly method: 'dice' | 'drand' | 'nonce'
  /** Dice: the digits thrown, in order; nonce, drand: lower-case hex. Its bytes as they stand here enter the seed of each draw. */
  readonly randomness: string
  /** Ids of earlier seeds whose place it takes. */
  readonly replaces?: readonly EntryId[]
  /** When it was thrown, or the beacon's round came, UTC. */
  readonly thrown: string
  /** Who was there. */
  readonly witnesses?: readonly string[]
}

export interface SeedFacts extends ActFacts {
  readonly asked: SeedAsked
  readonly freezes: readonly EntryRef[]
  readonly replaces?: readonly EntryRef[] | undefined
}

/** A seed thrown after the freezes that it is for: one for all agencies. */
export function seedEntry(facts: SeedFacts, given: Given): string {
  return sampleEntry(facts, given, { act: 'seed', freezes: facts.freezes.map(ref), replaces: facts.replaces?.map(ref) })
}

/** The monthly draw of one month. */
export interface DrawnMonth {
  /** Counted numbers, and all records with refusals, of all logs. */
  readonly counted: number
  readonly records: number
  /** SHA-256 of what was drawn, [[log, counted_seq] …] (per row [log, counted_seq, row]) in that order, RFC 8785. */
  readonly digest: DigestHex
  /** Items drawn: the quota, or more. */
  readonly drawn: number
  readonly month: string
  /** Items that count: counted numbers but those never released; where D-9 is `row`, rows of transfers for each transfer. */
  readonly population: number
  readonly quota: number
}

/** The draw of users beside it. */
export interface DrawnCoverage {
  /** Persons drawn with a record. */
  readonly drawn: number
  readonly need: number
  /** Persons who are to be reviewed by their accounts instead (帳號清查). */
  readonly reviews: number
  readonly users: number
  /** Persons with a record that counts. */
  readonly withRecords: number
}

export interface DrawAsked {
  readonly act: 'draw' | 'enlarge'
  /** Id of the freeze. */
  readonly freeze: EntryId
  /** Of an enlargement: items of each month beyond the quota, and persons beyond the need, in all. */
  readonly more?: { readonly items: number; readonly persons: number }
}

export interface DrawFacts extends ActFacts {
  readonly asked: DrawAsked
  readonly coverage: DrawnCoverage
  /** The draw that this one adds to: everything of that one is in this one. */
  readonly enlarges?: EntryRef | undefined
  readonly freeze: EntryRef
  readonly months: readonly DrawnMonth[]
  /** Protection cases of the period, and how many were drawn as such (D-17). */
  readonly protection: { readonly drawn: number; readonly records: number }
  /** The sample: the union. */
  readonly sample: Held
  readonly seed: EntryRef
}

/** What a seed draws of a frozen population. */
export function drawEntry(facts: DrawFacts, given: Given): string {
  const { coverage, enlarges, freeze, months, protection, sample, seed } = facts
  return sampleEntry(facts, given, {
    act: facts.asked.act,
    coverage: {
      drawn: coverage.drawn,
      need: coverage.need,
      reviews: coverage.reviews,
      users: coverage.users,
      with_records: coverage.withRecords,
    },
    enlarges: enlarges && ref(enlarges),
    freeze: ref(freeze),
    months: months.map(({ counted, digest, drawn, month, population, quota, records }) => ({
      counted,
      digest,
      drawn,
      month,
      population,
      quota,
      records,
    })),
    protection: { drawn: protection.drawn, records: protection.records },
    sample: held(sample),
    seed: ref(seed),
  })
}

/** What is asked stands in the order in which it was signed, whoever put it together. */
const sampleEntry = (facts: ActFacts, given: Given, own: Readonly<Record<string, unknown>>): string =>
  actEntry('sample', { ...facts, asked: JSON.parse(canonicalJson(facts.asked)) }, given, own)

const ref = ({ id, index, log }: EntryRef): EntryRef => ({ id, index, log })
const held = ({ count, digest }: Held): Held => ({ count, digest })

const frozenLog = ({ log, months, root, size, slot }: FrozenLog): object => ({
  log,
  months: months.map(({ counted, countedTo, index, month, records }) => ({ counted, counted_to: countedTo, index, month, records })),
  root,
  size,
  slot,
})

const orderedParameters = ({ protection, ...settings }: DrawParameters): object => ({
  'D-10': settings['D-10'],
  'D-11': settings['D-11'],
  'D-12': settings['D-12'],
  'D-17': settings['D-17'],
  'D-7': settings['D-7'],
  'D-8': settings['D-8'],
  'D-9': settings['D-9'],
  protection: { apis: protection.apis, grants: protection.grants },
})
