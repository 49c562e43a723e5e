// ahead.test.ts: where many wait, the next batch is built while one commits: it stands on a head that may still fail.
import t, { type Test } from 'tap'
import type { Given, Numbers } from '../../src/querylog/entry.ts'
import { type Bench, bench, november, query, sound } from './writer-bench.ts'

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((next) => setImmediate(next))
}

/** Lets appends begin, and end one at a time. */
function held({ store }: Bench) {
  const gates: (() => void)[] = []
  const append = store.append.bind(store)
  store.append = async (batch) => {
    await new Promise<void>((open) => gates.push(open))
    return await append(batch)
  }
  return gates
}

/** From now on appends end as they come. */
function openAll(t: Test, gates: (() => void)[]): void {
  const opening = setInterval(() => {
    for (const open of gates.splice(0)) open()
  }, 1)
  t.teardown(() => clearInterval(opening))
}

/** So many queries at once, and how many were written so far. */
function many(count: number) {
  const of = { written: 0 }
  const drafts = Array.from({ length: count }, () => {
    const { id, draft } = query('a')
    const write = (given: Given, numbers: Numbers): string => {
      of.written += 1
      return draft.write(given, numbers)
    }
    return { id, draft: { ...draft, write } }
  })
  return { of, drafts }
}

const sizes = ({ events }: Bench): number[] => events.flatMap((each) => (each.event === 'batch' ? [each.entries] : []))
const idsOf = ({ store }: Bench): string[] => store.entriesOf('1').flatMap((each) => JSON.parse(each).id)

async function opened(t: Test) {
  const stage = await bench(t)
  const { writer, mark } = await stage.open(5_000)
  return { stage, writer, mark }
}

t.test('it is built before the one before it stands, sent behind it, and takes the rest of the queue in order', async (t) => {
  const { stage, writer } = await opened(t)
  const gates = held(stage)
  const { of, drafts } = many(300)
  const all = Promise.all(drafts.map(({ draft }) => writer.append(draft)))
  await turns(4)
  t.equal(gates.length, 1, 'one commit at a time')
  t.equal(of.written, 256, 'the next one is built')
  t.equal(writer.waiting, 172, 'what is built, and what is not')
  openAll(t, gates)
  const recorded = await all
  t.same(
    recorded.map(({ index }) => index),
    drafts.map((_, at) => at),
  )
  t.same(sizes(stage), [128, 128, 44])
  t.same(
    idsOf(stage),
    drafts.map(({ id }) => id),
  )
  t.equal(of.written, 300, 'each once')
  sound(t, stage.store.entriesOf('1'))
  await writer.close()
})

t.test('few that wait gather as ever', async (t) => {
  const { stage, writer } = await opened(t)
  const gates = held(stage)
  const { of, drafts } = many(64 + 63)
  const first = Promise.all(drafts.slice(0, 64).map(({ draft }) => writer.append(draft)))
  await turns(2)
  const rest = Promise.all(drafts.slice(64).map(({ draft }) => writer.append(draft)))
  await turns(4)
  t.equal(of.written, 64)
  gates[0]?.()
  await first
  while (gates.length < 2) await turns(1)
  gates[1]?.()
  await rest
  t.same(sizes(stage), [64, 63])
  await writer.close()
})

for (const [where, at] of [
  ['the one before it', 17],
  ['it', 200],
] as const) {
  t.test(`${where} holds an entry that the database refuses: that one fails alone, nothing is lost, no number is left out`, async (t) => {
    const { stage, writer } = await opened(t)
    const gates = held(stage)
    const { of, drafts } = many(300)
    const bad = drafts[at]?.id ?? ''
    stage.store.refuses = (entry) => entry.includes(`"${bad}"`)
    const all = Promise.allSettled(drafts.map(({ draft }) => writer.append(draft)))
    await turns(4)
    t.equal(of.written, 256)
    openAll(t, gates)
    t.same(
      (await all).flatMap((each, at) => (each.status === 'rejected' ? [at] : [])),
      [at],
    )
    t.same(
      idsOf(stage),
      drafts.map(({ id }) => id).filter((id) => id !== bad),
      'in their order',
    )
    sound(t, stage.store.entriesOf('1'))
    await writer.close()
  })
}

t.test('nobody knows what became of the one before it: its calls were never sent, and leave nothing', async (t) => {
  for (const fate of ['lost', 'lost-but-stored', 'unavailable', 'database-not-durable'] as const) {
    const { stage, writer } = await opened(t)
    stage.store.fates = [fate]
    const { of, drafts } = many(300)
    const gates = held(stage)
    const all = Promise.allSettled(drafts.map(({ draft }) => writer.append(draft)))
    await turns(4)
    t.equal(of.written, 256, `${fate}: the next one is built`)
    openAll(t, gates)
    const outcomes = await all
    t.ok(
      outcomes.every(({ status }) => status === 'rejected'),
      `${fate}: nobody waits`,
    )
    t.equal(of.written, 256)
    while ((await writer.append(query('a').draft).catch(() => undefined)) === undefined) await turns(5)
    const kinds = stage.store.entriesOf('1').map((each) => JSON.parse(each).kind)
    const stored = fate === 'lost-but-stored' ? 128 : 0
    t.same([kinds.filter((kind) => kind === 'query').length, kinds.filter((kind) => kind === 'completion').length], [stored + 1, stored])
    sound(t, stage.store.entriesOf('1'))
    await writer.close()
  }
})

t.test('another writer took the slot: it is never sent', async (t) => {
  const { stage, writer } = await opened(t)
  const gates = held(stage)
  const { of, drafts } = many(300)
  const all = Promise.allSettled(drafts.map(({ draft }) => writer.append(draft)))
  await turns(4)
  t.equal(of.written, 256)
  await stage.store.claim('1', 'linkage.example/log/1')
  gates[0]?.()
  t.ok((await all).every(({ status }) => status === 'rejected'))
  t.equal(gates.length, 1)
  t.equal(stage.store.entriesOf('1').length, 0)
  await writer.close()
})

t.test('the month turns while one commits: the next begins with its month', async (t) => {
  const stage = await bench(t)
  stage.clock.offset = Date.parse('2026-11-30T15:59:55.000Z') - november
  const { writer } = await stage.open(5_000)
  const gates = held(stage)
  const { of, drafts } = many(300)
  const all = Promise.all(drafts.slice(0, 130).map(({ draft }) => writer.append(draft)))
  await turns(4)
  stage.clock.offset += 8_000
  const rest = Promise.all(drafts.slice(130).map(({ draft }) => writer.append(draft)))
  await turns(4)
  t.equal(of.written, 128, 'nothing is built ahead of a turn')
  openAll(t, gates)
  await Promise.all([all, rest])
  const kinds = stage.store.entriesOf('1').map((each) => JSON.parse(each).kind)
  t.equal(kinds.indexOf('month'), 128)
  t.equal(kinds.length, 301)
  sound(t, stage.store.entriesOf('1'))
  await writer.close()
})

t.test('a mark that does not get on: no more stands beyond it than one batch repairs, and nobody is released', async (t) => {
  const { stage, writer, mark } = await opened(t)
  const write = mark.write.bind(mark)
  const append = stage.store.append.bind(stage.store)
  stage.store.append = async (batch) => {
    await turns(4)
    return await append(batch)
  }
  let open: () => void = () => undefined
  const stuck = new Promise<void>((go) => {
    open = go
  })
  mark.write = async (next) => {
    await stuck
    await write(next)
  }
  let released = 0
  const all = Array.from({ length: 3_000 }, () =>
    writer.append(query('a').draft).then(() => {
      released += 1
    }),
  )
  for (let before = -1; before !== stage.store.entriesOf('1').length; await turns(40)) before = stage.store.entriesOf('1').length
  const stored = stage.store.entriesOf('1').length
  t.equal(stored, 896, 'seven batches; an eighth would be too many')
  t.equal(released, 0)
  t.same(stage.store.brought, [], 'nor is a checkpoint let out')
  open()
  await Promise.all(all)
  t.equal(stage.store.entriesOf('1').length, 3_000)
  sound(t, stage.store.entriesOf('1'))
  await writer.close()
})

/** The mark of the first batch fails while the second one commits. @returns the ends of their calls, and a hold on the second */
async function markFailing(t: Test) {
  const { stage, writer, mark } = await opened(t)
  const gates = held(stage)
  let fail: () => void = () => undefined
  mark.write = () =>
    new Promise((_, reject) => {
      fail = () => reject(new Error('the disk is gone'))
    })
  const { drafts } = many(256)
  const ends = Promise.allSettled(drafts.map(({ draft }) => writer.append(draft)))
  await turns(4)
  gates[0]?.()
  while (gates.length < 2) await turns(1)
  fail()
  await turns(4)
  return { ends, gates, stage, writer }
}

for (const fate of ['ok', 'rejected', 'lost', 'lost-but-stored', 'unavailable'] as const) {
  t.test(`a mark fails while the next batch commits, which is then ${fate}: nobody is released, everybody is told, for good`, async (t) => {
    const { ends, gates, stage, writer } = await markFailing(t)
    stage.store.fates = [fate]
    gates[1]?.()
    t.ok((await ends).every(({ status }) => status === 'rejected'))
    await turns(40)
    t.same(
      stage.events.flatMap(({ event }) => (event === 'batch' ? [] : [event])),
      ['log-refused'],
      'it does not come back by itself',
    )
    t.throws(() => writer.check(), { code: 'query-log-unavailable' })
    await writer.close()
  })
}

t.test('it is closed while the next batch commits: what a mark that failed did not cover is not passed', async (t) => {
  const { ends, gates, writer } = await markFailing(t)
  const closing = writer.close()
  await turns(4)
  gates[1]?.()
  t.ok((await ends).every(({ status }) => status === 'rejected'))
  await closing
})

t.test('repairs go together whatever was refused before', async (t) => {
  const { stage, writer } = await opened(t)
  const bad = query('a')
  stage.store.refuses = (entry) => entry.includes(`"${bad.id}"`)
  await t.rejects(Promise.all([writer.append(query('a').draft), writer.append(bad.draft)]))
  stage.store.refuses = (entry) => entry.includes(`"${bad.id}"`)
  const both = await Promise.allSettled([writer.append(bad.draft), writer.append(query('a').draft), writer.append(query('a').draft)])
  t.equal(both.filter(({ status }) => status === 'rejected').length, 1)
  stage.store.fates = ['lost-but-stored']
  await t.rejects(writer.appendTogether(Array.from({ length: 100 }, () => query('a').draft)))
  while ((await writer.append(query('a').draft).catch(() => undefined)) === undefined) await turns(5)
  t.notOk(stage.events.some(({ event }) => event === 'log-refused'))
  sound(t, stage.store.entriesOf('1'))
  await writer.close()
})
