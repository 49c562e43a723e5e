// find-asked.ts: which recorded calls are looked for, from what people say on the telephone: a time, an address, an account.
import { addDays, readCivilDate, readRocDate, startOfDay } from '../../calendar.ts'
import { readAddress } from '../../gateway/address.ts'
import { foldAccount } from '../../identifier.ts'
import type { Snapshot } from '../../policy/snapshot.ts'
import type { Sought } from '../../querylog/find.ts'
import { UsageError } from './usage-error.ts'

export interface SoughtOptions {
  readonly account?: string
  readonly address?: string
  readonly agency?: string
  readonly credential?: string
  readonly from?: string
  readonly to?: string
  readonly refused?: boolean
}

/** What is looked for, and as it stands in the entry that records it. */
export interface SoughtAsked {
  readonly sought: Sought
  /** Members in RFC 8785 order; absent ones were not asked for. */
  readonly asked: {
    readonly address?: string
    readonly agency?: string
    readonly before?: string
    readonly credential?: string
    readonly form: 'find' | 'exposure'
    readonly refused?: true
    readonly since: string
    readonly user?: string
  }
}

/** @throws UsageError that says what was expected */
export function soughtOf(options: SoughtOptions, form: 'find' | 'exposure', snapshot: Snapshot): SoughtAsked {
  const { agency, credential } = options
  const [since, before] = spanOf(options, form)
  const address = options.address === undefined ? undefined : addressOf(options.address)
  const user = options.account === undefined ? undefined : spelt(options.account, agency, snapshot)
  const refused = options.refused === true
  return {
    sought: {
      since,
      ...(before !== undefined && { before }),
      ...(address !== undefined && { address }),
      ...(agency !== undefined && { agency }),
      ...(credential !== undefined && { credential }),
      ...(user !== undefined && { accounts: [...new Set([user, options.account ?? '', foldAccount(user)])] }),
      ...(refused && { refused }),
    },
    asked: {
      ...(address !== undefined && { address }),
      ...(agency !== undefined && { agency }),
      ...(before !== undefined && { before: new Date(before).toISOString() }),
      ...(credential !== undefined && { credential }),
      form,
      ...(refused && { refused: true }),
      since: new Date(since).toISOString(),
      ...(user !== undefined && { user }),
    },
  }
}

/** What is asked for and is not in these rules: a record of an agency that is gone is still there. */
export const unknownAgency = ({ agency }: SoughtOptions, { agencies }: Snapshot): readonly string[] =>
  agency === undefined || agencies.has(agency) ? [] : [`--agency ${agency}：設定中沒有此機關。 No agency of the configuration.`]

function addressOf(text: string): string {
  const address = readAddress(text.normalize('NFKC').trim().toLowerCase())
  if (address === undefined)
    throw new UsageError(`--address: 應為單一 IP 位址，如 203.0.113.5。 Expected one IP address, like 203.0.113.5, found ${text}.`)
  return address.text
}

/** Entries hold the roster's spelling; who is not on the roster stands as the agency claimed. */
function spelt(account: string, agency: string | undefined, { agencies }: Snapshot): string {
  const folded = foldAccount(account)
  const among = agency === undefined ? [...agencies.values()] : [agencies.get(agency)]
  return among.flatMap((each) => each?.roster.get(folded)?.[0]?.account ?? [])[0] ?? account
}

function spanOf({ from, to }: SoughtOptions, form: 'find' | 'exposure'): readonly [since: number, before: number | undefined] {
  const [first, last] = form === 'find' ? ['--from', '--to'] : ['--since', '--until']
  if (from === undefined)
    throw new UsageError(`請以 ${first} 指定自何時起，如 2026-11-24 或 "115/11/24 14:05"。 Say since when: ${first}, in Taipei.`)
  const since = readTime(first, from).from
  const before = to === undefined ? undefined : readTime(last, to).to
  if (before !== undefined && before <= since)
    throw new UsageError(`${last} ${to} 早於 ${first} ${from}。 The end comes before the beginning.`)
  return [since, before]
}

interface Time {
  /** Its first millisecond since 1970 UTC. */
  readonly from: number
  /** The first one behind it. */
  readonly to: number
}

/** A day, a minute or a second of Taipei, as people write it, in half or full width; or of another zone, where it says so.
 *  @throws UsageError */
export function readTime(option: string, text: string): Time {
  const narrow = text.normalize('NFKC').trim()
  const [, day = '', hour, minute = '', second, zone] =
    /^(.+?)(?:[ T]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,3})?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?)?$/.exec(narrow) ?? []
  const date = readCivilDate(day) ?? readRocDate(day)
  if (date === undefined)
    throw new UsageError(`${option}: 應為日期或時間，如 2026-11-24、"115/11/24 14:05"。 Expected a day or a time of Taipei, found ${text}.`)
  if (hour === undefined) return { from: startOfDay(date), to: startOfDay(addDays(date, 1)) }
  const civil = startOfDay(date) + (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second ?? 0) * 1_000
  const from = civil + (zone === undefined ? 0 : taipei - offsetOf(zone))
  return { from, to: from + (second === undefined ? 60_000 : 1_000) }
}

const taipei = 8 * 3_600_000

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

/** @throws UsageError */
export function readCount(option: string, text: string): number {
  const count = Number(text)
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`${option}: 應為 1 至 999999。 Expected 1 to 999999, found ${text}.`)
  return count
}
