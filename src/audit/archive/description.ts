// description.ts: archive.json and trust-policy.txt: for programs, what an archive is and by which keys its logs are signed.
import { canonicalJson } from '../../canonical.ts'
import type { ArchivedLog, ArchiveFacts } from './archived.ts'
import type { Numbers } from './numbers.ts'

/** What a disc holds of a log: the records with numbers above `after`, up to `to`. */
export interface Part {
  readonly disc: number
  readonly after: Numbers
  to: Numbers
}

export interface DiscPlace {
  readonly at: number
  readonly of: number
}

/** @param others discs that are written already: the first is the last, and names the SHA-256 of their lists */
export function descriptionText(
  { agency, period }: ArchiveFacts,
  disc: DiscPlace,
  logs: readonly ArchivedLog[],
  parts: ReadonlyMap<string, readonly Part[]>,
  others: readonly { readonly at: number; readonly manifest: string }[],
): string {
  const described = {
    v: 1,
    agency,
    disc,
    logs: logs.map(({ log, size, slot }) => ({ log, parts: parts.get(slot) ?? [], size, slot })),
    ...(disc.at === 1 && { others: others.map(({ at, manifest }) => ({ disc: at, manifest })) }),
    period,
  }
  return `${canonicalJson(described)}\n`
}

/** SPEC C2SP tlog-policy: a line for each key. */
export const trustPolicyText = (logs: readonly ArchivedLog[]): string =>
  [
    '# C2SP tlog-policy. Hold these keys against those that were published elsewhere.',
    ...logs.flatMap(({ verifierKeys }) => verifierKeys.map((key) => `log ${key}`)),
    '',
  ].join('\n')
