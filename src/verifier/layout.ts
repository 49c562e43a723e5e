// layout.ts: where C2SP tlog-tiles puts a log's files, and which of them a log of a given size has.

/** `1`–`64`, and `cli`: the folder of a log. */
export const isSlot = (name: string): boolean => /^([1-9]|[1-5]\d|6[0-4]|cli)$/.test(name)

/** Hashes of a full tile, entries of a full bundle. */
export const full = 256

/** A tile of hashes, or of entries: a bundle. */
export interface TileName {
  readonly level: number | 'entries'
  readonly index: number
  /** 1 to 256. */
  readonly width: number
}

/** `tile/0/x001/x234/067`, `tile/entries/000.p/5`. SPEC C2SP tlog-tiles, "Merkle Tree". */
export function tilePath({ level, index, width }: TileName): string {
  const groups = [String(index % 1000).padStart(3, '0')]
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`)
  return `tile/${level}/${groups.join('/')}${width < full ? `.p/${width}` : ''}`
}

/** A tile's name from its path; undefined where this is not the one path of a tile. */
export function readTilePath(path: string): TileName | undefined {
  const [, level = '', groups = '', width = '256'] =
    /^tile\/(entries|[0-9]|[1-5]\d|6[0-3])\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? []
  if (level === '') return undefined
  const name = {
    level: level === 'entries' ? ('entries' as const) : Number(level),
    index: Number(groups.replace(/[x/]/g, '')),
    width: Number(width),
  }
  return Number.isSafeInteger(name.index) && tilePath(name) === path ? name : undefined
}

/** Whether a tree of that size has the tile, at this very width. */
export function isOfTree({ level, index, width }: TileName, size: number): boolean {
  const nodes = level === 'entries' ? size : Math.floor(size / full ** level)
  return width >= 1 && width <= full && (width === full ? index < Math.floor(nodes / full) : index * full + width === nodes)
}
