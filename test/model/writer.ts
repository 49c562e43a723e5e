// writer.ts: what a process does, as src/querylog does it: claim, batch, mark, release. What happens there in one turn of the event
// loop is one step here.
import {
  areConsistent,
  type Entry,
  entriesBehind,
  extend,
  isPrefix,
  known,
  type Log,
  openStreams,
  recordsOf,
  sizeOf,
  vouchedFor,
} from './history.ts'
import {
  at,
  type Batch,
  become,
  type Call,
  countOf,
  down,
  entriesOf,
  type Fate,
  fail,
  lives,
  most,
  type Process,
  type Signed,
  type State,
  type Statement,
  slotOf,
  survivor,
  type World,
} from './state.ts'

// --- how calls end

export function answer(s: State, calls: readonly number[], call: Call): void {
  for (const each of calls) {
    s.calls[each] = call
    s.holders[each] = -1
  }
}

/** What is out on a connection that is lost may still be done. */
function disconnect(s: State, p: number): void {
  s.statements = s.statements
    .filter(({ by, state }) => by !== p || state === 'sent' || state === 'begun')
    .map((each) => (each.by === p ? { ...each, by: -1 } : each))
}

/** A process is killed, or ends. */
export function end(s: State, p: number): void {
  const { ahead, sent, signed, writing } = at(s.processes, p)
  for (const batch of [sent, ahead]) answer(s, batch?.calls ?? [], 'lost')
  for (const { calls, durable } of [...signed, ...writing]) answer(s, calls, durable ? 'doubt' : 'lost')
  for (const [call, holder] of s.holders.entries()) if (holder === p) answer(s, [call], 'cut')
  disconnect(s, p)
  s.processes[p] = down
}

function refuse(s: State, p: number, why: string): void {
  end(s, p)
  become(s, p, { condition: 'refused', why })
}

/** For good: only a person can say what is right. */
function stop(w: World, p: number): void {
  putBack(w, p, 'refused')
  become(w.s, p, { condition: 'stopped', claiming: false, challenged: false, repairs: [], ends: [], doubted: [] })
}

/** Somebody else wrote, behind the back of the slot's own writer. */
function giveWay(w: World, p: number): void {
  const isAlone = !w.s.processes.some((each, q) => q !== p && slotOf(w, q) === slotOf(w, p) && lives(each))
  if (isAlone && !w.s.tampered) fail('P6 a writer stops for good though nobody else wrote')
  stop(w, p)
}

/** A batch that was built on a head that will not stand: nothing of it was sent. */
export function putBack({ rules, s }: World, p: number, call: Call): void {
  const { ahead, ends } = at(s.processes, p)
  if (ahead === null || !rules.putBack) return
  if (rules.putBackWhole) answer(s, ahead.calls, call)
  become(s, p, { ahead: null, ends: [...ahead.ends, ...ends] })
}

// --- claim

export function sendClaim(w: World, p: number): void {
  const { rules, s, scenario } = w
  const [machine, slot] = at(scenario.processes, p)
  const { challenged, condition, head } = at(s.processes, p)
  const database = s.databases.length - 1
  if (challenged && at(survivor(s), slot).head !== head) {
    giveWay(w, p)
    return
  }
  become(s, p, { claiming: true, condition: condition === 'down' ? 'starting' : condition })
  if (rules.needMark && at(s.marks, machine)[slot] === null) refuse(s, p, 'no-mark')
  else s.statements = [...s.statements, { kind: 'claim', by: p, database, slot, epoch: 0, from: 0, to: 0, state: 'sent' }]
}

export function claimed(w: World, p: number, { database, epoch, to }: Statement): void {
  const { rules, s, scenario } = w
  const [machine, slot] = at(scenario.processes, p)
  const { challenged, condition, doubted, ends, head } = at(s.processes, p)
  const mark = at(s.marks, machine)[slot] ?? { epoch: 0, head: 0 }
  if (sizeOf(to) < sizeOf(mark.head) || (rules.fence && rules.epochInMark && epoch <= mark.epoch)) {
    refuse(s, p, 'database-behind')
    return
  }
  if (!isPrefix(mark.head, to) || !isPrefix(to, at(at(s.databases, database), slot).head)) {
    refuse(s, p, 'other-history')
    return
  }
  if (challenged && to !== head) {
    giveWay(w, p)
    return
  }
  const beyond = entriesBehind(mark.head, to)
  const says = (call: number) => beyond.some((entry) => entry.kind === 'completion' && entry.call === call)
  const never = beyond.filter((entry) => entry.kind === 'query').filter(({ call }) => !says(call))
  const left = openStreams(mark.head).filter(({ call }) => !says(call))
  const isFirst = condition === 'starting'
  become(s, p, {
    condition: isFirst ? condition : 'ready',
    claiming: false,
    challenged: false,
    database,
    epoch,
    head: to,
    repairs: [
      ...(rules.notReleased ? never.map(({ call }) => ({ call, outcome: 'not-released' as const })) : []),
      ...(rules.streamsEnded && isFirst ? left.map(({ call }) => ({ call, outcome: 'lost' as const })) : []),
    ],
    ends: [...doubted.filter(({ call }) => !rules.standing || !says(call)), ...ends],
    doubted: [],
    halving: false,
  })
}

// --- batches

export function monthBehind({ rules, s, scenario }: World, p: number, log: Log): number {
  const clock = Math.max(0, s.month + at(s.clocks, at(scenario.processes, p)[0]))
  return rules.monthForward ? Math.max(clock, known(log).at) : clock
}

export const isTurnDue = (w: World, p: number, log: Log): boolean => monthBehind(w, p, log) > known(log).at

/** The next batch: repairs, completions of streams, and so many calls as still fit. */
export function sendNext(
  w: World,
  p: number,
  calls: number,
  { repairs: given, heads = false }: { repairs?: []; heads?: boolean } = {},
): void {
  const { ends: waiting, head, repairs: due } = at(w.s.processes, p)
  const repairs = given ?? due.slice(0, most)
  const ends = waiting.slice(0, most - repairs.length)
  const batch = build(w, p, head, { repairs, ends, count: Math.min(calls, most - repairs.length - ends.length), heads })
  become(w.s, p, { repairs: due.slice(repairs.length), ends: waiting.slice(ends.length) })
  send(w, p, batch)
}

export function buildAhead(w: World, p: number): void {
  const { ends: waiting, head, sent } = at(w.s.processes, p)
  const ends = waiting.slice(0, most)
  const from = w.rules.aheadOfSent && sent !== null ? sent.to : head
  const ahead = build(w, p, from, { repairs: [], ends, count: ends.length < most ? 1 : 0, heads: false })
  become(w.s, p, { ahead, ends: waiting.slice(ends.length) })
}

interface Drafts {
  readonly repairs: readonly Fate[]
  readonly ends: readonly Fate[]
  readonly count: number
  readonly heads: boolean
}

function build(w: World, p: number, from: Log, { count, ends, heads, repairs }: Drafts): Batch {
  const { rules, s, scenario } = w
  const { condition, database, epoch, repairs: due, sent } = at(s.processes, p)
  const month = monthBehind(w, p, from)
  const calls = [...s.calls.keys()].filter((call) => s.calls[call] === 'new').slice(0, count)
  const rows = [...at(s.databases, database).entries()].filter(([slot, { head }]) => slot !== slotOf(w, p) && head !== 0)
  const others = rules.heads ? rows.map(([slot, { head }]) => [slot, head] as const) : []
  const entries: Entry[] = []
  if (from === 0) entries.push({ kind: 'opening', at: month, heads: others })
  else if (isTurnDue(w, p, from) && sent === null) entries.push({ kind: 'month', at: month, heads: others, records: recordsOf(from) })
  for (const fate of [...repairs, ...ends]) entries.push({ kind: 'completion', at: month, ...fate })
  if (heads) entries.push({ kind: 'heads', at: month, heads: others })
  const numbers = { ...known(from).numbers }
  for (const call of calls) {
    const [agency, stream] = at(scenario.calls, call)
    const agencySeq = (numbers[agency] ?? 0) + 1
    numbers[agency] = agencySeq
    entries.push({ kind: 'query', at: month, call, agency, agencySeq, stream: stream === 'stream' })
    s.calls[call] = 'held'
    s.holders[call] = p
  }
  if (condition === 'starting' && repairs.length === due.length) entries.push({ kind: 'key', at: month })
  return { from, to: entries.reduce(extend, from), epoch, calls, repairs, ends }
}

export function send(w: World, p: number, batch: Batch): void {
  const { rules, s } = w
  const { epoch, from, to } = batch
  const slot = slotOf(w, p)
  become(s, p, { sent: batch, ahead: null })
  if (!rules.checkpointBehindMark) publish(s, slot, from)
  if (entriesBehind(from, to).some((entry) => 'heads' in entry)) checkVouched(s, slot, to)
  s.statements = [...s.statements, { kind: 'append', by: p, database: at(s.processes, p).database, slot, epoch, from, to, state: 'sent' }]
}

function checkVouched(s: State, slot: number, log: Log): void {
  const vouched = vouchedFor(slot, log)
  const isVouchedFor = (of: number, head: Log): boolean => isPrefix(head, vouched.get(of) ?? 0)
  if (!s.tampered && s.published.some((head, of) => of !== slot && !isVouchedFor(of, head)))
    fail('P5 a signed head is not among those that are stated')
}

// --- what becomes of a batch

export function committed(w: World, p: number, { calls, ends, epoch, repairs, to }: Batch): void {
  const { rules, s } = w
  const before = at(s.processes, p)
  if (before.condition === 'stopped' && rules.nothingAfterRefusal) {
    answer(s, calls, 'refused')
    return
  }
  if (rules.repairsFirst && before.repairs.some(({ outcome }) => outcome === 'not-released'))
    fail('P6 more stands beyond the mark than one batch repairs')
  if (!rules.markFirst) release(w, p, calls, to)
  const count = calls.length + ends.length + repairs.length
  const signed = { head: to, epoch, calls: rules.markFirst ? calls : [], count, durable: false }
  become(s, p, { head: to, halving: false, signed: [...before.signed, signed] })
  write(w, p)
  const { ahead, writing, signed: waiting } = at(s.processes, p)
  if (ahead !== null && (countOf([...waiting, ...writing]) + entriesOf(ahead) <= most || !rules.bounded)) send(w, p, ahead)
}

/** Somebody else claimed, or wrote: where its head stands that was a claim which came late. */
export function moved(w: World, p: number, { calls, ends }: Batch): void {
  const { s } = w
  const { condition, database, doubted, epoch } = at(s.processes, p)
  answer(s, calls, 'refused')
  if (!s.tampered && at(at(s.databases, database), slotOf(w, p)).epoch === epoch) fail('P6 a batch is sent that cannot stand')
  if (condition === 'starting') end(s, p)
  if (condition !== 'ready') return
  putBack(w, p, 'refused')
  become(s, p, { condition: 'away', challenged: true, doubted: [...doubted, ...ends], repairs: [] })
}

/** Of its calls that one fails whose entry is rejected: the batch is halved until it is found. */
export function rejected(w: World, p: number, { calls, ends, repairs }: Batch): void {
  const { s } = w
  const halving = calls.length + ends.length > 1
  if (at(s.processes, p).condition === 'stopped') {
    answer(s, calls, 'refused')
    return
  }
  putBack(w, p, 'new')
  answer(s, calls, halving ? 'new' : 'refused')
  const { ends: after, repairs: due } = at(s.processes, p)
  become(s, p, { halving, repairs: [...repairs, ...due], ends: [...ends, ...after] })
}

/** Its callers are answered now; what became of it the next claim finds out. */
export function notHeardOf(w: World, p: number): void {
  const { s } = w
  const { claiming, condition, doubted, sent } = at(s.processes, p)
  if (sent === null && !claiming) return
  disconnect(s, p)
  answer(s, sent?.calls ?? [], 'refused')
  become(s, p, { sent: null, claiming: false })
  if (condition === 'starting') {
    end(s, p)
    return
  }
  if (condition === 'stopped') return
  putBack(w, p, 'refused')
  become(s, p, { condition: 'away', doubted: [...doubted, ...(sent?.ends ?? [])], repairs: [] })
}

// --- sign, mark, release

/** Begins to write the mark of what is signed, where none is being written; one covers all that wait. */
function write({ rules, s }: World, p: number): void {
  const { signed, writing } = at(s.processes, p)
  const last = signed.at(-1)
  if (last === undefined || (rules.marksInTurn && writing.length > 0)) return
  const all: Signed = { ...last, calls: signed.flatMap(({ calls }) => calls), count: countOf(signed) }
  become(s, p, { signed: [], writing: [...writing, all] })
}

export function makeDurable(w: World, p: number, i: number): void {
  const { s, scenario } = w
  const [machine, slot] = at(scenario.processes, p)
  const { writing } = at(s.processes, p)
  const { head, epoch } = at(writing, i)
  publish(s, slot, head)
  s.marks[machine] = at(s.marks, machine).with(slot, { epoch, head })
  become(s, p, { writing: writing.map((each, j) => (j === i ? { ...each, durable: true } : each)) })
}

export function marked(w: World, p: number, i: number): void {
  const { condition, repairs, writing } = at(w.s.processes, p)
  const { calls, head } = at(writing, i)
  release(w, p, calls, head)
  become(w.s, p, { writing: writing.filter((_, j) => j !== i) })
  write(w, p)
  if (condition === 'starting' && repairs.length === 0) become(w.s, p, { condition: 'ready' })
}

/** @param i durable after all: of what it covers nobody knows any more that it was not released */
export function markFailed(w: World, p: number, i?: number): void {
  if (i !== undefined) makeDurable(w, p, i)
  const { condition, signed, writing } = at(w.s.processes, p)
  for (const { calls, durable } of [...writing, ...signed]) answer(w.s, calls, durable ? 'doubt' : 'refused')
  become(w.s, p, { signed: [], writing: [] })
  if (condition === 'starting') end(w.s, p)
  else stop(w, p)
}

/** A checkpoint can leave its process. */
function publish(s: State, slot: number, head: Log): void {
  const before = at(s.published, slot)
  if (!areConsistent(before, head)) fail('P2 two checkpoints of one log contradict each other')
  if (sizeOf(head) > sizeOf(before)) s.published[slot] = head
}

function release(w: World, p: number, calls: readonly number[], head: Log): void {
  const { s, scenario } = w
  if (calls.length === 0) return
  const slot = slotOf(w, p)
  const isOurs = !s.tampered || at(s.processes, p).database !== s.databases.length - 1
  if (isOurs && !isPrefix(head, at(survivor(s), slot).head)) fail('P1 released, and not in the history that survives')
  for (const call of calls) {
    const isStream = at(scenario.calls, call)[1] === 'stream'
    s.calls[call] = isStream ? 'running' : 'released'
    s.holders[call] = isStream ? p : -1
  }
  if (sizeOf(head) > sizeOf(at(s.released, slot))) s.released[slot] = head
}

export function endStream(s: State, p: number, call: number): void {
  answer(s, [call], 'ended')
  become(s, p, { ends: [...at(s.processes, p).ends, { call, outcome: 'ended' }] })
}

export const isWorthABatch = (s: State, { ahead, ends, halving, repairs }: Process): boolean =>
  ahead === null && !halving && repairs.length === 0 && (ends.length > 0 || s.calls.includes('new'))
