// drand.ts: the public beacon as a source of seeds: which round counts is fixed by rule, so that nobody picks one.
import { sha256Hex } from '../canonical.ts'
import type { DrandRound } from '../querylog/sample-entry.ts'

/** The network `quicknet` of the League of Entropy: BLS on BLS12-381, a round every three seconds.
 *  SPEC drand chain info 52db9ba7…e971. */
export const quicknet = {
  chain: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
  /** Of round 1, seconds since 1970 UTC. */
  genesis: 1_692_803_367,
  seconds: 3,
} as const

/** Long enough that the freeze is signed and copied elsewhere before the round is there. */
const delaySeconds = 600

/** The round that is the seed of populations frozen last at an instant: R = ⌈(t + 600 − genesis) / 3⌉ + 1.
 *  @param frozen milliseconds since 1970 UTC, of the last freeze */
export const roundFor = (frozen: number): number =>
  Math.ceil((Math.ceil(frozen / 1000) + delaySeconds - quicknet.genesis) / quicknet.seconds) + 1

/** When a round comes, milliseconds since 1970 UTC. */
export const timeOfRound = (round: number): number => (quicknet.genesis + (round - 1) * quicknet.seconds) * 1000

/** Where anyone reads a round. */
export const pageOfRound = (round: number): string => `https://api.drand.sh/${quicknet.chain}/public/${round}`

/** The randomness of a round, hex: the SHA-256 of its signature. */
export const randomnessOf = ({ signature }: Pick<DrandRound, 'signature'>): string => sha256Hex(Buffer.from(signature, 'hex'))
