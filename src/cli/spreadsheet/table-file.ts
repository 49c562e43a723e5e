// table-file.ts: a spreadsheet as an agency sends it (.ods, .xlsx, CSV), told apart by what it holds, not by its name.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { readParts } from './archive.ts'
import { readCsvText } from './csv-text.ts'
import { odsParts, readOds } from './ods.ts'
import { bounds, type Sheet, TableRefused, tooLarge } from './sheet.ts'
import { readXlsx, xlsxParts } from './xlsx.ts'

/** @param known characters for codes of users' own (cp950.ts)
 *  @throws TableRefused, saying what was expected */
export async function readTables(path: string, known: ReadonlyMap<string, string> = new Map()): Promise<readonly Sheet[]> {
  const bytes = contentOf(path)
  if (bytes.length === 0) throw new TableRefused('檔案沒有內容 the file is empty')
  if (bytes.subarray(0, 4).toString('hex') === 'd0cf11e0')
    throw new TableRefused(
      '是舊版 .xls 或有密碼之檔案，請另存為 .ods、.xlsx 或 CSV，不設密碼 an old .xls, or protected by a password: save it as .ods, .xlsx or CSV without one',
    )
  if (bytes.subarray(0, 2).toString('latin1') !== 'PK') return readCsvText(bytes, known)
  const parts = await readParts(bytes, (name) => odsParts(name) || xlsxParts(name))
  if (parts.has('xl/workbook.xml') && !parts.has('content.xml')) return readXlsx(parts)
  if (parts.has('content.xml') && !parts.has('xl/workbook.xml')) return readOds(parts)
  throw new TableRefused('壓縮檔不是 .ods 也不是 .xlsx an archive that is neither .ods nor .xlsx')
}

function contentOf(path: string): Buffer {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw new TableRefused(`無法讀取 it cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  try {
    const about = fstatSync(file)
    if (!about.isFile()) throw new TableRefused('不是檔案 it is no file')
    if (about.size > bounds.bytes) throw tooLarge('檔案')
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}
