// happening.ts: faults while calls are in hand, and that they happened.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SlotUnderTest } from './slot.ts'

/** Calls in hand while the fault happens: several, since a batch is what fails. */
export async function underCalls(slot: SlotUnderTest, fault: Promise<unknown>, most = 6): Promise<void> {
  const calls = slot.calls(slot.chance.between(1, most))
  await happened(fault)
  await calls
}

/** A fault that does not happen shows nothing. */
export async function happened(fault: Promise<unknown>): Promise<void> {
  const late = new AbortController()
  const missed = sleep(20_000, undefined, { signal: late.signal }).then(() => Promise.reject(new Error('the fault did not happen')))
  await Promise.race([fault, missed]).finally(() => late.abort())
}

/** Bytes of a commit's reply: BindComplete, DataRow of a time in ms, CommandComplete SELECT 1, ReadyForQuery. */
export const replyBytes = 5 + 24 + 14 + 6
