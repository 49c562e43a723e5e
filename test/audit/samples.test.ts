// samples.test.ts: entries of a draw as they are read back: a step that this version does not know is no draw.
import t from 'tap'
import { readSamples } from '../../src/audit/samples.ts'
import { at, commands, writeDraw } from '../verifier/written-draw.ts'
import { edited } from '../verifier/written-log.ts'

const written = await writeDraw()
async function* entriesOf(commands: readonly Buffer[]) {
  for (const [index, entry] of commands.entries()) yield { index, entry: entry.toString('utf8') }
}
const read = (entries: readonly Buffer[]) => readSamples(commands, entriesOf(entries))

t.test('freeze, seed, draw and enlargement, each for what it is', async (t) => {
  const { draws, freezes, seeds } = await read(written.commands)
  const indexes = (all: readonly { readonly ref: { readonly index: number } }[]) => all.map(({ ref }) => ref.index)
  t.same([indexes(freezes), indexes(seeds), indexes(draws)], [[at.freeze], [at.seed], [at.draw, at.enlarge]])
})

t.test('a step that this version does not know is told, not taken for a draw', async (t) => {
  for (const act of ['void', 'Draw', 7, undefined]) {
    const unknown = edited(written.commands[at.enlarge], (it) => (it.act = act))
    const told = { code: 'sample-unknown', message: new RegExp(`第 ${at.enlarge} 筆.*${act}.*expected freeze, seed, draw or enlarge`) }
    await t.rejects(read(written.commands.with(at.enlarge, unknown)), told, String(act))
  }
})
