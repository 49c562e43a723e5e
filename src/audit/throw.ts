// throw.ts: what may be thrown as a seed, and when: never before the populations that it is for are frozen.
import type { DrandRound, SeedAsked } from '../querylog/sample-entry.ts'
import { quicknet, randomnessOf, roundFor, timeOfRound } from './drand.ts'
import type { Freeze, Samples } from './samples.ts'

/** What was thrown is no seed for these populations: what was found, and what was expected. */
export class NoSeed extends Error {
  readonly code:
    | 'seed-before-freeze'
    | 'seed-repeated'
    | 'seed-malformed'
    | 'seed-known'
    | 'seed-of-other-method'
    | 'seed-of-other-round'
    | 'seed-unwitnessed'
  constructor(code: NoSeed['code'], message: string) {
    super(`${message} [${code}]`)
    this.code = code
  }
}

/** Dice thrown: 20 of six sides, or of ten, are 51 bits and more. Nobody can try them out, since they come behind the freeze. */
const fewestDice = 20

/** The digits of dice, in order, whatever stands between them.
 *  @throws NoSeed */
export function diceThrown(text: string): string {
  const digits = text.normalize('NFKC').replaceAll(/[\s,，、.-]/g, '')
  if (!/^\d+$/.test(digits) || digits.length < fewestDice || digits.length > 1000)
    throw new NoSeed(
      'seed-malformed',
      `骰子點數：應為 ${fewestDice} 個以上之數字，依擲出順序。 Dice: expected ${fewestDice} digits or more in the order thrown, found ${digits.length} characters.`,
    )
  return digits
}

/** @throws NoSeed */
export function nonceThrown(text: string): string {
  const hex = text.trim().toLowerCase()
  if (!/^(?:[0-9a-f]{2}){16,64}$/.test(hex))
    throw new NoSeed(
      'seed-malformed',
      '亂數：應為 32 至 128 個十六進位數字，例如 openssl rand -hex 32。 A nonce: expected 32 to 128 hex digits, as openssl rand -hex 32 prints.',
    )
  return hex
}

/** A round as `https://api.drand.sh/<chain>/public/<round>` gives it.
 *  @throws NoSeed for what is none of the chain, or contradicts itself */
export function drandThrown(text: string): { readonly drand: DrandRound; readonly randomness: string } {
  const { randomness, round, signature } = membersOf(text)
  const wrong = (what: string): NoSeed =>
    new NoSeed(
      'seed-malformed',
      `drand：${what}。 Expected what ${quicknet.chain.slice(0, 8)}…/public/<round> gives: round, randomness, signature.`,
    )
  if (typeof round !== 'number' || !Number.isSafeInteger(round) || round < 1) throw wrong('缺少 round no round')
  // A point of G1, compressed.
  if (typeof signature !== 'string' || !/^[0-9a-f]{96}$/.test(signature)) throw wrong('signature 應為 96 個十六進位數字 96 hex digits')
  const derived = randomnessOf({ signature })
  if (randomness !== undefined && randomness !== derived)
    throw wrong('randomness 不是 signature 之 SHA-256 randomness is not the SHA-256 of the signature')
  return { drand: { chain: quicknet.chain, round, signature }, randomness: derived }
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** When it was thrown: of a round, when that came.
 *  @throws NoSeed for a round that is not the one of the rule */
export function roundTime({ round }: DrandRound, freezes: readonly Freeze[]): number {
  const due = [...new Set(freezes.map(({ asked }) => asked.seed?.round ?? roundFor(lastOf(freezes))))]
  if (due.length > 1 || round !== due[0])
    throw new NoSeed(
      'seed-of-other-round',
      `drand：此次封存之種子值為第 ${due.join('、')} 輪，所給為第 ${round} 輪；輪次不同者以 --freeze 分別登載。 The round of these populations is ${due.join(', ')}, fixed with the freeze or by rule; found ${round}. Where there are several, throw by --freeze.`,
    )
  return timeOfRound(round)
}

const lastOf = (freezes: readonly Freeze[]): number => Math.max(...freezes.map(({ at }) => Date.parse(at)))

/** Who records a throw. */
export interface Signer {
  readonly account: string
  readonly name: string
}

/** Dice and nonces are believed as far as those who stood by: one at least, who does not record it. What drand publishes anyone compares.
 *  @throws NoSeed */
export function requireWitness({ method, witnesses = [] }: Pick<SeedAsked, 'method' | 'witnesses'>, signer: Signer | undefined): void {
  if (method === 'drand') return
  const plain = (text: string): string => text.normalize('NFKC').replaceAll(/\s/g, '').toLowerCase()
  const isSigner = (witness: string): boolean =>
    signer !== undefined && [signer.account, signer.name].some((own) => plain(witness).includes(plain(own)))
  if (witnesses.some((each) => !isSigner(each))) return
  throw new NoSeed(
    'seed-unwitnessed',
    `擲骰及抽亂數須有登載者以外之人在場見證：--witness '單位 姓名'${witnesses.length === 0 ? '' : `（${witnesses.join('、')} 為登載者）`}；無人在場者，封存時改用 --method drand。 Dice and nonces need a witness other than who records them: --witness; where nobody stands by, freeze with --method drand.`,
  )
}

/** Whether this throw can be the seed of these populations.
 *  @param now milliseconds since 1970 UTC
 *  @throws NoSeed */
export function requireSeed(asked: SeedAsked, samples: Samples, now: number): void {
  const freezes = samples.freezes.filter(({ ref }) => asked.freezes.includes(ref.id))
  const thrown = Date.parse(asked.thrown)
  const last = lastOf(freezes)
  if (thrown < last || thrown > now)
    throw new NoSeed(
      'seed-before-freeze',
      `種子值須於封存之後擲出：封存於 ${new Date(last).toISOString()}，擲於 ${asked.thrown}。請重新擲出。 A seed is thrown after the freeze (and not in the future): throw it anew.`,
    )
  const otherwise = freezes.find(({ asked: { seed } }) => seed !== undefined && seed.method !== asked.method)
  if (otherwise !== undefined)
    throw new NoSeed(
      'seed-of-other-method',
      `${otherwise.asked.agency}：封存時載明以 ${otherwise.asked.seed?.method} 擲出，所給為 ${asked.method}；確有必要時重新封存（freeze --replaces、--document）。 The freeze fixed how its seed is thrown, found ${asked.method}; where it must be otherwise, freeze anew.`,
    )
  if (samples.seeds.some((each) => each.asked.randomness === asked.randomness))
    throw new NoSeed('seed-known', '此種子值先前已使用，人人皆已知悉，請重新擲出。 This was a seed before, and is known: throw anew.')
  const seeded = freezes.filter(({ ref }) => samples.seeds.some((seed) => seed.freezes.some(({ id }) => id === ref.id)))
  if (seeded.length > 0 && asked.replaces === undefined)
    throw new NoSeed(
      'seed-repeated',
      `${seeded.map((each) => each.asked.agency).join('、')}：已有種子值，不得重擲；確有必要時以 --replace 及 --document 核准文號登載。 There is a seed already, and no second throw; where there must be one: --replace and --document.`,
    )
}
