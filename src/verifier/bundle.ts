// bundle.ts: entry bundles of C2SP tlog-tiles: each entry behind its length in two bytes.
import type { Report } from './finding.ts'
import type { StoredEntry } from './stored.ts'

/** The entries of a bundle; of what is cut off at its end, as if they were gone.
 *  @param first index of its first entry
 *  @param width how many there must be
 *  @param name of its file
 *  @param report told where the bundle does not hold just these */
export function parseBundle(bundle: Buffer, first: number, width: number, name: string, report: Report): StoredEntry[] {
  const entries: StoredEntry[] = []
  let at = 0
  for (let index = first; index < first + width; index += 1) {
    const length = at + 2 <= bundle.length ? bundle.readUInt16BE(at) : undefined
    if (length === undefined || at + 2 + length > bundle.length) {
      report(index, { code: 'bundle-malformed', found: `${name} ends within or before this entry`, expected: `${width} whole entries` })
      for (let gone = index; gone < first + width; gone += 1) entries.push({ index: gone, bytes: undefined })
      return entries
    }
    entries.push({ index, bytes: bundle.subarray(at + 2, at + 2 + length) })
    at += 2 + length
  }
  if (at < bundle.length)
    report(first, {
      code: 'bundle-malformed',
      found: `${bundle.length - at} bytes behind the last of ${name}`,
      expected: `${width} whole entries`,
    })
  return entries
}
