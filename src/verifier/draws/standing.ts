// standing.ts: what of the steps of draws stands when another one is taken: what came later neither excuses nor spoils anything.
import type { Draw, Freeze, Ref, Seed } from './sample.ts'
import { isDraw, isFreeze, isSeed, type SeenDraws, type SeenRound, type Step } from './seen.ts'
import { isEarlier, isOfSame } from './step-faults.ts'

type Moment = Step | SeenRound

export class Standing {
  readonly freezes: readonly Step<Freeze>[]
  readonly draws: readonly Step<Draw>[]
  readonly #seeds: readonly Step<Seed>[]
  /** By the id of the freeze in whose place they stand. */
  readonly #replacing = new Map<string, Step<Freeze>[]>()

  constructor({ steps }: Pick<SeenDraws, 'steps'>) {
    this.freezes = steps.filter(isFreeze)
    this.draws = steps.filter(isDraw)
    this.#seeds = steps.filter(isSeed)
    for (const freeze of this.freezes) {
      const { replaces } = freeze.sample
      if (replaces === undefined) continue
      const others = this.#replacing.get(replaces.id) // browsers of 2022 have no Map.groupBy
      if (others === undefined) this.#replacing.set(replaces.id, [freeze])
      else others.push(freeze)
    }
  }

  freezesBefore(step: Moment): readonly Step<Freeze>[] {
    return this.freezes.filter((each) => isEarlier(each, step))
  }

  seedsBefore(step: Moment): readonly Step<Seed>[] {
    return this.#seeds.filter((each) => isEarlier(each, step))
  }

  /** The freeze that stands where it is said to, before a step. */
  freeze(ref: Ref, step: Moment): Step<Freeze> | undefined {
    return there(this.freezesBefore(step), ref)
  }

  seed(ref: Ref, step: Moment): Step<Seed> | undefined {
    return there(this.seedsBefore(step), ref)
  }

  draw(ref: Ref, step: Moment): Step<Draw> | undefined {
    return there(this.#drawsBefore(step), ref)
  }

  /** The last seed of a freeze: the one that counts. */
  seedOf({ id }: Pick<Ref, 'id'>, step: Moment): Step<Seed> | undefined {
    return this.seedsBefore(step).findLast(({ sample }) => sample.freezes.some((each) => each.id === id))
  }

  /** The draw of a freeze that counts. */
  drawOf(freeze: Step<Freeze>, step: Moment): Step<Draw> | undefined {
    const seed = this.seedOf(freeze, step)
    return this.#drawsBefore(step).findLast(({ sample }) => sample.freeze.id === freeze.id && sample.seed.id === seed?.id)
  }

  /** The first draw of its freeze under its seed: itself, or the one that its enlargements go back to. */
  firstOf(step: Step<Draw>): Step<Draw> {
    const { freeze, seed } = step.sample
    return this.#drawsBefore(step).find(({ sample }) => sample.freeze.id === freeze.id && sample.seed.id === seed.id) ?? step
  }

  /** Whether another took the place of a freeze before a step, or by it. */
  isReplaced(freeze: Step<Freeze>, step: Moment): boolean {
    const replacing = this.#replacing.get(freeze.id) ?? []
    return replacing.some((each) => (each === step || isEarlier(each, step)) && isOfSame(freeze, each))
  }

  /** The freeze that late records are added to, and what was added before: none of it frozen anew until then, or by this very step. */
  chainBefore(step: Step<Freeze>): readonly Step<Freeze>[] {
    const first = step.sample.supplements?.id
    if (first === undefined) return []
    return this.freezesBefore(step).filter(
      (each) => (each.id === first || each.sample.supplements?.id === first) && !this.isReplaced(each, step),
    )
  }

  #drawsBefore(step: Moment): readonly Step<Draw>[] {
    return this.draws.filter((each) => isEarlier(each, step))
  }
}

const there = <S extends Step>(steps: readonly S[], ref: Ref): S | undefined =>
  steps.find((each) => each.id === ref.id && each.index === ref.index && each.log === ref.log)
