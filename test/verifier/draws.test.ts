// draws.test.ts: draws held against the logs: whoever keeps the keys of the commands' log cannot steer, repeat or shrink one unseen.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { quicknet, randomnessOf, roundFor, timeOfRound } from '../../src/audit/drand.ts'
import { type Canonical, canonicalJson, sha256Hex } from '../../src/canonical.ts'
import { recomputeDraws } from '../../src/verifier/draws/recompute.ts'
import { notReleased } from '../../src/verifier/draws/redraw.ts'
import { readEntry } from '../../src/verifier/entry.ts'
import { type FindingCode, findingCodes } from '../../src/verifier/finding.ts'
import { at, placeOf, type WrittenDraw, writeDraw } from './written-draw.ts'
import { edited, education, log, newId, police } from './written-log.ts'

const written = await writeDraw()
const seen = new Set<FindingCode>()

async function recomputed(of: WrittenDraw, withDocuments = true) {
  const run = recomputeDraws(placeOf(of, withDocuments))
  const found: string[] = []
  for (let step = await run.next(); ; step = await run.next()) {
    if (step.done === true) return { found, ...step.value }
    seen.add(step.value.code)
    found.push(`${step.value.index} ${step.value.code}`)
  }
}

// biome-ignore lint/suspicious/noExplicitAny: an entry that a test is about to spoil
type Spoiled = any
type Spoil = (members: Spoiled) => void
const spoilt = (index: number, change: Spoil, of = written): WrittenDraw => ({
  ...of,
  commands: of.commands.with(index, edited(of.commands[index], change)),
})

t.test('a draw, and an enlargement of it, come out as they were recorded', async (t) => {
  for (const withDocuments of [true, false]) {
    const { draws, found } = await recomputed(written, withDocuments)
    t.same(found, [])
    t.equal(draws.length, 2)
    for (const { months } of draws) t.ok(months.every(({ digest, stated }) => digest === stated?.digest))
    t.same(
      draws[0]?.months.map(({ items, population, quota }) => [population, quota, items.length]),
      [
        [298, 3, 3],
        [4, 4, 4],
      ],
      'what was never released does not count',
    )
  }
})

t.test('a log is searched once for what was never released, however many agencies it was frozen for', async (t) => {
  const place = placeOf(written, true)
  let searched = 0
  const counting = place.logs.map((each) => {
    const counted = () => {
      if (each.log === log) searched += 1
      return each.notReleased()
    }
    return { ...each, notReleased: counted }
  })
  const content = readEntry(written.commands[at.freeze] ?? Buffer.alloc(0), () => undefined)?.content
  const sample = content?.kind === 'act' ? content.sample : undefined
  const freezes = [education, police].map((agency) => ({ sample: { ...sample, agency } }))
  const found = await notReleased({ ...place, logs: counting }, freezes as never)
  t.same(
    [...found.values()].map((each) => each.get(log)?.map(({ countedSeq }) => countedSeq)),
    [[11, 21], []],
  )
  t.equal(searched, 1)
})

t.test(
  'a stream that was whole counts, wherever its completion stands: a place gives more completions than those of nothing released',
  async (t) => {
    const streams = await writeDraw({ query: (nth) => (nth === 40 ? { mode: 'file', rows: undefined } : {}), streamed: new Map([[40, 7]]) })
    for (const withDocuments of [true, false]) t.same((await recomputed(streams, withDocuments)).found, [])
  },
)

const later = '2027-01-05T02:00:00.000Z'
const other = { id: newId(), index: 0, log: 'linkage.example/log/cli' }

/** What somebody changes who may sign the commands' log, and where it is found. */
const acts: readonly (readonly [title: string, of: WrittenDraw, finds: readonly string[]])[] = [
  ['a seed that was thrown before the freeze', spoilt(at.seed, (it) => (it.asked.thrown = '2027-01-04T01:59:59.000Z')), ['1 sample-order']],
  ['a seed that was thrown after it was recorded', spoilt(at.seed, (it) => (it.asked.thrown = later)), ['1 sample-order']],
  ['a seed for what was never frozen', spoilt(at.seed, (it) => it.freezes.push(other)), ['1 sample-order']],
  [
    'another throw',
    spoilt(at.seed, (it) => (it.asked.randomness = '1'.repeat(20))),
    ['2 sample-draw', '2 sample-draw', '3 sample-draw', '3 sample-draw'],
  ],
  [
    'a freeze that was changed afterwards',
    spoilt(at.freeze, (it) => (it.reason = '另有理由')),
    ['2 sample-draw', '2 sample-draw', '3 sample-draw', '3 sample-draw'],
  ],
  ['a log that is left out', spoilt(at.freeze, (it) => (it.logs = [])), ['0 sample-population']],
  ['numbers that are not those of the month', spoilt(at.freeze, (it) => (it.logs[0].months[0].counted = 299)), ['0 sample-population']],
  [
    'more numbers than anybody could draw again',
    spoilt(at.freeze, (it) => Object.assign(it.logs[0].months[0], { counted: 2 ** 52, counted_to: 2 ** 52 })),
    ['0 sample-population', '2 sample-population', '3 sample-population'],
  ],
  ['a month that is left out', spoilt(at.freeze, (it) => it.logs[0].months.pop()), ['0 sample-population']],
  ['a setting of one’s own', spoilt(at.freeze, (it) => (it.parameters['D-17'] = 1)), ['0 sample-settings']],
  ['rows where transfers were committed', spoilt(at.freeze, (it) => (it.parameters['D-9'] = 'row')), ['0 sample-settings']],
  ['nothing is a protection case', spoilt(at.freeze, (it) => (it.parameters.protection.apis = [])), ['0 sample-settings']],
  ['another month entry', spoilt(at.freeze, (it) => (it.logs[0].months[0].index = 5)), ['0 sample-population']],
  ['a month whose entry there is not', spoilt(at.freeze, (it) => (it.asked.from = '2026-10')), ['2 sample-quota']],
  ['a month that was drawn otherwise', spoilt(at.draw, (it) => (it.months[0].digest = '0'.repeat(64))), ['2 sample-draw', '2 sample-list']],
  ['fewer than the quota', spoilt(at.draw, (it) => (it.months[0].drawn = 2)), ['2 sample-quota', '2 sample-draw']],
  ['a quota of one’s own', spoilt(at.draw, (it) => (it.months[0].quota = 2)), ['2 sample-quota']],
  ['a month that is not drawn', spoilt(at.draw, (it) => it.months.pop()), ['2 sample-quota', '2 sample-quota']],
  ['fewer items than there are', spoilt(at.draw, (it) => (it.months[0].population = 100)), ['2 sample-population']],
  ['fewer users', spoilt(at.draw, (it) => (it.coverage.need = 1)), ['2 sample-quota']],
  ['records as frozen otherwise', spoilt(at.draw, (it) => (it.months[0].records = 7)), ['2 sample-population']],
  ['a draw by no seed', spoilt(at.draw, (it) => (it.seed = other)), ['2 sample-order']],
  ['a draw of nothing', spoilt(at.draw, (it) => (it.freeze = other)), ['2 sample-order']],
  ['an enlargement of nothing', spoilt(at.enlarge, (it) => (it.enlarges = other)), ['3 sample-order', '3 sample-again']],
]

for (const [title, of, finds] of acts) {
  t.test(`found: ${title}`, async (t) => {
    const { found } = await recomputed(of)
    for (const each of finds) t.ok(found.includes(each), `${each}: ${found.join(', ')}`)
  })
}

t.test('settings that differ are named, with a document; a log that is not here committed nothing that is known', async (t) => {
  const named = (deviates: readonly string[]): WrittenDraw =>
    spoilt(at.freeze, (it) =>
      Object.assign(it, { deviates, document: '北市社政字第1150000310號', parameters: { ...it.parameters, 'D-17': 1 } }),
    )
  const settings = async (of: WrittenDraw) => (await recomputed(of)).found.filter((each) => each === '0 sample-settings')
  t.same(await settings(named(['D-17'])), [])
  t.same(await settings(named(['D-9'])), ['0 sample-settings'])
  t.same(await settings({ ...spoilt(at.freeze, (it) => (it.parameters['D-17'] = 1)), queries: [] }), [])
  const { audit } = JSON.parse(written.queries[0]?.toString() ?? '').parameters
  const byMonth = (change: Spoil): WrittenDraw => ({
    ...written,
    queries: written.queries.map((each) => (each.includes('"kind":"month"') ? edited(each, change) : each)),
  })
  // The period begins with the log: its opening committed what counts, and what its month entries say is for later ones.
  t.same(await settings(byMonth((it) => (it.parameters = { audit: { ...audit, 'D-17': 1 } }))), [])
  const fromDecember = spoilt(
    at.freeze,
    (it) => (it.asked.from = '2026-12'),
    byMonth((it) => (it.parameters = { audit: { ...audit, 'D-17': 1 } })),
  )
  t.same(await settings(fromDecember), ['0 sample-settings'], 'of December the entry that began it')
})

/** A step once more, behind the others. */
const repeated = (index: number, change: Spoil): WrittenDraw => ({
  ...written,
  commands: [...written.commands, edited(written.commands[index], (it) => change(Object.assign(it, { id: newId(), at: later })))],
})
const seedId = JSON.parse(written.commands[at.seed]?.toString() ?? '').id
const seedRef = { id: seedId, index: at.seed, log: 'linkage.example/log/cli' }

t.test('what is done a second time is found, unless it says so and by which order', async (t) => {
  const again = async (of: WrittenDraw) => (await recomputed(of)).found.filter((each) => each.startsWith('4 '))
  const anew: Spoil = (it) => Object.assign(it.asked, { randomness: '2'.repeat(20), thrown: later })
  t.same(await again(repeated(at.freeze, () => undefined)), ['4 sample-again'], 'a freeze')
  t.same(await again(repeated(at.seed, anew)), ['4 sample-again'], 'a seed')
  t.same(
    await again(repeated(at.seed, (it) => Object.assign(it.asked, { thrown: later }))),
    ['4 sample-again', '4 sample-again'],
    'one that is known',
  )
  const named: Spoil = (it) => Object.assign(it, { replaces: [seedRef] })
  t.same(await again(repeated(at.seed, (it) => [anew(it), named(it)])), ['4 sample-again'], 'without a document')
  t.same(await again(repeated(at.seed, (it) => [anew(it), named(it), Object.assign(it, { document: '北市社政字第1150000310號' })])), [])
  t.same(await again(repeated(at.draw, () => undefined)), ['4 sample-again'], 'a draw under one seed')
  t.ok((await again(repeated(at.draw, (it) => (it.seed.index = 9)))).includes('4 sample-order'))
})

const freezeRef = { id: JSON.parse(written.commands[at.freeze]?.toString() ?? '').id, index: at.freeze, log: 'linkage.example/log/cli' }
const order = '北市社政字第1150000310號'

t.test(
  'a freeze takes the place of one of the same agency, months and kind alone, or of a self-audit that it shares months with',
  async (t) => {
    const inPlace = async (change: Spoil) => {
      const { found } = await recomputed(repeated(at.freeze, (it) => change(Object.assign(it, { document: order, replaces: freezeRef }))))
      return found.filter((each) => each.startsWith('4 ') && !each.endsWith('population'))
    }
    t.same(await inPlace(() => undefined), [])
    t.same(await inPlace((it) => (it.asked.until = '2026-11')), [], 'of a self-audit months of it')
    t.same(await inPlace((it) => Object.assign(it.asked, { from: '2026-09', until: '2026-10' })), ['4 sample-again'], 'months beside them')
    for (const [member, value] of [
      ['round', 'unannounced'],
      ['user', 'edu-wu'],
      ['subject', '0'.repeat(32)],
    ] as const)
      t.same(await inPlace((it) => (it.asked[member] = value)), ['4 sample-again'], member)
    t.same(await inPlace((it) => (it.supplements = freezeRef)), ['4 sample-again'], 'late records in place of the others')
  },
)

t.test('a replacement excuses nothing that was frozen before it', async (t) => {
  const second = edited(written.commands[at.freeze], (it) => Object.assign(it, { id: newId(), at: later }))
  const third = (of: object) =>
    edited(written.commands[at.freeze], (it) => Object.assign(it, { id: newId(), at: later, document: order, replaces: of }))
  const { found } = await recomputed({ ...written, commands: [...written.commands, second, third(freezeRef)] })
  t.ok(found.includes('4 sample-again'), found.join(', '))
  const inTurn = third(freezeRef)
  const last = third({ id: JSON.parse(inTurn.toString()).id, index: 4, log: 'linkage.example/log/cli' })
  t.same((await recomputed({ ...written, commands: [...written.commands, inTurn, last] })).found, [], 'one in place of the other')
})

t.test('a list that is not what the entry says is found', async (t) => {
  const digest = JSON.parse(written.commands[at.draw]?.toString() ?? '').sample.digest
  const bytes = written.documents.get(digest) ?? Buffer.alloc(0)
  const relisted = async (change: Spoil): Promise<readonly string[]> => {
    const list = JSON.parse(bytes.toString())
    change(list)
    const text: Canonical = canonicalJson(list)
    const of = spoilt(at.draw, (it) => (it.sample.digest = sha256Hex(text)))
    const { found } = await recomputed({ ...of, documents: new Map([...written.documents, [sha256Hex(text), Buffer.from(text)]]) })
    return found.filter((each) => each.startsWith('2 '))
  }
  t.same(await relisted(() => undefined), [])
  const changes: readonly (readonly [string, Spoil])[] = [
    ['a record less', (it) => it.drawn.pop()],
    ['another record', (it) => (it.drawn[0].counted_seq += 1)],
    ['another place', (it) => (it.drawn[0].index += 1)],
    ['another user', (it) => (it.drawn[0].user = 'edu-lin')],
    ['a record beyond the frozen', (it) => (it.drawn[0].index = 1_000)],
    ['a review less', (it) => it.reviews.push({ accounts: ['x'] })],
    ['a number passed over that was released', (it) => it.skipped.push({ ...it.skipped[0], counted_seq: 1 })],
    ['one that is not passed over', (it) => it.skipped.pop()],
    ['another agency', (it) => (it.agency = 'taipei-police')],
    ['no reason', (it) => (it.drawn[0].why = [])],
    [
      'one person twice',
      (it) => {
        for (const each of it.drawn) Object.assign(each, { person: 'E1' })
      },
    ],
  ]
  for (const [title, change] of changes) t.ok((await relisted(change)).includes('2 sample-list'), title)
})

/** The first draw with another list, and what its entry says of that. */
async function drawnOtherwise(change: Spoil, says: Spoil = () => undefined): Promise<readonly string[]> {
  const list = JSON.parse(written.documents.get(JSON.parse(written.commands[at.draw]?.toString() ?? '').sample.digest)?.toString() ?? '')
  change(list)
  const text: Canonical = canonicalJson(list)
  const of = spoilt(at.draw, (it) => {
    says(it)
    it.sample = { count: list.drawn.length, digest: sha256Hex(text) }
  })
  const { found } = await recomputed({ ...of, documents: new Map([...written.documents, [sha256Hex(text), Buffer.from(text)]]) })
  return found.filter((each) => each.startsWith('2 '))
}

t.test('who is covered comes from roster, entries and seed: entry and list that agree with one another are not believed', async (t) => {
  t.same(await drawnOtherwise(() => undefined), [])
  t.same(
    await drawnOtherwise((it) => {
      const each = it.drawn.find(({ month, why }: { month: string; why: string[] }) => month === '2026-11' && why.join() === 'coverage')
      // Every other query of November is of the same account.
      const step = each.index < 200 ? 8 : -8
      Object.assign(each, { index: each.index + step, counted_seq: each.counted_seq + step })
    }),
    ['2 sample-draw'],
    'another record of the same person',
  )
  t.same(
    await drawnOtherwise(
      () => undefined,
      (it) => (it.coverage.users = 4),
    ),
    ['2 sample-quota'],
    'a user whom nobody knows',
  )
  t.same(
    await drawnOtherwise(
      () => undefined,
      (it) => (it.coverage.with_records = 3),
    ),
    ['2 sample-quota'],
    'one with records who has none',
  )
  const fewer: Spoil = (it) => Object.assign(it.coverage, { users: 2, need: 1, drawn: 1 })
  const one: Spoil = (it) => {
    for (const each of it.drawn.filter(({ why }: { why: string[] }) => why.includes('coverage')).slice(1))
      each.why = each.why.length > 1 ? each.why.filter((why: string) => why !== 'coverage') : ['protection']
  }
  t.same(await drawnOtherwise(one, fewer), ['2 sample-quota', '2 sample-draw', '2 sample-draw'], 'users left out, and so half of fewer')
  const person: Spoil = (it) => (it.drawn.find(({ user }: { user: string }) => user === 'edu-wu').person = 'E3')
  t.ok((await drawnOtherwise(person)).includes('2 sample-list'), 'a record said to be somebody else’s')
  const review: Spoil = (it) => (it.reviews = [{ accounts: ['edu-lin'], person: 'E3' }])
  t.ok((await drawnOtherwise(review, (it) => (it.coverage.reviews = 1))).includes('2 sample-draw'), 'a review in place of nobody')
})

/** Late records of the written draw: none, with a draw of them. */
function lateDraw(coverage: object, quota: number, roster?: Buffer): WrittenDraw {
  const ref = (entry: Buffer, index: number) => ({ id: JSON.parse(entry.toString()).id, index, log: 'linkage.example/log/cli' })
  const anew = (index: number, change: Spoil) =>
    edited(written.commands[index], (it) => change(Object.assign(it, { id: newId(), at: later })))
  const freeze = anew(at.freeze, (it) => {
    Object.assign(it, { supplements: freezeRef, ...(roster && { roster: { count: 2, digest: sha256Hex(roster) } }) })
    for (const each of it.logs) each.months = []
  })
  const seed = anew(at.seed, (it) =>
    Object.assign(it, { freezes: [ref(freeze, 4)], asked: { ...it.asked, randomness: '3'.repeat(20), thrown: later } }),
  )
  const list = canonicalJson({ agency: education, drawn: [], modes: [], reviews: [], skipped: [], transfers: [] })
  const digest = sha256Hex('[]')
  const draw = anew(at.draw, (it) =>
    Object.assign(it, {
      freeze: ref(freeze, 4),
      seed: ref(seed, 5),
      months: ['2026-11', '2026-12'].map((month) => ({ month, records: 0, counted: 0, population: 0, quota, drawn: 0, digest })),
      coverage: { users: 3, with_records: 0, need: 0, drawn: 0, reviews: 0, ...coverage },
      sample: { count: 0, digest: sha256Hex(list) },
    }),
  )
  const documents = new Map([...written.documents, [sha256Hex(list), Buffer.from(list)]])
  if (roster !== undefined) documents.set(sha256Hex(roster), roster)
  return { ...written, commands: [...written.commands, freeze, seed, draw], documents }
}

t.test('late records: quota and users are counted with what was drawn before them', async (t) => {
  t.same((await recomputed(lateDraw({}, 0))).found, [])
  t.same((await recomputed(lateDraw({}, 3))).found, ['6 sample-quota', '6 sample-quota'], 'a quota of records that there are not')
  t.same((await recomputed(lateDraw({ users: 2 }, 0))).found, ['6 sample-quota'], 'fewer users than before')
  t.same((await recomputed(lateDraw({ need: 1 }, 0))).found, ['6 sample-quota'], 'a need that is met')
  const late = lateDraw({}, 0)
  const lateRef = { id: JSON.parse(late.commands[4]?.toString() ?? '').id, index: 4, log: 'linkage.example/log/cli' }
  const ofLate = edited(late.commands[4], (it) => Object.assign(it, { id: newId(), supplements: lateRef }))
  t.same((await recomputed({ ...late, commands: [...late.commands, ofLate] })).found, ['7 sample-order'], 'late of late')
  const roster = Buffer.from(canonicalJson(['E3', 'E4'].map((person) => ({ 人員代號: person, 啟用日: '2026-01-01', 帳號: person }))))
  const ofOthers = (users: number) => lateDraw({ users }, 0, roster)
  t.same((await recomputed(ofOthers(4))).found, [], 'who appeared before is a user, on the roster of today or not')
  t.same((await recomputed(ofOthers(3))).found, ['6 sample-quota'])
  const undrawn = lateDraw({}, 0)
  const seedless = { ...undrawn, commands: undrawn.commands.with(at.draw, undrawn.commands[at.seed] ?? Buffer.alloc(0)) }
  t.ok(
    (
      await recomputed({ ...seedless, commands: seedless.commands.with(at.enlarge, undrawn.commands[at.seed] ?? Buffer.alloc(0)) })
    ).found.includes('6 sample-order'),
  )
})

t.test('late records that are frozen anew are counted without those in whose place they stand', async (t) => {
  const late = lateDraw({}, 0)
  const lateRef = { id: JSON.parse(late.commands[4]?.toString() ?? '').id, index: 4, log: 'linkage.example/log/cli' }
  const behind = async (...more: readonly Buffer[]) =>
    (await recomputed({ ...late, commands: [...late.commands, ...more] })).found.filter((each) => !/^[0-6] /.test(each))
  const again = (change: Spoil) => edited(late.commands[4], (it) => change(Object.assign(it, { id: newId(), document: order })))
  /** In November the first 298 numbers came at once, two late. */
  const halves = (first: readonly [number, number], second: readonly [number, number]) => {
    const part = (it: Spoiled, [counted, to]: readonly [number, number]) =>
      Object.assign(it.logs[0].months[0], { counted, counted_to: to, records: counted })
    const early = edited(written.commands[at.freeze], (it) => part(it, first))
    const lateOf = (own: object) =>
      edited(early, (it) => {
        Object.assign(it, { id: newId(), at: later, supplements: freezeRef, document: order, ...own })
        part(it, second)
        it.logs[0].months.pop()
      })
    return { early, lateOf }
  }
  const halved = async (first: readonly [number, number], second: readonly [number, number], times = 1) => {
    const { early, lateOf } = halves(first, second)
    const one = lateOf({})
    const two = lateOf({ replaces: { id: JSON.parse(one.toString()).id, index: 1, log: 'linkage.example/log/cli' } })
    const three = lateOf({})
    return (await recomputed({ ...written, commands: [early, one, two, three].slice(0, times + 1) })).found.filter(
      (each) => !each.startsWith('0 '),
    )
  }
  t.same(await halved([298, 298], [2, 300]), [])
  t.same(await halved([298, 298], [2, 300], 2), [], 'frozen anew')
  t.same(await halved([298, 298], [2, 300], 3), ['3 sample-population'], 'and once more beside it')
  t.same(await halved([150, 300], [150, 300]), ['1 sample-population'], 'the same numbers twice, and others never')
  t.same(await behind(again((it) => (it.replaces = lateRef))), [], 'none are late, this time too')
  const anew = edited(written.commands[at.freeze], (it) =>
    Object.assign(it, { id: newId(), at: later, document: order, replaces: freezeRef }),
  )
  t.same(
    await behind(
      anew,
      again(() => undefined),
    ),
    ['8 sample-order'],
    'late of what was frozen anew',
  )
})

t.test('an enlargement that takes something out is found', async (t) => {
  const digest = JSON.parse(written.commands[at.enlarge]?.toString() ?? '').sample.digest
  const list = JSON.parse(written.documents.get(digest)?.toString() ?? '')
  const first = JSON.parse(written.documents.get(JSON.parse(written.commands[at.draw]?.toString() ?? '').sample.digest)?.toString() ?? '')
  const covering = first.drawn.find(({ why }: { why: string[] }) => why.join() === 'coverage')
  const bytes = Buffer.from(
    canonicalJson({ ...list, drawn: list.drawn.filter((each: { index: number }) => each.index !== covering.index) }),
  )
  const of = spoilt(at.enlarge, (it) => (it.sample.digest = sha256Hex(bytes)))
  const { found } = await recomputed({ ...of, documents: new Map([...written.documents, [sha256Hex(bytes), bytes]]) })
  t.ok(found.includes('3 sample-list'))
})

t.test('drand: the round is fixed by rule, its randomness by its signature', async (t) => {
  const frozen = Date.parse('2027-01-04T02:00:00.000Z')
  const round = roundFor(frozen)
  t.ok(timeOfRound(round) >= frozen + 600_000 && timeOfRound(round) < frozen + 609_000)
  const signature = randomBytes(48).toString('hex')
  const drand = { chain: quicknet.chain, round, signature }
  const beacon = (change: Spoil): WrittenDraw =>
    spoilt(at.seed, (it) => {
      it.at = later
      it.asked = {
        ...it.asked,
        drand,
        method: 'drand',
        randomness: randomnessOf({ signature }),
        thrown: new Date(timeOfRound(round)).toISOString(),
      }
      change(it.asked)
    })
  const found = async (change: Spoil) => (await recomputed(beacon(change))).found.filter((each) => each.startsWith('1 '))
  t.same(await found(() => undefined), [])
  t.same(await found((it) => (it.drand = { ...drand, round: round + 1 })), ['1 sample-order'])
  t.same(await found((it) => (it.drand = { ...drand, chain: '0'.repeat(64) })), ['1 sample-order'])
  t.same(await found((it) => (it.randomness = '0'.repeat(64))), ['1 sample-draw'])
})

t.test('how a seed is thrown is fixed with the freeze: neither another method nor another round is taken afterwards', async (t) => {
  const frozen = Date.parse('2027-01-04T02:00:00.000Z')
  const due = roundFor(frozen) + 200
  const signature = randomBytes(48).toString('hex')
  const found = async (fixed: object, thrown: Spoil = () => undefined): Promise<readonly string[]> => {
    const of = spoilt(at.freeze, (it) => (it.asked.seed = fixed))
    const run = await recomputed({ ...of, commands: of.commands.with(at.seed, edited(of.commands[at.seed], thrown)) })
    return run.found.filter((each) => each.startsWith('0 ') || each.startsWith('1 '))
  }
  const beacon =
    (round: number): Spoil =>
    (it) => {
      it.at = later
      const drand = { chain: quicknet.chain, round, signature }
      const thrown = new Date(timeOfRound(round)).toISOString()
      it.asked = { ...it.asked, drand, method: 'drand', randomness: randomnessOf({ signature }), thrown }
    }
  t.same(await found({ method: 'dice' }), [])
  t.same(await found({ method: 'nonce' }), ['1 sample-order'], 'another method')
  t.same(await found({ method: 'drand', round: due }), ['1 sample-order'], 'dice once the round was known')
  t.same(await found({ method: 'drand', round: due }, beacon(due)), [])
  t.same(await found({ method: 'drand', round: due }, beacon(roundFor(frozen))), ['1 sample-order'], 'the round of the rule')
  t.same(await found({ method: 'dice' }, beacon(roundFor(frozen))), ['1 sample-order'])
  const known = roundFor(frozen) - 1
  t.same(await found({ method: 'drand', round: known }, beacon(known)), ['0 sample-order'], 'a round less than ten minutes behind')
})

t.test('every finding of a draw is made above', async (t) => {
  t.same(
    [...seen].sort(),
    Object.keys(findingCodes)
      .filter((code) => code.startsWith('sample-'))
      .sort(),
  )
})
