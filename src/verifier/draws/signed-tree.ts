// signed-tree.ts: the tree under a signed head, put together of the tiles that a place of logs keeps.
import { createHash } from 'node:crypto'
import { SignedTree } from '../archive/tiles.ts'
import { readTilePath } from '../layout.ts'
import type { StoredLog } from '../stored.ts'
import type { Head } from '../tree.ts'

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

type Tiles = Pick<StoredLog, 'tile'>

/** @throws Unusable where its right edge does not lead to the root, or a tile of it is missing */
export const signedTree = (head: Head, of: Tiles): Promise<SignedTree> =>
  SignedTree.open('', head, async (path) => tileAt(of, path.slice(1)), sha256)

function tileAt(of: Tiles, path: string): Promise<Uint8Array | undefined> | undefined {
  const name = readTilePath(path)
  if (name === undefined || name.level === 'entries') return undefined
  return of.tile?.(name.level, name.index, name.width)
}
