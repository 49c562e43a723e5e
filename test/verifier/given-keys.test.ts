// given-keys.test.ts: keys and evidence that are given say which logs there are; none of it is passed over in silence.
import t from 'tap'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import type { NoteSigner } from '../../src/querylog/note.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import type { Kept } from '../../src/verifier/kept.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import type { StoredLog } from '../../src/verifier/stored.ts'
import { findingsOf, muchLater, rowsOf, storedLog } from './verifying.ts'
import { edited, log, newId, newSigner, WritingLog } from './written-log.ts'

const writing = new WritingLog({ heads: [] })
writing.batch('2026-10-24T02:00:00.000Z', writing.opening())
const one = storedLog(rowsOf(writing.written), writing.written.checkpoints)

/** A log of an opening alone. */
function opened(name: string, slot: string, by: NoteSigner): StoredLog {
  const bytes = edited(writing.written.entries[0], (it) =>
    Object.assign(it, { id: newId(), log: name, slot, verifier_key: by.verifierKey }),
  )
  const leaf = leafHash(bytes)
  return storedLog([{ index: 0, bytes, leaf }], [{ size: 1, note: noteOf(name, by, leaf) }], { slot, log: name })
}

const noteOf = (name: string, by: NoteSigner, leaf = leafHash('x')): string => by.sign(checkpointText(name, new Tree().extended([leaf])))
const two = 'linkage.example/log/2'
const bySecond = newSigner(two)
const second = opened(two, '2', bySecond)

async function found(
  logs: readonly StoredLog[],
  keys: readonly NoteSigner[],
  more: { kept?: readonly Kept[]; slots?: string[] } = {},
): Promise<string[]> {
  const { kept = [], slots } = more
  const options = { now: muchLater, trusted: keys.map(({ verifierKey }) => readVerifierKey(verifierKey)), kept }
  const findings = await findingsOf({ logs, partialTiles: false }, { ...options, ...(slots && { slots: new Set(slots) }) })
  return findings.map(({ code, index, slot }) => `${slot} ${index} ${code}`)
}

t.test('a log whose key is given has to be there, unless only others are asked for', async (t) => {
  const city = [newSigner('city.example/log/1'), newSigner('city.example/log/2')]
  t.same(await found([one], city), ['1 0 log-missing', '2 0 log-missing', '1 0 key-not-given'], 'a place of quite another host')
  t.same(await found([one], [writing.signer, bySecond]), ['2 0 log-missing'])
  t.same(await found([one], [writing.signer, bySecond], { slots: ['1'] }), [])
  t.same(await found([one, second], [writing.signer, bySecond]), [])
})

t.test('a log without a key that is given is a finding where others have one, and a note where none has', async (t) => {
  t.same(await found([one, second], [writing.signer]), ['2 0 key-not-given'])
  t.same(await found([one, second], [writing.signer], { slots: ['1'] }), [])
  t.same(await found([one, second], []), [])
})

t.test('evidence of a log that is not verified is told, not dropped', async (t) => {
  const known = (name: string, by: NoteSigner): Kept => ({
    log: name,
    known: { kind: 'checkpoint', note: noteOf(name, by), source: 'a copy' },
  })
  const kept = [known(two, bySecond), known(two, bySecond)]
  t.same(await found([one, second], [], { kept, slots: ['1'] }), ['2 0 known-unread'], 'once for each log')
  t.same(await found([one, second], [], { kept }), ['2 1 known-root', '2 1 known-root'])
  t.same(await found([one], [], { kept: kept.slice(1) }), ['2 0 log-missing'])
  t.equal(log, one.log)
})
