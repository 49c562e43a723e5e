// receipt.ts: the Linkage-Receipt header: what convicts the log, if it ever denies the call.
import type { Slot } from './ports.ts'
import type { Recorded } from './releaser.ts'

/** RFC 9651 dictionary: `slot=1, index=7, leaf=:…:, salt=:…:, checkpoint=:…:`. The salt goes to the caller once, here;
 *  the checkpoint is the note signed for the entry's batch. */
export function receiptHeader(slot: Slot, recorded: Recorded, salt: Buffer): string {
  return `slot=${slot}, index=${recorded.index}, leaf=:${recorded.leaf.toString('base64')}:, salt=:${salt.toString('base64')}:, checkpoint=:${recorded.checkpoint}:`
}
