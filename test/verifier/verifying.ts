// verifying.ts: a written log run past the verifier, for tests.
import type { Finding } from '../../src/verifier/finding.ts'
import { type LogsOptions, verifyLogs } from '../../src/verifier/logs.ts'
import type { StoredLog, StoredLogs } from '../../src/verifier/stored.ts'
import { type StreamOptions, verifyLog } from '../../src/verifier/stream.ts'
import type { Summary } from '../../src/verifier/summary.ts'
import { log, slot, type Written } from './written-log.ts'

/** When all that tests write has been written, and its five years are over. */
export const muchLater = Date.parse('2040-01-01T00:00:00.000Z')

export interface Row {
  readonly index: number
  readonly bytes: Buffer | undefined
  readonly leaf?: Buffer
}

export const rowsOf = ({ entries, leaves }: Written): Row[] =>
  entries.map((bytes, index) => ({ index, bytes, ...(leaves[index] !== undefined && { leaf: leaves[index] }) }))

export interface Verified {
  readonly findings: Finding[]
  readonly summary: Summary
}

/** A log in memory, as a place would hold it. */
export function storedLog(rows: readonly Row[], checkpoints: Written['checkpoints'], of = { slot, log }): StoredLog {
  async function* each<T>(items: readonly T[]) {
    yield* items
  }
  return {
    ...of,
    size: rows.length,
    entries: () => each([rows.slice(0, 5), rows.slice(5)]),
    checkpoints: () => each(checkpoints),
    statements: () => each(rows),
    notReleased: () => each(rows),
    entry: async (index) => rows.find((row) => row.index === index)?.bytes,
  }
}

export async function verifyRows(
  rows: readonly Row[],
  checkpoints: Written['checkpoints'],
  options: Partial<StreamOptions> = {},
): Promise<Verified> {
  const run = verifyLog(storedLog(rows, checkpoints), { now: muchLater, partialTiles: false, ...options })
  const findings: Finding[] = []
  for (let step = await run.next(); ; step = await run.next()) {
    if (step.done === true) return { findings, summary: step.value }
    findings.push(step.value)
  }
}

/** What verification finds of all logs of a place. */
export async function findingsOf(place: StoredLogs, options: LogsOptions): Promise<Finding[]> {
  const findings: Finding[] = []
  for await (const finding of verifyLogs(place, options)) findings.push(finding)
  return findings
}

export const verifyWritten = (written: Written, options?: Partial<StreamOptions>) =>
  verifyRows(rowsOf(written), written.checkpoints, options)

/** `index code`, as tables state what is to be found. */
export const inShort = (findings: readonly Finding[]): string[] => findings.map(({ index, code }) => `${index} ${code}`)
