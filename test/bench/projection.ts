// projection.ts: how fast the field filter is, beside JSON.parse alone and parse, pick and stringify, in one interleaved run.
import { compileProjector } from '../../src/projection/projector.ts'
import { answerShape, makeAnswer, quarter } from './households.ts'

const rounds = Number(process.argv[2] ?? 9)
const sizes: readonly (readonly [string, number, number])[] = [
  ['1.6 KB', 1_600, 256],
  ['20 KB', 20_000, 64],
  ['1 MB', 1_000_000, 2],
]

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
interface Tree {
  [key: string]: Tree
}
const picked: Tree = {}
for (const path of quarter) {
  let here = picked
  for (const name of path.replaceAll('[]', '').split('.')) here = here[name] ??= {}
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

const projector = compileProjector(answerShape, quarter, { rows: 'households' })
const variants: readonly (readonly [string, (body: Buffer) => number])[] = [
  ['projector', (body) => projector.project(body).body.length],
  ['JSON.parse', (body) => (JSON.parse(body.toString()) === null ? 0 : 1)],
  ['parse+pick+stringify', (body) => Buffer.from(JSON.stringify(pick(JSON.parse(body.toString()), picked))).length],
]

/** MB/s of input over at least 120 ms. */
function rate(work: (body: Buffer) => number, answers: readonly Buffer[]): number {
  const total = answers.reduce((sum, body) => sum + body.length, 0)
  const start = process.hrtime.bigint()
  let bytes = 0
  let sum = 0
  let elapsed = 0
  do {
    for (const body of answers) sum += work(body)
    bytes += total
    elapsed = Number(process.hrtime.bigint() - start)
  } while (elapsed < 120e6)
  if (sum === 0) throw new Error('nothing was released')
  return (bytes / elapsed) * 1e3
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const ending: string[] = []
for (const [name, bytes, count] of sizes) {
  const answers = Array.from({ length: count }, (_, seed) => makeAnswer(bytes, seed + 1))
  const rates = variants.map((): number[] => [])
  for (let round = -2; round < rounds; round++) {
    for (const [k, [, work]] of variants.entries()) {
      const measured = rate(work, answers)
      if (round >= 0) rates[k]?.push(measured)
    }
  }
  const released = projector.project(answers[0] ?? Buffer.alloc(0)).body.length / (answers[0]?.length ?? 1)
  const mean = answers.reduce((sum, body) => sum + body.length, 0) / count
  console.log(`${name} (${count} different answers, ${Math.round(mean)} bytes on average, ${Math.round(released * 100)} % released)`)
  for (const [k, [title]] of variants.entries()) {
    const own = rates[k] ?? []
    console.log(
      `  ${title.padEnd(22)} ${median(own).toFixed(0).padStart(5)} MB/s   (${Math.min(...own).toFixed(0)}–${Math.max(...own).toFixed(0)})`,
    )
  }
  const ratios = (rates[0] ?? []).map((own, round) => own / (rates[2]?.[round] ?? Number.NaN))
  ending.push(`${name} ${median(rates[0] ?? []).toFixed(0)} MB/s (${median(ratios).toFixed(1)}x)`)
}
console.log(`projection: ${ending.join(', ')}`)
