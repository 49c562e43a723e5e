// operations-walk.test.ts: the recorded walk beside a gateway that serves: every call and command of it, on real sockets, prints what the page shows.
import { cpSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { pino } from 'pino'
import t from 'tap'
import { addDays, civilDate, civilDateOf } from '../src/calendar.ts'
import { blockCommand } from '../src/cli/block.ts'
import { configCommand } from '../src/cli/config.ts'
import { moveDates } from '../src/cli/demo/department.ts'
import { logCommand } from '../src/cli/log/command.ts'
import type { Output } from '../src/cli/output.ts'
import { notice, serveSandbox } from '../src/cli/sandbox/serve-sandbox.ts'
import { operationalLog } from '../src/gateway/operational-log.ts'
import { readBlocks } from '../src/policy/blocks.ts'
import { loadFolder } from '../src/policy/load.ts'
import { day } from './end-to-end/configuration.ts'
import { startDepartment, subject, TestDepartment } from './end-to-end/department.ts'
import { edit, Manual, type Step, stepsOf, wordsOf } from './manual.ts'

const commands: Readonly<Record<string, (output: Output) => Command>> = { block: blockCommand, config: configCommand, log: logCommand }
const walk = new Manual(join(import.meta.dirname, '../docs/operations-walk.md'))

// The page tells one day of Taipei.
while (Date.now() + 120_000 > Date.parse(`${day(1)}T00:00:00+08:00`)) await sleep(1_000)
const days = Math.round((Date.parse(civilDateOf(Date.now())) - Date.parse('2026-11-24')) / 86_400_000)

const free = { host: '127.0.0.1', port: '0' }
const sandboxOrigin = 'http://sandbox.linkage.test'
const department = await startDepartment(t, (configuration) =>
  configuration.edit('gateway.yaml', (document) => {
    document.setIn(['sandbox', 'origin'], sandboxOrigin)
    document.setIn(['sandbox', 'listeners'], document.createNode({ public: free, admin: free }))
  }),
)
let sandbox: TestDepartment | undefined
t.teardown(() => sandbox?.stop())
const { folder, serving } = department
const { rules, gateway, adminPort } = serving.process
const at = process.cwd()
process.chdir(folder)
process.env.LINKAGE_CONFIG = 'config'
process.env.LINKAGE_CLI_KEYS = 'cli-keys'
t.teardown(() => {
  process.chdir(at)
  delete process.env.LINKAGE_CONFIG
  delete process.env.LINKAGE_CLI_KEYS
})

/** What differs at each run, and the text that stands for it on the page. */
class Steady {
  readonly #ids: string[] = []
  readonly #digests: string[] = []

  /** Ids and digests of the page, as they are in this run; days as they are today. */
  typed(text: string): string {
    const ids = this.#ids.reduce((left, id, at) => left.replaceAll(idAt(at), id), text)
    return moveDates(
      this.#digests.reduce((left, digest, at) => left.replaceAll(letterAt(at).repeat(64), digest), ids),
      days,
    )
  }

  /** A digest of which the page may show no more than its beginning. */
  saw(digest: string): void {
    orderOf(this.#digests, digest)
  }

  counted(text: string): string {
    return text
      .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) => idAt(orderOf(this.#ids, id)))
      .replaceAll(/\b[0-9a-f]{64}\b|(?<=\s{2}|rules )[0-9a-f]{12}\b/g, (digest) =>
        letterAt(orderOf(this.#digests, digest)).repeat(digest.length),
      )
  }

  shown(text: string): string {
    return (
      this.counted(text)
        .replaceAll(/\d{4}-\d\d-\d\d(?!\d)/g, (date) => addDays(civilDate(date), -days))
        .replaceAll(/(?<=\d{4}-\d\d-\d\d[T ])\d\d:\d\d:\d\d/g, '10:00:00')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-11-24T02:00:00Z')
        .replaceAll(hostname(), 'gateway-1')
        .replaceAll(/(?<=uid )\d+/g, '1000')
        // What comes next depends on how far the quarter is.
        .replaceAll(/\d{4}-Q\d 尚未下載查詢紀錄.*\n(?: .*\n)+/g, '…\n')
    )
  }
}

const idAt = (at: number): string => `00000000-0000-7000-8000-${String(at + 1).padStart(12, '0')}`
const letterAt = (at: number): string => String.fromCharCode('a'.charCodeAt(0) + at)

/** Which of those seen it is, by its first digits; one that is new is the next. */
function orderOf(known: string[], found: string): number {
  const at = known.findIndex((each) => each.startsWith(found))
  return at >= 0 ? at : known.push(found) - 1
}

const steady = new Steady()

/** The gateway has looked at the folder as it stands, and what it recorded can be searched. */
async function settled(): Promise<void> {
  for (const end = Date.now() + 60_000; ; await sleep(20)) {
    if (Date.now() > end) throw new Error('the folder was not taken up within a minute')
    const { snapshot } = loadFolder('config')
    const blocked = readBlocks('config').blocks?.length === rules.snapshot.blocks.length
    if (
      snapshot === undefined
        ? rules.findings.length > 0 && blocked
        : snapshot.digest === rules.snapshot.digest && rules.findings.length === 0
    )
      break
  }
  steady.saw(rules.snapshot.digest)
  await gateway.log.refusals.flush()
  while ((await serving.store.search.fill(1_000)) > 0);
}

/** `linkage serve --sandbox`, in this process. */
async function serveSandboxHere(): Promise<string> {
  const quiet = operationalLog(pino.destination({ dest: join(folder, 'sandbox.log'), sync: true }))
  const serving = await serveSandbox(join(folder, 'config'), quiet)
  sandbox = new TestDepartment({ ...department, origin: sandboxOrigin, serving })
  return `${notice}  ${serving.process.gateway.log.log}\n`
}

/** A call as the page writes it: method, path, credential, address, user, and whom it asks about.
 *  @param to where it goes: the gateway, or its sandbox */
async function call(line: string, to: TestDepartment = department): Promise<string> {
  const [method = '', path = '', credential = '', address = '', user = '', nationalId = subject] = line.split(' ')
  const key = department.drawn.keys[credential] ?? ''
  const { status, body, json, header } = await to.call(
    { key, address },
    { method, path, headers: { 'linkage-user': user }, body: JSON.stringify({ nationalId }) },
  )
  const said = status === 200 ? body.toString() : `${json.code} ${json.title} ${json.title_zh ?? ''}`.trim()
  return `${status} ${said}\n  Request-Id: ${header('request-id')}\n`
}

async function printed(typed: string): Promise<string> {
  const [program, group = '', ...args] = wordsOf(typed)
  if (program === 'cp') {
    cpSync(args[0] ?? '', args[1] ?? '', { recursive: true })
    return ''
  }
  if (program === 'curl') {
    const ready = await fetch(new URL(new URL(group).pathname, `http://127.0.0.1:${adminPort}`))
    return `${JSON.stringify(await ready.json(), null, 2)}\n`
  }
  if (typed === 'linkage serve --sandbox') return await serveSandboxHere()
  let out = ''
  const command = commands[group]?.({ write: (text) => (out += text) })
  if (program !== 'linkage' || command === undefined) throw new Error(`no such command: ${typed}`)
  const code = process.exitCode
  try {
    for (const each of command.commands) each.exitOverride()
    await command.exitOverride().parseAsync(args, { from: 'user' })
  } finally {
    process.exitCode = code
  }
  return out
}

for (const { blocks, heading } of walk.tasks) {
  t.test(`walk: ${heading}`, async (t) => {
    for (const block of blocks) {
      if (block.kind === 'diff') edit(block)
      await settled()
      if (block.kind === 'diff') continue
      const steps: Step[] = []
      for (const { typed, shown } of stepsOf(block)) {
        const now =
          block.kind === 'call'
            ? steady.counted(await call(typed, block.name === 'sandbox' ? sandbox : department))
            : steady.shown(await printed(steady.typed(typed)))
        if (!walk.recording) t.equal(now, shown, typed)
        steps.push({ typed, shown: now })
        await settled()
      }
      walk.printed(block, steps)
    }
  })
}

if (walk.recording) t.teardown(() => walk.record())
