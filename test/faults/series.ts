// series.ts: one kind of fault, many times: after each of them the log, its clients and the verifier must agree.
import type { Test } from 'tap'
import type { Databases } from './databases.ts'
import { Chance, seed, share } from './random.ts'
import type { Place, SlotUnderTest } from './slot.ts'

/** Faults that one log suffers before another begins: each is judged by the whole log so far. */
const perLog = 40

export interface Series {
  readonly databases: Databases
  /** What happens to the slot under test, in the words of a title. */
  readonly name: string
  /** Its share of the suite's faults, out of a thousand. */
  readonly ofThousand: number
  /** Does it once, under calls; what it throws is a failure. @param at how many came before it */
  readonly fault: (slot: SlotUnderTest, at: number) => Promise<void>
  readonly clock?: () => Place['clock']
}

/** How many faults this file has made. */
let made = 0

/** Inflicts them all; says at the first that leaves a trace how to have it again. */
export async function inflict(t: Test, { databases, name, ofThousand, fault, clock }: Series): Promise<void> {
  const count = share(ofThousand)
  const title = `${name}: ${count} times, seed ${seed}`
  await t.test(title, { timeout: 0 }, async (t) => {
    const chance = new Chance(name)
    for (let at = 0; at < count; ) {
      const of = clock?.()
      const slot = await databases.slot(chance, of === undefined ? {} : { clock: of })
      for (const end = Math.min(count, at + perLog); at < end; at += 1) {
        const complaints = await outcomeOf(slot, () => fault(slot, at), at === end - 1)
        if (complaints.length > 0) return void t.fail(again(at, complaints))
      }
      await slot.close()
    }
    t.pass(title)
  })
}

/** What can be judged: a slot's writer, or a gateway. */
interface Judged {
  settle(): Promise<void>
  complaints(all: boolean): Promise<readonly string[]>
}

/** The same for faults that one gateway suffers one after the other. */
export async function judge(
  t: Test,
  judged: Judged,
  { name, count, fault }: { readonly name: string; readonly count: number; readonly fault: (at: number) => Promise<void> },
): Promise<void> {
  const title = `${name}: ${count} times, seed ${seed}`
  await t.test(title, { timeout: 0 }, async (t) => {
    for (let at = 0; at < count; at += 1) {
      const complaints = await outcomeOf(judged, () => fault(at), at === count - 1)
      if (complaints.length > 0) return void t.fail(again(at, complaints))
    }
    t.pass(title)
  })
}

const again = (at: number, complaints: readonly string[]): string =>
  `FAULTS_SEED=${seed}, number ${at}: ${complaints.slice(0, 5).join('\n')}`

/** What is wrong after a fault, once calls are served again. */
export async function outcomeOf(judged: Judged, fault: () => Promise<void>, last: boolean): Promise<readonly string[]> {
  try {
    await fault()
    await judged.settle()
    made += 1
    return await judged.complaints(last)
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}

/** The last word of a file of faults. */
export const faultsMade = (): string => `faults: ${made}, seed ${seed}`
