// inference-limits.test.ts: who is refused for asking too widely, when it ends, what a restart remembers, and what memory may hold.
import fc from 'fast-check'
import t from 'tap'
import { type Asking, InferenceLimits, missingOf, type Told, untilNextHour } from '../../src/gateway/inference-limits.ts'
import type { Grant } from '../../src/policy/snapshot.ts'
import { Refused } from '../../src/problems.ts'
import { grant as plain } from '../policy/rules.ts'

const hour = 3_600_000
/** 2026-11-27, 23:00 in Taipei. */
const late = Date.parse('2026-11-27T15:00:00Z')
const wide = { users: 1_000, pairs: 1_000 }
const grant = (notFoundPerUserPerHour: number, subjectsPerCasePerDay: number, id = 'g'): Grant => ({
  ...plain,
  id,
  limits: { ...plain.limits, notFoundPerUserPerHour, subjectsPerCasePerDay },
})
/** Mostly about one subject. */
type Ask = Partial<Asking> & { readonly tag?: string }
const asking = ({ tag = 't1', ...more }: Ask = {}): Asking => ({
  agency: 'a',
  grant: grant(2, 2),
  user: 'u',
  case: 'c',
  tags: [tag],
  ...more,
})

/** The code of a refusal, or `admitted`. */
function outcome(limits: InferenceLimits, call: Asking): string {
  try {
    limits.admit(call)
    return 'admitted'
  } catch (error) {
    if (error instanceof Refused) return error.code
    throw error
  }
}

function at(start = late, bounds = wide): { limits: InferenceLimits; clock: { now: number } } {
  const clock = { now: start }
  return { limits: new InferenceLimits(() => clock.now, bounds), clock }
}

t.test('not found: so often by user and clock hour, and no more', async (t) => {
  const { limits, clock } = at(late + hour - 1)
  for (const expected of ['admitted', 'admitted', 'not-found-limit-reached']) {
    t.equal(outcome(limits, asking()), expected)
    limits.notFound(asking())
  }
  t.equal(outcome(limits, asking({ user: 'v' })), 'admitted', 'another user')
  t.equal(outcome(limits, asking({ agency: 'b' })), 'admitted', 'the same account of another agency')
  t.equal(outcome(limits, asking({ grant: grant(2, 2, 'h') })), 'not-found-limit-reached', 'by whatever grant')
  t.equal(outcome(limits, asking({ user: undefined })), 'admitted', 'without a user nothing is counted')
  clock.now += 1
  t.equal(outcome(limits, asking()), 'admitted', 'the next hour')
})

t.test('subjects: so many by case and civil day of Taipei, and no more', async (t) => {
  const { limits, clock } = at(late + hour - 1)
  const rows: readonly (readonly [string, Ask, string])[] = [
    ['the first subject', {}, 'admitted'],
    ['the second', { tag: 't2' }, 'admitted'],
    ['a third', { tag: 't3' }, 'case-limit-reached'],
    ['the first again', {}, 'admitted'],
    ['the second again', { tag: 't2' }, 'admitted'],
    ['a third, by another user', { tag: 't3', user: 'v' }, 'case-limit-reached'],
    ['a third, in another case', { tag: 't3', case: 'd' }, 'admitted'],
    ['a third, by another grant', { tag: 't3', grant: grant(2, 2, 'h') }, 'admitted'],
    ['a third, of another agency', { tag: 't3', agency: 'b' }, 'admitted'],
    ['no case', { tag: 't3', case: undefined }, 'admitted'],
    ['no subject', { tags: [] }, 'admitted'],
    ['the two of them in one call', { tags: ['t2', 't1'] }, 'admitted'],
    ['one of them and a third', { tags: ['t2', 't3'] }, 'case-limit-reached'],
  ]
  for (const [title, call, expected] of rows) t.equal(outcome(limits, asking(call)), expected, title)
  clock.now += 1
  t.equal(outcome(limits, asking({ tag: 't3' })), 'admitted', 'the next day, which begins at 16:00 UTC')
})

t.test('a batch: its subjects are counted all or none, and each that is not found', async (t) => {
  const { limits } = at(late, { users: 10, pairs: 10 })
  const batch = (tags: readonly string[], more: Ask = {}): Asking => asking({ grant: grant(3, 4), tags, ...more })
  t.equal(outcome(limits, batch(['t1', 't2', 't3'])), 'admitted')
  t.equal(outcome(limits, batch(['t3', 't4', 't5'])), 'case-limit-reached', 'five in all')
  t.equal(outcome(limits, batch(['t3', 't4'])), 'admitted', 'what was refused counted none of them')
  t.equal(outcome(limits, batch(['t1', 't2'], { case: 'd' })), 'case-limit-reached', 'the bound of memory, too')
  t.equal(outcome(limits, batch(['t1'], { case: 'd' })), 'admitted')
  limits.notFound(batch([]), 2)
  t.equal(outcome(limits, batch(['t1'])), 'admitted')
  limits.notFound(batch([]), 0)
  t.equal(outcome(limits, batch(['t1'])), 'admitted')
  limits.notFound(batch([]), 1)
  t.equal(outcome(limits, batch(['t1'])), 'not-found-limit-reached')
})

t.test('whom the rows of a batch say nothing of was not found, where they could say it', async (t) => {
  t.equal(missingOf(5, 2, ['[].status'], undefined), 3)
  t.equal(missingOf(5, 2, ['total', 'found[].name'], 'found'), 3)
  t.equal(missingOf(5, 5, ['[].status'], undefined), 0)
  t.equal(missingOf(5, 9, ['[].status'], undefined), 0)
})

t.test('where a batch asked for nothing that stands in a row, everybody whom it asked about counts', async (t) => {
  t.equal(missingOf(5, 1, ['total'], 'found'), 5, 'a total says how many exist')
  t.equal(missingOf(5, 1, ['total', 'offices[].name'], 'found'), 5, 'elements of another array are no rows')
  t.equal(missingOf(5, 1, ['foundAt[].name'], 'found'), 5)
  t.equal(missingOf(5, 1, ['answer.found[].name'], 'answer.found'), 4)
})

t.test('a user beyond the limit counts no subject against the case', async (t) => {
  const { limits } = at()
  const strict = grant(1, 1)
  limits.notFound(asking())
  t.equal(outcome(limits, asking({ grant: strict })), 'not-found-limit-reached')
  t.equal(outcome(limits, asking({ grant: strict, user: 'v', tag: 't2' })), 'admitted')
})

t.test('at the bound of memory whoever is not held is refused, and nobody is forgotten', async (t) => {
  const { limits, clock } = at(late, { users: 1, pairs: 2 })
  t.equal(outcome(limits, asking()), 'admitted')
  limits.notFound(asking())
  t.equal(outcome(limits, asking({ user: 'v', case: undefined })), 'not-found-limit-reached')
  t.equal(outcome(limits, asking({ tag: 't2' })), 'case-limit-reached')
  t.equal(outcome(limits, asking({ case: 'd' })), 'case-limit-reached')
  t.equal(outcome(limits, asking()), 'admitted', 'what is held goes on')
  clock.now += hour
  t.equal(outcome(limits, asking({ user: 'v', case: 'd' })), 'admitted', 'midnight makes room')
})

t.test('one agency fills half of the day’s memory: another is not refused for it, neither now nor after a restart', async (t) => {
  const { limits, clock } = at(late, { users: 10, pairs: 4 })
  const about = (agency: string, number: string): string => outcome(limits, asking({ agency, case: number }))
  for (const number of ['1', '2']) t.equal(about('greedy', number), 'admitted')
  t.equal(about('greedy', '3'), 'case-limit-reached')
  for (const number of ['1', '2']) t.equal(about('other', number), 'admitted')
  t.equal(about('third', '1'), 'case-limit-reached', 'it is full')
  clock.now += hour
  for (const number of ['1', '2', '3']) limits.recall({ ...told(), at: new Date(clock.now).toISOString(), agency: 'greedy', case: number })
  t.equal(about('greedy', '4'), 'case-limit-reached')
  for (const number of ['1', '2']) t.equal(about('other', number), 'admitted')
})

const told = (more: Partial<Told> = {}): Told => ({
  at: new Date(late).toISOString(),
  agency: 'a',
  grant: 'g',
  user: 'u',
  case: 'c',
  code: 'released',
  decision: 'permit',
  subject: { tag: 't1' },
  ...more,
})

t.test('what the log says of today is counted; what it says of refusals and of other windows is not', async (t) => {
  const strict = asking({ grant: grant(1, 1), tag: 't2' })
  const before = (ms: number) => new Date(late - ms).toISOString()
  const rows: readonly (readonly [string, Told, string])[] = [
    ['a subject of the case', told(), 'case-limit-reached'],
    ['nobody found', told({ code: 'subject-not-found' }), 'not-found-limit-reached'],
    [
      'a batch that found one of two',
      told({ batch: { at: 1, of: 2 }, rows: 1, fields_released: ['[].a'], case: 'd' }),
      'not-found-limit-reached',
    ],
    [
      'a batch that asked for a total',
      told({ batch: { at: 1, of: 2 }, rows: 1, fields_released: ['total'], case: 'd' }),
      'not-found-limit-reached',
    ],
    ['its other record', told({ batch: { at: 2, of: 2 }, rows: 1, fields_released: ['[].a'], case: 'd' }), 'admitted'],
    ['a batch that found all', told({ batch: { at: 1, of: 2 }, rows: 2, fields_released: ['[].a'], case: 'd' }), 'admitted'],
    ['a batch that was released while it came', told({ batch: { at: 1, of: 2 }, fields_released: ['[].a'], case: 'd' }), 'admitted'],
    [
      'a batch in the hour before',
      told({ batch: { at: 1, of: 2 }, rows: 1, fields_released: ['[].a'], case: 'd', at: before(1) }),
      'admitted',
    ],
    ['nobody found, in the hour before', told({ code: 'subject-not-found', at: before(1), case: 'd' }), 'admitted'],
    ['a subject, at the first moment of the day', told({ at: before(23 * hour) }), 'case-limit-reached'],
    ['a subject, at the last of yesterday', told({ at: before(23 * hour + 1) }), 'admitted'],
    ['a call that failed upstream', told({ code: 'upstream-timeout' }), 'case-limit-reached'],
    ['a call that was refused', told({ code: 'case-limit-reached', decision: 'deny' }), 'admitted'],
    ['another case', told({ case: 'd' }), 'admitted'],
    ['another grant', told({ grant: 'h' }), 'admitted'],
    ['the same subject', told({ subject: { tag: 't2' } }), 'admitted'],
  ]
  for (const [title, entry, expected] of rows) {
    const { limits } = at()
    limits.recall(entry)
    t.equal(outcome(limits, strict), expected, title)
  }
})

t.test('whatever is asked in whatever order, the plain account of it agrees, before a restart and after', async () => {
  const step = fc.record({
    user: fc.constantFrom('u', 'v'),
    case: fc.constantFrom('c', 'd', 'c","d'),
    tag: fc.constantFrom('t1', 't2', 't3', 't4'),
    found: fc.boolean(),
    wait: fc.constantFrom(0, 0, 0, hour / 2, 3 * hour, 24 * hour),
    restart: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = { now: late }
      let limits = new InferenceLimits(() => clock.now, wide)
      const log: Told[] = []
      for (const { user, case: number, tag, found, wait, restart } of steps) {
        clock.now += wait
        if (restart) {
          limits = new InferenceLimits(() => clock.now, wide)
          for (const entry of log) limits.recall(entry)
        }
        const now = new Date(clock.now).toISOString()
        // The oracle: the log read from the beginning, hours by their text, days by their text in Taipei.
        const dayOf = (text: string) => new Date(Date.parse(text) + 8 * hour).toISOString().slice(0, 10)
        const failed = log.filter((e) => e.user === user && e.code === 'subject-not-found' && e.at.slice(0, 13) === now.slice(0, 13)).length
        const tags = new Set(
          log.filter((e) => e.case === number && e.decision === 'permit' && dayOf(e.at) === dayOf(now)).map((e) => e.subject?.tag),
        )
        const expected = failed >= 2 ? 'not-found-limit-reached' : tags.size >= 2 && !tags.has(tag) ? 'case-limit-reached' : 'admitted'
        const call = asking({ user, case: number, tag })
        const came = outcome(limits, call)
        if (came !== expected) throw new Error(`${came} instead of ${expected}`)
        const permitted = came === 'admitted'
        if (permitted && !found) limits.notFound(call)
        const code = permitted ? (found ? 'released' : 'subject-not-found') : came
        log.push(told({ at: now, user, case: number, subject: { tag }, code, decision: permitted ? 'permit' : 'deny' }))
      }
    }),
    { numRuns: 500 },
  )
})

t.test('an hour ends within its hour', async (t) => {
  t.equal(untilNextHour(late), 3_600)
  t.equal(untilNextHour(late + 1), 3_600)
  t.equal(untilNextHour(late + hour - 1), 1)
})
