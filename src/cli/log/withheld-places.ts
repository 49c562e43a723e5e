// withheld-places.ts: whether an answer may identify people in places that were not released, by the rules that decided its call.
import type { Operation } from '../../policy/snapshot.ts'
import type { LogReaderStore } from '../../querylog/ports.ts'
import { pastPolicy } from '../past-policy.ts'
import { UsageError } from './usage-error.ts'

/** Members of a released call's `query` entry. */
export interface DecidedCall {
  readonly api?: string
  readonly operation?: string
  readonly fields_released?: readonly string[]
  readonly policy: string
}

/** Places of answers that identify people, by API and operation. */
type Places = ReadonlyMap<string, readonly string[]>

/** A file of which these places are not released is not provided (decide.ts). */
const withheldOf = ({ answer }: Operation): readonly string[] =>
  answer.mediaType === 'application/json' ? answer.subjects.map(({ path }) => path) : []

/** Rules of the past are read once; of each what is needed here is kept. */
export class WithheldPlaces {
  readonly #reader: Pick<LogReaderStore, 'document'>
  readonly #of = new Map<string, Promise<Places | undefined>>()

  constructor(reader: Pick<LogReaderStore, 'document'>) {
    this.#reader = reader
  }

  /** Of rules that cannot be made again nothing is known: then it may.
   *  @throws StoreError */
  async mayIdentify({ api, fields_released: released = [], operation, policy }: DecidedCall): Promise<boolean> {
    const known = this.#of.get(policy) ?? this.#read(policy)
    this.#of.set(policy, known)
    const places = (await known)?.get(`${api} ${operation}`)
    return places === undefined || places.some((path) => !released.includes(path))
  }

  async #read(policy: string): Promise<Places | undefined> {
    try {
      const { apis } = (await pastPolicy(this.#reader, policy)).snapshot
      const operations = [...apis.values()].flatMap((api) => [...api.operations.values()])
      return new Map(operations.map((each) => [`${each.api} ${each.id}`, withheldOf(each)]))
    } catch (error) {
      if (error instanceof UsageError) return undefined
      throw error
    }
  }
}
