// refusal.ts: why the log is not written: for operations, each reason with its remedy; for callers, what they may know.
import { StoreError, type StoreFailure } from './ports.ts'

/** What each refusal is, and what to do, in Chinese and in English. */
const refusals = {
  'key-directory-locked': [
    '金鑰資料夾使用中。請停止使用中之程序；一個寫入槽只有一個寫入者。',
    'Stop the process that holds the key directory; one slot has one writer.',
  ],
  'no-mark': [
    '找不到紀錄標記。請將原金鑰資料夾放回；已遺失者，請改用新的寫入槽並產生其金鑰。',
    'Bring the key directory back, or take a new slot and make its keys: linkage keys init --slot N.',
  ],
  'database-behind': [
    '資料庫少於已簽章之紀錄。請還原較新之資料庫備份；無法還原者，依核准文號改由新的寫入槽接續。',
    'Restore a newer database, or supersede the slot: linkage log supersede <slot> --document.',
  ],
  'other-history': [
    '資料庫內容與已簽章之紀錄不同。請還原本寫入槽所寫之資料庫；無法還原者，依核准文號改由新的寫入槽接續。',
    'Restore the database that this slot wrote, or supersede the slot: linkage log supersede <slot> --document.',
  ],
  'other-numbers': [
    '資料庫所載各機關之流水號與已簽章者不同，據以續寫將缺號或重號。請還原本寫入槽所寫之資料庫，或依維運手冊由紀錄重算。',
    'Restore the database that this slot wrote, or count the numbers anew from its entries (docs/operations.md).',
  ],
  'other-key': [
    '此寫入槽屬於另一把金鑰。請將其金鑰資料夾放回；已遺失者，請改用新的寫入槽並產生其金鑰。',
    'Bring the key directory of this slot back, or take a new slot and make its keys: linkage keys init --slot N.',
  ],
  'slot-ended': [
    '此寫入槽已結束，不再寫入。請改用新的寫入槽並產生其金鑰。',
    'The slot ended and is never written again: take a new one and make its keys: linkage keys init --slot N.',
  ],
  'head-moved': [
    '另有程序寫入本寫入槽。請找出並停止該程序，再重新啟動。',
    'Find the other process that writes this slot and stop it; then start this one again.',
  ],
  'other-instance': [
    '另有閘道使用同一資料庫，或於本閘道中斷期間使用過：用過之憑證及各項上限只記在各自之記憶體，並行或交替均使其失效。請確認只留一個閘道，再重新啟動本閘道。',
    'Another gateway works on this database, or did while this one was away: used assertions and limits are kept in each one’s memory, and neither knows the other’s. See that only one is left, then restart this gateway.',
  ],
  'database-not-durable': [
    '資料庫之設定無法確保紀錄保存。請將 fsync、full_page_writes、synchronous_commit 設為 on，編碼設為 UTF8。',
    'Set fsync, full_page_writes and synchronous_commit to on, and the encoding to UTF8.',
  ],
  'clock-unsound': ['系統時鐘不正確。請校正本機及資料庫主機之時鐘。', 'Synchronise the clock of this machine and of the database server.'],
  'mark-unwritable': [
    '紀錄標記無法寫入。請確認金鑰資料夾可寫入且磁碟有空間，再重新啟動。',
    'Make the key directory writable and give its disk room; then start again.',
  ],
  'keys-unreadable': [
    '金鑰無法讀取。請將權限設為只限本帳號（0600）；尚未產生者請先產生。',
    'Make the keys readable by this user only (mode 0600), or make them: linkage keys init --slot N.',
  ],
  'no-recipient': [
    '沒有人能解開將密封之內容。請於閘道設定之 recipients 列出當年度（或以前年度）之收受者公鑰，再重新啟動。',
    'List in gateway.yaml the recipients of this year, or of one before; then start again.',
  ],
} as const satisfies Record<string, readonly [zh: string, en: string]>

export type LogRefusalCode = keyof typeof refusals
export const logRefusalCodes = Object.keys(refusals) as readonly LogRefusalCode[] // the table's own keys

/** The log is not written, and so nothing is released, until the remedy is done. */
export class LogRefusal extends Error {
  readonly code: LogRefusalCode
  readonly remedy: string
  /** What it is and what to do, in Chinese. */
  readonly remedyZh: string
  constructor(code: LogRefusalCode, found: string, options?: ErrorOptions) {
    const [zh, en] = refusals[code]
    super(`${code}: ${zh} ${found} ${en}`, options)
    this.name = 'LogRefusal'
    this.code = code
    this.remedy = en
    this.remedyZh = zh
  }
}

/** A failure of the store by its name, where only a person can mend it; any other as it is. */
export function asRefusal(error: unknown, ...codes: readonly (LogRefusalCode & StoreFailure)[]): unknown {
  if (!(error instanceof StoreError)) return error
  const code = codes.find((each) => each === error.code)
  return code === undefined ? error : new LogRefusal(code, error.message.replace(/\.?$/, '.'), { cause: error })
}

/** Why an entry was not recorded, as far as a caller needs to know. */
export class NotRecorded extends Error {
  readonly code: 'query-log-unavailable' | 'clock-unsound' | 'overloaded'
  constructor(code: NotRecorded['code'], options?: ErrorOptions) {
    super(code, options)
    this.name = 'NotRecorded'
    this.code = code
  }
}
