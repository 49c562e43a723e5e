// untold.test.ts: a notice to those concerned (個資法 §12) leaves nobody out unsaid: calls whose people or rows the clear log does not tell whole.
import t from 'tap'
import type { ExposedCall } from '../../src/querylog/exposure.ts'
import { type PlacedEnd, untoldOf } from '../../src/querylog/untold.ts'

const whole: ExposedCall = {
  address: '203.0.113.5',
  agency: 'a',
  at: '2026-11-24T02:00:00.000Z',
  credential: 'k',
  fields_released: ['a'],
  rows: 1,
}
const { rows: _, ...stream } = whole
const end = (outcome: string, rows?: number): PlacedEnd => ({ outcome, index: 9, ...(rows !== undefined && { rows }) })

// biome-ignore format: a table
const cases: readonly (readonly [title: string, call: ExposedCall, end: PlacedEnd | undefined, isNamedBeside: boolean, told: readonly object[]])[] = [
  ['a whole answer that names all whom it is about', whole, undefined, false, []],
  ['a whole answer about others, too: its own sealed part', whole, undefined, true, [{ why: 'sealed', open: 5 }]],
  ['a transfer that came to its end', stream, end('whole', 3), false, []],
  ['… about others, too: the sealed part of its completion', stream, end('whole', 3), true, [{ why: 'sealed', open: 9 }]],
  ['lines that were cut, whose rows were counted', stream, end('cut', 3), false, []],
  ['a JSON document that was cut', stream, end('cut'), false, [{ why: 'cut' }]],
  ['… about others, too', stream, end('cut'), true, [{ why: 'cut' }, { why: 'sealed', open: 9 }]],
  ['a transfer whose process ended: nothing was sealed', stream, end('lost'), true, [{ why: 'lost' }]],
  ['a transfer that has no end', stream, undefined, true, [{ why: 'running' }]],
  ['the first record of a batch speaks for it', { ...whole, batch: { at: 1 } }, undefined, true, [{ why: 'sealed', open: 5 }]],
  ['its others are silent', { ...whole, batch: { at: 2 } }, undefined, true, []],
  ['… also where it was lost', { ...stream, batch: { at: 2 } }, end('lost'), true, []],
]
for (const [title, call, completion, isNamedBeside, told] of cases)
  t.test(title, async (t) => {
    t.same(untoldOf('1', 5, call, completion, isNamedBeside), told.map((each) => ({ slot: '1', index: 5, ...each }))) // biome-ignore format: short
  })
