// paths.ts: field paths, and the declared shape of an answer that they are paths into.

/** The shape that the catalogue declares for an answer: what may be released at all, and as what. */
export type Shape = ObjectShape | ArrayShape | LeafShape

export interface ObjectShape {
  readonly kind: 'object'
  /** Property name (never containing `.`, `[` or `]`) → shape, in the catalogue's order. */
  readonly properties: ReadonlyMap<string, Shape>
}

export interface ArrayShape {
  readonly kind: 'array'
  readonly items: Shape
}

export type LeafType = 'string' | 'number' | 'integer' | 'boolean'

export interface LeafShape {
  readonly kind: 'leaf'
  /** `null` always passes where a leaf is granted (design §8), so it is not listed. */
  readonly type: LeafType
}
