// other-heads.ts: what an entry states of other logs: heads as they stood, the last of one that ended, those that an export read.
import type { JsonObject } from './json-value.ts'
import { count, hash, Misshapen, may, need, object, objects, text } from './members.ts'

export interface OtherHead {
  readonly log: string
  /** In base64. */
  readonly root: string
  readonly size: number
  readonly slot: string
}

const otherHead = (from: JsonObject): OtherHead => ({
  log: need(from, 'log', text),
  root: need(from, 'root', hash),
  size: need(from, 'size', count),
  slot: need(from, 'slot', text),
})

const none: readonly OtherHead[] = []

/** Every other log as it stood. */
export const headsIn = (from: JsonObject, kind: string): readonly OtherHead[] =>
  kind === 'opening' || kind === 'month' || kind === 'heads' ? objects(from, 'heads').map(otherHead) : none

/** The last head of a log that was abandoned, or whose place this one takes. */
export function endedIn(from: JsonObject, kind: string): OtherHead | undefined {
  if (kind === 'abandon') return otherHead(need(from, 'head', object))
  const superseded = kind === 'opening' ? may(from, 'supersedes', object) : undefined
  return superseded && otherHead(need(superseded, 'head', object))
}

/** Of an export, the logs that it read, each from an index to another, below its size. */
export const exportedIn = (from: JsonObject): readonly OtherHead[] => objects(from, 'logs').map(exportedHead)

function exportedHead(from: JsonObject): OtherHead {
  const head = otherHead(from)
  if (need(from, 'from', count) > need(from, 'to', count) || need(from, 'to', count) > head.size) throw new Misshapen('logs')
  return head
}
