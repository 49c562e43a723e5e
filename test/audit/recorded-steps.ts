// recorded-steps.ts: entries of rounds, findings and incidents as the writer makes them, and as they are read again.

import { joined, type RecordedSteps, readStep } from '../../src/audit/recorded.ts'
import { StepRefused } from '../../src/audit/step-refusal.ts'
import { canonicalJson, sha256Hex } from '../../src/canonical.ts'
import type { ActFacts } from '../../src/querylog/act-entries.ts'
import { incidentEntry } from '../../src/querylog/incident-entry.ts'
import { reportEntry } from '../../src/querylog/report-entry.ts'

export const log = 'linkage.example/log/cli'
export const uuid = (nth: number): string => `019abcde-0000-7000-8000-${nth.toString(16).padStart(12, '0')}`
export const sample = { id: uuid(900), index: 9, log }

const facts = (asked: object, nth: number, document: string | undefined): ActFacts => ({
  id: uuid(nth),
  agency: 'ethics-office',
  asked: JSON.parse(canonicalJson(asked)),
  auth: { jti: `j${nth}`, kid: 'ethics-1', token: sha256Hex('a token'), type: 'assertion' },
  credential: 'ethics-lin',
  document,
  policy: sha256Hex('rules'),
  reason: '補件：第3列缺稽核人員',
  sealed: { bytes: 'AA==', counter: nth, key: uuid(901) },
  user: 'dosw-lin',
})

/** The entry of a step that is recorded on a day (at noon, UTC).
 *  @param document '': under none */
export function entryOf(asked: object, on = '2030-01-01', document = '北市社政字第1150000001號', nth = 1): string {
  const given = { at: `${on}T12:00:00.000Z`, clock: undefined }
  return ('about' in asked ? reportEntry : incidentEntry)(facts(asked, nth, document === '' ? undefined : document), given)
}

/** Steps as they are read from the entries of one log. */
export const readAll = (entries: readonly string[]): RecordedSteps => joined(...entries.map((entry, index) => readStep(entry, log, index)))

/** The code of the refusal with which it ends; '' where it does not. */
export function refusalOf(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    if (error instanceof StepRefused) return error.code
    throw error
  }
}
