// written-draw.ts: a log with two months behind it, and the commands' log with a draw from it, as the writer's own code writes them.

import { type Drawing, drawSample } from '../../src/audit/drawing.ts'
import type { CountedRecord, CountedStore, Only } from '../../src/audit/ports.ts'
import { sampleDocument } from '../../src/audit/sample-document.ts'
import { drawSeed } from '../../src/audit/tickets.ts'
import { canonicalJson, sha256Hex } from '../../src/canonical.ts'
import type { RosterRow } from '../../src/policy/snapshot.ts'
import type { Draft } from '../../src/querylog/batch.ts'
import type { QueryFacts } from '../../src/querylog/query-entry.ts'
import type { DrawParameters, EntryRef, FrozenLog } from '../../src/querylog/sample-entry.ts'
import { type DrawAsked, drawEntry, type FreezeAsked, freezeEntry, type SeedAsked, seedEntry } from '../../src/querylog/sample-entry.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import type { StoredLogs } from '../../src/verifier/stored.ts'
import { parameters, row } from '../audit/populations.ts'
import { type Row, storedLog } from './verifying.ts'
import { education, log, newId, WritingLog } from './written-log.ts'

export const commands = 'linkage.example/log/cli'
const three = [row('edu-chang', 'E1'), row('edu-wu', 'E2'), row('edu-lin', 'E3')]
const act = {
  agency: 'ethics-office',
  auth: { jti: 'a', kid: 'ethics-1', token: sha256Hex('a token'), type: 'assertion' as const },
  credential: 'ethics-lin',
  document: undefined,
  policy: sha256Hex('policy 1'),
  reason: '半年稽核',
  user: 'ethics-lin',
}
const facts = () => ({ ...act, id: newId(), sealed: { bytes: 'AA==', counter: 0, key: newId() } })
const given = (second: number) => ({
  at: new Date(Date.parse('2027-01-04T02:00:00.000Z') + second * 1_000).toISOString(),
  clock: undefined,
})

/** How a draw is written otherwise than by default. */
export interface DrawnHere {
  readonly asked?: Partial<FreezeAsked>
  readonly parameters?: Partial<DrawParameters>
  readonly roster?: readonly RosterRow[]
  /** Of the counted record that is the nth of its log. */
  readonly query?: (nth: number) => Partial<QueryFacts>
  /** Completions of streams that were whole: rows by counted number. */
  readonly streamed?: ReadonlyMap<number, number>
}

/** How a stream that was whole ended. */
const whole = (of: { readonly id: string; readonly index: number }, rows: number): Draft => {
  const facts = {
    agency: education,
    bytes: 1024,
    id: newId(),
    kind: 'completion',
    of,
    outcome: 'whole',
    released_hmac: sha256Hex('x'),
    rows,
  }
  return { write: ({ at }) => canonicalJson({ ...facts, at, v: 1 }) }
}

/** Of November 300 counted records of which two were never released, of December four. */
async function queries({ parameters: other, query: own = () => ({}), streamed = new Map() }: DrawnHere): Promise<readonly Buffer[]> {
  const { protection, ...settings } = { ...parameters, ...other }
  const writing = new WritingLog({ heads: [], parameters: { audit: { ...settings, protection_apis: protection.apis } } })
  writing.batch('2026-11-02T02:00:00.000Z', writing.opening(), await writing.key())
  writing.batch('2026-11-02T02:00:01.000Z', writing.policy(sha256Hex('policy 1')))
  const ids = Array.from({ length: 300 }, newId)
  writing.batch(
    '2026-11-03T02:00:00.000Z',
    ...ids.map((id, nth) => writing.query(education, true, id, { user: nth % 2 === 0 ? 'edu-chang' : 'edu-wu', ...own(nth + 1) })),
  )
  const unreleased = [10, 20].map((nth) => ({ id: ids[nth] ?? '', index: 3 + nth }))
  writing.batch('2026-11-03T02:00:01.000Z', ...unreleased.map((of) => writing.completion(education, of)))
  const wholes = [...streamed].map(([nth, rows]) => ({ of: { id: ids[nth - 1] ?? '', index: nth + 2 }, rows }))
  if (wholes.length > 0) writing.batch('2026-11-03T02:00:02.000Z', ...wholes.map(({ of, rows }) => whole(of, rows)))
  const december = Array.from({ length: 4 }, (_, nth) => writing.query(education, true, newId(), { user: 'edu-wu', ...own(301 + nth) }))
  writing.batch('2026-12-03T02:00:00.000Z', ...december)
  writing.batch('2027-01-03T02:00:00.000Z', await writing.key())
  return writing.written.entries
}

interface Query extends CountedRecord {
  readonly api: string
  readonly grant: string
  readonly mode: string
  readonly rows: number | undefined
  readonly subject: string
}

function storeOf(entries: readonly Buffer[]): CountedStore {
  const members = entries.map((each) => JSON.parse(each.toString('utf8')))
  const all: Query[] = members.flatMap(({ api, counted_seq: countedSeq, grant, kind, mode, rows, subject, user }, index) =>
    kind === 'query' ? [{ account: user, api, countedSeq, grant, index, mode, rows, subject: subject.tag }] : [],
  )
  const within = ({ from, to }: { readonly from: number; readonly to: number }, { accounts, subject }: Only = {}) =>
    all
      .filter((each) => each.countedSeq >= from && each.countedSeq <= to)
      .filter((each) => (accounts?.includes(each.account) ?? true) && (subject ?? each.subject) === each.subject)
  return {
    accounts: async (span, only) =>
      new Map([...Map.groupBy(within(span, only), ({ account }) => account)].map(([account, own]) => [account, own.length])),
    async *records(span, only) {
      yield within(span, only)
    },
    numbered: async (span, numbers) => within(span).filter(({ countedSeq }) => numbers.includes(countedSeq)),
    async *notReleased(span) {
      for (const [completion, { kind, of, outcome }] of members.entries())
        for (const each of kind === 'completion' && outcome === 'not-released'
          ? within(span).filter(({ index }) => index === of.index)
          : [])
          yield { ...each, completion }
    },
    async *transfers(span) {
      for (const { countedSeq, index, mode, rows } of within(span)) {
        const completion = members.find(({ kind, of }) => kind === 'completion' && of.index === index)
        if (mode === 'file') yield { countedSeq, index, rows: rows ?? completion?.rows ?? 0 }
      }
    },
    async *ofApisOrGrants(span, only, { apis, grants }) {
      yield within(span, only).filter(({ api, grant }) => apis.includes(api) || grants.includes(grant))
    },
    modes: async () => new Map(),
  }
}

/** The commands' log, entry by entry, and what its entries name. */
export interface WrittenDraw {
  readonly queries: readonly Buffer[]
  readonly commands: readonly Buffer[]
  readonly documents: ReadonlyMap<string, Buffer>
}

export const at = { freeze: 0, seed: 1, draw: 2, enlarge: 3 } as const
const ref = (entry: string, index: number): EntryRef => ({ id: JSON.parse(entry).id, index, log: commands })

export async function writeDraw(here: DrawnHere = {}): Promise<WrittenDraw> {
  const entries = await queries(here)
  const tree = new Tree().extended(entries.map((each) => leafHash(each)))
  const logs: FrozenLog[] = [{ log, months: monthsOf(entries), root: tree.root.toString('base64'), size: entries.length, slot: '1' }]
  const asked: FreezeAsked = { act: 'freeze', agency: education, from: '2026-11', round: 'self-audit', until: '2026-12', ...here.asked }
  const { roster = three } = here
  const rosterBytes = Buffer.from(
    canonicalJson(roster.map(({ account, from, person }) => ({ 人員代號: person, 啟用日: from, 帳號: account }))),
  )
  const settings = { ...parameters, ...here.parameters }
  const held = { count: roster.length, digest: sha256Hex(rosterBytes) }
  const freeze = freezeEntry({ ...facts(), asked, logs, parameters: settings, roster: held }, given(0))
  const frozen = ref(freeze, at.freeze)
  const thrown: SeedAsked = { act: 'seed', freezes: [frozen.id], method: 'dice', randomness: '35142661534216425361', thrown: given(60).at }
  const seed = seedEntry({ ...facts(), asked: thrown, freezes: [frozen] }, given(61))
  const documents = new Map([[held.digest, rosterBytes]])
  const { subject, user } = asked
  const persons = roster.filter(({ account }) => account === user).map(({ person }) => person)
  const accounts = roster.filter(({ person }) => persons.includes(person)).map(({ account }) => account)
  const only: Only = { ...(user !== undefined && { accounts }), ...(subject !== undefined && { subject }) }
  const drawing: Drawing = { agency: education, logs, parameters: settings, only, period: asked, roster, more: { items: 0, persons: 0 } }
  const draw = async (drawAsked: DrawAsked, second: number, enlarges?: EntryRef): Promise<string> => {
    const own = { ...drawing, more: drawAsked.more ?? drawing.more }
    const drawn = await drawSample(own, drawSeed(leafHash(freeze), thrown.randomness), storeOf(entries))
    const bytes = Buffer.from(sampleDocument({ ...drawn, agency: education }))
    documents.set(sha256Hex(bytes), bytes)
    const sample = { count: drawn.drawn.length, digest: sha256Hex(bytes) }
    return drawEntry({ ...facts(), ...drawn, asked: drawAsked, enlarges, freeze: frozen, sample, seed: ref(seed, at.seed) }, given(second))
  }
  const first = await draw({ act: 'draw', freeze: frozen.id }, 70)
  const more = await draw({ act: 'enlarge', freeze: frozen.id, more: { items: 5, persons: 1 } }, 80, ref(first, at.draw))
  return { queries: entries, commands: [freeze, seed, first, more].map((each) => Buffer.from(each)), documents }
}

function monthsOf(entries: readonly Buffer[]): FrozenLog['months'] {
  return entries.flatMap((each, index) => {
    const { agencies, ended, kind } = JSON.parse(each.toString('utf8'))
    if (kind !== 'month') return []
    const [{ counted, counted_to: countedTo, records }] = agencies
    return [{ counted, countedTo, index, month: ended, records }]
  })
}

const rowsOf = (entries: readonly Buffer[]): Row[] => entries.map((bytes, index) => ({ index, bytes }))

/** A place that holds both logs.
 *  @param withDocuments as a database does, and an export does not */
export function placeOf({ commands: own, documents, queries: entries }: WrittenDraw, withDocuments: boolean): StoredLogs {
  return {
    logs: [storedLog(rowsOf(entries), []), storedLog(rowsOf(own), [], { log: commands, slot: 'cli' })],
    partialTiles: false,
    ...(withDocuments && { document: async (digest: string) => documents.get(digest) }),
  }
}
