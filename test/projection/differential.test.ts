// differential.test.ts: the kernel against the filter's definition byte by byte, and both against a parser that filters the tree.
// CASES=10000000 and SEED=… run longer, and elsewhere.
import t from 'tap'
import { leavesOf, type Shape } from '../../src/projection/paths.ts'
import { compileProjector, type Projected } from '../../src/projection/projector.ts'
import { compileStream, type StreamProjector } from '../../src/projection/stream.ts'
import { Dice, damage, makeAnswer, makeGrant, makeShape } from './mutations.ts'
import { contradicts, outcome } from './oracle.ts'

const cases = Number(process.env.CASES ?? 10_000)
const seed = Number(process.env.SEED ?? 1)
const answersOfAShape = 50
Error.stackTraceLimit = cases > 100_000 ? 0 : 10 // a refusal costs ten times as much with its stack

/** Both ways over the same pieces, turn by turn: their states change places in the one memory. */
function inPieces(one: StreamProjector, other: StreamProjector, body: Buffer, dice: Dice): readonly [string, string] {
  const bytewise = body.length < 2_000 && dice.one(40)
  const cuts = bytewise ? [...body.keys()] : Array.from({ length: 1 + dice.roll(5) }, () => dice.roll(body.length + 1))
  cuts.push(0)
  cuts.sort((a, b) => a - b)
  const released: [Buffer[], Buffer[]] = [[], []]
  const ended: [string, string] = ['', '']
  const turn = (k: 0 | 1, work: () => void): void => {
    if (ended[k] !== '') return
    const problem = outcome(() => {
      work()
      return nothing
    })
    if (problem !== untroubled) ended[k] = problem
  }
  cuts.forEach((at, n) => {
    const piece = body.subarray(at, cuts[n + 1])
    turn(0, () => released[0].push(one.push(piece)))
    turn(1, () => released[1].push(other.push(piece)))
  })
  for (const [k, projection] of [one, other].entries()) {
    const pieces = released[k] ?? []
    const finish = (): Projected => {
      pieces.push(projection.end())
      return { body: Buffer.concat(pieces), rows: projection.rows, beyond: projection.beyond, undeclaredAt: projection.undeclaredAt() }
    }
    const body = Buffer.concat(pieces)
    if (ended[k] === '') ended[k] = outcome(finish)
    else ended[k] = `${body.toString('latin1')} ${ended[k]}`
  }
  return ended
}
const nothing: Projected = {
  body: Buffer.alloc(0),
  rows: 0,
  beyond: { withheld: 0, undeclared: 0, misshapen: 0, suppressed: 0 },
  undeclaredAt: new Map(),
}
const untroubled = outcome(() => nothing)

t.test('the kernel gives what the definition gives, and the tree does not contradict, whole and in pieces', async (t) => {
  let [whole, long] = [0, 0]
  for (let done = 0; done < cases; ) {
    const dice = new Dice(seed * 1_000_003 + done)
    const shape = makeShape(dice)
    if (leavesOf(shape).length === 0) continue
    const fields = makeGrant(dice, shape)
    const [kernel, definition] = [compileProjector(shape, fields), compileProjector(shape, fields, { bytewise: true })]
    for (let k = 0; k < answersOfAShape; k++, done++) {
      let body: Buffer = Buffer.from(makeAnswer(dice, shape))
      if (shape.kind === 'array' && dice.one(1000)) {
        body = Buffer.from(`[${Array.from({ length: 2 + 140_000 / body.length }, () => makeAnswer(dice, shape.items)).join(',')}]`)
        long++
      }
      if (dice.one(2)) body = damage(dice, body)
      let passed: Projected | undefined
      const result = outcome(() => {
        passed = kernel.project(body)
        return passed
      })
      const pieces = inPieces(kernel.begin(), definition.begin(), body, dice)
      const agreed = result === outcome(() => definition.project(body)) && pieces[0] === pieces[1]
      if (passed !== undefined) whole++
      if (!agreed || (passed !== undefined && pieces[0] !== result) || contradicts(shape, fields, body, passed)) {
        t.fail(`case ${done} of seed ${seed}`, { fields, body: body.toString(), result, pieces })
        return
      }
    }
  }
  t.ok(whole > cases / 4 && whole < cases * 0.9, `${whole} of ${cases} answers passed, ${long} of them longer than a piece`)
})

t.test('of NDJSON too', async (t) => {
  let whole = 0
  const lines = Math.ceil(cases / 10)
  for (let done = 0; done < lines; ) {
    const dice = new Dice(seed * 2_000_003 + done)
    const items = makeShape(dice)
    if (leavesOf(items).length === 0) continue
    const shape: Shape = { kind: 'array', items }
    const fields = makeGrant(dice, shape)
    const [kernel, definition] = [false, true].map((bytewise) => compileStream('application/x-ndjson', shape, fields, { bytewise }))
    for (let k = 0; k < answersOfAShape; k++, done++) {
      const count = dice.one(500) ? 1 + 140_000 / 200 : dice.roll(4)
      let body: Buffer = Buffer.from(Array.from({ length: count }, () => makeLine(dice, items)).join(''))
      if (dice.one(2)) body = damage(dice, body)
      if (kernel === undefined || definition === undefined) throw new Error('two streams are compiled')
      const pieces = inPieces(kernel.begin(), definition.begin(), body, dice)
      const once = inPieces(kernel.begin(), definition.begin(), body, dice)
      const passed = !/ at [0-9]+$/.test(pieces[0])
      if (passed) whole++
      if (pieces[0] !== pieces[1] || once[0] !== once[1] || (passed && once[0] !== pieces[0])) {
        t.fail(`case ${done} of seed ${seed}`, { fields, body: body.toString(), pieces, once })
        return
      }
    }
  }
  t.ok(whole > lines / 5 && whole < lines * 0.9, `${whole} of ${lines} answers passed`)
})

/** A line, mostly of one value as it is; of a spaced one the line feeds are mostly taken out. */
function makeLine(dice: Dice, items: Shape): string {
  const text = makeAnswer(dice, items)
  return `${dice.one(20) ? text : text.replaceAll('\n', '')}${dice.one(10) ? '\r' : ''}\n${dice.one(10) ? '\n' : ''}`
}

/** A run of any length, sometimes longer than several pieces, of what simply goes on in a string, or between tokens. */
function run(dice: Dice, of: readonly string[]): string {
  const length = dice.one(60) ? dice.roll(200_000) : dice.one(3) ? dice.roll(300) : dice.roll(8)
  const unit = dice.pick(of)
  return unit.repeat(Math.ceil(length / unit.length))
}
const inString = ['x', '姓', '𠮷', ' ', ':{[,', '\\n', 'x\\\\', '\\u59d3', '\\ud842\\udfb7xxxxxxxxxxxxxxxxxxx', '\u007f']
const between = [' ', '\n', '\t\r', '  \n']
const text = (dice: Dice): string => `"${run(dice, inString)}${run(dice, inString)}"`

t.test('runs that go on and on, in strings, names and between tokens: leapt over, they are what they are byte by byte', async (t) => {
  const leaf: Shape = { kind: 'leaf', type: 'string' }
  const items: Shape = { kind: 'object', properties: new Map<string, Shape>([['a', leaf], ['b', leaf], ['list', { kind: 'array', items: leaf }]]) } // biome-ignore format: one line
  const shape: Shape = { kind: 'array', items }
  const fields = ['[].a', '[].list[]']
  let [whole, leapt] = [0, 0]
  const answers = Math.ceil(cases / 20)
  for (const mediaType of ['application/json', 'application/x-ndjson'] as const) {
    const [kernel, definition] = [false, true].map((bytewise) => compileStream(mediaType, shape, fields, { bytewise }))
    if (kernel === undefined || definition === undefined) throw new Error('two streams are compiled')
    for (let done = 0; done < answers; done++) {
      const dice = new Dice(seed * 3_000_017 + done)
      const space = (): string => (dice.one(3) ? run(dice, mediaType === 'application/json' ? between : [' ', '\t\r']) : '')
      const member = (): string =>
        `${space()}${dice.pick(['"a"', '"b"', '"c"', text(dice)])}${space()}:${space()}${dice.one(4) ? `[${space()}${text(dice)}${space()},${space()}[]]` : text(dice)}${space()}`
      const row = (): string => `{${Array.from({ length: dice.roll(4) }, member).join(',')}${space()}}`
      const rows = Array.from({ length: dice.roll(3) }, () => `${space()}${row()}${space()}`)
      let body: Buffer = Buffer.from(mediaType === 'application/json' ? `${space()}[${rows.join(',')}]${space()}` : `${rows.join('\n')}\n`)
      if (dice.one(3)) body = damage(dice, body)
      const pieces = inPieces(kernel.begin(), definition.begin(), body, dice)
      if (!/ at [0-9]+$/.test(pieces[0])) whole++
      if (body.length > 65_536) leapt++
      if (pieces[0] !== pieces[1]) {
        t.fail(`case ${done} of seed ${seed}`, { body: body.toString().slice(0, 2000), pieces: pieces.map((each) => each.slice(-300)) })
        return
      }
    }
  }
  t.ok(whole > answers / 4 && leapt > 20, `${whole} of ${2 * answers} answers passed, ${leapt} of them were longer than a piece`)
})
