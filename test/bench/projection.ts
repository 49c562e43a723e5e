// projection.ts: how fast the field filter is, beside JSON.parse alone, parse, pick and stringify, and memcpy, in one interleaved run.
// By the processor time of the one thread that works: of a machine that others use it says more than a clock on the wall, and of the
// parsers it leaves out what the garbage collector does in threads of its own.
// Rounds are the first argument; names of rows (a size, a share, a script) may follow, to run only these.
import { compileProjector } from '../../src/projection/projector.ts'
import { answerShape, inLetters, makeAnswer, mostLeaves, quarter } from './households.ts'

const rounds = Number(process.argv[2] ?? 9)
const only = process.argv.slice(3)

interface Row {
  readonly size: string
  readonly share: string
  readonly script: string
  readonly answers: readonly Buffer[]
  readonly fields: readonly string[]
}
const sizes: readonly (readonly [string, number, number])[] = [
  ['1.6 KB', 1_600, 256],
  ['20 KB', 20_000, 64],
  ['1 MB', 1_000_000, 2],
  ['50 MB', 50_000_000, 1],
]

function* rowsToRun(): Generator<Row> {
  for (const [size, bytes, count] of sizes) {
    for (const script of ['Chinese', 'ASCII']) {
      const rows = [
        { size, script, share: '25 %', fields: quarter },
        { size, script, share: '90 %', fields: mostLeaves },
      ].filter(({ share }) => only.every((name) => [size, script, share].includes(name)))
      if (rows.length === 0) continue
      const chinese = Array.from({ length: count }, (_, seed) => makeAnswer(bytes, seed + 1))
      const answers = script === 'ASCII' ? chinese.map(inLetters) : chinese
      for (const row of rows) yield { ...row, answers }
    }
  }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
interface Tree {
  [key: string]: Tree
}
function treeOf(fields: readonly string[]): Tree {
  const picked: Tree = {}
  for (const path of fields) {
    let here = picked
    for (const name of path.replaceAll('[]', '').split('.')) here = here[name] ??= {}
  }
  return picked
}
/** What a gateway that parses does: no types, no grammar of its own, for comparison only. */
function pick(value: Json, tree: Tree): Json {
  if (Array.isArray(value)) return value.map((element) => pick(element, tree))
  if (value === null || typeof value !== 'object') return value
  const result: { [key: string]: Json } = {}
  for (const key in tree) {
    const member = value[key]
    const beneath = tree[key]
    if (member !== undefined && beneath !== undefined) result[key] = pick(member, beneath)
  }
  return result
}

type Work = (body: Buffer) => number
function variantsOf({ fields, answers }: Row): readonly (readonly [string, Work])[] {
  const projector = compileProjector(answerShape, fields, { rows: 'households' })
  const tree = treeOf(fields)
  const target = Buffer.alloc(Math.max(...answers.map((body) => body.length)))
  const inPieces: Work = (body) => {
    const projection = projector.begin()
    let released = 0
    for (let at = 0; at < body.length; at += 65_536) released += projection.push(body.subarray(at, at + 65_536)).length
    return released + projection.end().length
  }
  const streams: readonly (readonly [string, Work])[] = target.length > 500_000 ? [['projector, 64 KiB pieces', inPieces]] : []
  return [
    ['projector', (body) => projector.project(body).body.length],
    ['JSON.parse', (body) => (JSON.parse(body.toString()) === null ? 0 : 1)],
    ['parse+pick+stringify', (body) => Buffer.from(JSON.stringify(pick(JSON.parse(body.toString()), tree))).length],
    ['memcpy', (body) => body.copy(target)],
    ...streams,
  ]
}

/** Processor time of this thread since another reading of it, nanoseconds. */
function worked(since: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(since)
  return (user + system) * 1e3
}

/** MB/s of input over at least 120 ms. */
function rate(work: Work, answers: readonly Buffer[]): number {
  const total = answers.reduce((sum, body) => sum + body.length, 0)
  const start = process.threadCpuUsage()
  let bytes = 0
  let sum = 0
  let elapsed = 0
  do {
    for (const body of answers) sum += work(body)
    bytes += total
    elapsed = worked(start)
  } while (elapsed < 120e6)
  if (sum === 0) throw new Error('nothing was released')
  return (bytes / elapsed) * 1e3
}

const other = Buffer.from(JSON.stringify(Array.from({ length: 3_000 }, (_, k) => ({ [`k${k % 100}`]: `${k}`, n: [k, { k }] }))))
/** µs of a single call between other work, which has the caches and predictions to itself meanwhile; the median. */
function single(work: Work, answers: readonly Buffer[]): number {
  const took = Array.from({ length: 200 }, (_, k) => {
    JSON.stringify(JSON.parse(other.toString()))
    const start = process.hrtime.bigint() // processor time is not counted finely enough
    work(answers[k % answers.length] ?? other)
    return Number(process.hrtime.bigint() - start)
  })
  return median(took) / 1e3
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Measures and prints a row.
 *  @returns the projector's median, and the median of its ratios to parse, pick and stringify */
function measure(row: Row): string {
  const { answers } = row
  const variants = variantsOf(row)
  const large = row.size === '50 MB'
  const rates = variants.map((): number[] => [])
  for (let round = large ? -1 : -2; round < (large ? Math.min(rounds, 5) : rounds); round++) {
    for (const [k, [, work]] of variants.entries()) {
      const measured = rate(work, answers)
      if (round >= 0) rates[k]?.push(measured)
    }
  }
  const ratios = (rates[0] ?? []).map((own, round) => own / (rates[2]?.[round] ?? Number.NaN))
  const total = answers.reduce((sum, body) => sum + body.length, 0)
  const released = (variants[0]?.[1](answers[0] ?? other) ?? 0) / (answers[0]?.length ?? 1)
  const title = `${row.size}, ${row.script}, ${row.share} of the leaves`
  console.log(
    `${title} (${answers.length} answers, ${Math.round(total / answers.length)} bytes each, ${Math.round(released * 100)} % released)`,
  )
  for (const [k, [name, work]] of variants.entries()) {
    const own = rates[k] ?? []
    const range = `(${Math.min(...own).toFixed(0)}–${Math.max(...own).toFixed(0)})`
    const alone = total / answers.length > 100_000 ? '' : `single, between other work: ${single(work, answers).toFixed(1)} µs`
    console.log(`  ${name.padEnd(24)} ${median(own).toFixed(0).padStart(5)} MB/s   ${range.padEnd(15)} ${alone}`)
  }
  return `${row.size} ${median(rates[0] ?? []).toFixed(0)} MB/s (${median(ratios).toFixed(1)}x)`
}

// The last line: a quarter of the leaves, Chinese.
const ending: string[] = []
for (const row of rowsToRun()) {
  const measured = measure(row)
  if (row.script === 'Chinese' && row.share === '25 %') ending.push(measured)
}
console.log(`projection: ${ending.join(', ')}`)
