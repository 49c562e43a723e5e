// rounds.test.ts: rounds of an archive: results that their rows do not give are found on the disc, too, by page and command.
import t from 'tap'
import { canonicalJson, sha256Hex } from '../../../src/canonical.ts'
import { readArchivedEntry } from '../../../src/verifier/archive/entry.ts'
import type { ArchiveFinding } from '../../../src/verifier/archive/finding.ts'
import type { VerifiedLog } from '../../../src/verifier/archive/log.ts'
import { checkArchivedRounds, resultsRemarks } from '../../../src/verifier/archive/rounds.ts'
import { inMemory } from '../../audit/archive/archives.ts'
import { at, commands, writeDraw } from '../written-draw.ts'
import { edited, education, newId } from '../written-log.ts'

const written = await writeDraw({ query: (nth) => (nth === 100 ? { api: 'protection' } : {}) })
// biome-ignore lint/suspicious/noExplicitAny: entries and documents that a test is about to spoil
type Read = any
const draw: Read = JSON.parse(written.commands[at.draw]?.toString() ?? '')
const list: Read = JSON.parse(written.documents.get(draw.sample.digest)?.toString() ?? '')
const round = 'taipei-education-11511'

/** The acts of an archive: the draw, and a round of it with results. */
async function found(change: (results: Read, document: Read) => void, without: readonly string[] = [], other?: Buffer) {
  const filled = { auditor: '陳怡君', beyond_need: '否', day: '2027-01-05', match: '相符', result: '正常', unit: '科' }
  const items = list.drawn.map(({ index, log }: Read) => ({ ...filled, index, log }))
  const document: Read = { v: 1, round, samples: [draw.id], items, reviews: [] }
  const results: Read = {
    months: draw.months.map(({ month, population, quota }: Read) => ({
      month,
      population,
      quota,
      audited: list.drawn.filter((each: Read) => each.month === month).length,
    })),
    outcomes: { abnormal: 0, normal: items.length, to_explain: 0 },
    users: { audited: 2, reviewed: 0, total: 3, with_records: 2 },
  }
  change(results, document)
  const bytes = Buffer.from(canonicalJson(document))
  const report = (asked: object): Buffer =>
    edited(written.commands[at.seed], (it) =>
      Object.assign(it, {
        at: '2027-01-05T02:00:00.000Z',
        asked: { about: 'round', day: '2027-01-05', number: round, ...asked },
        id: newId(),
        kind: 'report',
      }),
    )
  const sampled = { step: 'sampled', agency: education, audit: 'self-audit', from: '2026-11', until: '2026-12' }
  const entries = [
    ...written.commands.slice(0, 3),
    report({ ...sampled, sample: { id: draw.id, index: at.draw, log: commands } }),
    report({ step: 'audited', results: { ...results, document: sha256Hex(bytes) } }),
    report({ step: 'approved', acting: false, name: '王小明', title: '局長' }),
    ...(other === undefined ? [] : [other]),
  ]
  const acts = entries.map((each, index) => ({ index, entry: readArchivedEntry(each), leaf: new Uint8Array(32) }))
  const documents = new Map([...written.documents, [sha256Hex(bytes), bytes] as const])
  for (const digest of without) documents.delete(digest === '' ? sha256Hex(bytes) : digest)
  const files = inMemory(new Map([...documents].map(([digest, each]) => [`technical/documents/${digest}`, each])))
  // Of a log that was verified, what is looked at here.
  const log = {
    frame: { acts },
    log: commands,
    slot: 'cli',
    place: { path: (name: string) => `technical/cli/${name}` },
  } as unknown as VerifiedLog
  const findings: ArchiveFinding[] = []
  const here = await checkArchivedRounds(new Map(files.map((file) => [file.path, file])), [log], (each) => findings.push(each))
  return { found: findings.map(({ at: index, code, file }) => `${code} ${file} ${index}`), ...here }
}

t.test('results that are what their rows give', async (t) => {
  t.same(await found(() => undefined), { found: [], counted: 1, open: 0, uncounted: 0 })
  t.match(resultsRemarks({ counted: 1, open: 0, uncounted: 0 }), [/已自各列重算 1 次。抽樣/])
  t.same(resultsRemarks({ counted: 0, open: 0, uncounted: 0 }), [], 'of no round nothing is said')
})

t.test('results that are not, and an approval over a protection case without a row', async (t) => {
  const [audited, approved] = ['round-mismatch technical/cli/frame.ndjson 4', 'round-mismatch technical/cli/frame.ndjson 5']
  const cases: readonly (readonly [string, (results: Read, document: Read) => void, string])[] = [
    ['more reviews', (it) => (it.users.reviewed = 1), audited],
    ['other outcomes', (it) => Object.assign(it.outcomes, { abnormal: 1, normal: it.outcomes.normal - 1 }), audited],
    ['a row that was not drawn', (_, document) => (document.items[0].index += 9_999), audited],
    ['a row that nobody filled', (_, document) => delete document.items[0].match, audited],
    [
      'no row of a protection case',
      (_, document) => {
        const { index } = list.drawn.find(({ why }: Read) => why.includes('protection'))
        document.items = document.items.filter((each: Read) => each.index !== index)
      },
      approved,
    ],
  ]
  for (const [title, change, expected] of cases) {
    const { found: codes } = await found(change)
    t.ok(codes.includes(expected), `${title}: ${codes.join(', ')}`)
  }
})

t.test('六(一)3: an approval over a row that was drawn and has no result; on results of an earlier version it is said', async (t) => {
  const open = (it: Read, document: Read): void => {
    it.open = { items: 0, reviews: 0 }
    document.open = { items: [], reviews: [] }
  }
  t.same(await found(open), { found: [], counted: 1, open: 0, uncounted: 0 })
  const left = (it: Read, document: Read): void => {
    const at = list.drawn.findIndex(({ month, why }: Read) => month === '2026-11' && !why.includes('protection'))
    const { index, log } = list.drawn[at]
    document.items.splice(at, 1)
    for (const each of it.months) if (each.month === '2026-11') each.audited -= 1
    it.outcomes.normal -= 1
    if (it.open === undefined) return
    it.open.items = 1
    document.open.items = [{ index, log, unit: '科' }]
  }
  const both = (it: Read, document: Read): void => {
    open(it, document)
    left(it, document)
  }
  t.ok((await found(both)).found.includes('round-mismatch technical/cli/frame.ndjson 5'))
  const { open: allowed } = await found(left)
  t.equal(allowed, 1)
  t.match(resultsRemarks({ counted: 1, open: allowed, uncounted: 0 })[1], /1 次核定時.*1 approvals/)
})

t.test('what is not here, or of an earlier version, is counted as that; what has no form is left to others', async (t) => {
  t.same(await found((_, document) => delete document.v), { found: [], counted: 0, open: 0, uncounted: 1 })
  t.same(await found(() => undefined, ['']), { found: [], counted: 0, open: 0, uncounted: 1 }, 'no rows')
  t.same(await found(() => undefined, [draw.sample.digest]), { found: [], counted: 0, open: 0, uncounted: 1 }, 'no list')
  t.match(resultsRemarks({ counted: 0, open: 0, uncounted: 1 }), [/另 1 次未重算.*1 not/])
  const misshapen = edited(written.commands[at.draw], (it) => delete it.coverage)
  t.same((await found(() => undefined, [], misshapen)).found, [])
})
