// exported-checkpoints.test.ts: of the checkpoints of a log as many go into an export as show who signed it, and when.
import t from 'tap'
import { PostgresExport } from '../../src/store/export-store.ts'
import { storeWritten } from '../verifier/written-database.ts'
import { education, newSigner, policies, slot, WritingLog } from '../verifier/written-log.ts'
import { startTestDatabase } from './server.ts'

t.test(
  'the last of every 256 entries, and the last of those that the same two keys signed: by it the second one is believed',
  async (t) => {
    const { auditorUrl, gatewayUrl } = await startTestDatabase(t)
    const [writing, next, third] = [new WritingLog(), newSigner(), newSigner()]
    writing.batch('2026-11-24T02:00:00.000Z', writing.opening(), await writing.key())
    for (const policy of policies.slice(0, 1)) writing.batch('2026-11-24T02:00:00.500Z', writing.policy(policy))
    while (writing.size < 283) writing.batch('2026-11-24T02:00:01.000Z', ...Array.from({ length: 20 }, () => writing.query(education)))
    const { written } = writing
    const lineOf = (note: string, by: typeof next): string => by.sign(note.slice(0, note.indexOf('\n\n') + 1)).split('\n\n')[1] ?? ''
    const noteOf = (size: number, note: string): string => {
      if (size > 23 && size <= 63) return `${note}${lineOf(note, next)}`
      return size > 103 && size <= 143 ? `${note.slice(0, note.indexOf('\n\n') + 2)}${lineOf(note, next)}${lineOf(note, third)}` : note
    }
    // For a while the first two sign, at 43 and 63 entries, and later the next two, at 123 and 143.
    const checkpoints = written.checkpoints.map(({ note, size }) => ({ size, note: noteOf(size, note) }))
    await storeWritten(gatewayUrl, writing.signer.verifierKey, { ...written, checkpoints })
    const store = new PostgresExport(auditorUrl)
    t.teardown(() => store.close())
    const exported: { readonly size: number; readonly note: string }[] = []
    for await (const each of store.checkpoints(slot, 283)) exported.push(each)
    t.same(
      exported.map(({ size }) => size).sort((one, other) => one - other),
      [63, 143, 243, 263],
      'of each change of the key one',
    )
    t.equal(exported.find(({ size }) => size === 63)?.note.match(/^— /gm)?.length, 2)
  },
)
