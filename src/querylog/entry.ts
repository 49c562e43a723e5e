// entry.ts: what all entries of the query log are written with, format version 1. It is never changed, only extended: entries outlive code.
//
// An entry is RFC 8785 canonical JSON. The writers of its kinds (…-entry.ts) name their members in that order (sorted by UTF-16
// code units), so that JSON.stringify writes it: measured 2 µs against 11 µs for a canonicaliser. docs/log-format.md says what each
// member means to a stranger.
import type { Slot } from './ports.ts'

export const formatVersion = 1
/** A C2SP tlog-tiles bundle gives an entry's length two bytes. */
export const maxEntryBytes = 65_535

/** RFC 9562 UUIDv7, lower case. */
export type EntryId = string

/** What the appender gives an entry when its batch is sent, from the head that the batch extends. */
export interface Given {
  /** UTC, milliseconds, ISO 8601; never before the entry before it. */
  readonly at: string
  /** The clock's reading, only where it differs from `at`. */
  readonly clock: string | undefined
}

export interface Numbers {
  readonly agencySeq: number
  /** Only for records that count for the regulation's quotas (D-10). */
  readonly countedSeq: number | undefined
}

/** The part of an entry that only recipients' keys open (seal.ts). */
export interface Sealed {
  /** AES-256-GCM ciphertext and tag, standard base64. */
  readonly bytes: string
  /** The nonce: this number, as 96 bits big-endian. Never twice under one key. */
  readonly counter: number
  /** Id of the `key` entry whose data key this is. */
  readonly key: EntryId
}

export interface SubjectTag {
  /** Name of the tag key: its year. */
  readonly key: string
  /** What kind of identifier: `tw-national-id`, or `<api>:<property>`. */
  readonly kind: string
  /** First 16 bytes of an HMAC, 32 lower-case hex digits (tag.ts). */
  readonly tag: string
}

/** An entry that stands before this one in the same log. */
export interface EarlierEntry {
  readonly id: EntryId
  readonly index: number
}

export const orderedEarlier = ({ id, index }: EarlierEntry): EarlierEntry => ({ id, index })

/** Another slot's log, as it stood. */
export interface OtherHead {
  readonly log: string
  /** Root of the tree of `size` leaves, standard base64 as in checkpoints. */
  readonly root: string
  readonly size: number
  readonly slot: Slot
}

export const orderedHead = ({ log, root, size, slot }: OtherHead): OtherHead => ({ log, root, size, slot })
