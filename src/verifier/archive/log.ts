// log.ts: one log of an archive: who signed its checkpoint, what stands around the agency's records, and the records themselves.
import { isBelieved } from '../signed-note.ts'
import { monthAt } from '../taipei.ts'
import { type Checkpoint, isSignedBy, readCheckpoint, readVerifierKey, type VerifierKey } from './checkpoint.ts'
import { type DescribedLog, type Description, descriptionName, type Part, technical } from './description.ts'
import { type Tell, Unusable } from './finding.ts'
import { type Frame, keyChain, readFrame } from './frame.ts'
import type { LogPlace } from './log-place.ts'
import { areSame, type MonthSpan, monthSpans, words } from './months.ts'
import { type ArchiveFile, type Cryptography, textIn, wholeOf } from './place.ts'
import { type RecordsRead, readRecords } from './records.ts'
import { SignedTree } from './tiles.ts'

/** What a log of an archive was verified by, and with. */
export interface Verifying {
  readonly description: Description
  readonly files: ReadonlyMap<string, ArchiveFile>
  readonly crypto: Cryptography
  /** Keys that whoever verifies was given otherwise; none: those of the archive are believed. */
  readonly trusted: readonly VerifierKey[]
  readonly tell: Tell
  readonly onBytes: (bytes: number) => void
}

export interface VerifiedLog {
  readonly slot: string
  readonly log: string
  readonly place: LogPlace
  readonly frame: Frame
  readonly records: RecordsRead
  /** Verifier keys, oldest first; the last signed the checkpoint. */
  readonly keys: readonly string[]
  /** Months of the period that no entry has ended here: nothing shows that no record is missing at their end. */
  readonly open: readonly string[]
}

/** @throws Unusable where nothing of it can be verified */
export async function verifyArchivedLog(described: DescribedLog, verifying: Verifying): Promise<VerifiedLog> {
  const { description, onBytes, tell } = verifying
  const checkpoint = await checkpointOf(described, verifying)
  const place = await placeOf(described, checkpoint, verifying)
  const frame = await readFrame(place)
  const keys = keyChain(frame, place)
  await checkSignature(checkpoint, keys, place, verifying)
  const { agency, disc, period } = description
  const opened = frame.opening === undefined ? period.from : monthAt(frame.opening.ms)
  const file = place.path('frame.ndjson')
  const spans = monthSpans(frame.months, opened, agency.id, period, (fault) => tell({ ...fault, file }))
  checkParts(described.parts, spans, place)
  const part = described.parts.find((each) => each.disc === disc.at)
  const records = await readRecords(place, spans, new Set(frame.keys.keys()), part, onBytes)
  const open = spans.flatMap(({ month, to }) => (to === undefined ? [month] : []))
  return { slot: described.slot, log: described.log, place, frame, records, keys, open }
}

const folderOf = (slot: string): string => `${technical}/${slot}`

async function checkpointOf({ log, slot }: DescribedLog, { files }: Verifying): Promise<Checkpoint> {
  const file = `${folderOf(slot)}/checkpoint`
  const checkpoint = readCheckpoint((await textIn(files.get(file))) ?? '')
  if (checkpoint?.origin === log) return checkpoint
  throw new Unusable({ code: 'checkpoint-invalid', file, found: checkpoint?.origin ?? 'no signed checkpoint', expected: `one of ${log}` })
}

async function placeOf({ log, slot }: DescribedLog, checkpoint: Checkpoint, verifying: Verifying): Promise<LogPlace> {
  const { crypto, description, files, tell } = verifying
  const folder = folderOf(slot)
  const read = async (path: string): Promise<Uint8Array | undefined> => {
    const file = files.get(path)
    return file && (await wholeOf(file))
  }
  const tree = await SignedTree.open(folder, checkpoint, read, crypto.sha256)
  return {
    slot,
    log,
    agency: description.agency.id,
    period: description.period,
    size: checkpoint.size,
    tree,
    crypto,
    tell,
    file: (name) => files.get(`${folder}/${name}`),
    path: (name) => `${folder}/${name}`,
  }
}

/** The key that the log itself names last must have signed, and be one of those that were given, where any were. */
async function checkSignature(
  checkpoint: Checkpoint,
  keys: readonly string[],
  place: LogPlace,
  { crypto, tell, trusted }: Verifying,
): Promise<void> {
  const wrong = (code: 'checkpoint-invalid' | 'key-mismatch', found: string, expected: string) =>
    tell({ code, file: place.path('checkpoint'), found, expected })
  const named = keys.at(-1) ?? ''
  const key = readVerifierKey(named, crypto)
  if (key?.name !== place.log) {
    wrong('key-mismatch', named, `a verifier key of ${place.log}`)
    return
  }
  const signers = checkpoint.signatures.map(({ id, name }) => `${name}+${id}`).join(', ')
  if (!(await isSignedBy(checkpoint, key, crypto)))
    wrong('checkpoint-invalid', `signed by ${signers || 'nobody'}`, `a signature of ${key.name}+${key.id}`)
  if (trusted.length === 0) return
  const given = trusted.find(({ text }) => text === named)
  if (given === undefined) wrong('key-mismatch', named, 'one of the keys that were given')
  else if (!isBelieved(given, checkpoint.size))
    wrong('key-mismatch', `${named} at size ${checkpoint.size}`, `a compromised key is believed to size ${given.believedTo}`)
}

/** What the discs hold must follow one on another, from the first number of the period to the last. */
function checkParts(parts: readonly Part[], spans: readonly MonthSpan[], place: LogPlace): void {
  const [first, last] = [spans[0], spans.at(-1)]
  let reached = first?.after
  for (const [at, { after, disc, to }] of parts.entries()) {
    if (reached === undefined || !areSame(after, reached) || to.records < after.records || disc <= (parts[at - 1]?.disc ?? 0))
      place.tell({
        code: 'month-numbers',
        file: descriptionName,
        found: `disc ${disc} of ${place.log}: behind ${words(after)}, to ${words(to)}`,
        expected: reached === undefined ? 'none: the log has no month of the period' : `behind ${words(reached)}`,
      })
    reached = to
  }
  const end = last?.to
  if (end === undefined || (reached !== undefined && areSame(reached, end))) return
  const found = reached === undefined ? 'nothing' : `to ${words(reached)}`
  place.tell({
    code: 'month-numbers',
    file: descriptionName,
    found: `${place.log}: ${found}`,
    expected: `to ${words(end)}, as the months say`,
  })
}

/** Heads of other logs that an archive does not hold. */
export function missingLogs(verified: readonly VerifiedLog[], { logs }: Description, tell: Tell): void {
  const there = new Set(logs.map(({ log }) => log))
  const missing = new Map<string, string>()
  for (const { frame, place } of verified)
    for (const log of frame.others) if (!there.has(log) && !missing.has(log)) missing.set(log, place.path('frame.ndjson'))
  for (const [log, file] of missing) tell({ code: 'log-missing', file, found: `it speaks of ${log}`, expected: 'a folder of that log' })
}

export const recipientsOf = (verified: readonly VerifiedLog[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { frame, records } of verified)
    for (const [key, entries] of records.sealing)
      for (const recipient of frame.keys.get(key) ?? []) counts.set(recipient, (counts.get(recipient) ?? 0) + entries)
  return counts
}
