// opening.ts: the disclosure of sealed parts: recorded, and only then decrypted.
import { canonicalJson } from '../../canonical.ts'
import type { Auditor, CommandAct } from '../../credential/command-assertion.ts'
import { disclosureEntry, type OpenedEntry } from '../../querylog/act-entries.ts'
import type { Sealed } from '../../querylog/entry.ts'
import type { ExportStore } from '../../querylog/export/ports.ts'
import { leafHash } from '../../querylog/tree.ts'
import { type KeyMembers, keyMembers, kidsOf, type OpeningKey, open, openDataKey, recipientOf } from '../../querylog/unseal.ts'
import { type AuditorOptions, readAuditor } from '../auditor.ts'
import { type Act, ActRefused, type EarlierAct, recordAct } from '../command-log.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from './usage-error.ts'

/** Where audit.yaml says nothing. */
const openingsADay = 50

/** A sealed entry, and the data key that it is sealed under: nothing of it is decrypted yet. */
interface Closed {
  readonly entry: OpenedEntry
  readonly members: Readonly<Record<string, unknown>>
  readonly sealed: Sealed
  readonly key: KeyMembers
}

export interface Opened extends OpenedEntry {
  readonly at: unknown
  readonly agency: unknown
  readonly user: unknown
  readonly case: unknown
  /** What was sealed; absent where it does not open. */
  readonly opened?: Readonly<Record<string, unknown>>
  readonly fault?: string
}

/** What is to be opened, by whom, with which key. */
export interface Opening {
  readonly act: CommandAct & { readonly needsDocument: true }
  readonly entries: readonly { readonly index: number; readonly log: string }[]
  readonly key: OpeningKey
  readonly options: AuditorOptions
}

/** The act of `linkage log open`. */
export function openAct(entries: Opening['entries']): Opening['act'] {
  return { command: 'log-open', asked: canonicalJson({ entries: entries.map(({ index, log }) => ({ index, log })) }), needsDocument: true }
}

/** @param keys key directory of slot `cli`
 *  @throws UsageError, AuditorRefused, ActRefused, and what recording throws: then nothing was decrypted */
export async function openEntries(
  place: CommandPlace,
  rows: ExportStore,
  keys: string,
  { act, entries, key, options }: Opening,
): Promise<readonly Opened[]> {
  const auditor = await readAuditor(options, act, place.snapshot)
  const closed: Closed[] = []
  for (const { index, log } of entries) closed.push(await closedEntry(place, rows, slotOf(log), log, index))
  const recipient = recipientOfAll(closed, key.kid)
  const disclosing = (those: readonly Closed[]): Act['write'] => {
    const opening = those.map(({ entry }) => entry)
    return (facts, given) => disclosureEntry({ ...facts, entries: opening, recipient }, given)
  }
  const [first = [], ...further] = inEntries(closed)
  const most = place.audit.openings?.per_auditor_per_day ?? openingsADay
  await recordAct(place, keys, {
    act,
    auditor,
    check: (acts) => withinTheDay(acts, auditor, closed.length, most),
    write: disclosing(first),
    further: further.map(disclosing),
  })
  const opened: Opened[] = []
  for (const each of closed) opened.push(await openOne(each, key))
  return opened
}

/** Bytes of an entry that what is opened may take: the rest is for who asks, for what, and the sealed assertion. */
const bytesOfNames = 40_000

/** As many as each entry holds. */
function inEntries(closed: readonly Closed[]): readonly (readonly Closed[])[] {
  const parts: Closed[][] = [[]]
  let bytes = 0
  for (const each of closed) {
    const more = Buffer.byteLength(JSON.stringify(each.entry)) + 1
    if (bytes + more > bytesOfNames) {
      parts.push([])
      bytes = 0
    }
    bytes += more
    parts.at(-1)?.push(each)
  }
  return parts
}

/** `<host>/log/<slot>` */
const slotOf = (log: string): string => log.slice(log.lastIndexOf('/') + 1)

async function closedEntry({ store }: CommandPlace, rows: ExportStore, slot: string, log: string, index: number): Promise<Closed> {
  for await (const { entry: text } of store.reader.entries(slot, index, index + 1)) {
    const members: Record<string, unknown> & { readonly id: string; readonly sealed?: Sealed } = JSON.parse(text)
    const { id, sealed } = members
    if (sealed === undefined)
      throw new UsageError(`槽 ${slot} 第 ${index} 筆沒有密封內容。 Entry ${index} of slot ${slot} has no sealed part.`)
    const key = await rows.keyEntry(slot, sealed.key)
    if (key === undefined)
      throw new UsageError(`槽 ${slot} 沒有金鑰紀錄 ${sealed.key}。 Slot ${slot} holds no key entry ${sealed.key}: linkage log verify.`)
    return { entry: { id, index, leaf: leafHash(text).toString('base64'), log }, members, sealed, key: keyMembers(key) }
  }
  throw new UsageError(`槽 ${slot} 沒有第 ${index} 筆。 Slot ${slot} holds no entry ${index}.`)
}

/** Whose key it is, of every entry: told before anything is recorded or decrypted.
 *  @throws UsageError */
function recipientOfAll(closed: readonly Closed[], kid: string): string {
  const recipients = new Set<string>()
  for (const { entry, key } of closed) {
    const recipient = recipientOf(key, kid)
    if (recipient === undefined)
      throw new UsageError(
        `第 ${entry.index} 筆不是密封給 ${kid}，而是 ${kidsOf(key).join('、')}。 Entry ${entry.index} is not sealed to ${kid}, but to ${kidsOf(key).join(', ')}.`,
      )
    recipients.add(recipient)
  }
  const [recipient, ...others] = recipients
  if (recipient === undefined || others.length > 0)
    throw new UsageError(`${kid} 分屬 ${[...recipients].join('、')}，請分次解除遮蔽。 The key goes by several names: open them one by one.`)
  return recipient
}

/** At most so many a day of Taipei, of one auditor; counted in the log, under its lock. Whoever holds a key says by whose account it signs:
 *  what it opened by another one counts, and so does what the account opened by another key.
 *  @throws ActRefused */
async function withinTheDay(
  acts: AsyncIterable<EarlierAct>,
  { agency, credential, user }: Auditor,
  wanted: number,
  most: number,
): Promise<void> {
  let opened = 0
  for await (const act of acts) {
    const isOwn = act.agency === agency.id && (act.user === user.account || act.credential === credential.id)
    if (act.kind === 'disclosure' && isOwn) opened += act.entries.length
  }
  if (opened + wanted <= most) return
  throw new ActRefused(
    'daily-limit-reached',
    `今日已解除遮蔽 ${opened} 筆，本次 ${wanted} 筆，上限 ${most} 筆（audit.yaml openings）。 ${opened} were opened today, ${wanted} are asked for, ${most} are allowed.`,
  )
}

async function openOne({ entry, members, sealed, key }: Closed, opening: OpeningKey): Promise<Opened> {
  const { at, agency, user, case: number } = members
  const clear = { ...entry, at, agency, user, case: number }
  try {
    const dataKey = await openDataKey(key, opening)
    return { ...clear, opened: JSON.parse(open(sealed, entry.log, entry.id, dataKey)) }
  } catch (error) {
    // Another private key under this name, or an entry that was changed: either way it stays closed.
    return { ...clear, fault: error instanceof Error ? error.message : String(error) }
  }
}
