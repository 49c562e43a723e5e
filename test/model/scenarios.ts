// scenarios.ts: the bounds within which every interleaving is looked at: who takes part, and what befalls them.
import type { Scenario } from './state.ts'

/** An old and a new process of one slot, on one machine. */
export const one: Scenario['processes'] = [
  [0, 0],
  [0, 0],
]
/** Two slots, each on its machine. */
export const two: Scenario['processes'] = [
  [0, 0],
  [1, 1],
]
/** A copy of the database's address on a machine without the key directory. */
export const copies: Scenario['processes'] = [
  [0, 0],
  [1, 0],
]
const ab: Scenario['calls'] = [['a'], ['b']]
const aab: Scenario['calls'] = [['a'], ['a'], ['b']]
const streamed: Scenario['calls'] = [['a', 'stream'], ['b']]

export const scenarios = {
  quick: { processes: one, calls: ab, months: 1, budget: { cut: 1 } },
  marked: { processes: one, calls: ab, months: 0, budget: { crash: 1, disk: 1 } },
  lost: { processes: one, calls: aab, months: 0, budget: { crash: 1, cut: 2 } },
  reject: { processes: one, calls: aab, months: 0, budget: { crash: 1, cut: 1, reject: 2 } },
  disk: { processes: one, calls: aab, months: 0, budget: { crash: 1, cut: 1, disk: 1 } },
  turn: { processes: one, calls: ab, months: 2, budget: { crash: 1, cut: 1 } },
  clock: { processes: one, calls: ab, months: 1, budget: { crash: 1, step: 2 } },
  turnback: { processes: one, calls: ab, months: 1, budget: { crash: 1, backup: 1, restore: 1 } },
  stop: { processes: one, calls: ab, months: 1, budget: { crash: 1, stop: 2 } },
  stream: { processes: one, calls: streamed, months: 1, budget: { crash: 1, cut: 1 } },
  promote: { processes: one, calls: ab, months: 0, budget: { crash: 1, cut: 1, backup: 1, promote: 1 } },
  dba: { processes: one, calls: ab, months: 1, budget: { crash: 1, cutOff: 1 } },
  copies: { processes: copies, calls: ab, months: 0, budget: { crash: 1, cut: 1, backup: 1, restore: 1 } },
  core: { processes: one, calls: aab, months: 0, budget: { crash: 2, cut: 1, backup: 1, restore: 1 } },
  slots: { processes: two, calls: ab, months: 1, budget: { crash: 1 } },
  sleep: { processes: two, calls: [['a']], months: 2, budget: { crash: 1 } },
  gone: { processes: two, calls: ab, months: 1, budget: { die: 1, cutOff: 1, heads: 1 } },
  deep: { processes: one, calls: [['a']], months: 1, budget: { crash: 2, cut: 1, step: 1, backup: 1, restore: 1 } },
} satisfies Record<string, Scenario>
