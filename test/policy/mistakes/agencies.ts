// agencies.ts: mistakes within an agency’s file: ids, credentials, delegates, standing (R8, R19–R21).
import { AGENCY, good } from '../good-folder.ts'
import { agency, d, type Row, restore, second, standing, suspend, withVendor } from './changes.ts'

/** The department itself, whose delegate holds this credential. */
const delegated = (credential: string) => ({
  [AGENCY]: good[AGENCY]
    ?.toString()
    .replace('kind: linked-agency', 'kind: using-unit')
    .replace('credentials: []', `credentials: [${credential}]`),
})
const auditors =
  '{id: vendor-jwt, type: assertion, role: auditor, jwks: {keys: [{kty: OKP, crv: Ed25519, alg: EdDSA, kid: vendor-1, x: kYsCvq9hxjsam5KOvhEnql0EmOBUcez_N3wILwSSlck}]}, issued: 2026-02-01, expires: 2026-12-31}'

// biome-ignore format: a table
export const agencies: readonly Row[] = [
  ['an id that is not the file’s', agency('id: education\n', 'id: educate\n'), 'id-not-file-name', AGENCY, 'educate'],
  ['a linked agency without a manager', agency('manager: {name: 王小明, title: 股長, phone: 02-0000-0000, email: x@example.gov.tw, from: 2026-01-05, document: 北市教字第1150000045號}\n', ''), 'manager-missing', AGENCY, 'id: education'],
  ['R8: a credential of 366 days', agency('issued: 2026-02-01\n    expires: 2027-01-31\n  - id: edu-jwt', 'issued: 2026-02-01\n    expires: 2027-02-02\n  - id: edu-jwt'), 'credential-too-long', AGENCY, '2027-02-02'],
  ['a credential that ends before it begins', agency('issued: 2026-02-01\n    expires: 2027-01-31\n  - id: edu-jwt', 'issued: 2026-02-01\n    expires: 2026-01-31\n  - id: edu-jwt'), 'dates-reversed', AGENCY, '2026-01-31'],
  ['R3: a credential without a mode', agency('    mode: api\n    sha256', '    sha256'), 'credential-mode', AGENCY, 'id: edu-key'],
  ['R3: a manager’s credential with a mode', agency('role: manager,', 'role: manager, mode: api,'), 'credential-mode', AGENCY, 'api'],
  ['R22: an auditor outside the department', agency('role: manager,', 'role: auditor,'), 'auditor-outside', AGENCY, 'auditor'],
  ['R22: an auditor who is a delegate’s', delegated(auditors), 'auditor-outside', AGENCY, 'auditor'],
  ['an API key for a manager', agency('    mode: api\n    sha256', '    role: manager\n    sha256'), 'wrong-value', AGENCY, 'manager'],
  ['a point that is on no curve', agency('MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo', 'AAAA'), 'key-invalid', AGENCY, '{kty'],
  ['a key on two lines', agency('WpIoU8m_wlX6bwg77rRMXWTF3GBtmp5WPZausjKrb1E', 'MwPil08AhcHWPcrIRSV09HDsVc1trCd_XPUDXavgcUo'), 'key-shared', AGENCY, '{kty'],
  ['a credential’s id on two lines', agency('id: edu-chen,', 'id: edu-jwt,'), 'duplicate-id', AGENCY, 'edu-jwt'],
  ['a delegate called as its agency', agency('  - id: edu-sub', '  - id: education'), 'duplicate-id', AGENCY, 'education'],
  ['R19: a delegate under nobody', agency('under: edu-vendor', 'under: edu-vendr'), 'unknown-name', AGENCY, 'edu-vendr', 'edu-vendor'],
  ['R19: a delegate under itself', agency('under: edu-vendor', 'under: edu-sub'), 'delegate-order', AGENCY, 'edu-sub'],
  ['R19: a grant that its agency has not', agency('grants: [fee-waiver]', 'grants: [fee-waver]'), 'unknown-name', AGENCY, 'fee-waver', 'fee-waiver'],
  ['R19: a contract in the wrong order', agency('contract: {from: 2026-02-01, until: 2026-12-31}\n    grants: []', 'contract: {from: 2026-02-01, until: 2026-01-31}\n    grants: []'), 'dates-reversed', AGENCY, '2026-01-31'],
  ['two agencies with one credential id', withVendor(second((text) => text.replace('police-key', 'edu-key'))), 'duplicate-id', 'agencies/police.yaml', 'edu-key'],
  ['two agencies with one API key', withVendor(second((text) => text.replace('00000000', '91eb3e94'))), 'key-shared', 'agencies/police.yaml', '91eb3e941e0d8d1359feebff5f7eac3a18a3ae0e0e921ae2a4123d5f1ddc326c'],
  ['two agencies with one delegate', withVendor(second((text) => text.replace('  - id: police-sub', '  - id: edu-sub'))), 'duplicate-id', 'agencies/police.yaml', 'edu-sub'],
]

// biome-ignore format: a table
export const standings: readonly Row[] = [
  ['R20: restored without a suspension', standing(restore('2026-05-01')), 'standing-order', AGENCY, 'restore'],
  ['approved twice', standing(`effective: 2026-02-05, action: approve, ${d}`), 'standing-order', AGENCY, 'approve'],
  ['terminated, then suspended', standing(`effective: 2026-02-05, action: terminate, by: abolished, ${d}`, suspend('2026-03-16')), 'standing-order', AGENCY, 'suspend'],
  ['a line before the one above it', standing(suspend('2026-03-16'), restore('2026-03-14', '2026-03-14', '2026-03-14', '2026-03-15')), 'dates-reversed', AGENCY, '2026-03-15'],
  ['R20: a suspension without its decision', standing(suspend('2026-03-16', `notice: {${d}, date: 2026-02-11}, deadline: 2026-03-11`)), 'missing-key', AGENCY, '{effective'],
  ['R20: a deadline before the notice', standing(suspend('2026-03-16', `notice: {${d}, date: 2026-03-12}, deadline: 2026-03-11, decision: {${d}, date: 2026-03-13}`)), 'dates-reversed', AGENCY, '2026-03-11'],
  ['R20: decided on the last day of the deadline', standing(suspend('2026-03-16', `notice: {${d}, date: 2026-02-11}, deadline: 2026-03-13, decision: {${d}, date: 2026-03-13}`)), 'dates-reversed', AGENCY, '2026-03-13'],
  ['R20: effective before the decision', standing(suspend('2026-03-12')), 'dates-reversed', AGENCY, '2026-03-12'],
  ['R20: completed a day after three months', standing(suspend('2026-03-15'), restore('2026-06-16')), 'restored-too-late', AGENCY, '2026-06-16'],
  ['R20: applied before it was completed', standing(suspend('2026-03-15'), restore('2026-06-15', '2026-06-14', '2026-06-16')), 'dates-reversed', AGENCY, '2026-06-14'],
  ['R20: consented before it was applied for', standing(suspend('2026-03-15'), restore('2026-06-13', '2026-06-15', '2026-06-14', '2026-06-16')), 'dates-reversed', AGENCY, '2026-06-14'],
  ['R20: in force before the consent', standing(suspend('2026-03-15'), restore('2026-06-13', '2026-06-14', '2026-06-16', '2026-06-15')), 'dates-reversed', AGENCY, '2026-06-15'],
  ['R20: a restoration without its application', standing(suspend('2026-03-16'), `effective: 2026-05-26, action: restore, ${d}, completed: 2026-05-18, consent: {${d}, date: 2026-05-25}`), 'missing-key', AGENCY, '{effective'],
  ['R21: terminated by the agency without notice', standing(`effective: 2026-04-01, action: terminate, by: agency, ${d}`), 'notice-missing', AGENCY, '{effective'],
]
