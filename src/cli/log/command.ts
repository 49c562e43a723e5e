// command.ts: `linkage log …`: what an auditor asks of the query log, one file per subcommand.
import { Command } from 'commander'
import type { Output } from '../output.ts'
import { abandonCommand } from './abandon.ts'
import { exportCommand } from './export.ts'
import { exposureCommand } from './exposure.ts'
import { findCommand } from './find.ts'
import { openCommand } from './open.ts'
import { proveCommand } from './prove.ts'
import { retireCommand } from './retire.ts'
import { statusCommand } from './status.ts'
import { supersedeCommand } from './supersede.ts'
import { verifyCommand } from './verify.ts'
import { verifyReceiptCommand } from './verify-receipt.ts'

/** Each subcommand, made by the function of its own file. */
const subcommands: readonly ((output: Output, now?: () => number) => Command)[] = [
  abandonCommand,
  exportCommand,
  exposureCommand,
  findCommand,
  openCommand,
  proveCommand,
  retireCommand,
  statusCommand,
  supersedeCommand,
  verifyCommand,
  verifyReceiptCommand,
]

/** `linkage log …`
 *  @param now milliseconds since 1970 UTC */
export function logCommand(output: Output = process.stdout, now: () => number = Date.now): Command {
  const log = new Command('log').description(
    '查詢紀錄：查找、匯出、解除遮蔽、證明、查核、終止、移出 the query log: find, export, open, prove, verify, end, retire',
  )
  for (const make of subcommands) log.addCommand(make(output, now))
  return log
}
