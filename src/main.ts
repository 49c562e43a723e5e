#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// main.ts: the `linkage` command; it wires ports to their implementations.
import { Command, CommanderError } from 'commander'
import { agencyCommand } from './cli/agency.ts'
import { blockCommand } from './cli/block.ts'
import { configCommand } from './cli/config.ts'
import { credentialCommand } from './cli/credential.ts'
import { databaseCommand } from './cli/database.ts'
import { delegateCommand } from './cli/delegate.ts'
import { demoCommand } from './cli/demo/command.ts'
import { grantCommand } from './cli/grant.ts'
import { keysCommand } from './cli/keys.ts'
import { logCommand } from './cli/log/command.ts'
import { networkCommand } from './cli/network.ts'
import { rosterCommand } from './cli/roster/command.ts'
import { serveCommand } from './cli/serve.ts'

/** 2: usage or configuration; 3: could not run. */
const configurationErrors = new Set(['folder-invalid', 'settings', 'usage'])

const program = new Command('linkage').description('連結閘道 linkage gateway')
for (const command of [
  serveCommand(),
  demoCommand(),
  configCommand(),
  blockCommand(),
  agencyCommand(),
  networkCommand(),
  grantCommand(),
  delegateCommand(),
  rosterCommand(),
  credentialCommand(),
  databaseCommand(),
  keysCommand(),
  logCommand(),
])
  program.addCommand(command)
throwInsteadOfExit(program)

/** A command that was added keeps its own settings: each is told that a usage error is thrown, or it would exit with 1, which means findings. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride()
  for (const each of command.commands) throwInsteadOfExit(each)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    if (process.env.LINKAGE_TRACE !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    process.exitCode = configurationErrors.has(code) ? 2 : 3
  }
}
