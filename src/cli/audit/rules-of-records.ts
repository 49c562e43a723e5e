// rules-of-records.ts: the rules that decided records, made again for the words of what they name by codes.
import type { Snapshot } from '../../policy/snapshot.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import { pastPolicy } from '../past-policy.ts'

/** The rules that decided a record, by their digest: each is made again once. */
export class RulesOfRecords {
  readonly unread: string[] = []
  readonly #place: CommandPlace
  readonly #known = new Map<string, Snapshot>()

  constructor(place: CommandPlace) {
    this.#place = place
    this.#known.set(place.snapshot.digest, place.snapshot)
  }

  async of(digest: string): Promise<Snapshot> {
    const known = this.#known.get(digest) ?? (await this.#made(digest))
    this.#known.set(digest, known)
    return known
  }

  /** Titles are for readers: where the rules of the day cannot be made again, today's say what the codes mean. */
  async #made(digest: string): Promise<Snapshot> {
    try {
      return (await pastPolicy(this.#place.store.reader, digest)).snapshot
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      this.unread.push(digest)
      return this.#place.snapshot
    }
  }
}
