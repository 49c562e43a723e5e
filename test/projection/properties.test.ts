// properties.test.ts: what holds for every shape, grant and answer: non-interference, and agreement with the oracle.
import fc from 'fast-check'
import t from 'tap'
import { JsonError, type JsonValue, parseJson } from '../../src/json.ts'
import { AnswerMalformed } from '../../src/projection/malformed.ts'
import { leavesOf } from '../../src/projection/paths.ts'
import { compileProjector, type Projected, type Projector } from '../../src/projection/projector.ts'
import { answers, anything, embed, granted, grants, type Model, Repeated, spaces, write } from './documents.ts'

const runs = (numRuns: number): { numRuns: number } => ({ numRuns: numRuns * Number(process.env.LINKAGE_TEST_RUNS ?? 1) })

/** The projection, or why there is none. */
function outcome(projector: Projector, body: Uint8Array, asked?: readonly string[]): Projected | string {
  try {
    return projector.project(body, asked)
  } catch (error) {
    if (error instanceof AnswerMalformed) return 'malformed'
    throw error
  }
}

/** The same answer in pieces. */
function inPieces(projector: Projector, body: Uint8Array, sizes: readonly number[], asked?: readonly string[]): Projected | string {
  const released: Buffer[] = []
  try {
    const projection = projector.begin(asked)
    for (let at = 0, turn = 0; at < body.length; turn++) {
      const size = sizes[turn % sizes.length] ?? 1
      released.push(projection.push(body.subarray(at, at + size)))
      at += size
    }
    released.push(projection.end())
    return { body: Buffer.concat(released), rows: projection.rows, beyond: projection.beyond, undeclaredAt: projection.undeclaredAt() }
  } catch (error) {
    if (error instanceof AnswerMalformed) return 'malformed'
    throw error
  }
}

/** What the oracle expects of an answer; undefined where the root does not fit, `malformed` where a granted key comes twice. */
function expected(shape: Parameters<typeof granted>[0], fields: readonly string[], model: Model): string {
  if (model.kind !== shape.kind) return 'malformed'
  try {
    const released = granted(shape, new Set(fields), model)
    return released === undefined ? 'malformed' : write(released)
  } catch (error) {
    if (error instanceof Repeated) return 'malformed'
    throw error
  }
}

/** Paths of the scalars of a value; arrays as `[]`. */
function pathsIn(value: JsonValue, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => pathsIn(element, `${at}[]`))
  if (value === null || typeof value !== 'object') return [at]
  return Object.entries(value).flatMap(([key, member]) => pathsIn(member, at === '' ? key : `${at}.${key}`))
}

const cases = grants.chain(([shape, fields]) =>
  fc.record({ shape: fc.constant(shape), fields: fc.constant(fields), answer: answers(shape), space: spaces }),
)
const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 })

t.test('an answer is released exactly as the oracle filters it, byte for byte', async () => {
  fc.assert(
    fc.property(cases, ({ shape, fields, answer, space }) => {
      const result = outcome(compileProjector(shape, fields), Buffer.from(write(answer, space)))
      const should = expected(shape, fields, answer)
      return (typeof result === 'string' ? result : result.body.toString()) === should
    }),
    runs(800),
  )
})

t.test('whatever JSON the upstream sends, the oracle agrees, and only granted leaves and nulls above them come out', async () => {
  fc.assert(
    fc.property(
      grants,
      fc.oneof(
        anything,
        grants.chain(([shape]) => answers(shape)),
      ),
      ([shape, fields], answer) => {
        const result = outcome(compileProjector(shape, fields), Buffer.from(write(answer)))
        const should = expected(shape, fields, answer)
        if (typeof result === 'string') return result === should
        const text = result.body.toString()
        const way = (path: string): boolean =>
          fields.some((field) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[]`))
        return text === should && pathsIn(withoutHugeNumbers(text)).every(way)
      },
    ),
    runs(600),
  )
})

/** The strict parser refuses numbers beyond a double; the projector passes them as they are. */
function withoutHugeNumbers(text: string): JsonValue {
  return parseJson(Buffer.from(text.replaceAll(/e\+?[0-9]{3,}/g, '')))
}

t.test('non-interference: answers that agree on what is granted, and on its order, give the same body and rows', async () => {
  const twins = grants.chain(([shape, fields]) => {
    const same = answers(shape).filter((answer) => expected(shape, fields, answer) !== 'malformed')
    return same.chain((answer) => {
      const released = granted(shape, new Set(fields), answer) ?? answer
      const twin = embed(shape, new Set(fields), released)
      return fc.record({
        shape: fc.constant(shape),
        fields: fc.constant(fields),
        answer: fc.constant(answer),
        one: twin,
        other: twin,
        space: spaces,
      })
    })
  })
  fc.assert(
    fc.property(twins, ({ shape, fields, answer, one, other, space }) => {
      const projector = compileProjector(shape, fields)
      const [first, second, third] = [write(answer), write(one, space), write(other)].map((text) => outcome(projector, Buffer.from(text)))
      if (typeof first !== 'object' || typeof second !== 'object' || typeof third !== 'object') return false
      return first.body.equals(second.body) && first.rows === second.rows && second.body.equals(third.body) && second.rows === third.rows
    }),
    runs(600),
  )
})

t.test('an answer in pieces of any size is the answer as a whole', async () => {
  fc.assert(
    fc.property(cases, pieces, ({ shape, fields, answer, space }, sizes) => {
      const projector = compileProjector(shape, fields)
      const body = Buffer.from(write(answer, space))
      const whole = JSON.stringify(outcome(projector, body))
      return whole === JSON.stringify(inPieces(projector, body, sizes)) && whole === JSON.stringify(inPieces(projector, body, [1]))
    }),
    runs(600),
  )
})

t.test('asking for some of the granted fields is the same as a grant of these alone', async () => {
  const narrowed = cases.chain((one) => fc.record({ one: fc.constant(one), asked: fc.subarray([...one.fields], { minLength: 1 }) }))
  fc.assert(
    fc.property(narrowed, ({ one: { shape, fields, answer }, asked }) => {
      const body = Buffer.from(write(answer))
      const projector = compileProjector(shape, fields)
      const own = JSON.stringify(outcome(compileProjector(shape, asked), body))
      return JSON.stringify(outcome(projector, body, asked)) === own && JSON.stringify(inPieces(projector, body, [7], asked)) === own
    }),
    runs(800),
  )
})

t.test('bytes changed anywhere: accepted only where the strict parser accepts, whole and in pieces alike', async (t) => {
  const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\u0 -e.')), fc.nat(255)), fc.nat(2)), {
    minLength: 1,
    maxLength: 3,
  })
  let accepted = 0
  fc.assert(
    fc.property(cases, edits, pieces, ({ shape, fields, answer, space }, changes, sizes) => {
      let body = Buffer.from(write(answer, space))
      for (const [place, byte, how] of changes) {
        const at = place % (body.length + 1)
        body = Buffer.concat([body.subarray(0, at), Buffer.from(how === 0 ? [] : [byte]), body.subarray(at + (how === 1 ? 0 : 1))])
      }
      const projector = compileProjector(shape, fields)
      const result = outcome(projector, body)
      if (JSON.stringify(result) !== JSON.stringify(inPieces(projector, body, sizes))) return false
      if (JSON.stringify(result) !== JSON.stringify(inPieces(projector, body, [1]))) return false
      if (typeof result !== 'string') accepted++
      try {
        const value = parseJson(body)
        const fits = Array.isArray(value) ? 'array' : value !== null && typeof value === 'object' ? 'object' : 'leaf'
        return (typeof result === 'object') === (fits === shape.kind)
      } catch (error) {
        if (!(error instanceof JsonError)) throw error
        return result === 'malformed' || error.problem === 'repeated-member' || error.problem === 'number-not-finite'
      }
    }),
    runs(800),
  )
  t.ok(accepted > 50, `${accepted} changed answers were still well-formed`)
})

t.test('rows are the released elements of the array that is named', async () => {
  fc.assert(
    fc.property(cases, ({ shape, fields, answer }) => {
      const arrays = new Set(leavesOf(shape).flatMap((path) => [...path.matchAll(/\[\]/g)].map(({ index }) => path.slice(0, index))))
      arrays.delete('')
      const released = outcome(compileProjector(shape, fields), Buffer.from(write(answer)))
      if (typeof released === 'string') return true
      const model = granted(shape, new Set(fields), answer)
      if (model === undefined) return false
      return [...arrays].every((rows) => {
        const counted = compileProjector(shape, fields, { rows }).project(Buffer.from(write(answer))).rows
        const onTheWay = fields.some((field) => field.startsWith(`${rows}[]`))
        return counted === (onTheWay ? elementsAt(model, rows) : 1)
      })
    }),
    runs(500),
  )
})

/** Elements of all arrays at a path, in what is released. */
function elementsAt(model: Model, path: string): number {
  if (path === '') return model.kind === 'array' ? model.elements.length : 0
  if (path.startsWith('[]')) {
    const rest = path.slice(2).replace(/^\./, '')
    return model.kind === 'array' ? model.elements.reduce((sum, element) => sum + elementsAt(element, rest), 0) : 0
  }
  const name = /^[^.[]+/.exec(path)?.[0] ?? ''
  const rest = path.slice(name.length).replace(/^\./, '')
  if (model.kind !== 'object') return 0
  return model.members.filter(({ key }) => key === name).reduce((sum, { value }) => sum + elementsAt(value, rest), 0)
}
