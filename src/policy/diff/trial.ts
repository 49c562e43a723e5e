// trial.ts: lines on trial that came and went: they open nothing, and are told all the same.
import type { Agency, Grant, Network } from '../snapshot.ts'
import { type Changes, compare, periodText } from './change.ts'

/** What an agency and its delegates have on trial, in words. */
function trialsOf({ delegates, grants, networks, onTrial }: Agency): readonly string[] {
  if (onTrial === undefined) return []
  const real = new Set([{ networks }, ...delegates].flatMap((each) => each.networks).map(({ rule }) => rule))
  for (const { rule } of grants) real.add(rule)
  const tried = <T extends Network | Grant>(lines: readonly T[]): readonly T[] => lines.filter(({ rule }) => !real.has(rule))
  return [
    ...tried([onTrial, ...onTrial.delegates].flatMap((each) => each.networks)).map((each) => `${each.cidr} ${periodText(each)}`),
    ...tried(onTrial.grants).map(({ api, fields, id, operations }) => `${id} ${api} ${operations.join(', ')}: ${fields.join(', ')}`),
  ]
}

export function compareTrials(before: Agency, after: Agency, changes: Changes): void {
  compare(trialsOf(before), trialsOf(after), (each) => each, {
    added: (each) => changes.add('other', 'trial-added', `試行（尚不開放） ${each}`, `on trial, opens nothing: ${each}`),
    removed: (each) => changes.add('other', 'trial-ended', `試行結束 ${each}`, `no longer on trial: ${each}`),
    both: () => undefined, // one line is what its text says
  })
}
