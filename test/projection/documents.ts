// documents.ts: answers as models: written in any spelling, and filtered by a second implementation, the oracle.
import fc from 'fast-check'
import { type LeafType, leavesOf, pathTo, type Shape } from '../../src/projection/paths.ts'

/** A JSON value with its spelling: strings and numbers keep their text, objects the order and all repetitions of their keys. */
export type Model =
  | { readonly kind: 'string' | 'number' | 'literal'; readonly text: string }
  | { readonly kind: 'array'; readonly elements: readonly Model[] }
  | { readonly kind: 'object'; readonly members: readonly Member[] }
export interface Member {
  readonly key: string
  /** The key as it stands in the document, quotes included. */
  readonly spelling: string
  readonly value: Model
}

/** The document of a model.
 *  @param space what stands between two tokens, asked for each place */
export function write(model: Model, space: () => string = () => ''): string {
  const gap = (text: string): string => space() + text + space()
  switch (model.kind) {
    case 'array':
      return gap(`[${model.elements.map((element) => write(element, space)).join(',') || space()}]`)
    case 'object':
      return gap(`{${model.members.map(({ spelling, value }) => `${gap(spelling)}:${write(value, space)}`).join(',') || space()}}`)
    default:
      return gap(model.text)
  }
}

/** The oracle met a key on the way to granted leaves twice. */
export class Repeated extends Error {}

/** What the grant lets pass of a model, written as the policy spells it; undefined where it is withheld.
 *  @throws Repeated */
export function granted(shape: Shape, fields: ReadonlySet<string>, model: Model, path = ''): Model | undefined {
  if (!leavesOf(shape, path).some((leaf) => fields.has(leaf))) return undefined
  if (model.kind === 'literal' && model.text === 'null') return model
  if (shape.kind === 'leaf') return passes(shape.type, model) ? model : undefined
  if (shape.kind === 'array') {
    if (model.kind !== 'array') return undefined
    const elements = model.elements.flatMap((element) => granted(shape.items, fields, element, `${path}[]`) ?? [])
    return { kind: 'array', elements }
  }
  if (model.kind !== 'object') return undefined
  const came = new Set<string>()
  const members = model.members.flatMap(({ key, value }): Member[] => {
    const property = shape.properties.get(key)
    if (property === undefined || !leavesOf(property, pathTo(path, key)).some((leaf) => fields.has(leaf))) return []
    if (came.has(key)) throw new Repeated()
    came.add(key)
    const released = granted(property, fields, value, pathTo(path, key))
    return released === undefined ? [] : [{ key, spelling: JSON.stringify(key), value: released }]
  })
  return { kind: 'object', members }
}

function passes(type: LeafType, model: Model): boolean {
  if (type === 'boolean') return model.kind === 'literal'
  if (type === 'integer') return model.kind === 'number' && isWhole(model.text)
  return model.kind === type
}

/** By exact arithmetic on the digits as a BigInt; for exponents that a test generates. */
export function isWhole(text: string): boolean {
  const [, digits = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? []
  const shift = Number(exponent) - fraction.length
  const all = BigInt(digits + fraction)
  return shift >= 0 || all % 10n ** BigInt(-shift) === 0n
}

/** A string that no grant of a test lets pass stands in many withheld places. */
export const marker = 'WITHHELD'

const names = [
  'a',
  'b',
  'ab',
  'abc',
  'A',
  '姓名',
  '姓',
  '𠮷',
  'a b',
  'q"q',
  '\\',
  '\u0001\n',
  '__proto__',
  'é',
  'e\u0301',
  `n${'x'.repeat(40)}`,
]

const type = fc.constantFrom<LeafType>('string', 'number', 'integer', 'boolean')
/** Shapes with an object or array as root, some levels deep, sometimes with many properties. */
export const shapes: fc.Arbitrary<Shape> = fc
  .letrec<{ shape: Shape; container: Shape; object: Shape; array: Shape; leaf: Shape }>((tie) => ({
    leaf: type.map((type) => ({ kind: 'leaf', type })),
    array: tie('shape').map((items) => ({ kind: 'array', items })),
    object: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...names), tie('shape')), { selector: ([name]) => name, minLength: 1, maxLength: 6 })
      .map((properties) => ({ kind: 'object', properties: new Map(properties) })),
    container: fc.oneof({ maxDepth: 4 }, tie('object'), tie('array')),
    shape: fc.oneof({ maxDepth: 3 }, { weight: 2, arbitrary: tie('leaf') }, { weight: 2, arbitrary: tie('object') }, tie('array')),
  }))
  .container.filter((shape) => leavesOf(shape).length > 0)

/** A shape and some of its leaves, at least one. */
export const grants = shapes.chain((shape) => fc.tuple(fc.constant(shape), fc.subarray([...leavesOf(shape)], { minLength: 1 })))

/** A key or a string in one of its spellings: as it is, or with some characters escaped. */
function spelled(text: string): fc.Arbitrary<string> {
  const short = new Map([...'"\\/\b\f\n\r\t'].map((character, k) => [character, `\\${'"\\/bfnrt'[k]}`]))
  const units = [...text].map((character) => {
    const escaped = Array.from({ length: character.length }, (_, k) => `\\u${character.charCodeAt(k).toString(16).padStart(4, '0')}`)
    const ways = [escaped.join(''), escaped.join('').toUpperCase().replaceAll('\\U', '\\u')]
    if (!/["\\\u0000-\u001f]/.test(character)) ways.push(character, character, character)
    const brief = short.get(character)
    if (brief !== undefined) ways.push(brief)
    return fc.constantFrom(...ways)
  })
  return units.length === 0 ? fc.constant('""') : fc.tuple(...units).map((parts) => `"${parts.join('')}"`)
}

const string = fc
  .oneof(fc.constant(marker), fc.constantFrom('', '王小明', '𠮷', ',', '"a":1', '\\', '\n', '}]', '//'), fc.string({ maxLength: 12 }))
  .chain(spelled)
  .map((text): Model => ({ kind: 'string', text }))
const number = fc
  .oneof(
    fc.constantFrom(
      '0',
      '-0',
      '1.0',
      '1e2',
      '1E+2',
      '100e-2',
      '1.5',
      '15e-1',
      '12345678901234567890',
      '0.0',
      '0e-5',
      '-7',
      '1e-1',
      '10.50',
    ),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  )
  .map((text): Model => ({ kind: 'number', text }))
const literal = fc.constantFrom('true', 'false', 'null').map((text): Model => ({ kind: 'literal', text }))
const nothing: fc.Arbitrary<Model> = fc.constant({ kind: 'literal', text: 'null' })

const member = (value: fc.Arbitrary<Model>): fc.Arbitrary<Member> =>
  fc
    .oneof(fc.constantFrom(...names), fc.string({ maxLength: 5, unit: 'binary' }))
    .filter((key) => key.isWellFormed())
    .chain((key) => fc.record({ key: fc.constant(key), spelling: spelled(key), value }))

/** Any JSON at all. */
export const anything: fc.Arbitrary<Model> = fc.letrec<{ any: Model; array: Model; object: Model }>((tie) => ({
  array: fc.array(tie('any'), { maxLength: 4 }).map((elements) => ({ kind: 'array', elements })),
  object: fc.array(member(tie('any')), { maxLength: 4 }).map((members) => ({ kind: 'object', members })),
  any: fc.oneof({ maxDepth: 3 }, string, number, literal, tie('array'), tie('object')),
})).any

/** Answers that mostly have the shape: members missing, in any order, sometimes of another type, with others between. */
export function answers(shape: Shape, extras = anything): fc.Arbitrary<Model> {
  const other = { weight: 1, arbitrary: fc.oneof(nothing, extras) }
  switch (shape.kind) {
    case 'leaf': {
      const right = { string, number, integer: number, boolean: literal }[shape.type]
      return fc.oneof({ weight: 6, arbitrary: right }, other)
    }
    case 'array':
      return fc.oneof(
        {
          weight: 8,
          arbitrary: fc.array(answers(shape.items, extras), { maxLength: 4 }).map((elements): Model => ({ kind: 'array', elements })),
        },
        other,
      )
    case 'object': {
      const declared = [...shape.properties].map(([key, property]) =>
        fc.option(fc.record({ key: fc.constant(key), spelling: spelled(key), value: answers(property, extras) }), {
          freq: 5,
          nil: undefined,
        }),
      )
      const all = fc.tuple(fc.tuple(...declared), fc.array(member(extras), { maxLength: 2 }))
      const object = all
        .map(([own, more]) => [...own.filter((one) => one !== undefined), ...more])
        .chain((members) => fc.shuffledSubarray(members, { minLength: members.length }))
        .map((members): Model => ({ kind: 'object', members }))
      return fc.oneof({ weight: 8, arbitrary: object }, other)
    }
  }
}

/** White space between tokens, mostly none. */
export const spaces: fc.Arbitrary<() => string> = fc
  .array(fc.constantFrom('', '', '', ' ', '\n', '\r\n\t', '  '), { minLength: 1, maxLength: 30 })
  .map((gaps) => {
    let turn = 0
    return () => gaps[turn++ % gaps.length] ?? ''
  })

/** Adds to what is released everything that must leave no trace: withheld and undeclared members (repeated ones too), values of
 *  another type where a granted one is missing, elements that are withheld, other spellings of keys. */
export function embed(shape: Shape, fields: ReadonlySet<string>, released: Model, path = ''): fc.Arbitrary<Model> {
  if (shape.kind === 'array' && released.kind === 'array') {
    const noise = fc.array(misfit(shape.items, fields, `${path}[]`), { maxLength: 2 })
    const parts = released.elements.map((element) => fc.tuple(embed(shape.items, fields, element, `${path}[]`), noise))
    return fc
      .tuple(noise, ...parts)
      .map(([first, ...rest]) => ({ kind: 'array', elements: [...first, ...rest.flatMap(([own, more]) => [own, ...more])] }))
  }
  if (shape.kind !== 'object' || released.kind !== 'object') return fc.constant(released)
  const present = new Set(released.members.map(({ key }) => key))
  const onTheWay = (key: string): boolean => {
    const property = shape.properties.get(key)
    return property !== undefined && leavesOf(property, pathTo(path, key)).some((leaf) => fields.has(leaf))
  }
  const outside = member(anything).filter(({ key }) => !onTheWay(key))
  const wrong = [...shape.properties]
    .filter(([key]) => onTheWay(key) && !present.has(key))
    .map(([key, property]) =>
      fc.option(fc.record({ key: fc.constant(key), spelling: spelled(key), value: misfit(property, fields, pathTo(path, key)) })),
    )
  const noise = fc.array(outside, { maxLength: 3 })
  const parts = released.members.map((own) => {
    const property = shape.properties.get(own.key)
    if (property === undefined) throw new Error('a released member is declared')
    const value = embed(property, fields, own.value, pathTo(path, own.key))
    return fc.tuple(noise, fc.record({ key: fc.constant(own.key), spelling: spelled(own.key), value }))
  })
  return fc.tuple(fc.tuple(...parts), fc.tuple(...wrong), noise).map(([own, misfits, last]) => ({
    kind: 'object',
    members: [...misfits.filter((one) => one !== null), ...own.flatMap(([before, one]) => [...before, one]), ...last],
  }))
}

/** A value that is withheld at a place on the way to granted leaves. */
function misfit(shape: Shape, fields: ReadonlySet<string>, path: string): fc.Arbitrary<Model> {
  return anything.filter((model) => {
    try {
      return granted(shape, fields, model, path) === undefined
    } catch (error) {
      if (error instanceof Repeated) return false
      throw error
    }
  })
}
