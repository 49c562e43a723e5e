// beacon.ts: a seed that comes from drand: which round it had to be, and that its randomness is that of its signature.
import { createHash } from 'node:crypto'
import type { Fault } from '../finding.ts'
import type { Freeze, Seed } from './sample.ts'

/** The network quicknet: hash of its parameters, first round, seconds between rounds. */
const quicknet = { chain: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971', genesis: 1_692_803_367, seconds: 3 }

/** The first round that comes ten minutes behind an instant, ms. */
const roundBehind = (ms: number): number => Math.ceil((Math.ceil(ms / 1000) + 600 - quicknet.genesis) / quicknet.seconds) + 1

/** How a freeze fixes its seed: by a round that nobody knew. */
export function* fixedFaults({ seed }: Freeze, ms: number): Generator<Fault> {
  if (seed?.round !== undefined && seed.round < roundBehind(ms))
    yield {
      code: 'sample-order',
      found: `round ${seed.round}`,
      expected: `round ${roundBehind(ms)} or later, ten minutes behind the freeze`,
    }
}

/** A seed is thrown as its freezes fix it. */
export function* otherwiseFaults({ drand, method }: Seed, freezes: readonly Freeze[]): Generator<Fault> {
  const words = (how: string, round: number | undefined): string => (round === undefined ? how : `${how}, round ${round}`)
  for (const { seed } of freezes) {
    if (seed === undefined) continue
    const [found, expected] = [words(method, drand?.round), words(seed.method, seed.round)]
    if (found !== expected) yield { code: 'sample-order', found, expected: `${expected}, as the freeze fixes it` }
  }
}

/** @param frozen populations whose freeze fixes no round: when each was frozen, ms */
export function* beaconFaults({ drand, randomness }: Seed, frozen: readonly number[]): Generator<Fault> {
  if (drand === undefined) return
  const due = frozen.length === 0 ? drand.round : roundBehind(Math.max(...frozen))
  if (drand.chain !== quicknet.chain || drand.round !== due)
    yield { code: 'sample-order', found: `round ${drand.round} of ${drand.chain}`, expected: `round ${due} of ${quicknet.chain}` }
  const derived = createHash('sha256').update(Buffer.from(drand.signature, 'hex')).digest('hex')
  if (randomness !== derived)
    yield { code: 'sample-draw', found: `randomness ${randomness}`, expected: `${derived}, the SHA-256 of the signature` }
}
