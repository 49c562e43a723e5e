import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { openCheckpoint } from '../../src/querylog/checkpoint.ts'
import { MarkFile, makeMark } from '../../src/querylog/mark.ts'
import { noteVerifier } from '../../src/querylog/note.ts'
import { StoreError } from '../../src/querylog/ports.ts'
import { grow, nothingGrown } from '../../src/querylog/tile.ts'
import { leafHash } from '../../src/querylog/tree.ts'
import type { LogWriter } from '../../src/querylog/writer.ts'
import type { Fate, MemoryStore } from './memory-store.ts'
import { bench, log, november, query, signer, sound, TestClock } from './writer-bench.ts'

t.test('an entry resolves with its index, its leaf and the checkpoint signed for its batch, once the mark is durable', async (t) => {
  const { store, open, path } = await bench(t)
  const { writer } = await open()
  const recorded = await Promise.all([query('a'), query('b'), query('a')].map(({ draft }) => writer.append(draft)))
  for (const [at, { index, leaf, checkpoint }] of recorded.entries()) {
    t.equal(index, at)
    t.same(leaf, leafHash(store.entriesOf('1')[at] ?? ''))
    const head = openCheckpoint(Buffer.from(checkpoint, 'base64').toString(), noteVerifier(signer.verifierKey))
    t.equal(head.size, 3)
    t.same(head.root, store.rootOf('1'))
  }
  const reread = await MarkFile.open(path)
  t.equal(reread.current.head.size, 3)
  t.same(reread.current.head.root, store.rootOf('1'))
  await reread.close()
  sound(t, store.entriesOf('1'))
  await writer.close()
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
})

t.test('while one batch commits the next gathers, without a timer', async (t) => {
  const { store, open, events } = await bench(t)
  const { writer } = await open()
  const first = writer.append(query('a').draft)
  await new Promise((resolve) => setImmediate(resolve))
  const rest = Array.from({ length: 20 }, () => writer.append(query('a').draft))
  await Promise.all([first, ...rest])
  t.equal(store.appends, 2)
  t.same(
    events.flatMap((each) => (each.event === 'batch' ? [each.entries] : [])),
    [1, 20],
  )
})

t.test('a commit that was lost: its callers get 503 at once, and nobody is released', async (t) => {
  for (const fate of ['lost', 'lost-but-stored', 'unavailable'] as const) {
    const { store, open } = await bench(t)
    const { writer, mark } = await open()
    await writer.append(query('a').draft)
    store.fates = [fate]
    const lost = [query('a'), query('b')]
    for (const outcome of await Promise.allSettled(lost.map(({ draft }) => writer.append(draft)))) {
      t.match(outcome, { status: 'rejected', reason: { code: 'query-log-unavailable' } }, fate)
    }
    t.equal(mark.current.head.size, 1, 'the mark did not move')
    let after = await writer.append(query('a').draft).catch((error) => error)
    while (after instanceof Error) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      after = await writer.append(query('a').draft).catch((error) => error)
    }
    const entries = store.entriesOf('1').map((each) => JSON.parse(each))
    sound(t, store.entriesOf('1'))
    const unreleased = entries.filter((each) => each.kind === 'completion').map((each) => each.of.id)
    t.same(unreleased, fate === 'lost-but-stored' ? lost.map(({ id }) => id) : [], `${fate}: what stands and was never released says so`)
    for (const { of } of entries.filter((each) => each.kind === 'completion')) t.equal(entries[of.index].id, of.id)
    t.same(mark.current.head.root, store.rootOf('1'))
    await writer.close()
  }
})

t.test('a batch brings the checkpoint of the head that it extends, and none where nobody signed that one', async (t) => {
  const { store, open } = await bench(t)
  const { writer, mark } = await open()
  await writer.append(query('a').draft)
  store.fates = ['lost-but-stored']
  await t.rejects(writer.append(query('a').draft))
  // A call that comes before the repair is sent goes with it, and from 3 nothing is extended.
  while (mark.current.head.size < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  await writer.append(query('a').draft)
  store.fates = ['lost-but-stored']
  await t.rejects(writer.append(query('a').draft))
  await writer.close()
  const { writer: next } = await open()
  await next.append(query('a').draft)
  t.same(
    store.brought.filter(({ from, states }) => from !== states),
    [],
  )
  t.same(
    store.brought.map(({ from }) => from),
    [1, 3, 4, 6],
    'and it is brought wherever there is one',
  )
})

t.test('each tile is stored once and right: through lost commits, refused entries, and a restart in mid-tile', async (t) => {
  const { store, open } = await bench(t)
  let { writer, mark } = await open()
  const appendMany = async (count: number) => {
    for (let left = count; left > 0; left -= 60) {
      const some = Array.from({ length: Math.min(60, left) }, () => writer.append(query('a').draft))
      await Promise.allSettled(some)
      while ((await writer.ready()).ready === false) await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  await appendMany(200)
  for (const fate of ['lost', 'lost-but-stored', 'rejected'] as const) {
    store.fates = [fate]
    await appendMany(150)
    await writer.close()
    await mark.close()
    const reopened = await open()
    writer = reopened.writer
    mark = reopened.mark
  }
  await appendMany(300)
  const { tiles } = grow(nothingGrown, store.entriesOf('1').map(leafHash))
  t.ok(tiles.length >= 3, `${tiles.length} tiles`)
  t.same(store.tiles, tiles)
  await writer.close()
})

t.test('a whole batch that was lost is repaired in one, also where the month turns before it', async (t) => {
  const { store, clock, open } = await bench(t)
  const { writer } = await open(2_000)
  await writer.append(query('a').draft)
  store.fates = ['lost-but-stored']
  const together = Array.from({ length: 10 }, () => Array.from({ length: 100 }, () => query('a').draft))
  const lost = await Promise.allSettled(together.map((drafts) => writer.appendTogether(drafts)))
  t.ok(lost.every(({ status }) => status === 'rejected'))
  t.equal(store.entriesOf('1').length, 1_001, 'one batch held them all')
  await writer.close()
  clock.offset += 30 * 86_400_000
  const { writer: next } = await open(2_000)
  await next.append(query('a').draft)
  const kinds = store.entriesOf('1').map((each) => JSON.parse(each).kind)
  t.equal(kinds.filter((kind) => kind === 'completion').length, 1_000)
  t.equal(kinds[1_001], 'month')
  await next.close()
})

t.test('the entry that the database refuses is found by halving; it alone fails', async (t) => {
  const { store, open } = await bench(t)
  const { writer } = await open()
  const all = Array.from({ length: 40 }, () => query('a'))
  const bad = all[17]?.id ?? ''
  store.refuses = (entry) => entry.includes(`"${bad}"`)
  const outcomes = await Promise.allSettled(all.map(({ draft }) => writer.append(draft)))
  t.same(
    outcomes.flatMap((each, at) => (each.status === 'rejected' ? [at] : [])),
    [17],
  )
  t.equal(store.entriesOf('1').length, 39)
  sound(t, store.entriesOf('1'))
})

t.test('an entry that cannot be built fails alone, and leaves no gap', async (t) => {
  const { store, open } = await bench(t)
  const { writer } = await open()
  const torn = { agency: 'a', counted: true, write: () => 'x'.repeat(65_536) }
  const thrown = {
    agency: 'a',
    write: (): string => {
      throw new TypeError('no such member')
    },
  }
  const outcomes = await Promise.allSettled([query('a').draft, torn, thrown, query('a').draft].map((draft) => writer.append(draft)))
  t.same(
    outcomes.map((each) => each.status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  sound(t, store.entriesOf('1'))
  await t.rejects(writer.append(thrown), { name: 'TypeError' })
  await writer.append(query('a').draft)
})

/** Queries of one call. */
const several = (agency: string, count: number) => Array.from({ length: count }, () => query(agency))
const draftsOf = (queries: ReturnType<typeof several>) => queries.map(({ draft }) => draft)
const idsIn = (entries: readonly string[]): string[] => entries.map((each) => JSON.parse(each).id)

t.test('entries of one call stand one behind the other, in one commit', async (t) => {
  const { store, open, events } = await bench(t)
  const { writer } = await open(2_000)
  const [single, group, other] = [query('a'), several('a', 100), several('b', 3)]
  const [one, recorded] = await Promise.all([
    writer.append(single.draft),
    writer.appendTogether(draftsOf(group)),
    writer.appendTogether(draftsOf(other)),
  ])
  t.equal(one.index, 0)
  t.same(
    recorded.map(({ index }) => index),
    group.map((_, at) => at + 1),
  )
  t.equal(new Set(recorded.map(({ checkpoint }) => checkpoint)).size, 1)
  t.same(
    idsIn(store.entriesOf('1')),
    [single, ...group, ...other].map(({ id }) => id),
  )
  sound(t, store.entriesOf('1'))
  const groups = Array.from({ length: 27 }, () => several('a', 99))
  await Promise.all(groups.map((each) => writer.appendTogether(draftsOf(each))))
  const sizes = events.flatMap((each) => (each.event === 'batch' ? [each.entries] : []))
  t.same(sizes.slice(1), [990, 990, 693], 'a batch takes no part of a call')
  sound(t, store.entriesOf('1'))
  await writer.close()
})

t.test('of one call all entries stand or none: whichever cannot be built, is refused, or is lost', async (t) => {
  const { store, open } = await bench(t)
  const { writer } = await open(2_000)
  const broken = several('a', 5)
  const drafts = draftsOf(broken)
  for (const bad of [0, 2, 4]) {
    const torn = { agency: 'a', counted: true, write: () => 'x'.repeat(65_536) }
    const outcomes = await Promise.allSettled([
      writer.append(query('a').draft),
      writer.appendTogether(drafts.with(bad, torn)),
      writer.append(query('a').draft),
    ])
    t.same(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
  }
  t.equal(store.entriesOf('1').length, 6)
  const large = { agency: 'a', counted: true, write: () => JSON.stringify({ at: '9', kind: 'x', text: 'x'.repeat(60_000) }) }
  await t.rejects(writer.appendTogether(Array(18).fill(large)), RangeError, 'more than a batch')
  t.equal(store.entriesOf('1').length, 6)

  const refused = several('b', 5)
  store.refuses = (entry) => entry.includes(`"${refused[3]?.id}"`)
  const others = [several('a', 7), several('b', 2), several('a', 1)]
  const outcomes = await Promise.allSettled([...others, refused].map((each) => writer.appendTogether(draftsOf(each))))
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  )
  t.same(
    idsIn(store.entriesOf('1')).slice(6),
    others.flat().map(({ id }) => id),
  )
  sound(t, store.entriesOf('1'))

  store.fates = ['lost-but-stored']
  const lost = several('a', 4)
  await t.rejects(writer.appendTogether(draftsOf(lost)), { code: 'query-log-unavailable' })
  while (!(await writer.ready()).ready) await new Promise((resolve) => setTimeout(resolve, 5))
  await writer.append(query('a').draft)
  const completed = store
    .entriesOf('1')
    .map((each) => JSON.parse(each))
    .filter(({ kind }) => kind === 'completion')
  t.same(
    completed.map(({ of, outcome }) => [of.id, outcome]),
    lost.map(({ id }) => [id, 'not-released']),
    'each of them says that it was not released',
  )
  sound(t, store.entriesOf('1'))
  await writer.close()
})

t.test('beyond its bound the queue refuses with overloaded', async (t) => {
  const { open } = await bench(t)
  const { writer } = await open()
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => writer.append(query('a').draft)))
  t.equal(outcomes.filter((each) => each.status === 'fulfilled').length, 64)
  for (const each of outcomes) if (each.status === 'rejected') t.equal(each.reason.code, 'overloaded')
})

t.test('another writer took the slot and wrote: this one stops for good, and does not fence it off', async (t) => {
  const { store, open, events } = await bench(t)
  const { writer } = await open()
  await writer.append(query('a').draft)
  const other = await open()
  await other.writer.append(query('a').draft)
  const { claims } = store
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
  while (events.at(-1)?.event !== 'log-refused') await sleep(1)
  t.match(events.at(-1), { event: 'log-refused', error: { code: 'head-moved' } })
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
  t.match(await writer.ready(), { ready: false, why: /head-moved/ })
  t.equal(store.claims, claims)
  await other.writer.append(query('a').draft)
  await other.writer.close()
})

t.test('it wrote while this one claimed again: this one stops for good', async (t) => {
  const { store, open, events } = await bench(t)
  const { writer } = await open()
  await writer.append(query('a').draft)
  await store.claim('1', log)
  const claim = store.claim.bind(store)
  store.claim = async (...of) => {
    store.claim = claim
    const other = await open()
    await other.writer.append(query('a').draft)
    return await claim(...of)
  }
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
  while (events.at(-1)?.event !== 'log-refused') await sleep(1)
  t.match(events.at(-1), { event: 'log-refused', error: { code: 'head-moved' } })
})

t.test('it is closed while it looks whether its head stands: it claims no more', async (t) => {
  const { store, open } = await bench(t)
  const { writer } = await open()
  await writer.append(query('a').draft)
  await store.claim('1', log)
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const probe = store.probe.bind(store)
  store.probe = async (slot) => {
    asked.resolve()
    await answer.promise
    return await probe(slot)
  }
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
  await asked.promise
  await writer.close()
  const { claims } = store
  answer.resolve()
  await sleep(20)
  t.equal(store.claims, claims)
})

t.test('nothing but a claim came, of this slot and late: its callers get 503, and it claims again', async (t) => {
  const { store, open, events } = await bench(t)
  const { writer } = await open()
  await writer.append(query('a').draft)
  await store.claim('1', log)
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable', cause: { code: 'head-moved' } })
  while (events.at(-1)?.event !== 'log-back') await sleep(1)
  t.equal((await writer.append(query('a').draft)).index, 1)
  await writer.close()
})

t.test('another gateway is found, or its traces: this one stops for good, whichever statement finds them', async (t) => {
  const found = () => new StoreError('other-instance', 'Found: the gateway of slot 2 wrote while this one had no connection')
  const asks: Readonly<Record<string, (store: MemoryStore, writer: LogWriter) => Promise<unknown>>> = {
    'the claim after an outage': async (store, writer) => {
      store.fates = ['unavailable']
      store.claim = () => Promise.reject(found())
      await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
    },
    'an append on a new connection': async (store, writer) => {
      store.append = () => Promise.reject(found())
      await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
    },
    'the look behind a claim that came late': async (store, writer) => {
      await store.claim('1', log)
      store.probe = () => Promise.reject(found())
      await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
    },
    'readiness on a new connection': async (store, writer) => {
      store.probe = () => Promise.reject(found())
      t.match(await writer.ready(), { ready: false, why: /^other-instance: .*slot 2.*restart this gateway/ })
    },
  }
  for (const [name, ask] of Object.entries(asks)) {
    const { clock, store, open, events } = await bench(t)
    const { writer } = await open()
    await writer.append(query('a').draft)
    const { append, claim, probe } = store
    const { length } = store.entriesOf('1')
    const later = clock.monotonic() + 2_000
    clock.monotonic = () => later // the last commit is too old to answer for the next
    await clock.sleep(5)
    await ask(store, writer)
    for (let at = 0; at < 200 && events.at(-1)?.event !== 'log-refused'; at += 1) await clock.sleep(5)
    t.match(events.at(-1), { event: 'log-refused', error: { code: 'other-instance', message: /slot 2 wrote/ } }, name)
    Object.assign(store, { append, claim, probe })
    await clock.sleep(5)
    await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' }, `${name}: also once nothing is found any more`)
    t.match(
      await writer.ready(),
      { ready: false, why: /^other-instance: .*請確認只留一個閘道，再重新啟動本閘道.*restart this gateway/ },
      name,
    )
    t.equal(store.entriesOf('1').length, length)
  }
})

t.test('whoever wants to know anew asks the database, however lately it answered', async (t) => {
  const { store, open } = await bench(t)
  const { writer } = await open()
  await writer.append(query('a').draft)
  let asked = 0
  const { probe } = store
  store.probe = (slot) => {
    asked += 1
    return probe.call(store, slot)
  }
  t.match(await writer.ready(), { ready: true })
  t.equal(asked, 0)
  t.match(await writer.ready(true), { ready: true })
  t.equal(asked, 1)
})

t.test('a database that is away and comes back: 503 meanwhile, no restart', async (t) => {
  const { store, open } = await bench(t)
  const { writer } = await open()
  store.away = true
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
  t.throws(() => writer.check(), { code: 'query-log-unavailable' })
  t.match(await writer.ready(), { ready: false })
  store.away = false
  while (!(await writer.ready()).ready) await new Promise((resolve) => setTimeout(resolve, 5))
  await writer.append(query('a').draft)
  sound(t, store.entriesOf('1'))
})

t.test(
  'what stands beyond the mark at a start was never released: it is marked so before anything new, also when killed twice',
  async (t) => {
    const { store, open, path } = await bench(t)
    const { writer, mark } = await open()
    await writer.append(query('a').draft)
    const before = readFileSync(path)
    const beyond = [query('a'), query('b')]
    await Promise.all(beyond.map(({ draft }) => writer.append(draft)))
    await writer.close()
    await mark.close()
    writeFileSync(path, before) // as a kill between commit and mark leaves it
    const second = await open()
    const completions = () =>
      store
        .entriesOf('1')
        .map((each) => JSON.parse(each))
        .filter((each) => each.kind === 'completion')
    t.same(
      completions().map((each) => [each.of.id, each.outcome]),
      beyond.map(({ id }) => [id, 'not-released']),
    )
    t.equal(second.mark.current.head.size, 5)
    await second.mark.close()
    writeFileSync(path, before) // killed again, after the repair was committed
    const third = await open()
    t.equal(completions().length, 2, 'no second completion of one query')
    await third.writer.append(query('a').draft)
    t.equal(third.mark.current.head.size, 6)
    sound(t, store.entriesOf('1'))
  },
)

t.test('a database that is behind the mark, or holds another history, is refused by name', async (t) => {
  const { store, open } = await bench(t)
  const { writer, mark } = await open()
  await writer.append(query('a').draft)
  await writer.append(query('a').draft)
  await writer.close()
  await mark.close()
  const row = store.rows.get('1')
  const entries = store.entriesOf('1')
  if (row === undefined) throw new Error('no row')
  const { head } = row
  const [first = '', second = ''] = entries
  store.stored.set('1', [first])
  row.head = { size: 1, root: leafHash(first) }
  await t.rejects(open(), { code: 'database-behind' })
  store.stored.set('1', [first.replace('"a"', '"b"'), second])
  row.head = { size: 2, root: store.rootOf('1') }
  await t.rejects(open(), { code: 'other-history' }, 'an edited entry below the mark, with a head to match')
  store.stored.set('1', [first, second])
  row.head = { ...head, root: leafHash('x') }
  await t.rejects(open(), { code: 'other-history' }, 'a head that its entries do not give')
  row.head = head
  row.epoch = 0
  await t.rejects(open(), { code: 'database-behind' }, 'an epoch that was already signed under')
})

t.test('a mark that is missing, or torn in both places, is never taken for an empty one; torn in one, the other counts', async (t) => {
  const { open, path } = await bench(t)
  const { writer, mark } = await open()
  await writer.append(query('a').draft)
  await writer.append(query('a').draft)
  await writer.close()
  await mark.close()
  const whole = readFileSync(path)
  for (let at = 0; at < whole.length; at += 97) {
    const torn = Buffer.from(whole)
    torn[at] = (torn[at] ?? 0) ^ 1
    writeFileSync(path, torn)
    const file = await MarkFile.open(path)
    t.ok(file.current.head.size >= 1)
    await file.close()
  }
  writeFileSync(path, Buffer.alloc(8192, 0x20))
  await t.rejects(open(), { code: 'no-mark' })
  rmSync(path)
  await t.rejects(open(), { code: 'no-mark' })
  writeFileSync(path, whole)
  const file = await MarkFile.open(path)
  await t.rejects(
    file.write({ ...file.current, head: { ...file.current.head, size: 1 } }),
    { code: 'other-history' },
    'it never moves back',
  )
  await file.close()
  await t.rejects(makeMark(path), { code: 'EEXIST' })
})

t.test(
  'nothing is dated by a clock that stepped forward by itself, of what waits already either; one question sets it right',
  async (t) => {
    const { store, open, clock } = await bench(t)
    const { writer } = await open()
    await writer.append(query('a').draft)
    const { size } = writer
    const waits = writer.append(query('a').draft)
    store.databaseTime = () => clock.wall() - 40_000
    clock.offset += 40_000
    await t.rejects(waits, { code: 'clock-unsound' }, 'let in before')
    await t.rejects(writer.append(query('a').draft), { code: 'clock-unsound' })
    t.equal(writer.size, size, 'nothing was written')
    // The database agrees: both were set.
    store.databaseTime = () => clock.wall()
    t.match(await writer.ready(true), { ready: true })
    await writer.append(query('a').draft)
    await writer.close()
  },
)

t.test('a log that takes long to read is opened by a clock that is right: what the reading takes is no difference', async (t) => {
  const { store, open, clock } = await bench(t)
  store.databaseTime = () => clock.wall()
  const first = await open()
  await first.writer.append(query('a').draft)
  await first.writer.close()
  let read = 0
  const [wall, monotonic] = [clock.wall, clock.monotonic]
  clock.wall = () => wall() + read
  clock.monotonic = () => monotonic() + read
  const leaves = store.leafHashes.bind(store)
  store.leafHashes = (...of) => {
    read += 11_000
    return leaves(...of)
  }
  const { writer } = await open()
  t.ok(read > 0, 'it was read')
  await writer.append(query('a').draft)
  await writer.close()
})

t.test('what was never released is not said so by a clock that is not believed either: it waits until the clock is right', async (t) => {
  const { store, open, clock } = await bench(t)
  const { writer, mark } = await open()
  store.databaseTime = () => clock.wall() - clock.offset
  const kinds = () => store.entriesOf('1').map((each) => JSON.parse(each).kind)
  await writer.append(query('a').draft)
  store.fates = ['lost-but-stored']
  const append = store.append.bind(store)
  store.append = async (batch) => {
    clock.offset = 30 * 24 * 3_600_000
    return await append(batch)
  }
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
  store.append = append
  await sleep(300)
  t.same(kinds(), ['query', 'query'], 'nothing is dated by it, and no month entered that is not here yet')
  t.match(await writer.ready(), { ready: false })
  clock.offset = 0
  while (kinds().length < 3) await sleep(5)
  t.same(kinds(), ['query', 'query', 'completion'])
  await writer.append(query('a').draft)
  t.equal(mark.current.head.size, 4)
  sound(t, store.entriesOf('1'))
  await writer.close()
})

t.test('a slot is claimed three times a minute at most, also where reading behind the claim fails', async (t) => {
  const { store, open, clock } = await bench(t)
  const { writer } = await open()
  await writer.append(query('a').draft)
  let minutes = 0
  clock.monotonic = () => performance.now() + minutes * 60_000
  const { entries } = store
  store.entries = () => {
    throw new StoreError('unavailable', 'a read fails')
  }
  store.fates.push('lost')
  const before = store.claims
  await t.rejects(writer.append(query('a').draft), { code: 'query-log-unavailable' })
  await sleep(500)
  t.equal(store.claims - before, 3)
  store.entries = entries
  minutes += 2
  clock.offset += 120_000
  while (!(await writer.ready()).ready) await sleep(5)
  t.equal(store.claims - before, 4)
  await writer.close()
})

t.test(
  'the month turns in Asia/Taipei, by one entry before the first of the new month; a clock that steps back changes nothing',
  async (t) => {
    const { store, open, clock } = await bench(t)
    const { writer } = await open()
    await writer.append(query('b').draft)
    await writer.append(query('a', false).draft)
    clock.offset = Date.parse('2026-11-30T15:59:59.000Z') - november
    clock.start = performance.now()
    const late = new TestClock()
    late.offset = clock.offset
    await t.rejects(writer.append(query('a').draft), { code: 'clock-unsound' }, 'a clock that jumped a week is not believed')
    clock.offset = 0
    const turned = { ...clock, wall: () => Date.parse('2026-11-30T16:00:00.000Z'), monotonic: clock.monotonic, sleep: clock.sleep }
    Object.assign(clock, turned)
    store.databaseTime = () => clock.wall()
    await writer.close()
    const next = await open()
    await Promise.all([query('a').draft, query('a').draft].map((draft) => next.writer.append(draft)))
    const entries = store.entriesOf('1').map((each) => JSON.parse(each))
    t.match(entries[2], {
      kind: 'month',
      ended: '2026-11',
      begins: '2026-12',
      agencies: [
        { agency: 'a', counted: 0, counted_to: 0, records: 1, records_to: 1 },
        { agency: 'b', counted: 1, counted_to: 1, records: 1, records_to: 1 },
      ],
    })
    t.equal(store.rows.get('1')?.month, '2026-12-01')
    clock.wall = () => Date.parse('2026-11-30T15:59:55.000Z')
    const { index } = await next.writer.append(query('a').draft)
    t.match(JSON.parse(store.entriesOf('1')[index] ?? ''), { at: '2026-11-30T16:00:00.000Z', clock: '2026-11-30T15:59:55.000Z' })
    t.equal(store.entriesOf('1').filter((each) => each.includes('"kind":"month"')).length, 1, 'a month is never left again')
    sound(t, store.entriesOf('1'))
  },
)

t.test('whatever becomes of the commits, every released answer stands and every other record says that it was not released', async (t) => {
  const fates = fc.array(fc.constantFrom<Fate>('ok', 'ok', 'ok', 'lost', 'lost-but-stored', 'rejected', 'unavailable'), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fates, fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 30 }), async (fates, pauses) => {
      const { store, open } = await bench(t)
      const { writer, mark } = await open()
      store.fates = fates
      const released = new Set<string>()
      const calls: Promise<void>[] = []
      for (const pause of pauses) {
        const { id, draft } = query(`agency-${pause}`)
        calls.push(
          writer.append(draft).then(
            ({ index, leaf }) => {
              released.add(id)
              const entry = store.entriesOf('1')[index] ?? ''
              if (JSON.parse(entry).id !== id || !leafHash(entry).equals(leaf)) throw new Error('released without its entry')
              if (mark.current.head.size <= index) throw new Error('released before the mark')
            },
            (error) => {
              if (!['query-log-unavailable', 'rejected'].includes(error.code)) throw error
            },
          ),
        )
        for (let turn = 0; turn < pause; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(calls)
      store.fates = []
      await writer.close()
      await mark.close()
      const next = await open()
      await next.writer.close()
      await next.mark.close()
      const entries = store.entriesOf('1').map((each) => JSON.parse(each))
      const unreleased = new Set(entries.filter((each) => each.kind === 'completion').map((each) => each.of.id))
      for (const { id } of entries.filter((each) => each.kind === 'query')) {
        if (released.has(id) === unreleased.has(id))
          throw new Error(`${id}: released ${released.has(id)}, marked not-released ${unreleased.has(id)}`)
      }
      sound(t, store.entriesOf('1'))
    }),
    { numRuns: 150 },
  )
})
