// open-rows.ts: what was drawn and has no result, as people are told of it: by unit, whose head has the form.

/** What was drawn and has no result. */
export interface OpenRow {
  readonly unit: string
  /** As the form names it: `1#123`, or an account. */
  readonly name: string
}

interface OpenOfUnit {
  readonly unit: string
  /** `1#123、1#130`; of more than so many how many there are is said. */
  readonly names: string
}

/** In order of units.
 *  @param most that are named of a unit */
export const openByUnit = (open: readonly OpenRow[], most: number): readonly OpenOfUnit[] =>
  [...Map.groupBy(open, ({ unit }) => unit)]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([unit, own]) => {
      const names = own.slice(0, most).map(({ name }) => name)
      return { unit, names: `${names.join('、')}${own.length > most ? `…共 ${own.length} 列 rows` : ''}` }
    })
