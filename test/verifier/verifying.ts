// verifying.ts: a written log run past the verifier, for tests.
import type { Finding } from '../../src/verifier/finding.ts'
import { verifyLog } from '../../src/verifier/stream.ts'
import type { Summary, VerifierOptions } from '../../src/verifier/verify.ts'
import { log, slot, type Written } from './written-log.ts'

export interface Row {
  readonly index: number
  readonly bytes: Buffer | undefined
  readonly leaf?: Buffer
}

export const rowsOf = ({ entries, leaves }: Written): Row[] =>
  entries.map((bytes, index) => ({ index, bytes, ...(leaves[index] !== undefined && { leaf: leaves[index] }) }))

export async function verifyRows(
  rows: readonly Row[],
  checkpoints: Written['checkpoints'],
  options: Partial<VerifierOptions> = {},
): Promise<{ findings: Finding[]; summary: Summary }> {
  async function* each<T>(items: readonly T[]) {
    yield* items
  }
  const run = verifyLog({ entries: each(rows), checkpoints: each(checkpoints) }, { slot, log, ...options })
  const findings: Finding[] = []
  for (let step = await run.next(); ; step = await run.next()) {
    if (step.done === true) return { findings, summary: step.value }
    findings.push(step.value)
  }
}

export const verifyWritten = (written: Written, options?: Partial<VerifierOptions>) =>
  verifyRows(rowsOf(written), written.checkpoints, options)

/** `index code`, as tables state what is to be found. */
export const inShort = (findings: readonly Finding[]): string[] => findings.map(({ index, code }) => `${index} ${code}`)
