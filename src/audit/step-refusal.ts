// step-refusal.ts: why a step of a round, a finding or an incident is not lawful: told before it is recorded, and of one that was.

export type StepRefusalCode =
  | 'case-unknown'
  | 'case-taken'
  | 'out-of-order'
  | 'document-missing'
  | 'day-early'
  | 'day-ahead'
  | 'period-invalid'
  | 'period-taken'
  | 'months-wrong'
  | 'results-mismatch'
  | 'rows-open'
  | 'quota-unmet'
  | 'coverage-unmet'
  | 'deadline-early'
  | 'records-unnamed'
  | 'notice-incomplete'
  | 'self-audit-only'

/** A step that is refused: what was found and what was expected, in both languages. */
export class StepRefused extends Error {
  readonly code: StepRefusalCode
  readonly zh: string
  readonly en: string
  constructor(code: StepRefusalCode, zh: string, en: string) {
    super(`${zh} ${en} [${code}]`)
    this.code = code
    this.zh = zh
    this.en = en
  }
}
