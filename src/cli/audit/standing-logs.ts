// standing-logs.ts: every log that queries stand in, as far as it is signed, with what its `month` entries say of an agency.
import type { StandingLog, Turn } from '../../audit/freezing.ts'
import type { MonthName, Period } from '../../audit/period.ts'
import { civilDateOf } from '../../calendar.ts'
import { statedHead } from '../../querylog/checkpoint.ts'
import type { OtherHead } from '../../querylog/entry.ts'
import { eachEntry } from '../../querylog/export/each-entry.ts'
import { NoteError } from '../../querylog/note.ts'
import type { StoredLog } from '../../querylog/ports.ts'
import type { Store } from '../../store/open.ts'
import { commandSlot } from '../command-log.ts'
import { UsageError } from '../log/usage-error.ts'

type Head = Pick<OtherHead, 'root' | 'size'>

/** @throws UsageError for a log whose newest checkpoint cannot be read; StoreError */
export async function standingLogs(store: Store, agency: string, period: Period): Promise<readonly StandingLog[]> {
  const stored = await store.reader.logs()
  const ends = await endedLogs(store, stored)
  const logs: StandingLog[] = []
  for (const each of stored.filter(({ slot }) => slot !== commandSlot)) {
    const end = ends.get(each.log)
    const head = end ?? signedHead(each)
    if (head !== undefined && head.size > 0) logs.push(await standingLog(store, each, head, end !== undefined, agency, period))
  }
  return logs.sort((one, other) => (one.log < other.log ? -1 : 1))
}

/** Last heads of logs that others say are ended: abandoned, or superseded. */
async function endedLogs({ reader }: Store, logs: readonly StoredLog[]): Promise<ReadonlyMap<string, Head>> {
  const ends = new Map<string, Head>()
  for (const { slot } of logs) {
    for await (const { entry } of reader.ofKind(slot, 'abandon')) {
      const { head }: { readonly head: OtherHead } = JSON.parse(entry)
      ends.set(head.log, head)
    }
    for await (const { entry } of reader.entries(slot, 0, 1)) {
      const { supersedes }: { readonly supersedes?: { readonly head: OtherHead } } = JSON.parse(entry)
      if (supersedes !== undefined) ends.set(supersedes.head.log, supersedes.head)
    }
  }
  return ends
}

/** Of a log that nobody signed yet nothing is frozen: its first entries are minutes old. */
function signedHead({ checkpoint, log, slot }: StoredLog): Head | undefined {
  if (checkpoint === undefined) return undefined
  try {
    const { root, size } = statedHead(checkpoint, log)
    return { root: root.toString('base64'), size }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    throw new UsageError(
      `槽 ${slot}：資料庫所存之最新封存點無法讀取，請先 linkage log verify --slot ${slot}。 The newest checkpoint of slot ${slot} cannot be read: run linkage log verify --slot ${slot} first.`,
    )
  }
}

interface MonthMembers {
  readonly agencies: readonly {
    readonly agency: string
    readonly counted: number
    readonly counted_to: number
    readonly records: number
    readonly records_to: number
  }[]
  readonly begins: MonthName
  readonly ended: MonthName
  readonly parameters: unknown
}

async function standingLog(
  store: Store,
  { log, slot }: StoredLog,
  { root, size }: Head,
  ended: boolean,
  agency: string,
  period: Period,
): Promise<StandingLog> {
  let [begins, committed]: [MonthName, unknown] = ['', undefined]
  for await (const { entry } of store.reader.entries(slot, 0, 1)) {
    const { at, parameters }: { readonly at: string; readonly parameters: unknown } = JSON.parse(entry)
    begins = civilDateOf(Date.parse(at)).slice(0, 7)
    committed = parameters
  }
  const turns: Turn[] = []
  for await (const { entry, index } of store.reader.ofKind(slot, 'month')) {
    if (index >= size) break
    const turn: MonthMembers = JSON.parse(entry)
    if (turn.begins <= period.from) committed = turn.parameters
    const own = turn.agencies.find((each) => each.agency === agency)
    turns.push({
      index,
      ended: turn.ended,
      begins: turn.begins,
      numbers: own && { counted: own.counted, countedTo: own.counted_to, records: own.records },
    })
  }
  const rest = ended ? await restOf(store, slot, turns.at(-1)?.index ?? 0, size, agency) : undefined
  return { slot, log, root, size, begins, turns, ended, committed, ...(rest !== undefined && { rest }) }
}

const entriesOfChunk = 4096

/** Of a log that ended, the agency's numbers behind its last turn, from its entries: no `month` entry says them, and none ever will. */
async function restOf(store: Store, slot: string, from: number, size: number, agency: string): Promise<Turn['numbers']> {
  const rows = store.openExport()
  let [counted, countedTo, records] = [0, 0, 0]
  try {
    for (let at = from; at < size; at += entriesOfChunk) {
      const members = [`"agency":${JSON.stringify(agency)}`]
      const lines = await rows.lines(slot, at, Math.min(size, at + entriesOfChunk), { members, only: 'queries' })
      for (const { entry: text } of eachEntry(lines)) {
        const entry: { readonly agency: string; readonly counted_seq?: number } = JSON.parse(text)
        if (entry.agency !== agency) continue
        records += 1
        if (entry.counted_seq === undefined) continue
        counted += 1
        countedTo = entry.counted_seq
      }
    }
  } finally {
    await rows.close()
  }
  return records === 0 ? undefined : { counted, countedTo, records }
}
