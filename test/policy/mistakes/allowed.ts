// allowed.ts: what looks odd, and loads; with the warnings that it earns.
import type { FindingCode } from '../../../src/policy/finding-codes.ts'
import { AGENCY, type Files, good, ROSTER } from '../good-folder.ts'
import { agency, api, B, d, restore, roster, second, standing, suspend, withVendor } from './changes.ts'

/** The days of the good calendar, with weekdays as cp950 writes them. */
function big5Days(): Buffer {
  const weekday: Record<string, readonly number[]> = {
    日: [0xa4, 0xe9],
    一: [0xa4, 0x40],
    二: [0xa4, 0x47],
    三: [0xa4, 0x54],
    四: [0xa5, 0x7c],
    五: [0xa4, 0xad],
    六: [0xa4, 0xbb],
  }
  const days = (good['calendar/2026.csv'] ?? '').split('\r\n').slice(1).join('\r\n')
  return Buffer.from([...days].flatMap((character) => weekday[character] ?? [character.charCodeAt(0)]))
}

/** The same, as one of the department's own units (R10). */
const unit = (changes: Files): Files => ({
  ...changes,
  [AGENCY]: changes[AGENCY]?.toString().replace('kind: linked-agency', 'kind: using-unit'),
})

/** A change, and its warnings in order. */
// biome-ignore format: a table
export const allowed: readonly (readonly [title: string, changes: Files, warnings: readonly FindingCode[]])[] = [
  ['nothing is approved for anybody', agency('    grants: [fee-waiver]', '    grants: []'), []],
  ['a network that has ended', agency('note: 機房出口, from: 2026-01-05, until: 2027-12-31', 'note: 機房出口, from: 2020-01-05, until: 2021-12-31'), []],
  ['a contract that has ended', agency('contract: {from: 2026-02-01, until: 2026-12-31}\n    grants: []', 'contract: {from: 2019-02-01, until: 2019-12-31}\n    grants: []'), []],
  ['a credential that has ended', agency('issued: 2026-02-01\n    expires: 2027-01-31\n  - id: edu-jwt', 'issued: 2020-02-01\n    expires: 2021-01-31\n  - id: edu-jwt'), []],
  ['R8: a credential of 365 days', agency('issued: 2026-02-01\n    expires: 2027-01-31\n  - id: edu-jwt', 'issued: 2026-02-01\n    expires: 2027-02-01\n  - id: edu-jwt'), []],
  ['a revoked credential', agency('    expires: 2027-01-31\n  - id: edu-jwt', '    expires: 2027-01-31\n    revoked: {at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n  - id: edu-jwt'), []],
  ['no hour at all', agency('hours: ["08:00-18:00 workdays"]', 'hours: []'), []],
  ['hours past midnight in two', agency('["08:00-18:00 workdays"]', '["22:00-24:00 all", "00:00-06:00 all"]'), []],
  ['R20: completed on the last day of three months', standing(suspend('2026-03-15'), restore('2026-06-15')), []],
  ['R20: applied for later', standing(suspend('2026-03-15'), restore('2026-06-15', '2026-07-25')), []],
  ['R20: approved anew closes what was applied for before', standing(suspend('2026-03-15'), `effective: 2026-09-01, action: reapprove, ${d}`), ['grant-superseded', 'grant-superseded']],
  ['a suspended agency ends', standing(suspend('2026-03-15'), `effective: 2026-09-01, action: terminate, by: abolished, ${d}`), []],
  ['R21: notice on the day', standing(`effective: 2026-04-01, action: terminate, by: agency, ${d}, notice: {${d}, received: 2026-02-28}`), []],
  ['R21: a short notice', standing(`effective: 2026-03-31, action: terminate, by: agency, ${d}, notice: {${d}, received: 2026-02-28}`), ['notice-short']],
  ['R10: a using unit is restored whenever it has improved', unit(standing(suspend('2026-03-15'), restore('2026-06-16'))), []],
  ['R10: a using unit ends without notice', unit(standing(`effective: 2026-04-01, action: terminate, by: agency, ${d}`)), []],
  ['R10: a using unit ends at short notice', unit(standing(`effective: 2026-03-31, action: terminate, by: agency, ${d}, notice: {${d}, received: 2026-02-28}`)), []],
  ['a large network by its document', agency('{cidr: 203.0.113.0/28, note: 機房出口,', '{cidr: 10.0.0.0/8, allow_any: true, note: 機房出口,'), []],
  ['a /16 on one day and another on another', agency('  - {cidr: 203.0.113.0/28, note: 機房出口, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}', `  - {cidr: 10.1.0.0/16, from: 2020-01-01, until: 2020-12-31, ${d}}\n  - {cidr: 10.2.0.0/16, from: 2021-01-01, until: 2021-12-31, ${d}}`), []],
  ['a shared list of fields', agency('      - income\n    reasons:\n      income: 審核之依據', '      - &income income\n    reasons:\n      income: 審核之依據'), []],
  ['a grant of four years', agency('      income: 審核之依據\n    from: 2026-01-05\n    until: 2027-12-31', '      income: 審核之依據\n    from: 2026-01-05\n    until: 2029-12-31'), ['grant-long']],
  ['a stop whose reason is still to come', roster('2026-06-30,留職停薪', '2026-06-30,'), ['stop-reason-missing']],
  ['an agency without a roster', { [ROSTER]: undefined, 'rosters/.keep': '' }, ['roster-missing']],
  ['a file of an editor', { 'agencies/.education.yaml.swp': 'x', 'agencies/education.yaml~': 'x', 'agencies/#education.yaml#': 'x' }, []],
  ['a file for people', { 'agencies/README.txt': 'x' }, ['file-ignored']],
  ['another agency behind the same exit', withVendor(second((text) => text.replace('192.0.2.0/28', '203.0.113.0/28'))), ['network-shared']],
  ['addresses without a marker of protected persons', api('        protected: protectedPerson\n', ''), ['marker-missing']],
  ['sensitive fields by API key, by document', api('requires: [assertion, case, reason]', 'requires: [case, reason]\n        assertion_exception: {document: 北市社資字第9號, reason: 舊系統汰換前}'), []],
  ['a calendar in Big5', {'calendar/2026.csv': Buffer.concat([Buffer.from([0xa6, 0xe8, 0xa4, 0xb8, 0xa4, 0xe9, 0xb4, 0xc1, 0x2c, 0xac, 0x50, 0xb4, 0xc1, 0x2c, 0xac, 0x4f, 0xa7, 0x5f, 0xa9, 0xf1, 0xb0, 0xb2, 0x2c, 0xb3, 0xc6, 0xb5, 0xf9, 0x0d, 0x0a]), big5Days()]) }, []],
  ['blocks of each kind', {[B]: `blocks:\n${['agency: education', 'delegate: edu-vendor', 'credential: edu-key', 'network: 203.0.113.0/28', 'account: edu-lin, agency: education'].map((target) => `  - {${target}, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n`).join('')}` }, []],
]
