// settings.ts: settings of a draw held against those that its logs committed before the period: what differs is named, by order.
import type { Fault } from '../finding.ts'
import type { JsonObject } from '../json-value.ts'
import { object, own, texts } from '../members.ts'
import type { Freeze } from './sample.ts'
import type { SeenDraws, SeenLog, Step } from './seen.ts'

/** In audit.yaml: which APIs are about protection cases (D-17). Grants that lift the suppression stand in the rules of the agency. */
const protectionApis = 'protection_apis'

/** By the entry that began the period in a log; by its opening where it began later. */
function committedBy({ parameters, turns }: SeenLog, size: number, from: string): JsonObject | undefined {
  const turn = turns.findLast(({ begins, index }) => index < size && begins <= from)
  return turn === undefined ? parameters : turn.parameters
}

function* otherThan({ protection, settings }: Freeze, committed: JsonObject | undefined): Generator<string> {
  const audit = object(own(committed ?? {}, 'audit')) ?? {}
  for (const [name, value] of settings) if (own(audit, name) !== value) yield name
  const apis = Object.hasOwn(audit, protectionApis) ? texts(audit[protectionApis]) : []
  if (apis?.toSorted().join() !== protection.apis.toSorted().join()) yield protectionApis
}

/** A log that is not here, or of which entries are gone, is passed over: of what it committed nothing is known. */
export function* settingsFaults({ sample }: Step<Freeze>, seen: SeenDraws): Generator<Fault> {
  const other = new Set<string>()
  for (const { log, size } of sample.logs) {
    const there = seen.logs.get(log)
    if (there?.opened === undefined || seen.partial.has(log)) continue
    for (const name of otherThan(sample, committedBy(there, size, sample.from))) other.add(name)
  }
  const unsaid = [...other].filter((name) => !sample.deviates.includes(name))
  if (unsaid.length > 0)
    yield {
      code: 'sample-settings',
      found: `other ${unsaid.join(', ')} than the logs committed`,
      expected: 'those, or each that differs named, with a document',
    }
}
