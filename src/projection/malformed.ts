// malformed.ts: an upstream's answer that cannot be released at all, and why.
import type { JsonProblem } from '../json.ts'

/** What is wrong with an answer: fixed words, never a value or a key from it.
 *  `root-shape`: the root is no object or array as declared. `number-too-long`: more than 1,024 bytes. `marker-missing`: the
 *  upstream does not say of everybody whether they are a protected person. Of CSV: `header`: a column comes twice, is not declared,
 *  or none is granted; `field-count`: a row has more fields than the header, or fewer; `field-too-long`: more than 64 KiB.
 *  `row-too-long`: more than 1 MiB to be released of one row. `answer-too-long`: more to be released than may be of an answer with a
 *  marker of protected persons, which is released whole or not at all. `identifier-too-long`: more than 1,024 bytes of
 *  what identifies a person. */
export type AnswerProblem =
  | Exclude<JsonProblem, 'number-not-finite'>
  | 'root-shape'
  | 'number-too-long'
  | 'identifier-too-long'
  | 'marker-missing'
  | 'header'
  | 'field-count'
  | 'field-too-long'
  | 'row-too-long'
  | 'answer-too-long'

/** An answer of which nothing may be released: it ends as `upstream-malformed`.
 *  Problem and offset depend on what is withheld: they belong in the sealed part of the record, never in an answer. */
export class AnswerMalformed extends Error {
  readonly problem: AnswerProblem
  /** Byte offset in the answer at which it was noticed, from 0. */
  readonly offset: number
  constructor(problem: AnswerProblem, offset: number) {
    super(`the upstream's answer is malformed: ${problem} at byte ${offset}`)
    this.name = 'AnswerMalformed'
    this.problem = problem
    this.offset = offset
  }
}
