// report-entry.ts: entries about audits: the steps of rounds (R14, R15, R11b) and of findings of the department (R18).
import Type, { type Static } from 'typebox'
import { type ActFacts, actEntry } from './act-entries.ts'
import type { Given } from './entry.ts'
import { choice, count, day, month, records, sampleEntry, sha256, step, words } from './step-parts.ts'

const round = { about: Type.Literal('round') }
const finding = { about: Type.Literal('finding') }

/** Who audits. `account` where they have one on the roster of the agency: whoever queried does not audit. */
export const auditor = Type.Object({ account: Type.Optional(words(64)), name: words(64), unit: words(64) })

/** What came of a round: the law counts what *was audited* (六(一)3). */
export const results = Type.Object({
  /** SHA-256 of the results, row by row, whose bytes stand in `document`. */
  document: sha256,
  /** Of each month of the round, in order: items that count and their quota, as they were drawn, and items that have a result. */
  months: Type.Array(Type.Object({ audited: count, month, population: count, quota: count }), { maxItems: 12 }),
  /** Records by result: 正常, 異常, 待說明. */
  outcomes: Type.Object({ abnormal: count, normal: count, to_explain: count }),
  /** What was drawn and has no result: records, and accounts to review. Nothing is approved while there are such. Absent in steps that
   *  earlier versions wrote. */
  open: Type.Optional(Type.Object({ items: count, reviews: count })),
  /** Persons of the whole period (D-11), those of them with counted records, those with a result for a record, and those besides whose
   *  account was reviewed (帳號清查). */
  users: Type.Object({ audited: count, reviewed: count, total: count, with_records: count }),
})

/** Steps of a round. `day` is that of the event, or of its document. */
export const roundSteps = {
  /** The first: a draw that this round audits. `audit` `unannounced` is the department's own, hidden from the agency until released. Months are the
   *  first and the last that it covers. */
  sampled: step('sampled', {
    ...round,
    agency: words(64),
    audit: choice('self-audit', 'unannounced'),
    from: month,
    sample: sampleEntry,
    until: month,
  }),
  /** A further draw: enlarged, or of late records. */
  enlarged: step('enlarged', { ...round, sample: sampleEntry }),
  started: step('started', { ...round, auditors: Type.Array(auditor, { minItems: 1, maxItems: 50 }) }),
  audited: step('audited', { ...round, results }),
  /** 核定 by the head of the agency, or who acts as head. */
  approved: step('approved', { ...round, acting: Type.Boolean(), name: words(64), title: words(64) }),
  /** 報送: the agency's letter; `day` that of its dispatch. */
  sent: step('sent', { ...round, received: Type.Optional(day) }),
  /** Its receipt, where it was not known when it was sent. */
  received: step('received', round),
  /** 補正: what has to be corrected is the reason of the entry. */
  returned: step('returned', { ...round, deadline: Type.Optional(day) }),
  /** 備查 */
  'on-record': step('on-record', round),
  /** 歸檔: 檔號, discs, and, where it is known, the SHA-256 of the manifest of the archive; `by` the agency, or, where it is gone, the department. */
  archived: step('archived', {
    ...round,
    by: choice('agency', 'department'),
    discs: Type.Integer({ minimum: 1, maximum: 999 }),
    file_number: words(100),
    manifest: Type.Optional(sha256),
  }),
  /** Made known to the agency: of an unannounced audit. */
  released: step('released', round),
  /** Void: the draw was wrong. What was audited is audited in another round. */
  withdrawn: step('withdrawn', round),
} as const

/** Steps of a finding of the department: 待說明 → 待改善 → 待確認 → 結案. */
export const findingSteps = {
  /** The notice: to explain and improve by a deadline. */
  opened: step('opened', {
    ...finding,
    agency: words(64),
    deadline: day,
    matter: words(500),
    records: Type.Optional(records),
    round: Type.Optional(words(60)),
  }),
  /** The agency's explanation; `improvement` whether there is something to improve. */
  explained: step('explained', { ...finding, improvement: Type.Boolean() }),
  /** What the agency did, as it says. */
  improved: step('improved', { ...finding, measures: words(500) }),
  /** An audit on site. */
  visited: step('visited', finding),
  extended: step('extended', { ...finding, deadline: day }),
  /** The improvement is not enough: by another deadline. */
  returned: step('returned', { ...finding, deadline: day }),
  closed: step('closed', finding),
} as const

type Steps<T extends Record<string, Type.TSchema>> = { [Name in keyof T]: Static<T[Name]> }[keyof T]

export type RoundStep = Steps<typeof roundSteps>
export type FindingStep = Steps<typeof findingSteps>
export type Results = Static<typeof results>
export type RoundAuditor = Static<typeof auditor>

/** A step of a round or a finding was taken: `asked` is the step, and so what the auditor signed; `document` its 文號. */
export const reportEntry = (facts: ActFacts, given: Given): string => actEntry('report', facts, given)
