// full-path.ts: what enforcement and a durable record cost: every check, filter and commit, beside a bare proxy, in the same run.
//
// The gateway, or its peer, has one core to itself; load, upstream and PostgreSQL share the other. Rounds are interleaved, and
// ratios are taken within a round: the machine's own noise stays out of them.
// The further rows come behind, so that they take nothing from the first: 1 MB answers, 8 connections, signed assertions, and nginx
// with a Lua filter where it is installed; and HTTP alone, which shows how much of a call's time is ours. FURTHER=0 leaves them out.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { judge, missedBesideNginx } from './goals.ts'
import { startNginx } from './nginx.ts'
import { interleaved, printMedians, type Row, ratio, type Scene } from './rounds.ts'
import { ask, type Child, openStage, path, pinned, type Stage, start } from './stage.ts'

const rounds = Number(process.env.ROUNDS ?? 7)
const seconds = Number(process.env.SECONDS_PER_ROUND ?? 3)
const connections = Number(process.env.CONNECTIONS ?? 64)
const further = process.env.FURTHER !== '0'

const [bare, full, lua, alone] = ['bare proxy', 'full path', 'nginx + Lua', 'HTTP alone']
const first: readonly Scene[] = [
  { name: '1.6 KB', answers: 'small', connections, targets: [bare, full] },
  { name: '20 KB', answers: 'large', connections, targets: [bare, full] },
]

/** The same calls by signed assertion. */
function signingOf({ config, drawn }: Stage): Scene['signing'] {
  const origin = /^origin: (\S+)/m.exec(readFileSync(join(config, 'gateway.yaml'), 'utf8'))?.[1] ?? ''
  const jwk = drawn.signing['edu-jwt-1']
  if (jwk === undefined) throw new Error('the department has a key to sign with')
  const claims = { purpose: 'school-fee-waiver', case: '北市教字第1150000045號', reason: '115學年度學雜費減免審查' }
  return { jwk, issuer: 'taipei-education', origin, path, user: 'edu-chang', ...claims }
}

function furtherScenes(stage: Stage, filters: readonly string[]): Scene[] {
  const signing = signingOf(stage)
  return [
    ...filters.flatMap((peer): Scene[] => [
      { name: '1.6 KB beside nginx', answers: 'small', connections, targets: [peer, full] },
      { name: '20 KB beside nginx', answers: 'large', connections, targets: [peer, full] },
    ]),
    { name: '1.6 KB beside HTTP', answers: 'small', connections, targets: [alone, full] },
    { name: '20 KB beside HTTP', answers: 'large', connections, targets: [alone, full] },
    { name: '1 MB, 16 connections', answers: 'huge', connections: 16, targets: [bare, ...filters, full] },
    { name: '1.6 KB, 8 connections', answers: 'small', connections: 8, targets: [bare, full] },
    { name: '20 KB, 8 connections', answers: 'large', connections: 8, targets: [bare, full] },
    { name: '1.6 KB, signed', answers: 'small', connections, targets: [bare, full], ...(signing && { signing }) },
  ]
}

/** A peer that filters is one where it gives what the gateway gives. */
async function compareAnswers(stage: Stage, peer: Child): Promise<void> {
  const answer = async ({ port }: Child): Promise<unknown> => {
    await ask(stage.upstream.process, 'large') // from its first answer on
    const { headers, body } = stage
    return await (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })).json()
  }
  if (!isDeepStrictEqual(await answer(peer), await answer(stage.gateway))) throw new Error(`${lua} does not give what the gateway gives`)
}

async function openFilter(stage: Stage): Promise<Child | undefined> {
  const nginx = await startNginx(join(stage.config, '..', 'nginx'), stage.upstream.port)
  if (typeof nginx === 'string') {
    process.stdout.write(`${lua}: not measured: ${nginx}\n`)
    return undefined
  }
  const ended = new Promise((over) => nginx.process.once('exit', over))
  stage.stops.unshift(async () => {
    nginx.process.kill('SIGTERM')
    await ended
  })
  await compareAnswers(stage, nginx)
  return nginx
}

/** Measures the further rows and prints how the gateway does in each. */
async function measureFurther(stage: Stage, targets: Map<string, Child>): Promise<Row[]> {
  const nginx = await openFilter(stage)
  if (nginx !== undefined) targets.set(lua, nginx)
  const http = await start(1, 'http-alone.ts', [`http://127.0.0.1:${stage.upstream.port}`])
  stage.stops.unshift(() => http.process.disconnect())
  targets.set(alone, http)
  const scenes = furtherScenes(stage, nginx === undefined ? [] : [lua])
  const rows = await interleaved(stage, scenes, { rounds, seconds, targets })
  for (const scene of scenes) printMedians(rows, scene)
  for (const { name, targets } of scenes) {
    const ratios = targets.filter((each) => each !== full).map((each) => `${ratio(rows, name, full, each).toFixed(2)} x ${each}`)
    process.stdout.write(`${name}: full path ${ratios.join(', ')}\n`)
  }
  const beside = (name: string): number => ratio(rows, name, full, lua)
  if (nginx !== undefined)
    judge('full path', missedBesideNginx({ large: beside('20 KB beside nginx'), huge: beside('1 MB, 16 connections') }))
  return rows
}

const stage = await openStage()
try {
  const proxy = await start(1, 'proxy.ts', [`http://127.0.0.1:${stage.upstream.port}`])
  stage.stops.unshift(() => proxy.process.disconnect())
  const targets = new Map<string, Child>([
    [bare, proxy],
    [full, stage.gateway],
  ])
  process.stdout.write(
    `${connections} connections, ${rounds} rounds of ${seconds} s each, ${pinned ? 'pinned: gateway or proxy on core 1, the rest on core 0' : 'not pinned'}\n`,
  )
  const rows = await interleaved(stage, first, { rounds, seconds, targets })
  for (const scene of first) printMedians(rows, scene)
  const more = further ? await measureFurther(stage, targets) : []
  mkdirSync('data', { recursive: true })
  writeFileSync(
    join('data', 'bench-full-path.json'),
    `${JSON.stringify({ connections, rounds, seconds, rows: [...rows, ...more] }, null, 2)}\n`,
  )
  const [small, large] = first.map(({ name }) => `${name} ${ratio(rows, name, full, bare).toFixed(2)}`)
  process.stdout.write(`full path / bare proxy: ${small}, ${large}\n`)
} finally {
  await stage.stop()
}
