// draw-of-round.ts: whether a draw may be that of a round: of the same population, and the one that counts.
import type { Round } from '../../audit/rounds.ts'
import { currentDraw, type Freeze, isReplaced, type RecordedDraw, type Samples, seedOf } from '../../audit/samples.ts'
import { UsageError } from '../log/usage-error.ts'

export type RoundOfDraws = Pick<Round, 'number' | 'samples' | 'state'>

/** A draw with the freeze that it is of.
 *  @throws UsageError where its freeze was replaced, or another draw took its place */
function standing(samples: Samples, id: string): { readonly draw: RecordedDraw; readonly freeze: Freeze } {
  const draw = samples.draws.find(({ ref }) => ref.id === id)
  const freeze = samples.freezes.find(({ ref }) => ref.id === draw?.freeze.id)
  if (draw === undefined || freeze === undefined) throw new TypeError('a draw is looked up before it is judged')
  if (isReplaced(samples, freeze))
    throw new UsageError(
      `--sample：${id} 之封存已由另一次封存取代，請用取代後之抽樣。 Its population was frozen anew: give the draw of what replaced it.`,
    )
  const current = currentDraw(samples, freeze)
  if (current !== draw)
    throw new UsageError(
      `--sample：${id} 已由 ${current?.ref.id ?? '（尚未重抽）'} 取代，請用該次抽樣。 It is no longer the draw of its population: expected ${current?.ref.id ?? 'a draw under the newer seed'}.`,
    )
  return { draw, freeze }
}

/** Results are of draws that still count: an enlargement that the round did not take leaves its own as it was.
 *  @throws UsageError where its freeze was replaced, or its seed thrown again */
export function requireStanding(samples: Samples, { freeze: { id }, ref, seed }: RecordedDraw, number: string): void {
  const freeze = samples.freezes.find((each) => each.ref.id === id)
  if (freeze === undefined) throw new TypeError('a draw is looked up before it is judged')
  if (isReplaced(samples, freeze))
    throw new UsageError(
      `${number} 之母體 ${id} 已由另一次封存取代：請作廢本次稽核（round withdrawn），以新抽樣開始。 The population of ${number} was frozen anew: withdraw the round, and begin one of the new draw.`,
    )
  if (seedOf(samples, freeze)?.ref.id !== seed.id)
    throw new UsageError(
      `${number} 之抽樣 ${ref.id} 所用種子值已重擲：請重抽並以 round enlarged 加入。 The seed of the draw ${ref.id} was thrown again: draw under the new one, and add that by round enlarged.`,
    )
}

/** A draw is audited once: by one round, in which it stands once.
 *  @throws UsageError */
function requireNew(id: string, rounds: Iterable<RoundOfDraws>): void {
  for (const { number, samples, state } of rounds)
    if (state !== 'withdrawn' && samples.some((each) => each.id === id))
      throw new UsageError(`--sample：抽樣 ${id} 已在 ${number} 中。 ${number} has this draw already: expected another one.`)
}

/** A draw begins a round: not one of late records alone, whose quota is theirs alone.
 *  @param rounds that there are
 *  @throws UsageError */
export function requireFirst(samples: Samples, id: string, rounds: Iterable<RoundOfDraws>): void {
  const { freeze } = standing(samples, id)
  requireNew(id, rounds)
  if (freeze.supplements !== undefined)
    throw new UsageError(
      `--sample：${id} 為補充抽樣，請用原抽樣開始稽核，再以 round enlarged 加入。 It is a supplement: begin the round with the first draw, and add this by round enlarged.`,
    )
}

/** A draw is added to a round: of a population that the round has, or of what came to light late of one.
 *  @throws UsageError */
export function requireOfRound(samples: Samples, id: string, round: RoundOfDraws): void {
  const { freeze } = standing(samples, id)
  requireNew(id, [round])
  const own = samples.draws.filter(({ ref }) => round.samples.some((each) => each.id === ref.id)).map((each) => each.freeze.id)
  if (own.includes(freeze.ref.id) || (freeze.supplements !== undefined && own.includes(freeze.supplements.id))) return
  const { agency, from, until } = freeze.asked
  throw new UsageError(
    `--sample：${id} 為 ${agency} ${from}–${until} 另一次封存之抽樣，不屬 ${round.number}。 It is of another population (${agency} ${from}–${until}): expected an enlargement or a supplement of ${round.number}.`,
  )
}
