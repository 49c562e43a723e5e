// merging.ts: answers of many files as one: whatever the order of the files, and however often one is given.
import type { Answer, AnswerField, CellPlace } from './answer.ts'

/** What one cell of an item says, and everywhere that it says so, in order. */
export interface Merged {
  readonly value: string
  readonly places: readonly CellPlace[]
}

/** One cell of an item, answered in several ways. */
export interface Conflict {
  readonly item: string
  readonly field: AnswerField
  /** By value, in order: at least two. */
  readonly answers: readonly Merged[]
}

export interface MergedAnswers {
  /** By item; cells in conflict are left out. */
  readonly items: ReadonlyMap<string, ReadonlyMap<AnswerField, Merged>>
  /** In order of items and cells. */
  readonly conflicts: readonly Conflict[]
}

/** A union: it is the same in any order, taking an answer twice adds nothing, and of two that differ neither wins. */
export function mergeAnswers(answers: Iterable<Answer>): MergedAnswers {
  const cells = Map.groupBy(answers, ({ field, item }) => JSON.stringify([item, field]))
  const items = new Map<string, Map<AnswerField, Merged>>()
  const conflicts: Conflict[] = []
  for (const [, own] of [...cells].sort(byKey)) {
    const [first] = own
    if (first === undefined) continue
    const { field, item } = first
    const values = [...Map.groupBy(own, ({ value }) => value)].sort(byKey).map(([value, of]) => ({ value, places: placesOf(of) }))
    const [only, ...others] = values
    if (only === undefined) continue
    if (others.length > 0) conflicts.push({ item, field, answers: values })
    else items.set(item, (items.get(item) ?? new Map()).set(field, only))
  }
  return { items, conflicts }
}

const byKey = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number => (one < other ? -1 : one > other ? 1 : 0)

function placesOf(answers: readonly Answer[]): readonly CellPlace[] {
  const places = new Map(answers.map(({ place }) => [JSON.stringify([place.file, place.sheet, place.cell]), place]))
  return [...places].sort(byKey).map(([, place]) => place)
}
