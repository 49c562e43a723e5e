// files-given.ts: filled forms as people give them: files by name, and folders with whatever came back.
import { readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { type AnswerFinding, wholeFile } from '../../../audit/answers/finding.ts'
import { isNotCounted } from '../../../audit/form/not-counted-csv.ts'
import { UsageError } from '../../log/usage-error.ts'
import { type Sheet, TableRefused } from '../../spreadsheet/sheet.ts'
import { readTables } from '../../spreadsheet/table-file.ts'
import { type FilledFile, filledFile } from './filled-table.ts'

interface GivenFile {
  readonly path: string
  /** Named by the person, or lying in a folder that they named. */
  readonly named: boolean
}

const tables = new Set(['.ods', '.xlsx', '.csv'])

/** @throws UsageError where nothing is there */
export function filesGiven(paths: readonly string[]): readonly GivenFile[] {
  const files = paths.flatMap((path): GivenFile[] => {
    const about = statSync(path, { throwIfNoEntry: false })
    if (about === undefined) throw new UsageError(`${path}：查無此檔案或資料夾。 There is no such file or folder.`)
    if (!about.isDirectory()) return [{ path, named: true }]
    // What an office program leaves beside a file that is open begins with a dot. The annex lies beside the forms, and nobody fills it.
    const isGiven = (name: string): boolean => !name.startsWith('.') && !isNotCounted(name) && tables.has(extname(name).toLowerCase())
    const names = readdirSync(path).filter(isGiven)
    return names.sort().map((name) => ({ path: join(path, name), named: false }))
  })
  if (files.length > 0) return files
  throw new UsageError(`${paths.join('、')}：沒有填回之表單（.ods、.xlsx、.csv）。 Expected filled forms there.`)
}

export interface FilesRead extends FilledFile {
  /** Tables of a folder that are none of the form. */
  readonly skipped: readonly string[]
}

/** Reads every file, and tells of each what is wrong with it. */
export async function readFiles(
  files: readonly GivenFile[],
  ...[handedOut, days]: [Parameters<typeof filledFile>[2], Parameters<typeof filledFile>[3]]
): Promise<FilesRead> {
  const [answers, findings, skipped]: [FilledFile['answers'][number][], AnswerFinding[], string[]] = [[], [], []]
  for (const { named, path } of files) {
    const sheets = await sheetsOf(path)
    if ('code' in sheets) {
      findings.push(sheets)
      continue
    }
    const read = filledFile(path, sheets, handedOut, days)
    answers.push(...read.answers)
    findings.push(...read.findings)
    if (read.recognised) continue
    // In a folder lie other tables, of records or of users; a workbook there is meant.
    if (!named && path.toLowerCase().endsWith('.csv')) skipped.push(path)
    else findings.push({ code: 'table-missing', places: [wholeFile(path)], ...missing(sheets) })
  }
  return { answers, findings, skipped, recognised: true }
}

const missing = (sheets: readonly Sheet[]) => ({
  found: sheets.map(({ name, rows }) => `${name === '' ? 'CSV' : name}（${rows.length} 列 rows）`).join('、'),
  expected: '稽核紀錄表或帳號清查之標題列 the headings of 稽核紀錄表 or 帳號清查',
})

async function sheetsOf(path: string): Promise<readonly Sheet[] | AnswerFinding> {
  try {
    return await readTables(path)
  } catch (error) {
    if (!(error instanceof TableRefused)) throw error
    return { code: 'file-unreadable', places: [wholeFile(path)], found: error.message, expected: '.ods、.xlsx 或 or CSV' }
  }
}
