// finding.ts: what verification can find, each code with what it means.
export { shown } from './shown.ts'

/** Stable codes: scripts and letters name them. Each with what it means, in Chinese and in English. */
export const findingCodes = {
  'entry-missing': ['紀錄缺少一筆或數筆', 'an index of the log holds no entry, and no retire entry says that its month was taken out'],
  'entry-order': ['紀錄重複或次序顛倒', 'an entry comes again, or after entries of higher index'],
  'entry-unexpected': ['資料庫有不屬任何紀錄之列', 'an entry is stored behind the end of its log, or under a slot that has no log'],
  'leaf-mismatch': ['儲存之雜湊值與紀錄內容不符', 'the stored leaf hash is not that of the stored bytes'],
  'entry-malformed': ['紀錄內容不符其種類之格式', 'an entry is no JSON object with the members of its kind, or longer than 65,535 bytes'],
  'entry-not-canonical': ['紀錄內容非其正規形式', 'an entry is not its own RFC 8785 form: repeated or unsorted members, other spellings'],
  'version-unknown': ['不認識之紀錄版本', 'an entry is of a format version that this verifier does not know'],
  'kind-unknown': ['不認識之紀錄種類', 'an entry is of a kind that this verifier does not know'],
  'opening-missing': ['首筆不是開槽紀錄', 'the first entry is no opening'],
  'opening-repeated': ['開槽紀錄重複出現', 'an opening stands behind the first entry'],
  'opening-mismatch': ['開槽紀錄所載與本紀錄不符', 'the opening names another log, slot or key than this one'],
  'time-step-back': ['紀錄時間倒退', 'an entry is dated before the entry before it'],
  'time-ahead': ['紀錄時間晚於查核之時', 'an entry is dated later than it was verified; told of the first of a log'],
  'clock-mismatch': ['所載時鐘讀數不合理', 'an entry says that its clock read other than its date, where the format has no reason for it'],
  'agency-seq': ['機關流水號缺漏或重複', 'an agency’s running numbers have a gap or a repetition'],
  'counted-seq': ['機關計次號缺漏或重複', 'an agency’s numbers of counted records have a gap or a repetition'],
  'month-missing': ['換月而無換月紀錄', 'a month begins without its month entry'],
  'month-unexpected': ['換月紀錄不在換月處', 'a month entry stands where no month turns'],
  'month-mismatch': ['換月紀錄所載月份不符', 'a month entry names other months than those that it parts'],
  'month-numbers': ['換月紀錄之件數與實際不符', 'a month entry’s numbers of an agency are not those of its entries'],
  'key-change': [
    '金鑰更換紀錄不符，或未經原金鑰簽章',
    'a change of key does not begin with the key that signs, names no key of this log, or stands under no valid checkpoint of the key before it',
  ],
  'key-compromised': [
    '金鑰外洩後所簽，不予採信',
    'a compromised key alone signed it, or began it, behind the last size that the trust policy believes of it',
  ],
  'policy-unknown': ['所依設定未曾登載', 'a query was decided under a policy that no entry before it enters'],
  'act-policy-unknown': [
    '稽核所依設定未曾於任何閘道生效',
    'an auditor was known by rules that no policy entry of these logs enters: an export, a proof or an opening under rules of somebody’s own',
  ],
  'sample-order': [
    '抽樣步驟次序不符',
    'a step of a draw names one that does not stand before it, or a seed was thrown before what it is for was frozen',
  ],
  'sample-again': [
    '重新封存或重擲而未載明',
    'a population was frozen, or a seed thrown, a second time: no document is named for it, or it takes the place of other records',
  ],
  'sample-settings': [
    '抽樣設定與期間開始前所登載者不同，而未載明',
    'a freeze takes other settings than its logs committed before the period, and does not name them: what counts, or what a protection case is, was chosen afterwards',
  ],
  'sample-population': [
    '封存之母體與換月紀錄不符',
    'a freeze gives other numbers than the month entries of its logs, or leaves out a log of that time',
  ],
  'sample-quota': [
    '應抽件數或人數與規定不符',
    'a draw states another quota than the law’s, other users than roster and entries give, or drew fewer',
  ],
  'sample-draw': [
    '抽出之紀錄與重算結果不符',
    'what a draw drew of a month, or of its users, is not what numbers, roster, entries and the seed give',
  ],
  'sample-list': ['抽樣清單與紀錄不符', 'the list of a draw is not what its entry says, or names records that are not those'],
  'round-mismatch': [
    '稽核步驟與其抽樣不符',
    'a round names other draws than there are, states results that are not of these, or was approved with fewer than the law asks (六(一)3)',
  ],
  'key-unknown': ['密封資料之金鑰未曾登載', 'a sealed part names no data key that was in use'],
  'key-repeated': ['金鑰紀錄編號重複', 'two key entries have one id'],
  'nonce-repeated': ['密封計數重複', 'a sealed part’s counter is not above the last one under its key, so a nonce may come twice'],
  'batch-broken': [
    '批次查詢之紀錄不完整或不一致',
    'entries of one call do not stand one right behind the other, each in its place and of another subject, or differ where they must not',
  ],
  'completion-unknown': ['完結紀錄無所指之查詢', 'a completion names no query before it'],
  'subjects-unknown': ['回覆當事人標籤無所指之查詢', 'tags of people in an answer name no query before them'],
  'completion-repeated': ['一筆查詢有兩筆完結紀錄', 'a query has two completions'],
  'document-missing': ['紀錄所指文件不存在或內容不符', 'a document that an entry names by its digest is not kept, or is another'],
  'retire-mismatch': [
    '移出紀錄與實際不符，或未經採信之金鑰簽章',
    'a retire entry names other entries than the month that was taken out, or stands under no checkpoint that a trusted key signed',
  ],
  'retire-early': ['移出早於法定之五年', 'a retire entry takes out a month before five years have passed since its end (六(一)7)'],
  'retire-unfinished': [
    '紀錄載明某月已移出，而仍在資料庫',
    'a retire entry says that a month was taken out, and its entries are still here',
  ],
  'head-step-back': [
    '他槽紀錄較先前所載為少或不同',
    'another log’s head is smaller than an earlier entry states it, or differs at one size',
  ],
  'log-ended': ['紀錄已終止而仍有後續', 'a log goes on behind the head at which it was abandoned or another took its place'],
  'log-missing': ['應有之紀錄不存在', 'a log is not here of which an entry or known evidence speaks, or whose key was given'],
  'key-not-given': [
    '未指定此紀錄之金鑰，而已指定他紀錄之金鑰',
    'no key of this log was given, and of others one was: by its own key anybody could have signed it',
  ],
  'tile-missing': ['缺少雜湊磚', 'a tile of hashes is not kept'],
  'tile-mismatch': ['雜湊磚與紀錄不符', 'a tile of hashes is not that of the entries'],
  'search-mismatch': ['查詢欄位與紀錄不符', 'search columns are not what their entry says, or stand for none'],
  'bundle-malformed': ['紀錄檔無法拆解', 'an entry bundle does not hold the entries that its name says'],
  'file-unexpected': ['資料夾內有不應存在之檔案', 'a file of an export belongs to no entry up to its checkpoint'],
  'checkpoint-missing': [
    '缺少紀錄封存點',
    'a log has no checkpoint, or none of more entries than its writer can leave unsigned: nobody signed what stands there',
  ],
  'checkpoint-invalid': [
    '紀錄封存點無效',
    'a stored checkpoint is malformed, of another log or size, or not signed by every key that had to sign it',
  ],
  'checkpoint-root': ['紀錄封存點與紀錄不符', 'a signed checkpoint states another root than the entries give'],
  'checkpoint-beyond': ['紀錄封存點多於現存紀錄', 'a stored checkpoint reaches beyond the entries'],
  'checkpoint-order': ['紀錄封存點未及比對', 'a stored checkpoint came too late to be held against its entries'],
  'known-invalid': ['所附證據無效', 'known evidence is malformed, of another log, or signed by no trusted key'],
  'known-unread': ['所附證據屬未查核之紀錄', 'known evidence is of a log that was not verified, so nothing was held against it'],
  'known-root': ['所附證據與紀錄不符', 'a known checkpoint states another root than the entries give'],
  'known-leaf': ['所附收據與紀錄不符', 'a known receipt states another entry at its index'],
  'known-beyond': ['所附證據多於現存紀錄：紀錄尾端遺失', 'known evidence reaches beyond the entries: the tail is missing'],
} as const satisfies Record<string, readonly [zh: string, en: string]>

export type FindingCode = keyof typeof findingCodes

/** One thing that is not as it must be. */
export interface Finding {
  readonly slot: string
  /** The entry's; of a checkpoint its size; of the whole log its number of entries. */
  readonly index: number
  readonly code: FindingCode
  readonly found: string
  readonly expected: string
}

/** A finding whose place is known to whoever reports it. */
export interface Fault {
  readonly code: FindingCode
  readonly found: string
  readonly expected: string
}

/** Told of each fault, and where it is. */
export type Report = (index: number, fault: Fault) => void
