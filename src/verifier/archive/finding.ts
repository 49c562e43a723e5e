// finding.ts: what verification of an archive can find, each code with what it means.

/** Stable codes: scripts and letters name them. Each with what it means, in Chinese and in English. */
export const archiveFindingCodes = {
  'manifest-missing': ['沒有清單：歸檔資料夾未完成或不完整', 'there is no MANIFEST.csv, which is written last: the archive is not whole'],
  'manifest-malformed': ['清單格式不符', 'MANIFEST.csv is not the list that it must be'],
  'file-missing': ['缺少檔案', 'a file of the list is not there'],
  'file-unexpected': ['有清單以外之檔案', 'a file is there that the list does not name'],
  'file-changed': ['檔案內容或長度與清單不符', 'a file has another length or SHA-256 than the list says'],
  'file-unreadable': ['檔案無法讀取', 'a file cannot be read: the disc may be damaged'],
  'description-malformed': ['歸檔說明檔格式不符', 'archive.json is not the description that it must be'],
  'checkpoint-invalid': [
    '紀錄封存點無效',
    'the checkpoint of a log is malformed, of another log, or not signed by the key that has to sign it',
  ],
  'key-mismatch': ['驗證金鑰與紀錄所載不符', 'a verifier key is not the one that the log itself names'],
  'tile-missing': ['缺少雜湊磚', 'a tile of hashes is not there'],
  'tile-mismatch': ['雜湊磚與紀錄封存點不符', 'a tile of hashes does not lead to the signed checkpoint'],
  'leaf-mismatch': ['紀錄內容與已簽章之紀錄樹不符', 'an entry is not the one that stands at its index in the signed tree'],
  'entry-order': ['紀錄重複、次序顛倒或超出封存點', 'an entry comes again, before its turn, or beyond the checkpoint'],
  'entry-count': ['紀錄與其序號之件數不符', 'there are more entries than indexes, or fewer'],
  'entry-malformed': ['紀錄內容不符其種類之格式', 'an entry is no canonical JSON object with the members of its kind'],
  'entry-foreign': ['不屬於本機關本期間之紀錄', 'an entry is of another agency or period, or of a kind that no archive holds'],
  'opening-mismatch': ['首筆紀錄與本紀錄不符', 'the first entry is missing, or opens another log'],
  'log-missing': ['缺少他槽之紀錄', 'an entry speaks of a log that the archive does not hold'],
  'agency-seq': ['機關流水號缺漏或重複', 'the agency’s running numbers have a gap or a repetition: a record is missing'],
  'counted-seq': ['機關計次號缺漏或重複', 'the agency’s numbers of counted records have a gap or a repetition'],
  'month-numbers': ['件數與換月紀錄不符', 'numbers are not those that the month entries state'],
  'completion-unknown': ['完結或當事人紀錄無所指之查詢', 'an entry speaks of a query that is not before it'],
  'key-unknown': ['密封資料之金鑰紀錄不在光碟內', 'a sealed part names a data key whose entry is not here: nobody could ever open it'],
  'document-missing': ['紀錄所指文件不在光碟內', 'a document that an entry names by its digest is not here'],
  'document-mismatch': ['文件與紀錄所載雜湊值不符', 'a document is not the one that an entry names by its digest'],
  'round-mismatch': [
    '稽核步驟或結果與其抽樣不符',
    'a round names other draws than there are, states results that its rows do not give, or was approved with fewer than the law asks',
  ],
  'table-mismatch': ['試算表內容與紀錄原文不符', 'a row of a table is not what its record says'],
} as const satisfies Record<string, readonly [zh: string, en: string]>

export type ArchiveFindingCode = keyof typeof archiveFindingCodes

/** One thing that is not as it must be, and where. */
export interface ArchiveFinding {
  readonly code: ArchiveFindingCode
  /** Path of the file in the archive. */
  readonly file: string
  /** Of an entry its index in its log; of a table its row, the heading being row 1. */
  readonly at?: number
  readonly found: string
  readonly expected: string
}

/** `technical/1/records.ndjson，紀錄序號 index 123`, `records-001.csv，第 12 列 row 12`. */
export function placeOf({ at, file }: ArchiveFinding): string {
  if (at === undefined) return file
  return file.endsWith('.csv') ? `${file}，第 ${at} 列 row ${at}` : `${file}，紀錄序號 index ${at}`
}

export type Tell = (finding: ArchiveFinding) => void

/** What keeps verification from going on with a file, thrown to whoever goes on with the next. */
export class Unusable extends Error {
  readonly finding: ArchiveFinding

  constructor(finding: ArchiveFinding) {
    super(`${finding.file}: ${finding.found}`)
    this.name = 'Unusable'
    this.finding = finding
  }
}
