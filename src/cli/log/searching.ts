// searching.ts: the search of an auditor: recorded first, with what was looked for, and only then read.
import { resolve } from 'node:path'
import { canonicalJson } from '../../canonical.ts'
import type { ReadLog } from '../../querylog/act-entries.ts'
import { type FindStore, type FoundCall, refusalsLate, type Sought } from '../../querylog/find.ts'
import { type Behind, behindOf } from '../../querylog/search.ts'
import { type AuditorOptions, commandKeys, readAuditor } from '../auditor.ts'
import { type RecordedAct, recordRead } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import { systemClock } from '../system-clock.ts'
import { searchedLogs } from './exported-logs.ts'
import { type SoughtAsked, type SoughtOptions, soughtOf, unknownAgency } from './find-asked.ts'

/** What a search works with, once it is recorded. */
export interface Searching {
  readonly place: CommandPlace
  readonly find: FindStore
  readonly sought: Sought
  readonly asked: SoughtAsked['asked']
  /** As the act recorded them: what is read. */
  readonly logs: readonly ReadLog[]
  readonly recorded: RecordedAct
  /** Logs whose newest entries search has not read: what stands there is not found. */
  readonly behind: readonly Behind[]
}

/** Refusals that were only counted are looked through, but for an account: who it was is not known of any of them. */
export const readsRefusals = (form: 'find' | 'exposure', { accounts }: Sought): boolean => form === 'find' && accounts === undefined

/** Up to where entries are read: refusals are counted in entries behind the span. */
const readBefore = (form: 'find' | 'exposure', sought: Sought): number | undefined =>
  sought.before !== undefined && readsRefusals(form, sought) ? sought.before + refusalsLate : sought.before

/** @param search told once the act is recorded: nothing was read before
 *  @throws UsageError, AuditorRefused, ActRefused, and what recording throws: then nothing was read */
export async function searching(
  options: AuditorOptions & SoughtOptions,
  form: 'find' | 'exposure',
  search: (given: Searching) => Promise<void>,
): Promise<void> {
  const keys = commandKeys(options)
  const place = await openPlace(resolve(options.config))
  const rows = place.store.openExport()
  let find: (FindStore & { close(): Promise<void> }) | undefined
  try {
    const { asked, sought } = soughtOf(options, form, place.snapshot)
    for (const each of unknownAgency(options, place.snapshot)) process.stderr.write(`${each}\n`)
    const act = { command: `log-${form}`, asked: canonicalJson(asked), needsDocument: false }
    const auditor = await readAuditor(options, act, place.snapshot)
    const logs = await searchedLogs(place.store, rows, sought.since, readBefore(form, sought))
    const behind = behindOf(await place.store.search.progress(), systemClock.wall()).filter(({ entries }) => entries > 0)
    const recorded = await recordRead(place, keys, { act, auditor, logs })
    find = place.store.openFind(new Map(logs.map(({ size, slot }) => [slot, size])))
    await search({ place, find, sought, asked, logs, recorded, behind })
  } finally {
    await Promise.all([rows.close(), find?.close()])
    await place.close()
  }
}

const callsOfChunk = 500

/** Every call that is sought, in order. */
export async function* callsOf(find: FindStore, sought: Sought, most = Number.POSITIVE_INFINITY): AsyncGenerator<FoundCall> {
  let after: FoundCall | undefined
  for (let left = most; left > 0; ) {
    const asked = Math.min(left, callsOfChunk)
    const found = await find.calls(sought, after, asked)
    yield* found
    if (found.length < asked) return
    after = found.at(-1)
    left -= found.length
  }
}

/** Where search is behind, an answer is complete only up to there. */
export const behindText = (behind: readonly Behind[]): readonly string[] =>
  behind.map(
    ({ entries, ms, slot }) =>
      `注意 note: 槽 slot ${slot}：最後 ${entries} 筆（${Math.round(ms / 1000)} 秒）尚未納入查詢 the last entries are not searched yet`,
  )
