// projector.ts: the field filter of one grant and operation: only granted leaves pass.
import { parseJson } from '../json.ts'
import { JsonFilter } from './filter.ts'
import { GuardedAnswer } from './guarded-answer.ts'
import { AnswerMalformed } from './malformed.ts'
import { markerSteps, protectedIn } from './marker.ts'
import type { Absence, PathStep, Shape } from './paths.ts'
import { compilePlan, kindsAsked, kindsSuppressed } from './plan.ts'
import type { Beyond, StreamProjector, UndeclaredAt } from './stream-projector.ts'

export interface Projected {
  /** Compact JSON: the released members in the upstream's order, names as the policy spells them, values as they were sent. */
  readonly body: Buffer
  /** Released elements of the array that counts as rows; 1 where no such array stands on the way to a released leaf. */
  readonly rows: number
  readonly beyond: Beyond
  readonly undeclaredAt: UndeclaredAt
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
  /** Begins an answer that comes in pieces. With a marker of protected persons, which may stand at its end, nothing comes out before that.
   *  @param most bytes that may then come out, where there is such a marker */
  begin(asked?: readonly string[], most?: number): StreamProjector
}

export interface ProjectorOptions {
  readonly rows?: string
  readonly protection?: Protection
  /** True: by careful.ts alone, the filter's definition, against which tests hold the kernel. */
  readonly bytewise?: boolean
}

/** What becomes of answers about protected persons. */
export interface Protection {
  /** Path of the upstream's marker. Where it is true for anyone, the places are suppressed in the whole answer; where it is missing
   *  for anyone, the answer is malformed. It need not be granted, and is released only where it is. */
  readonly marker: string
  /** Places of what helps to find a person, and what is released there instead. None, where the suppression is lifted. */
  readonly places: ReadonlyMap<string, Absence>
}

/** @param granted field paths of the grant; those that this shape does not declare as leaves are passed over
 *  @param options.rows path of the array whose elements are rows; absent → the root, where it is an array
 *  @throws RangeError where nothing of the shape is granted, `rows` is no array, or the marker no leaf of true and false;
 *  FieldPathError for an unreadable path */
export function compileProjector(shape: Shape, granted: readonly string[], options: ProjectorOptions = {}): Projector {
  const plan = compilePlan(shape, granted, options.rows)
  const bytewise = options.bytewise === true
  const whole = new JsonFilter(plan, bytewise)
  const { protection } = options
  const guard = protection && markerReader(shape, protection.marker, bytewise)
  const suppressed = kindsSuppressed(plan, plan.kinds, protection?.places ?? new Map())
  const kindsOf = (asked: readonly string[] | undefined, suppresses: boolean): Uint8Array => {
    if (asked === undefined) return suppresses ? suppressed : plan.kinds
    const kinds = kindsAsked(plan, asked)
    return suppresses ? kindsSuppressed(plan, kinds, protection?.places ?? new Map()) : kinds
  }
  return {
    fields: plan.fields,
    project(body, asked) {
      return filterWhole(whole, kindsOf(asked, guard?.isProtected(body) === true), body)
    },
    begin(asked, most = Number.POSITIVE_INFINITY) {
      const begun = (suppresses: boolean): JsonFilter => {
        const filter = new JsonFilter(plan, bytewise)
        filter.begin(kindsOf(asked, suppresses), 'json')
        return filter
      }
      if (guard === undefined) return begun(false)
      return new GuardedAnswer({ open: begun(false), suppressed: begun(true), markers: guard.begin() }, guard.steps, most)
    },
  }
}

function filterWhole(filter: JsonFilter, kinds: Uint8Array, body: Uint8Array): Projected {
  filter.begin(kinds, 'json')
  try {
    const released = filter.push(body)
    filter.end()
    return { body: released, rows: filter.rows, beyond: filter.beyond, undeclaredAt: filter.undeclaredAt() }
  } finally {
    filter.forget()
  }
}

interface MarkerReader {
  readonly steps: readonly PathStep[]
  /** Whether it is true for anyone in an answer, wherever it stands. */
  readonly isProtected: (body: Uint8Array) => boolean
  /** Begins a filter of which nothing but the marker passes. */
  readonly begin: () => JsonFilter
}

function markerReader(shape: Shape, marker: string, bytewise: boolean): MarkerReader {
  const steps = markerSteps(shape, marker)
  const plan = compilePlan(shape, [marker])
  const filter = new JsonFilter(plan, bytewise)
  return {
    steps,
    isProtected(body) {
      const { body: markers, beyond } = filterWhole(filter, plan.kinds, body)
      if (beyond.misshapen > 0) throw new AnswerMalformed('marker-missing', body.length)
      return protectedIn(parseJson(markers), steps, body.length)
    },
    begin() {
      const begun = new JsonFilter(plan, bytewise)
      begun.begin(plan.kinds, 'json')
      return begun
    },
  }
}
