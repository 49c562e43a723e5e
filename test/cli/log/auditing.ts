// auditing.ts: commands that show records, run beside a gateway that serves, by the example's auditor.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { logCommand } from '../../../src/cli/log/command.ts'
import type { StoredRecord, TestDepartment } from '../../end-to-end/department.ts'
import { ownEnvironment } from '../../own-environment.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  /** The message of what it threw. */
  readonly error: string
}

/** Who asks, where a test says nothing else. */
export const who = { account: 'dosw-lin', reason: '115年第4季不定期稽核', document: '北市社政字第1150000310號' } as const

/** The options by which the example's auditor signs on the spot. */
export const signing = ({ folder }: TestDepartment): string[] => [
  ...place(folder),
  '--key',
  join(folder, 'auditors', 'ethics-lin.jwk'),
  '--as',
  who.account,
  '--reason',
  who.reason,
  '--document',
  who.document,
]

/** Where rules and keys are. */
export const place = (folder: string): string[] => ['--config', join(folder, 'config'), '--keys', join(folder, 'cli-keys')]

/** Runs a `linkage log …` in this process. */
export const runHere = (...args: string[]): Promise<Ran> => runCommand(logCommand, ...args)

/** Runs a command in this process.
 *  @param make gives the command, which writes where it is told */
export async function runCommand(make: (output: { write(text: string): boolean }) => Command, ...args: string[]): Promise<Ran> {
  const out: string[] = []
  process.exitCode = undefined
  const command = make({ write: (text) => out.push(text) > 0 })
  throwing(command, (text) => void out.push(text))
  try {
    await command.parseAsync(['node', command.name(), ...args])
    const code = Number(process.exitCode ?? 0)
    return { code, out: out.join(''), error: '' }
  } catch (error) {
    return { code: -1, out: out.join(''), error: error instanceof Error ? error.message : String(error) }
  } finally {
    process.exitCode = undefined
  }
}

function throwing(command: Command, writeOut: (text: string) => void): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut })
  for (const each of command.commands) throwing(each, writeOut)
}

/** Runs it as a person does, in a process of its own. */
export function runLinkage(...args: string[]): Promise<Ran> {
  const main = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts')
  return new Promise((resolve) => {
    const options = { env: ownEnvironment() }
    execFile(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'log', ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, error: err })
    })
  })
}

/** Entries of the log of the commands. */
export async function acts({ serving }: TestDepartment): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  for await (const { index, entry } of serving.store.reader.entries('cli', 0, Number.MAX_SAFE_INTEGER))
    found.push({ index, text: entry, entry: JSON.parse(entry) })
  return found
}

export const kindsOf = async (department: TestDepartment): Promise<string[]> => (await acts(department)).map(({ entry }) => entry.kind)

export const text = (...path: string[]): string => readFileSync(join(...path), 'utf8')
