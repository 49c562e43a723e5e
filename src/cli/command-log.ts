// command-log.ts: what commands record: one act, in slot `cli` of the same database, before anything of it is shown.
import { civilDateOf, startOfDay } from '../calendar.ts'
import type { Auditor, CommandAct } from '../credential/command-assertion.ts'
import { uuidv7 } from '../gateway/ids.ts'
import { type ActFacts, type ExportFacts, exportEntry } from '../querylog/act-entries.ts'
import type { Draft } from '../querylog/batch.ts'
import type { EntryId, Given } from '../querylog/entry.ts'
import { QueryLog } from '../querylog/log.ts'
import { type DownloadEndFacts, downloadEndEntry } from '../querylog/own-records.ts'
import type { LogReaderStore } from '../querylog/ports.ts'
import { LogRefusal } from '../querylog/refusal.ts'
import type { CommandPlace } from './command-place.ts'
import { anyLog, softwareName } from './process-settings.ts'
import { systemClock as clock } from './system-clock.ts'

export const commandSlot = 'cli'

/** Nothing was recorded, and so nothing is shown. */
export class ActRefused extends Error {
  readonly code: 'assertion-replayed' | 'daily-limit-reached'
  constructor(code: ActRefused['code'], message: string) {
    super(`${message} [${code}]`)
    this.code = code
  }
}

export interface RecordedAct {
  readonly id: EntryId
  readonly index: number
  readonly log: string
  /** When it was recorded, milliseconds since 1970 UTC. */
  readonly at: number
}

export interface Act {
  readonly act: CommandAct
  readonly auditor: Auditor
  /** The entry of this act. */
  write(facts: ActFacts, given: Given): string
  /** What does not fit into one entry: more of them under the same assertion, in one commit. All stand, or none. */
  readonly further?: readonly Act['write'][]
  /** Held against what the log holds already, before the entry is written.
   *  @throws ActRefused */
  check?(acts: AsyncIterable<EarlierAct>): Promise<void>
}

/** An act of today. */
export interface EarlierAct {
  readonly kind: string
  readonly agency: string
  readonly user: string
  /** Whose key proved it. */
  readonly credential: string
  readonly entries: readonly unknown[]
}

/** Another command holds the log for less than a second. */
const waitAtMost = 10_000
/** Between two clocks, and of an assertion's life before it is signed: further back none can have been used that is good now. */
const before = 120_000

/** Records an act. Once it resolves nothing can take the entry back: committed, signed, marked.
 *  @param keys the key directory of slot `cli`
 *  @throws LogRefusal with its remedy, NotRecorded, StoreError, ActRefused: then nothing may be shown */
export async function recordAct(place: CommandPlace, keys: string, act: Act): Promise<RecordedAct> {
  const { snapshot, store } = place
  const log = await openLog(place, keys)
  try {
    // What the auditor was known by is kept, whether a gateway took these rules up or not.
    await store.writer.putDocument('policy', Buffer.from(snapshot.bytes))
    await refuseReplay(store.reader, log, act.auditor)
    await act.check?.(actsOf(store.reader, log, startOfDay(civilDateOf(log.now()))))
    const first = draftOf(log, act, snapshot.digest, act.write)
    const further = (act.further ?? []).map((write) => draftOf(log, act, snapshot.digest, write))
    const [recorded] = await log.appendTogether([first.draft, ...further.map(({ draft }) => draft)])
    if (recorded === undefined) throw new Error('an act was recorded, and stands nowhere')
    return { id: first.id, index: recorded.index, log: log.log, at: log.now() }
  } finally {
    await log.close()
  }
}

/** Records that what an act gave is whole. Throws as `recordAct`. */
export async function recordWhole(
  place: CommandPlace,
  keys: string,
  given: Pick<DownloadEndFacts, 'agency' | 'bytes' | 'of' | 'sha256'>,
): Promise<void> {
  const log = await openLog(place, keys)
  try {
    const facts: DownloadEndFacts = { ...given, id: uuidv7(log.now()), outcome: 'whole', code: undefined, records: [] }
    await log.appendTogether([{ write: (at) => downloadEndEntry(facts, at) }])
  } finally {
    await log.close()
  }
}

const openLog = ({ audit, gateway, store }: CommandPlace, keys: string): Promise<QueryLog> =>
  openWhenFree(() =>
    QueryLog.open({
      ...anyLog({ gateway, audit }),
      slot: commandSlot,
      keyDirectory: keys,
      tagDirectory: undefined,
      store: store.writer,
      reader: store.reader,
      clock,
      newId: () => uuidv7(Date.now()),
      software: softwareName(),
      report: (event) => {
        if (event.event === 'log-refused' || event.event === 'log-task-failed') process.stderr.write(`${event.event}: ${event.error}\n`)
      },
    }),
  )

/** Records that entries were read out, before the first of them is. Throws as `recordAct`. */
export function recordRead(
  place: CommandPlace,
  keys: string,
  { completes, logs, ...act }: Omit<Act, 'check' | 'write'> & Pick<ExportFacts, 'completes' | 'logs'>,
  continues?: EntryId,
): Promise<RecordedAct> {
  const more = { ...(completes && { completes }), continues, logs }
  return recordAct(place, keys, { ...act, write: (facts, given) => exportEntry({ ...facts, ...more }, given) })
}

async function openWhenFree(open: () => Promise<QueryLog>): Promise<QueryLog> {
  for (const end = clock.monotonic() + waitAtMost; ; ) {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof LogRefusal && error.code === 'key-directory-locked') || clock.monotonic() > end) throw error
      await clock.sleep(100)
    }
  }
}

function draftOf(
  log: QueryLog,
  act: Act,
  policy: ActFacts['policy'],
  write: Act['write'],
): { readonly id: EntryId; readonly draft: Draft } {
  const { id, facts } = factsOf(log, act, policy)
  return { id, draft: { write: (given) => write(facts, given) } }
}

function factsOf(log: QueryLog, { act, auditor }: Act, policy: ActFacts['policy']): { id: EntryId; facts: ActFacts } {
  const id = uuidv7(log.now())
  const { agency, credential, document, jti, kid, reason, token, tokenDigest, user } = auditor
  const facts: ActFacts = {
    id,
    agency: agency.id,
    asked: JSON.parse(act.asked),
    auth: { jti, kid, token: tokenDigest, type: 'assertion' },
    credential: credential.id,
    document,
    policy,
    reason,
    sealed: log.seal(new Date(log.now()).toISOString(), id, JSON.stringify({ assertion: token })),
    user: user.account,
  }
  return { id, facts }
}

/** R8: an assertion is taken once, whichever command it was for. Held under the lock of the log: of two at once one is second.
 *  @throws ActRefused */
async function refuseReplay(reader: LogReaderStore, log: QueryLog, { agency, jti, signedAt }: Auditor): Promise<void> {
  for await (const { entry } of newestFirst(reader, log, signedAt - before)) {
    const earlier = JSON.parse(entry)
    if (earlier.auth?.jti === jti && earlier.agency === agency.id)
      throw new ActRefused('assertion-replayed', '此簽章憑證已使用過，請重新簽署。This assertion was used before: sign a new one.')
  }
}

async function* actsOf(reader: LogReaderStore, log: QueryLog, since: number): AsyncGenerator<EarlierAct> {
  for await (const { entry } of newestFirst(reader, log, since)) {
    const { kind, agency, credential, user, entries } = JSON.parse(entry)
    if (kind === 'export' || kind === 'disclosure') yield { kind, agency, credential, user, entries: entries ?? [] }
  }
}

const chunk = 256

/** Entries of the commands' log from an instant on; their times never step back. */
async function* newestFirst(reader: LogReaderStore, log: QueryLog, since: number): AsyncGenerator<{ readonly entry: string }> {
  for (let to = log.size; to > 0; to -= chunk) {
    const entries: { entry: string }[] = []
    for await (const each of reader.entries(log.slot, Math.max(0, to - chunk), to)) entries.push(each)
    for (const each of entries.reverse()) {
      if (Date.parse(JSON.parse(each.entry).at) < since) return
      yield each
    }
  }
}
