// operations.test.ts: the operating manual, task by task: every command of it is run on the example configuration, and prints what the manual shows.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import t from 'tap'
import { agencyCommand } from '../src/cli/agency.ts'
import { blockCommand } from '../src/cli/block.ts'
import { configCommand, type Output } from '../src/cli/config.ts'
import { credentialCommand } from '../src/cli/credential.ts'
import { delegateCommand } from '../src/cli/delegate.ts'
import { grantCommand } from '../src/cli/grant.ts'
import { networkCommand } from '../src/cli/network.ts'
import { rosterCommand } from '../src/cli/roster/command.ts'

const root = join(import.meta.dirname, '..')
const manual = readFileSync(join(root, 'docs/operations.md'), 'utf8')
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

interface Block {
  readonly kind: string
  /** What stands behind the kind: a file's name. */
  readonly name: string
  readonly lines: readonly string[]
}

/** Tasks by their headings, with the blocks that stand beneath. */
function tasksOf(text: string): readonly (readonly [heading: string, blocks: readonly Block[]])[] {
  return text
    .split(/^(?=## )/m)
    .slice(1)
    .map((task) => {
      const blocks = [...task.matchAll(/^```(\w+)(?: (.+))?\n([\s\S]*?)^```$/gm)].map(([, kind = '', name = '', body = '']) => ({
        kind,
        name,
        lines: body.replace(/\n$/, '').split('\n'),
      }))
      return [task.slice(3, task.indexOf('\n')), blocks] as const
    })
}

/** Words of a command as a shell reads them: quotes, and line ends behind a backslash. */
const wordsOf = (typed: string): string[] =>
  [...typed.replaceAll('\\\n', ' ').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )

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

/** Commands of a block, each with the lines that it is said to print. */
function stepsOf({ lines }: Block): readonly { readonly typed: string; readonly shown: string }[] {
  const steps: { typed: string; shown: string }[] = []
  let typing = false
  for (const line of lines) {
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ typed: line.slice(2), shown: '' })
    else if (typing && last !== undefined) last.typed += `\n${line}`
    else if (last !== undefined) last.shown += `${line}\n`
    typing = line.endsWith('\\') && (typing || line.startsWith('$ '))
  }
  return steps
}

/** An edit by hand, as a difference: a line that goes, and those that come in its place. */
function edit({ lines, name }: Block): void {
  const before = readFileSync(name, 'utf8')
  const old = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1))
  const now = lines.filter((line) => !line.startsWith('-')).map((line) => line.slice(1))
  const found = before.split(old.join('\n')).length - 1
  if (found !== 1) throw new Error(`${name}: what is edited stands there ${found} times`)
  writeFileSync(
    name,
    before.replace(old.join('\n'), () => now.join('\n')),
  )
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

const tasks = tasksOf(manual)
const folder = t.testdir({})
const at = process.cwd()
t.teardown(() => process.chdir(at))

t.test('the manual has the tasks of a week', async (t) => {
  t.ok(tasks.length >= 10)
  t.ok(
    tasks.every(([, blocks]) => blocks.some(({ kind }) => kind === 'console')),
    'each with what is typed and printed',
  )
  for (const section of manual.split(/^(?=## )/m).slice(1))
    t.match(section, /[\u4e00-\u9fff][\s\S]*\n[A-Z][a-z]* [a-z]/, 'in two languages')
})

for (const [index, [heading, blocks]] of tasks.entries()) {
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
      else if (block.kind !== 'console') writeFileSync(block.name, `${block.lines.join('\n')}\n`)
      else for (const { shown, typed } of stepsOf(block)) t.equal(await printed(typed), shown, typed)
    }
  })
}
