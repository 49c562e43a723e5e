// mutations.ts: shapes, grants, answers in any spelling, and damaged ones, from a seed, fast enough for millions.
import { type LeafType, leavesOf, type Shape } from '../../src/projection/paths.ts'

/** Random choices that a seed repeats (mulberry32). */
export class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** An integer in [0, sides). */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides)
  }

  /** One chance in so many. */
  one(of: number): boolean {
    return this.roll(of) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.roll(list.length)] as T // the index is within the list
  }
}

// `"name":` around 16 and 32 bytes, where the kernel compares otherwise, and names that differ at one end.
const names: readonly string[] = [
  ...['a', 'b', 'ab', 'aa', 'A', '姓名', '姓', '𠮷', 'a b', 'q"q', '\\', '\u0001\n', '__proto__', 'constructor', 'é', '/', '{', ','],
  ...[11, 12, 13, 14, 15, 27, 28, 29, 30, 31, 40, 70].flatMap((length) => ['x', 'y'].map((end) => `n${'m'.repeat(length - 2)}${end}`)),
  ...Array.from({ length: 40 }, (_, k) => `p${k}`),
]
const types: readonly LeafType[] = ['string', 'number', 'integer', 'boolean']

export function makeShape(dice: Dice, depth = 0): Shape {
  const turn = depth === 0 ? dice.roll(4) : depth > 3 ? 9 : dice.roll(10)
  if (turn === 0) return { kind: 'array', items: makeShape(dice, depth + 1) }
  if (turn < 4) {
    const count = dice.one(20) ? 33 + dice.roll(8) : 1 + dice.roll(6)
    return { kind: 'object', properties: new Map(Array.from({ length: count }, () => [dice.pick(names), makeShape(dice, depth + 1)])) }
  }
  return { kind: 'leaf', type: dice.pick(types) }
}

export function makeGrant(dice: Dice, shape: Shape): readonly string[] {
  const leaves = leavesOf(shape)
  const share = 1 + dice.roll(4)
  const some = leaves.filter(() => dice.roll(4) < share)
  return some.length > 0 ? some : [dice.pick(leaves)]
}

/** Answers are spelled as dense, or spaced, as a whole: real ones are. */
interface Spelling {
  readonly spaced: boolean
  readonly escaped: boolean
}

export function makeAnswer(dice: Dice, shape: Shape): string {
  return value(dice, shape, { spaced: dice.one(3), escaped: dice.one(3) }, 0)
}

const gaps = ['', '', ' ', '\n  ', '\r\n\t', ' '.repeat(17)]
const gap = (dice: Dice, how: Spelling): string => (how.spaced ? dice.pick(gaps) : '')

function value(dice: Dice, shape: Shape | undefined, how: Spelling, depth: number): string {
  if (shape === undefined || (depth > 0 && dice.one(12))) return anything(dice, how, depth)
  const list = (open: string, members: readonly string[], close: string): string =>
    `${gap(dice, how)}${open}${gap(dice, how)}${members.join(dice.one(2) ? `,${gap(dice, how)}` : `${gap(dice, how)},`)}${gap(dice, how)}${close}${gap(dice, how)}`
  if (shape.kind === 'leaf') return gap(dice, how) + scalar(dice, shape.type, how) + gap(dice, how)
  if (shape.kind === 'array') {
    return list(
      '[',
      Array.from({ length: dice.roll(4) }, () => value(dice, shape.items, how, depth + 1)),
      ']',
    )
  }
  let keys = [...shape.properties.keys()].filter(() => !dice.one(6))
  if (dice.one(5)) keys = keys.toSorted(() => dice.roll(3) - 1)
  if (dice.one(4)) keys.splice(dice.roll(keys.length + 1), 0, dice.pick(names))
  const members = keys.map((key) => `${string(dice, key, how)}${gap(dice, how)}:${value(dice, shape.properties.get(key), how, depth + 1)}`)
  return list('{', members, '}')
}

function anything(dice: Dice, how: Spelling, depth: number): string {
  const turn = depth > 5 ? 9 : dice.roll(10)
  const inner = (): string => anything(dice, how, depth + 1)
  if (turn === 0) return `{${Array.from({ length: dice.roll(3) }, (_, k) => `${string(dice, names[k] ?? '', how)}:${inner()}`).join(',')}}`
  if (turn === 1) return `[${Array.from({ length: dice.roll(3) }, inner).join(',')}]`
  return dice.one(5) ? 'null' : scalar(dice, dice.pick(types), how)
}

const numbers = ['0', '-0', '1.0', '1e2', '1E+2', '100e-2', '1.5', '15e-1', '-7', '0.25', '12345678', '-1234567890.125', '9'.repeat(17)]
const texts = ['', 'x', '王小明', '𠮷', '臺北市大安區和平東路二段', ',"a":1', '\\', '"', '\n', '}]', 'm'.repeat(15), 'm'.repeat(16)]

function scalar(dice: Dice, type: LeafType, how: Spelling): string {
  if (type === 'boolean') return dice.pick(['true', 'false', 'null'])
  if (type === 'integer') return dice.one(4) ? dice.pick(numbers) : `${dice.roll(1_000_000)}`
  if (type === 'number') return dice.pick(numbers)
  return string(dice, dice.one(3) ? dice.pick(texts).repeat(dice.roll(8)) : dice.pick(texts), how)
}

function string(dice: Dice, text: string, how: Spelling): string {
  if (!how.escaped || !dice.one(4)) return JSON.stringify(text)
  const escaped = [...text].map((character) =>
    dice.one(2)
      ? JSON.stringify(character).slice(1, -1)
      : Array.from({ length: character.length }, (_, k) => `\\u${character.charCodeAt(k).toString(16).padStart(4, '0')}`).join(''),
  )
  if (dice.one(30)) escaped.splice(dice.roll(escaped.length + 1), 0, dice.pick(surrogates), dice.pick(surrogates)) // mostly refused
  return `"${escaped.join('')}"`
}

const surrogates = ['\\ud800', '\\uDBFF', '\\udc00', '\\uDFFF', '\\ue000', '']

const structural = Buffer.from('{}[]",:\\u0 -.etn1d8\u0000\u001f')

/** Bytes changed, removed, added, moved, or cut off. */
export function damage(dice: Dice, body: Buffer): Buffer {
  let bytes = body
  for (let times = 1 + dice.roll(3); times > 0; times--) {
    const at = dice.roll(bytes.length + 1)
    const to = Math.min(bytes.length, at + dice.roll(dice.one(3) ? 40 : 3))
    const byte = dice.one(3) ? dice.roll(256) : dice.pick([...structural])
    switch (dice.roll(6)) {
      case 0:
        bytes = dice.one(2) ? bytes.subarray(0, at) : Buffer.concat([bytes, Buffer.from([byte])])
        break
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)])
        break
      case 2: {
        const other = dice.roll(bytes.length + 1)
        bytes = Buffer.concat([bytes.subarray(0, other), bytes.subarray(at, to), bytes.subarray(other)])
        break
      }
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at)])
        break
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(at + 1)])
    }
  }
  return bytes
}

const tokens = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[{}[\],:]/g
const odd = [
  'null',
  '{}',
  '[]',
  '""',
  '-',
  '01',
  '1e999999',
  '-0',
  '1.',
  'NaN',
  '//',
  '\ufeff',
  '{"a":{"a":1}}',
  '[[[]]]',
  '"\\ud800"',
  ',',
  ':',
  '}',
]

/** Tokens taken out, doubled, exchanged, spelled otherwise, made long or deep: what a parser's structure is, and not only its bytes. */
export function rebuild(dice: Dice, body: Buffer): Buffer {
  const text = body.toString()
  const found = [...text.matchAll(tokens)].map(({ 0: token, index }) => ({ from: index, to: index + token.length }))
  if (found.length === 0) return body
  const span = (): { from: number; to: number } => {
    const first = dice.roll(found.length)
    const last = Math.min(found.length - 1, first + dice.roll(dice.one(3) ? 12 : 2))
    return { from: found[first]?.from ?? 0, to: found[last]?.to ?? 0 }
  }
  const { from, to } = span()
  const [before, taken, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)]
  const other = span()
  switch (dice.roll(8)) {
    case 0:
      return Buffer.from(before + after)
    case 1:
      return Buffer.from(`${before}${taken}${dice.one(2) ? ',' : ''}${taken}${after}`)
    case 2:
      return Buffer.from(before + text.slice(other.from, other.to) + after)
    case 3:
      return Buffer.from(before + dice.pick(odd) + after)
    case 4:
      return Buffer.from(before + otherwise(dice, taken) + after)
    case 5: {
      const levels = dice.pick([1, 2, 58, 60, 61, 62, 63, 64, 65, 200])
      return Buffer.from(`${before}${'['.repeat(levels)}${taken}${']'.repeat(levels)}${after}`)
    }
    case 6: {
      const length = dice.pick([1, 14, 15, 16, 17, 31, 32, 33, 64, 1022, 1023, 1024, 1025, 1026])
      return Buffer.from(
        taken.endsWith('"')
          ? `${before}${taken.slice(0, -1)}${'x'.repeat(length)}"${after}`
          : `${before}${taken}${'7'.repeat(length)}${after}`,
      )
    }
    default: {
      // One member once more, somewhere else in its object or in another.
      const at = text.indexOf(',', other.to)
      return Buffer.from(at < 0 ? before + after : `${text.slice(0, at)},${taken}${text.slice(at)}`)
    }
  }
}

/** Letters as escapes, or in the other case. */
function otherwise(dice: Dice, text: string): string {
  return [...text]
    .map((character) => {
      if (!/[a-z]/i.test(character) || !dice.one(2)) return character
      if (dice.one(3)) return character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase()
      const digits = character.charCodeAt(0).toString(16).padStart(4, '0')
      return `\\u${dice.one(2) ? digits : digits.toUpperCase()}`
    })
    .join('')
}
