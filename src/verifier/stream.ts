// stream.ts: one stored log run past its verifier: entries and checkpoints merged by size, tiles held against the tree.
import { NamedDocuments } from './documents.ts'
import type { Fault, Finding, Report } from './finding.ts'
import { full, tilePath } from './layout.ts'
import { SearchRows } from './search.ts'
import type { Retirement } from './slot-entries.ts'
import type { StatedHeads } from './statements.ts'
import type { StoredEntry, StoredLog } from './stored.ts'
import type { Summary } from './summary.ts'
import type { Tile } from './tree.ts'
import { LogVerifier, type VerifierOptions } from './verify.ts'

export type StreamOptions = Omit<VerifierOptions, 'slot' | 'log' | 'onTile'> & {
  /** What retire entries, of this log or another, say of this one: asked where bytes are gone. */
  readonly retirements?: () => Promise<readonly Retirement[]>
  /** What other logs state of this one. */
  readonly stated?: Pick<StatedHeads, 'upTo' | 'rest' | 'close'>
  /** The bytes that are kept under a SHA-256 (hex). */
  readonly document?: (digest: string) => Promise<Buffer | undefined>
  /** Whether tiles that are not full are kept too. */
  readonly partialTiles: boolean
  /** Told now and then how many entries have been verified. */
  readonly onProgress?: (entries: number) => void
}

/** Verifies a log in one pass: yields what it finds, returns what it verified. */
export async function* verifyLog(stored: StoredLog, options: StreamOptions): AsyncGenerator<Finding, Summary> {
  const beside = new Beside(stored, options)
  const { slot, log, search } = stored
  const { stated } = options
  const searchRows = search && new SearchRows(search)
  const onRare: VerifierOptions['onRare'] = (index, entry, leaf) => {
    beside.documents.take(index, entry.content)
    options.onRare?.(index, entry, leaf)
  }
  const verifier = new LogVerifier({ ...options, slot, log, onTile: beside.onTile, onRare })
  const checkpoints = stored.checkpoints()[Symbol.asyncIterator]()
  try {
    let [next, saysRetired] = [await checkpoints.next(), false]
    for await (const chunk of stored.entries(beside.report)) {
      if (!saysRetired && chunk.some(isAbsent)) {
        saysRetired = true
        verifier.retirements((await options.retirements?.()) ?? [])
      }
      if (stated !== undefined) verifier.stated(await stated.upTo(chunk.reduce((size, { index }) => Math.max(size, index + 1), 0)))
      for (const { index, bytes, leaf } of chunk) {
        const found = verifier.entry(index, bytes, leaf)
        if (found.length > 0) yield* found // asking an empty one would cost more than the entry
        for (; next.done !== true && next.value.size <= verifier.size; next = await checkpoints.next())
          yield* verifier.checkpoint(next.value.size, next.value.note)
      }
      for (const far of verifier.takeFar()) yield* verifier.farEntry(far, await stored.entry(far.of.index))
      yield* beside.findings(verifier)
      if (searchRows !== undefined) for await (const { index, fault } of searchRows.faults(chunk)) yield* verifier.fault(index, fault)
      options.onProgress?.(verifier.size)
    }
    yield* beside.findings(verifier)
    for (; next.done !== true; next = await checkpoints.next()) yield* verifier.checkpoint(next.value.size, next.value.note)
    if (stated !== undefined) for await (const heads of stated.rest()) yield* verifier.statedBeyond(heads)
  } finally {
    await stated?.close()
    await checkpoints.return?.()
  }
  if (options.partialTiles) for (const tile of verifier.partialTiles()) beside.onTile(tile)
  yield* beside.findings(verifier)
  if (stored.stray !== undefined) yield* verifier.fault(stored.stray, strayEntry(`no entry outside of the ${stored.size} of its log`))
  if (search?.stray !== undefined) yield* verifier.fault(search.stray, strayRow(search.reach))
  yield* verifier.end()
  return { ...verifier.summary, searchTo: search?.reach }
}

/** Of an entry that no log holds: whoever cut a log may have left it. */
export const strayEntry = (expected: string): Fault => ({ code: 'entry-unexpected', found: 'an entry', expected })

const strayRow = (reach: number): Fault => ({
  code: 'search-mismatch',
  found: 'a row',
  expected: `no row outside of the ${reach} entries that search says it has read`,
})

const isAbsent = ({ bytes }: StoredEntry): boolean => bytes === undefined

/** What is looked up beside the entries, chunk by chunk: tiles, documents, and what the reader stumbled over. */
class Beside {
  readonly documents: NamedDocuments
  readonly #stored: StoredLog
  #tiles: Tile[] = []
  #faults: { readonly index: number; readonly fault: Fault }[] = []

  constructor(stored: StoredLog, { document }: StreamOptions) {
    this.#stored = stored
    this.documents = new NamedDocuments(document)
  }

  readonly report: Report = (index, fault) => this.#faults.push({ index, fault })
  readonly onTile = (tile: Tile): void => {
    this.#tiles.push(tile)
  }

  async *findings(verifier: LogVerifier): AsyncGenerator<Finding> {
    for (const { index, fault } of this.#faults.splice(0)) yield* verifier.fault(index, fault)
    for (const tile of this.#tiles.splice(0)) yield* this.#hold(tile, verifier)
    for await (const { index, fault } of this.documents.faults()) yield* verifier.fault(index, fault)
  }

  /** A tile as it is stored against the same of the tree: proofs are made of those. */
  async *#hold({ level, index, hashes }: Tile, verifier: LogVerifier): AsyncGenerator<Finding> {
    if (this.#stored.tile === undefined) return
    const kept = await this.#stored.tile(level, index, hashes.length / 32)
    if (kept?.equals(hashes) === true) return
    const name = tilePath({ level, index, width: hashes.length / 32 })
    const first = index * full ** (level + 1)
    if (kept === undefined) yield* verifier.fault(first, { code: 'tile-missing', found: 'nothing', expected: name })
    else yield* verifier.fault(first, { code: 'tile-mismatch', found: `another ${name}`, expected: 'the hashes of the entries' })
  }
}
