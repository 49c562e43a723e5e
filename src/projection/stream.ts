// stream.ts: the filters of answers that come in pieces, compiled once per grant and operation: JSON, NDJSON and CSV.
import { type CsvColumn, CsvFilter } from './csv.ts'
import { type FilterForm, JsonFilter } from './filter.ts'
import { GuardedLines } from './guarded-lines.ts'
import { MarkerLines, markerSteps } from './marker.ts'
import { elements, type ObjectShape, pathTo, type Shape } from './paths.ts'
import { checkAsked, compilePlan, kindsAsked, type Plan } from './plan.ts'
import type { StreamProjector } from './stream-projector.ts'

export type { Beyond, StreamProjector, UndeclaredAt } from './stream-projector.ts'

export type StreamMediaType = 'application/json' | 'application/x-ndjson' | 'text/csv'

/** The filter of one grant and operation for answers that come in pieces. Cut anywhere, the pieces release the same bytes in all.
 *  Non-interference is that of `Projector`, of which these are other spellings: **NDJSON and CSV are written arrays**, whose elements
 *  are the lines and rows, and paths into them begin with `[]`.
 *
 *  NDJSON: one value a line, LF or CRLF. A line of white space is no row; a missing last line feed is no error; both leave no trace.
 *  A line that is of another shape than declared is left out, and `null` passes, as with elements of an array, and as one the file is the
 *  outermost of at most 64 levels. A byte order mark, and a value that goes on in another line, are refused. Each released line ends in LF.
 *
 *  CSV: RFC 4180, UTF-8, CRLF or LF, the header in the first row; see csv.ts. Released with CRLF, columns in the upstream's order. */
export interface StreamPlan {
  /** Granted leaves that the shape declares, in the catalogue's order. */
  readonly fields: readonly string[]
  /** Begins an answer.
   *  @param asked some of `fields`; everything is then as if only these were granted
   *  @throws RangeError for an empty list, or a field that is not among `fields` */
  begin(asked?: readonly string[]): StreamProjector
}

export interface StreamOptions {
  /** For JSON: path of the array whose elements are rows; absent → the root, where it is an array. Otherwise rows are lines. */
  readonly rows?: string
  /** Path of the marker of protected persons. No row in which it is true for anyone passes, and each row must have it. Not for JSON. */
  readonly marker?: string
  /** True: CSV whose header has none of the granted columns is not refused. Nothing stands in what comes of it: it is no answer. */
  readonly mayLackAll?: boolean
  /** True: by careful.ts alone, the filter's definition, against which tests hold the kernel. */
  readonly bytewise?: boolean
}

/** @param granted field paths of the grant; those that this shape does not declare as leaves are passed over
 *  @throws RangeError where nothing of the shape is granted, or the shape is none that the media type can have, or `rows` is no array, or
 *  `marker` no leaf of true and false; FieldPathError for an unreadable path */
export function compileStream(
  mediaType: StreamMediaType,
  shape: Shape,
  granted: readonly string[],
  options: StreamOptions = {},
): StreamPlan {
  switch (mediaType) {
    case 'application/json':
      if (options.marker !== undefined)
        throw new RangeError('a stream of JSON: rows of protected persons can be left out of NDJSON or CSV only')
      return jsonStream(shape, granted, options)
    case 'application/x-ndjson':
      return ndjsonStream(shape, granted, options)
    case 'text/csv':
      return csvStream(shape, granted, options)
  }
}

/** A filter that has begun. */
function begun(plan: Plan, asked: readonly string[] | undefined, form: FilterForm, bytewise = false): JsonFilter {
  const filter = new JsonFilter(plan, bytewise)
  filter.begin(asked === undefined ? plan.kinds : kindsAsked(plan, asked), form)
  return filter
}

function jsonStream(shape: Shape, granted: readonly string[], { rows, bytewise }: StreamOptions): StreamPlan {
  const plan = compilePlan(shape, granted, rows)
  return { fields: plan.fields, begin: (asked) => begun(plan, asked, 'json', bytewise) }
}

function ndjsonStream(shape: Shape, granted: readonly string[], { marker, bytewise }: StreamOptions): StreamPlan {
  if (shape.kind !== 'array') throw new RangeError('a stream of NDJSON: expected the shape of an array, whose elements are the lines')
  const plan = compilePlan(shape, granted)
  if (marker === undefined) return { fields: plan.fields, begin: (asked) => begun(plan, asked, 'ndjson', bytewise) }
  const lines = new MarkerLines(markerSteps(shape, marker).slice(1))
  const markers = compilePlan(shape, [marker])
  return {
    fields: plan.fields,
    begin: (asked) => new GuardedLines(begun(plan, asked, 'ndjson', bytewise), begun(markers, undefined, 'ndjson', bytewise), lines),
  }
}

function csvStream(shape: Shape, granted: readonly string[], { marker, mayLackAll }: StreamOptions): StreamPlan {
  const row = shape.kind === 'array' ? shape.items : shape
  if (shape.kind !== 'array' || row.kind !== 'object' || [...row.properties.values()].some(({ kind }) => kind !== 'leaf'))
    throw new RangeError('a stream of CSV: expected the shape of an array of objects without anything nested, whose elements are the rows')
  if (marker !== undefined) markerSteps(shape, marker)
  const plan = compilePlan(shape, granted)
  const { fields } = plan
  return {
    fields,
    begin: (asked) =>
      new CsvFilter(columnsOf(row, new Set(asked === undefined ? fields : checkAsked(plan, asked)), marker), mayLackAll === true),
  }
}

function columnsOf(row: ObjectShape, released: ReadonlySet<string>, marker: string | undefined): Map<string, CsvColumn> {
  return new Map(
    [...row.properties].flatMap(([name, leaf]) => {
      const path = pathTo(elements, name)
      return leaf.kind === 'leaf' ? [[name, { type: leaf.type, released: released.has(path), marks: path === marker }] as const] : []
    }),
  )
}
