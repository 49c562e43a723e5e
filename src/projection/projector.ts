// projector.ts: the field filter of one grant and operation: only granted leaves pass.
import { JsonFilter } from './filter.ts'
import type { Shape } from './paths.ts'
import { compilePlan, kindsAsked } from './plan.ts'
import type { Beyond, StreamProjector } from './stream-projector.ts'

export interface Projected {
  /** Compact JSON: the released members in the upstream's order, names as the policy spells them, values as they were sent. */
  readonly body: Buffer
  /** Released elements of the array that counts as rows; 1 where no such array stands on the way to a released leaf. */
  readonly rows: number
  readonly beyond: Beyond
}

/** Compiled once for a grant and an operation, when the snapshot is built. Keeps no part of an answer.
 *
 *  Non-interference: two well-formed answers that agree on the fields, on the containers on the way to them and on the order of
 *  both give the same body and rows, whatever else they hold and however it is spelled. What is not agreed upon leaves no trace:
 *  white space and the spelling of keys are ours, a withheld member has no key, a withheld element no place. The order among
 *  released members is the upstream's, and so a fact about released data only; it lets an answer of any size stream.
 *
 *  Well-formed: RFC 8259 in what is released and in what is skipped, no lone surrogates, UTF-8 without a byte order mark, at most
 *  64 levels, numbers of at most 1,024 bytes, a root as declared, and no key twice on the way to a field. */
export interface Projector {
  /** Granted leaves that the shape declares, in the catalogue's order. */
  readonly fields: readonly string[]
  /** Filters an answer that is there as a whole.
   *  @param asked some of `fields`: the answer, refusals included, is then exactly that of a projector of these alone. So it
   *  depends on nothing but what is asked: a key that is granted, not asked, and comes twice is skipped like any other.
   *  @throws AnswerMalformed where nothing may be released
   *  @throws RangeError for an empty list, or a field that is not among `fields` */
  project(body: Uint8Array, asked?: readonly string[]): Projected
  /** Begins an answer that comes in pieces. */
  begin(asked?: readonly string[]): StreamProjector
}

export interface ProjectorOptions {
  readonly rows?: string
  /** True: by careful.ts alone, the filter's definition, against which tests hold the kernel. */
  readonly bytewise?: boolean
}

/** @param granted field paths of the grant; those that this shape does not declare as leaves are passed over
 *  @param options.rows path of the array whose elements are rows; absent → the root, where it is an array
 *  @throws RangeError where nothing of the shape is granted, or `rows` is no array; FieldPathError for an unreadable path */
export function compileProjector(shape: Shape, granted: readonly string[], options: ProjectorOptions = {}): Projector {
  const plan = compilePlan(shape, granted, options.rows)
  const bytewise = options.bytewise === true
  const whole = new JsonFilter(plan, bytewise)
  const kindsOf = (asked: readonly string[] | undefined): Uint8Array => (asked === undefined ? plan.kinds : kindsAsked(plan, asked))
  return {
    fields: plan.fields,
    project(body, asked) {
      whole.begin(kindsOf(asked), 'json')
      try {
        const released = whole.push(body)
        whole.end()
        return { body: released, rows: whole.rows, beyond: whole.beyond }
      } finally {
        whole.forget()
      }
    },
    begin(asked) {
      const filter = new JsonFilter(plan, bytewise)
      filter.begin(kindsOf(asked), 'json')
      return filter
    },
  }
}
