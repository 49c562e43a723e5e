// pieces.test.ts: what came in pieces is taken as it came, and takes the memory and the time of its bytes, not of its pieces.
import fc from 'fast-check'
import t from 'tap'
import { Pieces } from '../src/pieces.ts'

const sizes = fc.oneof(fc.nat(3), fc.nat(2_000), fc.constantFrom(1023, 1024, 16_384, 40_000))

t.test('whatever comes and is taken in between, every byte goes out once and in its order', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.record({ came: fc.array(sizes, { maxLength: 60 }), taken: fc.option(sizes) }), { maxLength: 8 }), (turns) => {
      const pieces = new Pieces()
      const [came, taken]: [Buffer[], Buffer[]] = [[], []]
      let next = 0
      for (const turn of turns) {
        for (const size of turn.came) {
          const piece = Buffer.from(Array.from({ length: size }, () => next++ % 251))
          came.push(Buffer.from(piece))
          pieces.push(piece)
        }
        const before = pieces.length
        const out = pieces.take(turn.taken ?? undefined)
        t.equal(out.length, Math.min(before, turn.taken ?? before))
        t.equal(pieces.length, before - out.length)
        taken.push(out)
      }
      taken.push(pieces.take())
      if (!Buffer.concat(taken).equals(Buffer.concat(came))) t.fail('other bytes')
    }),
    { numRuns: 300 },
  )
})

t.test('one piece is given as it is', async (t) => {
  const pieces = new Pieces()
  const piece = Buffer.from('a')
  pieces.push(piece)
  t.equal(pieces.take(), piece)
  t.equal(pieces.take().length, 0)
})
