// readers.ts: how careless parsers read a body: the first of repeated members, the last, or names without their case.
export type Reading = 'first-wins' | 'last-wins' | 'case-folding'
export const readings: readonly Reading[] = ['first-wins', 'last-wins', 'case-folding']

export type Read = null | boolean | number | string | Read[] | Map<string, Read>

/** Reads as such a parser would, as loosely as it can: it fails only where it finds no way on. */
export function read(text: string, reading: Reading): Read {
  const reader = new Reader(text, reading)
  return reader.value()
}

class Reader {
  #at = 0
  readonly #text: string
  readonly #reading: Reading
  constructor(text: string, reading: Reading) {
    this.#text = text
    this.#reading = reading
  }

  value(): Read {
    const next = this.#peek()
    if (next === '{') return this.#object()
    if (next === '[') return this.#array()
    if (next === '"') return this.#string()
    const word = /^[^\s,\]}:]+/.exec(this.#text.slice(this.#at))?.[0] ?? ''
    if (word === '') throw new SyntaxError(`nothing to read at ${this.#at}`)
    this.#at += word.length
    if (word === 'null') return null
    return word === 'true' ? true : word === 'false' ? false : Number(word)
  }

  #peek(): string {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at++
    return this.#text.charAt(this.#at)
  }

  #object(): Map<string, Read> {
    const members = new Map<string, Read>()
    this.#at++
    while (this.#peek() !== '}') {
      const written = this.#string()
      const name = this.#reading === 'case-folding' ? written.toLowerCase() : written
      if (this.#peek() === ':') this.#at++
      const value = this.value()
      if (this.#reading !== 'first-wins' || !members.has(name)) members.set(name, value)
      if (this.#peek() === ',') this.#at++
    }
    this.#at++
    return members
  }

  #array(): Read[] {
    const elements: Read[] = []
    this.#at++
    while (this.#peek() !== ']') {
      elements.push(this.value())
      if (this.#peek() === ',') this.#at++
    }
    this.#at++
    return elements
  }

  #string(): string {
    const found = /^"((?:[^"\\]|\\.)*)"/s.exec(this.#text.slice(this.#at))
    if (found === null) throw new SyntaxError(`no string at ${this.#at}`)
    this.#at += found[0].length
    return (found[1] ?? '').replaceAll(/\\(?:u([0-9A-Fa-f]{4})|(.))/gs, (_, code, letter) =>
      code === undefined
        ? ({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[String(letter)] ?? String(letter))
        : String.fromCharCode(Number.parseInt(code, 16)),
    )
  }
}

/** Every leaf of what was read, by its path: `members[].name`. */
export function leavesRead(value: Read, path = ''): readonly (readonly [path: string, value: Read])[] {
  if (value instanceof Map) return [...value].flatMap(([name, member]) => leavesRead(member, path === '' ? name : `${path}.${name}`))
  if (Array.isArray(value)) return value.flatMap((element) => leavesRead(element, `${path}[]`))
  return [[path, value]]
}

/** What any of them finds in a released body that was not approved. A value stands only at a granted leaf; `null` also above one.
 *  @param forbidden values that stand nowhere */
export function unapprovedIn(
  granted: readonly string[],
  forbidden: (value: string) => boolean = () => false,
): (body: string) => readonly string[] {
  const places = readings.map((reading) => {
    const leaves = new Set(reading === 'case-folding' ? granted.map((path) => path.toLowerCase()) : granted)
    const above = new Set([...leaves].flatMap((path) => [...path.matchAll(/\[\]|\./g)].map(({ index }) => path.slice(0, index))))
    return { reading, leaves, above }
  })
  return (body) =>
    places.flatMap(({ reading, leaves, above }) =>
      leavesRead(read(body, reading)).flatMap(([path, value]) => {
        const stands = leaves.has(path) || (value === null && above.has(path))
        return stands && !forbidden(String(value)) ? [] : [`${reading}: ${path} ${String(value)}`]
      }),
    )
}
