// written-log.ts: a log as the writer's own code writes it, in memory: two agencies, three months, two data keys, two policies.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { canonicalJson, type DigestHex, type Hash, sha256Hex } from '../../src/canonical.ts'
import { buildBatch, type Draft, type LogState, type Together, turnIsDue } from '../../src/querylog/batch.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { completionEntry } from '../../src/querylog/completion-entry.ts'
import type { OtherHead } from '../../src/querylog/entry.ts'
import { keyEntry } from '../../src/querylog/key-entry.ts'
import { type NoteSigner, noteSigner } from '../../src/querylog/note.ts'
import { openingEntry } from '../../src/querylog/opening-entry.ts'
import { policyEntry } from '../../src/querylog/policy-entry.ts'
import { type QueryFacts, queryEntry } from '../../src/querylog/query-entry.ts'
import { refusalsEntry } from '../../src/querylog/refusals-entry.ts'
import { drawSealer, type Recipient, type Sealer } from '../../src/querylog/seal.ts'
import { nothingGrown } from '../../src/querylog/tile.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'

export const slot = '1'
export const log = 'linkage.example/log/1'

/** What is stored of a log. */
export interface Written {
  readonly entries: readonly Buffer[]
  /** In which month each entry stands, by its first day; absent: all in one, whatever their dates. */
  readonly months?: readonly string[]
  readonly leaves: readonly Hash[]
  readonly checkpoints: readonly { readonly size: number; readonly note: string }[]
}

let ids = 0
/** UUIDv7, in order. */
export function newId(): string {
  const digits = (ids++).toString(16).padStart(12, '0')
  return `019abcde-0000-7000-8000-${digits}`
}

export const newSigner = (name = log): NoteSigner =>
  noteSigner(name, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())

const jwkOf = (key: KeyObject) => ({ ...key.export({ format: 'jwk' }), kid: 'ethics-2026' })
export const recipients: readonly Recipient[] = [{ id: 'ethics', year: '2026', jwk: jwkOf(generateKeyPairSync('x25519').publicKey) }]
/** What policy entries name by digest. */
export const documents = ['policy 1', 'policy 2', 'a document']
export const policies: readonly DigestHex[] = [sha256Hex('policy 1'), sha256Hex('policy 2')]
const digest = sha256Hex('a document')
const otherLog = 'linkage.example/log/2'

function factsOf(id: string, agency: string, policy: DigestHex, sealer: Sealer, counted: boolean, batch?: QueryFacts['batch']): QueryFacts {
  return {
    id,
    address: '203.0.113.5',
    agency,
    api: 'low-income',
    application: '北市教字第1150000045號',
    auth: { type: 'api-key' },
    batch,
    bytes: 1024,
    case: '北市教字第1150000045號',
    code: counted ? 'released' : 'outside-hours',
    credential: 'edu-2026a',
    decision: counted ? 'permit' : 'deny',
    delegate: undefined,
    fieldsAsked: undefined,
    fieldsReleased: counted ? ['status.category', 'members[].name'] : undefined,
    grant: 'fee-waiver',
    mode: 'api',
    operation: 'getHouseholdStatus',
    policy,
    purpose: 'school-fee-waiver',
    reason: '115學年度學雜費減免審查',
    releasedHmac: counted ? digest : undefined,
    requestHmac: digest,
    rows: 1,
    rule: 'agencies/taipei-education.yaml#/grants/0/fields',
    sealed: sealer.seal(id, '{"subject":"A100000001"}'),
    status: counted ? 200 : 403,
    subject: { key: '2026', kind: 'tw-national-id', tag: `${batch?.at ?? ''}${'ab'.repeat(16)}`.slice(0, 32) },
    trace: 'cd'.repeat(16),
    user: 'edu-chang',
  }
}

/** Writes batches, each with its checkpoint. */
export class WritingLog {
  readonly signer: NoteSigner
  readonly slot: string
  readonly log: string
  readonly #parameters: object
  readonly #heads: readonly OtherHead[] | undefined
  readonly #entries: Buffer[] = []
  readonly #months: string[] = []
  readonly #checkpoints: { size: number; note: string }[] = []
  #state: LogState
  #sealer: Sealer | undefined
  #policy = policies[0] ?? digest

  /** @param heads what it states of other logs; absent: of one that is not there
   *  @param parameters of draws, as it commits them
   *  @param slot whose log it is */
  constructor({
    heads,
    parameters = { draw: 1 },
    slot: own = slot,
  }: { readonly heads?: readonly OtherHead[]; readonly parameters?: object; readonly slot?: string } = {}) {
    this.#heads = heads
    this.#parameters = parameters
    this.slot = own
    this.log = `linkage.example/log/${own}`
    this.signer = newSigner(this.log)
    this.#state = { slot: own, log: this.log, epoch: 1, ...nothingGrown, month: undefined, lastAt: 0, agencies: new Map(), keys: [] }
  }

  get size(): number {
    return this.#entries.length
  }

  get heads(): readonly OtherHead[] {
    if (this.#heads !== undefined) return this.#heads
    return [{ log: otherLog, root: leafHash('another log').toString('base64'), size: 40 + this.size, slot: '2' }]
  }

  /** One batch at an instant. */
  batch(clock: string, ...drafts: (Draft | Together)[]): void {
    const now = Date.parse(clock)
    const turn = turnIsDue(this.#state, now) ? { id: newId(), heads: this.heads, parameters: this.#parameters } : undefined
    const waiting = drafts.map((each) => ('write' in each ? [each] : each))
    const built = buildBatch(this.#state, waiting, now, waiting.length, turn)
    for (const outcome of built.outcomes) if ('error' in outcome) throw outcome.error
    this.#entries.push(...built.batch.entries)
    this.#months.push(...built.batch.entries.map(() => built.batch.month))
    this.#state = built.state
    this.#checkpoints.push({ size: this.size, note: this.signer.sign(checkpointText(this.log, built.state.tree)) })
  }

  opening(): Draft {
    const facts = {
      id: newId(),
      heads: this.heads,
      log: this.log,
      parameters: this.#parameters,
      slot: this.slot,
      software: 'test',
      verifierKey: this.signer.verifierKey,
    }
    return { write: (given) => openingEntry(facts, given) }
  }

  /** The next queries are decided under it. */
  policy(next: DigestHex): Draft {
    this.#policy = next
    const facts = { id: newId(), digest: next, previous: undefined, changed: { count: 1, document: digest } }
    return { write: (given) => policyEntry({ ...facts, observed: { host: 'h', owners: [0], uid: 0 } }, given) }
  }

  /** A data key; what is drafted after it is sealed under it. */
  async key(): Promise<Draft> {
    const { sealer, entry } = await drawSealer(newId(), this.log, recipients)
    this.#sealer = sealer
    return { write: (given) => keyEntry(entry, given) }
  }

  query(agency: string, counted = true, id = newId(), own: Partial<QueryFacts> = {}): Draft {
    const [sealer, policy] = [this.#sealer, this.#policy]
    if (sealer === undefined) throw new Error('no data key yet')
    return {
      agency,
      counted,
      write: (given, numbers) => queryEntry({ ...factsOf(id, agency, policy, sealer, counted), ...own }, given, numbers),
    }
  }

  /** The queries of one call that asked about several people. */
  several(agency: string, count: number): Draft[] {
    const [sealer, policy] = [this.#sealer, this.#policy]
    if (sealer === undefined) throw new Error('no data key yet')
    const ids = Array.from({ length: count }, newId)
    const [first = ''] = ids
    return ids.map((id, at) => ({
      agency,
      counted: true,
      write: (given, numbers) => queryEntry(factsOf(id, agency, policy, sealer, true, { at: at + 1, first, of: count }), given, numbers),
    }))
  }

  completion(agency: string, of: { id: string; index: number }): Draft {
    const id = newId()
    return { write: (given) => completionEntry({ id, agency, of, outcome: 'not-released' }, given) }
  }

  refusals(): Draft {
    const facts = {
      id: newId(),
      minute: '2026-11-24T02:00:00.000Z',
      counts: [{ address: '192.0.2.1', code: 'network-not-allowed', count: 3 }],
      other: 0,
    }
    return { write: (given) => refusalsEntry(facts, given) }
  }

  /** As it would be stored: each month in a partition of its own. */
  get byMonth(): Written {
    return { ...this.written, months: this.#months }
  }

  get written(): Written {
    return { entries: this.#entries, leaves: this.#entries.map(leafHash), checkpoints: this.#checkpoints }
  }
}

export const [education, police] = ['taipei-education', 'taipei-police']

/** Where the entries of `writeLog` stand that tests speak of. */
export const at = {
  opening: 0,
  firstKey: 1,
  firstPolicy: 2,
  firstQuery: 3,
  refused: 5,
  completion: 7,
  lateClock: 9,
  december: 10,
  secondPolicy: 13,
  underSecondPolicy: 14,
  secondKey: 16,
  february: 19,
  size: 22,
} as const

export async function writeLog(): Promise<{ written: Written; signer: NoteSigner }> {
  const writing = new WritingLog()
  writing.batch('2026-11-24T02:00:00.000Z', writing.opening())
  writing.batch('2026-11-24T02:00:00.010Z', await writing.key())
  writing.batch('2026-11-24T02:00:00.020Z', writing.policy(policies[0] ?? digest))
  const unreleased = newId()
  writing.batch(
    '2026-11-24T02:00:01.000Z',
    writing.query(education, true, unreleased),
    writing.query(police),
    writing.query(education, false),
  )
  writing.batch(
    '2026-11-24T02:00:02.000Z',
    writing.query(education),
    writing.completion(education, { id: unreleased, index: at.firstQuery }),
  )
  writing.batch('2026-11-24T02:01:00.000Z', writing.refusals())
  // The clock was set back: the date stays, the reading is kept beside it.
  writing.batch('2026-11-24T02:00:59.000Z', writing.query(police, false))
  // 2026-12-01 in Taipei.
  writing.batch('2026-11-30T16:00:00.000Z', writing.query(education), writing.query(education))
  const late = writing.query(education)
  writing.batch('2026-12-10T02:00:00.000Z', writing.policy(policies[1] ?? digest), writing.query(police), late)
  const beforeTheNext = writing.query(police)
  writing.batch('2026-12-10T02:00:01.000Z', await writing.key(), beforeTheNext, writing.query(education))
  // Nothing happened in January.
  writing.batch('2027-02-03T02:00:00.000Z', writing.query(education), writing.query(police))
  return { written: writing.written, signer: writing.signer }
}

/** The same log with other entries, whose hashes and checkpoints somebody with the key made anew. */
export function rewritten({ checkpoints }: Written, entries: readonly Buffer[], signer: NoteSigner): Written {
  const leaves = entries.map((each) => leafHash(each))
  const sizes = [...new Set([...checkpoints.map((each) => each.size).filter((size) => size < entries.length), entries.length])]
  return {
    entries,
    leaves,
    checkpoints: sizes.map((size) => ({ size, note: signer.sign(checkpointText(log, new Tree().extended(leaves.slice(0, size)))) })),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: an entry that a test is about to spoil
type Spoiled = any

/** An entry with members changed, in its canonical form again. */
export function edited(entry: Buffer | undefined, change: (members: Spoiled) => void): Buffer {
  const members: Spoiled = JSON.parse(entry?.toString() ?? '')
  change(members)
  return Buffer.from(canonicalJson(members))
}
