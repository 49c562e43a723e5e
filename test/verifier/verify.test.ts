// verify.test.ts: a log that the writer wrote has no findings; each change to it is found where it was made.
import t, { type Test } from 'tap'
import { canonicalJson, sha256Hex } from '../../src/canonical.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { receiptHeader } from '../../src/querylog/receipt.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import { findingCodes } from '../../src/verifier/finding.ts'
import type { Known } from '../../src/verifier/known.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { pathByDefinition } from '../rfc6962.ts'
import { insiders } from './insiders.ts'
import { inShort, type Row, rowsOf, verifyRows, verifyWritten } from './verifying.ts'
import {
  at,
  edited,
  education,
  log,
  newId,
  newSigner,
  police,
  policies,
  rewritten,
  WritingLog,
  type Written,
  writeLog,
} from './written-log.ts'

const { written, signer } = await writeLog()
const { entries, leaves, checkpoints } = written
const rows = rowsOf(written)
const stranger = newSigner()
const trusted = [readVerifierKey(signer.verifierKey)]
const seen = new Set<string>()
const strangersId = newId()
/** Signed before the entry at 8, which tests change. */
const beforeIt = checkpoints.filter(({ size }) => size <= 8)
const entry = (index: number): Buffer => entries[index] ?? Buffer.alloc(0)
const without = <T>(items: readonly T[], index: number): T[] => items.toSpliced(index, 1)

async function finds(t: Test, title: string, run: ReturnType<typeof verifyRows>, expected: readonly string[]): Promise<void> {
  const { findings, summary } = await run
  t.same(inShort(findings), expected, `${title}: ${JSON.stringify(findings)}`)
  for (const { code } of findings) seen.add(code)
  for (const [code, count] of summary.counts) t.ok(findings.filter((each) => each.code === code).length <= count)
}

t.test('a log that the writer wrote has no findings, whoever names its key', async (t) => {
  const own = await verifyWritten(written)
  t.same(own.findings, [])
  const root = new Tree().extended(leaves).root
  t.match(own.summary, { size: at.size, keys: 'own', checkpoints: checkpoints.length, signedTo: at.size, knownTo: 0 })
  t.same(own.summary.root, root)
  t.equal(own.summary.firstAt, '2026-11-24T02:00:00.000Z')
  t.equal(own.summary.lastAt, '2027-02-03T02:00:00.000Z')
  const given = await verifyWritten(written, { trusted })
  t.same(given.findings, [])
  t.equal(given.summary.keys, 'given')
  await finds(
    t,
    'without stored hashes',
    verifyRows(
      rows.map(({ index, bytes }) => ({ index, bytes })),
      checkpoints,
    ),
    [],
  )
  await finds(t, 'with fewer checkpoints', verifyRows(rows, checkpoints.slice(3, 5)), [])
})

/** What is stored is changed by somebody without the key. */
const stored: readonly { act: string; rows: readonly Row[]; checkpoints?: Written['checkpoints']; finds: readonly string[] }[] = [
  {
    act: 'a byte of an entry',
    rows: rows.with(6, {
      index: 6,
      bytes: Buffer.from(entry(6).toString().replace('"rows":1', '"rows":2')),
      leaf: leaves[6] ?? Buffer.alloc(32),
    }),
    finds: ['6 leaf-mismatch', '8 checkpoint-root'],
  },
  {
    act: 'a byte of an entry, its hash made anew',
    rows: rows.with(6, { index: 6, bytes: Buffer.from(entry(6).toString().replace('"rows":1', '"rows":2')) }),
    finds: ['8 checkpoint-root'],
  },
  {
    act: 'a byte that makes it no UTF-8',
    rows: rows.with(8, { index: 8, bytes: Buffer.concat([entry(8).subarray(0, -2), Buffer.of(0xff), entry(8).subarray(-1)]) }),
    finds: ['8 entry-malformed', '9 checkpoint-root'],
  },
  {
    act: 'a stored hash',
    rows: rows.with(6, { index: 6, bytes: entry(6), leaf: leafHash('another') }),
    finds: ['6 leaf-mismatch'],
  },
  { act: 'an entry is removed', rows: without(rows, 8), finds: ['8 entry-missing', '9 checkpoint-root'] },
  {
    act: 'several entries are removed',
    rows: rows.toSpliced(4, 3),
    finds: [
      '4 entry-missing',
      '6 checkpoint-root',
      '9 agency-seq',
      '10 month-numbers',
      '10 month-numbers',
      '11 agency-seq',
      '11 counted-seq',
      '14 counted-seq',
    ],
  },
  {
    act: 'an entry is removed, those behind it are numbered anew',
    rows: without(rows, 6).map((row, index) => ({ ...row, index })),
    checkpoints: checkpoints.slice(0, 4),
    finds: ['9 month-numbers', '10 agency-seq', '10 counted-seq'],
  },
  {
    act: 'two entries change places',
    rows: rows.with(5, { index: 5, bytes: entry(6) }).with(6, { index: 6, bytes: entry(5) }),
    finds: [
      '5 agency-seq',
      '6 checkpoint-root',
      '6 time-step-back',
      '6 agency-seq',
      '6 nonce-repeated',
      '10 month-numbers',
      '11 agency-seq',
    ],
  },
  { act: 'an entry comes twice', rows: rows.toSpliced(6, 0, ...rows.slice(5, 6)), finds: ['5 entry-order'] },
  {
    act: 'rows come out of order',
    rows: [...rows.slice(0, 8), ...rows.slice(9), ...rows.slice(8, 9)],
    finds: ['8 entry-missing', '9 checkpoint-root', '8 entry-order'],
  },
  { act: 'nothing is left', rows: [], checkpoints: [], finds: ['0 opening-missing'] },
]

t.test('a change of what is stored is found where it was made', async (t) => {
  for (const { act, rows, finds: expected, checkpoints: kept = checkpoints } of stored)
    await finds(t, act, verifyRows(rows, kept), expected)
})

t.test('bytes that are gone while their hash is left: the tree is whole, what cannot be read is not guessed at', async (t) => {
  const gone = (from: number, to: number) =>
    rows.map(({ index, ...row }) =>
      index >= from && index < to ? { index, bytes: undefined, leaf: leaves[index] ?? Buffer.alloc(32) } : { index, ...row },
    )
  await finds(t, 'one entry', verifyRows(gone(6, 7), checkpoints), ['6 entry-missing'])
  await finds(t, 'the first month', verifyRows(gone(0, at.december), checkpoints, { trusted }), ['0 entry-missing'])
  await finds(t, 'neither bytes nor hash', verifyRows(rows.with(8, { index: 8, bytes: undefined }), checkpoints), [
    '9 checkpoint-root',
    '8 entry-missing',
  ])
  // Numbers are followed again as soon as they are known.
  const later = edited(entry(at.underSecondPolicy), (members) => (members.agency_seq += 1))
  const both = rewritten(written, entries.with(at.underSecondPolicy, later), signer)
  const tornRows = rowsOf(both).map((row) => (row.index < at.december ? { ...row, bytes: undefined } : row))
  await finds(t, 'and a wrong number behind it', verifyRows(tornRows, both.checkpoints, { trusted }), [
    '0 entry-missing',
    '14 agency-seq',
    '17 agency-seq',
  ])
})

t.test('what somebody with the key rewrites is found by what entries say of each other', async (t) => {
  for (const { act, entries, finds: expected } of insiders(written)) {
    const forged = rewritten(written, entries, signer)
    await finds(t, act, verifyWritten(forged, { trusted }), expected)
  }
  t.same(
    (await verifyWritten(rewritten(written, entries, signer), { trusted })).findings,
    [],
    'the same entries rewritten are the same log',
  )
})

t.test('what is no entry at all is said to be none, and does not stop what follows', async (t) => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  const member = (change: (it: { [name: string]: unknown }) => void) => edited(entry(8), change)
  for (const bytes of [
    ...['', '{', 'null', '[]', '"x"', '1', `{"a":${deep}}`, '{}x', '\ufeff{}'].map((text) => Buffer.from(text)),
    member((it) => delete it.id),
    member((it) => (it.id = 'not-a-uuid')),
    member((it) => (it.at = 1)),
    member((it) => (it.at = '2026-13-01T00:00:00.000Z')),
    member((it) => (it.clock = 'yesterday')),
    member((it) => (it.more = 1.5)),
    member((it) => (it.more = 2 ** 53)),
    member((it) => (it.sealed = {})),
    member((it) => Object.assign(it, { kind: 'month', agencies: [1] })),
    member((it) => Object.assign(it, { kind: 'completion', of: null })),
    member((it) => Object.assign(it, { kind: 'key', jwe: [] })),
  ]) {
    const { findings } = await verifyRows(rows.with(8, { index: 8, bytes }), beforeIt)
    const codes = [...new Set(inShort(findings))]
    t.ok(
      codes.length > 0 && codes.every((each) => /^8 (entry-malformed|version-unknown|kind-unknown|entry-not-canonical)$/.test(each)),
      `${codes} for ${bytes.subarray(0, 200)}`,
    )
  }
  const surrogate = Buffer.from(canonicalJson({ ...JSON.parse(entry(8).toString()), zz: 'x' }).replace('"x"', '"\\ud800"'))
  await finds(t, 'a lone surrogate', verifyRows(rows.with(8, { index: 8, bytes: surrogate }), beforeIt), ['8 entry-not-canonical'])
  const escaped = edited(entry(8), (it) => (it.zz = { 10: '\\ud800', 9: '\u2028\u007f"', __proto__: undefined }))
  await finds(
    t,
    'members that a parser sorts, texts that look like surrogates',
    verifyRows(rows.with(8, { index: 8, bytes: escaped }), beforeIt),
    [],
  )
})

t.test('a stored checkpoint that is not this log’s is found at its size', async (t) => {
  const change = (size: number, note: string) => checkpoints.map((each) => (each.size === size ? { size, note } : each))
  const head = { size: 9, root: leafHash('another root') }
  const real = { size: 9, root: new Tree().extended(leaves.slice(0, 9)).root }
  const noteAt = (size: number) => checkpoints.find((each) => each.size === size)?.note ?? ''
  await finds(t, 'by no trusted key', verifyRows(rows, change(9, stranger.sign(checkpointText(log, real)))), ['9 checkpoint-invalid'])
  await finds(t, 'not signed', verifyRows(rows, change(9, checkpointText(log, real))), ['9 checkpoint-invalid'])
  await finds(t, 'of another size', verifyRows(rows, change(9, noteAt(8))), ['9 checkpoint-invalid'])
  await finds(t, 'of another log', verifyRows(rows, change(9, signer.sign(checkpointText('linkage.example/log/2', real)))), [
    '9 checkpoint-invalid',
  ])
  await finds(t, 'of another root, with the key', verifyRows(rows, change(9, signer.sign(checkpointText(log, head)))), [
    '9 checkpoint-root',
  ])
  await finds(t, 'out of order', verifyRows(rows, [...checkpoints.slice(1), ...checkpoints.slice(0, 1)]), ['1 checkpoint-order'])
  await finds(t, 'the tail is gone, the checkpoints stayed', verifyRows(rows.slice(0, 19), checkpoints), ['22 checkpoint-beyond'])
})

const noteAt = (size: number, root = new Tree().extended(leaves.slice(0, size)).root) => signer.sign(checkpointText(log, { size, root }))
const receiptAt = (index: number, size: number, leaf = leafHash(entry(index))): string =>
  receiptHeader('1', { index, leaf, checkpoint: Buffer.from(noteAt(size)).toString('base64') }, Buffer.alloc(32))
const proofAt = (index: number, size: number): string =>
  ['c2sp.org/tlog-proof@v1', `extra ${entry(index).toString('base64')}`, `index ${index}`]
    .concat(
      pathByDefinition(index, leaves.slice(0, size)).map((each) => each.toString('base64')),
      '',
      noteAt(size),
    )
    .join('\n')

t.test('a log that nobody signed is a finding, with the key or without, and so is one that was left unsigned for long', async (t) => {
  const forged = rows.with(3, {
    index: 3,
    bytes: edited(entry(3), (it) => (it.user = 'somebody-else')),
  })
  await finds(t, 'no checkpoint is left', verifyRows(forged, [], { trusted }), ['22 checkpoint-missing'])
  await finds(t, 'nor a key', verifyRows(forged, []), ['22 checkpoint-missing'])
  const writing = new WritingLog()
  writing.batch('2026-11-24T02:00:00.000Z', writing.opening(), await writing.key(), writing.policy(policies[0] ?? sha256Hex('')))
  while (writing.size < 2003) writing.batch('2026-11-24T02:00:01.000Z', ...Array.from({ length: 200 }, () => writing.query(education)))
  const opening = writing.written.checkpoints.slice(0, 1)
  await finds(t, 'as a writer that was killed and started again leaves it', verifyRows(rowsOf(writing.written), opening), [])
  writing.batch('2026-11-24T02:00:02.000Z', writing.refusals())
  await finds(t, 'as none leaves it', verifyRows(rowsOf(writing.written), opening), ['2004 checkpoint-missing'])
  await finds(t, 'signed in time', verifyRows(rowsOf(writing.written), writing.written.checkpoints.slice(0, 2)), [])
})

t.test('what was kept elsewhere agrees with the log', async (t) => {
  const known: Known[] = [
    { kind: 'checkpoint', note: noteAt(22), source: 'a' },
    { kind: 'checkpoint', note: noteAt(7), source: 'b' },
    { kind: 'receipt', header: receiptAt(3, 6), source: 'c' },
    { kind: 'receipt', header: receiptAt(3, 6), source: 'c again' },
    { kind: 'proof', text: proofAt(14, 20), source: 'd' },
    { kind: 'head', size: 0, root: new Tree().root, source: 'log 2' },
    { kind: 'head', size: 10, root: new Tree().extended(leaves.slice(0, 10)).root, source: 'log 2' },
  ]
  const { findings, summary } = await verifyWritten(written, { known })
  t.same(findings, [])
  t.equal(summary.knownTo, 22)
})

t.test('a tail that is missing is found by what was kept elsewhere, and by nothing else', async (t) => {
  const cut = { rows: rows.slice(0, 19), checkpoints: checkpoints.filter((each) => each.size <= 19) }
  const verify = (...known: Known[]) => verifyRows(cut.rows, cut.checkpoints, { known })
  const none = await verify()
  t.same(none.findings, [], 'without known evidence a log is consistent, and nothing says that it is complete')
  t.equal(none.summary.knownTo, 0)
  await finds(t, 'a checkpoint', verify({ kind: 'checkpoint', note: noteAt(22), source: 'mark' }), ['19 known-beyond'])
  await finds(t, 'a receipt', verify({ kind: 'receipt', header: receiptAt(20, 22), source: 'agency' }), ['19 known-beyond'])
  await finds(t, 'a receipt of an entry that is left', verify({ kind: 'receipt', header: receiptAt(3, 22), source: 'agency' }), [
    '19 known-beyond',
  ])
  await finds(t, 'a head', verify({ kind: 'head', size: 20, root: leafHash('x'), source: 'log 2' }), ['19 known-beyond'])
  await finds(t, 'all that is left', verify({ kind: 'checkpoint', note: noteAt(19), source: 'mark' }), [])
})

t.test('a history that was written anew with the key is found by what was kept of the old one', async (t) => {
  const forged = rewritten(
    written,
    entries.with(
      6,
      edited(entry(6), (it) => (it.rows = 7)),
    ),
    signer,
  )
  const verify = (...known: Known[]) => verifyWritten(forged, { known, trusted })
  t.same((await verify()).findings, [], 'nothing inside it tells')
  await finds(t, 'a checkpoint', verify({ kind: 'checkpoint', note: noteAt(9), source: 'a' }), ['9 known-root'])
  await finds(t, 'a receipt', verify({ kind: 'receipt', header: receiptAt(6, 8), source: 'a' }), ['6 known-leaf', '8 known-root'])
  await finds(t, 'a proof', verify({ kind: 'proof', text: proofAt(6, 8), source: 'a' }), ['6 known-leaf', '8 known-root'])
  await finds(t, 'a head', verify({ kind: 'head', size: 22, root: new Tree().extended(leaves).root, source: 'log 2' }), ['22 known-root'])
  await finds(t, 'before the change', verify({ kind: 'checkpoint', note: noteAt(6), source: 'a' }), [])
  const source = 'where entries are missing'
  await finds(t, source, verifyRows(without(rows, 8), beforeIt, { known: [{ kind: 'checkpoint', note: noteAt(9), source }] }), [
    '8 entry-missing',
    '9 known-root',
  ])
})

t.test('known evidence that does not verify is itself a finding', async (t) => {
  const bad: Known[] = [
    { kind: 'checkpoint', note: stranger.sign(checkpointText(log, { size: 9, root: leafHash('x') })), source: 'a' },
    { kind: 'receipt', header: receiptAt(3, 3), source: 'b' },
    { kind: 'proof', text: proofAt(3, 6).replace('index 3', 'index 4'), source: 'c' },
  ]
  for (const known of bad) await finds(t, known.kind, verifyWritten(written, { known: [known], trusted }), ['0 known-invalid'])
})

t.test('heads of other logs are handed on', async (t) => {
  const heads: string[] = []
  await verifyWritten(written, { onRare: (index, entry) => heads.push(...entry.heads.map(({ log, size }) => `${index} ${log} ${size}`)) })
  t.same(heads, ['0 linkage.example/log/2 40', '10 linkage.example/log/2 50', '19 linkage.example/log/2 59'])
})

t.test('findings of one code are bounded, and counted', async (t) => {
  const spaced = entries.map((each) => Buffer.from(`${each} `))
  const { findings, summary } = await verifyRows(
    spaced.map((bytes, index) => ({ index, bytes })),
    [],
    { mostOfACode: 5 },
  )
  t.equal(findings.filter(({ code }) => code === 'entry-not-canonical').length, 5)
  t.equal(summary.counts.get('entry-not-canonical'), at.size)
})

t.test('entries of one call about several people stand together, whole, and alike but for whom they are about', async (t) => {
  const writing = new WritingLog()
  writing.batch('2026-11-24T02:00:00.000Z', writing.opening())
  writing.batch('2026-11-24T02:00:00.010Z', await writing.key())
  writing.batch('2026-11-24T02:00:00.020Z', writing.policy(policies[0] ?? sha256Hex('')))
  writing.batch('2026-11-24T02:00:01.000Z', writing.query(education), writing.several(education, 3), writing.query(police))
  const together = writing.written
  const changed = (from: number, to: number, change: Parameters<typeof edited>[1]): Buffer[] =>
    together.entries.map((each, index) => (index < from || index > to ? each : edited(each, change)))
  const cases: readonly (readonly [string, readonly Buffer[], readonly string[]])[] = [
    ['as they were written', together.entries, []],
    ['one fewer than they say', changed(4, 6, (it) => (it.batch.of = 4)), ['7 batch-broken']],
    ['the end comes before the last', together.entries.slice(0, 6), ['6 batch-broken']],
    ['the second is gone', without(together.entries, 5), ['5 batch-broken', '5 agency-seq', '5 counted-seq']],
    ['the first is gone', without(together.entries, 4), ['4 batch-broken', '4 agency-seq', '4 counted-seq']],
    ['the first names another', changed(4, 6, (it) => (it.batch.first = newId())), ['4 batch-broken', '5 batch-broken', '6 batch-broken']],
    ['they name an entry that is none of them', changed(4, 6, (it) => (it.batch.first = strangersId)), ['4 batch-broken']],
    ['the second says that it is the third', changed(5, 5, (it) => (it.batch.at = 3)), ['5 batch-broken', '6 batch-broken']],
    ['the second has other rows', changed(5, 5, (it) => (it.rows = 2)), ['5 batch-broken', '6 batch-broken']],
    ['the second was released by other rules', changed(5, 5, (it) => (it.rule = 'x')), ['5 batch-broken', '6 batch-broken']],
    ['the second does not count', changed(5, 5, (it) => delete it.counted_seq), ['5 batch-broken', '6 batch-broken', '6 counted-seq']],
    ['one subject twice', changed(6, 6, (it) => (it.subject.tag = `1${'ab'.repeat(16)}`.slice(0, 32))), ['6 batch-broken']],
    ['the second names people', changed(5, 5, (it) => (it.answer_subjects = [])), ['5 entry-malformed', '6 agency-seq', '6 counted-seq']],
    ['no subject', changed(5, 5, (it) => delete it.subject), ['5 entry-malformed', '6 agency-seq', '6 counted-seq']],
    ['beyond its number', changed(6, 6, (it) => (it.batch.at = 4)), ['6 entry-malformed']],
    ['more than can be', changed(6, 6, (it) => (it.batch.of = 1001)), ['6 entry-malformed']],
  ]
  for (const [title, entries, expected] of cases)
    await finds(t, title, verifyWritten(rewritten(together, entries, writing.signer)), expected)
})

t.test('what a finding quotes of a log cannot act on whoever reads it', async (t) => {
  const { findings } = await verifyRows(rows.with(8, { index: 8, bytes: edited(entry(8), (it) => (it.kind = '\u001b[2J\u202e')) }), [])
  t.equal(findings[0]?.found, '\\u{1b}[2J\\u{202e}')
})

/** Found beside the entries of one log: test/cli/log, acts.test.ts, draws.test.ts and search.test.ts reach them. */
const beside = new Set(
  'act-policy-unknown bundle-malformed document-missing entry-unexpected file-unexpected key-change key-compromised key-not-given known-unread log-ended log-missing retire-early retire-mismatch retire-unfinished round-mismatch sample-again sample-draw sample-list sample-order sample-population sample-quota sample-settings search-mismatch time-ahead tile-mismatch tile-missing'.split(
    ' ',
  ),
)

t.test('every code is found by one of the tests above', async (t) => {
  t.same(
    [...seen].sort(),
    Object.keys(findingCodes)
      .filter((code) => !beside.has(code))
      .sort(),
  )
})
