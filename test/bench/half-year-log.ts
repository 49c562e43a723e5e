// half-year-log.ts: a department's log with the records of a half-year: five agencies, their own users, sealed to its own recipients.
import { addDays, type HalfYear, monthOf, startOfDay } from '../../src/calendar.ts'
import { canonicalJson, sha256Hex } from '../../src/canonical.ts'
import { openDepartment } from '../../src/cli/demo/department.ts'
import { loadFolder } from '../../src/policy/load.ts'
import type { Agency, Grant, RosterRow, Snapshot } from '../../src/policy/snapshot.ts'
import { buildBatch, type Draft, type LogState, turnIsDue } from '../../src/querylog/batch.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { keyEntry } from '../../src/querylog/key-entry.ts'
import { openingEntry } from '../../src/querylog/opening-entry.ts'
import { policyEntry } from '../../src/querylog/policy-entry.ts'
import { queryEntry } from '../../src/querylog/query-entry.ts'
import { drawSealer, type Recipient, type Sealer } from '../../src/querylog/seal.ts'
import { nothingGrown } from '../../src/querylog/tile.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { Configuration } from '../end-to-end/configuration.ts'
import { log, newId, newSigner, slot } from '../verifier/written-log.ts'

const audited = ['taipei-education', 'taipei-police', 'taipei-revenue', 'taipei-transportation', 'nhi-administration'] as const
const ofBatch = 1_000
const digest = sha256Hex('a body')

interface Where {
  readonly folder: string
  /** As the gateway. */
  readonly url: string
  readonly half: HalfYear
  readonly records: number
}

/** Writes them, a month after the other, each under its own data key; the month behind the last has turned.
 *  @returns the agencies, and who of them is on the roster */
export async function writeHalfYear({ folder, url, half, records }: Where): Promise<readonly string[]> {
  const snapshot = await department(folder)
  const { audit, gateway } = loadFolder(`${folder}/config`)
  if (audit === undefined || gateway === undefined) throw new Error('the example does not load')
  const writing = await Writing.open(url, JSON.parse(canonicalJson({ audit })), gateway.recipients)
  try {
    await writing.store.putDocument('policy', Buffer.from(snapshot.bytes))
    const first = half.from
    await writing.store.prepareMonth(monthOf(startOfDay(addDays(first, -1))))
    await writing.append(startOfDay(first), [writing.opening(), await writing.key()])
    await writing.append(startOfDay(first) + 1, [policyOf(snapshot)])
    const agencies = audited.map((id) => snapshot.agencies.get(id)).filter((each) => each !== undefined)
    let begins = first
    for (let month = 0; month < 6; month += 1) {
      await writing.store.prepareMonth(begins)
      if (month > 0) await writing.append(startOfDay(begins) + 1, [await writing.key()])
      await writing.month(begins, agencies, Math.ceil(records / 6), snapshot)
      begins = monthOf(startOfDay(addDays(begins, 40)))
    }
    await writing.append(startOfDay(begins) + 1, [await writing.key()])
  } finally {
    await writing.close()
  }
  return audited
}

async function department(folder: string): Promise<Snapshot> {
  const { config } = await openDepartment(folder)
  const configuration = new Configuration(config)
  configuration.edit('gateway.yaml', (document) => document.set('origin', 'http://linkage.example'))
  configuration.edit('audit.yaml', (document) => document.setIn(['openings', 'per_auditor_per_day'], '100000'))
  const { snapshot } = loadFolder(config)
  if (snapshot === undefined) throw new Error('the example does not load')
  return snapshot
}

const policyOf = ({ digest: of }: Snapshot): Draft => {
  const facts = { id: newId(), digest: of, previous: undefined, changed: { count: 0, document: sha256Hex('[]') } }
  return { write: (given) => policyEntry({ ...facts, observed: { host: 'bench', owners: [0], uid: 0 } }, given) }
}

class Writing {
  readonly store: PostgresLogWriter
  readonly #signer = newSigner()
  readonly #parameters: object
  readonly #recipients: readonly Recipient[]
  #state: LogState
  #sealer: Sealer | undefined
  #note: string | undefined

  private constructor(store: PostgresLogWriter, epoch: number, parameters: object, recipients: readonly Recipient[]) {
    this.store = store
    this.#parameters = parameters
    this.#recipients = recipients
    this.#state = { slot, log, epoch, ...nothingGrown, month: undefined, lastAt: 0, agencies: new Map(), keys: [] }
  }

  static async open(url: string, parameters: object, recipients: readonly Recipient[]): Promise<Writing> {
    const store = new PostgresLogWriter(url)
    const writing = new Writing(store, 0, parameters, recipients)
    const { epoch } = await store.claim(slot, log, writing.#signer.verifierKey, 5_000)
    writing.#state = { ...writing.#state, epoch }
    return writing
  }

  async append(at: number, drafts: readonly Draft[]): Promise<void> {
    const turn = turnIsDue(this.#state, at) ? { id: newId(), heads: [], parameters: this.#parameters } : undefined
    const waiting = drafts.map((draft) => [draft])
    const built = buildBatch(this.#state, waiting, at, waiting.length, turn)
    for (const outcome of built.outcomes) if ('error' in outcome) throw outcome.error
    await this.store.append(this.#note === undefined ? built.batch : { ...built.batch, checkpoint: this.#note }, 60_000)
    this.#state = built.state
    this.#note = this.#signer.sign(checkpointText(log, built.state.tree))
  }

  opening(): Draft {
    const facts = {
      heads: [],
      id: newId(),
      log,
      parameters: this.#parameters,
      slot,
      software: 'bench',
      verifierKey: this.#signer.verifierKey,
    }
    return { write: (given) => openingEntry(facts, given) }
  }

  async key(): Promise<Draft> {
    const { sealer, entry } = await drawSealer(newId(), log, this.#recipients)
    this.#sealer = sealer
    return { write: (given) => keyEntry(entry, given) }
  }

  /** Queries of all agencies in turn, from the fourth day of a month to its 28th, in office hours. */
  async month(begins: HalfYear['from'], agencies: readonly Agency[], count: number, snapshot: Snapshot): Promise<void> {
    const batches = Math.ceil(count / ofBatch)
    for (let nth = 0; nth < batches; nth += 1) {
      const day = addDays(begins, 3 + Math.floor((nth * 25) / batches))
      const at = startOfDay(day) + 8.5 * 3_600_000 + (((nth * 25) / batches) % 1) * 8 * 3_600_000
      const callers = agencies.map((agency) => ({ agency, users: active(agency, day), grant: agency.grants[0] }))
      const drafts = Array.from({ length: Math.min(ofBatch, count - nth * ofBatch) }, (_, of) => {
        const { agency, grant, users } = callers[of % callers.length] ?? {}
        const user = users?.[Math.floor(of / callers.length) % users.length]
        if (agency === undefined || grant === undefined || user === undefined) throw new Error('the example has agencies, grants and users')
        return this.#query(agency, grant, user, nth * ofBatch + of, snapshot)
      })
      await this.append(at, drafts)
    }
  }

  #query({ id: agency }: Agency, grant: Grant, { account: user }: RosterRow, nth: number, { digest: policy }: Snapshot): Draft {
    const sealer = this.#sealer
    if (sealer === undefined) throw new Error('no data key yet')
    // Of twenty one is refused, and one finds nobody.
    const [code, status] =
      nth % 20 === 7
        ? (['outside-hours', 403] as const)
        : nth % 20 === 11
          ? (['subject-not-found', 404] as const)
          : (['released', 200] as const)
    const counted = status !== 403
    const id = newId()
    return {
      agency,
      counted,
      write: (given, numbers) =>
        queryEntry(
          {
            id,
            address: '203.0.113.5',
            agency,
            // What protects somebody is audited whole (D-17): a half-year of nothing else would be no half-year.
            api: 'low-income',
            application: grant.application.document,
            auth: { type: 'api-key' },
            batch: undefined,
            bytes: 1024,
            case: `案字第${nth}號`,
            code,
            credential: `${agency}-1`,
            decision: counted ? 'permit' : 'deny',
            delegate: undefined,
            fieldsAsked: undefined,
            fieldsReleased: code === 'released' ? ['status.category', 'members[].name'] : undefined,
            grant: grant.id,
            mode: 'api',
            operation: 'getHouseholdStatus',
            policy,
            purpose: grant.purposes[0],
            reason: '學雜費減免審查',
            releasedHmac: code === 'released' ? digest : undefined,
            requestHmac: digest,
            rows: code === 'released' ? 1 : undefined,
            rule: `agencies/${agency}.yaml#/grants/0`,
            sealed: sealer.seal(id, `{"subject":"A1${String(nth % 10_000_000).padStart(7, '0')}0"}`),
            status,
            subject: { key: '2026', kind: 'tw-national-id', tag: sha256Hex(String(nth)).slice(0, 32) },
            trace: digest.slice(0, 32),
            user,
          },
          given,
          numbers,
        ),
    }
  }

  async close(): Promise<void> {
    if (this.#note !== undefined) await this.store.putCheckpoint(slot, this.#state.tree.size, this.#note)
    await this.store.close()
  }
}

/** Who is on the roster that day; of an agency that has nobody yet, who comes first. */
function active({ roster }: Agency, day: HalfYear['from']): readonly RosterRow[] {
  const rows = [...roster.values()].flat()
  const here = rows.filter(({ from, until }) => from <= day && (until === undefined || day <= until))
  return here.length > 0 ? here : rows.slice(0, 1)
}
