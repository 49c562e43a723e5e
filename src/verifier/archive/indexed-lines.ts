// indexed-lines.ts: exact entries, one a line, with the index at which each stands in its log.
import { readDecimal } from '../decimal.ts'
import { textOf } from '../octets.ts'
import type { LogPlace } from './log-place.ts'
import { type ArchiveFile, linesOf } from './place.ts'

export interface IndexedLine {
  readonly index: number
  /** The entry's exact bytes, the receiver's until the next. */
  readonly bytes: Uint8Array
}

/** The lines of `<name>.ndjson` beside those of `<name>.index.txt`: in order, each index once, below the size of the log. What breaks the
 *  order is told and left out; where one of the files ends before the other, that is told. None where the files are not there. */
export async function* indexedLines({ path, file, size, tell }: LogPlace, name: 'frame' | 'records'): AsyncGenerator<IndexedLine> {
  const [entries, indexes] = [`${name}.ndjson`, `${name}.index.txt`]
  const numbers = lines(file(indexes))
  let last = -1
  let count = 0
  for await (const bytes of lines(file(entries))) {
    const { value, done } = await numbers.next()
    count += 1
    if (done === true) {
      tell({
        code: 'entry-count',
        file: path(entries),
        found: `entry ${count}, the how-manieth`,
        expected: `an index for it in ${indexes}`,
      })
      return
    }
    const index = readDecimal(textOf(value) ?? '')
    if (index === undefined || index <= last || index >= size) {
      const expected = `a number above ${last}, below ${size}`
      tell({ code: 'entry-order', file: path(indexes), found: `line ${count}: ${textOf(value) ?? 'no text'}`, expected })
      continue
    }
    last = index
    yield { index, bytes }
  }
  if ((await numbers.next()).done !== true)
    tell({ code: 'entry-count', file: path(indexes), found: `more than ${count} indexes`, expected: `an entry for each in ${entries}` })
}

async function* lines(file: ArchiveFile | undefined): AsyncGenerator<Uint8Array, undefined> {
  if (file !== undefined) yield* linesOf(file)
}
