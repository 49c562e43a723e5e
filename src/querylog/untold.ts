// untold.ts: released calls of which the clear log does not say everybody whose data left, or how many rows: what a leak may have exposed besides.
import { type ExposedCall, type ExposedEnd, isFirst } from './exposure.ts'
import type { Slot } from './ports.ts'

/** Why more people, or rows, may be concerned than are told:
 *  `sealed`   the answer identifies people in places that were not released: their tags stand in a sealed part alone, 24 at most;
 *  `lost`     its process ended while it was released: no rows, no sealed part, and the last tags, up to 999, were never recorded;
 *  `cut`      a JSON document that was cut: whom it named is recorded, how many rows left is not;
 *  `running`  its end was not recorded by then. */
export type Why = 'sealed' | 'lost' | 'cut' | 'running'

/** A call, by the entry of its `query`, of a batch the first. */
export interface UntoldCall {
  readonly slot: Slot
  readonly index: number
  readonly why: Why
  /** Of `sealed`: the entry whose sealed part holds the tags, of a stream its completion. */
  readonly open?: number
}

/** Where a completion stands, and what it says. */
export type PlacedEnd = ExposedEnd & { readonly index: number }

/** @param isNamedBeside whether the answer may identify people in places that were not released
 *  @returns one for each reason; none for what is told whole, and for a record that is not its call's first */
export function untoldOf(slot: Slot, index: number, call: ExposedCall, end: PlacedEnd | undefined, isNamedBeside: boolean): UntoldCall[] {
  if (!isFirst(call)) return []
  const isStream = call.rows === undefined
  const found: UntoldCall[] = []
  if (isStream && end === undefined) found.push({ slot, index, why: 'running' })
  if (end?.outcome === 'lost') found.push({ slot, index, why: 'lost' })
  if (end?.outcome === 'cut' && end.rows === undefined) found.push({ slot, index, why: 'cut' })
  // The sealed part of a stream comes with its end, where it has one that was recorded by its own process.
  const open = isStream ? (end === undefined || end.outcome === 'lost' ? undefined : end.index) : index
  if (isNamedBeside && open !== undefined) found.push({ slot, index, why: 'sealed', open })
  return found
}
