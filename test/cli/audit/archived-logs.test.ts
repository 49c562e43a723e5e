// archived-logs.test.ts: what an archive reads out of a database is what the log says, the same each time, and nothing of anybody else.
import { cpSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { documentsNamed } from '../../../src/audit/archive/acts.ts'
import { sha256Hex } from '../../../src/canonical.ts'
import { archivedLogs } from '../../../src/cli/audit/archived-logs.ts'
import { discImage } from '../../../src/cli/audit/disc-image.ts'
import type { StoredEntry } from '../../../src/querylog/ports.ts'
import { PostgresArchive } from '../../../src/store/archive-store.ts'
import { PostgresLogReader } from '../../../src/store/reader.ts'
import { archived, archivedLog, contentsOf, drawn, facts, roster, verified, writeMonths } from '../../audit/archive/archives.ts'
import { startTestDatabase, temporaryFolder } from '../../store/server.ts'
import { storeWritten } from '../../verifier/written-database.ts'
import { log, type Written } from '../../verifier/written-log.ts'

async function all(entries: AsyncIterable<StoredEntry>): Promise<readonly StoredEntry[]> {
  const taken: StoredEntry[] = []
  for await (const each of entries) taken.push(each)
  return taken
}

const writing = await writeMonths()
const { gatewayUrl, auditorUrl } = await startTestDatabase(t)
/** Every so many entries a checkpoint: those of the last batches among them. */
const stored: Written = { ...writing.written, checkpoints: writing.written.checkpoints.slice(-4) }
await storeWritten(gatewayUrl, writing.signer.verifierKey, stored)
const [reader, store] = [new PostgresLogReader(auditorUrl), new PostgresArchive(auditorUrl)]
t.teardown(() => Promise.all([reader.close(), store.close()]))

t.test('R16: records, frame, keys, acts and tiles are those of the log', async (t) => {
  const [read, ...more] = await archivedLogs({ reader, store }, facts)
  t.equal(more.length, 0)
  if (read === undefined) return
  const expected = archivedLog(writing)
  const { acts, frame, log: name, slot, verifierKeys } = read
  t.same(
    { acts, frame, name, slot, verifierKeys },
    { acts: [...expected.acts], frame: [...expected.frame], name: log, slot: '1', verifierKeys: expected.verifierKeys },
  )
  const records = await all(read.records())
  t.same(records, await all(expected.records()))
  t.equal(records.length, 221, '220 queries and a completion')
  t.equal(read.outcomeOf(records.find(({ entry }) => entry.includes('"completion"'))?.index ?? 0), undefined)
  const keys = new Set<string>(records.flatMap(({ entry }) => JSON.parse(entry).sealed?.key ?? []))
  t.same(await read.keys(keys), await expected.keys(keys))
  await t.rejects(read.keys(new Set(['nobody'])), /1 data keys that sealed records/)
  t.same(documentsNamed(read.acts).toSorted(), [sha256Hex(drawn), sha256Hex(roster)].toSorted())
  const { files } = await archived({ ...contentsOf(writing), logs: [read] })
  const { inShort, summary } = await verified(files)
  t.same(inShort, [])
  t.match(summary.logs, [{ records: 220, counted: 176, size: read.size }])
})

t.test('it is the same each time, whatever was written since: the smallest checkpoint that covers it', async (t) => {
  const [first] = await archivedLogs({ reader, store }, { ...facts, agency: { ...facts.agency, id: 'taipei-revenue' } })
  t.ok((first?.size ?? 0) < writing.size, 'nothing of it is as late as the last entry')
  const folders = await Promise.all(
    [1, 2].map(async () => {
      const logs = await archivedLogs({ reader, store }, facts)
      const { discs, files } = await archived({ ...contentsOf(writing), logs })
      return { manifest: discs[0]?.manifest, files }
    }),
  )
  t.equal(folders[0]?.manifest, folders[1]?.manifest)
  t.same(folders[0]?.files, folders[1]?.files)
})

t.test('an image of the same folder has the same bytes, whenever it is made', async (t) => {
  const { files } = await archived(contentsOf(writing))
  const folder = temporaryFolder(t)
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, 'one', path)), { recursive: true })
    writeFileSync(join(folder, 'one', path), bytes)
  }
  cpSync(join(folder, 'one'), join(folder, 'other'), { recursive: true })
  for (const each of readdirSync(join(folder, 'other'), { recursive: true, encoding: 'utf8' }))
    utimesSync(join(folder, 'other', each), 1_700_000_000, 1_700_000_000)
  const at = Date.parse('2027-02-03T02:00:00.000Z')
  const image = await discImage(join(folder, 'one'), join(folder, 'one.iso'), '2026-11_2026-12_379110000E_1', at)
  if (image === undefined && process.env.LINKAGE_ARCHIVE !== 'required') {
    t.pass('not installed: xorriso', { skip: true })
    return
  }
  t.ok(image, 'LINKAGE_ARCHIVE=required: xorriso is there')
  const other = await discImage(join(folder, 'other'), join(folder, 'other.iso'), '2026-11_2026-12_379110000E_1', at)
  t.same({ ...other, name: 'one.iso' }, image)
  const bytes = readFileSync(join(folder, 'one.iso'))
  t.equal(
    bytes
      .subarray(0x8000 + 40, 0x8000 + 72)
      .toString('latin1')
      .trim(),
    '2026_11_2026_12_379110000E_1',
    'SPEC ECMA-119 §8.4.7: its volume identifier',
  )
  t.ok(bytes.includes(Buffer.from('records.ndjson')), 'with long names')
})
