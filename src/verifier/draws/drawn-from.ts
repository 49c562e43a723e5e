// drawn-from.ts: what draws are held against beside the steps: what their entries name, what was never released, whose the records are.
import { createHash } from 'node:crypto'
import type { StoredLogs } from '../stored.ts'
import { type Peopled, readAccounts } from './accounts.ts'
import { readList, type SampleList } from './list.ts'
import type { Skipped } from './month-draw.ts'
import { seedOf } from './month-draw.ts'
import { NamedRecords } from './named.ts'
import { Roster, readRoster } from './persons.ts'
import { ProtectionCases } from './protection.ts'
import { notReleased } from './redraw.ts'
import { type Draw, type Freeze, isFiltered, type Seed } from './sample.ts'
import type { Step } from './seen.ts'
import type { Standing } from './standing.ts'
import { Transfers } from './transfers.ts'

/** What is read of all populations at once is read with the first draw that asks. */
export class DrawnFrom {
  readonly place: StoredLogs
  readonly #standing: Standing
  #skipped: ReturnType<typeof notReleased> | undefined
  #peopled: Promise<ReadonlyMap<string, Peopled>> | undefined

  constructor(place: StoredLogs, standing: Standing) {
    this.place = place
    this.#standing = standing
  }

  /** What is kept under a digest, and is that; undefined where the place keeps no documents: that one is missing is told elsewhere. */
  async document(digest: string): Promise<Buffer | undefined> {
    const bytes = await this.place.document?.(digest)
    return bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== digest ? undefined : bytes
  }

  /** @returns `malformed` for what is no list */
  async list({ sample: { sample } }: Step<Draw>): Promise<SampleList | 'malformed' | undefined> {
    const bytes = await this.document(sample.digest)
    return bytes && (readList(bytes) ?? 'malformed')
  }

  /** A list as far as there is one. */
  async listThere(draw: Step<Draw>): Promise<SampleList | undefined> {
    const list = await this.list(draw)
    return list === 'malformed' ? undefined : list
  }

  /** Of a freeze that was drawn from, by log. */
  async notReleased(freeze: Step<Freeze>): Promise<ReadonlyMap<string, readonly Skipped[]>> {
    const drawn = new Set(this.#standing.draws.map((each) => each.sample.freeze.id))
    this.#skipped ??= notReleased(
      this.place,
      this.#standing.freezes.filter(({ id }) => drawn.has(id)),
    )
    return (await this.#skipped).get(freeze) ?? new Map()
  }

  /** Whose the records of a population are, as a seed draws from it. */
  async peopled(freeze: Step<Freeze>, seed: Step<Seed>): Promise<Peopled | undefined> {
    this.#peopled ??= this.#readPeopled()
    return (await this.#peopled).get(nameOf(freeze, seed))
  }

  /** The roster that a freeze names, as far as it is kept. */
  async roster(freeze: Step<Freeze>): Promise<Roster | undefined> {
    const bytes = await this.document(freeze.sample.roster)
    const rows = bytes && readRoster(bytes)
    return rows && new Roster(rows, freeze.sample)
  }

  async #readPeopled(): Promise<ReadonlyMap<string, Peopled>> {
    const populations = new Map<string, Peopled>()
    const steps = this.#standing.draws.flatMap((draw) => {
      const [freeze, seed] = [this.#standing.freeze(draw.sample.freeze, draw), this.#standing.seed(draw.sample.seed, draw)]
      return freeze === undefined || seed === undefined ? [] : [{ draw, freeze, seed }]
    })
    for (const [name, own] of Map.groupBy(steps, ({ freeze, seed }) => nameOf(freeze, seed))) {
      const [first] = own
      const draws = await Promise.all(own.map(async ({ draw }) => ({ draw, list: await this.listThere(draw) })))
      if (first !== undefined) populations.set(name, await this.#unread(first.freeze, first.seed, draws))
    }
    await readAccounts(this.place, [...populations.values()])
    return populations
  }

  async #unread(
    freeze: Step<Freeze>,
    seed: Step<Seed>,
    draws: readonly { readonly draw: Step<Draw>; readonly list: SampleList | undefined }[],
  ): Promise<Peopled> {
    const { agency, byRow, logs } = freeze.sample
    const transfers = byRow ? new Transfers(draws) : undefined
    const secret = seedOf(freeze.leaf, seed.sample.randomness)
    const skipped = [...(await this.notReleased(freeze))]
    return {
      agency,
      logs,
      before: this.#standing.chainBefore(freeze).flatMap(({ sample }) => sample.logs),
      seed: secret,
      named: isFiltered(freeze.sample) ? new NamedRecords(freeze.sample, secret, await this.roster(freeze), transfers, draws) : undefined,
      cases: new ProtectionCases(freeze.sample, secret, draws),
      transfers,
      skipped: new Map(skipped.map(([log, own]) => [log, new Set(own.map(({ countedSeq }) => countedSeq))])),
      found: new Map(),
      read: 0,
    }
  }
}

const nameOf = (freeze: Step<Freeze>, seed: Step<Seed>): string => `${freeze.id} ${seed.id}`
