// entry-reader.ts: entries hashed and read one after another: queries, which are nearly all, from one scan of their bytes.
import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { type Entry, readEntry } from './entry.ts'
import type { Fault } from './finding.ts'
import { digest, instant, text, uuid } from './members.ts'
import { EntryScan, type Members } from './scan.ts'
import { type HashText, leafTextOf } from './tree.ts'

const noHeads: Entry['heads'] = []

/** A value as it was read, and its bytes. */
interface Seen<T> {
  readonly bytes: DataView
  readonly value: T | undefined
}

const places = 64

/** Values that come again and again, told by their bytes: some of the last are kept as they were read. */
class Repeated<T> {
  readonly #read: (text: string) => T | undefined
  readonly #seen: Seen<T>[] = Array.from({ length: places }, () => ({ bytes: new DataView(new ArrayBuffer(0)), value: undefined }))

  constructor(read: (text: string) => T | undefined) {
    this.#read = read
  }

  /** @returns undefined for what is not so read, for a text with escapes too */
  at({ bytes, view }: EntryScan, from: number, to: number): T | undefined {
    const place = (to - from + 5 * (bytes[to - 2] ?? 0) + 11 * (bytes[(from + to) >> 1] ?? 0)) % places
    const seen = this.#seen[place]
    if (seen !== undefined && isSame(seen.bytes, view, from, to)) return seen.value
    const own = new Uint8Array(bytes.subarray(from, to))
    const value = own.includes(0x5c) ? undefined : this.#read(bytes.toString('utf8', from, to))
    this.#seen[place] = { bytes: new DataView(own.buffer), value }
    return value
  }
}

/** Four bytes at a time, the last four once more where they are no multiple of it. */
function isSame(seen: DataView, bytes: DataView, from: number, to: number): boolean {
  const length = to - from
  if (seen.byteLength !== length) return false
  if (length < 4) {
    for (let at = 0; at < length; at += 1) if (seen.getUint8(at) !== bytes.getUint8(from + at)) return false
    return true
  }
  for (let at = 0; at < length - 4; at += 4) if (seen.getInt32(at, true) !== bytes.getInt32(from + at, true)) return false
  return seen.getInt32(length - 4, true) === bytes.getInt32(to - 4, true)
}

/** A text behind its quotes, if it passes. */
const quoted =
  <T>(check: (value: string) => T | undefined) =>
  (raw: string): T | undefined =>
    raw.startsWith('"') ? check(raw.slice(1, -1)) : undefined

const atLeast = (least: number, value: number | undefined): value is number => value !== undefined && value >= least

/** Reads entries one after another, in the same place. */
export class EntryReader {
  readonly #scan = new EntryScan('sealed')
  readonly #agency = new Repeated(quoted(text))
  readonly #at = new Repeated(quoted(instant))
  readonly #kind = new Repeated(quoted((kind) => (kind === 'query' ? kind : undefined)))
  readonly #policy = new Repeated(quoted(digest))
  readonly #key = new Repeated(quoted(uuid))
  readonly #version = new Repeated((raw) => (raw === '1' ? 1 : undefined))
  #loaded = false
  /** Names of the members that are looked at, by their numbers in the scan. */
  readonly #names = {
    agency: this.#scan.ask('agency'),
    agencySeq: this.#scan.ask('agency_seq'),
    at: this.#scan.ask('at'),
    batch: this.#scan.ask('batch'),
    clock: this.#scan.ask('clock'),
    countedSeq: this.#scan.ask('counted_seq'),
    id: this.#scan.ask('id'),
    kind: this.#scan.ask('kind'),
    policy: this.#scan.ask('policy'),
    sealed: this.#scan.ask('sealed'),
    v: this.#scan.ask('v'),
    counter: this.#scan.ask('counter'),
    key: this.#scan.ask('key'),
  }

  /** The entry's leaf hash; what is read next is this entry. */
  leaf(bytes: Uint8Array): HashText {
    this.#loaded = this.#scan.load(bytes)
    if (!this.#loaded) return leafTextOf(bytes)
    return hash('sha256', this.#scan.leafInput, 'binary')
  }

  /** The entry whose leaf was asked for last, as readEntry reads it.
   *  @param bytes the same */
  read(bytes: Uint8Array, report: (fault: Fault) => void): Entry | undefined {
    const query = this.#loaded && isUtf8(this.#scan.leafInput) && this.#scan.scan() ? this.#query() : undefined
    return query ?? readEntry(bytes, report)
  }

  /** Undefined for whatever is not surely a query in its proper form. */
  #query(): Entry | undefined {
    const { members, innerMembers } = this.#scan
    const names = this.#names
    if (members.has(names.batch) || members.has(names.clock) || !members.has(names.sealed)) return undefined
    const kind = this.#value(members, names.kind, this.#kind)
    if (kind === undefined || this.#value(members, names.v, this.#version) === undefined) return undefined
    const agency = this.#value(members, names.agency, this.#agency)
    const agencySeq = this.#number(members, names.agencySeq)
    const at = this.#value(members, names.at, this.#at)
    const countedSeq = this.#number(members, names.countedSeq)
    const id = this.#id(members)
    const policy = this.#value(members, names.policy, this.#policy)
    const counter = this.#number(innerMembers, names.counter)
    const key = this.#value(innerMembers, names.key, this.#key)
    if (agency === undefined || at === undefined || id === undefined || policy === undefined || key === undefined) return undefined
    if (!atLeast(1, agencySeq) || !atLeast(0, counter) || !(countedSeq === undefined || countedSeq >= 1)) return undefined
    return {
      id,
      at: at.at,
      ms: at.ms,
      clock: undefined,
      kind,
      content: { kind: 'query', agency, agencySeq, countedSeq, policy },
      sealed: { counter, key },
      heads: noHeads,
      read: noHeads,
      ended: undefined,
    }
  }

  #value<T>(members: Members, name: number, repeated: Repeated<T>): T | undefined {
    return members.has(name) ? repeated.at(this.#scan, members.from(name), members.to(name)) : undefined
  }

  #id(members: Members): string | undefined {
    const { id } = this.#names
    const [from, to] = [members.from(id), members.to(id)]
    return members.has(id) && this.#scan.bytes[from] === 0x22 ? uuid(this.#scan.bytes.toString('latin1', from + 1, to - 1)) : undefined
  }

  /** NaN for what is no whole number; undefined where there is none. */
  #number(members: Members, name: number): number | undefined {
    if (!members.has(name)) return undefined
    const { bytes } = this.#scan
    const end = members.to(name)
    let value = 0
    for (let at = members.from(name); at < end; at += 1) {
      const digit = (bytes[at] ?? 0) - 0x30
      if (digit < 0 || digit > 9) return Number.NaN
      value = value * 10 + digit
    }
    return value
  }
}
