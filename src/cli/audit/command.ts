// command.ts: `linkage audit …`: what the regulation asks of the query log, one file per subcommand.
import { Command } from 'commander'
import type { Output } from '../output.ts'
import { archiveCommand } from './archive.ts'
import { formCommand } from './form.ts'
import { importCommand } from './import.ts'
import { letterCommand } from './letter.ts'
import { packageCommand } from './package.ts'
import { recomputeCommand } from './recompute.ts'
import { reportCommand } from './report.ts'
import { sampleCommand } from './sample.ts'
import { signalsCommand } from './signals.ts'
import { statusCommand } from './status.ts'
import { verifyArchiveCommand } from './verify-archive.ts'

/** Each subcommand, made by the function of its own file. */
const subcommands: readonly ((output: Output) => Command)[] = [
  archiveCommand,
  formCommand,
  importCommand,
  letterCommand,
  packageCommand,
  recomputeCommand,
  reportCommand,
  sampleCommand,
  signalsCommand,
  statusCommand,
  verifyArchiveCommand,
]

/** `linkage audit …` */
export function auditCommand(output: Output = process.stdout): Command {
  const audit = new Command('audit').description('稽核 the audit that the regulation asks for')
  for (const make of subcommands) audit.addCommand(make(output))
  return audit
}
