// kernel.test.ts: the compiled kernel is what its source says.
import { readFileSync } from 'node:fs'
import t from 'tap'
import * as layout from '../../src/projection/kernel/layout.ts'
import { binaryFile, compileKernel } from './kernel.ts'

t.test('the kernel, compiled again, is byte for byte the one that is served', async (t) => {
  const compiled = await compileKernel()
  t.ok(compiled === readFileSync(binaryFile, 'utf8'), 'run `npm run build:kernel` after a change of its source, and commit what it writes')
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
