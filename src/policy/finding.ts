// finding.ts: what is wrong, or soon will be, with a configuration: where, what was found, what was expected, what to do.

export interface Finding {
  readonly severity: 'error' | 'warning'
  /** Relative to the folder. */
  readonly file: string
  /** From 1; the first character of what the finding is about. */
  readonly line: number
  readonly column: number
  /** JSON Pointer of the place in its file. */
  readonly pointer: string
  readonly code: string
  readonly message: string
  readonly messageZh: string
  /** The nearest valid name, where there is one. */
  readonly nearest?: string
}

/** One line for people and for editors' problem matchers. */
export function findingLine({ file, line, column, severity, code, message, messageZh, nearest }: Finding): string {
  const hint = nearest === undefined ? '' : `（最接近：${nearest}）`
  return `${file}:${line}:${column}: ${severity} ${code}: ${messageZh}${hint} ${message}`
}

/** Levenshtein distance, bounded by the longer text. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row[b.length] ?? a.length
}

/** The valid name that is nearest to what was typed, if any is near. */
export function nearest(typed: string, valid: Iterable<string>): string | undefined {
  let best: { name: string; at: number } | undefined
  for (const name of valid) {
    const at = distance(typed, name)
    if (best === undefined || at < best.at) best = { name, at }
  }
  return best !== undefined && best.at <= Math.max(2, typed.length / 3) ? best.name : undefined
}
