// stored.ts: a log as its database holds it, read by an administrator, and what the verifier says of it.
import type pg from 'pg'
import { readVerifierKey } from '../../src/verifier/note.ts'
import type { StoredLog as VerifiedLog } from '../../src/verifier/stored.ts'
import { verifyLog } from '../../src/verifier/stream.ts'
import { muchLater } from '../verifier/verifying.ts'
import type { Stored } from './ledger.ts'

export interface StoredLog {
  readonly entries: readonly Stored[]
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[]
}

const kept = `SELECT size, checkpoint FROM linkage.log_checkpoint WHERE slot = $1
  UNION SELECT split_part(checkpoint, E'\\n', 2)::bigint, checkpoint FROM linkage.slot WHERE slot = $1 AND checkpoint IS NOT NULL ORDER BY size`

export async function readStored(admin: pg.Pool, slot: string): Promise<StoredLog> {
  const entries = await admin.query('SELECT index, entry, leaf_hash FROM linkage.log_entry WHERE slot = $1 ORDER BY index', [slot])
  const checkpoints = await admin.query(kept, [slot])
  return {
    entries: entries.rows.map(({ index, entry, leaf_hash: leaf }) => ({ index: Number(index), bytes: Buffer.from(entry), leaf })),
    checkpoints: checkpoints.rows.map(({ size, checkpoint }) => ({ size: Number(size), note: String(checkpoint) })),
  }
}

/** The verifier's findings, one line each.
 *  @param receipts Linkage-Receipt headers that clients hold */
export async function verdictOf(
  { entries, checkpoints }: StoredLog,
  of: { readonly slot: string; readonly log: string; readonly trusted: string },
  receipts: readonly string[],
): Promise<readonly string[]> {
  const known = receipts.map((header, at) => ({ kind: 'receipt', header, source: `receipt ${at}` }) as const)
  async function* each<T>(items: readonly T[]) {
    yield* items
  }
  const log: VerifiedLog = {
    slot: of.slot,
    log: of.log,
    size: entries.length,
    entries: () => each([entries]),
    checkpoints: () => each(checkpoints),
    statements: () => each([]),
    notReleased: () => each([]),
    entry: async (index) => entries[index]?.bytes,
  }
  const run = verifyLog(log, { now: muchLater, trusted: [readVerifierKey(of.trusted)], known, partialTiles: false })
  const found: string[] = []
  for await (const { index, code, found: is, expected } of run) found.push(`verifier: ${index} ${code}: found ${is}, expected ${expected}`)
  return found
}
