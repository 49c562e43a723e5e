// entry-reader.ts: entries hashed and read one after another: queries, which are nearly all, from one scan of their bytes.
import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { digest, type Entry, instant, readEntry, text, uuid } from './entry.ts'
import type { Fault } from './finding.ts'
import { EntryScan, type Members } from './scan.ts'
import { type HashText, leafTextOf } from './tree.ts'

const names = {
  agency: Buffer.from('agency'),
  agencySeq: Buffer.from('agency_seq'),
  at: Buffer.from('at'),
  clock: Buffer.from('clock'),
  countedSeq: Buffer.from('counted_seq'),
  id: Buffer.from('id'),
  kind: Buffer.from('kind'),
  policy: Buffer.from('policy'),
  sealed: Buffer.from('sealed'),
  v: Buffer.from('v'),
  counter: Buffer.from('counter'),
  key: Buffer.from('key'),
}
const noHeads: Entry['heads'] = []

/** A value that comes again and again, told by its bytes: the last one is kept as it was read. */
class Repeated<T> {
  readonly #read: (text: string) => T | undefined
  #bytes = Buffer.alloc(0)
  #value: T | undefined

  constructor(read: (text: string) => T | undefined) {
    this.#read = read
  }

  /** @returns undefined for what is not so read, for a text with escapes too */
  at(bytes: Buffer, from: number, to: number): T | undefined {
    if (to - from === this.#bytes.length && this.#isSame(bytes, from)) return this.#value
    this.#bytes = Buffer.from(bytes.subarray(from, to))
    this.#value = this.#bytes.includes(0x5c) ? undefined : this.#read(this.#bytes.toString('utf8'))
    return this.#value
  }

  #isSame(bytes: Buffer, from: number): boolean {
    const last = this.#bytes
    for (let at = 0; at < last.length; at += 1) if (last[at] !== bytes[from + at]) return false
    return true
  }
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
  /** Names are sought in their order: behind the one before. */
  #next = 0

  /** The entry's leaf hash; what is read next is this entry. */
  leaf(bytes: Uint8Array): HashText {
    this.#loaded = this.#scan.load(bytes)
    if (!this.#loaded) return leafTextOf(bytes)
    return hash('sha256', this.#scan.bytes.subarray(this.#scan.leafFrom, this.#scan.end), 'binary')
  }

  /** The entry whose leaf was asked for last, as readEntry reads it.
   *  @param bytes the same */
  read(bytes: Uint8Array, report: (fault: Fault) => void): Entry | undefined {
    const query = this.#loaded && isUtf8(bytes) && this.#scan.scan() ? this.#query() : undefined
    return query ?? readEntry(bytes, report)
  }

  /** Undefined for whatever is not surely a query in its proper form. */
  #query(): Entry | undefined {
    const { members, innerMembers } = this.#scan
    this.#next = 0
    const agency = this.#value(members, names.agency, this.#agency)
    const agencySeq = this.#number(members, names.agencySeq)
    const at = this.#value(members, names.at, this.#at)
    if (this.#find(members, names.clock) >= 0) return undefined
    const countedSeq = this.#number(members, names.countedSeq)
    const id = this.#id(members)
    const kind = this.#value(members, names.kind, this.#kind)
    const policy = this.#value(members, names.policy, this.#policy)
    if (this.#find(members, names.sealed) < 0 || this.#value(members, names.v, this.#version) === undefined) return undefined
    this.#next = 0
    const counter = this.#number(innerMembers, names.counter)
    const key = this.#value(innerMembers, names.key, this.#key)
    if (agency === undefined || at === undefined || id === undefined || kind === undefined || policy === undefined || key === undefined)
      return undefined
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

  #find(members: Members, name: Buffer): number {
    const place = this.#scan.find(name, members, this.#next)
    if (place >= 0) this.#next = place + 1
    return place
  }

  #value<T>(members: Members, name: Buffer, repeated: Repeated<T>): T | undefined {
    const place = this.#find(members, name)
    return place < 0 ? undefined : repeated.at(this.#scan.bytes, members.from[place] ?? 0, members.to[place] ?? 0)
  }

  #id(members: Members): string | undefined {
    const place = this.#find(members, names.id)
    const [from, to] = [members.from[place] ?? 0, members.to[place] ?? 0]
    return place < 0 || this.#scan.bytes[from] !== 0x22 ? undefined : uuid(this.#scan.bytes.toString('latin1', from + 1, to - 1))
  }

  /** NaN for what is no whole number; undefined where there is none. */
  #number(members: Members, name: Buffer): number | undefined {
    const place = this.#find(members, name)
    if (place < 0) return undefined
    const { bytes } = this.#scan
    let value = 0
    for (let at = members.from[place] ?? 0; at < (members.to[place] ?? 0); at += 1) {
      const digit = (bytes[at] ?? 0) - 0x30
      if (digit < 0 || digit > 9) return Number.NaN
      value = value * 10 + digit
    }
    return value
  }
}
