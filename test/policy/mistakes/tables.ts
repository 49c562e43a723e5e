// tables.ts: rosters, calendars, blocks.
import { edit, good, ROSTER } from '../good-folder.ts'
import { B, blocks, type Row, roster } from './changes.ts'

// biome-ignore format: a table
export const rosters: readonly Row[] = [
  ['a column that is missing', roster('停用原因', '原因'), 'column-missing', ROSTER, '帳'],
  ['a column that nobody knows', roster('停用原因', '原因'), 'column-unknown', ROSTER, '帳', '停用原因'],
  ['a row that is too short', roster('edu-wu,E2,黃𡘙,學前教育科,專員,,人員,2026-01-05,,,北市社資字第1150000124號', 'edu-wu,E2'), 'csv-wrong', ROSTER, ''],
  ['a quote that is open', roster('edu-wu,E2', '"edu-wu,E2'), 'csv-wrong', ROSTER, ''],
  ['R6: a start without a document', roster('2026-01-05,,,北市社資字第1150000124號', '2026-01-05,,,'), 'cell-missing', ROSTER, ''],
  ['nobody', roster('edu-wu,E2', ',E2'), 'cell-missing', ROSTER, ''],
  ['an account twice in another case', roster('edu-wu,E2', 'EDU-LIN,E2'), 'account-twice', ROSTER, 'EDU-LIN'],
  ['an account twice in another width', roster('edu-wu,E2', 'ｅdu-lin,E2'), 'account-twice', ROSTER, 'ｅdu-lin'],
  ['四(一): an account of two persons', roster('edu-lin,E1,林志明,國中教育科,科員,,人員,2026-09-01', 'edu-lin,E7,林志明,國中教育科,科員,,人員,2026-09-01'), 'account-of-two', ROSTER, 'E7'],
  ['periods that overlap', roster('人員,2026-09-01', '人員,2026-06-30'), 'account-overlap', ROSTER, '2026-06-30'],
  ['a last day before the first', roster('2026-01-05,2026-06-30,留職停薪', '2026-01-05,2026-01-04,留職停薪'), 'dates-reversed', ROSTER, '2026-01-04'],
  ['R6: a reason without its day', roster('2026-09-01,,,', '2026-09-01,,離職,'), 'stop-day-missing', ROSTER, ''],
  ['a reason that is none', roster('留職停薪', '休假'), 'wrong-value', ROSTER, '休假'],
  ['an ROC date', roster('2026-09-01', '1150901'), 'roc-date', ROSTER, '1150901', '2026-09-01'],
  ['a day that a spreadsheet made', roster('2026-09-01', '2026/9/1'), 'wrong-date', ROSTER, '2026/9/1'],
  ['a kind that is none', roster(',,人員,2026-09-01', ',,職員,2026-09-01'), 'wrong-value', ROSTER, '職員'],
  ['R19: a user of a delegate that does not exist', roster('工程師,edu-vendor', '工程師,edu-vender'), 'unknown-name', ROSTER, 'edu-vender', 'edu-vendor'],
  ['a person’s identifier as an account', roster('edu-wu,E2', 'a123456789,E2'), 'account-identifier', ROSTER, 'a123456789'],
  ['an account with a space', roster('edu-wu,E2', 'edu wu,E2'), 'wrong-form', ROSTER, 'edu wu'],
  ['a roster of nobody', { 'rosters/police.csv': good[ROSTER] }, 'unknown-name', 'rosters/police.csv', ''],
  ['a roster in Big5', { [ROSTER]: Uint8Array.from([0xb1, 0x62, 0xb8, 0xb9, 0x0a]) }, 'not-utf8', ROSTER, ''],
]

// biome-ignore format: a table
export const calendars: readonly Row[] = [
  ['a day that is missing', edit('calendar/2026.csv', '20260102,五,0,\r\n', ''), 'calendar-wrong', 'calendar/2026.csv', '20260103'],
  ['a year that ends early', { 'calendar/2026.csv': good['calendar/2026.csv']?.slice(0, -15) }, 'calendar-wrong', 'calendar/2026.csv', '20261230,三,0,'],
  ['another year', { 'calendar/2026.csv': good['calendar/2026.csv']?.replaceAll('\n2026', '\n2027') }, 'calendar-wrong', 'calendar/2026.csv', '20270101'],
  ['a weekday that it is not', edit('calendar/2026.csv', '20260102,五', '20260102,六'), 'calendar-wrong', 'calendar/2026.csv', '六'],
  ['neither work nor rest', edit('calendar/2026.csv', '20260102,五,0', '20260102,五,1'), 'calendar-wrong', 'calendar/2026.csv', '1'],
]

// biome-ignore format: a table
export const blocked: readonly Row[] = [
  ['two targets', blocks('agency: education, credential: edu-key'), 'block-target', B, '{agency'],
  ['no target', { [B]: 'blocks:\n  - {at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n' }, 'block-target', B, '{at'],
  ['an account of nobody', blocks('account: edu-lin'), 'block-target', B, '{account'],
  ['D-17: protection cases of an API that does not exist', edit('audit.yaml', '[benefits]', '[benefit]'), 'unknown-name', 'audit.yaml', 'benefit', 'benefits'],
  ['an agency that does not exist', blocks('agency: educaton'), 'unknown-name', B, 'educaton', 'education'],
  ['a credential that does not exist', blocks('credential: edu-kee'), 'unknown-name', B, 'edu-kee', 'edu-key'],
  ['a delegate that does not exist', blocks('delegate: edu-vendr'), 'unknown-name', B, 'edu-vendr', 'edu-vendor'],
  ['an account of an agency that does not exist', blocks('account: edu-lin, agency: police'), 'unknown-name', B, 'police'],
  ['a time without its offset', { [B]: 'blocks:\n  - {agency: education, at: 2026-11-24T22:15:00, by: 值班, reason: 外洩}\n' }, 'wrong-form', B, '2026-11-24T22:15:00'],
  ['purposes with one code', { 'purposes.yaml': good['purposes.yaml']?.replace('{code: review', '{code: fee-waiver').replace('title: 審核', 'title: 審查') }, 'duplicate-id', 'purposes.yaml', 'fee-waiver'],
]
