// acts.ts: entries about the audit that is archived: its freeze, seed and draws, and the steps of its round; never one that is hidden.
import type { StoredEntry } from '../../querylog/ports.ts'
import type { ArchiveFacts } from './archived.ts'

/** An entry with the slot in which it stands. */
export interface Act extends StoredEntry {
  readonly slot: string
}

/** What of an act decides whether it is archived. */
interface Read {
  readonly kind: string
  readonly id: string
  readonly at: string
  readonly asked?: {
    readonly act?: string
    readonly about?: string
    readonly agency?: string
    readonly audit?: string
    readonly from?: string
    readonly until?: string
    readonly round?: string
    readonly number?: string
    readonly step?: string
    readonly freeze?: string
    readonly freezes?: readonly string[]
  }
}

/** Acts about the self-audits of an agency in a period, of which a half-year may have several (R14): what begins one names both; the others
 *  name what began it. An unannounced audit is hidden from the agency until it is released, and is none of a self-audit's.
 *  @param acts `sample` and `report` entries of all logs
 *  @returns those that are archived, oldest first */
export function actsOf(acts: readonly Act[], { agency, period }: Pick<ArchiveFacts, 'agency' | 'period'>): readonly Act[] {
  const read = acts.map((act) => ({ act, read: JSON.parse(act.entry) as Read })) // the writer's own entries
  read.sort((one, other) => (one.read.at === other.read.at ? one.act.index - other.act.index : one.read.at < other.read.at ? -1 : 1))
  const [freezes, rounds] = [new Set<string>(), new Set<string>()]
  const belongs = ({ asked = {}, id, kind }: Read): boolean => {
    const { from = '', until = '' } = asked
    const begins = asked.agency === agency.id && period.from <= from && from <= until && until <= period.until
    if (kind === 'sample') {
      if (asked.act === 'freeze' && begins && asked.round === 'self-audit') freezes.add(id)
      return freezes.has(id) || freezes.has(asked.freeze ?? '') || (asked.freezes ?? []).some((each) => freezes.has(each))
    }
    // Of the step that says that it was archived no archive can hold the entry: it would not be the same when it is made again.
    if (asked.about !== 'round' || asked.number === undefined || asked.step === 'archived') return false
    if (begins && asked.audit === 'self-audit') rounds.add(asked.number)
    return rounds.has(asked.number)
  }
  return read.filter((each) => belongs(each.read)).map(({ act }) => act)
}

/** SHA-256 of the documents that entries name: as {`count`, `digest`}, or as a member `document` that is no 文號. */
export function documentsNamed(acts: readonly StoredEntry[]): readonly string[] {
  const named = new Set<string>()
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('digest' in value && Object.keys(value).join() === 'count,digest') named.add(String(value.digest))
    if ('document' in value && /^[0-9a-f]{64}$/.test(String(value.document))) named.add(String(value.document))
    for (const each of Object.values(value)) look(each)
  }
  for (const { entry } of acts) look(JSON.parse(entry))
  return [...named]
}
