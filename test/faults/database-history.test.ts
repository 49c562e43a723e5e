// database-history.test.ts: the database is not the one that the slot wrote last: an older copy, another history, another owner.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Databases } from './databases.ts'
import { Ledger } from './ledger.ts'
import { faultsMade, inflict } from './series.ts'
import type { SlotUnderTest } from './slot.ts'

const databases = await Databases.open(t)
const tables = ['slot', 'log_entry', 'log_tile', 'log_checkpoint'] as const

/** Copies what a backup of the database would hold. */
async function backUp({ admin }: SlotUnderTest, name: string): Promise<void> {
  await admin.query(
    tables.map((table) => `DROP TABLE IF EXISTS ${name}_${table}; CREATE TABLE ${name}_${table} AS TABLE linkage.${table}`).join(';'),
  )
}

/** Brings a copy back, past every guard. */
async function restore({ admin }: SlotUnderTest, name: string): Promise<void> {
  const each = tables.map((table) => `DELETE FROM linkage.${table}; INSERT INTO linkage.${table} TABLE ${name}_${table}`)
  await admin.query(['BEGIN', 'SET LOCAL session_replication_role = replica', ...each, 'COMMIT'].join(';'))
}

/** A key directory as it stands now, somewhere else. */
function copyOf(keys: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'linkage-faults-'))
  cpSync(keys, copy, { recursive: true })
  return copy
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : error)

/** How a process comes to see the database that it is not to believe. */
const meetings = ['goes on', 'claims', 'starts'] as const

/** The slot's process meets the database: it serves nobody, and says why it stops for good. */
async function refuses(slot: SlotUnderTest, meeting: (typeof meetings)[number]): Promise<unknown> {
  const { served } = slot.ledger
  if (meeting === 'starts') {
    await slot.stop()
    return codeOf(
      await slot.start().then(
        (run) => run.close(),
        (error: unknown) => error,
      ),
    )
  }
  const { run } = slot
  if (meeting === 'claims') void slot.wire.next('append', 'reply', 0)
  for (const until = performance.now() + 10_000; run.refusal === undefined && performance.now() < until; await sleep(1)) await slot.calls(2)
  if (slot.ledger.served !== served) throw new Error(`${slot.ledger.served - served} calls were served from another database`)
  await slot.stop()
  return codeOf(run.refusal)
}

const expect = (found: unknown, expected: string): void => {
  if (found !== expected) throw new Error(`expected the refusal ${expected}, found ${String(found)}`)
}

await inflict(t, {
  databases,
  name: 'the database is restored from an older copy',
  ofThousand: 24,
  fault: async (slot, at) => {
    await backUp(slot, 'older')
    await slot.settle()
    await slot.calls(slot.chance.between(0, 10))
    await backUp(slot, 'newer')
    await restore(slot, 'older')
    const meeting = meetings[at % meetings.length] ?? 'starts'
    expect(await refuses(slot, meeting), meeting === 'goes on' ? 'head-moved' : 'database-behind')
    await restore(slot, 'newer')
  },
})

await inflict(t, {
  databases,
  name: 'the database holds another history, which the same keys signed',
  ofThousand: 18,
  fault: async (slot, at) => {
    await backUp(slot, 'common')
    const earlier = copyOf(slot.keys)
    await slot.calls(slot.chance.between(1, 6))
    await slot.settle()
    const { run } = slot
    await backUp(slot, 'ours')
    await restore(slot, 'common')
    // A machine that was restored together with its database writes on, for clients of its own.
    const theirs = await slot.start(earlier)
    while (theirs.writer.size <= run.writer.size) await slot.calls(3, theirs, new Ledger())
    await theirs.close()
    rmSync(earlier, { recursive: true })
    const meeting = meetings[at % meetings.length] ?? 'starts'
    expect(await refuses(slot, meeting), meeting === 'goes on' ? 'head-moved' : 'other-history')
    await restore(slot, 'ours')
  },
})

await inflict(t, {
  databases,
  name: 'a second process owns the slot by a copy of its keys: the first serves nobody any more',
  ofThousand: 24,
  fault: async (slot) => {
    await slot.settle()
    const first = slot.run
    const copy = copyOf(slot.keys)
    const second = await slot.start(copy)
    const served = slot.ledger.served
    const late = slot.chance.below(2) === 0 ? slot.wire.next('append', 'reply', slot.chance.below(40)) : undefined
    await slot.calls(slot.chance.between(1, 6), first)
    await late
    for (let more = 3; more > 0 && first.refusal === undefined; more -= 1) await slot.calls(3, first)
    if (slot.ledger.served !== served) throw new Error('both processes served')
    // A call may be one that is refused, as recorded: three of them in a row now and then.
    for (let more = 20; more > 0 && slot.ledger.served === served; more -= 1) await slot.calls(3, second)
    if (slot.ledger.served === served) throw new Error('neither process served', { cause: second.refusal })
    await slot.stop()
    await second.close()
    cpSync(copy, slot.keys, { recursive: true })
    rmSync(copy, { recursive: true })
  },
})

t.comment(faultsMade())
