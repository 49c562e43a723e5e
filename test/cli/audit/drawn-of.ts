// drawn-of.ts: a freeze, its seed and a draw as the log of the commands holds them, of records that a test made.
import { join } from 'node:path'
import { type SampleList, sampleDocument } from '../../../src/audit/sample-document.ts'
import { canonicalJson, sha256Hex } from '../../../src/canonical.ts'
import { readAuditor } from '../../../src/cli/auditor.ts'
import { recordAct } from '../../../src/cli/command-log.ts'
import { openPlace } from '../../../src/cli/command-place.ts'
import {
  type DrawAsked,
  type DrawnCoverage,
  type DrawnMonth,
  drawEntry,
  type EntryRef,
  type FreezeAsked,
  type FrozenLog,
  freezeEntry,
  type Held,
  type SeedAsked,
  seedEntry,
} from '../../../src/querylog/sample-entry.ts'
import type { TestDepartment } from '../../end-to-end/department.ts'
import { who } from '../log/auditing.ts'

const parameters = {
  'D-7': 'up',
  'D-8': 'agency',
  'D-9': 'transfer',
  'D-10': 'served-and-not-found',
  'D-11': 'roster-and-log',
  'D-12': 'agency',
  'D-17': 100,
  protection: { apis: [], grants: [] },
}

/** What was drawn, of whom. */
export interface DrawnOf {
  readonly coverage: DrawnCoverage
  readonly list: Omit<SampleList, 'agency'>
  readonly logs: readonly FrozenLog[]
  readonly months: readonly DrawnMonth[]
  /** The roster's rows, in their canonical form. */
  readonly roster: string
}

/** Records a freeze, its seed and a draw of it.
 *  @returns the id of the draw */
export async function drawnOf(
  { folder }: Pick<TestDepartment, 'folder'>,
  of: Pick<FreezeAsked, 'agency' | 'from' | 'round' | 'until'>,
  { coverage, list, logs, months, roster }: DrawnOf,
): Promise<string> {
  const place = await openPlace(join(folder, 'config'))
  const { agency, from, round, until } = of
  const kept = async (kind: string, text: string, count: number): Promise<Held> => {
    await place.store.writer.putDocument(kind, Buffer.from(text))
    return { count, digest: sha256Hex(text) }
  }
  const options = {
    config: '',
    key: join(folder, 'auditors', 'ethics-lin.jwk'),
    as: who.account,
    reason: who.reason,
    document: who.document,
  }
  const record = async (asked: FreezeAsked | SeedAsked | DrawAsked, write: Parameters<typeof recordAct>[2]['write']): Promise<EntryRef> => {
    const act = { command: 'audit-sample', asked: canonicalJson(asked), needsDocument: false }
    const { id, index, log } = await recordAct(place, join(folder, 'cli-keys'), {
      act,
      auditor: await readAuditor(options, act, place.snapshot),
      write,
    })
    return { id, index, log }
  }
  try {
    const freezeAsked: FreezeAsked = { act: 'freeze', agency, from, round, until }
    const rows = await kept('roster', roster, JSON.parse(roster).length)
    const freeze = await record(freezeAsked, (facts, given) =>
      freezeEntry({ ...facts, asked: freezeAsked, logs, parameters, roster: rows }, given),
    )
    const thrown = new Date().toISOString()
    const seedAsked: SeedAsked = { act: 'seed', freezes: [freeze.id], method: 'dice', randomness: `${Date.now()}1234567`, thrown }
    const seed = await record(seedAsked, (facts, given) => seedEntry({ ...facts, asked: seedAsked, freezes: [freeze] }, given))
    const asked: DrawAsked = { act: 'draw', freeze: freeze.id }
    const sample = await kept('sample', sampleDocument({ agency, ...list }), list.drawn.length)
    const protection = { drawn: 0, records: 0 }
    const draw = await record(asked, (facts, given) =>
      drawEntry({ ...facts, asked, coverage, freeze, months, protection, sample, seed }, given),
    )
    return draw.id
  } finally {
    await place.close()
  }
}
