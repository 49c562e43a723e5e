// fuzz.test.ts: answers of any shape, rebuilt and damaged: the kernel does what the definition does, neither more than the tree allows,
// and no careless reader finds in what is released what was not approved.
// CASES=10000000 and SEED=… run longer, and elsewhere.
import t from 'tap'
import { suppressedOf } from '../../../src/policy/catalogue/suppressed.ts'
import { leavesOf, type Shape } from '../../../src/projection/paths.ts'
import { compileProjector, type Projected, type Projector } from '../../../src/projection/projector.ts'
import { compileStream, type StreamPlan } from '../../../src/projection/stream.ts'
import { Dice, damage, makeAnswer, makeGrant, makeShape, rebuild } from '../../projection/mutations.ts'
import { contradicts, outcome } from '../../projection/oracle.ts'
import { unapprovedIn } from './readers.ts'

const cases = Number(process.env.CASES ?? 20_000)
const seed = Number(process.env.SEED ?? 1)
const mutantsOfAnAnswer = 100
Error.stackTraceLimit = cases > 100_000 ? 0 : 10 // a refusal costs ten times as much with its stack

interface Subject {
  readonly shape: Shape
  readonly fields: readonly string[]
  readonly kernel: Projector
  readonly definition: Projector
  readonly guarded: boolean
}

/** A shape and a grant; sometimes with a marker, which an answer mostly has not. */
function subjectOf(dice: Dice): Subject | undefined {
  const shape = makeShape(dice)
  const leaves = leavesOf(shape)
  if (leaves.length === 0) return undefined
  const fields = makeGrant(dice, shape)
  const marker = leaves.find((path) => !path.includes('[]') && leafType(shape, path) === 'boolean')
  const guarded = marker !== undefined && dice.one(2)
  const some = new Set(leaves.filter(() => dice.one(2)))
  const places = suppressedOf(shape, { locates: some, nullable: new Set(leaves.filter(() => dice.one(2))) })
  const options = guarded ? { protection: { marker, places } } : {}
  const [kernel, definition] = [compileProjector(shape, fields, options), compileProjector(shape, fields, { ...options, bytewise: true })]
  return { shape, fields, kernel, definition, guarded }
}

function leafType(shape: Shape, path: string): string {
  let here: Shape | undefined = shape
  for (const name of path.split('.')) here = here?.kind === 'object' ? here.properties.get(name) : undefined
  return here?.kind === 'leaf' ? here.type : ''
}

/** The same answer in two pieces. */
function inTwo(stream: StreamPlan, body: Buffer, at: number): string {
  const begun = stream.begin()
  return outcome(() => {
    const pieces = [begun.push(body.subarray(0, at)), begun.push(body.subarray(at)), begun.end()]
    return { body: Buffer.concat(pieces), rows: begun.rows, beyond: begun.beyond, undeclaredAt: begun.undeclaredAt() }
  })
}

t.test('rebuilt and damaged answers', async (t) => {
  let [done, passed, suppressed] = [0, 0, 0]
  for (let turn = 0; done < cases; turn++) {
    const dice = new Dice(seed * 3_000_017 + turn)
    const subject = subjectOf(dice)
    if (subject === undefined) continue
    const stream = compileStream('application/json', subject.shape, subject.fields)
    const unapproved = unapprovedIn(subject.fields)
    const answer = Buffer.from(makeAnswer(dice, subject.shape))
    for (let k = 0; k < mutantsOfAnAnswer && done < cases; k++, done++) {
      let body: Buffer = answer
      for (let times = dice.roll(4); times > 0; times--) body = dice.one(3) ? damage(dice, body) : rebuild(dice, body)
      let result: Projected | undefined
      const own = outcome(() => {
        result = subject.kernel.project(body)
        return result
      })
      let wrong = own !== outcome(() => subject.definition.project(body))
      if (result !== undefined) passed++
      if (result !== undefined) wrong ||= unapproved(result.body.toString()).length > 0
      if (result !== undefined && result.beyond.suppressed > 0) suppressed++
      if (!subject.guarded) {
        wrong ||= contradicts(subject.shape, subject.fields, body, result)
        if (k % 8 === 0 && result !== undefined) wrong ||= inTwo(stream, body, dice.roll(body.length + 1)) !== own
      }
      if (wrong) {
        t.fail(`mutant ${k} of answer ${turn} of seed ${seed}`, { fields: subject.fields, body: body.toString('latin1'), own })
        return
      }
    }
    if (cases > 100_000 && turn % 5_000 === 0) t.comment(`${done} cases, ${passed} passed`)
  }
  t.ok(passed > cases / 10 && passed < cases * 0.8, `${passed} of ${cases} passed, ${suppressed} of them about protected persons`)
})
