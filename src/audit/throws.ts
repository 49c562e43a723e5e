// throws.ts: every throw that a draw had, the first to the last: also those for what its population took the place of.
import { type Freeze, otherRecords, type RecordedDraw, type Samples, type Seed } from './samples.ts'

/** A seed as it was thrown for a population, or for one that this took the place of. */
export interface Throw {
  readonly seed: Seed
  /** Whether it was drawn with, before another took its place. */
  readonly drawn: boolean
  /** By which document it counts no more; undefined of the one that counts. */
  readonly replacedBy: string | undefined
}

/** What a population took the place of, and that in turn: the first one first. */
function lineOf({ freezes }: Pick<Samples, 'freezes'>, freeze: Freeze): readonly Freeze[] {
  const line: Freeze[] = [freeze]
  for (let at: Freeze | undefined = freeze; at !== undefined; ) {
    const own: Freeze = at
    at = freezes.find(({ asked, ref }) => ref.id === own.replaces?.id && otherRecords(asked, own.asked).length === 0)
    if (at === undefined || line.includes(at)) break
    line.unshift(at)
  }
  return line
}

/** @param last the throw that counts, which all others came before */
export function throwsOf(samples: Samples, freeze: Freeze, last: Pick<Seed, 'ref'>): readonly Throw[] {
  const line = lineOf(samples, freeze)
  const all = line.flatMap((of, place) =>
    samples.seeds.filter((seed) => seed.freezes.some(({ id }) => id === of.ref.id)).map((seed) => ({ seed, of, place })),
  )
  const thrown = all.slice(0, all.findIndex(({ seed }) => seed.ref.id === last.ref.id) + 1)
  const isDrawn = (seed: Seed, of: Freeze): boolean =>
    samples.draws.some((draw) => draw.seed.id === seed.ref.id && draw.freeze.id === of.ref.id)
  return thrown.map(({ of, place, seed }, at) => {
    const next = thrown[at + 1]
    const by = next === undefined || next.of === of ? next?.seed : line[place + 1]
    return { seed, drawn: isDrawn(seed, of), replacedBy: next === undefined ? undefined : (by?.document ?? '') }
  })
}

/** Draws of a population that a round audits: what is known is drawn from no other seed, and frozen no other way, beneath it.
 *  @param rounds with what they audit; withdrawn ones audit nothing
 *  @returns the number of that round */
export function roundUsing(
  { draws }: { readonly draws: readonly Pick<RecordedDraw, 'freeze' | 'ref'>[] },
  freeze: { readonly id: string },
  rounds: Iterable<{ readonly number: string; readonly state: string; readonly samples: readonly { readonly id: string }[] }>,
): string | undefined {
  const own = new Set(draws.flatMap((draw) => (draw.freeze.id === freeze.id ? [draw.ref.id] : [])))
  for (const { number, samples, state } of rounds) if (state !== 'withdrawn' && samples.some(({ id }) => own.has(id))) return number
  return undefined
}
