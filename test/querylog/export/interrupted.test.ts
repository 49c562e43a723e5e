// interrupted.test.ts: an export that is cut anywhere leaves nothing under its name, and gives the same bytes when it is gone on with.
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { civilDate, startOfDay } from '../../../src/calendar.ts'
import { sha256Hex } from '../../../src/canonical.ts'
import { type ExportAsked, type ExportedLog, membersOf } from '../../../src/querylog/export/asked.ts'
import { PartialFolder, partialName } from '../../../src/querylog/export/partial-folder.ts'
import type { ExportStore } from '../../../src/querylog/export/ports.ts'
import { trustPolicy } from '../../../src/querylog/export/readme.ts'
import { beginRows, exportRows, type RowsState, rowsBegin } from '../../../src/querylog/export/rows.ts'
import { exportTiles, type TilesState, tilesBegin } from '../../../src/querylog/export/tiles.ts'
import { Tree } from '../../../src/querylog/tree.ts'
import { PostgresExport } from '../../../src/store/export-store.ts'
import { PostgresLogWriter } from '../../../src/store/writer.ts'
import { openFolder } from '../../../src/verifier/folder.ts'
import { verifyLogs } from '../../../src/verifier/logs.ts'
import { longLog } from '../../bench/log-export.ts'
import { batchOf, emptyPlace } from '../../store/batches.ts'
import { startTestDatabase, temporaryFolder } from '../../store/server.ts'
import { muchLater } from '../../verifier/verifying.ts'
import { storeWritten } from '../../verifier/written-database.ts'
import { log, slot } from '../../verifier/written-log.ts'

const { written, verifierKey } = await longLog(9_000)
const { auditorUrl, gatewayUrl } = await startTestDatabase(t)
await storeWritten(gatewayUrl, verifierKey, written)
const store = new PostgresExport(auditorUrl)
t.teardown(() => store.close())
const size = written.entries.length
const whole: ExportedLog = {
  slot,
  log,
  verifierKeys: [verifierKey],
  size,
  from: 0,
  to: size,
  root: new Tree().extended(written.leaves).root.toString('base64'),
  checkpoint: written.checkpoints.at(-1)?.note ?? '',
}
const folder = temporaryFolder(t)

const contentOf = (final: string): string => join(partialName(final), 'content')

/** Every file of a folder, by name. */
function filesOf(path: string): Map<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  return new Map(
    files.map((each) => join(each.parentPath, each.name)).map((file) => [file.slice(path.length), sha256Hex(readFileSync(file))]),
  )
}

/** The same store, which is away from its so-manieth chunk on. */
function awayAfter(chunks: number): ExportStore {
  let asked = 0
  return new Proxy<ExportStore>(store, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if ((name === 'lines' || name === 'bundles' || name === 'tiles') && ++asked > chunks) return Promise.reject(new Error('away'))
        return Reflect.apply(value, target, args)
      }
    },
  })
}

const onProgress = (): void => undefined
type Write = (of: ExportStore, into: PartialFolder, saved: unknown) => Promise<unknown>
const rows =
  (asked: ExportAsked): Write =>
  async (of, into, saved) => {
    if (saved === undefined) await beginRows(into, [whole], asked)
    const state = (saved ?? rowsBegin) as RowsState // what this very function saved
    await into.save(state)
    await exportRows(of, into, [whole], asked, state, (next) => into.save(next), { roc: false, step: 1, onProgress })
  }
const tiles: Write = async (of, into, saved) => {
  const state = (saved ?? tilesBegin) as TilesState // what this very function saved
  await into.save(state)
  await exportTiles(of, into, [whole], state, (next) => into.save(next), { step: 1, onProgress })
}
const forms: Readonly<Record<string, Write>> = {
  ndjson: rows({ form: 'ndjson' }),
  'ndjson of one agency': rows({ form: 'ndjson', agency: 'taipei-police' }),
  csv: rows({ form: 'csv' }),
  tiles,
}

async function interrupted(t: Test, name: string, write: Write, chunks: number): Promise<Map<string, string> | undefined> {
  const final = join(folder, `${name} ${chunks}`)
  const begun = await PartialFolder.begin(final)
  try {
    await write(awayAfter(chunks), begun, undefined)
    await begun.finish()
    return undefined
  } catch (error) {
    if (!(error instanceof Error && error.message === 'away')) throw error
  }
  await begun.leave()
  t.notOk(existsSync(final), `${name}: cut after ${chunks} chunks, nothing stands under its name`)
  await t.rejects(PartialFolder.begin(final), { message: /--resume/ })
  // What was written after the last point, and no further: a power cut leaves as much, or less.
  for (const file of readdirSync(contentOf(final)).filter((each) => each.endsWith('.ndjson') || each.endsWith('.csv')))
    appendFileSync(join(contentOf(final), file), 'half a li')
  const { folder: again, saved } = await PartialFolder.resume(final)
  await t.rejects(PartialFolder.resume(final), { code: 'folder-held' }, 'one at a time')
  await write(store, again, saved)
  await again.finish()
  await t.rejects(PartialFolder.resume(final), { message: /No interrupted export/ })
  return filesOf(final)
}

for (const [name, write] of Object.entries(forms)) {
  t.test(`${name}: cut after any chunk, and gone on with: the same files, byte for byte`, async (t) => {
    const final = join(folder, name)
    const begun = await PartialFolder.begin(final)
    await write(store, begun, undefined)
    await begun.finish()
    await t.rejects(PartialFolder.begin(final), { message: /exists already/ })
    const expected = filesOf(final)
    t.ok(expected.size > 0)
    t.notOk(
      [...expected.keys()].some((file) => /progress|lock|partial/.test(file)),
      'nothing of the work is left',
    )
    let cuts = 0
    for (let chunks = 0; ; chunks += 1) {
      const found = await interrupted(t, name, write, chunks)
      if (found === undefined) break
      t.same(found, expected, `after ${chunks} chunks`)
      cuts += 1
    }
    t.ok(cuts > 1, `${cuts} cuts`)
  })
}

t.test('what is exported is what is stored: exact bytes, whole logs that verify, periods by the entries’ own dates', async (t) => {
  const lines = readFileSync(join(folder, 'ndjson', `${slot}.ndjson`))
  t.ok(lines.equals(Buffer.concat(written.entries.flatMap((each) => [each, Buffer.from('\n')]))))
  t.equal(readFileSync(join(folder, 'ndjson', `${slot}.index.txt`), 'utf8'), written.entries.map((_, index) => `${index}\n`).join(''))
  for (const [name, from] of [
    ['000', 0],
    ['034', 34 * 256],
    [`035.p/${size - 35 * 256}`, 35 * 256],
  ] as const) {
    const bundle = written.entries.slice(from, from + 256).flatMap((each) => [Buffer.of(each.length >> 8, each.length & 255), each])
    t.ok(readFileSync(join(folder, 'tiles', slot, 'tile/entries', name)).equals(Buffer.concat(bundle)), `bundle ${name}`)
  }
  const mine = written.entries.filter((each) => each.includes('"agency":"taipei-police"'))
  t.ok(
    readFileSync(join(folder, 'ndjson of one agency', `${slot}.ndjson`)).equals(
      Buffer.concat(mine.flatMap((each) => [each, Buffer.from('\n')])),
    ),
  )
  // Under a slot's name the folder is one that the verifier reads.
  const run = verifyLogs(await openFolder(join(folder, 'tiles')), { now: muchLater, trusted: [], kept: [] })
  const codes: string[] = []
  for (let step = await run.next(); step.done !== true; step = await run.next()) codes.push(step.value.code)
  t.same(codes, ['log-missing'], 'of the log that it speaks of, and that was never there')
  const dates = written.entries.map((each) => JSON.parse(each.toString()).at)
  for (const since of [
    0,
    startOfDay(civilDate('2030-01-01')),
    ...[1, 4_000, size - 1].flatMap((at) => [Date.parse(dates[at]), Date.parse(dates[at]) + 1]),
  ]) {
    const expected = dates.findIndex((date) => Date.parse(date) >= since)
    t.equal(await store.firstSince(slot, since, size), expected < 0 ? size : expected, String(since))
  }
})

t.test('a completion goes with the query that it speaks of, and a table says how the query ended', async (t) => {
  const at = written.entries.findIndex((each) => each.includes('"kind":"completion"'))
  const span = [slot, at, at + 1] as const
  const members = (name: string, value: string) => ({ members: [`"${name}":"${value}"`], only: 'all' as const })
  t.equal((await store.lines(...span, members('api', 'low-income'))).indexes.length, 1)
  t.equal((await store.lines(...span, members('user', 'edu-chang'))).indexes.length, 1)
  t.equal((await store.lines(...span, members('user', 'somebody'))).indexes.length, 0)
  t.equal((await store.lines(...span, members('agency', 'taipei-education'))).indexes.length, 0)
  const rows = readFileSync(join(folder, 'csv', 'records-001.csv'), 'utf8').split('\r\n')
  const ended = rows.filter((row) => row.includes(',未放行,'))
  t.equal(ended.length, 1)
  const cells =
    '2026-11-02 10:00:00.060,taipei-police,1,1,,edu-chang,否，機關系統所稱,API系統介接,low-income,getHouseholdStatus,school-fee-waiver,北市教字第1150000045號,115學年度學雜費減免審查,核准,released,200,未放行,1,1024,status.category members[].name,,abababababababababababababababab,203.0.113.5,edu-2026a,fee-waiver,北市教字第1150000045號,019abcde-0000-7000-8000-000000000003,,9c9294a5d4b5a5fb0f72c1c80083707547f16ddca0a317cde0f96260462a73cd'
  t.equal(ended[0]?.slice(0, ended[0].lastIndexOf(',')), `${slot},${at - 1},${cells}`)
  // A leaf hash may begin with a plus sign, which a spreadsheet takes for a formula.
  const leaf = ended[0]
    ?.split(',')
    .at(-1)
    ?.replace(/^'(?=\+)/, '')
  t.equal(leaf, written.leaves[at - 1]?.toString('base64'), 'a row names its entry by its leaf hash')
  t.ok(rows.length > 8_000)
})

t.test('a table has as many rows as spreadsheets open, and the next begins with the headings, also where a chunk ends there', async (t) => {
  const text = readFileSync(join(folder, 'csv', 'records-001.csv'), 'utf8')
  const [head = '', ...rows] = text.split(/(?<=\r\n)/)
  const asked: ExportAsked = { form: 'csv' }
  const options = { roc: false, step: 1024 * 1024, onProgress }
  for (const left of [0, 1, 5_000]) {
    const final = join(folder, `tables ${left}`)
    const into = await PartialFolder.begin(final)
    await beginRows(into, [whole], asked)
    await exportRows(store, into, [whole], asked, { ...rowsBegin, rows: 1_000_000 - left }, (next) => into.save(next), options)
    await into.finish()
    t.equal(readFileSync(join(final, 'records-001.csv'), 'utf8'), [head, ...rows.slice(0, left)].join(''), `${left} rows were left`)
    t.equal(readFileSync(join(final, 'records-002.csv'), 'utf8'), [head, ...rows.slice(left)].join(''))
  }
})

t.test('an account is asked for as it is, whatever its characters mean to SQL', async (t) => {
  const users = [`o'neil`, '100%_\\', `"x"`, '國小\u0000', `' OR true --`]
  const writer = new PostgresLogWriter(gatewayUrl)
  t.teardown(() => writer.close())
  const place = emptyPlace('3', await writer.claim('3', 'linkage.example/log/3', verifierKey, 5_000))
  const entries = users.map((user) => JSON.stringify({ kind: 'query', status: 200, user, v: 1 }))
  await writer.append(batchOf(place, entries), 60_000)
  for (const [index, user] of users.entries())
    for (const only of ['all', 'queries'] as const) {
      const { entries: found, indexes } = await store.lines('3', 0, users.length, { members: membersOf({ user }), only })
      t.same(indexes, [index], user)
      if (only === 'all') t.equal(String(found), `${entries[index]}\n`)
    }
})

t.test('C2SP tlog-policy: every key that signed is named, also those that took over', async (t) => {
  const writer = new PostgresLogWriter(gatewayUrl)
  t.teardown(() => writer.close())
  const month = (to: string) => JSON.stringify({ key_change: { from: 'a', to }, kind: 'month', v: 1 })
  const place = emptyPlace('2', await writer.claim('2', 'linkage.example/log/2', verifierKey, 5_000))
  await writer.append(batchOf(place, [month('second+key'), JSON.stringify({ kind: 'month', v: 1 }), month('third+key')]), 60_000)
  t.same(await store.keyChanges('2', 3), ['second+key', 'third+key'])
  t.same(await store.keyChanges('2', 2), ['second+key'], 'below a size')
  const two = { ...whole, verifierKeys: ['first', 'second+key'] }
  t.match(trustPolicy([whole, two]), `log ${verifierKey}\nlog first\nlog second+key\n`)
})

/** A folder that was begun, and left with one file in it. */
async function begunIn(t: Test): Promise<string> {
  const final = join(t.testdir({ victim: 'precious' }), 'out')
  const begun = await PartialFolder.begin(final)
  await begun.append('1.ndjson', Buffer.from('one\n'))
  await begun.save({})
  await begun.leave()
  return final
}

t.test('what is gone on with names files of its folder alone', async (t) => {
  for (const name of [
    '../victim',
    '../../x',
    '/etc/hostname',
    'sub/../../victim',
    '..',
    '.',
    '',
    '.hidden',
    'a//b',
    'a/',
    './1.ndjson',
    'a\0b',
  ]) {
    const final = await begunIn(t)
    writeFileSync(join(partialName(final), 'progress.json'), JSON.stringify({ lengths: { [name]: 0 }, state: {} }))
    await t.rejects(PartialFolder.resume(final), { message: /expected the name of a file in it/ }, name)
    t.equal(readFileSync(join(final, '..', 'victim'), 'utf8'), 'precious', name)
  }
  const final = await begunIn(t)
  renameSync(join(contentOf(final), '1.ndjson'), join(final, '..', 'moved'))
  symlinkSync(join(final, '..', 'victim'), join(contentOf(final), '1.ndjson'))
  await t.rejects(PartialFolder.resume(final), { code: 'ELOOP' }, 'no link is followed')
  t.equal(readFileSync(join(final, '..', 'victim'), 'utf8'), 'precious')
  const { folder: into } = await resumedIn(t)
  for (const name of ['../x', '/x', 'a/../../x', '.x']) {
    await t.rejects(into.append(name, Buffer.alloc(1)), { message: /expected the name/ }, name)
    await t.rejects(into.put(name, ''), { message: /expected the name/ }, name)
  }
  await into.leave()
})

const resumedIn = async (t: Test) => PartialFolder.resume(await begunIn(t))

t.test('a folder that others could have changed is not gone on with, and nothing is written into it', async (t) => {
  const refused = { code: 'usage', message: /0700/ }
  for (const mode of [0o755, 0o770, 0o701]) {
    const final = await begunIn(t)
    chmodSync(partialName(final), mode)
    await t.rejects(PartialFolder.resume(final), refused, mode.toString(8))
    chmodSync(partialName(final), 0o700)
    await (await PartialFolder.resume(final)).folder.leave()
  }
  const linked = await begunIn(t)
  renameSync(partialName(linked), `${linked}.elsewhere`)
  symlinkSync(`${linked}.elsewhere`, partialName(linked))
  await t.rejects(PartialFolder.resume(linked), refused, 'a link to one that is our own')
  const others = await begunIn(t)
  const { getuid } = process
  process.getuid = () => (getuid?.() ?? 0) + 1
  try {
    await t.rejects(PartialFolder.resume(others), refused, 'a folder of another user')
  } finally {
    Object.assign(process, { getuid })
  }
  const taken = join(t.testdir({}), 'out')
  mkdirSync(partialName(taken))
  await t.rejects(PartialFolder.begin(taken), { code: 'usage' })
})

t.test('a stored tile that does not lead to the signed root is not exported', async (t) => {
  const other = { ...whole, root: Buffer.alloc(32).toString('base64') }
  const into = await PartialFolder.begin(join(folder, 'other root'))
  await t.rejects(
    exportTiles(store, into, [other], tilesBegin, (state) => into.save(state), { step: 1, onProgress }),
    /was signed/,
  )
  await into.discard()
  t.notOk(existsSync(partialName(join(folder, 'other root'))))
})
