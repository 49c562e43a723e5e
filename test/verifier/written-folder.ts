// written-folder.ts: written logs as an export folder: the layout of C2SP tlog-tiles, from the specification.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rootByDefinition } from '../rfc6962.ts'
import type { Written } from './written-log.ts'

/** N in groups of three digits, all but the last behind an x. */
const numbered = (index: number): string => {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
}

function put(path: string, bytes: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

function putTiles(folder: string, level: string, items: readonly Buffer[]): void {
  for (let first = 0; first < items.length; first += 256) {
    const tile = items.slice(first, first + 256)
    put(join(folder, 'tile', level, `${numbered(first / 256)}${tile.length < 256 ? `.p/${tile.length}` : ''}`), Buffer.concat(tile))
  }
}

const inBundle = (entry: Buffer): Buffer => Buffer.concat([Buffer.of(entry.length >> 8, entry.length & 255), entry])

/** Writes one log.
 *  @param folder of all logs */
export function writeFolder(folder: string, slot: string, { entries, leaves, checkpoints }: Written): void {
  const of = join(folder, slot)
  putTiles(of, 'entries', entries.map(inBundle))
  let nodes: readonly Buffer[] = leaves
  for (let level = 0; nodes.length > 0; level += 1) {
    putTiles(of, String(level), nodes)
    const below = nodes
    nodes = Array.from({ length: Math.floor(below.length / 256) }, (_, at) => rootByDefinition(below.slice(at * 256, at * 256 + 256)))
  }
  for (const { size, note } of checkpoints) put(join(of, 'checkpoints', String(size)), note)
  put(join(of, 'checkpoint'), checkpoints.at(-1)?.note ?? '')
}
