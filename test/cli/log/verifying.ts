// verifying.ts: `linkage log verify` as a test runs it: what it prints, and how it ends.
import { logCommand } from '../../../src/cli/log/command.ts'
import type { Finding } from '../../../src/verifier/finding.ts'
import { muchLater } from '../../verifier/verifying.ts'

export interface Ran {
  readonly out: string
  readonly code: number
}

export async function runLog(args: readonly string[], now?: () => number): Promise<Ran> {
  let out = ''
  const before = process.exitCode
  process.exitCode = 0
  try {
    await logCommand({ write: (text) => (out += text) }, now).parseAsync([...args], { from: 'user' })
    return { out, code: Number(process.exitCode) }
  } finally {
    process.exitCode = before
  }
}

export interface Reported {
  readonly code: number
  readonly content: boolean
  readonly findings: readonly Finding[]
  // biome-ignore lint/suspicious/noExplicitAny: read member by member, whose names the schema test holds
  readonly logs: readonly any[]
  /** `slot index code` */
  readonly inShort: readonly string[]
}

export async function verifyJson(...args: readonly string[]): Promise<Reported> {
  const { code, out } = await runLog(['verify', '--json', ...args], () => muchLater)
  const report = JSON.parse(out)
  return { code, ...report, inShort: report.findings.map((each: Finding) => `${each.slot} ${each.index} ${each.code}`) }
}
