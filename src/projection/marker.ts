// marker.ts: the upstream's marker of protected persons: whether it is true for anyone in an answer.
import { type JsonValue, parseJson } from '../json.ts'
import { AnswerMalformed } from './malformed.ts'
import { elements, type LeafShape, type PathStep, parseFieldPath, type Shape, shapeAt } from './paths.ts'

/** The steps of a marker's path.
 *  @throws RangeError where the shape declares no leaf of true or false there */
export function markerSteps(shape: Shape, marker: string): readonly PathStep[] {
  const found: Shape | undefined = shapeAt(shape, marker)
  if ((found as LeafShape | undefined)?.type !== 'boolean')
    throw new RangeError(`marker ${JSON.stringify(marker)}: expected the path of a leaf of true or false of this shape`)
  return parseFieldPath(marker)
}

/** Reads a marker from the answer of a filter that lets nothing but the marker pass. It says of everybody whether they are protected:
 *  where a container on the way is no container, or the marker is not there, or is neither true nor false, it is missing. Only an
 *  empty array says it of nobody.
 *  @param base for the error, the byte of the answer
 *  @throws AnswerMalformed `marker-missing` */
export function protectedIn(value: JsonValue, steps: readonly PathStep[], base: number): boolean {
  const [step, ...rest] = steps
  if (step === undefined) {
    if (typeof value !== 'boolean') throw new AnswerMalformed('marker-missing', base)
    return value
  }
  if (step === elements) {
    if (!Array.isArray(value)) throw new AnswerMalformed('marker-missing', base)
    return value.map((element) => protectedIn(element, rest, base)).includes(true) // each is looked at
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new AnswerMalformed('marker-missing', base)
  const [, inner] = Object.entries(value).find(([name]) => name === step) ?? []
  if (inner === undefined) throw new AnswerMalformed('marker-missing', base)
  return protectedIn(inner, rest, base)
}

/** The same of lines of NDJSON, quickly where a line is what it mostly is. */
export class MarkerLines {
  readonly #steps: readonly PathStep[]
  /** The line of somebody who is not protected, where no array stands on the way. */
  readonly #usual: string | undefined

  /** @param steps of the marker's path, in a line */
  constructor(steps: readonly PathStep[]) {
    this.#steps = steps
    this.#usual = steps.includes(elements) ? undefined : steps.reduceRight((inner, name) => `{${JSON.stringify(name)}:${inner}}`, 'false')
  }

  /** @param line of the marker's filter
   *  @throws AnswerMalformed `marker-missing` */
  isProtected(line: string, base: number): boolean {
    return line !== this.#usual && protectedIn(parseJson(Buffer.from(line)), this.#steps, base)
  }
}
