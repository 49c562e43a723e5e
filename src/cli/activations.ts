// activations.ts: the rules that came into force, as the log holds them.
import type { Claimed, Proven } from '../querylog/policy-entry.ts'
import type { HistoryStore } from '../querylog/ports.ts'

/** Rules that came into force: one `policy` entry of one slot. */
export interface Activation {
  readonly at: string
  readonly slot: string
  readonly index: number
  readonly digest: string
  readonly previous?: string
  readonly observed: { readonly host: string; readonly uid: number; readonly owners: readonly number[] }
  /** What its commit says, and whose signature stands under it. */
  readonly claimed?: Claimed
  readonly proven?: Proven
}

/** All `policy` entries of a database, oldest first. */
export async function activations(reader: Pick<HistoryStore, 'heads' | 'ofKind'>): Promise<readonly Activation[]> {
  const found: Activation[] = []
  for (const { slot } of await reader.heads()) {
    for await (const { index, entry } of reader.ofKind(slot, 'policy')) {
      const { at, claimed, digest, observed, previous, proven } = JSON.parse(entry)
      const known = {
        ...(previous !== undefined && { previous }),
        ...(claimed !== undefined && { claimed }),
        ...(proven !== undefined && { proven }),
      }
      found.push({ at, slot, index, digest, observed, ...known })
    }
  }
  return found.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}

/** Who changed the rules: what their commit says, whose signature it bears, and what the process saw. */
export function whoText({ claimed, observed: { host, owners, uid }, proven }: Pick<Activation, 'claimed' | 'observed' | 'proven'>): string {
  const said =
    claimed === undefined
      ? '未提交 not committed'
      : `自稱 claims ${claimed.author}  承辦人 ${claimed.handler ?? '—'}  文號 ${claimed.document ?? '—'}  ${claimed.commit.slice(0, 12)}`
  const signed = proven === undefined ? '' : `  簽章 signed ${proven.signer} ${proven.key}`
  return `${said}${signed}  觀察 seen ${host} uid ${uid}，檔案擁有者 files of uid ${owners.join(', ')}`
}
