// page-answer.test.ts: turns of those who read what the gateway holds: given back however a reading ends.
import t from 'tap'
import { inTurn } from '../../src/gateway/page-answer.ts'
import { Turns } from '../../src/upstream/turns.ts'

t.test('a turn is given back by who reads, who fails, and who throws before it begins', async (t) => {
  const turns = new Turns({ atOnce: 1, waiting: 0 })
  const throwing = (): Promise<never> => {
    throw new Error('at once')
  }
  await t.rejects(inTurn(turns, 'education', throwing), { message: 'at once' })
  await t.rejects(
    inTurn(turns, 'education', async () => {
      throw new Error('later')
    }),
    { message: 'later' },
  )
  t.equal(await inTurn(turns, 'education', async () => 'read'), 'read')
})

t.test('who has left takes no turn, and one that is taken is given back when its reading ends', async (t) => {
  const turns = new Turns({ atOnce: 1, waiting: 1 })
  const leave = new AbortController()
  const answer = Promise.withResolvers<string>()
  const reading = inTurn(turns, 'education', () => answer.promise, leave.signal)
  await Promise.resolve()
  leave.abort(new Error('left'))
  await t.rejects(reading, { message: 'left' })
  await t.rejects(
    inTurn(turns, 'education', async () => t.fail('it is gone'), leave.signal),
    { message: 'left' },
  )
  const next = inTurn(turns, 'education', async () => 'next')
  answer.resolve('too late')
  t.equal(await next, 'next')
})

t.test('a turn that comes as its caller leaves is given back at once', async (t) => {
  const turns = new Turns({ atOnce: 1, waiting: 1 })
  const leave = new AbortController()
  turns.enter('police', () => undefined)
  const waiting = inTurn(turns, 'education', async () => t.fail('it is gone'), leave.signal)
  leave.abort(new Error('left'))
  turns.leave('police')
  await t.rejects(waiting, { message: 'left' })
  t.equal(await inTurn(turns, 'education', async () => 'next'), 'next')
})
