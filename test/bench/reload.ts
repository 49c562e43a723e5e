// reload.ts: how soon a suspension or a block acts: from the saved file to the first call that is refused, while others are served.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { Configuration, day, type MadeAgency } from '../end-to-end/configuration.ts'
import { judge, missedByReload } from './goals.ts'
import { ask, openStage, path, type Result } from './stage.ts'

/** Agencies that are suspended, and as many that are blocked: at most 16, by the addresses that there are. */
const each = Math.min(16, Number(process.env.EACH ?? 15))
const connections = Number(process.env.CONNECTIONS ?? 4)
/** Calls a second that others make meanwhile. */
const rate = Number(process.env.RATE ?? 200)

const stage = await openStage()
try {
  const { upstream, gateway, load, config, headers, body } = stage
  await ask(upstream.process, 'small')
  const configuration = new Configuration(config)
  const made = Array.from({ length: 2 * each }, (_, at) => configuration.addAgency(`bench-${at}`))
  const url = `http://127.0.0.1:${gateway.port}${path}`
  const codeOf = async ({ address, key }: MadeAgency): Promise<string> => {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'x-forwarded-for': address, authorization: `Bearer ${key}` },
      body,
    })
    const text = await reply.text()
    return reply.status === 200 ? 'released' : JSON.parse(text).code
  }
  for (const agency of made) while ((await codeOf(agency)) !== 'released') await new Promise((later) => setTimeout(later, 50))

  const document = '北市社資字第1159000001號'
  const suspend = {
    effective: day(0),
    action: 'suspend',
    document,
    notice: { document, date: day(-40) },
    deadline: day(-10),
    decision: { document, date: day(-2) },
  }
  const blocks: object[] = []
  /** Saves the change; the time runs from there, as an officer's does. @returns milliseconds until a call is refused with that code */
  async function refusedAfter(
    agency: MadeAgency,
    file: string,
    code: string,
    change: Parameters<Configuration['edit']>[1],
  ): Promise<number> {
    const edited = parseDocument(readFileSync(join(config, file), 'utf8'), { schema: 'failsafe' })
    change(edited)
    const text = edited.toString({ lineWidth: 0 })
    const saved = performance.now()
    writeFileSync(join(config, file), text)
    while ((await codeOf(agency)) !== code);
    return performance.now() - saved
  }

  let over = false
  const rounds: Result[] = []
  const others = (async () => {
    while (!over) rounds.push(await ask(load, { url, connections, rate, duration: 2, headers, body }))
  })()
  const took: number[] = []
  for (const [at, agency] of made.entries()) {
    const byBlock = at % 2 === 1
    if (byBlock) blocks.push({ agency: agency.id, at: `${day(0)}T00:00:00+08:00`, by: '值班人員', reason: '疑似金鑰外洩' })
    took.push(
      byBlock
        ? await refusedAfter(agency, 'blocks.yaml', 'blocked', (file) => file.set('blocks', file.createNode(blocks)))
        : await refusedAfter(agency, `agencies/${agency.id}.yaml`, 'agency-suspended', (file) =>
            file.addIn(['standing'], file.createNode(suspend)),
          ),
    )
    process.stdout.write(`${byBlock ? 'block     ' : 'suspension'}  ${took.at(-1)?.toFixed(0).padStart(4)} ms\n`)
    await new Promise((later) => setTimeout(later, 100))
  }
  over = true
  await others
  const sorted = took.toSorted((one, other) => one - other)
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
  const calls = rounds.reduce((sum, round) => sum + round.calls, 0)
  const dropped = rounds.reduce((sum, round) => sum + round.others, 0)
  process.stdout.write(`reload: p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms, ${calls} calls, ${dropped} dropped\n`)
  judge('reload', missedByReload({ p99: at(0.99), dropped }))
} finally {
  await stage.stop()
}
