// files-in.ts: what lies in a folder, however deep.
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** Paths of everything below a folder that is no folder, with slashes. */
export async function* filesIn(folder: string, under = ''): AsyncGenerator<string> {
  for await (const entry of await opendir(join(folder, under))) {
    const path = under === '' ? entry.name : `${under}/${entry.name}`
    if (entry.isDirectory()) yield* filesIn(folder, path)
    else yield path
  }
}
