// typed-commands.ts: commands that edit a configuration folder, run as they are typed, on a day of their own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Test } from 'tap'
import { agencyCommand } from '../../src/cli/agency.ts'
import { blockCommand } from '../../src/cli/block.ts'
import { credentialCommand } from '../../src/cli/credential.ts'
import { delegateCommand } from '../../src/cli/delegate.ts'
import { grantCommand } from '../../src/cli/grant.ts'
import { networkCommand } from '../../src/cli/network.ts'
import type { Output } from '../../src/cli/output.ts'
import { loadFolder } from '../../src/policy/load.ts'
import type { Agency } from '../../src/policy/snapshot.ts'
import { AGENCY, type Files, writeFolder } from '../policy/good-folder.ts'

/** Tuesday 2026-11-24, 10:00 in Taipei. */
export const now = Date.parse('2026-11-24T02:00:00.000Z')

const commands: Readonly<Record<string, (output: Output, now: () => number) => Command>> = {
  agency: agencyCommand,
  block: blockCommand,
  network: networkCommand,
  credential: credentialCommand,
  grant: grantCommand,
  delegate: delegateCommand,
}

export function folderOf(t: Test, changes: Files = {}): string {
  const folder = t.testdir({})
  writeFolder(folder, changes)
  return folder
}

/** Runs `network add education …`, as it is typed; what holds a space is given apart.
 *  @returns what it printed */
export async function run(folder: string, typed: string, ...more: readonly string[]): Promise<string> {
  let out = ''
  const [group = '', ...args] = typed.split(' ')
  const command = commands[group]?.({ write: (text) => (out += text) }, () => now)
  for (const each of command?.commands ?? []) each.exitOverride().configureOutput({ writeErr: () => undefined })
  await command?.exitOverride().parseAsync([...args, '--config', folder, ...more], { from: 'user' })
  return out
}

export const text = (folder: string, name = AGENCY): string => readFileSync(join(folder, name), 'utf8')

export function agencyOf(folder: string, id = 'education'): Agency {
  const { snapshot, findings } = loadFolder(folder)
  const agency = snapshot?.agencies.get(id)
  if (agency === undefined) throw new Error(JSON.stringify(findings))
  return agency
}

/** Lines that a command added; it took none away. */
export function added(t: Test, before: string, after: string): readonly string[] {
  const [old, now] = [before.split('\n'), after.split('\n')]
  t.same(
    old.filter((line) => !now.includes(line)),
    [],
    'no line went',
  )
  return now.filter((line) => !old.includes(line))
}

/** Holds that each of these is refused by a message, and writes nothing. */
export function refuses(t: Test, rows: readonly (readonly [title: string, typed: string, message: RegExp])[], changes: Files = {}): void {
  for (const [title, typed, message] of rows) {
    t.test(`nothing is written for ${title}`, async (t) => {
      const folder = folderOf(t, changes)
      const before = text(folder)
      await t.rejects(run(folder, typed), { code: 'folder-invalid', message })
      t.equal(text(folder), before)
    })
  }
}
