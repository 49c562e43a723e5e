// incident-entry.ts: entries about breaches (R17): found by whom and when, told to whom, which records; each holds what it is about until it is closed.
import Type, { type Static } from 'typebox'
import { type ActFacts, actEntry } from './act-entries.ts'
import type { Given } from './entry.ts'
import { choice, day, records, step, words } from './step-parts.ts'

/** Records by their places, or all of an agency's of these days, or both. */
const which = { from: Type.Optional(day), records: Type.Optional(records), until: Type.Optional(day) }

export const incidentSteps = {
  /** `day` is that on which it was found. The hold (R16) begins with it. */
  found: step('found', { ...which, agency: words(64), found_by: words(100), matter: words(500) }),
  /** 六(二): the ethics office is told together with IT. `day` and the entry's `document` are those of the notice. */
  notified: step('notified', { to: Type.Array(choice('ethics-office', 'it-office'), { minItems: 1, maxItems: 2 }) }),
  /** More turned out to be concerned. */
  widened: step('widened', which),
  /** The entry's `document` lifts the hold. */
  closed: step('closed', {}),
} as const

export type IncidentStep = { [Name in keyof typeof incidentSteps]: Static<(typeof incidentSteps)[Name]> }[keyof typeof incidentSteps]

/** A step of an incident was taken: `asked` is the step, and so what the auditor signed; `document` its 文號. */
export const incidentEntry = (facts: ActFacts, given: Given): string => actEntry('incident', facts, given)
