// round-items.ts: what a round has to be answered, from its draws: the items, each with whose it is and the unit in which it is audited.
import type { CivilDate } from '../../calendar.ts'
import type { Draw, DrawnRecord } from '../draw.ts'
import { noUnit, type RecordId } from '../form/audit-form.ts'
import { RosterDays } from '../form/roster-days.ts'
import type { FrozenRow } from '../frozen-roster.ts'
import { daysOf, monthsOf } from '../period.ts'
import type { Round } from '../rounds.ts'
import { type AuditItem, recordKey, reviewKey } from './answer.ts'
import type { RoundAsked } from './round-answers.ts'
import { Auditing } from './who-audits.ts'

/** A draw of a round, with what tells in which unit its items are audited. */
export interface DrawOfRound {
  readonly draw: Draw
  /** As it was frozen with the draw. */
  readonly roster: readonly FrozenRow[]
  /** The day in Taipei on which it was recorded. */
  readonly on: CivilDate
  /** The day in Taipei of a drawn record. */
  dayOf(record: DrawnRecord): CivilDate
}

/** Of each population the newest draw: it holds the others.
 *  @param draws of one round, the newest first */
export const newestOfEach = <T extends { readonly draw: Pick<Draw, 'freeze'> }>(draws: readonly T[]): readonly T[] =>
  [...Map.groupBy(draws, ({ draw }) => draw.freeze.id).values()].flatMap(([newest]) => newest ?? [])

/** @param draws of the round, the newest first: at least one
 *  @param fewUsers D-20 */
export function roundAsked(
  { auditors, from, number, until }: Pick<Round, 'auditors' | 'from' | 'number' | 'until'>,
  draws: readonly DrawOfRound[],
  fewUsers: number,
): RoundAsked {
  const items = new Map(draws.flatMap(itemsOf).map((item) => [item.key, item]))
  return {
    number,
    months: monthsOf({ from, until }),
    draws: newestOfEach(draws).map(({ draw }) => draw),
    items: [...items.values()],
    // The newest roster holds every row of those before.
    auditing: new Auditing(draws[0]?.roster ?? [], auditors),
    fewUsers,
  }
}

function itemsOf({ dayOf, draw, on: drawnOn, roster }: DrawOfRound): readonly AuditItem[] {
  const days = new RosterDays(roster)
  const { last } = daysOf(draw)
  return [
    ...draw.drawn.map((record): AuditItem => {
      const { index, log, month, person, row, user } = record
      const id: RecordId = { log, index, ...(row !== undefined && { row }) }
      const unit = days.on(user, dayOf(record))?.unit ?? noUnit
      return { list: '各筆', key: recordKey(id), id, month, account: user, person, unit, drawnOn }
    }),
    ...draw.reviews.flatMap(({ accounts, person }) =>
      accounts.map((account): AuditItem => {
        const unit = days.lastOf(account, last)?.unit ?? noUnit
        return { list: '清查', key: reviewKey(account), account, accounts, person, unit, drawnOn }
      }),
    ),
  ]
}
