// unknown-before.ts: what a change is held against where nobody can tell what was before: a committed folder that is not valid.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '../canonical.ts'
import { readBlocks } from '../policy/blocks.ts'
import { contentOf, decidingMembers } from '../policy/deciding.ts'
import type { Loaded } from '../policy/load.ts'
import type { Block, Snapshot } from '../policy/snapshot.ts'

/** A committed folder as far as it can be read. */
export interface CommittedFolder {
  readonly loaded: Loaded
  /** Checked by themselves, whatever else is wrong. */
  readonly blocks: readonly Block[]
  /** gateway.yaml, where it has no error of its own. */
  readonly gateway?: Buffer
}

export function readBefore(folder: string, loaded: Loaded): CommittedFolder {
  return {
    loaded,
    blocks: readBlocks(folder).blocks ?? [],
    ...(loaded.sound.gateway !== undefined && { gateway: readFileSync(join(folder, 'gateway.yaml')) }),
  }
}

const GATEWAY = 'gateway.yaml'

/** Nothing but the blocks and the gateway's settings, as far as these can be told: held against it, all else of the new rules is an opening,
 *  and a block that the new ones do not have is told as lifted. */
export function unknownBefore({ blocks, gateway, loaded: { sound } }: CommittedFolder, after: Snapshot): Snapshot {
  const texts = sound.gateway === undefined ? bare(after) : canonicalJson(decidingMembers(sound.gateway))
  return {
    ...after,
    agencies: new Map(),
    apis: new Map(),
    purposes: new Map(),
    restDays: new Map(),
    blocks,
    texts: new Map([[GATEWAY, texts]]),
    asRead: new Map([[GATEWAY, gateway ?? Buffer.from('')]]),
  }
}

/** No proxy trusted, no host asked; of what always has a value there is no other to name. */
function bare({ texts }: Snapshot) {
  const now = contentOf(texts.get(GATEWAY)) as Record<string, unknown> | undefined // decidingMembers made it
  return canonicalJson({ environment: now?.environment ?? null, ...(now?.source !== undefined && { source: now.source }) })
}
