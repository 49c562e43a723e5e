// requirements.ts: which provision of the regulation a finding serves, so that who is asked to mend it knows why.
import type { FindingCode } from './finding-codes.ts'

export interface Requirement {
  /** Stable name of the requirement: `R4`. */
  readonly id: string
  /** Where the regulation (臺北市政府社會局社會福利資訊系統使用作業規定) says so. */
  readonly provision: string
}

const provisions = {
  R1: '三（一）1',
  R2: '三（一）2',
  R3: '三（二）1',
  R4: '三（二）2',
  R5: '三（二）3',
  R6: '三（三）1',
  R7: '三（三）2',
  R8: '四（一）（二）',
  R19: '六（四）',
  R20: '六（五）',
  R21: '六（六）',
  R22: '六（七）（八）',
  R23: '七',
} as const

const table: Partial<Record<FindingCode, keyof typeof provisions>> = {
  'not-data-owner': 'R1',
  'wrong-network': 'R2',
  'network-too-large': 'R2',
  'network-of-proxy': 'R2',
  'network-shared': 'R2',
  'network-unused': 'R2',
  'documentation-network': 'R2',
  'mode-not-offered': 'R3',
  'credential-mode': 'R3',
  'field-not-declared': 'R4',
  'fields-none': 'R4',
  'reason-missing': 'R4',
  'reason-of-nothing': 'R4',
  'grants-overlap': 'R4',
  'sensitivity-missing': 'R4',
  'reveals-missing': 'R4',
  'field-above-usual': 'R4',
  'operation-ungranted': 'R5',
  'grant-long': 'R5',
  'cell-missing': 'R6',
  'stop-reason-missing': 'R6',
  'stop-day-missing': 'R6',
  'roster-missing': 'R6',
  'roster-rewritten': 'R6',
  'users-ended': 'R6',
  'users-ending': 'R6',
  'document-to-follow': 'R7',
  'account-twice': 'R8',
  'account-overlap': 'R8',
  'account-of-two': 'R8',
  'account-identifier': 'R8',
  'user-on-two-rosters': 'R8',
  'assertion-missing': 'R8',
  'credential-too-long': 'R8',
  'key-shared': 'R8',
  'delegate-order': 'R19',
  'standing-order': 'R20',
  'standing-rewritten': 'R20',
  'restored-too-late': 'R20',
  'grant-superseded': 'R20',
  'notice-missing': 'R21',
  'notice-short': 'R21',
  'auditor-outside': 'R22',
  'secret-in-file': 'R23',
  'private-key': 'R23',
  'credential-published': 'R23',
  'subject-in-url': 'R23',
  'tls-missing': 'R23',
  'origin-insecure': 'R23',
  'upstream-insecure': 'R23',
  'protected-document': 'R23',
  'protected-file': 'R23',
  'marker-missing': 'R23',
  'locates-always': 'R23',
}

/** Undefined for what serves no provision by itself: the spelling of YAML, the form of a file. */
export function requirementOf(code: FindingCode): Requirement | undefined {
  const id = table[code]
  return id === undefined ? undefined : { id, provision: provisions[id] }
}
