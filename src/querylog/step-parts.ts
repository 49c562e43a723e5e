// step-parts.ts: what the steps of rounds, findings and incidents are described with: days, numbers, texts, places of entries.
import Type, { type Static, type TSchema, type TUnsafe } from 'typebox'
import type { CivilDate } from '../calendar.ts'

/** A day that exists, `2026-11-24`. */
export const day: TUnsafe<CivilDate> = Type.Unsafe<CivilDate>({ type: 'string', format: 'date' })
/** A calendar month, `2026-11`. */
export const month = Type.String({ pattern: '^\\d{4}-(?:0[1-9]|1[0-2])$' })
export const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** Words on one line, at most so many characters. */
export const words = (most: number) => Type.String({ minLength: 1, maxLength: most })
/** The name of a case among its kind, as people cite it: never given twice. */
export const caseNumber = words(60)

export const choice = <const V extends string>(...values: readonly V[]): TUnsafe<V> => Type.Unsafe<V>({ type: 'string', enum: values })

/** An entry, by where it stands. */
export const entryPlace = Type.Object({ index: count, log: words(300) })
/** Records that a finding or an incident is about: more are named by their days. */
export const records = Type.Array(entryPlace, { minItems: 1, maxItems: 500 })

/** A `sample` entry: which records were drawn, and by which seed. */
export const sampleEntry = Type.Object({ id: words(36), index: count, log: words(300) })

/** Members that a step has beside its name, the number of its case and its day. */
export const step = <const N extends string, P extends Record<string, TSchema>>(name: N, members: P) =>
  Type.Object({ day, number: caseNumber, step: Type.Literal(name), ...members })

export type EntryPlace = Static<typeof entryPlace>
