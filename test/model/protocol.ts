// protocol.ts: how a slot's log is written, as steps of writers, disks, a database, and what befalls them; and what has to hold in every state.
// Nothing is fair: whoever is stopped is not scheduled.
import type { Model, Step } from './explore.ts'
import { isPrefix, known, openStreams, sizeOf } from './history.ts'
import {
  at,
  type Budget,
  become,
  canonical,
  copyOf,
  down,
  fail,
  initialState,
  isIdle,
  lives,
  most,
  type Rules,
  rules,
  type Scenario,
  type State,
  slotOf,
  survivor,
  Violation,
  type World,
} from './state.ts'
import * as writer from './writer.ts'

interface Offers {
  readonly w: World
  /** A step. What `change` returns is put into the state. */
  step(label: string, change: (w: World) => Partial<State> | undefined): void
  /** One that may be taken so often. */
  spend(of: keyof Budget, label: string, change: (w: World) => Partial<State> | undefined): void
}

export function protocol(scenario: Scenario, broken: Partial<Rules> = {}): Model<State> {
  const under = { ...rules, ...broken }
  const steps = (s: State): Step<State>[] => {
    const found: Step<State>[] = []
    const step = (label: string, fault: boolean, left: Budget, change: (w: World) => Partial<State> | undefined): void => {
      const next = { ...copyOf(s), left }
      const w = { scenario, rules: under, s: next }
      try {
        Object.assign(next, change(w))
        check(w)
        found.push({ label, next, fault })
      } catch (error) {
        if (!(error instanceof Violation)) throw error
        found.push({ label, next, fault, violates: error.message })
      }
    }
    const offers: Offers = {
      w: { scenario, rules: under, s },
      step: (label, change) => step(label, false, s.left, change),
      spend: (of, label, change) => {
        if (s.left[of] > 0) step(label, !['stop', 'backup', 'heads'].includes(of), { ...s.left, [of]: s.left[of] - 1 }, change)
      },
    }
    offerWorld(offers)
    for (const i of s.statements.keys()) offerServer(offers, i)
    for (const p of s.processes.keys()) offerProcess(offers, p)
    return found
  }
  return {
    initial: initialState(scenario),
    steps,
    canonical: (s) => canonical(scenario, s),
    isGood: (s) => isGood({ scenario, rules: under, s }),
  }
}

/** Somebody can go on, or all say why not. */
function isGood(w: World): boolean {
  const { databases, processes } = w.s
  const goesOn = processes.some(
    ({ condition, database, head }, p) => condition === 'ready' && database === databases.length - 1 && !writer.isTurnDue(w, p, head),
  )
  return goesOn || processes.every(({ condition }) => condition === 'refused' || condition === 'gone')
}

// --- what befalls everybody

function offerWorld({ spend, step, w: { s, scenario } }: Offers): void {
  if (s.month < scenario.months) step(`month ${s.month + 1} begins`, () => ({ month: s.month + 1 }))
  for (const [machine, off] of s.clocks.entries()) {
    const set = (to: number) => () => ({ clocks: s.clocks.with(machine, to) })
    for (const to of [off - 1, off + 1]) if (Math.abs(to) <= 1) spend('step', `the clock of machine ${machine} steps to ${to}`, set(to))
    if (off !== 0 && s.left.step === 0) step(`the clock of machine ${machine} is set right`, set(0))
    const here = [...s.processes.keys()].filter((p) => scenario.processes[p]?.[0] === machine)
    if (here.some((p) => s.processes[p]?.condition !== 'gone'))
      spend('die', `machine ${machine} is lost`, (w) => {
        for (const p of here) {
          writer.end(w.s, p)
          become(w.s, p, { condition: 'gone' })
        }
        return { marks: w.s.marks.with(machine, []) }
      })
  }
  const rows = survivor(s)
  const { backup } = s
  spend('backup', 'a backup is taken', () => ({ backup: rows }))
  if (backup !== null) spend('restore', 'the database is restored from the backup', (w) => restore(w, backup))
  if (backup !== null && s.databases.length === 1) spend('promote', 'the replica is promoted, and the old primary lives on', promote)
  for (const [slot, { epoch, head }] of rows.entries())
    if (sizeOf(head) > 1)
      spend('cutOff', `the administrator deletes the newest entry of slot ${slot}`, () => ({
        databases: s.databases.with(-1, rows.with(slot, { epoch, head: known(head).before })),
        tampered: true,
      }))
}

function restore(w: World, backup: State['backup']): Partial<State> {
  disconnectAll(w)
  for (const p of w.s.processes.keys()) become(w.s, p, { database: 0 })
  return { databases: [[...(backup ?? [])]], tampered: true }
}

/** A standby that every commit waited for holds all that was acknowledged; another one holds what it had when the backup was taken. */
function promote(w: World): Partial<State> {
  if (w.rules.synchronous) disconnectAll(w)
  return { databases: [...w.s.databases, [...(w.rules.synchronous ? survivor(w.s) : (w.s.backup ?? []))]], tampered: true }
}

function disconnectAll(w: World): void {
  for (const p of w.s.processes.keys()) writer.notHeardOf(w, p)
  w.s.statements = []
}

// --- the database

function offerServer({ spend, step, w: { rules, s } }: Offers, i: number): void {
  const statement = at(s.statements, i)
  const { by, database, kind, slot, state } = statement
  const what = `the ${kind} of ${by === -1 ? 'a dead connection' : letter(by)}`
  const set = (change: Partial<typeof statement>) => () => ({ statements: s.statements.with(i, { ...statement, ...change }) })
  if (rules.synchronous && database !== s.databases.length - 1) {
    if (by !== -1) step(`no standby acknowledges ${what}`, (w) => void writer.notHeardOf(w, by))
    return
  }
  const isHeld = s.statements.some((each) => each.state === 'begun' && each.database === database && each.slot === slot)
  const mayRun = state === 'begun' || (state === 'sent' && !isHeld)
  if (state === 'sent' && mayRun && kind === 'append' && (by === -1 || s.left.cut > 0))
    step(`${what} holds the slot's row`, set({ state: 'begun' }))
  if (mayRun) step(`${what} ends`, (w) => run(w, i))
  if (mayRun && (s.processes[by]?.sent?.calls.length ?? 0) > 0)
    spend('reject', `${what} holds an entry that is rejected`, set({ state: 'rejected' }))
  if (by === -1) step(`${what} is dropped`, () => ({ statements: s.statements.toSpliced(i, 1) }))
}

function run({ rules, s }: World, i: number): Partial<State> {
  const statement = at(s.statements, i)
  const { by, database, epoch, from, kind, slot, to } = statement
  const row = at(at(s.databases, database), slot)
  const answered = (change: Partial<typeof statement>) => ({
    statements: by === -1 ? s.statements.toSpliced(i, 1) : s.statements.with(i, { ...statement, ...change }),
  })
  const put = (next: typeof row) => ({ databases: s.databases.with(database, at(s.databases, database).with(slot, next)) })
  if (kind === 'claim') {
    const claimed = { epoch: row.epoch + (rules.fence ? 1 : 0), head: row.head }
    return { ...put(claimed), ...answered({ state: 'done', epoch: claimed.epoch, to: row.head }) }
  }
  if (row.epoch !== epoch || row.head !== from) return answered({ state: 'moved' })
  const { fault } = known(to)
  if (fault !== undefined) fail(fault)
  if (database === s.databases.length - 1 && !isPrefix(at(s.released, slot), to))
    fail('P1 a slot goes on without an entry that was released')
  return { ...put({ epoch, head: to }), ...answered({ state: 'done' }) }
}

// --- a process

function offerProcess(offers: Offers, p: number): void {
  const { spend, step, w } = offers
  const process = at(w.s.processes, p)
  const { claiming, condition } = process
  const me = letter(p)
  if (condition === 'down' && mayStart(w, p)) step(`${me} starts, and claims its slot`, (n) => void writer.sendClaim(n, p))
  if (!lives(process)) return
  spend('crash', `${me} is killed`, (n) => void writer.end(n.s, p))
  if (condition === 'stopped') step(`${me}, which stopped, is started anew`, (n) => void writer.end(n.s, p))
  offerReplies(offers, p)
  offerMarks(offers, p)
  const mayClaim = condition === 'away' && !claiming
  if (mayClaim && (isIdle(process) || !w.rules.idleBeforeClaim)) step(`${me} claims its slot again`, (n) => void writer.sendClaim(n, p))
  if (condition === 'starting' && !claiming && isIdle(process)) step(`${me} sends its first batch`, (n) => void writer.sendNext(n, p, 0))
  if (condition === 'ready') offerBatches(offers, p)
  const { ahead, doubted, ends, repairs } = process
  const isDone = ahead === null && doubted.length + ends.length + repairs.length === 0 && !w.s.holders.includes(p)
  if (isIdle(process) && (condition === 'away' || (condition === 'ready' && isDone)))
    spend('stop', `${me} ends`, (n) => void writer.end(n.s, p))
}

/** The lock of a key directory is free. */
function mayStart({ rules, s, scenario }: World, p: number): boolean {
  const [machine, slot] = at(scenario.processes, p)
  return !rules.keyLock || !scenario.processes.some(([m, x], q) => q !== p && m === machine && x === slot && lives(at(s.processes, q)))
}

function offerReplies({ spend, step, w: { s, scenario } }: Offers, p: number): void {
  const statement = s.statements.find(({ by }) => by === p)
  if (statement === undefined) return
  const me = letter(p)
  const { kind, state } = statement
  const { ahead, sent } = at(s.processes, p)
  const hear = (label: string, then: (n: World) => void) =>
    step(`${me} hears that ${label}`, (n) => {
      n.s.statements = n.s.statements.filter(({ by }) => by !== p)
      become(n.s, p, { sent: null })
      then(n)
      return undefined
    })
  if (kind === 'claim' && state === 'done') hear('the slot is its own', (n) => writer.claimed(n, p, statement))
  if (sent !== null && state === 'done') hear('its batch stands', (n) => writer.committed(n, p, sent))
  if (ahead !== null && sent !== null && state === 'done' && isOff(s, scenario, p))
    hear('its batch stands, and that its clock is not believed', (n) => {
      writer.putBack(n, p, 'refused')
      writer.committed(n, p, sent)
    })
  if (sent !== null && state === 'moved') hear('the head moved', (n) => writer.moved(n, p, sent))
  if (sent !== null && state === 'rejected') hear('an entry was rejected', (n) => writer.rejected(n, p, sent))
  spend('cut', `the connection of ${me} is cut`, (n) => void writer.notHeardOf(n, p))
}

function offerMarks({ spend, step, w: { s } }: Offers, p: number): void {
  for (const [i, { durable }] of at(s.processes, p).writing.entries()) {
    const mark = `the mark of ${letter(p)}`
    if (durable) step(`${letter(p)} hears that its mark is durable, and releases`, (n) => void writer.marked(n, p, i))
    else {
      step(`${mark} becomes durable`, (n) => void writer.makeDurable(n, p, i))
      spend('disk', `${mark} cannot be written`, (n) => void writer.markFailed(n, p))
      spend('disk', `${mark} is durable, and said to have failed`, (n) => void writer.markFailed(n, p, i))
    }
  }
}

function offerBatches({ spend, step, w }: Offers, p: number): void {
  const { rules, s } = w
  const process = at(s.processes, p)
  const { ahead, database, ends, halving, head, repairs, sent } = process
  const me = letter(p)
  const last = s.databases.length - 1
  if (database !== last && sent === null) step(`${me} connects to the promoted server`, (n) => void become(n.s, p, { database: last }))
  for (const [call, holder] of s.holders.entries())
    if (holder === p && s.calls[call] === 'running') step(`the stream of call ${call} ends`, (n) => void writer.endStream(n.s, p, call))
  const mayBuildAhead = sent !== null && !(rules.noTurnAhead && writer.isTurnDue(w, p, sent.to)) && writer.isWorthABatch(s, process)
  if (mayBuildAhead) step(`${me} builds the next batch ahead`, (n) => void writer.buildAhead(n, p))
  if (!isIdle(process) || s.statements.length > most) return
  if (ahead !== null) {
    if (isOff(s, w.scenario, p)) step(`${me} does not believe its clock`, (n) => void writer.putBack(n, p, 'refused'))
    step(`${me} sends the batch that was built ahead`, (n) => void writer.send(n, p, ahead))
    return
  }
  const waiting = s.calls.filter((call) => call === 'new').length
  const isDue = repairs.length + ends.length > 0 || writer.isTurnDue(w, p, head)
  for (let count = isDue ? 0 : 1; count <= Math.min(waiting, halving ? 1 : most); count += 1)
    step(`${me} sends a batch of ${count} calls`, (n) => void writer.sendNext(n, p, count))
  if (!rules.repairsFirst && repairs.length > 0)
    step(`${me} sends a batch before the repairs`, (n) => void writer.sendNext(n, p, 1, { repairs: [] }))
  const isAlone = at(s.databases, database).every((row, slot) => row.head === 0 || slot === slotOf(w, p))
  if (rules.heads && !isAlone) spend('heads', `${me} states the heads of the others`, (n) => void writer.sendNext(n, p, 0, { heads: true }))
}

/** Its clock may be found to be wrong: then nothing new is dated by it. */
const isOff = ({ clocks }: State, { processes }: Scenario, p: number): boolean => at(clocks, at(processes, p)[0]) !== 0

const letter = (p: number): string => at(['A', 'B', 'C'], p)

// --- what has to hold

function check(w: World): void {
  const { s } = w
  const rows = survivor(s)
  for (const { head } of rows)
    for (const { call, outcome } of known(head).completions)
      if (outcome === 'not-released' && ['released', 'running', 'ended', 'cut'].includes(at(s.calls, call)))
        fail('P3 released, and recorded as not released')
  for (const [p, { condition, database, doubted, ends, head, repairs, sent }] of s.processes.entries()) {
    const knowsAll = condition === 'ready' && sent === null && repairs.length === 0 && database === s.databases.length - 1
    if (!knowsAll || at(rows, slotOf(w, p)).head !== head) continue
    const { completions, queries } = known(head)
    const isSaid = (of: number) => completions.some(({ call, outcome }) => call === of && outcome === 'not-released')
    if (queries.some(({ call }) => ['refused', 'lost'].includes(at(s.calls, call)) && !isSaid(call)))
      fail('P3 never released, and nothing says so')
    const isOver = openStreams(head).some(({ call }) => ['cut', 'ended'].includes(at(s.calls, call)))
    if (isOver && ends.length + doubted.length === 0) fail('P3 a stream ended, and nothing says so')
  }
  for (const [call, state] of s.calls.entries()) if (state === 'held' && !isInABatch(s, call)) fail('P6 a call waits for ever')
}

function isInABatch({ holders, processes }: State, call: number): boolean {
  const { ahead, sent, signed, writing } = processes[at(holders, call)] ?? down
  return [sent, ahead, ...signed, ...writing].some((batch) => batch?.calls.includes(call))
}
