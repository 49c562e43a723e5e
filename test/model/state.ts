// state.ts: what the model of the query log's writing looks at: parties, what they hold, and the rules that may be taken away.
import { type Completion, type Log, sizeOf } from './history.ts'

/** What befalls the parties, how often at most. Of these `stop`, `backup` and `heads` are no faults. */
export const nothing = {
  /** A process is killed. */
  crash: 0,
  /** A connection is cut while a statement is out. */
  cut: 0,
  /** A mark cannot be written. */
  disk: 0,
  /** The database refuses an entry. */
  reject: 0,
  /** A machine's clock steps over a month's boundary. */
  step: 0,
  /** A process is told to end. */
  stop: 0,
  backup: 0,
  restore: 0,
  /** A replica becomes the database, and the old one lives on. */
  promote: 0,
  /** The administrator deletes a newest entry. */
  cutOff: 0,
  /** A machine is lost with its key directories. */
  die: 0,
  /** The heads of other slots are stated. */
  heads: 0,
}
export type Budget = Readonly<typeof nothing>

export interface Scenario {
  /** Machine and slot of each process. */
  readonly processes: readonly (readonly [machine: number, slot: number])[]
  /** Agency of each call, and whether its answer is a stream. */
  readonly calls: readonly (readonly [agency: string, stream?: 'stream'])[]
  readonly months: number
  readonly budget: Partial<Budget>
}

/** Each is as src/querylog has it where it is true. */
export const rules = {
  /** Answers are released once the mark that covers them is durable. */
  markFirst: true,
  /** One mark at a time, each larger than the one before it. */
  marksInTurn: true,
  /** A checkpoint goes into the database with the next batch only where its mark is durable. */
  checkpointBehindMark: true,
  /** What is committed after a mark failed is neither released nor marked. */
  nothingAfterRefusal: true,
  /** A claim waits for marks that are under way. */
  idleBeforeClaim: true,
  /** No more stands beyond the mark than one batch repairs. */
  bounded: true,
  /** No batch is built ahead when a turn is due. */
  noTurnAhead: true,
  /** A batch ahead extends what is being committed. */
  aheadOfSent: true,
  /** It is taken apart when the one before it fails. */
  putBack: true,
  /** What is taken apart is answered, or waits again. */
  putBackWhole: true,
  /** A claim raises the epoch. */
  fence: true,
  /** A database whose epoch is not beyond the mark's is behind. */
  epochInMark: true,
  /** Where there is no mark nothing is written. */
  needMark: true,
  /** One process holds a key directory. */
  keyLock: true,
  /** A claim says what was never released. */
  notReleased: true,
  /** … before the mark passes it. */
  repairsFirst: true,
  /** A start ends the streams that were left behind. */
  streamsEnded: true,
  /** A completion that stands, though nobody heard of it, is not written again. */
  standing: true,
  /** The heads of the other slots are stated. */
  heads: true,
  /** A month that was entered is never left again. */
  monthForward: true,
  /** A commit is acknowledged only once the standby has it. */
  synchronous: true,
}
export type Rules = Readonly<typeof rules>

export type Fate = Omit<Completion, 'at' | 'kind'>

export interface Batch {
  readonly from: Log
  readonly to: Log
  readonly epoch: number
  readonly calls: readonly number[]
  readonly repairs: readonly Fate[]
  /** Completions of streams that this process ended: tried again until they stand. */
  readonly ends: readonly Fate[]
}

export interface Signed {
  readonly head: Log
  readonly epoch: number
  readonly calls: readonly number[]
  /** How many that waited it answers. */
  readonly count: number
  readonly durable: boolean
}

export interface Process {
  /** `starting`: claimed, and not yet open · `away`: it claims again · `stopped`: for good, until somebody starts it anew. */
  readonly condition: 'ready' | 'starting' | 'away' | 'stopped' | 'refused' | 'gone' | 'down'
  readonly why: string
  /** Its claim is out. */
  readonly claiming: boolean
  /** A batch of it found another epoch or head: it goes on only where the head stands. */
  readonly challenged: boolean
  readonly database: number
  readonly epoch: number
  readonly head: Log
  readonly repairs: readonly Fate[]
  readonly ends: readonly Fate[]
  /** Ends in batches that were not heard of. */
  readonly doubted: readonly Fate[]
  readonly sent: Batch | null
  readonly ahead: Batch | null
  /** A batch was refused: those that follow are small, and none is built ahead. */
  readonly halving: boolean
  readonly signed: readonly Signed[]
  readonly writing: readonly Signed[]
}

export interface Statement {
  readonly kind: 'claim' | 'append'
  /** Process; -1 where its connection is dead. */
  readonly by: number
  readonly database: number
  readonly slot: number
  readonly epoch: number
  readonly from: Log
  readonly to: Log
  /** `begun`: it holds the slot's row. */
  readonly state: 'sent' | 'begun' | 'done' | 'moved' | 'rejected'
}

export interface Row {
  readonly epoch: number
  readonly head: Log
}

/** `new` → `held` → `released`, of a stream `running` → `ended` or `cut`. Of `refused` and `lost` nothing was released. Of `doubt`
 *  nobody knows: its process ended between mark and socket. */
export type Call = 'new' | 'held' | 'released' | 'running' | 'ended' | 'cut' | 'refused' | 'lost' | 'doubt'

export interface State {
  month: number
  /** How far each machine's clock is off, in months. */
  clocks: readonly number[]
  left: Budget
  /** Rows of each database, by slot; the last one is that which survives. */
  databases: readonly (readonly Row[])[]
  backup: readonly Row[] | null
  statements: readonly Statement[]
  processes: Process[]
  /** By machine and slot, absent where there is none. */
  marks: (readonly (Row | null)[])[]
  /** The newest checkpoint that may have left a process, by slot. */
  published: Log[]
  /** The newest head whose answers were released, by slot. */
  released: Log[]
  calls: Call[]
  /** Which process holds a call, or its stream; -1: none. */
  holders: number[]
  /** The database's history was changed by something else than appends. */
  tampered: boolean
}

/** A state being changed, and what applies to it. */
export interface World {
  readonly scenario: Scenario
  readonly rules: Rules
  readonly s: State
}

/** Drafts of one batch. */
export const most = 2

export class Violation extends Error {}

export function fail(why: string): never {
  throw new Violation(why)
}

export function at<T>(list: readonly T[], index: number): T {
  const found = list[index]
  if (found === undefined) throw new RangeError(`found nothing at ${index}`)
  return found
}

export const down: Process = {
  condition: 'down',
  why: '',
  claiming: false,
  challenged: false,
  database: 0,
  epoch: 0,
  head: 0,
  repairs: [],
  ends: [],
  doubted: [],
  sent: null,
  ahead: null,
  halving: false,
  signed: [],
  writing: [],
}

export function initialState({ budget, calls, processes }: Scenario): State {
  const machines = 1 + Math.max(...processes.map(([machine]) => machine))
  const slots = 1 + Math.max(...processes.map(([, slot]) => slot))
  const each = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i))
  const homeOf = (slot: number) => processes.find((one) => one[1] === slot)?.[0]
  return {
    month: 0,
    clocks: each(machines, () => 0),
    left: { ...nothing, ...budget },
    databases: [each(slots, () => ({ epoch: 0, head: 0 }))],
    backup: null,
    statements: [],
    processes: processes.map(() => down),
    marks: each(machines, (machine) => each(slots, (slot) => (homeOf(slot) === machine ? { epoch: 0, head: 0 } : null))),
    published: each(slots, () => 0),
    released: each(slots, () => 0),
    calls: calls.map(() => 'new'),
    holders: calls.map(() => -1),
    tampered: false,
  }
}

/** Its lists may be changed; what they hold is not, but replaced. */
export const copyOf = (s: State): State => ({
  ...s,
  processes: [...s.processes],
  marks: [...s.marks],
  published: [...s.published],
  released: [...s.released],
  calls: [...s.calls],
  holders: [...s.holders],
})

export const survivor = ({ databases }: State): readonly Row[] => at(databases, databases.length - 1)
export const slotOf = ({ scenario }: World, p: number): number => at(scenario.processes, p)[1]
export const lives = ({ condition }: Process): boolean => order.indexOf(condition) < order.indexOf('refused')
export const countOf = (batches: readonly Signed[]): number => batches.reduce((sum, { count }) => sum + count, 0)
export const entriesOf = ({ from, to }: Batch): number => sizeOf(to) - sizeOf(from)
/** Nothing is out, and nothing is committed whose answers wait for a mark. */
export const isIdle = ({ sent, signed, writing }: Process): boolean => sent === null && signed.length + writing.length === 0

export function become(s: State, p: number, change: Partial<Process>): void {
  s.processes[p] = { ...at(s.processes, p), ...change }
}

const order: readonly Process['condition'][] = ['ready', 'starting', 'away', 'stopped', 'refused', 'gone', 'down']

function isBefore(a: Process, b: Process): boolean {
  if (a.condition !== b.condition) return order.indexOf(a.condition) < order.indexOf(b.condition)
  return lives(a) && JSON.stringify(a) < JSON.stringify(b)
}

/** Processes of one machine and slot differ in nothing but their names: those that live come first. */
export function canonical({ processes }: Scenario, s: State): State {
  for (const [q, [machine, slot]] of processes.entries())
    for (let p = 0; p < q; p += 1) {
      const [m, x] = at(processes, p)
      if (m === machine && x === slot && isBefore(at(s.processes, q), at(s.processes, p))) swap(s, p, q)
    }
  return s
}

function swap(s: State, p: number, q: number): void {
  const other = (name: number): number => (name === p ? q : name === q ? p : name)
  const [first, second] = [at(s.processes, p), at(s.processes, q)]
  s.processes[p] = second
  s.processes[q] = first
  s.statements = s.statements.map((each) => ({ ...each, by: other(each.by) }))
  s.holders = s.holders.map(other)
}
