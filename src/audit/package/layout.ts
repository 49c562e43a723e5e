// layout.ts: what the files of a package for an agency are called: on top what a person opens, in one folder that says so everything else.
import { names } from '../archive/layout.ts'

/** Nobody needs to open what lies here: the agency's exact entries, tiles, checkpoints and keys, as an archive holds them. */
export const technicalFolder = '技術檔案_無須開啟'

export const packageNames = { page: names.page, readme: '讀我.txt' } as const

/** Where a file of the one disc of an archive stands in a package. */
export const technicalPath = (path: string): string => `${technicalFolder}/${path.slice(path.indexOf('/') + 1)}`

/** `115H1_379110000E_使用者查詢紀錄.csv`: the table of the records, which stands on top besides; undefined for any other file.
 *  @param begin of every name */
export function tableName(path: string, begin: string): string | undefined {
  const [, nth] = /\/records-(\d{3})\.csv$/.exec(path) ?? []
  if (nth === undefined) return undefined
  return `${begin}_使用者查詢紀錄${Number(nth) === 1 ? '' : `_${Number(nth)}`}.csv`
}
