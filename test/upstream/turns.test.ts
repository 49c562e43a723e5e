// turns.test.ts: an upstream takes so many calls at once, and no agency stands in the others' way.
import fc from 'fast-check'
import t from 'tap'
import { Turns } from '../../src/upstream/turns.ts'

interface Queued {
  readonly agency: string
  giveUp: (() => void) | undefined
  went: boolean
}

t.test('an agency alone uses all but the reserve; what is left is there for another', async (t) => {
  const turns = new Turns({ atOnce: 64, waiting: 256 })
  let went = 0
  for (let call = 0; call < 100; call += 1) turns.enter('one', () => (went += 1))
  t.equal(went, 56)
  let other = 0
  for (let call = 0; call < 8; call += 1) turns.enter('other', () => (other += 1))
  t.equal(other, 8, 'at once, while the first agency’s calls hang')
})

t.test('of the places to wait an agency fills one half, and is then refused; others are not', async (t) => {
  const turns = new Turns({ atOnce: 8, waiting: 4 })
  for (let call = 0; call < 7 + 2; call += 1) {
    turns.check('one')
    turns.enter('one', () => undefined)
  }
  t.throws(() => turns.check('one'), { code: 'overloaded' })
  turns.check('other')
  turns.enter('other', () => undefined)
  for (let call = 0; call < 2; call += 1) turns.enter('other', () => undefined)
  t.throws(() => turns.check('third'), { code: 'overloaded' }, 'nobody waits beyond the bound')
})

t.test('where the settings say so, fewer places are one agency’s: two that ask without end leave the others theirs', async (t) => {
  const turns = new Turns({ atOnce: 2, waiting: 64, waitingOfOne: 8 })
  for (const agency of ['one', 'other']) {
    let entered = 0
    try {
      for (; entered < 100; entered += 1) {
        turns.check(agency)
        turns.enter(agency, () => undefined)
      }
    } catch (error) {
      t.match(error, { code: 'overloaded' })
    }
    t.equal(entered, 1 + 8, agency)
  }
  turns.check('third')
})

t.test('those who wait go in turn: within an agency in their order, between agencies one after the other', async (t) => {
  const turns = new Turns({ atOnce: 1, waiting: 100 })
  const order: string[] = []
  turns.enter('a', () => order.push('a0'))
  for (const call of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) turns.enter(call.charAt(0), () => order.push(call))
  for (const agency of ['a', 'a', 'b', 'c', 'a', 'b']) turns.leave(agency)
  t.same(order, ['a0', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
})

t.test('who gives up is never sent, and leaves no place behind', async (t) => {
  const turns = new Turns({ atOnce: 1, waiting: 2 })
  turns.enter('a', () => undefined)
  const giveUp = turns.enter('a', () => t.fail('it had left'))
  giveUp?.()
  giveUp?.()
  turns.check('a')
  turns.leave('a')
  let went = false
  turns.enter('a', () => {
    went = true
  })
  t.ok(went)
})

t.test('whatever comes and goes: never more at once than may, never more of one, and nobody waits while there is room', async () => {
  const step = fc.record({
    agency: fc.constantFrom('a', 'b', 'c'),
    what: fc.constantFrom('enter', 'enter', 'leave', 'give up'),
    at: fc.nat(),
  })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 12 }),
      fc.array(step, { maxLength: 80 }),
      (atOnce, waiting, steps) => {
        const turns = new Turns({ atOnce, waiting })
        const most = Math.max(1, atOnce - Math.ceil(atOnce / 8))
        const running: string[] = []
        const queued: Queued[] = []
        for (const { agency, what, at } of steps) {
          if (what === 'enter') {
            try {
              turns.check(agency)
            } catch {
              continue
            }
            const call: Queued = { agency, giveUp: undefined, went: false }
            call.giveUp = turns.enter(agency, () => {
              call.went = true
              running.push(agency)
            })
            if (!call.went) queued.push(call)
          } else if (what === 'leave' && running.length > 0) {
            const [gone = ''] = running.splice(at % running.length, 1)
            turns.leave(gone)
          } else if (what === 'give up' && queued.length > 0) {
            const [left] = queued.splice(at % queued.length, 1)
            if (left?.went === false) left.giveUp?.()
          }
          const still = queued.filter((each) => !each.went)
          const of = (name: string): number => running.filter((each) => each === name).length
          if (running.length > atOnce || still.length > waiting) return false
          if (['a', 'b', 'c'].some((name) => of(name) > most)) return false
          if (running.length < atOnce && still.some((each) => of(each.agency) < most)) return false
        }
        return true
      },
    ),
    { numRuns: 2_000 },
  )
})
