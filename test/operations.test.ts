// operations.test.ts: the operating manual, task by task: every command of it is run on the example configuration, and prints what the manual shows.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import t from 'tap'
import { agencyCommand } from '../src/cli/agency.ts'
import { blockCommand } from '../src/cli/block.ts'
import { configCommand } from '../src/cli/config.ts'
import { credentialCommand } from '../src/cli/credential.ts'
import { delegateCommand } from '../src/cli/delegate.ts'
import { grantCommand } from '../src/cli/grant.ts'
import { networkCommand } from '../src/cli/network.ts'
import type { Output } from '../src/cli/output.ts'
import { rosterCommand } from '../src/cli/roster/command.ts'
import { edit, Manual, type Step, stepsOf, wordsOf } from './manual.ts'

const root = join(import.meta.dirname, '..')
const manual = new Manual(join(root, 'docs/operations.md'))
/** The day on which the manual's week begins, 10:00 in Taipei. */
const now = Date.parse('2026-11-24T02:00:00.000Z')

const commands: Readonly<Record<string, (output: Output, now: () => number) => Command>> = {
  agency: agencyCommand,
  block: blockCommand,
  config: configCommand,
  credential: credentialCommand,
  delegate: delegateCommand,
  grant: grantCommand,
  network: networkCommand,
  roster: rosterCommand,
}

/** What differs at each run: a key that was drawn, a digest. */
const steady = (text: string): string =>
  text
    .replaceAll(/lk_[\w-]{43}/g, 'lk_…')
    .replaceAll(/^[0-9a-f]{64}$/gm, '…')
    .replaceAll(/(?<=committed )[0-9a-f]{12}/g, '…')

async function printed(typed: string): Promise<string> {
  const [program, group = '', ...args] = wordsOf(typed)
  if (program !== 'linkage') throw new Error(`the manual runs nothing but linkage: ${typed}`)
  let out = ''
  const command = commands[group]?.({ write: (text) => (out += text) }, () => now)
  if (command === undefined) throw new Error(`no such command: ${typed}`)
  const code = process.exitCode
  try {
    for (const each of command.commands) each.exitOverride()
    await command.exitOverride().parseAsync(args, { from: 'user' })
  } catch (error) {
    out += `${error instanceof Error ? error.message : String(error)}\n`
  } finally {
    process.exitCode = code
  }
  return steady(out)
}

/** A department of its own for a task: the example.
 *  @param asCommit of a repository, for what compares revisions */
function department(at: string, asCommit: boolean): void {
  mkdirSync(at, { recursive: true })
  cpSync(join(root, 'config'), join(at, 'config'), { recursive: true })
  if (!asCommit) return
  for (const args of [
    ['init', '-q'],
    ['config', 'user.name', 'x'],
    ['config', 'user.email', 'x@example.gov.tw'],
    ['add', '-A'],
    ['commit', '-qm', 'example'],
  ]) {
    const { status, stderr } = spawnSync('git', args, { cwd: at, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }
}

const { tasks } = manual
const folder = t.testdir({})
const at = process.cwd()
t.teardown(() => process.chdir(at))

t.test('the manual says by which words its command is typed', async (t) => {
  t.match(manual.text, '`linkage` 於本專案資料夾內寫作 `npx linkage`')
  t.match(manual.text, 'In the folder of the project `linkage` is typed `npx linkage`')
})

t.test('the manual has the tasks of a week', async (t) => {
  t.ok(tasks.length >= 10)
  t.ok(
    tasks.every(({ blocks }) => blocks.some(({ kind }) => kind === 'console')),
    'each with what is typed and printed',
  )
  for (const section of manual.text.split(/^(?=## )/m).slice(1))
    t.match(section, /[\u4e00-\u9fff][\s\S]*\n[A-Z][a-z]* [a-z]/, 'in two languages')
})

for (const [index, { blocks, heading }] of tasks.entries()) {
  t.test(`manual: ${heading}`, async (t) => {
    department(
      join(folder, String(index)),
      blocks.some(({ lines }) => lines.some((line) => line.includes(' HEAD '))),
    )
    process.chdir(join(folder, String(index)))
    process.env.LINKAGE_CONFIG = 'config'
    t.teardown(() => {
      delete process.env.LINKAGE_CONFIG
    })
    for (const block of blocks) {
      if (block.kind === 'diff') edit(block)
      else if (block.kind !== 'console' && block.name !== '') writeFileSync(block.name, `${block.lines.join('\n')}\n`)
      else {
        const steps: Step[] = []
        for (const { shown, typed } of stepsOf(block)) {
          const now = await printed(typed)
          if (!manual.recording) t.equal(now, shown, typed)
          steps.push({ typed, shown: now })
        }
        manual.printed(block, steps)
      }
    }
  })
}

if (manual.recording) t.teardown(() => manual.record())
