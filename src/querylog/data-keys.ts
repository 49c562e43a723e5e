// data-keys.ts: under which data key an entry is sealed: one an hour, for those who may open its year, in the log before anything is sealed under it.
import { type CivilDate, startOfDay, yearOf } from '../calendar.ts'
import type { Draft } from './batch.ts'
import type { Clock } from './clock.ts'
import type { EntryId, Sealed } from './entry.ts'
import { keyEntry } from './key-entry.ts'
import { LogRefusal } from './refusal.ts'
import { drawSealer, type Recipient, type Sealer } from './seal.ts'

export interface DataKeysOptions {
  readonly log: string
  /** Who can open what is sealed, of every year. */
  readonly recipients: readonly Recipient[]
  readonly clock: Pick<Clock, 'monotonic'>
  readonly newId: () => EntryId
  /** The time of the log: never before its last entry. */
  readonly now: () => number
  readonly append: (draft: Draft) => Promise<unknown>
}

const hour = 3_600_000
/** Between two looks at whether a key is due. */
export const lookedAfter = 60_000

/** Who can open what is sealed in a year: its own recipients; while it has none, those of the newest year before it. Never those of a later
 *  one: whoever destroys the keys of a year closes it, in every copy (design §9).
 *  @throws LogRefusal no-recipient where there are none */
export function recipientsOf(recipients: readonly Recipient[], year: string): readonly Recipient[] {
  const newest = recipients.reduce((best, each) => (each.year <= year && each.year > best ? each.year : best), '')
  if (newest === '') throw new LogRefusal('no-recipient', `No recipient of ${year} or before can open what would be sealed.`)
  return recipients.filter((each) => each.year === newest)
}

/** Keys of one writer. Each is forgotten when the next takes over. */
export class DataKeys {
  readonly #options: DataKeysOptions
  #sealer: Sealer
  #drawnAt: number
  /** Drawn ahead of the turn of the year, for those who may open the next; it seals until the first that is drawn behind the turn. */
  #next: { readonly year: string; readonly from: string; readonly sealer: Sealer } | undefined
  #drawing = false

  private constructor(options: DataKeysOptions, sealer: Sealer) {
    this.#options = options
    this.#sealer = sealer
    this.#drawnAt = options.clock.monotonic()
  }

  /** Draws the first.
   *  @throws LogRefusal no-recipient where nobody could open what is sealed; what `append` throws */
  static async open(options: DataKeysOptions): Promise<DataKeys> {
    const keys = new DataKeys(options, await draw(options, yearOf(options.now())))
    await keys.#drawAhead()
    return keys
  }

  /** Seals a JSON text in an entry of that time.
   *  @param at ISO 8601, as the entry says it */
  seal(at: string, entry: EntryId, text: string): Sealed {
    const sealer = this.#next !== undefined && at >= this.#next.from ? this.#next.sealer : this.#sealer
    return sealer.seal(entry, text)
  }

  /** Draws the next key where it is due. One that could not be entered is drawn anew the next time: until then the old one seals. */
  async keep(): Promise<void> {
    if (this.#drawing) return
    this.#drawing = true
    try {
      const { clock, now } = this.#options
      // Looked at once a minute, a key seals for an hour at most.
      if (clock.monotonic() - this.#drawnAt > hour - lookedAfter) {
        const year = yearOf(now())
        const sealer = await draw(this.#options, year)
        // The year may have turned meanwhile: then the key of the next seals, and another is drawn at the next look.
        if (yearOf(now()) !== year) return
        this.#sealer = sealer
        this.#drawnAt = clock.monotonic()
        if (this.#next !== undefined && this.#next.year === year) this.#next = undefined
      }
      await this.#drawAhead()
    } finally {
      this.#drawing = false
    }
  }

  async #drawAhead(): Promise<void> {
    const now = this.#options.now()
    const year = yearOf(now + hour)
    if (this.#next !== undefined || year === yearOf(now)) return
    const from = new Date(startOfDay(`${year}-01-01` as CivilDate)).toISOString() // the first day of a year is one
    this.#next = { year, from, sealer: await draw(this.#options, year) }
  }
}

/** A data key is committed before anything is sealed under it. */
async function draw({ append, log, newId, recipients }: DataKeysOptions, year: string): Promise<Sealer> {
  const { sealer, entry } = await drawSealer(newId(), log, recipientsOf(recipients, year))
  await append({ write: (given) => keyEntry(entry, given) })
  return sealer
}
