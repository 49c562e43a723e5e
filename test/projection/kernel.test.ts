// kernel.test.ts: the compiled kernel is what its source says.
import { readFileSync } from 'node:fs'
import t from 'tap'
import * as layout from '../../src/projection/kernel/layout.ts'
import type { Shape } from '../../src/projection/paths.ts'
import { compileProjector } from '../../src/projection/projector.ts'
import { binaryFile, compileKernel, filterKernel } from '../kernels.ts'

t.test('the kernel, compiled again, is byte for byte the one that is served', async (t) => {
  const compiled = await compileKernel(filterKernel)
  t.ok(
    compiled === readFileSync(binaryFile(filterKernel), 'utf8'),
    'run `npm run build:kernel` after a change of its source, and commit what it writes',
  )
})

t.test('nothing in the shared memory overlaps', async (t) => {
  const { longestPiece, longestName, longestNumber, deepest, mostNodes } = layout
  const frame = (layout.CAME + Math.ceil(mostNodes / 31)) * 4
  const places: readonly (readonly [string, number, number])[] = [
    ['the piece, and what is read behind it', layout.INPUT, longestPiece + longestName + 64],
    ['marks', layout.MARKS, longestPiece / 8 + 16],
    ['output', layout.OUTPUT, longestPiece + longestName + longestNumber + 64],
    ['state', layout.STATE, layout.stateLength],
    ['the held number or key', layout.HELD, Math.max(longestNumber, longestName)],
    ['frames', layout.FRAMES, (deepest + 1) * frame],
    ['kinds', layout.KINDS, mostNodes],
    ['plans', layout.PLANS, layout.longestPlan],
    ['the end', layout.pages * 65_536, 0],
  ]
  for (const [k, [name, at, length]] of places.entries()) {
    t.equal(at % 8, 0, `${name}: where numbers of eight bytes may stand`)
    const next = places[k + 1]
    if (next !== undefined) t.ok(at + length <= next[1], `${name} end before ${next[0]}`)
  }
  t.ok(deepest * frame < layout.framesLength, 'the frames have room for the deepest nesting')
})

/** An object of so many properties, its plan some hundred thousand bytes, and an answer for it. */
function wide(name: string, count: number): { readonly shape: Shape; readonly fields: readonly string[]; readonly answer: Buffer } {
  const fields = Array.from({ length: count }, (_, k) => `${name}${k}`)
  const shape: Shape = { kind: 'object', properties: new Map(fields.map((field) => [field, { kind: 'leaf', type: 'integer' }])) }
  return { shape, fields, answer: Buffer.from(`{${fields.map((field, k) => `"${field}":${k}`).join(',')}}`) }
}

t.test('more plans than the memory holds: each keeps its own, and a stream goes on where it was', async (t) => {
  const stream = wide('stream', 40)
  const asked = ['stream3', 'stream38']
  const running = compileProjector(stream.shape, stream.fields).begin(asked)
  const half = stream.answer.length >> 1
  const released = [running.push(stream.answer.subarray(0, half))]
  const others = Array.from({ length: 80 }, (_, k) => wide(`p${k}x`, 1_500)).map((one) => ({
    ...one,
    projector: compileProjector(one.shape, one.fields),
  }))
  for (let turn = 0; turn < 2; turn++) {
    for (const { projector, answer } of others) if (!projector.project(answer).body.equals(answer)) t.fail('another plan was used')
  }
  released.push(running.push(stream.answer.subarray(half)))
  t.equal(Buffer.concat(released).toString(), '{"stream3":3,"stream38":38}')
  running.end()
  t.same(running.beyond, { withheld: 38, undeclared: 0, misshapen: 0, suppressed: 0 })
})

t.test('what a stream counted can be asked again, whatever was filtered since', async (t) => {
  const one = wide('one', 3)
  const projector = compileProjector(one.shape, one.fields.slice(1))
  const stream = projector.begin()
  stream.push(one.answer)
  stream.end()
  projector.project(Buffer.from('{"x":1,"one1":"y"}'))
  t.equal(stream.rows, 1)
  t.same(stream.beyond, { withheld: 1, undeclared: 0, misshapen: 0, suppressed: 0 })
})

t.test('a shape that the memory cannot hold is refused when it is compiled', async (t) => {
  const { shape, fields } = wide('p', layout.mostNodes)
  t.throws(() => compileProjector(shape, fields), { name: 'RangeError', message: /too large/ })
})

t.test('an object with very many properties is filtered like any other', async (t) => {
  const { shape, fields, answer } = wide('p', 30_000)
  t.ok(compileProjector(shape, fields).project(answer).body.equals(answer))
  const again = Buffer.from(`${answer.toString().slice(0, -1)},"p29999":1}`)
  t.throws(() => compileProjector(shape, fields).project(again), { message: /repeated-member/ })
})
