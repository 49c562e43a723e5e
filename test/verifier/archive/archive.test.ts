// archive.test.ts: an archive verifies with nothing but itself, and whatever is changed in it is found where it stands.
import t, { type Test } from 'tap'
import { sha256Hex } from '../../../src/canonical.ts'
import { checkpointText } from '../../../src/querylog/checkpoint.ts'
import { Tree } from '../../../src/querylog/tree.ts'
import { nodeCryptography } from '../../../src/verifier/archive/disk.ts'
import { readTrusted } from '../../../src/verifier/archive/trust.ts'
import { archived, contentsOf, drawn, type Files, relisted, verified, writeMonths } from '../../audit/archive/archives.ts'
import { log, newSigner } from '../written-log.ts'

const records = 'technical/1/records.ndjson'
const indexes = 'technical/1/records.index.txt'
const frame = 'technical/1/frame.ndjson'
const documents = 'technical/documents/'

const writing = await writeMonths()
const good = (await archived(contentsOf(writing))).files
const textOf = (files: Files, path: string): string => files.get(path)?.toString() ?? ''
const lines = (files: Files, path: string): string[] => textOf(files, path).split('\n').slice(0, -1)

/** The archive with files changed; undefined removes one. */
function changed(changes: Readonly<Record<string, string | Buffer | undefined>>): Files {
  const files = new Map(good)
  for (const [path, bytes] of Object.entries(changes)) {
    if (bytes === undefined) files.delete(path)
    else files.set(path, Buffer.from(bytes))
  }
  return files
}

/** What is found where nobody touched the list, and where whoever changed the files made a list that agrees with them. */
async function finds(t: Test, files: Files, unlisted: readonly (string | RegExp)[], listed: readonly (string | RegExp)[]): Promise<void> {
  const matches = (found: readonly string[], expected: readonly (string | RegExp)[]) =>
    t.ok(
      found.length === expected.length &&
        expected.every((each, at) => (typeof each === 'string' ? found[at] === each : each.test(found[at] ?? ''))),
      `found ${JSON.stringify(found)}, expected ${expected.join(', ')}`,
    )
  if (unlisted.length > 0) matches((await verified(files)).inShort, unlisted)
  matches((await verified(relisted(files))).inShort, listed)
}

t.test('a good archive verifies, and says what it holds', async (t) => {
  const { inShort, summary } = await verified(good)
  t.same(inShort, [])
  t.match(summary, { keys: 'own', logs: [{ slot: '1', log, size: writing.size, records: 220, counted: 176, open: [] }] })
  t.same([...summary.recipients], [['ethics/2026', 220]])
  const trusted = readTrusted(`\n log ${writing.signer.verifierKey}\r\n`, nodeCryptography)
  const given = await verified(good, { trusted })
  t.same([given.inShort, given.summary.keys], [[], 'given'])
})

t.test('an entry that was changed is found at its index', async (t) => {
  const all = lines(good, records)
  const [entry = ''] = all.splice(17, 1)
  all.splice(17, 0, entry.replace('school-fee-waiver', 'school-fee-waivers'))
  const at = lines(good, indexes)[17]
  const spoilt = changed({ [records]: `${all.join('\n')}\n` })
  await finds(
    t,
    spoilt,
    [`file-changed ${records}`, `leaf-mismatch ${records} ${at}`, /^table-mismatch records-001.csv \d+$/],
    [`leaf-mismatch ${records} ${at}`, /^table-mismatch records-001.csv 19$/],
  )
})

t.test('an entry that was taken out, and its row and its numbers with it, leaves a gap', async (t) => {
  const gone = 30
  const without = (path: string) => lines(good, path).toSpliced(gone, 1).join('\n')
  const at = Number(lines(good, indexes)[gone + 1])
  const table = textOf(good, 'records-001.csv')
    .split('\r\n')
    .toSpliced(gone + 1, 1)
    .join('\r\n')
  const spoilt = changed({ [records]: `${without(records)}\n`, [indexes]: `${without(indexes)}\n`, 'records-001.csv': table })
  await finds(
    t,
    spoilt,
    [],
    [`agency-seq ${records} ${at}`, ...(/"counted_seq"/.test(lines(good, records)[gone] ?? '') ? [`counted-seq ${records} ${at}`] : [])],
  )
  // The last one too: the months say how far the numbers go.
  const last = lines(good, indexes).length - 1
  const shorter = changed({
    [records]: `${lines(good, records).slice(0, last).join('\n')}\n`,
    [indexes]: `${lines(good, indexes).slice(0, last).join('\n')}\n`,
    'records-001.csv': `${textOf(good, 'records-001.csv').split('\r\n').slice(0, -2).join('\r\n')}\r\n`,
  })
  await finds(t, shorter, [], [`agency-seq ${records}`, `counted-seq ${records}`])
  // And where archive.json says less, it is not what the months say.
  const describedShorter = new Map(shorter).set(
    'technical/archive.json',
    Buffer.from(textOf(good, 'technical/archive.json').replace('"to":{"counted":177,"records":222}', '"to":{"counted":176,"records":221}')),
  )
  await finds(t, describedShorter, [], ['month-numbers technical/archive.json'])
})

t.test('an entry put in the place of another is not the one that was signed there', async (t) => {
  const swapped = lines(good, records)
  const [one = '', other = ''] = [swapped[3], swapped[4]]
  swapped.splice(3, 2, other, one)
  const [first, second] = lines(good, indexes).slice(3, 5)
  await finds(
    t,
    changed({ [records]: `${swapped.join('\n')}\n` }),
    [],
    [`leaf-mismatch ${records} ${first}`, `leaf-mismatch ${records} ${second}`, /^table-mismatch/, /^table-mismatch/],
  )
  await finds(
    t,
    changed({
      [indexes]: `${lines(good, indexes)
        .with(3, lines(good, indexes)[4] ?? '')
        .join('\n')}\n`,
    }),
    [],
    [/^leaf-mismatch/, /^entry-order technical.1.records.index.txt$/, /^table-mismatch/, /^table-mismatch/],
  )
})

t.test('hashes of another tree do not lead to what was signed', async (t) => {
  const other = (await archived(contentsOf(await writeMonths()))).files
  const tile = 'technical/1/tile/0/001'
  const found = (await verified(relisted(changed({ [tile]: other.get(tile) })))).inShort
  t.same(found, [`tile-mismatch ${tile}`], 'told once, not for each of its entries')
  await finds(t, changed({ [tile]: undefined }), [`file-missing ${tile}`, `tile-missing ${tile}`], [`tile-missing ${tile}`])
  const edge = [...good.keys()].find((each) => each.startsWith('technical/1/tile/0/002.p/')) ?? ''
  await finds(t, changed({ [edge]: other.get(edge) }), [], ['tile-mismatch technical/1/tile'])
})

t.test('a checkpoint that another key signed is refused, whatever its keys are called', async (t) => {
  const root = new Tree().extended(writing.written.leaves as never)
  const thief = newSigner()
  const resigned = changed({ 'technical/1/checkpoint': thief.sign(checkpointText(log, root)) })
  await finds(
    t,
    resigned,
    ['file-changed technical/1/checkpoint', 'checkpoint-invalid technical/1/checkpoint'],
    ['checkpoint-invalid technical/1/checkpoint'],
  )
  const trusting = new Map(resigned).set('technical/trust-policy.txt', Buffer.from(`log ${thief.verifierKey}\n`))
  await finds(
    t,
    trusting,
    [],
    ['checkpoint-invalid technical/1/checkpoint', 'key-mismatch technical/trust-policy.txt', 'key-mismatch technical/trust-policy.txt'],
  )
  // A whole log of the thief's own verifies with itself, and is found by the key that was published.
  const forged = (await archived(contentsOf(await writeMonths()))).files
  t.same((await verified(forged)).inShort, [])
  const trusted = readTrusted(writing.signer.verifierKey, nodeCryptography)
  t.same((await verified(forged, { trusted })).inShort, ['key-mismatch technical/1/checkpoint'])
  t.throws(() => readTrusted('linkage.example/log/1+00000000+AAAA', nodeCryptography), RangeError)
})

t.test('a file that the list does not name, one that is gone, and one that is cut are findings', async (t) => {
  await finds(t, changed({ 'technical/1/more.txt': 'x' }), ['file-unexpected technical/1/more.txt'], [])
  await finds(t, changed({ 'file-02.pdf': undefined }), ['file-missing file-02.pdf'], [])
  const cut = good.get(records)?.subarray(0, -100) ?? Buffer.alloc(0)
  await finds(
    t,
    changed({ [records]: cut }),
    [`file-changed ${records}`, /^leaf-mismatch/, /^table-mismatch/],
    [/^leaf-mismatch/, /^table-mismatch/],
  )
  const list = textOf(good, 'MANIFEST.csv')
    .split('\r\n')
    .filter((row) => !row.startsWith('file-01'))
    .join('\r\n')
  await finds(t, changed({ 'MANIFEST.csv': list }), ['file-unexpected file-01.ods'], [])
})

t.test('an archive without its list, which is written last, is not whole', async (t) => {
  t.same((await verified(changed({ 'MANIFEST.csv': undefined }))).inShort, ['manifest-missing MANIFEST.csv'])
  t.same((await verified(changed({ 'MANIFEST.csv': '' }))).inShort, ['manifest-malformed MANIFEST.csv 1'])
  const escaping = `${textOf(good, 'MANIFEST.csv')}../x,,0,${'0'.repeat(64)}\r\n`
  t.match((await verified(changed({ 'MANIFEST.csv': escaping }))).inShort, [/^manifest-malformed/], 'no path leads out')
  const bare = changed({ 'technical/archive.json': undefined })
  await finds(
    t,
    bare,
    ['file-missing technical/archive.json', 'description-malformed technical/archive.json'],
    ['description-malformed technical/archive.json'],
  )
})

t.test('rows and bytes of a call about several people stand in a table once', async (t) => {
  const files = (await archived(contentsOf(await writeMonths(12)))).files
  t.equal(textOf(files, 'records-001.csv').split(',同第 1 人,同第 1 人,').length - 1, 2, 'of three records')
  t.same((await verified(files)).inShort, [])
  const table = textOf(files, 'records-001.csv').replace(',同第 1 人,', ',1,')
  t.match((await verified(relisted(new Map(files).set('records-001.csv', Buffer.from(table))))).inShort, [
    /^table-mismatch records-001.csv/,
  ])
})

t.test('a table says what its records say, cell by cell', async (t) => {
  const table = textOf(good, 'records-001.csv')
  const row = table.split('\r\n')[9] ?? ''
  const spoilt = changed({ 'records-001.csv': table.replace(row, row.replace('edu-chang', 'edu-wang')) })
  await finds(t, spoilt, ['file-changed records-001.csv', 'table-mismatch records-001.csv 10'], ['table-mismatch records-001.csv 10'])
  t.match((await verified(relisted(spoilt))).findings[0], { found: '使用者帳號: edu-wang', expected: /^使用者帳號: edu-chang/ })
  await finds(t, changed({ 'records-001.csv': table.replace(`${row}\r\n`, '') }), [], ['table-mismatch records-001.csv 10'])
  await finds(t, changed({ 'records-001.csv': `${table}${row}\r\n` }), [], ['table-mismatch records-001.csv 222'])
  await finds(
    t,
    changed({ 'records-001.csv': undefined }),
    ['file-missing records-001.csv', 'table-mismatch records-001.csv'],
    ['table-mismatch records-001.csv'],
  )
})

t.test('what was drawn is the document that the log names', async (t) => {
  const path = documents + sha256Hex(drawn)
  t.equal([...good.keys()].filter((each) => each.startsWith(documents)).length, 2, 'the roster of that day besides')
  t.equal(textOf(good, path), drawn)
  const other = drawn.replace('7', '8')
  await finds(t, changed({ [path]: other }), [`file-changed ${path}`, `document-mismatch ${path}`], [`document-mismatch ${path}`])
  await finds(
    t,
    changed({ [path]: undefined }),
    [`file-missing ${path}`, /^document-missing technical.1.frame.ndjson/],
    [/^document-missing/],
  )
})

t.test('the months, the keys and the opening are entries that were signed', async (t) => {
  const all = lines(good, frame)
  const kindAt = (kind: string) => all.findIndex((each) => each.includes(`"kind":"${kind}"`))
  const places = lines(good, 'technical/1/frame.index.txt')
  const edit = (at: number, from: string, to: string) =>
    changed({ [frame]: `${all.with(at, (all[at] ?? '').replace(from, to)).join('\n')}\n` })
  t.ok(
    (await verified(relisted(edit(kindAt('month'), '"records_to":', '"records_to":1')))).inShort.includes(
      `leaf-mismatch ${frame} ${places[kindAt('month')]}`,
    ),
  )
  t.ok((await verified(relisted(edit(kindAt('opening'), 'verifier_key', 'verifier_kez')))).inShort.includes(`leaf-mismatch ${frame} 0`))
  const key = kindAt('key')
  const without = changed({
    [frame]: `${all.toSpliced(key, 1).join('\n')}\n`,
    'technical/1/frame.index.txt': `${places.toSpliced(key, 1).join('\n')}\n`,
  })
  const found = (await verified(relisted(without))).inShort
  t.ok(found.length > 50 && found.every((each) => each.startsWith('key-unknown')), 'nobody could ever open what was sealed under it')
})
