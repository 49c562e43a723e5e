// nearest.ts: the valid name that was probably meant.

/** Edits (insertions, deletions, replacements, swaps of neighbours) between two short texts. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1]
      let least = Math.min((rows[i - 1]?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (rows[i - 1]?.[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      if (swapped) least = Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[one.length]?.[other.length] ?? 0
}

/** The candidate that a person most probably meant: the same but for case, or few edits away, or with the name as its last part.
 *  @returns undefined where none is near */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 128) return undefined
  const sought = name.toLowerCase()
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of candidates) {
    if (candidate.length > 128) continue
    const known = candidate.toLowerCase()
    const apart = known.endsWith(`.${sought}`) ? 1 : distance(sought, known)
    if (apart < least) {
      least = apart
      best = candidate
    }
  }
  return best
}
