// beacon.ts: a seed that comes from drand: which round it had to be, and that its randomness is that of its signature.
import { createHash } from 'node:crypto'
import type { Fault } from '../finding.ts'
import type { Seed } from './sample.ts'

/** The network quicknet: hash of its parameters, first round, seconds between rounds. */
const quicknet = { chain: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971', genesis: 1_692_803_367, seconds: 3 }

/** @param frozen when each population was frozen, ms */
export function* beaconFaults({ drand, randomness }: Seed, frozen: readonly number[]): Generator<Fault> {
  if (drand === undefined || frozen.length === 0) return
  const last = Math.ceil(Math.max(...frozen) / 1000)
  const due = Math.ceil((last + 600 - quicknet.genesis) / quicknet.seconds) + 1
  if (drand.chain !== quicknet.chain || drand.round !== due)
    yield { code: 'sample-order', found: `round ${drand.round} of ${drand.chain}`, expected: `round ${due} of ${quicknet.chain}` }
  const derived = createHash('sha256').update(Buffer.from(drand.signature, 'hex')).digest('hex')
  if (randomness !== derived)
    yield { code: 'sample-draw', found: `randomness ${randomness}`, expected: `${derived}, the SHA-256 of the signature` }
}
