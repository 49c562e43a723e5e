// readme.ts: what stands in an export for the person who opens it, and for whoever finds it in five years.
import type { ExportAsked, ExportedLog } from './asked.ts'

/** What the folder says of itself: export.json. */
export interface Manifest {
  readonly asked: ExportAsked
  /** The entries that record this export: the first, and one for each time it was gone on with. */
  readonly entries: readonly { readonly id: string; readonly index: number; readonly log: string }[]
  readonly logs: readonly ExportedLog[]
}

const forms: Readonly<Record<ExportAsked['form'], readonly string[]>> = {
  ndjson: [
    '<槽>.ndjson      紀錄原文，每行一筆，與寫入時逐位元組相同（另有換行）',
    '<槽>.index.txt   各行在該槽紀錄中之序號',
    '<slot>.ndjson holds the exact bytes of one entry a line; <slot>.index.txt the index of each line in its log.',
    '機關、API、使用者之條件：完結紀錄（completion）及回覆當事人標籤（subjects）隨其所指之查詢一併匯出。 Completions and subjects go with the query that they speak of.',
  ],
  csv: [
    'records-001.csv…  查詢紀錄表，UTF-8（含 BOM），每檔至多 1,000,000 列',
    '以 LibreOffice 開啟時，請將各欄設為「文字」，以免帳號前之 0 消失。',
    'Tables of queries. Open them with all columns as text, so that accounts keep their leading zeros.',
    '「紀錄雜湊值」是該筆紀錄原文之 RFC 6962 葉雜湊（base64），可與收據及證明比對。 The last column is the leaf hash of the entry.',
  ],
  tiles: [
    '<槽>/checkpoint           已簽章之紀錄封存點（C2SP tlog-checkpoint）',
    '<槽>/checkpoints/<筆數>   先前之紀錄封存點：每 256 筆取最後一個',
    '<槽>/tile/<層>/<序>       雜湊磚（C2SP tlog-tiles）',
    '<槽>/tile/entries/<序>    紀錄原文，每檔 256 筆，各以兩位元組之長度開頭',
    'trust-policy.txt          各槽之驗證金鑰：請與機關另行公布者比對，勿逕信本資料夾',
    'Logs in the layout of C2SP tlog-tiles. Hold the keys of trust-policy.txt against those that were published elsewhere.',
    '離線查核 verify it offline:',
    '  linkage log verify <本資料夾 this folder> --trust trust-policy.txt',
    '亦可以其他支援 C2SP tlog-tiles、RFC 6962 之工具查核。 Any tool for C2SP tlog-tiles and RFC 6962 does as well.',
  ],
}

const filters = ({ agency, api, from, slots, until, user }: ExportAsked): string => {
  const given = { 機關: agency, API: api, 使用者: user, 起日: from, 迄日: until, 槽: slots?.join('、') }
  const said = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]))
  return said.length === 0 ? '（無，全部紀錄 none: everything）' : said.join('，')
}

/** README.txt: CRLF and a byte order mark, so that every editor of an office shows it. */
export function readmeText({ asked, entries, logs }: Manifest): string {
  const lines = [
    '查詢紀錄匯出 An export of the query log',
    '',
    '本資料夾含個人資料查詢紀錄，僅供稽核；請依規定保管，用畢銷毀。查詢對象為密封資料，須另依程序開啟。',
    'Query records, for audits only. Who was asked about is sealed, and opened by a procedure of its own.',
    '',
    `條件 asked for: ${filters(asked)}`,
    '本次匯出已記入 recorded as:',
    ...entries.map(({ id, index, log }) => `  ${log} 第 ${index} 筆 entry ${index}（${id}）`),
    '各槽範圍 what was read:',
    ...logs.map(({ from, log, root, size, to }) => `  ${log}: ${from}–${to} / ${size}（root ${root}）`),
    '',
    ...forms[asked.form],
    '',
    'export.json：以上內容，供程式讀取。 The same for programs. docs/log-format.md 說明各欄意義。',
    '',
  ]
  return `\ufeff${lines.join('\r\n')}`
}

/** trust-policy.txt (C2SP tlog-policy). */
export const trustPolicy = (logs: readonly ExportedLog[]): string =>
  [
    '# C2SP tlog-policy. Hold these keys against those that were published elsewhere.',
    ...logs.flatMap(({ verifierKeys }) => verifierKeys.map((key) => `log ${key}`)),
    '',
  ].join('\n')
