// database-stopped.test.ts: the server, or one of its processes, is stopped, killed, cancelled or kept waiting under calls.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Database } from '../end-to-end/database.ts'
import { Databases } from './databases.ts'
import { faultsMade, inflict } from './series.ts'
import type { SlotUnderTest } from './slot.ts'

const databases = await Databases.open(t)
const database = await Database.of(databases.server.server)
t.teardown(() => database.cut())

const gateways = `FROM pg_stat_activity WHERE usename = 'linkage_gateway' AND datname = current_database()`

/** Process ids of the gateway's sessions. @param which of them */
async function backends({ admin }: SlotUnderTest, which = ''): Promise<number[]> {
  const { rows } = await admin.query(`SELECT pid ${gateways} ${which}`)
  return rows.map(({ pid }) => Number(pid))
}

function signal(pids: readonly number[], name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error // it has ended meanwhile
    }
  }
}

/** Calls that go on until something is over. */
async function underLoad(slot: SlotUnderTest, happens: () => Promise<unknown>): Promise<void> {
  let going = true
  const load = (async () => {
    for (; going; await sleep(1)) await slot.calls(slot.chance.between(1, 8))
  })()
  await sleep(slot.chance.below(8))
  await happens().finally(() => {
    going = false
  })
  await load
}

await inflict(t, {
  databases,
  name: 'an administrator ends the sessions of the gateway',
  ofThousand: 40,
  fault: (slot) => underLoad(slot, () => slot.admin.query(`SELECT pg_terminate_backend(pid) ${gateways}`)),
})

await inflict(t, {
  databases,
  name: 'an administrator cancels whatever the gateway asks',
  ofThousand: 20,
  fault: (slot) => underLoad(slot, () => slot.admin.query(`SELECT pg_cancel_backend(pid) ${gateways}`)),
})

await inflict(t, {
  databases,
  name: "the slot's row is locked for longer than an append may take, and then let go",
  ofThousand: 15,
  fault: async (slot) => {
    slot.patience = 50
    const blocker = await slot.admin.connect()
    await blocker.query('BEGIN; SELECT FROM linkage.slot FOR UPDATE')
    const calls = slot.calls(slot.chance.between(1, 6))
    await sleep(slot.chance.between(20, 120))
    await blocker.query('COMMIT')
    blocker.release()
    await calls
    slot.patience = 5_000
  },
})

await inflict(t, {
  databases,
  name: "the writer's session is stopped (SIGSTOP), and goes on once another has claimed the slot",
  ofThousand: 15,
  fault: async (slot) => {
    slot.patience = 50
    const stopped = await backends(slot, `AND query ~ 'append_batch|claim_slot'`)
    signal(stopped, 'SIGSTOP')
    try {
      await slot.calls(slot.chance.between(1, 6))
      slot.patience = 5_000
      await slot.settle()
    } finally {
      signal(stopped, 'SIGCONT')
    }
    await sleep(20)
    await slot.calls(2)
  },
})

await inflict(t, {
  databases,
  name: 'sessions are stopped at any instant, whatever locks they hold, and go on later',
  ofThousand: 15,
  fault: async (slot) => {
    slot.patience = 50
    const stopped = await backends(slot)
    await underLoad(slot, async () => {
      signal(stopped, 'SIGSTOP')
      await sleep(slot.chance.between(1, 200))
      signal(stopped, 'SIGCONT')
    })
    slot.patience = 5_000
  },
})

await inflict(t, {
  databases,
  name: 'the server is stopped at once (pg_ctl stop -m immediate) and started again',
  ofThousand: 10,
  fault: (slot) =>
    underLoad(slot, async () => {
      await database.kill()
      await database.start()
    }),
})

t.comment(faultsMade())
