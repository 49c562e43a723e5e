// proven.test.ts: what draws are believed of stands in the signed trees: changed, disguised, unsigned, or of a log that ended, it is found.
import t from 'tap'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { abandonEntry, retireEntry } from '../../src/querylog/slot-entries.ts'
import { Tree } from '../../src/querylog/tree.ts'
import { unproven } from '../../src/verifier/draws/proven.ts'
import type { StoredLog } from '../../src/verifier/stored.ts'
import { type Row, rowsOf, storedLog } from './verifying.ts'
import { edited, education, log, newId, newSigner, WritingLog, type Written } from './written-log.ts'

const november = { from: '2026-11', until: '2026-11' }
const january = { from: '2027-01', until: '2027-01' }

const writing = new WritingLog({ heads: [] })
writing.batch('2026-11-02T02:00:00.000Z', writing.opening(), await writing.key())
writing.batch('2026-11-03T02:00:00.000Z', ...Array.from({ length: 300 }, () => writing.query(education)))
writing.batch('2026-12-03T02:00:00.000Z', ...Array.from({ length: 4 }, () => writing.query(education)))
writing.batch('2027-01-03T02:00:00.000Z', ...Array.from({ length: 4 }, () => writing.query(education)))
const { written } = writing
const months = written.entries.flatMap((each, index) => (each.includes('"kind":"month"') ? [index] : []))
const [december = 0, lastMonth = 0] = months
const rootAt = (size: number): string => new Tree().extended(written.leaves.slice(0, size)).root.toString('base64')
const end = { log, root: rootAt(written.entries.length), size: written.entries.length, slot: '1' }

/** A log with its tiles, as a database would put them together of what it keeps. */
function kept(of: Written, rows: readonly Row[], own: { slot: string; log: string }): StoredLog {
  const tile = async (level: number, index: number, width: number): Promise<Buffer> => {
    const leaves = 256 ** level
    const node = (at: number) => new Tree().extended(of.leaves.slice(at * leaves, (at + 1) * leaves)).root
    return Buffer.concat(Array.from({ length: width }, (_, at) => node(index * 256 + at)))
  }
  return {
    ...storedLog(
      rows.filter(({ bytes }) => bytes !== undefined),
      of.checkpoints,
      own,
    ),
    size: rows.length,
    tile,
    newest: of.checkpoints.at(-1)?.note,
  }
}

const queries = (change: (rows: Row[]) => void = () => undefined): StoredLog => {
  const rows = rowsOf(written)
  change(rows)
  return kept(written, rows, { slot: '1', log })
}

/** The commands' log, with what it says of the other.
 *  @param unsigned behind its newest checkpoint */
function commands(drafts: readonly ((given: { at: string; clock: undefined }) => string)[] = [], unsigned = false): StoredLog {
  const own = new WritingLog({ heads: [], slot: 'cli' })
  own.batch('2026-11-02T02:00:00.000Z', own.opening())
  const signed = own.written.checkpoints.length
  for (const write of drafts) own.batch('2027-01-04T02:00:00.000Z', { write: (given) => write({ at: given.at, clock: undefined }) })
  const all = { ...own.written, checkpoints: own.written.checkpoints.slice(0, unsigned ? signed : undefined) }
  return kept(all, rowsOf(all), { slot: 'cli', log: own.log })
}

async function found(logs: readonly StoredLog[], ...drawn: { from: string; until: string }[]): Promise<readonly string[]> {
  const all: string[] = []
  const run = unproven({ logs, partialTiles: false }, drawn.length === 0 ? undefined : drawn)
  for await (const { code, index, slot } of run) all.push(`${slot} ${index} ${code}`)
  return all
}

// biome-ignore lint/suspicious/noExplicitAny: an entry that a test is about to spoil
const changed = (index: number, change: (members: any) => void) =>
  queries((rows) => (rows[index] = { index, bytes: edited(written.entries[index], change) }))

t.test('logs as they were signed', async (t) => {
  t.same(await found([queries(), commands()]), [])
  t.same(await found([queries(), commands()], november), [])
})

t.test('an entry that numbers, keys or parameters come from, and is another one', async (t) => {
  t.same(await found([changed(december, (it) => (it.agencies[0].counted = 100))], november), [`1 ${december} leaf-mismatch`])
  t.same(await found([changed(0, (it) => (it.parameters = {}))], november), ['1 0 leaf-mismatch'])
  t.same(await found([changed(december, (it) => (it.kind = 'refusals'))], november), [`1 ${lastMonth} month-missing`])
  t.same(await found([changed(5, (it) => (it.user = 'somebody'))], november), [], 'a record is none of them')
})

t.test('months that end before those that are drawn from keep nobody from drawing, nor does a log that ended before them', async (t) => {
  const spoilt = changed(december, (it) => (it.agencies[0].counted = 100))
  t.same(await found([spoilt], january), [])
  t.same(await found([spoilt], { from: '2026-12', until: '2026-12' }), [`1 ${december} leaf-mismatch`])
  const abandoned = commands([(given) => abandonEntry({ id: newId(), checkpoint: undefined, document: '文號', head: end }, given)])
  t.same(await found([spoilt, abandoned], { from: '2027-02', until: '2027-02' }), [])
  t.same(await found([changed(0, (it) => (it.parameters = {})), abandoned], { from: '2027-02', until: '2027-02' }), [])
  t.ok((await found([changed(0, (it) => (it.parameters = {})), abandoned], january)).length > 0)
})

t.test('a log of which nothing is left that says so', async (t) => {
  const without = queries((rows) => {
    for (const index of [0, ...months]) rows[index] = { index, bytes: Buffer.from('{}') }
  })
  t.ok((await found([without], november)).includes('1 0 opening-missing'))
})

t.test('a head that another key signed, and none', async (t) => {
  const size = written.entries.length
  const other = newSigner(log).sign(checkpointText(log, new Tree().extended(written.leaves)))
  t.same(await found([{ ...queries(), newest: other }], november), [`1 ${size} checkpoint-invalid`, '1 0 checkpoint-missing'])
  t.same(
    await found([{ ...queries(), newest: undefined }], november),
    months.map((each) => `1 ${each} checkpoint-missing`),
  )
})

t.test('of a log that ended within a month that is drawn from each record counts', async (t) => {
  const abandoned = (head = end) =>
    commands([(given) => abandonEntry({ id: newId(), checkpoint: undefined, document: '文號', head }, given)])
  const spoilt = () => changed(written.entries.length - 1, (it) => (it.user = 'somebody'))
  t.same(await found([queries(), abandoned()], january), [])
  t.same(await found([spoilt(), abandoned()], january), [`1 ${written.entries.length} known-root`])
  t.same(await found([spoilt(), abandoned()], november), [], 'and of no other')
  t.ok((await found([queries(), abandoned({ ...end, root: rootAt(3) })], november)).some((each) => each.endsWith('tile-mismatch')))
  const unsigned = commands([(given) => abandonEntry({ id: newId(), checkpoint: undefined, document: '文號', head: end }, given)], true)
  t.same(await found([queries(), unsigned], november), ['cli 2 checkpoint-missing'], 'an end that nobody signed')
})

t.test('a month that was taken out leaves a gap; one that is said to be, and is there, does not', async (t) => {
  const retired = (unsigned = false) =>
    commands(
      [
        (given) =>
          retireEntry(
            {
              id: newId(),
              document: '文號',
              from: december,
              keys: [writing.signer.verifierKey],
              log,
              month: '2026-12',
              root: rootAt(lastMonth),
              to: lastMonth,
            },
            given,
          ),
      ],
      unsigned,
    )
  const without = queries((rows) => {
    for (let index = december; index < lastMonth; index += 1) rows[index] = { index, bytes: undefined }
  })
  t.same(await found([without, retired()], january), [])
  t.same(await found([without, retired()]), [])
  t.same(await found([without, retired()], november), [`1 ${lastMonth} month-missing`], 'its numbers are not known any more')
  t.same(await found([changed(december, (it) => (it.kind = 'refusals')), retired()]), [`1 ${lastMonth} month-missing`])
  t.ok((await found([without, retired(true)], january)).includes('cli 2 checkpoint-missing'))
})

t.test('a log that another one speaks of, and is not here', async (t) => {
  const speaking = new WritingLog({ heads: [{ ...end, log: 'linkage.example/log/7', slot: '7' }] })
  speaking.batch('2026-11-02T02:00:00.000Z', speaking.opening())
  const { written: own } = speaking
  t.same(await found([kept(own, rowsOf(own), { slot: '1', log })], november), ['1 0 log-missing'])
})

t.test(
  'it gives the farthest head of each log that entries can be held to: a signed one, or that which a signed entry ends it with',
  async (t) => {
    const headOf = async (...logs: StoredLog[]): Promise<number | undefined> => {
      const run = unproven({ logs, partialTiles: false }, [january])
      let step = await run.next()
      while (step.done !== true) step = await run.next()
      return step.value.get('1')?.size
    }
    const [first] = written.checkpoints
    const early = { ...queries(), newest: first?.note }
    const abandoned = commands([(given) => abandonEntry({ id: newId(), checkpoint: undefined, document: '文號', head: end }, given)])
    t.equal(await headOf(queries(), commands()), end.size)
    t.equal(await headOf(early, commands()), first?.size, 'behind it nothing is signed')
    t.equal(await headOf(early, abandoned), end.size)
    t.equal(await headOf({ ...queries(), newest: undefined }, commands()), undefined)
    const other = newSigner(log).sign(checkpointText(log, new Tree().extended(written.leaves)))
    t.equal(await headOf({ ...queries(), newest: other }, commands()), undefined, 'another key signed it')
  },
)
