// log-path.ts: what a path below /log/ or /receipts/ names: one spelling for each thing, or nothing.
import type { Slot } from '../querylog/ports.ts'
import { readTilePath, type TileName } from '../querylog/tile.ts'

export type LogPath =
  | { readonly page: 'list' }
  | { readonly page: 'checkpoint'; readonly slot: Slot }
  /** Hashes, or a bundle of entries. */
  | { readonly page: 'tile'; readonly slot: Slot; readonly name: TileName }
  /** Of a record, or of the completion that says how its stream ended. */
  | { readonly page: 'receipt' | 'completion'; readonly slot: Slot; readonly index: number }

const slot = '([1-9]|[1-5]\\d|6[0-4]|cli)'
const checkpoint = new RegExp(`^/log/${slot}/checkpoint$`)
const tile = new RegExp(`^/log/${slot}/(tile/.+)$`)
const receipt = new RegExp(`^/receipts/${slot}/(0|[1-9]\\d{0,15})(/completion)?$`)

/** @param path as it was sent; nothing in it is decoded
 *  @returns undefined where it is not the one spelling of something that can be there */
export function readLogPath(path: string): LogPath | undefined {
  if (path === '/log/') return { page: 'list' }
  const [, ofCheckpoint] = checkpoint.exec(path) ?? []
  if (ofCheckpoint !== undefined) return { page: 'checkpoint', slot: ofCheckpoint }
  const [, ofTile, rest = ''] = tile.exec(path) ?? []
  if (ofTile !== undefined) {
    const name = readTilePath(rest)
    return name && { page: 'tile', slot: ofTile, name }
  }
  const [, ofReceipt, index, end] = receipt.exec(path) ?? []
  if (ofReceipt === undefined || !Number.isSafeInteger(Number(index))) return undefined
  return { page: end === undefined ? 'receipt' : 'completion', slot: ofReceipt, index: Number(index) }
}
