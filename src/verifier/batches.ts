// batches.ts: entries of one call that asked about several people: each in its place, one right behind the other, and otherwise alike.
import type { Fault } from './finding.ts'

/** Where a query stands among those of its call. */
export interface BatchPlace {
  readonly at: number
  /** Id of the first. */
  readonly first: string
  readonly of: number
  /** Of its subject; in one batch each once. */
  readonly tag: string
  /** What the entries of one call have in common, as text. */
  readonly alike: string
}

interface Open extends Pick<BatchPlace, 'first' | 'of' | 'alike'> {
  /** The place that is due. */
  next: number
  readonly tags: Set<string>
}

const words = ({ at, first, of }: Pick<BatchPlace, 'at' | 'first' | 'of'>): string => `${at} of ${of} of ${first}`

/** Takes entries in order. It remembers the one batch that is not whole yet. */
export class Batches {
  #open: Open | undefined
  /** Entries before this one could not be read: it may stand in the middle of a batch. */
  #unsure = false

  /** An entry stands here that cannot be read. */
  skip(): void {
    this.#open = undefined
    this.#unsure = true
  }

  /** @param place undefined where the entry is of no batch */
  entry(id: string, place: BatchPlace | undefined, tell: (fault: Fault) => void): void {
    const [open, unsure] = [this.#open, this.#unsure]
    this.#open = undefined
    this.#unsure = false
    const broken = (found: string, expected: string): void => tell({ code: 'batch-broken', found, expected })
    const goesOn = open !== undefined && place !== undefined && follows(open, place)
    if (open !== undefined && !goesOn)
      broken(place === undefined ? 'an entry of no batch' : words(place), words({ ...open, at: open.next }))
    if (place === undefined) return
    if (goesOn) {
      if (place.alike !== open.alike) broken(`${words(place)}: ${place.alike}`, `as the one before it: ${open.alike}`)
      if (open.tags.has(place.tag)) broken(`${words(place)}: the subject ${place.tag} again`, 'each subject once')
    } else if (open === undefined && !unsure && (place.at !== 1 || place.first !== id))
      broken(`${id} as ${words(place)}`, 'the first, or the one before it')
    if (place.at === place.of) return
    const tags = goesOn ? open.tags : new Set<string>()
    this.#open = { first: place.first, of: place.of, alike: place.alike, next: place.at + 1, tags: tags.add(place.tag) }
  }

  /** No entry follows. */
  end(tell: (fault: Fault) => void): void {
    if (this.#open !== undefined) tell({ code: 'batch-broken', found: 'the end', expected: words({ ...this.#open, at: this.#open.next }) })
    this.#open = undefined
  }
}

const follows = (open: Open, { at, first, of }: BatchPlace): boolean => at === open.next && first === open.first && of === open.of
