// readme.ts: what a person reads of an archive: README.txt, the list of who can open subjects, and the label for the sleeve.
import { type CivilDate, showRocDate } from '../../calendar.ts'
import { csvValue } from '../../querylog/export/csv.ts'
import { daysOf } from '../period.ts'
import { keptUntil } from '../retention.ts'
import type { ArchivedLog, ArchiveFacts } from './archived.ts'
import type { DiscPlace } from './description.ts'

/** `民國115年7月1日至民國115年12月31日` */
function periodText({ period }: ArchiveFacts): string {
  const { first, last } = daysOf(period)
  return `${showRocDate(first)}至${showRocDate(last)}`
}

/** The day up to which it is kept, as its months are; undefined where it is not known when it was archived. */
const untilOf = ({ archivedOn, retention }: ArchiveFacts): CivilDate | undefined => archivedOn && keptUntil(archivedOn, retention)

const blank = '＿＿＿＿＿＿＿＿'
const keptText = (facts: ArchiveFacts): string => {
  const until = untilOf(facts)
  const { plus_years, years } = facts.retention
  return until === undefined ? `${blank}（歸檔年度加 ${years + plus_years} 年之 12 月 31 日）` : showRocDate(until)
}

const encryptionTexts: Readonly<Record<ArchiveFacts['encryption'], string>> = {
  'per-agency': '由機關決定；本資料夾未加密，如需加密請於燒錄時為之（D-19）',
  always: '應加密：請於燒錄前加密，金鑰另行密封保管（D-19）',
  never: '不加密，請存放於上鎖之檔案櫃（D-19）',
}

const crlf = (lines: readonly string[]): string => `\ufeff${lines.join('\r\n')}\r\n`

/** README.txt: CRLF and a byte order mark, so that every editor of an office shows it. */
export function readmeText(
  facts: ArchiveFacts,
  { at, of }: DiscPlace,
  logs: readonly ArchivedLog[],
  records: number,
  recipients: ReadonlyMap<string, number>,
): string {
  const { agency } = facts
  return crlf([
    '社會福利資料查詢紀錄歸檔光碟 An archive of query records',
    '',
    `機關 agency：${agency.name}（${agency.code}，${agency.id}）`,
    `期間 period：${periodText(facts)}（${facts.period.from} – ${facts.period.until}）`,
    `本片 this disc：第 ${at} 片，共 ${of} 片；查詢紀錄 ${records.toLocaleString('en')} 筆 records`,
    `檔號 file number：${facts.fileNumber ?? blank}`,
    `保存至 kept until：${keptText(facts)}`,
    `光碟加密 encryption：${encryptionTexts[facts.encryption]}`,
    ...(facts.wanting ?? []).map((each) => `製作時尚缺 wanting when it was made：${each}`),
    '',
    '本光碟含個人資料查詢紀錄，僅供稽核及檔案保存；請依規定保管。 Query records of personal data: for audits and archives only.',
    '',
    '一、如何查核 How to verify it',
    '  1. 以瀏覽器開啟 verify.html，選擇本資料夾。不需網路，不需安裝，檔案不會離開本機。',
    '     Open verify.html in a browser and choose this folder: no network, no installation, no file leaves the computer.',
    '  2. 將畫面所示「清單雜湊值」與歸檔簽呈、光碟標籤上所載者比對；「驗證金鑰」與社會局公布者比對。',
    '     Hold the SHA-256 of the list against the one on the label and in the signed document, the keys against those published.',
    '  3. verify.html 若有疑慮，請用另一片光碟或社會局公布者。 In doubt take a verify.html from elsewhere: a spoilt one says anything.',
    '  亦可以指令查核 on the command line: linkage audit verify-archive <資料夾 folder>',
    '  或以下列公開標準自行查核 or by public standards: RFC 6962、C2SP tlog-tiles、tlog-checkpoint、signed-note（Ed25519, RFC 8032）。',
    '',
    '二、有哪些檔案 What is here',
    '  MANIFEST.csv     全部檔案之清單：檔名、中文名稱、位元組、SHA-256 every file, its Chinese title, length and SHA-256',
    '  records-*.csv    使用者查詢紀錄，每列一筆；以 LibreOffice 開啟時各欄請設為「文字」 the records as tables',
    '  file-*           機關交付之檔案：稽核紀錄表、簽核文件等，中文檔名見清單 forms and signed approvals; their names stand in the list',
    '  recipients.csv   何人之金鑰可解除查詢對象之遮蔽 whose keys open who was asked about',
    '  technical/       技術檔案，無須開啟：紀錄原文、雜湊磚、封存點、驗證金鑰 exact entries, tiles, checkpoints, keys',
    '',
    '三、五年後何人能解除查詢對象之遮蔽 Who can open subjects in five years',
    '  查詢對象為密封資料，僅下列金鑰之保管者能開啟；金鑰銷毀後無人能開啟。',
    '  Subjects are sealed to these keys; once a key is destroyed nobody opens what was sealed to it alone.',
    ...(recipients.size === 0
      ? ['  （本片無密封資料 nothing sealed here）']
      : [...recipients].sort().map(([name, count]) => `  ${name}：${count.toLocaleString('en')} 筆 entries`)),
    '',
    '四、本片能證明什麼 What it proves',
    '  每一筆紀錄均為當時已簽章者，未經增改；查詢紀錄之流水號自期初至期末連續，件數與每月換月紀錄相符，無一遺漏。',
    '  Every record is one that was signed then, and none was changed; no query was left out: numbers are those that the month entries state.',
    '  傳輸之結束、答覆所及之人、稽核之步驟及交付之檔案沒有流水號：其有無遺漏，只有紙本所載之清單雜湊值能證明。',
    '  Ends of transfers, people in answers, steps of audits and files handed in have no numbers: that none is missing, only the SHA-256 on paper proves.',
    '  本片不含其他機關之紀錄；換月紀錄載有各機關每月件數。 Records of other agencies are not here; month entries hold totals of all.',
    '',
    '各槽紀錄 logs：',
    ...logs.map(({ log, size }) => `  ${log}：封存點 ${size} 筆 signed to ${size} entries`),
  ])
}

/** recipients.csv: `ethics/2026` is the key of the recipient `ethics` for 2026. */
export function recipientsTable(recipients: ReadonlyMap<string, number>): string {
  const rows = [...recipients].sort().map(([name, count]) => {
    const at = name.lastIndexOf('/')
    return [name.slice(0, at), name.slice(at + 1), String(count)].map(csvValue).join(',')
  })
  return crlf(['保管者 recipient,年度 year,可解除遮蔽筆數 entries', ...rows])
}

/** What stands on the sleeve of each disc. */
export function labelText(
  facts: ArchiveFacts,
  discs: readonly { readonly at: number; readonly manifest: string; readonly records: number }[],
): string {
  const lines = discs.flatMap(({ at, manifest, records }) => [
    `社會福利資料查詢紀錄歸檔光碟　${at}/${discs.length}`,
    `機關：${facts.agency.name}（${facts.agency.code}）`,
    `期間：${periodText(facts)}`,
    `檔號：${facts.fileNumber ?? blank}`,
    `保存至：${keptText(facts)}`,
    `查詢紀錄：${records.toLocaleString('en')} 筆`,
    '清單雜湊值（SHA-256 of MANIFEST.csv）：',
    `${manifest.slice(0, 32)}`,
    `${manifest.slice(32)}`,
    '內含個人資料，限閱。查核：以瀏覽器開啟 verify.html。',
    '',
  ])
  return crlf(lines.slice(0, -1))
}
