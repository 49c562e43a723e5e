// row-fields.ts: which fields of an answer stand in its rows, and which beside them.

/** @param path of a field
 *  @param rowArray path of the array whose elements are rows (`x-linkage.rows`); undefined for the root */
export const isInRow = (path: string, rowArray: string | undefined): boolean => path.startsWith(`${rowArray ?? ''}[]`)
