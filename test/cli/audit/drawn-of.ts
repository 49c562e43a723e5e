// drawn-of.ts: a freeze, its seed and a draw as the log of the commands holds them, of records that a test made.
import { join } from 'node:path'
import { type SampleList, sampleDocument } from '../../../src/audit/sample-document.ts'
import { canonicalJson, sha256Hex } from '../../../src/canonical.ts'
import { readAuditor } from '../../../src/cli/auditor.ts'
import { recordAct } from '../../../src/cli/command-log.ts'
import { openPlace } from '../../../src/cli/command-place.ts'
import type { ActFacts } from '../../../src/querylog/act-entries.ts'
import type { Given } from '../../../src/querylog/entry.ts'
import {
  type DrawAsked,
  type DrawnCoverage,
  type DrawnMonth,
  type DrawParameters,
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

const settings: DrawParameters = {
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
  /** Where it has to be what the logs committed. */
  readonly protection?: DrawParameters['protection']
  /** The roster's rows, in their canonical form. */
  readonly roster: string
}

/** How a test records: its steps, and the bytes that they name. */
export interface Recording {
  step(asked: FreezeAsked | SeedAsked | DrawAsked, write: (facts: ActFacts, given: Given) => string): Promise<EntryRef>
  keep(kind: string, text: string): Promise<unknown>
}

/** Records a freeze, its seed and a draw of it.
 *  @returns the draw */
export async function recordDraw(
  { keep, step }: Recording,
  { agency, from, round, until }: Pick<FreezeAsked, 'agency' | 'from' | 'round' | 'until'>,
  { coverage, list, logs, months, protection: which = settings.protection, roster }: DrawnOf,
): Promise<EntryRef> {
  const kept = async (kind: string, text: string, count: number): Promise<Held> => {
    await keep(kind, text)
    return { count, digest: sha256Hex(text) }
  }
  const freezeAsked: FreezeAsked = { act: 'freeze', agency, from, round, until }
  const rows = await kept('roster', roster, JSON.parse(roster).length)
  const freeze = await step(freezeAsked, (facts, given) =>
    freezeEntry({ ...facts, asked: freezeAsked, logs, parameters: { ...settings, protection: which }, roster: rows }, given),
  )
  const thrown = new Date().toISOString()
  const seedAsked: SeedAsked = { act: 'seed', freezes: [freeze.id], method: 'dice', randomness: `${Date.now()}1234567`, thrown }
  const seed = await step(seedAsked, (facts, given) => seedEntry({ ...facts, asked: seedAsked, freezes: [freeze] }, given))
  const asked: DrawAsked = { act: 'draw', freeze: freeze.id }
  const sample = await kept('sample', sampleDocument({ agency, ...list }), list.drawn.length)
  const protection = { drawn: 0, records: 0 }
  return await step(asked, (facts, given) => drawEntry({ ...facts, asked, coverage, freeze, months, protection, sample, seed }, given))
}

/** The same in a department's log of the commands.
 *  @returns the id of the draw */
export async function drawnOf(
  { folder }: Pick<TestDepartment, 'folder'>,
  of: Pick<FreezeAsked, 'agency' | 'from' | 'round' | 'until'>,
  what: DrawnOf,
): Promise<string> {
  const place = await openPlace(join(folder, 'config'))
  const options = {
    config: '',
    key: join(folder, 'auditors', 'ethics-lin.jwk'),
    as: who.account,
    reason: who.reason,
    document: who.document,
  }
  try {
    const recording: Recording = {
      keep: (kind, text) => place.store.writer.putDocument(kind, Buffer.from(text)),
      async step(asked, write) {
        const act = { command: 'audit-sample', asked: canonicalJson(asked), needsDocument: false }
        const auditor = await readAuditor(options, act, place.snapshot)
        const { id, index, log } = await recordAct(place, join(folder, 'cli-keys'), { act, auditor, write })
        return { id, index, log }
      },
    }
    return (await recordDraw(recording, of, what)).id
  } finally {
    await place.close()
  }
}
