// files.ts: mistakes of files as files, and of YAML as YAML.
import { AGENCY, good } from '../good-folder.ts'
import { agency, B, type Row } from './changes.ts'

// biome-ignore format: a table
export const files: readonly Row[] = [
  ['a missing file', { 'purposes.yaml': undefined }, 'file-missing', 'purposes.yaml', ''],
  ['blocks.yaml gone: nobody is unblocked by that', { [B]: undefined }, 'file-missing', B, ''],
  ['an empty file', { [B]: '' }, 'file-empty', B, ''],
  ['only comments', { [B]: '# 沒有\n' }, 'file-empty', B, ''],
  ['another ending', { 'agencies/police.yml': 'id: police\n' }, 'file-name', 'agencies/police.yml', ''],
  ['a name that is no id', { 'agencies/Police.yaml': 'id: police\n' }, 'file-name', 'agencies/Police.yaml', ''],
  ['a roster as a spreadsheet', { 'rosters/education.ods': 'PK' }, 'file-name', 'rosters/education.ods', ''],
  ['a stranger at the root', { 'grants.yaml': 'x: 1\n' }, 'file-name', 'grants.yaml', ''],
  ['Big5', { 'purposes.yaml': Uint8Array.from([...Buffer.from('purposes: []\n# '), 0xa5, 0x78, 0xa5, 0x5f, 0x0a]) }, 'not-utf8', 'purposes.yaml', '', 'Big5'],
  ['UTF-16', { 'purposes.yaml': Buffer.from('\ufeffpurposes: []\n', 'utf16le') }, 'not-utf8', 'purposes.yaml', '', 'UTF-16'],
  ['a byte order mark in YAML', { [B]: '\ufeffblocks: []\n' }, 'byte-order-mark', B, ''],
  ['a file of megabytes', { [B]: `blocks: []\n#${'x'.repeat(1024 * 1024)}\n` }, 'file-too-large', B, ''],
  ['more files than a folder holds', Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`agencies/copy-${at}.yaml`, good[AGENCY]])), 'too-many-files', 'agencies', ''],
  ['megabytes in many files', Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`apis/copy-${at}.yaml`, `#${'x'.repeat(1024 * 1024 - 2)}\n`])), 'folder-too-large', AGENCY, ''],
]

// biome-ignore format: a table
export const yaml: readonly Row[] = [
  ['a key that stands twice', agency('name: 教育局\n', 'name: 教育局\nname: 警察局\n'), 'duplicate-key', AGENCY, 'name'],
  ['a key that stands twice in a line', agency('name: 王小明, ', 'name: 王小明, name: 李小華, '), 'duplicate-key', AGENCY, 'name'],
  ['a tab', agency('    grants: [fee-waiver]', '\tgrants: [fee-waiver]'), 'yaml-tab', AGENCY, '\t'],
  ['a full-width colon', agency('kind: linked-agency', 'kind：linked-agency'), 'full-width', AGENCY, '：', ':'],
  ['full-width colons and commas throughout', agency('{cidr: 203.0.113.0/28, note: 機房出口, from: 2026-01-05, until: 2027-12-31, document: 北市社資字第1150000123號}', '{cidr：203.0.113.0/28，note：機房出口，from：2026-01-05，until：2027-12-31，document：北市社資字第1150000123號}'), 'full-width', AGENCY, '：', ':'],
  ['a full-width comma', agency('operations: [getStatus]', 'operations: [getStatus，'), 'full-width', AGENCY, '，', ','],
  ['an unclosed bracket', agency('operations: [getStatus]', 'operations: [getStatus'), 'yaml-syntax', AGENCY, 'mode'],
  ['an alias of nothing', agency('fields:\n      - income', 'fields: *nothing\n    #'), 'yaml-alias', AGENCY, '*nothing'],
  ['a tag', agency('name: 教育局', 'name: !!js/function 教育局'), 'yaml-tag', AGENCY, '!!js/function'],
  ['a merge key', agency('contract: {from: 2026-02-01, until: 2026-12-31}\n    grants: [fee-waiver]', 'contract: {from: 2026-02-01, until: 2026-12-31}\n    <<: {}\n    grants: [fee-waiver]'), 'unknown-key', AGENCY, '<<'],
  ['a list as a key', agency('name: 教育局', 'name: 教育局\n? [a]\n: b'), 'yaml-key', AGENCY, 'id: education'],
  ['two documents', { [B]: 'blocks: []\n---\nblocks: []\n' }, 'yaml-syntax', B, '---'],
  ['a member that is no member', agency('name: 教育局', 'name: 教育局\n__proto__: {}'), 'unknown-key', AGENCY, '__proto__'],
]
