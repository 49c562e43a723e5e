// some-records.test.ts: what only some records are drawn from, protection cases and rows of transfers, from the entries: a list that agrees with its entry is not believed.
import t from 'tap'
import { drawSeed, RecordTickets } from '../../src/audit/tickets.ts'
import { type Canonical, canonicalJson, sha256Hex } from '../../src/canonical.ts'
import type { QueryFacts } from '../../src/querylog/query-entry.ts'
import { leafHash } from '../../src/querylog/tree.ts'
import { recomputeDraws } from '../../src/verifier/draws/recompute.ts'
import { at, type DrawnHere, placeOf, type WrittenDraw, writeDraw } from './written-draw.ts'
import { edited, education, log } from './written-log.ts'

// biome-ignore lint/suspicious/noExplicitAny: an entry or a list that a test is about to spoil
type Spoil = (members: any, whole: any) => void

async function recomputed(of: WrittenDraw, withDocuments = true) {
  const run = recomputeDraws(placeOf(of, withDocuments))
  const found: string[] = []
  for (let step = await run.next(); ; step = await run.next()) {
    if (step.done === true) return { found, ...step.value }
    found.push(`${step.value.index} ${step.value.code}`)
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a document that is read member by member
const parsed = (bytes: Buffer | undefined): any => JSON.parse(bytes?.toString() ?? '')

/** The first draw with another list, and what its entry says of that. */
function drawnOtherwise(written: WrittenDraw, change: Spoil): WrittenDraw {
  const draw = parsed(written.commands[at.draw])
  const list = parsed(written.documents.get(draw.sample.digest))
  change(list, draw)
  const text: Canonical = canonicalJson(list)
  const commands = written.commands.with(
    at.draw,
    edited(written.commands[at.draw], (it) => Object.assign(it, draw, { sample: { count: list.drawn.length, digest: sha256Hex(text) } })),
  )
  return { ...written, commands, documents: new Map([...written.documents, [sha256Hex(text), Buffer.from(text)]]) }
}
const foundOf = async (written: WrittenDraw, change: Spoil): Promise<readonly string[]> =>
  (await recomputed(drawnOtherwise(written, change))).found.filter((each) => each.startsWith('2 '))

const tag = 'cd'.repeat(16)
const unannounced = { round: 'unannounced' } as const
/** Every fourth record is about one subject. */
const aboutOne = (nth: number) => (nth % 4 === 0 ? { subject: { key: '2026', kind: 'tw-national-id', tag } } : {})
const ofUser = await writeDraw({ asked: { ...unannounced, user: 'edu-wu' } })
const ofSubject = await writeDraw({ asked: { ...unannounced, subject: tag }, query: aboutOne })

t.test('R11b: of one person’s records, or of those about one subject, the draw comes out as it was recorded', async (t) => {
  // Of both that were never released, numbers 11 and 21, none is of either.
  for (const [of, populations] of [
    [ofUser, [150, 4]],
    [ofSubject, [75, 1]],
  ] as const) {
    const { draws, found, unchecked } = await recomputed(of)
    t.same(found, [])
    t.same(unchecked, [])
    t.equal(draws.length, 2)
    for (const { months } of draws) {
      t.same(
        months.map(({ population }) => population),
        populations,
      )
      t.ok(months.every(({ digest, stated }) => digest === stated?.digest))
    }
  }
})

t.test('without documents: about a subject from the entries alone; of a person not, and why is said', async (t) => {
  const about = await recomputed(ofSubject, false)
  t.same(about.found, [])
  t.ok(about.draws.every(({ months }) => months.every(({ digest, stated }) => digest === stated?.digest)))
  const of = await recomputed(ofUser, false)
  t.same(of.found, [])
  t.ok(of.draws.every(({ months }) => months.every(({ unable }) => unable !== undefined)))
  for (const { unchecked } of [about, of])
    t.same(
      unchecked.map(({ code, index, slot }) => `${slot} ${index} ${code}`),
      ['cli 2 list-absent', 'cli 2 roster-absent', 'cli 3 list-absent', 'cli 3 roster-absent'],
    )
})

t.test('where records of the population are gone, nothing of it is taken from the list instead', async (t) => {
  const place = placeOf(ofUser, true)
  const logs = place.logs.map((each) => ({
    ...each,
    async *entries() {
      for await (const chunk of each.entries(() => undefined))
        yield chunk.map((entry) => (each.slot === '1' && entry.index === 7 ? { index: 7, bytes: undefined } : entry))
    },
  }))
  const run = recomputeDraws({ ...place, logs })
  const step = await run.next()
  if (step.done !== true) throw new Error(step.value.code)
  t.ok(step.value.draws.every(({ months }) => months.every(({ unable }) => unable !== undefined)))
  t.same(
    step.value.unchecked.map(({ code }) => code),
    ['entries-absent', 'entries-absent'],
  )
})

/** A draw of fewer: by search columns in which forty records of November are somebody else’s, and about somebody else. */
const drawnOfFewer = (asked: DrawnHere['asked'], query?: DrawnHere['query']): Promise<WrittenDraw> => {
  const other = { user: 'edu-lin', subject: { key: '2026', kind: 'tw-national-id', tag: 'ef'.repeat(16) } }
  return writeDraw({ asked: { ...unannounced, ...asked }, query: (nth) => ({ ...query?.(nth), ...(nth > 260 && nth <= 300 && other) }) })
}

t.test('whom the list leaves out is found: it is no matter that entry and list agree', async (t) => {
  for (const [honest, asked, query] of [
    [ofUser, { user: 'edu-wu' }, undefined],
    [ofSubject, { subject: tag }, aboutOne],
  ] as const) {
    t.same(await foundOf(honest, () => undefined), [])
    const less: Spoil = (it) => it.only[0].numbers.splice(20, 2)
    const more: Spoil = (it) => it.only[0].numbers.splice(2, 0, it.only[0].numbers[1] + 1)
    t.same(await foundOf(honest, less), ['2 sample-list'], 'numbers less')
    t.same(await foundOf(honest, more), ['2 sample-list'], 'a number more')
    t.same(await foundOf(honest, (it) => (it.only = [])), ['2 sample-list'], 'no numbers')
    t.same(await foundOf(honest, (it) => delete it.only), ['2 sample-list'], 'none at all')
    t.same(await foundOf(honest, (it) => it.only.push({ log: 'linkage.example/log/9', numbers: [1] })), ['2 sample-list'])
    const forged = await drawnOfFewer(asked, query)
    const draw = parsed(forged.commands[at.draw])
    const list = parsed(forged.documents.get(draw.sample.digest))
    const found = await foundOf(honest, (it, entry) => {
      Object.assign(it, list)
      Object.assign(entry, { months: draw.months, coverage: draw.coverage })
    })
    for (const code of ['2 sample-list', '2 sample-population']) t.ok(found.includes(code), `${code}: ${found.join(', ')}`)
  }
})

/** Every seventh record of November is of a protection case, and one of December. */
const protecting = (nth: number) => (nth % 7 === 0 || nth === 302 ? { api: 'protection' } : nth === 50 ? { grant: 'lifted' } : {})
const whole = await writeDraw({ query: protecting })
const tenth = await writeDraw({ query: protecting, parameters: { 'D-17': 10 } })
const protectedOf = (it: { drawn: { counted_seq: number; month: string; why: string[] }[] }) =>
  it.drawn.filter(({ why }) => why.includes('protection'))

t.test('D-17: protection cases are counted in the entries, and those drawn are the ones that the seed gives', async (t) => {
  // Of numbers 11 and 21, which were never released, the second would be one; in December 301 is, too.
  for (const [of, drawn] of [
    [whole, 44],
    [tenth, 6],
  ] as const) {
    const { protection } = parsed(of.commands[at.draw])
    t.same(protection, { drawn, records: 44 })
    for (const withDocuments of [true, false]) t.same((await recomputed(of, withDocuments)).found, [], `${drawn}, ${withDocuments}`)
  }
})

t.test('protection cases that are left out, or taken instead of others, are found', async (t) => {
  const unlist: Spoil = (it) => {
    const [first] = protectedOf(it).filter(({ why }) => why.length === 1)
    it.drawn = it.drawn.filter((each: unknown) => each !== first)
  }
  const says =
    (drawn: number, records: number): Spoil =>
    (_, draw) =>
      Object.assign(draw.protection, { drawn, records })
  const both =
    (...changes: readonly Spoil[]): Spoil =>
    (it, draw) => {
      for (const change of changes) change(it, draw)
    }
  t.same(await foundOf(whole, unlist), ['2 sample-draw'], 'the list')
  t.same(await foundOf(whole, says(43, 43)), ['2 sample-quota'], 'the entry')
  t.same(await foundOf(whole, both(unlist, says(43, 43))), ['2 sample-quota', '2 sample-draw'], 'both')
  const none: Spoil = (it) => {
    it.drawn = it.drawn.filter(({ why }: { why: string[] }) => why.join() !== 'protection')
    for (const each of it.drawn) each.why = each.why.filter((why: string) => why !== 'protection')
  }
  t.same(await foundOf(whole, both(none, says(0, 0))), ['2 sample-quota', '2 sample-draw', '2 sample-draw'], 'all')
  t.same(await foundOf(tenth, says(4, 44)), ['2 sample-quota'], 'fewer of as many')
  const other: Spoil = (it) => {
    const listed = new Set(it.drawn.map(({ index }: { index: number }) => index))
    const [first] = protectedOf(it).filter(({ why }) => why.length === 1)
    const seq = Array.from({ length: 300 }, (_, nth) => nth + 1).find((nth) => nth % 7 === 0 && nth !== 21 && !listed.has(nth + 2)) ?? 0
    Object.assign(first ?? {}, {
      counted_seq: seq,
      index: seq + 2,
      user: seq % 2 === 1 ? 'edu-chang' : 'edu-wu',
      person: seq % 2 === 1 ? 'E1' : 'E2',
    })
  }
  t.same(await foundOf(tenth, other), ['2 sample-draw'], 'another of them')
  const { asked } = parsed(whole.commands[at.seed])
  const tickets = new RecordTickets(drawSeed(leafHash(whole.commands[at.freeze] ?? ''), asked.randomness), 'record', log, education)
  const twice: Spoil = (it) => {
    const ofMonth = protectedOf(it).filter(({ month }) => month === '2026-11')
    const [last, other] = ofMonth.toSorted((one, each) => (tickets.of(one.counted_seq) < tickets.of(each.counted_seq) ? 1 : -1))
    Object.assign(last ?? {}, other)
  }
  t.ok((await foundOf(whole, twice)).includes('2 sample-draw'), 'one listed twice, in place of the last')
  const foreign: Spoil = (it) => it.drawn.find(({ why }: { why: string[] }) => why.join() === 'month').why.push('protection')
  t.same(await foundOf(whole, foreign), ['2 sample-draw'], 'one that is none')
})

t.test('without the list what the entry states of protection cases is held against the records all the same', async (t) => {
  const commands = whole.commands.with(
    at.draw,
    edited(whole.commands[at.draw], (it) => (it.protection = { drawn: 3, records: 3 })),
  )
  t.same((await recomputed({ ...whole, commands }, false)).found, ['2 sample-quota'])
})

/** Of every tenth record, a transfer: its rows stand in the entry, or, of three streams, in the completion, and once nowhere. */
const transferring = (nth: number): Partial<QueryFacts> =>
  nth % 10 === 0 ? { mode: 'file', rows: [40, 80, 120, 160].includes(nth) ? undefined : nth % 50 } : {}
const streamed = new Map([
  [40, 7],
  [80, 3],
  [120, 0],
])
const byRow = { query: transferring, streamed, parameters: { 'D-9': 'row' } } as const
const rowsOfAll = await writeDraw(byRow)
const rowsOfOne = await writeDraw({ ...byRow, asked: { ...unannounced, user: 'edu-wu' } })

t.test('D-9: rows of transfers are items, as many as the records and their completions say', async (t) => {
  for (const each of [rowsOfAll, rowsOfOne]) {
    const { draws, found, unchecked } = await recomputed(each)
    t.same([found, unchecked], [[], []])
    for (const { months } of draws) t.ok(months.every(({ digest, stated }) => digest === stated?.digest))
  }
  const [population = 0] = (await recomputed(rowsOfAll)).draws[0]?.months.map((each) => each.population) ?? []
  // Thirty transfers, of which 50, 100 … are empty, and so are 120 and 160.
  const rows = Array.from({ length: 30 }, (_, at) => 10 * (at + 1)).map((nth) =>
    Math.max(1, streamed.get(nth) ?? (nth === 160 ? 0 : nth % 50)),
  )
  t.equal(population, 268 + rows.reduce((sum, each) => sum + each, 0))
  const alone = await recomputed(rowsOfAll, false)
  t.same(alone.found, [])
  t.ok(
    alone.draws.every(({ months }) => months.every(({ digest, stated }) => digest === stated?.digest)),
    'no list is needed',
  )
})

t.test('a list that gives transfers other rows, or leaves some out, is found', async (t) => {
  const changes: readonly (readonly [string, Spoil])[] = [
    ['more rows', (it) => (it.transfers[3].rows += 1)],
    ['one less', (it) => it.transfers.pop()],
    ['one that is none', (it) => it.transfers.push({ ...it.transfers[0], counted_seq: 1 })],
  ]
  for (const each of [rowsOfAll, rowsOfOne])
    for (const [title, change] of changes) t.same(await foundOf(each, change), ['2 sample-list'], title)
})
