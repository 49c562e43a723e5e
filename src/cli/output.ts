// output.ts: where commands report.

/** Where reports go: standard output, or a test's own. */
export interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}
