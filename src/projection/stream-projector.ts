// stream-projector.ts: what every filter of a stream is to whoever feeds it.

/** What the upstream sent beyond what was released. A function of withheld data: for the sealed part of a record only. */
export interface Beyond {
  /** Members of released objects that the catalogue declares and that are not granted, or not asked; a container counts once.
   *  Of CSV, the same for the fields of released rows. */
  readonly withheld: number
  /** Members of released objects that the catalogue does not declare. */
  readonly undeclared: number
  /** Values of granted places whose JSON type is not the declared one. */
  readonly misshapen: number
  /** About protected persons: values that help to find them and were not released; of streams, rows that were left out. */
  readonly suppressed: number
}

export const nothingBeyond: Beyond = { withheld: 0, undeclared: 0, misshapen: 0, suppressed: 0 }

/** Where the upstream sent members that the catalogue does not declare: how many, by the declared path of the object that they stand in
 *  (the root's is empty). Nothing else: such a name can itself be an identifier. At most 100 paths, the rest together under `…`.
 *  For a metric and a warning to the catalogue's owner. */
export type UndeclaredAt = ReadonlyMap<string, number>
export const nowhereUndeclared: UndeclaredAt = new Map()

/** One answer that comes in pieces. Memory does not grow with it: what is kept is the nesting, one key or number, and of CSV and of
 *  answers with a marker of protected persons the row at hand.
 *
 *  How much a piece releases depends on what is withheld around it. Whoever passes it on must not let that show: gather what is
 *  released and send it in blocks of one size, the rest at the end, and never flush by piece. */
export interface StreamProjector {
  /** What this piece releases, a buffer of its own, often empty.
   *  @throws AnswerMalformed as soon as the answer cannot be whole; what was released before must then be cut off. Nothing may follow */
  push(piece: Uint8Array): Buffer
  /** What was still held back.
   *  @throws AnswerMalformed where the answer ended too early */
  end(): Buffer
  /** Of CSV, where nothing more comes: what is to be released of the row at hand as far as it goes. Nothing may follow. */
  cut?(): Buffer
  /** Lets go of an answer about which nothing is asked any more: its state need not be kept for what comes later. */
  forget?(): void
  /** Rows released by what was returned so far; for JSON whose rows do not count, 1 at the end. */
  readonly rows: number
  /** Beyond what was released by what was returned so far. */
  readonly beyond: Beyond
  /** Of what came so far, where members were not declared; of CSV nowhere, since a header that is not declared is refused. */
  undeclaredAt(): UndeclaredAt
}
