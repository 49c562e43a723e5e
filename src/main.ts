#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// main.ts: the `linkage` command; it wires ports to their implementations.
import { Command, CommanderError } from 'commander'
import { INVALID, NOT_RUN } from './cli/exit-code.ts'

/** 2: usage or configuration; 3: could not run. */
const configurationErrors = new Set(['folder-invalid', 'settings', 'usage'])

/** Each is loaded when it is called: a gateway that serves holds no code of commands that read or change what it guards. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve-command.ts')).serveCommand(),
  demo: async () => (await import('./cli/demo/command.ts')).demoCommand(),
  config: async () => (await import('./cli/config.ts')).configCommand(),
  block: async () => (await import('./cli/block.ts')).blockCommand(),
  agency: async () => (await import('./cli/agency.ts')).agencyCommand(),
  network: async () => (await import('./cli/network.ts')).networkCommand(),
  grant: async () => (await import('./cli/grant.ts')).grantCommand(),
  delegate: async () => (await import('./cli/delegate.ts')).delegateCommand(),
  roster: async () => (await import('./cli/roster/command.ts')).rosterCommand(),
  credential: async () => (await import('./cli/credential.ts')).credentialCommand(),
  database: async () => (await import('./cli/database.ts')).databaseCommand(),
  keys: async () => (await import('./cli/keys.ts')).keysCommand(),
  log: async () => (await import('./cli/log/command.ts')).logCommand(),
  audit: async () => (await import('./cli/audit/command.ts')).auditCommand(),
}

const program = new Command('linkage').description('連結閘道 linkage gateway')
const [, , called = ''] = process.argv
// Help, and a word that is none of them, need them all.
for (const [name, load] of Object.entries(commands))
  if (name === called || !Object.hasOwn(commands, called)) program.addCommand(await load())
throwInsteadOfExit(program)

/** A command that was added keeps its own settings: each is told that a usage error is thrown, or it would exit with 1, which means findings. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride()
  for (const each of command.commands) throwInsteadOfExit(each)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : INVALID
  else {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    if (process.env.LINKAGE_TRACE !== undefined && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    process.exitCode = configurationErrors.has(code) ? INVALID : NOT_RUN
  }
}
