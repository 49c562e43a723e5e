// kinds.ts: faults of which several tests are made: each happens once, while calls are in hand.
import { setTimeout as sleep } from 'node:timers/promises'
import type { End } from './life.ts'
import type { SlotUnderTest } from './slot.ts'

/** Bytes of a commit's reply: BindComplete, DataRow of a time in ms, CommandComplete SELECT 1, ReadyForQuery. */
const replyBytes = 5 + 24 + 14 + 6

/** Calls in hand while a fault happens: several, since a batch is what fails; at times so many that another one is built ahead of it. */
const callsInHand = ({ chance }: SlotUnderTest): number => (chance.below(20) === 0 ? chance.between(130, 300) : chance.between(1, 6))

async function underCalls(slot: SlotUnderTest, fault: Promise<unknown>): Promise<void> {
  const calls = slot.calls(callsInHand(slot))
  await happened(fault)
  await calls
}

/** A fault that does not happen shows nothing. */
async function happened(fault: Promise<unknown>): Promise<void> {
  const late = new AbortController()
  const missed = sleep(20_000, undefined, { signal: late.signal }).then(() => Promise.reject(new Error('the fault did not happen')))
  await Promise.race([fault, missed]).finally(() => late.abort())
}

/** The connection is cut after so many bytes of the commit's reply; of all of them, in turn. */
export const replyCut = (slot: SlotUnderTest, at = slot.chance.below(replyBytes)): Promise<void> =>
  underCalls(slot, slot.wire.next('append', 'reply', at % replyBytes))

/** The connection is cut within a request. */
export async function requestCut(slot: SlotUnderTest): Promise<void> {
  let cut = false
  const fault = slot.wire.next('append', 'request', slot.chance.below(slot.wire.appendBytes)).then(() => {
    cut = true
  })
  // One call a request: where that is shorter than the last one was, the next is cut.
  const calls = (async () => {
    while (!cut) await slot.calls(1)
  })()
  await happened(fault)
  await calls
}

/** A reply is lost, and so are bytes of the claim that follows, or of its reply. */
export async function claimCut(slot: SlotUnderTest): Promise<void> {
  await replyCut(slot)
  await happened(slot.wire.next('claim', slot.chance.one(['request', 'reply']), slot.chance.below(150)))
}

/** The writer gives a request up; it reaches the server behind the claim that follows, before or after that claim's first append. */
export async function requestLate(slot: SlotUnderTest): Promise<void> {
  slot.patience = 100
  const held = slot.wire.next('append', 'request', slot.chance.below(2), 'hold')
  const calls = slot.calls(slot.chance.between(1, 6))
  const late = await held
  await calls
  slot.patience = 5_000
  if (slot.chance.below(2) === 0) await slot.settle()
  else for (const { run } = slot; run.refusal === undefined && !(await run.writer.ready()).ready; ) await sleep(1)
  late.deliver()
  await sleep(20)
  await slot.calls(2)
}

/** The process is killed while it claims; the claim reaches the server behind that of its successor, which serves already. */
export async function claimLate(slot: SlotUnderTest): Promise<void> {
  const held = slot.wire.next('claim', 'request', 0, 'hold')
  slot.wire.cutAll()
  const calls = slot.calls(1)
  const late = await held
  await calls
  late.outlive()
  await slot.restart()
  await slot.settle()
  late.deliver()
  await sleep(20)
  await slot.calls(2)
}

/** The server does as it was asked, and its reply does not come in time. */
export async function replyLate(slot: SlotUnderTest): Promise<void> {
  for (let attempts = 20; attempts > 0; attempts -= 1) {
    slot.patience = 100
    const held = slot.wire.next('append', 'reply', slot.chance.below(replyBytes), 'hold')
    const calls = slot.calls(slot.chance.between(1, 6))
    // A server that is busy may be late by itself, before a byte of its reply could be held.
    const pair = await Promise.race([held, calls])
    await calls
    slot.patience = 5_000
    if (pair !== undefined) return pair.cut()
    slot.wire.disarm()
    await slot.settle()
  }
  throw new Error('the fault did not happen')
}

const ends: readonly End[] = ['before', 'after', 'torn']

/** Calls until the process is dead. */
async function untilKilled(slot: SlotUnderTest): Promise<void> {
  const { run } = slot
  while (!run.life.over) {
    if (run.refusal !== undefined) throw run.refusal
    await slot.calls(callsInHand(slot), run)
    await sleep(1)
  }
}

/** The process is killed before, in or after an append or the mark that follows it. */
export async function killed(slot: SlotUnderTest): Promise<void> {
  slot.run.life.killAt(slot.chance.below(4), slot.chance.one(ends))
  await untilKilled(slot)
}

/** The process is killed, and one or two that take its place at a step of their recovery. */
export async function killedAgain(slot: SlotUnderTest): Promise<void> {
  await killed(slot)
  for (let more = slot.chance.between(1, 2); more > 0; more -= 1) {
    slot.doom = { steps: slot.chance.below(10), end: slot.chance.one(ends) }
    await slot.restart()
  }
}

/** A reply is lost, and the process is killed while it claims the slot again. */
export async function killedInClaim(slot: SlotUnderTest): Promise<void> {
  const cut = slot.wire.next('append', 'reply', slot.chance.below(replyBytes))
  const calls = slot.calls(callsInHand(slot))
  await cut
  slot.run.life.killAt(slot.chance.below(6), slot.chance.one(ends))
  await calls
  await untilKilled(slot)
}
