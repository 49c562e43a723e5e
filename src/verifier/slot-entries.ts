// slot-entries.ts: what a log says of itself: its opening, rules and data keys in force, turns of the month, months that were taken out.
import type { JsonObject } from './json-value.ts'
import { count, digest, hash, may, month, need, object, objects, text, texts } from './members.ts'

export interface AgencyMonth {
  readonly agency: string
  readonly counted: number
  readonly countedTo: number
  readonly records: number
  readonly recordsTo: number
}

/** Verifier keys: from this entry on both sign, from the next `month` entry on the second alone. */
export interface KeyChange {
  readonly from: string
  readonly to: string
}

/** A month whose entries were taken out after their time. */
export interface Retirement {
  readonly log: string
  /** `2026-11` */
  readonly month: string
  /** Index of its first entry. */
  readonly from: number
  /** Index behind its last. */
  readonly to: number
  /** Root of the log at size `to`, in base64. */
  readonly root: string
  /** 文號 of the order. */
  readonly document: string
  /** Verifier keys that have to sign the checkpoint of size `to`; absent where they are not named. */
  readonly keys: readonly string[] | undefined
}

export type SlotContent =
  | {
      readonly kind: 'opening'
      readonly log: string
      readonly slot: string
      readonly verifierKey: string
      readonly zone: string
      /** Settings that it commits, those of draws among them. */
      readonly parameters: JsonObject | undefined
    }
  | { readonly kind: 'policy'; readonly digest: string; readonly changed: string }
  | { readonly kind: 'key' }
  | {
      readonly kind: 'month'
      readonly agencies: readonly AgencyMonth[]
      readonly begins: string
      readonly ended: string
      readonly keyChange: KeyChange | undefined
      readonly parameters: JsonObject | undefined
    }
  | ({ readonly kind: 'retire' } & Retirement)

const agencyMonth = (from: JsonObject): AgencyMonth => ({
  agency: need(from, 'agency', text),
  counted: need(from, 'counted', count),
  countedTo: need(from, 'counted_to', count),
  records: need(from, 'records', count),
  recordsTo: need(from, 'records_to', count),
})

const keyChangeOf = (from: JsonObject | undefined): KeyChange | undefined =>
  from && { from: need(from, 'from', text), to: need(from, 'to', text) }

/** By kind. */
export const slotEntries = {
  opening: (from) => ({
    kind: 'opening',
    log: need(from, 'log', text),
    slot: need(from, 'slot', text),
    verifierKey: need(from, 'verifier_key', text),
    zone: need(from, 'zone', text),
    parameters: may(from, 'parameters', object),
  }),
  policy: (from) => ({
    kind: 'policy',
    digest: need(from, 'digest', digest),
    changed: need(need(from, 'changed', object), 'document', digest),
  }),
  key: (from) => {
    need(from, 'jwe', object)
    return { kind: 'key' }
  },
  month: (from) => ({
    kind: 'month',
    agencies: objects(from, 'agencies').map(agencyMonth),
    begins: need(from, 'begins', month),
    ended: need(from, 'ended', month),
    keyChange: keyChangeOf(may(from, 'key_change', object)),
    parameters: may(from, 'parameters', object),
  }),
  retire: (from) => ({
    kind: 'retire',
    log: need(from, 'log', text),
    month: need(from, 'month', month),
    from: need(from, 'from', count),
    to: need(from, 'to', count),
    root: need(from, 'root', hash),
    document: need(from, 'document', text),
    keys: may(from, 'keys', texts),
  }),
} satisfies Record<string, (from: JsonObject) => SlotContent>
