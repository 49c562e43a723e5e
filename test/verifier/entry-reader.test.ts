// entry-reader.test.ts: what is read from a scan of the bytes is what parsing them gives; where the scan is not sure, parsing decides.
import fc from 'fast-check'
import t from 'tap'
import { canonicalJson } from '../../src/canonical.ts'
import { type Entry, readEntry } from '../../src/verifier/entry.ts'
import { EntryReader } from '../../src/verifier/entry-reader.ts'
import type { Fault } from '../../src/verifier/finding.ts'
import { readJson } from '../../src/verifier/json.ts'
import { EntryScan } from '../../src/verifier/scan.ts'
import { hashOf, hashOfLeaf } from '../../src/verifier/tree.ts'
import { at, edited, writeLog } from './written-log.ts'

const { entries } = (await writeLog()).written
const reader = new EntryReader()
const scan = new EntryScan('sealed')

interface Read {
  readonly entry: Entry | undefined
  readonly faults: readonly Fault[]
}

function read(by: (report: (fault: Fault) => void) => Entry | undefined): Read {
  const faults: Fault[] = []
  return { entry: by((fault) => faults.push(fault)), faults }
}

/** @returns whether both ways read the same */
function agree(bytes: Buffer): boolean {
  const leaf = reader.leaf(bytes)
  const quick = read((report) => reader.read(bytes, report))
  const parsed = read((report) => readEntry(bytes, report))
  return hashOf(leaf).equals(hashOfLeaf(bytes)) && JSON.stringify(quick) === JSON.stringify(parsed)
}

const isSure = (text: string | Buffer): boolean => scan.load(Buffer.from(text)) && scan.scan()
const isCanonical = (text: string): boolean => {
  try {
    return readJson(Buffer.from(text)).canonical
  } catch {
    return false
  }
}

t.test('entries of every kind are read alike, and queries without parsing', async (t) => {
  for (const [index, bytes] of entries.entries()) {
    t.ok(agree(bytes), `entry ${index}`)
    t.ok(isSure(bytes), `entry ${index} is sure to be canonical`)
  }
})

t.test('a byte of a query that is flipped, left out or doubled is read alike', async (t) => {
  const query = entries[at.firstQuery] ?? Buffer.alloc(0)
  for (let place = 0; place < query.length; place += 1) {
    for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
      const changed = Buffer.from(query)
      changed[place] = (query[place] ?? 0) ^ bit
      if (!agree(changed)) t.fail(`byte ${place}, bit ${bit}`)
    }
    if (!agree(Buffer.concat([query.subarray(0, place), query.subarray(place + 1)]))) t.fail(`without byte ${place}`)
    if (!agree(Buffer.concat([query.subarray(0, place), query.subarray(place - 1)]))) t.fail(`byte ${place} twice`)
  }
  t.pass(`${query.length} bytes`)
})

t.test('a query whose members are changed is read alike', async (t) => {
  const query = entries[at.firstQuery]
  const members = Object.keys(JSON.parse(String(query)))
  for (const member of [...members, 'clock', 'another', '\u4e2d', 'zz'])
    for (const value of [
      undefined,
      null,
      true,
      -1,
      0,
      1,
      1.5,
      1e21,
      2 ** 53,
      '',
      'x',
      'a"\\\n\u0007',
      '中',
      [],
      ['x'],
      {},
      { a: { b: [1, {}] } },
      { key: 1, counter: 1 },
    ])
      t.ok(agree(edited(query, (it) => (it[member] = value))), `${member}: ${JSON.stringify(value)}`)
})

t.test('a text that surely is canonical is its RFC 8785 form', async (t) => {
  const value = fc.jsonValue({ depthSize: 'small', noUnicodeString: false })
  fc.assert(
    fc.property(value, fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (json, place, byte) => {
      const text = canonicalJson({ it: json })
      if (isSure(text) && !isCanonical(text)) return false
      const changed = Buffer.from(text)
      changed[place % changed.length] = byte
      return !isSure(changed) || isCanonical(changed.toString())
    }),
    { numRuns: 1000 },
  )
  for (const text of [
    '{"a":1,"a":1}',
    '{"b":1,"a":1}',
    '{"a":01}',
    '{"a":-0}',
    '{"a":1.0}',
    '{"a":"\\u0041"}',
    '{"a":"\\/"}',
    '{"a":"\\u000A"}',
    '{"a":"\\u001F"}',
    '{"a":\u0001}',
    '{"a":"\u0001"}',
    '{"a" :1}',
    '{"a":1} ',
    '{"a":1',
    '{"a":tru}',
    '{"a":[1,]}',
    '{"a":1,}',
    '[1]',
    '1',
    '',
    '{"a":"\\ud800"}',
    '{"a":nul}',
    '{"":1,"":2}',
  ])
    t.notOk(isSure(text), JSON.stringify(text))
  for (const text of [
    '{}',
    '{"":1}',
    '{"a":-1,"aa":0,"b":[],"c":{},"d":[{}],"e":"\\u001f\\n\\"\\\\","f":true,"g":null}',
    '{"a":"中文\u007f\u2028"}',
  ])
    t.ok(isSure(text) && isCanonical(text), `${text.length} characters`)
})

/** Objects whose names are alike, begin alike, come twice, and stand in any order. */
const alike = fc.array(
  fc.array(fc.tuple(fc.constantFrom('', 'a', 'a!', 'aa', 'ab', 'b', 'sealed', 'v', 'a"'), fc.integer({ min: 0, max: 3 })), {
    maxLength: 5,
  }),
  { minLength: 1, maxLength: 12 },
)
type Alike = readonly (readonly [string, number])[]

function textOf(members: Alike, others: Alike): string {
  const inner = `{${others.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`
  const values = ['1', '"x"', inner, `[${inner},${inner}]`]
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${values[value]}`).join(',')}}`
}

t.test('which names came before changes no verdict', async () => {
  fc.assert(
    fc.property(alike, alike, (history, others) => {
      const old = new EntryScan('sealed')
      return history.every((members, nth) => {
        const text = textOf(members, others[nth % others.length] ?? [])
        const bytes = Buffer.from(text)
        const fresh = new EntryScan('sealed')
        const [after, first] = [old, fresh].map((each) => each.load(bytes) && each.scan())
        return after === first && after === (isCanonical(text) && !text.includes('\\'))
      })
    }),
    { numRuns: 500 },
  )
})

t.test('more names than are remembered change no verdict', async (t) => {
  const [query = Buffer.alloc(0)] = entries.slice(at.firstQuery)
  const flooded = new EntryScan('sealed')
  const isSureNow = (bytes: Buffer) => flooded.load(bytes) && flooded.scan()
  t.ok(isSureNow(query))
  for (let flood = 0; flood < 3; flood += 1) {
    const names = Array.from({ length: 300 }, (_, nth) => `n${flood}${String(nth).padStart(3, '0')}`)
    t.notOk(isSureNow(Buffer.from(`{${names.map((name) => `"${name}":1`).join(',')}}`)), 'left to parsing')
    t.ok(isSureNow(query))
    t.notOk(isSureNow(Buffer.from('{"b":1,"a":1}')))
  }
  const long = 'x'.repeat(20_000)
  t.notOk(isSureNow(Buffer.from(`{"${long}":1}`)), 'a name longer than all that are remembered')
  t.ok(isSureNow(query))
})

t.test('values of several agencies by turns are read alike', async (t) => {
  const query = entries[at.firstQuery]
  const agencies = [
    'taipei-education',
    'taipei-educatiom',
    'taipei-police',
    'x',
    '',
    '中',
    'a"b',
    ...Array.from({ length: 90 }, (_, nth) => `agency-${nth}`),
  ]
  for (const agency of [...agencies, ...agencies]) t.ok(agree(edited(query, (it) => (it.agency = agency))), agency)
})

t.test('what stood in the place before leaves no trace', async (t) => {
  t.ok(isSure(`{"a":"${'x'.repeat(60_000)}"}`))
  for (const text of ['{"a":"x', '{"a":1', '{"a', '{"a":tr', '{"a":"\\', '{"a":"\\u00']) t.notOk(isSure(text), JSON.stringify(text))
  t.notOk(scan.load(Buffer.alloc(65_536)), 'longer than an entry')
})
