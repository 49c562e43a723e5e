// attention.ts: changes that are valid and deserve a look, with the warnings that they earn on 2026-11-24.
import type { FindingCode } from '../../../src/policy/finding-codes.ts'
import { API, type Files, good, ROSTER } from '../good-folder.ts'
import { agency, api, B, blocks, roster, second } from './changes.ts'

/** A second agency with a roster that is changed. */
const police = (change: (text: string) => string): Files => ({
  ...second(),
  'rosters/police.csv': change(
    (good[ROSTER] ?? '')
      .replaceAll('edu-vendor', 'police-vendor')
      .replace(/(?<=\n)(edu|vendor)-/g, 'pd-$1-')
      .replace(/,(E|V)(\d)/g, ',PD$1$2'),
  ),
})

/** The good folder's getStatus, about several people at once; its rows are the members. */
const asBatch: Files = {
  [API]: good[API]
    ?.replace('body#/nationalId', 'body#/nationalIds')
    .replace('required: [nationalId]', 'required: [nationalIds]')
    .replace(
      'nationalId: {$ref: "#/components/schemas/NationalId"}',
      'nationalIds: {type: array, minItems: 1, items: {$ref: "#/components/schemas/NationalId"}}',
    )
    .replace('        rows: members', '        rows: members\n        maxSubjects: 10'),
}

/** A change, and code, file and finding of each warning beside that of the operation which nobody is granted. */
// biome-ignore format: a table
export const looked: readonly (readonly [title: string, changes: Files, ...(readonly [code: FindingCode, file: string, found: string])[]])[] = [
  ['nothing else', {}],
  ['R4: a linked agency with a field of sensitivity 4', api('income: {type: number, x-sensitivity: 3}', 'income: {type: number, x-sensitivity: 4}'), ['field-above-usual', 'agencies/education.yaml', 'income']],
  ['the same field for a using unit', { ...api('income: {type: number, x-sensitivity: 3}', 'income: {type: number, x-sensitivity: 4}'), ...agency('kind: linked-agency', 'kind: using-unit') }],
  ['what the department has set', { 'audit.yaml': good['audit.yaml']?.replace('linked_agency: 3', 'linked_agency: 2') }, ['field-above-usual', 'agencies/education.yaml', 'income']],
  ['what the department has not set', { 'audit.yaml': good['audit.yaml']?.replace(/usual_sensitivity.*\n/, '') }],
  ['a batch and what stands beside its rows', asBatch, ['field-beside-rows', 'agencies/education.yaml', 'category']],
  ['a batch of whose answer rows alone are granted', { ...asBatch, ...agency('      - category\n', '') }],
  ['an operation whose grant has ended', agency('      income: 審核之依據\n    from: 2026-01-05\n    until: 2027-12-31', '      income: 審核之依據\n    from: 2026-01-05\n    until: 2026-11-23'), ['operation-ungranted', 'apis/benefits.yaml', 'getIncome']],
  ['四(一): an account on two rosters', police((text) => text.replace('pd-edu-wu,PDE2,黃𡘙', 'EDU-WU,PDE2,黃𡘙')), ['user-on-two-rosters', 'rosters/police.csv', 'EDU-WU']],
  ['a person on two rosters', police((text) => text.replace('pd-edu-wu,PDE2,黃𡘙', 'pd-edu-wu,E2,黃𡘙')), ['user-on-two-rosters', 'rosters/police.csv', 'pd-edu-wu']],
  ['another person with the same number', police((text) => text.replace('pd-edu-wu,PDE2,黃𡘙', 'pd-edu-wu,E2,黃明'))],
  ['who has moved from one to the other', { ...police((text) => text.replace('pd-edu-wu,PDE2,黃𡘙,學前教育科,專員,,人員,2026-01-05', 'edu-wu,E2,黃𡘙,學前教育科,專員,,人員,2027-01-01')), ...roster('edu-wu,E2,黃𡘙,學前教育科,專員,,人員,2026-01-05,,', 'edu-wu,E2,黃𡘙,學前教育科,專員,,人員,2026-01-05,2026-12-31,職務調動') }],
  ['R7: a block without its document', blocks('agency: education'), ['document-to-follow', B, '外洩']],
  ['a block with its document', blocks('agency: education, document: 北市社資字第1號')],
  ['R7: a network whose document is to follow', agency('for: self-service, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號', 'for: self-service, from: 2026-01-05, until: 2027-12-31, document: 文號後補'), ['document-to-follow', 'agencies/education.yaml', '文號後補']],
  ['R7: a user whose document is to follow', roster('2026-09-01,,,北市社資字第1150000790號', '2026-09-01,,,（待補）'), ['document-to-follow', ROSTER, '（待補）']],
  ['a note that something was to follow', agency('note: 機房出口', 'note: 防火牆規則後補')],
]
