// kept.test.ts: files of evidence, as whoever kept them has them: whole, cut off, or full of something else.
import t from 'tap'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { Tree } from '../../src/querylog/tree.ts'
import { readKept } from '../../src/verifier/kept.ts'
import { log, newSigner } from './written-log.ts'

const [signer, other] = [newSigner(), newSigner()]
const text = checkpointText(log, new Tree().extended([]))
const note = signer.sign(text)
const both = `${note}${other.sign(text).slice(text.length + 1)}`
const inShort = (of: string) => readKept(of, 'file').map(({ known, log }) => `${known.kind} ${known.source} ${log}`)

t.test('notes one behind the other, by one key or by two', async (t) => {
  t.same(
    readKept(note + both + note, 'file').map(({ known }) => known.kind === 'checkpoint' && known.note),
    [note, both, note],
  )
  t.same(inShort(`${note}${both}\n`), [`checkpoint file, 1 ${log}`, `checkpoint file, 2 ${log}`], 'an empty line at the end is nothing')
  t.same(inShort(note.trimEnd()).length, 1)
})

t.test('what is cut off, or no note, is not passed over', async (t) => {
  t.same(inShort(note + note.slice(0, text.length)), [`checkpoint file, 1 ${log}`, 'checkpoint file, 2 undefined'])
  t.same(inShort(`${note}something else\n`), [`checkpoint file, 1 ${log}`, 'checkpoint file, 2 undefined'])
  t.same(inShort(`something else\n${note}`), ['checkpoint file, 1 undefined'])
})

t.test('a long file of something else is read once', { timeout: 5_000 }, async (t) => {
  t.equal(readKept(note + 'line\n'.repeat(200_000), 'file').length, 2)
})
