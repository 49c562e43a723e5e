// revision.ts: a configuration folder as a revision of its git repository holds it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { harmless } from '../policy/finding.ts'
import { NoRepository, Repository } from './repository.ts'
import { NotComparable } from './valid-snapshot.ts'

/** A revision that does not hold the folder. */
export class FolderNotThere extends NotComparable {}

/** Reads the folder as a revision holds it, from a copy that is gone afterwards.
 *  @throws NotComparable; what reading throws */
export async function atRevision<T>(revision: string, folder: string, read: (copy: string) => T): Promise<T> {
  const at = mkdtempSync(join(tmpdir(), 'linkage-revision-'))
  try {
    for (const [name, bytes] of await filesAt(revision, folder)) {
      const path = join(at, name)
      // SPEC git-fsck(1) hasDotdot: a tree made by hand may hold such names.
      if (relative(at, path) !== name) throw new NotComparable(`${harmless(revision)}：${harmless(name)}`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
    }
    return read(at)
  } finally {
    rmSync(at, { recursive: true, force: true })
  }
}

/** @throws NotComparable where there is no such revision, or it does not have the folder */
async function filesAt(revision: string, folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const expected =
    '應為資料夾、此設定資料夾之 git 版本（例如 HEAD），或曾生效版本之 64 位摘要 expected a folder, a revision of this folder’s git repository, like HEAD, or the digest of rules that were in force'
  const files = await new Repository(folder).files(revision).catch((error: unknown) => {
    throw error instanceof NoRepository ? new NotComparable(`${harmless(revision)}：${expected}\n${harmless(error.message)}`) : error
  })
  if (files.size === 0) throw new FolderNotThere(`${harmless(revision)}：此版本沒有這個資料夾 this revision does not have the folder`)
  return files
}
