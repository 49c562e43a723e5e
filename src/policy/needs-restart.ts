// needs-restart.ts: what of a new configuration a running gateway cannot take up: for whom it speaks, whom it trusts, whom it asks.
import { type Canonical, canonicalJson } from '../canonical.ts'
import { contentOf, type PolicyBytes, textsOf } from './deciding.ts'
import { type Finding, Report } from './finding.ts'
import type { Loaded } from './load.ts'

const NAME = 'gateway.yaml'
/** Deciding members of gateway.yaml that are read anew for each call. */
const takenUp: ReadonlySet<string> = new Set(['limits'])

/** Changes of gateway.yaml that decide calls and take effect only at a start. While one stands nothing of the folder is taken up: a
 *  policy that is half in force would have no digest.
 *  @param place of the later configuration: where findings stand */
export function needsRestart(before: PolicyBytes, after: PolicyBytes, place: Loaded['place']): readonly Finding[] {
  const report = new Report()
  const [earlier, later] = [textsOf(before).get(NAME), textsOf(after).get(NAME)]
  if (earlier === later) return []
  const [old, now] = [membersOf(earlier), membersOf(later)]
  for (const member of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (takenUp.has(member) || canonicalJson(old[member] ?? null) === canonicalJson(now[member] ?? null)) continue
    const pointer = `/${member}`
    const at = place(`${NAME}#${pointer}`) ?? { line: 1, column: 1, length: 1 }
    report.addAt(NAME, pointer, at, 'needs-restart', { found: member })
  }
  return report.sorted()
}

function membersOf(text: Canonical | undefined): Readonly<Record<string, unknown>> {
  const content = contentOf(text)
  return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : {} // any object has members
}
