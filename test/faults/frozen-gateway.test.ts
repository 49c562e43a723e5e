// frozen-gateway.test.ts: a gateway that stands still, waits for a database that does not answer, or may not write its mark.
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { GatewayUnderTest } from './gateway.ts'
import { Chance, share } from './random.ts'
import { faultsMade, judge } from './series.ts'

const gateway = await GatewayUnderTest.open(t)
const chance = new Chance('frozen gateways')
// Requests that lay unread while the process stood still count as too slow when it goes on, and so do the welfare system's answers.
for (const status of [400, 504]) gateway.refusals.add(status)
await gateway.settle()

await judge(t, gateway, {
  name: 'the gateway is stopped (SIGSTOP) under calls, and goes on; meanwhile no other can take its keys',
  count: share(2),
  fault: () =>
    gateway.underLoad(async () => {
      await sleep(chance.below(100))
      gateway.run.child.kill('SIGSTOP')
      try {
        const other = gateway.place.serve()
        if ((await other.ended) !== 3 || !other.printed().includes('key-directory-locked'))
          throw new Error(`a second gateway on the same keys: ${other.printed()}`)
      } finally {
        gateway.run.child.kill('SIGCONT')
      }
    }),
})

await judge(t, gateway, {
  name: 'a commit is not answered within five seconds: its callers are refused, and the log goes on',
  count: share(1),
  fault: async () => {
    const held = gateway.wire.next('append', 'reply', chance.below(49), 'hold')
    const calls = Promise.all(Array.from({ length: 8 }, () => gateway.call()))
    const pair = await held
    const { served } = gateway.ledger
    await calls
    if (gateway.ledger.served !== served) throw new Error('served without an answer of the database')
    pair.cut()
  },
})

if (process.platform === 'linux')
  await judge(t, gateway, {
    name: 'the gateway may not write its mark any more (RLIMIT_FSIZE): nobody is served until it starts again',
    count: share(2),
    fault: async () => {
      await gateway.settle()
      execFileSync('prlimit', ['--pid', String(gateway.run.child.pid), '--fsize=0'])
      const { served } = gateway.ledger
      const saysWhy = (): boolean => gateway.run.printed().includes('mark-unwritable')
      for (const until = performance.now() + 20_000; !saysWhy() && performance.now() < until; await sleep(1)) await gateway.call()
      for (let more = 10; more > 0; more -= 1) await gateway.call()
      if (gateway.ledger.served !== served) throw new Error('served without a durable mark')
      const { exitCode, signalCode } = gateway.run.child
      if (!saysWhy()) throw new Error(`it did not say why (${exitCode ?? signalCode ?? 'it runs'}): ${gateway.run.printed().slice(-500)}`)
      await gateway.start()
    },
  })
else t.test('a limit on another process', { skip: 'it needs Linux (prlimit)' }, async () => undefined)

t.comment(faultsMade())
