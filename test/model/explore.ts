// explore.ts: every state that a model can reach, breadth first: each is kept as 64 bits, so a shortest trace is found by replay.

/** One atomic step of one party. */
export interface Step<S> {
  readonly label: string
  readonly next: S
  /** Something that need not happen, and that nobody may count on. */
  readonly fault: boolean
  /** The property that it violates. */
  readonly violates?: string
}

export interface Model<S> {
  readonly initial: S
  steps(state: S): readonly Step<S>[]
  /** The one of all states that differ in names alone. */
  canonical(state: S): S
  /** Whether somebody can go on, or everybody said why not. */
  isGood(state: S): boolean
}

export interface Found {
  readonly why: string
  readonly trace: readonly string[]
}

export interface Explored {
  readonly states: number
  readonly steps: number
  readonly depth: number
  /** False where a bound was met: what lies behind it, and whether a way on is left everywhere, was not looked at. */
  readonly complete: boolean
  /** The shortest of each kind. A step that violates is not followed further. */
  readonly violations: readonly Found[]
}

export interface Bounds {
  readonly states: number
  readonly seconds: number
  /** Of different kinds. */
  readonly violations: number
}

/** Which states were seen, by 61 bits of a hash: a map of Node holds 16 million, so there are 256. */
class Seen {
  readonly #shards = Array.from({ length: 256 }, () => new Map<number, number>())

  /** @returns its number: `number`, where it is new */
  add(text: string, number: number): number {
    let [high, low] = [0x9e3779b9 | 0, 0x85ebca6b | 0]
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i)
      high = Math.imul(high ^ code, 0x01000193)
      high ^= high >>> 15
      low = Math.imul(low + code, 0xcc9e2d51)
      low ^= low << 13
      low ^= low >>> 7
    }
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b)
    low = Math.imul(low ^ (low >>> 16), 0xc2b2ae35)
    const shard = this.#shards[low & 255]
    const key = ((high ^ (high >>> 13)) >>> 0) * 2 ** 21 + (low >>> 11)
    const found = shard?.get(key)
    if (found === undefined) shard?.set(key, number)
    return found ?? number
  }
}

/** Which states lead to a good one by steps that are no faults. */
function waysOn(reached: readonly Reached[], into: readonly (readonly number[])[]): readonly boolean[] {
  const leads = reached.map(({ isGood }) => isGood)
  const open = [...leads.keys()].filter((state) => leads[state])
  for (let state = open.pop(); state !== undefined; state = open.pop())
    for (const before of into[state] ?? []) {
      if (leads[before]) continue
      leads[before] = true
      open.push(before)
    }
  return leads
}

interface Reached {
  readonly before: number
  /** Which step of the state before it. */
  readonly by: number
  readonly isGood: boolean
}

/** The steps to a state, shortest first, and what `last` does there. */
function traceOf<S>(model: Model<S>, reached: readonly Reached[], state: number, last?: number): readonly string[] {
  const path = last === undefined ? [] : [last]
  for (let each = reached[state]; each !== undefined && each.before >= 0; each = reached[each.before]) path.unshift(each.by)
  let at = model.initial
  return path.map((by) => {
    const step = model.steps(at)[by]
    if (step === undefined) throw new Error('a trace leads nowhere: two states have one hash')
    at = model.canonical(step.next)
    return `${step.fault ? '! ' : '  '}${step.label}`
  })
}

export function explore<S>(model: Model<S>, bounds: Bounds): Explored {
  const seen = new Seen()
  const reached: Reached[] = []
  const into: number[][] = []
  const violations = new Map<string, Found>()
  const until = performance.now() + bounds.seconds * 1_000
  let [steps, depth, complete] = [0, 0, true]
  let level: [number, S][] = []
  /** @returns the number of the state */
  const reach = (state: S, before: number, by: number, onto: [number, S][]): number => {
    const number = seen.add(JSON.stringify(state), reached.length)
    if (number < reached.length) return number
    onto.push([number, state])
    reached.push({ before, by, isGood: model.isGood(state) })
    into.push([])
    return number
  }
  reach(model.initial, -1, 0, level)
  for (; level.length > 0 && complete; depth += 1) {
    const next: [number, S][] = []
    for (const [before, from] of level) {
      for (const [by, { fault, next: state, violates }] of model.steps(from).entries()) {
        steps += 1
        if (violates === undefined) {
          const number = reach(model.canonical(state), before, by, next)
          if (!fault) into[number]?.push(before)
        } else if (!violations.has(violates)) violations.set(violates, { why: violates, trace: traceOf(model, reached, before, by) })
      }
      complete = reached.length < bounds.states && performance.now() < until && violations.size < bounds.violations
      if (!complete) break
    }
    level = next
  }
  const stuck = complete && violations.size === 0 ? waysOn(reached, into).indexOf(false) : -1
  if (stuck >= 0) violations.set('P6', { why: 'P6 no writer can go on, and not all say why', trace: traceOf(model, reached, stuck) })
  return { states: reached.length, steps, depth, complete, violations: [...violations.values()] }
}
