// handed-in.ts: files that people hand in to be archived, and the page that verifies, as they are read from disc.
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { HandedIn } from '../../audit/archive/archived.ts'
import { UsageError } from '../log/usage-error.ts'

/** @throws UsageError for what is no file */
export function handedInFile(path: string): HandedIn {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isFile() !== true) throw new UsageError(`--file ${path}: 查無此檔案。 There is no such file.`)
  return { name: basename(path), size: stats.size, read: () => createReadStream(path) }
}

/** verify.html, as it is kept beside its sources. */
export const verifyPage = (): Uint8Array => readFileSync(join(import.meta.dirname, '../../verifier/archive/page/verify.html'))
