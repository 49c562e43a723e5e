// layout.ts: what the files of an archive are called: ASCII on disc, so that every system reads them in five years, Chinese in the list.
import { extname } from 'node:path'
import { type TileName, tilePath } from '../../querylog/tile.ts'

/** Files that nobody needs to open lie here (技術檔案_無須開啟); what lies beside it a person can open. */
const technical = 'technical'

export const names = {
  description: `${technical}/archive.json`,
  manifest: 'MANIFEST.csv',
  page: 'verify.html',
  readme: 'README.txt',
  recipients: 'recipients.csv',
  trust: `${technical}/trust-policy.txt`,
} as const

const titles: Readonly<Record<string, string>> = {
  [names.description]: '技術檔案：歸檔說明',
  [names.page]: '查核程式：以瀏覽器開啟',
  [names.readme]: '讀我',
  [names.recipients]: '解除遮蔽之金鑰保管者',
  [names.trust]: '技術檔案：驗證金鑰',
}

/** `records-001.csv`: as many rows as spreadsheets open. */
export const tablePath = (nth: number): string => `records-${String(nth).padStart(3, '0')}.csv`

export const logPath = (slot: string, name: string): string => `${technical}/${slot}/${name}`
export const logTilePath = (slot: string, tile: TileName): string => logPath(slot, tilePath(tile))
export const documentPath = (digest: string): string => `${technical}/documents/${digest}`

/** A file that was handed in, by its place among them: `file-01.ods`. Its own name, Chinese as a rule, stands in the list. */
export function handedInPath(nth: number, name: string): string {
  const extension = extname(name).toLowerCase()
  return `file-${String(nth).padStart(2, '0')}${/^\.[a-z0-9]{1,8}$/.test(extension) ? extension : ''}`
}

/** What people call a file of ours. */
export function titleOf(path: string): string {
  const [, table] = /^records-(\d{3})\.csv$/.exec(path) ?? []
  if (table !== undefined) return `使用者查詢紀錄 ${Number(table)}`
  const title = titles[path]
  if (title !== undefined) return title
  const [, slot = '', name = ''] = /^technical\/([^/]+)\/(.+)$/.exec(path) ?? []
  if (slot === 'documents') return '技術檔案：紀錄所指文件'
  const kind = name.startsWith('tile/') ? '雜湊磚' : logTitles[name]
  return kind === undefined ? path : `技術檔案：槽 ${slot} ${kind}`
}

const logTitles: Readonly<Record<string, string>> = {
  checkpoint: '紀錄封存點',
  'frame.index.txt': '開槽、換月、金鑰及稽核紀錄之序號',
  'frame.ndjson': '開槽、換月、金鑰及稽核紀錄原文',
  'records.index.txt': '查詢紀錄之序號',
  'records.ndjson': '查詢紀錄原文',
}
