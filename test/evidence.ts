// evidence.ts: the rows of docs/evidence.md that say who notices what, for the tests that hold them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface EvidenceRow {
  readonly act: string
  /** Who notices it with what, column by column, as written. */
  readonly cells: readonly string[]
  readonly file: string
  readonly title: string
}

const text = () => readFileSync(join(import.meta.dirname, '..', 'docs', 'evidence.md'), 'utf8')

/** Every row whose last cell names a test. */
export function evidenceRows(): EvidenceRow[] {
  return text()
    .split('\n')
    .flatMap((line) => {
      const cells = line.startsWith('|')
        ? line
            .slice(1, -1)
            .split('|')
            .map((cell) => cell.trim())
        : []
      const [, file, title] = /^`(test\/[\w/.-]+)` "([^"]+)"$/.exec(cells.at(-1) ?? '') ?? []
      return file === undefined || title === undefined ? [] : [{ act: cells[0] ?? '', cells: cells.slice(1, -1), file, title }]
    })
}
