// frame.ts: what stands around an agency's records in a log: its opening, the turns of the month, data keys, and what was decided about them.
import { type ArchivedEntry, countAt, objectAt, objectsAt, readArchivedEntry, textAt } from './entry.ts'
import { Unusable } from './finding.ts'
import { indexedLines } from './indexed-lines.ts'
import { type LogPlace, stands } from './log-place.ts'
import { hashOfLeaf } from './tiles.ts'

/** Kinds that concern every agency of a log; and acts of auditors, which concern some. */
const ofAll = new Set(['opening', 'month', 'key'])
const ofOne = new Set(['sample', 'report'])

export interface Frame {
  readonly opening: ArchivedEntry | undefined
  readonly months: readonly ArchivedEntry[]
  /** Ids of data keys, each with its recipients: `ethics/2026`. */
  readonly keys: ReadonlyMap<string, readonly string[]>
  /** Entries about the agency's audit. */
  readonly acts: readonly { readonly index: number; readonly entry: ArchivedEntry; readonly leaf: Uint8Array }[]
  /** Other logs of which it speaks. */
  readonly others: readonly string[]
}

/** Reads `frame.ndjson`, each entry held against the signed tree. What is wrong is told, and left out. */
export async function readFrame(place: LogPlace): Promise<Frame> {
  const { agency, slot, tell } = place
  const file = place.path('frame.ndjson')
  const found: { opening?: ArchivedEntry; months: ArchivedEntry[]; keys: Map<string, readonly string[]>; acts: Frame['acts'][number][] } = {
    months: [],
    keys: new Map(),
    acts: [],
  }
  const others = new Set<string>()
  for await (const { bytes, index } of indexedLines(place, 'frame')) {
    const wrong = (code: 'entry-malformed' | 'entry-foreign' | 'opening-mismatch', what: string, expected: string) =>
      tell({ code, file, at: index, found: what, expected })
    if (!(await stands(place, 'frame.ndjson', index, bytes))) continue
    const entry = readArchivedEntry(bytes)
    if (entry === undefined) wrong('entry-malformed', `${bytes.length} bytes`, 'an entry of format version 1')
    else if (!ofAll.has(entry.kind) && !(ofOne.has(entry.kind) && concerns(entry, agency, found.acts)))
      wrong('entry-foreign', `${entry.kind} of ${textAt(entry.members, 'agency') ?? 'nobody'}`, `what concerns ${agency}`)
    else {
      if (entry.kind === 'opening' && index === 0) found.opening = entry
      else if (entry.kind === 'month') found.months.push(entry)
      else if (entry.kind === 'key') found.keys.set(entry.id, recipientsOf(entry))
      else if (ofOne.has(entry.kind)) found.acts.push({ index, entry, leaf: hashOfLeaf(bytes, place.crypto.sha256) })
      // Of a log without entries there is nothing to hold.
      for (const head of objectsAt(entry.members, 'heads')) if (countAt(head, 'size') !== 0) others.add(textAt(head, 'log') ?? '')
    }
  }
  const { opening } = found
  if (opening === undefined || textAt(opening.members, 'log') !== place.log || textAt(opening.members, 'slot') !== slot)
    tell({
      code: 'opening-mismatch',
      file,
      at: 0,
      found: textAt(opening?.members ?? {}, 'log') ?? 'no opening',
      expected: `the opening of ${place.log}`,
    })
  return { ...found, opening, others: [...others] }
}

/** Whether an act is about the agency: it names it, or what began its audit: a freeze by its id, a round by its number. A seed names the
 *  freezes of all agencies. */
function concerns({ members }: ArchivedEntry, agency: string, earlier: Frame['acts']): boolean {
  const asked = objectAt(members, 'asked') ?? {}
  if (textAt(asked, 'agency') === agency) return true
  const [text, round] = [JSON.stringify(members), textAt(asked, 'number')]
  return earlier.some(({ entry }) => text.includes(`"${entry.id}"`) || (round !== undefined && roundOf(entry) === round))
}

const roundOf = ({ members }: ArchivedEntry): string | undefined => textAt(objectAt(members, 'asked') ?? {}, 'number')

function recipientsOf({ members }: ArchivedEntry): readonly string[] {
  const { recipients } = members
  return Array.isArray(recipients) ? recipients.filter((each) => typeof each === 'string') : []
}

/** Verifier keys of a log, oldest first: that of its opening, and those that took over. */
export function keyChain({ months, opening }: Frame, place: LogPlace): readonly string[] {
  const chain = [textAt(opening?.members ?? {}, 'verifier_key') ?? '']
  for (const { members } of months) {
    const change = objectAt(members, 'key_change')
    if (change === undefined) continue
    const [from, to] = [textAt(change, 'from') ?? '', textAt(change, 'to') ?? '']
    if (from !== chain.at(-1))
      throw new Unusable({
        code: 'key-mismatch',
        file: place.path('frame.ndjson'),
        found: `a change from ${from}`,
        expected: `from ${chain.at(-1)}`,
      })
    chain.push(to)
  }
  return chain
}
